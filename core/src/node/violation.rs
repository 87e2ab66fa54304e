//! Right bytes at the wrong moment.

use crate::packet::{PacketKind, ReasonCode};

/// A well-formed packet that its sender may not send at this moment. It costs the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Violation {
    /// A second CONNECT.
    #[error("a second CONNECT on one connection")]
    SecondConnect,
    /// A packet of a kind that makes no sense here.
    #[error("{} is not expected at this moment", .0.name())]
    Unexpected(PacketKind),
    /// More QoS 1 and 2 messages at once than Receive Maximum allows.
    #[error("more messages at once than Receive Maximum allows")]
    ReceiveMaximum,
    /// A topic alias of zero, above the maximum, or never set.
    #[error("a topic alias that was never set or is larger than allowed")]
    TopicAlias,
    /// A QoS above Maximum QoS.
    #[error("a QoS above the Maximum QoS")]
    QoS,
    /// RETAIN although it was said not to be available.
    #[error("RETAIN although retained messages are not available")]
    Retain,
    /// A topic with more levels than allowed.
    #[error("a topic with more levels than are allowed here")]
    TopicLevels,
    /// A PUBLISH that 3.1.1 gives no way to refuse but by closing.
    #[error("a PUBLISH that access rules forbid")]
    Forbidden,
    /// An acknowledgement that does not fit the message it names.
    #[error("{} for a message of another QoS", .0.name())]
    WrongAck(PacketKind),
    /// A QoS 1 message under the identifier of a QoS 2 message that is not released, from a client
    /// that cannot be told so in PUBACK.
    #[error("a packet identifier that is in use")]
    PacketIdInUse,
    /// DISCONNECT with a session expiry although CONNECT had none.
    #[error("a Session Expiry Interval in DISCONNECT although CONNECT had none")]
    SessionExpiry,
    /// AUTH although CONNECT named no method.
    #[error("AUTH although CONNECT named no Authentication Method")]
    AuthNotAgreed,
    /// An AUTH packet out of turn, or with another method than CONNECT.
    #[error("AUTH out of turn or with another Authentication Method than CONNECT")]
    Auth,
    /// No Local on a shared subscription.
    #[error("No Local on a shared subscription")]
    NoLocalShared,
}

impl Violation {
    /// The reason code to close with.
    pub fn reason(self) -> ReasonCode {
        match self {
            Self::ReceiveMaximum => ReasonCode::ReceiveMaximumExceeded,
            Self::TopicAlias => ReasonCode::TopicAliasInvalid,
            Self::QoS => ReasonCode::QoSNotSupported,
            Self::Retain => ReasonCode::RetainNotSupported,
            Self::TopicLevels => ReasonCode::TopicNameInvalid,
            Self::Forbidden => ReasonCode::NotAuthorized,
            _ => ReasonCode::ProtocolError,
        }
    }

    /// The normative statement of 5.0 that is broken, where one is.
    pub fn statement(self) -> &'static str {
        match self {
            Self::SecondConnect => "MQTT-3.1.0-2",
            Self::Unexpected(_) => "MQTT-4.13.1-1",
            Self::ReceiveMaximum => "MQTT-3.3.4-7",
            Self::TopicAlias => "MQTT-3.3.2-8",
            Self::QoS => "MQTT-3.2.2-11",
            Self::Retain => "MQTT-3.2.2-14",
            Self::TopicLevels | Self::Forbidden => "section 3.3.5",
            Self::WrongAck(_) => "MQTT-4.3.3-4",
            Self::PacketIdInUse => "MQTT-2.2.1-3",
            Self::SessionExpiry => "section 3.14.2.2.2",
            Self::AuthNotAgreed => "MQTT-4.12.0-7",
            Self::Auth => "MQTT-4.12.1-1",
            Self::NoLocalShared => "MQTT-3.8.3-4",
        }
    }
}
