//! What a node holds, as plain values for panels, tests and tools. Made on request and slow: it
//! copies.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use bytes::Bytes;

use super::{ConnId, Node, TimerKind};
use crate::message::MessageId;
use crate::observe::Observer;
use crate::packet::{PacketId, QoS, SubscribeOptions, Version};
use crate::session::{Delivery, Stage};
use crate::time::Instant;
use crate::topic::Utf8;

/// Everything a node holds, in an order that depends on nothing but what happened.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NodeState {
    /// Open connections.
    pub connections: Vec<ConnectionState>,
    /// Sessions by Client Identifier.
    pub sessions: Vec<SessionState>,
    /// Retained messages by topic.
    pub retained: Vec<RetainedState>,
    /// Deadlines in the order in which they come.
    pub timers: Vec<TimerState>,
}

/// An open connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConnectionState {
    /// Its name.
    pub conn: ConnId,
    /// The client at its other end, once it is known.
    pub client: Option<String>,
    /// What it speaks.
    pub version: Version,
    /// Keep Alive in seconds.
    pub keep_alive_secs: u16,
    /// When its latest packet came.
    pub last_packet: Instant,
    /// How many QoS 1 and 2 messages may be on their way to it.
    pub window: u16,
    /// Topics by the aliases the client has set, from 1.
    pub aliases_in: Vec<Option<String>>,
    /// How many aliases we have set.
    pub aliases_out: usize,
}

/// A session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionState {
    /// Client Identifier.
    pub client: String,
    /// Its connection, if it has one.
    pub conn: Option<ConnId>,
    /// Session Expiry Interval in seconds, `u32::MAX` for ever.
    pub expiry_secs: u32,
    /// When it ends if nobody comes back to it.
    pub ends: Option<Instant>,
    /// The topic of its will.
    pub will: Option<String>,
    /// When its will is said.
    pub will_at: Option<Instant>,
    /// Subscriptions by filter.
    pub subscriptions: Vec<SubscriptionState>,
    /// What waits, oldest first.
    pub queue: Vec<DeliveryState>,
    /// Bytes that wait.
    pub queue_bytes: usize,
    /// What is not acknowledged for good, oldest first.
    pub inflight: Vec<InFlightState>,
    /// QoS 2 identifiers received and not released.
    pub received: Vec<PacketId>,
}

/// A subscription.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubscriptionState {
    /// Filter as sent.
    pub filter: String,
    /// Options granted.
    pub options: SubscribeOptions,
    /// Subscription Identifier.
    pub id: Option<u32>,
}

/// A message on its way to a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeliveryState {
    /// The message.
    pub message: MessageId,
    /// Its topic.
    pub topic: String,
    /// What it says.
    pub payload: Bytes,
    /// QoS it goes with.
    pub qos: QoS,
    /// RETAIN it goes with.
    pub retain: bool,
    /// Subscription Identifiers it goes with.
    pub ids: Vec<u32>,
}

/// A delivery that has a packet identifier.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InFlightState {
    /// The identifier.
    pub packet_id: PacketId,
    /// PUBREC came and PUBCOMP is awaited.
    pub released: bool,
    /// The delivery.
    pub delivery: DeliveryState,
}

/// A retained message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RetainedState {
    /// Topic.
    pub topic: String,
    /// The message.
    pub message: MessageId,
    /// What it says.
    pub payload: Bytes,
    /// QoS it was published with.
    pub qos: QoS,
    /// When it expires.
    pub expires: Option<Instant>,
}

/// A deadline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimerState {
    /// When it comes.
    pub at: Instant,
    /// What it is for.
    pub kind: TimerKind,
}

impl<O: Observer> Node<O> {
    /// Everything the node holds.
    pub fn state(&self) -> NodeState {
        let mut sessions: Vec<SessionState> = self
            .sessions
            .iter()
            .map(|(_, session)| SessionState {
                client: session.client_id.to_string(),
                conn: session.conn,
                expiry_secs: session.expiry_secs,
                ends: session.expiry_timer.map(|timer| timer.at()),
                will: session.will.as_ref().map(|will| will.topic.to_string()),
                will_at: session.will_timer.map(|timer| timer.at()),
                subscriptions: session
                    .subscriptions
                    .iter()
                    .map(|(filter, subscribed)| SubscriptionState {
                        filter: filter.full().to_string(),
                        options: subscribed.options,
                        id: subscribed.id,
                    })
                    .collect(),
                queue: session.queue.iter().map(delivery).collect(),
                queue_bytes: session.queue.bytes(),
                inflight: session
                    .window
                    .iter()
                    .map(|entry| InFlightState {
                        packet_id: entry.packet_id,
                        released: entry.stage == Stage::Release,
                        delivery: delivery(&entry.delivery),
                    })
                    .collect(),
                received: session.received.iter().copied().collect(),
            })
            .collect();
        sessions.sort_by(|a, b| a.client.cmp(&b.client));
        NodeState {
            connections: self
                .conns
                .iter()
                .map(|(slot, connection)| ConnectionState {
                    conn: ConnId {
                        slot: slot as u32,
                        generation: connection.generation,
                    },
                    client: connection
                        .session
                        .map(|key| self.sessions[key.0 as usize].client_id.to_string()),
                    version: connection.version,
                    keep_alive_secs: connection.keep_alive_secs,
                    last_packet: connection.last_packet,
                    window: connection.window,
                    aliases_in: connection
                        .aliases_in
                        .iter()
                        .map(|topic| topic.as_ref().map(ToString::to_string))
                        .collect(),
                    aliases_out: connection
                        .aliases_out
                        .as_ref()
                        .map_or(0, |aliases| aliases.known.len()),
                })
                .collect(),
            sessions,
            retained: self
                .retained
                .iter()
                .map(|(topic, kept)| RetainedState {
                    topic: topic.to_string(),
                    message: kept.message.id,
                    payload: kept.message.payload.clone(),
                    qos: kept.message.qos,
                    expires: kept.message.expires,
                })
                .collect(),
            timers: self
                .timers
                .iter()
                .map(|(at, kind)| TimerState { at, kind })
                .collect(),
        }
    }

    /// When a session ends if its client does not come back; `None` while it is connected, if it
    /// never ends, or if there is none.
    pub fn session_ends(&self, client_id: &str) -> Option<Instant> {
        let key = self.clients.get(&Utf8::copy_from(client_id).ok()?)?;
        let timer = self.sessions[key.0 as usize].expiry_timer?;
        Some(timer.at())
    }

    /// Whether nothing is left of anybody: no connection, session, subscription or waiting byte.
    /// Retained messages may be.
    pub fn is_deserted(&self) -> bool {
        self.conns.is_empty()
            && self.sessions.is_empty()
            && self.clients.len() == 0
            && self.index.is_empty()
            && self.groups.is_empty()
            && self.queue_bytes == 0
            && self.session_bytes == 0
    }
}

fn delivery(delivery: &Delivery) -> DeliveryState {
    DeliveryState {
        message: delivery.message.id,
        topic: delivery.message.topic.to_string(),
        payload: delivery.message.payload.clone(),
        qos: delivery.qos,
        retain: delivery.retain,
        ids: delivery.ids.as_slice().to_vec(),
    }
}
