//! Bytes for a connection, pulled when its transport can take them.

use super::retain::Refill;
use super::{CloseCause, ConnId, Node, tell};
use crate::codec::{PublishHead, encode, encoded_len, publish_first_byte};
use crate::connection::{Answer, Connection};
use crate::message::MessageId;
use crate::node::Lsn;
use crate::observe::{Decision, Event, Observer, Why};
use crate::packet::{
    Ack, Packet, PacketId, PacketKind, Property, PropertyKind, QoS, ReasonCode, Version,
};
use crate::session::{Delivery, InFlight, Next, SessionKey, Stage};
use crate::time::Instant;
use crate::topic::Utf8;
use crate::transmit::{Transmit, TransmitStatus};
use core::num::NonZeroU16;

/// How far the answers of a connection have come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Answered {
    /// Messages may follow.
    All,
    /// There is no room for more.
    Full,
    /// Nothing may follow before the store has come further.
    Waits,
}

impl<O: Observer> Node<O> {
    /// Appends what waits for a connection to `out`: answers first, then what has to be sent
    /// again, then messages as far as the client's Receive Maximum goes. A message gets its
    /// packet identifier here.
    ///
    /// `More` means that `out` is full or that this was enough work for one turn: write, then ask
    /// again.
    pub fn poll_transmit(
        &mut self,
        now: Instant,
        conn: ConnId,
        out: &mut Transmit,
    ) -> TransmitStatus {
        self.begin(now);
        let Some(slot) = self.live(conn) else {
            return TransmitStatus::Drained;
        };
        self.conns[slot].ready = false;
        match self.transmit_answers(conn, out) {
            Answered::All => {}
            Answered::Full => return TransmitStatus::More,
            Answered::Waits => return TransmitStatus::Drained,
        }
        if self.conns[slot].is_closing() {
            self.forget(conn);
            return TransmitStatus::Drained;
        }
        let limits = &self.config.limits;
        if self.conns[slot].answers.len() * 2 <= limits.answers_max
            && self.conns[slot].answers_bytes * 2 <= limits.answers_bytes_max
        {
            let asked = self.conns[slot]
                .authentication
                .as_ref()
                .is_some_and(|exchange| exchange.asked.is_some());
            if self.conns[slot].is_connected() && !asked {
                self.resume_reading(conn);
            }
        }
        match self.conns[slot].session {
            Some(key) if self.conns[slot].is_connected() => self.transmit_messages(conn, key, out),
            _ => TransmitStatus::Drained,
        }
    }

    fn transmit_answers(&mut self, conn: ConnId, out: &mut Transmit) -> Answered {
        let durable = self.store.durable();
        loop {
            let connection = &mut self.conns[conn.slot()];
            let Some((lsn, answer)) = connection.answers.front() else {
                break;
            };
            if *lsn > durable {
                // Messages may pass a PUBACK that waits for its record, but no CONNACK or SUBACK.
                let messages_pass = matches!(answer, Answer::Ack(..) | Answer::PingResp);
                self.wait_for_store(conn);
                return match messages_pass {
                    true => Answered::All,
                    false => Answered::Waits,
                };
            }
            if out.is_full() {
                return Answered::Full;
            }
            let Some((lsn, answer)) = connection.answers.pop_front() else {
                break;
            };
            connection.answers_bytes -= answer.weight();
            if matches!(answer, Answer::Ack(PacketKind::PubAck, ..)) && lsn > Lsn(0) {
                connection.unacked = connection.unacked.saturating_sub(1);
            }
            let start = out.len();
            let (kind, packet_id) = put_answer(connection, answer, out);
            let len = out.len() - start;
            if len == 0 {
                // Whoever waits for an answer it cannot take would wait for ever.
                let cause = CloseCause::Administrative(ReasonCode::PacketTooLarge);
                self.close(conn, cause);
                continue;
            }
            out.end_packet();
            self.stats.packets_sent += 1;
            self.stats.bytes_sent += len as u64;
            if O::ACTIVE && self.armed {
                self.tell_out(conn, kind, len, packet_id, None, false);
            }
        }
        let connection = &mut self.conns[conn.slot()];
        if connection.answers.is_empty() && connection.answers.capacity() > 16 {
            connection.answers = alloc::collections::VecDeque::new();
        }
        Answered::All
    }

    fn transmit_messages(
        &mut self,
        conn: ConnId,
        key: SessionKey,
        out: &mut Transmit,
    ) -> TransmitStatus {
        let mut steps = self.config.limits.retained_per_turn;
        loop {
            if out.is_full() {
                return TransmitStatus::More;
            }
            let connection = &mut self.conns[conn.slot()];
            let session = &mut self.sessions[key.0 as usize];
            match session.window.next(connection.window) {
                Next::Held => return TransmitStatus::Drained, // Nothing passes it.
                Next::Nothing => {}
                Next::Send(number) => {
                    let Some(entry) = session.window.get(number) else {
                        return TransmitStatus::Drained;
                    };
                    let expired = entry.delivery.message.is_expired(self.now);
                    if expired && !entry.sent && entry.stage == Stage::Publish {
                        // The store took longer than the message lasts [MQTT-3.3.2-5].
                        let entry = entry.clone();
                        session.window.advance(number);
                        session.window.remove(number);
                        self.drop_unsent(key, &entry.delivery, Why::Expired);
                        continue;
                    }
                    if entry.delivery.lsn > self.store.durable() {
                        self.wait_for_store(conn); // Not before its identifier is safe.
                        return TransmitStatus::Drained;
                    }
                    let entry = entry.clone();
                    self.send_entry(conn, key, number, &entry, out);
                    continue;
                }
            }
            let full = session.window.len() >= usize::from(connection.window);
            let kept = !session.replays.is_empty();
            // What came before the SUBSCRIBE goes before what is kept; what came after it takes turns.
            let turn = match (session.queue.front(), session.replays.front()) {
                (Some(front), Some(replay)) => {
                    session.replay_next && front.message.id > replay.until
                }
                _ => true,
            };
            let first = kept && self.kept_comes_first(key);
            if first && full {
                return TransmitStatus::Drained;
            }
            if first || (kept && turn && !full) {
                match self.refill(key, &mut steps) {
                    Refill::Next => {}
                    Refill::Done => continue,
                    Refill::Later => return TransmitStatus::More,
                }
            }
            let session = &mut self.sessions[key.0 as usize];
            let Some(front) = session.queue.front() else {
                return TransmitStatus::Drained;
            };
            let expired = front.message.is_expired(self.now);
            if !expired && full && front.qos > QoS::AtMostOnce {
                return TransmitStatus::Drained; // [MQTT-3.3.4-9]
            }
            if !expired && front.lsn > self.store.durable() {
                self.wait_for_store(conn);
                return TransmitStatus::Drained;
            }
            session.replay_next = !session.queue.is_kept_first();
            let Some(delivery) = session.queue.pop() else {
                return TransmitStatus::Drained;
            };
            self.queue_bytes -= delivery.message.cost();
            if expired {
                self.drop_unsent(key, &delivery, Why::Expired); // [MQTT-3.3.2-5]
                continue;
            }
            if delivery.qos == QoS::AtMostOnce {
                self.send_once(conn, key, &delivery, out);
            } else if let Some(packet_id) = session.window.free_id() {
                let number = session.window.push(InFlight {
                    packet_id,
                    stage: Stage::Publish,
                    sent: false,
                    delivery,
                });
                self.persist_inflight(key, number);
            }
        }
    }

    /// Sends a message of QoS 0.
    fn send_once(
        &mut self,
        conn: ConnId,
        key: SessionKey,
        delivery: &Delivery,
        out: &mut Transmit,
    ) {
        let connection = &mut self.conns[conn.slot()];
        let start = out.len();
        match put_publish(connection, delivery, None, false, self.now, out) {
            true => {
                self.stats.payload_bytes_sent += delivery.message.payload.len() as u64;
                self.note_publish(conn, start, None, delivery, false, out);
            }
            false => self.drop_unsent(key, delivery, Why::TooLarge), // [MQTT-3.1.2-25]
        }
    }

    /// Sends an entry of the window: for the first time, or again under the identifier it had
    /// [MQTT-4.4.0-1].
    fn send_entry(
        &mut self,
        conn: ConnId,
        key: SessionKey,
        number: u64,
        entry: &InFlight,
        out: &mut Transmit,
    ) {
        let id = Some(entry.packet_id);
        let message = entry.delivery.message.id;
        let window = &mut self.sessions[key.0 as usize].window;
        window.advance(number);
        let connection = &mut self.conns[conn.slot()];
        let start = out.len();
        if entry.stage == Stage::Release {
            put_short_ack(PacketKind::PubRel, entry.packet_id, out);
            out.end_packet();
            let len = out.len() - start;
            self.stats.packets_sent += 1;
            self.stats.bytes_sent += len as u64;
            tell!(
                self,
                Event::PacketOut {
                    conn,
                    kind: PacketKind::PubRel,
                    len,
                    packet_id: id,
                    message: Some(message),
                    dup: false,
                }
            );
        } else if put_publish(connection, &entry.delivery, id, entry.sent, self.now, out) {
            // DUP says whether it was sent before, and nothing else does [MQTT-3.3.1-3].
            if let Some(entry) = window.get_mut(number) {
                entry.sent = true;
            }
            self.stats.payload_bytes_sent += entry.delivery.message.payload.len() as u64;
            self.note_publish(conn, start, id, &entry.delivery, entry.sent, out); // [MQTT-3.3.1-1]
        } else {
            // Longer than the client takes: it counts as sent and done [MQTT-3.1.2-25].
            window.remove(number);
            self.drop_unsent(key, &entry.delivery, Why::TooLarge);
        }
    }

    fn note_publish(
        &mut self,
        conn: ConnId,
        start: usize,
        packet_id: Option<PacketId>,
        delivery: &Delivery,
        dup: bool,
        out: &mut Transmit,
    ) {
        out.end_packet();
        let len = out.len() - start;
        self.stats.packets_sent += 1;
        self.stats.messages_sent += 1;
        self.stats.bytes_sent += len as u64;
        if O::ACTIVE && self.armed {
            let message = Some(delivery.message.id);
            self.tell_out(conn, PacketKind::Publish, len, packet_id, message, dup);
        }
    }

    /// Apart, because where nobody watches its place in the middle of a delivery has a price.
    #[cold]
    #[inline(never)]
    fn tell_out(
        &mut self,
        conn: ConnId,
        kind: PacketKind,
        len: usize,
        packet_id: Option<PacketId>,
        message: Option<MessageId>,
        dup: bool,
    ) {
        tell!(
            self,
            Event::PacketOut {
                conn,
                kind,
                len,
                packet_id,
                message,
                dup,
            }
        );
    }

    pub(super) fn drop_unsent(&mut self, key: SessionKey, delivery: &Delivery, why: Why) {
        self.stats.messages_dropped += 1;
        tell!(
            self,
            Event::Decided {
                message: delivery.message.id,
                client: self.sessions[key.0 as usize].client_id.as_str(),
                decision: Decision::Dropped(why),
            }
        );
        self.unpersist_delivery(key, delivery);
    }

    /// Looks at a connection again when the store has come further.
    fn wait_for_store(&mut self, conn: ConnId) {
        let connection = &mut self.conns[conn.slot()];
        if !connection.waits {
            connection.waits = true;
            self.store.wait(conn);
        }
    }
}

/// Encodes an answer. One that is longer than the client takes loses what it may lose, or is not
/// sent at all [MQTT-3.1.2-24].
fn put_answer(
    connection: &Connection,
    answer: Answer,
    out: &mut Transmit,
) -> (PacketKind, Option<PacketId>) {
    let version = connection.version;
    let mut packet = match answer {
        Answer::PingResp => {
            out.put(&[0xD0, 0]);
            return (PacketKind::PingResp, None);
        }
        Answer::Ack(kind, packet_id, ReasonCode::Success, _) => {
            put_short_ack(kind, packet_id, out);
            return (kind, Some(packet_id));
        }
        Answer::Ack(kind, packet_id, reason, why) => {
            let explain = connection.problem_information && version == Version::V5;
            let why = Some(why).filter(|why| explain && !why.is_empty());
            let why = why.map(|why| Property::ReasonString(Utf8::from_static(why)));
            let ack = Ack {
                packet_id,
                reason,
                properties: why.into_iter().collect(),
            };
            match kind {
                PacketKind::PubAck => Packet::PubAck(ack),
                PacketKind::PubRec => Packet::PubRec(ack),
                PacketKind::PubRel => Packet::PubRel(ack),
                _ => Packet::PubComp(ack),
            }
        }
        Answer::Packet(packet) => *packet,
    };
    let kind = packet.kind();
    let packet_id = match &packet {
        Packet::PubAck(ack) | Packet::PubRec(ack) | Packet::PubRel(ack) | Packet::PubComp(ack) => {
            Some(ack.packet_id)
        }
        Packet::SubAck(ack) => Some(ack.packet_id),
        Packet::UnsubAck(ack) => Some(ack.packet_id),
        _ => None,
    };
    shorten(&mut packet, connection);
    let max = connection.packet_bytes_max as usize;
    if encoded_len(&packet, version).is_ok_and(|len| len <= max)
        && encode(&packet, version, out.scratch()).is_err()
    {
        debug_assert!(false, "invariant: an answer of ours can be encoded");
    }
    (kind, packet_id)
}

/// Takes the texts out of a packet that its client does not want or cannot take.
fn shorten(packet: &mut Packet, connection: &Connection) {
    let too_long = encoded_len(packet, connection.version)
        .is_ok_and(|len| len > connection.packet_bytes_max as usize);
    let (properties, may_explain) = match packet {
        Packet::PubAck(ack) | Packet::PubRec(ack) | Packet::PubRel(ack) | Packet::PubComp(ack) => {
            (&mut ack.properties, connection.problem_information)
        }
        Packet::ConnAck(ack) => (&mut ack.properties, true),
        Packet::Disconnect(disconnect) => (&mut disconnect.properties, true),
        Packet::SubAck(ack) => (&mut ack.properties, connection.problem_information),
        Packet::UnsubAck(ack) => (&mut ack.properties, connection.problem_information),
        Packet::Auth(auth) => (&mut auth.properties, connection.problem_information),
        _ => return,
    };
    if too_long || !may_explain {
        // [MQTT-3.1.2-29] [MQTT-3.2.2-19] [MQTT-3.2.2-20] [MQTT-3.4.2-2] [MQTT-3.4.2-3]
        // [MQTT-3.5.2-2] [MQTT-3.5.2-3] [MQTT-3.6.2-2] [MQTT-3.6.2-3] [MQTT-3.7.2-2] [MQTT-3.7.2-3]
        // [MQTT-3.9.2-1] [MQTT-3.9.2-2] [MQTT-3.11.2-1] [MQTT-3.11.2-2] [MQTT-3.14.2-3]
        // [MQTT-3.14.2-4] [MQTT-3.15.2-2] [MQTT-3.15.2-3]
        *properties = properties.without(&[PropertyKind::ReasonString, PropertyKind::UserProperty]);
    }
}

fn put_short_ack(kind: PacketKind, packet_id: PacketId, out: &mut Transmit) {
    let [high, low] = packet_id.value().to_be_bytes();
    let flags = if kind == PacketKind::PubRel { 2 } else { 0 };
    out.put(&[(kind as u8) << 4 | flags, 2, high, low]);
}

/// Encodes a PUBLISH. False if it is longer than the client takes.
fn put_publish(
    connection: &mut Connection,
    delivery: &Delivery,
    packet_id: Option<PacketId>,
    dup: bool,
    now: Instant,
    out: &mut Transmit,
) -> bool {
    let message = &delivery.message;
    let mut head = PublishHead {
        version: connection.version,
        topic: message.topic.as_str(),
        with_id: packet_id.is_some(),
        properties: message.properties.raw(),
        message_expiry_secs: message.remaining_expiry_secs(now),
        topic_alias: None,
        subscription_ids: delivery.ids.as_slice(),
        payload_len: message.payload.len(),
    };
    let fits = |head: &PublishHead<'_>| {
        head.packet_len()
            .is_ok_and(|len| len <= connection.packet_bytes_max as usize)
    };
    if !fits(&head) {
        return false;
    }
    if connection.version == Version::V5
        && let Some(aliases) = &mut connection.aliases_out
    {
        if let Some(alias) = aliases.known.get(&message.topic) {
            head.topic = "";
            head.topic_alias = NonZeroU16::new(*alias);
        } else if aliases.known.len() < usize::from(aliases.max) {
            let alias = aliases.known.len() as u16 + 1;
            head.topic_alias = NonZeroU16::new(alias);
            if head
                .packet_len()
                .is_ok_and(|len| len <= connection.packet_bytes_max as usize)
            {
                aliases.known.insert(message.topic.clone(), alias);
            } else {
                head.topic_alias = None;
            }
        }
    }
    let scratch = out.scratch();
    let start = scratch.len();
    let Ok(layout) = head.encode(scratch) else {
        return false;
    };
    let first = publish_first_byte(dup, delivery.qos, delivery.retain);
    let expiry = head.message_expiry_secs;
    layout.patch(&mut scratch[start..], first, packet_id, expiry);
    out.put_shared(message.payload.clone());
    true
}
