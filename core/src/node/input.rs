//! Bytes and losses: what a connection's transport says.

use bytes::BytesMut;

use super::{CloseCause, ConnId, LostCause, Node, Output, Violation, reasons, tell};
use crate::codec::{DecodeError, Status};
use crate::connection::Phase;
use crate::observe::{Event, Observer};
use crate::packet::{Packet, PacketKind};
use crate::time::Instant;

impl<O: Observer> Node<O> {
    /// Takes every whole packet off the front of `input` and handles it. What is left is the
    /// beginning of the next one, or must wait because the connection is throttled.
    pub fn handle_bytes(&mut self, now: Instant, conn: ConnId, input: &mut BytesMut) {
        self.begin(now);
        while let Some(slot) = self.live(conn) {
            let connection = &mut self.conns[slot];
            if connection.is_closing() {
                input.clear(); // [MQTT-3.1.4-6]
                return;
            }
            if connection.throttled || self.must_wait(conn) {
                return;
            }
            let connection = &mut self.conns[slot];
            let before = input.len();
            match connection.decoder.decode(input) {
                Ok(Status::Complete(mut packet)) => {
                    connection.last_packet = self.now;
                    let len = before - input.len();
                    self.stats.bytes_received += len as u64;
                    self.stats.packets_received += 1;
                    tell!(
                        self,
                        Event::PacketIn {
                            conn,
                            packet: &packet,
                            len
                        }
                    );
                    self.on_packet(conn, &mut packet);
                    self.finish();
                }
                Ok(Status::Partial { .. }) => return,
                Err(error) => {
                    input.clear();
                    self.on_malformed(conn, error);
                    self.finish();
                }
            }
        }
    }

    /// The transport is gone. Of no consequence if the node closed the connection itself.
    pub fn connection_lost(&mut self, now: Instant, conn: ConnId, cause: LostCause) {
        self.begin(now);
        let Some(slot) = self.live(conn) else { return };
        if !self.conns[slot].is_closing() {
            tell!(
                self,
                Event::ConnectionClosed {
                    conn,
                    client: self.conns[slot]
                        .session
                        .map(|key| self.sessions[key.0 as usize].client_id.as_str()),
                    cause: CloseCause::Lost(cause),
                }
            );
            self.leave(conn);
        }
        self.forget(conn);
        self.finish();
    }

    /// Frees the slot of a connection whose session has been detached.
    pub(super) fn forget(&mut self, conn: ConnId) {
        let connection = self.conns.remove(conn.slot());
        if let Some(timer) = connection.timer {
            self.timers.cancel(timer);
        }
    }

    /// Whether the connection's packets have to wait: for an answer about its CONNECT, or until
    /// it takes what waits for it.
    fn must_wait(&mut self, conn: ConnId) -> bool {
        let limits = &self.config.limits;
        let connection = &mut self.conns[conn.slot()];
        let asked = match &connection.phase {
            Phase::Authenticating(..) => connection
                .authentication
                .as_ref()
                .is_none_or(|exchange| exchange.asked.is_some()),
            _ => connection
                .authentication
                .as_ref()
                .is_some_and(|exchange| exchange.asked.is_some()),
        };
        let has_room = connection.answers.len() < limits.answers_max
            && connection.answers_bytes < limits.answers_bytes_max;
        if !asked && has_room {
            return false;
        }
        connection.throttled = true;
        self.outputs
            .push_back(Output::Throttle { conn, paused: true });
        true
    }

    /// Lets packets come again, if the reason to make them wait is gone.
    pub(super) fn resume_reading(&mut self, conn: ConnId) {
        let connection = &mut self.conns[conn.slot()];
        if connection.throttled && !connection.is_closing() {
            connection.throttled = false;
            self.outputs.push_back(Output::Throttle {
                conn,
                paused: false,
            });
        }
    }

    /// By reference, because a packet that an observer has seen is copied to be passed on.
    fn on_packet(&mut self, conn: ConnId, packet: &mut Packet) {
        if self.conns[conn.slot()].is_connected() {
            match packet {
                Packet::Publish(publish) => return self.on_publish(conn, publish),
                Packet::PubAck(ack) => return self.on_puback(conn, ack),
                Packet::PubRec(ack) => return self.on_pubrec(conn, ack),
                Packet::PubRel(ack) => return self.on_pubrel(conn, ack),
                Packet::PubComp(ack) => return self.on_pubcomp(conn, ack),
                _ => {}
            }
        }
        let packet = core::mem::replace(packet, Packet::PingReq);
        let kind = packet.kind();
        match (&self.conns[conn.slot()].phase, packet) {
            (Phase::Reading, Packet::Connect(connect)) => self.on_connect(conn, connect),
            (_, Packet::Connect(_)) => self.violate(conn, Violation::SecondConnect), // [MQTT-3.1.0-2]
            (Phase::Authenticating(..), Packet::Auth(auth)) => self.on_auth(conn, &auth),
            // The only other packet that may come during the exchange [MQTT-3.1.2-30].
            (Phase::Authenticating(..), Packet::Disconnect(disconnect)) => {
                self.close(conn, CloseCause::ByClient(disconnect.reason));
            }
            (Phase::Connected, packet) => match packet {
                Packet::Subscribe(subscribe) => self.on_subscribe(conn, subscribe),
                Packet::Unsubscribe(unsubscribe) => self.on_unsubscribe(conn, unsubscribe),
                Packet::PingReq => self.on_pingreq(conn),
                Packet::Disconnect(disconnect) => self.on_disconnect(conn, &disconnect),
                Packet::Auth(auth) => self.on_auth(conn, &auth),
                _ => self.violate(conn, Violation::Unexpected(kind)),
            },
            // The first packet has to be a CONNECT [MQTT-3.1.0-1].
            _ => self.violate(conn, Violation::Unexpected(kind)),
        }
    }

    /// Ends a connection for bytes that are no packet.
    fn on_malformed(&mut self, conn: ConnId, error: DecodeError) {
        let connection = &mut self.conns[conn.slot()];
        match (&connection.phase, error.connack()) {
            (Phase::Reading, Some((version, reason))) => {
                connection.version = version;
                let why = reasons::sentence(&CloseCause::Malformed(error));
                self.refuse(conn, reason, why);
            }
            (Phase::Reading, None) => {}
            // Whatever is wrong with it, a second one is one too many [MQTT-3.1.0-2].
            _ if error.kind == Some(PacketKind::Connect) => {
                return self.violate(conn, Violation::SecondConnect);
            }
            _ => {}
        }
        self.close(conn, CloseCause::Malformed(error)); // [MQTT-4.13.1-1] 3.1.1 [MQTT-4.8.0-1]
    }

    /// Ends a connection for a packet at the wrong moment.
    pub(super) fn violate(&mut self, conn: ConnId, violation: Violation) {
        if !self.conns[conn.slot()].is_connected() {
            // Nobody has been let in: there is no DISCONNECT before CONNACK.
            if matches!(self.conns[conn.slot()].phase, Phase::Authenticating(..)) {
                let why = reasons::sentence(&CloseCause::Violation(violation));
                self.refuse(conn, violation.reason(), why);
            }
        }
        self.close(conn, CloseCause::Violation(violation));
    }
}
