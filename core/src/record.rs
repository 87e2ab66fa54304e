//! What must survive a crash: idempotent puts and deletes by key.
//!
//! A store applies them in order and, asked for everything, gives back the puts that were not
//! deleted or replaced, in any order. It needs to know no more than [`Record::key`].

use alloc::vec::Vec;

use bytes::Bytes;

use crate::packet::{PacketId, Properties, QoS, SubscribeOptions, Version, Will};
use crate::time::UnixMillis;
use crate::topic::{Filter, Topic, Utf8};

/// One change to what survives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Record {
    /// Something is there, in the place of whatever its key had.
    Put(Item),
    /// Nothing has this key any more.
    Delete(Key),
}

/// What a store finds an [`Item`] by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Key {
    /// A session, by Client Identifier.
    Session(Utf8),
    /// A subscription, by Client Identifier and filter.
    Subscription(Utf8, Filter),
    /// An accepted message, by its number.
    Message(u64),
    /// A message on its way to a session, by Client Identifier and place in the order.
    Delivery(Utf8, u64),
    /// A QoS 2 packet identifier received and not released.
    Received(Utf8, PacketId),
    /// A retained message, by topic.
    Retained(Topic),
    /// Retained messages that a session is being given, by Client Identifier and filter.
    Replay(Utf8, Filter),
}

/// What survives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Item {
    /// A session.
    Session {
        /// Client Identifier.
        client_id: Utf8,
        /// What its client spoke.
        version: Version,
        /// User name that access rules see.
        username: Option<Utf8>,
        /// Session Expiry Interval in seconds.
        expiry_secs: u32,
        /// When its connection ended; `None` while it has one.
        away_since: Option<UnixMillis>,
        /// A will not yet said.
        will: Option<Will>,
        /// The number of the will's message while that is being accepted: if nothing came after
        /// this, the message counts as never said, and the will is said again.
        saying: Option<u64>,
    },
    /// A subscription.
    Subscription {
        /// Client Identifier.
        client_id: Utf8,
        /// Filter as sent.
        filter: Filter,
        /// Options granted.
        options: SubscribeOptions,
        /// Subscription Identifier.
        id: Option<u32>,
    },
    /// A message that deliveries or a retained topic refer to.
    Message {
        /// Its number.
        id: u64,
        /// Topic.
        topic: Topic,
        /// Payload.
        payload: Bytes,
        /// Properties that travel with it.
        properties: Properties,
        /// QoS it was published with.
        qos: QoS,
        /// RETAIN as published.
        retain: bool,
        /// When it expires.
        expires: Option<UnixMillis>,
    },
    /// A message on its way to a session.
    Delivery {
        /// Client Identifier.
        client_id: Utf8,
        /// Its place in the session's order.
        order: u64,
        /// The message's number.
        message: u64,
        /// QoS it goes with.
        qos: QoS,
        /// RETAIN it goes with.
        retain: bool,
        /// Subscription Identifiers it goes with.
        ids: Vec<u32>,
        /// The filter of the shared subscription it came by.
        shared: Option<Filter>,
        /// The filter of the SUBSCRIBE that it is given for, if it was kept and its replay does
        /// not say so yet.
        replay: Option<Filter>,
        /// How far it is.
        progress: Progress,
    },
    /// A QoS 2 packet identifier received and not released.
    Received {
        /// Client Identifier.
        client_id: Utf8,
        /// The identifier.
        packet_id: PacketId,
        /// The number of the message while it is being accepted: if nothing came after this, the
        /// message counts as never received, and its sender will send it again.
        pending: Option<u64>,
    },
    /// The last word on a topic.
    Retained {
        /// The topic.
        topic: Topic,
        /// The message's number.
        message: u64,
        /// Client Identifier of who published it.
        publisher: Option<Utf8>,
    },
    /// Retained messages that a session is being given since a SUBSCRIBE.
    Replay {
        /// Client Identifier.
        client_id: Utf8,
        /// The filter of the subscription.
        filter: Filter,
        /// Options of that SUBSCRIBE; a later one may have changed the subscription.
        options: SubscribeOptions,
        /// Its Subscription Identifier.
        id: Option<u32>,
        /// The last topic that was given.
        after: Option<Topic>,
        /// The latest place in the session's order then.
        order: u64,
        /// The latest message at the SUBSCRIBE: later ones came by themselves.
        until: u64,
        /// Messages that were given beyond that topic when a crash came.
        given: Vec<u64>,
    },
}

/// How far a delivery is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// It waits.
    Queued,
    /// Its PUBLISH may have been sent.
    Sent(Sending),
    /// PUBREC came; its PUBREL may have been sent.
    Released(Sending),
}

/// How a delivery is being sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sending {
    /// Under this identifier.
    pub packet_id: PacketId,
    /// Its place in the order in which the session's deliveries were first sent. That is not the
    /// order in which they came: what is kept for a SUBSCRIBE goes between others that wait.
    pub turn: u64,
}

impl Record {
    /// What the record is about.
    pub fn key(&self) -> Key {
        match self {
            Self::Put(item) => item.key(),
            Self::Delete(key) => key.clone(),
        }
    }
}

impl Item {
    /// What a store finds it by.
    pub fn key(&self) -> Key {
        match self {
            Self::Session { client_id, .. } => Key::Session(client_id.clone()),
            Self::Subscription {
                client_id, filter, ..
            } => Key::Subscription(client_id.clone(), filter.clone()),
            Self::Message { id, .. } => Key::Message(*id),
            Self::Delivery {
                client_id, order, ..
            } => Key::Delivery(client_id.clone(), *order),
            Self::Received {
                client_id,
                packet_id,
                ..
            } => Key::Received(client_id.clone(), *packet_id),
            Self::Replay {
                client_id, filter, ..
            } => Key::Replay(client_id.clone(), filter.clone()),
            Self::Retained { topic, .. } => Key::Retained(topic.clone()),
        }
    }
}
