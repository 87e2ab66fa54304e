//! A node, clients, and the links between them, under one clock.

use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use tidings_core::client::{
    AckToken, Client, ClientEvent, Fault, Options, Outcome, Publishing, Reconnect,
    SESSION_NEVER_EXPIRES, Violation,
};
use tidings_core::config::Config;
use tidings_core::node::{ConnId, Link, LostCause, Node, Output, Shard, StoreOutcome, Transport};
use tidings_core::packet::{
    Properties, Property, Publish, QoS, ReasonCode, SubscribeOptions, Version,
};
use tidings_core::time::{Clock, Instant, UnixMillis};
use tidings_core::topic::{Topic, Utf8};
use tidings_core::transmit::{Transmit, TransmitStatus};

use crate::store::Store;

pub(crate) const VERSIONS: [Version; 3] = [Version::V31, Version::V311, Version::V5];
pub(crate) const ALL_QOS: [QoS; 3] = [QoS::AtMostOnce, QoS::AtLeastOnce, QoS::ExactlyOnce];

/// One client and its link.
pub(crate) struct Peer {
    pub(crate) client: Client,
    conn: Option<ConnId>,
    to_node: BytesMut,
    to_client: BytesMut,
    /// How many more bytes the link carries each way before it breaks.
    pub(crate) up_left: usize,
    pub(crate) down_left: usize,
    /// How many it has carried.
    pub(crate) went_up: usize,
    pub(crate) went_down: usize,
    /// Whether the link is dialled when the client asks.
    pub(crate) reachable: bool,
    /// The link takes bytes and delivers none, as a half-open connection does.
    pub(crate) swallow: bool,
    pub(crate) events: Vec<ClientEvent>,
    /// Messages that wait for an acknowledgement.
    tokens: Vec<AckToken>,
}

pub(crate) struct World {
    pub(crate) node: Node,
    pub(crate) now: Instant,
    pub(crate) peers: Vec<Peer>,
    /// Where records go.
    pub(crate) store: Store,
    /// A fingerprint of everything that was sent and recorded, and when (FNV-1a).
    pub(crate) trace: u64,
    config: Arc<Config>,
}

pub(crate) fn utf8(text: &str) -> Utf8 {
    Utf8::copy_from(text).expect("short")
}

pub(crate) fn topic(name: &str) -> Topic {
    Topic::parse(utf8(name)).expect("a topic")
}

/// Options of a client that comes back and whose session outlives its connection.
pub(crate) fn options(id: &str, version: Version) -> Options {
    Options {
        version,
        clean_start: false,
        session_expiry_secs: SESSION_NEVER_EXPIRES,
        reconnect: Reconnect::Backoff {
            min: Duration::from_secs(1),
            max: Duration::from_secs(1),
            jitter_percent: 0,
        },
        ..Options::new(utf8(id))
    }
}

fn clock(at: Instant) -> Clock {
    let since = at.as_micros() / 1000;
    Clock {
        unix: UnixMillis(1_700_000_000_000 + since),
        at,
    }
}

impl World {
    pub(crate) fn new() -> Self {
        Self::with_config(Config::default())
    }

    pub(crate) fn with_config(config: Config) -> Self {
        let now = Instant::from_micros(1_000_000);
        let config = Arc::new(config);
        Self {
            node: Node::new(config.clone(), Shard::ONLY, clock(now), ()),
            now,
            peers: Vec::new(),
            store: Store::default(),
            trace: 0xCBF2_9CE4_8422_2325,
            config,
        }
    }

    pub(crate) fn note(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.trace = (self.trace ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01B3);
        }
    }

    /// The node dies with everything it had in memory, and another begins with what the store
    /// has. Every connection breaks.
    pub(crate) fn crash(&mut self) {
        for peer in &mut self.peers {
            peer.conn = None;
            peer.to_node.clear();
            peer.to_client.clear();
            peer.client.transport_lost(self.now);
        }
        self.node = Node::new(self.config.clone(), Shard::ONLY, clock(self.now), ());
        let records = self.store.die();
        self.node.restore(self.now, records);
    }

    /// Adds a client and starts it; it is connected after the next [`World::run`].
    pub(crate) fn add(&mut self, options: Options) -> usize {
        let mut client = Client::new(options, self.peers.len() as u64);
        client.start(self.now);
        self.peers.push(Peer {
            client,
            conn: None,
            to_node: BytesMut::new(),
            to_client: BytesMut::new(),
            up_left: usize::MAX,
            down_left: usize::MAX,
            went_up: 0,
            went_down: 0,
            reachable: true,
            swallow: false,
            events: Vec::new(),
            tokens: Vec::new(),
        });
        self.run();
        self.peers.len() - 1
    }

    pub(crate) fn subscribe(&mut self, peer: usize, filter: &str, qos: QoS) {
        let options = SubscribeOptions {
            qos,
            ..SubscribeOptions::default()
        };
        self.subscribe_with(peer, filter, options, Properties::default());
    }

    pub(crate) fn subscribe_with(
        &mut self,
        peer: usize,
        filter: &str,
        options: SubscribeOptions,
        properties: Properties,
    ) {
        let client = &mut self.peers[peer].client;
        client
            .subscribe(self.now, [(utf8(filter), options)], properties)
            .expect("room");
        self.run();
        let events = &self.peers[peer].events;
        let granted = events.iter().rev().find_map(|event| match event {
            ClientEvent::Subscribed { reasons, .. } => Some(reasons[0]),
            _ => None,
        });
        assert!(
            granted.is_some_and(|reason| !reason.is_error()),
            "{granted:?}"
        );
    }

    /// Publishes without letting anything run.
    pub(crate) fn publish(&mut self, peer: usize, name: &str, payload: impl Into<Bytes>, qos: QoS) {
        self.publish_as(peer, Publishing::new(topic(name), payload).qos(qos));
    }

    pub(crate) fn publish_as(&mut self, peer: usize, publishing: Publishing) {
        self.peers[peer]
            .client
            .publish(self.now, publishing)
            .expect("room");
    }

    /// Acknowledges every message a peer got.
    pub(crate) fn acknowledge_all(&mut self, peer: usize) {
        let peer = &mut self.peers[peer];
        for token in peer.tokens.drain(..) {
            // One of QoS 1 is void after a connection, because the message comes again.
            let _ = peer.client.acknowledge(self.now, token);
        }
    }

    /// Acknowledges the last message a peer got.
    pub(crate) fn acknowledge_last(&mut self, peer: usize) {
        let peer = &mut self.peers[peer];
        let token = peer.tokens.pop().expect("a message waits");
        peer.client.acknowledge(self.now, token).expect("it waits");
    }

    /// Runs until nothing moves at this moment.
    pub(crate) fn run(&mut self) {
        for _ in 0..100_000 {
            let mut moved = false;
            for peer in 0..self.peers.len() {
                moved |= self.run_client(peer);
            }
            moved |= self.run_node();
            if !moved && let Some(lsn) = self.store.catch_up() {
                self.node.handle_store(self.now, StoreOutcome::Durable(lsn));
                moved = true;
            }
            if !moved {
                return;
            }
        }
        panic!("never quiet");
    }

    /// Lets time pass, handling every deadline on the way.
    pub(crate) fn pass(&mut self, secs: u64) {
        let end = self.now + Duration::from_secs(secs);
        self.run();
        for _ in 0..100_000 {
            let clients = self
                .peers
                .iter()
                .filter_map(|peer| peer.client.poll_timeout());
            let node = self.node.poll_timeout().map(|(at, _)| at);
            let next = clients.chain(node).min();
            let Some(next) = next.filter(|next| *next <= end) else {
                self.now = end;
                return;
            };
            self.now = self.now.max(next);
            for peer in &mut self.peers {
                peer.client.handle_timeout(self.now);
            }
            self.node.handle_timeout(self.now);
            self.run();
        }
        panic!("deadlines without end");
    }

    /// Breaks a link as a network does: both ends lose it.
    pub(crate) fn cut(&mut self, peer: usize) {
        let now = self.now;
        let peer = &mut self.peers[peer];
        let Some(conn) = peer.conn.take() else { return };
        peer.to_node.clear();
        peer.to_client.clear();
        peer.client.transport_lost(now);
        self.node.connection_lost(now, conn, LostCause::Reset);
    }

    fn run_client(&mut self, index: usize) -> bool {
        let now = self.now;
        let mut moved = self.carry_up(index);
        while let Some(event) = self.peers[index].client.poll_event() {
            moved = true;
            match event {
                ClientEvent::Dial => {
                    let peer = &mut self.peers[index];
                    assert_eq!(peer.conn, None, "the connection before was not ended");
                    if peer.reachable {
                        let link = Link {
                            transport: Transport::InProcess,
                            peer: None,
                            listener: 0,
                        };
                        peer.conn = Some(self.node.connection_opened(now, link));
                        peer.client.transport_opened(now);
                    } else {
                        peer.client.transport_lost(now);
                    }
                }
                ClientEvent::Hangup => {
                    self.carry_up(index);
                    let peer = &mut self.peers[index];
                    peer.to_node.clear();
                    peer.to_client.clear();
                    if let Some(conn) = peer.conn.take() {
                        self.node.connection_lost(now, conn, LostCause::Closed);
                    }
                }
                // The CONNACK of its first connection was lost in a crash: it begins anew.
                ClientEvent::ProtocolError(Fault::Violation(Violation::SessionUnknownHere))
                    if self.store.crash_after.is_some() => {}
                ClientEvent::ProtocolError(fault) => {
                    panic!("client {index} finds the node at fault: {fault}")
                }
                other => {
                    let peer = &mut self.peers[index];
                    if let ClientEvent::Message {
                        token: Some(token), ..
                    } = &other
                    {
                        peer.tokens.push(*token);
                    }
                    peer.events.push(other);
                }
            }
            self.carry_up(index);
        }
        moved
    }

    /// What the client sends reaches the node, as far as the link carries it.
    fn carry_up(&mut self, index: usize) -> bool {
        let now = self.now;
        let peer = &mut self.peers[index];
        let mut out = Transmit::new(1000);
        let mut moved = false;
        loop {
            out.clear();
            let status = peer.client.poll_transmit(now, &mut out);
            let Some(conn) = peer.conn else { return moved };
            let through = out.len().min(peer.up_left);
            let mut bytes = Vec::new();
            out.copy_to(&mut bytes);
            if peer.swallow && status == TransmitStatus::Drained {
                return moved;
            } else if peer.swallow {
                continue;
            }
            moved |= through > 0;
            peer.to_node.extend_from_slice(&bytes[..through]);
            peer.up_left -= if peer.up_left == usize::MAX {
                0
            } else {
                through
            };
            peer.went_up += through;
            self.node.handle_bytes(now, conn, &mut peer.to_node);
            if through < bytes.len() {
                self.cut(index);
                return true;
            }
            if status == TransmitStatus::Drained {
                return moved;
            }
        }
    }

    fn run_node(&mut self) -> bool {
        let mut moved = false;
        while let Some(output) = self.node.poll_output() {
            moved = true;
            match output {
                Output::Ready(conn) => {
                    if let Some(peer) = self.peer_of(conn) {
                        self.carry_down(peer, conn);
                    }
                }
                Output::Close { conn, .. } => {
                    if let Some(peer) = self.peer_of(conn) {
                        self.carry_down(peer, conn);
                        let peer = &mut self.peers[peer];
                        if peer.conn == Some(conn) {
                            peer.conn = None;
                            peer.to_node.clear();
                            peer.to_client.clear();
                            peer.client.transport_lost(self.now);
                        }
                    }
                }
                Output::Throttle {
                    conn,
                    paused: false,
                } => {
                    if let Some(peer) = self.peer_of(conn) {
                        let now = self.now;
                        self.node
                            .handle_bytes(now, conn, &mut self.peers[peer].to_node);
                    }
                }
                Output::Persist { lsn, record } => {
                    self.note(format!("{lsn:?} {record:?}").as_bytes());
                    if self.store.take(lsn, record) {
                        self.crash();
                    } else if let Some(lsn) = self.store.is_fast().then_some(lsn) {
                        self.store.catch_up();
                        self.node.handle_store(self.now, StoreOutcome::Durable(lsn));
                    }
                }
                _ => {}
            }
        }
        moved
    }

    fn peer_of(&self, conn: ConnId) -> Option<usize> {
        self.peers.iter().position(|peer| peer.conn == Some(conn))
    }

    fn carry_down(&mut self, index: usize, conn: ConnId) {
        let now = self.now;
        let mut out = Transmit::new(1000);
        loop {
            out.clear();
            let status = self.node.poll_transmit(now, conn, &mut out);
            let mut bytes = Vec::new();
            out.copy_to(&mut bytes);
            self.note(&now.as_micros().to_be_bytes());
            self.note(&(index as u64).to_be_bytes());
            self.note(&bytes);
            let peer = &mut self.peers[index];
            let through = bytes.len().min(peer.down_left);
            peer.to_client.extend_from_slice(&bytes[..through]);
            peer.down_left -= if peer.down_left == usize::MAX {
                0
            } else {
                through
            };
            peer.went_down += through;
            peer.client.handle_bytes(now, &mut peer.to_client);
            if through < bytes.len() {
                return self.cut(index);
            }
            if status == TransmitStatus::Drained {
                return;
            }
        }
    }
}

impl Peer {
    pub(crate) fn messages(&self) -> Vec<&Publish> {
        let events = self.events.iter();
        events
            .filter_map(|event| match event {
                ClientEvent::Message { publish, .. } => Some(publish),
                _ => None,
            })
            .collect()
    }

    pub(crate) fn payloads(&self) -> Vec<Bytes> {
        self.messages()
            .iter()
            .map(|publish| publish.payload.clone())
            .collect()
    }

    /// How the published messages ended, in order.
    pub(crate) fn outcomes(&self) -> Vec<ReasonCode> {
        let outcome = |event: &ClientEvent| match event {
            ClientEvent::Published {
                outcome: Outcome::Acknowledged { reason, .. },
                ..
            } => Some(*reason),
            _ => None,
        };
        self.events.iter().filter_map(outcome).collect()
    }

    /// Session Present of the last CONNACK.
    pub(crate) fn session_present(&self) -> Option<bool> {
        self.events.iter().rev().find_map(|event| match event {
            ClientEvent::Connected {
                session_present, ..
            } => Some(*session_present),
            _ => None,
        })
    }
}

pub(crate) fn properties<const N: usize>(all: [Property; N]) -> Properties {
    Properties::build(all)
}
