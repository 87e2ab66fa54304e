//! A scene from its notation. By hand, because a page has to carry it: what a library derives for
//! these types is several times as large as all of this.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::write::{AWAY, DEEDS, PICTURES, RETAIN_HANDLING, TRANSPORTS, VERSIONS};
use super::{
    Actor, Answer, Away, Beat, ConnectProperties, Deed, Field, LATENCY_MS, Listens, Payload,
    PublishProperties, Qos, SEED, Scenario, Speaks, Will,
};

/// What is wrong, and at which byte.
#[derive(Debug)]
pub(super) struct Fault {
    pub(super) at: usize,
    pub(super) sentence: String,
}

type Value<'i> = Spanned<DeValue<'i>>;
type Read<T> = Result<T, Fault>;

/// A scene, not yet checked.
pub(super) fn scenario(text: &str) -> Read<Scenario> {
    let table = DeTable::parse(text).map_err(|error| Fault {
        at: error.span().map_or(0, |span| span.start),
        sentence: format!("{}.", error.message()),
    })?;
    let mut scenario = Scenario {
        format: 0,
        title: String::new(),
        seed: SEED,
        actors: Vec::new(),
        beats: Vec::new(),
    };
    let mut needs = Needs::new("a scene", &["format", "title"]);
    for (key, value) in table.get_ref() {
        match needs.met(key.get_ref()) {
            "format" => scenario.format = number(value, u32::MAX.into())? as u32,
            "title" => scenario.title = string(value)?,
            "seed" => scenario.seed = number(value, u64::MAX)?,
            "actors" => scenario.actors = list(value, actor)?,
            "beats" => scenario.beats = list(value, beat)?,
            other => return Err(needs.unknown(other, key.span().start)),
        }
    }
    needs.end(0)?;
    Ok(scenario)
}

fn actor(value: &Value) -> Read<Actor> {
    let mut needs = Needs::new("an actor", &["name"]);
    let mut actor = Actor {
        latency_ms: LATENCY_MS,
        ..Actor::named("")
    };
    let u32_max = u64::from(u32::MAX);
    for (key, value) in table(value)? {
        match needs.met(key.get_ref()) {
            "name" => actor.name = string(value)?,
            "picture" => actor.picture = PICTURES[place(value, &PICTURES)?].1,
            "version" => actor.version = VERSIONS[place(value, &VERSIONS)?].1,
            "transport" => actor.transport = TRANSPORTS[place(value, &TRANSPORTS)?].1,
            "latency_ms" => actor.latency_ms = number(value, u32_max)? as u32,
            "jitter_ms" => actor.jitter_ms = number(value, u32_max)? as u32,
            "bytes_per_sec" => actor.bytes_per_sec = number(value, u32_max)? as u32,
            "reads_per_sec" => actor.reads_per_sec = number(value, u32_max)? as u32,
            "start_ms" => actor.start_ms = number(value, u64::MAX)?,
            "keep_alive_secs" => {
                actor.keep_alive_secs = number(value, u16::MAX.into())? as u16;
            }
            "away" => {
                actor.away = match value.get_ref() {
                    DeValue::Integer(_) => Away::KeepSecs(number(value, u32_max)? as u32),
                    _ => AWAY[place(value, &AWAY)?].1,
                }
            }
            "connect" => actor.connect = connect(value)?,
            "values" => actor.values = list(value, pair)?,
            "will" => actor.will = Some(will(value)?),
            "speaks" => actor.speaks = list(value, speaks)?,
            "listens" => actor.listens = list(value, listens)?,
            other => return Err(needs.unknown(other, key.span().start)),
        }
    }
    needs.end(value.span().start)?;
    Ok(actor)
}

fn will(value: &Value) -> Read<Will> {
    let mut needs = Needs::new("a will", &["topic", "payload"]);
    let mut will = Will {
        topic: String::new(),
        payload: String::new(),
        qos: Qos::AtMostOnce,
        retain: false,
        delay_secs: 0,
        properties: PublishProperties::default(),
    };
    for (key, value) in table(value)? {
        match needs.met(key.get_ref()) {
            "topic" => will.topic = string(value)?,
            "payload" => will.payload = string(value)?,
            "qos" => will.qos = qos(value)?,
            "retain" => will.retain = truth(value)?,
            "delay_secs" => will.delay_secs = number(value, u32::MAX.into())? as u32,
            "properties" => will.properties = properties(value)?,
            other => return Err(needs.unknown(other, key.span().start)),
        }
    }
    needs.end(value.span().start)?;
    Ok(will)
}

fn connect(value: &Value) -> Read<ConnectProperties> {
    let needs = Needs::new("what a CONNECT says", &[]);
    let mut connect = ConnectProperties::default();
    let u16_max = u64::from(u16::MAX);
    for (key, value) in table(value)? {
        match key.get_ref().as_ref() {
            "username" => connect.username = string(value)?,
            "receive_max" => connect.receive_max = number(value, u16_max)? as u16,
            "max_packet_bytes" => {
                connect.max_packet_bytes = number(value, u32::MAX.into())? as u32;
            }
            "topic_alias_max" => connect.topic_alias_max = number(value, u16_max)? as u16,
            "topic_aliases" => connect.topic_aliases = number(value, u16_max)? as u16,
            "wants_response_info" => connect.wants_response_info = truth(value)?,
            "no_problem_info" => connect.no_problem_info = truth(value)?,
            "user" => connect.user = list(value, pair)?,
            other => return Err(needs.unknown(other, key.span().start)),
        }
    }
    Ok(connect)
}

fn properties(value: &Value) -> Read<PublishProperties> {
    let needs = Needs::new("what a message says besides", &[]);
    let mut properties = PublishProperties::default();
    for (key, value) in table(value)? {
        match key.get_ref().as_ref() {
            "expiry_secs" => {
                properties.expiry_secs = Some(number(value, u32::MAX.into())? as u32);
            }
            "content_type" => properties.content_type = string(value)?,
            "is_text" => properties.is_text = truth(value)?,
            "response_topic" => properties.response_topic = string(value)?,
            "correlation" => properties.correlation = string(value)?,
            "user" => properties.user = list(value, pair)?,
            other => return Err(needs.unknown(other, key.span().start)),
        }
    }
    Ok(properties)
}

fn pair(value: &Value) -> Read<(String, String)> {
    let mut both = list(value, string)?.into_iter();
    match (both.next(), both.next(), both.next()) {
        (Some(name), Some(value), None) => Ok((name, value)),
        _ => Err(fault(value, "Here belongs a list of a name and a value.")),
    }
}

fn speaks(value: &Value) -> Read<Speaks> {
    let mut needs = Needs::new("something to say", &["topic", "payload", "period_ms"]);
    let mut speaks = Actor::publisher("", "").speaks.remove(0);
    for (key, value) in table(value)? {
        match needs.met(key.get_ref()) {
            "topic" => speaks.topic = string(value)?,
            "payload" => speaks.payload = payload(value)?,
            "by_hand" => {
                speaks.by_hand = truth(value)?;
                // Who waits to be asked needs no rate.
                needs.met("period_ms");
            }
            "period_ms" => speaks.period_ms = number(value, u64::MAX)?,
            "burst" => speaks.burst = number(value, u32::MAX.into())? as u32,
            "pause_ms" => speaks.pause_ms = number(value, u64::MAX)?,
            "properties" => speaks.properties = properties(value)?,
            "first_ms" => speaks.first_ms = number(value, u64::MAX)?,
            "qos" => speaks.qos = qos(value)?,
            "retain" => speaks.retain = truth(value)?,
            other => return Err(needs.unknown(other, key.span().start)),
        }
    }
    needs.end(value.span().start)?;
    Ok(speaks)
}

const PAYLOADS: &str =
    "A payload is one of `constant`, `list`, `wave`, `walk`, `battery`, `track` and `json`.";

fn payload(value: &Value) -> Read<Payload> {
    let mut entries = table(value)?.iter();
    match (entries.next(), entries.next()) {
        (Some((key, made)), None) => made_by(key.get_ref(), made, key.span().start),
        _ => Err(fault(value, PAYLOADS)),
    }
}

/// A member of a JSON object: its name, and a payload that is no object.
fn field(value: &Value) -> Read<Field> {
    let mut name = None;
    let mut made = None;
    for (key, value) in table(value)? {
        match key.get_ref().as_ref() {
            "name" => name = Some(string(value)?),
            kind if kind != "json" && made.is_none() => {
                made = Some(made_by(kind, value, key.span().start)?);
            }
            _ => {
                return Err(fault(
                    value,
                    "An object has a value for each name, and no objects in it.",
                ));
            }
        }
    }
    match (name, made) {
        (Some(name), Some(value)) => Ok(Field { name, value }),
        _ => Err(fault(
            value,
            "Here belongs a `name`, and beside it what makes its value.",
        )),
    }
}

fn made_by(kind: &str, value: &Value, at: usize) -> Read<Payload> {
    let numbers = |names: &'static [&'static str]| -> Read<([f64; 3], u8)> {
        let mut needs = Needs::new("a payload", names);
        let (mut found, mut decimals) = ([0.0; 3], 0);
        for (key, value) in table(value)? {
            let name = needs.met(key.get_ref());
            match names.iter().position(|other| *other == name) {
                _ if name == "decimals" => decimals = number(value, u8::MAX.into())? as u8,
                Some(place) => found[place] = float(value)?,
                None => return Err(needs.unknown(name, key.span().start)),
            }
        }
        needs.end(value.span().start)?;
        Ok((found, decimals))
    };
    match kind {
        "constant" => Ok(Payload::Constant(string(value)?)),
        "list" => Ok(Payload::List(list(value, string)?)),
        "wave" => {
            let ([middle, swing, period_secs], decimals) =
                numbers(&["middle", "swing", "period_secs", "decimals"])?;
            Ok(Payload::Wave {
                middle,
                swing,
                period_secs,
                decimals,
            })
        }
        "walk" => {
            let ([start, step, _], decimals) = numbers(&["start", "step", "decimals"])?;
            Ok(Payload::Walk {
                start,
                step,
                decimals,
            })
        }
        "battery" => {
            let ([start, lasts_secs, _], decimals) = numbers(&["start", "lasts_secs", "decimals"])?;
            Ok(Payload::Battery {
                start,
                lasts_secs,
                decimals,
            })
        }
        "track" => {
            let ([lat, lon, speed], _) = numbers(&["lat", "lon", "speed"])?;
            Ok(Payload::Track { lat, lon, speed })
        }
        "json" => Ok(Payload::Json(list(value, field)?)),
        _ => Err(Fault {
            at,
            sentence: PAYLOADS.into(),
        }),
    }
}

fn answer(value: &Value) -> Read<Answer> {
    let mut needs = Needs::new("an answer", &["payload"]);
    let mut answer = Answer::default();
    for (key, value) in table(value)? {
        match needs.met(key.get_ref()) {
            "topic" => answer.topic = string(value)?,
            "payload" => answer.payload = string(value)?,
            other => return Err(needs.unknown(other, key.span().start)),
        }
    }
    needs.end(value.span().start)?;
    Ok(answer)
}

fn listens(value: &Value) -> Read<Listens> {
    let mut needs = Needs::new("a subscription", &["filter"]);
    let mut listens = Actor::subscriber("", "").listens.remove(0);
    for (key, value) in table(value)? {
        match needs.met(key.get_ref()) {
            "filter" => listens.filter = string(value)?,
            "channel" => listens.channel = number(value, u8::MAX.into())? as u8,
            "qos" => listens.qos = qos(value)?,
            "no_local" => listens.no_local = truth(value)?,
            "retain_as_published" => listens.retain_as_published = truth(value)?,
            "retain_handling" => {
                listens.retain_handling = RETAIN_HANDLING[place(value, &RETAIN_HANDLING)?].1;
            }
            "handling_ms" => listens.handling_ms = number(value, u32::MAX.into())? as u32,
            "subscription_id" => {
                listens.subscription_id = number(value, u32::MAX.into())? as u32;
            }
            "user" => listens.user = list(value, pair)?,
            "answer" => listens.answer = Some(answer(value)?),
            other => return Err(needs.unknown(other, key.span().start)),
        }
    }
    needs.end(value.span().start)?;
    Ok(listens)
}

fn beat(value: &Value) -> Read<Beat> {
    let mut needs = Needs::new("a beat", &["at_ms", "actor", "what"]);
    let mut beat = Beat {
        at_ms: 0,
        actor: String::new(),
        what: Deed::SwitchOn,
    };
    for (key, value) in table(value)? {
        match needs.met(key.get_ref()) {
            "at_ms" => beat.at_ms = number(value, u64::MAX)?,
            "actor" => beat.actor = string(value)?,
            "what" => beat.what = deed(value)?,
            other => return Err(needs.unknown(other, key.span().start)),
        }
    }
    needs.end(value.span().start)?;
    Ok(beat)
}

fn deed(value: &Value) -> Read<Deed> {
    if let DeValue::Table(table) = value.get_ref()
        && table.len() == 1
        && let Some((key, bytes)) = table.iter().next()
        && key.get_ref() == "cut_after"
    {
        return Ok(Deed::CutAfter(number(bytes, u32::MAX.into())? as u32));
    }
    Ok(DEEDS[place(value, &DEEDS)?].1)
}

/// The fields a table must have, and those that have been met.
struct Needs {
    whose: &'static str,
    missing: Vec<&'static str>,
}

impl Needs {
    fn new(whose: &'static str, names: &[&'static str]) -> Self {
        Self {
            whose,
            missing: names.to_vec(),
        }
    }

    /// A field is there.
    fn met<'a>(&mut self, name: &'a str) -> &'a str {
        self.missing.retain(|missing| *missing != name);
        name
    }

    fn unknown(&self, name: &str, at: usize) -> Fault {
        Fault {
            at,
            sentence: format!("`{name}` is no field of {}.", self.whose),
        }
    }

    fn end(&self, at: usize) -> Read<()> {
        match self.missing.first() {
            None => Ok(()),
            Some(name) => Err(Fault {
                at,
                sentence: format!("`{name}` is missing: it belongs to {}.", self.whose),
            }),
        }
    }
}

fn fault(value: &Value, sentence: &str) -> Fault {
    Fault {
        at: value.span().start,
        sentence: sentence.into(),
    }
}

fn table<'a, 'i>(value: &'a Value<'i>) -> Read<&'a DeTable<'i>> {
    match value.get_ref() {
        DeValue::Table(table) => Ok(table),
        _ => Err(fault(value, "Here belongs a table.")),
    }
}

fn list<T>(value: &Value, read: fn(&Value) -> Read<T>) -> Read<Vec<T>> {
    match value.get_ref() {
        DeValue::Array(values) => values.iter().map(read).collect(),
        _ => Err(fault(value, "Here belongs a list.")),
    }
}

fn string(value: &Value) -> Read<String> {
    match value.get_ref() {
        DeValue::String(text) => Ok(text.as_ref().to_owned()),
        _ => Err(fault(value, "Here belongs a text in quotes.")),
    }
}

fn truth(value: &Value) -> Read<bool> {
    match value.get_ref() {
        DeValue::Boolean(truth) => Ok(*truth),
        _ => Err(fault(value, "Here belongs `true` or `false`.")),
    }
}

fn number(value: &Value, most: u64) -> Read<u64> {
    let found = match value.get_ref() {
        DeValue::Integer(digits) => u64::from_str_radix(digits.as_str(), digits.radix()).ok(),
        _ => None,
    };
    found.filter(|number| *number <= most).ok_or_else(|| {
        fault(
            value,
            &format!("Here belongs a whole number from 0 to {most}."),
        )
    })
}

fn float(value: &Value) -> Read<f64> {
    let digits = match value.get_ref() {
        DeValue::Integer(digits) if digits.radix() == 10 => Some(digits.as_str()),
        DeValue::Float(digits) => Some(digits.as_str()),
        _ => None,
    };
    let found = digits.and_then(|digits| digits.parse().ok());
    found.ok_or_else(|| fault(value, "Here belongs a number."))
}

fn qos(value: &Value) -> Read<Qos> {
    let level = number(value, u8::MAX.into())? as u8;
    Qos::try_from(level).map_err(|sentence| fault(value, &format!("{sentence}.")))
}

/// Which of these names it is.
fn place<T>(value: &Value, of: &[(&str, T)]) -> Read<usize> {
    let name = match value.get_ref() {
        DeValue::String(name) => Some(name.as_ref()),
        _ => None,
    };
    let found = of.iter().position(|(other, _)| Some(*other) == name);
    found.ok_or_else(|| {
        let names: Vec<_> = of.iter().map(|(name, _)| format!("\"{name}\"")).collect();
        fault(value, &format!("Here belongs one of {}.", names.join(", ")))
    })
}
