//! The types that cross the boundary between a [`super::Node`] and its driver.

use core::fmt;
use core::net::SocketAddr;

use bytes::Bytes;

use super::violation::Violation;
use crate::codec::DecodeError;
use crate::packet::{ReasonCode, Version};
use crate::record::Record;
use crate::session::SessionKey;
use crate::time::Clock;
use crate::topic::Utf8;

/// Names a connection: a slot, and how many connections had it before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConnId {
    pub(crate) slot: u32,
    pub(crate) generation: u32,
}

impl ConnId {
    /// The slot: a small number that no other open connection of the node has. Good for a table.
    pub fn slot(self) -> usize {
        self.slot as usize
    }
}

impl fmt::Display for ConnId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.slot, self.generation)
    }
}

/// What a driver knows of a connection when it opens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// What carries the bytes.
    pub transport: Transport,
    /// The other end, where it has an address.
    pub peer: Option<SocketAddr>,
    /// The listener it came in by, as the driver numbers them.
    pub listener: u16,
}

/// What carries the bytes of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Transport {
    /// TCP.
    Tcp,
    /// WebSocket.
    WebSocket,
    /// Something inside the same program.
    InProcess,
}

/// Why a network connection is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LostCause {
    /// The other end closed it.
    Closed,
    /// It broke.
    Reset,
    /// Nothing came through any more.
    Timeout,
    /// What carries MQTT was itself used wrongly: a WebSocket frame, for instance.
    ProtocolError,
}

/// Why a connection ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CloseCause {
    /// The client sent DISCONNECT, with this reason.
    ByClient(ReasonCode),
    /// The client sent bytes that are no packet.
    Malformed(DecodeError),
    /// The client sent a packet at the wrong moment.
    Violation(Violation),
    /// CONNECT was refused.
    Refused(ReasonCode),
    /// No CONNECT came in time, or its answer did not.
    ConnectTimeout,
    /// Nothing came for one and a half times the Keep Alive [MQTT-3.1.2-22].
    KeepAliveTimeout,
    /// The same client connected again [MQTT-3.1.4-3].
    TakenOver,
    /// Somebody here wanted it, with this reason.
    Administrative(ReasonCode),
    /// The network ended it.
    Lost(LostCause),
}

impl CloseCause {
    /// The reason code that says it best.
    pub fn reason(&self) -> ReasonCode {
        match self {
            Self::ByClient(reason) | Self::Refused(reason) | Self::Administrative(reason) => {
                *reason
            }
            Self::Malformed(error) => error.reason,
            Self::Violation(violation) => violation.reason(),
            Self::ConnectTimeout => ReasonCode::MaximumConnectTime,
            Self::KeepAliveTimeout => ReasonCode::KeepAliveTimeout,
            Self::TakenOver => ReasonCode::SessionTakenOver,
            Self::Lost(_) => ReasonCode::UnspecifiedError,
        }
    }
}

/// What a driver should do.
#[derive(Clone, Debug)]
#[must_use]
pub enum Output {
    /// Bytes wait for this connection: call [`super::Node::poll_transmit`]. Not said again until
    /// that was done.
    Ready(ConnId),
    /// Write what [`super::Node::poll_transmit`] still gives, then close. The node has forgotten
    /// the connection when that is drained, or when it is told that it is lost.
    Close {
        /// Which.
        conn: ConnId,
        /// Why.
        cause: CloseCause,
    },
    /// Stop or resume reading. What was left in the input stays there; after `paused: false` call
    /// [`super::Node::handle_bytes`] with it, even if nothing was added.
    Throttle {
        /// Which.
        conn: ConnId,
        /// Stop or resume.
        paused: bool,
    },
    /// Find out something, and call [`super::Node::handle_answer`].
    Ask {
        /// To be given back with the answer.
        ticket: Ticket,
        /// What to find out.
        question: Question,
    },
    /// Store a record; call [`super::Node::handle_store`] when it and all before it are safe.
    Persist {
        /// Its number; they grow by one.
        lsn: Lsn,
        /// What to store.
        record: Record,
    },
}

/// Numbers records, from 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Lsn(pub u64);

/// Ties an answer to its question. A driver gives it back and reads nothing in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ticket(pub u64);

impl Ticket {
    /// The number of a question about a connection, which it leads to without a search.
    pub(super) fn new(conn: ConnId, number: u32) -> Self {
        Self(u64::from(number) << 32 | u64::from(conn.slot))
    }

    /// The slot of the connection.
    pub(super) fn slot(self) -> usize {
        (self.0 & u64::from(u32::MAX)) as usize
    }
}

/// What a node cannot know by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Question {
    /// May this client come in?
    Connect {
        /// By which connection.
        conn: ConnId,
        /// What it speaks.
        version: Version,
        /// Client Identifier, empty if one will be assigned.
        client_id: Utf8,
        /// User Name.
        username: Option<Utf8>,
        /// Password.
        password: Option<Bytes>,
        /// Authentication Method and Data.
        method: Option<(Utf8, Option<Bytes>)>,
    },
    /// What follows this AUTH packet, during CONNECT or as re-authentication?
    Auth {
        /// By which connection.
        conn: ConnId,
        /// Authentication Method.
        method: Utf8,
        /// Authentication Data.
        data: Option<Bytes>,
        /// Whether the client began it anew (0x19).
        again: bool,
    },
}

/// The answer to a [`Question`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Yes.
    Allow {
        /// The user name that access rules shall see, if not the one the client gave.
        username: Option<Utf8>,
        /// Authentication Data for the client.
        data: Option<Bytes>,
    },
    /// The client has to say more: AUTH 0x18 with this Authentication Data.
    Challenge(Option<Bytes>),
    /// No.
    Deny {
        /// Reason code, 0x80 or more.
        reason: ReasonCode,
        /// A sentence for the client, where it wants one.
        reason_string: Option<Utf8>,
    },
}

/// What became of records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StoreOutcome {
    /// This one and all before it are safe.
    Durable(Lsn),
    /// The store failed. What was not safe will never be acknowledged.
    Failed,
    /// There is no room. As `Failed`; new sessions and messages are refused with 0x97.
    Full,
}

/// Something an operator, or the driver, wants.
#[derive(Clone, Debug)]
pub enum Command {
    /// Send every client away, in 5.0 with this reason; refuse new ones.
    Drain {
        /// 0x8B, 0x9C or 0x9D, for instance.
        reason: ReasonCode,
        /// Where to go instead.
        server_reference: Option<Utf8>,
    },
    /// Send one client away.
    Disconnect {
        /// Whom.
        client_id: Utf8,
        /// With which reason.
        reason: ReasonCode,
    },
    /// The wall clock was set.
    ClockAdjusted(Clock),
    /// What the driver knows of its process, for `$SYS`.
    ProcessFigures {
        /// Resident memory in bytes.
        resident_bytes: u64,
    },
}

/// What a deadline is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimerKind {
    /// A CONNECT has to be there and answered.
    Connect(ConnId),
    /// A packet has to be there.
    KeepAlive(ConnId),
    /// A session without connection ends.
    SessionExpiry(SessionKey),
    /// A will is said.
    WillDelay(SessionKey),
    /// A retained message may have expired; its number.
    RetainedExpiry(u64),
    /// `$SYS` topics are published.
    Sys,
}

/// Which part of a broker a node is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    /// Its number, from 0.
    pub id: u16,
    /// How many there are.
    pub count: u16,
}

impl Shard {
    /// The only one.
    pub const ONLY: Self = Self { id: 0, count: 1 };
}
