//! The store of the broker of glass: what outlives a crash, in memory.

use std::collections::BTreeMap;

use tidings_core::record::{Item, Key, Record};
use tidings_core::topic::Utf8;

/// Everything that was put and not deleted. As large as what the broker's own limits let it keep;
/// the bytes are shared with it.
#[derive(Clone, Debug, Default)]
pub(super) struct Store(BTreeMap<Key, Item>);

impl Store {
    pub(super) fn apply(&mut self, record: Record) {
        match record {
            Record::Put(item) => {
                self.0.insert(item.key(), item);
            }
            Record::Delete(key) => {
                self.0.remove(&key);
            }
        }
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    pub(super) fn has_session(&self, client: &str) -> bool {
        let key = Utf8::copy_from(client).map(Key::Session);
        key.is_ok_and(|key| self.0.contains_key(&key))
    }

    pub(super) fn records(&self) -> Vec<Record> {
        self.0.values().cloned().map(Record::Put).collect()
    }
}
