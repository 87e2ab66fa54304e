//! The words of what everybody remembers.

use tidings_world::scenario::Qos;
use tidings_world::view::{Happened, Presence, RowKind, TimerKind};

use super::{Bit, Phrase, figures, say};

/// What everybody remembers.
pub(crate) struct State {
    pub(crate) title: &'static str,
    pub(crate) close: &'static str,
    pub(crate) nothing: &'static str,
    /// What happened last, and how many things it changed.
    pub(crate) happened: fn(Happened, name: &str, at: &str, changes: usize) -> Phrase,
    pub(crate) everything: &'static str,
    pub(crate) changed: &'static str,
    /// Plain, and in MQTT's own words.
    pub(crate) columns: [[&'static str; 2]; 5],
    pub(crate) presence: fn(Presence, since: Option<&str>, held: bool) -> String,
    pub(crate) zero: &'static str,
    /// How far a handshake has come.
    pub(crate) step: fn(Qos, step: u8, to_broker: bool) -> &'static str,
    pub(crate) most: fn(open: u32, most: u16) -> String,
    pub(crate) waits: fn(before: u32, now: u32) -> String,
    pub(crate) and_more: fn(u32) -> String,
    pub(crate) kept: &'static str,
    pub(crate) kept_term: &'static str,
    pub(crate) nothing_kept: &'static str,
    pub(crate) more: fn(u32) -> String,
    pub(crate) by_itself: &'static str,
    pub(crate) timers: &'static str,
    pub(crate) timers_note: &'static str,
    pub(crate) no_timers: &'static str,
    pub(crate) to_timer: &'static str,
    pub(crate) timer: fn(TimerKind, name: &str) -> Phrase,
    pub(crate) timer_why: fn(TimerKind, whole: &str) -> String,
    pub(crate) nobody: &'static str,
    pub(crate) nobody_note: &'static str,
}

pub(super) const EN: State = State {
    title: "State",
    close: "Put the state away",
    nothing: "Nothing has happened yet.",
    happened: |happened, name, at, changes| {
        let name = || Bit::Name(name.into());
        let packet =
            |no: u32, kind: tidings_world::view::PacketKind| format!("{} #{no}", kind.name());
        let mut phrase = match happened {
            Happened::Left(no, kind) => vec![say(format!("{} left", packet(no.0, kind)))],
            Happened::Reached(no, kind) => {
                vec![say(format!("{} reached the broker", packet(no.0, kind)))]
            }
            Happened::Came(no, kind, _) => {
                vec![say(format!("{} reached ", packet(no.0, kind))), name()]
            }
            Happened::Lost(no, kind) => {
                vec![say(format!(
                    "{} was lost with its link",
                    packet(no.0, kind)
                ))]
            }
            Happened::Done(_, deed) => {
                let deed = (super::log::EN.kind)(RowKind::Deed(deed));
                vec![name(), say(format!(": {deed},"))]
            }
            Happened::Broker(deed) => {
                let deed = (super::log::EN.kind)(RowKind::Broker(deed));
                vec![say(format!("The broker: {deed},"))]
            }
        };
        phrase.push(say(match changes {
            0 => format!(" at {at}. Nobody has to remember it."),
            1 => format!(" at {at}. One thing changed."),
            n => format!(" at {at}. {n} things changed."),
        }));
        phrase
    },
    everything: "Everything anybody remembers. What this event changed is marked",
    changed: "changed",
    columns: [
        ["who", "session"],
        ["asked for", "subscriptions"],
        ["on its way to the broker", "packet ids, step by step"],
        [
            "on its way from the broker, or waiting",
            "packet ids, queue",
        ],
        ["short names", "topic aliases"],
    ],
    presence: |presence, since, held| {
        let word = match presence {
            Presence::NotYet => "not there yet",
            Presence::Connecting => "connecting",
            Presence::Connected => "online",
            Presence::Away { .. } => "away",
        };
        let since = since.map_or_else(String::new, |since| format!(" since {since}"));
        let session = match (presence, held) {
            (Presence::Away { .. }, true) => ", its session is kept",
            (Presence::Away { .. }, false) => ", no session",
            _ => "",
        };
        format!("{word}{since}{session}")
    },
    zero: "QoS 0 leaves nothing to remember",
    step: |qos, step, to_broker| match (qos, step, to_broker) {
        (Qos::ExactlyOnce, 1, _) => "waits for PUBREC",
        (Qos::ExactlyOnce, 2, _) => "PUBREC is on its way",
        (Qos::ExactlyOnce, 3, _) => "PUBREL left, waits for PUBCOMP",
        (Qos::ExactlyOnce, _, _) => "PUBCOMP is on its way",
        (_, 1, true) => "waits for the broker’s PUBACK",
        (_, 1, false) => "waits for its PUBACK",
        _ => "PUBACK is on its way",
    },
    most: |open, most| {
        format!(
            "{} of {} may be open",
            figures(open.into()),
            figures(most.into())
        )
    },
    waits: |before, now| match (before, now) {
        (before, now) if before != now => {
            format!("{} → {} wait", figures(before.into()), figures(now.into()))
        }
        (_, 1) => "1 waits".into(),
        (_, n) => format!("{} wait", figures(n.into())),
    },
    and_more: |n| format!("and {} more", figures(n.into())),
    kept: "Kept for newcomers",
    kept_term: "retained, one word to a topic",
    nothing_kept: "No word is kept.",
    more: |n| format!("And {} more: the topics have all.", figures(n.into())),
    by_itself: "What will happen by itself",
    timers: "timers, soonest first",
    timers_note: "No packet is needed for these, only time.",
    no_timers: "No timer runs.",
    to_timer: "To the next timer",
    timer: |kind, name| {
        let name = Bit::Name(name.into());
        match kind {
            TimerKind::Speaks => vec![name, say(" says its next word")],
            TimerKind::KeepAlive => vec![name, say(" pings")],
            TimerKind::SessionExpiry => vec![say("the session of "), name, say(" ends")],
            TimerKind::WillDelay => vec![say("the last will of "), name, say(" is said")],
            TimerKind::Reconnect => vec![name, say(" tries again")],
            TimerKind::Handling => vec![name, say(" is done with a message")],
            TimerKind::Other => vec![say("the broker gives up on "), name],
        }
    },
    timer_why: |kind, whole| match kind {
        TimerKind::Speaks => format!("{whole} after its last"),
        TimerKind::KeepAlive => format!("Keep Alive {whole}"),
        TimerKind::SessionExpiry => format!("Session Expiry Interval {whole}"),
        TimerKind::WillDelay => format!("Will Delay Interval {whole}"),
        TimerKind::Reconnect => format!("{whole} after it went"),
        TimerKind::Handling => format!("it takes {whole}"),
        TimerKind::Other => format!("silent for {whole}, 1.5 × Keep Alive, MQTT-3.1.2-22"),
    },
    nobody: "What nobody remembers",
    nobody_note: "Who said it: a copy carries no sender. Who got it: a publisher is told “I have it”, never \
                  “they have it”. And a message of QoS 0 on its way: if the link dies now, it is gone.",
};
