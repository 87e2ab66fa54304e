//! The Tidings MQTT broker and client as state machines: bytes and time in, bytes and requests out.
//!
//! | module | knows |
//! | --- | --- |
//! | [`time`] | points in time, deadlines |
//! | [`packet`], [`codec`] | MQTT packets; bytes ⇄ packets |
//! | [`topic`], [`index`] | topics and filters; who asked for a topic |
//! | [`client`] | the end of a connection that opens it |
//! | [`node`] | the other end: a broker on one thread |
//! | [`message`], [`policy`], [`config`] | what a broker accepts, allows and limits |
//! | [`observe`], [`record`] | what it tells, and what must survive it |
//! | [`ws`] | WebSocket frames |
#![no_std]
#![forbid(unsafe_code)]
#![warn(missing_docs)]
#![cfg_attr(test, allow(clippy::unwrap_used))]

extern crate alloc;
#[cfg(test)]
extern crate std;

pub mod client;
pub mod codec;
pub mod config;
mod connection;
pub mod index;
pub mod message;
pub mod node;
pub mod observe;
pub mod packet;
pub mod policy;
pub mod record;
mod session;
pub mod time;
pub mod topic;
pub mod transmit;
mod util;
pub mod ws;
