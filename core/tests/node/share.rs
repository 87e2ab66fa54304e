//! Shared subscriptions: each message to one member, and none lost with a member.

use std::collections::BTreeMap;

use tidings_core::node::StoreOutcome;
use tidings_core::packet::{
    Connect, Packet, Properties, Property, Publish, QoS, ReasonCode, SubscribeOptions, Version,
};

use crate::support::{
    Broker, Peer, VERSIONS, ack, connect, disconnect, id, lasting, limited, publish, secs, utf8,
    with,
};

const FILTER: &str = "$share/g/t/#";

fn speak(broker: &mut Broker, speaker: Peer, qos: QoS, texts: &[&str]) {
    for (number, text) in (1..).zip(texts) {
        let packet_id = (qos != QoS::AtMostOnce).then_some(number);
        broker.send(speaker, publish("t/a", text, qos, packet_id));
        if qos == QoS::ExactlyOnce {
            broker.send(speaker, Packet::PubRel(ack(number)));
        }
    }
    broker.take(speaker);
}

fn member(broker: &mut Broker, connect: Connect, qos: QoS) -> Peer {
    let peer = broker.connect(connect);
    broker.subscribe(peer, FILTER, qos);
    peer
}

fn number(publish: &Publish) -> u16 {
    publish.packet_id.expect("it has one").value()
}

#[test]
fn each_message_goes_to_one_member_in_turn() {
    for version in VERSIONS {
        for qos in [QoS::AtMostOnce, QoS::AtLeastOnce, QoS::ExactlyOnce] {
            let mut broker = Broker::new();
            let speaker = broker.connect(connect("speaker", Version::V5));
            let members =
                ["a", "b", "c"].map(|name| member(&mut broker, connect(name, version), qos));
            speak(&mut broker, speaker, qos, &["1", "2", "3", "4", "5", "6"]);
            let got = members.map(|peer| broker.payloads(peer));
            assert_eq!(
                got,
                [["1", "4"], ["2", "5"], ["3", "6"]],
                "{version} {qos:?}"
            );
        }
    }
}

#[test]
fn groups_and_own_subscriptions_are_apart() {
    let mut broker = Broker::new();
    let speaker = broker.connect(connect("speaker", Version::V5));
    let peers = ["a", "b", "c"].map(|name| broker.connect(connect(name, Version::V5)));
    for (peer, filters) in peers.iter().zip([
        &["$share/g/t/#", "$share/h/t/#", "t/#"][..],
        &["$share/g/t/#"],
        &["$share/g/t/+"], // Another filter, another group.
    ]) {
        for filter in filters {
            broker.subscribe(*peer, filter, QoS::AtMostOnce);
        }
    }
    speak(&mut broker, speaker, QoS::AtMostOnce, &["1", "2"]);
    let [a, b, c] = peers.map(|peer| broker.payloads(peer));
    let counts = |got: &[String]| {
        got.iter().fold(BTreeMap::new(), |mut counts, text| {
            *counts.entry(text.clone()).or_insert(0) += 1;
            counts
        })
    };
    // All of h and of its own, and every second of g.
    assert_eq!(
        counts(&a),
        BTreeMap::from([("1".into(), 3), ("2".into(), 2)])
    );
    assert_eq!(b, ["2"]);
    assert_eq!(c, ["1", "2"]);
}

#[test]
fn each_member_has_its_own_qos_and_identifier() {
    let mut broker = Broker::new();
    let speaker = broker.connect(connect("speaker", Version::V5));
    let wish = |qos| SubscribeOptions {
        qos,
        ..SubscribeOptions::default()
    };
    let members = [("a", QoS::AtMostOnce, 1), ("b", QoS::AtLeastOnce, 2)].map(|(name, qos, id)| {
        let peer = broker.connect(connect(name, Version::V5));
        broker.subscribe_with(peer, FILTER, wish(qos), Some(id));
        peer
    });
    speak(&mut broker, speaker, QoS::ExactlyOnce, &["1", "2"]);
    for (peer, qos, id) in [
        (members[0], QoS::AtMostOnce, 1),
        (members[1], QoS::AtLeastOnce, 2),
    ] {
        let got = broker.messages(peer);
        assert_eq!((got.len(), got[0].qos), (1, qos));
        assert_eq!(
            got[0].properties.subscription_ids().collect::<Vec<_>>(),
            [id]
        );
    }
}

#[test]
fn who_has_room_goes_first_then_who_is_there_then_who_will_be() {
    let mut broker = Broker::new();
    let speaker = broker.connect(connect("speaker", Version::V5));
    let small = |name| with(lasting(name, Version::V5), [Property::ReceiveMax(1)]);
    let busy = member(&mut broker, small("busy"), QoS::AtLeastOnce);
    let free = member(&mut broker, lasting("free", Version::V5), QoS::AtLeastOnce);
    let away = member(&mut broker, lasting("away", Version::V5), QoS::AtLeastOnce);
    broker.lose(away);
    speak(
        &mut broker,
        speaker,
        QoS::AtLeastOnce,
        &["1", "2", "3", "4"],
    );
    assert_eq!(broker.payloads(busy), ["1"]);
    assert_eq!(broker.payloads(free), ["2", "3", "4"]);
    broker.send(free, disconnect(ReasonCode::Success));
    speak(&mut broker, speaker, QoS::AtLeastOnce, &["5"]);
    // The one that is there has no room, but it is there.
    assert_eq!(broker.node.state().sessions[1].queue.len(), 4);
    broker.lose(busy);
    speak(&mut broker, speaker, QoS::AtLeastOnce, &["6", "7", "8"]);
    let waiting: Vec<_> = broker
        .node
        .state()
        .sessions
        .iter()
        .map(|s| s.queue.len())
        .collect();
    assert_eq!(waiting.iter().sum::<usize>(), 4 + 3);
    // QoS 0 waits for nobody.
    speak(&mut broker, speaker, QoS::AtMostOnce, &["9"]);
    assert_eq!(broker.node.stats().messages_dropped, 1);
}

/// A member dies with everything it has not acknowledged; whether its session stays or ends, the
/// others get it, QoS 1 at least once, QoS 2 exactly once or by the member when it is back.
#[test]
fn a_member_that_dies_loses_nothing() {
    let texts = ["1", "2", "3", "4", "5", "6", "7", "8"];
    for qos in [QoS::AtLeastOnce, QoS::ExactlyOnce] {
        for stays in [true, false] {
            for window in [1, 2, 100] {
                let case = format!("{qos:?}, stays {stays}, window {window}");
                let mut broker = Broker::new();
                let speaker = broker.connect(connect("speaker", Version::V5));
                let wish = || {
                    let wish = match stays {
                        true => lasting("mortal", Version::V5),
                        false => connect("mortal", Version::V5),
                    };
                    with(wish, [Property::ReceiveMax(window)])
                };
                let mortal = member(&mut broker, wish(), qos);
                speak(&mut broker, speaker, qos, &texts);
                let seen = broker.messages(mortal);
                assert_eq!(seen.len(), usize::from(window).min(8), "{case}");
                let heir = member(&mut broker, lasting("heir", Version::V5), qos);
                broker.lose(mortal);
                let mut counts = BTreeMap::new();
                let mut count = |got: Vec<Publish>| {
                    for publish in got {
                        *counts.entry(publish.payload.to_vec()).or_insert(0) += 1;
                    }
                };
                count(broker.messages(heir));
                broker.pass(secs(10));
                let back = broker.connect(wish());
                if stays {
                    count(broker.messages(back));
                }
                for text in texts {
                    let got = counts.get(text.as_bytes()).copied().unwrap_or(0);
                    let on_its_way = seen.iter().any(|p| p.payload == text);
                    let expected = match (qos, stays, on_its_way) {
                        // [MQTT-4.8.2-5]: what a session began at QoS 2 ends with it.
                        (QoS::ExactlyOnce, false, true) => 0,
                        _ => 1,
                    };
                    assert_eq!(got, expected, "{case}: {text}");
                }
            }
        }
    }
}

#[test]
fn what_nobody_else_can_take_waits_for_its_member() {
    let mut broker = Broker::new();
    let speaker = broker.connect(connect("speaker", Version::V5));
    let only = member(&mut broker, lasting("only", Version::V5), QoS::AtLeastOnce);
    let asleep = member(
        &mut broker,
        lasting("asleep", Version::V5),
        QoS::AtLeastOnce,
    );
    broker.lose(asleep);
    speak(&mut broker, speaker, QoS::AtLeastOnce, &["1", "2", "3"]);
    let ids: Vec<u16> = broker.messages(only).iter().map(number).collect();
    broker.lose(only);
    let only = broker.connect(lasting("only", Version::V5));
    let again = broker.messages(only);
    assert!(again.iter().all(|m| m.dup));
    assert_eq!(again.iter().map(number).collect::<Vec<_>>(), ids);
}

#[test]
fn a_member_that_leaves_the_group_keeps_what_it_has() {
    let mut broker = Broker::new();
    let speaker = broker.connect(connect("speaker", Version::V5));
    let wish = with(lasting("a", Version::V5), [Property::ReceiveMax(1)]);
    let a = member(&mut broker, wish, QoS::AtLeastOnce);
    speak(&mut broker, speaker, QoS::AtLeastOnce, &["1", "2"]);
    broker.send(
        a,
        Packet::Unsubscribe(tidings_core::packet::Unsubscribe {
            packet_id: id(9),
            properties: Default::default(),
            filters: vec![utf8(FILTER)],
        }),
    );
    speak(&mut broker, speaker, QoS::AtLeastOnce, &["3"]);
    let got = broker.messages(a);
    broker.send(a, Packet::PubAck(ack(number(&got[0]))));
    assert_eq!(broker.payloads(a), ["2"]);
    assert!(
        broker
            .node
            .state()
            .sessions
            .iter()
            .all(|s| s.subscriptions.is_empty())
    );
}

#[test]
fn a_slow_member_that_is_sent_away_passes_on_what_waited() {
    // Taken over, its queue is its own again; disconnected, the others have it at once.
    let mut broker = Broker::new();
    let speaker = broker.connect(connect("speaker", Version::V5));
    let slow = || with(lasting("slow", Version::V5), [Property::ReceiveMax(1)]);
    let peer = member(&mut broker, slow(), QoS::AtLeastOnce);
    speak(&mut broker, speaker, QoS::AtLeastOnce, &["1", "2", "3"]);
    let fast = member(&mut broker, lasting("fast", Version::V5), QoS::AtLeastOnce);
    broker.send(peer, disconnect(ReasonCode::Success));
    let mut got = broker.payloads(fast);
    got.sort();
    assert_eq!(got, ["1", "2", "3"]);
}

#[test]
fn what_a_group_left_behind_goes_to_no_other_group() {
    let mut broker = Broker::new();
    let speaker = broker.connect(connect("speaker", Version::V5));
    let first = member(&mut broker, lasting("first", Version::V5), QoS::AtLeastOnce);
    speak(&mut broker, speaker, QoS::AtLeastOnce, &["unacknowledged"]);
    // The group ends with its only member, and another takes its place in the broker's memory.
    let gone = Packet::Unsubscribe(tidings_core::packet::Unsubscribe {
        packet_id: id(1),
        properties: Properties::EMPTY,
        filters: vec![utf8(FILTER)],
    });
    broker.send(first, gone);
    let stranger = broker.connect(connect("stranger", Version::V5));
    broker.subscribe(stranger, "$share/g/elsewhere", QoS::AtLeastOnce);
    broker.lose(first);
    assert_eq!(broker.payloads(stranger), [""; 0]);
    let first = broker.connect(lasting("first", Version::V5));
    assert_eq!(broker.payloads(first), ["unacknowledged"]);
}

/// One queue takes one message, so that whoever has one on its way and one waiting is full.
fn narrow() -> Broker {
    Broker::with(limited(|limits| limits.queue_messages_max = 1))
}

/// A member that takes one message at a time.
fn slow(name: &str) -> Connect {
    with(lasting(name, Version::V5), [Property::ReceiveMax(1)])
}

/// Lets what is on its way to a member be the only thing it has, and then fills its queue.
fn fill(broker: &mut Broker, peer: Peer, own: &str, texts: &[&str]) {
    broker.subscribe(peer, own, QoS::AtLeastOnce);
    let speaker = broker.connect(connect("filler", Version::V5));
    for (number, text) in (1..).zip(texts) {
        broker.send(speaker, publish(own, text, QoS::AtLeastOnce, Some(number)));
    }
    broker.send(speaker, disconnect(ReasonCode::Success));
}

fn acknowledge(broker: &mut Broker, peer: Peer, got: &[Publish]) {
    for publish in got {
        broker.send(peer, Packet::PubAck(ack(number(publish))));
    }
}

fn texts(got: &[Publish]) -> Vec<&[u8]> {
    got.iter().map(|publish| &publish.payload[..]).collect()
}

#[test]
fn what_a_member_leaves_behind_passes_by_those_who_would_drop_it() {
    let mut broker = narrow();
    let speaker = broker.connect(connect("speaker", Version::V5));
    let mortal = member(
        &mut broker,
        lasting("mortal", Version::V5),
        QoS::AtLeastOnce,
    );
    speak(&mut broker, speaker, QoS::AtLeastOnce, &["owed"]);
    let full = member(&mut broker, slow("full"), QoS::AtLeastOnce);
    fill(&mut broker, full, "own/full", &["1", "2"]);
    let busy = member(&mut broker, slow("busy"), QoS::AtLeastOnce);
    fill(&mut broker, busy, "own/busy", &["1"]);
    // It is the turn of the one whose queue is full, and both are there.
    broker.lose(mortal);
    let got = broker.messages(busy);
    acknowledge(&mut broker, busy, &got);
    assert_eq!(texts(&broker.messages(busy)), [b"owed"]);
    assert_eq!(broker.node.stats().messages_dropped, 0);
}

#[test]
fn what_nobody_has_room_for_stays_with_its_session() {
    for version in [Version::V311, Version::V5] {
        let mut broker = narrow();
        let speaker = broker.connect(connect("speaker", Version::V5));
        let mortal = member(&mut broker, lasting("mortal", version), QoS::AtLeastOnce);
        speak(&mut broker, speaker, QoS::AtLeastOnce, &["owed"]);
        let ids: Vec<u16> = broker.messages(mortal).iter().map(number).collect();
        let full = member(&mut broker, slow("full"), QoS::AtLeastOnce);
        fill(&mut broker, full, "own/full", &["1", "2"]);
        broker.lose(mortal);
        let mortal = broker.connect(lasting("mortal", version));
        let again = broker.messages(mortal);
        assert_eq!(texts(&again), [b"owed"], "{version}");
        assert!(again[0].dup && number(&again[0]) == ids[0], "{version}");
        let got = broker.messages(full);
        acknowledge(&mut broker, full, &got);
        assert_eq!(broker.payloads(full), ["2"], "{version}");
    }
}

#[test]
fn what_waits_stays_in_its_order_if_not_all_of_it_finds_room() {
    let mut broker = Broker::with(limited(|limits| limits.queue_messages_max = 4));
    let speaker = broker.connect(connect("speaker", Version::V5));
    let mortal = member(&mut broker, slow("mortal"), QoS::AtLeastOnce);
    speak(
        &mut broker,
        speaker,
        QoS::AtLeastOnce,
        &["1", "2", "3", "4"],
    );
    let full = member(&mut broker, slow("full"), QoS::AtLeastOnce);
    fill(&mut broker, full, "own/full", &["a", "b", "c", "d"]);
    broker.lose(mortal);
    let mut mine = Vec::new();
    let mortal = broker.connect(slow("mortal"));
    let mut theirs = Vec::new();
    for (peer, all) in [(mortal, &mut mine), (full, &mut theirs)] {
        loop {
            let got = broker.messages(peer);
            if got.is_empty() {
                break;
            }
            acknowledge(&mut broker, peer, &got);
            all.extend(got);
        }
    }
    // There was room for one, which is what was on its way.
    assert_eq!(texts(&theirs), [b"a", b"b", b"c", b"d", b"1"]);
    assert_eq!(texts(&mine), [b"2", b"3", b"4"]);
}

#[test]
fn what_an_ended_session_leaves_behind_passes_by_an_absent_member_of_qos_0() {
    let mut broker = Broker::new();
    let speaker = broker.connect(connect("speaker", Version::V5));
    let mortal = member(
        &mut broker,
        connect("mortal", Version::V5),
        QoS::AtLeastOnce,
    );
    speak(&mut broker, speaker, QoS::AtLeastOnce, &["owed"]);
    for (name, qos) in [("deaf", QoS::AtMostOnce), ("heir", QoS::AtLeastOnce)] {
        let peer = member(&mut broker, lasting(name, Version::V5), qos);
        broker.lose(peer);
    }
    broker.lose(mortal);
    let heir = broker.connect(lasting("heir", Version::V5));
    assert_eq!(broker.payloads(heir), ["owed"]);
}

#[test]
fn a_message_passes_by_a_member_that_would_drop_it() {
    let mut broker = narrow();
    let speaker = broker.connect(connect("speaker", Version::V5));
    let full = member(&mut broker, slow("full"), QoS::AtLeastOnce);
    fill(&mut broker, full, "own/full", &["1", "2"]);
    let away = member(&mut broker, lasting("away", Version::V5), QoS::AtLeastOnce);
    broker.lose(away);
    speak(
        &mut broker,
        speaker,
        QoS::AtLeastOnce,
        &["kept", "too much"],
    );
    let away = broker.connect(lasting("away", Version::V5));
    assert_eq!(broker.payloads(away), ["kept"]);
    assert_eq!(broker.node.stats().messages_dropped, 1);
}

#[test]
fn what_has_an_identifier_and_was_not_sent_is_passed_on_at_qos_2() {
    let mut config = limited(|_| {});
    config.durable = true;
    let mut broker = Broker::with(config);
    let speaker = broker.connect(connect("speaker", Version::V5));
    let mortal = member(
        &mut broker,
        lasting("mortal", Version::V5),
        QoS::ExactlyOnce,
    );
    let heir = member(&mut broker, connect("heir", Version::V5), QoS::ExactlyOnce);
    broker.store_is_fast = false;
    speak(&mut broker, speaker, QoS::ExactlyOnce, &["1"]);
    let safe = |broker: &mut Broker| {
        let latest = broker.records.last().expect("there are some").0;
        let outcome = StoreOutcome::Durable(latest);
        broker.node.handle_store(broker.now, outcome);
        broker.settle();
    };
    // It is accepted, and its identifier is not safe.
    safe(&mut broker);
    assert_eq!(broker.node.state().sessions[1].inflight.len(), 1);
    assert_eq!(broker.payloads(mortal), [""; 0]);
    broker.lose(mortal);
    broker.store_is_fast = true;
    safe(&mut broker);
    assert_eq!(broker.payloads(heir), ["1"]);
    let mortal = broker.connect(lasting("mortal", Version::V5));
    assert_eq!(broker.payloads(mortal), [""; 0]);
}
