//! Published messages: the queue in front of the window, the window, and its steps.
//!
//! Knows no connection. [`super::Client`] says when a connection begins and ends, and takes from
//! here what may be sent.

use alloc::collections::{BTreeMap, VecDeque};
use alloc::vec::Vec;

use crate::packet::{PacketId, QoS};
use crate::time::Instant;

use super::event::{ClientError, DropCause, PublishToken, Publishing};
use super::ids::{Holder, PacketIds};
use super::options::{Limits, QueueFull};
use super::state::OutgoingStep;

/// A message with the time at which it was published.
#[derive(Clone, Debug)]
pub(super) struct Held {
    pub(super) token: PublishToken,
    pub(super) publishing: Publishing,
    pub(super) since: Instant,
}

impl Held {
    fn bytes(&self) -> usize {
        let Publishing {
            topic,
            payload,
            properties,
            ..
        } = &self.publishing;
        topic.as_str().len() + payload.len() + properties.raw().len()
    }

    /// Whole seconds left of the Message Expiry Interval, if there is one.
    pub(super) fn expiry_secs_left(&self, now: Instant) -> Option<u32> {
        let expiry = self.publishing.properties.message_expiry_secs()?;
        let waited = now.saturating_since(self.since).as_secs();
        Some(
            u64::from(expiry)
                .saturating_sub(waited)
                .try_into()
                .unwrap_or(u32::MAX),
        )
    }

    fn expired(&self, now: Instant) -> bool {
        let Some(expiry) = self.publishing.properties.message_expiry_secs() else {
            return false;
        };
        now.saturating_since(self.since).as_secs() >= u64::from(expiry)
    }
}

/// A QoS 1 or QoS 2 message with its packet identifier.
#[derive(Clone, Debug)]
pub(super) struct InFlight {
    pub(super) held: Held,
    pub(super) packet_id: PacketId,
    pub(super) step: OutgoingStep,
    /// How often it was handed to a transport, on any connection.
    pub(super) transmissions: u32,
    /// It has its place on this connection: sent on it or about to be.
    admitted: bool,
    /// The order in which PUBRECs came.
    released: u64,
}

/// What may be sent next.
#[derive(Clone, Debug)]
pub(super) enum Next {
    /// A QoS 0 message; the client holds it from here on and calls [`Sending::gone`] for it.
    Once(Held),
    /// The in-flight message with this number.
    InFlight(u64),
    /// A message that cannot be sent any more, given up.
    Dropped(PublishToken, DropCause),
}

/// What became of an acknowledgement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Acknowledged {
    /// The message is finished.
    Done(PublishToken),
    /// PUBREL is to be sent.
    Release,
    /// Nothing in flight has this identifier.
    Unknown,
    /// Something else has this identifier, or it waits for something else.
    Wrong,
}

/// All published messages that are not finished.
#[derive(Clone, Debug, Default)]
pub(super) struct Sending {
    queue: VecDeque<Held>,
    /// By number, which is the order of the first sending.
    in_flight: BTreeMap<u64, InFlight>,
    next_number: u64,
    next_released: u64,
    /// In-flight messages below this number have their place on this connection.
    resumed_below: u64,
    /// In-flight messages that use the quota of this connection.
    window_used: usize,
    held_messages: usize,
    held_bytes: usize,
}

impl Sending {
    /// Puts `held` at the end of the queue; the messages that had to go for it are in `dropped`.
    pub(super) fn push(
        &mut self,
        held: Held,
        limits: &Limits,
        dropped: &mut Vec<PublishToken>,
    ) -> Result<(), ClientError> {
        let bytes = held.bytes();
        if bytes > limits.bytes_max {
            return Err(ClientError::TooLarge);
        }
        let full = |messages: usize, held: usize| {
            messages >= limits.messages_max || held + bytes > limits.bytes_max
        };
        if full(self.held_messages, self.held_bytes) {
            // What is in flight stays; look before dropping whether the rest makes enough room.
            let (mut messages, mut held) = (self.held_messages, self.held_bytes);
            let mut drop = 0;
            while limits.queue_full == QueueFull::DropOldest && full(messages, held) {
                let Some(oldest) = self.queue.get(drop) else {
                    break;
                };
                (messages, held, drop) = (messages - 1, held - oldest.bytes(), drop + 1);
            }
            if full(messages, held) {
                return Err(ClientError::QueueFull);
            }
            for oldest in self.queue.drain(..drop) {
                dropped.push(oldest.token);
            }
            (self.held_messages, self.held_bytes) = (messages, held);
        }
        self.held_messages += 1;
        self.held_bytes += bytes;
        self.queue.push_back(held);
        Ok(())
    }

    /// The next thing to send, if the window of `quota` leaves room for it.
    ///
    /// What is in flight from an earlier connection comes first, in its old order
    /// [MQTT-4.6.0-1]; then the queue, strictly in order.
    pub(super) fn next(&mut self, now: Instant, quota: u16, ids: &mut PacketIds) -> Option<Next> {
        let window_open = self.window_used < usize::from(quota);
        let old = self.in_flight.range_mut(self.resumed_below..);
        let old = old
            .into_iter()
            .find(|(_, message)| message.step != OutgoingStep::PubComp);
        if let Some((&number, message)) = old {
            if !window_open {
                return None; // [MQTT-3.3.4-7] [MQTT-4.9.0-2]
            }
            message.admitted = true;
            self.window_used += 1;
            self.resumed_below = number + 1;
            return Some(Next::InFlight(number));
        }
        self.resumed_below = self.next_number;

        let front = self.queue.front()?;
        let qos = front.publishing.qos;
        let expired = front.expired(now);
        if qos != QoS::AtMostOnce && !expired && !window_open {
            return None; // [MQTT-3.3.4-7] [MQTT-4.9.0-2]
        }
        let step = match qos {
            _ if expired => return self.drop_front(DropCause::Expired),
            QoS::AtMostOnce => return self.queue.pop_front().map(Next::Once),
            QoS::AtLeastOnce => OutgoingStep::PubAck,
            QoS::ExactlyOnce => OutgoingStep::PubRec,
        };
        let number = self.next_number;
        let packet_id = ids.take(Holder::Message(number))?;
        let held = self.queue.pop_front()?;
        self.next_number += 1;
        self.resumed_below = self.next_number;
        self.window_used += 1;
        let message = InFlight {
            held,
            packet_id,
            step,
            transmissions: 0,
            admitted: true,
            released: 0,
        };
        self.in_flight.insert(number, message); // [MQTT-4.3.2-3] [MQTT-4.3.3-3]
        Some(Next::InFlight(number))
    }

    /// The message at the front of the queue, to be checked or changed before it is sent.
    pub(super) fn front_mut(&mut self) -> Option<&mut Publishing> {
        Some(&mut self.queue.front_mut()?.publishing)
    }

    /// Gives up the message at the front of the queue.
    pub(super) fn drop_front(&mut self, cause: DropCause) -> Option<Next> {
        let held = self.queue.pop_front()?;
        self.gone(&held);
        Some(Next::Dropped(held.token, cause))
    }

    /// A message that [`Next::Once`] handed out was sent or dropped.
    pub(super) fn gone(&mut self, held: &Held) {
        self.held_messages -= 1;
        self.held_bytes -= held.bytes();
    }

    /// Messages that [`Next::Once`] handed out and the transport did not take come back, last
    /// one first.
    pub(super) fn unsent(&mut self, held: Held) {
        self.queue.push_front(held);
    }

    /// Gives up the QoS 0 messages of the queue.
    pub(super) fn drop_unacknowledged(&mut self, dropped: &mut Vec<PublishToken>) {
        let Self {
            queue,
            held_messages,
            held_bytes,
            ..
        } = self;
        queue.retain(|held| {
            let keep = held.publishing.qos != QoS::AtMostOnce;
            if !keep {
                *held_messages -= 1;
                *held_bytes -= held.bytes();
                dropped.push(held.token);
            }
            keep
        });
    }

    pub(super) fn in_flight_mut(&mut self, number: u64) -> Option<&mut InFlight> {
        self.in_flight.get_mut(&number)
    }

    /// PUBACK, or PUBREC with a code of 0x80 or more, or PUBCOMP: `from` says which step it ends.
    pub(super) fn finish(
        &mut self,
        id: PacketId,
        from: OutgoingStep,
        ids: &mut PacketIds,
    ) -> Acknowledged {
        let number = match ids.holder(id) {
            None => return Acknowledged::Unknown,
            Some(Holder::Request) => return Acknowledged::Wrong,
            Some(Holder::Message(number)) => number,
        };
        match self.in_flight.get(&number) {
            None => return Acknowledged::Unknown,
            Some(message) if message.step != from => return Acknowledged::Wrong,
            Some(_) => {}
        }
        self.remove(number, ids)
            .map_or(Acknowledged::Unknown, |m| Acknowledged::Done(m.held.token))
    }

    /// PUBREC with a code below 0x80.
    pub(super) fn release(&mut self, id: PacketId, ids: &PacketIds) -> Acknowledged {
        let number = match ids.holder(id) {
            None => return Acknowledged::Unknown,
            Some(Holder::Request) => return Acknowledged::Wrong,
            Some(Holder::Message(number)) => number,
        };
        let Some(message) = self.in_flight.get_mut(&number) else {
            return Acknowledged::Unknown;
        };
        match message.step {
            OutgoingStep::PubAck => return Acknowledged::Wrong,
            OutgoingStep::PubComp => return Acknowledged::Release,
            OutgoingStep::PubRec => {}
        }
        message.step = OutgoingStep::PubComp; // [MQTT-4.3.3-5] [MQTT-4.3.3-6]
        message.released = self.next_released;
        self.next_released += 1;
        if !message.admitted {
            message.admitted = true;
            self.window_used += 1;
        }
        Acknowledged::Release
    }

    /// A connection begins on which the session goes on: identifiers whose PUBREL is to be sent
    /// again, in the order of their PUBRECs [MQTT-4.6.0-4]. They use the window, because the
    /// server may count them.
    pub(super) fn resume(&mut self) -> Vec<PacketId> {
        self.resumed_below = 0;
        self.window_used = 0;
        let mut releases = Vec::new();
        for message in self.in_flight.values_mut() {
            message.admitted = message.step == OutgoingStep::PubComp;
            if message.admitted {
                self.window_used += 1;
                releases.push((message.released, message.packet_id));
            }
        }
        releases.sort_unstable();
        releases.into_iter().map(|(_, id)| id).collect()
    }

    /// The session ended. Every identifier is free again. Messages that never reached a transport
    /// and those for which `send_again` is true go back to the queue; the others are returned in
    /// order, with the step at which they were.
    pub(super) fn end_session(
        &mut self,
        ids: &mut PacketIds,
        send_again: impl Fn(&InFlight) -> bool,
    ) -> Vec<(PublishToken, OutgoingStep)> {
        let mut lost = Vec::new();
        let in_flight = core::mem::take(&mut self.in_flight);
        for message in in_flight.into_values().rev() {
            ids.free(message.packet_id);
            if message.transmissions == 0 || send_again(&message) {
                self.queue.push_front(message.held);
            } else {
                self.gone(&message.held);
                lost.push((message.held.token, message.step));
            }
        }
        self.window_used = 0;
        self.resumed_below = 0;
        lost.reverse();
        lost
    }

    /// Takes a message out of the window, finished or given up.
    pub(super) fn remove(&mut self, number: u64, ids: &mut PacketIds) -> Option<InFlight> {
        let message = self.in_flight.remove(&number)?;
        ids.free(message.packet_id);
        if message.admitted {
            self.window_used -= 1;
        }
        self.gone(&message.held);
        Some(message)
    }

    pub(super) fn in_flight(&self) -> impl Iterator<Item = &InFlight> {
        self.in_flight.values()
    }

    pub(super) fn queued(&self) -> usize {
        self.queue.len()
    }

    pub(super) fn held(&self) -> (usize, usize) {
        (self.held_messages, self.held_bytes)
    }

    pub(super) fn window_used(&self) -> usize {
        self.window_used
    }
}
