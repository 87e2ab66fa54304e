//! The store of the broker of glass: what outlives a crash, in memory.

use std::rc::Rc;

use tidings_core::record::{Item, Key, Record};
use tidings_core::topic::Utf8;

/// A block with more items is split.
const BLOCK: usize = 64;

/// Everything that was put and not deleted. As large as what the broker's own limits let it keep;
/// the bytes are shared with it.
///
/// A run is cloned for every checkpoint, and a session that is away for long makes this the
/// largest part of it. So it is kept in blocks that clones share: in order, none of them empty.
#[derive(Clone, Debug, Default)]
pub(super) struct Store(Vec<Rc<Vec<(Key, Item)>>>);

impl Store {
    pub(super) fn apply(&mut self, record: Record) {
        match record {
            Record::Put(item) => self.put(item.key(), item),
            Record::Delete(key) => self.delete(&key),
        }
    }

    /// The block that holds a key, if any does.
    fn block(&self, key: &Key) -> usize {
        let behind = self.0.partition_point(|block| block[0].0 <= *key);
        behind.saturating_sub(1)
    }

    fn put(&mut self, key: Key, item: Item) {
        let place = self.block(&key);
        let Some(block) = self.0.get_mut(place) else {
            self.0.push(Rc::new(vec![(key, item)]));
            return;
        };
        let block = Rc::make_mut(block);
        match block.binary_search_by(|(other, _)| other.cmp(&key)) {
            Ok(there) => block[there].1 = item,
            Err(there) => block.insert(there, (key, item)),
        }
        if block.len() > BLOCK {
            let rest = block.split_off(BLOCK / 2);
            self.0.insert(place + 1, Rc::new(rest));
        }
    }

    fn delete(&mut self, key: &Key) {
        let place = self.block(key);
        let Some(block) = self.0.get_mut(place) else {
            return;
        };
        if let Ok(there) = block.binary_search_by(|(other, _)| other.cmp(key)) {
            let block = Rc::make_mut(block);
            block.remove(there);
            if block.is_empty() {
                self.0.remove(place);
            }
        }
    }

    fn get(&self, key: &Key) -> Option<&Item> {
        let block = self.0.get(self.block(key))?;
        let there = block.binary_search_by(|(other, _)| other.cmp(key)).ok()?;
        Some(&block[there].1)
    }

    /// Bytes that it holds and no clone of it does, about.
    pub(super) fn weight(&self) -> usize {
        let own = |block: &&Rc<_>| Rc::strong_count(*block) == 1;
        let items = self.0.iter().filter(own).flat_map(|block| block.iter());
        let items = items.map(|(_, item)| match item {
            Item::Message { payload, .. } => 500 + payload.len(),
            _ => 400,
        });
        items.sum::<usize>() + 8 * self.0.len()
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    pub(super) fn has_session(&self, client: &str) -> bool {
        let key = Utf8::copy_from(client).map(Key::Session);
        key.is_ok_and(|key| self.get(&key).is_some())
    }

    pub(super) fn records(&self) -> Vec<Record> {
        let items = self.0.iter().flat_map(|block| block.iter());
        items.map(|(_, item)| Record::Put(item.clone())).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_put_is_there_until_it_is_deleted_and_clones_do_not_hear_of_it() {
        let received = |n: u64| Item::Received {
            client_id: Utf8::copy_from(&format!("c{}", n * 7919 % 1009)).unwrap(),
            packet_id: tidings_core::packet::PacketId::new(1 + (n % 5) as u16).unwrap(),
            pending: Some(n),
        };
        let mut plain = std::collections::BTreeMap::new();
        let mut store = Store::default();
        for n in 0..9_000 {
            let item = received(n);
            if n % 3 == 2 {
                plain.remove(&item.key());
                store.apply(Record::Delete(item.key()));
            } else {
                plain.insert(item.key(), item.clone());
                store.apply(Record::Put(item));
            }
            if n % 1_000 == 0 {
                let before = store.clone();
                let records = before.records();
                store.apply(Record::Put(received(n + 1)));
                plain.insert(received(n + 1).key(), received(n + 1));
                assert_eq!(before.records(), records);
            }
        }
        let all: Vec<Record> = plain.values().cloned().map(Record::Put).collect();
        assert!(all.len() > 500);
        assert_eq!(store.records(), all);
        for key in plain.keys() {
            assert_eq!(store.get(key), plain.get(key));
            store.delete(key);
        }
        assert!(store.0.is_empty());
    }
}
