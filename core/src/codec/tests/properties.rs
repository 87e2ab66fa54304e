//! What holds for any packet and for any bytes.

use alloc::vec::Vec;

use bytes::{Bytes, BytesMut};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;

use super::any::sent;
use super::{VERSIONS, decode, decoder, encoded};
use crate::codec::{
    Decoder, EncodeError, Field, Mark, Role, Status, encode, encoded_len, fields, frame_len,
};
use crate::packet::{Packet, Publish, Version};

/// How many fields that are no groups, and no parts of others, name each byte.
fn named(fields: &[Field], len: usize) -> Vec<usize> {
    let mut named = std::vec![0; len];
    for field in fields {
        // The length of a string lies inside it, as bits lie inside their byte.
        let is_part = field.name == "Length" || field.bits.is_some_and(|(_, low)| low > 0);
        if field.mark == Mark::Group || is_part {
            continue;
        }
        for at in field.offset..field.offset + field.len {
            named[at as usize] += 1;
        }
    }
    named
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(384))]

    #[test]
    fn decoding_gives_what_was_encoded((packet, sender, version) in sent()) {
        let bytes = encoded(&packet, version);
        prop_assert_eq!(encoded_len(&packet, version), Ok(bytes.len()));
        prop_assert_eq!(frame_len(&bytes), Ok(Status::Complete(bytes.len())));
        prop_assert_eq!(&decode(&bytes, sender, version).unwrap(), &packet);
        // Exactly as much room as it says is enough, one byte less is refused before anything
        // is written.
        let mut room = std::vec![0_u8; bytes.len()];
        prop_assert_eq!(encode(&packet, version, &mut &mut room[..]), Ok(()));
        prop_assert_eq!(&room, &bytes);
        let mut narrow = std::vec![0_u8; bytes.len() - 1];
        let refused = encode(&packet, version, &mut &mut narrow[..]);
        prop_assert_eq!(refused, Err(EncodeError::NoRoom));
        prop_assert!(narrow.iter().all(|byte| *byte == 0));
    }

    #[test]
    fn any_split_gives_the_same_packets(
        all in vec(sent(), 12..24),
        version in prop::sample::select(&VERSIONS[..]),
        sender in prop::sample::select(&[Role::Client, Role::Server][..]),
        cuts in vec(any::<Index>(), 0..8),
    ) {
        let all: Vec<Packet> = all
            .into_iter()
            .filter(|(_, by, of)| *by == sender && *of == version)
            .map(|(packet, ..)| packet)
            .collect();
        let bytes: Vec<u8> = all.iter().flat_map(|packet| encoded(packet, version)).collect();
        prop_assume!(!bytes.is_empty());
        let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(bytes.len())).collect();
        cuts.push(bytes.len());
        cuts.sort();
        let decoder = decoder(sender, version);
        let (mut input, mut from, mut got) = (BytesMut::new(), 0, Vec::new());
        for to in cuts {
            input.extend_from_slice(&bytes[from..to]);
            from = to;
            let need = loop {
                match decoder.decode(&mut input).unwrap() {
                    Status::Complete(packet) => got.push(packet),
                    Status::Partial { need } => break need,
                }
            };
            // It never asks for more than the packet has.
            prop_assert!(need > 0);
            prop_assert!(input.is_empty() || need <= bytes.len() - to);
        }
        prop_assert!(input.is_empty());
        prop_assert_eq!(got, all);
    }

    #[test]
    fn every_byte_has_one_name((packet, sender, version) in sent()) {
        let bytes = encoded(&packet, version);
        let fields = fields(&bytes, sender, version);
        prop_assert!(fields.iter().all(|f| matches!(f.mark, Mark::Group | Mark::Value)));
        let mut named = named(&fields, bytes.len());
        // What has bits is named as a whole and by its lowest bit.
        for field in fields.iter().filter(|f| f.bits.is_some_and(|(_, low)| low == 0)) {
            named[field.offset as usize] = 1;
        }
        prop_assert!(named.iter().all(|count| *count == 1), "{named:?} {fields:#?}");
    }

    /// Packets with a few bytes changed, taken out or cut off, and packets of the wrong version
    /// or sender: the decoder and the inspector bear them, and say the same.
    #[test]
    fn any_bytes_are_borne(
        (packet, ..) in sent(),
        first in prop::sample::select(&VERSIONS[..]),
        changes in vec((any::<Index>(), any::<u8>(), 0..4_u8), 0..6),
        version in prop::sample::select(&VERSIONS[..]),
        sender in prop::sample::select(&[Role::Client, Role::Server][..]),
        fresh in any::<bool>(),
    ) {
        let mut bytes = Vec::new();
        let _ = encode(&packet, first, &mut bytes);
        for (at, byte, how) in changes {
            if bytes.is_empty() {
                break;
            }
            let at = at.index(bytes.len());
            match how {
                0 => bytes[at] = byte,
                1 => bytes[at] ^= 1 << (byte % 8),
                2 => drop(bytes.remove(at)),
                _ => bytes.truncate(at),
            }
        }
        bear(&bytes, sender, version, fresh)?;
    }

    #[test]
    fn any_noise_is_borne(
        bytes in vec(any::<u8>(), 0..64),
        version in prop::sample::select(&VERSIONS[..]),
        sender in prop::sample::select(&[Role::Client, Role::Server][..]),
        fresh in any::<bool>(),
    ) {
        bear(&bytes, sender, version, fresh)?;
    }
}

fn bear(bytes: &[u8], sender: Role, version: Version, fresh: bool) -> Result<(), TestCaseError> {
    let mut decoder = decoder(sender, version);
    if fresh {
        decoder = Decoder::new(sender, 1 << 20);
    }
    let mut input = BytesMut::from(bytes);
    let decoded = decoder.decode(&mut input);
    let named = fields(bytes, sender, version);
    prop_assert!(
        named
            .iter()
            .all(|f| (f.offset + f.len) as usize <= bytes.len())
    );
    let refused = named.iter().find(|f| f.mark == Mark::Refused);
    match decoded {
        Ok(Status::Complete(packet)) => {
            let taken = bytes.len() - input.len();
            // What was understood can be said again, and means the same. A needless byte or flag
            // that an older version tolerates is gone then.
            let version = match &packet {
                Packet::Connect(connect) => connect.version,
                _ => version,
            };
            if !fresh {
                prop_assert!(refused.is_none());
                let again = encoded(&packet, version);
                prop_assert!(again.len() <= taken);
                prop_assert_eq!(&decode(&again, sender, version).unwrap(), &packet);
            }
        }
        Ok(Status::Partial { .. }) => prop_assert_eq!(&input[..], bytes),
        Err(error) => {
            prop_assert!(error.offset as usize <= bytes.len().max(1));
            prop_assert!(!error.statement.is_empty());
            if !fresh {
                let refused = refused.expect("the inspector says so, too");
                prop_assert_eq!(refused.offset, error.offset);
                prop_assert_eq!(refused.statement, Some(error.statement));
            }
        }
    }
    Ok(())
}

/// A PUBLISH of 5.0 with a property and `payload` bytes: what it was read from, and itself.
fn published(payload: u8) -> (core::ops::Range<*const u8>, Publish) {
    let head = b"\x32\x00\x40\x00\x03a/b\x00\x07\x06\x26\x00\x01k\x00\x00";
    let mut bytes = head.to_vec();
    // A Remaining Length of two bytes: 14 and as many times 128 as there are payload bytes.
    bytes[1..3].copy_from_slice(&[0x80 | 14, payload]);
    bytes.resize(17 + 128 * usize::from(payload), b'p');
    let mut input = BytesMut::from(&bytes[..]);
    let range = input.as_ptr_range();
    let decoder = decoder(Role::Client, Version::V5);
    let Ok(Status::Complete(Packet::Publish(publish))) = decoder.decode(&mut input) else {
        panic!();
    };
    assert!(input.is_empty());
    assert_eq!(publish.payload.len(), 128 * usize::from(payload));
    (range, publish)
}

#[test]
fn strings_and_payloads_are_slices_of_what_was_received_if_it_is_long() {
    for (payload, shared) in [(1, false), (31, false), (32, true), (100, true)] {
        let (range, publish) = published(payload);
        let topic = publish.topic.unwrap();
        assert_eq!(topic.as_str(), "a/b");
        let (name, value) = publish.properties.user_properties().next().unwrap();
        for part in [topic.utf8(), &name, &value].map(|text| text.bytes()) {
            assert!(part.is_empty() || shared == range.contains(&part.as_ptr()));
        }
        assert_eq!(shared, range.contains(&publish.payload.as_ptr()));
        assert_eq!(shared, range.contains(&publish.properties.raw().as_ptr()));
    }
}

#[test]
fn a_length_that_is_only_claimed_costs_nothing() {
    for version in VERSIONS {
        // Under the limit: nothing is set aside for what has not come.
        let decoder = decoder(Role::Client, version);
        let mut input = BytesMut::with_capacity(16);
        input.extend_from_slice(b"\x30\xFF\xFF\xFF\x7F\x00\x01a");
        let (before, capacity) = (Bytes::copy_from_slice(&input), input.capacity());
        let need = 268_435_455 - 3;
        assert_eq!(decoder.decode(&mut input), Ok(Status::Partial { need }));
        assert_eq!((&input[..], input.capacity()), (&before[..], capacity));
        // Over it: refused from the header alone.
        let mut strict = decoder;
        strict.set_max_packet_bytes(100);
        for (len, fine) in [(98, true), (99, false)] {
            let mut input = BytesMut::from(&[0x30, len][..]);
            assert_eq!(strict.decode(&mut input).is_ok(), fine, "{len}");
        }
    }
}
