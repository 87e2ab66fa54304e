//! What fuzzing does with its bytes, and what must hold whatever they are.
//!
//! The targets in `fuzz/` give these functions what libFuzzer makes up; the test of this package
//! gives them the inputs in `corpus/`, which are the smallest that reach every branch that was
//! ever reached, and every input that once failed.
#![forbid(unsafe_code)]
#![cfg_attr(test, allow(clippy::unwrap_used))] // The server's modules bring their tests.

mod choices;
mod connection;
mod decoder;
mod driver;
mod encoder;
mod node;
mod packets;
mod peer;
mod websocket;

// The server is a program and not a library; these three of its modules know no sockets.
#[allow(dead_code)] // Parts of them are for answers only.
#[path = "../../../server/src/origin.rs"]
mod origin;
#[allow(dead_code)] // As above.
#[path = "../../../server/src/http/request.rs"]
mod request;
#[allow(dead_code)] // As above.
#[path = "../../../server/src/sniff.rs"]
mod sniff;

pub use choices::Choices;
pub use packets::{Packets, Taste};

/// A name, and what is done with an input. A failure is a panic.
pub type Target = (&'static str, fn(&[u8]));

/// What is fuzzed.
pub const TARGETS: [Target; 5] = [
    ("decoder", decoder::run),
    ("encoder", encoder::run),
    ("connection", connection::run),
    ("node", node::run),
    ("websocket", websocket::run),
];

/// Does with one input what a target does.
///
/// # Panics
/// If there is no such target, and if the input finds a fault.
pub fn run(target: &str, input: &[u8]) {
    let (_, run) = TARGETS
        .iter()
        .find(|(name, _)| *name == target)
        .expect("there is such a target");
    run(input);
}
