//! The one event log of a run. Everything that is drawn is a function of it.
//!
//! Bounded: when it holds too many entries or bytes, it lets the oldest go and counts them.

mod entry;
mod hash;
mod index;
mod look;
mod topics;

pub use entry::{Decision, Entry, Facts, Fate, Mistake, Sent, Seq, What};
pub(crate) use topics::{Topic, by_level};

use std::collections::{BTreeMap, VecDeque};
use std::hash::{Hash, Hasher};

use self::index::Index;
use crate::view::{EventNo, Micros};

/// A log holds no more entries.
pub const ENTRIES_MAX: usize = 200_000;
/// A log holds no more bytes of packets, about.
pub const BYTES_MAX: usize = 48 * 1024 * 1024;
/// An entry and what is known of it hold so many bytes besides, about.
const ENTRY_BYTES: usize = 150;
/// A log holds no more bytes, about.
pub(crate) const WEIGHT_MAX: usize = BYTES_MAX + ENTRIES_MAX * ENTRY_BYTES;
/// Of a longer packet only the beginning is kept.
pub const PACKET_BYTES_MAX: usize = 64 * 1024;

/// What happened, in order.
#[derive(Clone, Debug, Default)]
pub struct Log {
    entries: VecDeque<Entry>,
    /// The place of the first entry that is held.
    first: u32,
    /// Places of numbered entries, by number; the first is that of `first_no`.
    numbered: VecDeque<Seq>,
    first_no: u32,
    bytes: usize,
    /// Bytes that were let go.
    gone: u64,
    /// The hash of what lies before the first entry that is held.
    before: u64,
    /// What hangs below each root that has anything below it, in order.
    below: BTreeMap<Seq, Vec<Seq>>,
    index: Index,
}

/// How long a log was at some moment; a log can be cut back to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    entries: u32,
    numbers: u32,
}

impl Log {
    /// A log that goes on from another one's end without what is in that: its hash is its own.
    pub(crate) fn beginning(mark: Mark) -> Self {
        Self {
            first: mark.entries,
            first_no: mark.numbers,
            ..Self::default()
        }
    }

    /// A log that goes on from this one's end and holds nothing of it, but for what is counted and
    /// for what holds still: it gets the same hashes as this one.
    pub(crate) fn continued(&self) -> Self {
        let mark = self.mark();
        Self {
            gone: self.written(),
            before: self.hash(),
            index: self.index.continued(),
            ..Self::beginning(mark)
        }
    }

    /// How many bytes this holds, about.
    pub(crate) fn weight(&self) -> usize {
        self.bytes + self.entries.len() * ENTRY_BYTES
    }

    /// How many bytes of packets were ever written down, about.
    pub(crate) fn written(&self) -> u64 {
        self.gone + self.bytes as u64
    }

    /// Writes down what happened.
    pub(crate) fn push(&mut self, at: Micros, cause: Option<Seq>, what: What) -> Seq {
        debug_assert!(self.entries.back().is_none_or(|last| last.at <= at));
        let seq = Seq(self.end());
        let mut hasher = hash::Fnv::from(self.hash());
        // The number of a version says how often somebody edited, not what came of it.
        let edited = What::Edited { scene: 0 };
        let told = match &what {
            What::Edited { .. } => &edited,
            told => told,
        };
        (at, cause, told).hash(&mut hasher);
        self.bytes += held_bytes(&what);
        if numbered(&what) {
            self.numbered.push_back(seq);
        }
        if let What::Arrived(packet) | What::Died(packet) = &what
            && let Some(packet) = self.get_mut(*packet)
        {
            packet.ended = Some(seq);
        }
        let mut entry = Entry {
            at,
            cause,
            root: seq,
            what,
            ended: None,
            hash: hasher.finish(),
        };
        if let Some(parent) = entry.parent().and_then(|parent| self.get(parent)) {
            entry.root = parent.root;
        }
        if entry.root != seq && self.get(entry.root).is_some() {
            self.below.entry(entry.root).or_default().push(seq);
        }
        self.entries.push_back(entry);
        // Out and in again, because it reads the log while it writes itself.
        let mut index = std::mem::take(&mut self.index);
        index.take(self, seq);
        self.index = index;
        while self.entries.len() > ENTRIES_MAX || self.bytes > BYTES_MAX {
            self.let_go();
        }
        seq
    }

    /// The number the next packet or deed gets.
    pub(crate) fn next_no(&self) -> EventNo {
        EventNo(self.first_no + self.numbered.len() as u32 + 1)
    }

    /// Where the next entry will stand.
    pub fn end(&self) -> u32 {
        self.first + self.entries.len() as u32
    }

    /// The first place that is held.
    pub fn begin(&self) -> u32 {
        self.first
    }

    /// The entry at a place, if it is held.
    pub fn get(&self, seq: Seq) -> Option<&Entry> {
        self.entries.get(seq.0.checked_sub(self.first)? as usize)
    }

    /// The packet at a place, if it is held and one.
    pub fn sent(&self, seq: Seq) -> Option<&Sent> {
        match &self.get(seq)?.what {
            What::Sent(sent) => Some(sent),
            _ => None,
        }
    }

    /// The place of a number, if it is held.
    pub fn find(&self, no: EventNo) -> Option<Seq> {
        let index = no.0.checked_sub(self.first_no + 1)?;
        self.numbered.get(index as usize).copied()
    }

    /// Entries from a place on, with their places.
    pub fn from(&self, seq: Seq) -> impl DoubleEndedIterator<Item = (Seq, &Entry)> {
        let skip = seq
            .0
            .saturating_sub(self.first)
            .min(self.entries.len() as u32);
        let first = self.first + skip;
        let entries = self.entries.range(skip as usize..).enumerate();
        entries.map(move |(index, entry)| (Seq(first + index as u32), entry))
    }

    /// The first place whose time is after `at`.
    pub fn after(&self, at: Micros) -> Seq {
        Seq(self.first + self.entries.partition_point(|entry| entry.at <= at) as u32)
    }

    /// The last number given at or before a time.
    pub fn number_at(&self, at: Micros) -> EventNo {
        let after = self.after(at);
        let count = self.numbered.partition_point(|seq| *seq < after);
        EventNo(self.first_no + count as u32)
    }

    /// The time of the last entry.
    pub fn last_at(&self) -> Micros {
        self.entries.back().map_or(Micros(0), |entry| entry.at)
    }

    /// The hash of the run so far: the same scene, seed and inputs give the same on every target.
    pub fn hash(&self) -> u64 {
        self.entries.back().map_or(self.before, |entry| entry.hash)
    }

    /// The hash of the run before a place that is held, or right behind the last one.
    pub(crate) fn hash_before(&self, next: Seq) -> u64 {
        let last = next.0.checked_sub(1).and_then(|last| self.get(Seq(last)));
        last.map_or(self.before, |entry| entry.hash)
    }

    /// How many entries are held, and how many were let go.
    pub fn held(&self) -> (u32, u32) {
        (self.entries.len() as u32, self.first)
    }

    /// What hangs below a root, in order.
    pub fn below(&self, root: Seq) -> &[Seq] {
        self.below.get(&root).map_or(&[], |below| below)
    }

    /// Where the log ends.
    pub(crate) fn mark(&self) -> Mark {
        Mark {
            entries: self.end(),
            numbers: self.next_no().0 - 1,
        }
    }

    /// Forgets what was written after `mark`. False if the log no longer reaches back to it.
    pub(crate) fn truncate(&mut self, mark: Mark) -> bool {
        if mark.entries < self.first || mark.numbers < self.first_no {
            return false;
        }
        let end = Seq(mark.entries);
        while self.end() > mark.entries
            && let Some(entry) = self.entries.pop_back()
        {
            self.bytes -= held_bytes(&entry.what);
            self.index.forget(&entry);
            if let What::Arrived(packet) | What::Died(packet) = entry.what
                && let Some(packet) = self.get_mut(packet)
            {
                packet.ended = None;
            }
            // What hangs below a root hangs there in order, so this one is the last.
            if let Some(below) = self.below.get_mut(&entry.root) {
                below.pop();
            }
        }
        self.below.retain(|_, below| !below.is_empty());
        self.numbered
            .truncate((mark.numbers - self.first_no) as usize);
        self.index.truncate(end);
        true
    }

    fn get_mut(&mut self, seq: Seq) -> Option<&mut Entry> {
        self.entries
            .get_mut(seq.0.checked_sub(self.first)? as usize)
    }

    fn let_go(&mut self) {
        if let Some(entry) = self.entries.pop_front() {
            self.bytes -= held_bytes(&entry.what);
            self.gone += held_bytes(&entry.what) as u64;
            self.before = entry.hash;
            self.below.remove(&Seq(self.first));
            self.first += 1;
            self.index.let_go(&entry, Seq(self.first));
            if numbered(&entry.what) {
                self.numbered.pop_front();
                self.first_no += 1;
            }
        }
    }
}

fn numbered(what: &What) -> bool {
    matches!(
        what,
        What::Sent(_) | What::Deed { .. } | What::Broker { .. }
    )
}

fn held_bytes(what: &What) -> usize {
    match what {
        What::Sent(sent) => sent.bytes.len() + 256,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::Deed;
    use crate::view::ActorId;

    fn deed(log: &mut Log, at: u64) -> EventNo {
        let no = log.next_no();
        let actor = ActorId(1);
        let deed = Deed::Unplug;
        log.push(Micros(at), None, What::Deed { no, actor, deed });
        no
    }

    #[test]
    fn numbers_and_times_find_places() {
        let mut log = Log::default();
        log.push(Micros(1), None, What::Will(ActorId(0)));
        assert_eq!(deed(&mut log, 2), EventNo(1));
        log.push(Micros(2), None, What::Will(ActorId(0)));
        assert_eq!(deed(&mut log, 4), EventNo(2));
        assert_eq!(log.find(EventNo(2)), Some(Seq(3)));
        assert_eq!(log.find(EventNo(0)), None);
        assert_eq!(log.find(EventNo(3)), None);
        assert_eq!(log.after(Micros(2)), Seq(3));
        assert_eq!(log.after(Micros(0)), Seq(0));
        assert_eq!(log.number_at(Micros(1)), EventNo(0));
        assert_eq!(log.number_at(Micros(3)), EventNo(1));
        assert_eq!(log.number_at(Micros(9)), EventNo(2));
    }

    #[test]
    fn a_cut_log_is_as_if_it_had_not_gone_on() {
        let mut log = Log::default();
        deed(&mut log, 1);
        let (mark, hash) = (log.mark(), log.hash());
        deed(&mut log, 2);
        let longer = log.hash();
        assert_ne!(hash, longer);
        assert!(log.truncate(mark));
        assert_eq!((log.mark(), log.hash()), (mark, hash));
        deed(&mut log, 2);
        assert_eq!(log.hash(), longer);
    }

    #[test]
    fn lets_the_oldest_go() {
        let mut log = Log::default();
        let start = log.mark();
        for at in 0..ENTRIES_MAX as u64 + 10 {
            deed(&mut log, at);
        }
        assert_eq!(log.held(), (ENTRIES_MAX as u32, 10));
        assert_eq!(log.find(EventNo(10)), None);
        assert_eq!(log.find(EventNo(11)), Some(Seq(10)));
        assert_eq!(log.from(Seq(0)).next().map(|(seq, _)| seq), Some(Seq(10)));
        assert_eq!(
            log.number_at(Micros(u64::MAX)),
            EventNo(ENTRIES_MAX as u32 + 10)
        );
        assert!(!log.truncate(start), "it no longer reaches back so far");
        assert_eq!(log.held(), (ENTRIES_MAX as u32, 10));
    }
}
