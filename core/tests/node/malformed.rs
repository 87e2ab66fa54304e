//! The cases of `tests/conformance/malformed.txt`, by the decoder and by a node.

#[path = "../../../tests/conformance/table.rs"]
mod table;

use bytes::BytesMut;
use tidings_core::codec::{Decoder, Role};
use tidings_core::node::CloseCause;
use tidings_core::packet::Version;

use crate::support::{Broker, Peer, connect};
use table::{Case, cases};

fn version(case: &Case) -> Version {
    match case.level {
        3 => Version::V31,
        4 => Version::V311,
        _ => Version::V5,
    }
}

fn title(case: &Case) -> String {
    let Case { line, name, .. } = case;
    format!("line {line}, {}: {name}", version(case))
}

#[test]
fn the_decoder_says_where_what_and_by_which_rule() {
    for case in cases() {
        let Some(offset) = case.offset else { continue };
        let mut decoder = Decoder::new(Role::Client, 1024);
        if !case.first {
            decoder.set_version(version(&case));
        }
        let error = match decoder.decode(&mut BytesMut::from(&case.bytes[..])) {
            Err(error) => error,
            Ok(other) => panic!("{}: {other:?}", title(&case)),
        };
        let got = (error.offset, error.reason as u8, error.statement);
        let wanted = (offset, case.reason, &*case.statement);
        assert_eq!(got, wanted, "{}: {error}", title(&case));
        let connack = error.connack().map(|(_, reason)| reason as u8);
        let wanted = case.connack.map(|code| match (case.level, code) {
            (3 | 4, 1) => 0x84, // As 5.0 calls it.
            _ => code,
        });
        assert_eq!(connack, wanted, "{}: {error}", title(&case));
    }
}

#[test]
fn bytes_may_come_one_by_one_and_are_refused_the_same() {
    for case in cases() {
        let Some(offset) = case.offset else { continue };
        let mut decoder = Decoder::new(Role::Client, 1024);
        if !case.first {
            decoder.set_version(version(&case));
        }
        let mut input = BytesMut::new();
        let mut bytes = case.bytes.iter();
        let error = loop {
            match decoder.decode(&mut input) {
                Ok(_) => input.extend(bytes.next()),
                Err(error) => break error,
            }
        };
        assert_eq!(error.offset, offset, "{}", title(&case));
        assert_eq!(error.reason as u8, case.reason, "{}", title(&case));
    }
}

/// Sends the bytes of a case; what the node says before it closes.
fn answer(broker: &mut Broker, case: &Case, cut: bool) -> (Vec<u8>, CloseCause) {
    let conn = broker.open();
    if !case.first {
        broker.feed(conn, &table::connect(case.level, "bad"));
        broker.raw(conn);
    }
    match cut {
        true => {
            for byte in &case.bytes {
                broker.feed(conn, &[*byte]);
            }
        }
        false => broker.feed(conn, &case.bytes),
    }
    let cause = broker.cause(conn);
    let cause = cause.unwrap_or_else(|| panic!("{}: still open", title(case)));
    (broker.raw(conn), cause)
}

#[test]
fn a_node_closes_that_connection_for_the_right_reason_and_no_other() {
    let mut broker = Broker::new();
    let bystander = broker.connect(connect("bystander", Version::V311));
    for case in cases() {
        for cut in [false, true] {
            let (said, cause) = answer(&mut broker, &case, cut);
            // A length at fault is refused before the version is there to be answered in.
            let early = cut && case.first && case.offset == Some(1) && case.reason == 0x95;
            let early = early || cut && case.statement == "section 1.5.5";
            let expected = match (case.first, case.level) {
                (true, _) if early => None,
                (true, 5) => case.connack.map(|code| vec![0x20, 3, 0, code, 0]),
                (true, _) => case.connack.map(|code| vec![0x20, 2, 0, code]),
                (false, 5) => Some(vec![0xE0, case.reason]),
                (false, _) => None,
            };
            let title = title(&case);
            match (expected, case.first) {
                // A DISCONNECT may explain itself in a Reason String.
                (Some(expected), _) => {
                    let [kind, .., reason] = expected[..] else {
                        panic!("{title}");
                    };
                    let at = if case.first { 3 } else { 2 };
                    let reason = if case.first { expected[3] } else { reason };
                    assert_eq!((said[0], said[at]), (kind, reason), "{title}: {said:?}");
                }
                (None, _) => assert!(said.is_empty(), "{title}: {said:?}"),
            }
            match (case.offset, cause) {
                (Some(offset), CloseCause::Malformed(error)) => {
                    assert_eq!(error.offset, offset, "{title}");
                }
                (None, CloseCause::Violation(violation)) => {
                    assert_eq!(violation.reason() as u8, case.reason, "{title}");
                    assert_eq!(violation.statement(), case.statement, "{title}");
                }
                other => panic!("{title}: {other:?}"),
            }
            broker.feed(bystander.conn, &[0xC0, 0]);
            assert_eq!(broker.raw(bystander.conn), [0xD0, 0], "{title}");
        }
    }
    let state = broker.node.state();
    assert_eq!((state.connections.len(), state.sessions.len()), (1, 1));
}

/// Whatever comes, in whatever state, is borne.
#[test]
fn every_case_is_borne_at_every_place_of_a_stream() {
    for case in cases().into_iter().filter(|case| !case.first) {
        let mut broker = Broker::new();
        let peer: Peer = broker.connect(connect("a", version(&case)));
        let ping = [0xC0, 0];
        broker.feed(peer.conn, &[&ping[..], &case.bytes, &ping].concat());
        // The ping before it is answered, the one behind it is not.
        let said = broker.raw(peer.conn);
        assert_eq!(said[..2], [0xD0, 0], "{}", title(&case));
        assert!(!said[2..].starts_with(&[0xD0, 0]), "{}", title(&case));
    }
}
