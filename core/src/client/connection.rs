//! One connection: what was agreed on it, and its keep-alive.

use alloc::vec::Vec;
use core::num::{NonZeroU16, NonZeroU32};
use core::time::Duration;

use bytes::BytesMut;

use crate::codec::{DecodeError, Decoder, Role, Status};
use crate::packet::{ConnAck, Packet, Publish, QoS, Version};
use crate::time::Instant;
use crate::topic::Topic;

use super::aliases::{IncomingAliases, OutgoingAliases};
use super::options::Options;
use super::violation::Violation;

/// Where an authentication exchange stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum AuthStep {
    /// No method was named in the CONNECT.
    #[default]
    Never,
    /// The server may send AUTH, and it is answered with AUTH.
    Exchanging,
    /// Done; the client may start again.
    Settled,
}

/// What begins and ends with a connection.
#[derive(Clone, Debug)]
pub(super) struct Connection {
    decoder: Decoder,
    clean_start: bool,
    pub(super) connect_sent: bool,
    pub(super) auth: AuthStep,
    /// Limits from CONNACK.
    pub(super) server: ServerLimits,
    session_expiry_secs: u32,
    keep_alive_secs: u16,
    incoming_aliases: IncomingAliases,
    pub(super) outgoing_aliases: OutgoingAliases,
    /// When the last packet was sent.
    pub(super) sent_at: Instant,
    pings_unanswered: u32,
    ping_answer_until: Option<Instant>,
    /// Bytes of an incomplete packet at the last look.
    partial_bytes: usize,
}

/// What the server allows, from CONNACK.
#[derive(Clone, Copy, Debug)]
pub(super) struct ServerLimits {
    receive_max: NonZeroU16,
    pub(super) packet_bytes_max: Option<NonZeroU32>,
    pub(super) qos_max: QoS,
    pub(super) retain: bool,
    pub(super) wildcards: bool,
    pub(super) subscription_ids: bool,
    pub(super) shared: bool,
}

impl Default for ServerLimits {
    fn default() -> Self {
        Self {
            receive_max: NonZeroU16::MAX,
            packet_bytes_max: None,
            qos_max: QoS::ExactlyOnce,
            retain: true,
            wildcards: true,
            subscription_ids: true,
            shared: true,
        }
    }
}

impl Default for Connection {
    fn default() -> Self {
        Self {
            decoder: Decoder::new(Role::Server, 0),
            clean_start: true,
            connect_sent: false,
            auth: AuthStep::Never,
            server: ServerLimits::default(),
            session_expiry_secs: 0,
            keep_alive_secs: 0,
            incoming_aliases: IncomingAliases::default(),
            outgoing_aliases: OutgoingAliases::default(),
            sent_at: Instant::from_micros(0),
            pings_unanswered: 0,
            ping_answer_until: None,
            partial_bytes: 0,
        }
    }
}

impl Connection {
    /// A connection whose transport has just been opened. Nothing of an earlier one is carried
    /// over [MQTT-3.3.2-7].
    pub(super) fn new(options: &Options, clean_start: bool) -> Self {
        let mut decoder = Decoder::new(Role::Server, options.max_packet_bytes);
        decoder.set_version(options.version);
        let auth = options.version == Version::V5 && options.auth.is_some();
        Self {
            decoder,
            clean_start,
            auth: if auth {
                AuthStep::Exchanging
            } else {
                AuthStep::Never
            },
            ..Self::default()
        }
    }

    /// CONNACK came: its limits apply from here on.
    pub(super) fn accepted(&mut self, ack: &ConnAck, options: &Options) {
        let told = &ack.properties;
        let v5 = options.version == Version::V5;
        self.server = ServerLimits {
            receive_max: told.receive_max().unwrap_or(NonZeroU16::MAX),
            packet_bytes_max: told.max_packet_size(),
            qos_max: told.max_qos().unwrap_or(QoS::ExactlyOnce),
            retain: told.retain_available().unwrap_or(true),
            wildcards: told.wildcard_available().unwrap_or(true),
            subscription_ids: told.subscription_ids_available().unwrap_or(true),
            shared: told.shared_available().unwrap_or(true),
        };
        let aliases = told.topic_alias_max().unwrap_or(0); // [MQTT-3.2.2-18]
        let aliases = aliases.min(options.limits.outgoing_aliases_max); // [MQTT-3.2.2-17]
        self.outgoing_aliases = OutgoingAliases::new(aliases);
        // [MQTT-3.1.2-21] [MQTT-3.2.2-21]
        self.keep_alive_secs = told
            .server_keep_alive_secs()
            .unwrap_or(options.keep_alive_secs);
        self.session_expiry_secs = match v5 {
            true => told
                .session_expiry_secs()
                .unwrap_or(options.session_expiry_secs),
            false if self.clean_start => 0,
            false => u32::MAX,
        };
        if self.auth == AuthStep::Exchanging {
            self.auth = AuthStep::Settled;
        }
    }

    /// Takes one packet off the front of `input`.
    pub(super) fn decode(&mut self, input: &mut BytesMut) -> Result<Option<Packet>, DecodeError> {
        match self.decoder.decode(input)? {
            Status::Complete(packet) => {
                self.partial_bytes = 0;
                Ok(Some(packet))
            }
            Status::Partial { .. } => Ok(None),
        }
    }

    /// So many bytes of an incomplete packet have come. While a long packet is arriving the
    /// PINGRESP behind it cannot: that is no silence.
    pub(super) fn note_partial(&mut self, bytes: usize, until: Option<Instant>) {
        if core::mem::replace(&mut self.partial_bytes, bytes) < bytes
            && self.ping_answer_until.is_some()
        {
            self.ping_answer_until = until;
        }
    }

    /// PINGRESP came. False if it was not asked for.
    pub(super) fn pong(&mut self) -> bool {
        self.ping_answer_until = None;
        let asked = self.pings_unanswered > 0;
        self.pings_unanswered = self.pings_unanswered.saturating_sub(1);
        asked
    }

    /// Puts the topic into a PUBLISH that has an alias in its place.
    pub(super) fn resolve(&mut self, publish: &mut Publish, max: u16) -> Result<(), Violation> {
        let alias = publish.properties.topic_alias();
        if alias.is_some() || publish.topic.is_none() {
            let topic = self
                .incoming_aliases
                .resolve(publish.topic.as_ref(), alias, max)?;
            publish.topic = Some(topic);
        }
        Ok(())
    }

    pub(super) fn receive_max(&self) -> u16 {
        self.server.receive_max.get()
    }

    pub(super) fn clean_start(&self) -> bool {
        self.clean_start
    }

    pub(super) fn connect_sent(&self) -> bool {
        self.connect_sent
    }

    /// The session goes on after this connection. [MQTT-3.1.2-23]
    pub(super) fn session_outlives(&self) -> bool {
        self.session_expiry_secs > 0
    }

    pub(super) fn session_expiry_secs(&self) -> u32 {
        self.session_expiry_secs
    }

    pub(super) fn set_session_expiry_secs(&mut self, secs: u32) {
        self.session_expiry_secs = secs;
    }

    pub(super) fn keep_alive_secs(&self) -> u16 {
        self.keep_alive_secs
    }

    /// When a PINGREQ is due if nothing else is sent.
    pub(super) fn ping_at(&self) -> Option<Instant> {
        let keep_alive = Duration::from_secs(u64::from(self.keep_alive_secs));
        (!keep_alive.is_zero()).then(|| self.sent_at + keep_alive)
    }

    /// PINGREQ waits for the transport; its answer is due by `until`, unless an earlier one is.
    pub(super) fn ping_queued(&mut self, now: Instant, until: Option<Instant>) {
        // A transport that takes nothing must not make a PINGREQ due over and over.
        self.sent_at = now;
        self.pings_unanswered = self.pings_unanswered.saturating_add(1);
        self.ping_answer_until = self.ping_answer_until.or(until);
    }

    pub(super) fn ping_answer_until(&self) -> Option<Instant> {
        self.ping_answer_until
    }

    pub(super) fn incoming_aliases(&self) -> Vec<(u16, Topic)> {
        let aliases = self.incoming_aliases.iter();
        aliases
            .map(|(alias, topic)| (alias, topic.clone()))
            .collect()
    }

    pub(super) fn outgoing_aliases(&self) -> Vec<(u16, Topic)> {
        let aliases = self.outgoing_aliases.iter();
        let mut aliases: Vec<_> = aliases
            .map(|(alias, topic)| (alias, topic.clone()))
            .collect();
        aliases.sort_unstable_by_key(|(alias, _)| *alias);
        aliases
    }
}
