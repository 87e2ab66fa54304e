//! QoS 1 and 2: identifiers, windows in both directions, and what is sent again.

use std::collections::BTreeSet;

use tidings_core::node::StoreOutcome;
use tidings_core::packet::{Packet, Property, Publish, QoS, ReasonCode, Version};

use crate::support::{
    Broker, Peer, VERSIONS, ack, connect, id, lasting, limited, message, properties, publish,
    quiet, secs, with,
};

/// A speaker, and a listener that takes `window` messages at a time.
fn pair(broker: &mut Broker, window: u16) -> (Peer, Peer) {
    let speaker = broker.connect(connect("speaker", Version::V5));
    let listener = broker.connect(listener(window));
    broker.subscribe(listener, "#", QoS::ExactlyOnce);
    (speaker, listener)
}

fn listener(window: u16) -> tidings_core::packet::Connect {
    with(
        lasting("listener", Version::V5),
        [Property::ReceiveMax(window)],
    )
}

fn number(publish: &Publish) -> u16 {
    publish.packet_id.expect("it has one").value()
}

fn publish_all(broker: &mut Broker, speaker: Peer, qos: QoS, count: u16) {
    for number in 1..=count {
        let text = number.to_string();
        broker.send(speaker, publish("t", &text, qos, Some(number)));
        if qos == QoS::ExactlyOnce {
            broker.send(speaker, Packet::PubRel(ack(number)));
        }
    }
    broker.take(speaker);
}

#[test]
fn a_client_gets_no_more_at_once_than_its_receive_maximum() {
    let mut broker = Broker::new();
    let (speaker, listener) = pair(&mut broker, 3);
    publish_all(&mut broker, speaker, QoS::AtLeastOnce, 8);
    let got = broker.messages(listener);
    assert_eq!(got.len(), 3);
    // Any of them makes room, not only the first.
    broker.send(listener, Packet::PubAck(ack(number(&got[1]))));
    let next = broker.messages(listener);
    assert_eq!(next.len(), 1);
    assert_eq!(next[0].payload, "4");
    for publish in [&got[0], &got[2], &next[0]] {
        broker.send(listener, Packet::PubAck(ack(number(publish))));
    }
    assert_eq!(broker.payloads(listener), ["5", "6", "7"]);
}

#[test]
fn a_message_of_qos_2_counts_until_pubcomp() {
    let mut broker = Broker::new();
    let (speaker, listener) = pair(&mut broker, 1);
    publish_all(&mut broker, speaker, QoS::ExactlyOnce, 2);
    let first = number(&broker.messages(listener)[0]);
    broker.send(listener, Packet::PubRec(ack(first)));
    assert_eq!(broker.take(listener), [Packet::PubRel(ack(first))]);
    // PUBREC once more: PUBREL once more, and no second message.
    broker.send(listener, Packet::PubRec(ack(first)));
    assert_eq!(broker.take(listener), [Packet::PubRel(ack(first))]);
    broker.send(listener, Packet::PubComp(ack(first)));
    assert_eq!(broker.payloads(listener), ["2"]);
}

#[test]
fn a_refusing_pubrec_ends_the_delivery() {
    let mut broker = Broker::new();
    let (speaker, listener) = pair(&mut broker, 1);
    publish_all(&mut broker, speaker, QoS::ExactlyOnce, 2);
    let first = number(&broker.messages(listener)[0]);
    let mut refusal = ack(first);
    refusal.reason = ReasonCode::NotAuthorized;
    broker.send(listener, Packet::PubRec(refusal));
    assert_eq!(broker.payloads(listener), ["2"]);
}

#[test]
fn dup_is_set_on_what_was_sent_before_and_only_then() {
    for qos in [QoS::AtLeastOnce, QoS::ExactlyOnce] {
        let mut broker = Broker::new();
        let (speaker, peer) = pair(&mut broker, 2);
        publish_all(&mut broker, speaker, qos, 3);
        let before = broker.messages(peer);
        assert!(before.len() == 2 && before.iter().all(|m| !m.dup));
        broker.lose(peer);
        let peer = broker.connect(listener(10));
        let after = broker.messages(peer);
        let seen: Vec<_> = after.iter().map(|m| (number(m), m.dup)).collect();
        let [one, two] = [&before[0], &before[1]].map(number);
        assert_eq!(seen[..2], [(one, true), (two, true)], "{qos:?}");
        assert!(!seen[2].1 && !seen[..2].iter().any(|(n, _)| *n == seen[2].0));
    }
}

#[test]
fn a_released_message_is_released_again_and_not_published() {
    let mut broker = Broker::new();
    let (speaker, peer) = pair(&mut broker, 2);
    publish_all(&mut broker, speaker, QoS::ExactlyOnce, 1);
    let first = number(&broker.messages(peer)[0]);
    broker.send(peer, Packet::PubRec(ack(first)));
    broker.lose(peer);
    let peer = broker.connect(listener(2));
    assert_eq!(broker.take(peer), [Packet::PubRel(ack(first))]);
    broker.send(peer, Packet::PubComp(ack(first)));
    assert!(broker.node.state().sessions[0].inflight.is_empty());
}

#[test]
fn a_smaller_receive_maximum_holds_for_what_is_sent_again() {
    for qos in [QoS::AtLeastOnce, QoS::ExactlyOnce] {
        let mut broker = Broker::new();
        let (speaker, peer) = pair(&mut broker, 5);
        publish_all(&mut broker, speaker, qos, 7);
        assert_eq!(broker.messages(peer).len(), 5);
        broker.lose(peer);
        let peer = broker.connect(listener(2));
        let mut seen = Vec::new();
        let mut open = broker.messages(peer);
        while !open.is_empty() {
            assert!(open.len() <= 2, "{} at once at {qos:?}", open.len());
            let first = open.remove(0);
            seen.push((first.payload.clone(), first.dup));
            match qos {
                QoS::ExactlyOnce => {
                    broker.send(peer, Packet::PubRec(ack(number(&first))));
                    broker.send(peer, Packet::PubComp(ack(number(&first))));
                }
                _ => broker.send(peer, Packet::PubAck(ack(number(&first)))),
            }
            open.extend(broker.messages(peer));
        }
        let expected: Vec<_> = (1..=7)
            .map(|n: u16| (n.to_string().into(), n <= 5))
            .collect();
        assert_eq!(seen, expected);
    }
}

#[test]
fn a_client_that_sends_more_than_our_receive_maximum_is_told() {
    let mut broker = Broker::with(limited(|l| l.receive_max = 4.try_into().unwrap()));
    let (speaker, ack_of) = broker.try_connect(connect("speaker", Version::V5));
    assert_eq!(ack_of.properties.receive_max().map(u16::from), Some(4));
    for number in 1..=4 {
        broker.send(speaker, publish("t", "x", QoS::ExactlyOnce, Some(number)));
        // One that was refused or released is none any more.
        broker.send(speaker, Packet::PubRel(ack(number)));
        broker.send(speaker, publish("t", "x", QoS::ExactlyOnce, Some(number)));
    }
    assert_eq!(broker.cause(speaker.conn), None);
    broker.take(speaker);
    broker.send(speaker, publish("t", "x", QoS::AtLeastOnce, Some(5)));
    match &broker.take(speaker)[..] {
        [Packet::Disconnect(last)] => assert_eq!(last.reason, ReasonCode::ReceiveMaximumExceeded),
        other => panic!("{other:?}"),
    }
    // Older clients cannot be told.
    let older = broker.connect(connect("older", Version::V311));
    for number in 1..=20 {
        broker.send(older, publish("t", "x", QoS::ExactlyOnce, Some(number)));
    }
    assert_eq!(broker.take(older).len(), 20);
}

/// With a store whose records are safe later, PUBACKs wait, and what waits counts.
#[test]
fn unacknowledged_messages_of_qos_1_count_exactly() {
    let mut config = limited(|l| l.receive_max = 4.try_into().unwrap());
    config.durable = true;
    let mut broker = Broker::with(config);
    let speaker = broker.connect(connect("speaker", Version::V5));
    let keeper = broker.connect(lasting("keeper", Version::V5));
    broker.subscribe(keeper, "#", QoS::AtLeastOnce);
    broker.lose(keeper);
    broker.store_is_fast = false;
    // Three are always open, never five.
    let mut open = Vec::new();
    for turn in 0..1000_u16 {
        let number = turn % 100 + 1;
        broker.send(speaker, publish("t", "x", QoS::AtLeastOnce, Some(number)));
        let latest = broker.records.last().expect("a delivery is recorded").0;
        open.push(latest);
        if open.len() == 3 {
            let outcome = StoreOutcome::Durable(open.remove(0));
            broker.node.handle_store(broker.now, outcome);
        }
        assert_eq!(broker.cause(speaker.conn), None, "at {turn}");
    }
    assert_eq!(broker.take(speaker).len(), 998);
    // Nothing is safe any more: the fifth is one too many.
    for number in 201..=203 {
        broker.send(speaker, publish("t", "x", QoS::AtLeastOnce, Some(number)));
    }
    assert!(broker.cause(speaker.conn).is_some());
}

#[test]
fn a_message_that_expires_while_its_record_is_written_is_not_sent() {
    let mut config = limited(|_| {});
    config.durable = true;
    let mut broker = Broker::with(config);
    let speaker = broker.connect(connect("speaker", Version::V5));
    let peer = broker.connect(lasting("listener", Version::V5));
    broker.subscribe(peer, "#", QoS::ExactlyOnce);
    broker.store_is_fast = false;
    let short = Publish {
        properties: properties([Property::MessageExpirySecs(5)]),
        ..message("t", "short", QoS::ExactlyOnce, Some(1))
    };
    broker.send(speaker, Packet::Publish(short));
    let lasts = message("t", "lasts", QoS::ExactlyOnce, Some(2));
    broker.send(speaker, Packet::Publish(lasts));
    let catch_up = |broker: &mut Broker| {
        let latest = broker.records.last().expect("they are recorded").0;
        let outcome = StoreOutcome::Durable(latest);
        broker.node.handle_store(broker.now, outcome);
        broker.settle();
    };
    // The first is in the window when its arrival is safe, and waits for its identifier.
    catch_up(&mut broker);
    broker.pass(secs(6));
    catch_up(&mut broker);
    catch_up(&mut broker);
    let said: Vec<_> = broker.messages(peer);
    let said: Vec<_> = said.iter().map(|publish| publish.payload.clone()).collect();
    assert_eq!(said, ["lasts"]);
    assert!(
        broker
            .node
            .state()
            .sessions
            .iter()
            .all(|one| one.inflight.len() <= 1)
    );
}

#[test]
fn unknown_identifiers_are_named_and_do_no_harm() {
    let mut broker = Broker::new();
    let peer = broker.connect(connect("a", Version::V5));
    broker.send(peer, Packet::PubRel(ack(7)));
    broker.send(peer, Packet::PubRec(ack(8)));
    broker.send(peer, Packet::PubAck(ack(9)));
    broker.send(peer, Packet::PubComp(ack(10)));
    let said = broker.take(peer);
    match &said[..] {
        [Packet::PubComp(comp), Packet::PubRel(rel)] => {
            let not_found = ReasonCode::PacketIdentifierNotFound;
            assert_eq!((comp.packet_id, comp.reason), (id(7), not_found));
            assert_eq!((rel.packet_id, rel.reason), (id(8), not_found));
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(broker.cause(peer.conn), None);
}

#[test]
fn an_acknowledgement_of_another_qos_ends_the_connection() {
    type Wrong = (QoS, fn(u16) -> Packet);
    let wrong: [Wrong; 4] = [
        (QoS::ExactlyOnce, |n| Packet::PubAck(ack(n))),
        (QoS::ExactlyOnce, |n| Packet::PubComp(ack(n))),
        (QoS::AtLeastOnce, |n| Packet::PubRec(ack(n))),
        (QoS::AtLeastOnce, |n| Packet::PubComp(ack(n))),
    ];
    for (qos, packet) in wrong {
        let mut broker = Broker::new();
        let (speaker, listener) = pair(&mut broker, 5);
        publish_all(&mut broker, speaker, qos, 1);
        let first = number(&broker.messages(listener)[0]);
        broker.send(listener, packet(first));
        match &broker.take(listener)[..] {
            [Packet::Disconnect(last)] => assert_eq!(last.reason, ReasonCode::ProtocolError),
            other => panic!("{other:?}"),
        }
        // What was not acknowledged is still owed.
        assert_eq!(broker.node.state().sessions[0].inflight.len(), 1);
    }
}

#[test]
fn a_repeated_message_of_qos_2_is_delivered_once() {
    for version in VERSIONS {
        let mut broker = Broker::new();
        let speaker = broker.connect(lasting("speaker", version));
        let listener = broker.connect(connect("listener", Version::V5));
        broker.subscribe(listener, "#", QoS::AtMostOnce);
        let mut first = message("t", "once", QoS::ExactlyOnce, Some(5));
        broker.send(speaker, Packet::Publish(first.clone()));
        broker.lose(speaker);
        let speaker = broker.connect(lasting("speaker", version));
        first.dup = true;
        broker.send(speaker, Packet::Publish(first.clone()));
        assert_eq!(broker.take(speaker), [Packet::PubRec(ack(5))], "{version}");
        assert_eq!(broker.payloads(listener), ["once"], "{version}");
        broker.send(speaker, Packet::PubRel(ack(5)));
        assert_eq!(broker.take(speaker), [Packet::PubComp(ack(5))]);
        // Released, the identifier is free for another message.
        broker.send(speaker, publish("t", "again", QoS::ExactlyOnce, Some(5)));
        assert_eq!(broker.payloads(listener), ["again"], "{version}");
    }
}

#[test]
fn an_open_identifier_is_in_use() {
    let mut broker = Broker::new();
    let speaker = broker.connect(connect("speaker", Version::V5));
    broker.send(speaker, publish("t", "x", QoS::ExactlyOnce, Some(5)));
    broker.take(speaker);
    broker.send(speaker, publish("t", "x", QoS::AtLeastOnce, Some(5)));
    match &broker.take(speaker)[..] {
        [Packet::PubAck(ack)] => assert_eq!(ack.reason, ReasonCode::PacketIdentifierInUse),
        other => panic!("{other:?}"),
    }
}

#[test]
fn qos_0_does_not_pass_what_waits() {
    let mut broker = Broker::new();
    let (speaker, listener) = pair(&mut broker, 1);
    for (number, text) in [(Some(1), "1"), (Some(2), "2"), (None, "3"), (Some(3), "4")] {
        let qos = number.map_or(QoS::AtMostOnce, |_| QoS::AtLeastOnce);
        broker.send(speaker, publish("t", text, qos, number));
    }
    let mut seen = Vec::new();
    loop {
        let got = broker.messages(listener);
        if got.is_empty() {
            break;
        }
        for publish in got {
            seen.push(publish.payload.clone());
            if let Some(number) = publish.packet_id {
                broker.send(listener, Packet::PubAck(ack(number.value())));
            }
        }
    }
    assert_eq!(seen, ["1", "2", "3", "4"]);
}

#[test]
fn every_identifier_there_is_can_be_under_way() {
    let mut config = limited(|l| {
        l.inflight_max = u16::MAX.try_into().unwrap();
        l.queue_messages_max = 100_000;
    });
    config.durable = false;
    let mut broker = Broker::with(config);
    let (speaker, listener) = pair(&mut broker, u16::MAX);
    // All but the first two are acknowledged at once, so that identifiers go round.
    for turn in 0..70_000_u32 {
        let number = (turn % 1000 + 1) as u16;
        broker.send(speaker, publish("t", "x", QoS::AtLeastOnce, Some(number)));
        broker.take(speaker);
        if turn < 10_000 {
            let got = number_of_last(&mut broker, listener);
            if turn > 1 {
                broker.send(listener, Packet::PubAck(ack(got)));
            }
        }
    }
    let mut ids: Vec<u16> = broker.messages(listener).iter().map(number).collect();
    ids.extend([1, 2]);
    let all: BTreeSet<u16> = ids.iter().copied().collect();
    assert_eq!((ids.len(), all.len()), (60_002, 60_002));
    // Acknowledged from the middle outwards, which no queue likes.
    ids.sort_unstable_by_key(|id| (u32::from(*id)).abs_diff(30_000));
    for number in ids {
        broker.send(listener, Packet::PubAck(ack(number)));
    }
    let state = broker.node.state();
    assert!(state.sessions[0].inflight.is_empty() && state.sessions[0].queue.is_empty());

    // More than there are identifiers: the rest waits.
    for turn in 0..66_000_u32 {
        let number = (turn % 1000 + 1) as u16;
        broker.send(speaker, publish("t", "x", QoS::AtLeastOnce, Some(number)));
        broker.take(speaker);
    }
    let ids: BTreeSet<u16> = broker.messages(listener).iter().map(number).collect();
    assert_eq!(ids.len(), 65_535);
    assert_eq!(broker.node.state().sessions[0].queue.len(), 66_000 - 65_535);
}

fn number_of_last(broker: &mut Broker, peer: Peer) -> u16 {
    number(broker.messages(peer).last().expect("it came"))
}

#[test]
fn a_stranger_that_never_releases_is_bounded() {
    // QoS 2 identifiers that are never released: no more than there are, at two bytes each.
    let mut broker = Broker::with(quiet());
    let older = broker.connect(connect("older", Version::V311));
    for _ in 0..2 {
        for number in 1..=u16::MAX {
            broker.send(older, publish("t", "x", QoS::ExactlyOnce, Some(number)));
        }
        broker.take(older);
    }
    assert_eq!(broker.node.state().sessions[0].received.len(), 65_535);
}
