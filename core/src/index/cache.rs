//! Who matched the topics that come again and again.

use alloc::string::String;
use alloc::vec::Vec;
use core::hash::BuildHasher;

use foldhash::fast::FixedState;

use super::SubKey;

/// Places at the beginning and at most.
const PLACES_MIN: usize = 64;
const PLACES_MAX: usize = 4096;

/// Longer topics, and longer lists of who matched, are looked for each time: it makes little
/// difference there, and what is remembered stays below 2 MiB.
const TOPIC_BYTES_MAX: usize = 256;
const FOUND_MAX: usize = 64;

/// For each of some topics, who matched it.
///
/// A topic has one place, by its hash, and gets it when it comes the second time, so that topics
/// that come once do not drive out the others nor cost an allocation. Any change of the
/// subscriptions makes everything void at once.
#[derive(Debug)]
pub(super) struct Cache {
    hasher: FixedState,
    places: Vec<Place>,
    /// How often the subscriptions have changed, from 1.
    generation: u64,
    /// Topics that met another one in their place, since there have been so many places.
    met: usize,
}

#[derive(Debug, Default)]
struct Place {
    /// Of the topic that came last.
    hash: u64,
    /// When it is from; 0 if that topic is not here.
    generation: u64,
    topic: String,
    found: Vec<SubKey>,
}

impl Cache {
    pub(super) fn new(seed: u64) -> Self {
        Self {
            hasher: FixedState::with_seed(seed),
            places: Vec::new(),
            generation: 1,
            met: 0,
        }
    }

    /// The subscriptions have changed.
    pub(super) fn forget(&mut self) {
        self.generation += 1;
    }

    /// What a topic's place is found by.
    pub(super) fn hash(&self, topic: &str) -> u64 {
        self.hasher.hash_one(topic)
    }

    /// Who matched the topic with this hash.
    pub(super) fn get(&self, hash: u64, topic: &str) -> Option<&[SubKey]> {
        let place = self.places.get(self.at(hash))?;
        let same = place.hash == hash && place.generation == self.generation;
        (same && place.topic == topic).then_some(&place.found)
    }

    /// Remembers who matched the topic with this hash, if it is one that comes again.
    pub(super) fn put(&mut self, hash: u64, topic: &str, found: &[SubKey]) {
        if topic.len() > TOPIC_BYTES_MAX || found.len() > FOUND_MAX {
            return;
        }
        if self.places.is_empty()
            || (self.met > self.places.len() && self.places.len() < PLACES_MAX)
        {
            let more = PLACES_MIN.max(2 * self.places.len());
            self.places = Vec::new();
            self.places.resize_with(more, Place::default);
            self.met = 0;
        }
        let at = self.at(hash);
        let Some(place) = self.places.get_mut(at) else {
            return;
        };
        if place.hash != hash {
            self.met += usize::from(place.generation > 0);
            (place.hash, place.generation) = (hash, 0);
            return;
        }
        place.generation = self.generation;
        place.topic.clear();
        place.topic.push_str(topic);
        place.found.clear();
        place.found.extend_from_slice(found);
    }

    fn at(&self, hash: u64) -> usize {
        // The number of places is a power of two.
        hash as usize & self.places.len().wrapping_sub(1)
    }
}

/// A checkpoint need not remember what can be found.
impl Clone for Cache {
    fn clone(&self) -> Self {
        Self {
            hasher: self.hasher.clone(),
            places: Vec::new(),
            generation: self.generation,
            met: 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;

    fn ask(cache: &Cache, topic: &str) -> Option<Vec<SubKey>> {
        cache.get(cache.hash(topic), topic).map(<[_]>::to_vec)
    }

    fn tell(cache: &mut Cache, topic: &str, found: &[SubKey]) {
        cache.put(cache.hash(topic), topic, found);
    }

    #[test]
    fn remembers_what_comes_again_until_something_changes() {
        let mut cache = Cache::new(7);
        let found = [SubKey(3), SubKey(1)];
        tell(&mut cache, "a", &found);
        assert_eq!(ask(&cache, "a"), None, "once is no habit");
        tell(&mut cache, "a", &found);
        assert_eq!(ask(&cache, "a"), Some(found.to_vec()));
        assert_eq!(ask(&cache, "b"), None);
        assert_eq!(ask(&cache.clone(), "a"), None);
        cache.forget();
        assert_eq!(ask(&cache, "a"), None);
        tell(&mut cache, "a", &[]);
        assert_eq!(ask(&cache, "a"), Some(Vec::new()));
    }

    #[test]
    fn stays_small() {
        let mut cache = Cache::new(7);
        for n in 0..100_000 {
            for _ in 0..2 {
                tell(&mut cache, &format!("topic/{n}"), &[SubKey(n)]);
            }
        }
        assert_eq!(cache.places.len(), PLACES_MAX);
        assert_eq!(
            ask(&cache, "topic/99999"),
            Some(alloc::vec![SubKey(99_999)])
        );
        let long = "x".repeat(TOPIC_BYTES_MAX + 1);
        for _ in 0..2 {
            tell(&mut cache, &long, &[]);
            tell(&mut cache, "many", &[SubKey(1); FOUND_MAX + 1]);
        }
        assert_eq!((ask(&cache, &long), ask(&cache, "many")), (None, None));
    }
}
