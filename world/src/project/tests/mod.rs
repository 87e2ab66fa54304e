//! Projections of small logs written by hand.

mod forms;
mod frame;
mod ladder;
mod log_page;
mod packet;
mod real;
mod scene;
mod score;
mod scribe;
mod state;
mod topics;
