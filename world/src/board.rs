//! The state of the stage as the log tells it: a fold over its entries.
//!
//! A board never looks at a world. Whatever it shows at a place of the log, it shows again when
//! the playhead comes back to that place.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use bytes::Bytes;
use tidings_core::topic::{Filter, Topic, Utf8};

use crate::desk::Desk;
use crate::log::{Decision, Entry, Log, Sent, Seq, What};
use crate::scenario::{BrokerDeed, Deed, Qos};
use crate::view::{
    ActorId, Cut, Direction, Done, Dropped, EventNo, LinkState, Micros, PacketKind, Presence,
    SlabKind, Trouble,
};

/// The stage at one place of the log.
#[derive(Clone, Debug, Default)]
pub(crate) struct Board {
    /// The place of the first entry that is not in it.
    pub(crate) next: u32,
    /// The version of the scene.
    pub(crate) scene: u32,
    /// What is on the wires.
    pub(crate) flying: BTreeSet<Seq>,
    /// Who is known by now.
    pub(crate) actors: BTreeMap<ActorId, ActorBoard>,
    /// The PUBLISH that reached the broker last.
    pub(crate) register: Option<Seq>,
    /// What is kept for newcomers.
    pub(crate) shelf: Shelf,
    /// The last deed, until a packet leaves or arrives.
    pub(crate) done: Option<Done>,
    /// Packets whose link stands or stood still.
    pub(crate) halts: BTreeMap<Seq, Halt>,
    /// The broker of glass has crashed.
    pub(crate) down: bool,
}

/// How a packet was held up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Halt {
    /// It stands since then.
    pub(crate) since: Option<Micros>,
    /// So long it stood before.
    pub(crate) stood: Micros,
}

/// One actor, and what the broker has for it.
#[derive(Clone, Debug, Default)]
pub(crate) struct ActorBoard {
    pub(crate) presence: Option<Presence>,
    pub(crate) session: bool,
    pub(crate) trouble: Option<Trouble>,
    pub(crate) link: LinkState,
    pub(crate) cut: Option<Cut>,
    /// The packet with what it last said or heard.
    pub(crate) last: Option<Seq>,
    /// The oldest first.
    pub(crate) slabs: Vec<Rc<SlabBoard>>,
    /// What both ends remember.
    pub(crate) desk: Desk,
}

/// A message in a pigeon-hole. It may lie there longer than the log reaches back.
#[derive(Clone, Debug)]
pub(crate) struct SlabBoard {
    pub(crate) message: Seq,
    pub(crate) no: EventNo,
    pub(crate) topic: Bytes,
    pub(crate) value: Bytes,
    pub(crate) kind: SlabKind,
    pub(crate) qos: Qos,
    pub(crate) since: Micros,
}

/// Words kept for newcomers.
#[derive(Clone, Debug, Default)]
pub(crate) struct Shelf {
    /// By the place where the broker said that it keeps them.
    words: BTreeMap<Seq, Shelved>,
    places: BTreeMap<Bytes, Seq>,
}

/// A word kept for newcomers.
#[derive(Clone, Debug)]
pub(crate) struct Shelved {
    pub(crate) topic: Bytes,
    pub(crate) value: Bytes,
    pub(crate) no: EventNo,
    pub(crate) since: Micros,
}

/// A board holds no more slabs for one actor; the broker's own limits come long before.
const SLABS_MAX: usize = 10_000;
/// Nothing that is drawn of a payload needs more bytes.
pub(crate) const VALUE_BYTES_MAX: usize = 256;

impl Board {
    /// Takes in the entries up to, and without, the place `end`.
    pub(crate) fn advance(&mut self, log: &Log, end: Seq) {
        if self.next < log.begin() {
            self.next = log.begin();
        }
        let from = Seq(self.next);
        for (seq, entry) in log.from(from).take_while(|(seq, _)| *seq < end) {
            self.apply(log, seq, entry);
            self.next = seq.0 + 1;
        }
    }

    /// Bytes that it holds and no clone of it does, about.
    pub(crate) fn weight(&self) -> usize {
        let slabs = self.actors.values().flat_map(|actor| &actor.slabs);
        let slabs = slabs.map(|slab| match Rc::strong_count(slab) {
            1 => 400,
            // Its place here and in the broker's own queue.
            _ => 120,
        });
        1_000 * self.actors.len() + slabs.sum::<usize>() + 250 * self.shelf.len()
    }

    /// The playhead as a place: the first that has not happened yet.
    pub(crate) fn end(&self) -> Seq {
        Seq(self.next)
    }

    fn apply(&mut self, log: &Log, seq: Seq, entry: &Entry) {
        match &entry.what {
            What::Sent(sent) => {
                self.done = None;
                self.flying.insert(seq);
                let link = self.actors.get(&sent.actor).map(|actor| actor.link);
                if link.unwrap_or_default() != LinkState::Open {
                    let since = Some(entry.at);
                    let stood = Micros(0);
                    self.halts.insert(seq, Halt { since, stood });
                }
                self.sent(log, seq, sent, entry.at);
            }
            What::Arrived(packet) => {
                self.done = None;
                self.flying.remove(packet);
                self.halts.remove(packet);
                if let Some(sent) = log.sent(*packet) {
                    self.arrived(*packet, sent);
                    self.actors
                        .entry(sent.actor)
                        .or_default()
                        .desk
                        .arrived(sent, entry.at);
                }
            }
            What::Died(packet) => {
                self.flying.remove(packet);
                self.halts.remove(packet);
            }
            What::Decided {
                message,
                actor,
                decision,
            } => self.decided(log, seq, *message, *actor, *decision),
            What::Retained(message) => self.shelf.put(log, seq, *message, entry.at),
            What::Unretained(topic) => self.shelf.take(topic),
            What::Session { actor, held } => {
                let board = self.actors.entry(*actor).or_default();
                board.session = *held;
                if !held {
                    board.slabs.clear();
                    board.desk.forgotten();
                }
            }
            What::Presence(actor, presence) => {
                let board = self.actors.entry(*actor).or_default();
                board.presence = Some(*presence);
                // What was counted was counted on the connection that is gone.
                board.cut = board.cut.filter(|cut| !matches!(cut, Cut::Bytes(_)));
            }
            What::Trouble(actor, trouble) => {
                let board = self.actors.entry(*actor).or_default();
                board.trouble.clone_from(trouble);
            }
            What::Deed { no, actor, deed } => {
                let board = self.actors.entry(*actor).or_default();
                match deed {
                    Deed::CutAfter(bytes) => board.cut = Some(Cut::Bytes(*bytes)),
                    Deed::Cut => board.cut = None,
                    _ => {}
                }
                self.done = Some(Done {
                    no: *no,
                    actor: *actor,
                    deed: *deed,
                    at: entry.at,
                });
            }
            What::Edited { scene } => self.scene = *scene,
            What::Link(actor, link) => self.link(log, *actor, *link, entry.at),
            What::Broker { deed, .. } => {
                self.done = None;
                self.down = *deed != BrokerDeed::Start;
            }
            What::Will(actor) => self.actors.entry(*actor).or_default().desk.will_done = true,
            What::Cut(actor, cut) => self.actors.entry(*actor).or_default().cut = *cut,
            What::Unreadable { .. } | What::Wire(..) => {}
        }
    }

    /// A link stops or moves again, and everything on it does.
    fn link(&mut self, log: &Log, actor: ActorId, link: LinkState, at: Micros) {
        self.actors.entry(actor).or_default().link = link;
        for seq in &self.flying {
            if log.sent(*seq).is_none_or(|sent| sent.actor != actor) {
                continue;
            }
            let halt = self.halts.entry(*seq).or_default();
            if link != LinkState::Open {
                halt.since.get_or_insert(at);
            } else if let Some(since) = halt.since.take() {
                halt.stood = Micros(halt.stood.0 + at.0.saturating_sub(since.0));
            }
        }
    }

    fn sent(&mut self, log: &Log, seq: Seq, sent: &Sent, at: Micros) {
        let actor = self.actors.entry(sent.actor).or_default();
        actor.desk.sent(sent, at);
        match (sent.direction, sent.kind) {
            (Direction::ToBroker, PacketKind::Publish) => actor.last = Some(seq),
            (Direction::ToActor, PacketKind::Publish) => actor.copied(log, sent, at),
            _ => {}
        }
    }

    fn arrived(&mut self, packet: Seq, sent: &Sent) {
        let actor = self.actors.entry(sent.actor).or_default();
        let failed = sent.facts.reason.is_some_and(|reason| reason >= 0x80);
        match (sent.direction, sent.kind) {
            (Direction::ToBroker, PacketKind::Publish) => self.register = Some(packet),
            (Direction::ToBroker, PacketKind::PubAck | PacketKind::PubComp) => {
                actor.settled(sent.facts.packet_id);
            }
            (Direction::ToBroker, PacketKind::PubRec) if failed => {
                actor.settled(sent.facts.packet_id);
            }
            (Direction::ToActor, PacketKind::Publish) => actor.last = Some(packet),
            _ => {}
        }
    }

    fn decided(&mut self, log: &Log, seq: Seq, message: Seq, actor: ActorId, decision: Decision) {
        let board = self.actors.entry(actor).or_default();
        match decision {
            Decision::Queued if board.slabs.len() < SLABS_MAX => {
                let mut slab = SlabBoard::new(log, seq, message);
                let granted = granted_for(log.granted(actor, seq), &slab.topic);
                slab.qos = slab.qos.min(granted.unwrap_or(slab.qos));
                board.slabs.push(Rc::new(slab));
            }
            Decision::Dropped(Dropped::Elsewhere) => {
                let place = |kind: fn(&SlabKind) -> bool| {
                    let slabs = board.slabs.iter();
                    slabs
                        .enumerate()
                        .find(|(_, slab)| slab.message == message && kind(&slab.kind))
                };
                let waits = place(|kind| matches!(kind, SlabKind::Waiting));
                let gone = waits.or_else(|| place(|_| true)).map(|(place, _)| place);
                if let Some(gone) = gone {
                    let slab = board.slabs.remove(gone);
                    if let SlabKind::Owed { packet_id, .. } = slab.kind {
                        board.desk.settled(packet_id);
                    }
                }
            }
            Decision::Dropped(_) => board
                .slabs
                .retain(|slab| slab.message != message || !matches!(slab.kind, SlabKind::Waiting)),
            Decision::Queued | Decision::Delivered | Decision::AnotherMember => {}
        }
    }
}

impl ActorBoard {
    /// A copy left: what waited is owed until it is acknowledged.
    fn copied(&mut self, log: &Log, sent: &Sent, at: Micros) {
        let waits = self.slabs.iter().position(|slab| {
            matches!(slab.kind, SlabKind::Waiting) && Some(slab.message) == sent.origin
        });
        let Some(packet_id) = sent.facts.packet_id else {
            if let Some(waits) = waits {
                self.slabs.remove(waits);
            }
            return;
        };
        let kind = SlabKind::Owed {
            packet_id,
            copy: sent.no,
        };
        let again = self.slabs.iter().position(
            |slab| matches!(slab.kind, SlabKind::Owed { packet_id: id, .. } if id == packet_id),
        );
        if let Some(place) = again.or(waits) {
            let slab = Rc::make_mut(&mut self.slabs[place]);
            (slab.kind, slab.qos) = (kind, sent.facts.qos);
        } else if let Some(message) = sent.origin
            && self.slabs.len() < SLABS_MAX
        {
            self.slabs.push(Rc::new(SlabBoard {
                no: log.number(message).unwrap_or(sent.no),
                topic: own(&sent.facts.topic, usize::MAX),
                value: own(&sent.facts.payload, VALUE_BYTES_MAX),
                message,
                kind,
                qos: sent.facts.qos,
                since: at,
            }));
        }
    }

    /// What was owed under a packet id is owed no longer.
    fn settled(&mut self, packet_id: Option<u16>) {
        self.slabs.retain(|slab| {
            !matches!(slab.kind, SlabKind::Owed { packet_id: id, .. } if Some(id) == packet_id)
        });
    }
}

impl SlabBoard {
    /// A message that waits from `seq` on.
    fn new(log: &Log, seq: Seq, message: Seq) -> Self {
        let facts = log.sent(message).map(|sent| &sent.facts);
        let bytes = |bytes: Option<&Bytes>, most| bytes.map_or_else(Bytes::new, |b| own(b, most));
        Self {
            message,
            no: log.number(message).unwrap_or_default(),
            topic: bytes(facts.map(|facts| &facts.topic), usize::MAX),
            value: bytes(facts.map(|facts| &facts.payload), VALUE_BYTES_MAX),
            kind: SlabKind::Waiting,
            qos: facts.map_or(Qos::AtMostOnce, |facts| facts.qos),
            since: log.get(seq).map_or(Micros(0), |entry| entry.at),
        }
    }
}

impl Shelf {
    /// How many words are kept.
    pub(crate) fn len(&self) -> usize {
        self.words.len()
    }

    /// The word kept on a topic.
    pub(crate) fn get(&self, topic: &Bytes) -> Option<&Shelved> {
        self.words.get(self.places.get(topic)?)
    }

    /// Topics a word is kept on, in order of their bytes.
    pub(crate) fn topics(&self) -> impl Iterator<Item = &Bytes> {
        self.places.keys()
    }

    /// The words, the latest first.
    pub(crate) fn latest(&self) -> impl Iterator<Item = &Shelved> {
        self.words.values().rev()
    }

    fn put(&mut self, log: &Log, seq: Seq, message: Seq, since: Micros) {
        let Some(sent) = log.sent(message) else {
            return;
        };
        self.take(&sent.facts.topic);
        let topic = own(&sent.facts.topic, usize::MAX);
        let value = own(&sent.facts.payload, VALUE_BYTES_MAX);
        self.places.insert(topic.clone(), seq);
        let no = sent.no;
        let word = Shelved {
            topic,
            value,
            no,
            since,
        };
        self.words.insert(seq, word);
    }

    fn take(&mut self, topic: &Bytes) {
        if let Some(place) = self.places.remove(topic) {
            self.words.remove(&place);
        }
    }
}

/// The largest QoS of the filters that match a topic.
fn granted_for(granted: &[(Bytes, Qos)], topic: &Bytes) -> Option<Qos> {
    let topic = Topic::parse(Utf8::from_bytes(topic.clone()).ok()?).ok()?;
    let matching = granted.iter().filter(|(filter, _)| {
        let filter = Utf8::from_bytes(filter.clone()).ok();
        let filter = filter.and_then(|filter| Filter::parse(filter).ok());
        filter.is_some_and(|filter| filter.matches(&topic))
    });
    matching.map(|(_, qos)| *qos).max()
}

/// A copy of the beginning, so that a whole packet is not kept for a few of its bytes.
fn own(bytes: &Bytes, most: usize) -> Bytes {
    Bytes::copy_from_slice(&bytes[..bytes.len().min(most)])
}
