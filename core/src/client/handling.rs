//! What each packet from the server means.

use alloc::vec::Vec;

use bytes::BytesMut;

use crate::packet::{
    Ack, Auth, ConnAck, Disconnect, Packet, PacketId, PacketKind, Properties, Publish, ReasonCode,
    Version,
};
use crate::time::Instant;

use super::Client;
use super::connection::AuthStep;
use super::event::{ClientEvent, Disconnected, Outcome};
use super::ids::Holder;
use super::options::UnknownSession;
use super::receiving::Received;
use super::requests::Ask;
use super::sending::Acknowledged;
use super::state::{OutgoingStep, PhaseState};
use super::violation::{Fault, Violation};
use super::writing::{FILL_PACKETS, Unsent};

impl Client {
    /// Bytes came from the server. Whole packets are taken off the front of `input`; the start of
    /// an incomplete one stays, and so does everything while [`Client::wants_input`] is false.
    /// Without a connection all of it is discarded.
    pub fn handle_bytes(&mut self, now: Instant, input: &mut BytesMut) {
        self.advance_to(now);
        while self.is_open() && self.wants_input() {
            match self.connection.decode(input) {
                Ok(Some(packet)) => {
                    if let Err(violation) = self.handle_packet(packet) {
                        self.fault(Fault::Violation(violation));
                    }
                }
                Ok(None) => {
                    self.connection
                        .note_partial(input.len(), self.answer_until());
                    break;
                }
                Err(error) => self.fault(Fault::Malformed(error)),
            }
        }
        if !self.is_open() {
            input.clear();
        }
        self.fill(FILL_PACKETS);
    }

    fn handle_packet(&mut self, packet: Packet) -> Result<(), Violation> {
        let connecting = matches!(self.phase, PhaseState::Connecting { .. });
        match packet {
            Packet::ConnAck(ack) if connecting => self.on_connack(ack),
            Packet::Auth(auth) => self.on_auth(auth, connecting),
            _ if connecting => Err(Violation::NotConnAckFirst), // [MQTT-3.2.0-1] [MQTT-3.14.0-1]
            Packet::ConnAck(_) => Err(Violation::SecondConnAck), // [MQTT-3.2.0-2]
            Packet::Publish(publish) => self.on_publish(publish),
            Packet::PubAck(ack) => {
                let end = self
                    .sending
                    .finish(ack.packet_id, OutgoingStep::PubAck, &mut self.ids);
                self.on_finished(PacketKind::PubAck, ack, end)
            }
            Packet::PubRec(ack) if ack.reason.is_error() => {
                // [MQTT-4.4.0-2]
                let end = self
                    .sending
                    .finish(ack.packet_id, OutgoingStep::PubRec, &mut self.ids);
                self.on_finished(PacketKind::PubRec, ack, end)
            }
            Packet::PubRec(ack) => self.on_pubrec(ack),
            Packet::PubRel(ack) => self.on_pubrel(ack),
            Packet::PubComp(ack) => {
                let end = self
                    .sending
                    .finish(ack.packet_id, OutgoingStep::PubComp, &mut self.ids);
                self.on_finished(PacketKind::PubComp, ack, end)
            }
            Packet::SubAck(ack) => self.on_answer(
                PacketKind::SubAck,
                ack.packet_id,
                ack.reasons,
                ack.properties,
            ),
            Packet::UnsubAck(ack) => self.on_answer(
                PacketKind::UnsubAck,
                ack.packet_id,
                ack.reasons,
                ack.properties,
            ),
            Packet::PingResp => {
                self.on_pingresp();
                Ok(())
            }
            Packet::Disconnect(disconnect) => self.on_disconnect(disconnect),
            // The decoder knows that a server sends none of these.
            Packet::Connect(_)
            | Packet::Subscribe(_)
            | Packet::Unsubscribe(_)
            | Packet::PingReq => Err(Violation::NotFromServer),
        }
    }

    fn on_connack(&mut self, ack: ConnAck) -> Result<(), Violation> {
        if ack.reason != ReasonCode::Success {
            if ack.session_present {
                return Err(Violation::SessionPresentInRefusal); // [MQTT-3.2.2-6]
            }
            self.refused(ack);
            return Ok(());
        }
        let method = ack.properties.auth_method();
        match &self.options.auth {
            _ if self.options.version != Version::V5 => {}
            None if method.is_some() => return Err(Violation::AuthNotAsked), // [MQTT-4.12.0-6]
            Some((asked, _)) if method.as_ref() != Some(asked) => {
                return Err(Violation::AuthMethodDiffers); // [MQTT-4.12.0-5]
            }
            _ => {}
        }
        if ack.session_present && self.options.version != Version::V31 {
            if self.connection.clean_start() {
                return Err(Violation::SessionPresentAfterCleanStart); // [MQTT-3.2.2-2]
            }
            // 3.1.1 leaves it to the client whether to go on.
            let close = self.options.version == Version::V5
                && self.options.unknown_session == UnknownSession::Close;
            if close && !self.session {
                self.force_clean = true;
                return Err(Violation::SessionUnknownHere); // [MQTT-3.2.2-4]
            }
        }
        if self.options.version == Version::V5
            && self.client_id().as_str().is_empty()
            && ack.properties.assigned_client_id().is_none()
        {
            return Err(Violation::NoAssignedClientId); // [MQTT-3.2.2-16]
        }
        self.connected(ack);
        Ok(())
    }

    fn on_auth(&mut self, auth: Auth, connecting: bool) -> Result<(), Violation> {
        let Some((method, _)) = &self.options.auth else {
            return Err(match connecting {
                true => Violation::NotConnAckFirst,
                false => Violation::AuthNotAsked, // [MQTT-4.12.0-6]
            });
        };
        if auth.properties.auth_method().as_ref() != Some(method) {
            return Err(Violation::AuthMethodDiffers); // [MQTT-4.12.0-5]
        }
        match (self.connection.auth, auth.reason) {
            (AuthStep::Exchanging, ReasonCode::ContinueAuthentication) => {} // [MQTT-4.12.0-2]
            (AuthStep::Exchanging, ReasonCode::Success) if !connecting => {
                self.connection.auth = AuthStep::Settled;
            }
            _ => return Err(Violation::AuthReason), // [MQTT-3.15.2-1]
        }
        self.events.push_back(ClientEvent::Auth(auth));
        Ok(())
    }

    fn on_publish(&mut self, mut publish: Publish) -> Result<(), Violation> {
        self.connection
            .resolve(&mut publish, self.options.topic_alias_max)?;
        let Some(id) = publish.packet_id else {
            self.events.push_back(ClientEvent::Message {
                publish,
                token: None,
            });
            return Ok(());
        };
        // Earlier versions know no Receive Maximum; the number of identifiers is their limit.
        let receive_max = match self.options.version {
            Version::V5 => self.options.receive_max.get(),
            Version::V31 | Version::V311 => u16::MAX,
        };
        let token = match self.receiving.received(id, publish.qos, receive_max) {
            Received::TooMany => return Err(Violation::ReceiveMaximumExceeded),
            Received::Repeated => return Ok(()), // [MQTT-4.3.3-10]
            Received::Deliver(token) => token,
        };
        let manual = self.options.manual_ack;
        if !manual {
            // Whatever the holder makes of it. [MQTT-4.5.0-2]
            self.receiving
                .acknowledge(token, (ReasonCode::Success, Properties::default()));
        }
        self.events.push_back(ClientEvent::Message {
            publish,
            token: manual.then_some(token),
        });
        self.answer();
        Ok(())
    }

    fn on_finished(
        &mut self,
        kind: PacketKind,
        ack: Ack,
        end: Acknowledged,
    ) -> Result<(), Violation> {
        let Ack {
            packet_id,
            reason,
            properties,
        } = ack;
        match end {
            Acknowledged::Done(token) => {
                let outcome = Outcome::Acknowledged { reason, properties };
                self.events
                    .push_back(ClientEvent::Published { token, outcome });
            }
            Acknowledged::Wrong => return Err(Violation::WrongAcknowledgement),
            Acknowledged::Unknown | Acknowledged::Release => {
                self.events.push_back(ClientEvent::Stray {
                    kind,
                    packet_id: Some(packet_id),
                });
            }
        }
        Ok(())
    }

    fn on_pubrec(&mut self, ack: Ack) -> Result<(), Violation> {
        match self.sending.release(ack.packet_id, &self.ids) {
            // [MQTT-4.3.3-4] [MQTT-4.6.0-4]
            Acknowledged::Release => self.release(ack.packet_id, ReasonCode::Success),
            Acknowledged::Wrong => return Err(Violation::WrongAcknowledgement),
            Acknowledged::Unknown | Acknowledged::Done(_) => {
                // The server can finish with an identifier that nothing here has.
                self.release(ack.packet_id, ReasonCode::PacketIdentifierNotFound);
                let (kind, packet_id) = (PacketKind::PubRec, Some(ack.packet_id));
                self.events
                    .push_back(ClientEvent::Stray { kind, packet_id });
            }
        }
        Ok(())
    }

    /// Sends PUBREL.
    pub(super) fn release(&mut self, packet_id: PacketId, reason: ReasonCode) {
        let ack = self.plain_ack(packet_id, reason);
        self.unsent.push_back(Unsent::Packet(Packet::PubRel(ack)));
    }

    fn on_pubrel(&mut self, ack: Ack) -> Result<(), Violation> {
        let packet_id = ack.packet_id;
        let (reason, counted) = self
            .receiving
            .released(packet_id)
            .ok_or(Violation::WrongAcknowledgement)?;
        if reason.is_error() {
            let kind = PacketKind::PubRel;
            self.events.push_back(ClientEvent::Stray {
                kind,
                packet_id: Some(packet_id),
            });
        }
        let packet = Packet::PubComp(self.plain_ack(packet_id, reason)); // [MQTT-4.3.3-11]
        self.unsent.push_back(match counted {
            true => Unsent::LastAnswer(packet),
            false => Unsent::Packet(packet),
        });
        Ok(())
    }

    fn on_answer(
        &mut self,
        kind: PacketKind,
        id: PacketId,
        reasons: Vec<ReasonCode>,
        properties: Properties,
    ) -> Result<(), Violation> {
        let Some(request) = self.requests.sent(id) else {
            if let Some(Holder::Message(_)) = self.ids.holder(id) {
                return Err(Violation::WrongAcknowledgement); // [MQTT-2.2.1-6]
            }
            self.events.push_back(ClientEvent::Stray {
                kind,
                packet_id: Some(id),
            });
            return Ok(());
        };
        let (expected, filters) = match &request.ask {
            Ask::Subscribe(filters) => (PacketKind::SubAck, filters.len()),
            Ask::Unsubscribe(filters) => (PacketKind::UnsubAck, filters.len()),
        };
        if kind != expected {
            return Err(Violation::WrongAcknowledgement);
        }
        let counts = kind == PacketKind::SubAck || self.options.version == Version::V5;
        if counts && reasons.len() != filters {
            return Err(Violation::WrongNumberOfReasons); // [MQTT-3.8.4-6] [MQTT-3.11.3-2]
        }
        let token = request.token;
        let remember = self.options.limits.subscriptions_max;
        self.requests
            .answered(id, &reasons, remember, &mut self.ids);
        self.events.push_back(match kind {
            PacketKind::SubAck => ClientEvent::Subscribed {
                token,
                reasons,
                properties,
            },
            _ => ClientEvent::Unsubscribed {
                token,
                reasons,
                properties,
            },
        });
        Ok(())
    }

    fn on_pingresp(&mut self) {
        if !self.connection.pong() {
            let kind = PacketKind::PingResp;
            self.events.push_back(ClientEvent::Stray {
                kind,
                packet_id: None,
            });
        }
    }

    fn on_disconnect(&mut self, disconnect: Disconnect) -> Result<(), Violation> {
        if disconnect.properties.session_expiry_secs().is_some() {
            return Err(Violation::SessionExpiryInDisconnect); // [MQTT-3.14.2-2]
        }
        self.unsend();
        self.end(Disconnected::ByServer(disconnect));
        Ok(())
    }

    fn plain_ack(&self, packet_id: PacketId, reason: ReasonCode) -> Ack {
        let reason = match self.options.version {
            Version::V5 => reason,
            Version::V31 | Version::V311 => ReasonCode::Success,
        };
        Ack {
            packet_id,
            reason,
            properties: Properties::default(),
        }
    }
}
