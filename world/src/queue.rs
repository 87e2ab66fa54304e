//! The one ordered queue of a world: what is to happen, by time and then by the order in which it
//! was arranged.

use std::collections::BTreeMap;

use crate::view::Micros;

/// Things to come, in the order in which they come.
#[derive(Clone, Debug)]
pub(crate) struct Queue<T> {
    items: BTreeMap<(Micros, u64), T>,
    arranged: u64,
}

impl<T> Queue<T> {
    pub(crate) fn new() -> Self {
        Self {
            items: BTreeMap::new(),
            arranged: 0,
        }
    }

    /// Arranges `item` for `at`, after everything that is arranged for the same time.
    pub(crate) fn push(&mut self, at: Micros, item: T) {
        self.items.insert((at, self.arranged), item);
        self.arranged += 1;
    }

    /// When the next thing comes.
    pub(crate) fn next_at(&self) -> Option<Micros> {
        self.items.first_key_value().map(|((at, _), _)| *at)
    }

    /// The next thing.
    pub(crate) fn pop(&mut self) -> Option<(Micros, T)> {
        self.items.pop_first().map(|((at, _), item)| (at, item))
    }

    /// Everything to come, in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (Micros, &T)> {
        self.items.iter().map(|((at, _), item)| (*at, item))
    }

    /// Keeps only what `keep` says.
    pub(crate) fn retain(&mut self, mut keep: impl FnMut(&T) -> bool) {
        self.items.retain(|_, item| keep(item));
    }
}

impl<T> Default for Queue<T> {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// Time decides, then the order of arranging, whatever was taken out in between.
        #[test]
        fn comes_in_order(times in proptest::collection::vec(0_u64..5, 0..60)) {
            let mut queue = Queue::new();
            for (index, at) in times.iter().enumerate() {
                queue.push(Micros(*at), index);
            }
            queue.retain(|index| index % 7 != 3);
            let mut expected: Vec<_> = times.iter().copied().enumerate()
                .filter(|(index, _)| index % 7 != 3)
                .collect();
            expected.sort_by_key(|(_, at)| *at);
            let mut come = Vec::new();
            while let Some(at) = queue.next_at() {
                let (popped_at, index) = queue.pop().expect("there is a next");
                prop_assert_eq!(at, popped_at);
                come.push((index, at.0));
            }
            prop_assert_eq!(come, expected);
        }
    }
}
