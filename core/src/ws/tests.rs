use super::*;
use bytes::{Bytes, BytesMut};
use proptest::prelude::*;
use std::vec;
use std::vec::Vec;

/// What a receiver makes of bytes that come in pieces: pieces of data joined, then how it ended.
fn receive(role: Role, max: usize, pieces: &[&[u8]]) -> (Vec<Received>, Option<WsError>) {
    let mut receiver = Receiver::new(role, max);
    let mut input = BytesMut::new();
    let mut all: Vec<Received> = Vec::new();
    for piece in pieces {
        input.extend_from_slice(piece);
        loop {
            match receiver.receive(&mut input) {
                Ok(None) => break,
                Ok(Some(Received::Data(data))) => match all.last_mut() {
                    Some(Received::Data(before)) => before.extend_from_slice(&data),
                    _ => all.push(Received::Data(data)),
                },
                Ok(Some(other)) => all.push(other),
                Err(error) => return (all, Some(error)),
            }
        }
    }
    (all, None)
}

fn data(bytes: &[u8]) -> Received {
    Received::Data(bytes.into())
}

/// A masked frame with any first byte.
fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mask = [0x37, 0xFA, 0x21, 0x3D];
    let mut out = Vec::new();
    encode_frame(Opcode::Binary, payload, Some(mask), &mut out);
    out[0] = first;
    out
}

#[test]
fn takes_what_the_rfc_allows() {
    let long = vec![7; 126];
    let longer = vec![9; 65_536];
    let cases: &[(&str, Vec<u8>, Vec<Received>)] = &[
        ("one frame", frame(0x82, b"ab"), vec![data(b"ab")]),
        ("an empty frame", frame(0x82, b""), vec![]),
        ("16-bit length", frame(0x82, &long), vec![data(&long)]),
        ("64-bit length", frame(0x82, &longer), vec![data(&longer)]),
        (
            "fragments, with control frames between them",
            [
                frame(0x02, b"a"),
                frame(0x89, b"p"),
                frame(0x00, b"b"),
                frame(0x8A, b""),
                frame(0x00, b""),
                frame(0x80, b"c"),
                frame(0x82, b"d"),
            ]
            .concat(),
            vec![
                data(b"a"),
                Received::Ping(Bytes::from_static(b"p")),
                data(b"b"),
                Received::Pong(Bytes::new()),
                data(b"cd"),
            ],
        ),
        (
            "a close, and nothing after it",
            [frame(0x88, b"\x03\xE8bye"), frame(0x82, b"x")].concat(),
            vec![Received::Close {
                code: Some(1000),
                reason: Bytes::from_static(b"bye"),
            }],
        ),
        (
            "a close without code",
            frame(0x88, b""),
            vec![Received::Close {
                code: None,
                reason: Bytes::new(),
            }],
        ),
    ];
    for (name, bytes, expected) in cases {
        let got = receive(Role::Server, usize::MAX, &[bytes]);
        assert_eq!(got, (expected.clone(), None), "{name}");
    }
}

#[test]
fn refuses_what_the_rfc_forbids() {
    let unmasked = vec![0x82, 1, b'a'];
    let cases: &[(&str, Vec<u8>, u16, What)] = &[
        ("RSV1", frame(0xC2, b"a"), 1002, What::ReservedBits),
        ("RSV2", frame(0xA2, b"a"), 1002, What::ReservedBits),
        ("RSV3", frame(0x92, b"a"), 1002, What::ReservedBits),
        ("opcode 3", frame(0x83, b"a"), 1002, What::Opcode(3)),
        ("opcode 11", frame(0x8B, b"a"), 1002, What::Opcode(11)),
        ("no mask", unmasked, 1002, What::NotMasked),
        ("text", frame(0x81, b"a"), 1003, What::Text),
        (
            "continuation of nothing",
            frame(0x80, b"a"),
            1002,
            What::NothingToContinue,
        ),
        (
            "message inside",
            [frame(0x02, b"a"), frame(0x82, b"b")].concat(),
            1002,
            What::MessageInside,
        ),
        ("fragmented ping", frame(0x09, b"a"), 1002, What::Control),
        ("long ping", frame(0x89, &[0; 126]), 1002, What::Control),
        (
            "16-bit length for 125",
            vec![0x82, 0xFE, 0, 125, 0, 0, 0, 0],
            1002,
            What::Length,
        ),
        (
            "64-bit length for 65535",
            vec![0x82, 0xFF, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 0, 0, 0, 0],
            1002,
            What::Length,
        ),
        (
            "highest bit of a length",
            vec![0x82, 0xFF, 0x80, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0],
            1002,
            What::LengthBit,
        ),
        ("too long", frame(0x82, &[0; 21]), 1009, What::TooLong),
        (
            "too long in pieces",
            [frame(0x02, &[0; 11]), frame(0x80, &[0; 10])].concat(),
            1009,
            What::TooLong,
        ),
        (
            "close 1005",
            frame(0x88, b"\x03\xED"),
            1002,
            What::CloseCode(1005),
        ),
        (
            "close 999",
            frame(0x88, b"\x03\xE7"),
            1002,
            What::CloseCode(999),
        ),
        (
            "close with one byte",
            frame(0x88, b"\x03"),
            1002,
            What::CloseLength,
        ),
        (
            "close reason",
            frame(0x88, b"\x03\xE8\xFF"),
            1007,
            What::CloseReason,
        ),
    ];
    for (name, bytes, code, what) in cases {
        let (_, error) = receive(Role::Server, 20, &[bytes]);
        let error = error.expect(name);
        assert_eq!((error.close_code, error.what), (*code, *what), "{name}");
    }
    let (_, error) = receive(Role::Client, 20, &[&frame(0x82, b"a")]);
    assert_eq!(error.map(|error| error.what), Some(What::Masked));
}

#[test]
fn a_close_reason_is_cut_between_characters() {
    let mut out = Vec::new();
    encode_close(1000, &"ж".repeat(100), None, &mut out);
    assert_eq!(out.len(), 2 + 2 + 122);
    let (all, error) = receive(Role::Client, 0, &[&out]);
    assert!(error.is_none() && all.len() == 1);
}

proptest! {
    #[test]
    fn any_split_gives_the_same(
        frames in prop::collection::vec(
            (0u8..16, any::<bool>(), prop::collection::vec(any::<u8>(), 0..140)),
            1..6,
        ),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..8),
    ) {
        let mut bytes = Vec::new();
        for (opcode, last, payload) in &frames {
            bytes.extend(frame(u8::from(*last) << 7 | opcode, payload));
        }
        let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(bytes.len())).collect();
        cuts.push(bytes.len());
        cuts.sort();
        let mut from = 0;
        let pieces: Vec<&[u8]> = cuts
            .iter()
            .map(|to| {
                let piece = &bytes[from..*to];
                from = *to;
                piece
            })
            .collect();
        let whole = receive(Role::Server, 200, &[&bytes]);
        prop_assert_eq!(receive(Role::Server, 200, &pieces), whole);
    }

    #[test]
    fn any_bytes_are_borne(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        receive(Role::Server, 100, &[&bytes]);
        receive(Role::Client, 100, &[&bytes]);
    }

    #[test]
    fn masks_from_any_place(
        bytes in prop::collection::vec(any::<u8>(), 0..64),
        mask in any::<[u8; 4]>(),
        offset in 0usize..8,
    ) {
        let mut fast = bytes.clone();
        apply_mask(&mut fast, mask, offset);
        let slow: Vec<u8> = bytes
            .iter()
            .enumerate()
            .map(|(at, byte)| byte ^ mask[(offset + at) % 4])
            .collect();
        prop_assert_eq!(fast, slow);
    }
}
