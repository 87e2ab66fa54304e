//! The codec against packets of every kind, version and direction, and against bytes of none.
//!
//! What clients may not send is in `tests/conformance/malformed.txt`.

mod any;
mod matrix;
mod properties;
mod server;

use alloc::vec::Vec;

use bytes::BytesMut;

use super::{DecodeError, Decoder, Role, Status, encode};
use crate::packet::{Packet, Version};

const VERSIONS: [Version; 3] = [Version::V31, Version::V311, Version::V5];

/// A decoder for what `sender` sends after CONNECT and CONNACK.
fn decoder(sender: Role, version: Version) -> Decoder {
    let mut decoder = Decoder::new(sender, u32::MAX);
    decoder.set_version(version);
    decoder
}

fn encoded(packet: &Packet, version: Version) -> Vec<u8> {
    let mut bytes = Vec::new();
    encode(packet, version, &mut bytes).unwrap();
    bytes
}

/// Decodes one packet that must be whole.
fn decode(bytes: &[u8], sender: Role, version: Version) -> Result<Packet, DecodeError> {
    let mut input = BytesMut::from(bytes);
    match decoder(sender, version).decode(&mut input)? {
        Status::Complete(packet) => {
            assert!(input.is_empty(), "{input:?} is left");
            Ok(packet)
        }
        Status::Partial { need } => panic!("{need} bytes are missing from {bytes:02X?}"),
    }
}
