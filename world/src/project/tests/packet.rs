//! One packet, taken apart.

use bytes::Bytes;

use super::scribe::{Scribe, no};
use crate::log::{Mistake, What};
use crate::project::packet;
use crate::scenario::{Qos, Scenario};
use crate::view::{
    BYTES_SHOWN_MAX, CameOf, Channel, Contact, Dropped, EventNo, Micros, Outcome, PacketDetail,
    PacketKind, RowKind,
};

fn packet_at(scribe: &Scribe, millis: u64, no: EventNo) -> Option<PacketDetail> {
    scribe.at(millis, |sight| packet(sight, no))
}

#[test]
fn the_word_of_the_thermometer() {
    let scribe = Scribe::kitchen(8000);
    let detail = packet_at(&scribe, 4320, no(36)).expect("it was sent");
    assert_eq!(detail.topic, "home/kitchen/temp");
    assert_eq!((detail.bytes.len(), detail.bytes_total), (28, 28));
    assert_eq!(detail.bytes[..4], [0x33, 0x1A, 0x00, 0x11]);
    assert_eq!((detail.wrong, detail.reason), (None, None));
    // The older version has no byte for properties.
    let twin = detail.twin.expect("3.1.1 can say that");
    assert_eq!(twin.bytes[..4], [0x33, 0x19, 0x00, 0x11]);
    assert_eq!(twin.bytes.len(), 27);
    let ends = twin.fields.iter().map(|field| field.offset + field.len);
    assert_eq!(ends.max(), Some(27));

    let names: Vec<_> = detail.fields.iter().map(|field| &field.name[..]).collect();
    assert_eq!(names[..4], ["Fixed header", "Packet type", "DUP", "QoS"]);
    let mut named = detail.fields.iter();
    let topic = named.find(|field| field.value == "\"home/kitchen/temp\"");
    assert_eq!(topic.map(|field| (field.offset, field.len)), Some((2, 19)));
    // Every byte belongs to a field.
    let ends = detail.fields.iter().map(|field| field.offset + field.len);
    assert_eq!(ends.max(), Some(28));

    let why: Vec<_> = detail
        .why
        .iter()
        .map(|why| (why.channel, why.granted, why.verdict.outcome, why.copy))
        .collect();
    let (one, zero) = (Qos::AtLeastOnce, Qos::AtMostOnce);
    let copy = |number, qos| Outcome::Copy {
        no: no(number),
        qos,
    };
    assert_eq!(
        why,
        [
            (Channel(1), one, copy(38, one), Some((no(38), None))),
            (Channel(2), zero, copy(39, zero), Some((no(39), None))),
            (Channel(3), one, Outcome::Waits, None),
        ]
    );
    assert_eq!(detail.why[1].verdict.contacts[1], Contact::Plus);
    assert_eq!(detail.why[2].levels, ["home", "kitchen", "#"]);

    // On its way it has no why yet, and afterwards it is known when the copies arrived.
    let flying = packet_at(&scribe, 4100, no(36)).expect("it was sent");
    assert!(flying.why.is_empty() && flying.tree.len() == 1);
    let later = packet_at(&scribe, 5500, no(36)).expect("it was sent");
    assert_eq!(
        later.why[0].copy,
        Some((no(38), Some(Micros::from_millis(4840))))
    );
    assert_eq!(
        packet_at(&scribe, 3900, no(36)),
        None,
        "it has not been sent"
    );
    assert_eq!(
        packet_at(&scribe, 3900, no(15)),
        None,
        "a deed is no packet"
    );
}

#[test]
fn the_tree_is_read_from_its_root() {
    let scribe = Scribe::kitchen(8000);
    let rows = |millis, number| {
        let tree = packet_at(&scribe, millis, no(number))
            .expect("it was sent")
            .tree;
        let rows = tree.into_iter().map(|row| {
            let name = row.no.map_or(0, |no| no.0);
            (
                name,
                row.depth,
                row.last_child,
                (row.at.0 - row.root_at.0) / 1000,
                row.came,
            )
        });
        rows.collect::<Vec<_>>()
    };
    let routed = CameOf::Routed {
        copies: 2,
        kept: 1,
        dropped: 0,
        not_asked: 0,
    };
    let frees = |packet_id| CameOf::Frees { packet_id };
    let at = |millis| Micros::from_millis(millis);
    let all = [
        (36, 0, false, 0, routed.clone()),
        (37, 1, false, 240, frees(4)),
        (38, 1, false, 240, CameOf::Acked { at: at(5440) }),
        (40, 2, true, 840, frees(5)),
        (39, 1, false, 240, CameOf::Arrived { at: at(4360) }),
        (0, 1, true, 240, CameOf::Waits { waiting: 4 }),
    ];
    assert_eq!(rows(8000, 36), all);
    assert_eq!(rows(8000, 40), all, "from whichever row one comes");
    let early = [
        (36, 0, false, 0, routed),
        (37, 1, false, 240, CameOf::OnItsWay),
        (38, 1, false, 240, CameOf::OnItsWay),
        (39, 1, false, 240, CameOf::OnItsWay),
        (0, 1, true, 240, CameOf::Waits { waiting: 4 }),
    ];
    assert_eq!(rows(4320, 36), early);
    let door = CameOf::Routed {
        copies: 1,
        kept: 0,
        dropped: 0,
        not_asked: 2,
    };
    assert_eq!(rows(8000, 33)[0].4, door);
}

#[test]
fn handshakes_have_answers() {
    let scribe = Scribe::kitchen(3000);
    let came = |number| {
        let tree = packet_at(&scribe, 3000, no(number))
            .expect("it was sent")
            .tree;
        let row = tree.into_iter().find(|row| row.no == Some(no(number)));
        let row = row.expect("its own row");
        (row.kind, row.came, row.channels, row.topic)
    };
    let (kind, came_of, channels, _) = came(3);
    let at = Micros::from_millis(1200);
    assert_eq!(
        (kind, came_of),
        (RowKind::Packet(PacketKind::Connect), CameOf::Acked { at })
    );
    assert!(channels.is_empty());
    let reason = |code, name: &str| CameOf::Reason {
        code,
        name: name.into(),
    };
    assert_eq!(came(14).1, reason(0, "Success"));
    let (_, subscribed, channels, topic) = came(17);
    assert_eq!(
        subscribed,
        CameOf::Acked {
            at: Micros::from_millis(2400)
        }
    );
    assert_eq!((channels, &topic[..]), (vec![Channel(1)], "home/#"));
    let (_, granted, channels, _) = came(21);
    assert_eq!(granted, reason(1, "Granted QoS 1"));
    assert_eq!(channels, [Channel(1)]);
    let suback = packet_at(&scribe, 3000, no(21)).expect("it was sent");
    assert_eq!(suback.reason, Some((1, "Granted QoS 1".into())));
}

#[test]
fn exactly_once_is_acked_when_the_last_of_four_is_back() {
    let mut scenario = Scenario::kitchen_sensors();
    scenario.actors[3].listens[0].qos = Qos::ExactlyOnce;
    let mut scribe = Scribe::new(scenario);
    scribe.plug(0, "thermo");
    scribe.plug(0, "heating");
    scribe.say(1000, "thermo", "home/a/temp", "1", 2, false);
    scribe.run(9000);
    let came = |millis| {
        let tree = packet_at(&scribe, millis, no(7)).expect("it was sent").tree;
        let copy = tree
            .into_iter()
            .find(|row| row.qos.is_some() && row.depth == 1);
        copy.expect("a copy").came
    };
    assert_eq!(came(1360), CameOf::AckOwed);
    assert_eq!(came(1719), CameOf::AckOwed);
    assert_eq!(
        came(9000),
        CameOf::Acked {
            at: Micros::from_millis(1720)
        }
    );
    let tree = packet_at(&scribe, 9000, no(7)).expect("it was sent").tree;
    let acks: Vec<_> = tree
        .iter()
        .filter(|row| row.qos.is_none())
        .map(|row| &row.channels[..])
        .collect();
    let heating: &[Channel] = &[Channel(2)];
    assert_eq!(
        acks,
        [&[], &[], &[], heating, heating, heating],
        "left of the broker it is ink"
    );
}

#[test]
fn what_is_wrong_is_told() {
    let mut scribe = Scribe::kitchen(1000);
    let packet = scribe.log.find(no(16)).expect("the first word");
    let mut sent = scribe.log.sent(packet).expect("a packet").clone();
    let mut bytes = sent.bytes.to_vec();
    bytes[0] = 0x37;
    sent.bytes = bytes.into();
    sent.no = scribe.log.next_no();
    sent.kind = PacketKind::Unreadable;
    let sent = scribe
        .log
        .push(Micros(1_000_000), None, What::Sent(Box::new(sent)));
    // What the decoder says by itself, and what the reader said when it met it.
    let detail = packet_at(&scribe, 1000, no(17)).expect("it was sent");
    let wrong = detail.wrong.expect("it is wrong");
    assert_eq!(
        (wrong.offset, wrong.reason.0, &wrong.statement[..]),
        (0, 0x81, "MQTT-3.3.1-4")
    );
    let named: Vec<_> = detail.fields.iter().map(|field| &field.name[..]).collect();
    assert!(
        named.contains(&"QoS") && !named.contains(&"Not read"),
        "{named:?}"
    );

    scribe
        .log
        .push(Micros(1_240_000), None, What::Arrived(sent));
    let mistake = Mistake {
        offset: 0,
        sentence: "There is no QoS 3.".into(),
        reason: 0x81,
        statement: "MQTT-3.3.1-4",
    };
    let packet = sent;
    scribe.log.push(
        Micros(1_240_000),
        Some(sent),
        What::Unreadable { packet, mistake },
    );
    let detail = packet_at(&scribe, 1240, no(17)).expect("it was sent");
    assert_eq!(
        detail.wrong.expect("it is wrong").sentence,
        "There is no QoS 3."
    );
    assert_eq!(
        detail.tree[0].came,
        CameOf::Unreadable("There is no QoS 3.".into())
    );
}

#[test]
fn long_packets_are_shown_by_their_beginning() {
    let mut scribe = Scribe::kitchen(1000);
    let seq = scribe
        .say(
            1500,
            "door",
            "home/hall/door",
            &"x".repeat(300_000),
            1,
            false,
        )
        .unwrap();
    let sent = scribe.log.sent(seq).unwrap();
    let total = sent.bytes_total;
    let mut kept = sent.clone();
    kept.bytes = kept.bytes.slice(..crate::log::PACKET_BYTES_MAX);
    kept.frame = Bytes::from_static(&[0x82, 0xFF]);
    let long = scribe.log.next_no();
    kept.no = long;
    scribe
        .log
        .push(Micros(1_600_000), None, What::Sent(Box::new(kept)));
    let detail = packet_at(&scribe, 1600, long).expect("it was sent");
    assert_eq!(
        (detail.bytes.len(), detail.bytes_total),
        (BYTES_SHOWN_MAX, total)
    );
    assert_eq!(detail.frame_header, [0x82, 0xFF]);
    assert_eq!(detail.wrong, None);
    let last = detail.fields.last().expect("a payload");
    assert_eq!(last.offset + last.len, total);
}

#[test]
fn trees_have_sixty_rows() {
    let mut scribe = Scribe::kitchen(1200);
    for n in 0..100 {
        let millis = 10_000 * (n + 1);
        scribe.plug(millis, "heating");
        scribe.run(millis + 5000);
        scribe.unplug(millis + 5000, "heating");
    }
    let detail = packet_at(&scribe, 2_000_000, no(16)).expect("it was sent");
    assert_eq!(detail.tree.len(), 60);
    let gone = scribe.id("heating");
    scribe.cast.remove(gone);
    let detail = packet_at(&scribe, 2_000_000, no(16)).expect("it was sent");
    assert!(detail.why.iter().all(|why| why.actor != gone));
    assert_ne!(
        detail.why[0].verdict.outcome,
        Outcome::Dropped(Dropped::Away)
    );
}
