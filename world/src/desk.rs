//! What an actor and the broker remember of each other: a fold over the packets between them.

use std::collections::BTreeMap;

use bytes::Bytes;
use tidings_core::packet::{Packet, Property};

use crate::log::Sent;
use crate::run::decode;
use crate::scenario::Version;
use crate::view::{Direction, InUse, Micros, PacketKind};

/// No more aliases are remembered; the broker allows fewer.
const ALIASES_MAX: usize = 1000;

/// See the module.
#[derive(Clone, Debug, Default)]
pub(crate) struct Desk {
    /// The CONNECT that reached the broker last, and its CONNACK.
    pub(crate) connect: Option<Box<Sent>>,
    pub(crate) connack: Option<Box<Sent>>,
    /// Messages with a packet id, by the way they go and the id.
    open: BTreeMap<(bool, u16), InUse>,
    /// Topic aliases, by the same.
    pub(crate) aliases: BTreeMap<(bool, u16), Bytes>,
    /// When the actor last sent something, and when the broker last had something from it.
    pub(crate) sent: Micros,
    pub(crate) heard: Micros,
    /// It took its leave, or its will was said: none is owed.
    pub(crate) will_done: bool,
}

impl Desk {
    /// A packet left.
    pub(crate) fn sent(&mut self, sent: &Sent, at: Micros) {
        let to_broker = sent.direction == Direction::ToBroker;
        if to_broker {
            self.sent = at;
        }
        let Some((step, id)) = step(sent.kind).zip(sent.facts.packet_id) else {
            return;
        };
        let way = (way(sent), id);
        if step == 1 {
            let qos = sent.facts.qos;
            self.open.insert(way, InUse { id, qos, step });
        } else if let Some(open) = self.open.get_mut(&way) {
            open.step = step;
        }
    }

    /// A packet arrived.
    pub(crate) fn arrived(&mut self, sent: &Sent, at: Micros) {
        let to_broker = sent.direction == Direction::ToBroker;
        if to_broker {
            self.heard = at;
        }
        let failed = sent.facts.reason.is_some_and(|reason| reason >= 0x80);
        match sent.kind {
            PacketKind::Connect => {
                self.connect = Some(Box::new(sent.clone()));
                self.connack = None;
                self.will_done = false;
                self.aliases.clear();
            }
            PacketKind::ConnAck if !failed => {
                self.connack = Some(Box::new(sent.clone()));
                if !sent.facts.session_present {
                    self.open.clear();
                }
            }
            PacketKind::Disconnect if to_broker => {
                self.will_done = sent.facts.reason.unwrap_or(0) == 0;
            }
            PacketKind::Publish if sent.version == Version::V5 => self.alias(sent, to_broker),
            kind => {
                let ends = matches!(kind, PacketKind::PubAck | PacketKind::PubComp);
                if (ends || kind == PacketKind::PubRec && failed)
                    && let Some(id) = sent.facts.packet_id
                {
                    self.open.remove(&(way(sent), id));
                }
            }
        }
    }

    /// The broker's session is gone.
    pub(crate) fn forgotten(&mut self) {
        self.open.retain(|(to_broker, _), _| *to_broker);
    }

    /// The broker owes the actor the message with this id no longer.
    pub(crate) fn settled(&mut self, id: u16) {
        self.open.remove(&(false, id));
    }

    /// Messages that are open on one way.
    pub(crate) fn open(&self, to_broker: bool) -> impl Iterator<Item = InUse> {
        let all = self.open.range((to_broker, 0)..=(to_broker, u16::MAX));
        all.map(|(_, open)| *open)
    }

    fn alias(&mut self, sent: &Sent, to_broker: bool) {
        if sent.facts.topic.is_empty() || !has_properties(sent) {
            return;
        }
        let Some(Packet::Publish(publish)) = decode(&sent.bytes, sent.direction, sent.version)
        else {
            return;
        };
        for property in publish.properties.iter() {
            if let Property::TopicAlias(alias) = property
                && self.aliases.len() < ALIASES_MAX
            {
                let topic = Bytes::copy_from_slice(&sent.facts.topic);
                self.aliases.insert((to_broker, alias), topic);
            }
        }
    }
}

/// Whether a PUBLISH of 5.0 has properties, read without taking it apart: nearly none has.
fn has_properties(sent: &Sent) -> bool {
    let bytes = &sent.bytes;
    let length = bytes
        .iter()
        .skip(1)
        .take_while(|byte| **byte >= 0x80)
        .count()
        + 1;
    let id = if sent.facts.packet_id.is_some() { 2 } else { 0 };
    let at = 1 + length + 2 + sent.facts.topic.len() + id;
    bytes.get(at).is_some_and(|length| *length > 0)
}

/// Whether the message that a packet is about goes to the broker.
pub(crate) fn way(sent: &Sent) -> bool {
    let forward = matches!(sent.kind, PacketKind::Publish | PacketKind::PubRel);
    forward == (sent.direction == Direction::ToBroker)
}

/// Which packet of the handshake it is.
pub(crate) fn step(kind: PacketKind) -> Option<u8> {
    match kind {
        PacketKind::Publish => Some(1),
        PacketKind::PubAck | PacketKind::PubRec => Some(2),
        PacketKind::PubRel => Some(3),
        PacketKind::PubComp => Some(4),
        _ => None,
    }
}
