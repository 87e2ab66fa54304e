//! The words of the forms of publishers and subscribers.

use tidings_world::scenario::{Away, Deed, Picture, Qos, RetainHandling, Transport, Version};
use tidings_world::view::{ListensHint, Presence, SpeaksHint};

use super::{Phrase, bytes, figures, mono, say};

/// A form.
pub(crate) struct Form {
    pub(crate) publisher: &'static str,
    pub(crate) subscriber: &'static str,
    pub(crate) both: &'static str,
    pub(crate) neither: &'static str,
    pub(crate) new_publisher: &'static str,
    pub(crate) new_subscriber: &'static str,
    pub(crate) name: &'static str,
    pub(crate) topic: &'static str,
    pub(crate) topic_nth: fn(usize) -> String,
    /// Of what a topic becomes, and as it is written.
    pub(crate) topic_hint: fn(&SpeaksHint, &str) -> Phrase,
    pub(crate) payload: &'static str,
    pub(crate) constant: &'static str,
    pub(crate) wave: &'static str,
    pub(crate) walk: &'static str,
    pub(crate) list: &'static str,
    pub(crate) word: &'static str,
    pub(crate) list_hint: &'static str,
    pub(crate) middle: &'static str,
    pub(crate) swing: &'static str,
    pub(crate) period: &'static str,
    pub(crate) start: &'static str,
    pub(crate) step: &'static str,
    pub(crate) decimals: &'static str,
    /// The drawing of the next values, for who does not see it.
    pub(crate) preview: fn(&[String]) -> String,
    pub(crate) rate: &'static str,
    pub(crate) rate_unit: &'static str,
    pub(crate) per_second: &'static str,
    pub(crate) per_minute: &'static str,
    pub(crate) seconds_apart: &'static str,
    pub(crate) once: &'static str,
    pub(crate) qos: &'static str,
    pub(crate) qos_at_most: &'static str,
    pub(crate) qos_speaks: fn(Qos) -> &'static str,
    pub(crate) qos_listens: &'static str,
    pub(crate) retain: &'static str,
    pub(crate) retain_what: &'static str,
    pub(crate) message_bytes: fn(u32) -> String,
    pub(crate) filter: &'static str,
    pub(crate) filter_nth: fn(usize) -> String,
    pub(crate) filter_hint: fn(&ListensHint) -> Phrase,
    pub(crate) channel: &'static str,
    pub(crate) channel_nth: fn(u8) -> String,
    pub(crate) channel_free: &'static str,
    pub(crate) no_local: &'static str,
    pub(crate) no_local_what: &'static str,
    pub(crate) retain_flag: &'static str,
    pub(crate) retain_flag_what: &'static str,
    pub(crate) kept: &'static str,
    pub(crate) kept_choice: fn(RetainHandling) -> &'static str,
    pub(crate) kept_hint: fn(RetainHandling) -> &'static str,
    pub(crate) only_v5: &'static str,
    pub(crate) handling: &'static str,
    pub(crate) handling_hint: &'static str,
    pub(crate) milliseconds: &'static str,
    pub(crate) seconds: &'static str,
    pub(crate) away: &'static str,
    pub(crate) away_choice: fn(Away) -> &'static str,
    pub(crate) away_hint: fn(Away, Version) -> &'static str,
    pub(crate) connection: &'static str,
    pub(crate) connection_brief: fn(Version, Transport, u32) -> String,
    pub(crate) version: &'static str,
    pub(crate) transport: &'static str,
    pub(crate) transport_choice: fn(Transport) -> &'static str,
    pub(crate) latency: &'static str,
    pub(crate) latency_hint: &'static str,
    pub(crate) keep_alive: &'static str,
    pub(crate) keep_alive_hint: &'static str,
    pub(crate) picture: &'static str,
    pub(crate) picture_name: fn(Picture) -> &'static str,
    pub(crate) another_topic: &'static str,
    pub(crate) another_filter: &'static str,
    pub(crate) also_speaks: &'static str,
    pub(crate) also_listens: &'static str,
    pub(crate) take_away: fn(&str) -> String,
    pub(crate) presence: fn(Presence, Option<u32>) -> String,
    pub(crate) deed: fn(Deed, Presence) -> &'static str,
    pub(crate) say_once: &'static str,
    pub(crate) apply_at: &'static str,
    pub(crate) apply_now: &'static str,
    pub(crate) remove: &'static str,
    pub(crate) add: &'static str,
    pub(crate) cancel: &'static str,
    pub(crate) asks_for: &'static str,
    pub(crate) everything_below: &'static str,
    pub(crate) any_level: &'static str,
    pub(crate) this_branch: &'static str,
    /// What a number may be: whole or not, from where to where.
    pub(crate) no_number: fn(bool, f64, f64) -> String,
    pub(crate) gone: &'static str,
    /// Names for newcomers who speak, and what they look like.
    pub(crate) speakers: &'static [(&'static str, Picture)],
    /// Names for newcomers who listen.
    pub(crate) listeners: &'static [(&'static str, Picture)],
}

pub(super) const EN: Form = Form {
    publisher: "publisher",
    subscriber: "subscriber",
    both: "publisher and subscriber",
    neither: "only connected",
    new_publisher: "New publisher",
    new_subscriber: "New subscriber",
    name: "Name",
    topic: "Topic",
    topic_nth: |n| format!("Topic {n}"),
    topic_hint: |hint, written| {
        let levels = match hint.topic_levels {
            1 => "1 level".to_owned(),
            n => format!("{n} levels"),
        };
        let size = format!("{}, {levels}.", bytes(hint.topic_bytes.into()));
        match hint.topic == written || !written.contains('{') {
            true => vec![say(size)],
            false => vec![
                say("Becomes "),
                mono(hint.topic.clone()),
                say(format!(". {size}")),
            ],
        }
    },
    payload: "Payload",
    constant: "constant",
    wave: "wave",
    walk: "walk",
    list: "list",
    word: "The word",
    list_hint: "One word a line, from the first again after the last.",
    middle: "Middle",
    swing: "Swing, up and down",
    period: "Seconds until it comes round",
    start: "Where it begins",
    step: "Largest step",
    decimals: "Digits after the point",
    preview: |values| format!("The next values: {}", values.join(", ")),
    rate: "Rate",
    rate_unit: "Unit of the rate",
    per_second: "per second",
    per_minute: "per minute",
    seconds_apart: "s from one to the next",
    once: "only once",
    qos: "QoS",
    qos_at_most: "QoS, at most",
    qos_speaks: |qos| match qos {
        Qos::AtMostOnce => "0: said, and no answer. One packet for each message.",
        Qos::AtLeastOnce => "1: the broker says it has it. Two packets for each message.",
        Qos::ExactlyOnce => "2: it counts once, whatever happens. Four packets for each message.",
    },
    qos_listens: "Delivered is the smaller of published and granted.",
    retain: "Retain",
    retain_what: "keep the last word for newcomers",
    message_bytes: |n| format!("{} a message", bytes(n.into())),
    filter: "Filter",
    filter_nth: |n| format!("Filter {n}"),
    filter_hint,
    channel: "Channel",
    channel_nth: |n| format!("Channel {n}"),
    channel_free: "The next that is free, unless you choose.",
    no_local: "No Local",
    no_local_what: "do not send me my own messages",
    retain_flag: "Retain flag",
    retain_flag_what: "leave it as published",
    kept: "Kept words",
    kept_choice: |choice| match choice {
        RetainHandling::Send => "send",
        RetainHandling::IfNew => "if new",
        RetainHandling::Never => "never",
    },
    kept_hint: |choice| match choice {
        RetainHandling::Send => {
            "Retain Handling 0: on subscribing, get the last word on each topic at once."
        }
        RetainHandling::IfNew => {
            "Retain Handling 1: get the last words only if this subscription is new."
        }
        RetainHandling::Never => "Retain Handling 2: get only what is said from here on.",
    },
    only_v5: "Only MQTT 5 can ask for that.",
    handling: "Handling takes",
    handling_hint: "A slow listener delays its acks, never the speaker.",
    milliseconds: "ms",
    seconds: "s",
    away: "When away",
    away_choice: |away| match away {
        Away::Forget => "forget",
        Away::KeepHour => "keep 1 h",
        Away::KeepSecs(_) => "keep for",
        Away::Keep => "keep",
    },
    away_hint: |away, version| match (away, version) {
        (Away::Forget, _) => "The session ends with the connection.",
        (Away::KeepHour, Version::V5) => "The broker keeps the session for an hour.",
        (Away::KeepSecs(_), Version::V5) => "The broker keeps the session for so many seconds.",
        (Away::KeepSecs(_), Version::V3_1_1) => "3.1.1 knows no seconds: it is kept for ever.",
        (Away::KeepHour, Version::V3_1_1) => "3.1.1 knows no hour: it is kept for ever.",
        (Away::Keep, _) => "The broker keeps the session until it comes back.",
    },
    connection: "Connection",
    connection_brief: |version, transport, latency| {
        let transport = (EN.transport_choice)(transport);
        format!(
            "{}, {transport}, {} ms",
            version_name(version),
            figures(latency.into())
        )
    },
    version: "Version",
    transport: "Carried by",
    transport_choice: |transport| match transport {
        Transport::Tcp => "TCP",
        Transport::WebSocket => "WebSocket",
    },
    latency: "Latency",
    latency_hint: "One way, for every byte.",
    keep_alive: "Keep alive",
    keep_alive_hint: "0 never asks. Else the broker gives up after one and a half times as long.",
    picture: "Picture",
    picture_name: |picture| match picture {
        Picture::Thermometer => "thermometer",
        Picture::Door => "door",
        Picture::Phone => "phone",
        Picture::Heating => "heating",
        Picture::Logger => "logger",
        Picture::Lamp => "lamp",
        Picture::Camera => "camera",
        Picture::Person => "person",
        Picture::Box => "box",
    },
    another_topic: "another topic",
    another_filter: "another filter",
    also_speaks: "let it speak, too",
    also_listens: "let it listen, too",
    take_away: |what| format!("Take {what} away"),
    presence: |presence, waiting| {
        let state = match presence {
            Presence::NotYet => "not switched on yet",
            Presence::Connecting => "connecting",
            Presence::Connected => "connected",
            Presence::Away {
                unplugged: true, ..
            } => "away, unplugged",
            Presence::Away { .. } => "switched off",
        };
        match waiting {
            None | Some(0) => state.into(),
            Some(1) => format!("{state} · 1 waits"),
            Some(n) => format!("{state} · {} wait", figures(n.into())),
        }
    },
    deed: |deed, presence| match (deed, presence) {
        (Deed::Unplug, _) => "Unplug",
        (Deed::SwitchOff, _) => "Switch off",
        (
            Deed::SwitchOn,
            Presence::Away {
                unplugged: true, ..
            },
        ) => "Plug in",
        (Deed::SwitchOn, _) => "Switch on",
        (Deed::Cut, _) => "Cut",
        (Deed::CutAfter(_), _) => "Cut later",
        (Deed::Stall, _) => "Stall",
        (Deed::Resume, _) => "Let go",
        (Deed::Silence, _) => "Silence",
        (Deed::Crash, _) => "Crash",
        (Deed::Restart, _) => "Restart",
    },
    say_once: "Say it once",
    apply_at: "Apply at",
    apply_now: "Apply",
    remove: "Remove",
    add: "Add",
    cancel: "Cancel",
    asks_for: "A new listener asks for …",
    everything_below: "everything",
    any_level: "any one level",
    this_branch: "this branch",
    no_number,
    gone: "It has left the scene.",
    speakers: &[
        ("lamp", Picture::Lamp),
        ("camera", Picture::Camera),
        ("guest", Picture::Person),
        ("sensor", Picture::Box),
    ],
    listeners: &[
        ("tablet", Picture::Phone),
        ("guest", Picture::Person),
        ("archive", Picture::Logger),
        ("screen", Picture::Box),
    ],
};

fn version_name(version: Version) -> &'static str {
    match version {
        Version::V3_1_1 => "MQTT 3.1.1",
        Version::V5 => "MQTT 5",
    }
}

fn filter_hint(hint: &ListensHint) -> Phrase {
    let mut out = Vec::new();
    match (hint.matches_total, hint.topics) {
        (_, 0) => out.push(say("Nobody speaks yet.")),
        (0, 1) => out.push(say("Does not match the only topic.")),
        (0, n) => out.push(say(format!("Matches none of {n} topics."))),
        (total, topics) => {
            out.push(say(match topics {
                1 => "Matches the only topic: ".to_owned(),
                2 if total == 2 => "Matches both topics: ".to_owned(),
                topics if total == topics => format!("Matches all {topics} topics: "),
                topics => format!("Matches {total} of {topics} topics: "),
            }));
            for (index, topic) in hint.matches.iter().enumerate() {
                if index > 0 {
                    out.push(say(", "));
                }
                out.push(mono(topic.clone()));
            }
            let more = total as usize > hint.matches.len();
            out.push(say(if more { " …" } else { "." }));
        }
    }
    if let Some((topic, level)) = &hint.misses {
        out.push(say(" It does not match "));
        out.push(mono(topic.clone()));
        out.push(say(format!(": level {level} differs.")));
    }
    out
}

fn no_number(whole: bool, min: f64, max: f64) -> String {
    let number = if whole { "a whole number" } else { "a number" };
    match (min, max) {
        (min, max) if min <= f64::MIN || max >= f64::MAX => format!("Write {number} here."),
        // A limit that nobody wants to read is nearly none.
        (min, max) if min > 0.0 && min < 0.001 => {
            format!("Write {number} above 0, and {} at most.", limit(max))
        }
        (min, max) => format!("Write {number} from {} to {}.", limit(min), limit(max)),
    }
}

fn limit(value: f64) -> String {
    match value {
        large if large >= 1000.0 => figures(large as u64),
        small => small.to_string(),
    }
}
