//! Plays a dialogue and notes what each client hears, step by step.
//!
//! The clients answer what they must (PUBACK, PUBREC, PUBREL, PUBCOMP) unless the dialogue has
//! them hold back. What is expected in a dialogue is nothing here: the other broker is.

use std::collections::BTreeMap;
use std::time::Duration;

use tidings_conformance::case::{Case, StepKind};
use tidings_conformance::notation::{Names, show};
use tidings_conformance::play::{Broker, packets};
use tidings_conformance::wire::{Packet, Value, Version, decode, encode};

/// A step, and what was heard after it.
#[derive(Clone, Debug, Default)]
pub struct Turn {
    /// The line of the dialogue.
    pub line: usize,
    /// What was done: `a > PINGREQ`.
    pub said: String,
    /// What each connection heard, in order.
    pub heard: BTreeMap<String, Vec<Packet>>,
    /// Connections that the broker ended.
    pub ended: Vec<String>,
    /// Connections that hold their answers back.
    pub holding: Vec<String>,
}

/// A played dialogue.
#[derive(Clone, Debug, Default)]
pub struct Notes {
    /// Its steps.
    pub turns: Vec<Turn>,
    /// What each connection speaks.
    pub versions: BTreeMap<String, Version>,
}

struct Peer {
    version: Version,
    client: Vec<u8>,
    is_open: bool,
    holds: bool,
    owed: Vec<Vec<u8>>,
    aliases: BTreeMap<u32, Value>,
}

struct Play<'a> {
    broker: &'a mut dyn Broker,
    version: Version,
    peers: BTreeMap<String, Peer>,
    /// What a packet identifier of a message to a client stands for.
    meanings: BTreeMap<(Vec<u8>, u32), Value>,
}

/// Plays `case` to `broker`.
///
/// # Errors
/// If the broker does what no broker may: it sends a broken packet, or does not answer.
pub fn play(case: &Case, version: Version, broker: &mut dyn Broker) -> Result<Notes, String> {
    let mut play = Play {
        broker,
        version,
        peers: BTreeMap::new(),
        meanings: BTreeMap::new(),
    };
    let mut notes = Notes::default();
    for step in case.steps.iter().filter(|step| step.is_for(version)) {
        let said = match &step.kind {
            StepKind::Wait(time) => {
                play.broker.pass(*time)?;
                format!("wait {time:?}")
            }
            StepKind::Peer(peer, verb, rest) => {
                play.act(peer, verb, rest)
                    .map_err(|fault| format!("line {}: {fault}", step.line))?;
                format!("{peer} {verb} {rest}").trim_end().to_owned()
            }
            StepKind::Broker(_) | StepKind::Repeat(..) => {
                return Err(format!("line {}: not in a dialogue", step.line));
            }
        };
        let mut turn = Turn {
            line: step.line,
            said,
            heard: BTreeMap::new(),
            ended: Vec::new(),
            holding: Vec::new(),
        };
        play.listen(&mut turn)
            .map_err(|fault| format!("line {}: {}: {fault}", step.line, turn.said))?;
        notes.turns.push(turn);
    }
    for (name, peer) in play.peers {
        notes.versions.insert(name, peer.version);
    }
    Ok(notes)
}

impl Play<'_> {
    fn act(&mut self, name: &str, verb: &str, rest: &str) -> Result<(), String> {
        let version = self.version;
        let peer = self.peers.entry(name.to_owned()).or_insert_with(|| Peer {
            version,
            client: Vec::new(),
            is_open: false,
            holds: false,
            owed: Vec::new(),
            aliases: BTreeMap::new(),
        });
        match verb {
            "is" => {
                peer.version =
                    Version::named(rest).ok_or_else(|| format!("{rest} is no version"))?;
            }
            "holds" => peer.holds = true,
            "answers" => {
                peer.holds = false;
                for bytes in std::mem::take(&mut peer.owed) {
                    self.broker.send(name, &bytes)?;
                }
            }
            "cut" if peer.is_open => {
                peer.is_open = false;
                self.broker.cut(name)?;
            }
            "connects" => self.send(name, &format!("CONNECT {name} clean {rest}"))?,
            "subscribes" => self.send(name, &format!("SUBSCRIBE id=1000 {rest}"))?,
            "pings" => self.send(name, "PINGREQ")?,
            ">" => self.send(name, rest)?,
            // A connection that is gone, or what a case expects.
            _ => {}
        }
        Ok(())
    }

    fn send(&mut self, name: &str, text: &str) -> Result<(), String> {
        let Some(peer) = self.peers.get_mut(name) else {
            return Ok(());
        };
        let all = packets(text, peer.version, &Names::new())?;
        let connects = all.first().is_some_and(|bytes| bytes[0] == 0x10);
        if connects && !peer.is_open {
            peer.is_open = true;
            peer.owed.clear();
            peer.aliases.clear();
            let packet = decode(&all[0], peer.version)?;
            if let Some(Value::Bytes(client)) = packet.field("client") {
                peer.client.clone_from(client);
            }
            self.broker.open(name, peer.version)?;
        }
        match peer.is_open {
            true => self.broker.send(name, &all.concat()),
            // The broker has ended it; the other one may not have.
            false => Ok(()),
        }
    }

    /// Hears everybody until nobody has anything to say.
    fn listen(&mut self, turn: &mut Turn) -> Result<(), String> {
        let names: Vec<String> = self.peers.keys().cloned().collect();
        loop {
            let mut news = false;
            for name in &names {
                news |= self.hear(name, turn)?;
            }
            if !news {
                break;
            }
        }
        let holding = self.peers.iter().filter(|(_, peer)| peer.holds);
        turn.holding = holding.map(|(name, _)| name.clone()).collect();
        Ok(())
    }

    fn hear(&mut self, name: &str, turn: &mut Turn) -> Result<bool, String> {
        let peer = self.peers.get_mut(name).ok_or("a peer")?;
        if !peer.is_open {
            return Ok(false);
        }
        let all = self.broker.rest(name)?;
        let news = !all.is_empty();
        for bytes in all {
            let mut packet = decode(&bytes, peer.version)
                .map_err(|fault| format!("{name} got a broken packet: {fault}: {bytes:02X?}"))?;
            if let Some(answer) = answer(&packet) {
                let answer = encode(&answer, peer.version)?;
                match peer.holds && packet.kind != 5 {
                    true => peer.owed.push(answer),
                    false => self.broker.send(name, &answer)?,
                }
            }
            settle_names(&mut packet, peer, &mut self.meanings);
            let heard = turn.heard.entry(name.to_owned()).or_default();
            heard.push(packet);
        }
        if !self.broker.is_open(name)? {
            // What it said at last.
            for bytes in self.broker.rest(name)? {
                let mut packet = decode(&bytes, peer.version)?;
                settle_names(&mut packet, peer, &mut self.meanings);
                turn.heard.entry(name.to_owned()).or_default().push(packet);
            }
            peer.is_open = false;
            turn.ended.push(name.to_owned());
            return Ok(true);
        }
        Ok(news)
    }
}

/// What a client must answer.
fn answer(packet: &Packet) -> Option<Packet> {
    let refused = packet.number("reason") >= 0x80;
    let kind = match (packet.kind, packet.number("qos")) {
        (3, 1) => 4,
        (3, 2) => 5,
        (5, _) if !refused => 6,
        (6, _) => 7,
        _ => return None,
    };
    Some(Packet {
        kind,
        fields: vec![("id", Value::Number(packet.number("id")))],
    })
}

/// Replaces what a broker is free to name by what it stands for: aliases by topics, the
/// identifier in a PUBREL by the message's payload.
fn settle_names(
    packet: &mut Packet,
    peer: &mut Peer,
    meanings: &mut BTreeMap<(Vec<u8>, u32), Value>,
) {
    let id = packet.number("id");
    let meaning = (peer.client.clone(), id);
    match packet.kind {
        3 => {
            if packet.field("alias").is_some() {
                let alias = packet.number("alias");
                for (key, value) in &mut packet.fields {
                    if *key != "topic" {
                        continue;
                    }
                    if *value == Value::Bytes(Vec::new()) {
                        if let Some(topic) = peer.aliases.get(&alias) {
                            *value = topic.clone();
                        }
                    } else {
                        peer.aliases.insert(alias, value.clone());
                    }
                }
            }
            if let Some(payload) = packet.field("payload") {
                meanings.insert(meaning, payload.clone());
            }
            packet
                .fields
                .retain(|(key, _)| !matches!(*key, "id" | "alias"));
        }
        6 => {
            let payload = meanings.get(&meaning).cloned();
            packet.fields.retain(|(key, _)| *key != "id");
            packet
                .fields
                .push(("payload", payload.unwrap_or(Value::Any)));
        }
        _ => {}
    }
}

/// A turn as a person reads it.
pub fn shown(turn: &Turn) -> String {
    let mut text = format!("{}: {}", turn.line, turn.said);
    for (name, packets) in &turn.heard {
        for packet in packets {
            text.push_str(&format!("\n    {name} < {}", show(packet)));
        }
    }
    for name in &turn.ended {
        text.push_str(&format!("\n    {name} ended"));
    }
    text
}

/// Time for a broker that is spoken to as it expects.
pub const PATIENCE: Duration = tidings_testkit::PATIENCE;
