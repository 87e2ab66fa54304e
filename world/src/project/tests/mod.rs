//! Projections of small logs written by hand.

mod frame;
mod scene;
mod score;
mod scribe;
