//! What a client is told once: its CONNECT, its conduct, its limits.

use alloc::vec::Vec;
use core::num::NonZeroU16;
use core::time::Duration;

use bytes::Bytes;

use crate::codec::PACKET_BYTES_MAX;
use crate::packet::{Version, Will};
use crate::topic::Utf8;

/// A Session Expiry Interval that never ends.
pub const SESSION_NEVER_EXPIRES: u32 = u32::MAX;

/// Everything a [`super::Client`] is told at its creation.
///
/// Start from [`Options::new`] and change fields.
#[derive(Clone, Debug)]
pub struct Options {
    /// The protocol to speak.
    pub version: Version,
    /// Client Identifier; empty asks the server to assign one.
    pub client_id: Utf8,
    /// Clean Start, or Clean Session before 5.0. In 5.0 it counts for the first connection after
    /// [`super::Client::start`]; later ones continue the session if it has an expiry.
    pub clean_start: bool,
    /// Keep Alive in seconds; 0 switches it off. A server of 5.0 may overrule it.
    pub keep_alive_secs: u16,
    /// Session Expiry Interval in seconds (5.0); 0 ends the session with its connection.
    pub session_expiry_secs: u32,
    /// Receive Maximum: how many QoS 1 and QoS 2 messages may be on their way to us (5.0).
    pub receive_max: NonZeroU16,
    /// The longest packet accepted, in bytes. 5.0 announces it; earlier versions close on excess.
    pub max_packet_bytes: u32,
    /// How many topic aliases the server may use (5.0).
    pub topic_alias_max: u16,
    /// Request Response Information (5.0).
    pub request_response_information: bool,
    /// Request Problem Information (5.0).
    pub request_problem_information: bool,
    /// User Properties of the CONNECT (5.0).
    pub user_properties: Vec<(Utf8, Utf8)>,
    /// Authentication Method and the first Authentication Data (5.0).
    pub auth: Option<(Utf8, Option<Bytes>)>,
    /// The will.
    pub will: Option<Will>,
    /// User Name.
    pub username: Option<Utf8>,
    /// Password. Before 5.0 it needs a user name (3.1.1 [MQTT-3.1.2-22]); alone it is not sent.
    pub password: Option<Bytes>,
    /// Sets the highest bit of the protocol level, by which Mosquitto knows bridges.
    pub bridge: bool,
    /// Bytes to send in the place of the CONNECT that follows from the fields above: for trying
    /// what a server does with wrong ones.
    pub connect_bytes: Option<Bytes>,

    /// What follows the loss of a connection.
    pub reconnect: Reconnect,
    /// How long to wait for the transport, for CONNACK and for PINGRESP; zero waits for ever.
    pub answer_timeout: Duration,
    /// True: the holder calls [`super::Client::acknowledge`] for each QoS 1 and QoS 2 message.
    pub manual_ack: bool,
    /// True: granted subscriptions are made again when the server has lost the session.
    pub resubscribe: bool,
    /// What to do when the server has a session that this client knows nothing of.
    pub unknown_session: UnknownSession,
    /// What becomes of QoS 1 messages without PUBACK when the session is lost.
    pub unfinished: Unfinished,
    /// What becomes of a message whose QoS or RETAIN the server does not support.
    pub over_limit: OverLimit,
    /// How much may wait, and what happens at the limit.
    pub limits: Limits,
}

impl Options {
    /// MQTT 5.0, Clean Start, Keep Alive 60 s, no session expiry, reconnecting.
    pub fn new(client_id: Utf8) -> Self {
        Self {
            version: Version::V5,
            client_id,
            clean_start: true,
            keep_alive_secs: 60,
            session_expiry_secs: 0,
            receive_max: NonZeroU16::MAX,
            max_packet_bytes: PACKET_BYTES_MAX,
            topic_alias_max: 0,
            request_response_information: false,
            request_problem_information: true,
            user_properties: Vec::new(),
            auth: None,
            will: None,
            username: None,
            password: None,
            bridge: false,
            connect_bytes: None,
            reconnect: Reconnect::default(),
            answer_timeout: Duration::from_secs(20),
            manual_ack: false,
            resubscribe: false,
            unknown_session: UnknownSession::Close,
            unfinished: Unfinished::Report,
            over_limit: OverLimit::Drop,
            limits: Limits::default(),
        }
    }
}

/// What follows the loss of a connection or a refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reconnect {
    /// Nothing, until [`super::Client::start`] is called again.
    Never,
    /// Another attempt, later and later. A connection that lasted longer than the last delay
    /// starts the count again.
    Backoff {
        /// The first delay.
        min: Duration,
        /// The longest delay; each is twice the one before up to here.
        max: Duration,
        /// How many per cent of a delay chance may take off it, 0 to 100.
        jitter_percent: u8,
    },
}

impl Default for Reconnect {
    fn default() -> Self {
        Self::Backoff {
            min: Duration::from_secs(1),
            max: Duration::from_secs(60),
            jitter_percent: 25,
        }
    }
}

/// What to do when CONNACK says Session Present and this client has no session state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnknownSession {
    /// Close the connection as the standard demands, and connect with Clean Start next.
    Close,
    /// Take the session on as if its state here were empty: for programs that keep no state
    /// between runs and want the messages that wait.
    Adopt,
}

/// What becomes of QoS 1 messages without PUBACK when the session is lost.
///
/// QoS 2 messages without PUBREC are reported as lost under either rule, because sending them
/// anew could deliver them twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unfinished {
    /// They are reported as lost with the session.
    Report,
    /// They go back to the front of the queue, as new messages.
    SendAgain,
}

/// What becomes of a message whose QoS or RETAIN the server does not support.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OverLimit {
    /// It is dropped and reported.
    Drop,
    /// It is sent at the highest QoS the server takes, without RETAIN.
    Lower,
}

/// How much may wait in a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Messages held, waiting or in flight. At the limit [`QueueFull`] decides.
    pub messages_max: usize,
    /// Bytes of topics, payloads and properties of those messages. At the limit [`QueueFull`]
    /// decides.
    pub bytes_max: usize,
    /// What `publish` does at one of those limits.
    pub queue_full: QueueFull,
    /// Which messages may wait without a connection.
    pub offline: Offline,
    /// QoS 1 and QoS 2 messages in flight, where the server does not ask for fewer. At the limit
    /// messages wait.
    pub in_flight_max: NonZeroU16,
    /// Topic aliases used towards a server that allows them; 0 uses none. At the limit the topic
    /// used longest ago loses its alias.
    pub outgoing_aliases_max: u16,
    /// SUBSCRIBE and UNSUBSCRIBE packets without an answer. At the limit new ones are refused.
    pub requests_max: u16,
    /// Filters remembered for `resubscribe`. At the limit new ones are not remembered.
    pub subscriptions_max: usize,
    /// Packets the transport has not taken. At the limit no input is read.
    pub unsent_packets_max: usize,
    /// Events nobody has polled. At the limit no input is read.
    pub events_max: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            messages_max: 10_000,
            bytes_max: 64 << 20,
            queue_full: QueueFull::Refuse,
            offline: Offline::Keep,
            in_flight_max: NonZeroU16::MAX,
            outgoing_aliases_max: 0,
            requests_max: 1_000,
            subscriptions_max: 10_000,
            unsent_packets_max: 100_000,
            events_max: 100_000,
        }
    }
}

/// What `publish` does when no more messages may wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QueueFull {
    /// It refuses the new message.
    Refuse,
    /// It drops the oldest waiting messages until the new one fits. Messages in flight stay.
    DropOldest,
}

/// Which messages may wait without a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Offline {
    /// All.
    Keep,
    /// Those of QoS 1 and QoS 2.
    KeepAcknowledged,
    /// None.
    Refuse,
}
