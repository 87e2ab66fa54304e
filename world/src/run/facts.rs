//! What a packet says, read off its bytes by the decoder that reads all packets.

use bytes::{Bytes, BytesMut};
use tidings_core::codec::{DecodeError, Decoder, PACKET_BYTES_MAX, Role, Status};
use tidings_core::packet::{self, Packet};

use crate::log::{Facts, Mistake};
use crate::scenario::{Qos, Version};
use crate::view::{Direction, PacketKind};

/// What the bytes of one packet say; [`PacketKind::Unreadable`] if they are none.
pub(super) fn read(bytes: &Bytes, direction: Direction, version: Version) -> (PacketKind, Facts) {
    match decode(bytes, direction, version) {
        Some(packet) => (kind(packet.kind()), facts(packet)),
        None => (PacketKind::Unreadable, Facts::default()),
    }
}

/// The packet that these bytes are, if they are one.
pub(crate) fn decode(bytes: &Bytes, direction: Direction, version: Version) -> Option<Packet> {
    let role = match direction {
        Direction::ToBroker => Role::Client,
        Direction::ToActor => Role::Server,
    };
    // No limit of ours is in the way of reading what was sent.
    let mut decoder = Decoder::new(role, PACKET_BYTES_MAX);
    decoder.set_version(core_version(version));
    if bytes.first().is_some_and(|first| first >> 4 == 1) {
        decoder = Decoder::new(role, PACKET_BYTES_MAX); // A CONNECT says its version itself.
    }
    match decoder.decode(&mut BytesMut::from(&bytes[..])) {
        Ok(Status::Complete(packet)) => Some(packet),
        _ => None,
    }
}

/// A mistake as the log keeps it.
pub(super) fn mistake(error: &DecodeError) -> Mistake {
    Mistake {
        offset: error.offset,
        sentence: error.what.to_string(),
        reason: error.reason as u8,
        statement: error.statement,
    }
}

pub(crate) fn core_version(version: Version) -> packet::Version {
    match version {
        Version::V3_1_1 => packet::Version::V311,
        Version::V5 => packet::Version::V5,
    }
}

pub(super) fn core_qos(qos: Qos) -> packet::QoS {
    match qos {
        Qos::AtMostOnce => packet::QoS::AtMostOnce,
        Qos::AtLeastOnce => packet::QoS::AtLeastOnce,
        Qos::ExactlyOnce => packet::QoS::ExactlyOnce,
    }
}

fn view_qos(qos: packet::QoS) -> Qos {
    match qos {
        packet::QoS::AtMostOnce => Qos::AtMostOnce,
        packet::QoS::AtLeastOnce => Qos::AtLeastOnce,
        packet::QoS::ExactlyOnce => Qos::ExactlyOnce,
    }
}

fn kind(kind: packet::PacketKind) -> PacketKind {
    use packet::PacketKind as Core;
    match kind {
        Core::Connect => PacketKind::Connect,
        Core::ConnAck => PacketKind::ConnAck,
        Core::Publish => PacketKind::Publish,
        Core::PubAck => PacketKind::PubAck,
        Core::PubRec => PacketKind::PubRec,
        Core::PubRel => PacketKind::PubRel,
        Core::PubComp => PacketKind::PubComp,
        Core::Subscribe => PacketKind::Subscribe,
        Core::SubAck => PacketKind::SubAck,
        Core::Unsubscribe => PacketKind::Unsubscribe,
        Core::UnsubAck => PacketKind::UnsubAck,
        Core::PingReq => PacketKind::PingReq,
        Core::PingResp => PacketKind::PingResp,
        Core::Disconnect => PacketKind::Disconnect,
        Core::Auth => PacketKind::Auth,
    }
}

fn facts(packet: Packet) -> Facts {
    let none = Facts::default();
    let codes = |codes: &[packet::ReasonCode]| codes.iter().map(|code| *code as u8).collect();
    match packet {
        Packet::Publish(publish) => Facts {
            topic: publish
                .topic
                .map_or_else(Bytes::new, |topic| topic.utf8().bytes().clone()),
            payload: publish
                .payload
                .slice(..publish.payload.len().min(PAYLOAD_BYTES_KEPT)),
            qos: view_qos(publish.qos),
            retain: publish.retain,
            dup: publish.dup,
            packet_id: publish.packet_id.map(packet::PacketId::value),
            ..none
        },
        Packet::PubAck(ack) | Packet::PubRec(ack) | Packet::PubRel(ack) | Packet::PubComp(ack) => {
            Facts {
                packet_id: Some(ack.packet_id.value()),
                reason: Some(ack.reason as u8),
                ..none
            }
        }
        Packet::Subscribe(subscribe) => Facts {
            packet_id: Some(subscribe.packet_id.value()),
            filters: subscribe
                .filters
                .iter()
                .map(|one| one.filter.bytes().clone())
                .collect(),
            ..none
        },
        Packet::Unsubscribe(unsubscribe) => Facts {
            packet_id: Some(unsubscribe.packet_id.value()),
            filters: unsubscribe
                .filters
                .iter()
                .map(|one| one.bytes().clone())
                .collect(),
            ..none
        },
        Packet::SubAck(ack) => Facts {
            packet_id: Some(ack.packet_id.value()),
            codes: codes(&ack.reasons),
            ..none
        },
        Packet::UnsubAck(ack) => Facts {
            packet_id: Some(ack.packet_id.value()),
            codes: codes(&ack.reasons),
            ..none
        },
        Packet::ConnAck(ack) => Facts {
            reason: Some(ack.reason as u8),
            session_present: ack.session_present,
            ..none
        },
        Packet::Disconnect(disconnect) => Facts {
            reason: Some(disconnect.reason as u8),
            ..none
        },
        Packet::Auth(auth) => Facts {
            reason: Some(auth.reason as u8),
            ..none
        },
        Packet::Connect(_) | Packet::PingReq | Packet::PingResp => none,
    }
}

/// Of a longer payload the log keeps the beginning.
const PAYLOAD_BYTES_KEPT: usize = crate::log::PACKET_BYTES_MAX;
