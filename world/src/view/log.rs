//! Windows of the log as a table.

use serde::{Deserialize, Serialize};

use super::{ActorId, Channel, Dropped, EventNo, Family, Micros, PacketKind, Short};
use crate::scenario::{BrokerDeed, Deed, Qos, Wire};

/// Which rows the page looks at.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LogWatch {
    /// Which rows pass.
    pub filter: LogFilter,
    /// In which order.
    pub order: LogOrder,
    /// The first row, counted among those that pass.
    pub first: u32,
    /// How many rows, at most [`ROWS_MAX`].
    pub rows: u16,
    /// Show the last rows instead, whatever `first` says.
    pub follow: bool,
}

/// A window has no more rows than this.
pub const ROWS_MAX: u16 = 120;

/// Which rows pass; the default lets everything through.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LogFilter {
    /// Families that are left out.
    pub without: Vec<Family>,
    /// A topic filter; empty takes all. Rows without a topic pass only if it is empty.
    pub topic: String,
    /// Only this actor's link.
    pub actor: Option<ActorId>,
    /// Only failures: reason codes of 0x80 and more, drops, lost packets.
    pub failures: bool,
    /// Only rows with this text in name, topic or payload; case does not matter.
    pub text: String,
}

/// In which order rows come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum LogOrder {
    /// What a packet caused hangs below it.
    #[default]
    ByCause,
    /// As it happened.
    ByTime,
}

/// A window of the log.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LogPage {
    /// The first row's place among those that pass.
    pub first: u32,
    /// How many rows pass.
    pub total: u32,
    /// How many of all rows are failures.
    pub failures: u32,
    /// The rows.
    pub rows: Vec<LogRow>,
    /// Events in the log, and how many it holds at most.
    pub held: u32,
    /// The most events the log holds.
    pub held_max: u32,
    /// Megabytes that log and checkpoints hold, about, rounded up.
    pub memory_mb: u32,
    /// The most megabytes they hold; beyond that the log lets go of its beginning, and checkpoints
    /// become fewer.
    pub memory_mb_max: u32,
    /// Events that were let go from the beginning of the log because it was full.
    pub let_go: u32,
    /// The topic filter is not one: why, in words of the engine.
    pub bad_topic: Option<String>,
}

/// One row: a packet, a decision without one, or a deed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LogRow {
    /// Its number; a decision has none.
    pub no: Option<EventNo>,
    /// How deep it hangs below its root, 0 for a root. Always 0 by time.
    pub depth: u8,
    /// It is the last child of its parent.
    pub last_child: bool,
    /// When.
    pub at: Micros,
    /// The root's time, of rows below one: show `at − root_at`.
    pub root_at: Micros,
    /// From whom.
    pub from: Party,
    /// To whom.
    pub to: Party,
    /// What.
    pub kind: RowKind,
    /// Subscriptions it belongs to.
    pub channels: Vec<Channel>,
    /// Topic of a PUBLISH, filters of a SUBSCRIBE joined by commas; at most 200 characters.
    pub topic: String,
    /// Payload of a PUBLISH.
    pub payload: Short,
    /// QoS of a PUBLISH.
    pub qos: Option<Qos>,
    /// Retain flag.
    pub retain: bool,
    /// DUP flag.
    pub dup: bool,
    /// Length on the wire.
    pub bytes: u32,
    /// What came of it, up to the playhead.
    pub came: CameOf,
}

/// One end of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Party {
    /// The broker.
    Broker,
    /// An actor.
    Actor(ActorId),
}

/// What a row is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum RowKind {
    /// A packet.
    Packet(PacketKind),
    /// The broker keeps a message for somebody.
    Waits,
    /// The broker does not send a message to somebody who asked.
    NotSent,
    /// Something was done to an actor.
    Deed(Deed),
    /// The broker said a will.
    Will,
    /// The broker forgot a session.
    Forgotten,
    /// Something was done to the broker of glass.
    Broker(BrokerDeed),
    /// An actor's link is another one from here on.
    Wire(Wire),
}

/// What came of a row.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum CameOf {
    /// It is under way.
    OnItsWay,
    /// A PUBLISH reached the broker.
    Routed {
        /// Copies that left at once.
        copies: u16,
        /// Copies that wait.
        kept: u16,
        /// Copies that were dropped.
        dropped: u16,
        /// Subscriptions that had not asked for it.
        not_asked: u16,
    },
    /// It arrived, and no answer is wanted.
    Arrived {
        /// When.
        at: Micros,
    },
    /// It arrived, and the answer came.
    Acked {
        /// When the answer was back.
        at: Micros,
    },
    /// It arrived, and the answer is not back.
    AckOwed,
    /// This answer frees a packet id.
    Frees {
        /// The id.
        packet_id: u16,
    },
    /// An answer with a reason code.
    Reason {
        /// The code.
        code: u8,
        /// The standard's name for it.
        name: String,
    },
    /// So many wait now.
    Waits {
        /// How many, with this one.
        waiting: u32,
    },
    /// Not sent, and why.
    Dropped(Dropped),
    /// Lost with its connection.
    Lost {
        /// When.
        at: Micros,
    },
    /// Refused by the reader: what was wrong, in words of the engine.
    Unreadable(String),
    /// Nothing to say.
    Nothing,
}
