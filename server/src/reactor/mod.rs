//! One thread that owns the sockets, what WebSocket needs to know of each, and the [`Node`].
//!
//! **Why one thread and no async runtime.** What a delivery costs is decided by the number of
//! system calls and wake-ups, not by MQTT. Here a turn is: wait once; read what has arrived on
//! every socket that has something and give it to the node; ask the node for what became ready
//! and write each of those connections once. Under load a wait and a write are shared by many
//! messages; one message alone costs one wait, one `recv`, one `send`, the floor that any relay
//! has. Nothing is handed to another task or thread on the way from a publisher to a subscriber,
//! so there is no channel, lock, waker or timer per message, and a connection that idles is one
//! entry in a table, without buffers or a task of its own.
//!
//! **Readiness is edge-triggered**, for both directions from the start, so the kernel is told of a
//! socket once in its life. The price is discipline: a socket is read until it is empty or remembered
//! in `again`, and written until it refuses or is drained. A read or write that was cut short
//! counts as empty or as refused, as `epoll(7)` says for streams.
//!
//! **Fairness**: a connection gets a bounded share of each turn, whatever it sends or takes.
//!
//! TLS, shards and stores will sit beside this, not in its middle: rustls is a state machine over
//! bytes, as the node is.

mod buffers;
mod flush;
mod outbox;
mod read;
mod socket;
#[cfg(test)]
mod tests;
mod timing;
mod websocket;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::BytesMut;
use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Token};
use signal_hook_mio::v1_0::Signals;
use slab::Slab;
use tidings_core::config::Config;
use tidings_core::node::{Answer, Command, ConnId, LostCause, Node, Output, Shard, StoreOutcome};
use tidings_core::packet::ReasonCode;
use tidings_core::time::Instant;
use tidings_core::transmit::Transmit;
use tracing::{debug, info, warn};

use self::buffers::Buffers;
use self::socket::{Key, Phase, Socket};
use self::timing::Deadlines;
pub(crate) use self::timing::Patience;
use crate::clock::Clocks;
use crate::http::Page;
use crate::listen::{Listener, is_loopback};
use crate::origin::{Origin, OriginRules};
use crate::watch::Watch;

/// What is read at a time; all sockets share one buffer of this size.
const READ_BYTES: usize = 64 * 1024;
/// What is asked of the node for one connection at a time.
const TRANSMIT_BYTES: usize = 64 * 1024;
/// Bytes given to the node before what they caused is written: queues stay short, and what is
/// written was just read.
const TAKEN_IN_MAX: usize = 512 * 1024;
/// Bytes of incomplete packets in all sockets together. Beyond it, who wants to make more of a
/// long one loses the connection: a length that is announced can be waited for only so often.
const PARTIAL_BYTES_MAX: usize = 256 * 1024 * 1024;
/// Connections accepted of one listener before the others get their turn.
const ACCEPTS_PER_TURN: usize = 128;
/// Times a node is asked again in one turn, if flushing made more work.
const ROUNDS_PER_TURN: usize = 8;
/// How long accepting rests when the system has no descriptors left.
const ACCEPT_REST: Duration = Duration::from_millis(200);
/// How long the clients have to take their good-bye when the program ends.
const ENDING: Duration = Duration::from_secs(3);
/// How often the wall clock and the memory are looked at, if there is anything to do at all.
const HOUSEKEEPING: Duration = Duration::from_secs(10);
/// Sockets beyond the node's connections, for browsers that fetch the page.
const SOCKETS_BESIDE: usize = 1_000;

const SIGNALS: Token = Token(0);
const FIRST_LISTENER: usize = 1;

/// What a reactor is told at its creation.
pub(crate) struct Options {
    pub(crate) config: Arc<Config>,
    pub(crate) origins: Vec<Origin>,
    pub(crate) page: Page,
    pub(crate) patience: Patience,
}

/// Serves until it is told to end.
pub(crate) struct Reactor {
    poll: Poll,
    signals: Signals,
    listeners: Vec<Listener>,
    /// Listeners that may have more connections to accept.
    accept_again: Vec<usize>,
    accept_rests_until: Option<Instant>,
    sockets: Slab<Socket>,
    sockets_max: usize,
    /// The socket of each connection, by the connection's slot.
    by_conn: Vec<Option<(ConnId, Key)>>,
    /// Sockets that may have more to read.
    again: Vec<Key>,
    /// Sockets with something to write.
    to_flush: Vec<Key>,
    /// Sockets that are over.
    gone: Vec<Key>,
    deadlines: Deadlines,
    shared: Shared,
    housekeeping: Instant,
    ends_by: Option<Instant>,
}

/// What a socket needs of the reactor while it is read or written.
struct Shared {
    node: Node<Watch>,
    clocks: Clocks,
    now: Instant,
    /// Where every `recv` goes.
    buffer: Box<[u8]>,
    /// What was received, if nothing waited before it.
    input: BytesMut,
    /// For long packets.
    buffers: Buffers,
    transmit: Transmit,
    /// Bytes given to the node since the last time that everything was written.
    taken_in: usize,
    /// Bytes of incomplete packets.
    partial_bytes: usize,
    page: Page,
    rules: Vec<OriginRules>,
}

impl Reactor {
    /// Takes over listeners and signals.
    ///
    /// # Errors
    /// When the system has no room for them.
    pub(crate) fn new(
        mut listeners: Vec<Listener>,
        mut signals: Signals,
        options: Options,
    ) -> io::Result<Self> {
        let poll = Poll::new()?;
        let registry = poll.registry();
        registry.register(&mut signals, SIGNALS, Interest::READABLE)?;
        for (number, listener) in listeners.iter_mut().enumerate() {
            let token = Token(FIRST_LISTENER + number);
            registry.register(&mut listener.socket, token, Interest::READABLE)?;
        }
        let rules = listeners
            .iter()
            .map(|l| OriginRules::new(options.origins.clone(), is_loopback(&l.address)))
            .collect();
        let clocks = Clocks::new();
        let sockets_max = options
            .config
            .limits
            .connections_max
            .saturating_add(SOCKETS_BESIDE);
        let node = Node::new(options.config, Shard::ONLY, clocks.known(), Watch::new());
        let now = clocks.now();
        Ok(Self {
            poll,
            signals,
            listeners,
            accept_again: Vec::new(),
            accept_rests_until: None,
            sockets: Slab::new(),
            sockets_max,
            by_conn: Vec::new(),
            again: Vec::new(),
            to_flush: Vec::new(),
            gone: Vec::new(),
            deadlines: Deadlines::new(options.patience),
            shared: Shared {
                node,
                now,
                clocks,
                buffer: vec![0; READ_BYTES].into(),
                input: BytesMut::with_capacity(READ_BYTES),
                buffers: Buffers::default(),
                transmit: Transmit::new(TRANSMIT_BYTES),
                taken_in: 0,
                partial_bytes: 0,
                page: options.page,
                rules,
            },
            housekeeping: now + HOUSEKEEPING,
            ends_by: None,
        })
    }

    /// Serves until a signal asks for the end and everybody has been told.
    ///
    /// # Errors
    /// When waiting for sockets fails, which nothing can mend.
    pub(crate) fn run(mut self) -> io::Result<()> {
        let mut events = Events::with_capacity(1024);
        loop {
            let timeout = self.timeout();
            self.step(&mut events, timeout)?;
            if let Some(by) = self.ends_by
                && (self.sockets.is_empty() || self.shared.now >= by)
            {
                return Ok(());
            }
        }
    }

    /// Waits once, and does everything that became possible.
    fn step(&mut self, events: &mut Events, timeout: Option<Duration>) -> io::Result<()> {
        if let Err(error) = self.poll.poll(events, timeout) {
            return match error.kind() {
                io::ErrorKind::Interrupted => Ok(()),
                _ => Err(error),
            };
        }
        self.shared.now = self.shared.clocks.now();
        self.turn(events);
        Ok(())
    }

    /// How long nothing needs to be done unless a socket speaks.
    fn timeout(&self) -> Option<Duration> {
        let accepts = !self.accept_again.is_empty() && self.accept_rests_until.is_none();
        if accepts || !self.again.is_empty() || !self.to_flush.is_empty() {
            return Some(Duration::ZERO);
        }
        let node = self.shared.node.poll_timeout().map(|(at, _)| at);
        let next = [
            node,
            self.deadlines.next(),
            self.accept_rests_until,
            self.ends_by,
        ];
        let next = next.into_iter().flatten().min()?;
        // Measured from the beginning of the turn it would be too long by the turn's length.
        Some(next.saturating_since(self.shared.clocks.now()))
    }

    /// Everything that one wait made possible.
    fn turn(&mut self, events: &Events) {
        let first_socket = FIRST_LISTENER + self.shared.rules.len();
        let mut again = std::mem::take(&mut self.again);
        let mut ending = false;
        for event in events {
            match event.token() {
                SIGNALS => ending |= self.signals.pending().count() > 0,
                Token(token) if token < first_socket => {
                    self.accept_again.push(token - FIRST_LISTENER);
                }
                Token(token) => {
                    let key = token - first_socket;
                    let Some(socket) = self.sockets.get_mut(key) else {
                        continue;
                    };
                    if event.is_read_closed() || event.is_error() {
                        socket.hung_up = true;
                    }
                    if event.is_writable() && socket.blocked {
                        socket.blocked = false;
                        self.to_flush.push(key);
                    }
                    if event.is_readable() || socket.hung_up {
                        self.read(key);
                    }
                }
            }
        }
        for key in again.drain(..) {
            if let Some(socket) = self.sockets.get_mut(key) {
                socket.in_again = false;
                self.read(key);
            }
        }
        if ending {
            self.end();
        }
        self.on_time();
        self.hand_out();
        self.bury();
        // Last, so that a token is never given away while an event for its last owner waits.
        self.accept_all();
    }

    fn read(&mut self, key: Key) {
        let Some(socket) = self.sockets.get_mut(key) else {
            return;
        };
        let more = socket.read(&mut self.shared);
        self.after(key, more);
        if self.shared.taken_in >= TAKEN_IN_MAX {
            self.hand_out();
        }
    }

    /// Does what the node asks for and writes every connection that has something.
    fn hand_out(&mut self) {
        self.shared.taken_in = 0;
        for _ in 0..ROUNDS_PER_TURN {
            self.obey();
            if self.to_flush.is_empty() {
                break;
            }
            self.flush_all();
        }
        self.obey();
    }

    /// Books what reading or writing a socket changed.
    fn after(&mut self, key: Key, more: bool) {
        let Some(socket) = self.sockets.get_mut(key) else {
            return;
        };
        socket.count_partial(&mut self.shared.partial_bytes);
        if more && !socket.in_again {
            socket.in_again = true;
            self.again.push(key);
        }
        if socket.wants_flush() {
            self.to_flush.push(key);
        }
        if socket.gone.is_some() {
            self.gone.push(key);
        }
        if let Some(wait) = socket.take_new_deadline() {
            let id = self.deadlines.push(wait, self.shared.now, key);
            socket.deadline = Some(id);
        }
        if let Some(conn) = socket.take_opened() {
            self.bind(conn, key);
        }
    }

    /// Remembers whose connection it is.
    ///
    /// Once in the life of a connection: the node gives its slot to another one as soon as it has
    /// nothing more to say on it, while the socket still waits for the other end.
    fn bind(&mut self, conn: ConnId, key: Key) {
        let slot = conn.slot();
        if self.by_conn.len() <= slot {
            self.by_conn.resize(slot + 1, None);
        }
        let Some((former, key)) = self.by_conn[slot].replace((conn, key)) else {
            return;
        };
        if let Some(socket) = self.sockets.get_mut(key)
            && socket.conn() == Some(former)
        {
            // Nothing to do where it is closing already, as it nearly always is.
            socket.close_forgotten();
            self.after(key, false);
        }
    }

    fn key_of(&self, conn: ConnId) -> Option<Key> {
        let (found, key) = (*self.by_conn.get(conn.slot())?)?;
        (found == conn).then_some(key)
    }

    fn on_time(&mut self) {
        let now = self.shared.now;
        if self
            .shared
            .node
            .poll_timeout()
            .is_some_and(|(at, _)| at <= now)
        {
            self.shared.node.handle_timeout(now);
        }
        while let Some((key, id)) = self.deadlines.pop(now) {
            let Some(socket) = self.sockets.get_mut(key) else {
                continue;
            };
            if socket.deadline == Some(id) {
                socket.on_deadline();
                self.after(key, false);
            }
        }
        if self.accept_rests_until.is_some_and(|until| until <= now) {
            self.accept_rests_until = None;
        }
        if now >= self.housekeeping {
            self.housekeeping = now + HOUSEKEEPING;
            self.shared.buffers.tidy();
            if let Some(clock) = self.shared.clocks.adjusted(now) {
                info!("the wall clock was set");
                let command = Command::ClockAdjusted(clock);
                self.shared.node.handle_command(now, command);
            }
            if let Some(resident_bytes) = resident_bytes() {
                let command = Command::ProcessFigures { resident_bytes };
                self.shared.node.handle_command(now, command);
            }
        }
    }

    /// Does what the node asks for.
    fn obey(&mut self) {
        let now = self.shared.now;
        while let Some(output) = self.shared.node.poll_output() {
            match output {
                Output::Ready(conn) => {
                    let Some(key) = self.key_of(conn) else {
                        continue;
                    };
                    let socket = &mut self.sockets[key];
                    socket.ready = true;
                    if !socket.blocked {
                        self.to_flush.push(key);
                    }
                }
                Output::Close { conn, cause } => {
                    let Some(key) = self.key_of(conn) else {
                        continue;
                    };
                    self.sockets[key].close(cause);
                    self.after(key, false);
                }
                Output::Throttle { conn, paused } => {
                    let Some(key) = self.key_of(conn) else {
                        continue;
                    };
                    let socket = &mut self.sockets[key];
                    socket.paused = paused;
                    if !paused {
                        socket.resume(&mut self.shared);
                        self.after(key, true);
                    }
                }
                // Nobody is asked while every client may come in.
                Output::Ask { ticket, .. } => {
                    let answer = Answer::Deny {
                        reason: ReasonCode::NotAuthorized,
                        reason_string: None,
                    };
                    self.shared.node.handle_answer(now, ticket, answer);
                }
                // Memory is all the store there is.
                Output::Persist { lsn, .. } => {
                    let outcome = StoreOutcome::Durable(lsn);
                    self.shared.node.handle_store(now, outcome);
                }
            }
        }
    }

    fn flush_all(&mut self) {
        let mut keys = std::mem::take(&mut self.to_flush);
        for key in keys.drain(..) {
            let Some(socket) = self.sockets.get_mut(key) else {
                continue;
            };
            let more = socket.flush(&mut self.shared);
            self.after(key, more);
        }
        // What flushing left to do keeps its place in the next round.
        keys.append(&mut self.to_flush);
        self.to_flush = keys;
    }

    /// Takes the sockets that are over out of the table.
    fn bury(&mut self) {
        while let Some(key) = self.gone.pop() {
            let Some(socket) = self.sockets.get_mut(key) else {
                continue;
            };
            let Some(cause) = socket.gone else {
                continue;
            };
            let _ = self.poll.registry().deregister(&mut socket.stream);
            let mut socket = self.sockets.remove(key);
            socket.partial = BytesMut::new();
            socket.count_partial(&mut self.shared.partial_bytes);
            if let Some(conn) = socket.conn() {
                // A connection that the node has closed may have lost its slot to another one.
                if self.key_of(conn) == Some(key) {
                    self.by_conn[conn.slot()] = None;
                }
                let now = self.shared.now;
                self.shared.node.connection_lost(now, conn, cause);
            }
        }
        self.obey();
    }

    fn accept_all(&mut self) {
        if self.accept_rests_until.is_some() {
            return;
        }
        let mut numbers = std::mem::take(&mut self.accept_again);
        numbers.sort_unstable();
        numbers.dedup();
        for number in numbers {
            if self.accept(number) {
                self.accept_again.push(number);
            }
        }
    }

    /// Accepts what waits at one listener; true if there may be more.
    fn accept(&mut self, number: usize) -> bool {
        for _ in 0..ACCEPTS_PER_TURN {
            let Some(listener) = self.listeners.get(number) else {
                return false;
            };
            match listener.socket.accept() {
                Ok((stream, peer)) => self.welcome(stream, peer, number),
                Err(error) => match error.kind() {
                    io::ErrorKind::WouldBlock => return false,
                    io::ErrorKind::ConnectionAborted | io::ErrorKind::Interrupted => {}
                    _ => {
                        warn!("cannot accept connections: {error}; trying again shortly");
                        self.accept_rests_until = Some(self.shared.now + ACCEPT_REST);
                        return true;
                    }
                },
            }
        }
        true
    }

    fn welcome(&mut self, mut stream: TcpStream, peer: SocketAddr, listener: usize) {
        if self.sockets.len() >= self.sockets_max {
            debug!(%peer, "no room for one more connection");
            return;
        }
        #[cfg(not(target_os = "linux"))]
        let _ = stream.set_nodelay(true);
        let key = self.sockets.vacant_key();
        let token = Token(FIRST_LISTENER + self.shared.rules.len() + key);
        let both = Interest::READABLE | Interest::WRITABLE;
        if let Err(error) = self.poll.registry().register(&mut stream, token, both) {
            warn!(%peer, "cannot watch a connection: {error}");
            return;
        }
        let listener = u16::try_from(listener).unwrap_or(u16::MAX);
        self.sockets.insert(Socket::new(stream, peer, listener));
        self.after(key, false);
    }

    /// Begins the end: nobody new, and a good-bye to everybody.
    fn end(&mut self) {
        if self.ends_by.is_some() {
            return;
        }
        info!("ending; once more ends at once");
        self.ends_by = Some(self.shared.now + ENDING);
        self.listeners.clear();
        self.accept_again.clear();
        let command = Command::Drain {
            reason: ReasonCode::ServerShuttingDown,
            server_reference: None,
        };
        self.shared.node.handle_command(self.shared.now, command);
        for (key, socket) in &mut self.sockets {
            if matches!(socket.phase, Phase::Unknown | Phase::Http) {
                socket.gone = Some(LostCause::Closed);
                self.gone.push(key);
            }
        }
    }
}

/// Memory in use, where the system tells.
fn resident_bytes() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/self/statm").ok()?;
    let pages: u64 = text.split(' ').nth(1)?.parse().ok()?;
    Some(pages * rustix::param::page_size() as u64)
}
