//! What waits for the transport, and how it becomes bytes.

use core::num::{NonZeroU16, NonZeroU32};

use bytes::Bytes;

use crate::codec::{self, PublishHead, publish_first_byte};
use crate::packet::{Packet, PacketId, Properties, PropertyKind, Version};
use crate::time::Instant;
use crate::transmit::{Transmit, TransmitStatus};

use super::Client;
use super::aliases::Alias;
use super::check;
use super::connection::Connection;
use super::event::{ClientEvent, Disconnected, DropCause, Outcome, PublishToken, Publishing};
use super::options::OverLimit;
use super::sending::{Held, Next};

/// How many packets are made ready before the transport asks for them. Beyond it messages wait in
/// the queue, where the limits and policies of the queue apply.
pub(super) const FILL_PACKETS: usize = 256;

/// Something that waits for the transport.
#[derive(Clone, Debug)]
pub(super) enum Unsent {
    Packet(Packet),
    /// The last answer to a received message: from here on the server may send another.
    LastAnswer(Packet),
    /// A QoS 0 message.
    Once(Held),
    /// The QoS 1 or QoS 2 message with this number, if it is still in flight.
    InFlight(u64),
    /// Bytes as they are.
    Raw(Bytes),
}

/// Why something could not be written.
enum Unwritable {
    TooLarge,
    Unencodable,
}

impl Client {
    /// Puts whole packets into `out` until its limit is reached.
    ///
    /// `Drained` means that nothing waits. After [`ClientEvent::Hangup`] this gives the last words
    /// of the connection that ended.
    pub fn poll_transmit(&mut self, now: Instant, out: &mut Transmit) -> TransmitStatus {
        self.advance_to(now);
        loop {
            if self.unsent.is_empty() {
                self.fill(FILL_PACKETS);
            }
            if out.is_full() && !self.unsent.is_empty() {
                return TransmitStatus::More;
            }
            let Some(unsent) = self.unsent.pop_front() else {
                return TransmitStatus::Drained;
            };
            let before = out.len();
            if let Err(unwritable) = self.write(unsent, out) {
                // Nothing that must be sent can be left out.
                if self.is_open() {
                    self.unsend();
                    self.end(match unwritable {
                        Unwritable::TooLarge => Disconnected::PacketSizeUnusable,
                        Unwritable::Unencodable => Disconnected::Unencodable,
                    });
                }
                return TransmitStatus::Drained;
            }
            if out.len() > before {
                out.end_packet();
                self.connection.sent_at = self.now;
            }
        }
    }

    /// Makes ready what may be sent, up to `max` packets that wait for the transport.
    pub(super) fn fill(&mut self, max: usize) {
        if !self.is_connected() {
            return; // [MQTT-3.1.2-30]
        }
        self.answer(); // [MQTT-4.9.0-3]
        while self.unsent.len() < max
            && let Some(request) = self.requests.front()
        {
            if let Some(cause) = self.request_over_limit(request) {
                if let Some(token) = self.requests.drop_front() {
                    self.events
                        .push_back(ClientEvent::RequestDropped { token, cause });
                }
                continue;
            }
            let Some(packet) = self.requests.next(&mut self.ids) else {
                break;
            };
            self.unsent.push_back(Unsent::Packet(packet)); // [MQTT-3.3.4-8]
        }
        while self.unsent.len() < max {
            let next = match self.front_over_limit() {
                Some(cause) => self.sending.drop_front(cause),
                None => self
                    .sending
                    .next(self.now, self.send_quota(), &mut self.ids),
            };
            match next {
                None => break,
                Some(Next::Once(held)) => self.unsent.push_back(Unsent::Once(held)),
                Some(Next::InFlight(number)) => self.unsent.push_back(Unsent::InFlight(number)),
                Some(Next::Dropped(token, cause)) => self.dropped(&[token], cause),
            }
        }
    }

    /// Makes ready the acknowledgements that are decided and in order.
    pub(super) fn answer(&mut self) {
        while let Some(packet) = self.receiving.next_answer() {
            let last = match &packet {
                Packet::PubRec(ack) => ack.reason.is_error(),
                _ => true,
            };
            self.unsent.push_back(match last {
                true => Unsent::LastAnswer(packet),
                false => Unsent::Packet(packet),
            });
        }
    }

    pub(super) fn dropped(&mut self, tokens: &[PublishToken], cause: DropCause) {
        for &token in tokens {
            let outcome = Outcome::Dropped(cause);
            self.events
                .push_back(ClientEvent::Published { token, outcome });
        }
    }

    /// Why the message at the front of the queue cannot be sent on this connection, if so.
    fn front_over_limit(&mut self) -> Option<DropCause> {
        let server = self.connection.server;
        let publishing = self.sending.front_mut()?;
        if self.options.over_limit == OverLimit::Lower {
            publishing.qos = publishing.qos.min(server.qos_max); // [MQTT-3.2.2-11]
            publishing.retain &= server.retain; // [MQTT-3.2.2-14]
        }
        check::publish_over_limit(publishing, &server, self.options.version)
    }

    /// Writes one thing. What may be left out, because it stands for itself, is left out silently.
    fn write(&mut self, unsent: Unsent, out: &mut Transmit) -> Result<(), Unwritable> {
        let version = self.options.version;
        let max = self.connection.server.packet_bytes_max;
        match unsent {
            Unsent::Packet(packet) => {
                self.connection.connect_sent |= matches!(packet, Packet::Connect(_));
                write_packet(packet, version, max, out)
            }
            Unsent::LastAnswer(packet) => {
                self.receiving.answered();
                write_packet(packet, version, max, out)
            }
            Unsent::Once(held) => {
                self.sending.gone(&held);
                // [MQTT-3.3.1-2] [MQTT-4.3.1-1]
                write_publish(
                    &held,
                    None,
                    false,
                    version,
                    self.now,
                    &mut self.connection,
                    out,
                )?;
                let (token, outcome) = (held.token, Outcome::Sent);
                self.events
                    .push_back(ClientEvent::Published { token, outcome });
                Ok(())
            }
            Unsent::InFlight(number) => self.write_in_flight(number, out),
            Unsent::Raw(bytes) => {
                self.connection.connect_sent = true;
                out.put_shared(bytes);
                Ok(())
            }
        }
    }

    fn write_in_flight(&mut self, number: u64, out: &mut Transmit) -> Result<(), Unwritable> {
        let version = self.options.version;
        let server = self.connection.server;
        let Some(message) = self.sending.in_flight_mut(number) else {
            return Ok(());
        };
        // This may be another connection than that for which the message was admitted.
        if let Some(cause) = check::publish_over_limit(&message.held.publishing, &server, version) {
            let token = message.held.token;
            self.sending.remove(number, &mut self.ids);
            self.dropped(&[token], cause);
            return Ok(());
        }
        // [MQTT-3.3.1-1] [MQTT-4.3.2-2] [MQTT-4.3.3-2]
        let dup = message.transmissions > 0;
        message.transmissions = message.transmissions.saturating_add(1);
        let (id, held) = (Some(message.packet_id), &message.held);
        write_publish(held, id, dup, version, self.now, &mut self.connection, out)
    }
}

/// Writes a packet, without what it says to people if only so it is short enough for the server.
fn write_packet(
    mut packet: Packet,
    version: Version,
    max: Option<NonZeroU32>,
    out: &mut Transmit,
) -> Result<(), Unwritable> {
    if let Some(max) = max {
        let too_large = |packet: &Packet| {
            let len = codec::encoded_len(packet, version).map_err(|_| Unwritable::Unencodable)?;
            Ok(len > max.get() as usize)
        };
        if too_large(&packet)? {
            if let Some(properties) = wordy_properties(&mut packet) {
                // [MQTT-3.4.2-2] [MQTT-3.4.2-3] [MQTT-3.5.2-2] [MQTT-3.5.2-3] [MQTT-3.14.2-3]
                // [MQTT-3.14.2-4]
                let words = [PropertyKind::ReasonString, PropertyKind::UserProperty];
                *properties = properties.without(&words);
            }
            if too_large(&packet)? {
                return Err(Unwritable::TooLarge); // [MQTT-3.2.2-15]
            }
        }
    }
    codec::encode(&packet, version, out.scratch()).map_err(|_| Unwritable::Unencodable)
}

/// The properties of a packet that may have some for people, which it can do without.
fn wordy_properties(packet: &mut Packet) -> Option<&mut Properties> {
    match packet {
        Packet::PubAck(ack) | Packet::PubRec(ack) | Packet::PubRel(ack) | Packet::PubComp(ack) => {
            Some(&mut ack.properties)
        }
        Packet::Disconnect(disconnect) => Some(&mut disconnect.properties),
        _ => None,
    }
}

/// Writes the PUBLISH of a message as it leaves at `now`: with the lifetime that is left, and with
/// an alias if there is one.
fn write_publish(
    held: &Held,
    packet_id: Option<PacketId>,
    dup: bool,
    version: Version,
    now: Instant,
    connection: &mut Connection,
    out: &mut Transmit,
) -> Result<(), Unwritable> {
    let Publishing {
        topic,
        payload,
        qos,
        retain,
        properties,
    } = &held.publishing;
    // What was sent before is never taken back for its age. [MQTT-4.3.3-7]
    let expiry = held.expiry_secs_left(now).map(|secs| secs.max(1));
    let rest = expiry.map(|_| properties.without(&[PropertyKind::MessageExpiryInterval]));
    let mut head = PublishHead {
        version,
        topic: topic.as_str(),
        with_id: packet_id.is_some(),
        properties: rest.as_ref().unwrap_or(properties).raw(),
        message_expiry_secs: expiry,
        topic_alias: Some(NonZeroU16::MIN),
        subscription_ids: &[],
        payload_len: payload.len(),
    };
    let max = connection
        .server
        .packet_bytes_max
        .map_or(usize::MAX, |max| max.get() as usize);
    let room_for_alias = head.packet_len().is_ok_and(|len| len <= max);
    head.topic_alias = None;
    if room_for_alias {
        match connection.outgoing_aliases.assign(topic) {
            Alias::None => {}
            Alias::Set(alias) => head.topic_alias = Some(alias),
            Alias::Use(alias) => (head.topic_alias, head.topic) = (Some(alias), ""),
        }
    }
    let start = out.scratch().len();
    let layout = head
        .encode(out.scratch())
        .map_err(|_| Unwritable::Unencodable)?;
    let first_byte = publish_first_byte(dup, *qos, *retain);
    layout.patch(&mut out.scratch()[start..], first_byte, packet_id, expiry);
    out.put_shared(payload.clone());
    Ok(())
}
