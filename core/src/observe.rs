//! What a node tells about itself: every packet, every decision and its reason.
//!
//! Nothing is told twice and nothing is told that did not happen. Events borrow; whoever watches
//! copies what it wants to keep.

use bytes::Bytes;

use crate::message::MessageId;
use crate::node::{CloseCause, ConnId, Link, Lsn, TimerKind};
use crate::packet::{Packet, PacketId, PacketKind, QoS, ReasonCode, SubscribeOptions};
use crate::policy::Action;
use crate::time::Instant;
use crate::topic::{Filter, Topic};

/// Numbers the inputs of a node, from 1: everything that happens, happens because of one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cause(pub u64);

/// Watches a node.
///
/// `()` watches nothing and costs nothing: `ACTIVE` is false and every call is compiled out.
pub trait Observer {
    /// Whether this type ever watches.
    const ACTIVE: bool;

    /// Whether it watches at this moment; read once per input.
    fn armed(&self) -> bool {
        Self::ACTIVE
    }

    /// One thing that happened.
    fn observe(&mut self, at: Instant, cause: Cause, event: Event<'_>);
}

impl Observer for () {
    const ACTIVE: bool = false;

    fn observe(&mut self, _: Instant, _: Cause, _: Event<'_>) {}
}

/// Something that happened in a node.
///
/// `client` is always a Client Identifier as the session has it.
#[derive(Clone, Debug)]
pub enum Event<'a> {
    /// A network connection came.
    ConnectionOpened {
        /// Its name.
        conn: ConnId,
        /// What the driver said of it.
        link: &'a Link,
    },
    /// A network connection is over, or will be when what is left has been written.
    ConnectionClosed {
        /// Its name.
        conn: ConnId,
        /// The client that was at its other end, if it had said who it is.
        client: Option<&'a str>,
        /// Why.
        cause: CloseCause,
    },
    /// A whole packet came.
    PacketIn {
        /// From where.
        conn: ConnId,
        /// What it says.
        packet: &'a Packet,
        /// Its length in bytes.
        len: usize,
    },
    /// A packet leaves.
    PacketOut {
        /// To where.
        conn: ConnId,
        /// Its kind.
        kind: PacketKind,
        /// Its length in bytes.
        len: usize,
        /// Its identifier, where its kind has one.
        packet_id: Option<PacketId>,
        /// The message it carries.
        message: Option<MessageId>,
        /// DUP: it was sent before.
        dup: bool,
    },
    /// Access rules spoke. Only refusals are told of deliveries.
    Access {
        /// Whose wish.
        client: &'a str,
        /// What for.
        action: Action,
        /// The topic or filter.
        what: &'a str,
        /// The answer.
        allowed: bool,
    },
    /// A PUBLISH or a will was accepted and has a number.
    Accepted {
        /// The number.
        message: MessageId,
        /// Who said it; `None` for the broker itself.
        client: Option<&'a str>,
        /// Its topic.
        topic: &'a Topic,
        /// What it says.
        payload: &'a Bytes,
        /// Its QoS.
        qos: QoS,
        /// Its RETAIN flag.
        retain: bool,
    },
    /// A QoS 2 PUBLISH came again and was not accepted again.
    Repeated {
        /// From whom.
        client: &'a str,
        /// Its identifier.
        packet_id: PacketId,
    },
    /// A subscription matched a message.
    Matched {
        /// The message.
        message: MessageId,
        /// Whose subscription; of a group, the member that was picked.
        client: &'a str,
        /// Its filter as sent.
        filter: &'a Filter,
        /// The QoS it was granted.
        granted: QoS,
    },
    /// What became of a message for one client.
    Decided {
        /// The message.
        message: MessageId,
        /// The client.
        client: &'a str,
        /// The outcome.
        decision: Decision,
    },
    /// A session changed.
    Session {
        /// Whose.
        client: &'a str,
        /// How.
        change: SessionChange,
    },
    /// A filter of a SUBSCRIBE was answered.
    Subscribed {
        /// By whom.
        client: &'a str,
        /// The filter as sent, which may be invalid.
        filter: &'a str,
        /// Its options.
        options: SubscribeOptions,
        /// The answer.
        reason: ReasonCode,
    },
    /// A filter of an UNSUBSCRIBE was answered.
    Unsubscribed {
        /// By whom.
        client: &'a str,
        /// The filter as sent.
        filter: &'a str,
        /// The answer.
        reason: ReasonCode,
    },
    /// The word kept on a topic changed.
    Retained {
        /// The topic.
        topic: &'a Topic,
        /// How.
        change: RetainedChange,
        /// The message that changed it, or that is gone.
        message: MessageId,
    },
    /// A will changed.
    Will {
        /// Whose.
        client: &'a str,
        /// How.
        change: WillChange,
    },
    /// The client acknowledged a message for good: PUBACK or PUBCOMP.
    Completed {
        /// Who.
        client: &'a str,
        /// The message.
        message: MessageId,
        /// The identifier that is free again.
        packet_id: PacketId,
    },
    /// A deadline came and meant something.
    Timer {
        /// Which.
        kind: TimerKind,
    },
    /// A record left for the store.
    Record {
        /// Its number.
        lsn: Lsn,
    },
}

/// What became of a message for one client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// It goes out as soon as the connection takes it.
    Sent {
        /// The QoS it goes with: the smaller of published and granted [MQTT-3.8.4-8].
        qos: QoS,
    },
    /// It waits for the client to come back or to acknowledge what is under way.
    Queued {
        /// As above.
        qos: QoS,
    },
    /// The client does not get it.
    Dropped(Why),
}

/// Why somebody does not get a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// The subscription says No Local and the client published it.
    NoLocal,
    /// Access rules forbid it.
    Forbidden,
    /// The client is away and QoS 0 is not kept for the absent.
    AwayAtQoS0,
    /// The session's queue is full.
    QueueFull,
    /// All queues together are full.
    MemoryFull,
    /// It expired while it waited.
    Expired,
    /// It is longer than the client's Maximum Packet Size.
    TooLarge,
    /// The session ended while it waited.
    SessionEnded,
    /// The client went away with it unacknowledged, and another member of the shared
    /// subscription gets it.
    HandedOver,
}

/// How a session changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SessionChange {
    /// It began.
    Opened,
    /// Its client came back to it.
    Resumed,
    /// Another connection came with its Client Identifier.
    TakenOver,
    /// Its connection ended and it stays; for how many seconds, `u32::MAX` for ever.
    Away(u32),
    /// It ended because its client asked for that, or for a new one.
    Ended,
    /// It ended because its time was over.
    Expired,
}

/// How the word kept on a topic changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RetainedChange {
    /// The first.
    Stored,
    /// Another instead.
    Replaced,
    /// An empty message took it away.
    Cleared,
    /// Its time was over.
    Expired,
    /// There was no room for it.
    Refused,
}

/// How a will changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WillChange {
    /// CONNECT left it.
    Left,
    /// It waits for its delay to pass; seconds.
    Waits(u32),
    /// It was published.
    Said,
    /// It was thrown away: the client said good-bye or came back in time.
    Cancelled,
}
