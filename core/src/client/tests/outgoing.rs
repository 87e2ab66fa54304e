//! Publishing: steps, windows, sessions.

use super::*;
use QoS::{AtLeastOnce, AtMostOnce, ExactlyOnce};

#[test]
fn each_qos_takes_its_steps() {
    for version in VERSIONS {
        let mut rig = Rig::connected(options(version));
        let zero = rig.publish("0", AtMostOnce);
        let one = rig.publish("1", AtLeastOnce);
        let two = rig.publish("2", ExactlyOnce);
        let expected = [
            publish(0, AtMostOnce, false, "0"),
            publish(1, AtLeastOnce, false, "1"),
            publish(2, ExactlyOnce, false, "2"),
        ];
        assert_eq!(rig.sent(), expected);
        let sent = ClientEvent::Published {
            token: zero,
            outcome: Outcome::Sent,
        };
        assert_eq!(rig.events(), [sent]);

        rig.receive([Packet::PubRec(ack(2)), Packet::PubAck(ack(1))]);
        assert_eq!(rig.events(), [acknowledged(one)]);
        assert_eq!(rig.sent(), [Packet::PubRel(ack(2))]);
        assert_eq!(rig.client.state().outgoing[0].step, OutgoingStep::PubComp);
        rig.receive([Packet::PubComp(ack(2))]);
        assert_eq!(rig.events(), [acknowledged(two)]);

        let state = rig.client.state();
        assert_eq!(
            (state.held_messages, state.held_bytes, state.send_quota_used),
            (0, 0, 0)
        );
    }
}

#[test]
fn refusals_end_a_message() {
    let mut rig = Rig::connected(options(Version::V5));
    let one = rig.publish("1", AtLeastOnce);
    let two = rig.publish("2", ExactlyOnce);
    rig.sent();
    let (a, b) = (ReasonCode::NotAuthorized, ReasonCode::QuotaExceeded);
    rig.receive([
        Packet::PubAck(ack_with(1, a)),
        Packet::PubRec(ack_with(2, b)),
    ]);
    assert_eq!(rig.events(), [outcome(one, a), outcome(two, b)]);
    assert_eq!(rig.sent(), []);
    assert_eq!(rig.client.state().outgoing, []);
}

#[test]
fn the_window_is_the_smaller_of_both_limits() {
    for (ours, theirs, expected) in [(3, 10, 3), (10, 2, 2)] {
        let mut options = options(Version::V5);
        options.limits.in_flight_max = NonZeroU16::new(ours).expect("not zero");
        let mut rig = Rig::connected_with(options, [Property::ReceiveMax(theirs)]);
        for _ in 0..8 {
            rig.publish("x", AtLeastOnce);
        }
        rig.publish("last", AtMostOnce);
        assert_eq!(rig.sent().len(), expected);
        assert_eq!(rig.client.state().queued_messages, 9 - expected);
        rig.receive([Packet::PubAck(ack(1))]);
        assert_eq!(rig.sent().len(), 1);
        rig.receive([Packet::PubAck(ack_with(2, ReasonCode::QuotaExceeded))]);
        assert_eq!(rig.sent().len(), 1);
        // The QoS 0 message has not passed the others.
        for id in 3..=8 {
            rig.receive([Packet::PubAck(ack(id))]);
        }
        assert!(matches!(rig.sent().last(), Some(Packet::Publish(p)) if p.payload == "last"));
    }
}

#[test]
fn a_qos_2_message_holds_its_place_until_pubcomp() {
    let mut rig = Rig::connected_with(options(Version::V5), [Property::ReceiveMax(1)]);
    rig.publish("a", ExactlyOnce);
    rig.publish("b", ExactlyOnce);
    assert_eq!(rig.sent(), [publish(1, ExactlyOnce, false, "a")]);
    rig.receive([Packet::PubRec(ack(1))]);
    assert_eq!(rig.sent(), [Packet::PubRel(ack(1))]);
    rig.receive([Packet::PubComp(ack(1))]);
    assert_eq!(rig.sent(), [publish(2, ExactlyOnce, false, "b")]);
}

#[test]
fn a_session_that_goes_on_sends_again_what_is_unfinished() {
    for version in VERSIONS {
        let mut rig = Rig::connected(lasting(version));
        for (payload, qos) in [("a", ExactlyOnce), ("b", ExactlyOnce), ("c", ExactlyOnce)] {
            rig.publish(payload, qos);
        }
        rig.publish("d", AtLeastOnce);
        rig.sent();
        rig.publish("never left", AtLeastOnce);
        // PUBRECs out of order: PUBRELs follow them.
        rig.receive([Packet::PubRec(ack(3)), Packet::PubRec(ack(1))]);

        rig.reopen();
        rig.publish("later", AtLeastOnce);
        let connect = rig.sent();
        assert!(matches!(&connect[..], [Packet::Connect(c)] if !c.clean_start));
        rig.receive([connack(version != Version::V31, [])]);
        let expected = [
            Packet::PubRel(ack(3)),
            Packet::PubRel(ack(1)),
            publish(2, ExactlyOnce, true, "b"),
            publish(4, AtLeastOnce, true, "d"),
            publish(5, AtLeastOnce, false, "never left"),
            publish(6, AtLeastOnce, false, "later"),
        ];
        assert_eq!(rig.sent(), expected, "{version:?}");
        let transmissions = rig.client.state().outgoing;
        let transmissions: Vec<_> = transmissions.iter().map(|m| m.transmissions).collect();
        assert_eq!(transmissions, [1, 2, 1, 2, 1, 1]);
        // Nothing is sent again on one connection.
        rig.wait(50);
        rig.client.handle_timeout(rig.now);
        assert_eq!(rig.sent(), []);
    }
}

#[test]
fn sending_again_respects_the_window() {
    let mut rig = Rig::connected(lasting(Version::V5));
    for payload in ["a", "b", "c"] {
        rig.publish(payload, ExactlyOnce);
    }
    rig.sent();
    rig.receive([Packet::PubRec(ack(1))]);
    rig.reopen();
    rig.accept(true, [Property::ReceiveMax(2)]);
    assert_eq!(
        rig.sent(),
        [Packet::PubRel(ack(1)), publish(2, ExactlyOnce, true, "b")]
    );
    // An answer to what was sent on the connection before.
    rig.receive([Packet::PubRec(ack(3)), Packet::PubComp(ack(1))]);
    assert_eq!(rig.sent(), [Packet::PubRel(ack(3))]);
    rig.receive([
        Packet::PubComp(ack(3)),
        Packet::PubRec(ack(2)),
        Packet::PubComp(ack(2)),
    ]);
    assert_eq!(rig.sent(), [Packet::PubRel(ack(2))]);
    assert_eq!(rig.client.state().send_quota_used, 0);
}

#[test]
fn a_lost_session_loses_what_was_in_flight() {
    for (unfinished, again) in [(Unfinished::Report, false), (Unfinished::SendAgain, true)] {
        let mut rig = Rig::connected(Options {
            unfinished,
            ..lasting(Version::V5)
        });
        let one = rig.publish("one", AtLeastOnce);
        let two = rig.publish("two", ExactlyOnce);
        let taken = rig.publish("taken", ExactlyOnce);
        rig.sent();
        rig.receive([Packet::PubRec(ack(3))]);
        rig.publish("never left", ExactlyOnce);
        rig.publish("zero", AtMostOnce);
        rig.reopen();
        assert!(rig.client.state().session);
        rig.accept(false, []);
        let lost = |token| dropped(token, DropCause::SessionLost);
        let sent = rig.sent();
        let events = rig.events();
        if again {
            assert_eq!(events[..2], [lost(two), acknowledged(taken)]);
            let expected = [
                publish(5, AtLeastOnce, false, "one"),
                publish(6, ExactlyOnce, false, "never left"),
                publish(0, AtMostOnce, false, "zero"),
            ];
            assert_eq!(sent, expected);
        } else {
            assert_eq!(events[..3], [lost(one), lost(two), acknowledged(taken)]);
            let expected = [
                publish(5, ExactlyOnce, false, "never left"),
                publish(0, AtMostOnce, false, "zero"),
            ];
            assert_eq!(sent, expected);
        }
    }
}

#[test]
fn a_session_without_expiry_ends_with_its_connection() {
    for version in VERSIONS {
        let mut rig = Rig::connected(options(version));
        let token = rig.publish("x", AtLeastOnce);
        rig.sent();
        rig.client.transport_lost(rig.now);
        assert!(
            rig.events()
                .contains(&dropped(token, DropCause::SessionLost))
        );
        assert!(!rig.client.state().session);
    }
}

#[test]
fn aliases_shorten_topics_and_the_least_used_one_goes() {
    let mut options = options(Version::V5);
    options.limits.outgoing_aliases_max = 9;
    let mut rig = Rig::connected_with(options, [Property::TopicAliasMax(2)]);
    let mut sent = |name| {
        let message = Publishing::new(topic(name), "").qos(AtLeastOnce);
        rig.client.publish(rig.now, message).expect("room");
        match &rig.sent()[..] {
            [Packet::Publish(p)] => {
                let alias = p.properties.topic_alias().map_or(0, NonZeroU16::get);
                (p.topic.is_some(), alias)
            }
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(sent("a"), (true, 1));
    assert_eq!(sent("b"), (true, 2));
    assert_eq!(sent("a"), (false, 1));
    assert_eq!(sent("c"), (true, 2));
    assert_eq!(sent("b"), (true, 1));
    assert_eq!(sent("c"), (false, 2));
    let aliases = rig.client.state().outgoing_aliases;
    assert_eq!(aliases, [(1, topic("b")), (2, topic("c"))]);
}

#[test]
fn no_alias_where_the_server_allows_none() {
    let mut options = options(Version::V5);
    options.limits.outgoing_aliases_max = 9;
    let mut rig = Rig::connected(options);
    rig.publish("x", AtMostOnce);
    assert_eq!(rig.sent(), [publish(0, AtMostOnce, false, "x")]);
}

#[test]
fn a_message_grows_old_while_it_waits() {
    let mut rig = Rig::new(options(Version::V5));
    let mut aged = |payload, secs| {
        let properties = Properties::build([Property::MessageExpirySecs(secs)]);
        let message = message(payload).qos(AtLeastOnce).properties(properties);
        rig.client.publish(rig.now, message).expect("room")
    };
    let young = aged("young", 100);
    let old = aged("old", 10);
    rig.wait(10);
    rig.client.start(rig.now);
    rig.client.transport_opened(rig.now);
    rig.events();
    rig.accept(false, []);
    assert_eq!(rig.events(), [dropped(old, DropCause::Expired)]);
    let sent = rig.sent();
    assert!(matches!(&sent[..], [Packet::Publish(p)]
        if p.payload == "young" && p.properties.message_expiry_secs() == Some(90)));
    assert_eq!(rig.client.state().outgoing[0].token, young);
}

#[test]
fn large_payloads_arrive_whole() {
    for len in [0, 1, 100, 2047, 2048, 100_000, 3_000_000] {
        for version in VERSIONS {
            let mut rig = Rig::connected(options(version));
            let payload = Bytes::from(alloc::vec![7; len]);
            let message = Publishing::new(topic("t"), payload.clone()).qos(AtLeastOnce);
            rig.client.publish(rig.now, message).expect("room");
            let sent = rig.sent();
            assert!(matches!(&sent[..], [Packet::Publish(p)] if p.payload == payload));
        }
    }
}
