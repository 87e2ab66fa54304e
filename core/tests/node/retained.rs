//! The last word on each topic.

use tidings_core::config::{Config, WhenFull};
use tidings_core::node::StoreOutcome;
use tidings_core::packet::{
    Packet, Property, Publish, QoS, ReasonCode, RetainHandling, SubscribeOptions, Version,
};

use crate::support::{
    Broker, Peer, VERSIONS, ack, connect, keep, lasting, limited, message, properties, publish,
    secs, with,
};

fn options(retain_handling: RetainHandling) -> SubscribeOptions {
    SubscribeOptions {
        retain_handling,
        ..SubscribeOptions::default()
    }
}

fn speaker(broker: &mut Broker) -> Peer {
    broker.connect(connect("speaker", Version::V5))
}

#[test]
fn a_word_is_kept_replaced_and_cleared() {
    for version in VERSIONS {
        let mut broker = Broker::new();
        let speaker = broker.connect(connect("speaker", version));
        let late = |broker: &mut Broker, name: &str| {
            let peer = broker.connect(connect(name, version));
            broker.subscribe(peer, "t/#", QoS::AtLeastOnce);
            let got = broker.messages(peer).into_iter();
            got.map(|m| (m.payload, m.retain, m.qos))
                .collect::<Vec<_>>()
        };
        assert_eq!(late(&mut broker, "1"), []);
        broker.send(speaker, keep("t/a", "old"));
        broker.send(
            speaker,
            Packet::Publish(Publish {
                retain: true,
                ..message("t/a", "new", QoS::ExactlyOnce, Some(1))
            }),
        );
        let kept = ("new".into(), true, QoS::AtLeastOnce);
        assert_eq!(late(&mut broker, "2"), [kept], "{version}");
        // Without RETAIN nothing changes.
        broker.say(speaker, "t/a", "passing");
        assert_eq!(late(&mut broker, "3").len(), 1);
        // To clear is a message as well, for those who listen.
        let listener = broker.connect(connect("listener", version));
        broker.subscribe(listener, "t/a", QoS::AtMostOnce);
        broker.messages(listener);
        broker.send(speaker, keep("t/a", ""));
        let got = broker.messages(listener);
        assert_eq!(
            (got.len(), got[0].retain, got[0].payload.len()),
            (1, false, 0)
        );
        assert_eq!(late(&mut broker, "4"), [], "{version}");
        broker.send(speaker, keep("t/nothing", ""));
        assert!(broker.node.state().retained.is_empty());
    }
}

#[test]
fn the_three_ways_to_ask_for_what_is_kept() {
    for (handling, first, again) in [
        (RetainHandling::Send, 1, 1),
        (RetainHandling::SendIfNew, 1, 0),
        (RetainHandling::DoNotSend, 0, 0),
    ] {
        let mut broker = Broker::new();
        let speaker = speaker(&mut broker);
        broker.send(speaker, keep("t", "kept"));
        let peer = broker.connect(lasting("a", Version::V5));
        for expected in [first, again] {
            broker.subscribe_with(peer, "t", options(handling), None);
            assert_eq!(broker.messages(peer).len(), expected, "{handling:?}");
        }
        // A session that goes on has its subscription.
        broker.lose(peer);
        let peer = broker.connect(lasting("a", Version::V5));
        assert_eq!(broker.messages(peer).len(), 0, "{handling:?}");
        broker.subscribe_with(peer, "t", options(handling), None);
        assert_eq!(broker.messages(peer).len(), again, "{handling:?}");
        // Unsubscribed, it is new again.
        let unsubscribe = tidings_core::packet::Unsubscribe {
            packet_id: crate::support::id(9),
            properties: properties([]),
            filters: vec![crate::support::utf8("t")],
        };
        broker.send(peer, Packet::Unsubscribe(unsubscribe));
        broker.subscribe_with(peer, "t", options(handling), None);
        assert_eq!(broker.messages(peer).len(), first, "{handling:?}");
    }
}

#[test]
fn retain_as_published_is_about_live_messages() {
    let mut broker = Broker::new();
    let speaker = speaker(&mut broker);
    broker.send(speaker, keep("t", "kept"));
    for (retain_as_published, live) in [(false, [false, false]), (true, [true, false])] {
        let peer = broker.connect(connect("a", Version::V5));
        let wish = SubscribeOptions {
            retain_as_published,
            ..SubscribeOptions::default()
        };
        broker.subscribe_with(peer, "t", wish, None);
        assert!(broker.messages(peer)[0].retain, "what was kept says so");
        broker.send(speaker, keep("t", "kept"));
        broker.say(speaker, "t", "passing");
        let got: Vec<_> = broker.messages(peer).iter().map(|m| m.retain).collect();
        assert_eq!(got, live);
    }
}

#[test]
fn a_kept_word_expires_and_counts_down() {
    let mut broker = Broker::new();
    let speaker = speaker(&mut broker);
    let expiring = |secs, text: &str| {
        Packet::Publish(Publish {
            retain: true,
            properties: properties([Property::MessageExpirySecs(secs)]),
            ..message("t", text, QoS::AtMostOnce, None)
        })
    };
    broker.send(speaker, expiring(10, "kept"));
    broker.pass(secs(4));
    let ask = |broker: &mut Broker| {
        let peer = broker.connect(connect("a", Version::V5));
        broker.subscribe(peer, "t", QoS::AtMostOnce);
        let got = broker.messages(peer).into_iter();
        got.map(|m| m.properties.message_expiry_secs())
            .collect::<Vec<_>>()
    };
    assert_eq!(ask(&mut broker), [Some(6)]);
    // Another word takes its place and its time.
    broker.send(speaker, expiring(100, "newer"));
    broker.pass(secs(50));
    assert_eq!(ask(&mut broker), [Some(50)]);
    broker.pass(secs(50));
    assert_eq!(ask(&mut broker), []);
    assert!(broker.node.state().retained.is_empty());
    // One that never expires takes the place of one that would.
    broker.send(speaker, expiring(10, "short"));
    broker.send(speaker, keep("t", "for ever"));
    broker.pass(secs(1000));
    assert_eq!(ask(&mut broker), [None]);
}

#[test]
fn each_subscription_brings_its_own_and_shared_ones_bring_none() {
    let mut broker = Broker::new();
    let speaker = speaker(&mut broker);
    for name in ["a/b", "a/c", "$x/y"] {
        broker.send(speaker, keep(name, name));
    }
    let peer = broker.connect(connect("p", Version::V5));
    for (filter, expected) in [
        ("a/+", &["a/b", "a/c"][..]),
        ("a/b", &["a/b"]),
        ("#", &["a/b", "a/c"]),
        ("$x/#", &["$x/y"]),
        ("$share/g/#", &[]),
        ("a/b/#", &["a/b"]),
    ] {
        broker.subscribe_with(peer, filter, options(RetainHandling::Send), Some(7));
        let got = broker.messages(peer);
        let payloads: Vec<_> = got.iter().map(|m| m.payload.clone()).collect();
        assert_eq!(payloads, expected, "{filter}");
        for message in got {
            assert_eq!(
                message.properties.subscription_ids().collect::<Vec<_>>(),
                [7]
            );
        }
    }
}

#[test]
fn no_local_holds_for_ones_own_kept_words() {
    let mut broker = Broker::new();
    let own = broker.connect(connect("own", Version::V5));
    let other = broker.connect(connect("other", Version::V5));
    broker.send(own, keep("t/own", "own"));
    broker.send(other, keep("t/other", "other"));
    let wish = SubscribeOptions {
        no_local: true,
        ..SubscribeOptions::default()
    };
    broker.subscribe_with(own, "t/#", wish, None);
    assert_eq!(broker.payloads(own), ["other"]);
}

#[test]
fn no_more_is_kept_than_there_is_room_for() {
    let mut broker = Broker::with(limited(|l| {
        l.retained_messages_max = 3;
        l.retained_bytes_max = 2000;
    }));
    let speaker = speaker(&mut broker);
    let put = |broker: &mut Broker, name: &str, text: &str| {
        let publish = Publish {
            retain: true,
            ..message(name, text, QoS::AtLeastOnce, Some(1))
        };
        broker.send(speaker, Packet::Publish(publish));
        match &broker.take(speaker)[..] {
            [Packet::PubAck(ack)] => ack.reason,
            other => panic!("{other:?}"),
        }
    };
    let fine = ReasonCode::NoMatchingSubscribers;
    for name in ["1", "2", "3"] {
        assert_eq!(put(&mut broker, name, "x"), fine);
    }
    assert_eq!(put(&mut broker, "4", "x"), ReasonCode::QuotaExceeded);
    assert_eq!(put(&mut broker, "3", "y"), fine, "instead of the old one");
    assert_eq!(put(&mut broker, "2", ""), fine, "clearing always works");
    assert_eq!(put(&mut broker, "4", "x"), fine);
    let long = "x".repeat(3000);
    assert_eq!(put(&mut broker, "4", &long), ReasonCode::QuotaExceeded);
    // Its properties take room as well.
    let publish = Publish {
        retain: true,
        properties: properties([Property::ContentType(crate::support::utf8(&long))]),
        ..message("4", "x", QoS::AtLeastOnce, Some(1))
    };
    broker.send(speaker, Packet::Publish(publish));
    match &broker.take(speaker)[..] {
        [Packet::PubAck(ack)] => assert_eq!(ack.reason, ReasonCode::QuotaExceeded),
        other => panic!("{other:?}"),
    }
    assert_eq!(broker.node.state().retained.len(), 3);
}

fn fill(broker: &mut Broker, count: usize) {
    let speaker = broker.connect(connect("filler", Version::V311));
    for number in 0..count {
        broker.send(speaker, keep(&format!("k/{number:06}"), "x"));
    }
}

#[test]
fn a_hundred_thousand_kept_words_arrive_all_and_live_ones_between_them() {
    const COUNT: usize = 100_000;
    let mut broker = Broker::new();
    fill(&mut broker, COUNT);
    let speaker = speaker(&mut broker);
    let listener = broker.connect(with(
        connect("listener", Version::V5),
        [Property::ReceiveMax(50)],
    ));
    broker.stall(listener, true);
    broker.send(
        listener,
        crate::support::subscribe("#", SubscribeOptions::default(), None),
    );
    assert!(
        broker
            .node
            .state()
            .sessions
            .iter()
            .all(|s| s.queue.is_empty()),
        "nothing is copied"
    );
    broker.say(speaker, "live", "0");
    broker.stall(listener, false);
    let got = broker.messages(listener);
    let (live, kept): (Vec<_>, Vec<_>) = got.iter().partition(|m| !m.retain);
    assert_eq!((live.len(), kept.len()), (1, COUNT));
    let names: Vec<_> = kept
        .iter()
        .map(|m| m.topic.clone().expect("a name"))
        .collect();
    assert!(names.is_sorted() && names.windows(2).all(|pair| pair[0] != pair[1]));
    assert!(!got[0].retain, "a live message does not wait for the end");
}

/// Neither starves the other, however the window is kept full.
#[test]
fn kept_and_live_messages_take_turns() {
    const COUNT: usize = 500;
    let mut broker = Broker::new();
    let filler = broker.connect(connect("filler", Version::V5));
    for number in 0..COUNT {
        let publish = Publish {
            retain: true,
            ..message(&format!("k/{number:03}"), "x", QoS::AtLeastOnce, Some(1))
        };
        broker.send(filler, Packet::Publish(publish));
    }
    let speaker = speaker(&mut broker);
    let listener = broker.connect(with(
        lasting("listener", Version::V5),
        [Property::ReceiveMax(1)],
    ));
    broker.subscribe(listener, "#", QoS::AtLeastOnce);
    // There is always a live message more than the listener has acknowledged.
    for _ in 0..3 {
        broker.send(speaker, publish("live", "x", QoS::AtLeastOnce, Some(1)));
    }
    let (mut kept, mut live) = (0, 0);
    for _ in 0..2 * COUNT {
        let got = broker.messages(listener);
        assert_eq!(got.len(), 1);
        match got[0].retain {
            true => kept += 1,
            false => live += 1,
        }
        broker.send(speaker, publish("live", "x", QoS::AtLeastOnce, Some(1)));
        let number = got[0].packet_id.expect("QoS 1").value();
        broker.send(listener, Packet::PubAck(ack(number)));
    }
    assert!(
        kept >= COUNT / 2 && live >= COUNT / 2,
        "{kept} kept, {live} live"
    );
}

#[test]
fn a_replay_goes_on_where_it_stopped() {
    for way in ["lost", "taken over"] {
        let mut broker = Broker::new();
        let filler = broker.connect(connect("filler", Version::V5));
        for number in 0..100 {
            let publish = Publish {
                retain: true,
                ..message(&format!("k/{number:03}"), "x", QoS::AtLeastOnce, Some(1))
            };
            broker.send(filler, Packet::Publish(publish));
        }
        let wish = || with(lasting("a", Version::V5), [Property::ReceiveMax(10)]);
        let mut peer = broker.connect(wish());
        broker.subscribe(peer, "k/#", QoS::AtLeastOnce);
        let mut seen = std::collections::BTreeSet::new();
        for turn in 0..100 {
            for message in broker.messages(peer) {
                seen.insert(message.topic.clone().expect("a name").to_string());
                let number = message.packet_id.expect("QoS 1").value();
                if turn % 3 != 0 {
                    broker.send(peer, Packet::PubAck(ack(number)));
                }
            }
            if turn % 3 == 0 {
                if way == "lost" {
                    broker.lose(peer);
                }
                peer = broker.connect(wish());
            }
        }
        assert_eq!(seen.len(), 100, "{way}");
    }
}

#[test]
fn what_is_published_during_a_replay_comes_once() {
    let mut broker = Broker::new();
    fill(&mut broker, 10);
    let speaker = speaker(&mut broker);
    let listener = broker.connect(connect("listener", Version::V5));
    broker.stall(listener, true);
    broker.send(
        listener,
        crate::support::subscribe("k/#", SubscribeOptions::default(), None),
    );
    // Replaced, cleared and new while the listener does not read.
    broker.send(speaker, keep("k/000003", "new"));
    broker.send(speaker, keep("k/000005", ""));
    broker.send(speaker, keep("k/000011", "new"));
    broker.stall(listener, false);
    let got = broker.messages(listener);
    let count = |name: &str| {
        let name = crate::support::topic(name);
        got.iter()
            .filter(|m| m.topic.as_ref() == Some(&name))
            .count()
    };
    assert_eq!(
        (count("k/000003"), count("k/000005"), count("k/000011")),
        (1, 1, 1)
    );
    assert_eq!(got.len(), 11);
}

#[test]
fn a_kept_word_does_not_overtake_what_was_said_before_it() {
    let mut broker = Broker::new();
    let speaker = speaker(&mut broker);
    broker.send(speaker, keep("other", "kept"));
    let listener = broker.connect(connect("listener", Version::V5));
    broker.subscribe(listener, "t", QoS::AtLeastOnce);
    broker.stall(listener, true);
    let ask = |filter| crate::support::subscribe(filter, SubscribeOptions::default(), None);
    broker.send(listener, ask("other"));
    for payload in ["1", "2", "3"] {
        broker.say(speaker, "t", payload);
    }
    broker.send(speaker, keep("t", "4"));
    // When the first SUBSCRIBE has got everything it is not the turn of the second one: what
    // waits was said before it.
    broker.send(listener, ask("t"));
    broker.stall(listener, false);
    let mut got = broker.payloads(listener);
    got.retain(|payload| payload != "kept");
    assert_eq!(got, ["1", "2", "3", "4", "4"]);
}

#[test]
fn a_kept_word_keeps_its_place_though_another_had_to_give_way() {
    let mut broker = Broker::with(Config {
        durable: true,
        ..limited(|limits| {
            limits.queue_messages_max = 3;
            limits.when_full = WhenFull::DropOldest;
        })
    });
    let speaker = speaker(&mut broker);
    broker.send(speaker, keep("a", "kept"));
    broker.send(speaker, keep("b", "kept"));
    let say = |broker: &mut Broker, name: &str, number| {
        broker.send(
            speaker,
            publish(name, "said", QoS::AtLeastOnce, Some(number)),
        );
    };
    broker.send(
        speaker,
        Packet::Publish(Publish {
            retain: true,
            ..message("a", "kept", QoS::AtLeastOnce, Some(1))
        }),
    );
    let listener = broker.connect(lasting("listener", Version::V5));
    broker.stall(listener, true);
    let wish = SubscribeOptions {
        qos: QoS::AtLeastOnce,
        ..SubscribeOptions::default()
    };
    broker.send(listener, crate::support::subscribe("+", wish, None));
    // The first of them waits for its record, at the front of a queue that fills.
    broker.store_is_fast = false;
    broker.stall(listener, false);
    for (name, number) in [("b", 2), ("c", 3), ("c", 4)] {
        say(&mut broker, name, number);
    }
    let latest = broker.records.last().expect("there are some").0;
    broker.store_is_fast = true;
    let now = broker.now;
    broker.node.handle_store(now, StoreOutcome::Durable(latest));
    broker.settle();
    let got = broker.messages(listener).into_iter();
    let got: Vec<_> = got
        .map(|m| (m.topic.expect("a name").to_string(), m.payload))
        .collect();
    let of = |name: &str| -> Vec<_> {
        let theirs = got.iter().filter(|(topic, _)| topic == name);
        theirs.map(|(_, payload)| payload.clone()).collect()
    };
    assert_eq!(of("a"), [""; 0]);
    assert_eq!(of("b"), ["kept", "said"]);
    assert_eq!(of("c"), ["said", "said"]);
}
