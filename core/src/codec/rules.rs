//! The one table from what is wrong to the reason code and the statement that says so.

use crate::codec::What;
use crate::packet::{PacketKind, PropertyKind, ReasonCode, Version};

/// A rule of the standard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Rule {
    pub(super) reason: ReasonCode,
    pub(super) statement: &'static str,
}

impl What {
    /// The rule that is broken. MQTT 3.1 numbers no statements; those of 3.1.1 stand in.
    pub(super) fn rule(self, kind: Option<PacketKind>, version: Version) -> Rule {
        let (v5, v311) = self.statements(kind);
        Rule {
            reason: self.reason(),
            statement: if version == Version::V5 { v5 } else { v311 },
        }
    }

    /// Malformed or Protocol Error as sections 4.13 and the field's own text have it.
    fn reason(self) -> ReasonCode {
        match self {
            Self::TooLarge { .. } => ReasonCode::PacketTooLarge,
            Self::ProtocolName | Self::ProtocolLevel { .. } => {
                ReasonCode::UnsupportedProtocolVersion
            }
            Self::TopicAliasZero => ReasonCode::TopicAliasInvalid,
            Self::TooManyFilters => ReasonCode::QuotaExceeded,
            Self::Direction(_)
            | Self::ConnectExpected
            | Self::PacketIdZero
            | Self::SessionPresentOnRefusal
            | Self::ReasonCode(_)
            | Self::TopicMissing
            | Self::NoFilters
            | Self::OptionsQoS
            | Self::RetainHandling
            | Self::NoLocalShared
            | Self::NoReasonCodes
            | Self::PropertyTwice(_)
            | Self::PropertyValue(_)
            | Self::SubscriptionIdFromClient
            | Self::SessionExpiryFromServer
            | Self::ResponseTopic
            | Self::AuthDataWithoutMethod
            | Self::AuthMethodMissing => ReasonCode::ProtocolError,
            _ => ReasonCode::MalformedPacket,
        }
    }

    /// The statement in 5.0 and the one in 3.1.1; the same one twice for rules of 5.0 alone.
    fn statements(self, kind: Option<PacketKind>) -> (&'static str, &'static str) {
        match self {
            Self::PacketType(_) => ("section 2.1.2", "section 2.2.1"),
            Self::Direction(_) => ("section 2.1.2", "section 2.2.1"),
            Self::ConnectExpected => ("MQTT-3.1.0-1", "MQTT-3.1.0-1"),
            Self::Flags => match kind {
                Some(PacketKind::PubRel) => ("MQTT-3.6.1-1", "MQTT-3.6.1-1"),
                Some(PacketKind::Subscribe) => ("MQTT-3.8.1-1", "MQTT-3.8.1-1"),
                Some(PacketKind::Unsubscribe) => ("MQTT-3.10.1-1", "MQTT-3.10.1-1"),
                Some(PacketKind::Disconnect) => ("MQTT-3.14.1-1", "MQTT-3.14.1-1"),
                Some(PacketKind::Auth) => ("MQTT-3.15.1-1", "MQTT-3.15.1-1"),
                _ => ("MQTT-2.1.3-1", "MQTT-2.2.2-2"),
            },
            Self::VarintTooLong => ("section 1.5.5", "section 2.2.3"),
            Self::VarintNotMinimal => ("MQTT-1.5.5-1", "MQTT-1.5.5-1"),
            Self::TooLarge { .. } => match kind {
                // What a server sends is limited by CONNECT, what a client sends by CONNACK.
                Some(PacketKind::ConnAck | PacketKind::SubAck | PacketKind::UnsubAck) => {
                    ("MQTT-3.1.2-24", "section 2.2.3")
                }
                _ => ("MQTT-3.2.2-15", "section 2.2.3"),
            },
            Self::Truncated | Self::Trailing => match kind {
                Some(PacketKind::Connect) => ("MQTT-3.1.4-1", "MQTT-3.1.4-1"),
                _ => ("section 2.1.4", "section 2.2.3"),
            },
            Self::NotUtf8 => ("MQTT-1.5.4-1", "MQTT-1.5.3-1"),
            Self::Null => ("MQTT-1.5.4-2", "MQTT-1.5.3-2"),
            Self::PacketIdZero => ("MQTT-2.2.1-3", "MQTT-2.3.1-1"),

            Self::ProtocolName => ("MQTT-3.1.2-1", "MQTT-3.1.2-1"),
            Self::ProtocolLevel { .. } => ("MQTT-3.1.2-2", "MQTT-3.1.2-2"),
            Self::ConnectFlagReserved => ("MQTT-3.1.2-3", "MQTT-3.1.2-3"),
            Self::WillQoS => ("MQTT-3.1.2-12", "MQTT-3.1.2-14"),
            Self::WillQoSWithoutWill => ("MQTT-3.1.2-11", "MQTT-3.1.2-13"),
            Self::WillRetainWithoutWill => ("MQTT-3.1.2-13", "MQTT-3.1.2-15"),
            Self::PasswordWithoutUserName => ("MQTT-3.1.2-22", "MQTT-3.1.2-22"),

            Self::ConnAckFlags => ("MQTT-3.2.2-1", "section 3.2.2.1"),
            Self::SessionPresentOnRefusal => ("MQTT-3.2.2-6", "MQTT-3.2.2-4"),
            Self::ReasonCode(_) => match kind {
                Some(PacketKind::ConnAck) => ("MQTT-3.2.2-8", "section 3.2.2.3"),
                Some(PacketKind::PubAck) => ("MQTT-3.4.2-1", "MQTT-3.4.2-1"),
                Some(PacketKind::PubRec) => ("MQTT-3.5.2-1", "MQTT-3.5.2-1"),
                Some(PacketKind::PubRel) => ("MQTT-3.6.2-1", "MQTT-3.6.2-1"),
                Some(PacketKind::PubComp) => ("MQTT-3.7.2-1", "MQTT-3.7.2-1"),
                Some(PacketKind::SubAck) => ("MQTT-3.9.3-2", "MQTT-3.9.3-2"),
                Some(PacketKind::UnsubAck) => ("MQTT-3.11.3-2", "MQTT-3.11.3-2"),
                Some(PacketKind::Disconnect) => ("MQTT-3.14.2-1", "MQTT-3.14.2-1"),
                Some(PacketKind::Auth) => ("MQTT-3.15.2-1", "MQTT-3.15.2-1"),
                _ => ("section 2.4", "section 2.4"),
            },

            Self::QoS => ("MQTT-3.3.1-4", "MQTT-3.3.1-4"),
            Self::DupOnQoS0 => ("MQTT-3.3.1-2", "MQTT-3.3.1-2"),
            Self::TopicEmpty => ("MQTT-4.7.3-1", "MQTT-4.7.3-1"),
            Self::TopicMissing => ("section 3.3.2.1", "MQTT-4.7.3-1"),
            Self::TopicWildcard => match kind {
                Some(PacketKind::Publish) => ("MQTT-3.3.2-2", "MQTT-3.3.2-2"),
                _ => ("MQTT-4.7.0-1", "MQTT-4.7.1-1"),
            },

            Self::NoFilters => match kind {
                Some(PacketKind::Unsubscribe) => ("MQTT-3.10.3-2", "MQTT-3.10.3-2"),
                _ => ("MQTT-3.8.3-2", "MQTT-3.8.3-3"),
            },
            Self::TooManyFilters => ("section 3.14.2.1", "section 4.8"),
            // The number that 3.1.1 misprints as MQTT-3-8.3-4.
            Self::OptionsReserved => ("MQTT-3.8.3-5", "section 3.8.3"),
            Self::OptionsQoS => ("section 3.8.3.1", "section 3.8.3"),
            Self::RetainHandling => ("section 3.8.3.1", "section 3.8.3.1"),
            Self::NoLocalShared => ("MQTT-3.8.3-4", "MQTT-3.8.3-4"),
            Self::NoReasonCodes => match kind {
                Some(PacketKind::UnsubAck) => ("MQTT-3.11.3-2", "MQTT-3.11.3-2"),
                _ => ("MQTT-3.8.4-6", "MQTT-3.8.4-5"),
            },

            Self::PropertyUnknown(_)
            | Self::PropertyNotAllowed(_)
            | Self::PropertyTruncated
            | Self::PropertyTwice(_) => ("section 2.2.2.2", "section 2.2.2.2"),
            Self::PropertyValue(kind) => twice(value_section(kind)),
            Self::SubscriptionIdFromClient => ("MQTT-3.3.4-6", "MQTT-3.3.4-6"),
            Self::SessionExpiryFromServer => ("MQTT-3.14.2-2", "MQTT-3.14.2-2"),
            Self::TopicAliasZero => ("MQTT-3.3.2-8", "MQTT-3.3.2-8"),
            Self::ResponseTopic => ("MQTT-3.3.2-14", "MQTT-3.3.2-14"),
            Self::AuthDataWithoutMethod => ("section 3.1.2.11.10", "section 3.1.2.11.10"),
            Self::AuthMethodMissing => ("section 3.15.2.2.2", "section 3.15.2.2.2"),
        }
    }
}

fn twice(section: &'static str) -> (&'static str, &'static str) {
    (section, section)
}

/// The section that gives a property's range.
fn value_section(kind: PropertyKind) -> &'static str {
    match kind {
        PropertyKind::PayloadFormatIndicator => "section 3.3.2.3.2",
        PropertyKind::SubscriptionIdentifier => "section 3.8.2.1.2",
        PropertyKind::ReceiveMaximum => "section 3.1.2.11.3",
        PropertyKind::MaximumPacketSize => "section 3.1.2.11.4",
        PropertyKind::RequestResponseInformation => "section 3.1.2.11.6",
        PropertyKind::RequestProblemInformation => "section 3.1.2.11.7",
        PropertyKind::MaximumQoS => "section 3.2.2.3.4",
        PropertyKind::RetainAvailable => "section 3.2.2.3.5",
        PropertyKind::WildcardSubscriptionAvailable => "section 3.2.2.3.11",
        PropertyKind::SubscriptionIdentifiersAvailable => "section 3.2.2.3.12",
        PropertyKind::SharedSubscriptionAvailable => "section 3.2.2.3.13",
        _ => "section 2.2.2.2",
    }
}
