//! The engine a worker holds.

mod socket;

pub use socket::{SocketId, SocketNews, SocketOrder};
