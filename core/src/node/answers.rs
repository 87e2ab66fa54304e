//! What is said in answer, and what answers to us mean.

use super::{ConnId, Node, Violation, tell};
use crate::connection::Answer;
use crate::node::Lsn;
use crate::observe::{Event, Observer};
use crate::packet::{Ack, PacketId, PacketKind, QoS, ReasonCode};
use crate::session::{InFlight, SessionKey, Stage, Window};

pub(super) const SUCCESS: (ReasonCode, &str) = (ReasonCode::Success, "");
const NOT_FOUND: (ReasonCode, &str) = (
    ReasonCode::PacketIdentifierNotFound,
    "no open message has this packet identifier",
);

impl<O: Observer> Node<O> {
    /// Queues an answer that depends on every record so far.
    pub(super) fn answer(&mut self, conn: ConnId, answer: Answer) {
        let lsn = self.store.last();
        self.answer_after(conn, lsn, answer);
    }

    /// Queues an answer behind those that wait; order among them is the standard's
    /// [MQTT-4.6.0-2] [MQTT-4.6.0-4].
    fn answer_after(&mut self, conn: ConnId, lsn: Lsn, answer: Answer) {
        let connection = &mut self.conns[conn.slot()];
        connection.answers_bytes += answer.weight();
        connection.answers.push_back((lsn, answer));
        self.mark_ready(conn);
    }

    /// Queues a PUBACK, PUBREC, PUBREL or PUBCOMP, with a sentence if there is one.
    pub(super) fn ack(
        &mut self,
        conn: ConnId,
        kind: PacketKind,
        packet_id: PacketId,
        (reason, why): (ReasonCode, &'static str),
    ) {
        self.answer(conn, Answer::Ack(kind, packet_id, reason, why));
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
        let window = &self.sessions[key.0 as usize].window;
        let Some((number, entry)) = find(window, ack) else {
            return; // Nothing answers a PUBACK; one too many does no harm.
        };
        if entry.delivery.qos != QoS::AtLeastOnce {
            return self.violate(conn, Violation::WrongAck(PacketKind::PubAck));
        }
        self.complete(conn, key, number);
    }

    pub(super) fn on_pubrec(&mut self, conn: ConnId, ack: &Ack) {
        let Some(key) = self.session_of(conn) else {
            return;
        };
        let window = &mut self.sessions[key.0 as usize].window;
        let number = window.find(ack.packet_id);
        let Some((number, entry)) = number.and_then(|n| Some((n, window.get(n)?))) else {
            return self.ack(conn, PacketKind::PubRel, ack.packet_id, NOT_FOUND);
        };
        if entry.delivery.qos != QoS::ExactlyOnce {
            return self.violate(conn, Violation::WrongAck(PacketKind::PubRec));
        }
        if ack.reason.is_error() {
            return self.complete(conn, key, number); // The client does not want it [MQTT-4.8.2-6].
        }
        let first = window.release(number); // [MQTT-4.3.3-6]
        // What is still to be sent again at this connection will be, as PUBREL.
        let answer = window.is_sent(number);
        if first {
            self.persist_inflight(key, number);
        }
        if answer {
            self.ack(conn, PacketKind::PubRel, ack.packet_id, SUCCESS); // [MQTT-4.3.3-4]
        } else {
            self.mark_ready(conn);
        }
    }

    pub(super) fn on_pubcomp(&mut self, conn: ConnId, ack: &Ack) {
        let Some(key) = self.session_of(conn) else {
            return;
        };
        let window = &self.sessions[key.0 as usize].window;
        let Some((number, entry)) = find(window, ack) else {
            return;
        };
        if entry.delivery.qos != QoS::ExactlyOnce || entry.stage != Stage::Release {
            return self.violate(conn, Violation::WrongAck(PacketKind::PubComp));
        }
        self.complete(conn, key, number);
    }

    /// A delivery is done: its identifier is free and there is room in the window.
    fn complete(&mut self, conn: ConnId, key: SessionKey, number: u64) {
        let window = &mut self.sessions[key.0 as usize].window;
        let Some(entry) = window.remove(number) else {
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
        let waits = !session.queue.is_empty() || !session.replays.is_empty();
        if waits || session.window.has_unsent() {
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
                SUCCESS
            }
            false => NOT_FOUND,
        };
        // The same identifier [MQTT-2.2.1-5], and whatever has become of the message [MQTT-4.3.3-13].
        self.ack(conn, PacketKind::PubComp, ack.packet_id, reason); // [MQTT-4.3.3-11]
    }
}

/// What an acknowledgement is about.
fn find<'a>(window: &'a Window, ack: &Ack) -> Option<(u64, &'a InFlight)> {
    let number = window.find(ack.packet_id)?;
    Some((number, window.get(number)?))
}
