//! What can be wrong with bytes, and which rule says so.

use core::fmt;

use crate::packet::{PacketKind, PropertyKind, ReasonCode, Version};

/// Bytes that are no MQTT packet. The connection they came from has to be closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DecodeError {
    /// Where, counted from the packet's first byte: the first byte of the field that is wrong.
    pub offset: u32,
    /// What is wrong.
    pub what: What,
    /// The reason code to close with, where the version and the moment allow one.
    pub reason: ReasonCode,
    /// The normative statement that is broken, such as `MQTT-3.1.2-3`, or the section, such as
    /// `section 2.1.2`, where the rule has no number. 3.1.1 numbers differ from those of 5.0.
    pub statement: &'static str,
    /// The kind of the packet, if its first byte has one.
    pub kind: Option<PacketKind>,
    /// The version that the packet was read as; of a CONNECT, what it asked for, or the nearest
    /// version that can tell the client about the error.
    pub version: Version,
}

impl DecodeError {
    /// The CONNACK by which a server may refuse this CONNECT before it closes: the version to
    /// encode it for and its reason. `None` where the standard asks for silence.
    pub fn connack(&self) -> Option<(Version, ReasonCode)> {
        if self.kind != Some(PacketKind::Connect) {
            return None;
        }
        match (self.version, self.what) {
            (_, What::ProtocolName) => None,
            (version, What::ProtocolLevel { .. }) => Some((version, self.reason)), // [MQTT-3.1.2-2]
            (Version::V5, _) => Some((Version::V5, self.reason)),
            (Version::V31 | Version::V311, _) => None, // 3.1.1 [MQTT-3.1.4-1]
        }
    }
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(kind) = self.kind {
            write!(f, "{}: ", kind.name())?;
        }
        write!(
            f,
            "byte {}: {} [{}]",
            self.offset, self.what, self.statement
        )
    }
}

impl core::error::Error for DecodeError {}

/// What is wrong with a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum What {
    /// The upper four bits are 0, or 15 before 5.0.
    #[error("packet type {0} is reserved")]
    PacketType(u8),
    /// The packet exists, but not in this direction.
    #[error("this packet is never sent by a {0}")]
    Direction(super::Role),
    /// A client's first packet is something else.
    #[error("the first packet of a connection must be CONNECT")]
    ConnectExpected,
    /// The lower four bits of the first byte.
    #[error("the reserved flags of the first byte do not have the values listed")]
    Flags,
    /// A fifth byte of a Variable Byte Integer.
    #[error("a variable byte integer has more than four bytes")]
    VarintTooLong,
    /// A Variable Byte Integer with needless bytes.
    #[error("a variable byte integer uses more bytes than it needs")]
    VarintNotMinimal,
    /// More bytes than the receiver takes.
    #[error("the packet has {len} bytes, more than the {limit} allowed")]
    TooLarge {
        /// Its whole length.
        len: u32,
        /// The receiver's limit.
        limit: u32,
    },
    /// A field runs over the end of the packet.
    #[error("the packet ends inside this field")]
    Truncated,
    /// Bytes follow the last field.
    #[error("bytes follow where the packet should end")]
    Trailing,
    /// A string is not UTF-8.
    #[error("the string is not well-formed UTF-8")]
    NotUtf8,
    /// A string contains U+0000.
    #[error("the string contains the null character U+0000")]
    Null,
    /// Packet Identifier 0.
    #[error("the packet identifier is 0")]
    PacketIdZero,

    /// The protocol name is neither `MQTT` nor `MQIsdp`.
    #[error("the protocol name is not MQTT")]
    ProtocolName,
    /// The protocol level, without the bridge bit, is not one we speak under this name.
    #[error("protocol level {level} is not supported")]
    ProtocolLevel {
        /// The level sent.
        level: u8,
    },
    /// Bit 0 of the Connect Flags.
    #[error("the reserved bit of the connect flags is set")]
    ConnectFlagReserved,
    /// Will QoS 3.
    #[error("will QoS 3 does not exist")]
    WillQoS,
    /// Will QoS without Will Flag.
    #[error("a will QoS is set, but there is no will")]
    WillQoSWithoutWill,
    /// Will Retain without Will Flag.
    #[error("will retain is set, but there is no will")]
    WillRetainWithoutWill,
    /// A password without a user name, before 5.0.
    #[error("a password without a user name")]
    PasswordWithoutUserName,

    /// Bits 7 to 1 of the Connect Acknowledge Flags.
    #[error("the reserved bits of the connect acknowledge flags are set")]
    ConnAckFlags,
    /// Session Present in a refusal.
    #[error("session present is set in a refusal")]
    SessionPresentOnRefusal,
    /// A reason code or return code that does not exist or not in this packet.
    #[error("reason code 0x{0:02X} is not one of this packet's")]
    ReasonCode(u8),

    /// PUBLISH with QoS 3.
    #[error("both QoS bits are set")]
    QoS,
    /// DUP with QoS 0.
    #[error("DUP is set in a message of QoS 0")]
    DupOnQoS0,
    /// A topic without characters.
    #[error("the topic name is empty")]
    TopicEmpty,
    /// An empty topic and no alias.
    #[error("the topic name is empty and there is no topic alias")]
    TopicMissing,
    /// A topic with `+` or `#`.
    #[error("the topic name contains a wildcard character")]
    TopicWildcard,

    /// SUBSCRIBE or UNSUBSCRIBE without a filter.
    #[error("there is no topic filter")]
    NoFilters,
    /// More filters than the receiver takes in one packet.
    #[error("there are more topic filters than are allowed in one packet")]
    TooManyFilters,
    /// Reserved bits of the subscription options.
    #[error("the reserved bits of the subscription options are set")]
    OptionsReserved,
    /// Maximum QoS 3.
    #[error("maximum QoS 3 does not exist")]
    OptionsQoS,
    /// Retain Handling 3.
    #[error("retain handling 3 does not exist")]
    RetainHandling,
    /// No Local with a shared subscription.
    #[error("no local is set for a shared subscription")]
    NoLocalShared,
    /// SUBACK or UNSUBACK without a code.
    #[error("there is no reason code")]
    NoReasonCodes,

    /// A property identifier that does not exist.
    #[error("property identifier {0} does not exist")]
    PropertyUnknown(u32),
    /// A property in the wrong packet.
    #[error("{0} does not belong into this packet")]
    PropertyNotAllowed(PropertyKind),
    /// A property that may occur once occurs again.
    #[error("{0} occurs twice")]
    PropertyTwice(PropertyKind),
    /// A value that the property cannot have.
    #[error("{0} cannot have this value")]
    PropertyValue(PropertyKind),
    /// A property runs over the property length.
    #[error("the property runs over the end of the properties")]
    PropertyTruncated,
    /// A Subscription Identifier in a client's PUBLISH.
    #[error("a client's PUBLISH cannot have a subscription identifier")]
    SubscriptionIdFromClient,
    /// A Session Expiry Interval in a server's DISCONNECT.
    #[error("a server's DISCONNECT cannot have a session expiry interval")]
    SessionExpiryFromServer,
    /// Topic Alias 0.
    #[error("topic alias 0 does not exist")]
    TopicAliasZero,
    /// A Response Topic that is no topic name.
    #[error("the response topic is empty or contains a wildcard character")]
    ResponseTopic,
    /// Authentication Data without a method.
    #[error("authentication data without an authentication method")]
    AuthDataWithoutMethod,
    /// AUTH without a method.
    #[error("there is no authentication method")]
    AuthMethodMissing,
}

/// Why a packet cannot be encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EncodeError {
    /// The packet or what it says does not exist in this version.
    #[error("this packet does not exist in this version of MQTT")]
    NotInVersion,
    /// Binary data or a string is longer than 65,535 bytes.
    #[error("a field is longer than 65,535 bytes")]
    FieldTooLong,
    /// The packet is longer than a Remaining Length can say.
    #[error("the packet is longer than 268,435,455 bytes")]
    PacketTooLong,
    /// There is no room in the output.
    #[error("the output has no room for the packet")]
    NoRoom,
    /// The receiver would refuse the packet for this.
    #[error("the receiver would refuse the packet: {0}")]
    Invalid(What),
}
