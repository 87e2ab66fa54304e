//! The Tidings MQTT broker and client as state machines: bytes and time in, bytes and requests out.
#![no_std]
#![forbid(unsafe_code)]
#![warn(missing_docs)]

extern crate alloc;
#[cfg(test)]
extern crate std;

pub mod client;
pub mod codec;
pub mod packet;
pub mod time;
pub mod topic;
pub mod transmit;
