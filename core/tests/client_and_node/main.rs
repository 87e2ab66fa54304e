//! Clients against a node in one process, over links that can break at any byte.

mod crashes;
mod cuts;
mod exchange;
mod features;
mod store;
mod world;
