//! How often clients have a right to messages of QoS 2.

use std::collections::BTreeMap;
use std::rc::Rc;

/// A client and a message.
type Place = (String, String);

/// Counts, and every change of them, so that a crash can take changes back.
#[derive(Debug, Default)]
pub(super) struct Rights {
    counts: BTreeMap<Rc<Place>, u32>,
    /// One more, or one less.
    changes: Vec<(Rc<Place>, bool)>,
}

impl Rights {
    pub(super) fn of(&self, place: &Place) -> u32 {
        self.counts.get(place).copied().unwrap_or(0)
    }

    pub(super) fn grant(&mut self, client: &str, key: &str) {
        let place = Rc::new((client.to_owned(), key.to_owned()));
        *self.counts.entry(place.clone()).or_insert(0) += 1;
        self.changes.push((place, true));
    }

    pub(super) fn withdraw(&mut self, client: &str, key: &str) {
        let place = Rc::new((client.to_owned(), key.to_owned()));
        if let Some(count) = self.counts.get_mut(&place).filter(|count| **count > 0) {
            *count -= 1;
            self.changes.push((place, false));
        }
    }

    /// This moment, to come back to.
    pub(super) fn mark(&self) -> usize {
        self.changes.len()
    }

    /// Everything is as it was at a moment, but for the clients whose rights stay.
    pub(super) fn roll_back(&mut self, mark: usize, stay: impl Fn(&str) -> bool) {
        for (place, more) in self.changes.split_off(mark).into_iter().rev() {
            if !stay(&place.0)
                && let Some(count) = self.counts.get_mut(&place)
            {
                match more {
                    true => *count -= 1,
                    false => *count += 1,
                }
            }
        }
    }
}
