//! A store in memory, and what is left of it after a crash.

use std::collections::BTreeMap;

use tidings_core::node::Lsn;
use tidings_core::record::{Item, Key, Record};

/// When a record is safe, and what of those that are not survives a crash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pace {
    /// At once, one by one.
    Fast,
    /// When nothing else moves; a crash before leaves what was written.
    SlowKept,
    /// When nothing else moves; a crash before takes what was not said to be safe.
    SlowLost,
}

pub(crate) struct Store {
    pub(crate) pace: Pace,
    /// Records to come before the node dies.
    pub(crate) crash_after: Option<usize>,
    /// Records to come after that before it dies once more.
    pub(crate) and_after: Option<usize>,
    /// Records that came.
    pub(crate) count: usize,
    items: BTreeMap<Key, Item>,
    /// Written, and not said to be safe.
    written: Vec<(Lsn, Record)>,
}

impl Default for Store {
    fn default() -> Self {
        Self {
            pace: Pace::Fast,
            crash_after: None,
            and_after: None,
            count: 0,
            items: BTreeMap::new(),
            written: Vec::new(),
        }
    }
}

impl Store {
    pub(crate) fn is_fast(&self) -> bool {
        self.pace == Pace::Fast
    }

    /// Takes a record; true if the node dies of it.
    pub(crate) fn take(&mut self, lsn: Lsn, record: Record) -> bool {
        self.count += 1;
        self.written.push((lsn, record));
        self.crash_after == Some(self.count)
    }

    /// Makes everything safe that was written; up to where.
    pub(crate) fn catch_up(&mut self) -> Option<Lsn> {
        let mut last = None;
        for (lsn, record) in std::mem::take(&mut self.written) {
            last = Some(lsn);
            self.apply(record);
        }
        last
    }

    fn apply(&mut self, record: Record) {
        let key = record.key();
        match record {
            Record::Put(item) => self.items.insert(key, item),
            Record::Delete(_) => self.items.remove(&key),
        };
    }

    /// The node is dead: everything that survives.
    pub(crate) fn die(&mut self) -> Vec<Record> {
        if self.pace == Pace::SlowLost {
            self.written.clear();
        }
        self.catch_up();
        if let Some(more) = self.and_after.take() {
            self.crash_after = Some(self.count + more);
        }
        self.items.values().cloned().map(Record::Put).collect()
    }

    pub(crate) fn items(&self) -> impl Iterator<Item = &Item> {
        self.items.values()
    }
}
