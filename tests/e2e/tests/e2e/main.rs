//! The page, from the outside.
#![allow(clippy::unwrap_used)] // A test that fails says where.

mod building;
mod crowded;
mod edited;
mod elsewhere;
mod faults;
mod folded;
mod hostile;
mod ladder;
mod opening;
mod packets;
mod real;
mod room;
mod state;
mod time;
mod topics;
