//! Topics that somebody spoke on, and where the log says that a message on one arrived.
//!
//! Bounded by the log: a message is listed once, and a topic stays as long as the log holds a packet
//! that names it. Beyond that the counts of [`PAST_MAX`] topics are kept; a topic that leaves the
//! log after those is forgotten whole.

use std::cmp::Ordering;
use std::collections::{BTreeMap, VecDeque};

use bytes::Bytes;

use super::{Log, Sent, Seq};
use crate::view::{ActorId, Direction};

/// So many topics are kept of which the log holds no packet any more.
const PAST_MAX: usize = 4096;

/// A topic, ordered so that what is below it follows it at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ByLevel(pub(super) Bytes);

impl Ord for ByLevel {
    fn cmp(&self, other: &Self) -> Ordering {
        by_level(&self.0, &other.0)
    }
}

impl PartialOrd for ByLevel {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// The order of a tree: `/` comes before every other character.
pub(crate) fn by_level(one: &[u8], other: &[u8]) -> Ordering {
    let key = |byte: &u8| if *byte == b'/' { 0 } else { *byte };
    one.iter().map(key).cmp(other.iter().map(key))
}

/// Every topic.
#[derive(Clone, Debug, Default)]
pub(super) struct Topics {
    pub(super) all: BTreeMap<ByLevel, Told>,
    /// So many of them are in no packet that the log holds.
    past: usize,
}

/// What is known of a topic.
#[derive(Clone, Debug)]
pub(super) struct Told {
    pub(super) first: Seq,
    /// Packets in the log that name it.
    packets: u32,
    /// Where messages on it arrived, in order.
    messages: VecDeque<Seq>,
    /// So many more were let go.
    gone: u32,
}

impl Topics {
    /// The topics of a log that goes on from the end of this one's and holds nothing of it.
    pub(super) fn continued(&self) -> Self {
        let all = self.all.iter().take(PAST_MAX).map(|(name, told)| {
            let told = Told {
                first: told.first,
                packets: 0,
                messages: VecDeque::new(),
                gone: told.gone + told.messages.len() as u32,
            };
            (name.clone(), told)
        });
        let all: BTreeMap<ByLevel, Told> = all.collect();
        Self {
            past: all.len(),
            all,
        }
    }

    /// A PUBLISH left.
    pub(super) fn named(&mut self, seq: Seq, topic: &Bytes) {
        if topic.is_empty() {
            return;
        }
        let key = ByLevel(topic.clone());
        if let Some(told) = self.all.get_mut(&key) {
            if told.packets == 0 {
                self.past = self.past.saturating_sub(1);
            }
            told.packets += 1;
            return;
        }
        let told = Told {
            first: seq,
            packets: 1,
            messages: VecDeque::new(),
            gone: 0,
        };
        // A copy of its own, so that the packet is not kept for its topic.
        self.all
            .insert(ByLevel(Bytes::copy_from_slice(topic)), told);
    }

    /// A PUBLISH arrived. A copy is a message by itself only if nobody here is known to have said
    /// it (a will, or a stranger at a real broker), and one for all its listeners.
    pub(super) fn arrived(&mut self, log: &Log, seq: Seq, sent: &Sent) {
        let Some(told) = self.all.get_mut(&ByLevel(sent.facts.topic.clone())) else {
            return;
        };
        let foreign = sent.direction == Direction::ToActor;
        if foreign && (sent.origin.is_some() || told.is_echo(log, sent)) {
            return;
        }
        told.messages.push_back(seq);
    }

    /// A packet that names a topic is taken back.
    pub(super) fn forget(&mut self, topic: &Bytes) {
        self.less(topic, None);
    }

    /// A packet that names a topic is let go; `first` is the first place that is held.
    pub(super) fn let_go(&mut self, topic: &Bytes, first: Seq) {
        self.less(topic, Some(first));
    }

    fn less(&mut self, topic: &Bytes, first: Option<Seq>) {
        let key = ByLevel(topic.clone());
        let Some(told) = self.all.get_mut(&key) else {
            return;
        };
        told.packets -= 1;
        while first.is_some_and(|first| told.messages.front().is_some_and(|seq| *seq < first)) {
            told.messages.pop_front();
            told.gone += 1;
        }
        if told.packets > 0 {
            return;
        }
        let is_past = told.gone > 0 || first.is_some();
        if is_past && self.past < PAST_MAX {
            self.past += 1;
        } else {
            self.all.remove(&key);
        }
    }

    pub(super) fn truncate(&mut self, end: Seq) {
        for told in self.all.values_mut() {
            let left = told.messages.partition_point(|seq| *seq < end);
            told.messages.truncate(left);
        }
    }
}

impl Told {
    /// Whether a copy is of a message that is listed already.
    fn is_echo(&self, log: &Log, copy: &Sent) -> bool {
        let last = self.messages.back().and_then(|seq| log.message(*seq));
        last.is_some_and(|(_, last)| {
            let again = last.direction == Direction::ToActor && last.actor == copy.actor;
            !again && last.facts.payload == copy.facts.payload
        })
    }

    /// How many messages on it had arrived before `end`.
    pub(super) fn count(&self, end: Seq) -> u32 {
        self.gone + self.held(end) as u32
    }

    /// The same of those that are held.
    fn held(&self, end: Seq) -> usize {
        self.messages.partition_point(|seq| *seq < end)
    }

    /// Where they arrived, latest first.
    pub(super) fn latest(&self, end: Seq) -> impl Iterator<Item = Seq> {
        self.messages.range(..self.held(end)).rev().copied()
    }
}

/// A topic as it was at some place of the log.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Topic<'a> {
    pub(crate) name: &'a Bytes,
    /// How many messages on it had arrived, also those that were let go since.
    pub(crate) messages: u32,
    told: Option<&'a Told>,
}

impl<'a> Topic<'a> {
    /// A topic of which the log knows nothing.
    pub(crate) fn unknown(name: &'a Bytes) -> Self {
        Self {
            name,
            messages: 0,
            told: None,
        }
    }

    /// Where messages on it arrived before `end`, latest first.
    pub(crate) fn latest(&self, end: Seq) -> impl Iterator<Item = Seq> + use<'a> {
        let told = self.told.into_iter();
        told.flat_map(move |told| told.latest(end))
    }

    /// Whether any did between two places.
    pub(crate) fn any(&self, from: Seq, to: Seq) -> bool {
        self.told
            .is_some_and(|told| told.held(from) < told.held(to))
    }

    /// The first of its messages that is held, for plots that look ahead of the playhead.
    pub(crate) fn all(&self) -> impl Iterator<Item = Seq> + use<'a> {
        let told = self.told.into_iter();
        told.flat_map(|told| told.messages.iter().copied())
    }
}

impl Log {
    /// How many topics are known, also those that no packet names any more.
    pub(crate) fn topics_known(&self) -> usize {
        self.index.topics.all.len()
    }

    /// Topics on which messages had arrived before `end`, each followed by what is below it.
    pub(crate) fn told(&self, end: Seq) -> impl Iterator<Item = Topic<'_>> {
        let all = self.index.topics.all.iter();
        all.filter_map(move |(name, told)| {
            let messages = told.count(end);
            (messages > 0).then_some(Topic {
                name: &name.0,
                messages,
                told: Some(told),
            })
        })
    }

    /// The PUBLISH whose arrival stands at a place.
    pub(crate) fn message(&self, arrival: Seq) -> Option<(Seq, &Sent)> {
        match self.get(arrival)?.what {
            super::What::Arrived(packet) => Some((packet, self.sent(packet)?)),
            _ => None,
        }
    }

    /// Who spoke on a topic before `end`, the last first, of the last `most` messages.
    pub(crate) fn speakers(&self, topic: Topic<'_>, end: Seq, most: usize) -> Vec<ActorId> {
        let mut speakers = Vec::new();
        for arrival in topic.latest(end).take(most) {
            if let Some((_, sent)) = self.message(arrival)
                && sent.direction == Direction::ToBroker
                && !speakers.contains(&sent.actor)
            {
                speakers.push(sent.actor);
            }
        }
        speakers
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_below_a_topic_follows_it() {
        let mut topics = ["a-b", "a/b", "a", "a/b/c", "a b", "a//b", "b"];
        topics.sort_by(|one, other| by_level(one.as_bytes(), other.as_bytes()));
        assert_eq!(topics, ["a", "a//b", "a/b", "a/b/c", "a b", "a-b", "b"]);
    }

    #[test]
    fn topics_that_left_the_log_are_bounded() {
        let mut topics = Topics::default();
        let name = |n: usize| Bytes::from(format!("t/{n}"));
        for n in 0..2 * PAST_MAX {
            topics.named(Seq(n as u32), &name(n));
            topics.let_go(&name(n), Seq(n as u32 + 1));
        }
        assert_eq!(topics.all.len(), PAST_MAX);
        topics.named(Seq(0), &name(0));
        topics.let_go(&name(0), Seq(0));
        topics.forget(&name(PAST_MAX + 1));
        assert_eq!((topics.all.len(), topics.past), (PAST_MAX, PAST_MAX));
    }
}
