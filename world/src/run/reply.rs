//! What an actor answers, and when it is done with a message.

use tidings_core::packet::{Properties, Property, Publish};
use tidings_core::time::Instant;

use super::micros;
use super::player::{Player, Reply, Unhandled};
use crate::scenario::check;
use crate::voice::{Known, Values};

impl Player {
    /// What it will answer to a message, if anything: as the first of its subscriptions says that
    /// asked for it and answers.
    pub(super) fn reply(&mut self, now: Instant, publish: &Publish) -> Option<Reply> {
        let topic = publish.topic.as_ref()?;
        let answer = self.actor.listens.iter().find_map(|listens| {
            let answer = listens.answer.as_ref()?;
            let filter = check::filter(&listens.filter).ok()?;
            filter.matches(topic).then_some(answer)
        })?;
        let mut wanted = None;
        let mut correlation = None;
        for property in publish.properties.iter() {
            match property {
                Property::ResponseTopic(topic) => wanted = Some(topic.as_str().to_owned()),
                Property::CorrelationData(data) => correlation = Some(data),
                _ => {}
            }
        }
        if wanted.is_none() && answer.topic.is_empty() {
            return None;
        }
        self.answered += 1;
        let asked = String::from_utf8_lossy(&publish.payload);
        let known = Known {
            n: self.answered,
            time_ms: micros(now).0 / 1000,
            asked: Some((topic.as_str(), &asked)),
        };
        let values = Values::of(&self.actor);
        Some(Reply {
            topic: wanted.unwrap_or_else(|| values.fill(&answer.topic, known)),
            payload: values.fill(&answer.payload, known),
            qos: publish.qos,
            correlation,
        })
    }

    /// It is done with a message: it answers and acknowledges.
    pub(super) fn handled(&mut self, now: Instant, done: Unhandled) {
        if let Some(reply) = done.reply
            && self.client.is_connected()
        {
            let correlation = reply.correlation.map(Property::CorrelationData);
            let properties = Properties::build(correlation);
            self.say(
                now,
                &reply.topic,
                reply.payload,
                reply.qos,
                false,
                properties,
            );
        }
        if let Some(token) = done.token {
            // Nothing waits for a token of QoS 1 whose connection is gone.
            let _ = self.client.acknowledge(now, token);
        }
    }
}
