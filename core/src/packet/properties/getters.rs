//! Typed access to single properties. Each getter walks the block, which is short; none allocates.

use core::num::{NonZeroU16, NonZeroU32};

use bytes::Bytes;

use super::{Properties, PropertyKind, flag, four, pair, two, varint};
use crate::packet::QoS;
use crate::topic::Utf8;

impl Properties {
    fn find(&self, wanted: PropertyKind) -> Option<&[u8]> {
        self.walk()
            .find_map(|(kind, value)| (kind == wanted).then_some(value))
    }

    fn find_flag(&self, kind: PropertyKind) -> Option<bool> {
        self.find(kind).and_then(flag)
    }

    fn find_two(&self, kind: PropertyKind) -> Option<u16> {
        self.find(kind).and_then(two)
    }

    fn find_four(&self, kind: PropertyKind) -> Option<u32> {
        self.find(kind).and_then(four)
    }

    fn find_data(&self, kind: PropertyKind) -> Option<Bytes> {
        self.find(kind).map(|value| self.raw().slice_ref(value))
    }

    fn find_text(&self, kind: PropertyKind) -> Option<Utf8> {
        self.find_data(kind)
            .and_then(|data| Utf8::from_bytes(data).ok())
    }

    /// Session Expiry Interval in seconds; 0xFFFF_FFFF never expires.
    pub fn session_expiry_secs(&self) -> Option<u32> {
        self.find_four(PropertyKind::SessionExpiryInterval)
    }

    /// Receive Maximum.
    pub fn receive_max(&self) -> Option<NonZeroU16> {
        self.find_two(PropertyKind::ReceiveMaximum)
            .and_then(NonZeroU16::new)
    }

    /// Maximum Packet Size in bytes.
    pub fn max_packet_size(&self) -> Option<NonZeroU32> {
        self.find_four(PropertyKind::MaximumPacketSize)
            .and_then(NonZeroU32::new)
    }

    /// Topic Alias Maximum.
    pub fn topic_alias_max(&self) -> Option<u16> {
        self.find_two(PropertyKind::TopicAliasMaximum)
    }

    /// Topic Alias.
    pub fn topic_alias(&self) -> Option<NonZeroU16> {
        self.find_two(PropertyKind::TopicAlias)
            .and_then(NonZeroU16::new)
    }

    /// Message Expiry Interval in seconds.
    pub fn message_expiry_secs(&self) -> Option<u32> {
        self.find_four(PropertyKind::MessageExpiryInterval)
    }

    /// Will Delay Interval in seconds.
    pub fn will_delay_secs(&self) -> Option<u32> {
        self.find_four(PropertyKind::WillDelayInterval)
    }

    /// Request Problem Information; absent means true.
    pub fn request_problem_information(&self) -> Option<bool> {
        self.find_flag(PropertyKind::RequestProblemInformation)
    }

    /// Request Response Information; absent means false.
    pub fn request_response_information(&self) -> Option<bool> {
        self.find_flag(PropertyKind::RequestResponseInformation)
    }

    /// Subscription Identifiers, in the order sent: at most one in a SUBSCRIBE, any number in a
    /// PUBLISH towards a client.
    pub fn subscription_ids(&self) -> impl Iterator<Item = u32> + '_ {
        self.walk()
            .filter(|(kind, _)| *kind == PropertyKind::SubscriptionIdentifier)
            .filter_map(|(_, value)| varint(value).map(|(id, _)| id))
    }

    /// Authentication Method.
    pub fn auth_method(&self) -> Option<Utf8> {
        self.find_text(PropertyKind::AuthenticationMethod)
    }

    /// Authentication Data.
    pub fn auth_data(&self) -> Option<Bytes> {
        self.find_data(PropertyKind::AuthenticationData)
    }

    /// Reason String: for people, not for programs.
    pub fn reason_string(&self) -> Option<Utf8> {
        self.find_text(PropertyKind::ReasonString)
    }

    /// Server Reference: where to connect instead.
    pub fn server_reference(&self) -> Option<Utf8> {
        self.find_text(PropertyKind::ServerReference)
    }

    /// Assigned Client Identifier.
    pub fn assigned_client_id(&self) -> Option<Utf8> {
        self.find_text(PropertyKind::AssignedClientIdentifier)
    }

    /// Server Keep Alive in seconds.
    pub fn server_keep_alive_secs(&self) -> Option<u16> {
        self.find_two(PropertyKind::ServerKeepAlive)
    }

    /// Response Topic: a valid topic name where it came from the wire.
    pub fn response_topic(&self) -> Option<Utf8> {
        self.find_text(PropertyKind::ResponseTopic)
    }

    /// Correlation Data.
    pub fn correlation_data(&self) -> Option<Bytes> {
        self.find_data(PropertyKind::CorrelationData)
    }

    /// Content Type.
    pub fn content_type(&self) -> Option<Utf8> {
        self.find_text(PropertyKind::ContentType)
    }

    /// Payload Format Indicator: whether the payload says it is UTF-8. Absent means false.
    pub fn payload_format_utf8(&self) -> Option<bool> {
        self.find_flag(PropertyKind::PayloadFormatIndicator)
    }

    /// User Properties, in the order sent [MQTT-3.3.2-18].
    pub fn user_properties(&self) -> impl Iterator<Item = (Utf8, Utf8)> + '_ {
        let text = |value| Utf8::from_bytes(self.raw().slice_ref(value)).ok();
        self.walk()
            .filter(|(kind, _)| *kind == PropertyKind::UserProperty)
            .filter_map(move |(_, value)| {
                let (name, value) = pair(value)?;
                Some((text(name)?, text(value)?))
            })
    }

    /// Maximum QoS, 0 or 1; absent means 2.
    pub fn max_qos(&self) -> Option<QoS> {
        self.find_flag(PropertyKind::MaximumQoS).map(|one| {
            if one {
                QoS::AtLeastOnce
            } else {
                QoS::AtMostOnce
            }
        })
    }

    /// Retain Available; absent means true.
    pub fn retain_available(&self) -> Option<bool> {
        self.find_flag(PropertyKind::RetainAvailable)
    }

    /// Wildcard Subscription Available; absent means true.
    pub fn wildcard_available(&self) -> Option<bool> {
        self.find_flag(PropertyKind::WildcardSubscriptionAvailable)
    }

    /// Subscription Identifiers Available; absent means true.
    pub fn subscription_ids_available(&self) -> Option<bool> {
        self.find_flag(PropertyKind::SubscriptionIdentifiersAvailable)
    }

    /// Shared Subscription Available; absent means true.
    pub fn shared_available(&self) -> Option<bool> {
        self.find_flag(PropertyKind::SharedSubscriptionAvailable)
    }

    /// Response Information.
    pub fn response_information(&self) -> Option<Utf8> {
        self.find_text(PropertyKind::ResponseInformation)
    }
}
