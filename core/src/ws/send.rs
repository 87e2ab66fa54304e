//! Frames out.

use alloc::vec::Vec;
use core::ops::Deref;

use super::{Opcode, apply_mask};

/// The header of a frame, on the stack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HeaderBytes {
    bytes: [u8; 14],
    len: u8,
}

impl Deref for HeaderBytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.bytes[..usize::from(self.len)]
    }
}

impl HeaderBytes {
    fn push(&mut self, bytes: &[u8]) {
        let at = usize::from(self.len);
        self.bytes[at..at + bytes.len()].copy_from_slice(bytes);
        self.len += bytes.len() as u8;
    }
}

/// The header of a frame that is a whole message, or a control frame, with `len` bytes of
/// payload. A client gives a mask, and applies it to the payload itself ([`apply_mask`]).
pub fn frame_header(opcode: Opcode, len: usize, mask: Option<[u8; 4]>) -> HeaderBytes {
    let mut header = HeaderBytes {
        bytes: [0; 14],
        len: 0,
    };
    let masked = if mask.is_some() { 0x80 } else { 0 };
    header.push(&[0x80 | opcode as u8]);
    match len {
        0..=125 => header.push(&[masked | len as u8]),
        126..=0xFFFF => {
            header.push(&[masked | 126]);
            header.push(&(len as u16).to_be_bytes());
        }
        _ => {
            header.push(&[masked | 127]);
            header.push(&(len as u64).to_be_bytes());
        }
    }
    if let Some(mask) = mask {
        header.push(&mask);
    }
    header
}

/// Appends a whole frame to `out`.
pub fn encode_frame(opcode: Opcode, payload: &[u8], mask: Option<[u8; 4]>, out: &mut Vec<u8>) {
    out.extend_from_slice(&frame_header(opcode, payload.len(), mask));
    let start = out.len();
    out.extend_from_slice(payload);
    if let Some(mask) = mask {
        apply_mask(&mut out[start..], mask, 0);
    }
}

/// Appends a close frame to `out`. A reason of more than 123 bytes is cut at the end of a
/// character.
pub fn encode_close(code: u16, reason: &str, mask: Option<[u8; 4]>, out: &mut Vec<u8>) {
    let mut payload = Vec::with_capacity(2 + reason.len().min(123));
    payload.extend_from_slice(&code.to_be_bytes());
    let end = (0..=reason.len().min(123))
        .rev()
        .find(|end| reason.is_char_boundary(*end))
        .unwrap_or(0);
    payload.extend_from_slice(&reason.as_bytes()[..end]);
    encode_frame(Opcode::Close, &payload, mask, out);
}
