//! Plays a case to a broker and says where it did something else.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::time::Duration;

use crate::case::{Case, MANY, Step, StepKind};
use crate::notation::{Names, Pattern, show};
use crate::wire::{Packet, Value, Version, decode, encode};
use crate::words::{Part, Word, words};

/// A broker that cases are played to.
///
/// Peers have names; a name has one connection at a time. `send` returns when the broker has
/// dealt with the bytes, so that what one peer does comes after what another did before.
pub trait Broker {
    /// Opens a connection.
    fn open(&mut self, peer: &str, version: Version) -> Result<(), String>;
    /// Sends bytes; a broker that has closed meanwhile takes none.
    fn send(&mut self, peer: &str, bytes: &[u8]) -> Result<(), String>;
    /// The next whole packet, once it is there; nothing if none comes.
    fn next(&mut self, peer: &str) -> Result<Option<Vec<u8>>, String>;
    /// Everything else the broker has to say at this moment.
    fn rest(&mut self, peer: &str) -> Result<Vec<Vec<u8>>, String>;
    /// Whether the broker ends the connection.
    fn is_closed(&mut self, peer: &str) -> Result<bool, String>;
    /// Whether the connection is still there.
    fn is_open(&mut self, peer: &str) -> Result<bool, String>;
    /// Ends the connection without a word.
    fn cut(&mut self, peer: &str) -> Result<(), String>;
    /// Time passes.
    fn pass(&mut self, time: Duration) -> Result<(), String>;
    /// Answers what the broker asks of the outside.
    fn answer(&mut self, answer: Answer) -> Result<(), String>;
    /// Much of the same is about to come, or is over: until then what one peer sends need not be
    /// dealt with before it sends more.
    fn bulk(&mut self, _begins: bool) -> Result<(), String> {
        Ok(())
    }
}

/// What somebody outside says about a client that wants in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Yes, with Authentication Data.
    Allow(Option<Vec<u8>>),
    /// More is needed.
    Challenge(Option<Vec<u8>>),
    /// No, for this reason and in these words.
    Deny(u8, Option<Vec<u8>>),
}

/// Plays a case in one of its versions.
///
/// # Errors
/// With the line, what was expected there and what came instead.
pub fn play(case: &Case, version: Version, broker: &mut dyn Broker) -> Result<(), String> {
    let mut play = Play {
        version,
        broker,
        peers: BTreeMap::new(),
        names: Names::new(),
    };
    let at = |line: usize, fault: String| {
        let Case { file, name, .. } = case;
        format!("{file}:{line}: {name} in {}: {fault}", version.name())
    };
    play.steps(&case.steps, None)
        .map_err(|(line, fault)| at(line, fault))?;
    play.end().map_err(|fault| at(case.line, fault))
}

struct Play<'a> {
    version: Version,
    broker: &'a mut dyn Broker,
    peers: BTreeMap<String, Peer>,
    names: Names,
}

struct Peer {
    version: Version,
    is_open: bool,
    /// Packets that came and were not looked at.
    inbox: VecDeque<Vec<u8>>,
    /// The packets of `<each`, and how many of each have not come.
    awaited: HashMap<Vec<u8>, usize>,
    /// Packet identifiers under which something came on this connection that the peer has not
    /// acknowledged for good.
    in_use: BTreeSet<u32>,
}

impl Peer {
    /// Takes notice of a packet that came: within a connection no identifier is given again
    /// before it is free.
    fn received(&mut self, packet: &Packet) -> Result<(), String> {
        const PUBLISH: u8 = 3;
        let Some(Value::Number(id)) = packet.field("id") else {
            return Ok(());
        };
        match packet.kind != PUBLISH || self.in_use.insert(*id) {
            true => Ok(()),
            false => Err(format!("the identifier {id} is in use: {}", show(packet))),
        }
    }

    /// Takes notice of a packet that goes out: an answer may make an identifier free.
    fn sends(&mut self, bytes: &[u8]) {
        const PUBACK: u8 = 4;
        const PUBREC: u8 = 5;
        const PUBCOMP: u8 = 7;
        let kind = bytes.first().map_or(0, |byte| byte >> 4);
        if !matches!(kind, PUBACK | PUBREC | PUBCOMP) {
            return;
        }
        // What no broker can read acknowledges nothing.
        if let Ok(packet) = decode(bytes, self.version)
            && let Some(Value::Number(id)) = packet.field("id")
            && (kind != PUBREC || packet.number("reason") >= 0x80)
        {
            self.in_use.remove(id);
        }
    }
}

impl Play<'_> {
    fn steps(&mut self, steps: &[Step], number: Option<usize>) -> Result<(), (usize, String)> {
        let version = self.version;
        for step in steps.iter().filter(|step| step.is_for(version)) {
            let done = match &step.kind {
                StepKind::Repeat(times, steps) => {
                    self.repeat(step.line, *times, steps)?;
                    Ok(())
                }
                StepKind::Wait(time) => self.broker.pass(*time),
                StepKind::Broker(text) => answer(text).and_then(|a| self.broker.answer(a)),
                StepKind::Peer(peer, verb, rest) => {
                    let (mut peer, mut rest) = (peer.clone(), rest.clone());
                    if let Some(number) = number {
                        peer = peer.replace("{n}", &number.to_string());
                        rest = rest.replace("{n}", &number.to_string());
                    }
                    self.peer(&peer, verb, &rest)
                }
            };
            done.map_err(|fault| (step.line, fault))?;
        }
        Ok(())
    }

    fn repeat(&mut self, line: usize, times: usize, steps: &[Step]) -> Result<(), (usize, String)> {
        let here = |fault| (line, fault);
        if times > MANY {
            self.broker.bulk(true).map_err(here)?;
        }
        for number in 1..=times {
            self.steps(steps, Some(number))?;
        }
        if times > MANY {
            self.broker.bulk(false).map_err(here)?;
        }
        self.gather().map_err(here)
    }

    fn peer(&mut self, name: &str, verb: &str, rest: &str) -> Result<(), String> {
        if !self.peers.contains_key(name) {
            let peer = Peer {
                version: self.version,
                is_open: false,
                inbox: VecDeque::new(),
                awaited: HashMap::new(),
                in_use: BTreeSet::new(),
            };
            self.peers.insert(name.to_owned(), peer);
        }
        match verb {
            "is" => {
                let version =
                    Version::named(rest).ok_or_else(|| format!("{rest} is no version"))?;
                self.peer_mut(name)?.version = version;
                Ok(())
            }
            ">" => self.send(name, rest),
            "<" => self.expect_next(name, &words(rest)?),
            "<?" => self.expect_some(name, &words(rest)?),
            "<each" => self.expect_later(name, &words(rest)?),
            "connects" | "resumes" => {
                let version = self.peer_mut(name)?.version;
                let lasts = verb == "resumes" || rest.contains("lasting");
                let clean = if lasts { "lasting" } else { "clean" };
                let rest = rest.replace("lasting", "");
                self.send(name, &format!("CONNECT {name} {clean} {rest}"))?;
                let present = verb == "resumes" && version != Version::V31;
                let ack = if present {
                    "CONNACK present"
                } else {
                    "CONNACK"
                };
                self.expect_next(name, &words(ack)?)
            }
            "subscribes" => self.subscribe(name, rest),
            "pings" => {
                self.send(name, "PINGREQ")?;
                self.expect_next(name, &words("PINGRESP")?)
            }
            "quiet" => self.expect_quiet(name),
            "open" => match self.broker.is_open(name)? {
                true => Ok(()),
                false => Err(self.after(name, "the broker has ended the connection")?),
            },
            "closed" => {
                let closed = self.broker.is_closed(name)?;
                self.expect_nothing(name, false)?;
                self.peer_mut(name)?.is_open = false;
                match closed {
                    true => Ok(()),
                    false => Err("the connection is still there".to_owned()),
                }
            }
            "cut" => {
                self.peer_mut(name)?.is_open = false;
                self.broker.cut(name)?;
                self.peer_mut(name)?.inbox.clear();
                Ok(())
            }
            other => Err(format!("`{other}` is not known")),
        }
    }

    fn peer_mut(&mut self, name: &str) -> Result<&mut Peer, String> {
        let peer = self.peers.get_mut(name);
        peer.ok_or_else(|| format!("{name} is not known"))
    }

    fn send(&mut self, name: &str, text: &str) -> Result<(), String> {
        let version = self.peer_mut(name)?.version;
        let packets = packets(text, version, &self.names)?;
        if !self.peer_mut(name)?.is_open {
            self.broker.open(name, version)?;
            let peer = self.peer_mut(name)?;
            peer.is_open = true;
            peer.inbox.clear();
            peer.in_use.clear();
        }
        let peer = self.peer_mut(name)?;
        packets.iter().for_each(|packet| peer.sends(packet));
        self.broker.send(name, &packets.concat())
    }

    fn subscribe(&mut self, name: &str, rest: &str) -> Result<(), String> {
        const ID: u32 = 1000;
        self.send(name, &format!("SUBSCRIBE id={ID} {rest}"))?;
        let version = self.peer_mut(name)?.version;
        let subscribe = words(&format!("SUBSCRIBE {rest}"))?;
        let packet = Pattern::read(&subscribe, version)?.fill(&self.names)?;
        let codes: String = packet
            .all("filter")
            .map(|filter| match filter {
                Value::Filter(_, options) => format!(" {}", options & 3),
                _ => String::new(),
            })
            .collect();
        let ack = words(&format!("SUBACK id={ID}{codes}"))?;
        // Retained messages may pass it.
        self.expect_some(name, &ack)
    }

    fn read(&mut self, name: &str, bytes: &[u8]) -> Result<Packet, String> {
        let version = self.peer_mut(name)?.version;
        decode(bytes, version)
            .map_err(|fault| format!("a broken packet came: {fault}: {bytes:02X?}"))
    }

    fn expect_next(&mut self, name: &str, words: &[Word]) -> Result<(), String> {
        let version = self.peer_mut(name)?.version;
        let pattern = Pattern::read(words, version)?;
        let next = match self.peer_mut(name)?.inbox.pop_front() {
            Some(next) => Some(next),
            None => self.broker.next(name)?,
        };
        let Some(next) = next else {
            let state = match self.broker.is_closed(name)? {
                true => "has ended",
                false => "is still there",
            };
            let said = said(words);
            return Err(format!("{said} does not come, and the connection {state}"));
        };
        let packet = self.read(name, &next)?;
        pattern.meets(&packet, &mut self.names).map_err(|fault| {
            format!(
                "{fault}\n  expected {}\n  came     {}",
                said(words),
                show(&packet)
            )
        })?;
        self.peer_mut(name)?.received(&packet)
    }

    fn expect_some(&mut self, name: &str, words: &[Word]) -> Result<(), String> {
        let version = self.peer_mut(name)?.version;
        let pattern = Pattern::read(words, version)?;
        for at in 0.. {
            if at >= self.peer_mut(name)?.inbox.len() {
                let Some(next) = self.broker.next(name)? else {
                    break;
                };
                self.peer_mut(name)?.inbox.push_back(next);
            }
            let bytes = self.peer_mut(name)?.inbox[at].clone();
            let packet = self.read(name, &bytes)?;
            if pattern.meets(&packet, &mut self.names).is_ok() {
                let peer = self.peer_mut(name)?;
                peer.inbox.remove(at);
                return peer.received(&packet);
            }
        }
        Err(self.after(name, &format!("{} does not come", said(words)))?)
    }

    /// A packet that is one of the next to come; [`Self::gather`] looks for it.
    fn expect_later(&mut self, name: &str, words: &[Word]) -> Result<(), String> {
        let version = self.peer_mut(name)?.version;
        let packet = Pattern::read(words, version)?.fill(&self.names)?;
        let bytes = encode(&packet, version)?;
        *self.peer_mut(name)?.awaited.entry(bytes).or_default() += 1;
        Ok(())
    }

    /// The packets of `<each` are the next that come, each as often as it was written.
    fn gather(&mut self) -> Result<(), String> {
        let names: Vec<String> = self.peers.keys().cloned().collect();
        for name in names {
            let mut awaited = std::mem::take(&mut self.peer_mut(&name)?.awaited);
            for _ in 0..awaited.values().sum() {
                let next = match self.peer_mut(&name)?.inbox.pop_front() {
                    Some(next) => Some(next),
                    None => self.broker.next(&name)?,
                };
                let Some(next) = next else {
                    let missing: usize = awaited.values().sum();
                    return Err(format!("{missing} packets to {name} do not come"));
                };
                // Written by our own hand, so that spellings are no differences.
                let packet = self.read(&name, &next)?;
                let bytes = encode(&packet, self.peer_mut(&name)?.version)?;
                match awaited.get_mut(&bytes) {
                    Some(count) if *count > 0 => *count -= 1,
                    _ => return Err(format!("to {name} comes {}", show(&packet))),
                }
            }
        }
        Ok(())
    }

    fn expect_quiet(&mut self, name: &str) -> Result<(), String> {
        let rest = self.broker.rest(name)?;
        self.peer_mut(name)?.inbox.extend(rest);
        self.expect_nothing(name, true)
    }

    /// Nothing came that was not looked at; with `open`, the connection is not ended either.
    fn expect_nothing(&mut self, name: &str, open: bool) -> Result<(), String> {
        if open && !self.broker.is_open(name)? {
            return Err(self.after(name, "the broker has ended the connection")?);
        }
        while !open && let Some(next) = self.broker.next(name)? {
            self.peer_mut(name)?.inbox.push_back(next);
        }
        match self.peer_mut(name)?.inbox.is_empty() {
            true => Ok(()),
            false => Err(self.after(name, "nothing more is expected")?),
        }
    }

    /// A fault with what came and was not looked at.
    fn after(&mut self, name: &str, fault: &str) -> Result<String, String> {
        const SHOWN: usize = 10;
        let mut text = fault.to_owned();
        let inbox = self.peer_mut(name)?.inbox.clone();
        for bytes in inbox.iter().take(SHOWN) {
            text.push_str("\n  came     ");
            text.push_str(&self.read(name, bytes).map_or_else(|e| e, |p| show(&p)));
        }
        if inbox.len() > SHOWN {
            text.push_str(&format!("\n  and {} more", inbox.len() - SHOWN));
        }
        Ok(text)
    }

    /// At the end nobody has heard or lost anything that the case does not tell.
    fn end(&mut self) -> Result<(), String> {
        let open: Vec<String> = self
            .peers
            .iter()
            .filter(|(_, peer)| peer.is_open)
            .map(|(name, _)| name.clone())
            .collect();
        for name in open {
            self.expect_quiet(&name)
                .map_err(|fault| format!("at the end of {name}: {fault}"))?;
        }
        Ok(())
    }
}

/// The bytes of what stands behind `>`, packet by packet.
///
/// # Errors
/// With what cannot be read.
pub fn packets(text: &str, version: Version, names: &Names) -> Result<Vec<Vec<u8>>, String> {
    let all = words(text)?;
    let each = all.split(|word| word.bare() == Some(";"));
    each.map(|words| match words.first().and_then(Word::bare) {
        Some("hex") => raw(&words[1..]),
        _ => encode(&Pattern::read(words, version)?.fill(names)?, version),
    })
    .collect()
}

pub(crate) fn said(words: &[Word]) -> String {
    let words = words.iter().map(|word| {
        let mut text = word
            .key
            .as_ref()
            .map_or_else(String::new, |key| format!("{key}="));
        for part in &word.parts {
            match part {
                Part::Bare(bare) => text.push_str(bare),
                Part::Exact(bytes) if bytes.len() > 80 => {
                    text.push_str(&format!("({} bytes)", bytes.len()));
                }
                Part::Exact(bytes) => {
                    text.push_str(&format!("{:?}", String::from_utf8_lossy(bytes)))
                }
            }
        }
        text
    });
    words.collect::<Vec<_>>().join(" ")
}

/// Bytes: hexadecimal pairs, text in quotes, `len` for the Remaining Length of what follows.
pub(crate) fn raw(words: &[Word]) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    for (at, word) in words.iter().enumerate() {
        match word.bare() {
            Some("len") => {
                let rest = raw(&words[at + 1..])?;
                let mut len = rest.len();
                while len >= 0x80 {
                    bytes.push(len as u8 | 0x80);
                    len >>= 7;
                }
                bytes.push(len as u8);
                bytes.extend(rest);
                return Ok(bytes);
            }
            Some(hex) => {
                let byte = u8::from_str_radix(hex, 16).map_err(|_| format!("{hex} is no byte"))?;
                bytes.push(byte);
            }
            None => bytes.extend(word.bytes()),
        }
    }
    Ok(bytes)
}

/// `allows "data"`, `challenges "data"` or `denies 0x87 "words"`.
fn answer(text: &str) -> Result<Answer, String> {
    let words = words(text)?;
    let data = words.get(1).map(Word::bytes);
    match words.first().and_then(Word::bare) {
        Some("allows") => Ok(Answer::Allow(data)),
        Some("challenges") => Ok(Answer::Challenge(data)),
        Some("denies") => {
            let reason = words.get(1).and_then(Word::bare).unwrap_or_default();
            let reason = crate::notation::number(reason)? as u8;
            Ok(Answer::Deny(reason, words.get(2).map(Word::bytes)))
        }
        _ => Err(format!("`{text}` is no answer")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A broker that has said everything before.
    struct Said(VecDeque<Vec<u8>>);

    impl Broker for Said {
        fn open(&mut self, _: &str, _: Version) -> Result<(), String> {
            Ok(())
        }
        fn send(&mut self, _: &str, _: &[u8]) -> Result<(), String> {
            Ok(())
        }
        fn next(&mut self, _: &str) -> Result<Option<Vec<u8>>, String> {
            Ok(self.0.pop_front())
        }
        fn rest(&mut self, _: &str) -> Result<Vec<Vec<u8>>, String> {
            Ok(self.0.drain(..).collect())
        }
        fn is_closed(&mut self, _: &str) -> Result<bool, String> {
            Ok(false)
        }
        fn is_open(&mut self, _: &str) -> Result<bool, String> {
            Ok(true)
        }
        fn cut(&mut self, _: &str) -> Result<(), String> {
            Ok(())
        }
        fn pass(&mut self, _: Duration) -> Result<(), String> {
            Ok(())
        }
        fn answer(&mut self, _: Answer) -> Result<(), String> {
            Ok(())
        }
    }

    #[test]
    fn packets_in_any_order_are_told_from_others() {
        let text = "case x: Y.\nfor 3.1.1\nrepeat 3\nb <each PUBLISH t/{n} \"{n}\"\nend";
        let cases = crate::case::read("f", text).expect("it is in order");
        let said = |numbers: &[u8]| {
            let packets = numbers.iter().map(|number| {
                let digit = b'0' + number;
                vec![0x30, 6, 0, 3, b't', b'/', digit, digit]
            });
            play(&cases[0], Version::V311, &mut Said(packets.collect()))
        };
        assert_eq!(said(&[1, 2, 3]), Ok(()));
        assert_eq!(said(&[3, 1, 2]), Ok(()));
        for (numbers, fault) in [
            (&[1, 1, 2][..], "to b comes PUBLISH \"t/1\" \"1\""),
            (&[1, 2, 4], "to b comes PUBLISH \"t/4\" \"4\""),
            (&[1, 2], "1 packets to b do not come"),
        ] {
            let expected = format!("f:5: x in 3.1.1: {fault}");
            assert_eq!(said(numbers), Err(expected), "{numbers:?}");
        }
    }
}
