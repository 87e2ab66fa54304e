//! The words of the tree of topics.

use tidings_world::view::{Dropped, Outcome};

use super::{Phrase, figures, say};

/// The tree of topics, and one topic.
pub(crate) struct Topics {
    pub(crate) title: &'static str,
    pub(crate) close: &'static str,
    pub(crate) search: &'static str,
    pub(crate) open_all: &'static str,
    pub(crate) shut_all: &'static str,
    pub(crate) counts: fn(found: u32, topics: u32) -> String,
    pub(crate) topic: &'static str,
    pub(crate) value: &'static str,
    /// What the strokes are, over so many seconds.
    pub(crate) strokes: fn(seconds: u64) -> String,
    pub(crate) messages: &'static str,
    pub(crate) kept: &'static str,
    pub(crate) kept_below: fn(u32) -> String,
    pub(crate) speaks: &'static str,
    pub(crate) more: fn(usize) -> String,
    pub(crate) receives: &'static str,
    /// So many subscriptions got it.
    pub(crate) heard: fn(u16) -> String,
    pub(crate) below: fn(u32) -> String,
    /// What somebody made of the last word.
    pub(crate) got: fn(Option<Outcome>) -> &'static str,
    pub(crate) empty: &'static str,
    pub(crate) nothing_found: &'static str,
    /// Who said the last word, and when.
    pub(crate) said: fn(name: Option<&str>, at: &str, kept: bool) -> Phrase,
    pub(crate) kept_only: &'static str,
    pub(crate) no_payload: &'static str,
    pub(crate) payload: &'static str,
    pub(crate) payload_as: &'static str,
    pub(crate) formats: [&'static str; 4],
    pub(crate) no_json: &'static str,
    pub(crate) cut: &'static str,
    pub(crate) size: fn(messages: u32, bytes: Option<u32>) -> String,
    pub(crate) plot: &'static str,
    pub(crate) plot_note: &'static str,
    /// What a plot shows to who cannot see it.
    pub(crate) plot_aria: fn(low: &str, high: &str, last: &str) -> String,
    pub(crate) plot_one: fn(place: &str) -> String,
    pub(crate) gone: &'static str,
}

pub(super) const EN: Topics = Topics {
    title: "Topics",
    close: "Put the topics away",
    search: "Search in topics and last words",
    open_all: "Open all",
    shut_all: "Shut all",
    counts: |found, topics| match (found, topics) {
        (1, 1) => "1 topic".into(),
        (found, topics) if found == topics => format!("{} topics", figures(topics.into())),
        (found, topics) => format!(
            "{} of {} topics",
            figures(found.into()),
            figures(topics.into())
        ),
    },
    topic: "topic",
    value: "last word",
    strokes: |seconds| match seconds {
        60 => "a minute, a stroke for each".into(),
        300 => "five minutes, a stroke for each".into(),
        n => format!("{n} seconds, a stroke for each"),
    },
    messages: "messages",
    kept: "kept",
    kept_below: |n| format!("{} kept", figures(n.into())),
    speaks: "who speaks",
    more: |n| format!("and {n} more"),
    receives: "who receives",
    heard: |n| match n {
        0 => "nobody".into(),
        1 => "1 listener".into(),
        n => format!("{n} listeners"),
    },
    below: |n| match n {
        1 => "1 topic".into(),
        n => format!("{} topics", figures(n.into())),
    },
    got: |outcome| match outcome {
        Some(Outcome::Copy { .. }) => "got a copy",
        Some(Outcome::Waits) => "a copy waits",
        Some(Outcome::Dropped(Dropped::Own)) => "said it itself",
        Some(Outcome::Dropped(_)) => "got none",
        Some(Outcome::AnotherMember) => "another of its group got it",
        Some(Outcome::NotAsked) => "did not ask",
        Some(Outcome::Pending) | None => "not yet",
    },
    empty: "Nobody has spoken yet.",
    nothing_found: "No topic and no last word has this in it.",
    said: |name, at, kept| {
        let mut phrase = match name {
            Some(name) => vec![say("said by "), super::Bit::Name(name.into())],
            None => vec![say("said by somebody we do not know")],
        };
        phrase.push(say(format!(" at {at}")));
        if kept {
            phrase.push(say(", kept for newcomers"));
        }
        phrase
    },
    kept_only: "kept for newcomers; who said it, and when, the log no longer holds",
    no_payload: "(empty)",
    payload: "Payload",
    payload_as: "Show the payload as",
    formats: ["text", "JSON", "hex", "base64"],
    no_json: "This is not JSON.",
    cut: "Only its beginning is shown.",
    size: |messages, bytes| {
        let messages = match messages {
            1 => "1 message".to_owned(),
            n => format!("{} messages", figures(n.into())),
        };
        match bytes {
            Some(n) => format!("{messages}, the last of {}", super::bytes(n.into())),
            None => messages,
        }
    },
    plot: "Plot",
    plot_note: "a value holds until the next",
    plot_aria: |low, high, last| format!("From {low} to {high}, now {last}"),
    plot_one: |place| format!("Plot {place}"),
    gone: "There is no such topic at this moment.",
};
