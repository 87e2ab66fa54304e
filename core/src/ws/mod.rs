//! WebSocket frames of RFC 6455 ⇄ bytes, both roles.
//!
//! Knows frames and the bytes in them; not MQTT, not HTTP beyond two header values, not sockets.
//! Between frames a [`Receiver`] is a few bytes and no buffer: payload is unmasked where it lies
//! and handed on as it comes, so a packet may end in the middle of a frame and a frame in the
//! middle of a packet.
//!
//! ```
//! use bytes::BytesMut;
//! use tidings_core::ws::{Opcode, Received, Receiver, Role, encode_frame};
//!
//! let mut frame = Vec::new();
//! encode_frame(Opcode::Binary, b"\xC0\x00", Some([1, 2, 3, 4]), &mut frame); // PINGREQ
//! let mut input = BytesMut::from(&frame[..]);
//! let mut server = Receiver::new(Role::Server, usize::MAX);
//! assert_eq!(
//!     server.receive(&mut input),
//!     Ok(Some(Received::Data(BytesMut::from(&b"\xC0\x00"[..]))))
//! );
//! assert_eq!(server.receive(&mut input), Ok(None));
//! ```

mod accept;
pub mod handshake;
mod receive;
mod send;
#[cfg(test)]
mod tests;

pub use accept::accept_key;
pub use receive::{Received, Receiver, What, WsError};
pub use send::{HeaderBytes, encode_close, encode_frame, frame_header};

/// Which end we are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// The end that opened the connection; it masks what it sends (RFC 6455 5.3).
    Client,
    /// The end that accepted it; it masks nothing.
    Server,
}

/// What a frame is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Opcode {
    /// More of the message before.
    Continuation = 0x0,
    /// The beginning of a text message; MQTT has none [MQTT-6.0.0-1].
    Text = 0x1,
    /// The beginning of a binary message.
    Binary = 0x2,
    /// The last frame.
    Close = 0x8,
    /// A question.
    Ping = 0x9,
    /// Its answer.
    Pong = 0xA,
}

impl Opcode {
    /// The opcode with this number, unless it is reserved.
    pub const fn from_number(number: u8) -> Option<Self> {
        Some(match number {
            0x0 => Self::Continuation,
            0x1 => Self::Text,
            0x2 => Self::Binary,
            0x8 => Self::Close,
            0x9 => Self::Ping,
            0xA => Self::Pong,
            _ => return None,
        })
    }

    /// Whether it may come between the frames of a message, and must be short and whole.
    pub const fn is_control(self) -> bool {
        self as u8 >= 0x8
    }
}

/// Applies a mask to payload that begins `offset` bytes into its frame, or takes it off
/// (RFC 6455 5.3).
pub fn apply_mask(payload: &mut [u8], mask: [u8; 4], offset: usize) {
    let mut turned = mask;
    turned.rotate_left(offset % 4);
    let [a, b, c, d] = turned;
    let wide = u64::from_ne_bytes([a, b, c, d, a, b, c, d]);
    let mut chunks = payload.chunks_exact_mut(8);
    for chunk in &mut chunks {
        let mut eight = [0; 8];
        eight.copy_from_slice(chunk);
        chunk.copy_from_slice(&(u64::from_ne_bytes(eight) ^ wide).to_ne_bytes());
    }
    for (byte, key) in chunks
        .into_remainder()
        .iter_mut()
        .zip(turned.iter().cycle())
    {
        *byte ^= key;
    }
}
