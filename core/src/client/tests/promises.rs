//! What the standard asks of clients and no other theme here is about.

use super::*;
use crate::packet::SubscribeOptions;
use QoS::{AtLeastOnce, ExactlyOnce};

fn number(packet: &Packet) -> Option<u16> {
    let id = match packet {
        Packet::Publish(publish) => publish.packet_id,
        Packet::Subscribe(subscribe) => Some(subscribe.packet_id),
        Packet::Unsubscribe(unsubscribe) => Some(unsubscribe.packet_id),
        _ => None,
    };
    id.map(PacketId::value)
}

#[test]
fn an_identifier_in_use_is_not_given_again() {
    let mut rig = Rig::connected(options(Version::V311));
    let filter = Utf8::from_static("a");
    let options = SubscribeOptions::default();
    rig.publish("stays", AtLeastOnce);
    rig.client
        .subscribe(rig.now, [(filter.clone(), options)], Properties::default())
        .expect("room");
    rig.client
        .unsubscribe(rig.now, [filter], Properties::default())
        .expect("room");
    rig.publish("stays, too", ExactlyOnce);
    let mut open: Vec<u16> = rig.sent().iter().filter_map(number).collect();
    assert_eq!(open.len(), 4);
    // Once around all there are, and on.
    for _ in 0..65_600 {
        rig.publish("x", AtLeastOnce);
        let sent = rig.sent();
        let id = number(&sent[0]).expect("QoS 1 has one");
        assert!(!open.contains(&id), "{id}");
        rig.receive([Packet::PubAck(ack(id))]);
        rig.events();
    }
    open.sort_unstable();
    open.dedup();
    assert_eq!(open.len(), 4);
}

#[test]
fn a_full_window_delays_nothing_but_messages() {
    let mut rig = Rig::connected_with(options(Version::V5), [Property::ReceiveMax(1)]);
    rig.publish("a", ExactlyOnce);
    rig.publish("b", AtLeastOnce);
    assert_eq!(rig.sent(), [publish(1, ExactlyOnce, false, "a")]);
    let filter = (Utf8::from_static("a"), SubscribeOptions::default());
    rig.client
        .subscribe(rig.now, [filter], Properties::default())
        .expect("room");
    rig.client.ping(rig.now).expect("connected");
    rig.receive([publish(9, AtLeastOnce, false, "in"), Packet::PubRec(ack(1))]);
    let kinds: Vec<PacketKind> = rig.sent().iter().map(Packet::kind).collect();
    for kind in [
        PacketKind::Subscribe,
        PacketKind::PingReq,
        PacketKind::PubAck,
        PacketKind::PubRel,
    ] {
        assert!(kinds.contains(&kind), "{kind:?}");
    }
    assert_eq!(kinds.len(), 4);
}

#[test]
fn answers_leave_in_the_order_of_what_they_answer() {
    for version in VERSIONS {
        let mut rig = Rig::connected(options(version));
        rig.receive([
            publish(7, AtLeastOnce, false, "1"),
            publish(3, ExactlyOnce, false, "2"),
            publish(5, AtLeastOnce, false, "3"),
            publish(1, ExactlyOnce, false, "4"),
        ]);
        let expected = [
            Packet::PubAck(ack(7)),
            Packet::PubRec(ack(3)),
            Packet::PubAck(ack(5)),
            Packet::PubRec(ack(1)),
        ];
        assert_eq!(rig.sent(), expected);
        for payload in ["a", "b", "c"] {
            rig.publish(payload, ExactlyOnce);
        }
        rig.sent();
        rig.receive([3, 1, 2].map(|id| Packet::PubRec(ack(id))));
        let expected = [3, 1, 2].map(|id| Packet::PubRel(ack(id)));
        assert_eq!(rig.sent(), expected);
    }
}

#[test]
fn a_disconnect_is_the_last_word() {
    for version in VERSIONS {
        let mut rig = Rig::connected(options(version));
        rig.client.stop(rig.now, ReasonCode::Success);
        assert!(matches!(rig.sent()[..], [Packet::Disconnect(_)]));
        assert_eq!(rig.events().last(), Some(&ClientEvent::Hangup));
        rig.publish("later", AtLeastOnce);
        rig.receive([publish(9, AtLeastOnce, false, "in")]);
        assert_eq!(rig.sent(), []);
    }
}
