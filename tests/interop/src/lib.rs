//! Clients of others, unmodified and from their packages, against the running server; and the
//! table of what each can do with it, which the documents publish and the gate compares.
//!
//! - [`scenarios`] has the features, each written once, for whatever is a [`client::Client`].
//! - Most clients are a program in `clients/` that does what it is told in lines of JSON:
//!   [`driver`]. `mosquitto_pub` and `mosquitto_sub` are told on their command lines:
//!   [`mosquitto`].
//! - [`table`] says which clients there are, runs all and writes `docs/clients.md`.

pub mod client;
pub mod driver;
pub mod mosquitto;
pub mod scenarios;
pub mod table;
