//! Packets as people write them in a case, and as an expectation that fails says them.
//!
//! `PUBLISH a/b "hello" qos=1 id=?p user=k:v`: the kind, values by position, values by name,
//! flags. `?p` names a value, `*` takes any, `...` allows fields that are not written, `!name`
//! forbids one; a reason string may always be there. `<10` is any number below 10, and subscription
//! identifiers have no order. A word may be for one version only: `5:reason=0x10`, `4:clean`; 4 is
//! 3.1.1 and 3.1. A number may be two: `reason=0x85/2` is 5.0's and theirs.

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::wire::{KINDS, Packet, Shape, Value, Version, property};
use crate::words::{Part, Word};

/// Values that a case has given names.
pub type Names = BTreeMap<String, Value>;

/// A packet to send or to expect.
#[derive(Clone, Debug)]
pub struct Pattern {
    packet: Packet,
    /// Fields that are not written may be there.
    open: bool,
    absent: Vec<String>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Type {
    Flag,
    Number,
    Text,
    Pair,
    Filter,
}

/// Fields that are no properties, by the kinds that have them.
const FIELDS: &[(&str, Type, &[u8])] = &[
    ("client", Type::Text, &[1]),
    ("clean", Type::Flag, &[1]),
    ("keep", Type::Number, &[1]),
    ("will", Type::Text, &[1]),
    ("will-payload", Type::Text, &[1]),
    ("will-qos", Type::Number, &[1]),
    ("will-retain", Type::Flag, &[1]),
    ("user-name", Type::Text, &[1]),
    ("password", Type::Text, &[1]),
    ("present", Type::Flag, &[2]),
    ("reason", Type::Number, &[2, 4, 5, 6, 7, 14, 15]),
    ("topic", Type::Text, &[3]),
    ("payload", Type::Text, &[3]),
    ("qos", Type::Number, &[3]),
    ("dup", Type::Flag, &[3]),
    ("retain", Type::Flag, &[3]),
    ("id", Type::Number, &[3, 4, 5, 6, 7, 8, 9, 10, 11]),
];

fn lookup(kind: u8, name: &str) -> Option<(&'static str, Type)> {
    let plain = FIELDS
        .iter()
        .find(|(key, _, kinds)| *key == name && kinds.contains(&kind));
    if let Some((key, kind, _)) = plain {
        return Some((key, *kind));
    }
    let property = property(name)?;
    let of_will = name.starts_with("will.");
    let place = if of_will { 0 } else { kind };
    if of_will && kind != 1 || !of_will && name != property.name {
        return None;
    }
    // A wrong packet may be wanted, but it has to be written in hexadecimal.
    property.places.contains(&place).then_some((
        if of_will {
            property.will
        } else {
            property.name
        },
        match property.shape {
            Shape::Integer(_) | Shape::Varint => Type::Number,
            Shape::Text | Shape::Binary => Type::Text,
            Shape::Pair => Type::Pair,
        },
    ))
}

/// The names of values by position.
fn positions(kind: u8) -> &'static [(&'static str, Type)] {
    match kind {
        1 => &[("client", Type::Text)],
        3 => &[("topic", Type::Text), ("payload", Type::Text)],
        8 => &[("filter", Type::Filter)],
        10 => &[("filter", Type::Text)],
        9 | 11 => &[("code", Type::Number)],
        _ => &[],
    }
}

impl Pattern {
    /// Reads a packet, as `version` has it.
    ///
    /// # Errors
    /// With what cannot be read.
    pub fn read(words: &[Word], version: Version) -> Result<Self, String> {
        let (name, words) = words.split_first().ok_or("a packet is missing")?;
        let name = name.bare().ok_or("a packet's name is missing")?;
        let kind = KINDS.iter().position(|kind| *kind == name);
        let kind = kind.ok_or_else(|| format!("{name} is no packet"))? as u8;
        let mut pattern = Self {
            packet: Packet {
                kind,
                fields: Vec::new(),
            },
            // What a broker tells of itself in CONNACK is not what most cases are about.
            open: kind == 2,
            absent: Vec::new(),
        };
        let mut place = 0;
        for word in words {
            let Some(word) = for_version(word, version)? else {
                continue;
            };
            pattern.word(&word, version, &mut place)?;
        }
        let empty = || Value::Bytes(Vec::new());
        if kind == 3 && pattern.packet.field("payload").is_none() {
            pattern.packet.fields.push(("payload", empty()));
        }
        Ok(pattern)
    }

    fn word(&mut self, word: &Word, version: Version, place: &mut usize) -> Result<(), String> {
        let kind = self.packet.kind;
        if let Some(key) = &word.key {
            let (key, shape) = lookup(kind, key)
                .ok_or_else(|| format!("{} has no {key}", KINDS[usize::from(kind)]))?;
            if version < Version::V5 && property(key).is_some() {
                return Err(format!("{key} is 5.0's; write 5:{key}=…"));
            }
            self.packet.fields.push((key, value(word, shape, version)?));
            return Ok(());
        }
        match word.bare() {
            Some("...") => self.open = true,
            Some("lasting") if kind == 1 => {
                if version == Version::V5 {
                    let expiry = ("session-expiry", Value::Number(3600));
                    self.packet.fields.push(expiry);
                }
            }
            Some(bare) if bare.starts_with('!') => self.absent.push(bare[1..].to_owned()),
            Some(bare) if lookup(kind, bare).is_some_and(|(_, t)| t == Type::Flag) => {
                let (key, _) = lookup(kind, bare).ok_or("a flag")?;
                self.packet.fields.push((key, Value::Number(1)));
            }
            _ => {
                let places = positions(kind);
                let repeats = !places.is_empty() && !matches!(kind, 1 | 3);
                let at = if repeats { 0 } else { *place };
                let (key, shape) = places.get(at).ok_or_else(|| {
                    format!("{:?} is too much", String::from_utf8_lossy(&word.bytes()))
                })?;
                *place += 1;
                self.packet
                    .fields
                    .push((key, value(word, *shape, version)?));
            }
        }
        Ok(())
    }

    /// The packet to send, with its named values.
    ///
    /// # Errors
    /// If a value has no name yet.
    pub fn fill(&self, names: &Names) -> Result<Packet, String> {
        let mut packet = self.packet.clone();
        for (key, value) in &mut packet.fields {
            match value {
                Value::Named(name) => {
                    let known = names.get(name);
                    *value = known
                        .ok_or_else(|| format!("?{name} is not known"))?
                        .clone();
                }
                Value::Any | Value::Below(_) => {
                    return Err(format!("{key} is no value that can be sent"));
                }
                _ => {}
            }
        }
        Ok(packet)
    }

    /// Whether `got` is what is expected; values get their names. Otherwise what differs.
    ///
    /// # Errors
    /// With what differs.
    pub fn meets(&self, got: &Packet, names: &mut Names) -> Result<(), String> {
        if got.kind != self.packet.kind {
            return Err(format!("not {}", self.packet.name()));
        }
        if let Some(name) = self.absent.iter().find(|name| got.field(name).is_some()) {
            return Err(format!("{name} is there"));
        }
        let mut found = names.clone();
        for key in keys(&self.packet).chain(keys(got)) {
            let mut wanted = self.packet.all(key).peekable();
            if wanted.peek().is_none() {
                // What a broker says to people, it may say.
                let may_be = self.open && !matches!(key, "reason" | "present");
                if may_be || key == "reason-string" {
                    continue;
                }
                return Err(format!("{key} is not expected"));
            }
            // They have no order.
            let numbers = |packet: &Packet| {
                let numbers = packet.all(key).map(|value| match value {
                    Value::Number(number) => Some(*number),
                    _ => None,
                });
                let mut numbers: Vec<u32> = numbers.collect::<Option<_>>()?;
                numbers.sort_unstable();
                Some(numbers)
            };
            if key == "sub-id"
                && let Some(expected) = numbers(&self.packet)
            {
                match numbers(got) == Some(expected) {
                    true => continue,
                    false => return Err(format!("{key} differs")),
                }
            }
            let mut have = got.all(key);
            for wanted in wanted {
                let have = have.next().ok_or_else(|| format!("{key} is missing"))?;
                let same = match wanted {
                    Value::Any => true,
                    Value::Below(limit) => {
                        matches!(have, Value::Number(number) if number < limit)
                    }
                    Value::Named(name) => match found.get(name) {
                        Some(known) => known == have,
                        None => {
                            found.insert(name.clone(), have.clone());
                            true
                        }
                    },
                    wanted => wanted == have,
                };
                if !same {
                    return Err(format!("{key} differs"));
                }
            }
            if have.next().is_some() {
                return Err(format!("{key} comes too often"));
            }
        }
        *names = found;
        Ok(())
    }
}

fn keys(packet: &Packet) -> impl Iterator<Item = &'static str> {
    packet.fields.iter().map(|(key, _)| *key)
}

/// A word without its `5:` or `4:`; nothing if it is for another version.
fn for_version(word: &Word, version: Version) -> Result<Option<Word>, String> {
    let mut word = word.clone();
    if word.key.is_none()
        && let Some(Part::Bare(text)) = word.parts.first_mut()
        && let Some((prefix @ ("5" | "4"), rest)) = text.split_once(':')
    {
        if (prefix == "5") != (version == Version::V5) {
            return Ok(None);
        }
        match rest.split_once('=') {
            Some((key, rest)) => {
                word.key = Some(key.to_owned());
                *text = rest.to_owned();
            }
            None => *text = rest.to_owned(),
        }
        word.parts.retain(|part| *part != Part::Bare(String::new()));
    }
    Ok(Some(word))
}

fn value(word: &Word, shape: Type, version: Version) -> Result<Value, String> {
    if let [Part::Bare(text)] = &word.parts[..] {
        if text == "*" {
            return Ok(Value::Any);
        }
        if let Some(name) = text.strip_prefix('?') {
            return Ok(Value::Named(name.to_owned()));
        }
    }
    match shape {
        Type::Number if word.bytes().starts_with(b"<") => {
            let text = String::from_utf8_lossy(&word.bytes()[1..]).into_owned();
            number(&text).map(Value::Below)
        }
        Type::Flag | Type::Number => {
            let text = String::from_utf8_lossy(&word.bytes()).into_owned();
            let text = match text.split_once('/') {
                Some((five, _)) if version == Version::V5 => five.to_owned(),
                Some((_, older)) => older.to_owned(),
                None => text,
            };
            number(&text).map(Value::Number)
        }
        Type::Text => Ok(Value::Bytes(word.bytes())),
        Type::Pair => {
            let (name, value) = pair(word).ok_or("a pair is name:value")?;
            Ok(Value::Pair(name, value))
        }
        Type::Filter => {
            let (filter, options) = word.split_colon().ok_or("a filter is FILTER:OPTIONS")?;
            let mut byte = 0;
            for option in options.split(',') {
                byte |= match option {
                    "nl" => 4,
                    "rap" => 8,
                    "rh1" => 0x10,
                    "rh2" => 0x20,
                    other => number(other)? as u8,
                };
            }
            Ok(Value::Filter(filter, byte))
        }
    }
}

fn pair(word: &Word) -> Option<(Vec<u8>, Vec<u8>)> {
    if let Some((name, value)) = word.split_colon() {
        return Some((name, value.into_bytes()));
    }
    match &word.parts[..] {
        [Part::Bare(name), Part::Exact(value)] => {
            Some((name.strip_suffix(':')?.as_bytes().to_vec(), value.clone()))
        }
        [Part::Exact(name), Part::Bare(colon), Part::Exact(value)] if colon == ":" => {
            Some((name.clone(), value.clone()))
        }
        _ => None,
    }
}

/// A number, decimal or with 0x.
pub(crate) fn number(text: &str) -> Result<u32, String> {
    let read = match text.strip_prefix("0x") {
        Some(hex) => u32::from_str_radix(hex, 16),
        None => text.parse(),
    };
    read.map_err(|_| format!("{text:?} is no number"))
}

/// A packet as it would be written.
pub fn show(packet: &Packet) -> String {
    let mut text = packet.name().to_owned();
    for (key, value) in &packet.fields {
        let positional = positions(packet.kind).iter().any(|(name, _)| name == key);
        text.push(' ');
        if !positional {
            text.push_str(key);
        }
        let flag = FIELDS.iter().any(|(k, t, _)| k == key && *t == Type::Flag);
        if flag {
            continue;
        }
        if !positional {
            text.push('=');
        }
        let _ = match value {
            Value::Number(number) if matches!(*key, "reason" | "code") => {
                write!(text, "0x{number:02X}")
            }
            Value::Number(number) => write!(text, "{number}"),
            Value::Bytes(bytes) => write!(text, "{}", show_bytes(bytes)),
            Value::Pair(a, b) => write!(text, "{}:{}", show_bytes(a), show_bytes(b)),
            Value::Filter(filter, options) => write!(text, "{}:{options}", show_bytes(filter)),
            Value::Any => write!(text, "*"),
            Value::Below(limit) => write!(text, "<{limit}"),
            Value::Named(name) => write!(text, "?{name}"),
        };
    }
    text
}

fn show_bytes(bytes: &[u8]) -> String {
    const SHOWN: usize = 80;
    let text = std::str::from_utf8(bytes).ok();
    match text.filter(|text| !text.chars().any(char::is_control)) {
        Some(text) if text.chars().count() <= SHOWN => format!("{text:?}"),
        Some(text) => {
            let start: String = text.chars().take(SHOWN).collect();
            format!("{start:?}… ({} bytes)", bytes.len())
        }
        None => {
            let hex: Vec<String> = bytes.iter().map(|byte| format!("{byte:02X}")).collect();
            format!("x'{}'", hex.join(" "))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::{decode, encode};
    use crate::words::words;

    fn read(text: &str, version: Version) -> Result<Pattern, String> {
        Pattern::read(&words(text)?, version)
    }

    #[test]
    fn what_is_written_arrives() {
        for text in [
            r#"CONNECT a clean keep=60 will=w will-payload="gone" will-qos=1 will-retain will.delay=5 user-name=u password=x'00' receive-max=10"#,
            "CONNACK present receive-max=5 user=k:v",
            r#"PUBLISH a/b "x" qos=1 id=3 dup retain format=1 sub-id=300 user=k:"v w" user="a b":c"#,
            "PUBACK id=3 reason=0x10",
            "SUBSCRIBE id=3 a/+:1,nl,rap,rh2 sub-id=7 \"b c\":2",
            "SUBACK id=3 1 0x80",
            "UNSUBSCRIBE id=3 a b",
            "UNSUBACK id=3 0 0x11",
            "PINGREQ",
            "DISCONNECT reason=0x04 session-expiry=5",
            "AUTH reason=0x18 auth-method=m auth-data=\"d\"",
        ] {
            let pattern = read(text, Version::V5).expect(text);
            let packet = pattern.fill(&Names::new()).expect(text);
            let bytes = encode(&packet, Version::V5).expect(text);
            let got = decode(&bytes, Version::V5).expect(text);
            assert_eq!(pattern.meets(&got, &mut Names::new()), Ok(()), "{text}");
            // And what is shown can be read again.
            let again = read(&show(&got), Version::V5).expect(text);
            assert_eq!(again.meets(&got, &mut Names::new()), Ok(()), "{text}");
        }
    }

    #[test]
    fn what_differs_is_said() {
        let got = decode(b"\x32\x07\x00\x01a\x00\x05\x00x", Version::V5).expect("a packet");
        let mut names = Names::new();
        for (text, fault) in [
            ("PUBLISH a \"x\" qos=1 id=5", Ok(())),
            ("PUBLISH a \"x\" qos=1 id=?p", Ok(())),
            ("PUBLISH a \"x\" qos=1 id=6", Err("id differs")),
            ("PUBLISH a \"x\" qos=1 id=<6", Ok(())),
            ("PUBLISH a \"x\" qos=1 id=<5", Err("id differs")),
            ("PUBLISH a * qos=1", Err("id is not expected")),
            ("PUBLISH a * qos=1 ...", Ok(())),
            ("PUBLISH a * ... !qos", Err("qos is there")),
            ("PUBLISH a * qos=1 id=?p user=*", Err("user is missing")),
            ("PINGRESP", Err("not PINGRESP")),
        ] {
            let pattern = read(text, Version::V5).expect(text);
            let fault = fault.map_err(str::to_owned);
            assert_eq!(pattern.meets(&got, &mut names), fault, "{text}");
        }
        assert_eq!(names.get("p"), Some(&Value::Number(5)));
    }

    #[test]
    fn versions_choose_words() {
        let pattern = read("CONNACK reason=0x85/2 5:assigned-id=*", Version::V311).expect("fine");
        assert_eq!(pattern.packet.number("reason"), 2);
        assert!(pattern.packet.field("assigned-id").is_none());
        assert!(read("PUBLISH a alias=1", Version::V311).is_err());
        assert!(read("PUBLISH a \"b\" c", Version::V5).is_err());
        assert!(read("PUBLISH a b=1", Version::V5).is_err());
    }
}
