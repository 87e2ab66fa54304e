//! Projections of small logs written by hand.

mod forms;
mod frame;
mod packet;
mod scene;
mod score;
mod scribe;
