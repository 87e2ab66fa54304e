//! One message that reached the broker, and what each subscription made of it.

use std::collections::BTreeMap;

use tidings_core::topic::Topic;

use super::Sight;
use super::ears::{Ear, parse};
use super::outcome::{Got, outcome, outcomes};
use super::verdict::contacts;
use crate::log::Seq;
use crate::scenario::Qos;
use crate::view::{ActorId, Outcome, Verdict};

/// A PUBLISH that reached the broker.
pub(super) struct Message {
    topic: Topic,
    /// Where its arrival is written down.
    arrival: Seq,
    got: BTreeMap<ActorId, Got>,
}

impl Message {
    /// The message that came with a packet, if it is there.
    pub(super) fn new(sight: &Sight, message: Seq) -> Option<Self> {
        Some(Self {
            topic: parse(&sight.log.sent(message)?.facts.topic)?,
            arrival: sight.log.ended(message, sight.end())?,
            got: outcomes(sight.log, message, sight.end()),
        })
    }

    /// None for a subscription that came after the message: the two were not compared, unless the
    /// message is one that is kept for newcomers.
    pub(super) fn verdict(&self, sight: &Sight, ear: &Ear) -> Option<Verdict> {
        let got = self.got.get(&ear.rung.actor);
        let (matched, contacts) = contacts(&ear.filter, &self.topic);
        let had_asked = self.granted(sight, ear, self.arrival).is_some();
        (had_asked || matched && got.is_some()).then(|| Verdict {
            outcome: outcome(ear, matched, got),
            matched,
            contacts,
        })
    }

    /// The QoS the subscription had when the message came in, or has had since.
    pub(super) fn granted_then(&self, sight: &Sight, ear: &Ear) -> Qos {
        let then = self.granted(sight, ear, self.arrival);
        let since = then.or_else(|| self.granted(sight, ear, sight.end()));
        since.unwrap_or_default()
    }

    /// The copy a subscription got.
    pub(super) fn copy(&self, ear: &Ear, verdict: &Verdict) -> Option<Seq> {
        let got = self.got.get(&ear.rung.actor)?;
        got.copy
            .filter(|_| matches!(verdict.outcome, Outcome::Copy { .. }))
    }

    fn granted(&self, sight: &Sight, ear: &Ear, end: Seq) -> Option<Qos> {
        let filter = ear.filter.full().bytes();
        let mut held = sight.log.granted(ear.rung.actor, end).iter();
        held.find_map(|(other, qos)| (other == filter).then_some(*qos))
    }
}
