//! A client as seen from outside: plain values, for drawing and for tests.

use alloc::vec::Vec;

use crate::packet::{PacketId, QoS};
use crate::time::Instant;
use crate::topic::{Topic, Utf8};

use super::event::{AckToken, PublishToken, RequestToken};

/// What a client is and holds at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientState {
    /// Where it stands with its connection.
    pub phase: PhaseState,
    /// The client identifier in use: its own, or the one assigned.
    pub client_id: Utf8,
    /// True while this side keeps session state that a server may know too.
    pub session: bool,
    /// Published messages that wait for a connection or for the window.
    pub queued_messages: usize,
    /// Published messages held, waiting and in flight.
    pub held_messages: usize,
    /// Bytes of those.
    pub held_bytes: usize,
    /// How many QoS 1 and QoS 2 messages may be in flight on this connection.
    pub send_quota: u16,
    /// How many of them are.
    pub send_quota_used: usize,
    /// Outgoing QoS 1 and QoS 2 messages, in the order of their first sending.
    pub outgoing: Vec<OutgoingState>,
    /// Incoming QoS 1 and QoS 2 messages that are not finished: QoS 1 as received, then QoS 2 by
    /// packet identifier.
    pub incoming: Vec<IncomingState>,
    /// SUBSCRIBE and UNSUBSCRIBE packets without an answer.
    pub requests: Vec<RequestToken>,
    /// Granted filters that would be subscribed again.
    pub subscriptions: Vec<Utf8>,
    /// Topic aliases set towards the server, by alias.
    pub outgoing_aliases: Vec<(u16, Topic)>,
    /// Topic aliases the server has set, by alias.
    pub incoming_aliases: Vec<(u16, Topic)>,
    /// Packets that wait for the transport.
    pub unsent_packets: usize,
    /// Keep Alive in force, in seconds; 0 when off.
    pub keep_alive_secs: u16,
    /// When a PINGREQ is due if nothing else is sent.
    pub ping_at: Option<Instant>,
    /// When the connection counts as lost if PINGRESP has not come.
    pub ping_answer_until: Option<Instant>,
    /// Failed attempts in a row.
    pub attempts: u32,
}

/// Where a client stands with its connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PhaseState {
    /// Not started, stopped, or given up.
    Idle,
    /// The transport is being opened.
    Dialing {
        /// When the attempt is given up.
        until: Option<Instant>,
    },
    /// CONNECT is sent, CONNACK awaited.
    Connecting {
        /// When the attempt is given up.
        until: Option<Instant>,
    },
    /// CONNACK came.
    Connected {
        /// When it came.
        since: Instant,
    },
    /// Waiting before the next attempt.
    Waiting {
        /// When it is due.
        until: Instant,
    },
}

/// One outgoing QoS 1 or QoS 2 message in flight.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutgoingState {
    /// Its packet identifier.
    pub packet_id: PacketId,
    /// Its token.
    pub token: PublishToken,
    /// Its topic.
    pub topic: Topic,
    /// Its QoS.
    pub qos: QoS,
    /// What it waits for.
    pub step: OutgoingStep,
    /// How often it was handed to a transport.
    pub transmissions: u32,
}

/// What an outgoing message waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OutgoingStep {
    /// QoS 1: PUBACK.
    PubAck,
    /// QoS 2: PUBREC.
    PubRec,
    /// QoS 2: PUBCOMP; PUBREL was or will be sent.
    PubComp,
}

/// One incoming QoS 1 or QoS 2 message that is not finished.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IncomingState {
    /// Its packet identifier.
    pub packet_id: PacketId,
    /// Its token, if the holder has yet to acknowledge it.
    pub token: Option<AckToken>,
    /// What it waits for.
    pub step: IncomingStep,
}

/// What an incoming message waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum IncomingStep {
    /// The holder's acknowledgement, or that of an earlier message.
    Acknowledge,
    /// QoS 2: PUBREL.
    PubRel,
}
