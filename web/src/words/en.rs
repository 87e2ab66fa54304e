//! English.

use tidings_world::scenario::{Deed, Picture};

use super::panels;
use super::types::*;
use crate::scene::text;
use crate::state::Place;

pub(crate) static EN: Words = Words {
    language: "en",
    bar: Bar {
        menu: "Menu",
        scenes: "Scene",
        first_scene: "Kitchen sensors",
        first_note: "the first scene",
        kept_note: "yours, kept in this browser",
        clear: "Clear",
        clear_note: "everybody leaves",
        real_broker: "Real broker",
        theme: "Light or dark",
        help: "Keys",
        title_of_new: "New scene",
    },
    scene: Scene {
        aria: |speakers, listeners| {
            format!(
                "The stage: {} on the left, the broker in the middle, {} on the right",
                count(speakers, "publisher"),
                count(listeners, "subscriber")
            )
        },
        speak: "They speak",
        speak_term: "publishers",
        asked: "They asked",
        asked_term: "subscribers",
        compares: "The broker compares, level by level",
        keeps: "and keeps for the absent",
        elsewhere: "Another machine",
        level: "level",
        message: "message",
        plus: "any one level",
        hash: "anything from here on",
        shelf: "kept for newcomers: the last word on a topic",
        shelf_short: "kept for newcomers",
        until_ack_comes: "until the ack comes",
        until_ack: "until the ack",
        away: |waiting| match waiting {
            Some(0) => "away".into(),
            Some(1) => "away · 1 waits".into(),
            Some(n) => format!("away · {n} wait"),
            None => "away · ? wait".into(),
        },
        off: "off",
        dark: "We cannot see inside.",
        dark_more: "Only what goes in and what comes out is ours to see.",
        dark_known: "What it kept, compared or dropped: unknown. What we do know, by our own clock:",
        plug_in: |name| format!("Plug {} in", the(name)),
        bundle: |name, count| match name {
            "" => format!("{count} more"),
            name => format!("{name} × {count}"),
        },
        unfold: |bundle| format!("{bundle}, folded: show each"),
        fold: "Fold again",
        more_rungs: |rungs, conduct| match conduct {
            0 => format!("{rungs} more rungs"),
            n => format!("{rungs} more rungs, {n} conduct"),
        },
        add_publisher: "publisher",
        add_subscriber: "subscriber",
        publisher: "Publisher",
        subscriber: "Subscriber",
        another: "another",
        or: "or",
        back_to_first: "Go back to the kitchen",
        actor: |name, says, state| match (says, state) {
            ("", "") => name.into(),
            (says, "") => format!("{name}, {says}"),
            ("", state) => format!("{name}, {state}"),
            (says, state) => format!("{name}, {says}, {state}"),
        },
        packet: |number, kind, value| match value {
            "" => format!("{kind} {number}"),
            value => format!("{kind} {number}, {value}"),
        },
    },
    story: Story {
        opening: |speaker| {
            [
                match speaker {
                    Some(speaker) => format!("{} tells the broker.", capital(&the(speaker))),
                    None => "Nobody tells the broker anything.".into(),
                },
                "The broker tells everyone who asked.".into(),
            ]
        },
        nobody: ["Nobody speaks, nobody listens.", "Add one of each."],
        remote: "The same clients, another broker. Its glass is dark.",
        selected: |copies, kept, listeners| {
            let rest = match (copies, kept) {
                (0, 0) if listeners == 0 => "Nobody listens.".to_owned(),
                (0, 0) => "Nobody had asked for it.".to_owned(),
                (copies, 0) => format!("{} left.", capital(&copies_left(copies))),
                (0, kept) => format!("{} kept.", capital(&is_are(kept))),
                (copies, kept) => {
                    format!(
                        "{} left, {} kept.",
                        capital(&copies_left(copies)),
                        is_are(kept)
                    )
                }
            };
            format!("One message came in. {rest}")
        },
        paused_hint: "Dotted: where each will go. A hollow slab: the copy has left, but nobody has said yet that it came.",
        nothing_yet: "Nobody has said anything yet.",
        let_go: "Here the log begins: it was full, and let go of what had been before.",
        remote_hint: "What happens inside, we cannot see.",
        spoke: |s| {
            [
                format!("Just now {} said", the(s.name)),
                format!("{}{}", who_asked(s), waits(s)),
            ]
        },
        done: |name, deed, waiting| {
            let name = the(name);
            match deed {
                Deed::Unplug => format!("Just now somebody pulled {name}’s cable."),
                Deed::SwitchOff => format!("Just now {name} said goodbye and left."),
                Deed::SwitchOn => match waiting {
                    0 => format!("Just now {name} came back."),
                    1 => format!("Just now {name} came back. One message waits for it."),
                    n => format!(
                        "Just now {name} came back. {} messages wait for it.",
                        capital(&number(n.into()))
                    ),
                },
                Deed::Cut => format!("Just now {name}’s connection was cut."),
                Deed::CutAfter(bytes) => {
                    format!("After {bytes} more bytes {name}’s connection will be cut.")
                }
                Deed::Stall => format!("Just now {name}’s link stopped moving."),
                Deed::Resume => format!("Just now {name}’s link moves again."),
                Deed::Silence => {
                    format!("Just now {name}’s connection fell silent, and nobody was told.")
                }
                Deed::Crash => format!("Just now {name} crashed. It remembers nothing."),
                Deed::Restart => format!("Just now {name} started again. It remembers nothing."),
            }
        },
        noun: |name, picture| match picture {
            Picture::Thermometer if "thermometer".starts_with(name) => "thermometer".into(),
            _ => name.into(),
        },
        loading: "Waking the broker up.",
        broken: ["The broker stopped.", "That is our mistake, not yours."],
        what_happened: "What happened",
        not_made_for: "It met something it was not made for. What it said:",
        again: "Start again",
    },
    transport: Transport {
        label: "Time",
        start: "To the start",
        back: "Step back",
        play: "Play",
        pause: "Pause",
        step: "Step",
        timer: "To the next timer",
        more: "More steps, and where to stop",
        event: "event",
        seed: "seed",
        speed: "Speed",
        auto: "auto",
        auto_hint: "Slow while something flies, and no silence longer than a second",
        wall_clock: "wall clock",
        live: "live",
        held: "held",
        wall_note: "No stop, no step, no way back. Pause only holds the picture.",
        leave_remote: "Back to the broker of glass",
        leave_short: "Back",
        place: |place| match place {
            Place::Stage => "Stage",
            Place::Ladder => "Ladder",
            Place::Log => "Log",
            Place::Topics => "Topics",
            Place::State => "State",
            Place::Plots => "Plots",
            Place::Faults => "Faults",
        },
        views: "Views",
    },
    score: Score {
        aria: "The score: one lane for each actor, time runs to the right",
        broker: "broker",
        earlier: "more than can be drawn",
    },
    trouble: Trouble {
        address: "no address",
        mixed_content: "not from https",
        unreachable: "no answer",
        subprotocol: "not MQTT there",
        refused: "refused",
        lost: "connection lost",
        protocol: "not MQTT",
    },
    unread: Unread {
        says: "The scene that was kept in this browser cannot be opened; its text is still here.",
        show: "Show its text",
        hide: "Hide its text",
        text: "Text of the scene",
        forget: "Forget it",
    },
    panels: panels::EN,
};

fn count(n: usize, thing: &str) -> String {
    match n {
        0 => format!("no {thing}s"),
        1 => format!("one {thing}"),
        n => format!("{} {thing}s", number(n as u64)),
    }
}

/// The things of the first scene.
const THINGS: [&str; 5] = ["thermometer", "door", "phone", "heating", "logger"];

/// A thing we know has an article, a name that somebody gave has none: `the door`, `Anna`, `sys`.
fn the(name: &str) -> String {
    let name = text::cut(name, 24);
    if THINGS.contains(&name.as_str()) {
        format!("the {name}")
    } else {
        name
    }
}

/// Small numbers as words, others as figures.
fn number(n: u64) -> String {
    const WORDS: [&str; 10] = [
        "none", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine",
    ];
    match usize::try_from(n).ok().and_then(|n| WORDS.get(n)) {
        Some(word) => (*word).into(),
        None => n.to_string(),
    }
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(chars).collect()
    })
}

fn copies_left(n: u16) -> String {
    match n {
        1 => "one copy".into(),
        n => format!("{} copies", number(n.into())),
    }
}

fn is_are(n: u16) -> String {
    match n {
        1 => "one is".into(),
        n => format!("{} are", number(n.into())),
    }
}

fn who_asked(s: &Spoke<'_>) -> String {
    let asked = s.asked.len();
    let all = usize::from(s.listeners);
    let among = |names: String| match all {
        0 | 1 => format!("{} had asked for that.", capital(&names)),
        n => format!(
            "Of {} listeners, {names} had asked for that.",
            number(n as u64)
        ),
    };
    match s.asked {
        _ if all == 0 => "Nobody listens.".into(),
        [] if s.early => {
            "The listeners have only just come: what they ask for is still on its way.".into()
        }
        [] if all == 1 => "The only listener had not asked for that.".into(),
        [] => format!(
            "None of the {} listeners had asked for that.",
            number(all as u64)
        ),
        _ if asked == all && all == 2 => "Both listeners had asked for that.".into(),
        _ if asked == all && all > 2 => {
            format!("All {} listeners had asked for that.", number(all as u64))
        }
        [one] if all > 1 => among(format!("only {}", the(one))),
        [one] => among(the(one)),
        [one, two] => among(format!("{} and {}", the(one), the(two))),
        _ => among(number(asked as u64)),
    }
}

fn waits(s: &Spoke<'_>) -> String {
    match s.kept {
        0 => String::new(),
        1 => " One copy waits.".into(),
        n => format!(" {} copies wait.", capital(&number(n.into()))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn second(listeners: u16, asked: &[&str], kept: u16) -> String {
        let facts = Spoke {
            name: "door",
            listeners,
            asked,
            kept,
            early: false,
        };
        (EN.story.spoke)(&facts)[1].clone()
    }

    #[test]
    fn the_narration_says_who_had_asked() {
        assert_eq!(
            second(3, &["phone"], 0),
            "Of three listeners, only the phone had asked for that."
        );
        assert_eq!(
            second(3, &["phone", "heating", "logger"], 1),
            "All three listeners had asked for that. One copy waits."
        );
        assert_eq!(second(1, &["phone"], 0), "The phone had asked for that.");
        assert_eq!(second(0, &[], 0), "Nobody listens.");
        assert_eq!(
            second(12, &["a", "b", "c"], 0),
            "Of 12 listeners, three had asked for that."
        );
    }

    #[test]
    fn things_have_an_article_and_names_have_none() {
        assert_eq!(the("door"), "the door");
        assert_eq!(the("Anna"), "Anna");
        assert_eq!(the("sys"), "sys");
        assert_eq!(
            (EN.story.done)("long", Deed::SwitchOff, 0),
            "Just now long said goodbye and left."
        );
        assert_eq!(the("pump-2"), "pump-2");
        assert_eq!(
            (EN.story.opening)(Some("thermometer"))[0],
            "The thermometer tells the broker."
        );
    }

    #[test]
    fn the_sentence_of_a_selected_message_counts_copies() {
        assert_eq!(
            (EN.story.selected)(2, 1, 3),
            "One message came in. Two copies left, one is kept."
        );
        assert_eq!(
            (EN.story.selected)(0, 1, 1),
            "One message came in. One is kept."
        );
    }
}
