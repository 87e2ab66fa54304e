//! What can be asked of a log about any of its places without reading it from the beginning.
//!
//! Everything in here follows from the entries and is taken back with them.

use std::collections::{BTreeMap, VecDeque};

use bytes::Bytes;

use super::topics::Topics;
use super::{Decision, Entry, Log, Sent, Seq, What};
use crate::scenario::Qos;
use crate::view::{ActorId, Direction, Micros, PacketKind, Presence};

/// Values that hold from a place on, until the next.
#[derive(Clone, Debug)]
pub(super) struct Timeline<T>(VecDeque<(Seq, T)>);

impl<T> Default for Timeline<T> {
    fn default() -> Self {
        Self(VecDeque::new())
    }
}

impl<T> Timeline<T> {
    fn push(&mut self, seq: Seq, value: T) {
        self.0.push_back((seq, value));
    }

    fn last(&self) -> Option<&T> {
        self.0.back().map(|(_, value)| value)
    }

    /// What the entries before `end` made of it.
    pub(super) fn at(&self, end: Seq) -> Option<&T> {
        let count = self.0.partition_point(|(seq, _)| *seq < end);
        Some(&self.0.get(count.checked_sub(1)?)?.1)
    }

    /// What entries between two places made of it, and where.
    pub(super) fn between(&self, from: Seq, to: Seq) -> impl Iterator<Item = (Seq, T)>
    where
        T: Copy,
    {
        let place = |end| self.0.partition_point(|(seq, _)| *seq < end);
        let (from, to) = (place(from), place(to));
        self.0.range(from..to.max(from)).copied()
    }

    pub(super) fn iter(&self) -> impl DoubleEndedIterator<Item = &T> {
        self.0.iter().map(|(_, value)| value)
    }

    fn truncate(&mut self, end: Seq) {
        self.0
            .truncate(self.0.partition_point(|(seq, _)| *seq < end));
    }

    /// The value that holds, and nothing of those before.
    fn continued(&self) -> Self
    where
        T: Clone,
    {
        Self(self.0.back().cloned().into_iter().collect())
    }

    /// Forgets what nobody can ask for, when `first` is the first place that is held.
    fn let_go(&mut self, first: Seq) {
        while self.0.get(1).is_some_and(|(seq, _)| *seq < first) {
            self.0.pop_front();
        }
    }
}

/// See the module.
#[derive(Clone, Debug, Default)]
pub(super) struct Index {
    pub(super) actors: BTreeMap<ActorId, Track>,
    pub(super) topics: Topics,
    /// No packet that is held was longer on its way.
    pub(super) longest: Micros,
}

/// What is known of one actor.
#[derive(Clone, Debug, Default)]
pub(super) struct Track {
    /// Filters the broker holds for it.
    pub(super) granted: Timeline<Vec<(Bytes, Qos)>>,
    /// How many messages wait for it.
    pub(super) waiting: Timeline<u32>,
    /// Whether it was there, and from when on.
    pub(super) presence: Timeline<(Micros, Presence)>,
    /// What it said of its own accord.
    pub(super) spoken: VecDeque<Seq>,
}

impl Index {
    /// The index of a log that goes on from this one's end.
    pub(super) fn continued(&self) -> Self {
        let actors = self.actors.iter().map(|(id, track)| {
            let track = Track {
                granted: track.granted.continued(),
                waiting: track.waiting.continued(),
                presence: track.presence.continued(),
                spoken: VecDeque::new(),
            };
            (*id, track)
        });
        Self {
            actors: actors.collect(),
            topics: self.topics.continued(),
            longest: self.longest,
        }
    }

    /// Takes in the entry at `seq`, which `log` has.
    pub(super) fn take(&mut self, log: &Log, seq: Seq) {
        let Some(entry) = log.get(seq) else { return };
        match &entry.what {
            What::Sent(sent) => self.sent(log, seq, entry, sent),
            What::Arrived(packet) => {
                if let Some(sent) = log.sent(*packet).filter(|sent| is_message(sent)) {
                    self.topics.arrived(log, seq, sent);
                }
            }
            What::Decided {
                message,
                actor,
                decision,
            } => match decision {
                Decision::Queued => {
                    let waiting = &mut self.track(*actor).waiting;
                    let before = waiting.last().copied().unwrap_or(0);
                    waiting.push(seq, before + 1);
                }
                Decision::Dropped(_) => self.waits_no_longer(log, seq, *actor, *message),
                Decision::Delivered | Decision::AnotherMember => {}
            },
            What::Session { actor, held: false } => {
                let track = self.track(*actor);
                track.forget_granted(seq);
                if track.waiting.last().is_some_and(|count| *count > 0) {
                    track.waiting.push(seq, 0);
                }
            }
            What::Presence(actor, presence) => {
                let presence = (entry.at, *presence);
                self.track(*actor).presence.push(seq, presence);
            }
            _ => {}
        }
    }

    fn sent(&mut self, log: &Log, seq: Seq, entry: &Entry, sent: &Sent) {
        let way = Micros(sent.arrives.0.saturating_sub(entry.at.0));
        self.longest = self.longest.max(way);
        match (sent.kind, sent.direction) {
            (PacketKind::Publish, direction) => {
                self.topics.named(seq, &sent.facts.topic);
                if direction == Direction::ToActor {
                    if let Some(message) = sent.origin {
                        self.waits_no_longer(log, seq, sent.actor, message);
                    }
                } else if entry.cause.is_none() {
                    self.track(sent.actor).spoken.push_back(seq);
                }
            }
            (PacketKind::ConnAck, Direction::ToActor) => {
                let let_in = sent.facts.reason.is_none_or(|reason| reason < 0x80);
                if let_in && !sent.facts.session_present {
                    self.track(sent.actor).forget_granted(seq);
                }
            }
            (PacketKind::SubAck | PacketKind::UnsubAck, Direction::ToActor) => {
                if let Some(asked) = log.question(seq).and_then(|asked| log.sent(asked)) {
                    self.track(sent.actor).answered(seq, asked, sent);
                }
            }
            _ => {}
        }
    }

    fn waits_no_longer(&mut self, log: &Log, seq: Seq, actor: ActorId, message: Seq) {
        let waiting = &mut self.track(actor).waiting;
        let before = waiting.last().copied().unwrap_or(0);
        if before > 0 && waited(log, seq, actor, message) {
            waiting.push(seq, before - 1);
        }
    }

    fn track(&mut self, actor: ActorId) -> &mut Track {
        self.actors.entry(actor).or_default()
    }

    /// Takes an entry back that was the last.
    pub(super) fn forget(&mut self, entry: &Entry) {
        if let What::Sent(sent) = &entry.what
            && is_message(sent)
        {
            self.topics.forget(&sent.facts.topic);
        }
    }

    pub(super) fn truncate(&mut self, end: Seq) {
        self.topics.truncate(end);
        for track in self.actors.values_mut() {
            track.granted.truncate(end);
            track.waiting.truncate(end);
            track.presence.truncate(end);
            let spoken = track.spoken.partition_point(|seq| *seq < end);
            track.spoken.truncate(spoken);
        }
    }

    /// Forgets what nobody can ask for, now that `entry` is gone and `first` is the first place.
    pub(super) fn let_go(&mut self, entry: &Entry, first: Seq) {
        let actor = match &entry.what {
            What::Sent(sent) => {
                if is_message(sent) {
                    self.topics.let_go(&sent.facts.topic, first);
                }
                sent.actor
            }
            What::Decided { actor, .. } | What::Session { actor, .. } => *actor,
            What::Presence(actor, _) => *actor,
            _ => return,
        };
        let track = self.track(actor);
        track.granted.let_go(first);
        track.waiting.let_go(first);
        track.presence.let_go(first);
        while track.spoken.front().is_some_and(|seq| *seq < first) {
            track.spoken.pop_front();
        }
    }
}

impl Track {
    fn forget_granted(&mut self, seq: Seq) {
        if self.granted.last().is_some_and(|held| !held.is_empty()) {
            self.granted.push(seq, Vec::new());
        }
    }

    /// The broker answered a SUBSCRIBE or an UNSUBSCRIBE.
    fn answered(&mut self, seq: Seq, asked: &Sent, answer: &Sent) {
        let mut held = self.granted.last().cloned().unwrap_or_default();
        for (n, filter) in asked.facts.filters.iter().enumerate() {
            // Before 5.0 an UNSUBACK has no codes.
            let code = answer.facts.codes.get(n).copied().unwrap_or(0);
            if code < 0x80 {
                held.retain(|(other, _)| other != filter);
                if answer.kind == PacketKind::SubAck {
                    let qos = Qos::try_from(code).unwrap_or_default();
                    held.push((Bytes::copy_from_slice(filter), qos));
                }
            }
        }
        self.granted.push(seq, held);
    }
}

/// Whether a packet is one that names a topic.
fn is_message(sent: &Sent) -> bool {
    sent.kind == PacketKind::Publish && !sent.facts.topic.is_empty()
}

/// Whether a message waited for an actor before `seq`.
fn waited(log: &Log, seq: Seq, actor: ActorId, message: Seq) -> bool {
    let root = log.get(message).map(|entry| entry.root);
    let Some(root) = root.filter(|root| log.get(*root).is_some()) else {
        return true; // It waited longer than the log reaches back.
    };
    let before = log.below(root).iter().rev().filter(|other| **other < seq);
    let mut last = before.filter_map(|other| match &log.get(*other)?.what {
        What::Sent(sent) if sent.origin == Some(message) && sent.actor == actor => Some(false),
        What::Decided {
            message: other,
            actor: whose,
            decision,
        } if *other == message && *whose == actor => match decision {
            Decision::Queued => Some(true),
            Decision::Dropped(_) => Some(false),
            Decision::Delivered | Decision::AnotherMember => None,
        },
        _ => None,
    });
    last.next().unwrap_or(false)
}
