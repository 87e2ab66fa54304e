//! What one peer can make a node do, and no more.

use tidings_core::node::CloseCause;
use tidings_core::packet::{Packet, Property, QoS, ReasonCode, SubscribeOptions, Version};

use crate::support::{Broker, Peer, connect, lasting, limited, properties, publish, quiet, utf8};

fn filters(count: usize) -> Packet {
    Packet::Unsubscribe(tidings_core::packet::Unsubscribe {
        packet_id: crate::support::id(1),
        properties: properties([]),
        filters: (0..count).map(|n| utf8(&n.to_string())).collect(),
    })
}

fn subscribe(count: usize) -> Packet {
    let wish = |n: usize| tidings_core::packet::SubscribeFilter {
        filter: utf8(&n.to_string()),
        options: SubscribeOptions::default(),
    };
    Packet::Subscribe(tidings_core::packet::Subscribe {
        packet_id: crate::support::id(1),
        properties: properties([]),
        filters: (0..count).map(wish).collect(),
    })
}

fn last_reason(broker: &mut Broker, peer: Peer) -> Option<ReasonCode> {
    match broker.take(peer).pop() {
        Some(Packet::Disconnect(last)) => Some(last.reason),
        _ => None,
    }
}

#[test]
fn a_packet_has_a_limited_number_of_filters() {
    let mut broker = Broker::with(limited(|l| l.filters_per_packet_max = 10));
    for version in [Version::V311, Version::V5] {
        for packet in [subscribe, filters] {
            let peer = broker.connect(connect("a", version));
            broker.send(peer, packet(10));
            assert_eq!(broker.cause(peer.conn), None);
            broker.take(peer);
            broker.send(peer, packet(11));
            let quota = ReasonCode::QuotaExceeded;
            match broker.cause(peer.conn) {
                Some(CloseCause::Malformed(error)) => assert_eq!(error.reason, quota),
                other => panic!("{other:?}"),
            }
            let said = last_reason(&mut broker, peer);
            assert_eq!(said, (version == Version::V5).then_some(quota));
        }
    }
}

#[test]
fn the_filters_of_a_session_have_a_limit_in_bytes() {
    let mut broker = Broker::with(limited(|l| l.subscription_bytes_max = 1000));
    let peer = broker.connect(lasting("a", Version::V5));
    let long = |n: usize| format!("{n}/{}", "x".repeat(298));
    let mut ask = |n| {
        let options = SubscribeOptions::default();
        broker.subscribe_with(peer, &long(n), options, None)
    };
    for n in 0..3 {
        assert_eq!(ask(n), ReasonCode::Success);
    }
    assert_eq!(ask(3), ReasonCode::QuotaExceeded);
    assert_eq!(
        ask(2),
        ReasonCode::Success,
        "one that is there may be made again"
    );
    let gone = Packet::Unsubscribe(tidings_core::packet::Unsubscribe {
        packet_id: crate::support::id(1),
        properties: properties([]),
        filters: vec![utf8(&long(1))],
    });
    broker.send(peer, gone);
    broker.take(peer);
    let options = SubscribeOptions::default();
    let reason = broker.subscribe_with(peer, &long(3), options, None);
    assert_eq!(reason, ReasonCode::Success);
}

#[test]
fn what_sessions_keep_of_their_own_has_a_limit() {
    let mut broker = Broker::with(limited(|l| l.session_bytes_total_max = 3000));
    let wish = |name: &str, len: usize| {
        let mut wish = lasting(name, Version::V5);
        wish.will = crate::support::will("will", &"x".repeat(len));
        if let Some(will) = &mut wish.will {
            will.properties = properties([Property::WillDelaySecs(100)]);
        }
        wish
    };
    let first = broker.connect(wish("1", 2000));
    let (_, ack) = broker.try_connect(wish("2", 1500));
    assert_eq!(ack.reason, ReasonCode::QuotaExceeded);
    broker.lose(first);
    let (_, ack) = broker.try_connect(wish("2", 1500));
    assert_eq!(
        ack.reason,
        ReasonCode::QuotaExceeded,
        "it still waits to be said"
    );
    broker.pass(crate::support::secs(100));
    let second = broker.connect(wish("2", 1500));
    let third = broker.connect(wish("3", 1000));
    // A good-bye takes the will with it.
    broker.send(third, crate::support::disconnect(ReasonCode::Success));
    broker.connect(wish("4", 1000));
    broker.lose(second);
    let mut user = connect("5", Version::V311);
    user.username = Some(utf8(&"u".repeat(1000)));
    let (_, ack) = broker.try_connect(user);
    assert_eq!(ack.reason, ReasonCode::ServerUnavailable);
    broker.pass(crate::support::secs(8 * 24 * 3600));
    let state = broker.node.state();
    assert_eq!(state.sessions.len(), 1, "the one that is connected");
}

#[test]
fn assigned_names_are_counted_like_others() {
    let mut broker = Broker::with(limited(|l| l.session_bytes_total_max = 30));
    let (_, ack) = broker.try_connect(lasting("", Version::V5));
    assert_eq!(ack.reason, ReasonCode::Success);
    let (_, ack) = broker.try_connect(lasting("", Version::V5));
    assert_eq!(ack.reason, ReasonCode::QuotaExceeded);
}

/// However little is configured [MQTT-3.1.3-5].
#[test]
fn names_of_23_bytes_are_let_in_and_so_are_assigned_ones() {
    let mut broker = Broker::with(limited(|l| l.client_id_bytes_max = 0));
    for (len, reason) in [
        (23, ReasonCode::Success),
        (24, ReasonCode::ClientIdentifierNotValid),
    ] {
        let (_, ack) = broker.try_connect(connect(&"x".repeat(len), Version::V5));
        assert_eq!(ack.reason, reason, "{len}");
    }
    let (_, ack) = broker.try_connect(lasting("", Version::V5));
    let assigned = ack.properties.iter().find_map(|property| match property {
        Property::AssignedClientId(id) => Some(id),
        _ => None,
    });
    let assigned = assigned.expect("a name");
    let (_, ack) = broker.try_connect(lasting(&assigned, Version::V5));
    assert_eq!(
        (ack.reason, ack.session_present),
        (ReasonCode::Success, true)
    );
}

#[test]
fn what_sessions_keep_does_not_lock_their_clients_out() {
    let mut broker = Broker::with(limited(|l| l.session_bytes_total_max = 3000));
    let wish = |len: usize| {
        let mut wish = lasting("1", Version::V5);
        wish.will = crate::support::will("will", &"x".repeat(len));
        wish
    };
    let first = broker.connect(wish(2000));
    broker.lose(first);
    // It comes back to its session, which then keeps one will and not two.
    let (_, ack) = broker.try_connect(wish(2500));
    assert_eq!(
        (ack.reason, ack.session_present),
        (ReasonCode::Success, true)
    );
    let (_, ack) = broker.try_connect(wish(3000));
    assert_eq!(ack.reason, ReasonCode::QuotaExceeded);
}

#[test]
fn who_does_not_take_answers_is_not_read_from() {
    // By number, and by bytes.
    for (config, packet, most) in [
        (limited(|l| l.answers_max = 10), vec![0xC0, 0], 10),
        (
            limited(|l| l.answers_bytes_max = 4000),
            {
                let mut bytes = Vec::new();
                tidings_core::codec::encode(&subscribe(1000), Version::V5, &mut bytes)
                    .expect("in order");
                bytes
            },
            4,
        ),
    ] {
        let mut broker = Broker::with(config);
        let peer = broker.connect(connect("a", Version::V5));
        let other = broker.connect(connect("b", Version::V5));
        broker.stall(peer, true);
        for _ in 0..100 {
            broker.feed(peer.conn, &packet);
        }
        assert!(broker.is_paused(peer));
        let received = broker.node.stats().packets_received;
        assert!(received <= 2 + most + 1, "{received}");
        broker.feed(other.conn, &[0xC0, 0]);
        assert_eq!(broker.take(other), [Packet::PingResp]);
        // It goes on where it stopped, and nothing is lost.
        broker.stall(peer, false);
        assert!(!broker.is_paused(peer));
        assert_eq!(broker.take(peer).len(), 100);
    }
}

#[test]
fn a_connection_that_goes_while_it_is_paused_leaves_nothing() {
    let mut broker = Broker::with(limited(|l| l.answers_max = 1));
    let peer = broker.connect(connect("a", Version::V5));
    broker.stall(peer, true);
    for _ in 0..10 {
        broker.feed(peer.conn, &[0xC0, 0]);
    }
    broker.lose(peer);
    assert!(broker.node.is_deserted());
}

/// A message that crowds others, whose wills crowd others: the end comes, and not by the stack.
#[test]
fn closing_one_may_close_many() {
    const COUNT: usize = 5_000;
    let mut broker = Broker::with(limited(|l| {
        l.queue_messages_max = 1;
        l.when_full = tidings_core::config::WhenFull::Disconnect;
    }));
    let mut peers = Vec::new();
    for n in 0..COUNT {
        let mut wish = connect(&n.to_string(), Version::V5);
        // Each one's will is heard by the next.
        wish.will = crate::support::will(&format!("{}", n + 1), "gone");
        wish = crate::support::with(wish, [Property::ReceiveMax(1)]);
        let peer = broker.connect(wish);
        broker.subscribe(peer, &n.to_string(), QoS::AtLeastOnce);
        peers.push(peer);
    }
    let speaker = broker.connect(connect("speaker", Version::V5));
    // Everybody has one on its way and one in the queue.
    for n in 0..COUNT {
        for _ in 0..2 {
            let name = n.to_string();
            broker.send(speaker, publish(&name, "x", QoS::AtLeastOnce, Some(1)));
        }
        broker.take(speaker);
    }
    broker.send(speaker, publish("0", "x", QoS::AtLeastOnce, Some(1)));
    let closed = peers
        .iter()
        .filter(|peer| broker.cause(peer.conn).is_some());
    assert_eq!(closed.count(), COUNT);
}

#[test]
fn topics_of_many_levels_and_many_properties_are_borne() {
    let mut config = quiet();
    config.limits.topic_levels_max = usize::MAX;
    let mut broker = Broker::with(config);
    let peer = broker.connect(connect("a", Version::V5));
    let deep = "/".repeat(65_000);
    broker.subscribe(peer, &deep, QoS::AtMostOnce);
    broker.subscribe(peer, &format!("{}#", "+/".repeat(30_000)), QoS::AtMostOnce);
    let many: Vec<_> = (0..100_000)
        .map(|_| Property::UserProperty(utf8(""), utf8("")))
        .collect();
    let message = tidings_core::packet::Publish {
        properties: many.into_iter().collect(),
        ..crate::support::message(&deep, "x", QoS::AtMostOnce, None)
    };
    broker.send(peer, Packet::Publish(message));
    let got = broker.messages(peer);
    assert_eq!(got.len(), 1);
    assert_eq!(got[0].properties.user_properties().count(), 100_000);
}
