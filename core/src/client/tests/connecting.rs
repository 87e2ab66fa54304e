//! CONNECT, CONNACK, AUTH, DISCONNECT.

use super::*;
use crate::packet::{Auth, Connect, Disconnect, Will};

fn connect_of(options: Options) -> Connect {
    match &Rig::opened(options).sent()[..] {
        [Packet::Connect(connect)] => (**connect).clone(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn connect_is_these_bytes() {
    let cases: [(Version, &[u8]); 3] = [
        (
            Version::V31,
            b"\x10\x0f\x00\x06MQIsdp\x03\x02\x00\x3c\x00\x01c",
        ),
        (
            Version::V311,
            b"\x10\x0d\x00\x04MQTT\x04\x02\x00\x3c\x00\x01c",
        ),
        (
            Version::V5,
            b"\x10\x0e\x00\x04MQTT\x05\x02\x00\x3c\x00\x00\x01c",
        ),
    ];
    for (version, bytes) in cases {
        assert_eq!(
            Rig::opened(options(version)).sent_bytes(),
            bytes,
            "{version:?}"
        );
    }
}

#[test]
fn connect_carries_every_option() {
    let will = Will {
        qos: QoS::ExactlyOnce,
        retain: true,
        topic: topic("gone"),
        payload: Bytes::from_static(b"bye"),
        properties: Properties::build([Property::WillDelaySecs(5)]),
    };
    let text = Utf8::from_static;
    for version in VERSIONS {
        let connect = connect_of(Options {
            clean_start: false,
            keep_alive_secs: 7,
            session_expiry_secs: 8,
            receive_max: NonZeroU16::new(9).expect("not zero"),
            max_packet_bytes: 1000,
            topic_alias_max: 10,
            request_response_information: true,
            request_problem_information: false,
            user_properties: [(text("a"), text("b"))].into(),
            auth: Some((text("method"), Some(Bytes::from_static(b"data")))),
            will: Some(will.clone()),
            username: Some(text("user")),
            password: Some(Bytes::from_static(b"secret")),
            ..options(version)
        });
        let v5 = version == Version::V5;
        let properties = Properties::build([
            Property::SessionExpirySecs(8),
            Property::ReceiveMax(9),
            Property::MaxPacketSize(1000),
            Property::TopicAliasMax(10),
            Property::RequestResponseInformation(true),
            Property::RequestProblemInformation(false),
            Property::AuthMethod(text("method")),
            Property::AuthData(Bytes::from_static(b"data")),
            Property::UserProperty(text("a"), text("b")),
        ]);
        let none = Properties::default();
        let expected = Connect {
            version,
            bridge: false,
            clean_start: false,
            keep_alive_secs: 7,
            client_id: text("c"),
            will: Some(Will {
                properties: if v5 {
                    will.properties.clone()
                } else {
                    none.clone()
                },
                ..will.clone()
            }),
            username: Some(text("user")),
            password: Some(Bytes::from_static(b"secret")),
            properties: if v5 { properties } else { none },
        };
        assert_eq!(connect, expected);
    }
}

#[test]
fn a_password_alone_needs_5_0() {
    for version in VERSIONS {
        let password = Some(Bytes::from_static(b"secret"));
        let connect = connect_of(Options {
            password,
            ..options(version)
        });
        assert_eq!(connect.password.is_some(), version == Version::V5);
    }
}

#[test]
fn an_empty_client_id_is_clean_before_5_0() {
    for version in VERSIONS {
        let client_id = Utf8::from_static("");
        let connect = connect_of(Options {
            client_id,
            clean_start: false,
            ..options(version)
        });
        assert_eq!(connect.clean_start, version != Version::V5);
    }
}

#[test]
fn an_assigned_client_id_is_kept() {
    let client_id = Utf8::from_static("");
    let assigned = Utf8::from_static("made-up");
    let options = Options {
        client_id,
        ..lasting(Version::V5)
    };
    let mut rig = Rig::connected_with(options, [Property::AssignedClientId(assigned.clone())]);
    assert_eq!(rig.client.client_id(), &assigned);
    rig.reopen();
    assert!(matches!(&rig.sent()[..], [Packet::Connect(c)] if c.client_id == assigned));
}

#[test]
fn nothing_else_leaves_before_connack() {
    let mut rig = Rig::opened(options(Version::V311));
    rig.publish("x", QoS::AtMostOnce);
    assert!(matches!(&rig.sent()[..], [Packet::Connect(_)]));
    assert_eq!(rig.client.ping(rig.now), Err(ClientError::NotConnected));
    rig.receive([connack(false, [])]);
    assert_eq!(rig.sent().len(), 1);
}

#[test]
fn clean_start_counts_for_the_first_connection() {
    let clean = |rig: &mut Rig| match &rig.sent()[..] {
        [Packet::Connect(connect)] => connect.clean_start,
        other => panic!("{other:?}"),
    };
    // Version, clean start, session expiry; then: first, after a loss, after stop and start.
    let cases = [
        (Version::V5, true, 100, [true, false, true]),
        (Version::V5, true, 0, [true, true, true]),
        (Version::V5, false, 100, [false, false, false]),
        (Version::V311, true, 100, [true, true, true]),
        (Version::V311, false, 0, [false, false, false]),
        (Version::V31, false, 0, [false, false, false]),
    ];
    for (version, clean_start, session_expiry_secs, expected) in cases {
        let options = Options {
            clean_start,
            session_expiry_secs,
            ..options(version)
        };
        let mut rig = Rig::opened(options);
        let first = clean(&mut rig);
        // An attempt without CONNACK does not count.
        rig.reopen();
        assert_eq!(clean(&mut rig), first);
        rig.receive([connack(false, [])]);
        rig.reopen();
        let second = clean(&mut rig);
        let present = !second && version != Version::V31;
        rig.receive([connack(present, [])]);
        rig.client.stop(rig.now, ReasonCode::Success);
        rig.sent();
        rig.client.start(rig.now);
        rig.client.transport_opened(rig.now);
        assert_eq!(
            [first, second, clean(&mut rig)],
            expected,
            "{version:?} {clean_start}"
        );
    }
}

#[test]
fn a_refusal_is_reported_and_tried_again() {
    let cases: [(Version, &[u8], ReasonCode); 3] = [
        (Version::V31, b"\x20\x02\x00\x05", ReasonCode::NotAuthorized),
        (
            Version::V311,
            b"\x20\x02\x00\x04",
            ReasonCode::BadUserNameOrPassword,
        ),
        (Version::V5, b"\x20\x03\x00\x8a\x00", ReasonCode::Banned),
    ];
    for (version, bytes, reason) in cases {
        let mut rig = Rig::opened(options(version));
        rig.sent();
        rig.receive_bytes(bytes);
        let retry = rig.client.poll_timeout();
        assert!(retry.is_some());
        match &rig.events()[..] {
            [ClientEvent::Refused { ack, retry_at }, ClientEvent::Hangup] => {
                assert_eq!((ack.reason, *retry_at), (reason, retry));
            }
            other => panic!("{other:?}"),
        }
        assert_eq!(rig.sent(), []);
    }
}

#[test]
fn stop_says_goodbye_after_what_may_still_be_sent() {
    for version in VERSIONS {
        let mut rig = Rig::connected(lasting(version));
        rig.publish("zero", QoS::AtMostOnce);
        let one = rig.publish("one", QoS::AtLeastOnce);
        rig.client.stop(rig.now, ReasonCode::Success);
        let goodbye = Disconnect {
            reason: ReasonCode::Success,
            properties: Properties::default(),
        };
        let expected = [
            publish(0, QoS::AtMostOnce, false, "zero"),
            publish(1, QoS::AtLeastOnce, false, "one"),
            Packet::Disconnect(goodbye),
        ];
        assert_eq!(rig.sent(), expected);
        let events = rig.events();
        let stopped = ClientEvent::Disconnected {
            why: Disconnected::Stopped,
            retry_at: None,
        };
        assert_eq!(events[..2], [stopped, ClientEvent::Hangup]);
        assert_eq!(rig.client.poll_timeout(), None);
        // The session is kept, and with it the message.
        assert_eq!(rig.client.state().outgoing[0].token, one);
        rig.client
            .handle_bytes(rig.now, &mut BytesMut::from(&b"late"[..]));
        rig.client.transport_lost(rig.now);
        assert_eq!(rig.events(), []);
    }
}

#[test]
fn an_unusual_end_keeps_the_will() {
    let reasons = [
        (
            ReasonCode::DisconnectWithWill,
            ReasonCode::DisconnectWithWill,
        ),
        (ReasonCode::NotAuthorized, ReasonCode::UnspecifiedError),
    ];
    for (given, expected) in reasons {
        for version in VERSIONS {
            let mut rig = Rig::connected(options(version));
            rig.client.stop(rig.now, given);
            let sent = rig.sent();
            match version {
                Version::V5 => {
                    assert!(matches!(&sent[..], [Packet::Disconnect(d)] if d.reason == expected))
                }
                _ => assert_eq!(sent, []),
            }
        }
    }
    let mut rig = Rig::connected(options(Version::V311));
    rig.publish("never leaves", QoS::AtMostOnce);
    rig.client.abort(rig.now);
    assert_eq!(rig.sent(), []);
    assert_eq!(rig.events().last(), Some(&ClientEvent::Hangup));
}

#[test]
fn disconnect_may_change_the_session_expiry() {
    for (before, during, after) in [(100, 0, false), (100, 7, true), (0, 7, false)] {
        let mut rig = Rig::connected(Options {
            session_expiry_secs: before,
            ..options(Version::V5)
        });
        rig.client.stop_with(
            rig.now,
            Disconnect {
                reason: ReasonCode::Success,
                properties: Properties::build([Property::SessionExpirySecs(during)]),
            },
        );
        let sent = rig.sent();
        let told = (before != 0).then_some(during);
        assert!(matches!(&sent[..], [Packet::Disconnect(d)]
            if d.properties.session_expiry_secs() == told));
        assert_eq!(rig.client.state().session, after);
    }
}

#[test]
fn the_server_may_end_it() {
    let mut rig = Rig::connected(options(Version::V5));
    let disconnect = Disconnect {
        reason: ReasonCode::ServerMoved,
        properties: Properties::build([Property::ServerReference(Utf8::from_static("there"))]),
    };
    rig.receive([Packet::Disconnect(disconnect.clone()), Packet::PingResp]);
    let retry_at = rig.client.poll_timeout();
    let why = Disconnected::ByServer(disconnect);
    let expected = [
        ClientEvent::Disconnected { why, retry_at },
        ClientEvent::Hangup,
    ];
    assert_eq!(rig.events(), expected);
    assert_eq!(rig.sent(), []);
}

#[test]
fn authentication_goes_back_and_forth() {
    let method = Utf8::from_static("words");
    let auth = |reason, data: Option<&'static [u8]>| {
        let data = data.map(|data| Property::AuthData(Bytes::from_static(data)));
        let all = [Property::AuthMethod(method.clone())]
            .into_iter()
            .chain(data);
        Auth {
            reason,
            properties: Properties::build(all),
        }
    };
    let agreed = Some((method.clone(), None));
    let mut rig = Rig::opened(Options {
        auth: agreed,
        ..options(Version::V5)
    });
    rig.sent();
    let question = auth(ReasonCode::ContinueAuthentication, Some(b"who?"));
    rig.receive([Packet::Auth(question.clone())]);
    assert_eq!(rig.events(), [ClientEvent::Auth(question.clone())]);
    rig.client
        .auth(rig.now, Some(Bytes::from_static(b"me")))
        .expect("an exchange goes on");
    let answer = auth(ReasonCode::ContinueAuthentication, Some(b"me"));
    assert_eq!(rig.sent(), [Packet::Auth(answer.clone())]);
    rig.receive([connack(false, [Property::AuthMethod(method.clone())])]);
    rig.events();
    assert!(rig.client.is_connected());

    // Once more, from this side.
    rig.client.auth(rig.now, None).expect("connected");
    assert_eq!(
        rig.sent(),
        [Packet::Auth(auth(ReasonCode::ReAuthenticate, None))]
    );
    let done = auth(ReasonCode::Success, None);
    rig.receive([Packet::Auth(question.clone())]);
    rig.client
        .auth(rig.now, Some(Bytes::from_static(b"me")))
        .expect("an exchange goes on");
    assert_eq!(rig.sent(), [Packet::Auth(answer)]);
    rig.receive([Packet::Auth(done.clone())]);
    assert_eq!(
        rig.events(),
        [ClientEvent::Auth(question.clone()), ClientEvent::Auth(done)]
    );

    // The server does not begin.
    rig.receive([Packet::Auth(question)]);
    let fault = Fault::Violation(Violation::AuthReason);
    assert!(rig.events().contains(&ClientEvent::ProtocolError(fault)));
}

#[test]
fn no_auth_without_a_method() {
    let mut rig = Rig::connected(options(Version::V5));
    assert_eq!(
        rig.client.auth(rig.now, None),
        Err(ClientError::NoAuthMethod)
    );
}

#[test]
fn an_unknown_session_is_left_or_adopted() {
    let kept = |unknown_session, version| Options {
        unknown_session,
        clean_start: false,
        ..lasting(version)
    };
    let mut rig = Rig::opened(kept(UnknownSession::Close, Version::V5));
    rig.sent();
    rig.receive([connack(true, [])]);
    let fault = Fault::Violation(Violation::SessionUnknownHere);
    assert_eq!(rig.events()[0], ClientEvent::ProtocolError(fault));
    rig.next_timeout();
    rig.client.transport_opened(rig.now);
    assert!(matches!(&rig.sent()[..], [Packet::Connect(c)] if c.clean_start));

    for (policy, version) in [
        (UnknownSession::Adopt, Version::V5),
        (UnknownSession::Close, Version::V311),
    ] {
        let mut rig = Rig::opened(kept(policy, version));
        rig.accept(true, []);
    }
}

#[test]
fn wrong_bytes_are_sent_as_they_are() {
    let connect_bytes = Some(Bytes::from_static(b"GET / HTTP/1.1"));
    let mut rig = Rig::opened(Options {
        connect_bytes,
        ..options(Version::V311)
    });
    rig.client
        .send_raw(rig.now, Bytes::from_static(&[0, 1, 2]))
        .expect("open");
    assert_eq!(rig.sent_bytes(), b"GET / HTTP/1.1\0\x01\x02"[..]);
    rig.client.abort(rig.now);
    let sent = rig.client.send_raw(rig.now, Bytes::new());
    assert_eq!(sent, Err(ClientError::NotConnected));
}
