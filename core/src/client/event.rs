//! What a client reports, and the ids in its reports.

use alloc::vec::Vec;

use bytes::Bytes;
use thiserror::Error;

use crate::packet::{
    Auth, ConnAck, Disconnect, PacketId, PacketKind, Properties, Publish, QoS, ReasonCode,
};
use crate::time::Instant;
use crate::topic::Topic;

use super::violation::Fault;

/// A message to publish.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Publishing {
    /// Topic Name.
    pub topic: Topic,
    /// Application message.
    pub payload: Bytes,
    /// QoS.
    pub qos: QoS,
    /// RETAIN flag.
    pub retain: bool,
    /// Properties (5.0), without Topic Alias and Subscription Identifier.
    pub properties: Properties,
}

impl Publishing {
    /// A QoS 0 message without RETAIN and properties.
    pub fn new(topic: Topic, payload: impl Into<Bytes>) -> Self {
        Self {
            topic,
            payload: payload.into(),
            qos: QoS::AtMostOnce,
            retain: false,
            properties: Properties::default(),
        }
    }

    /// The same message at `qos`.
    #[must_use]
    pub fn qos(self, qos: QoS) -> Self {
        Self { qos, ..self }
    }

    /// The same message with the RETAIN flag set to `retain`.
    #[must_use]
    pub fn retain(self, retain: bool) -> Self {
        Self { retain, ..self }
    }

    /// The same message with `properties`.
    #[must_use]
    pub fn properties(self, properties: Properties) -> Self {
        Self { properties, ..self }
    }
}

/// Names one published message until its [`ClientEvent::Published`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PublishToken(pub(super) u64);

/// Names one SUBSCRIBE or UNSUBSCRIBE until its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RequestToken(pub(super) u64);

/// Names one received message that waits for [`super::Client::acknowledge`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AckToken(pub(super) u64);

/// What a client reports to its holder, in the order in which it happened.
#[derive(Clone, Debug, PartialEq)]
pub enum ClientEvent {
    /// Open a transport, then call `transport_opened` or `transport_lost`.
    Dial,
    /// Send what `poll_transmit` still gives, close the transport, and report nothing more about
    /// it. If it was still being opened, give it up.
    Hangup,
    /// The server accepted the connection.
    Connected {
        /// The session goes on. Before 3.1.1, which cannot say so, it is assumed.
        session_present: bool,
        /// The CONNACK.
        ack: ConnAck,
    },
    /// The server refused the connection; [`ClientEvent::Hangup`] follows.
    Refused {
        /// The CONNACK.
        ack: ConnAck,
        /// When the next attempt is due.
        retry_at: Option<Instant>,
    },
    /// A connection, or an attempt at one, ended for another reason than a refusal.
    Disconnected {
        /// Why it ended.
        why: Disconnected,
        /// When the next attempt is due.
        retry_at: Option<Instant>,
    },
    /// A message arrived. Its topic is always there: aliases are resolved.
    Message {
        /// The PUBLISH.
        publish: Publish,
        /// With manual acknowledgement and QoS 1 or QoS 2: what to acknowledge it by.
        token: Option<AckToken>,
    },
    /// A published message reached its end.
    Published {
        /// Which one.
        token: PublishToken,
        /// How it ended.
        outcome: Outcome,
    },
    /// The server answered a SUBSCRIBE.
    Subscribed {
        /// Which one.
        token: RequestToken,
        /// One code a filter, in order.
        reasons: Vec<ReasonCode>,
        /// Properties of the SUBACK.
        properties: Properties,
    },
    /// The server answered an UNSUBSCRIBE.
    Unsubscribed {
        /// Which one.
        token: RequestToken,
        /// One code a filter, in order; empty before 5.0.
        reasons: Vec<ReasonCode>,
        /// Properties of the UNSUBACK.
        properties: Properties,
    },
    /// A SUBSCRIBE or UNSUBSCRIBE was never sent.
    RequestDropped {
        /// Which one.
        token: RequestToken,
        /// Why.
        cause: DropCause,
    },
    /// The server wants more authentication data, or has finished re-authenticating us.
    Auth(Auth),
    /// The server broke the protocol; [`ClientEvent::Disconnected`] follows.
    ProtocolError(Fault),
    /// An acknowledgement for which nothing waits was ignored, or answered as unknown.
    Stray {
        /// Its kind.
        kind: PacketKind,
        /// Its packet identifier, if it has one.
        packet_id: Option<PacketId>,
    },
}

/// How a published message ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// QoS 0: handed to the transport, once.
    Sent,
    /// QoS 1 and QoS 2: the server took it, or refused it with a code of 0x80 or more.
    Acknowledged {
        /// From PUBACK, PUBREC (refusals) or PUBCOMP.
        reason: ReasonCode,
        /// Properties of that packet.
        properties: Properties,
    },
    /// It was given up.
    Dropped(DropCause),
}

/// Why something that waited was given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DropCause {
    /// A newer message needed its place ([`super::QueueFull::DropOldest`]).
    QueueFull,
    /// Its Message Expiry Interval passed before it was sent.
    Expired,
    /// It is longer than the server's Maximum Packet Size.
    TooLarge,
    /// The server does not take this QoS.
    QoSNotSupported,
    /// The server does not take retained messages.
    RetainNotSupported,
    /// The server does not take wildcard subscriptions.
    WildcardsNotSupported,
    /// The server does not take subscription identifiers.
    SubscriptionIdsNotSupported,
    /// The server does not take shared subscriptions.
    SharedNotSupported,
    /// The connection ended, and QoS 0 messages do not wait without one ([`super::Offline`]).
    Offline,
    /// The session ended while it was in flight: whether it arrived is unknown.
    SessionLost,
}

/// Why a connection, or an attempt at one, ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Disconnected {
    /// [`super::Client::stop`] was called.
    Stopped,
    /// The server sent DISCONNECT.
    ByServer(Disconnect),
    /// The transport could not be opened, or was lost.
    TransportLost,
    /// The transport was not opened in time.
    NoTransport,
    /// CONNACK did not come in time.
    NoConnAck,
    /// PINGRESP did not come in time.
    NoPingResp,
    /// The server broke the protocol; [`ClientEvent::ProtocolError`] came before.
    ProtocolError,
    /// The server's Maximum Packet Size has no room for a packet that must be sent.
    PacketSizeUnusable,
    /// The options make a CONNECT that cannot be encoded. No further attempt is made.
    Unencodable,
}

/// Why a call was refused. Nothing was changed by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum ClientError {
    /// One of the limits for waiting messages is reached.
    #[error("no more messages may wait")]
    QueueFull,
    /// The message alone is larger than the queue may be.
    #[error("the message is larger than the queue may be")]
    TooLarge,
    /// There is no connection, and [`super::Offline`] lets this message not wait.
    #[error("not connected")]
    NotConnected,
    /// Too many SUBSCRIBE and UNSUBSCRIBE packets wait for their answers.
    #[error("too many requests without an answer")]
    TooManyRequests,
    /// SUBSCRIBE and UNSUBSCRIBE need at least one filter [MQTT-3.8.3-2] [MQTT-3.10.3-2].
    #[error("no filters")]
    NoFilters,
    /// A filter is not well-formed [MQTT-4.7.1-1].
    #[error("not a topic filter")]
    BadFilter,
    /// No Local does not go with a shared subscription [MQTT-3.8.3-4].
    #[error("No Local with a shared subscription")]
    NoLocalWithShared,
    /// The packet exists, or has properties or options, only in 5.0.
    #[error("needs MQTT 5.0")]
    NeedsV5,
    /// A property that does not belong into this packet, or that the client sets itself.
    #[error("a property that does not belong there")]
    BadProperty,
    /// A reason code that this packet cannot carry.
    #[error("a reason code that does not belong there")]
    BadReason,
    /// The options name no Authentication Method [MQTT-4.12.0-7].
    #[error("no authentication method was agreed")]
    NoAuthMethod,
    /// Nothing waits for this acknowledgement: given before, or void since a connection ended.
    #[error("nothing waits for this acknowledgement")]
    NothingToAcknowledge,
    /// Too much waits for the transport.
    #[error("the transport takes nothing")]
    TransportFull,
    /// The packet cannot be encoded.
    #[error("the packet cannot be encoded")]
    Unencodable,
}
