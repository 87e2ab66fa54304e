//! One thread's worth of broker: what drivers, worlds and tests hold.
//!
//! A [`Node`] never blocks, never reads a clock and never fails on what a peer sends. What
//! happened outside goes in by `handle_*`, what to do about it comes out by `poll_*`, and bytes
//! are pulled for each connection when its transport can take them. It knows no sockets: TLS,
//! WebSocket frames and files belong to the driver.
//!
//! # The run loop of a driver
//!
//! ```
//! use bytes::BytesMut;
//! use std::sync::Arc;
//! use tidings_core::config::Config;
//! use tidings_core::node::{Link, Node, Output, Shard, Transport};
//! use tidings_core::time::{Clock, Instant, UnixMillis};
//! use tidings_core::transmit::{Transmit, TransmitStatus};
//!
//! let now = Instant::from_micros(1);
//! let clock = Clock { unix: UnixMillis(1_700_000_000_000), at: now };
//! let mut node: Node = Node::new(Arc::new(Config::default()), Shard::ONLY, clock, ());
//! let link = Link { transport: Transport::Tcp, peer: None, listener: 0 };
//! let conn = node.connection_opened(now, link);
//!
//! // What the socket gave: CONNECT of MQTT 3.1.1 and a PINGREQ.
//! let mut input = BytesMut::from(&b"\x10\x0D\x00\x04MQTT\x04\x02\x00\x3C\x00\x01a\xC0\x00"[..]);
//! node.handle_bytes(now, conn, &mut input);
//!
//! // Before it sleeps, a driver empties the outputs, and flushes every connection they name.
//! let mut sent = Vec::new();
//! let mut transmit = Transmit::new(64 * 1024);
//! while let Some(output) = node.poll_output() {
//!     match output {
//!         Output::Ready(conn) | Output::Close { conn, .. } => loop {
//!             transmit.clear();
//!             let status = node.poll_transmit(now, conn, &mut transmit);
//!             transmit.copy_to(&mut sent); // A real driver: one vectored write.
//!             if status == TransmitStatus::Drained {
//!                 break;
//!             }
//!         },
//!         _ => {}
//!     }
//! }
//! assert_eq!(sent, b"\x20\x02\x00\x00\xD0\x00"); // CONNACK and PINGRESP
//!
//! // It sleeps until a socket is readable or this comes, then calls `handle_timeout`.
//! let (deadline, _kind) = node.poll_timeout().expect("a keep-alive runs");
//! node.handle_timeout(deadline);
//! ```

mod answers;
mod assigned;
mod boundary;
mod connect;
mod deliver;
mod input;
mod leave;
mod publish;
mod reasons;
mod requests;
mod restore;
mod retain;
mod share;
mod state;
mod store;
mod sys;

mod timeouts;
mod transmit;
mod violation;

pub use crate::session::SessionKey;
pub use boundary::{
    Answer, CloseCause, Command, ConnId, Link, LostCause, Lsn, Output, Question, Shard,
    StoreOutcome, Ticket, TimerKind, Transport,
};
pub use state::{
    ConnectionState, DeliveryState, InFlightState, NodeState, RetainedState, SessionState,
    SubscriptionState, TimerState,
};
pub use sys::Stats;
pub use violation::Violation;

use alloc::collections::{BTreeMap, VecDeque};
use alloc::sync::Arc;
use alloc::vec::Vec;

use slab::Slab;

use crate::config::Config;
use crate::connection::Connection;
use crate::index::{RetainedIndex, SubKey, SubscriptionIndex};
use crate::message::MessageId;
use crate::observe::{Cause, Event, Observer};
use crate::packet::ReasonCode;
use crate::session::{GroupKey, Session};
use crate::time::{Clock, Instant, Timers};
use crate::topic::{Filter, Topic, Utf8};
use crate::util::{Chance, Map};

use deliver::{Plan, Target};
use retain::Kept;
use share::Group;
use store::Store;
use sys::Load;

/// Tells the observer, if there is one and it watches. A macro, so that the event may borrow any
/// field of the node but the observer.
macro_rules! tell {
    ($node:expr, $event:expr) => {
        if O::ACTIVE && $node.armed {
            let event = $event;
            $node.observer.observe($node.now, $node.cause, event);
        }
    };
}
pub(crate) use tell;

/// One thread's worth of broker. See the [module](self) for how to drive it.
///
/// Cloning one gives a checkpoint: both go on independently and, given the same inputs, do the
/// same.
#[derive(Clone, Debug)]
pub struct Node<O: Observer = ()> {
    config: Arc<Config>,
    shard: Shard,
    clock: Clock,
    started: Instant,
    now: Instant,
    cause: Cause,
    armed: bool,
    observer: O,
    chance: Chance,

    conns: Slab<Connection>,
    generation: u32,
    sessions: Slab<Session>,
    clients: Map<Utf8, SessionKey>,

    index: SubscriptionIndex<Target>,
    groups: Slab<Group>,
    last_group: u32,
    group_names: Map<Filter, GroupKey>,
    retained: RetainedIndex<Kept>,
    retained_bytes: usize,
    /// Topics of retained messages that will expire, by message number.
    expiring: BTreeMap<u64, Topic>,

    timers: Timers<TimerKind>,
    outputs: VecDeque<Output>,
    /// Connections whose queue was too full, to be closed when the input is done.
    crowded: VecDeque<ConnId>,
    store: Store,
    stats: Stats,
    draining: Option<(ReasonCode, Option<Utf8>)>,

    last_message: u64,
    last_ticket: u32,
    last_route: u64,
    queue_bytes: usize,
    /// What all sessions are charged for.
    session_bytes: usize,
    /// Sessions with a connection.
    connected: usize,
    load: Load,
    watch_deliveries: bool,
    /// Kept for their memory between routings.
    matched: Vec<SubKey>,
    plans: Vec<Plan>,
}

impl<O: Observer> Node<O> {
    /// A node that holds nothing. Its time begins at `clock.at`.
    pub fn new(config: Arc<Config>, shard: Shard, clock: Clock, observer: O) -> Self {
        let seed = config.seed;
        let mut node = Self {
            shard,
            clock,
            started: clock.at,
            now: clock.at,
            cause: Cause(0),
            armed: observer.armed(),
            observer,
            chance: Chance::new(seed),
            conns: Slab::new(),
            generation: 0,
            sessions: Slab::new(),
            clients: Map::new(seed),
            index: SubscriptionIndex::new(seed),
            groups: Slab::new(),
            last_group: 0,
            group_names: Map::new(seed),
            retained: RetainedIndex::default(),
            retained_bytes: 0,
            expiring: BTreeMap::new(),
            timers: Timers::default(),
            outputs: VecDeque::new(),
            crowded: VecDeque::new(),
            store: Store::new(seed),
            stats: Stats::default(),
            draining: None,
            last_message: 0,
            last_ticket: 0,
            last_route: 0,
            queue_bytes: 0,
            session_bytes: 0,
            connected: 0,
            load: Load::default(),
            watch_deliveries: config.policy.watches_deliveries(),
            matched: Vec::new(),
            plans: Vec::new(),
            config,
        };
        node.schedule_sys();
        node
    }

    /// A network connection came. Its first packet has to be a CONNECT, in time.
    pub fn connection_opened(&mut self, now: Instant, link: Link) -> ConnId {
        self.begin(now);
        self.generation = self.generation.wrapping_add(1);
        let limits = &self.config.limits;
        let connection = Connection::new(self.generation, link, self.now, limits.connect_bytes_max);
        let timeout = limits.connect_timeout;
        let conn = ConnId {
            slot: self.conns.insert(connection) as u32,
            generation: self.generation,
        };
        let timer = self
            .timers
            .set(self.now + timeout, TimerKind::Connect(conn));
        let connection = &mut self.conns[conn.slot()];
        connection.timer = Some(timer);
        tell!(
            self,
            Event::ConnectionOpened {
                conn,
                link: &connection.link
            }
        );
        self.stats.connections_opened += 1;
        conn
    }

    /// What to do next. A driver empties this before it sleeps.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// When to call [`Node::handle_timeout`], and what comes then. Earlier or more often does no
    /// harm.
    pub fn poll_timeout(&self) -> Option<(Instant, TimerKind)> {
        self.timers.next()
    }

    /// Counters since the node began.
    pub fn stats(&self) -> &Stats {
        &self.stats
    }

    /// Which part of a broker this is.
    pub fn shard(&self) -> Shard {
        self.shard
    }

    /// Who watches.
    pub fn observer(&self) -> &O {
        &self.observer
    }

    /// Who watches, to change. Whether it is armed is read at the next input.
    pub fn observer_mut(&mut self) -> &mut O {
        &mut self.observer
    }

    /// The number of the latest input.
    pub fn cause(&self) -> Cause {
        self.cause
    }

    /// Every input begins here. Time that goes backwards stands still.
    fn begin(&mut self, now: Instant) {
        self.now = self.now.max(now);
        self.cause.0 += 1;
        self.store.begin_input();
        self.armed = O::ACTIVE && self.observer.armed();
    }

    /// Every input that may deliver something ends here. Closing a connection may say a will and
    /// hand messages over, which may crowd others: one after the other, and not one in the other.
    fn finish(&mut self) {
        while let Some(conn) = self.crowded.pop_front() {
            if self.live(conn).is_some() {
                self.close(conn, CloseCause::Administrative(ReasonCode::QuotaExceeded));
            }
        }
    }

    /// The slot of a connection that is there. Races between closing and everything else are
    /// normal, so a stale name is no fault.
    fn live(&self, conn: ConnId) -> Option<usize> {
        self.conns
            .get(conn.slot())
            .is_some_and(|c| c.generation == conn.generation)
            .then(|| conn.slot())
    }

    fn mark_ready(&mut self, conn: ConnId) {
        let connection = &mut self.conns[conn.slot()];
        if !connection.ready {
            connection.ready = true;
            self.outputs.push_back(Output::Ready(conn));
        }
    }

    fn next_message_id(&mut self) -> MessageId {
        self.last_message += 1;
        MessageId(self.last_message)
    }
}
