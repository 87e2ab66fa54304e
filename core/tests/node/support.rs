//! A node, and peers that speak to it in packets and in bytes, without a client's conduct.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use tidings_core::codec::{Decoder, Role, Status, encode};
use tidings_core::config::{Config, Limits};
use tidings_core::node::{
    CloseCause, ConnId, Link, LostCause, Lsn, Node, Output, Question, Shard, StoreOutcome, Ticket,
    Transport,
};
use tidings_core::observe::Observer;
use tidings_core::packet::{
    Ack, ConnAck, Connect, Disconnect, Packet, PacketId, Properties, Property, Publish, QoS,
    ReasonCode, Subscribe, SubscribeFilter, SubscribeOptions, Version, Will,
};
use tidings_core::record::Record;
use tidings_core::time::{Clock, Instant, UnixMillis};
use tidings_core::topic::{Topic, Utf8};
use tidings_core::transmit::{Transmit, TransmitStatus};

pub(crate) const VERSIONS: [Version; 3] = [Version::V31, Version::V311, Version::V5];

/// A node with the ends of its connections.
#[derive(Clone)]
pub(crate) struct Broker<O: Observer = ()> {
    pub(crate) node: Node<O>,
    pub(crate) now: Instant,
    ends: BTreeMap<ConnId, End>,
    /// Questions nobody has answered.
    pub(crate) asked: Vec<(Ticket, Question)>,
    /// Records that left, in order.
    pub(crate) records: Vec<(Lsn, Record)>,
    /// Whether a record is safe as soon as it left.
    pub(crate) store_is_fast: bool,
}

#[derive(Clone, Default)]
struct End {
    input: BytesMut,
    output: BytesMut,
    cause: Option<CloseCause>,
    /// Takes nothing that is sent to it.
    stalled: bool,
    ready: bool,
    pub(crate) paused: bool,
}

/// A peer that has sent a CONNECT.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Peer {
    pub(crate) conn: ConnId,
    pub(crate) version: Version,
}

pub(crate) fn start() -> (Instant, Clock) {
    let now = Instant::from_micros(1_000_000);
    let unix = UnixMillis(1_700_000_000_000);
    (now, Clock { unix, at: now })
}

/// Without `$SYS`, which would be in everybody's way.
pub(crate) fn quiet() -> Config {
    Config {
        sys_interval: Duration::ZERO,
        ..Config::default()
    }
}

pub(crate) fn limited(change: impl FnOnce(&mut Limits)) -> Config {
    let mut config = quiet();
    change(&mut config.limits);
    config
}

impl Broker {
    pub(crate) fn new() -> Self {
        Self::with(quiet())
    }

    pub(crate) fn with(config: Config) -> Self {
        Self::watched(config, ())
    }
}

impl<O: Observer> Broker<O> {
    pub(crate) fn watched(config: Config, observer: O) -> Self {
        let (now, clock) = start();
        Self {
            node: Node::new(Arc::new(config), Shard::ONLY, clock, observer),
            now,
            ends: BTreeMap::new(),
            asked: Vec::new(),
            records: Vec::new(),
            store_is_fast: true,
        }
    }

    pub(crate) fn open(&mut self) -> ConnId {
        let link = Link {
            transport: Transport::InProcess,
            peer: None,
            listener: 0,
        };
        let conn = self.node.connection_opened(self.now, link);
        self.ends.insert(conn, End::default());
        conn
    }

    /// Gives the node bytes of a connection.
    pub(crate) fn feed(&mut self, conn: ConnId, bytes: &[u8]) {
        let end = self.ends.get_mut(&conn).expect("it was opened");
        end.input.extend_from_slice(bytes);
        if !end.paused {
            self.node.handle_bytes(self.now, conn, &mut end.input);
        }
        self.settle();
    }

    pub(crate) fn send(&mut self, peer: Peer, packet: Packet) {
        let mut bytes = Vec::new();
        encode(&packet, peer.version, &mut bytes).expect("the test's packet is in order");
        self.feed(peer.conn, &bytes);
    }

    pub(crate) fn lose(&mut self, peer: Peer) {
        self.node
            .connection_lost(self.now, peer.conn, LostCause::Reset);
        self.settle();
    }

    /// From here on the peer takes nothing, or everything again.
    pub(crate) fn stall(&mut self, peer: Peer, stalled: bool) {
        let end = self.ends.get_mut(&peer.conn).expect("it was opened");
        end.stalled = stalled;
        if !stalled && end.ready {
            self.fetch(peer.conn);
        }
        self.settle();
    }

    pub(crate) fn is_paused(&self, peer: Peer) -> bool {
        self.ends[&peer.conn].paused
    }

    /// Does what the node asks for.
    pub(crate) fn settle(&mut self) {
        while let Some(output) = self.node.poll_output() {
            match output {
                Output::Ready(conn) => self.fetch(conn),
                Output::Close { conn, cause } => {
                    self.fetch(conn);
                    if let Some(end) = self.ends.get_mut(&conn) {
                        end.cause = Some(cause);
                    }
                }
                Output::Throttle { conn, paused } => {
                    let Some(end) = self.ends.get_mut(&conn) else {
                        continue;
                    };
                    end.paused = paused;
                    if !paused {
                        self.node.handle_bytes(self.now, conn, &mut end.input);
                    }
                }
                Output::Ask { ticket, question } => self.asked.push((ticket, question)),
                Output::Persist { lsn, record } => {
                    self.records.push((lsn, record));
                    if self.store_is_fast {
                        let outcome = StoreOutcome::Durable(lsn);
                        self.node.handle_store(self.now, outcome);
                    }
                }
            }
        }
    }

    fn fetch(&mut self, conn: ConnId) {
        let Some(end) = self.ends.get_mut(&conn) else {
            return;
        };
        end.ready = true;
        if end.stalled {
            return;
        }
        end.ready = false;
        let mut out = Transmit::new(1000);
        loop {
            out.clear();
            let status = self.node.poll_transmit(self.now, conn, &mut out);
            out.copy_to(&mut end.output);
            if status == TransmitStatus::Drained {
                return;
            }
        }
    }

    /// The bytes that came for a connection since the last look.
    pub(crate) fn raw(&mut self, conn: ConnId) -> Vec<u8> {
        self.settle();
        let end = self.ends.get_mut(&conn).expect("it was opened");
        end.output.split().to_vec()
    }

    /// The packets that came for a peer since the last look.
    pub(crate) fn take(&mut self, peer: Peer) -> Vec<Packet> {
        let bytes = self.raw(peer.conn);
        let mut input = BytesMut::from(&bytes[..]);
        let mut decoder = Decoder::new(Role::Server, u32::MAX);
        decoder.set_version(peer.version);
        let mut packets = Vec::new();
        while !input.is_empty() {
            match decoder.decode(&mut input) {
                Ok(Status::Complete(packet)) => packets.push(packet),
                other => panic!("{other:?} of {input:?}"),
            }
        }
        packets
    }

    /// The messages that came for a peer since the last look.
    pub(crate) fn messages(&mut self, peer: Peer) -> Vec<Publish> {
        let packets = self.take(peer).into_iter();
        packets
            .filter_map(|packet| match packet {
                Packet::Publish(publish) => Some(publish),
                _ => None,
            })
            .collect()
    }

    pub(crate) fn payloads(&mut self, peer: Peer) -> Vec<String> {
        let messages = self.messages(peer).into_iter();
        messages
            .map(|m| String::from_utf8_lossy(&m.payload).into_owned())
            .collect()
    }

    /// Why the node closed a connection.
    pub(crate) fn cause(&self, conn: ConnId) -> Option<CloseCause> {
        self.ends[&conn].cause
    }

    pub(crate) fn dial(&mut self, connect: Connect) -> Peer {
        let peer = Peer {
            conn: self.open(),
            version: connect.version,
        };
        self.send(peer, Packet::Connect(connect.into()));
        peer
    }

    /// Dials and takes the CONNACK off.
    #[track_caller]
    pub(crate) fn try_connect(&mut self, connect: Connect) -> (Peer, ConnAck) {
        let peer = self.dial(connect);
        let packets = self.take(peer);
        match &packets[..] {
            [Packet::ConnAck(ack)] => (peer, ack.clone()),
            other => panic!("{other:?} instead of CONNACK"),
        }
    }

    /// Dials and is let in. What follows the CONNACK waits to be taken.
    #[track_caller]
    pub(crate) fn connect(&mut self, connect: Connect) -> Peer {
        let version = connect.version;
        let peer = self.dial(connect);
        let end = self.ends.get_mut(&peer.conn).expect("it was opened");
        let mut decoder = Decoder::new(Role::Server, u32::MAX);
        decoder.set_version(version);
        match decoder.decode(&mut end.output) {
            Ok(Status::Complete(Packet::ConnAck(ack))) if !ack.reason.is_error() => peer,
            other => panic!("{other:?} instead of CONNACK"),
        }
    }

    /// Subscribes and checks that it was granted.
    #[track_caller]
    pub(crate) fn subscribe(&mut self, peer: Peer, filter: &str, qos: QoS) {
        let options = SubscribeOptions {
            qos,
            ..SubscribeOptions::default()
        };
        let reason = self.subscribe_with(peer, filter, options, None);
        assert!(!reason.is_error(), "{filter}: {reason:?}");
    }

    /// Subscribes; the answer. Messages that came before it stay to be taken.
    #[track_caller]
    pub(crate) fn subscribe_with(
        &mut self,
        peer: Peer,
        filter: &str,
        options: SubscribeOptions,
        id: Option<u32>,
    ) -> ReasonCode {
        let before = self.raw(peer.conn);
        self.send(peer, subscribe(filter, options, id));
        let end = self.ends.get_mut(&peer.conn).expect("it was opened");
        let mut decoder = Decoder::new(Role::Server, u32::MAX);
        decoder.set_version(peer.version);
        let ack = match decoder.decode(&mut end.output) {
            Ok(Status::Complete(Packet::SubAck(ack))) => ack,
            other => panic!("{other:?} instead of SUBACK"),
        };
        let after = end.output.split();
        end.output.extend_from_slice(&before);
        end.output.extend_from_slice(&after);
        ack.reasons[0]
    }

    /// Publishes at QoS 0.
    pub(crate) fn say(&mut self, peer: Peer, name: &str, payload: &str) {
        self.send(peer, publish(name, payload, QoS::AtMostOnce, None));
    }

    pub(crate) fn pass(&mut self, time: Duration) {
        let end = self.now + time;
        self.settle();
        while let Some((at, _)) = self.node.poll_timeout().filter(|(at, _)| *at <= end) {
            self.now = self.now.max(at);
            self.node.handle_timeout(self.now);
            self.settle();
        }
        self.now = end;
        self.node.handle_timeout(end);
        self.settle();
    }
}

pub(crate) fn secs(secs: u64) -> Duration {
    Duration::from_secs(secs)
}

pub(crate) fn utf8(text: &str) -> Utf8 {
    Utf8::copy_from(text).expect("short")
}

pub(crate) fn topic(name: &str) -> Topic {
    Topic::parse(utf8(name)).expect("a topic")
}

pub(crate) fn id(number: u16) -> PacketId {
    PacketId::new(number).expect("not zero")
}

pub(crate) fn properties<const N: usize>(all: [Property; N]) -> Properties {
    Properties::build(all)
}

/// A clean CONNECT without keep-alive.
pub(crate) fn connect(client_id: &str, version: Version) -> Connect {
    Connect {
        version,
        bridge: false,
        clean_start: true,
        keep_alive_secs: 0,
        client_id: utf8(client_id),
        will: None,
        username: None,
        password: None,
        properties: Properties::EMPTY,
    }
}

/// A CONNECT that goes on with its session, which outlives its connection.
pub(crate) fn lasting(client_id: &str, version: Version) -> Connect {
    with(
        Connect {
            clean_start: false,
            ..connect(client_id, version)
        },
        [Property::SessionExpirySecs(u32::MAX)],
    )
}

/// The CONNECT with more properties; none before 5.0.
pub(crate) fn with<const N: usize>(mut connect: Connect, more: [Property; N]) -> Connect {
    if connect.version == Version::V5 {
        let all: Vec<_> = connect.properties.iter().chain(more).collect();
        connect.properties = Properties::build(all);
    }
    connect
}

pub(crate) fn will(name: &str, payload: &str) -> Option<Will> {
    Some(Will {
        qos: QoS::AtLeastOnce,
        retain: false,
        topic: topic(name),
        payload: Bytes::copy_from_slice(payload.as_bytes()),
        properties: Properties::EMPTY,
    })
}

pub(crate) fn publish(name: &str, payload: &str, qos: QoS, number: Option<u16>) -> Packet {
    Packet::Publish(message(name, payload, qos, number))
}

pub(crate) fn message(name: &str, payload: &str, qos: QoS, number: Option<u16>) -> Publish {
    Publish {
        dup: false,
        qos,
        retain: false,
        topic: Some(topic(name)),
        packet_id: number.map(id),
        properties: Properties::EMPTY,
        payload: Bytes::copy_from_slice(payload.as_bytes()),
    }
}

/// A retained message of QoS 0.
pub(crate) fn keep(name: &str, payload: &str) -> Packet {
    Packet::Publish(Publish {
        retain: true,
        ..message(name, payload, QoS::AtMostOnce, None)
    })
}

pub(crate) fn subscribe(filter: &str, options: SubscribeOptions, number: Option<u32>) -> Packet {
    Packet::Subscribe(Subscribe {
        packet_id: id(1),
        properties: number.map(Property::SubscriptionId).into_iter().collect(),
        filters: vec![SubscribeFilter {
            filter: utf8(filter),
            options,
        }],
    })
}

pub(crate) fn ack(number: u16) -> Ack {
    Ack {
        packet_id: id(number),
        reason: ReasonCode::Success,
        properties: Properties::EMPTY,
    }
}

pub(crate) fn disconnect(reason: ReasonCode) -> Packet {
    Packet::Disconnect(Disconnect {
        reason,
        properties: Properties::EMPTY,
    })
}
