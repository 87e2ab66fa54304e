//! A node and everything that a driver owes it, but for sockets.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use bytes::BytesMut;
use tidings_core::codec::encode;
use tidings_core::config::{Access, Config, Overlap, WhenFull};
use tidings_core::node::{
    Answer, CloseCause, ConnId, Link, LostCause, Lsn, Node, Output, Shard, StoreOutcome, Ticket,
    Transport,
};
use tidings_core::packet::{Connect, Packet, Properties, Version};
use tidings_core::record::{Item, Key, Record};
use tidings_core::time::{Clock, Instant, UnixMillis};
use tidings_core::topic::Utf8;
use tidings_core::transmit::{Transmit, TransmitStatus};

use crate::choices::Choices;
use crate::peer::Peer;

const LINK: Link = Link {
    transport: Transport::InProcess,
    peer: None,
    listener: 0,
};

/// Any configuration: limits so small that they are met, or none.
pub(crate) fn config(choices: &mut Choices<'_>) -> Config {
    let mut config = Config {
        seed: 1,
        access: choices.pick(&[Access::Open, Access::Open, Access::Open, Access::Ask]),
        durable: choices.chance(2),
        overlap: choices.pick(&[Overlap::Once, Overlap::PerFilter]),
        sys_interval: Duration::from_secs(choices.pick(&[0, 7])),
        ..Config::default()
    };
    if choices.chance(2) {
        let limits = &mut config.limits;
        limits.when_full = choices.pick(&[
            WhenFull::DropNew,
            WhenFull::DropOldest,
            WhenFull::Disconnect,
        ]);
        limits.queue_messages_max = choices.pick(&[1000, 0, 1, 2]);
        limits.queue_bytes_max = choices.pick(&[1 << 20, 500]);
        limits.queue_bytes_total_max = choices.pick(&[1 << 20, 0, 1000]);
        limits.answers_max = choices.pick(&[1000, 1, 2]);
        limits.answers_bytes_max = choices.pick(&[1 << 20, 1, 300]);
        limits.sessions_max = choices.pick(&[1000, 1, 2]);
        limits.session_bytes_total_max = choices.pick(&[1 << 20, 30]);
        limits.connections_max = choices.pick(&[1000, 1, 3]);
        limits.subscriptions_max = choices.pick(&[1000, 1]);
        limits.subscription_bytes_max = choices.pick(&[1000, 5]);
        limits.filters_per_packet_max = choices.pick(&[1000, 2]);
        limits.topic_levels_max = choices.pick(&[128, 2]);
        limits.packet_bytes_max = choices.pick(&[1 << 20, 60]);
        limits.receive_max = choices.pick(&[1000, 1, 2]).try_into().expect("not zero");
        limits.inflight_max = choices.pick(&[1000, 1, 2]).try_into().expect("not zero");
        limits.topic_alias_in_max = choices.pick(&[32, 0, 1]);
        limits.topic_alias_out_max = choices.pick(&[32, 0, 1]);
        limits.retained_messages_max = choices.pick(&[1000, 0, 1]);
        limits.retained_bytes_max = choices.pick(&[1 << 20, 300]);
        limits.retained_per_turn = choices.pick(&[1000, 1]);
        limits.timers_per_turn = choices.pick(&[1000, 1]);
        limits.session_expiry_secs_max = choices.pick(&[u32::MAX, 0, 5]);
        limits.session_expiry_secs_v3 = choices.pick(&[5, 0]);
        limits.keep_alive_secs_max = choices.pick(&[0, 1]);
    }
    config
}

/// The other end of a connection.
#[derive(Default)]
pub(crate) struct End {
    input: BytesMut,
    /// What it was sent.
    pub(crate) sent: Vec<u8>,
    /// Why it was closed.
    pub(crate) closed: Option<CloseCause>,
    peer: Peer,
}

pub(crate) struct Driver {
    pub(crate) node: Node,
    pub(crate) config: Arc<Config>,
    pub(crate) now: Instant,
    pub(crate) ends: BTreeMap<ConnId, End>,
    pub(crate) tickets: Vec<Ticket>,
    /// The latest record of this node's life.
    pub(crate) latest: u64,
    /// Whether a record is safe when it leaves.
    pub(crate) is_fast: bool,
    store: BTreeMap<Key, Item>,
}

impl Driver {
    pub(crate) fn new(config: Config) -> Self {
        let (config, now) = (Arc::new(config), Instant::from_micros(1_000_000));
        Self {
            node: Node::new(config.clone(), Shard::ONLY, clock(now), ()),
            config,
            now,
            ends: BTreeMap::new(),
            tickets: Vec::new(),
            latest: 0,
            is_fast: true,
            store: BTreeMap::new(),
        }
    }

    pub(crate) fn open(&mut self) -> ConnId {
        let conn = self.node.connection_opened(self.now, LINK);
        self.ends.insert(conn, End::default());
        conn
    }

    /// Gives the node bytes behind those that it left.
    pub(crate) fn feed(&mut self, conn: ConnId, bytes: &[u8]) {
        let Some(end) = self.ends.get_mut(&conn) else {
            return;
        };
        end.input.extend_from_slice(bytes);
        let before = end.input.clone();
        self.node.handle_bytes(self.now, conn, &mut end.input);
        let taken = before.len() - end.input.len();
        end.peer.says(&before[..taken]);
    }

    pub(crate) fn lose(&mut self, conn: ConnId, cause: LostCause) {
        self.ends.remove(&conn);
        self.node.connection_lost(self.now, conn, cause);
    }

    pub(crate) fn pass(&mut self, time: Duration) {
        self.now = self.now + time;
        self.node.handle_timeout(self.now);
    }

    /// Takes what waits for a connection, in pieces of about `limit` bytes; all of it, or `turns`
    /// pieces.
    pub(crate) fn fetch(&mut self, conn: ConnId, limit: usize, turns: usize) {
        let mut out = Transmit::new(limit);
        for turn in 0.. {
            assert!(turn < 1_000_000, "more without end");
            if turn >= turns {
                return;
            }
            out.clear();
            let status = self.node.poll_transmit(self.now, conn, &mut out);
            if let Some(end) = self.ends.get_mut(&conn) {
                let before = end.sent.len();
                out.copy_to(&mut end.sent);
                end.peer.is_sent(&end.sent[before..]);
            }
            if status == TransmitStatus::Drained {
                return;
            }
        }
    }

    /// Does what the node wants done.
    pub(crate) fn obey(&mut self) {
        while let Some(output) = self.node.poll_output() {
            match output {
                Output::Ready(conn) => self.fetch(conn, 1 << 16, usize::MAX),
                Output::Close { conn, cause } => {
                    self.fetch(conn, 1 << 16, usize::MAX);
                    if let Some(end) = self.ends.get_mut(&conn) {
                        assert_eq!(end.closed, None, "closed twice");
                        end.closed = Some(cause);
                    }
                    self.node.connection_lost(self.now, conn, LostCause::Closed);
                }
                Output::Throttle { paused: true, .. } => {}
                Output::Throttle { conn, .. } => self.feed(conn, &[]),
                Output::Ask { ticket, .. } => self.tickets.push(ticket),
                Output::Persist { lsn, record } => self.keep(lsn, record),
            }
        }
    }

    fn keep(&mut self, lsn: Lsn, record: Record) {
        assert_eq!(lsn.0, self.latest + 1, "records are numbered one by one");
        assert!(self.config.durable, "nobody asked for records");
        self.latest = lsn.0;
        let key = record.key();
        match record {
            Record::Put(item) => self.store.insert(key, item),
            Record::Delete(_) => self.store.remove(&key),
        };
        if self.is_fast {
            let outcome = StoreOutcome::Durable(lsn);
            self.node.handle_store(self.now, outcome);
        }
    }

    /// The node dies, and another takes over what was recorded.
    pub(crate) fn crash(&mut self) {
        self.ends.clear();
        self.tickets.clear();
        self.latest = 0;
        self.node = Node::new(self.config.clone(), Shard::ONLY, clock(self.now), ());
        let records: Vec<_> = self.store.values().cloned().map(Record::Put).collect();
        self.node.restore(self.now, records);
    }

    pub(crate) fn allow_all(&mut self) {
        while let Some(ticket) = self.tickets.pop() {
            let allow = Answer::Allow {
                username: None,
                data: None,
            };
            self.node.handle_answer(self.now, ticket, allow);
            self.obey();
        }
    }

    /// What must hold whatever has happened.
    pub(crate) fn check(&self) {
        let state = self.node.state();
        let limits = &self.config.limits;
        let most = limits.sessions_max.saturating_add(limits.connections_max);
        assert!(state.sessions.len() <= most, "too many sessions");
        let (mut queued, mut owned) = (0, 0);
        for session in &state.sessions {
            assert!(session.queue.len() <= limits.queue_messages_max + 1);
            // What is kept comes one at a time, whether there is room or not.
            let waits = session
                .queue
                .iter()
                .map(|waits| bytes_of(&waits.topic, &waits.payload));
            let largest = waits.clone().max().unwrap_or(0);
            let bytes = waits.sum::<usize>() - largest;
            assert!(bytes <= limits.queue_bytes_max, "{bytes} bytes wait");
            assert!(bytes <= session.queue_bytes, "more waits than is counted");
            queued += bytes;
            owned += session.client.len() + session.will.as_ref().map_or(0, String::len);
            assert!(session.subscriptions.len() <= limits.subscriptions_max);
            let filters = session.subscriptions.iter();
            let bytes: usize = filters.map(|one| one.filter.len()).sum();
            assert!(bytes <= limits.subscription_bytes_max, "{bytes} of filters");
            assert!(session.inflight.len() <= usize::from(limits.inflight_max.get()));
            let ids = session.inflight.iter().map(|entry| entry.packet_id);
            let mut ids: Vec<_> = ids.collect();
            ids.sort();
            ids.dedup();
            let count = session.inflight.len();
            assert_eq!(ids.len(), count, "an identifier is used twice");
            if let Some(conn) = session.conn {
                assert!(state.connections.iter().any(|one| one.conn == conn));
            }
        }
        // `$SYS` is the broker's own and few.
        let own = state.retained.iter();
        let own = own.filter(|kept| !kept.topic.starts_with("$SYS/"));
        let own = own.map(|kept| bytes_of(&kept.topic, &kept.payload));
        assert!(own.clone().count() <= limits.retained_messages_max);
        let kept: usize = own.sum();
        assert!(kept <= limits.retained_bytes_max, "{kept} bytes are kept");
        let most = limits.queue_bytes_total_max;
        assert!(queued <= most, "{queued} bytes wait of {most}");
        let most = limits.session_bytes_total_max;
        assert!(owned <= most, "{owned} bytes of sessions of {most}");
    }

    /// What must hold when the node is of nobody any more: nothing is recorded but what is kept.
    pub(crate) fn check_store(&self) {
        let kept: BTreeSet<u64> = self
            .store
            .values()
            .filter_map(|item| match item {
                Item::Retained { message, .. } => Some(*message),
                _ => None,
            })
            .collect();
        for key in self.store.keys() {
            match key {
                Key::Retained(_) => {}
                Key::Message(id) => assert!(kept.contains(id), "{id} is of nobody"),
                other => panic!("{other:?} is of nobody"),
            }
        }
    }

    /// Everybody leaves, and time passes until nothing can be left of anybody.
    pub(crate) fn end(&mut self) {
        self.is_fast = true;
        self.obey();
        for conn in self.ends.keys().copied().collect::<Vec<_>>() {
            self.lose(conn, LostCause::Closed);
        }
        self.obey();
        // Twelve days, some times over: longer than anything lasts that does not last for years.
        for _ in 0..4 {
            self.pass(Duration::from_secs(1 << 20));
            let mut turns = 0;
            while self
                .node
                .poll_timeout()
                .is_some_and(|(at, _)| at <= self.now)
            {
                turns += 1;
                assert!(turns < 10_000, "deadlines without end");
                self.node.handle_timeout(self.now);
            }
            self.obey();
        }
        for session in self.node.state().sessions {
            self.throw_away(&session.client);
        }
        self.check();
    }

    /// A session ends when a clean one begins in its place.
    fn throw_away(&mut self, client: &str) {
        let connect = Connect {
            version: Version::V311,
            bridge: false,
            clean_start: true,
            keep_alive_secs: 0,
            client_id: Utf8::copy_from(client).expect("invariant: it came in a packet"),
            will: None,
            username: None,
            password: None,
            properties: Properties::EMPTY,
        };
        let mut bytes = Vec::new();
        encode(&Packet::Connect(connect.into()), Version::V311, &mut bytes)
            .expect("invariant: nothing in it is too long");
        let conn = self.open();
        self.feed(conn, &bytes);
        self.obey();
        self.allow_all();
        self.lose(conn, LostCause::Closed);
        self.obey();
    }
}

pub(crate) fn clock(at: Instant) -> Clock {
    let unix = UnixMillis(1_700_000_000_000 + at.as_micros() / 1000);
    Clock { unix, at }
}

/// What a message takes at least.
fn bytes_of(topic: &str, payload: &[u8]) -> usize {
    topic.len() + payload.len()
}
