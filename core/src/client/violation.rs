//! What a server can do wrong, with the statement it breaks and the reason code it is told.

use core::fmt;

use crate::codec::DecodeError;
use crate::packet::{ReasonCode, Version};

/// Why a client ended a connection as faulty.
#[derive(Clone, Debug, PartialEq)]
pub enum Fault {
    /// The bytes are no packet a server may send.
    Malformed(DecodeError),
    /// A well-formed packet came at the wrong moment.
    Violation(Violation),
}

impl Fault {
    /// The reason code for DISCONNECT.
    pub fn reason(&self) -> ReasonCode {
        match self {
            Self::Malformed(error) => error.reason,
            Self::Violation(violation) => violation.reason(),
        }
    }

    /// The statement that is broken, such as `MQTT-3.2.0-1`.
    pub fn statement(&self, version: Version) -> &'static str {
        match self {
            Self::Malformed(error) => error.statement,
            Self::Violation(violation) => violation.statement(version),
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed(error) => error.fmt(f),
            Self::Violation(violation) => violation.fmt(f),
        }
    }
}

/// A packet that a server must not send at this moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Violation {
    /// Something else came before CONNACK.
    NotConnAckFirst,
    /// A second CONNACK.
    SecondConnAck,
    /// Session Present although a clean start was asked for.
    SessionPresentAfterCleanStart,
    /// Session Present although this client has no session state.
    SessionUnknownHere,
    /// Session Present in a refusal.
    SessionPresentInRefusal,
    /// No Assigned Client Identifier for a client that gave none.
    NoAssignedClientId,
    /// AUTH, or an Authentication Method, without one in the CONNECT.
    AuthNotAsked,
    /// Another Authentication Method than that of the CONNECT, or none.
    AuthMethodDiffers,
    /// AUTH with a reason code that a server cannot send at this moment.
    AuthReason,
    /// More QoS 1 and QoS 2 messages on their way than our Receive Maximum.
    ReceiveMaximumExceeded,
    /// A Topic Alias greater than our Topic Alias Maximum.
    TopicAliasTooLarge,
    /// A Topic Alias without a topic, never set on this connection.
    TopicAliasUnknown,
    /// Neither topic nor Topic Alias.
    NoTopic,
    /// An acknowledgement that belongs to another QoS than that of its PUBLISH, or to another
    /// kind of packet.
    WrongAcknowledgement,
    /// Not one reason code for each filter.
    WrongNumberOfReasons,
    /// Session Expiry Interval in a DISCONNECT from a server.
    SessionExpiryInDisconnect,
    /// A packet that only clients send.
    NotFromServer,
}

impl Violation {
    /// The reason code for DISCONNECT.
    pub const fn reason(self) -> ReasonCode {
        match self {
            Self::ReceiveMaximumExceeded => ReasonCode::ReceiveMaximumExceeded,
            Self::TopicAliasTooLarge => ReasonCode::TopicAliasInvalid,
            _ => ReasonCode::ProtocolError,
        }
    }

    /// The statement that is broken, in the numbering of `version`; 3.1 borrows that of 3.1.1.
    pub const fn statement(self, version: Version) -> &'static str {
        let [v5, v3] = self.statements();
        match version {
            Version::V5 => v5,
            Version::V31 | Version::V311 => v3,
        }
    }

    const fn statements(self) -> [&'static str; 2] {
        // What only 5.0 knows has its id in both places.
        match self {
            Self::NotConnAckFirst => ["MQTT-3.2.0-1", "MQTT-3.2.0-1"],
            Self::SecondConnAck => ["MQTT-3.2.0-2", "MQTT-3.2.0-1"],
            Self::SessionPresentAfterCleanStart => ["MQTT-3.2.2-2", "MQTT-3.2.2-1"],
            Self::SessionUnknownHere => ["MQTT-3.2.2-4", "MQTT-3.2.2-2"],
            Self::SessionPresentInRefusal => ["MQTT-3.2.2-6", "MQTT-3.2.2-4"],
            Self::NoAssignedClientId => ["MQTT-3.2.2-16", "MQTT-3.1.3-6"],
            Self::AuthNotAsked => ["MQTT-4.12.0-6", "MQTT-4.12.0-6"],
            Self::AuthMethodDiffers => ["MQTT-4.12.0-5", "MQTT-4.12.0-5"],
            Self::AuthReason => ["MQTT-3.15.2-1", "MQTT-3.15.2-1"],
            Self::ReceiveMaximumExceeded => ["MQTT-3.3.4-9", "MQTT-3.3.4-9"],
            Self::TopicAliasTooLarge => ["MQTT-3.3.2-11", "MQTT-3.3.2-11"],
            Self::TopicAliasUnknown => ["MQTT-3.3.2-7", "MQTT-3.3.2-7"],
            Self::NoTopic => ["MQTT-3.3.2-1", "MQTT-3.3.2-1"],
            Self::WrongAcknowledgement => ["MQTT-2.2.1-5", "MQTT-2.3.1-6"],
            Self::WrongNumberOfReasons => ["MQTT-3.8.4-6", "MQTT-3.8.4-5"],
            Self::SessionExpiryInDisconnect => ["MQTT-3.14.2-2", "MQTT-3.14.2-2"],
            Self::NotFromServer => ["MQTT-4.13.1-1", "MQTT-4.8.0-1"],
        }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotConnAckFirst => "the server sent something else before CONNACK",
            Self::SecondConnAck => "the server sent a second CONNACK",
            Self::SessionPresentAfterCleanStart => {
                "the server kept a session although a clean start was asked for"
            }
            Self::SessionUnknownHere => {
                "the server has a session that this client knows nothing of"
            }
            Self::SessionPresentInRefusal => "the server refused, and claimed a session present",
            Self::NoAssignedClientId => "the server assigned no client identifier",
            Self::AuthNotAsked => "the server wants an authentication that was not asked for",
            Self::AuthMethodDiffers => "the server changed the authentication method",
            Self::AuthReason => "the server sent AUTH with a reason code of the wrong moment",
            Self::ReceiveMaximumExceeded => {
                "the server sent more unacknowledged messages than the Receive Maximum allows"
            }
            Self::TopicAliasTooLarge => {
                "the server used a topic alias above the Topic Alias Maximum"
            }
            Self::TopicAliasUnknown => "the server used a topic alias that it never set",
            Self::NoTopic => "the server sent a PUBLISH with neither topic nor alias",
            Self::WrongAcknowledgement => {
                "the server's acknowledgement does not belong to the packet with this identifier"
            }
            Self::WrongNumberOfReasons => {
                "the server's answer has not one reason code for each filter"
            }
            Self::SessionExpiryInDisconnect => {
                "the server sent a Session Expiry Interval in a DISCONNECT"
            }
            Self::NotFromServer => "the server sent a packet that only clients send",
        })
    }
}
