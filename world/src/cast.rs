//! Who is in a scene: the scenario, with the ids and channels the page knows everybody by.

use crate::scenario::{Actor, Scenario};
use crate::view::{ActorId, Broker, Channel};

/// The scene between two edits. The log says from where on a version holds.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Cast {
    /// Grows with every edit.
    pub(crate) version: u32,
    /// What people wrote.
    pub(crate) scenario: Scenario,
    /// The broker in the middle.
    pub(crate) broker: Broker,
    /// Whose place in `scenario.actors` is whose.
    ids: Vec<ActorId>,
    /// Channels of each actor's `listens`.
    channels: Vec<Vec<Channel>>,
    next_id: u16,
}

/// There are so many hues.
pub(crate) const CHANNELS: u8 = 8;

impl Cast {
    /// The first version of a scene.
    pub(crate) fn new(scenario: Scenario, broker: Broker) -> Self {
        let mut cast = Self {
            version: 1,
            scenario,
            broker,
            ids: Vec::new(),
            channels: Vec::new(),
            next_id: 1,
        };
        for _ in 0..cast.scenario.actors.len() {
            cast.ids.push(ActorId(cast.next_id));
            cast.next_id += 1;
        }
        cast.tune();
        cast
    }

    /// Everybody, in the order of the page, with the channels of what they listen to.
    pub(crate) fn members(&self) -> impl Iterator<Item = (ActorId, &Actor, &[Channel])> {
        let rows = self.ids.iter().zip(&self.scenario.actors);
        rows.zip(&self.channels)
            .map(|((id, actor), channels)| (*id, actor, &channels[..]))
    }

    /// One of them.
    pub(crate) fn actor(&self, id: ActorId) -> Option<&Actor> {
        self.scenario.actors.get(self.place(id)?)
    }

    /// Who has a name.
    pub(crate) fn named(&self, name: &str) -> Option<ActorId> {
        let mut actors = self.scenario.actors.iter();
        Some(self.ids[actors.position(|actor| actor.name == name)?])
    }

    /// Another actor, last.
    pub(crate) fn add(&mut self, actor: Actor) -> ActorId {
        let id = ActorId(self.next_id);
        self.next_id += 1;
        self.scenario.actors.push(actor);
        self.ids.push(id);
        self.tune();
        id
    }

    /// The same actor in other words; whether there is one of that id.
    pub(crate) fn replace(&mut self, id: ActorId, actor: Actor) -> bool {
        let Some(place) = self.place(id) else {
            return false;
        };
        self.scenario.actors[place] = actor;
        self.tune();
        true
    }

    /// One actor fewer.
    pub(crate) fn remove(&mut self, id: ActorId) -> Option<Actor> {
        let place = self.place(id)?;
        self.ids.remove(place);
        let actor = self.scenario.actors.remove(place);
        self.tune();
        Some(actor)
    }

    fn place(&self, id: ActorId) -> Option<usize> {
        self.ids.iter().position(|other| *other == id)
    }

    /// Gives every subscription a channel: the one it asks for, or the one that is used least.
    fn tune(&mut self) {
        let asked = |channel: u8| (1..=CHANNELS).contains(&channel).then_some(channel);
        let mut uses = [0_u32; CHANNELS as usize];
        let listens = self.scenario.actors.iter().flat_map(|actor| &actor.listens);
        for channel in listens.filter_map(|one| asked(one.channel)) {
            uses[usize::from(channel - 1)] += 1;
        }
        let mut next = || {
            let least = (0..CHANNELS).min_by_key(|index| uses[usize::from(*index)]);
            let index = least.unwrap_or(0);
            uses[usize::from(index)] += 1;
            index + 1
        };
        self.channels = Vec::new();
        for actor in &self.scenario.actors {
            let tuned = actor.listens.iter().map(|one| {
                let channel = asked(one.channel).unwrap_or_else(&mut next);
                Channel(channel)
            });
            self.channels.push(tuned.collect());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn channels(cast: &Cast, id: ActorId) -> Vec<u8> {
        let mut members = cast.members();
        let found = members.find(|(other, ..)| *other == id);
        let (.., channels) = found.expect("a member");
        channels.iter().map(|channel| channel.0).collect()
    }

    #[test]
    fn ids_stay_and_are_never_used_twice() {
        let mut cast = Cast::new(Scenario::kitchen_sensors(), Broker::Glass);
        let lamp = cast.add(Actor::subscriber("lamp", "home/+"));
        assert_eq!(cast.named("lamp"), Some(lamp));
        assert_eq!(channels(&cast, lamp), [4]);
        let phone = cast.named("phone").expect("a phone");
        assert!(cast.remove(phone).is_some());
        assert!(cast.remove(phone).is_none());
        assert_eq!(cast.named("lamp"), Some(lamp));
        assert_ne!(cast.add(Actor::publisher("phone", "a")), phone);
    }

    #[test]
    fn the_ninth_subscription_shares_a_hue() {
        let mut cast = Cast::new(Scenario::empty(), Broker::Glass);
        let ids: Vec<_> = (0..9)
            .map(|n| cast.add(Actor::subscriber(&format!("s{n}"), "a")))
            .collect();
        let all: Vec<_> = ids.iter().map(|id| channels(&cast, *id)[0]).collect();
        assert_eq!(all, [1, 2, 3, 4, 5, 6, 7, 8, 1]);
    }
}
