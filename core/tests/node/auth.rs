//! Clients about whom somebody outside is asked, once or in an exchange.

use bytes::Bytes;
use tidings_core::config::{Access, Config};
use tidings_core::node::{Answer, CloseCause, Question, Ticket};
use tidings_core::packet::{
    Auth, ConnAck, Connect, Packet, Properties, Property, QoS, ReasonCode, Version,
};

use crate::support::{
    Broker, Peer, VERSIONS, connect, limited, properties, publish, quiet, secs, utf8, with,
};

fn asking() -> Broker {
    Broker::with(Config {
        access: Access::Ask,
        ..quiet()
    })
}

fn allow() -> Answer {
    Answer::Allow {
        username: None,
        data: None,
    }
}

fn deny(reason: ReasonCode, why: Option<&str>) -> Answer {
    Answer::Deny {
        reason,
        reason_string: why.map(utf8),
    }
}

fn answer(broker: &mut Broker, ticket: Ticket, answer: Answer) {
    broker.node.handle_answer(broker.now, ticket, answer);
    broker.settle();
}

/// The only question there is.
fn asked(broker: &mut Broker) -> (Ticket, Question) {
    assert_eq!(broker.asked.len(), 1, "{:?}", broker.asked);
    broker.asked.remove(0)
}

fn exchanging() -> Connect {
    let data = Bytes::from_static(b"first");
    with(
        connect("a", Version::V5),
        [Property::AuthMethod(utf8("M")), Property::AuthData(data)],
    )
}

fn auth(reason: ReasonCode, method: &str, data: &'static [u8]) -> Packet {
    Packet::Auth(Auth {
        reason,
        properties: properties([
            Property::AuthMethod(utf8(method)),
            Property::AuthData(Bytes::from_static(data)),
        ]),
    })
}

fn one(broker: &mut Broker, peer: Peer) -> Packet {
    let mut packets = broker.take(peer);
    assert_eq!(packets.len(), 1, "{packets:?}");
    packets.remove(0)
}

fn connack(broker: &mut Broker, peer: Peer) -> ConnAck {
    match one(broker, peer) {
        Packet::ConnAck(ack) => ack,
        other => panic!("{other:?}"),
    }
}

#[test]
fn nothing_happens_before_the_answer() {
    for version in VERSIONS {
        let mut broker = asking();
        let mut wish = connect("a", version);
        wish.username = Some(utf8("user"));
        wish.password = Some(Bytes::from_static(b"\0secret"));
        let peer = broker.dial(wish);
        // It need not wait for CONNACK to say more.
        broker.send(peer, publish("t", "x", QoS::AtLeastOnce, Some(1)));
        assert!(broker.take(peer).is_empty());
        assert!(broker.is_paused(peer));
        let (ticket, question) = asked(&mut broker);
        let expected = Question::Connect {
            conn: peer.conn,
            version,
            client_id: utf8("a"),
            username: Some(utf8("user")),
            password: Some(Bytes::from_static(b"\0secret")),
            method: None,
        };
        assert_eq!(question, expected);
        answer(&mut broker, ticket, allow());
        let kinds: Vec<_> = broker.take(peer).iter().map(Packet::kind).collect();
        use tidings_core::packet::PacketKind::{ConnAck, PubAck};
        assert_eq!(kinds, [ConnAck, PubAck], "{version}");
        // An answer that comes twice means nothing.
        answer(&mut broker, ticket, deny(ReasonCode::Banned, None));
        assert_eq!(broker.cause(peer.conn), None);
    }
}

#[test]
fn a_refusal_is_told_with_its_reason() {
    for (version, reason, told) in [
        (Version::V5, ReasonCode::Banned, ReasonCode::Banned),
        (Version::V311, ReasonCode::Banned, ReasonCode::NotAuthorized),
        (
            Version::V31,
            ReasonCode::BadUserNameOrPassword,
            ReasonCode::BadUserNameOrPassword,
        ),
        (
            Version::V5,
            ReasonCode::Success,
            ReasonCode::UnspecifiedError,
        ),
    ] {
        let mut broker = asking();
        let peer = broker.dial(connect("a", version));
        let (ticket, _) = asked(&mut broker);
        answer(&mut broker, ticket, deny(reason, Some("not today")));
        let ack = connack(&mut broker, peer);
        assert_eq!(ack.reason, told);
        let why = (version == Version::V5).then(|| utf8("not today"));
        assert_eq!(ack.properties.reason_string(), why);
        assert_eq!(broker.cause(peer.conn), Some(CloseCause::Refused(reason)));
        assert!(broker.node.is_deserted());
    }
}

#[test]
fn what_was_free_when_asked_may_be_taken_when_answered() {
    let mut broker = Broker::with(Config {
        access: Access::Ask,
        ..limited(|limits| limits.sessions_max = 1)
    });
    let peers = ["a", "b"].map(|name| broker.dial(connect(name, Version::V5)));
    let tickets: Vec<Ticket> = broker.asked.drain(..).map(|(ticket, _)| ticket).collect();
    for ticket in tickets {
        answer(&mut broker, ticket, allow());
    }
    let reasons = peers.map(|peer| connack(&mut broker, peer).reason);
    assert_eq!(reasons, [ReasonCode::Success, ReasonCode::QuotaExceeded]);
}

#[test]
fn an_exchange_takes_as_many_steps_as_it_takes() {
    let mut broker = asking();
    let peer = broker.dial(exchanging());
    let (ticket, question) = asked(&mut broker);
    match question {
        Question::Connect { method, .. } => {
            let data = Some(Bytes::from_static(b"first"));
            assert_eq!(method, Some((utf8("M"), data)));
        }
        other => panic!("{other:?}"),
    }
    let mut ticket = ticket;
    for step in [&b"2"[..], b"3"] {
        let challenge = Answer::Challenge(Some(Bytes::from_static(b"?")));
        answer(&mut broker, ticket, challenge);
        assert_eq!(
            one(&mut broker, peer),
            auth(ReasonCode::ContinueAuthentication, "M", b"?")
        );
        let step: &'static [u8] = step;
        broker.send(peer, auth(ReasonCode::ContinueAuthentication, "M", step));
        let (next, question) = asked(&mut broker);
        let expected = Question::Auth {
            conn: peer.conn,
            method: utf8("M"),
            data: Some(Bytes::from_static(step)),
            again: false,
        };
        assert_eq!(question, expected);
        ticket = next;
    }
    let last = Answer::Allow {
        username: Some(utf8("known as")),
        data: Some(Bytes::from_static(b"welcome")),
    };
    answer(&mut broker, ticket, last);
    let ack = connack(&mut broker, peer);
    assert_eq!(ack.reason, ReasonCode::Success);
    assert_eq!(ack.properties.auth_method(), Some(utf8("M")));
    assert_eq!(
        ack.properties.auth_data(),
        Some(Bytes::from_static(b"welcome"))
    );

    // Later the client may begin anew, and goes on working meanwhile.
    broker.send(peer, auth(ReasonCode::ReAuthenticate, "M", b"again"));
    let (ticket, question) = asked(&mut broker);
    assert!(matches!(question, Question::Auth { again: true, .. }));
    answer(&mut broker, ticket, Answer::Challenge(None));
    let challenge = Packet::Auth(Auth {
        reason: ReasonCode::ContinueAuthentication,
        properties: properties([Property::AuthMethod(utf8("M"))]),
    });
    assert_eq!(one(&mut broker, peer), challenge);
    broker.send(peer, publish("t", "x", QoS::AtLeastOnce, Some(1)));
    assert!(matches!(one(&mut broker, peer), Packet::PubAck(_)));
    broker.send(peer, auth(ReasonCode::ContinueAuthentication, "M", b"4"));
    let (ticket, _) = asked(&mut broker);
    answer(&mut broker, ticket, allow());
    match one(&mut broker, peer) {
        Packet::Auth(auth) => assert_eq!(auth.reason, ReasonCode::Success),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_failed_re_authentication_ends_the_connection() {
    let mut broker = asking();
    let peer = broker.dial(exchanging());
    let (ticket, _) = asked(&mut broker);
    answer(&mut broker, ticket, allow());
    broker.take(peer);
    broker.send(peer, auth(ReasonCode::ReAuthenticate, "M", b"again"));
    let (ticket, _) = asked(&mut broker);
    // DISCONNECT has no such code: the nearest is said, and the sentence stays.
    let denied = deny(ReasonCode::BadUserNameOrPassword, Some("expired"));
    answer(&mut broker, ticket, denied);
    match one(&mut broker, peer) {
        Packet::Disconnect(last) => {
            assert_eq!(last.reason, ReasonCode::NotAuthorized);
            assert_eq!(last.properties.reason_string(), Some(utf8("expired")));
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn auth_out_of_turn_or_by_another_method_ends_the_connection() {
    type Turn = (&'static str, fn(&mut Broker, Peer));
    let turns: [Turn; 4] = [
        ("another method", |b, p| {
            b.send(p, auth(ReasonCode::ReAuthenticate, "N", b""));
        }),
        ("an answer to nothing", |b, p| {
            b.send(p, auth(ReasonCode::ContinueAuthentication, "M", b""));
        }),
        ("two beginnings", |b, p| {
            b.send(p, auth(ReasonCode::ReAuthenticate, "M", b""));
            let (ticket, _) = asked(b);
            answer(b, ticket, Answer::Challenge(None));
            b.send(p, auth(ReasonCode::ReAuthenticate, "M", b""));
        }),
        ("a second CONNECT", |b, p| b.feed(p.conn, &[0x10, 0])),
    ];
    for (name, turn) in turns {
        let mut broker = asking();
        let peer = broker.dial(exchanging());
        let (ticket, _) = asked(&mut broker);
        answer(&mut broker, ticket, allow());
        broker.take(peer);
        turn(&mut broker, peer);
        match broker.take(peer).pop() {
            Some(Packet::Disconnect(last)) => {
                assert_eq!(last.reason, ReasonCode::ProtocolError, "{name}");
            }
            other => panic!("{name}: {other:?}"),
        }
    }
    // Before CONNACK there is no DISCONNECT: CONNACK refuses.
    for wrong in [
        auth(ReasonCode::ContinueAuthentication, "N", b""),
        auth(ReasonCode::ReAuthenticate, "M", b""),
        Packet::PingReq,
        publish("t", "x", QoS::AtMostOnce, None),
    ] {
        let mut broker = asking();
        let peer = broker.dial(exchanging());
        let (ticket, _) = asked(&mut broker);
        answer(&mut broker, ticket, Answer::Challenge(None));
        broker.take(peer);
        broker.send(peer, wrong);
        let ack = connack(&mut broker, peer);
        assert_eq!(ack.reason, ReasonCode::ProtocolError);
        assert!(broker.node.is_deserted());
    }
}

#[test]
fn a_challenge_to_who_named_no_method_is_a_refusal() {
    let mut broker = asking();
    let peer = broker.dial(connect("a", Version::V5));
    let (ticket, _) = asked(&mut broker);
    answer(&mut broker, ticket, Answer::Challenge(None));
    assert_eq!(connack(&mut broker, peer).reason, ReasonCode::NotAuthorized);
}

#[test]
fn an_answer_that_does_not_come_is_a_refusal_too() {
    let mut broker = asking();
    let slow = broker.dial(connect("slow", Version::V5));
    let lost = broker.dial(connect("lost", Version::V5));
    let tickets: Vec<_> = broker.asked.drain(..).map(|(ticket, _)| ticket).collect();
    broker.lose(lost);
    broker.pass(secs(10));
    assert_eq!(
        connack(&mut broker, slow).reason,
        ReasonCode::ServerUnavailable
    );
    assert_eq!(broker.cause(slow.conn), Some(CloseCause::ConnectTimeout));
    // Too late, also for those who have the same place now.
    let next = broker.dial(connect("next", Version::V5));
    for ticket in tickets {
        answer(&mut broker, ticket, allow());
    }
    assert!(broker.take(next).is_empty());
    let (ticket, _) = asked(&mut broker);
    answer(&mut broker, ticket, allow());
    assert_eq!(connack(&mut broker, next).reason, ReasonCode::Success);
}

#[test]
fn without_anybody_to_ask_there_is_no_method() {
    let mut broker = Broker::new();
    let (_, ack) = broker.try_connect(exchanging());
    assert_eq!(ack.reason, ReasonCode::BadAuthenticationMethod);
    assert_eq!(Properties::EMPTY, properties([]));
}
