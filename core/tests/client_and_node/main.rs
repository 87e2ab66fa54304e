//! Clients against a node in one process, over links that can break at any byte.

mod cuts;
mod exchange;
mod features;
mod world;
