//! Connections begin, end, and are tried again.

use core::time::Duration;

use alloc::vec::Vec;

use crate::packet::{ConnAck, Disconnect, Packet, Properties, ReasonCode, Version};
use crate::time::Instant;

use super::connection::Connection;
use super::event::{ClientEvent, Disconnected, DropCause, Outcome};
use super::options::{Offline, Reconnect, Unfinished};
use super::state::{OutgoingStep, PhaseState};
use super::violation::Fault;
use super::writing::Unsent;
use super::{Client, backoff};

impl Client {
    /// Begins: [`ClientEvent::Dial`] follows. While waiting for the next attempt it comes at once;
    /// while connecting or connected nothing happens.
    pub fn start(&mut self, now: Instant) {
        self.advance_to(now);
        if matches!(self.phase, PhaseState::Idle | PhaseState::Waiting { .. }) {
            self.first |= self.phase == PhaseState::Idle;
            self.attempts = 0;
            self.last_delay = Duration::ZERO;
            self.dial();
        }
    }

    /// Ends: DISCONNECT with `reason`, after everything that may be sent at once, then
    /// [`ClientEvent::Hangup`]. The session stays as its expiry says; a later
    /// [`Client::start`] can go on with it.
    ///
    /// Before 5.0 DISCONNECT has no reason and always discards the will, so with any other reason
    /// than `Success` none is sent. A reason that 5.0 does not allow a client is sent as
    /// `UnspecifiedError`.
    pub fn stop(&mut self, now: Instant, reason: ReasonCode) {
        self.stop_with(
            now,
            Disconnect {
                reason,
                properties: Properties::default(),
            },
        );
    }

    /// Ends as [`Client::stop`] does, with properties (5.0): a Session Expiry Interval here
    /// replaces that of the CONNECT, unless that was 0.
    pub fn stop_with(&mut self, now: Instant, mut disconnect: Disconnect) {
        self.advance_to(now);
        match self.phase {
            PhaseState::Idle => return,
            PhaseState::Connected { .. } => {
                self.fill(usize::MAX);
                disconnect.reason = client_reason(disconnect.reason);
                let expiry = disconnect.properties.session_expiry_secs();
                if let Some(expiry) = expiry {
                    match self.connection.session_expiry_secs() {
                        0 => disconnect.properties = Properties::default(),
                        _ => self.connection.set_session_expiry_secs(expiry),
                    }
                }
                self.say_goodbye(disconnect);
            }
            PhaseState::Connecting { .. } if self.connection.connect_sent() => {
                disconnect.reason = client_reason(disconnect.reason);
                disconnect.properties = Properties::default();
                self.say_goodbye(disconnect);
            }
            _ => self.unsend(),
        }
        self.end(Disconnected::Stopped);
    }

    /// Ends without a word, as if the program had died: the server publishes the will. Nothing
    /// that waits for the transport is sent.
    pub fn abort(&mut self, now: Instant) {
        self.advance_to(now);
        if self.phase != PhaseState::Idle {
            self.unsend();
            self.end(Disconnected::Stopped);
        }
    }

    /// The transport asked for by [`ClientEvent::Dial`] is open.
    pub fn transport_opened(&mut self, now: Instant) {
        self.advance_to(now);
        if let PhaseState::Dialing { .. } = self.phase {
            self.unsent.clear();
            self.phase = PhaseState::Connecting {
                until: self.answer_until(),
            };
            let clean_start = self.clean_start();
            self.connection = Connection::new(&self.options, clean_start);
            let first = match &self.options.connect_bytes {
                Some(bytes) => Unsent::Raw(bytes.clone()),
                None => Unsent::Packet(self.connect(clean_start)),
            };
            self.unsent.push_back(first); // [MQTT-3.1.0-1] [MQTT-3.1.3-2]
        }
    }

    /// The transport could not be opened, or is gone without [`ClientEvent::Hangup`].
    pub fn transport_lost(&mut self, now: Instant) {
        self.advance_to(now);
        if self.is_active() {
            self.unsend();
            self.end(Disconnected::TransportLost);
        }
    }

    /// When [`Client::handle_timeout`] is due; `None` while only input can change anything.
    pub fn poll_timeout(&self) -> Option<Instant> {
        match self.phase {
            PhaseState::Idle => None,
            PhaseState::Dialing { until } | PhaseState::Connecting { until } => until,
            PhaseState::Waiting { until } => Some(until),
            PhaseState::Connected { .. } => {
                let answer = self.connection.ping_answer_until();
                answer.into_iter().chain(self.ping_at()).min()
            }
        }
    }

    /// Does what is due at `now`; an early or repeated call does nothing.
    pub fn handle_timeout(&mut self, now: Instant) {
        self.advance_to(now);
        let now = self.now;
        let past = |deadline: Option<Instant>| deadline.is_some_and(|deadline| deadline <= now);
        match self.phase {
            PhaseState::Dialing { until } if past(until) => self.end(Disconnected::NoTransport),
            PhaseState::Connecting { until } if past(until) => {
                self.unsend();
                self.end(Disconnected::NoConnAck);
            }
            PhaseState::Waiting { until } if until <= now => self.dial(),
            PhaseState::Connected { .. } => {
                if past(self.connection.ping_answer_until()) {
                    self.unsend();
                    self.end(Disconnected::NoPingResp);
                } else if past(self.ping_at()) {
                    self.send_ping(); // [MQTT-3.1.2-20]
                }
            }
            _ => {}
        }
    }

    /// CONNACK with a success code came and is in order: the session goes on, or begins.
    pub(super) fn connected(&mut self, ack: ConnAck) {
        self.phase = PhaseState::Connected { since: self.now };
        // 3.1 has no Session Present: a session this side knows of is taken to be there.
        let session_present = match self.options.version {
            Version::V31 => self.session && !self.connection.clean_start(),
            Version::V311 | Version::V5 => ack.session_present,
        };
        if let Some(assigned) = ack.properties.assigned_client_id() {
            self.assigned_client_id = Some(assigned);
        }
        self.connection.accepted(&ack, &self.options);
        self.events.push_back(ClientEvent::Connected {
            session_present,
            ack,
        });
        if session_present {
            for packet_id in self.sending.resume() {
                self.release(packet_id, ReasonCode::Success); // [MQTT-4.4.0-1]
            }
        } else {
            self.end_session(); // [MQTT-3.1.2-4] [MQTT-3.2.2-5]
            match self.options.resubscribe {
                true => self.requests.subscribe_again(),
                false => self.requests.forget_all(),
            }
        }
        self.session = true;
        self.first = false;
        self.force_clean = false;
        self.fill(super::writing::FILL_PACKETS);
    }

    /// The server refused.
    pub(super) fn refused(&mut self, ack: ConnAck) {
        self.unsend();
        let retry_at = self.leave(true);
        self.events
            .push_back(ClientEvent::Refused { ack, retry_at });
        self.events.push_back(ClientEvent::Hangup); // [MQTT-4.13.2-1]
    }

    /// The server broke the protocol: it is told so if the version can, and left.
    pub(super) fn fault(&mut self, fault: Fault) {
        self.unsend();
        // Before 5.0 a DISCONNECT would pass for a normal end and discard the will.
        if self.options.version == Version::V5 && self.connection.connect_sent() {
            let reason = client_reason(fault.reason());
            self.say_goodbye(Disconnect {
                reason,
                properties: Properties::default(),
            });
        }
        self.events.push_back(ClientEvent::ProtocolError(fault));
        self.end(Disconnected::ProtocolError); // [MQTT-4.13.2-1], 3.1.1 [MQTT-4.8.0-1]
    }

    /// The connection, or the attempt at one, is over.
    pub(super) fn end(&mut self, why: Disconnected) {
        let transport = self.is_active() && why != Disconnected::TransportLost;
        let retry = !matches!(why, Disconnected::Stopped | Disconnected::Unencodable);
        let retry_at = self.leave(retry);
        self.events
            .push_back(ClientEvent::Disconnected { why, retry_at });
        if transport {
            self.events.push_back(ClientEvent::Hangup); // [MQTT-3.14.4-2]
        }
    }

    /// Tidies up after a connection and returns when the next attempt is due.
    fn leave(&mut self, retry: bool) -> Option<Instant> {
        if let PhaseState::Connected { since } = self.phase
            && self.now.saturating_since(since) > self.last_delay
        {
            self.attempts = 0;
        }
        self.receiving.connection_ended();
        self.requests.connection_ended(&mut self.ids);
        self.drop_offline();
        // [MQTT-4.1.0-1], 3.1.1 [MQTT-3.1.2-6]
        if self.is_connected() && !self.connection.session_outlives() {
            self.end_session();
            if !self.options.resubscribe {
                self.requests.forget_all();
            }
        }
        self.phase = PhaseState::Idle;
        if !retry {
            self.attempts = 0;
            return None;
        }
        self.attempts = self.attempts.saturating_add(1);
        let delay = backoff::delay(self.options.reconnect, self.attempts, &mut self.chance)?;
        if let Reconnect::Backoff { min, max, .. } = self.options.reconnect {
            self.last_delay = backoff::ceiling(min, max, self.attempts);
        }
        let until = self.now + delay;
        self.phase = PhaseState::Waiting { until };
        Some(until)
    }

    fn dial(&mut self) {
        // Last words of the connection before, if nobody took them.
        self.unsend();
        self.drop_offline();
        self.phase = PhaseState::Dialing {
            until: self.answer_until(),
        };
        self.events.push_back(ClientEvent::Dial);
    }

    /// The session ended; what was in flight is lost or starts again.
    fn end_session(&mut self) {
        self.session = false;
        self.receiving.end_session();
        let again = self.options.unfinished == Unfinished::SendAgain;
        let lost = self.sending.end_session(&mut self.ids, |message| {
            again && message.step == OutgoingStep::PubAck
        });
        for (token, step) in lost {
            let outcome = match step {
                // PUBREC came: the server has the message.
                OutgoingStep::PubComp => Outcome::Acknowledged {
                    reason: ReasonCode::Success,
                    properties: Properties::default(),
                },
                _ => Outcome::Dropped(DropCause::SessionLost),
            };
            self.events
                .push_back(ClientEvent::Published { token, outcome });
        }
    }

    /// Takes back what the transport has not taken: QoS 0 messages wait again, if they may.
    pub(super) fn unsend(&mut self) {
        while let Some(unsent) = self.unsent.pop_back() {
            if let Unsent::Once(held) = unsent {
                self.sending.unsent(held);
            }
        }
    }

    /// Gives up the QoS 0 messages that must not wait without a connection.
    fn drop_offline(&mut self) {
        if self.options.limits.offline != Offline::Keep {
            let mut dropped = Vec::new();
            self.sending.drop_unacknowledged(&mut dropped);
            self.dropped(&dropped, DropCause::Offline);
        }
    }

    fn say_goodbye(&mut self, mut disconnect: Disconnect) {
        if self.options.version != Version::V5 {
            if disconnect.reason != ReasonCode::Success {
                return;
            }
            disconnect.properties = Properties::default();
        }
        // It is the last: every caller ends the connection next. [MQTT-3.14.4-1]
        let last = Unsent::Packet(Packet::Disconnect(disconnect));
        self.unsent.push_back(last);
    }

    fn clean_start(&self) -> bool {
        let asked = self.options.clean_start || self.force_clean;
        match self.options.version {
            Version::V5 if !self.first && self.session => self.force_clean,
            Version::V5 => asked,
            // 3.1.1 [MQTT-3.1.3-7]
            Version::V31 | Version::V311 => asked || self.options.client_id.as_str().is_empty(),
        }
    }

    pub(super) fn send_ping(&mut self) {
        self.unsent.push_back(Unsent::Packet(Packet::PingReq));
        self.connection.ping_queued(self.now, self.answer_until());
    }

    pub(super) fn answer_until(&self) -> Option<Instant> {
        let timeout = self.options.answer_timeout;
        (!timeout.is_zero()).then(|| self.now + timeout)
    }

    pub(super) fn ping_at(&self) -> Option<Instant> {
        self.is_connected()
            .then(|| self.connection.ping_at())
            .flatten()
    }

    /// True while a transport is open or being opened.
    pub(super) fn is_active(&self) -> bool {
        self.is_open() || matches!(self.phase, PhaseState::Dialing { .. })
    }

    /// True while a transport is open.
    pub(super) fn is_open(&self) -> bool {
        matches!(
            self.phase,
            PhaseState::Connecting { .. } | PhaseState::Connected { .. }
        )
    }
}

/// The reason code a client may send for `reason` in DISCONNECT [MQTT-3.14.2-1].
fn client_reason(reason: ReasonCode) -> ReasonCode {
    use ReasonCode as R;
    match reason {
        R::Success
        | R::DisconnectWithWill
        | R::UnspecifiedError
        | R::MalformedPacket
        | R::ProtocolError
        | R::ImplementationSpecificError
        | R::TopicNameInvalid
        | R::ReceiveMaximumExceeded
        | R::TopicAliasInvalid
        | R::PacketTooLarge
        | R::MessageRateTooHigh
        | R::QuotaExceeded
        | R::AdministrativeAction
        | R::PayloadFormatInvalid => reason,
        _ => R::UnspecifiedError,
    }
}
