//! A packet's way over its link, as dots and slants show it.

use super::ears::Ears;
use crate::board::Board;
use crate::log::{Fate, Log, Sent, Seq};
use crate::view::{Channel, Direction, Hop, Micros, PacketKind, Short};

/// The packet at `seq`; what became of it after `end` has not happened yet.
pub(super) fn hop(log: &Log, ears: &Ears, seq: Seq, end: Seq) -> Option<Hop> {
    let (entry, sent) = (log.get(seq)?, log.sent(seq)?);
    let facts = &sent.facts;
    let fate = log.fate(seq, end);
    let cause = entry.parent().and_then(|cause| log.number(cause));
    Some(Hop {
        no: sent.no,
        cause,
        actor: sent.actor,
        direction: sent.direction,
        kind: sent.kind,
        channels: channels(log, ears, seq, sent),
        sent: entry.at,
        arrives: match fate {
            Fate::Arrived(at) => at,
            Fate::OnItsWay | Fate::Lost(_) => sent.arrives,
        },
        died: match fate {
            Fate::Lost(at) => Some(at),
            Fate::OnItsWay | Fate::Arrived(_) => None,
        },
        qos: facts.qos,
        retain: facts.retain,
        dup: facts.dup,
        packet_id: facts.packet_id,
        label: Short::of(&facts.payload),
        failed: failed(sent),
        held: None,
    })
}

/// A packet whose link stands or stood still: as far as it has come, and as much later.
pub(super) fn halted(board: &Board, seq: Seq, hop: Hop) -> Hop {
    let Some(halt) = board.halts.get(&seq) else {
        return hop;
    };
    let later = |at: Micros| Micros(at.0 + halt.stood.0);
    Hop {
        sent: later(hop.sent),
        arrives: later(hop.arrives),
        held: halt.since,
        ..hop
    }
}

/// The subscriptions a packet belongs to. Left of the broker everything is ink.
pub(super) fn channels(log: &Log, ears: &Ears, seq: Seq, sent: &Sent) -> Vec<Channel> {
    if ears.of_actor(sent.actor).is_empty() {
        return Vec::new();
    }
    let filters = |asked: &Sent| ears.named(sent.actor, &asked.facts.filters);
    match (sent.kind, sent.direction) {
        (PacketKind::Publish, Direction::ToActor) => ears.channels(sent.actor, &sent.facts.topic),
        (PacketKind::Subscribe | PacketKind::Unsubscribe, _) => filters(sent),
        (PacketKind::SubAck | PacketKind::UnsubAck, _) => {
            let asked = log.question(seq).and_then(|asked| log.sent(asked));
            asked.map_or_else(Vec::new, filters)
        }
        (PacketKind::PubAck | PacketKind::PubRec | PacketKind::PubRel | PacketKind::PubComp, _) => {
            let copy = log.delivery(seq).and_then(|copy| log.sent(copy));
            copy.map_or_else(Vec::new, |copy| {
                ears.channels(sent.actor, &copy.facts.topic)
            })
        }
        _ => Vec::new(),
    }
}

/// Whether a packet carries a reason code of 0x80 or more.
pub(crate) fn failed(sent: &Sent) -> bool {
    reason(sent).is_some_and(|reason| reason >= 0x80)
}

/// The reason code a packet carries; of several the first that is a failure, or else the first.
pub(super) fn reason(sent: &Sent) -> Option<u8> {
    let codes = &sent.facts.codes;
    let failure = codes.iter().find(|code| **code >= 0x80);
    let code = failure.or_else(|| codes.first());
    sent.facts.reason.or_else(|| code.copied())
}
