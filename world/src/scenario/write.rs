//! The notation of a scene: the names of its choices, and the scene as text. What is as it would be
//! anyway is not written.

use std::fmt::Write;

use super::{
    Actor, Away, Beat, Deed, LATENCY_MS, Listens, Payload, Picture, Qos, RetainHandling, Scenario,
    Speaks, Transport, Version, Will,
};

pub(super) const PICTURES: [(&str, Picture); 9] = [
    ("thermometer", Picture::Thermometer),
    ("door", Picture::Door),
    ("phone", Picture::Phone),
    ("heating", Picture::Heating),
    ("logger", Picture::Logger),
    ("lamp", Picture::Lamp),
    ("camera", Picture::Camera),
    ("person", Picture::Person),
    ("box", Picture::Box),
];
pub(super) const VERSIONS: [(&str, Version); 2] =
    [("3.1.1", Version::V3_1_1), ("5.0", Version::V5)];
pub(super) const TRANSPORTS: [(&str, Transport); 2] = [
    ("tcp", Transport::Tcp),
    ("web_socket", Transport::WebSocket),
];
pub(super) const AWAY: [(&str, Away); 3] = [
    ("forget", Away::Forget),
    ("keep_hour", Away::KeepHour),
    ("keep", Away::Keep),
];
pub(super) const RETAIN_HANDLING: [(&str, RetainHandling); 3] = [
    ("send", RetainHandling::Send),
    ("if_new", RetainHandling::IfNew),
    ("never", RetainHandling::Never),
];
/// Without the one that has a number: `{ cut_after = 100 }`.
pub(super) const DEEDS: [(&str, Deed); 9] = [
    ("unplug", Deed::Unplug),
    ("switch_off", Deed::SwitchOff),
    ("switch_on", Deed::SwitchOn),
    ("cut", Deed::Cut),
    ("stall", Deed::Stall),
    ("resume", Deed::Resume),
    ("silence", Deed::Silence),
    ("crash", Deed::Crash),
    ("restart", Deed::Restart),
];

/// A scene as text.
pub(super) fn scenario(scenario: &Scenario) -> String {
    let mut out = Text(String::new());
    out.raw("format", &scenario.format.to_string());
    out.raw("title", &quoted(&scenario.title));
    out.raw("seed", &scenario.seed.to_string());
    for actor in &scenario.actors {
        out.actor(actor);
    }
    for beat in &scenario.beats {
        out.beat(beat);
    }
    out.0
}

struct Text(String);

impl Text {
    fn actor(&mut self, actor: &Actor) {
        self.head("[[actors]]");
        self.raw("name", &quoted(&actor.name));
        self.choice("picture", &PICTURES, actor.picture);
        self.choice("version", &VERSIONS, actor.version);
        self.choice("transport", &TRANSPORTS, actor.transport);
        if actor.latency_ms != LATENCY_MS {
            self.raw("latency_ms", &actor.latency_ms.to_string());
        }
        self.number("jitter_ms", actor.jitter_ms.into());
        self.number("bytes_per_sec", actor.bytes_per_sec.into());
        self.number("reads_per_sec", actor.reads_per_sec.into());
        self.number("start_ms", actor.start_ms);
        self.number("keep_alive_secs", actor.keep_alive_secs.into());
        self.choice("away", &AWAY, actor.away);
        if let Some(will) = &actor.will {
            self.will(will);
        }
        for speaks in &actor.speaks {
            self.speaks(speaks);
        }
        for listens in &actor.listens {
            self.listens(listens);
        }
    }

    fn will(&mut self, will: &Will) {
        self.head("[actors.will]");
        self.raw("topic", &quoted(&will.topic));
        self.raw("payload", &quoted(&will.payload));
        self.qos(will.qos);
        self.truth("retain", will.retain);
        self.number("delay_secs", will.delay_secs.into());
    }

    fn speaks(&mut self, speaks: &Speaks) {
        self.head("[[actors.speaks]]");
        self.raw("topic", &quoted(&speaks.topic));
        self.raw("payload", &payload(&speaks.payload));
        self.raw("period_ms", &speaks.period_ms.to_string());
        self.number("first_ms", speaks.first_ms);
        self.qos(speaks.qos);
        self.truth("retain", speaks.retain);
    }

    fn listens(&mut self, listens: &Listens) {
        self.head("[[actors.listens]]");
        self.raw("filter", &quoted(&listens.filter));
        self.number("channel", listens.channel.into());
        self.qos(listens.qos);
        self.truth("no_local", listens.no_local);
        self.truth("retain_as_published", listens.retain_as_published);
        self.choice("retain_handling", &RETAIN_HANDLING, listens.retain_handling);
        self.number("handling_ms", listens.handling_ms.into());
    }

    fn beat(&mut self, beat: &Beat) {
        self.head("[[beats]]");
        self.raw("at_ms", &beat.at_ms.to_string());
        self.raw("actor", &quoted(&beat.actor));
        let what = match beat.what {
            Deed::CutAfter(bytes) => format!("{{ cut_after = {bytes} }}"),
            deed => quoted(name(&DEEDS, deed)),
        };
        self.raw("what", &what);
    }

    fn head(&mut self, head: &str) {
        self.0.push('\n');
        self.0.push_str(head);
        self.0.push('\n');
    }

    fn raw(&mut self, key: &str, value: &str) {
        for part in [key, " = ", value, "\n"] {
            self.0.push_str(part);
        }
    }

    fn number(&mut self, key: &str, value: u64) {
        if value > 0 {
            self.raw(key, &value.to_string());
        }
    }

    fn truth(&mut self, key: &str, value: bool) {
        if value {
            self.raw(key, "true");
        }
    }

    fn qos(&mut self, qos: Qos) {
        self.number("qos", u8::from(qos).into());
    }

    fn choice<T: Copy + Default + PartialEq>(&mut self, key: &str, of: &[(&str, T)], value: T) {
        if value != T::default() {
            self.raw(key, &quoted(name(of, value)));
        }
    }
}

fn name<'a, T: Copy + PartialEq>(of: &[(&'a str, T)], value: T) -> &'a str {
    let found = of.iter().find(|(_, other)| *other == value);
    found.map_or("", |(name, _)| name)
}

fn payload(payload: &Payload) -> String {
    match payload {
        Payload::Constant(word) => format!("{{ constant = {} }}", quoted(word)),
        Payload::List(words) => {
            let words: Vec<_> = words.iter().map(|word| quoted(word)).collect();
            format!("{{ list = [{}] }}", words.join(", "))
        }
        Payload::Wave {
            middle,
            swing,
            period_secs,
            decimals,
        } => format!(
            "{{ wave = {{ middle = {middle:?}, swing = {swing:?}, period_secs = {period_secs:?}, decimals = {decimals} }} }}"
        ),
        Payload::Walk {
            start,
            step,
            decimals,
        } => {
            format!("{{ walk = {{ start = {start:?}, step = {step:?}, decimals = {decimals} }} }}")
        }
    }
}

/// A text in quotes. What cannot be seen, or turns other letters round, is written as its number.
fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for letter in text.chars() {
        match letter {
            '"' | '\\' => {
                out.push('\\');
                out.push(letter);
            }
            '\n' => out.push_str("\\n"),
            '\0'..='\u{1F}'
            | '\u{7F}'..='\u{9F}'
            | '\u{200B}'..='\u{200F}'
            | '\u{2028}'..='\u{202E}'
            | '\u{2060}'..='\u{2069}'
            | '\u{FEFF}' => {
                // Writing to a text does not fail.
                let _ = write!(out, "\\u{:04X}", u32::from(letter));
            }
            _ => out.push(letter),
        }
    }
    out.push('"');
    out
}
