//! Deadlines in order.

use alloc::collections::BTreeMap;

use super::Instant;

/// Names one deadline that was set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TimerId {
    at: Instant,
    order: u64,
}

impl TimerId {
    /// When it is due.
    pub fn at(self) -> Instant {
        self.at
    }
}

/// Deadlines with what they are for, due in the order of their time and, at one time, in the
/// order in which they were set. None is ever due early.
///
/// What moves with every packet (keep-alive) is not moved here: its holder lets the old deadline
/// come, looks, and sets the next one.
#[derive(Clone, Debug)]
pub struct Timers<T> {
    due: BTreeMap<TimerId, T>,
    order: u64,
}

impl<T> Default for Timers<T> {
    fn default() -> Self {
        Self {
            due: BTreeMap::new(),
            order: 0,
        }
    }
}

impl<T: Copy> Timers<T> {
    /// Sets a deadline.
    pub fn set(&mut self, at: Instant, what: T) -> TimerId {
        self.order += 1;
        let id = TimerId {
            at,
            order: self.order,
        };
        self.due.insert(id, what);
        id
    }

    /// Takes a deadline back; one that has passed or was taken back is no error.
    pub fn cancel(&mut self, id: TimerId) {
        self.due.remove(&id);
    }

    /// The next deadline.
    pub fn next(&self) -> Option<(Instant, T)> {
        self.due.first_key_value().map(|(id, what)| (id.at, *what))
    }

    /// Takes the next deadline off if it has come.
    pub fn pop_due(&mut self, now: Instant) -> Option<(TimerId, T)> {
        let entry = self.due.first_entry()?;
        (entry.key().at <= now).then(|| entry.remove_entry())
    }

    /// How many deadlines are set.
    pub fn len(&self) -> usize {
        self.due.len()
    }

    /// Whether none is set.
    pub fn is_empty(&self) -> bool {
        self.due.is_empty()
    }

    /// All deadlines in the order in which they will come.
    pub fn iter(&self) -> impl Iterator<Item = (Instant, T)> + '_ {
        self.due.iter().map(|(id, what)| (id.at, *what))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec::Vec;

    fn at(micros: u64) -> Instant {
        Instant::from_micros(micros)
    }

    #[test]
    fn come_in_order_of_time_then_of_setting() {
        let mut timers = Timers::default();
        let gone = timers.set(at(1), 'x');
        timers.set(at(30), 'c');
        timers.set(at(20), 'a');
        timers.set(at(20), 'b');
        timers.cancel(gone);
        timers.cancel(gone);
        assert_eq!(timers.next(), Some((at(20), 'a')));
        assert_eq!(timers.pop_due(at(19)), None);
        let due: Vec<char> =
            core::iter::from_fn(|| timers.pop_due(at(30)).map(|(_, what)| what)).collect();
        assert_eq!(due, ['a', 'b', 'c']);
        assert!(timers.is_empty());
    }
}
