//! A node that dies after any record, and comes back with what the store has.

use std::collections::BTreeMap;
use std::num::NonZeroU16;
use std::time::Duration;

use bytes::Bytes;
use tidings_core::client::{Options, Publishing};
use tidings_core::config::Config;
use tidings_core::packet::{
    Properties, Property, QoS, ReasonCode, RetainHandling, SubscribeOptions, Version, Will,
};
use tidings_core::record::Item;

use crate::store::Pace;
use crate::world::{World, options, properties, topic, utf8};

const PACES: [Pace; 3] = [Pace::Fast, Pace::SlowKept, Pace::SlowLost];

pub(crate) fn durable(pace: Pace, crash_after: Option<usize>) -> World {
    let mut world = World::with_config(Config {
        durable: true,
        sys_interval: Duration::ZERO,
        ..Config::default()
    });
    world.store.pace = pace;
    world.store.crash_after = crash_after;
    world
}

/// Runs a story once to count its records, then once for each of them with a crash behind it.
pub(crate) fn crash_at_every_record(story: fn(&mut World), check: fn(&World, &str)) {
    for pace in PACES {
        let mut world = durable(pace, None);
        story(&mut world);
        check(&world, "no crash");
        let records = world.store.count;
        assert!(records > 10, "{records} records prove nothing");
        for crash_after in 1..=records {
            let mut world = durable(pace, Some(crash_after));
            story(&mut world);
            check(
                &world,
                &format!("{pace:?}, crash after record {crash_after} of {records}"),
            );
        }
    }
}

/// A second crash, after everything is quiet: what was restored is recorded as well as what came.
fn and_once_more(story: fn(&mut World), check: fn(&World, &str)) {
    for first in (1..60).step_by(7) {
        let mut world = durable(Pace::Fast, Some(first));
        story(&mut world);
        world.crash();
        world.pass(5);
        check(
            &world,
            &format!("crash after record {first}, and at the end"),
        );
    }
}

pub(crate) fn at(qos: QoS) -> SubscribeOptions {
    SubscribeOptions {
        qos,
        ..SubscribeOptions::default()
    }
}

/// A subscription that the crash may interrupt: its answer need not have come.
pub(crate) fn ask(world: &mut World, peer: usize, filter: &str, options: SubscribeOptions) {
    let now = world.now;
    let client = &mut world.peers[peer].client;
    client
        .subscribe(now, [(utf8(filter), options)], Properties::default())
        .expect("room");
    world.pass(4);
}

fn counts(world: &World, peers: &[usize]) -> BTreeMap<Bytes, usize> {
    let mut counts = BTreeMap::new();
    for peer in peers {
        for payload in world.peers[*peer].payloads() {
            *counts.entry(payload).or_insert(0) += 1;
        }
    }
    counts
}

pub(crate) const FROM: usize = 0;
pub(crate) const TO: usize = 1;

/// QoS 1 and 2 to a subscriber that is there, that is away, and that comes back.
pub(crate) fn deliveries(world: &mut World) {
    world.add(options("from", Version::V5));
    let to = world.add(Options {
        receive_max: NonZeroU16::new(3).expect("not zero"),
        ..options("to", Version::V5)
    });
    ask(world, to, "t/#", at(QoS::ExactlyOnce));
    let mut number = 0;
    let mut say = |world: &mut World, count| {
        for _ in 0..count {
            let qos = if number % 2 == 0 {
                QoS::AtLeastOnce
            } else {
                QoS::ExactlyOnce
            };
            world.publish(FROM, "t/a", number.to_string(), qos);
            number += 1;
        }
    };
    say(world, 6);
    world.pass(4);
    world.peers[TO].reachable = false;
    world.cut(TO);
    say(world, 6);
    world.pass(4);
    world.peers[TO].reachable = true;
    say(world, 2);
    world.pass(6);
}

pub(crate) fn all_arrived(world: &World, case: &str) {
    let counts = counts(world, &[TO]);
    for number in 0..14 {
        let count = counts
            .get(number.to_string().as_bytes())
            .copied()
            .unwrap_or(0);
        match number % 2 {
            0 => assert!(count >= 1, "{case}: {number} came {count} times"),
            _ => assert_eq!(count, 1, "{case}: {number}"),
        }
    }
    // Each kind comes in the order in which it was sent.
    for odd in [0, 1] {
        let mut last = None;
        for payload in world.peers[TO].payloads() {
            let number: u32 = String::from_utf8_lossy(&payload).parse().expect("a number");
            if number % 2 == odd && last.is_none_or(|last| last < number) {
                let expected = last.map_or(odd, |last| last + 2);
                assert_eq!(number, expected, "{case}: out of order");
                last = Some(number);
            }
        }
    }
    assert_eq!(world.peers[FROM].outcomes().len(), 14, "{case}");
    nothing_is_owed(world, case);
}

/// Nothing waits for anybody, in memory or in the store.
fn nothing_is_owed(world: &World, case: &str) {
    for peer in &world.peers {
        let state = peer.client.state();
        let quiet = state.outgoing.is_empty() && state.incoming.is_empty();
        assert!(quiet, "{case}: {state:?}");
    }
    for session in world.node.state().sessions {
        let quiet = session.queue.is_empty() && session.inflight.is_empty();
        assert!(quiet && session.received.is_empty(), "{case}: {session:?}");
    }
    for item in world.store.items() {
        match item {
            Item::Session { .. } | Item::Subscription { .. } | Item::Retained { .. } => {}
            Item::Message { id, .. } => {
                let kept =
                    |item: &Item| matches!(item, Item::Retained { message, .. } if message == id);
                assert!(world.store.items().any(kept), "{case}: {item:?} is left");
            }
            _ => panic!("{case}: {item:?} is left"),
        }
    }
}

#[test]
fn qos_1_at_least_once_and_qos_2_exactly_once() {
    crash_at_every_record(deliveries, all_arrived);
    and_once_more(deliveries, all_arrived);
}

const MEMBERS: [usize; 2] = [1, 2];

/// A shared subscription whose one member dies with everything unacknowledged.
pub(crate) fn sharing(world: &mut World) {
    world.add(options("from", Version::V5));
    let mortal = world.add(Options {
        manual_ack: true,
        receive_max: NonZeroU16::new(2).expect("not zero"),
        ..options("mortal", Version::V5)
    });
    let heir = world.add(options("heir", Version::V311));
    for member in [mortal, heir] {
        ask(world, member, "$share/g/t", at(QoS::ExactlyOnce));
    }
    for number in 0..8 {
        let qos = if number % 2 == 0 {
            QoS::AtLeastOnce
        } else {
            QoS::ExactlyOnce
        };
        world.publish(FROM, "t", number.to_string(), qos);
    }
    world.pass(4);
    world.peers[mortal].reachable = false;
    world.cut(mortal);
    world.pass(4);
    world.peers[mortal].reachable = true;
    for _ in 0..8 {
        world.pass(2);
        world.acknowledge_all(mortal);
    }
    world.pass(4);
}

pub(crate) fn nothing_was_lost(world: &World, case: &str) {
    let counts = counts(world, &MEMBERS);
    for number in 0..8 {
        let count = counts
            .get(number.to_string().as_bytes())
            .copied()
            .unwrap_or(0);
        match number % 2 {
            0 => assert!(count >= 1, "{case}: {number} came {count} times"),
            _ => assert_eq!(count, 1, "{case}: {number}"),
        }
    }
    nothing_is_owed(world, case);
}

#[test]
fn a_member_that_dies_loses_nothing() {
    crash_at_every_record(sharing, nothing_was_lost);
    and_once_more(sharing, nothing_was_lost);
}

/// Retained messages set, replaced, cleared; and given to somebody who takes one at a time.
pub(crate) fn keeping(world: &mut World) {
    world.add(options("from", Version::V5));
    let say = |world: &mut World, name: &str, payload: &str| {
        let message = Publishing::new(topic(name), payload.to_owned())
            .qos(QoS::ExactlyOnce)
            .retain(true);
        world.publish_as(FROM, message);
    };
    for number in 0..6 {
        say(world, &format!("kept/{number}"), "old");
    }
    world.pass(4);
    say(world, "kept/1", "new");
    say(world, "kept/2", "");
    world.pass(4);
    let to = world.add(Options {
        receive_max: NonZeroU16::MIN,
        ..options("to", Version::V5)
    });
    // Asked again for want of an answer, it is not given again.
    let wish = SubscribeOptions {
        retain_handling: RetainHandling::SendIfNew,
        ..at(QoS::ExactlyOnce)
    };
    ask(world, to, "kept/+", wish);
    world.pass(10);
    say(world, "kept/7", "live");
    world.pass(4);
}

pub(crate) fn what_is_kept_is_right(world: &World, case: &str) {
    let kept: Vec<_> = world
        .node
        .state()
        .retained
        .into_iter()
        .map(|kept| {
            (
                kept.topic,
                String::from_utf8_lossy(&kept.payload).into_owned(),
            )
        })
        .collect();
    let expected = [
        ("kept/0", "old"),
        ("kept/1", "new"),
        ("kept/3", "old"),
        ("kept/4", "old"),
        ("kept/5", "old"),
        ("kept/7", "live"),
    ]
    .map(|(name, payload)| (name.to_owned(), payload.to_owned()));
    assert_eq!(kept, expected, "{case}");
    // Each came once, whenever the crash was.
    let mut seen: Vec<_> = world.peers[TO]
        .messages()
        .iter()
        .map(|m| {
            m.topic
                .as_ref()
                .map(ToString::to_string)
                .unwrap_or_default()
        })
        .collect();
    seen.sort();
    assert_eq!(seen, expected.map(|(name, _)| name), "{case}");
    nothing_is_owed(world, case);
}

#[test]
fn what_is_kept_stays_and_is_given_once() {
    crash_at_every_record(keeping, what_is_kept_is_right);
}

/// Two SUBSCRIBEs for the same topics, and one that changes the first while it is answered.
fn asking_twice(world: &mut World) {
    world.add(options("from", Version::V5));
    for number in 0..3 {
        let message = Publishing::new(topic(&format!("kept/{number}")), number.to_string())
            .qos(QoS::ExactlyOnce)
            .retain(true);
        world.publish_as(FROM, message);
    }
    world.pass(4);
    let to = world.add(Options {
        receive_max: NonZeroU16::MIN,
        ..options("to", Version::V5)
    });
    for (filter, qos, id) in [
        ("kept/+", QoS::ExactlyOnce, 1),
        ("kept/#", QoS::ExactlyOnce, 2),
        ("kept/+", QoS::AtMostOnce, 3),
    ] {
        let wish = SubscribeOptions {
            retain_handling: RetainHandling::SendIfNew,
            ..at(qos)
        };
        let now = world.now;
        let client = &mut world.peers[to].client;
        client
            .subscribe(
                now,
                [(utf8(filter), wish)],
                properties([Property::SubscriptionId(id)]),
            )
            .expect("room");
    }
    world.pass(14);
}

fn both_were_answered(world: &World, case: &str) {
    let mut seen: Vec<_> = world.peers[TO]
        .messages()
        .iter()
        .map(|m| {
            let ids: Vec<u32> = m.properties.subscription_ids().collect();
            let text = String::from_utf8_lossy(&m.payload).into_owned();
            (ids, text, m.qos)
        })
        .collect();
    seen.sort_by_key(|(ids, text, _)| (ids.clone(), text.clone()));
    let expected: Vec<_> = [1, 2]
        .into_iter()
        .flat_map(|id| ["0", "1", "2"].map(|text| (vec![id], text.to_owned(), QoS::ExactlyOnce)))
        .collect();
    assert_eq!(seen, expected, "{case}");
    nothing_is_owed(world, case);
}

#[test]
fn each_subscribe_is_given_what_is_kept_as_it_asked() {
    crash_at_every_record(asking_twice, both_were_answered);
}

/// Wills: one at once, one that waits, one that is taken back.
fn dying(world: &mut World) {
    let heir = world.add(options("heir", Version::V5));
    ask(world, heir, "will/#", at(QoS::AtLeastOnce));
    for (name, delay, says_good_bye) in [("now", 0, false), ("later", 6, false), ("never", 6, true)]
    {
        let will = Some(Will {
            qos: QoS::AtLeastOnce,
            retain: false,
            topic: topic(&format!("will/{name}")),
            payload: Bytes::from(name),
            properties: match delay {
                0 => Properties::default(),
                secs => properties([Property::WillDelaySecs(secs)]),
            },
        });
        let peer = world.add(Options {
            will,
            ..options(name, Version::V5)
        });
        world.pass(4);
        let now = world.now;
        world.peers[peer].reachable = false;
        match says_good_bye {
            true => world.peers[peer].client.stop(now, ReasonCode::Success),
            false => world.peers[peer].client.abort(now),
        }
        world.run();
    }
    world.pass(20);
}

fn wills_were_said(world: &World, case: &str) {
    let counts = counts(world, &[0]);
    let count = |name: &str| counts.get(name.as_bytes()).copied().unwrap_or(0);
    assert!(
        count("now") >= 1 && count("later") >= 1,
        "{case}: {counts:?}"
    );
    // A crash between the DISCONNECT and its record is a loss of connection.
    assert!(count("never") <= 1, "{case}: {counts:?}");
    if case == "no crash" {
        assert_eq!((count("now"), count("later"), count("never")), (1, 1, 0));
    }
}

#[test]
fn wills_are_said_whenever_the_broker_died() {
    crash_at_every_record(dying, wills_were_said);
}

/// Subscriptions made, changed and taken back; a session that ends and begins anew.
fn subscribing(world: &mut World) {
    world.add(options("from", Version::V5));
    let to = world.add(options("to", Version::V5));
    ask(world, to, "a", at(QoS::AtMostOnce));
    ask(world, to, "b", at(QoS::AtLeastOnce));
    ask(world, to, "a", at(QoS::ExactlyOnce));
    let now = world.now;
    let client = &mut world.peers[to].client;
    client
        .unsubscribe(now, [utf8("b")], Properties::default())
        .expect("room");
    world.pass(4);
    // Another life of the same client.
    let now = world.now;
    world.peers[to].reachable = false;
    world.peers[to].client.stop(now, ReasonCode::Success);
    world.run();
    let again = world.add(Options {
        clean_start: true,
        ..options("to", Version::V5)
    });
    world.pass(4);
    ask(world, again, "c", at(QoS::AtLeastOnce));
    world.publish(FROM, "a", "not wanted any more", QoS::AtLeastOnce);
    world.publish(FROM, "b", "not wanted any more", QoS::AtLeastOnce);
    world.publish(FROM, "c", "wanted", QoS::AtLeastOnce);
    world.pass(6);
}

fn subscriptions_are_right(world: &World, case: &str) {
    let state = world.node.state();
    let filters: Vec<_> = state
        .sessions
        .iter()
        .flat_map(|s| {
            s.subscriptions
                .iter()
                .map(|sub| (s.client.clone(), sub.filter.clone()))
        })
        .collect();
    assert_eq!(filters, [("to".to_owned(), "c".to_owned())], "{case}");
    let wanted = world.peers[2].payloads();
    assert!(
        !wanted.is_empty() && wanted.iter().all(|p| p == "wanted"),
        "{case}: {wanted:?}"
    );
    let recorded = world.store.items();
    let recorded = recorded
        .filter(|item| matches!(item, Item::Subscription { .. }))
        .count();
    assert_eq!(recorded, 1, "{case}");
}

#[test]
fn subscriptions_are_those_last_acknowledged() {
    crash_at_every_record(subscribing, subscriptions_are_right);
}

#[test]
fn deadlines_go_on_while_nobody_counts() {
    for (away, present) in [(9, true), (11, false)] {
        let mut world = durable(Pace::Fast, None);
        let from = world.add(options("from", Version::V5));
        let to = world.add(Options {
            session_expiry_secs: 10,
            ..options("to", Version::V5)
        });
        ask(&mut world, to, "t", at(QoS::AtLeastOnce));
        let now = world.now;
        world.peers[to].client.stop(now, ReasonCode::Success);
        world.run();
        let expiry = properties([Property::MessageExpirySecs(8)]);
        for message in [
            Publishing::new(topic("t"), "lasts"),
            Publishing::new(topic("t"), "expires").properties(expiry.clone()),
            Publishing::new(topic("kept"), "expires")
                .properties(expiry)
                .retain(true),
        ] {
            world.publish_as(from, message.qos(QoS::AtLeastOnce));
        }
        world.run();
        // The broker is down for most of the time.
        world.now = world.now + Duration::from_secs(away);
        world.crash();
        world.pass(0);
        let now = world.now;
        world.peers[to].client.start(now);
        world.run();
        assert_eq!(world.peers[to].session_present(), Some(present));
        let expected: &[&str] = if present { &["lasts"] } else { &[] };
        assert_eq!(world.peers[to].payloads(), expected);
        assert!(world.node.state().retained.is_empty());
    }
}

#[test]
fn a_broker_does_not_record_what_it_says_of_itself() {
    let mut world = World::with_config(Config {
        durable: true,
        ..Config::default()
    });
    world.pass(60);
    assert!(!world.node.state().retained.is_empty());
    assert_eq!(world.store.count, 0);
}

#[test]
fn a_will_that_waits_is_said_in_time_though_the_broker_died() {
    let mut world = durable(Pace::Fast, None);
    let heir = world.add(options("heir", Version::V5));
    ask(&mut world, heir, "will", at(QoS::AtLeastOnce));
    let will = Will {
        qos: QoS::AtLeastOnce,
        retain: false,
        topic: topic("will"),
        payload: Bytes::from_static(b"said"),
        properties: properties([Property::WillDelaySecs(10)]),
    };
    let from = world.add(Options {
        will: Some(will),
        ..options("from", Version::V5)
    });
    world.peers[from].reachable = false;
    world.cut(from);
    world.pass(8);
    world.crash();
    // The delay counts from the end of the connection, not from the broker's return.
    world.pass(1);
    assert!(world.peers[heir].payloads().is_empty());
    world.pass(3);
    assert_eq!(world.peers[heir].payloads(), ["said"]);
}

#[test]
fn a_will_of_qos_2_is_said_once_whenever_the_broker_died() {
    // Who has the will is gone for good; the records of before.
    let story = |world: &mut World| {
        let heir = world.add(options("heir", Version::V5));
        ask(world, heir, "will", at(QoS::ExactlyOnce));
        let will = Some(Will {
            qos: QoS::ExactlyOnce,
            retain: false,
            topic: topic("will"),
            payload: Bytes::from_static(b"said"),
            properties: Properties::default(),
        });
        let from = world.add(Options {
            will,
            ..options("from", Version::V5)
        });
        world.pass(4);
        let before = world.store.count;
        world.peers[from].reachable = false;
        world.cut(from);
        world.pass(8);
        before
    };
    for pace in PACES {
        let mut world = durable(pace, None);
        let before = story(&mut world);
        let records = world.store.count;
        for crash_after in before + 1..=records {
            let mut world = durable(pace, Some(crash_after));
            story(&mut world);
            let case = format!("{pace:?}, crash after record {crash_after} of {records}");
            assert_eq!(world.peers[0].payloads(), ["said"], "{case}");
        }
    }
}
