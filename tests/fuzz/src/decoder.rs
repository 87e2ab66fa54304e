//! Any bytes, as a stream of packets from either end in any version.

use bytes::BytesMut;
use tidings_core::codec::{
    Decoder, Mark, Role, Status, What, encode, encoded_len, fields, frame_len,
};
use tidings_core::packet::{Packet, Version};

use crate::choices::Choices;
use crate::packets::VERSIONS;

/// The first byte says who speaks, in which version, and how the rest is cut; the rest is what is
/// said.
pub(crate) fn run(data: &[u8]) {
    let mut choices = Choices::new(data);
    let sender = choices.pick(&[Role::Client, Role::Server]);
    let version = choices.pick(&VERSIONS);
    let mut decoder = Decoder::new(sender, choices.pick(&[1 << 20, 100, 2]));
    let is_fresh = choices.chance(4);
    if !is_fresh {
        decoder.set_version(version);
        decoder.set_max_filters(choices.pick(&[usize::MAX, 1]));
    }
    let cut = usize::from(choices.byte());
    let bytes = choices.rest();

    let whole = decode_all(&decoder, [bytes]);
    let (first, second) = bytes.split_at(cut.min(bytes.len()));
    assert_eq!(decode_all(&decoder, [first, second]), whole, "cut at {cut}");
    assert_eq!(decode_all(&decoder, bytes.chunks(1)), whole, "byte by byte");

    let mut rest = bytes;
    for packet in &whole.0 {
        let len = match frame_len(rest) {
            Ok(Status::Complete(len)) => len,
            other => panic!("{other:?}, and it was decoded as {packet:?}"),
        };
        if !is_fresh {
            say_again(packet, &rest[..len], sender, version);
        }
        rest = &rest[len..];
    }
    inspect(rest, sender, version);
}

/// Every packet, and what ended it where. Which statement it broke may depend on how much of a
/// CONNECT has come, because the version is in there.
fn decode_all<'a>(
    decoder: &Decoder,
    parts: impl IntoIterator<Item = &'a [u8]>,
) -> (Vec<Packet>, Option<(u32, What)>) {
    let (mut input, mut packets) = (BytesMut::new(), Vec::new());
    for part in parts {
        input.extend_from_slice(part);
        loop {
            let before = input.len();
            match decoder.decode(&mut input) {
                Ok(Status::Complete(packet)) => {
                    assert!(input.len() < before, "a packet of no bytes");
                    packets.push(packet);
                }
                Ok(Status::Partial { need }) => {
                    assert!(need > 0 && input.len() == before);
                    break;
                }
                Err(error) => {
                    assert!(!error.statement.is_empty(), "{error}");
                    return (packets, Some((error.offset, error.what)));
                }
            }
        }
    }
    (packets, None)
}

/// What was understood can be said again, is not longer, and means the same.
fn say_again(packet: &Packet, frame: &[u8], sender: Role, version: Version) {
    let version = match packet {
        Packet::Connect(connect) => connect.version,
        _ => version,
    };
    let mut again = Vec::new();
    encode(packet, version, &mut again).expect("what was received may be sent");
    assert!(again.len() <= frame.len(), "{packet:?}");
    assert_eq!(encoded_len(packet, version), Ok(again.len()));
    let mut decoder = Decoder::new(sender, u32::MAX);
    decoder.set_version(version);
    let mut input = BytesMut::from(&again[..]);
    assert_eq!(
        decoder.decode(&mut input),
        Ok(Status::Complete(packet.clone()))
    );
    let named = fields(frame, sender, version);
    assert!(named.iter().all(|field| field.mark != Mark::Refused));
}

/// The inspector bears what the decoder bears, and names nothing outside of it.
fn inspect(bytes: &[u8], sender: Role, version: Version) {
    for field in fields(bytes, sender, version) {
        let end = (field.offset + field.len) as usize;
        assert!(end <= bytes.len(), "{field:?} of {} bytes", bytes.len());
    }
}
