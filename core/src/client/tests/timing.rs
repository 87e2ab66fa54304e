//! Keep-alive, patience, reconnecting.

use super::*;

fn at(rig: &Rig, secs: u64) -> Option<Instant> {
    Some(rig.now + Duration::from_secs(secs))
}

#[test]
fn a_quiet_connection_is_kept_alive() {
    let mut rig = Rig::connected(Options {
        keep_alive_secs: 10,
        ..options(Version::V311)
    });
    assert_eq!(rig.client.poll_timeout(), at(&rig, 10));
    // Anything sent postpones the ping.
    rig.wait(4);
    rig.publish("x", QoS::AtMostOnce);
    rig.sent();
    assert_eq!(rig.client.poll_timeout(), at(&rig, 10));
    rig.wait(9);
    rig.client.handle_timeout(rig.now);
    assert_eq!(rig.sent(), []);
    rig.next_timeout();
    rig.client.handle_timeout(rig.now);
    assert_eq!(rig.sent(), [Packet::PingReq]);
    let state = rig.client.state();
    assert_eq!(
        (state.ping_at, state.ping_answer_until),
        (at(&rig, 10), at(&rig, 20))
    );
    rig.events();
    rig.receive([Packet::PingResp]);
    assert_eq!(rig.client.state().ping_answer_until, None);
    assert_eq!(rig.events(), []);
}

#[test]
fn the_server_sets_the_keep_alive() {
    for (ours, theirs, expected) in [
        (10, Some(5), 5),
        (10, None, 10),
        (0, Some(7), 7),
        (10, Some(0), 0),
    ] {
        let mut rig = Rig::opened(Options {
            keep_alive_secs: ours,
            ..options(Version::V5)
        });
        match theirs {
            Some(secs) => rig.accept(false, [Property::ServerKeepAliveSecs(secs)]),
            None => rig.accept(false, []),
        }
        assert_eq!(rig.client.state().keep_alive_secs, expected);
        let due = (expected != 0).then(|| rig.now + Duration::from_secs(expected.into()));
        assert_eq!(rig.client.poll_timeout(), due);
    }
}

#[test]
fn silence_after_a_ping_ends_the_connection() {
    let answer_timeout = Duration::from_secs(15);
    let mut rig = Rig::connected(Options {
        keep_alive_secs: 10,
        answer_timeout,
        ..options(Version::V5)
    });
    rig.next_timeout();
    rig.next_timeout();
    // Two pings are out; the patience counts from the first.
    assert_eq!(rig.sent(), [Packet::PingReq, Packet::PingReq]);
    rig.next_timeout();
    let event = rig.events().into_iter().next();
    assert!(matches!(
        event,
        Some(ClientEvent::Disconnected {
            why: Disconnected::NoPingResp,
            retry_at: Some(_)
        })
    ));
}

#[test]
fn a_long_packet_on_its_way_is_no_silence() {
    let mut rig = Rig::connected(Options {
        keep_alive_secs: 100,
        ..options(Version::V311)
    });
    rig.next_timeout();
    let mut bytes = Vec::new();
    codec::encode(
        &publish(0, QoS::AtMostOnce, false, "a long one"),
        Version::V311,
        &mut bytes,
    )
    .expect("encodable");
    for byte in bytes {
        rig.wait(19);
        rig.client.handle_timeout(rig.now);
        assert!(rig.client.is_connected());
        rig.receive_bytes(&[byte]);
    }
    assert!(matches!(rig.events()[..], [ClientEvent::Message { .. }]));
}

#[test]
fn patience_with_dialling_and_connack_ends() {
    let mut rig = Rig::new(options(Version::V311));
    rig.client.start(rig.now);
    assert_eq!(rig.client.poll_timeout(), at(&rig, 20));
    rig.next_timeout();
    let retry_at = rig.client.poll_timeout();
    let expected = [
        ClientEvent::Dial,
        ClientEvent::Disconnected {
            why: Disconnected::NoTransport,
            retry_at,
        },
        ClientEvent::Hangup,
    ];
    assert_eq!(rig.events(), expected);
    rig.next_timeout();
    rig.client.transport_opened(rig.now);
    rig.sent();
    assert_eq!(rig.client.poll_timeout(), at(&rig, 20));
    rig.next_timeout();
    let retry_at = rig.client.poll_timeout();
    let why = Disconnected::NoConnAck;
    let expected = [
        ClientEvent::Dial,
        ClientEvent::Disconnected { why, retry_at },
        ClientEvent::Hangup,
    ];
    assert_eq!(rig.events(), expected);

    let answer_timeout = Duration::ZERO;
    let mut rig = Rig::opened(Options {
        answer_timeout,
        ..options(Version::V311)
    });
    assert_eq!(rig.client.poll_timeout(), None);
    rig.accept(false, []);
    assert_eq!(rig.client.poll_timeout(), at(&rig, 60));
    rig.next_timeout();
    assert_eq!(rig.client.poll_timeout(), at(&rig, 60));
}

#[test]
fn attempts_come_later_and_later_until_one_lasts() {
    let reconnect = Reconnect::Backoff {
        min: Duration::from_secs(1),
        max: Duration::from_secs(8),
        jitter_percent: 0,
    };
    let mut rig = Rig::new(Options {
        reconnect,
        ..options(Version::V311)
    });
    rig.client.start(rig.now);
    let delay = |rig: &mut Rig, lasted: Option<u64>| {
        if let Some(secs) = lasted {
            rig.client.transport_opened(rig.now);
            rig.accept(false, []);
            rig.wait(secs);
        }
        rig.client.transport_lost(rig.now);
        let until = rig.client.poll_timeout().expect("a next attempt");
        let delay = until.saturating_since(rig.now).as_secs();
        rig.next_timeout();
        rig.events();
        delay
    };
    rig.events();
    let lasted = [
        None,
        None,
        Some(1),
        Some(4),
        None,
        None,
        Some(9),
        Some(2),
        None,
    ];
    let delays = lasted.map(|lasted| delay(&mut rig, lasted));
    assert_eq!(delays, [1, 2, 4, 8, 8, 8, 1, 1, 2]);
}

#[test]
fn never_means_never_and_start_does_not_wait() {
    let reconnect = Reconnect::Never;
    let mut rig = Rig::connected(Options {
        reconnect,
        ..options(Version::V311)
    });
    rig.client.transport_lost(rig.now);
    assert_eq!(rig.client.poll_timeout(), None);
    assert_eq!(rig.client.state().phase, PhaseState::Idle);
    rig.events();
    rig.client.start(rig.now);
    assert_eq!(rig.events(), [ClientEvent::Dial]);
    rig.client.start(rig.now);
    assert_eq!(rig.events(), []);

    let mut rig = Rig::connected(options(Version::V311));
    rig.client.transport_lost(rig.now);
    rig.events();
    rig.client.start(rig.now);
    assert_eq!(rig.events(), [ClientEvent::Dial]);
    rig.client.stop(rig.now, ReasonCode::Success);
    assert_eq!(rig.events().last(), Some(&ClientEvent::Hangup));
}

#[test]
fn time_that_runs_backwards_is_clamped() {
    let mut rig = Rig::connected(Options {
        keep_alive_secs: 10,
        ..options(Version::V311)
    });
    rig.client.ping(rig.now).expect("connected");
    rig.sent();
    let due = rig.client.poll_timeout();
    rig.now = Instant::from_micros(0);
    rig.publish("x", QoS::AtMostOnce);
    rig.sent();
    assert_eq!(rig.client.poll_timeout(), due);
}

#[test]
fn a_clone_goes_on_alike() {
    let mut rig = Rig::connected(lasting(Version::V5));
    rig.publish("x", QoS::ExactlyOnce);
    let mut other = Rig {
        client: rig.client.clone(),
        now: rig.now,
        input: BytesMut::new(),
    };
    for rig in [&mut rig, &mut other] {
        rig.sent();
        rig.receive([Packet::PubRec(ack(1))]);
        rig.reopen();
    }
    assert_eq!(rig.now, other.now);
    assert_eq!(rig.sent_bytes(), other.sent_bytes());
    assert_eq!(rig.client.state(), other.client.state());
}
