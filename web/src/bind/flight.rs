//! Packets on the wire.

use tidings_world::view::{Direction, Hop, PacketKind};

use super::{actor_id, label};
use crate::scene::model::{Family, Flight};

pub(crate) fn flights(hops: &[Hop]) -> Vec<Flight> {
    hops.iter().map(flight).collect()
}

pub(crate) fn flight(hop: &Hop) -> Flight {
    Flight {
        event: hop.no.0.into(),
        cause: hop.cause.map(|no| no.0.into()),
        family: family(hop.kind),
        name: hop.kind.name(),
        actor: actor_id(hop.actor),
        to_broker: hop.direction == Direction::ToBroker,
        sent: hop.sent.0,
        arrives: hop.arrives.0,
        died: hop.died.map(|at| at.0),
        held: hop.held.map(|at| at.0),
        channel: hop.channels.first().map_or(0, |c| c.0),
        second: hop.channels.get(1).map_or(0, |c| c.0),
        qos: hop.qos.into(),
        retain: hop.retain,
        dup: hop.dup,
        value: label(&hop.label),
        packet_id: hop.packet_id,
        failed: hop.failed || hop.kind == PacketKind::Unreadable,
    }
}

/// The shape and direction of a packet's mark.
pub(crate) fn family(kind: PacketKind) -> Family {
    match kind {
        PacketKind::Publish => Family::Publish,
        PacketKind::PubAck | PacketKind::PubRec | PacketKind::PubComp => Family::Ack,
        PacketKind::PubRel => Family::PubRel,
        PacketKind::Connect | PacketKind::Auth | PacketKind::Unreadable => Family::Connect,
        PacketKind::ConnAck => Family::ConnAck,
        PacketKind::Disconnect => Family::Disconnect,
        PacketKind::Subscribe | PacketKind::Unsubscribe => Family::Subscribe,
        PacketKind::SubAck | PacketKind::UnsubAck => Family::SubAck,
        PacketKind::PingReq | PacketKind::WebSocket => Family::Ping,
        PacketKind::PingResp => Family::Pong,
    }
}
