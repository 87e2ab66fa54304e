//! What came of a row, up to the playhead.

use std::collections::BTreeSet;

use tidings_core::packet::{PacketKind as CoreKind, ReasonCode};

use super::Sight;
use super::ears::{Ears, parse};
use super::hop::reason;
use crate::log::{Decision, Entry, Fate, Sent, Seq, What};
use crate::scenario::Qos;
use crate::view::{CameOf, Direction, Dropped, Micros, PacketKind};

/// What came of an entry that is a row.
pub(super) fn came(sight: &Sight, ears: &Ears, seq: Seq, entry: &Entry) -> CameOf {
    match &entry.what {
        What::Sent(sent) => match sight.log.fate(seq, sight.end()) {
            Fate::OnItsWay => CameOf::OnItsWay,
            Fate::Lost(at) => CameOf::Lost { at },
            Fate::Arrived(at) => arrived(sight, ears, seq, sent, at),
        },
        What::Decided {
            actor, decision, ..
        } => match decision {
            Decision::Queued => CameOf::Waits {
                waiting: sight.log.waiting(*actor, Seq(seq.0 + 1)),
            },
            Decision::Dropped(why) => CameOf::Dropped(*why),
            Decision::Delivered | Decision::AnotherMember => CameOf::Nothing,
        },
        _ => CameOf::Nothing,
    }
}

/// The name the standard has for a reason code in such a packet.
pub(super) fn reason_name(code: u8, kind: PacketKind) -> String {
    let Some(reason) = ReasonCode::from_number(code) else {
        return format!("0x{code:02X}");
    };
    match core_kind(kind) {
        Some(kind) => reason.name_in(kind).to_owned(),
        None => reason.name().to_owned(),
    }
}

fn arrived(sight: &Sight, ears: &Ears, seq: Seq, sent: &Sent, at: Micros) -> CameOf {
    if let Some(sentence) = unreadable(sight, seq) {
        return CameOf::Unreadable(sentence);
    }
    let code = reason(sent);
    let said = |code| CameOf::Reason {
        code,
        name: reason_name(code, sent.kind),
    };
    match sent.kind {
        PacketKind::Publish if sent.direction == Direction::ToBroker && sight.is_glass() => {
            routed(sight, ears, seq, sent)
        }
        PacketKind::PubAck | PacketKind::PubRec | PacketKind::PubRel | PacketKind::PubComp
            if code.is_some_and(|code| code >= 0x80) =>
        {
            said(code.unwrap_or_default())
        }
        PacketKind::PubAck | PacketKind::PubComp => frees(sent, at),
        PacketKind::SubAck
        | PacketKind::UnsubAck
        | PacketKind::ConnAck
        | PacketKind::Disconnect
        | PacketKind::Auth => code.map_or_else(|| frees(sent, at), said),
        _ => match wanted(sent.kind, sent.facts.qos) {
            None => CameOf::Arrived { at },
            Some(_) => match answered(sight, seq, sent) {
                Some(at) => CameOf::Acked { at },
                None => CameOf::AckOwed,
            },
        },
    }
}

fn frees(sent: &Sent, at: Micros) -> CameOf {
    match sent.facts.packet_id {
        Some(packet_id) => CameOf::Frees { packet_id },
        None => CameOf::Arrived { at },
    }
}

/// What the reader said of a packet that it could not read.
fn unreadable(sight: &Sight, seq: Seq) -> Option<String> {
    let mut below = below(sight, seq);
    below.find_map(|(_, entry)| match &entry.what {
        What::Unreadable { packet, mistake } if *packet == seq => Some(mistake.sentence.clone()),
        _ => None,
    })
}

/// What was decided first for each: later it may have gone another way.
fn routed(sight: &Sight, ears: &Ears, seq: Seq, sent: &Sent) -> CameOf {
    let (mut copies, mut kept, mut dropped, mut own) = (0_u16, 0_u16, 0_u16, 0_u16);
    let mut decided = BTreeSet::new();
    for (_, entry) in below(sight, seq) {
        if let What::Decided {
            message,
            actor,
            decision,
        } = &entry.what
            && *message == seq
            && decided.insert(*actor)
        {
            match decision {
                Decision::Delivered => copies += 1,
                Decision::Queued => kept += 1,
                Decision::Dropped(Dropped::Own) => own += 1,
                Decision::Dropped(_) => dropped += 1,
                Decision::AnotherMember => {}
            }
        }
    }
    let arrival = sight.log.ended(seq, sight.end()).unwrap_or(seq);
    let topic = parse(&sent.facts.topic);
    let others = ears.everybody().map(|(id, mine)| {
        let held = sight.log.granted(id, arrival);
        let not_asked = mine.iter().filter(|ear| {
            let filter = ear.filter.full().bytes();
            let matches = topic.as_ref().is_some_and(|t| ear.filter.matches(t));
            !matches && held.iter().any(|(other, _)| other == filter)
        });
        not_asked.count() as u16
    });
    CameOf::Routed {
        copies,
        kept,
        dropped,
        not_asked: others.sum::<u16>() + own,
    }
}

/// The answer a packet wants.
fn wanted(kind: PacketKind, qos: Qos) -> Option<PacketKind> {
    Some(match kind {
        PacketKind::Publish => match qos {
            Qos::AtMostOnce => return None,
            Qos::AtLeastOnce => PacketKind::PubAck,
            Qos::ExactlyOnce => PacketKind::PubRec,
        },
        PacketKind::PubRec => PacketKind::PubRel,
        PacketKind::PubRel => PacketKind::PubComp,
        PacketKind::Connect => PacketKind::ConnAck,
        PacketKind::Subscribe => PacketKind::SubAck,
        PacketKind::Unsubscribe => PacketKind::UnsubAck,
        PacketKind::PingReq => PacketKind::PingResp,
        _ => return None,
    })
}

/// When the last answer that a packet wants was back.
fn answered(sight: &Sight, seq: Seq, sent: &Sent) -> Option<Micros> {
    let (mut asked, mut kind) = (seq, sent.kind);
    loop {
        let wanted = wanted(kind, sent.facts.qos)?;
        let mut below = below(sight, asked);
        let (place, answer) = below.find_map(|(place, entry)| match &entry.what {
            What::Sent(other) if entry.cause == Some(asked) && other.kind == wanted => {
                Some((place, other))
            }
            _ => None,
        })?;
        let Fate::Arrived(at) = sight.log.fate(place, sight.end()) else {
            return None;
        };
        let refused = reason(answer).is_some_and(|code| code >= 0x80);
        let more = sent.kind == PacketKind::Publish && !refused;
        if !more || self::wanted(wanted, sent.facts.qos).is_none() {
            return Some(at);
        }
        (asked, kind) = (place, wanted);
    }
}

/// What hangs in the same tree behind an entry, up to the playhead.
fn below<'a>(sight: &Sight<'a>, seq: Seq) -> impl Iterator<Item = (Seq, &'a Entry)> {
    let (log, end) = (sight.log, sight.end());
    let root = log.get(seq).map_or(seq, |entry| entry.root);
    let places = log.below(root);
    let first = places.partition_point(|place| *place <= seq);
    let places = places[first..]
        .iter()
        .take_while(move |place| **place < end);
    places.filter_map(move |place| Some((*place, log.get(*place)?)))
}

fn core_kind(kind: PacketKind) -> Option<CoreKind> {
    Some(match kind {
        PacketKind::Connect => CoreKind::Connect,
        PacketKind::ConnAck => CoreKind::ConnAck,
        PacketKind::Publish => CoreKind::Publish,
        PacketKind::PubAck => CoreKind::PubAck,
        PacketKind::PubRec => CoreKind::PubRec,
        PacketKind::PubRel => CoreKind::PubRel,
        PacketKind::PubComp => CoreKind::PubComp,
        PacketKind::Subscribe => CoreKind::Subscribe,
        PacketKind::SubAck => CoreKind::SubAck,
        PacketKind::Unsubscribe => CoreKind::Unsubscribe,
        PacketKind::UnsubAck => CoreKind::UnsubAck,
        PacketKind::PingReq => CoreKind::PingReq,
        PacketKind::PingResp => CoreKind::PingResp,
        PacketKind::Disconnect => CoreKind::Disconnect,
        PacketKind::Auth => CoreKind::Auth,
        PacketKind::WebSocket | PacketKind::Unreadable => return None,
    })
}
