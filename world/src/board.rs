//! The state of the stage as the log tells it: a fold over its entries.
//!
//! A board never looks at a world. Whatever it shows at a place of the log, it shows again when
//! the playhead comes back to that place.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;

use crate::log::{Decision, Entry, Log, Sent, Seq, What};
use crate::scenario::{Deed, Qos};
use crate::view::{
    ActorId, Direction, Dropped, EventNo, Micros, PacketKind, Presence, SlabKind, Trouble,
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
    /// What sessions got of it.
    pub(crate) outcomes: Vec<(ActorId, OutcomeBoard)>,
    /// What is kept for newcomers, the latest last.
    pub(crate) shelf: Vec<Shelved>,
    /// The last deed, until a packet leaves or arrives.
    pub(crate) done: Option<Done>,
}

/// One actor, and its session with the broker.
#[derive(Clone, Debug, Default)]
pub(crate) struct ActorBoard {
    pub(crate) presence: Option<Presence>,
    pub(crate) session: bool,
    pub(crate) trouble: Option<Trouble>,
    /// The packet with what it last said or heard.
    pub(crate) last: Option<Seq>,
    /// Filters the broker holds for it.
    pub(crate) granted: Vec<(Bytes, Qos)>,
    /// SUBSCRIBE and UNSUBSCRIBE packets that reached the broker, without their answers.
    asking: Vec<Seq>,
    pub(crate) slabs: Vec<SlabBoard>,
}

#[derive(Clone, Debug)]
pub(crate) struct SlabBoard {
    pub(crate) message: Seq,
    pub(crate) kind: SlabKind,
    pub(crate) qos: Qos,
    pub(crate) since: Micros,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum OutcomeBoard {
    Copy { no: EventNo, qos: Qos },
    Waits,
    Dropped(Dropped),
    AnotherMember,
}

#[derive(Clone, Debug)]
pub(crate) struct Shelved {
    pub(crate) topic: Bytes,
    pub(crate) message: Seq,
    pub(crate) since: Micros,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Done {
    pub(crate) no: EventNo,
    pub(crate) actor: ActorId,
    pub(crate) deed: Deed,
    pub(crate) at: Micros,
}

/// A board holds no more slabs for one actor; the broker's own limits come long before.
const SLABS_MAX: usize = 10_000;

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

    /// True if nothing but `actor`'s going away has ended its connection.
    pub(crate) fn is_away(&self, actor: ActorId) -> bool {
        let board = self.actors.get(&actor);
        matches!(
            board.and_then(|board| board.presence),
            Some(Presence::Away { .. })
        )
    }

    fn apply(&mut self, log: &Log, seq: Seq, entry: &Entry) {
        match &entry.what {
            What::Sent(sent) => {
                self.done = None;
                self.flying.insert(seq);
                self.sent(log, seq, sent, entry.at);
            }
            What::Arrived(packet) => {
                self.done = None;
                self.flying.remove(packet);
                if let Some(sent) = log.sent(*packet) {
                    self.arrived(log, *packet, sent);
                }
            }
            What::Died(packet) => {
                self.flying.remove(packet);
            }
            What::Decided {
                message,
                actor,
                decision,
            } => self.decided(log, *message, *actor, *decision, entry.at),
            What::Retained(message) => {
                if let Some(sent) = log.sent(*message) {
                    let topic = sent.facts.topic.clone();
                    self.shelf.retain(|kept| kept.topic != topic);
                    self.shelf.push(Shelved {
                        topic,
                        message: *message,
                        since: entry.at,
                    });
                }
            }
            What::Unretained(topic) => self.shelf.retain(|kept| kept.topic != *topic),
            What::Session { actor, held } => {
                let board = self.actors.entry(*actor).or_default();
                board.session = *held;
                if !held {
                    board.granted.clear();
                    board.asking.clear();
                    board.slabs.clear();
                }
            }
            What::Presence(actor, presence) => {
                self.actors.entry(*actor).or_default().presence = Some(*presence);
            }
            What::Trouble(actor, trouble) => {
                self.actors
                    .entry(*actor)
                    .or_default()
                    .trouble
                    .clone_from(trouble);
            }
            What::Deed { no, actor, deed } => {
                self.done = Some(Done {
                    no: *no,
                    actor: *actor,
                    deed: *deed,
                    at: entry.at,
                });
            }
            What::Edited { scene } => self.scene = *scene,
            What::Will(_) | What::Unreadable { .. } => {}
        }
    }

    fn sent(&mut self, log: &Log, seq: Seq, sent: &Sent, at: Micros) {
        let actor = self.actors.entry(sent.actor).or_default();
        match (sent.direction, sent.kind) {
            (Direction::ToBroker, PacketKind::Publish) => actor.last = Some(seq),
            (Direction::ToActor, PacketKind::Publish) => {
                actor.copied(sent, at);
                if sent.origin.is_some() && sent.origin == self.register {
                    let (no, qos) = (sent.no, sent.facts.qos);
                    self.outcome(sent.actor, OutcomeBoard::Copy { no, qos });
                }
            }
            (Direction::ToActor, PacketKind::SubAck | PacketKind::UnsubAck) => {
                actor.answered(log, sent);
            }
            _ => {}
        }
    }

    fn arrived(&mut self, log: &Log, packet: Seq, sent: &Sent) {
        let actor = self.actors.entry(sent.actor).or_default();
        let failed = sent.facts.reason.is_some_and(|reason| reason >= 0x80);
        match (sent.direction, sent.kind) {
            (Direction::ToBroker, PacketKind::Publish) => {
                self.register = Some(packet);
                self.outcomes.clear();
            }
            (Direction::ToBroker, PacketKind::PubAck | PacketKind::PubComp) => {
                actor.settled(sent.facts.packet_id);
            }
            (Direction::ToBroker, PacketKind::PubRec) if failed => {
                actor.settled(sent.facts.packet_id);
            }
            (Direction::ToBroker, PacketKind::Subscribe | PacketKind::Unsubscribe) => {
                actor.asking.retain(|asked| log.sent(*asked).is_some());
                actor.asking.push(packet);
            }
            (Direction::ToActor, PacketKind::Publish) => actor.last = Some(packet),
            _ => {}
        }
    }

    fn decided(&mut self, log: &Log, message: Seq, actor: ActorId, decision: Decision, at: Micros) {
        let board = self.actors.entry(actor).or_default();
        let outcome = match decision {
            Decision::Delivered => return,
            Decision::Queued => {
                let qos = log
                    .sent(message)
                    .map_or(Qos::AtMostOnce, |sent| sent.facts.qos);
                let granted = board.granted.iter().map(|(_, qos)| *qos).max();
                if board.slabs.len() < SLABS_MAX {
                    board.slabs.push(SlabBoard {
                        message,
                        kind: SlabKind::Waiting,
                        qos: qos.min(granted.unwrap_or(qos)),
                        since: at,
                    });
                }
                OutcomeBoard::Waits
            }
            Decision::Dropped(why) => {
                board.slabs.retain(|slab| {
                    slab.message != message || !matches!(slab.kind, SlabKind::Waiting)
                });
                OutcomeBoard::Dropped(why)
            }
            Decision::AnotherMember => OutcomeBoard::AnotherMember,
        };
        if self.register == Some(message) {
            self.outcome(actor, outcome);
        }
    }

    fn outcome(&mut self, actor: ActorId, outcome: OutcomeBoard) {
        self.outcomes.retain(|(other, _)| *other != actor);
        self.outcomes.push((actor, outcome));
    }
}

impl ActorBoard {
    /// How many messages wait.
    pub(crate) fn waiting(&self) -> usize {
        let waits = |slab: &&SlabBoard| matches!(slab.kind, SlabKind::Waiting);
        self.slabs.iter().filter(waits).count()
    }

    /// A copy left: what waited is owed until it is acknowledged.
    fn copied(&mut self, sent: &Sent, at: Micros) {
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
            self.slabs[place].kind = kind;
            self.slabs[place].qos = sent.facts.qos;
        } else if let Some(message) = sent.origin
            && self.slabs.len() < SLABS_MAX
        {
            self.slabs.push(SlabBoard {
                message,
                kind,
                qos: sent.facts.qos,
                since: at,
            });
        }
    }

    /// What was owed under a packet id is owed no longer.
    fn settled(&mut self, packet_id: Option<u16>) {
        self.slabs.retain(|slab| {
            !matches!(slab.kind, SlabKind::Owed { packet_id: id, .. } if Some(id) == packet_id)
        });
    }

    /// The broker answered a SUBSCRIBE or an UNSUBSCRIBE.
    fn answered(&mut self, log: &Log, answer: &Sent) {
        let place = self.asking.iter().position(|asked| {
            log.sent(*asked)
                .is_some_and(|asked| asked.facts.packet_id == answer.facts.packet_id)
        });
        let Some(place) = place else { return };
        let Some(asked) = log.sent(self.asking.remove(place)) else {
            return;
        };
        for (n, filter) in asked.facts.filters.iter().enumerate() {
            // Before 5.0 an UNSUBACK has no codes.
            let code = answer.facts.codes.get(n).copied().unwrap_or(0);
            if code < 0x80 {
                self.granted.retain(|(held, _)| held != filter);
                if answer.kind == PacketKind::SubAck {
                    let qos = Qos::try_from(code).unwrap_or_default();
                    self.granted.push((filter.clone(), qos));
                }
            }
        }
    }
}
