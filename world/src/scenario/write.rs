//! The notation of a scene: the names of its choices, and the scene as text. What is as it would be
//! anyway is not written.

use std::fmt::Write;

use super::{
    Actor, Away, Beat, ConnectProperties, Deed, LATENCY_MS, Listens, Payload, Picture,
    PublishProperties, Qos, RetainHandling, Scenario, Speaks, Transport, Version, Will,
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
/// Without the one that has a number: `away = 120`.
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
        match actor.away {
            Away::KeepSecs(secs) => self.raw("away", &secs.to_string()),
            away => self.choice("away", &AWAY, away),
        }
        self.pairs("values", &actor.values);
        self.connect(&actor.connect);
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
        self.properties("[actors.will.properties]", &will.properties);
    }

    fn connect(&mut self, connect: &ConnectProperties) {
        if *connect == ConnectProperties::default() {
            return;
        }
        self.head("[actors.connect]");
        self.text("username", &connect.username);
        self.number("receive_max", connect.receive_max.into());
        self.number("max_packet_bytes", connect.max_packet_bytes.into());
        self.number("topic_alias_max", connect.topic_alias_max.into());
        self.number("topic_aliases", connect.topic_aliases.into());
        self.truth("wants_response_info", connect.wants_response_info);
        self.truth("no_problem_info", connect.no_problem_info);
        self.pairs("user", &connect.user);
    }

    fn properties(&mut self, head: &str, properties: &PublishProperties) {
        if properties.is_empty() {
            return;
        }
        self.head(head);
        if let Some(secs) = properties.expiry_secs {
            self.raw("expiry_secs", &secs.to_string());
        }
        self.text("content_type", &properties.content_type);
        self.truth("is_text", properties.is_text);
        self.text("response_topic", &properties.response_topic);
        self.text("correlation", &properties.correlation);
        self.pairs("user", &properties.user);
    }

    fn speaks(&mut self, speaks: &Speaks) {
        self.head("[[actors.speaks]]");
        self.raw("topic", &quoted(&speaks.topic));
        self.raw("payload", &payload(&speaks.payload));
        self.truth("by_hand", speaks.by_hand);
        self.raw("period_ms", &speaks.period_ms.to_string());
        self.number("burst", speaks.burst.into());
        self.number("pause_ms", speaks.pause_ms);
        self.number("first_ms", speaks.first_ms);
        self.qos(speaks.qos);
        self.truth("retain", speaks.retain);
        self.properties("[actors.speaks.properties]", &speaks.properties);
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
        self.number("subscription_id", listens.subscription_id.into());
        self.pairs("user", &listens.user);
        if let Some(answer) = &listens.answer {
            self.head("[actors.listens.answer]");
            self.text("topic", &answer.topic);
            self.raw("payload", &quoted(&answer.payload));
        }
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

    fn text(&mut self, key: &str, value: &str) {
        if !value.is_empty() {
            self.raw(key, &quoted(value));
        }
    }

    fn pairs(&mut self, key: &str, pairs: &[(String, String)]) {
        if !pairs.is_empty() {
            let pairs: Vec<_> = pairs
                .iter()
                .map(|(name, value)| format!("[{}, {}]", quoted(name), quoted(value)))
                .collect();
            self.raw(key, &format!("[{}]", pairs.join(", ")));
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
    format!("{{ {} }}", entry(payload))
}

/// A payload as the only entry of a table.
fn entry(payload: &Payload) -> String {
    match payload {
        Payload::Constant(word) => format!("constant = {}", quoted(word)),
        Payload::List(words) => {
            let words: Vec<_> = words.iter().map(|word| quoted(word)).collect();
            format!("list = [{}]", words.join(", "))
        }
        Payload::Wave {
            middle,
            swing,
            period_secs,
            decimals,
        } => {
            let numbers = [
                ("middle", *middle),
                ("swing", *swing),
                ("period_secs", *period_secs),
            ];
            made("wave", &numbers, Some(*decimals))
        }
        Payload::Walk {
            start,
            step,
            decimals,
        } => made(
            "walk",
            &[("start", *start), ("step", *step)],
            Some(*decimals),
        ),
        Payload::Battery {
            start,
            lasts_secs,
            decimals,
        } => {
            let numbers = [("start", *start), ("lasts_secs", *lasts_secs)];
            made("battery", &numbers, Some(*decimals))
        }
        Payload::Track { lat, lon, speed } => made(
            "track",
            &[("lat", *lat), ("lon", *lon), ("speed", *speed)],
            None,
        ),
        Payload::Json(fields) => {
            let fields: Vec<_> = fields
                .iter()
                .map(|field| {
                    format!(
                        "{{ name = {}, {} }}",
                        quoted(&field.name),
                        entry(&field.value)
                    )
                })
                .collect();
            format!("json = [{}]", fields.join(", "))
        }
    }
}

fn made(kind: &str, numbers: &[(&str, f64)], decimals: Option<u8>) -> String {
    let mut parts: Vec<_> = numbers
        .iter()
        .map(|(name, number)| format!("{name} = {number:?}"))
        .collect();
    parts.extend(decimals.map(|decimals| format!("decimals = {decimals}")));
    format!("{kind} = {{ {} }}", parts.join(", "))
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
