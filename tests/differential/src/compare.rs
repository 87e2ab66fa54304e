//! What differs between two brokers' notes of one dialogue, once that is taken out which a broker
//! is free to choose.
//!
//! Free, and never a difference: packet identifiers, topic aliases, what a broker says of itself
//! in CONNACK, reason strings, the order of messages on different topics or of different QoS and
//! of what is retained among others within a step, seconds of an expiry, and the member of a
//! group (topics that begin with `s/` are compared over all clients together).

use std::collections::{BTreeMap, BTreeSet};

use tidings_conformance::notation::show;
use tidings_conformance::wire::{Packet, Value, Version};

use crate::classes::{Class, Lens};
use crate::dialogue::{Notes, Turn};

/// What came of a comparison.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// The classes that covered a difference, and how often.
    pub covered: BTreeMap<String, usize>,
    /// Differences that no class covers, all of one step.
    pub open: Vec<String>,
    /// The step of those.
    pub turn: usize,
    /// Steps compared.
    pub compared: usize,
}

/// Something that was heard.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Item {
    /// Only among equals of this does order count.
    place: (u8, Vec<u8>, u32),
    text: String,
    packet: Option<Packet>,
}

/// Compares two notes of the dialogue of that name.
pub fn compare(dialogue: &str, ours: &Notes, theirs: &Notes, classes: &[Class]) -> Outcome {
    let mut outcome = Outcome::default();
    // What they have passed on, and we have not yet.
    let mut early: BTreeMap<String, Vec<Item>> = BTreeMap::new();
    for (at, (our, their)) in ours.turns.iter().zip(&theirs.turns).enumerate() {
        outcome.turn = at;
        outcome.compared += 1;
        let copies = lens(classes, Lens::Copies);
        let mut seen = 0;
        let our_side = sides(our, |_, items| items);
        let their_side = sides(their, |name, items| {
            if copies.is_none() {
                return items;
            }
            let own = our.heard.get(name).into_iter().flatten();
            let own: Vec<Item> = own.map(item).collect();
            let merged = merge(&items, &own);
            seen += items.len() - merged.len();
            merged
        });
        if let Some(class) = copies.filter(|_| seen > 0) {
            *outcome.covered.entry(class.id.clone()).or_default() += seen;
        }
        let names: BTreeSet<&String> = our_side.keys().chain(their_side.keys()).collect();
        let mut ends = false;
        for name in names {
            let mut one = our_side.get(name).cloned().unwrap_or_default();
            let mut other = their_side.get(name).cloned().unwrap_or_default();
            if one == other {
                continue;
            }
            remove_common(&mut one, &mut other);
            if let Some(class) = lens(classes, Lens::Later) {
                let early = early.entry(name.clone()).or_default();
                one.retain(
                    |item| match early.iter().position(|e| e.text == item.text) {
                        Some(at) => {
                            early.remove(at);
                            false
                        }
                        None => true,
                    },
                );
                if our.holding.contains(name) {
                    other.retain(|item| {
                        let passes = item.place.0 == PUBLISH && item.place.2 % LIVE == 0;
                        if passes {
                            early.push(item.clone());
                            *outcome.covered.entry(class.id.clone()).or_default() += 1;
                        }
                        !passes
                    });
                }
            }
            let version = ours.versions.get(name).map_or("", |v| Version::name(*v));
            let is_over = our.ended.contains(name) && their.ended.contains(name);
            let ending = if is_over { "ending " } else { "" };
            let act = act(&our.said);
            let lines = pairs(one, other).into_iter();
            let lines: Vec<String> = lines
                .map(|(a, b)| {
                    let heard = if was_heard(&a, our, their) {
                        " though"
                    } else {
                        ""
                    };
                    format!("{ending}{act} {version}: {a}{heard} | {b}")
                })
                .collect();
            for line in &lines {
                let covers = |class: &&Class| {
                    class.covers(dialogue, line) || class.follows(dialogue, line, &lines)
                };
                match classes.iter().find(covers) {
                    Some(class) => {
                        *outcome.covered.entry(class.id.clone()).or_default() += 1;
                        ends |= class.ends;
                    }
                    None => outcome.open.push(format!("{name}: {line}")),
                }
            }
        }
        for name in our.ended.iter().chain(&their.ended) {
            early.remove(name);
        }
        if our.said.ends_with(" cut") {
            early.remove(our.said.trim_end_matches(" cut"));
        }
        if ends || !outcome.open.is_empty() {
            return outcome;
        }
    }
    for (name, items) in early {
        for item in items {
            outcome
                .open
                .push(format!("{name}: at the end: nothing | {}", item.text));
        }
    }
    outcome
}

fn lens(classes: &[Class], lens: Lens) -> Option<&Class> {
    classes.iter().find(|class| class.lens == Some(lens))
}

const PUBLISH: u8 = 2;
const RELEASE: u8 = 3;
/// Added to the QoS of what is not retained.
const LIVE: u32 = 3;

/// What each connection heard, in an order that both brokers must have, after `look` has looked at
/// it.
fn sides(
    turn: &Turn,
    mut look: impl FnMut(&str, Vec<Item>) -> Vec<Item>,
) -> BTreeMap<String, Vec<Item>> {
    const GROUP: &str = "a group";
    let mut sides: BTreeMap<String, Vec<Item>> = BTreeMap::new();
    for (name, packets) in &turn.heard {
        for item in look(name, packets.iter().map(item).collect()) {
            let shared = item.place.0 == PUBLISH && item.place.1.starts_with(b"s/");
            let name = if shared { GROUP } else { name };
            sides.entry(name.to_owned()).or_default().push(item);
        }
    }
    for name in &turn.ended {
        sides.entry(name.clone()).or_default().push(Item {
            place: (5, Vec::new(), 0),
            text: "the end".to_owned(),
            packet: None,
        });
    }
    for items in sides.values_mut() {
        items.sort_by(|a, b| a.place.cmp(&b.place));
        let releases = items.partition_point(|item| item.place.0 < RELEASE);
        let rest = items.partition_point(|item| item.place.0 <= RELEASE);
        items[releases..rest].sort_by(|a, b| a.text.cmp(&b.text));
    }
    // Who of a group got it says nothing, and so does their order.
    if let Some(items) = sides.get_mut(GROUP) {
        items.sort_by(|a, b| a.text.cmp(&b.text));
    }
    sides
}

fn item(packet: &Packet) -> Item {
    let mut packet = packet.clone();
    let keep: fn(&str) -> bool = match packet.kind {
        2 => |key| matches!(key, "present" | "reason"),
        3 => |_| true,
        14 => |key| key == "reason",
        _ => |key| !matches!(key, "reason-string" | "user"),
    };
    packet.fields.retain(|(key, _)| keep(key));
    for (key, value) in &mut packet.fields {
        // Expiries in dialogues are whole hundreds of seconds, and nothing lasts that long.
        if let ("message-expiry", Value::Number(seconds)) = (*key, value) {
            *seconds = seconds.next_multiple_of(100);
        }
    }
    // Properties come in any order; those that may come twice keep theirs.
    let rank = |name: &'static str| match name {
        "topic" => (0, name),
        "payload" => (1, name),
        "retain" => (3, name),
        other => (2, other),
    };
    packet.fields.sort_by_key(|(name, _)| rank(name));
    let mut ids: Vec<_> = packet
        .fields
        .iter()
        .filter(|(key, _)| *key == "sub-id")
        .cloned()
        .collect();
    ids.sort_by_key(|(_, value)| match value {
        Value::Number(number) => *number,
        _ => 0,
    });
    packet.fields.retain(|(key, _)| *key != "sub-id");
    packet.fields.extend(ids);
    let place = match packet.kind {
        2 => (0, Vec::new(), 0),
        3 => {
            let topic = match packet.field("topic") {
                Some(Value::Bytes(topic)) => topic.clone(),
                _ => Vec::new(),
            };
            let kept = if packet.number("retain") > 0 { 0 } else { LIVE };
            (PUBLISH, topic, kept + packet.number("qos"))
        }
        // The order of these is that of the messages.
        6 => (RELEASE, Vec::new(), 0),
        14 => (4, Vec::new(), 0),
        _ => (1, Vec::new(), 0),
    };
    Item {
        place,
        text: show(&packet),
        packet: Some(packet),
    }
}

/// Copies of one message become one, with the highest QoS and all subscription identifiers, where
/// the other broker sent one.
fn merge(items: &[Item], other: &[Item]) -> Vec<Item> {
    let mut merged: Vec<Item> = Vec::new();
    for next in items {
        let is_one = other.iter().filter(|other| is_copy(other, next)).count() == 1;
        match merged.iter_mut().find(|first| is_copy(first, next)) {
            Some(first) if is_one => *first = both(first, next),
            _ => merged.push(next.clone()),
        }
    }
    merged
}

/// Whether both are the same message, or the same release of one.
fn is_copy(one: &Item, other: &Item) -> bool {
    if one.place.0 == RELEASE {
        return one == other;
    }
    let (Some(a), Some(b)) = (&one.packet, &other.packet) else {
        return false;
    };
    let same = |key: &&str| a.field(key) == b.field(key);
    a.kind == 3 && b.kind == 3 && ["topic", "payload"].iter().all(same)
}

/// Two copies as one.
fn both(first: &Item, next: &Item) -> Item {
    let (Some(first), Some(packet)) = (&first.packet, &next.packet) else {
        return first.clone();
    };
    let mut both = first.clone();
    for key in ["qos", "retain"] {
        let most = both.number(key).max(packet.number(key));
        both.fields.retain(|(name, _)| *name != key);
        if most > 0 {
            both.fields.push((key, Value::Number(most)));
        }
    }
    // The same identifier twice is twice an identifier [MQTT-3.3.4-5].
    both.fields
        .extend(packet.all("sub-id").cloned().map(|id| ("sub-id", id)));
    item(&both)
}

fn remove_common(one: &mut Vec<Item>, other: &mut Vec<Item>) {
    if one.len() == other.len() && one != other {
        let mut sorted = (one.clone(), other.clone());
        sorted.0.sort_by(|a, b| a.text.cmp(&b.text));
        sorted.1.sort_by(|a, b| a.text.cmp(&b.text));
        if sorted.0 == sorted.1 {
            // The same in another order, where order counts: all of it is the difference.
            return;
        }
    }
    one.retain(
        |item| match other.iter().position(|o| o.text == item.text) {
            Some(at) => {
                other.remove(at);
                false
            }
            None => true,
        },
    );
}

/// Puts together what seems to be about the same thing.
fn pairs(one: Vec<Item>, mut other: Vec<Item>) -> Vec<(String, String)> {
    const NOTHING: &str = "nothing";
    let mut pairs = Vec::new();
    for item in one {
        let same = |key: &str, o: &Item| match (&item.packet, &o.packet) {
            (Some(a), Some(b)) => a.kind == b.kind && a.field(key) == b.field(key),
            _ => false,
        };
        // What is kept on a topic is one message, whatever it is.
        let kept = |o: &Item| {
            let kept = o.packet.as_ref().is_some_and(|p| p.number("retain") > 0);
            kept && same("retain", o) && same("topic", o)
        };
        let found = other
            .iter()
            .position(|o| same("payload", o) && same("id", o))
            .or_else(|| other.iter().position(kept));
        let partner = found.map(|at| other.remove(at).text);
        pairs.push((item.text, partner.unwrap_or_else(|| NOTHING.to_owned())));
    }
    pairs.extend(other.into_iter().map(|o| (NOTHING.to_owned(), o.text)));
    pairs
}

/// Whether we say that nobody listens to a message that somebody hears in the same step, of
/// either broker.
fn was_heard(answer: &str, ours: &Turn, theirs: &Turn) -> bool {
    let mut words = answer.split(' ');
    let id = words.nth(1).unwrap_or_default();
    let is_its =
        |said: &&str| said.starts_with("PUBLISH ") && said.split(' ').any(|word| word == id);
    if words.next() != Some("reason=0x10") {
        return false;
    }
    // What was said begins with who said it, and is several packets at times.
    let said = ours.said.replacen(" > ", " ; ", 1);
    let Some(said) = said.split(" ; ").find(is_its) else {
        return false;
    };
    let both = ours.heard.values().chain(theirs.heard.values());
    let mut messages = both.flatten().filter(|packet| packet.kind == 3);
    messages.any(|packet| match packet.field("payload") {
        Some(Value::Bytes(payload)) if !payload.is_empty() => {
            said.contains(&format!("{:?}", String::from_utf8_lossy(payload)))
        }
        _ => false,
    })
}

/// The kind of a step: the packet that was sent, or `several`, or the verb; `UNSUBSCRIBE-$` of a
/// filter that begins with `$`.
fn act(said: &str) -> &str {
    if said.contains(" ; ") {
        return "several";
    }
    let mut words = said.split(' ').skip(1);
    match words.next() {
        Some(">") => match words.next().unwrap_or_default() {
            "UNSUBSCRIBE" if words.any(|word| word.starts_with('$')) => "UNSUBSCRIBE-$",
            packet => packet,
        },
        Some("connects") => "CONNECT",
        Some("subscribes") => "SUBSCRIBE",
        verb => verb.unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(text: &[&str]) -> Vec<Item> {
        let packets = text.iter().map(|payload| Packet {
            kind: 3,
            fields: vec![
                ("topic", Value::Bytes(b"t".to_vec())),
                ("payload", Value::Bytes(payload.as_bytes().to_vec())),
            ],
        });
        packets.map(|packet| item(&packet)).collect()
    }

    #[test]
    fn a_message_with_a_listener_is_one() {
        let turn = |said: &str, heard: &[&str]| Turn {
            said: said.to_owned(),
            heard: [("b".to_owned(), heard)]
                .map(|(name, heard)| {
                    let items = self::heard(heard).into_iter();
                    (name, items.filter_map(|item| item.packet).collect())
                })
                .into(),
            ..Turn::default()
        };
        let one = "a > PUBLISH t \"1\" qos=1 id=7";
        let two = "a > PUBLISH t \"1\" qos=1 id=7 ; PUBLISH t \"2\" qos=1 id=8";
        for (said, answer, ours, theirs, expected) in [
            (one, "PUBACK id=7 reason=0x10", &["1"][..], &[][..], true),
            (one, "PUBACK id=7 reason=0x10", &[], &["1"], true),
            (one, "PUBACK id=7 reason=0x10", &["2"], &["2"], false),
            (one, "PUBACK id=7", &["1"], &["1"], false),
            (two, "PUBACK id=7 reason=0x10", &["2"], &["2"], false),
            (two, "PUBACK id=8 reason=0x10", &["2"], &[], true),
        ] {
            let found = was_heard(answer, &turn(said, ours), &turn(said, theirs));
            assert_eq!(found, expected, "{said} {answer} {ours:?} {theirs:?}");
        }
    }

    /// Copies of the other broker are merged where we sent one, and copies of ours never.
    #[test]
    fn copies_of_ours_are_seen() {
        for (ours, theirs, left) in [
            (&["a"][..], &["a", "a"][..], 1),
            (&["a", "a"], &["a", "a"], 2),
            (&["a", "a"], &["a"], 1),
            (&[], &["a", "a"], 2),
            (&["a", "b"], &["a", "b", "a"], 2),
        ] {
            let merged = merge(&heard(theirs), &heard(ours));
            assert_eq!(merged.len(), left, "{ours:?} {theirs:?}");
        }
    }
}
