//! Connections and sessions: how they begin, go on, are taken over and end.

use tidings_core::node::{CloseCause, Command};
use tidings_core::packet::{Connect, Disconnect, Packet, Property, QoS, ReasonCode, Version};

use crate::support::{
    Broker, Peer, VERSIONS, connect, disconnect, lasting, limited, publish, quiet, secs, utf8, with,
};

fn expiring(secs: u32) -> Connect {
    let connect = Connect {
        clean_start: false,
        ..connect("a", Version::V5)
    };
    with(connect, [Property::SessionExpirySecs(secs)])
}

fn last(broker: &mut Broker, peer: Peer) -> Disconnect {
    match broker.take(peer).pop() {
        Some(Packet::Disconnect(last)) => last,
        other => panic!("{other:?} instead of DISCONNECT"),
    }
}

#[test]
fn a_session_goes_on_or_begins_as_the_flags_say() {
    for version in VERSIONS {
        let clean = |clean_start| Connect {
            clean_start,
            ..lasting("a", version)
        };
        let mut broker = Broker::new();
        for (clean_start, present) in [(false, false), (false, true), (true, false), (false, true)]
        {
            // A clean session of the older versions ends with its connection.
            let present =
                present && !(version != Version::V5 && broker.node.state().sessions.is_empty());
            let (peer, ack) = broker.try_connect(clean(clean_start));
            // 3.1 has no Session Present to tell.
            let told = present && version != Version::V31;
            assert_eq!(ack.session_present, told, "{version}");
            let kept = broker.node.state().sessions[0].subscriptions.len();
            assert_eq!(kept, usize::from(present), "{version}");
            broker.subscribe(peer, "t", QoS::AtLeastOnce);
            broker.send(peer, disconnect(ReasonCode::Success));
        }
    }
}

#[test]
fn a_session_lasts_as_long_as_it_says() {
    for (asked, away, present) in [
        (0, 0, false),
        (10, 9, true),
        (10, 10, false),
        (u32::MAX, 100_000_000, true),
    ] {
        let mut config = quiet();
        config.limits.session_expiry_secs_max = u32::MAX;
        let mut broker = Broker::with(config);
        let peer = broker.connect(expiring(asked));
        broker.pass(secs(100)); // Only absence counts.
        broker.lose(peer);
        broker.pass(secs(away));
        let (_, ack) = broker.try_connect(expiring(asked));
        assert_eq!(ack.session_present, present, "{asked} s, away {away} s");
    }
}

#[test]
fn older_sessions_expire_as_configured() {
    for (away, present) in [(59, true), (60, false)] {
        let mut broker = Broker::with(limited(|l| l.session_expiry_secs_v3 = 60));
        let peer = broker.connect(lasting("a", Version::V311));
        broker.send(peer, disconnect(ReasonCode::Success));
        broker.pass(secs(away));
        let (_, ack) = broker.try_connect(lasting("a", Version::V311));
        assert_eq!(ack.session_present, present);
    }
}

#[test]
fn disconnect_may_change_the_expiry() {
    for (connect_secs, said, away, present) in [
        (10, Some(100), 50, true),
        (100, Some(0), 0, false),
        (100, Some(10), 50, false),
        (100, None, 50, true),
    ] {
        let mut broker = Broker::new();
        let peer = broker.connect(expiring(connect_secs));
        broker.send(
            peer,
            Packet::Disconnect(Disconnect {
                reason: ReasonCode::Success,
                properties: said.map(Property::SessionExpirySecs).into_iter().collect(),
            }),
        );
        assert_eq!(
            broker.cause(peer.conn),
            Some(CloseCause::ByClient(ReasonCode::Success))
        );
        broker.pass(secs(away));
        let (_, ack) = broker.try_connect(expiring(0));
        assert_eq!(ack.session_present, present, "{connect_secs} {said:?}");
    }
}

#[test]
fn what_differs_from_the_wishes_is_announced() {
    let mut config = limited(|l| {
        l.session_expiry_secs_max = 1000;
        l.keep_alive_secs_max = 30;
        l.topic_alias_in_max = 7;
        l.packet_bytes_max = 5000;
    });
    config.qos_max = QoS::AtLeastOnce;
    config.retain_available = false;
    let mut broker = Broker::with(config);
    let wish = Connect {
        keep_alive_secs: 60,
        ..expiring(2000)
    };
    let (_, ack) = broker.try_connect(wish);
    let told = &ack.properties;
    assert_eq!(told.session_expiry_secs(), Some(1000));
    assert_eq!(told.server_keep_alive_secs(), Some(30));
    assert_eq!(told.topic_alias_max(), Some(7));
    assert_eq!(told.max_packet_size().map(u32::from), Some(5000));
    assert_eq!(told.max_qos(), Some(QoS::AtLeastOnce));
    assert_eq!(told.retain_available(), Some(false));
    assert_eq!(told.assigned_client_id(), None);
    // What is as wished is not.
    let fitting = Connect {
        keep_alive_secs: 20,
        ..expiring(500)
    };
    let (_, ack) = broker.try_connect(fitting);
    assert_eq!(ack.properties.session_expiry_secs(), None);
    assert_eq!(ack.properties.server_keep_alive_secs(), None);
    // No keep-alive at all is longer than any.
    let (_, ack) = broker.try_connect(expiring(500));
    assert_eq!(ack.properties.server_keep_alive_secs(), Some(30));
    // The older versions have no way to be told.
    let (_, ack) = broker.try_connect(connect("older", Version::V311));
    assert!(ack.properties.is_empty());
}

#[test]
fn what_was_announced_as_missing_is_not_to_be_used() {
    let mut config = quiet();
    config.qos_max = QoS::AtLeastOnce;
    config.retain_available = false;
    let mut broker = Broker::with(config);
    let peer = broker.connect(connect("a", Version::V5));
    broker.send(peer, publish("t", "x", QoS::ExactlyOnce, Some(1)));
    assert_eq!(last(&mut broker, peer).reason, ReasonCode::QoSNotSupported);
    let peer = broker.connect(connect("a", Version::V5));
    broker.send(peer, crate::support::keep("t", "x"));
    assert_eq!(
        last(&mut broker, peer).reason,
        ReasonCode::RetainNotSupported
    );
    // A subscription is granted what there is.
    let peer = broker.connect(connect("a", Version::V5));
    let wish = tidings_core::packet::SubscribeOptions {
        qos: QoS::ExactlyOnce,
        ..Default::default()
    };
    let granted = broker.subscribe_with(peer, "t", wish, None);
    assert_eq!(granted, ReasonCode::GrantedQoS1);
    for (qos, retain, reason) in [
        (QoS::ExactlyOnce, false, ReasonCode::QoSNotSupported),
        (QoS::AtMostOnce, true, ReasonCode::RetainNotSupported),
    ] {
        let mut with_will = connect("will", Version::V5);
        with_will.will = crate::support::will("w", "x").map(|will| tidings_core::packet::Will {
            qos,
            retain,
            ..will
        });
        let (peer, ack) = broker.try_connect(with_will);
        assert_eq!(ack.reason, reason);
        assert_eq!(broker.cause(peer.conn), Some(CloseCause::Refused(reason)));
    }
}

#[test]
fn an_empty_client_id_is_assigned_one_where_there_can_be_one() {
    let mut broker = Broker::new();
    let mut seen = std::collections::BTreeSet::new();
    for _ in 0..10 {
        let (_, ack) = broker.try_connect(connect("", Version::V5));
        let id = ack.properties.assigned_client_id().expect("assigned");
        assert!(seen.insert(id.to_string()));
        // It can be used to come back.
        let (_, ack) = broker.try_connect(connect(&id, Version::V5));
        assert_eq!(ack.properties.assigned_client_id(), None);
    }
    broker.connect(connect("", Version::V311));
    for (version, clean_start) in [
        (Version::V311, false), // 3.1.1 [MQTT-3.1.3-8]
        (Version::V31, true),   // 3.1, section 3.1: one character at least.
        (Version::V31, false),
    ] {
        let nameless = Connect {
            clean_start,
            ..connect("", version)
        };
        let (peer, ack) = broker.try_connect(nameless);
        assert_eq!(
            ack.reason,
            ReasonCode::ClientIdentifierNotValid,
            "{version}"
        );
        let refused = CloseCause::Refused(ReasonCode::ClientIdentifierNotValid);
        assert_eq!(broker.cause(peer.conn), Some(refused));
    }
}

#[test]
fn silence_ends_a_connection_at_one_and_a_half_keep_alives() {
    for version in VERSIONS {
        let mut broker = Broker::new();
        let mut wish = connect("a", version);
        wish.keep_alive_secs = 10;
        let peer = broker.connect(wish);
        let millis = std::time::Duration::from_millis;
        for _ in 0..3 {
            broker.pass(millis(14_900));
            assert_eq!(broker.cause(peer.conn), None);
            broker.feed(peer.conn, &[0xC0, 0]);
        }
        broker.take(peer);
        broker.pass(millis(14_999));
        // Half a packet is none.
        broker.feed(peer.conn, &[0xC0]);
        assert_eq!(broker.cause(peer.conn), None);
        broker.pass(millis(1));
        assert_eq!(broker.cause(peer.conn), Some(CloseCause::KeepAliveTimeout));
        match version {
            Version::V5 => {
                assert_eq!(last(&mut broker, peer).reason, ReasonCode::KeepAliveTimeout);
            }
            _ => assert!(broker.take(peer).is_empty()),
        }
        let peer = broker.connect(connect("b", version));
        broker.pass(secs(1_000_000));
        assert_eq!(broker.cause(peer.conn), None, "0 is for ever");
    }
}

#[test]
fn the_same_client_id_takes_over() {
    for version in VERSIONS {
        for clean_start in [false, true] {
            let mut broker = Broker::new();
            let old = broker.connect(lasting("same", version));
            broker.subscribe(old, "t", QoS::AtLeastOnce);
            let new = Connect {
                clean_start,
                ..lasting("same", version)
            };
            let (new, ack) = broker.try_connect(new);
            let present = !clean_start;
            assert_eq!(ack.session_present, present && version != Version::V31);
            assert_eq!(broker.cause(old.conn), Some(CloseCause::TakenOver));
            if version == Version::V5 {
                assert_eq!(last(&mut broker, old).reason, ReasonCode::SessionTakenOver);
            }
            // What the old connection still sends is nobody's word any more.
            broker.feed(old.conn, b"\x30\x04\x00\x01tx");
            let speaker = broker.connect(connect("speaker", Version::V5));
            broker.say(speaker, "t", "new");
            let expected: &[&str] = if present { &["new"] } else { &[] };
            assert_eq!(broker.payloads(new), expected, "{version} {clean_start}");
            assert_eq!(broker.node.state().connections.len(), 2);
        }
    }
}

#[test]
fn a_client_has_to_say_who_it_is_in_time() {
    let mut broker = Broker::new();
    let silent = broker.open();
    let slow = broker.open();
    broker.feed(slow, b"\x10\x0D\x00\x04MQTT");
    broker.pass(std::time::Duration::from_millis(9_999));
    assert_eq!((broker.cause(silent), broker.cause(slow)), (None, None));
    broker.pass(std::time::Duration::from_millis(1));
    for conn in [silent, slow] {
        assert_eq!(broker.cause(conn), Some(CloseCause::ConnectTimeout));
        assert!(broker.raw(conn).is_empty());
    }
    assert!(broker.node.is_deserted());
}

#[test]
fn one_connection_or_session_too_many_is_refused() {
    let mut broker = Broker::with(limited(|l| {
        l.connections_max = 2;
        l.sessions_max = 3;
    }));
    let first = broker.connect(lasting("1", Version::V5));
    let second = broker.connect(lasting("2", Version::V5));
    let (_, ack) = broker.try_connect(lasting("3", Version::V5));
    assert_eq!(ack.reason, ReasonCode::ServerBusy);
    let (_, ack) = broker.try_connect(lasting("3", Version::V311));
    assert_eq!(ack.reason, ReasonCode::ServerUnavailable);
    broker.lose(first);
    let third = broker.connect(lasting("3", Version::V5));
    broker.lose(second);
    let (_, ack) = broker.try_connect(lasting("4", Version::V5));
    assert_eq!(ack.reason, ReasonCode::QuotaExceeded);
    // Who has a session may have it back.
    let (_, ack) = broker.try_connect(lasting("1", Version::V5));
    assert!(ack.session_present);
    assert_eq!(broker.cause(third.conn), None);
    let long = "x".repeat(257);
    broker.lose(third);
    let (_, ack) = broker.try_connect(connect(&long, Version::V5));
    assert_eq!(ack.reason, ReasonCode::ClientIdentifierNotValid);
}

#[test]
fn a_drain_sends_everybody_elsewhere() {
    for (reason, to_newcomers) in [
        (ReasonCode::UseAnotherServer, ReasonCode::UseAnotherServer),
        (ReasonCode::ServerMoved, ReasonCode::ServerMoved),
        // CONNACK has no such code; what it has is the nearest.
        (
            ReasonCode::ServerShuttingDown,
            ReasonCode::ServerUnavailable,
        ),
        (
            ReasonCode::AdministrativeAction,
            ReasonCode::ServerUnavailable,
        ),
    ] {
        let mut broker = Broker::new();
        let five = broker.connect(lasting("five", Version::V5));
        let older = broker.connect(connect("older", Version::V311));
        let nobody = broker.open();
        let server_reference = Some(utf8("other.example:1883"));
        broker.node.handle_command(
            broker.now,
            Command::Drain {
                reason,
                server_reference: server_reference.clone(),
            },
        );
        let told = last(&mut broker, five);
        assert_eq!(told.reason, reason);
        assert_eq!(told.properties.server_reference(), server_reference);
        assert!(broker.take(older).is_empty());
        for conn in [five.conn, older.conn, nobody] {
            assert_eq!(broker.cause(conn), Some(CloseCause::Administrative(reason)));
        }
        let (peer, ack) = broker.try_connect(connect("late", Version::V5));
        assert_eq!(ack.reason, to_newcomers);
        assert_eq!(ack.properties.server_reference(), server_reference);
        assert!(broker.cause(peer.conn).is_some());
        let (_, ack) = broker.try_connect(connect("late", Version::V311));
        assert_eq!(ack.reason, ReasonCode::ServerUnavailable);
        assert_eq!(
            broker.node.state().sessions.len(),
            1,
            "a lasting session stays"
        );
    }
}

#[test]
fn an_operator_may_send_one_client_away() {
    let mut broker = Broker::new();
    let peer = broker.connect(connect("a", Version::V5));
    let other = broker.connect(connect("b", Version::V5));
    for (client_id, reason) in [
        ("nobody", ReasonCode::AdministrativeAction),
        // Not one of DISCONNECT's: said as the nearest that is.
        ("a", ReasonCode::Banned),
    ] {
        let client_id = utf8(client_id);
        let command = Command::Disconnect { client_id, reason };
        broker.node.handle_command(broker.now, command);
    }
    assert_eq!(last(&mut broker, peer).reason, ReasonCode::NotAuthorized);
    assert!(broker.take(other).is_empty() && broker.cause(other.conn).is_none());
}

#[test]
fn an_emptied_node_is_empty() {
    let mut broker = Broker::new();
    for version in VERSIONS {
        let name = version.to_string();
        let mut wish = lasting(&name, version);
        wish.keep_alive_secs = 5;
        let peer = broker.connect(wish);
        broker.subscribe(peer, "a/+/#", QoS::ExactlyOnce);
        broker.subscribe(peer, "$share/g/a/#", QoS::ExactlyOnce);
        broker.send(peer, publish("a/b", "x", QoS::ExactlyOnce, Some(1)));
        broker.send(peer, crate::support::keep("a/c", ""));
    }
    broker.pass(secs(10));
    assert!(broker.node.state().connections.is_empty());
    broker.pass(secs(8 * 24 * 3600));
    assert!(broker.node.is_deserted());
    assert_eq!(broker.node.poll_timeout(), None);
}

#[test]
fn properties_of_connect_may_be_many() {
    let mut broker = Broker::new();
    let all: Vec<_> = (0..500)
        .map(|n: u32| Property::UserProperty(utf8("name"), utf8(&n.to_string())))
        .collect();
    let mut wish = connect("a", Version::V5);
    wish.properties = tidings_core::packet::Properties::build(all);
    broker.connect(wish);
}
