//! Who gets a message, in which form, and why not.

use bytes::Bytes;
use tidings_core::config::{Overlap, WhenFull};
use tidings_core::node::CloseCause;
use tidings_core::packet::{
    Packet, Properties, Property, Publish, QoS, ReasonCode, SubscribeOptions, Version,
};
use tidings_core::policy::{Action, Policy, Rule, Who};
use tidings_core::topic::Filter;

use crate::support::{
    Broker, Peer, ack, connect, lasting, limited, message, properties, publish, quiet, secs, topic,
    utf8, with,
};

fn at(qos: QoS) -> SubscribeOptions {
    SubscribeOptions {
        qos,
        ..SubscribeOptions::default()
    }
}

fn two(broker: &mut Broker) -> (Peer, Peer) {
    let speaker = broker.connect(connect("speaker", Version::V5));
    let listener = broker.connect(connect("listener", Version::V5));
    (speaker, listener)
}

fn ids(publish: &Publish) -> Vec<u32> {
    publish.properties.subscription_ids().collect()
}

#[test]
fn overlapping_subscriptions_give_one_copy_with_everything() {
    let mut broker = Broker::new();
    let (speaker, listener) = two(&mut broker);
    let as_published = SubscribeOptions {
        retain_as_published: true,
        ..at(QoS::AtMostOnce)
    };
    broker.subscribe_with(listener, "a/#", as_published, Some(1));
    broker.subscribe_with(listener, "a/+", at(QoS::ExactlyOnce), Some(268_435_455));
    broker.subscribe_with(listener, "#", at(QoS::AtLeastOnce), None);
    broker.subscribe_with(listener, "b", at(QoS::ExactlyOnce), Some(3));
    let kept = Publish {
        retain: true,
        ..message("a/b", "x", QoS::ExactlyOnce, Some(1))
    };
    broker.send(speaker, Packet::Publish(kept));
    let got = broker.messages(listener);
    assert_eq!(got.len(), 1);
    assert_eq!((got[0].qos, got[0].retain), (QoS::ExactlyOnce, true));
    let mut all = ids(&got[0]);
    all.sort_unstable();
    assert_eq!(all, [1, 268_435_455]);
    // A subscription made again takes the place of the old one, identifier and all.
    broker.subscribe_with(listener, "a/#", at(QoS::AtMostOnce), None);
    broker.messages(listener);
    broker.say(speaker, "a/c", "x");
    assert_eq!(ids(&broker.messages(listener)[0]), [268_435_455]);
}

#[test]
fn or_a_copy_each_where_that_is_asked_for() {
    let mut broker = Broker::with(tidings_core::config::Config {
        overlap: Overlap::PerFilter,
        ..quiet()
    });
    let (speaker, listener) = two(&mut broker);
    broker.subscribe_with(listener, "a/#", at(QoS::AtMostOnce), Some(1));
    broker.subscribe_with(listener, "a/+", at(QoS::AtLeastOnce), Some(2));
    broker.send(speaker, publish("a/b", "x", QoS::ExactlyOnce, Some(1)));
    let mut got: Vec<_> = broker
        .messages(listener)
        .iter()
        .map(|m| (ids(m), m.qos))
        .collect();
    got.sort();
    let expected = [(vec![1], QoS::AtMostOnce), (vec![2], QoS::AtLeastOnce)];
    assert_eq!(got, expected);
}

#[test]
fn wildcards_pass_by_what_begins_with_a_dollar() {
    let mut broker = Broker::new();
    let (speaker, listener) = two(&mut broker);
    for filter in ["#", "+/a", "$x/#"] {
        broker.subscribe(listener, filter, QoS::AtMostOnce);
    }
    broker.say(speaker, "$x/a", "by name");
    broker.say(speaker, "$y/a", "not at all");
    broker.say(speaker, "y/$a", "by wildcard");
    assert_eq!(broker.payloads(listener), ["by name", "by wildcard"]);
}

#[test]
fn no_local_is_about_the_client_and_about_one_subscription() {
    let mut broker = Broker::new();
    let own = broker.connect(lasting("own", Version::V5));
    let no_local = SubscribeOptions {
        no_local: true,
        ..at(QoS::AtLeastOnce)
    };
    broker.subscribe_with(own, "t/#", no_local, Some(1));
    broker.send(own, publish("t/a", "x", QoS::AtLeastOnce, Some(1)));
    match &broker.take(own)[..] {
        [Packet::PubAck(ack)] => assert_eq!(ack.reason, ReasonCode::NoMatchingSubscribers),
        other => panic!("{other:?}"),
    }
    // Another subscription that allows it does.
    broker.subscribe_with(own, "t/+", at(QoS::AtLeastOnce), Some(2));
    broker.send(own, publish("t/a", "x", QoS::AtLeastOnce, Some(1)));
    let got = broker.messages(own);
    assert_eq!((got.len(), ids(&got[0])), (1, vec![2]));
    let other = broker.connect(connect("other", Version::V5));
    broker.say(other, "t/a", "x");
    assert_eq!(ids(&broker.messages(own)[0]).len(), 2);
}

#[test]
fn properties_pass_as_they_were_sent_and_user_properties_in_order() {
    let mut broker = Broker::new();
    let (speaker, listener) = two(&mut broker);
    let older = broker.connect(connect("older", Version::V311));
    for peer in [listener, older] {
        broker.subscribe(peer, "#", QoS::AtMostOnce);
    }
    let sent = [
        Property::UserProperty(utf8("b"), utf8("1")),
        Property::ContentType(utf8("text/plain")),
        Property::UserProperty(utf8("a"), utf8("2")),
        Property::ResponseTopic(utf8("answer/here")),
        Property::UserProperty(utf8("b"), utf8("1")),
        Property::CorrelationData(Bytes::from_static(&[0, 255])),
        Property::PayloadFormatIndicator(true),
        Property::UserProperty(utf8(""), utf8("")),
    ];
    // What concerns this hop alone stays here.
    let all = sent.iter().cloned().chain([Property::TopicAlias(3)]);
    let publish = Publish {
        properties: all.collect(),
        ..message("t", "x", QoS::AtMostOnce, None)
    };
    broker.send(speaker, Packet::Publish(publish));
    let got: Vec<_> = broker.messages(listener)[0].properties.iter().collect();
    assert_eq!(got, sent);
    assert!(broker.messages(older)[0].properties.is_empty());
}

#[test]
fn aliases_of_a_client_stand_for_its_topics_on_that_connection() {
    let mut broker = Broker::with(limited(|l| l.topic_alias_in_max = 2));
    let (speaker, listener) = two(&mut broker);
    broker.subscribe(listener, "#", QoS::AtMostOnce);
    let aliased = |name: Option<&str>, alias| {
        Packet::Publish(Publish {
            topic: name.map(topic),
            properties: properties([Property::TopicAlias(alias)]),
            ..message("x", "x", QoS::AtMostOnce, None)
        })
    };
    for (name, alias) in [
        (Some("a"), 1),
        (None, 1),
        (Some("b"), 2),
        (None, 1),
        (Some("c"), 1),
        (None, 1),
        (None, 2),
    ] {
        broker.send(speaker, aliased(name, alias));
    }
    let names: Vec<_> = broker
        .messages(listener)
        .iter()
        .map(|m| m.topic.clone())
        .collect();
    let expected = ["a", "a", "b", "a", "c", "c", "b"].map(|name| Some(topic(name)));
    assert_eq!(names, expected);
    // A new connection begins without.
    let again = broker.connect(connect("speaker", Version::V5));
    broker.send(again, aliased(None, 1));
    match broker.take(again).pop() {
        Some(Packet::Disconnect(last)) => assert_eq!(last.reason, ReasonCode::TopicAliasInvalid),
        other => panic!("{other:?}"),
    }
}

#[test]
fn aliases_towards_a_client_stay_within_its_maximum() {
    for (max, expected) in [(0, [0, 0, 0, 0, 0, 0]), (1, [1, 1, 0, 1, 0, 0])] {
        let mut broker = Broker::new();
        let speaker = broker.connect(connect("speaker", Version::V5));
        let wish = || {
            with(
                lasting("listener", Version::V5),
                [Property::TopicAliasMax(max)],
            )
        };
        let listener = broker.connect(wish());
        broker.subscribe(listener, "#", QoS::AtLeastOnce);
        for name in ["a", "a", "b", "a", "b", "c"] {
            broker.send(speaker, publish(name, name, QoS::AtLeastOnce, Some(1)));
        }
        let got = broker.messages(listener);
        let mut known = std::collections::BTreeMap::new();
        for (message, alias) in got.iter().zip(expected) {
            let told = message
                .properties
                .topic_alias()
                .map_or(0, |alias| alias.get());
            assert_eq!(told, alias);
            match (&message.topic, told) {
                (Some(name), 0) => assert_eq!(name.as_str().as_bytes(), message.payload),
                (Some(name), alias) => {
                    known.insert(alias, name.clone());
                }
                (None, alias) => assert_eq!(known[&alias].as_str().as_bytes(), message.payload),
            }
        }
        // What is sent again on another connection begins with names.
        broker.lose(listener);
        let listener = broker.connect(wish());
        let again = broker.messages(listener);
        assert_eq!(again.len(), 6);
        assert!(again[0].topic.is_some() && again[0].dup);
    }
}

#[test]
fn what_is_too_long_for_a_client_counts_as_sent() {
    let mut broker = Broker::new();
    let speaker = broker.connect(connect("speaker", Version::V5));
    let small = with(
        lasting("small", Version::V5),
        [Property::MaxPacketSize(100), Property::ReceiveMax(1)],
    );
    let small = broker.connect(small);
    broker.subscribe(small, "#", QoS::ExactlyOnce);
    // PUBLISH with a topic of one character, an identifier and no properties: 8 bytes beside it.
    for (number, len) in [(1, 92), (2, 93), (3, 5000), (4, 10)] {
        let text = "x".repeat(len);
        broker.send(speaker, publish("t", &text, QoS::AtLeastOnce, Some(number)));
    }
    let mut lens = Vec::new();
    loop {
        let got = broker.messages(small);
        let Some(first) = got.first() else { break };
        lens.push(first.payload.len());
        let number = first.packet_id.expect("QoS 1").value();
        broker.send(small, Packet::PubAck(ack(number)));
    }
    assert_eq!(lens, [92, 10]);
    let state = broker.node.state();
    assert!(
        state
            .sessions
            .iter()
            .all(|s| s.queue.is_empty() && s.inflight.is_empty())
    );
}

#[test]
fn a_message_expires_while_it_waits_and_is_told_what_is_left() {
    let mut broker = Broker::new();
    let speaker = broker.connect(connect("speaker", Version::V5));
    let listener = || with(lasting("listener", Version::V5), [Property::ReceiveMax(1)]);
    let peer = broker.connect(listener());
    broker.subscribe(peer, "#", QoS::AtLeastOnce);
    for (number, secs) in [(1, 10), (2, 20), (3, 0xFFFF_FFFF)] {
        let publish = Publish {
            properties: properties([Property::MessageExpirySecs(secs)]),
            ..message("t", &number.to_string(), QoS::AtLeastOnce, Some(number))
        };
        broker.send(speaker, Packet::Publish(publish));
    }
    let first = &broker.messages(peer)[0];
    assert_eq!(first.properties.message_expiry_secs(), Some(10));
    broker.lose(peer);
    broker.pass(std::time::Duration::from_millis(15_500));
    let peer = broker.connect(listener());
    // The first was on its way before its time was over: it is sent again.
    let again = broker.messages(peer);
    assert!(again[0].payload == "1" && again[0].dup);
    let number = again[0].packet_id.expect("QoS 1").value();
    broker.send(peer, Packet::PubAck(ack(number)));
    let second = &broker.messages(peer)[0];
    assert_eq!(second.payload, "2");
    assert_eq!(
        second.properties.message_expiry_secs(),
        Some(5),
        "rounded up while it lives"
    );
    broker.lose(peer);
    broker.pass(secs(1000));
    let peer = broker.connect(listener());
    let number = broker.messages(peer)[0].packet_id.expect("QoS 1").value();
    broker.send(peer, Packet::PubAck(ack(number)));
    let third = &broker.messages(peer)[0];
    assert_eq!((&*third.payload, third.dup), (&b"3"[..], false));
}

#[test]
fn a_full_queue_follows_its_policy() {
    for (when_full, expected, connected) in [
        (WhenFull::DropNew, &["a", "b", "c"][..], true),
        (WhenFull::DropOldest, &["a", "d", "e"], true),
        (WhenFull::Disconnect, &["a", "b", "c"], false),
    ] {
        let mut broker = Broker::with(limited(|l| {
            l.queue_messages_max = 2;
            l.when_full = when_full;
        }));
        let speaker = broker.connect(connect("speaker", Version::V5));
        let wish = || with(lasting("slow", Version::V5), [Property::ReceiveMax(1)]);
        let mut slow = broker.connect(wish());
        broker.subscribe(slow, "#", QoS::AtLeastOnce);
        for text in ["a", "b", "c", "d", "e"] {
            broker.send(speaker, publish("t", text, QoS::AtLeastOnce, Some(1)));
        }
        let mut open = broker.take(slow);
        if !connected {
            match open.pop() {
                Some(Packet::Disconnect(last)) => {
                    assert_eq!(last.reason, ReasonCode::QuotaExceeded);
                }
                other => panic!("{other:?}"),
            }
            let cause = CloseCause::Administrative(ReasonCode::QuotaExceeded);
            assert_eq!(broker.cause(slow.conn), Some(cause));
            slow = broker.connect(wish());
            open = broker.take(slow);
        }
        let mut seen = Vec::new();
        while let Some(Packet::Publish(publish)) = open.pop() {
            seen.push(String::from_utf8_lossy(&publish.payload).into_owned());
            let number = publish.packet_id.expect("QoS 1").value();
            broker.send(slow, Packet::PubAck(ack(number)));
            open = broker.take(slow);
        }
        assert_eq!(seen, expected, "{when_full:?}");
    }
}

#[test]
fn bytes_are_counted_and_qos_0_gives_way_first() {
    let mut broker = Broker::with(limited(|l| l.queue_bytes_max = 2000));
    let speaker = broker.connect(connect("speaker", Version::V5));
    let slow = broker.connect(connect("slow", Version::V5));
    broker.subscribe(slow, "#", QoS::AtLeastOnce);
    broker.stall(slow, true);
    let text = "x".repeat(300); // About 500 bytes with what it costs beside.
    for _ in 0..10 {
        broker.say(speaker, "t", &text);
    }
    let queued = broker.node.state().sessions[0].queue.len();
    assert_eq!(queued, 4, "the rest was dropped");
    for number in 1..=10 {
        broker.send(speaker, publish("t", &text, QoS::AtLeastOnce, Some(number)));
    }
    let state = broker.node.state();
    let qos: Vec<_> = state.sessions[0].queue.iter().map(|d| d.qos).collect();
    assert_eq!(qos, [QoS::AtLeastOnce; 4]);
    assert!(state.sessions[0].queue_bytes <= 2000);
    // A message that is longer than the queue alone may still be the only one.
    let long = "x".repeat(5000);
    broker.stall(slow, false);
    broker.messages(slow);
    broker.say(speaker, "t", &long);
    assert_eq!(broker.payloads(slow), [long]);
}

#[test]
fn all_queues_together_have_a_limit() {
    let mut broker = Broker::with(limited(|l| l.queue_bytes_total_max = 3000));
    let speaker = broker.connect(connect("speaker", Version::V5));
    let sleepers: Vec<_> = (0..10)
        .map(|n| {
            let peer = broker.connect(lasting(&n.to_string(), Version::V5));
            broker.subscribe(peer, "#", QoS::AtLeastOnce);
            broker.lose(peer);
            peer
        })
        .collect();
    let text = "x".repeat(800);
    broker.send(speaker, publish("t", &text, QoS::AtLeastOnce, Some(1)));
    let state = broker.node.state();
    let queued: usize = state.sessions.iter().map(|s| s.queue.len()).sum();
    assert_eq!((queued, sleepers.len()), (3, 10));
    assert_eq!(broker.node.stats().messages_dropped, 7);
}

#[test]
fn access_rules_hold_for_publishing_subscribing_and_delivering() {
    let rule = |who: &str, action, filter: &str, allow| Rule {
        who: Who::Client(utf8(who)),
        action,
        filter: Filter::parse(utf8(filter)).expect("a filter"),
        allow,
    };
    let mut config = quiet();
    config.policy = Policy {
        rules: vec![
            rule("guest", Some(Action::Publish), "open/#", true),
            rule("guest", Some(Action::Publish), "#", false),
            rule("guest", Some(Action::Subscribe), "secret/#", false),
            rule("guest", Some(Action::Deliver), "secret/#", false),
        ],
        otherwise_allow: true,
    };
    let mut broker = Broker::with(config);
    let guest = broker.connect(connect("guest", Version::V5));
    let owner = broker.connect(connect("owner", Version::V5));
    broker.subscribe(owner, "#", QoS::AtLeastOnce);
    for (number, name) in [(1, "open/a"), (2, "closed/a")] {
        broker.send(guest, publish(name, name, QoS::AtLeastOnce, Some(number)));
    }
    let reasons: Vec<_> = broker
        .take(guest)
        .into_iter()
        .map(|packet| match packet {
            Packet::PubAck(ack) => ack.reason,
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(reasons, [ReasonCode::Success, ReasonCode::NotAuthorized]);
    assert_eq!(broker.payloads(owner), ["open/a"]);
    let no = broker.subscribe_with(guest, "secret/+", at(QoS::AtMostOnce), None);
    assert_eq!(no, ReasonCode::NotAuthorized);
    // A wildcard that covers more is granted, what it may not see is not delivered.
    broker.subscribe(guest, "#", QoS::AtMostOnce);
    broker.say(owner, "secret/a", "hidden");
    broker.say(owner, "other", "seen");
    broker.send(owner, crate::support::keep("secret/b", "hidden"));
    assert_eq!(broker.payloads(guest), ["seen"]);
    broker.subscribe(guest, "#", QoS::AtMostOnce);
    assert!(broker.payloads(guest).is_empty(), "nor when it is kept");
    assert_eq!(Properties::EMPTY, properties([]));
}

#[test]
fn what_filters_are_answered_with() {
    let mut broker = Broker::with(limited(|l| {
        l.subscriptions_max = 2;
        l.topic_levels_max = 4;
    }));
    let peer = broker.connect(connect("a", Version::V5));
    for (filter, reason) in [
        ("a/b/c/d", ReasonCode::GrantedQoS1),
        ("a/b/c/d/e", ReasonCode::TopicFilterInvalid),
        ("a/#/b", ReasonCode::TopicFilterInvalid),
        ("a+", ReasonCode::TopicFilterInvalid),
        ("", ReasonCode::TopicFilterInvalid),
        ("$share/g", ReasonCode::TopicFilterInvalid),
        ("$share/g+/a", ReasonCode::TopicFilterInvalid),
        ("$share//a", ReasonCode::TopicFilterInvalid),
        ("$share/g/a", ReasonCode::GrantedQoS1),
        ("one/more", ReasonCode::QuotaExceeded),
        ("a/b/c/d", ReasonCode::GrantedQoS1),
    ] {
        let got = broker.subscribe_with(peer, filter, at(QoS::AtLeastOnce), None);
        assert_eq!(got, reason, "{filter:?}");
    }
    let older = broker.connect(connect("older", Version::V311));
    let got = broker.subscribe_with(older, "a+", at(QoS::AtLeastOnce), None);
    assert_eq!(got, ReasonCode::UnspecifiedError);
    // A topic of too many levels: told in 5.0, closed before.
    broker.send(peer, publish("a/b/c/d/e", "x", QoS::AtLeastOnce, Some(1)));
    match &broker.take(peer)[..] {
        [Packet::PubAck(ack)] => assert_eq!(ack.reason, ReasonCode::TopicNameInvalid),
        other => panic!("{other:?}"),
    }
    broker.send(older, publish("a/b/c/d/e", "x", QoS::AtLeastOnce, Some(1)));
    assert!(broker.cause(older.conn).is_some());
    // UNSUBSCRIBE answers each filter, too.
    let filters = ["a/b/c/d", "a/b/c/d", "a+", "$share/g/a"]
        .map(utf8)
        .to_vec();
    broker.send(
        peer,
        Packet::Unsubscribe(tidings_core::packet::Unsubscribe {
            packet_id: crate::support::id(5),
            properties: Properties::EMPTY,
            filters,
        }),
    );
    match &broker.take(peer)[..] {
        [Packet::UnsubAck(ack)] => assert_eq!(
            ack.reasons,
            [
                ReasonCode::Success,
                ReasonCode::NoSubscriptionExisted,
                ReasonCode::TopicFilterInvalid,
                ReasonCode::Success,
            ]
        ),
        other => panic!("{other:?}"),
    }
}
