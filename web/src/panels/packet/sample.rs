//! The packet of the pictures, as the worker would describe it.

use tidings_world::scenario::{Qos, Version};
use tidings_world::view::*;

/// PUBLISH #37 of the thermometer.
pub(crate) fn publish() -> PacketDetail {
    let mut bytes = vec![0x33, 0x1A, 0x00, 0x11];
    bytes.extend(b"home/kitchen/temp");
    bytes.extend([0x00, 0x0C, 0x00]);
    bytes.extend(b"21.4");
    let field = |offset, len, depth, name: &str, value: &str, statement: &str| Field {
        offset,
        len,
        bits: None,
        depth,
        name: name.into(),
        value: value.into(),
        statement: (!statement.is_empty()).then(|| statement.into()),
    };
    let bits = |high, low, name: &str, value: &str, statement: &str| Field {
        bits: Some((high, low)),
        ..field(0, 1, 1, name, value, statement)
    };
    let contacts = |words: &[Contact]| words.to_vec();
    let why = |actor, channel, levels: &[&str], contacts, outcome, granted, copy| Why {
        rung: RungId {
            actor: ActorId(actor),
            index: 0,
        },
        actor: ActorId(actor),
        channel: Channel(channel),
        levels: levels.iter().map(|level| (*level).to_owned()).collect(),
        verdict: Verdict {
            matched: true,
            contacts,
            outcome,
        },
        granted,
        copy,
    };
    let row =
        |no: Option<u32>, depth, last_child, at, from, to, kind, channel: Option<u8>, came| {
            LogRow {
                no: no.map(EventNo),
                depth,
                last_child,
                at: Micros::from_millis(at),
                root_at: Micros::from_millis(4000),
                from,
                to,
                kind,
                channels: channel.map(Channel).into_iter().collect(),
                topic: match kind {
                    RowKind::Packet(PacketKind::Publish) | RowKind::Waits => {
                        "home/kitchen/temp".into()
                    }
                    _ => String::new(),
                },
                payload: short("21.4"),
                qos: matches!(kind, RowKind::Packet(PacketKind::Publish))
                    .then_some(Qos::AtLeastOnce),
                retain: depth == 0,
                dup: false,
                bytes: 28,
                came,
            }
        };
    let actor = |id| Party::Actor(ActorId(id));
    let packet = RowKind::Packet;
    PacketDetail {
        hop: Hop {
            no: EventNo(37),
            cause: None,
            actor: ActorId(1),
            direction: Direction::ToBroker,
            kind: PacketKind::Publish,
            channels: vec![],
            sent: Micros::from_millis(4000),
            arrives: Micros::from_millis(4240),
            died: None,
            qos: Qos::AtLeastOnce,
            retain: true,
            dup: false,
            packet_id: Some(12),
            label: short("21.4"),
            failed: false,
            held: None,
        },
        version: Version::V5,
        topic: "home/kitchen/temp".into(),
        bytes_total: bytes.len() as u32,
        bytes,
        frame_header: vec![],
        fields: vec![
            field(0, 2, 0, "Fixed header", "", ""),
            bits(7, 4, "Packet type", "3 PUBLISH", ""),
            bits(3, 3, "DUP", "0: no", "MQTT-3.3.1-2"),
            bits(2, 1, "QoS", "1: at least once", "MQTT-3.3.1-4"),
            bits(0, 0, "RETAIN", "1: yes", ""),
            field(1, 1, 1, "Remaining Length", "26 bytes", ""),
            field(2, 22, 0, "Variable header", "", ""),
            field(
                2,
                19,
                1,
                "Topic Name",
                "\"home/kitchen/temp\"",
                "MQTT-3.3.2-2",
            ),
            field(2, 2, 2, "Length", "17", ""),
            field(21, 2, 1, "Packet Identifier", "12", "MQTT-2.2.1-3"),
            field(23, 1, 1, "Properties", "", ""),
            field(23, 1, 2, "Property Length", "0", ""),
            field(24, 4, 0, "Payload", "", ""),
            field(24, 4, 1, "Application Message", "\"21.4\"", ""),
        ],
        wrong: None,
        twin: None,
        reason: None,
        why: vec![
            why(
                3,
                1,
                &["home", "#"],
                contacts(&[Contact::Equal, Contact::Hash { levels: 2 }]),
                Outcome::Copy {
                    no: EventNo(39),
                    qos: Qos::AtLeastOnce,
                },
                Qos::AtLeastOnce,
                Some((EventNo(39), None)),
            ),
            why(
                4,
                2,
                &["home", "+", "temp"],
                contacts(&[Contact::Equal, Contact::Plus, Contact::Equal]),
                Outcome::Copy {
                    no: EventNo(40),
                    qos: Qos::AtMostOnce,
                },
                Qos::AtMostOnce,
                Some((EventNo(40), None)),
            ),
            why(
                5,
                3,
                &["home", "kitchen", "#"],
                contacts(&[Contact::Equal, Contact::Equal, Contact::Hash { levels: 1 }]),
                Outcome::Waits,
                Qos::AtLeastOnce,
                None,
            ),
        ],
        tree: vec![
            row(
                Some(37),
                0,
                false,
                4000,
                actor(1),
                Party::Broker,
                packet(PacketKind::Publish),
                None,
                CameOf::Routed {
                    copies: 2,
                    kept: 1,
                    dropped: 0,
                    not_asked: 0,
                },
            ),
            row(
                Some(38),
                1,
                false,
                4240,
                Party::Broker,
                actor(1),
                packet(PacketKind::PubAck),
                None,
                CameOf::OnItsWay,
            ),
            row(
                Some(39),
                1,
                false,
                4240,
                Party::Broker,
                actor(3),
                packet(PacketKind::Publish),
                Some(1),
                CameOf::OnItsWay,
            ),
            row(
                Some(40),
                1,
                false,
                4240,
                Party::Broker,
                actor(4),
                packet(PacketKind::Publish),
                Some(2),
                CameOf::OnItsWay,
            ),
            row(
                None,
                1,
                true,
                4240,
                Party::Broker,
                actor(5),
                RowKind::Waits,
                Some(3),
                CameOf::Waits { waiting: 4 },
            ),
        ],
    }
}

fn short(text: &str) -> Short {
    Short {
        text: text.into(),
        cut: false,
        binary: false,
    }
}
