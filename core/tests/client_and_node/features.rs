//! Wills, retained messages, shares, sessions: what one client makes the node do for others.

use std::num::NonZeroU16;
use std::time::Duration;

use bytes::Bytes;
use tidings_core::client::{ClientEvent, Disconnected, Options, Publishing};
use tidings_core::packet::{
    Properties, Property, QoS, ReasonCode, RetainHandling, SubscribeOptions, Version, Will,
};

use crate::world::{ALL_QOS, VERSIONS, World, options, properties, topic};

fn will(retain: bool, properties: Properties) -> Option<Will> {
    let payload = Bytes::from_static(b"gone");
    Some(Will {
        qos: QoS::AtLeastOnce,
        retain,
        topic: topic("will"),
        payload,
        properties,
    })
}

#[test]
fn a_will_is_published_unless_the_client_says_goodbye() {
    for version in VERSIONS {
        for (end, expected) in [("abort", 1), ("cut", 1), ("stop", 0), ("stop with will", 1)] {
            let mut world = World::new();
            let to = world.add(options("to", version));
            world.subscribe(to, "will", QoS::AtLeastOnce);
            let will = will(false, Properties::default());
            let from = world.add(Options {
                will,
                ..options("from", version)
            });
            let now = world.now;
            world.peers[from].reachable = false;
            match end {
                "abort" => world.peers[from].client.abort(now),
                "stop" => world.peers[from].client.stop(now, ReasonCode::Success),
                "stop with will" => {
                    world.peers[from]
                        .client
                        .stop(now, ReasonCode::DisconnectWithWill);
                }
                _ => world.cut(from),
            }
            world.run();
            let case = format!("{version} {end}");
            assert_eq!(world.peers[to].payloads(), vec!["gone"; expected], "{case}");
        }
    }
}

#[test]
fn a_delayed_will_waits_and_is_forgotten_when_the_client_returns() {
    for (away, expected) in [(4, 0), (8, 1)] {
        let mut world = World::new();
        let to = world.add(options("to", Version::V5));
        world.subscribe(to, "will", QoS::AtLeastOnce);
        let will = will(false, properties([Property::WillDelaySecs(7)]));
        let from = world.add(Options {
            will,
            ..options("from", Version::V5)
        });
        world.peers[from].reachable = false;
        world.cut(from);
        world.pass(away);
        assert_eq!(world.peers[to].payloads(), vec!["gone"; expected]);
        world.peers[from].reachable = true;
        world.pass(20);
        assert_eq!(world.peers[from].session_present(), Some(true));
        assert_eq!(world.peers[to].payloads(), vec!["gone"; expected]);
    }
}

#[test]
fn silence_is_noticed_at_one_and_a_half_keep_alives() {
    for version in VERSIONS {
        let mut world = World::new();
        let to = world.add(options("to", version));
        world.subscribe(to, "will", QoS::AtLeastOnce);
        let from = world.add(Options {
            will: will(false, Properties::default()),
            keep_alive_secs: 10,
            answer_timeout: Duration::from_secs(1000),
            ..options("from", version)
        });
        world.pass(100);
        assert!(world.peers[from].client.is_connected());
        assert!(world.peers[to].payloads().is_empty());
        // The link swallows everything from here on.
        world.peers[from].swallow = true;
        world.pass(14);
        assert!(world.peers[to].payloads().is_empty());
        world.pass(12);
        assert_eq!(world.peers[to].payloads(), ["gone"], "{version}");
    }
}

#[test]
fn a_retained_message_is_kept_replaced_and_cleared() {
    for version in VERSIONS {
        for qos in ALL_QOS {
            let mut world = World::new();
            let from = world.add(options("from", version));
            let late = |world: &mut World, name: &str| {
                let to = world.add(options(name, version));
                world.subscribe(to, "a/#", QoS::ExactlyOnce);
                let messages = world.peers[to].messages();
                messages
                    .iter()
                    .map(|m| (m.payload.clone(), m.retain, m.qos))
                    .collect::<Vec<_>>()
            };
            let publish = |world: &mut World, payload: &'static str| {
                let message = Publishing::new(topic("a/b"), payload).qos(qos).retain(true);
                world.publish_as(from, message);
                world.run();
            };
            assert_eq!(late(&mut world, "1"), []);
            publish(&mut world, "first");
            publish(&mut world, "second");
            let kept = (Bytes::from_static(b"second"), true, qos);
            assert_eq!(late(&mut world, "2"), [kept], "{version} {qos:?}");
            publish(&mut world, "");
            assert_eq!(late(&mut world, "3"), []);
        }
    }
}

#[test]
fn retain_handling_and_retain_as_published() {
    let mut world = World::new();
    let from = world.add(options("from", Version::V5));
    let message = Publishing::new(topic("a"), "kept").retain(true);
    world.publish_as(from, message.clone());
    let cases = [
        (RetainHandling::Send, [1, 2]),
        (RetainHandling::SendIfNew, [1, 1]),
        (RetainHandling::DoNotSend, [0, 0]),
    ];
    for (number, (retain_handling, expected)) in cases.into_iter().enumerate() {
        let to = world.add(options(&number.to_string(), Version::V5));
        let subscription = SubscribeOptions {
            retain_handling,
            ..SubscribeOptions::default()
        };
        for expected in expected {
            world.subscribe_with(to, "a", subscription, Properties::default());
            assert_eq!(
                world.peers[to].messages().len(),
                expected,
                "{retain_handling:?}"
            );
        }
    }
    for retain_as_published in [false, true] {
        let name = format!("as published {retain_as_published}");
        let to = world.add(options(&name, Version::V5));
        let subscription = SubscribeOptions {
            retain_as_published,
            retain_handling: RetainHandling::DoNotSend,
            ..SubscribeOptions::default()
        };
        world.subscribe_with(to, "a", subscription, Properties::default());
        world.publish_as(from, message.clone());
        world.run();
        let retained: Vec<_> = world.peers[to]
            .messages()
            .iter()
            .map(|m| m.retain)
            .collect();
        assert_eq!(retained, [retain_as_published]);
    }
}

#[test]
fn a_share_gives_each_message_to_one_member() {
    let mut world = World::new();
    let from = world.add(options("from", Version::V5));
    let members = ["a", "b", "c"].map(|name| {
        let member = world.add(options(name, Version::V5));
        world.subscribe(member, "$share/group/t/#", QoS::AtLeastOnce);
        member
    });
    for number in 0..30 {
        world.publish(from, "t/x", number.to_string(), QoS::AtLeastOnce);
    }
    world.run();
    let mut all: Vec<_> = members
        .iter()
        .flat_map(|m| world.peers[*m].payloads())
        .collect();
    all.sort_by_key(|payload| String::from_utf8_lossy(payload).parse::<u32>().ok());
    let expected: Vec<_> = (0..30)
        .map(|number| Bytes::from(number.to_string()))
        .collect();
    assert_eq!(all, expected);
    for member in members {
        assert!(
            !world.peers[member].payloads().is_empty(),
            "a member got nothing"
        );
    }
}

#[test]
fn what_a_dead_member_had_goes_to_the_others() {
    // Of QoS 2, what is on its way to a member is for nobody else. [MQTT-4.8.2-5]
    for (qos, receive_max, lost) in [
        (QoS::AtLeastOnce, 100, vec![]),
        (QoS::AtLeastOnce, 1, vec![]),
        (QoS::ExactlyOnce, 1, vec![0]),
    ] {
        let mut world = World::new();
        let from = world.add(options("from", Version::V5));
        // The session of the one that dies ends with its connection.
        let mortal = Options {
            session_expiry_secs: 0,
            clean_start: true,
            manual_ack: true,
            receive_max: NonZeroU16::new(receive_max).expect("not zero"),
            ..options("mortal", Version::V5)
        };
        let mortal = world.add(mortal);
        world.subscribe(mortal, "$share/group/t", qos);
        for number in 0..5 {
            world.publish(from, "t", number.to_string(), qos);
        }
        world.run();
        let heir = world.add(options("heir", Version::V5));
        world.subscribe(heir, "$share/group/t", qos);
        world.peers[mortal].reachable = false;
        world.cut(mortal);
        world.pass(1);
        let kept = (0..5).filter(|number| !lost.contains(number));
        let expected: Vec<_> = kept.map(|number| Bytes::from(number.to_string())).collect();
        assert_eq!(world.peers[heir].payloads(), expected, "{qos:?}");
    }
}

#[test]
fn messages_wait_for_a_client_that_is_away() {
    for version in VERSIONS {
        let mut world = World::new();
        let from = world.add(options("from", version));
        let to = world.add(options("to", version));
        world.subscribe(to, "#", QoS::ExactlyOnce);
        let now = world.now;
        world.peers[to].client.stop(now, ReasonCode::Success);
        world.run();
        for (number, qos) in ALL_QOS.into_iter().enumerate() {
            world.publish(from, "a", number.to_string(), qos);
        }
        world.run();
        assert!(world.peers[to].payloads().is_empty());
        world.peers[to].client.start(now);
        world.run();
        let got = world.peers[to].payloads();
        // Whether QoS 0 waits is the server's choice.
        assert!(
            got == ["1", "2"] || got == ["0", "1", "2"],
            "{version}: {got:?}"
        );
    }
}

#[test]
fn a_session_expires() {
    for (away, present) in [(9, true), (11, false)] {
        let mut world = World::new();
        let from = world.add(options("from", Version::V5));
        let to = world.add(Options {
            session_expiry_secs: 10,
            ..options("to", Version::V5)
        });
        world.subscribe(to, "#", QoS::AtLeastOnce);
        let now = world.now;
        world.peers[to].client.stop(now, ReasonCode::Success);
        world.run();
        world.publish(from, "a", "waits", QoS::AtLeastOnce);
        world.pass(away);
        let now = world.now;
        world.peers[to].client.start(now);
        world.run();
        assert_eq!(world.peers[to].session_present(), Some(present));
        assert_eq!(
            world.peers[to].payloads(),
            vec!["waits"; usize::from(present)]
        );
    }
}

#[test]
fn a_message_expires_while_it_waits() {
    for (away, left) in [(4, Some(6)), (10, None)] {
        let mut world = World::new();
        let from = world.add(options("from", Version::V5));
        let to = world.add(options("to", Version::V5));
        world.subscribe(to, "#", QoS::AtLeastOnce);
        let now = world.now;
        world.peers[to].client.stop(now, ReasonCode::Success);
        world.run();
        let expiry = properties([Property::MessageExpirySecs(10)]);
        let message = Publishing::new(topic("a"), "x")
            .qos(QoS::AtLeastOnce)
            .properties(expiry);
        world.publish_as(from, message);
        world.pass(away);
        let now = world.now;
        world.peers[to].client.start(now);
        world.run();
        let messages = world.peers[to].messages();
        let expiries: Vec<_> = messages
            .iter()
            .map(|m| m.properties.message_expiry_secs())
            .collect();
        assert_eq!(expiries, left.map(Some).into_iter().collect::<Vec<_>>());
    }
}

#[test]
fn a_take_over_ends_the_older_connection() {
    for version in VERSIONS {
        let mut world = World::new();
        let old = world.add(options("same", version));
        world.peers[old].reachable = false;
        let clean_start = true;
        let new = world.add(Options {
            clean_start,
            ..options("same", version)
        });
        world.run();
        assert!(world.peers[new].client.is_connected());
        assert!(!world.peers[old].client.is_connected());
        let why = world.peers[old]
            .events
            .iter()
            .find_map(|event| match event {
                ClientEvent::Disconnected { why, .. } => Some(why.clone()),
                _ => None,
            });
        match (version, why) {
            (Version::V5, Some(Disconnected::ByServer(disconnect))) => {
                assert_eq!(disconnect.reason, ReasonCode::SessionTakenOver);
            }
            (Version::V31 | Version::V311, Some(Disconnected::TransportLost)) => {}
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn overlapping_subscriptions_tell_all_their_identifiers() {
    let mut world = World::new();
    let from = world.add(options("from", Version::V5));
    let to = world.add(options("to", Version::V5));
    for (filter, id) in [("a/#", 1), ("a/+", 200), ("b", 3)] {
        let id = properties([Property::SubscriptionId(id)]);
        let wanted = SubscribeOptions {
            qos: QoS::AtLeastOnce,
            ..SubscribeOptions::default()
        };
        world.subscribe_with(to, filter, wanted, id);
    }
    world.publish(from, "a/b", "x", QoS::AtLeastOnce);
    world.run();
    let messages = world.peers[to].messages();
    let mut ids: Vec<_> = messages
        .iter()
        .flat_map(|m| m.properties.subscription_ids())
        .collect();
    ids.sort_unstable();
    assert_eq!(ids, [1, 200]);
}

#[test]
fn no_local_keeps_a_message_from_its_sender() {
    let mut world = World::new();
    let both = world.add(options("both", Version::V5));
    let own = SubscribeOptions {
        no_local: true,
        ..SubscribeOptions::default()
    };
    world.subscribe_with(both, "a", own, Properties::default());
    world.subscribe(both, "b", QoS::AtMostOnce);
    world.publish(both, "a", "not back", QoS::AtLeastOnce);
    world.publish(both, "b", "back", QoS::AtLeastOnce);
    world.run();
    assert_eq!(world.peers[both].payloads(), ["back"]);
}

#[test]
fn an_unsubscribed_filter_is_silent() {
    for version in VERSIONS {
        let mut world = World::new();
        let both = world.add(options("both", version));
        world.subscribe(both, "a", QoS::AtLeastOnce);
        let (now, filter) = (world.now, crate::world::utf8("a"));
        let client = &mut world.peers[both].client;
        client
            .unsubscribe(now, [filter], Properties::default())
            .expect("room");
        world.run();
        world.publish(both, "a", "x", QoS::AtLeastOnce);
        world.run();
        assert!(world.peers[both].payloads().is_empty());
    }
}

#[test]
fn an_empty_client_id_is_assigned_one() {
    for version in [Version::V311, Version::V5] {
        let mut world = World::new();
        let nameless = Options {
            clean_start: true,
            ..options("", version)
        };
        let peers = [world.add(nameless.clone()), world.add(nameless)];
        for peer in peers {
            assert!(world.peers[peer].client.is_connected(), "{version}");
        }
        if version == Version::V5 {
            let [a, b] = peers.map(|peer| world.peers[peer].client.client_id().clone());
            assert!(a != b && !a.as_str().is_empty());
        }
    }
}
