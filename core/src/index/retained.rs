//! Retained messages by topic.

use alloc::collections::BTreeMap;
use core::ops::Bound;

use crate::topic::{Filter, Topic, Utf8};

/// One value a topic, found by filter, in the order of the topics' bytes.
#[derive(Clone, Debug)]
pub struct RetainedIndex<V> {
    topics: BTreeMap<Topic, V>,
}

/// Where a walk over the topics of one filter stands.
///
/// It is a place in the order, not a pointer: topics may come and go between its steps, and every
/// topic that is there throughout is found exactly once.
#[derive(Clone, Debug)]
pub struct Cursor {
    filter: Filter,
    last: Option<Topic>,
    done: bool,
}

impl Cursor {
    /// A walk over everything `filter` matches.
    pub fn new(filter: Filter) -> Self {
        Self {
            filter,
            last: None,
            done: false,
        }
    }

    /// The rest of a walk that has come to `last`.
    pub fn after(filter: Filter, last: Option<Topic>) -> Self {
        Self {
            last,
            ..Self::new(filter)
        }
    }

    /// The last topic that was looked at.
    pub fn last(&self) -> Option<&Topic> {
        self.last.as_ref()
    }

    /// Whether nothing is left.
    pub fn is_done(&self) -> bool {
        self.done
    }

    /// Whether the walk would still come to this topic, if it is there.
    pub fn comes_to(&self, topic: &Topic) -> bool {
        let ahead = self.last.as_ref().is_none_or(|last| last < topic);
        !self.done && ahead && self.filter.matches(topic)
    }

    /// What is looked for.
    pub fn filter(&self) -> &Filter {
        &self.filter
    }

    /// The levels in front of the first wildcard, slash included: every match begins with them.
    fn prefix(&self) -> &str {
        let filter = self.filter.filter();
        match filter.find(['+', '#']) {
            // `a/#` matches `a` as well, so the slash in front of `#` is not sure to be there.
            Some(at) => match filter[at..].starts_with('#') {
                true => filter[..at].strip_suffix('/').unwrap_or(&filter[..at]),
                false => &filter[..at],
            },
            None => filter,
        }
    }
}

impl<V> Default for RetainedIndex<V> {
    fn default() -> Self {
        Self {
            topics: BTreeMap::new(),
        }
    }
}

impl<V> RetainedIndex<V> {
    /// Topics held.
    pub fn len(&self) -> usize {
        self.topics.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.topics.is_empty()
    }

    /// The value of a topic.
    pub fn get(&self, topic: &Topic) -> Option<&V> {
        self.topics.get(topic)
    }

    /// Puts a value in the place of a topic's earlier one, which is returned.
    pub fn insert(&mut self, topic: Topic, value: V) -> Option<V> {
        self.topics.insert(topic, value)
    }

    /// Takes a topic out.
    pub fn remove(&mut self, topic: &Topic) -> Option<V> {
        self.topics.remove(topic)
    }

    /// All topics in order.
    pub fn iter(&self) -> impl Iterator<Item = (&Topic, &V)> {
        self.topics.iter()
    }

    /// The next topic that the cursor's filter matches. Looks at no more than `steps` topics,
    /// which is taken down; `None` with steps left means that the walk is done.
    pub fn next(&self, cursor: &mut Cursor, steps: &mut usize) -> Option<(&Topic, &V)> {
        let from = match &cursor.last {
            Some(last) => Bound::Excluded(last.clone()),
            None => match start(cursor.prefix()) {
                Some(topic) => Bound::Included(topic),
                None => Bound::Unbounded,
            },
        };
        for (topic, value) in self.topics.range((from, Bound::Unbounded)) {
            if *steps == 0 {
                return None;
            }
            *steps -= 1;
            if !topic.as_str().starts_with(cursor.prefix()) {
                break;
            }
            cursor.last = Some(topic.clone());
            if cursor.filter.matches(topic) {
                return Some((topic, value));
            }
        }
        cursor.done = true;
        None
    }
}

/// The first topic that could begin with `prefix`.
fn start(prefix: &str) -> Option<Topic> {
    Topic::parse(Utf8::copy_from(prefix).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec::Vec;

    fn topic(text: &str) -> Topic {
        Topic::parse(Utf8::copy_from(text).expect("short")).expect("a topic")
    }

    fn found(index: &RetainedIndex<u8>, filter: &str) -> Vec<std::string::String> {
        let filter = Filter::parse(Utf8::copy_from(filter).expect("short")).expect("a filter");
        let mut cursor = Cursor::new(filter);
        let mut all = Vec::new();
        while !cursor.is_done() {
            let mut steps = 1; // As small as can be: every step is a resumption.
            if let Some((topic, _)) = index.next(&mut cursor, &mut steps) {
                all.push(std::string::String::from(topic.as_str()));
            }
        }
        all
    }

    #[test]
    fn a_walk_finds_what_comparing_finds() {
        let topics = [
            "a", "a-b", "a/", "a/b", "a/b/c", "b", "$SYS/x", "/", "a/c/c",
        ];
        let mut index = RetainedIndex::default();
        for text in topics {
            index.insert(topic(text), 0);
        }
        for text in [
            "#", "+", "a/#", "a", "a/+", "+/b", "a/+/c", "$SYS/#", "/#", "x/#", "+/+",
        ] {
            let filter = Filter::parse(Utf8::copy_from(text).expect("short")).expect("a filter");
            let mut naive: Vec<_> = topics
                .iter()
                .filter(|name| filter.matches(&topic(name)))
                .map(|name| std::string::String::from(*name))
                .collect();
            naive.sort();
            assert_eq!(found(&index, text), naive, "{text}");
        }
    }

    #[test]
    fn topics_may_come_and_go_during_a_walk() {
        let mut index = RetainedIndex::default();
        for text in ["b", "d", "f"] {
            index.insert(topic(text), 0);
        }
        let mut cursor = Cursor::new(Filter::parse(Utf8::from_static("#")).expect("a filter"));
        let mut next = |index: &RetainedIndex<u8>| {
            let mut steps = 9;
            index
                .next(&mut cursor, &mut steps)
                .map(|(topic, _)| std::string::String::from(topic.as_str()))
        };
        assert_eq!(next(&index).as_deref(), Some("b"));
        index.remove(&topic("b"));
        index.remove(&topic("d"));
        index.insert(topic("a"), 0);
        index.insert(topic("e"), 0);
        assert_eq!(next(&index).as_deref(), Some("e"));
        assert_eq!(next(&index).as_deref(), Some("f"));
        assert_eq!(next(&index), None);
    }
}
