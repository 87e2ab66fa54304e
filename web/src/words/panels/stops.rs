//! The words of time's panel: how far to go on, and where to stop.

use std::borrow::Cow;

use tidings_world::view::{Breakpoint, EventNo, PacketKind};

use super::{Phrase, figures, mono, say};
use crate::words::panels::Bit;

/// Time's panel, and the tab that says why the clock stands.
pub(crate) struct Stops {
    pub(crate) title: &'static str,
    pub(crate) beside: &'static str,
    pub(crate) go_on: &'static str,
    pub(crate) to_timer: &'static str,
    pub(crate) gets: &'static str,
    pub(crate) whom: &'static str,
    pub(crate) go: &'static str,
    pub(crate) stop: &'static str,
    pub(crate) stop_term: &'static str,
    pub(crate) none: &'static str,
    pub(crate) new: &'static str,
    /// What one can wait for, in the order of [`Breakpoint`].
    pub(crate) kinds: [&'static str; 5],
    pub(crate) which: &'static str,
    pub(crate) filter: &'static str,
    pub(crate) add: &'static str,
    pub(crate) on: &'static str,
    pub(crate) take_away: &'static str,
    pub(crate) remote: &'static str,
    pub(crate) link: &'static str,
    pub(crate) link_term: &'static str,
    pub(crate) link_note: &'static str,
    pub(crate) make: &'static str,
    pub(crate) copy: &'static str,
    pub(crate) made: fn(letters: usize) -> String,
    pub(crate) too_long: fn(letters: usize) -> String,
    pub(crate) other_version: &'static str,
    pub(crate) cut_short: &'static str,
    /// What is waited for.
    pub(crate) what: fn(&Breakpoint, actor: &str) -> Phrase,
    /// Why the clock stands.
    pub(crate) why: fn(&Breakpoint, packet: Option<EventNo>, actor: &str) -> Phrase,
}

/// The packets that can be waited for, in the standard's order.
pub(crate) const PACKETS: [PacketKind; 15] = [
    PacketKind::Connect,
    PacketKind::ConnAck,
    PacketKind::Publish,
    PacketKind::PubAck,
    PacketKind::PubRec,
    PacketKind::PubRel,
    PacketKind::PubComp,
    PacketKind::Subscribe,
    PacketKind::SubAck,
    PacketKind::Unsubscribe,
    PacketKind::UnsubAck,
    PacketKind::PingReq,
    PacketKind::PingResp,
    PacketKind::Disconnect,
    PacketKind::Auth,
];

pub(super) const EN: Stops = Stops {
    title: "Time",
    beside: "how far to go, where to stop",
    go_on: "Go on until",
    to_timer: "the next timer",
    gets: "gets something",
    whom: "Who",
    go: "Go on",
    stop: "Stop by itself when",
    stop_term: "breakpoints",
    none: "Nothing is waited for: the clock runs until you hold it.",
    new: "Stop when",
    kinds: [
        "a packet of a kind arrives",
        "a message on a topic arrives",
        "a reason code says no",
        "something is dropped or lost",
        "a client comes or is lost",
    ],
    which: "Which",
    filter: "Topic filter",
    add: "Stop there",
    on: "On",
    take_away: "Take it away",
    remote: "A real broker’s clock is not ours: only the picture is held.",
    link: "A link to this moment",
    link_term: "bookmark",
    link_note: "It brings whoever opens it to this very moment, held: the scene, and what was done to it until now. Nothing of it reaches a server.",
    make: "Make a link",
    copy: "Copy",
    made: |letters| {
        format!(
            "It is also this page’s address now. {} letters.",
            figures(letters as u64)
        )
    },
    too_long: |letters| {
        format!(
            "This run does not fit into a link: it has {} letters, and chats cut them at 8 000. A smaller scene, or fewer changes, would fit.",
            figures(letters as u64)
        )
    },
    other_version: "This link is of another version of the page, and cannot be read. Nothing of it was opened.",
    cut_short: "This link is not whole: chats and mail often cut long ones. Nothing of it was opened.",
    what: |what, actor| match what {
        Breakpoint::Packet(kind) => vec![say(format!("{} arrives", a(kind.name())))],
        Breakpoint::Topic(filter) => vec![say("a message on "), mono(filter.clone())],
        Breakpoint::Failure => vec![say("a reason code of 0x80 or more")],
        Breakpoint::Drop => vec![say("something is dropped or lost")],
        Breakpoint::Presence(_) => {
            vec![Bit::Name(actor.into()), say(" comes or is lost")]
        }
    },
    why: |what, packet, actor| {
        let no = packet.map_or_else(String::new, |no| format!(" #{}", no.0));
        let name = Bit::Name(actor.into());
        match what {
            Breakpoint::Packet(kind) => {
                vec![say(format!("Stopped: {}{no} has arrived", kind.name()))]
            }
            Breakpoint::Topic(filter) => {
                let came = format!("Stopped: the message{no} has arrived, on ");
                vec![say(came), mono(filter.clone())]
            }
            Breakpoint::Failure => vec![say(format!("Stopped:{no} says no: 0x80 or more"))],
            Breakpoint::Drop => {
                let lost = format!(" does not get{no}: dropped, or lost with its connection");
                vec![say("Stopped: "), name, say(lost)]
            }
            Breakpoint::Presence(_) => {
                vec![say("Stopped: "), name, say(" has come, or is lost")]
            }
        }
    },
};

/// `a PUBLISH`, `an UNSUBACK`.
fn a(name: &str) -> Cow<'static, str> {
    let an = name.starts_with(['A', 'U']);
    format!("{} {name}", if an { "an" } else { "a" }).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(phrase: &[Bit]) -> String {
        let bits = phrase.iter().map(|bit| match bit {
            Bit::Say(text) => text.to_string(),
            Bit::Name(text) | Bit::Mono(text) => text.clone(),
        });
        bits.collect()
    }

    #[test]
    fn why_the_clock_stands_is_said_with_its_packet() {
        let topic = Breakpoint::Topic("home/+/door".into());
        let why = (EN.why)(&topic, Some(EventNo(37)), "");
        assert_eq!(
            text(&why),
            "Stopped: the message #37 has arrived, on home/+/door"
        );
        let why = (EN.why)(&Breakpoint::Drop, Some(EventNo(9)), "phone");
        assert!(text(&why).starts_with("Stopped: phone does not get #9"));
        let what = (EN.what)(&Breakpoint::Packet(PacketKind::UnsubAck), "");
        assert_eq!(text(&what), "an UNSUBACK arrives");
    }
}
