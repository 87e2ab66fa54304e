//! One row of the log.

use super::came::came;
use super::ears::Ears;
use super::hop::{channels, failed};
use super::{Sight, short};
use crate::log::{Decision, Entry, Fate, Sent, Seq, What};
use crate::view::{Dropped, LogRow, Party, RowKind, Short};

/// A topic in a row has no more characters.
const TOPIC_CHARS_MAX: usize = 200;

/// What a row is about, if there is one for this entry.
pub(super) fn kind(entry: &Entry) -> Option<RowKind> {
    match &entry.what {
        What::Sent(sent) => Some(RowKind::Packet(sent.kind)),
        What::Decided { decision, .. } => match decision {
            Decision::Queued => Some(RowKind::Waits),
            Decision::Dropped(_) => Some(RowKind::NotSent),
            // The copies themselves say so, of whoever has them.
            Decision::Delivered | Decision::AnotherMember => None,
        },
        What::Deed { deed, .. } => Some(RowKind::Deed(*deed)),
        What::Broker { deed, .. } => Some(RowKind::Broker(*deed)),
        What::Will(_) => Some(RowKind::Will),
        What::Wire(_, wire) => Some(RowKind::Wire(*wire)),
        What::Session { held: false, .. } => Some(RowKind::Forgotten),
        _ => None,
    }
}

/// Whether a row is a failure: a reason code of 0x80 or more, a lost packet, a dropped message.
/// Who asked not to hear itself misses nothing.
pub(super) fn is_failure(sight: &Sight, seq: Seq, entry: &Entry) -> bool {
    match &entry.what {
        What::Sent(sent) => {
            failed(sent) || matches!(sight.log.fate(seq, sight.end()), Fate::Lost(_))
        }
        What::Decided { decision, .. } => {
            matches!(decision, Decision::Dropped(why) if *why != Dropped::Own)
        }
        _ => false,
    }
}

/// The packet whose topic and payload a row shows.
pub(super) fn message<'a>(sight: &Sight<'a>, entry: &'a Entry) -> Option<&'a Sent> {
    match &entry.what {
        What::Sent(sent) => Some(sent),
        What::Decided { message, .. } => sight.log.sent(*message),
        _ => None,
    }
}

/// The filters of a SUBSCRIBE or UNSUBSCRIBE, or the topic of a PUBLISH.
pub(super) fn topic(sent: &Sent) -> String {
    let filters = sent.facts.filters.iter();
    let filters: Vec<_> = filters.map(|f| String::from_utf8_lossy(f)).collect();
    match filters.is_empty() {
        true => short::cut(sent.facts.topic(), TOPIC_CHARS_MAX),
        false => short::cut(&filters.join(", "), TOPIC_CHARS_MAX),
    }
}

/// The row of an entry that has one, as a root.
pub(super) fn row(sight: &Sight, ears: &Ears, seq: Seq) -> Option<LogRow> {
    let entry = sight.log.get(seq)?;
    let kind = kind(entry)?;
    let (from, to) = ends(entry)?;
    let message = message(sight, entry);
    let facts = message.map(|message| &message.facts);
    let (is_packet, is_publish) = match &entry.what {
        What::Sent(sent) => (true, !sent.facts.topic.is_empty()),
        _ => (false, false),
    };
    // What is not sent is told by its size; what waits lies in the broker and has none.
    let sized = is_packet || kind == RowKind::NotSent;
    Some(LogRow {
        no: match &entry.what {
            What::Sent(_) | What::Deed { .. } | What::Broker { .. } => sight.log.number(seq),
            _ => None,
        },
        depth: 0,
        last_child: false,
        at: entry.at,
        root_at: entry.at,
        from,
        to,
        kind,
        channels: match &entry.what {
            What::Sent(sent) => channels(sight.log, ears, seq, sent),
            What::Decided { actor, .. } => {
                facts.map_or_else(Vec::new, |facts| ears.channels(*actor, &facts.topic))
            }
            _ => Vec::new(),
        },
        topic: message.map(topic).unwrap_or_default(),
        payload: facts.map_or_else(Short::default, |facts| Short::of(&facts.payload)),
        qos: facts
            .filter(|_| is_publish || kind == RowKind::NotSent)
            .map(|facts| facts.qos),
        retain: is_packet && facts.is_some_and(|facts| facts.retain),
        dup: is_packet && facts.is_some_and(|facts| facts.dup),
        bytes: message
            .filter(|_| sized)
            .map_or(0, |message| message.bytes_total),
        came: came(sight, ears, seq, entry),
    })
}

fn ends(entry: &Entry) -> Option<(Party, Party)> {
    use crate::view::Direction::{ToActor, ToBroker};
    Some(match &entry.what {
        What::Sent(sent) => match sent.direction {
            ToBroker => (Party::Actor(sent.actor), Party::Broker),
            ToActor => (Party::Broker, Party::Actor(sent.actor)),
        },
        What::Decided { actor, .. } | What::Session { actor, .. } => {
            (Party::Broker, Party::Actor(*actor))
        }
        What::Deed { actor, .. } | What::Wire(actor, _) => {
            (Party::Actor(*actor), Party::Actor(*actor))
        }
        What::Broker { .. } => (Party::Broker, Party::Broker),
        // The broker says it as if it had just come in.
        What::Will(actor) => (Party::Actor(*actor), Party::Broker),
        _ => return None,
    })
}
