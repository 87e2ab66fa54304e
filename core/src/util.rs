//! Maps whose order nobody can come to depend on, and the seeded generator.

use core::hash::Hash;

use foldhash::fast::FixedState;
use hashbrown::Equivalent;

/// A hash map that can be asked but not walked: hash order differs between targets.
///
/// Keyed from a seed, because clients choose topics and identifiers.
#[derive(Clone, Debug)]
pub(crate) struct Map<K, V>(hashbrown::HashMap<K, V, FixedState>);

impl<K: Eq + Hash, V> Map<K, V> {
    pub(crate) fn new(seed: u64) -> Self {
        Self(hashbrown::HashMap::with_hasher(FixedState::with_seed(seed)))
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn get<Q: Hash + Equivalent<K> + ?Sized>(&self, key: &Q) -> Option<&V> {
        self.0.get(key)
    }

    pub(crate) fn get_mut<Q: Hash + Equivalent<K> + ?Sized>(&mut self, key: &Q) -> Option<&mut V> {
        self.0.get_mut(key)
    }

    pub(crate) fn insert(&mut self, key: K, value: V) -> Option<V> {
        self.0.insert(key, value)
    }

    pub(crate) fn remove<Q: Hash + Equivalent<K> + ?Sized>(&mut self, key: &Q) -> Option<V> {
        self.0.remove(key)
    }
}

/// Numbers that look random and come from the seed alone (SplitMix64).
///
/// Not for secrets: whoever knows the seed knows them all.
#[derive(Clone, Debug)]
pub(crate) struct Chance(u64);

impl Chance {
    pub(crate) fn new(seed: u64) -> Self {
        // Stirred once, so that neighbouring seeds do not give neighbouring streams. A hasher
        // keyed by the seed would not do: what it is given and its key cancel each other out.
        Self(Self(seed).next_u64())
    }

    pub(crate) fn next_u64(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::collections::BTreeSet;

    #[test]
    fn every_seed_has_its_own_numbers() {
        let numbers: BTreeSet<u64> = (0..1000)
            .flat_map(|seed| {
                let mut chance = Chance::new(seed);
                [chance.next_u64(), chance.next_u64()]
            })
            .collect();
        assert_eq!(numbers.len(), 2000);
    }
}
