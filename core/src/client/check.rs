//! What may be asked of a client at all, and what of a server.

use crate::codec::{self, PublishHead};
use crate::packet::{Packet, PacketId, Properties, Property, QoS, ReasonCode, Version};
use crate::topic::Filter;

use super::Client;
use super::connection::ServerLimits;
use super::event::{ClientError, DropCause, Publishing};
use super::requests::{Ask, Request};

/// Where properties given by the holder go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Publish,
    Subscribe,
    Unsubscribe,
    Ack,
}

/// Checks that `properties` may be given for a packet of this kind.
pub(super) fn properties(
    properties: &Properties,
    version: Version,
    kind: Kind,
) -> Result<(), ClientError> {
    if properties.is_empty() {
        return Ok(());
    }
    if version != Version::V5 {
        return Err(ClientError::NeedsV5);
    }
    let mut seen = 0_u64;
    for property in properties.iter() {
        let (allowed, bit) = match property {
            Property::UserProperty(..) => continue,
            Property::PayloadFormatIndicator(_) => (kind == Kind::Publish, 0),
            Property::MessageExpirySecs(_) => (kind == Kind::Publish, 1),
            Property::ContentType(_) => (kind == Kind::Publish, 2),
            Property::ResponseTopic(_) => (kind == Kind::Publish, 3),
            Property::CorrelationData(_) => (kind == Kind::Publish, 4),
            Property::SubscriptionId(id) => (kind == Kind::Subscribe && id != 0, 5),
            Property::ReasonString(_) => (kind == Kind::Ack, 6),
            _ => (false, 7),
        };
        if !allowed || seen & (1 << bit) != 0 {
            return Err(ClientError::BadProperty);
        }
        seen |= 1 << bit;
    }
    Ok(())
}

/// Checks that `reason` may stand in PUBACK and PUBREC.
pub(super) fn ack_reason(reason: ReasonCode, version: Version) -> Result<(), ClientError> {
    use ReasonCode as R;
    match reason {
        R::Success => Ok(()),
        _ if version != Version::V5 => Err(ClientError::NeedsV5),
        R::NoMatchingSubscribers
        | R::UnspecifiedError
        | R::ImplementationSpecificError
        | R::NotAuthorized
        | R::TopicNameInvalid
        | R::PacketIdentifierInUse
        | R::QuotaExceeded
        | R::PayloadFormatInvalid => Ok(()),
        _ => Err(ClientError::BadReason),
    }
}

/// The length of the PUBLISH of this message, without an alias; `None` if it is longer than MQTT
/// can express.
pub(super) fn publish_len(publishing: &Publishing, version: Version) -> Option<usize> {
    let Publishing {
        topic,
        payload,
        qos,
        properties,
        ..
    } = publishing;
    let head = PublishHead {
        version,
        topic: topic.as_str(),
        with_id: *qos != QoS::AtMostOnce,
        properties: properties.raw(),
        message_expiry_secs: None, // It is among the properties.
        topic_alias: None,
        subscription_ids: &[],
        payload_len: payload.len(),
    };
    head.packet_len().ok()
}

/// Why this message must not be sent to a server with these limits, if so.
pub(super) fn publish_over_limit(
    publishing: &Publishing,
    server: &ServerLimits,
    version: Version,
) -> Option<DropCause> {
    if publishing.qos > server.qos_max {
        return Some(DropCause::QoSNotSupported); // [MQTT-3.2.2-11]
    }
    if publishing.retain && !server.retain {
        return Some(DropCause::RetainNotSupported); // [MQTT-3.2.2-14]
    }
    let max = server.packet_bytes_max?;
    // [MQTT-3.2.2-15]
    let fits = publish_len(publishing, version).is_some_and(|len| len <= max.get() as usize);
    (!fits).then_some(DropCause::TooLarge)
}

impl Client {
    /// Why a request cannot be sent on this connection, if so.
    pub(super) fn request_over_limit(&self, request: &Request) -> Option<DropCause> {
        let server = &self.connection.server;
        if let Ask::Subscribe(filters) = &request.ask {
            let any = |rule: fn(&Filter) -> bool| {
                filters
                    .iter()
                    .any(|f| Filter::parse(f.filter.clone()).is_ok_and(|f| rule(&f)))
            };
            if !server.wildcards && any(Filter::has_wildcard) {
                return Some(DropCause::WildcardsNotSupported);
            }
            if !server.shared && any(|filter| filter.share().is_some()) {
                return Some(DropCause::SharedNotSupported);
            }
            if !server.subscription_ids && request.properties.subscription_ids().next().is_some() {
                return Some(DropCause::SubscriptionIdsNotSupported);
            }
        }
        let max = server
            .packet_bytes_max
            .map_or(usize::MAX, |max| max.get() as usize);
        let packet: Packet = request.packet(PacketId::new(1)?);
        let len = codec::encoded_len(&packet, self.options.version);
        // [MQTT-3.2.2-15]
        len.map_or(true, |len| len > max)
            .then_some(DropCause::TooLarge)
    }
}
