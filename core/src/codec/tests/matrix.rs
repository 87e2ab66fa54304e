//! The tables of the standard, written down a second time: which property and which reason code
//! belongs into which packet, and which packet goes in which direction.

use alloc::vec;
use alloc::vec::Vec;

use bytes::BytesMut;

use super::any::{KINDS, sample, senders};
use super::{VERSIONS, decode, decoder};
use crate::codec::{Role, What};
use crate::packet::{PacketKind, Properties, PropertyKind, ReasonCode, Version};

/// Section 2.2.2.2, by packet; the last are the properties of a will.
const PROPERTIES: [(Option<PacketKind>, &[u8]); 14] = [
    (
        Some(PacketKind::Connect),
        &[0x11, 0x15, 0x16, 0x17, 0x19, 0x21, 0x22, 0x26, 0x27],
    ),
    (
        Some(PacketKind::ConnAck),
        &[
            0x11, 0x12, 0x13, 0x15, 0x16, 0x1A, 0x1C, 0x1F, 0x21, 0x22, 0x24, 0x25, 0x26, 0x27,
            0x28, 0x29, 0x2A,
        ],
    ),
    (
        Some(PacketKind::Publish),
        &[0x01, 0x02, 0x03, 0x08, 0x09, 0x0B, 0x23, 0x26],
    ),
    (Some(PacketKind::PubAck), &[0x1F, 0x26]),
    (Some(PacketKind::PubRec), &[0x1F, 0x26]),
    (Some(PacketKind::PubRel), &[0x1F, 0x26]),
    (Some(PacketKind::PubComp), &[0x1F, 0x26]),
    (Some(PacketKind::Subscribe), &[0x0B, 0x26]),
    (Some(PacketKind::SubAck), &[0x1F, 0x26]),
    (Some(PacketKind::Unsubscribe), &[0x26]),
    (Some(PacketKind::UnsubAck), &[0x1F, 0x26]),
    (Some(PacketKind::Disconnect), &[0x11, 0x1C, 0x1F, 0x26]),
    (Some(PacketKind::Auth), &[0x15, 0x16, 0x1F, 0x26]),
    (None, &[0x01, 0x02, 0x03, 0x08, 0x09, 0x18, 0x26]),
];

/// A packet of 5.0 around a property block.
fn around(kind: Option<PacketKind>, block: &[u8]) -> Vec<u8> {
    let mut body: Vec<u8> = Vec::new();
    let mut put = |parts: &[&[u8]]| parts.iter().for_each(|part| body.extend_from_slice(part));
    let len = [block.len() as u8];
    let id = [0, 1];
    match kind {
        Some(PacketKind::Connect) => put(&[b"\0\x04MQTT\x05\x02\0\0", &len, block, b"\0\x01a"]),
        None => put(&[
            b"\0\x04MQTT\x05\x06\0\0\0\0\x01a",
            &len,
            block,
            b"\0\x01w\0\0",
        ]),
        Some(PacketKind::ConnAck) => put(&[&[0, 0], &len, block]),
        Some(PacketKind::Publish) => put(&[b"\0\x01t", &len, block, b"payload"]),
        Some(PacketKind::Subscribe) => put(&[&id, &len, block, b"\0\x01f\0"]),
        Some(PacketKind::Unsubscribe) => put(&[&id, &len, block, b"\0\x01f"]),
        Some(PacketKind::SubAck | PacketKind::UnsubAck) => put(&[&id, &len, block, &[0]]),
        Some(PacketKind::Disconnect) => put(&[&[0], &len, block]),
        Some(PacketKind::Auth) => put(&[&[0x18], &len, block]),
        Some(_) => put(&[&id, &[0], &len, block]),
    }
    let kind = kind.unwrap_or(PacketKind::Connect);
    let flags = u8::from(matches!(
        kind,
        PacketKind::PubRel | PacketKind::Subscribe | PacketKind::Unsubscribe
    )) << 1;
    let mut packet = vec![(kind as u8) << 4 | flags, body.len() as u8];
    packet.extend(body);
    packet
}

#[test]
fn every_property_in_every_packet() {
    for (kind, belong) in PROPERTIES {
        for property in PropertyKind::ALL {
            let sender = senders(kind.unwrap_or(PacketKind::Connect), Version::V5)[0];
            let mut block = Properties::build([sample(property)]).raw().to_vec();
            if kind == Some(PacketKind::Auth) && property != PropertyKind::AuthenticationMethod {
                block.extend(b"\x15\0\x01m");
            }
            if kind == Some(PacketKind::Connect) && property == PropertyKind::AuthenticationData {
                block.extend(b"\x15\0\x01m");
            }
            let got = decode(&around(kind, &block), sender, Version::V5);
            let belongs = belong.contains(&(property as u8));
            // A client may not send a subscription identifier in PUBLISH [MQTT-3.3.4-6].
            let from_client = property == PropertyKind::SubscriptionIdentifier
                && kind == Some(PacketKind::Publish);
            match got {
                Ok(_) => assert!(belongs && !from_client, "{property} in {kind:?}"),
                Err(error) if from_client => {
                    assert_eq!(error.what, What::SubscriptionIdFromClient);
                }
                Err(error) => {
                    assert!(!belongs, "{property} in {kind:?}: {error}");
                    assert_eq!(error.what, What::PropertyNotAllowed(property));
                    assert_eq!(error.reason, ReasonCode::MalformedPacket);
                }
            }
            let Some(twice) = belongs.then(|| [&block[..], &block].concat()) else {
                continue;
            };
            let repeats = property == PropertyKind::UserProperty;
            let has_other = block.len() > Properties::build([sample(property)]).raw().len();
            if repeats || from_client || has_other {
                continue;
            }
            let error = decode(&around(kind, &twice), sender, Version::V5).unwrap_err();
            assert_eq!(error.what, What::PropertyTwice(property), "{kind:?}");
        }
    }
    let ids = around(Some(PacketKind::Publish), b"\x0B\x01\x0B\x02");
    assert!(decode(&ids, Role::Server, Version::V5).is_ok());
}

/// The reason codes of each packet, by sender: sections 3.2.2.2, 3.4.2.1, 3.5.2.1, 3.6.2.1,
/// 3.7.2.1, 3.9.3, 3.11.3, 3.14.2.1 and 3.15.2.1.
const REASONS: [(PacketKind, Role, &[u8]); 14] = {
    use PacketKind::*;
    const RECEIVED: &[u8] = &[0x00, 0x10, 0x80, 0x83, 0x87, 0x90, 0x91, 0x97, 0x99];
    const RELEASED: &[u8] = &[0x00, 0x92];
    [
        (
            ConnAck,
            Role::Server,
            &[
                0x00, 0x80, 0x81, 0x82, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8A, 0x8C, 0x90,
                0x95, 0x97, 0x99, 0x9A, 0x9B, 0x9C, 0x9D, 0x9F,
            ],
        ),
        (PubAck, Role::Client, RECEIVED),
        (PubAck, Role::Server, RECEIVED),
        (PubRec, Role::Client, RECEIVED),
        (PubRec, Role::Server, RECEIVED),
        (PubRel, Role::Client, RELEASED),
        (PubRel, Role::Server, RELEASED),
        (PubComp, Role::Client, RELEASED),
        (
            SubAck,
            Role::Server,
            &[
                0x00, 0x01, 0x02, 0x80, 0x83, 0x87, 0x8F, 0x91, 0x97, 0x9E, 0xA1, 0xA2,
            ],
        ),
        (
            UnsubAck,
            Role::Server,
            &[0x00, 0x11, 0x80, 0x83, 0x87, 0x8F, 0x91],
        ),
        (
            Disconnect,
            Role::Client,
            &[
                0x00, 0x04, 0x80, 0x81, 0x82, 0x83, 0x90, 0x93, 0x94, 0x95, 0x96, 0x97, 0x98, 0x99,
                // Section 2.4 has it in a DISCONNECT of either end, 3.14.2.1 in none: what ends a
                // re-authentication [MQTT-4.12.1-2].
                0x8C,
            ],
        ),
        (
            Disconnect,
            Role::Server,
            &[
                0x00, 0x80, 0x81, 0x82, 0x83, 0x87, 0x89, 0x8B, 0x8C, 0x8D, 0x8E, 0x8F, 0x90, 0x93,
                0x94, 0x95, 0x96, 0x97, 0x98, 0x99, 0x9A, 0x9B, 0x9C, 0x9D, 0x9E, 0x9F, 0xA0, 0xA1,
                0xA2,
            ],
        ),
        (Auth, Role::Client, &[0x18, 0x19]),
        (Auth, Role::Server, &[0x00, 0x18]),
    ]
};

#[test]
fn every_reason_code_in_every_packet() {
    for (kind, sender, belong) in REASONS {
        for number in 0..=255_u8 {
            let mut bytes = around(
                Some(kind),
                if kind == PacketKind::Auth {
                    b"\x15\0\x01m"
                } else {
                    b""
                },
            );
            let at = match kind {
                PacketKind::ConnAck => 3,
                PacketKind::SubAck | PacketKind::UnsubAck => bytes.len() - 1,
                PacketKind::Disconnect | PacketKind::Auth => 2,
                _ => 4,
            };
            bytes[at] = number;
            let got = decode(&bytes, sender, Version::V5);
            let belongs = belong.contains(&number);
            assert_eq!(
                got.is_ok(),
                belongs,
                "0x{number:02X} in {kind:?} of a {sender}: {got:?}"
            );
            if let Err(error) = got {
                assert_eq!(error.what, What::ReasonCode(number));
                assert_eq!(error.offset as usize, at);
            }
            // The table of numbers and the one of packets agree.
            let known = ReasonCode::from_number(number).is_some_and(|code| code.allowed_in(kind));
            assert!(!belongs || known);
        }
    }
}

#[test]
fn return_codes_of_the_older_versions() {
    for version in [Version::V31, Version::V311] {
        for number in 0..=255_u8 {
            let connack = decode(&[0x20, 2, 0, number], Role::Server, version);
            assert_eq!(connack.is_ok(), number <= 5, "CONNACK {number}");
            let suback = decode(&[0x90, 3, 0, 1, number], Role::Server, version);
            assert_eq!(
                suback.is_ok(),
                matches!(number, 0 | 1 | 2 | 0x80),
                "SUBACK {number}"
            );
        }
    }
}

#[test]
fn every_packet_in_every_direction() {
    for version in VERSIONS {
        for kind in KINDS {
            for sender in [Role::Client, Role::Server] {
                let flags = match kind {
                    PacketKind::PubRel | PacketKind::Subscribe | PacketKind::Unsubscribe => 2,
                    _ => 0,
                };
                let mut first = BytesMut::from(&[(kind as u8) << 4 | flags][..]);
                let got = decoder(sender, version).decode(&mut first);
                let may = senders(kind, version).contains(&sender);
                // One byte is enough to refuse it.
                assert_eq!(got.is_ok(), may, "{kind:?} of a {sender} in {version}");
                match got.map_err(|error| error.what) {
                    Err(What::PacketType(15)) => assert!(version != Version::V5),
                    Err(What::Direction(whose)) => assert_eq!(whose, sender),
                    other => assert!(other.is_ok(), "{other:?}"),
                }
            }
        }
    }
}
