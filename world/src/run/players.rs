//! The clients of a run, and when the next of them has something to do by itself.
//!
//! That is asked before everything that happens, and changes for one client at a time: so it is
//! kept, and asked again only of those that were touched since.

use std::cell::{RefCell, RefMut};
use std::collections::BTreeMap;
use std::ops::Deref;

use super::micros;
use super::player::Player;
use crate::view::{ActorId, Micros};

/// See the module. To be read, it is a map.
#[derive(Clone, Debug, Default)]
pub(super) struct Players {
    all: BTreeMap<ActorId, Player>,
    due: RefCell<Due>,
}

#[derive(Clone, Debug, Default)]
struct Due {
    at: Vec<(ActorId, Micros)>,
    /// Of these it may be another moment.
    touched: Vec<ActorId>,
}

/// Nothing is to come.
const NEVER: Micros = Micros(u64::MAX);

impl Deref for Players {
    type Target = BTreeMap<ActorId, Player>;

    fn deref(&self) -> &Self::Target {
        &self.all
    }
}

impl Players {
    pub(super) fn get_mut(&mut self, id: &ActorId) -> Option<&mut Player> {
        let touched = &mut self.due.get_mut().touched;
        if touched.last() != Some(id) {
            touched.push(*id);
        }
        self.all.get_mut(id)
    }

    pub(super) fn insert(&mut self, id: ActorId, player: Player) {
        self.due.get_mut().touched.push(id);
        self.all.insert(id, player);
    }

    pub(super) fn remove(&mut self, id: &ActorId) -> Option<Player> {
        self.due.get_mut().touched.push(*id);
        self.all.remove(id)
    }

    /// When the first of them does something by itself.
    pub(super) fn next_at(&self) -> Option<Micros> {
        let due = self.due();
        let first = due.at.iter().map(|(_, at)| *at).min();
        first.filter(|at| *at < NEVER)
    }

    /// The first of them, by number, that has something to do by itself at a moment.
    pub(super) fn due_at(&self, now: Micros) -> Option<ActorId> {
        let due = self.due();
        let mut all = due.at.iter();
        all.find(|(_, at)| *at <= now).map(|(id, _)| *id)
    }

    fn due(&self) -> RefMut<'_, Due> {
        let mut due = self.due.borrow_mut();
        while let Some(id) = due.touched.pop() {
            let player = self.all.get(&id);
            let at = player.and_then(|player| player.client.poll_timeout());
            let at = at.map_or(NEVER, micros);
            match due.at.binary_search_by_key(&id, |(id, _)| *id) {
                Ok(place) => due.at[place].1 = at,
                Err(place) => due.at.insert(place, (id, at)),
            }
        }
        due
    }
}
