//! The words of the ladder.

use tidings_world::view::{Did, RowKind};

use super::figures;

/// The ladder.
pub(crate) struct Ladder {
    pub(crate) title: &'static str,
    pub(crate) close: &'static str,
    pub(crate) hint: [&'static str; 2],
    pub(crate) paper: &'static str,
    pub(crate) nearer: &'static str,
    pub(crate) farther: &'static str,
    /// What draws each lane alone, or folds them again.
    pub(crate) lanes: fn(usize, all: bool) -> String,
    pub(crate) waits: fn(u32) -> String,
    pub(crate) dies: fn(&str) -> String,
    /// What an end must not forget: the message, or only its number.
    pub(crate) hold: fn(number: bool, id: u16) -> String,
    pub(crate) arrow: fn(&Arrow<'_>) -> String,
    /// Before the name of a packet that only the other run has.
    pub(crate) before: &'static str,
    pub(crate) link: &'static str,
    /// The accessible name of the cut's handle.
    pub(crate) cut: fn(name: &str) -> String,
    /// Where it is; none while there is no cut.
    pub(crate) cut_at: fn(Option<&str>) -> String,
    pub(crate) mend: &'static str,
    pub(crate) cut_hint: &'static str,
    pub(crate) sent: fn(name: &str) -> String,
    pub(crate) died: &'static str,
    pub(crate) delivered: &'static str,
    pub(crate) outcome: fn(sent: usize, delivered: u16, at_most_once: bool) -> &'static str,
    pub(crate) no_outcome: &'static str,
    pub(crate) runs: Runs,
}

/// The runs of a scene.
pub(crate) struct Runs {
    pub(crate) run: fn(u32) -> String,
    pub(crate) tree: &'static str,
    pub(crate) first: &'static str,
    pub(crate) did: fn(Did, name: &str) -> String,
    /// Where two runs part, and how the one that was left is drawn.
    pub(crate) parted: fn(now: u32, kept: u32, at: &str) -> String,
    pub(crate) dotted: &'static str,
    pub(crate) until: fn(&str) -> String,
    pub(crate) compare: fn(kept: usize) -> String,
    pub(crate) alone: &'static str,
    pub(crate) back: &'static str,
    pub(crate) before: &'static str,
    pub(crate) now: &'static str,
    pub(crate) got: fn(name: &str, [u32; 2]) -> String,
    pub(crate) lost: &'static str,
    pub(crate) same: &'static str,
    pub(crate) let_go: fn(u32) -> String,
}

/// One packet, for who does not see its arrow.
pub(crate) struct Arrow<'a> {
    pub(crate) kind: &'a str,
    pub(crate) no: u64,
    pub(crate) name: &'a str,
    pub(crate) to_broker: bool,
    pub(crate) id: Option<u16>,
    pub(crate) value: &'a str,
    pub(crate) dup: bool,
    pub(crate) left: &'a str,
    pub(crate) end: &'a str,
    pub(crate) lost: bool,
}

pub(super) const EN: Ladder = Ladder {
    title: "Ladder",
    close: "Put the ladder away",
    hint: [
        "Every packet is an arrow.",
        "Down the page: who. To the right: when. The slower the link, the flatter the arrow.",
    ],
    paper: "Packets by the time they left. Arrow keys up and down choose one",
    nearer: "Less time on the paper",
    farther: "More time on the paper",
    lanes: |n, all| match all {
        true => "Fold lanes".into(),
        false => format!("All {n} lanes"),
    },
    waits: |n| format!("waits: {}", figures(n.into())),
    dies: |name| format!("{name} dies"),
    hold: |number, id| match number {
        true => format!("only the number {id}"),
        false => format!("the message, as {id}"),
    },
    arrow: |a| {
        let (from, to) = match a.to_broker {
            true => (a.name, "broker"),
            false => ("broker", a.name),
        };
        let id =
            a.id.map_or_else(String::new, |id| format!(", packet id {id}"));
        let dup = if a.dup { ", sent again" } else { "" };
        let value = match a.value {
            "" => String::new(),
            value => format!(", {value}"),
        };
        let end = if a.lost { "lost" } else { "arrives" };
        format!(
            "{} {}, {from} to {to}{value}{id}{dup}, left {}, {end} {}",
            a.kind, a.no, a.left, a.end
        )
    },
    before: "In the other run: ",
    link: "Cut on the link of",
    cut: |name| format!("Cut on the link of {name}"),
    cut_at: |at| match at {
        Some(at) => format!("cut at {at}"),
        None => "not cut; arrow keys make a cut".into(),
    },
    mend: "Take the cut away",
    cut_hint: "Drag it: what comes of it is computed again.",
    sent: |name| format!("{name} sent"),
    died: "died",
    delivered: "delivered",
    outcome: |sent, delivered, at_most_once| match (delivered, sent) {
        (0, _) if at_most_once => "never: QoS 0 is sent once",
        (0, _) => "not yet",
        (1, 1) => "once",
        (1, _) => "once, though something was sent again",
        _ => "twice: the answer was lost, so it was sent again",
    },
    no_outcome: "Nothing was on its way.",
    runs: Runs {
        run: |n| format!("Run {n}"),
        tree: "The runs, and where they part",
        first: "as it began",
        did: |did, name| match did {
            Did::Deed(_, deed) => {
                format!("{name}: {}", (super::log::EN.kind)(RowKind::Deed(deed)))
            }
            Did::Broker(deed) => {
                format!("broker: {}", (super::log::EN.kind)(RowKind::Broker(deed)))
            }
            Did::Said(_) => format!("{name}: said something"),
            Did::Sent(_) => format!("{name}: sent bytes by hand"),
            Did::Scene => "the scene was changed".into(),
        },
        parted: |now, kept, at| format!("Run {now} parts from run {kept} at {at}."),
        dotted: "Dotted: how it went there.",
        until: |at| format!("until {at}"),
        compare: |kept| match kept {
            1 => "1 other run".into(),
            n => format!("{n} other runs"),
        },
        alone: "Compare with none",
        back: "Go back to it",
        before: "before",
        now: "now",
        got: |name, [before, now]| format!("{name}: {now} instead of {before}"),
        lost: "lost",
        same: "Nobody has got another number of messages so far.",
        let_go: |n| format!("{} let go", figures(n.into())),
    },
};
