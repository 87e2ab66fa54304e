//! Which rows of the log pass a filter.

use std::collections::BTreeMap;

use bytes::Bytes;
use tidings_core::topic::Filter;

use super::Sight;
use super::ears::parse;
use super::row::{is_failure, message};
use crate::log::{Entry, Seq, What};
use crate::scenario::check;
use crate::view::{ActorId, Family, LogFilter};

/// A longer payload is searched no further.
const PAYLOAD_BYTES_SEARCHED: usize = 1024;

/// A filter, made ready for many rows.
pub(super) struct Pass<'a> {
    sight: &'a Sight<'a>,
    without: &'a [Family],
    topic: Option<Filter>,
    actor: Option<ActorId>,
    failures: bool,
    text: Option<Needle>,
    /// Topics that were compared already, which are few where rows are many.
    compared: BTreeMap<Bytes, bool>,
    /// Actors with the text in their names.
    named: Vec<ActorId>,
}

impl<'a> Pass<'a> {
    /// The filter, and why its topic filter is none if it is none; then all topics pass.
    pub(super) fn new(sight: &'a Sight<'a>, filter: &'a LogFilter) -> (Self, Option<String>) {
        let (topic, bad_topic) = match &filter.topic[..] {
            "" => (None, None),
            text => match check::filter(text) {
                Ok(topic) => (Some(topic), None),
                Err(sentence) => (None, Some(sentence)),
            },
        };
        let text = (!filter.text.is_empty()).then(|| Needle::new(&filter.text));
        let members = sight.cast.members();
        let named = members.filter(|(_, actor, _)| {
            let name = actor.name.as_bytes();
            text.as_ref().is_some_and(|text| text.is_in(name))
        });
        let pass = Self {
            sight,
            without: &filter.without,
            topic,
            actor: filter.actor,
            failures: filter.failures,
            named: named.map(|(id, ..)| id).collect(),
            text,
            compared: BTreeMap::new(),
        };
        (pass, bad_topic)
    }

    /// Whether the row of an entry passes; `failure` says whether it is one.
    pub(super) fn takes(&mut self, entry: &Entry, failure: bool) -> bool {
        (failure || !self.failures)
            && self.takes_actor(entry)
            && !self.without.contains(&family(entry))
            && self.takes_topic(entry)
            && self.takes_text(entry)
    }

    /// As [`Pass::takes`] of any entry.
    pub(super) fn takes_place(&mut self, seq: Seq, entry: &Entry) -> bool {
        let failure = self.failures && is_failure(self.sight, seq, entry);
        self.takes(entry, failure)
    }

    fn takes_actor(&self, entry: &Entry) -> bool {
        self.actor.is_none() || self.actor == whose(entry)
    }

    fn takes_topic(&mut self, entry: &Entry) -> bool {
        let Some(filter) = &self.topic else {
            return true;
        };
        let topic = message(self.sight, entry).map(|message| &message.facts.topic);
        let Some(topic) = topic.filter(|topic| !topic.is_empty()) else {
            return false;
        };
        if let Some(takes) = self.compared.get(topic) {
            return *takes;
        }
        let takes = parse(topic).is_some_and(|topic| filter.matches(&topic));
        self.compared.insert(topic.clone(), takes);
        takes
    }

    fn takes_text(&self, entry: &Entry) -> bool {
        let Some(text) = &self.text else {
            return true;
        };
        if whose(entry).is_some_and(|actor| self.named.contains(&actor)) {
            return true;
        }
        if let What::Sent(sent) = &entry.what
            && text.is_in(sent.kind.name().as_bytes())
        {
            return true;
        }
        message(self.sight, entry).is_some_and(|message| {
            let facts = &message.facts;
            let payload = &facts.payload;
            text.is_in(&facts.topic)
                || facts.filters.iter().any(|filter| text.is_in(filter))
                || text.is_in(&payload[..payload.len().min(PAYLOAD_BYTES_SEARCHED)])
        })
    }
}

/// On whose link it happened, or to whom.
fn whose(entry: &Entry) -> Option<ActorId> {
    match &entry.what {
        What::Sent(sent) => Some(sent.actor),
        What::Decided { actor, .. } | What::Deed { actor, .. } | What::Session { actor, .. } => {
            Some(*actor)
        }
        What::Will(actor) | What::Wire(actor, _) => Some(*actor),
        _ => None,
    }
}

/// The family of packets a row belongs to.
fn family(entry: &Entry) -> Family {
    match &entry.what {
        What::Sent(sent) => sent.kind.family(),
        What::Decided { .. } | What::Will(_) => Family::Publish,
        // Coming and going.
        _ => Family::Connect,
    }
}

/// A text that is searched for; case does not matter.
pub(super) struct Needle {
    lower: String,
    ascii: bool,
}

impl Needle {
    pub(super) fn new(text: &str) -> Self {
        Self {
            lower: text.to_lowercase(),
            ascii: text.is_ascii(),
        }
    }

    pub(super) fn is_in(&self, hay: &[u8]) -> bool {
        let needle = self.lower.as_bytes();
        if self.ascii {
            let mut windows = hay.windows(needle.len());
            return windows.any(|window| window.eq_ignore_ascii_case(needle));
        }
        String::from_utf8_lossy(hay)
            .to_lowercase()
            .contains(&self.lower)
    }
}
