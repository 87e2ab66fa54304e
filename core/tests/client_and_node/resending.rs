//! What a node that died sends again goes in the order in which it went first.

use std::num::NonZeroU16;

use tidings_core::client::{Options, Publishing};
use tidings_core::packet::{QoS, Version};

use crate::crashes::{
    FROM, TO, all_arrived, ask, at, crash_at_every_record, deliveries, durable, keeping,
    nothing_was_lost, sharing, what_is_kept_is_right,
};
use crate::store::Pace;
use crate::world::{World, options, topic};

fn keep(world: &mut World, name: &str, payload: &str) {
    let message = Publishing::new(topic(name), payload.to_owned())
        .qos(QoS::ExactlyOnce)
        .retain(true);
    world.publish_as(FROM, message);
    world.pass(1);
}

/// Two clients, the second of which takes so many at once and has taken as many.
fn with_a_full_window(world: &mut World, window: u16) {
    world.add(options("from", Version::V5));
    world.add(Options {
        manual_ack: true,
        receive_max: NonZeroU16::new(window).expect("not zero"),
        ..options("to", Version::V5)
    });
    ask(world, TO, "live/#", at(QoS::ExactlyOnce));
    for number in 0..window {
        world.publish(FROM, "live/first", number.to_string(), QoS::AtLeastOnce);
    }
    world.pass(1);
}

#[test]
fn what_is_kept_and_what_is_live_come_again_in_the_order_they_were_sent_in() {
    for qos in [QoS::AtLeastOnce, QoS::ExactlyOnce] {
        let mut world = durable(Pace::Fast, None);
        with_a_full_window(&mut world, 4);
        keep(&mut world, "kept/1", "kept 1");
        keep(&mut world, "kept/2", "kept 2");
        ask(&mut world, TO, "kept/#", at(qos));
        // They wait, and are recorded, before it is the turn of what is kept.
        for payload in ["live 1", "live 2"] {
            world.publish(FROM, "live/second", payload, qos);
        }
        world.pass(1);
        world.acknowledge_all(TO);
        world.run();
        let sent: Vec<_> = world.node.state().sessions[1]
            .inflight
            .iter()
            .map(|entry| (entry.packet_id, entry.delivery.payload.clone()))
            .collect();
        let payloads: Vec<_> = sent.iter().map(|(_, payload)| payload).collect();
        assert_eq!(payloads, ["kept 1", "live 1", "kept 2", "live 2"]);
        for _ in 0..2 {
            let before = world.peers[TO].payloads().len();
            world.crash();
            world.pass(2);
            let again: Vec<_> = world.node.state().sessions[1]
                .inflight
                .iter()
                .map(|entry| (entry.packet_id, entry.delivery.payload.clone()))
                .collect();
            assert_eq!(again, sent);
            if qos == QoS::AtLeastOnce {
                assert_eq!(world.peers[TO].payloads()[before..], payloads);
            }
        }
        // What is sent later is behind what was sent before the broker died.
        world.peers[TO].events.clear();
        world.acknowledge_all(TO);
        world.run();
        assert!(world.node.state().sessions[1].inflight.is_empty());
        for payload in ["live 3", "live 4"] {
            world.publish(FROM, "live/second", payload, qos);
        }
        world.run();
        world.crash();
        world.pass(2);
        world.acknowledge_all(TO);
        world.pass(1);
        let mut payloads = world.peers[TO].payloads();
        payloads.dedup();
        let expected: &[&str] = match qos {
            QoS::AtLeastOnce => &["live 3", "live 4", "live 3", "live 4"],
            _ => &["live 3", "live 4"],
        };
        assert_eq!(payloads, expected);
    }
}

/// A word that is kept, and one that was said on the same topic after somebody asked for it.
fn word_and_next_word(world: &mut World) {
    with_a_full_window(world, 1);
    keep(world, "kept", "first");
    ask(world, TO, "kept", at(QoS::AtLeastOnce));
    world.publish(FROM, "kept", "second", QoS::AtLeastOnce);
    for _ in 0..4 {
        world.pass(3);
        world.acknowledge_all(TO);
    }
    world.pass(1);
}

#[test]
fn a_word_that_was_kept_comes_before_the_next_whenever_the_broker_died() {
    crash_at_every_record(word_and_next_word, |world, case| {
        let mut payloads = world.peers[TO].payloads();
        payloads.retain(|payload| payload != "0");
        payloads.dedup();
        // Both may come again, if nothing of them was safe.
        let both = payloads.chunks(2);
        assert!(!payloads.is_empty(), "{case}");
        for both in both {
            assert_eq!(both, ["first", "second"], "{case}: {payloads:?}");
        }
    });
}

#[test]
fn subscribes_that_wait_for_what_is_kept_are_answered_in_their_order_after_a_crash() {
    let mut world = durable(Pace::Fast, None);
    with_a_full_window(&mut world, 1);
    keep(&mut world, "live/z", "z 1");
    ask(&mut world, TO, "live/z", at(QoS::AtLeastOnce));
    world.publish(FROM, "live/z", "z 2", QoS::ExactlyOnce);
    world.publish(FROM, "live/a", "a 1", QoS::ExactlyOnce);
    keep(&mut world, "live/a", "a 2");
    // A store gives this one back before the other.
    ask(&mut world, TO, "live/a", at(QoS::ExactlyOnce));
    world.crash();
    for _ in 0..10 {
        world.pass(2);
        world.acknowledge_all(TO);
    }
    let of = |first: u8| {
        let mut payloads = world.peers[TO].payloads();
        payloads.retain(|payload| payload[0] == first);
        payloads
    };
    assert_eq!(of(b'z'), ["z 1", "z 1", "z 2"]);
    assert_eq!(of(b'a'), ["a 1", "a 2", "a 2"]);
}

/// Runs a story with a crash behind every record, and a second one soon behind it: while the node
/// takes back what the store has, or between what is given next and the note that it was.
fn crash_twice(story: fn(&mut World), check: fn(&World, &str)) {
    let mut world = durable(Pace::Fast, None);
    story(&mut world);
    let records = world.store.count;
    for first in 1..=records {
        for more in [1, 2, 3, 5, 8] {
            let mut world = durable(Pace::Fast, Some(first));
            world.store.and_after = Some(more);
            story(&mut world);
            world.pass(4);
            let case = format!("crash after record {first} of {records} and {more} more");
            check(&world, &case);
        }
    }
}

#[test]
fn what_is_kept_is_given_once_though_the_broker_dies_twice() {
    crash_twice(keeping, what_is_kept_is_right);
}

#[test]
fn qos_2_comes_once_though_the_broker_dies_twice() {
    crash_twice(deliveries, all_arrived);
}

#[test]
fn a_member_that_dies_loses_nothing_though_the_broker_dies_twice() {
    crash_twice(sharing, nothing_was_lost);
}
