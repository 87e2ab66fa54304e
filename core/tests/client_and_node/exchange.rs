//! Messages from one client to another.

use std::num::NonZeroU16;

use bytes::Bytes;
use tidings_core::client::{Options, Publishing};
use tidings_core::packet::{Property, QoS, ReasonCode, Version};

use crate::world::{ALL_QOS, VERSIONS, World, options, properties, topic, utf8};

#[test]
fn every_qos_and_version_both_ways() {
    for publisher in VERSIONS {
        for subscriber in VERSIONS {
            for sent in ALL_QOS {
                for granted in ALL_QOS {
                    let mut world = World::new();
                    let from = world.add(options("from", publisher));
                    let to = world.add(options("to", subscriber));
                    world.subscribe(to, "a/+", granted);
                    world.publish(from, "a/b", "hello", sent);
                    world.publish(from, "b", "not for you", sent);
                    world.run();
                    let case = format!("{publisher} to {subscriber}, {sent:?} at {granted:?}");
                    let to = &world.peers[to];
                    match &to.messages()[..] {
                        [message] => {
                            assert_eq!(message.qos, sent.min(granted), "{case}");
                            assert_eq!(message.topic, Some(topic("a/b")), "{case}");
                            assert_eq!(message.payload, "hello", "{case}");
                            assert!(!message.retain && !message.dup, "{case}");
                        }
                        other => panic!("{case}: {other:?}"),
                    }
                    assert!(to.client.state().incoming.is_empty(), "{case}");
                    let from = &world.peers[from];
                    assert_eq!(from.client.state().held_messages, 0, "{case}");
                    let ends = if sent == QoS::AtMostOnce { 0 } else { 2 };
                    assert_eq!(from.outcomes().len(), ends, "{case}");
                }
            }
        }
    }
}

#[test]
fn a_publisher_learns_that_nobody_listens() {
    let mut world = World::new();
    let from = world.add(options("from", Version::V5));
    world.publish(from, "a", "x", QoS::AtLeastOnce);
    world.publish(from, "a", "x", QoS::ExactlyOnce);
    world.run();
    let reasons = world.peers[from].outcomes();
    assert!(
        reasons.iter().all(|reason| !reason.is_error()),
        "{reasons:?}"
    );
    assert_eq!(reasons.first(), Some(&ReasonCode::NoMatchingSubscribers));
}

#[test]
fn large_payloads_and_many_messages_arrive_in_order() {
    for qos in ALL_QOS {
        let mut world = World::new();
        let from = world.add(options("from", Version::V5));
        let to = world.add(options("to", Version::V311));
        world.subscribe(to, "#", QoS::ExactlyOnce);
        let payloads: Vec<Bytes> = [0, 1, 127, 128, 2047, 2048, 4096, 20_000, 1 << 20]
            .into_iter()
            .map(|len| {
                (0..len)
                    .map(|i: usize| (i % 251) as u8)
                    .collect::<Vec<u8>>()
                    .into()
            })
            .collect();
        for payload in &payloads {
            world.publish(from, "a", payload.clone(), qos);
        }
        world.run();
        assert_eq!(world.peers[to].payloads(), payloads, "{qos:?}");
    }
}

#[test]
fn every_property_arrives_as_it_was_sent() {
    let mut world = World::new();
    let from = world.add(options("from", Version::V5));
    let to = world.add(options("to", Version::V5));
    world.subscribe(to, "#", QoS::AtLeastOnce);
    let sent = properties([
        Property::PayloadFormatIndicator(true),
        Property::ContentType(utf8("text")),
        Property::ResponseTopic(utf8("answer/here")),
        Property::CorrelationData(Bytes::from_static(b"\0\x01")),
        Property::UserProperty(utf8("b"), utf8("1")),
        Property::UserProperty(utf8("a"), utf8("2")),
        Property::UserProperty(utf8("b"), utf8("3")),
    ]);
    let message = Publishing::new(topic("a"), "x").qos(QoS::AtLeastOnce);
    world.publish_as(from, message.properties(sent.clone()));
    world.run();
    let messages = world.peers[to].messages();
    let got = &messages[0].properties;
    assert_eq!(got.payload_format_utf8(), sent.payload_format_utf8());
    assert_eq!(got.content_type(), sent.content_type());
    assert_eq!(got.response_topic(), sent.response_topic());
    assert_eq!(got.correlation_data(), sent.correlation_data());
    assert!(got.user_properties().eq(sent.user_properties()));
}

#[test]
fn a_receive_maximum_of_one_delays_and_loses_nothing() {
    for qos in [QoS::AtLeastOnce, QoS::ExactlyOnce] {
        for manual_ack in [false, true] {
            let mut world = World::new();
            let from = world.add(options("from", Version::V5));
            let receive_max = NonZeroU16::MIN;
            let slow = Options {
                receive_max,
                manual_ack,
                ..options("to", Version::V5)
            };
            let to = world.add(slow);
            world.subscribe(to, "#", qos);
            for number in 0..20 {
                world.publish(from, "a", number.to_string(), qos);
            }
            world.run();
            for number in 0..20_usize {
                if !manual_ack {
                    break;
                }
                assert_eq!(world.peers[to].messages().len(), number + 1, "{qos:?}");
                world.acknowledge_last(to);
                world.run();
            }
            let expected: Vec<_> = (0..20)
                .map(|number| Bytes::from(number.to_string()))
                .collect();
            assert_eq!(
                world.peers[to].payloads(),
                expected,
                "{qos:?}, manual {manual_ack}"
            );
        }
    }
}

#[test]
fn aliases_in_both_directions_change_no_topic() {
    let mut world = World::new();
    let mut aliasing = options("from", Version::V5);
    aliasing.limits.outgoing_aliases_max = 3;
    let from = world.add(aliasing);
    let to = world.add(Options {
        topic_alias_max: 2,
        ..options("to", Version::V5)
    });
    world.subscribe(to, "#", QoS::AtLeastOnce);
    let names = [
        "long/topic/a",
        "long/topic/b",
        "long/topic/a",
        "long/topic/c",
        "long/topic/d",
    ];
    let names: Vec<_> = names.iter().cycle().take(40).copied().collect();
    for name in &names {
        world.publish(from, name, *name, QoS::AtLeastOnce);
    }
    world.run();
    let messages = world.peers[to].messages();
    assert_eq!(messages.len(), names.len());
    for (message, name) in messages.iter().zip(&names) {
        assert_eq!(message.topic, Some(topic(name)));
        assert_eq!(message.payload, *name);
    }
    assert!(!world.peers[to].client.state().incoming_aliases.is_empty());
}

#[test]
fn a_message_too_large_for_a_client_is_not_sent_to_it() {
    let mut world = World::new();
    let from = world.add(options("from", Version::V5));
    let small = world.add(Options {
        max_packet_bytes: 100,
        ..options("small", Version::V5)
    });
    let large = world.add(options("large", Version::V5));
    for to in [small, large] {
        world.subscribe(to, "#", QoS::ExactlyOnce);
    }
    for qos in ALL_QOS {
        world.publish(from, "a", vec![b'x'; 200], qos);
        world.publish(from, "a", "small", qos);
    }
    world.run();
    assert_eq!(world.peers[small].payloads(), ["small"; 3]);
    assert_eq!(world.peers[large].payloads().len(), 6);
}
