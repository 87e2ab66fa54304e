//! Last wills: when they are said, when they wait, when they are forgotten.

use bytes::Bytes;
use tidings_core::node::Command;
use tidings_core::packet::{
    Connect, Disconnect, Packet, Properties, Property, QoS, ReasonCode, Version, Will,
};

use crate::support::{
    Broker, Peer, VERSIONS, connect, disconnect, keep, lasting, properties, secs, topic, utf8,
    will, with,
};

/// A broker with an heir to every will.
fn heir() -> (Broker, Peer) {
    let mut broker = Broker::new();
    let heir = broker.connect(connect("heir", Version::V5));
    broker.subscribe(heir, "will/#", QoS::ExactlyOnce);
    (broker, heir)
}

fn testator(version: Version) -> Connect {
    Connect {
        will: will("will/x", "gone"),
        keep_alive_secs: 10,
        ..connect("testator", version)
    }
}

/// A will that waits, of a session that expires.
fn delayed(delay: u32, expiry: u32) -> Connect {
    let mut connect = testator(Version::V5);
    connect.keep_alive_secs = 0;
    connect.clean_start = false;
    if let Some(will) = &mut connect.will {
        will.properties = properties([Property::WillDelaySecs(delay)]);
    }
    with(connect, [Property::SessionExpirySecs(expiry)])
}

#[test]
fn a_will_is_said_unless_the_client_says_good_bye() {
    type End = (&'static str, fn(&mut Broker, Peer), bool);
    let ends: [End; 7] = [
        (
            "a good-bye",
            |b, p| b.send(p, disconnect(ReasonCode::Success)),
            false,
        ),
        ("a loss", |b, p| b.lose(p), true),
        ("silence", |b, _| b.pass(secs(16)), true),
        ("bad bytes", |b, p| b.feed(p.conn, &[0, 0]), true),
        ("a violation", |b, p| b.feed(p.conn, &[0x10, 0]), true),
        (
            "being taken over",
            |b, p| {
                b.connect(connect("testator", p.version));
            },
            true,
        ),
        (
            "being sent away",
            |b, _| {
                let reason = ReasonCode::AdministrativeAction;
                let client_id = utf8("testator");
                let command = Command::Disconnect { client_id, reason };
                b.node.handle_command(b.now, command);
            },
            true,
        ),
    ];
    for version in VERSIONS {
        for (name, end, said) in ends {
            let (mut broker, heir) = heir();
            let peer = broker.connect(testator(version));
            end(&mut broker, peer);
            let expected: &[&str] = if said { &["gone"] } else { &[] };
            assert_eq!(broker.payloads(heir), expected, "{version}: {name}");
            // Once is enough.
            broker.pass(secs(1000));
            assert!(broker.payloads(heir).is_empty(), "{version}: {name}");
        }
    }
}

#[test]
fn any_other_reason_of_a_good_bye_keeps_the_will() {
    for (reason, said) in [
        (ReasonCode::Success, false),
        (ReasonCode::DisconnectWithWill, true),
        (ReasonCode::UnspecifiedError, true),
        (ReasonCode::QuotaExceeded, true),
    ] {
        let (mut broker, heir) = heir();
        let peer = broker.connect(testator(Version::V5));
        broker.send(peer, disconnect(reason));
        assert_eq!(broker.payloads(heir).len(), usize::from(said), "{reason:?}");
    }
}

#[test]
fn a_will_carries_its_properties_and_counts_its_expiry_from_when_it_is_said() {
    let (mut broker, heir) = heir();
    let sent = [
        Property::PayloadFormatIndicator(true),
        Property::MessageExpirySecs(60),
        Property::ContentType(utf8("text")),
        Property::ResponseTopic(utf8("answer")),
        Property::CorrelationData(Bytes::from_static(b"\x00\x01")),
        Property::UserProperty(utf8("b"), utf8("1")),
        Property::UserProperty(utf8("a"), utf8("2")),
    ];
    let delay = Property::WillDelaySecs(5);
    let all: Vec<_> = sent.iter().cloned().chain([delay]).collect();
    let mut wish = delayed(5, 100);
    wish.will = Some(Will {
        qos: QoS::ExactlyOnce,
        retain: false,
        topic: topic("will/x"),
        payload: Bytes::from_static(b"gone"),
        properties: Properties::build(all),
    });
    let peer = broker.connect(wish);
    broker.lose(peer);
    broker.pass(secs(5));
    let got = broker.messages(heir);
    assert_eq!(got.len(), 1);
    assert_eq!(got[0].qos, QoS::ExactlyOnce);
    let mut got: Vec<_> = got[0].properties.iter().collect();
    let mut sent = sent.to_vec();
    let by_kind = |p: &Property| p.kind();
    got.sort_by_key(by_kind);
    sent.sort_by_key(by_kind);
    assert_eq!(got, sent);
}

#[test]
fn a_will_waits_for_its_delay_or_the_end_of_its_session() {
    for (delay, expiry, at) in [(5, 100, 5), (100, 5, 5), (5, 0, 0), (0, 100, 0)] {
        let (mut broker, heir) = heir();
        let peer = broker.connect(delayed(delay, expiry));
        broker.lose(peer);
        if at > 0 {
            broker.pass(std::time::Duration::from_millis(at * 1000 - 1));
            assert!(broker.payloads(heir).is_empty(), "{delay} {expiry}: early");
            broker.pass(std::time::Duration::from_millis(1));
        }
        assert_eq!(broker.payloads(heir), ["gone"], "{delay} {expiry}");
        broker.pass(secs(1000));
        assert!(broker.payloads(heir).is_empty());
    }
}

#[test]
fn a_client_that_is_back_in_time_has_not_died() {
    // Coming back with a clean start ends the session, and so its will is due.
    for (clean_start, said) in [(false, false), (true, true)] {
        for lost in [true, false] {
            let (mut broker, heir) = heir();
            let peer = broker.connect(delayed(5, 100));
            if lost {
                broker.lose(peer);
                broker.pass(secs(4));
            }
            let back = Connect {
                clean_start,
                will: None,
                ..delayed(5, 100)
            };
            let peer = broker.connect(back);
            broker.pass(secs(10));
            let case = format!("clean {clean_start}, lost {lost}");
            assert_eq!(broker.payloads(heir).len(), usize::from(said), "{case}");
            broker.lose(peer);
            broker.pass(secs(1000));
            assert!(broker.payloads(heir).is_empty(), "it has no will any more");
        }
    }
}

#[test]
fn a_new_will_takes_the_place_of_the_old_one() {
    let (mut broker, heir) = heir();
    let peer = broker.connect(delayed(5, 100));
    broker.lose(peer);
    let mut back = delayed(1, 100);
    if let Some(will) = &mut back.will {
        will.payload = Bytes::from_static(b"gone again");
    }
    let peer = broker.connect(back);
    broker.lose(peer);
    broker.pass(secs(10));
    assert_eq!(broker.payloads(heir), ["gone again"]);
}

#[test]
fn a_disconnect_with_will_waits_too_and_may_shorten_the_session() {
    for (expiry, at) in [(None, 5), (Some(2), 2), (Some(0), 0)] {
        let (mut broker, heir) = heir();
        let peer = broker.connect(delayed(5, 100));
        broker.send(
            peer,
            Packet::Disconnect(Disconnect {
                reason: ReasonCode::DisconnectWithWill,
                properties: expiry
                    .map(Property::SessionExpirySecs)
                    .into_iter()
                    .collect(),
            }),
        );
        if at > 0 {
            broker.pass(std::time::Duration::from_millis(at * 1000 - 1));
            assert!(broker.payloads(heir).is_empty());
            broker.pass(std::time::Duration::from_millis(1));
        }
        assert_eq!(broker.payloads(heir), ["gone"], "{expiry:?}");
    }
}

#[test]
fn a_will_can_be_kept_and_can_clear_what_is_kept() {
    let (mut broker, _) = heir();
    let speaker = broker.connect(connect("speaker", Version::V5));
    broker.send(speaker, keep("will/y", "old"));
    for (name, payload, expected) in [("will/x", "gone", 2), ("will/y", "", 1)] {
        let mut wish = testator(Version::V311);
        wish.will = Some(Will {
            retain: true,
            ..will(name, payload).expect("a will")
        });
        let peer = broker.connect(wish);
        broker.lose(peer);
        assert_eq!(broker.node.state().retained.len(), expected);
    }
}

#[test]
fn nobody_leaves_a_will_below_sys() {
    for version in VERSIONS {
        let (mut broker, _) = heir();
        let mut wish = testator(version);
        wish.will = will("$SYS/broker/uptime", "for ever");
        let (peer, ack) = broker.try_connect(wish);
        assert_eq!(ack.reason, ReasonCode::NotAuthorized);
        assert!(broker.cause(peer.conn).is_some());
        // Other topics with a dollar are nobody's in particular.
        let mut wish = testator(version);
        wish.will = will("$other", "fine");
        broker.connect(wish);
    }
    let mut broker = Broker::new();
    let heir = broker.connect(connect("heir", Version::V5));
    broker.subscribe(heir, "#", QoS::AtMostOnce);
    broker.subscribe(heir, "$other", QoS::AtMostOnce);
    let mut wish = testator(Version::V5);
    wish.will = will("$other", "heard by name only");
    let peer = broker.connect(wish);
    broker.lose(peer);
    assert_eq!(broker.payloads(heir).len(), 1);
}

#[test]
fn a_client_may_be_its_own_heir() {
    let mut broker = Broker::new();
    let mut wish = lasting("a", Version::V5);
    wish.will = will("will/a", "mine");
    let peer = broker.connect(wish);
    broker.subscribe(peer, "will/+", QoS::AtLeastOnce);
    broker.lose(peer);
    let peer = broker.connect(lasting("a", Version::V5));
    assert_eq!(broker.payloads(peer), ["mine"]);
}
