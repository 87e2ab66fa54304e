//! The other end of MQTT: a client as a state machine, with sessions, in-flight windows and
//! reconnect rules.
//!
//! Simulated clients, the page's connection to a real broker, bridges, the upstream gateway and
//! the load generator all drive this one [`Client`]. It knows no socket and no clock: time, bytes
//! and calls go in, [`ClientEvent`]s and bytes come out.
//!
//! After any call, drain [`Client::poll_event`], write what [`Client::poll_transmit`] gives as
//! far as the transport takes it, and call [`Client::handle_timeout`] at
//! [`Client::poll_timeout`]. Any order of calls is legal.
//!
//! ```
//! use bytes::BytesMut;
//! use tidings_core::client::{Client, ClientEvent, Options, Publishing};
//! use tidings_core::time::Instant;
//! use tidings_core::topic::{Topic, Utf8};
//! use tidings_core::transmit::{Transmit, TransmitStatus};
//!
//! let now = Instant::from_micros(1);
//! let mut client = Client::new(Options::new(Utf8::from_static("door")), 42);
//! client.start(now);
//! assert_eq!(client.poll_event(), Some(ClientEvent::Dial));
//!
//! // The driver opened a connection.
//! client.transport_opened(now);
//! let mut out = Transmit::new(1024);
//! assert_eq!(client.poll_transmit(now, &mut out), TransmitStatus::Drained);
//! assert_eq!(out.slices().next().map(|bytes| bytes[0]), Some(0x10)); // CONNECT
//!
//! // The server accepts: CONNACK.
//! let mut input = BytesMut::from(&[0x20, 3, 0, 0, 0][..]);
//! client.handle_bytes(now, &mut input);
//! assert!(matches!(client.poll_event(), Some(ClientEvent::Connected { .. })));
//!
//! let topic = Topic::parse(Utf8::from_static("house/door"))?;
//! client.publish(now, Publishing::new(topic, "open"))?;
//! out.clear();
//! assert_eq!(client.poll_transmit(now, &mut out), TransmitStatus::Drained);
//! assert_eq!(out.slices().next().map(|bytes| bytes[0]), Some(0x30)); // PUBLISH
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod aliases;
mod backoff;
mod calls;
mod check;
mod connect;
mod connection;
mod event;
mod handling;
mod ids;
mod lifecycle;
mod options;
mod receiving;
mod requests;
mod sending;
mod state;
mod violation;
mod writing;

#[cfg(test)]
mod tests;

pub use event::{
    AckToken, ClientError, ClientEvent, Disconnected, DropCause, Outcome, PublishToken, Publishing,
    RequestToken,
};
pub use options::{
    Limits, Offline, Options, OverLimit, QueueFull, Reconnect, SESSION_NEVER_EXPIRES, Unfinished,
    UnknownSession,
};
pub use state::{
    ClientState, IncomingState, IncomingStep, OutgoingState, OutgoingStep, PhaseState,
};
pub use violation::{Fault, Violation};

use alloc::collections::VecDeque;
use alloc::sync::Arc;
use core::time::Duration;

use crate::time::Instant;
use crate::topic::Utf8;

use backoff::Chance;
use connection::Connection;
use ids::PacketIds;
use receiving::Receiving;
use requests::Requests;
use sending::Sending;
use writing::Unsent;

/// One client: its session and, at times, its connection.
///
/// A clone is a checkpoint: it goes on from here just as the original does.
#[derive(Clone, Debug)]
pub struct Client {
    options: Arc<Options>,
    /// The latest time heard of; earlier ones count as this.
    now: Instant,
    chance: Chance,
    phase: PhaseState,
    events: VecDeque<ClientEvent>,
    /// What waits for the transport. After a hang-up: the last words.
    unsent: VecDeque<Unsent>,
    /// What begins and ends with a connection.
    connection: Connection,

    // What outlives a connection.
    /// This side keeps session state that a server may know too.
    session: bool,
    /// No connection succeeded since `start`, so Clean Start is as the options say.
    first: bool,
    /// The next connection asks for a clean start, whatever the options say.
    force_clean: bool,
    assigned_client_id: Option<Utf8>,
    ids: PacketIds,
    sending: Sending,
    receiving: Receiving,
    requests: Requests,
    next_publish: u64,
    attempts: u32,
    last_delay: Duration,
}

impl Client {
    /// A client that waits for [`Client::start`]. Its reconnect delays follow from `seed`.
    pub fn new(options: impl Into<Arc<Options>>, seed: u64) -> Self {
        Self {
            options: options.into(),
            now: Instant::from_micros(0),
            chance: Chance::new(seed),
            phase: PhaseState::Idle,
            events: VecDeque::new(),
            unsent: VecDeque::new(),
            connection: Connection::default(),
            session: false,
            first: true,
            force_clean: false,
            assigned_client_id: None,
            ids: PacketIds::default(),
            sending: Sending::default(),
            receiving: Receiving::default(),
            requests: Requests::default(),
            next_publish: 0,
            attempts: 0,
            last_delay: Duration::ZERO,
        }
    }

    /// The options in force.
    pub fn options(&self) -> &Options {
        &self.options
    }

    /// Replaces the options. CONNECT uses them from the next connection on, everything else at
    /// once.
    pub fn set_options(&mut self, options: impl Into<Arc<Options>>) {
        self.options = options.into();
    }

    /// The next event. Poll until there is none.
    pub fn poll_event(&mut self) -> Option<ClientEvent> {
        self.events.pop_front()
    }

    /// True between CONNACK and the end of the connection.
    pub fn is_connected(&self) -> bool {
        matches!(self.phase, PhaseState::Connected { .. })
    }

    /// True when [`Client::poll_transmit`] has something to give.
    pub fn has_output(&self) -> bool {
        !self.unsent.is_empty()
    }

    /// False while [`Client::handle_bytes`] leaves its input unread, because too many events or
    /// packets wait. Poll them, then call it again.
    pub fn wants_input(&self) -> bool {
        self.events.len() < self.options.limits.events_max.max(1)
            && self.unsent.len() < self.options.limits.unsent_packets_max.max(1)
    }

    /// What the client is and holds at this moment. Costs a walk over all of it.
    pub fn state(&self) -> ClientState {
        let outgoing = self.sending.in_flight().map(|message| OutgoingState {
            packet_id: message.packet_id,
            token: message.held.token,
            topic: message.held.publishing.topic.clone(),
            qos: message.held.publishing.qos,
            step: message.step,
            transmissions: message.transmissions,
        });
        let (held_messages, held_bytes) = self.sending.held();
        ClientState {
            phase: self.phase,
            client_id: self.client_id().clone(),
            session: self.session,
            queued_messages: self.sending.queued(),
            held_messages,
            held_bytes,
            send_quota: self.send_quota(),
            send_quota_used: self.sending.window_used(),
            outgoing: outgoing.collect(),
            incoming: self.receiving.state().collect(),
            requests: self.requests.tokens(),
            subscriptions: self.requests.granted_filters().cloned().collect(),
            outgoing_aliases: self.connection.outgoing_aliases(),
            incoming_aliases: self.connection.incoming_aliases(),
            unsent_packets: self.unsent.len(),
            keep_alive_secs: self.connection.keep_alive_secs(),
            ping_at: self.ping_at(),
            ping_answer_until: self.connection.ping_answer_until(),
            attempts: self.attempts,
        }
    }

    /// The client identifier in use: the server's, if it assigned one.
    pub fn client_id(&self) -> &Utf8 {
        match &self.assigned_client_id {
            Some(assigned) if self.options.client_id.as_str().is_empty() => assigned,
            _ => &self.options.client_id,
        }
    }

    /// How many QoS 1 and QoS 2 messages may be in flight at once.
    fn send_quota(&self) -> u16 {
        let ours = self.options.limits.in_flight_max.get();
        ours.min(self.connection.receive_max()) // [MQTT-3.3.4-7] [MQTT-4.9.0-1]
    }

    /// Notes the time; it never runs backwards.
    fn advance_to(&mut self, now: Instant) {
        self.now = self.now.max(now);
    }
}
