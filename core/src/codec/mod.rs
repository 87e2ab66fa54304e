//! Bytes ⇄ packets, for MQTT 3.1, 3.1.1 and 5.0, in both directions.
//!
//! Knows no state and no clock: whether a packet may come at this moment is for
//! [`crate::node`] and [`crate::client`] to say, what it means to everybody else.
//! What can be said by looking at one packet alone is said here: every reserved bit, length,
//! string, property and reason code is checked, and an error tells where, what, and by which
//! statement of the standard.
//!
//! ```
//! use bytes::BytesMut;
//! use tidings_core::codec::{Decoder, Role, Status};
//! use tidings_core::packet::{Packet, Version};
//!
//! let mut decoder = Decoder::new(Role::Client, 1024);
//! decoder.set_version(Version::V311); // as its CONNECT said
//! let mut input = BytesMut::from(&b"\x30\x07\x00\x03a/bhi\xC0\x01\x00"[..]);
//!
//! let Ok(Status::Complete(Packet::Publish(publish))) = decoder.decode(&mut input) else {
//!     unreachable!()
//! };
//! assert_eq!(publish.topic.unwrap().as_str(), "a/b");
//! assert_eq!(&publish.payload[..], b"hi");
//!
//! let error = decoder.decode(&mut input).unwrap_err();
//! assert_eq!(
//!     error.to_string(),
//!     "PINGREQ: byte 2: bytes follow where the packet should end [section 2.2.3]"
//! );
//! ```

mod decode;
mod encode;
mod error;
mod fields;
mod frame;
mod head;
mod notes;
mod own;
mod properties;
mod reader;
mod rules;

pub use decode::Decoder;
pub use encode::{connack_return_code, encode, encoded_len};
pub use error::{DecodeError, EncodeError, What};
pub use fields::fields;
pub use frame::frame_len;
pub use head::{HeadLayout, PublishHead, publish_first_byte};
pub use notes::{Field, Mark};

use core::fmt;

use crate::packet::VARINT_MAX;

/// The longest packet that MQTT can express, in bytes: 268,435,455 behind a header of five.
pub const PACKET_BYTES_MAX: u32 = VARINT_MAX + 5;

/// Who sent the bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// The end that opened the connection.
    Client,
    /// The end that accepted it.
    Server,
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Client => "client",
            Self::Server => "server",
        })
    }
}

/// Whether the bytes at hand are enough.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status<T> {
    /// They are.
    Complete(T),
    /// They are not; nothing was consumed.
    Partial {
        /// How many more are needed at least.
        need: usize,
    },
}

#[cfg(test)]
mod tests;
