//! Clients against a node in one process, over links that can break at any byte.

mod crashes;
mod cuts;
mod determinism;
mod exchange;
mod features;
mod resending;
mod restored;
mod store;
mod world;
