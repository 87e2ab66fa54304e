//! The real program, from outside: started on free ports, spoken to over sockets.
#![allow(clippy::unwrap_used)] // A test that fails here says where.

mod http;
mod limits;
mod malformed;
mod mqtt;
mod startup;
mod stop;
mod support;
mod websocket;
