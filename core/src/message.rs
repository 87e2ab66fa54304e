//! An accepted PUBLISH.

use bytes::Bytes;
use core::time::Duration;

use crate::packet::{Properties, PropertyKind, Publish, QoS};
use crate::time::Instant;
use crate::topic::Topic;

/// Numbers accepted messages in the order of their acceptance, from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MessageId(pub u64);

/// What a message costs beside its bytes, in bytes: the structure, its count and its allocation.
const OVERHEAD_BYTES: usize = 192;

/// A message that the broker has accepted. It never changes.
#[derive(Clone, Debug)]
pub struct Message {
    /// Its number.
    pub id: MessageId,
    /// Topic Name.
    pub topic: Topic,
    /// Application message.
    pub payload: Bytes,
    /// The properties that travel with it: payload format [MQTT-3.3.2-4], content type
    /// [MQTT-3.3.2-20], response topic [MQTT-3.3.2-15], correlation data [MQTT-3.3.2-16], user
    /// properties [MQTT-3.3.2-17] in their order [MQTT-3.3.2-18] [MQTT-3.1.3-10]. Alias, expiry and subscription identifiers are not
    /// among them: they are each hop's own.
    pub properties: Properties,
    /// QoS it was published with.
    pub qos: QoS,
    /// RETAIN as it was published.
    pub retain: bool,
    /// When it expires.
    pub expires: Option<Instant>,
}

impl Message {
    /// The message of a PUBLISH or a will, whose payload it takes. It keeps nothing larger than
    /// itself from being freed if what it is made of does not: [`crate::codec`] takes care of that.
    pub(crate) fn accept(id: MessageId, now: Instant, topic: Topic, publish: &mut Publish) -> Self {
        let expires = publish
            .properties
            .message_expiry_secs()
            .map(|secs| now + Duration::from_secs(secs.into()));
        let forwarded = publish.properties.without(&[
            PropertyKind::TopicAlias, // [MQTT-3.3.2-7]
            PropertyKind::MessageExpiryInterval,
            PropertyKind::SubscriptionIdentifier,
            PropertyKind::WillDelayInterval,
        ]);
        Self {
            id,
            topic,
            payload: core::mem::take(&mut publish.payload),
            properties: forwarded,
            qos: publish.qos,
            retain: publish.retain,
            expires,
        }
    }

    /// What a queue is charged for it, in bytes.
    pub fn cost(&self) -> usize {
        cost(&self.topic, &self.payload, &self.properties)
    }

    /// Whether its time is over.
    pub fn is_expired(&self, now: Instant) -> bool {
        self.expires.is_some_and(|expires| expires <= now)
    }

    /// Message Expiry Interval as it stands: what was given less the time it waited here
    /// [MQTT-3.3.2-6]. Never rounded to zero while it lives.
    pub fn remaining_expiry_secs(&self, now: Instant) -> Option<u32> {
        let left = self.expires?.saturating_since(now);
        let secs = left.as_secs() + u64::from(left.subsec_nanos() > 0);
        Some(u32::try_from(secs).unwrap_or(u32::MAX))
    }
}

/// What a message of these parts costs at most.
pub(crate) fn cost(topic: &Topic, payload: &Bytes, properties: &Properties) -> usize {
    topic.as_str().len() + payload.len() + properties.raw().len() + OVERHEAD_BYTES
}
