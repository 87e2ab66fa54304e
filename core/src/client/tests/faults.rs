//! What a server can do wrong.

use super::*;
use crate::packet::{Disconnect, SubAck, SubscribeOptions, UnsubAck};
use QoS::{AtLeastOnce, ExactlyOnce};

/// Before CONNACK if `connecting`, the server sends `bytes`; the client finds `violation`, says
/// so in 5.0 and leaves.
fn check(version: Version, connecting: bool, packets: Vec<Packet>, violation: Violation) {
    let mut rig = match connecting {
        true => Rig::opened(options(version)),
        false => Rig::connected(options(version)),
    };
    rig.publish("one", AtLeastOnce);
    rig.publish("two", ExactlyOnce);
    let filters = [(Utf8::from_static("a"), SubscribeOptions::default())];
    rig.client
        .subscribe(rig.now, filters, Properties::default())
        .expect("room");
    rig.sent();
    rig.events();
    rig.receive(packets);
    let fault = Fault::Violation(violation);
    let events = rig.events();
    assert!(
        events.contains(&ClientEvent::ProtocolError(fault.clone())),
        "{events:?}"
    );
    assert_eq!(events.last(), Some(&ClientEvent::Hangup));
    assert!(fault.statement(version).starts_with("MQTT-"));
    match version {
        Version::V5 => {
            let (reason, properties) = (violation.reason(), Properties::default());
            assert_eq!(
                rig.sent(),
                [Packet::Disconnect(Disconnect { reason, properties })]
            );
        }
        _ => assert_eq!(rig.sent(), []),
    }
}

fn suback(value: u16, reasons: usize) -> Packet {
    let (packet_id, properties) = (id(value), Properties::default());
    let reasons = alloc::vec![ReasonCode::Success; reasons];
    Packet::SubAck(SubAck {
        packet_id,
        properties,
        reasons,
    })
}

fn unsuback(value: u16) -> Packet {
    let (packet_id, properties) = (id(value), Properties::default());
    Packet::UnsubAck(UnsubAck {
        packet_id,
        properties,
        reasons: [ReasonCode::Success].into(),
    })
}

#[test]
fn wrong_moments_are_noticed() {
    for version in VERSIONS {
        let cases = [
            (
                true,
                publish(0, QoS::AtMostOnce, false, ""),
                Violation::NotConnAckFirst,
            ),
            (true, Packet::PingResp, Violation::NotConnAckFirst),
            (false, connack(false, []), Violation::SecondConnAck),
            (
                false,
                Packet::PubAck(ack(2)),
                Violation::WrongAcknowledgement,
            ),
            (
                false,
                Packet::PubAck(ack(3)),
                Violation::WrongAcknowledgement,
            ),
            (
                false,
                Packet::PubRec(ack(1)),
                Violation::WrongAcknowledgement,
            ),
            (
                false,
                Packet::PubComp(ack(2)),
                Violation::WrongAcknowledgement,
            ),
            (false, suback(1, 1), Violation::WrongAcknowledgement),
            (false, suback(3, 2), Violation::WrongNumberOfReasons),
            (false, unsuback(3), Violation::WrongAcknowledgement),
        ];
        for (connecting, packet, violation) in cases {
            check(version, connecting, [packet].into(), violation);
        }
    }
}

#[test]
fn wrong_session_flags_are_noticed() {
    let present = |reason| {
        Packet::ConnAck(ConnAck {
            session_present: true,
            reason,
            properties: Properties::default(),
        })
    };
    for version in [Version::V311, Version::V5] {
        let clean = present(ReasonCode::Success);
        check(
            version,
            true,
            [clean].into(),
            Violation::SessionPresentAfterCleanStart,
        );
    }
}

#[test]
fn wrong_bytes_are_noticed() {
    let cases: [(&[u8], ReasonCode); 6] = [
        // Session present in a refusal.
        (&[0x20, 3, 1, 0x80, 0], ReasonCode::ProtocolError),
        // A reserved bit of the acknowledge flags.
        (&[0x20, 3, 2, 0, 0], ReasonCode::MalformedPacket),
        // CONNECT, which only clients send.
        (
            b"\x10\x0e\x00\x04MQTT\x05\x02\x00\x3c\x00\x00\x01c",
            ReasonCode::ProtocolError,
        ),
        // Receive Maximum 0.
        (&[0x20, 6, 0, 0, 3, 0x21, 0, 0], ReasonCode::ProtocolError),
        // A length of five bytes.
        (
            &[0x20, 0xff, 0xff, 0xff, 0xff, 1],
            ReasonCode::MalformedPacket,
        ),
        // Longer than allowed.
        (&[0x30, 0xff, 0xff, 0x7f], ReasonCode::PacketTooLarge),
    ];
    for (bytes, reason) in cases {
        let max_packet_bytes = 1000;
        let mut rig = Rig::opened(Options {
            max_packet_bytes,
            ..options(Version::V5)
        });
        rig.sent();
        rig.receive_bytes(bytes);
        let events = rig.events();
        let Some(ClientEvent::ProtocolError(fault)) = events.first() else {
            panic!("{bytes:x?}: {events:?}");
        };
        assert_eq!(fault.reason(), reason, "{bytes:x?}: {fault}");
        let properties = Properties::default();
        assert_eq!(
            rig.sent(),
            [Packet::Disconnect(Disconnect { reason, properties })]
        );
    }
}

#[test]
fn nothing_is_said_before_connect_has_left() {
    let mut rig = Rig::opened(options(Version::V5));
    rig.receive_bytes(&[0xff, 0xff, 0xff, 0xff, 0xff]);
    assert_eq!(rig.sent_bytes(), b""[..]);
    assert_eq!(rig.events().last(), Some(&ClientEvent::Hangup));
}

#[test]
fn what_waits_is_not_said_to_a_broken_server() {
    let mut rig = Rig::connected(options(Version::V5));
    let token = rig.publish("waits", QoS::AtMostOnce);
    rig.receive([connack(false, [])]);
    assert!(matches!(rig.sent()[..], [Packet::Disconnect(_)]));
    rig.next_timeout();
    rig.client.transport_opened(rig.now);
    rig.events();
    rig.accept(false, []);
    assert_eq!(rig.sent(), [publish(0, QoS::AtMostOnce, false, "waits")]);
    let sent = ClientEvent::Published {
        token,
        outcome: Outcome::Sent,
    };
    assert_eq!(rig.events(), [sent]);
}

#[test]
fn no_client_id_means_one_must_be_assigned() {
    let client_id = Utf8::from_static("");
    let mut rig = Rig::opened(Options {
        client_id,
        ..options(Version::V5)
    });
    rig.sent();
    rig.receive([connack(false, [])]);
    let fault = Fault::Violation(Violation::NoAssignedClientId);
    assert_eq!(rig.events()[0], ClientEvent::ProtocolError(fault));
}

#[test]
fn the_authentication_method_must_stay() {
    let method = |text| Property::AuthMethod(Utf8::from_static(text));
    let ours = Some((Utf8::from_static("a"), None));
    let cases = [
        (None, connack(false, [method("a")]), Violation::AuthNotAsked),
        (
            ours.clone(),
            connack(false, [method("b")]),
            Violation::AuthMethodDiffers,
        ),
        (ours, connack(false, []), Violation::AuthMethodDiffers),
    ];
    for (auth, packet, violation) in cases {
        let mut rig = Rig::opened(Options {
            auth,
            ..options(Version::V5)
        });
        rig.sent();
        rig.receive([packet]);
        let fault = Fault::Violation(violation);
        assert_eq!(rig.events()[0], ClientEvent::ProtocolError(fault));
    }
}

#[test]
fn a_release_before_its_record_is_wrong() {
    let mut rig = Rig::connected(Options {
        manual_ack: true,
        ..options(Version::V5)
    });
    rig.receive([publish(1, ExactlyOnce, false, "x"), Packet::PubRel(ack(1))]);
    let fault = Fault::Violation(Violation::WrongAcknowledgement);
    assert!(rig.events().contains(&ClientEvent::ProtocolError(fault)));
}

#[test]
fn strays_are_reported_and_harmless() {
    let mut rig = Rig::connected(options(Version::V5));
    rig.receive([
        Packet::PubAck(ack(1)),
        Packet::PubComp(ack(2)),
        Packet::PubRec(ack_with(3, ReasonCode::QuotaExceeded)),
        suback(4, 1),
        unsuback(5),
        Packet::PingResp,
    ]);
    let strays = rig.events();
    assert_eq!(strays.len(), 6);
    assert!(
        strays
            .iter()
            .all(|event| matches!(event, ClientEvent::Stray { .. }))
    );
    assert_eq!(rig.sent(), []);
    assert!(rig.client.is_connected());
}
