//! Worlds of brokers, clients and links under one virtual clock, one seed and one event log.
//!
//! Knows neither a browser nor a socket: drivers choose the time and carry the bytes.
#![forbid(unsafe_code)]
#![warn(missing_docs)]

pub mod scenario;
pub mod view;
