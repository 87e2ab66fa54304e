//! One packet, taken apart.

use bytes::Bytes;

use super::came::reason_name;
use super::ears::Ears;
use super::hop::{hop, reason};
use super::message::Message;
use super::reading;
use super::row::kind;
use super::tree::tree;
use super::{Sight, short};
use crate::log::{Fate, Mistake, Sent, Seq, What};
use crate::view::{
    BYTES_SHOWN_MAX, Direction, EventNo, Field, LogRow, PacketDetail, PacketKind, Why, Wrong,
};

/// A tree shows no more rows beside a packet.
const TREE_ROWS_MAX: usize = 60;
/// No longer PUBLISH is filled up to its full length, so that its fields can be read.
const FILLED_BYTES_MAX: usize = 4 * 1024 * 1024;

/// The packet of a number, if it has been sent and the log still holds it.
pub(crate) fn packet(sight: &Sight, no: EventNo) -> Option<PacketDetail> {
    let log = sight.log;
    let seq = log.find(no).filter(|seq| *seq < sight.end())?;
    let sent = log.sent(seq)?;
    let ears = Ears::of(sight.cast);
    let mistake = mistake(sight, seq);
    let (fields, refusal) = named(sent);
    let shown = sent.bytes.len().min(BYTES_SHOWN_MAX);
    Some(PacketDetail {
        hop: hop(log, &ears, seq, sight.end())?,
        version: sent.version,
        topic: short::topic(sent.facts.topic()),
        bytes: sent.bytes[..shown].to_vec(),
        bytes_total: sent.bytes_total,
        frame_header: sent.frame.to_vec(),
        fields,
        wrong: mistake.map(|mistake| wrong(sent, mistake)).or(refusal),
        twin: reading::twin(&whole(sent), sent.direction, sent.version),
        reason: reason(sent).map(|code| (code, reason_name(code, sent.kind))),
        why: why(sight, &ears, seq, sent),
        tree: rows(sight, &ears, seq),
    })
}

/// What the reader said, if it could not read the packet.
fn mistake<'a>(sight: &Sight<'a>, seq: Seq) -> Option<&'a Mistake> {
    let log = sight.log;
    let below = log.below(log.get(seq)?.root).iter();
    let mut below = below.take_while(|place| **place < sight.end());
    below.find_map(|place| match &log.get(*place)?.what {
        What::Unreadable { packet, mistake } if *packet == seq => Some(mistake),
        _ => None,
    })
}

fn wrong(sent: &Sent, mistake: &Mistake) -> Wrong {
    Wrong {
        offset: mistake.offset,
        sentence: mistake.sentence.clone(),
        reason: (mistake.reason, reason_name(mistake.reason, sent.kind)),
        statement: mistake.statement.to_owned(),
    }
}

/// What each byte means, and why the rest could not be read.
fn named(sent: &Sent) -> (Vec<Field>, Option<Wrong>) {
    match sent.kind {
        PacketKind::WebSocket => (Vec::new(), None),
        _ => reading::named(&whole(sent), sent.direction, sent.version),
    }
}

/// A packet as long as it says it is: of a long PUBLISH the log has the beginning, and the rest of
/// its payload changes no other field.
fn whole(sent: &Sent) -> Bytes {
    let total = sent.bytes_total as usize;
    if sent.kind != PacketKind::Publish || total > FILLED_BYTES_MAX || total <= sent.bytes.len() {
        return sent.bytes.clone();
    }
    let mut filled = sent.bytes.to_vec();
    filled.resize(total, b' ');
    filled.into()
}

/// What each subscription that the broker held made of a message.
pub(super) fn why(sight: &Sight, ears: &Ears, seq: Seq, sent: &Sent) -> Vec<Why> {
    let reached = (sent.kind, sent.direction) == (PacketKind::Publish, Direction::ToBroker)
        && sight.is_glass();
    let Some(message) = Message::new(sight, seq).filter(|_| reached) else {
        return Vec::new();
    };
    let all = ears.everybody().flat_map(|(_, mine)| mine);
    let why = all.filter_map(|ear| {
        let verdict = message.verdict(sight, ear)?;
        let copy = message.copy(ear, &verdict).and_then(|copy| {
            let at = match sight.log.fate(copy, sight.end()) {
                Fate::Arrived(at) => Some(at),
                Fate::OnItsWay | Fate::Lost(_) => None,
            };
            Some((sight.log.number(copy)?, at))
        });
        Some(Why {
            rung: ear.rung,
            actor: ear.rung.actor,
            channel: ear.channel,
            levels: ear.filter.levels().map(short::topic).collect(),
            granted: message.granted_then(sight, ear),
            verdict,
            copy,
        })
    });
    why.collect()
}

fn rows(sight: &Sight, ears: &Ears, seq: Seq) -> Vec<LogRow> {
    let root = sight.log.get(seq).map_or(seq, |entry| entry.root);
    // A tree whose root was let go is not known any more; the packet still is.
    let root = sight.log.get(root).map_or(seq, |_| root);
    let twigs = tree(sight, root, |_, entry| kind(entry).is_some());
    let rows = twigs.into_iter().take(TREE_ROWS_MAX);
    rows.filter_map(|twig| twig.row(sight, ears)).collect()
}
