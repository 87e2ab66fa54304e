//! Bytes that a person has written, sent from an actor's end of its connection.

use super::forks::{at, ids, ms};
use super::*;
use crate::log::What;
use crate::view::{BYTES_SHOWN_MAX, Did, Direction, EventNo, PacketDetail, PacketKind};

/// A packet as the page would be shown it.
fn detail(page: &mut Page, no: EventNo) -> PacketDetail {
    let packet = Some(no);
    let watch = Watch {
        packet,
        ..Watch::default()
    };
    page.engine.handle(page.wall, ToWorker::Watch(watch));
    let batch = page.engine.poll_batch(page.wall);
    let found = batch.into_iter().find_map(|message| match message {
        FromWorker::Packet(detail) => detail,
        _ => None,
    });
    *found.expect("the log holds it")
}

fn send(page: &mut Page, name: &str, bytes: &[u8]) -> Answer {
    let (id, bytes) = (page.id(name), bytes.to_vec());
    page.edit(Edit::Send { id, bytes })
}

/// What somebody gets from a moment on.
fn got(page: &Page, name: &str, since: u64) -> Vec<(PacketKind, Vec<u8>)> {
    let id = page.id(name);
    let log = &page.engine.pen.log;
    let since = log.from(log.not_before(ms(since)));
    let got = since.filter_map(|(_, entry)| match &entry.what {
        What::Sent(sent) if (sent.actor, sent.direction) == (id, Direction::ToActor) => {
            Some((sent.kind, sent.bytes.to_vec()))
        }
        _ => None,
    });
    got.collect()
}

/// Goes on until so many milliseconds of the world.
fn until(page: &mut Page, millis: u64) {
    page.say(ToWorker::Run);
    while page.at_ms() < millis {
        page.wait(16.0);
    }
    page.say(ToWorker::Pause);
}

#[test]
fn a_packet_is_sent_again_and_answered() {
    let mut page = at(4_000);
    let head = page.frame().clock.head;
    page.say(ToWorker::Seek(head));
    let since = page.at_ms();
    let bytes = b"\x32\x17\x00\x0ehome/hall/door\x03\xe7\x00ajar";
    let mut bytes = bytes.to_vec();
    bytes[1] = bytes.len() as u8 - 2;
    let answer = send(&mut page, "door", &bytes);
    assert_eq!(answer.problems, []);
    let no = answer.packet.expect("its number");
    let sent = detail(&mut page, no);
    assert_eq!((sent.bytes, sent.topic), (bytes, "home/hall/door".into()));
    assert_eq!(ids(&page.engine.runs()), (1, vec![]), "no fork at the head");
    until(&mut page, since + 1_500);
    let acks = got(&page, "door", since);
    assert!(acks.contains(&(PacketKind::PubAck, b"\x40\x02\x03\xe7".to_vec())));
    let phone = got(&page, "phone", since);
    assert!(phone.iter().any(|(_, bytes)| bytes.ends_with(b"ajar")));
}

#[test]
fn what_is_malformed_is_answered_and_ends_the_connection() {
    let mut page = at(6_000);
    page.say(ToWorker::Seek(ms(2_500)));
    let door = page.id("door");
    let answer = send(&mut page, "door", b"\x36\x05\x00\x01a\x00\x01");
    let no = answer.packet.expect("its number");
    let runs = page.engine.runs();
    assert_eq!(ids(&runs), (2, vec![1]), "in the past it is another run");
    assert_eq!(runs.did, Some(Did::Sent(door)));
    until(&mut page, 4_500);
    let sent = detail(&mut page, no);
    let wrong = sent.wrong.expect("QoS 3");
    assert_eq!((wrong.offset, wrong.reason.0), (0, 0x81));
    assert_eq!(wrong.statement, "MQTT-3.3.1-4");
    assert!(sent.twin.is_none());
    let answers = got(&page, "door", 2_500);
    let (kind, bytes) = &answers[0];
    assert_eq!((*kind, bytes[2]), (PacketKind::Disconnect, 0x81));
    // It hangs below what caused it.
    assert!(sent.tree.iter().any(|row| row.depth == 1));
    assert_eq!(page.edit(Edit::Return(crate::view::RunId(1))).problems, []);
    assert_eq!(got(&page, "door", 2_500).len(), 0);
}

#[test]
fn half_a_packet_is_no_packet_until_the_rest_has_come() {
    let mut page = at(4_000);
    let whole = b"\x30\x08\x00\x03a/b\x00hi";
    send(&mut page, "door", &whole[..5]);
    assert_eq!(page.presence("door"), Presence::Connected);
    send(&mut page, "door", &whole[5..]);
    until(&mut page, 5_000);
    let log = page.engine.pen.log.from(Seq(0));
    let routed = log.filter(|(_, entry)| matches!(entry.what, What::Unreadable { .. }));
    assert_eq!(routed.count(), 0);
    assert_eq!(page.presence("door"), Presence::Connected);
}

#[test]
fn who_has_no_connection_sends_nothing() {
    let mut page = at(3_000);
    let hash = page.engine.log_hash();
    for (name, bytes) in [
        ("logger", vec![0xC0, 0]),
        ("door", vec![]),
        ("door", vec![0; BYTES_SHOWN_MAX + 1]),
    ] {
        let answer = send(&mut page, name, &bytes);
        assert_eq!((answer.problems.len(), answer.packet), (1, None));
    }
    assert_eq!(page.engine.log_hash(), hash);
}

#[test]
fn a_draft_of_bytes_says_what_would_be_read() {
    use crate::scenario::Version;
    let mut page = Page::new();
    let mut hint = |bytes: &[u8], version| {
        let (token, bytes) = (Token(3), bytes.to_vec());
        let draft = Draft::Bytes { version, bytes };
        page.say(ToWorker::Check { token, draft });
        match page.answers.pop().and_then(|answer| answer.hints) {
            Some(crate::view::Hints::Bytes(hint)) => *hint,
            other => panic!("{other:?}"),
        }
    };
    let good = hint(b"\x30\x06\x00\x01a\x00hi", Version::V5);
    assert_eq!((good.wrong, good.says), (None, Some(8)));
    let twin = good.twin.expect("3.1.1 can say that");
    assert_eq!(twin.bytes, b"\x30\x05\x00\x01ahi");
    assert!(twin.fields.iter().all(|field| field.name != "Properties"));
    let short = hint(b"\x30\x06\x00\x01a", Version::V5);
    assert_eq!((short.wrong, short.says), (None, Some(8)));
    let bad = hint(b"\x36\x06\x00\x01a\x00hi", Version::V5);
    assert_eq!(bad.wrong.map(|wrong| wrong.offset), Some(0));
    // What 3.1.1 keeps for good, 5.0 has to say.
    let connect = b"\x10\x0D\x00\x04MQTT\x04\x00\x00\x3C\x00\x01a";
    let twin = hint(connect, Version::V3_1_1).twin.expect("a CONNECT");
    let expiry = twin
        .fields
        .iter()
        .find(|field| field.name == "Session Expiry Interval");
    assert!(expiry.is_some(), "{:?}", twin.fields);
    // AUTH is of 5.0 alone.
    assert_eq!(hint(b"\xF0\x00", Version::V5).twin, None);
    assert_eq!(hint(b"", Version::V5), crate::view::BytesHint::default());
}
