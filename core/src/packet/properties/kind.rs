//! The table of section 2.2.2.2: identifier, name, type and the packets a property belongs to.

use core::fmt;

use super::Property;
use crate::packet::PacketKind;

/// The kind of a property: its identifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
#[allow(missing_docs)] // The names are the standard's.
pub enum PropertyKind {
    PayloadFormatIndicator = 0x01,
    MessageExpiryInterval = 0x02,
    ContentType = 0x03,
    ResponseTopic = 0x08,
    CorrelationData = 0x09,
    SubscriptionIdentifier = 0x0B,
    SessionExpiryInterval = 0x11,
    AssignedClientIdentifier = 0x12,
    ServerKeepAlive = 0x13,
    AuthenticationMethod = 0x15,
    AuthenticationData = 0x16,
    RequestProblemInformation = 0x17,
    WillDelayInterval = 0x18,
    RequestResponseInformation = 0x19,
    ResponseInformation = 0x1A,
    ServerReference = 0x1C,
    ReasonString = 0x1F,
    ReceiveMaximum = 0x21,
    TopicAliasMaximum = 0x22,
    TopicAlias = 0x23,
    MaximumQoS = 0x24,
    RetainAvailable = 0x25,
    UserProperty = 0x26,
    MaximumPacketSize = 0x27,
    WildcardSubscriptionAvailable = 0x28,
    SubscriptionIdentifiersAvailable = 0x29,
    SharedSubscriptionAvailable = 0x2A,
}

/// How a property's value looks on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PropertyType {
    /// One byte.
    Byte,
    /// Two Byte Integer.
    TwoBytes,
    /// Four Byte Integer.
    FourBytes,
    /// Variable Byte Integer.
    Varint,
    /// UTF-8 Encoded String.
    Text,
    /// Binary Data.
    Binary,
    /// UTF-8 String Pair.
    TextPair,
}

/// Where a property block stands: in the variable header of a packet, or with a CONNECT's will.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PropertyPlace {
    /// In the variable header.
    Packet(PacketKind),
    /// The Will Properties in the payload of CONNECT.
    Will,
}

impl PropertyPlace {
    const fn bit(self) -> u16 {
        match self {
            Self::Packet(kind) => 1 << kind as u16,
            Self::Will => 1,
        }
    }
}

const WILL: u16 = PropertyPlace::Will.bit();
const CONNECT: u16 = PropertyPlace::Packet(PacketKind::Connect).bit();
const CONNACK: u16 = PropertyPlace::Packet(PacketKind::ConnAck).bit();
const PUBLISH: u16 = PropertyPlace::Packet(PacketKind::Publish).bit();
const PUBACK: u16 = PropertyPlace::Packet(PacketKind::PubAck).bit();
const PUBREC: u16 = PropertyPlace::Packet(PacketKind::PubRec).bit();
const PUBREL: u16 = PropertyPlace::Packet(PacketKind::PubRel).bit();
const PUBCOMP: u16 = PropertyPlace::Packet(PacketKind::PubComp).bit();
const SUBSCRIBE: u16 = PropertyPlace::Packet(PacketKind::Subscribe).bit();
const SUBACK: u16 = PropertyPlace::Packet(PacketKind::SubAck).bit();
const UNSUBSCRIBE: u16 = PropertyPlace::Packet(PacketKind::Unsubscribe).bit();
const UNSUBACK: u16 = PropertyPlace::Packet(PacketKind::UnsubAck).bit();
const DISCONNECT: u16 = PropertyPlace::Packet(PacketKind::Disconnect).bit();
const AUTH: u16 = PropertyPlace::Packet(PacketKind::Auth).bit();
const MESSAGE: u16 = PUBLISH | WILL;
const ANSWER: u16 =
    CONNACK | PUBACK | PUBREC | PUBREL | PUBCOMP | SUBACK | UNSUBACK | DISCONNECT | AUTH;

impl PropertyKind {
    /// Every kind, in the order of the identifiers.
    pub const ALL: [Self; 27] = [
        Self::PayloadFormatIndicator,
        Self::MessageExpiryInterval,
        Self::ContentType,
        Self::ResponseTopic,
        Self::CorrelationData,
        Self::SubscriptionIdentifier,
        Self::SessionExpiryInterval,
        Self::AssignedClientIdentifier,
        Self::ServerKeepAlive,
        Self::AuthenticationMethod,
        Self::AuthenticationData,
        Self::RequestProblemInformation,
        Self::WillDelayInterval,
        Self::RequestResponseInformation,
        Self::ResponseInformation,
        Self::ServerReference,
        Self::ReasonString,
        Self::ReceiveMaximum,
        Self::TopicAliasMaximum,
        Self::TopicAlias,
        Self::MaximumQoS,
        Self::RetainAvailable,
        Self::UserProperty,
        Self::MaximumPacketSize,
        Self::WildcardSubscriptionAvailable,
        Self::SubscriptionIdentifiersAvailable,
        Self::SharedSubscriptionAvailable,
    ];

    /// The kind with this identifier.
    pub const fn from_id(id: u32) -> Option<Self> {
        Some(match id {
            0x01 => Self::PayloadFormatIndicator,
            0x02 => Self::MessageExpiryInterval,
            0x03 => Self::ContentType,
            0x08 => Self::ResponseTopic,
            0x09 => Self::CorrelationData,
            0x0B => Self::SubscriptionIdentifier,
            0x11 => Self::SessionExpiryInterval,
            0x12 => Self::AssignedClientIdentifier,
            0x13 => Self::ServerKeepAlive,
            0x15 => Self::AuthenticationMethod,
            0x16 => Self::AuthenticationData,
            0x17 => Self::RequestProblemInformation,
            0x18 => Self::WillDelayInterval,
            0x19 => Self::RequestResponseInformation,
            0x1A => Self::ResponseInformation,
            0x1C => Self::ServerReference,
            0x1F => Self::ReasonString,
            0x21 => Self::ReceiveMaximum,
            0x22 => Self::TopicAliasMaximum,
            0x23 => Self::TopicAlias,
            0x24 => Self::MaximumQoS,
            0x25 => Self::RetainAvailable,
            0x26 => Self::UserProperty,
            0x27 => Self::MaximumPacketSize,
            0x28 => Self::WildcardSubscriptionAvailable,
            0x29 => Self::SubscriptionIdentifiersAvailable,
            0x2A => Self::SharedSubscriptionAvailable,
            _ => return None,
        })
    }

    /// The standard's name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::PayloadFormatIndicator => "Payload Format Indicator",
            Self::MessageExpiryInterval => "Message Expiry Interval",
            Self::ContentType => "Content Type",
            Self::ResponseTopic => "Response Topic",
            Self::CorrelationData => "Correlation Data",
            Self::SubscriptionIdentifier => "Subscription Identifier",
            Self::SessionExpiryInterval => "Session Expiry Interval",
            Self::AssignedClientIdentifier => "Assigned Client Identifier",
            Self::ServerKeepAlive => "Server Keep Alive",
            Self::AuthenticationMethod => "Authentication Method",
            Self::AuthenticationData => "Authentication Data",
            Self::RequestProblemInformation => "Request Problem Information",
            Self::WillDelayInterval => "Will Delay Interval",
            Self::RequestResponseInformation => "Request Response Information",
            Self::ResponseInformation => "Response Information",
            Self::ServerReference => "Server Reference",
            Self::ReasonString => "Reason String",
            Self::ReceiveMaximum => "Receive Maximum",
            Self::TopicAliasMaximum => "Topic Alias Maximum",
            Self::TopicAlias => "Topic Alias",
            Self::MaximumQoS => "Maximum QoS",
            Self::RetainAvailable => "Retain Available",
            Self::UserProperty => "User Property",
            Self::MaximumPacketSize => "Maximum Packet Size",
            Self::WildcardSubscriptionAvailable => "Wildcard Subscription Available",
            Self::SubscriptionIdentifiersAvailable => "Subscription Identifier Available",
            Self::SharedSubscriptionAvailable => "Shared Subscription Available",
        }
    }

    /// How its value looks on the wire.
    pub const fn value_type(self) -> PropertyType {
        match self {
            Self::PayloadFormatIndicator
            | Self::RequestProblemInformation
            | Self::RequestResponseInformation
            | Self::MaximumQoS
            | Self::RetainAvailable
            | Self::WildcardSubscriptionAvailable
            | Self::SubscriptionIdentifiersAvailable
            | Self::SharedSubscriptionAvailable => PropertyType::Byte,
            Self::ServerKeepAlive
            | Self::ReceiveMaximum
            | Self::TopicAliasMaximum
            | Self::TopicAlias => PropertyType::TwoBytes,
            Self::MessageExpiryInterval
            | Self::SessionExpiryInterval
            | Self::WillDelayInterval
            | Self::MaximumPacketSize => PropertyType::FourBytes,
            Self::SubscriptionIdentifier => PropertyType::Varint,
            Self::ContentType
            | Self::ResponseTopic
            | Self::AssignedClientIdentifier
            | Self::AuthenticationMethod
            | Self::ResponseInformation
            | Self::ServerReference
            | Self::ReasonString => PropertyType::Text,
            Self::CorrelationData | Self::AuthenticationData => PropertyType::Binary,
            Self::UserProperty => PropertyType::TextPair,
        }
    }

    /// Whether the standard lets it stand there.
    pub const fn allowed_in(self, place: PropertyPlace) -> bool {
        let places = match self {
            Self::PayloadFormatIndicator
            | Self::MessageExpiryInterval
            | Self::ContentType
            | Self::ResponseTopic
            | Self::CorrelationData => MESSAGE,
            Self::SubscriptionIdentifier => PUBLISH | SUBSCRIBE,
            Self::SessionExpiryInterval => CONNECT | CONNACK | DISCONNECT,
            Self::AuthenticationMethod | Self::AuthenticationData => CONNECT | CONNACK | AUTH,
            Self::RequestProblemInformation | Self::RequestResponseInformation => CONNECT,
            Self::WillDelayInterval => WILL,
            Self::ServerReference => CONNACK | DISCONNECT,
            Self::ReasonString => ANSWER,
            Self::ReceiveMaximum | Self::TopicAliasMaximum | Self::MaximumPacketSize => {
                CONNECT | CONNACK
            }
            Self::TopicAlias => PUBLISH,
            Self::UserProperty => CONNECT | MESSAGE | SUBSCRIBE | UNSUBSCRIBE | ANSWER,
            Self::AssignedClientIdentifier
            | Self::ServerKeepAlive
            | Self::ResponseInformation
            | Self::MaximumQoS
            | Self::RetainAvailable
            | Self::WildcardSubscriptionAvailable
            | Self::SubscriptionIdentifiersAvailable
            | Self::SharedSubscriptionAvailable => CONNACK,
        };
        places & place.bit() != 0
    }
}

impl fmt::Display for PropertyKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Property {
    /// Its kind.
    pub const fn kind(&self) -> PropertyKind {
        match self {
            Self::PayloadFormatIndicator(_) => PropertyKind::PayloadFormatIndicator,
            Self::MessageExpirySecs(_) => PropertyKind::MessageExpiryInterval,
            Self::ContentType(_) => PropertyKind::ContentType,
            Self::ResponseTopic(_) => PropertyKind::ResponseTopic,
            Self::CorrelationData(_) => PropertyKind::CorrelationData,
            Self::SubscriptionId(_) => PropertyKind::SubscriptionIdentifier,
            Self::SessionExpirySecs(_) => PropertyKind::SessionExpiryInterval,
            Self::AssignedClientId(_) => PropertyKind::AssignedClientIdentifier,
            Self::ServerKeepAliveSecs(_) => PropertyKind::ServerKeepAlive,
            Self::AuthMethod(_) => PropertyKind::AuthenticationMethod,
            Self::AuthData(_) => PropertyKind::AuthenticationData,
            Self::RequestProblemInformation(_) => PropertyKind::RequestProblemInformation,
            Self::WillDelaySecs(_) => PropertyKind::WillDelayInterval,
            Self::RequestResponseInformation(_) => PropertyKind::RequestResponseInformation,
            Self::ResponseInformation(_) => PropertyKind::ResponseInformation,
            Self::ServerReference(_) => PropertyKind::ServerReference,
            Self::ReasonString(_) => PropertyKind::ReasonString,
            Self::ReceiveMax(_) => PropertyKind::ReceiveMaximum,
            Self::TopicAliasMax(_) => PropertyKind::TopicAliasMaximum,
            Self::TopicAlias(_) => PropertyKind::TopicAlias,
            Self::MaximumQoS(_) => PropertyKind::MaximumQoS,
            Self::RetainAvailable(_) => PropertyKind::RetainAvailable,
            Self::UserProperty(..) => PropertyKind::UserProperty,
            Self::MaxPacketSize(_) => PropertyKind::MaximumPacketSize,
            Self::WildcardAvailable(_) => PropertyKind::WildcardSubscriptionAvailable,
            Self::SubscriptionIdsAvailable(_) => PropertyKind::SubscriptionIdentifiersAvailable,
            Self::SharedAvailable(_) => PropertyKind::SharedSubscriptionAvailable,
        }
    }
}
