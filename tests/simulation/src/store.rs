//! A store in memory that a crash cuts off behind any record.

use std::collections::{BTreeMap, VecDeque};

use tidings_core::record::{Item, Key, Record};

/// When a record is safe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pace {
    /// As soon as it leaves the node.
    AtOnce,
    /// After a while, some together; between so many milliseconds.
    Late(u64, u64),
}

#[derive(Debug, Default)]
pub(crate) struct Store {
    items: BTreeMap<Key, Item>,
    /// Written and not safe.
    written: VecDeque<(u64, Record)>,
    /// The latest record that is safe.
    pub(crate) safe: u64,
}

impl Store {
    pub(crate) fn write(&mut self, lsn: u64, record: Record) {
        self.written.push_back((lsn, record));
    }

    pub(crate) fn is_settled(&self) -> bool {
        self.written.is_empty()
    }

    /// Makes everything safe up to a record.
    pub(crate) fn sync(&mut self, up_to: u64) {
        while let Some((lsn, _)) = self.written.front() {
            if *lsn > up_to {
                break;
            }
            let Some((lsn, record)) = self.written.pop_front() else {
                break;
            };
            self.safe = lsn;
            let key = record.key();
            match record {
                Record::Put(item) => self.items.insert(key, item),
                Record::Delete(_) => self.items.remove(&key),
            };
        }
    }

    /// The latest record that was written.
    pub(crate) fn latest(&self) -> u64 {
        self.written.back().map_or(self.safe, |(lsn, _)| *lsn)
    }

    /// The node is dead: what is safe, and what made it to the disk, is what there is. Numbers
    /// begin anew.
    pub(crate) fn die(&mut self, up_to: u64) -> Vec<Record> {
        self.sync(up_to);
        self.written.clear();
        self.safe = 0;
        self.items.values().cloned().map(Record::Put).collect()
    }

    pub(crate) fn items(&self) -> impl Iterator<Item = &Item> {
        self.items.values()
    }
}
