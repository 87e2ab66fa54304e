//! Topic aliases of one connection, in both directions.

use alloc::collections::BTreeMap;
use core::num::NonZeroU16;

use crate::topic::Topic;

use super::violation::Violation;

/// Aliases the server sets.
#[derive(Clone, Debug, Default)]
pub(super) struct IncomingAliases(BTreeMap<u16, Topic>);

impl IncomingAliases {
    /// The topic of a PUBLISH with this topic and alias; `max` is our Topic Alias Maximum.
    pub(super) fn resolve(
        &mut self,
        topic: Option<&Topic>,
        alias: Option<NonZeroU16>,
        max: u16,
    ) -> Result<Topic, Violation> {
        let alias = alias.map(NonZeroU16::get);
        if alias.is_some_and(|alias| alias > max) {
            return Err(Violation::TopicAliasTooLarge); // [MQTT-3.3.2-10] [MQTT-3.3.2-11]
        }
        match (topic, alias) {
            (Some(topic), Some(alias)) => {
                self.0.insert(alias, topic.clone());
                Ok(topic.clone())
            }
            (Some(topic), None) => Ok(topic.clone()),
            (None, Some(alias)) => self
                .0
                .get(&alias)
                .cloned()
                .ok_or(Violation::TopicAliasUnknown),
            (None, None) => Err(Violation::NoTopic), // [MQTT-3.3.2-1]
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (u16, &Topic)> {
        self.0.iter().map(|(&alias, topic)| (alias, topic))
    }
}

/// How to write the topic of an outgoing PUBLISH.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Alias {
    /// The topic alone.
    None,
    /// The topic with the alias, which stands for it from here on.
    Set(NonZeroU16),
    /// The alias alone.
    Use(NonZeroU16),
}

/// Aliases set towards the server.
#[derive(Clone, Debug, Default)]
pub(super) struct OutgoingAliases {
    max: u16,
    /// Alias and time of last use, by topic.
    by_topic: BTreeMap<Topic, (NonZeroU16, u64)>,
    /// Topics by time of last use.
    by_use: BTreeMap<u64, Topic>,
    uses: u64,
}

impl OutgoingAliases {
    /// At most `max` aliases; 0 for none at all [MQTT-3.2.2-18].
    pub(super) fn new(max: u16) -> Self {
        Self {
            max,
            ..Self::default()
        }
    }

    /// The alias for a PUBLISH to `topic` that is written at this moment.
    pub(super) fn assign(&mut self, topic: &Topic) -> Alias {
        if self.max == 0 {
            return Alias::None;
        }
        self.uses += 1;
        if let Some((alias, used)) = self.by_topic.get_mut(topic) {
            let used = core::mem::replace(used, self.uses);
            self.by_use.remove(&used);
            self.by_use.insert(self.uses, topic.clone());
            return Alias::Use(*alias);
        }
        let unused = u16::try_from(self.by_topic.len() + 1)
            .ok()
            .and_then(NonZeroU16::new);
        let alias = match unused {
            Some(unused) if unused.get() <= self.max => unused, // [MQTT-3.2.2-17] [MQTT-3.3.2-9]
            _ => {
                let oldest = self
                    .by_use
                    .pop_first()
                    .and_then(|(_, t)| self.by_topic.remove(&t));
                let Some((alias, _)) = oldest else {
                    return Alias::None;
                };
                alias
            }
        };
        self.by_topic.insert(topic.clone(), (alias, self.uses));
        self.by_use.insert(self.uses, topic.clone());
        Alias::Set(alias)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (u16, &Topic)> {
        self.by_topic
            .iter()
            .map(|(topic, &(alias, _))| (alias.get(), topic))
    }
}
