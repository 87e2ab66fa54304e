//! What came of a packet, in a few words and a colour.

use tidings_world::view::{CameOf, LogRow, Micros, PacketKind, RowKind};
use yew::prelude::*;

use super::foreign::foreign;
use crate::scene::clock::seconds;
use crate::words::words;

/// How it is coloured: red says failure, amber that something waits.
pub(crate) fn class(came: &CameOf) -> &'static str {
    match came {
        CameOf::Dropped(_) | CameOf::Lost { .. } | CameOf::Unreadable(_) => "red",
        CameOf::Reason { code, .. } if *code >= 0x80 => "red",
        CameOf::Waits { .. } => "amb",
        _ => "",
    }
}

/// In words.
pub(crate) fn came(row: &LogRow) -> Html {
    in_words(row, row.kind == RowKind::Packet(PacketKind::Publish))
}

/// In fewer words, where there is less room.
pub(crate) fn came_brief(row: &LogRow) -> Html {
    in_words(row, false)
}

/// `acks`: say whether an ack was wanted.
fn in_words(row: &LogRow, acks: bool) -> Html {
    let words = &words().panels.log;
    let at = |Micros(at): Micros| seconds(at);
    let text = match &row.came {
        CameOf::OnItsWay => words.on_its_way.into(),
        CameOf::Routed {
            copies,
            kept,
            dropped,
            not_asked,
        } => (words.routed)(*copies, *kept, *dropped, *not_asked),
        CameOf::Arrived { at: when } => (words.arrived)(&at(*when), acks),
        CameOf::Acked { at: when } => (words.acked)(&at(*when), acks),
        CameOf::AckOwed => (words.ack_owed)(acks).into(),
        CameOf::Frees { packet_id } => (words.frees)(*packet_id),
        CameOf::Reason { code, name } => format!("0x{code:02X} {name}"),
        CameOf::Waits { waiting } => (words.waits)(*waiting),
        CameOf::Dropped(why) => format!("× {}", (words.dropped)(*why)),
        CameOf::Lost { at: when } => format!("× {}", (words.lost)(&at(*when))),
        CameOf::Unreadable(sentence) => return html! { <>{ "× " }{ foreign(sentence) }</> },
        CameOf::Nothing => {
            let faults = &crate::words::words().panels.faults;
            match row.kind {
                RowKind::Deed(deed) => (faults.deed)(deed).into(),
                RowKind::Broker(deed) => (faults.broker_deed)(deed).into(),
                RowKind::Wire(wire) => (faults.wire)(wire),
                _ => String::new(),
            }
        }
    };
    html! { text }
}
