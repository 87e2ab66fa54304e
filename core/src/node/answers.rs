//! What is said in answer, and what answers to us mean.

use super::{ConnId, Node, Violation, tell};
use crate::connection::Answer;
use crate::node::Lsn;
use crate::observe::{Event, Observer};
use crate::packet::{Ack, PacketKind, QoS, ReasonCode};
use crate::session::{SessionKey, Stage};

impl<O: Observer> Node<O> {
    /// Queues an answer that depends on every record so far.
    pub(super) fn answer(&mut self, conn: ConnId, answer: Answer) {
        let lsn = self.store.last();
        self.answer_after(conn, lsn, answer);
    }

    /// Queues an answer behind those that wait; order among them is the standard's
    /// [MQTT-4.6.0-2] [MQTT-4.6.0-4].
    fn answer_after(&mut self, conn: ConnId, lsn: Lsn, answer: Answer) {
        self.conns[conn.slot()].answers.push_back((lsn, answer));
        self.mark_ready(conn);
    }

    pub(super) fn ack(&mut self, conn: ConnId, kind: PacketKind, ack: Ack) {
        self.answer(conn, Answer::Ack(kind, ack.packet_id, ack.reason));
    }

    pub(super) fn on_pingreq(&mut self, conn: ConnId) {
        self.answer_after(conn, Lsn(0), Answer::PingResp); // [MQTT-3.12.4-1]
    }

    fn session_of(&self, conn: ConnId) -> Option<SessionKey> {
        self.conns[conn.slot()].session
    }

    pub(super) fn on_puback(&mut self, conn: ConnId, ack: &Ack) {
        let Some(key) = self.session_of(conn) else {
            return;
        };
        let session = &self.sessions[key.0 as usize];
        let Some(at) = session.find(ack.packet_id) else {
            return; // Nothing answers a PUBACK; one too many does no harm.
        };
        if session.inflight[at].delivery.qos != QoS::AtLeastOnce {
            return self.violate(conn, Violation::WrongAck(PacketKind::PubAck));
        }
        self.complete(conn, key, at);
    }

    pub(super) fn on_pubrec(&mut self, conn: ConnId, ack: &Ack) {
        let Some(key) = self.session_of(conn) else {
            return;
        };
        let session = &mut self.sessions[key.0 as usize];
        let Some(at) = session.find(ack.packet_id) else {
            return self.ack(
                conn,
                PacketKind::PubRel,
                refer(ack, ReasonCode::PacketIdentifierNotFound),
            );
        };
        let entry = &mut session.inflight[at];
        if entry.delivery.qos != QoS::ExactlyOnce {
            return self.violate(conn, Violation::WrongAck(PacketKind::PubRec));
        }
        if ack.reason.is_error() {
            return self.complete(conn, key, at); // The client does not want it.
        }
        let first = entry.stage == Stage::Publish;
        entry.stage = Stage::Release; // [MQTT-4.3.3-6]
        if first {
            self.persist_inflight(key, at);
        }
        // What was to be sent again at this connection has been answered already.
        let session = &mut self.sessions[key.0 as usize];
        if at >= session.done {
            return;
        }
        self.ack(conn, PacketKind::PubRel, refer(ack, ReasonCode::Success)); // [MQTT-4.3.3-4]
    }

    pub(super) fn on_pubcomp(&mut self, conn: ConnId, ack: &Ack) {
        let Some(key) = self.session_of(conn) else {
            return;
        };
        let session = &self.sessions[key.0 as usize];
        let Some(at) = session.find(ack.packet_id) else {
            return;
        };
        let entry = &session.inflight[at];
        if entry.delivery.qos != QoS::ExactlyOnce || entry.stage != Stage::Release {
            return self.violate(conn, Violation::WrongAck(PacketKind::PubComp));
        }
        self.complete(conn, key, at);
    }

    /// A delivery is done: its identifier is free and there is room in the window.
    fn complete(&mut self, conn: ConnId, key: SessionKey, at: usize) {
        let session = &mut self.sessions[key.0 as usize];
        let Some(entry) = session.complete(at) else {
            return;
        };
        tell!(
            self,
            Event::Completed {
                client: self.sessions[key.0 as usize].client_id.as_str(),
                message: entry.delivery.message.id,
                packet_id: entry.packet_id,
            }
        );
        self.unpersist_delivery(key, &entry.delivery);
        let session = &self.sessions[key.0 as usize];
        if !session.queue.is_empty() || !session.replays.is_empty() {
            self.mark_ready(conn);
        }
    }

    pub(super) fn on_pubrel(&mut self, conn: ConnId, ack: &Ack) {
        let Some(key) = self.session_of(conn) else {
            return;
        };
        let session = &mut self.sessions[key.0 as usize];
        let reason = match session.received.remove(&ack.packet_id) {
            true => {
                self.unpersist_received(key, ack.packet_id);
                ReasonCode::Success
            }
            false => ReasonCode::PacketIdentifierNotFound,
        };
        self.ack(conn, PacketKind::PubComp, refer(ack, reason)); // [MQTT-4.3.3-11]
    }
}

/// An acknowledgement with the same identifier [MQTT-2.2.1-5].
fn refer(ack: &Ack, reason: ReasonCode) -> Ack {
    Ack {
        packet_id: ack.packet_id,
        reason,
        properties: crate::packet::Properties::EMPTY,
    }
}
