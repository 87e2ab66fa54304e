//! Worlds of brokers, clients and links under one virtual clock, one seed and one event log.
//!
//! Knows neither a browser nor a socket: drivers choose the time and carry the bytes.
#![forbid(unsafe_code)]
#![cfg_attr(test, allow(clippy::unwrap_used))] // A test that fails there says where.
#![warn(missing_docs)]

mod board;
mod cast;
mod chance;
mod desk;
pub mod engine;
pub mod log;
pub mod port;
mod project;
mod queue;
mod run;
pub mod scenario;
pub mod small;
pub mod view;
mod voice;
