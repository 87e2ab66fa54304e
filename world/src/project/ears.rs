//! Who of the scene listens to what, with the filters taken apart.

use std::collections::BTreeMap;

use bytes::Bytes;
use tidings_core::topic::{Filter, Topic, Utf8};

use crate::cast::Cast;
use crate::scenario::check;
use crate::view::{ActorId, Channel, RungId};

/// Everybody's subscriptions.
pub(super) struct Ears(BTreeMap<ActorId, Vec<Ear>>);

/// One subscription.
pub(super) struct Ear {
    pub(super) rung: RungId,
    pub(super) channel: Channel,
    pub(super) filter: Filter,
}

impl Ears {
    pub(super) fn of(cast: &Cast) -> Self {
        let ears = cast.members().map(|(id, actor, channels)| {
            let listens = actor.listens.iter().zip(channels).enumerate();
            let ears = listens.filter_map(|(index, (listens, channel))| {
                Some(Ear {
                    rung: RungId {
                        actor: id,
                        index: index as u8,
                    },
                    channel: *channel,
                    filter: check::filter(&listens.filter).ok()?,
                })
            });
            (id, ears.collect())
        });
        Self(ears.collect())
    }

    /// An actor's subscriptions.
    pub(super) fn of_actor(&self, id: ActorId) -> &[Ear] {
        self.0.get(&id).map_or(&[], |ears| ears)
    }

    /// Everybody with their subscriptions, in the scene's order, for ids only grow.
    pub(super) fn everybody(&self) -> impl Iterator<Item = (ActorId, &[Ear])> {
        self.0.iter().map(|(id, ears)| (*id, &ears[..]))
    }

    /// Those that match a topic.
    pub(super) fn hearing(&self, id: ActorId, topic: Option<&Topic>) -> impl Iterator<Item = &Ear> {
        let ears = self.of_actor(id).iter();
        ears.filter(move |ear| topic.is_some_and(|topic| ear.filter.matches(topic)))
    }

    /// Channels of those that match a topic.
    pub(super) fn channels(&self, id: ActorId, topic: &Bytes) -> Vec<Channel> {
        if self.of_actor(id).is_empty() {
            return Vec::new();
        }
        let topic = parse(topic);
        let hearing = self.hearing(id, topic.as_ref());
        unique(hearing.map(|ear| ear.channel))
    }

    /// Channels of those whose filters are named.
    pub(super) fn named(&self, id: ActorId, filters: &[Bytes]) -> Vec<Channel> {
        let ears = self.of_actor(id).iter();
        unique(ears.filter_map(|ear| {
            filters
                .contains(ear.filter.full().bytes())
                .then_some(ear.channel)
        }))
    }
}

/// The topic of a message, unless it is none.
pub(super) fn parse(topic: &Bytes) -> Option<Topic> {
    Topic::parse(Utf8::from_bytes(topic.clone()).ok()?).ok()
}

fn unique(channels: impl Iterator<Item = Channel>) -> Vec<Channel> {
    let mut unique = Vec::new();
    for channel in channels {
        if !unique.contains(&channel) {
            unique.push(channel);
        }
    }
    unique
}
