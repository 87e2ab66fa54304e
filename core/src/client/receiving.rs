//! Received QoS 1 and QoS 2 messages: who has to acknowledge what, and in which order.
//!
//! The standard wants PUBACKs in the order of the QoS 1 messages and PUBRECs in the order of the
//! QoS 2 messages, so a message that is acknowledged early waits for those before it.

use alloc::collections::{BTreeMap, VecDeque};

use crate::packet::{Ack, Packet, PacketId, Properties, QoS, ReasonCode};

use super::event::AckToken;
use super::state::{IncomingState, IncomingStep};

/// Reason code and properties of an acknowledgement.
pub(super) type Verdict = (ReasonCode, Properties);

/// What to do with a received message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Received {
    /// Hand it to the holder, who acknowledges by this token.
    Deliver(AckToken),
    /// It was handed over before; only the acknowledgement is repeated.
    Repeated,
    /// More are on their way than the Receive Maximum allows.
    TooMany,
}

/// A QoS 1 message of this connection, without PUBACK.
#[derive(Clone, Debug)]
struct AtLeastOnce {
    packet_id: PacketId,
    token: AckToken,
    verdict: Option<Verdict>,
}

/// A QoS 2 message of this session, without PUBREL.
#[derive(Clone, Debug)]
struct ExactlyOnce {
    token: AckToken,
    verdict: Option<Verdict>,
    /// PUBREC was sent, on whatever connection.
    recorded: bool,
    /// It waits in the order of PUBRECs of this connection.
    queued: bool,
    /// It counts against the Receive Maximum of this connection.
    counted: bool,
}

/// All received messages that are not finished.
#[derive(Clone, Debug, Default)]
pub(super) struct Receiving {
    next_token: u64,
    /// In the order of receipt, so tokens grow.
    at_least_once: VecDeque<AtLeastOnce>,
    exactly_once: BTreeMap<PacketId, ExactlyOnce>,
    /// QoS 2 messages that await PUBREC, in the order of their PUBLISH on this connection.
    records: VecDeque<PacketId>,
    /// Undecided QoS 2 messages by token.
    undecided: BTreeMap<AckToken, PacketId>,
    /// What the server counts against our Receive Maximum.
    on_their_way: usize,
}

impl Receiving {
    /// A PUBLISH with an identifier arrived; at most `receive_max` may be on their way.
    pub(super) fn received(&mut self, id: PacketId, qos: QoS, receive_max: u16) -> Received {
        let old = match qos {
            QoS::ExactlyOnce => self.exactly_once.get(&id),
            _ => None,
        };
        if !old.is_some_and(|old| old.counted) {
            if self.on_their_way >= usize::from(receive_max) {
                return Received::TooMany; // [MQTT-3.3.4-9]
            }
            self.on_their_way += 1;
        }
        if let Some(old) = self
            .exactly_once
            .get_mut(&id)
            .filter(|_| qos == QoS::ExactlyOnce)
        {
            old.counted = true;
            if !core::mem::replace(&mut old.queued, true) {
                self.records.push_back(id); // [MQTT-4.3.3-10]
            }
            return Received::Repeated;
        }
        let token = AckToken(self.next_token);
        self.next_token += 1;
        if qos == QoS::ExactlyOnce {
            self.records.push_back(id);
            self.undecided.insert(token, id);
            let message = ExactlyOnce {
                token,
                verdict: None,
                recorded: false,
                queued: true,
                counted: true,
            };
            self.exactly_once.insert(id, message);
        } else {
            // Whatever its DUP flag says, it is a new message. [MQTT-4.3.2-5]
            self.at_least_once.push_back(AtLeastOnce {
                packet_id: id,
                token,
                verdict: None,
            });
        }
        Received::Deliver(token)
    }

    /// The holder decided. False if nothing waits for `token`.
    pub(super) fn acknowledge(&mut self, token: AckToken, verdict: Verdict) -> bool {
        if let Some(id) = self.undecided.remove(&token) {
            if let Some(message) = self.exactly_once.get_mut(&id) {
                message.verdict = Some(verdict);
            }
            return true;
        }
        let found = self
            .at_least_once
            .binary_search_by_key(&token, |message| message.token);
        match found.ok().and_then(|at| self.at_least_once.get_mut(at)) {
            Some(message) if message.verdict.is_none() => message.verdict = Some(verdict),
            _ => return false,
        }
        true
    }

    /// The next PUBACK or PUBREC that may be sent.
    pub(super) fn next_answer(&mut self) -> Option<Packet> {
        if self
            .at_least_once
            .front()
            .is_some_and(|message| message.verdict.is_some())
        {
            let message = self.at_least_once.pop_front()?; // [MQTT-4.6.0-2]
            let (reason, properties) = message.verdict?;
            // [MQTT-4.3.2-4]
            return Some(Packet::PubAck(Ack {
                packet_id: message.packet_id,
                reason,
                properties,
            }));
        }
        while let Some(&id) = self.records.front() {
            let Some(message) = self.exactly_once.get_mut(&id) else {
                self.records.pop_front();
                continue;
            };
            let (reason, properties) = message.verdict.clone()?;
            self.records.pop_front(); // [MQTT-4.6.0-3]
            message.queued = false;
            message.recorded = true;
            if reason.is_error() {
                self.exactly_once.remove(&id); // [MQTT-4.3.3-9]
            }
            return Some(Packet::PubRec(Ack {
                packet_id: id,
                reason,
                properties,
            })); // [MQTT-4.3.3-8]
        }
        None
    }

    /// PUBREL arrived: the reason code for PUBCOMP, and whether the message counted against the
    /// Receive Maximum. `None` if its PUBREC was never sent.
    pub(super) fn released(&mut self, id: PacketId) -> Option<(ReasonCode, bool)> {
        match self.exactly_once.get(&id) {
            None => Some((ReasonCode::PacketIdentifierNotFound, false)),
            Some(message) if !message.recorded => None,
            Some(message) => {
                let counted = message.counted;
                self.exactly_once.remove(&id); // [MQTT-4.3.3-12]
                Some((ReasonCode::Success, counted))
            }
        }
    }

    /// PUBACK, PUBCOMP or a refusing PUBREC left for a message that counted.
    pub(super) fn answered(&mut self) {
        self.on_their_way = self.on_their_way.saturating_sub(1);
    }

    /// The connection ended. QoS 1 messages will come again as new ones; QoS 2 messages are
    /// remembered, decided or not.
    pub(super) fn connection_ended(&mut self) {
        self.at_least_once.clear();
        self.records.clear();
        self.on_their_way = 0;
        for message in self.exactly_once.values_mut() {
            message.queued = false;
            message.counted = false;
        }
    }

    /// The session ended: nothing received counts any more.
    pub(super) fn end_session(&mut self) {
        self.connection_ended();
        self.exactly_once.clear();
        self.undecided.clear();
    }

    pub(super) fn state(&self) -> impl Iterator<Item = IncomingState> + '_ {
        let at_least_once = self.at_least_once.iter().map(|message| IncomingState {
            packet_id: message.packet_id,
            token: message.verdict.is_none().then_some(message.token),
            step: IncomingStep::Acknowledge,
        });
        let exactly_once = self
            .exactly_once
            .iter()
            .map(|(&packet_id, message)| IncomingState {
                packet_id,
                token: message.verdict.is_none().then_some(message.token),
                step: match message.recorded {
                    true => IncomingStep::PubRel,
                    false => IncomingStep::Acknowledge,
                },
            });
        at_least_once.chain(exactly_once)
    }
}
