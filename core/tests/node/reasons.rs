//! Sentences beside reason codes: where they help, where they are wanted, where they fit.

use tidings_core::packet::{
    Connect, Packet, Properties, Property, QoS, ReasonCode, SubscribeOptions, Version,
};

use crate::support::{Broker, ack, connect, limited, publish, utf8, with};

/// What a client hears for one mistake of every kind, as (packet, its Reason String).
fn mistakes(broker: &mut Broker, wish: Connect) -> Vec<(Packet, Option<String>)> {
    let peer = broker.connect(wish);
    broker.send(peer, publish("$SYS/x", "x", QoS::AtLeastOnce, Some(1)));
    broker.send(peer, publish("$SYS/x", "x", QoS::ExactlyOnce, Some(2)));
    broker.send(peer, Packet::PubRel(ack(7)));
    broker.send(peer, Packet::PubRec(ack(8)));
    let subscribe = crate::support::subscribe("a#", SubscribeOptions::default(), None);
    broker.send(peer, subscribe);
    let unsubscribe = tidings_core::packet::Unsubscribe {
        packet_id: crate::support::id(9),
        properties: Properties::EMPTY,
        filters: vec![utf8("a+")],
    };
    broker.send(peer, Packet::Unsubscribe(unsubscribe));
    broker.feed(peer.conn, &[0x36, 6, 0, 1, b'a', 0, 1, 0]);
    let said = broker.take(peer).into_iter();
    said.map(|packet| {
        let properties = match &packet {
            Packet::PubAck(a) | Packet::PubRec(a) | Packet::PubRel(a) | Packet::PubComp(a) => {
                &a.properties
            }
            Packet::SubAck(ack) => &ack.properties,
            Packet::UnsubAck(ack) => &ack.properties,
            Packet::Disconnect(last) => &last.properties,
            other => panic!("{other:?}"),
        };
        let why = properties.reason_string().map(|text| text.to_string());
        (packet, why)
    })
    .collect()
}

#[test]
fn mistakes_are_explained_unless_nobody_wants_that() {
    for asked in [None, Some(true), Some(false)] {
        let mut broker = Broker::new();
        let wish = asked.map(Property::RequestProblemInformation);
        let mut connect = connect("a", Version::V5);
        connect.properties = wish.into_iter().collect();
        let said = mistakes(&mut broker, connect);
        assert_eq!(said.len(), 7, "{said:?}");
        for (packet, why) in said {
            // DISCONNECT may always say why [MQTT-3.1.2-29].
            let may = asked != Some(false) || matches!(packet, Packet::Disconnect(_));
            assert_eq!(why.is_some(), may, "{asked:?}: {packet:?}");
            if let (Packet::Disconnect(last), Some(why)) = (packet, why) {
                assert_eq!(last.reason, ReasonCode::MalformedPacket);
                assert!(
                    why.contains("byte 0") && why.contains("MQTT-3.3.1-4"),
                    "{why}"
                );
            }
        }
    }
}

#[test]
fn what_is_in_order_is_not_explained() {
    let mut broker = Broker::new();
    let peer = broker.connect(connect("a", Version::V5));
    broker.send(peer, publish("t", "x", QoS::AtLeastOnce, Some(1)));
    broker.send(
        peer,
        crate::support::subscribe("a", SubscribeOptions::default(), None),
    );
    for packet in broker.take(peer) {
        match packet {
            Packet::PubAck(ack) => assert!(ack.properties.is_empty()),
            Packet::SubAck(ack) => assert!(ack.properties.is_empty()),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn a_sentence_that_makes_a_packet_too_long_is_left_out() {
    let mut broker = Broker::new();
    let wish = with(connect("a", Version::V5), [Property::MaxPacketSize(30)]);
    let said = mistakes(&mut broker, wish);
    assert_eq!(said.len(), 7);
    assert!(said.iter().all(|(_, why)| why.is_none()), "{said:?}");
}

#[test]
fn refusals_are_explained_in_connack() {
    let mut broker = Broker::with(limited(|l| l.client_id_bytes_max = 25));
    let (_, ack) = broker.try_connect(connect("longer than twenty-five bytes", Version::V5));
    assert!(ack.properties.reason_string().is_some());
    // Bytes that are no CONNECT, in the version they ask for.
    let conn = broker.open();
    broker.feed(conn, b"\x10\x0E\0\x04MQTT\x05\x03\0\0\0\0\x01a");
    let said = broker.raw(conn);
    assert_eq!(said[3], 0x81);
    let text = String::from_utf8_lossy(&said);
    assert!(text.contains("MQTT-3.1.2-3"), "{text}");
}

/// A client whose Maximum Packet Size has no room for its CONNACK is not left waiting.
#[test]
fn a_client_that_can_be_told_nothing_is_closed() {
    let mut broker = Broker::new();
    let wish = with(connect("a", Version::V5), [Property::MaxPacketSize(4)]);
    let peer = broker.dial(wish);
    assert!(broker.take(peer).is_empty());
    assert!(broker.cause(peer.conn).is_some());
}
