//! Any inputs in any order: nothing panics, limits hold, and an emptied node is empty.

use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use tidings_core::codec::encode;
use tidings_core::config::{Access, Config, Overlap, WhenFull};
use tidings_core::node::{
    Answer, Command, ConnId, Link, LostCause, Lsn, Node, Output, Shard, StoreOutcome, Ticket,
    Transport,
};
use tidings_core::packet::{
    Ack, Auth, Connect, Disconnect, Packet, Properties, Property, Publish, QoS, ReasonCode,
    RetainHandling, SubscribeOptions, Unsubscribe, Version, Will,
};
use tidings_core::record::{Item, Key, Record};
use tidings_core::time::{Clock, Instant, UnixMillis};
use tidings_core::transmit::{Transmit, TransmitStatus};

use crate::support::{VERSIONS, id, properties, start, topic, utf8};

struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) % limit as u64) as usize
    }

    fn pick<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())]
    }

    fn chance(&mut self, one_in: usize) -> bool {
        self.below(one_in) == 0
    }

    fn qos(&mut self) -> QoS {
        self.pick(&[QoS::AtMostOnce, QoS::AtLeastOnce, QoS::ExactlyOnce])
    }
}

const TOPICS: [&str; 5] = ["a", "a/b", "b", "$x", "$SYS/a"];
const FILTERS: [&str; 10] = [
    "a",
    "a/#",
    "#",
    "+",
    "+/b",
    "$share/g/a/#",
    "$share/h/+",
    "$SYS/#",
    "a#",
    "",
];
const CLIENTS: [&str; 4] = ["", "1", "2", "3"];
const REASONS: [ReasonCode; 6] = [
    ReasonCode::Success,
    ReasonCode::DisconnectWithWill,
    ReasonCode::UnspecifiedError,
    ReasonCode::PacketIdentifierNotFound,
    ReasonCode::ContinueAuthentication,
    ReasonCode::ReAuthenticate,
];

struct Chaos {
    dice: Dice,
    node: Node,
    config: Arc<Config>,
    now: Instant,
    conns: Vec<(ConnId, Version, BytesMut)>,
    tickets: Vec<Ticket>,
    store: std::collections::BTreeMap<Key, Item>,
    latest: u64,
}

fn config(dice: &mut Dice) -> Config {
    let mut config = Config {
        seed: 1,
        access: if dice.chance(4) {
            Access::Ask
        } else {
            Access::Open
        },
        durable: dice.chance(2),
        overlap: dice.pick(&[Overlap::Once, Overlap::PerFilter]),
        sys_interval: Duration::from_secs(dice.pick(&[0, 7])),
        ..Config::default()
    };
    let limits = &mut config.limits;
    limits.when_full = dice.pick(&[
        WhenFull::DropNew,
        WhenFull::DropOldest,
        WhenFull::Disconnect,
    ]);
    limits.queue_messages_max = dice.pick(&[0, 1, 2, 1000]);
    limits.queue_bytes_total_max = dice.pick(&[0, 1000, 1 << 20]);
    limits.answers_max = dice.pick(&[1, 2, 1000]);
    limits.answers_bytes_max = dice.pick(&[1, 300, 1 << 20]);
    limits.sessions_max = dice.pick(&[1, 2, 1000]);
    limits.connections_max = dice.pick(&[1, 3, 1000]);
    limits.subscriptions_max = dice.pick(&[1, 1000]);
    limits.receive_max = dice.pick(&[1, 2, 1000]).try_into().expect("not zero");
    limits.inflight_max = dice.pick(&[1, 2, 1000]).try_into().expect("not zero");
    limits.retained_messages_max = dice.pick(&[0, 1, 1000]);
    limits.retained_per_turn = dice.pick(&[1, 1000]);
    limits.timers_per_turn = dice.pick(&[1, 1000]);
    limits.session_expiry_secs_max = dice.pick(&[0, 5, u32::MAX]);
    limits.session_expiry_secs_v3 = dice.pick(&[0, 5]);
    config
}

fn clock(at: Instant) -> Clock {
    let unix = UnixMillis(1_700_000_000_000 + at.as_micros() / 1000);
    Clock { unix, at }
}

impl Chaos {
    fn new(seed: u64) -> Self {
        let mut dice = Dice(seed);
        let config = Arc::new(config(&mut dice));
        let (now, _) = start();
        Self {
            dice,
            node: Node::new(config.clone(), Shard::ONLY, clock(now), ()),
            config,
            now,
            conns: Vec::new(),
            tickets: Vec::new(),
            store: Default::default(),
            latest: 0,
        }
    }

    fn any_connection(&mut self) -> Option<usize> {
        (!self.conns.is_empty()).then(|| self.dice.below(self.conns.len()))
    }

    fn step(&mut self) {
        match self.dice.below(20) {
            0..2 => {
                let link = Link {
                    transport: Transport::InProcess,
                    peer: None,
                    listener: 0,
                };
                let conn = self.node.connection_opened(self.now, link);
                let version = self.dice.pick(&VERSIONS);
                self.conns.push((conn, version, BytesMut::new()));
                let place = self.conns.len() - 1;
                let connect = self.connect(version);
                self.send(place, Packet::Connect(connect.into()));
            }
            2..11 => {
                if let Some(place) = self.any_connection() {
                    let packet = self.packet();
                    self.send(place, packet);
                }
            }
            11 => {
                if let Some(place) = self.any_connection() {
                    let noise: Vec<u8> = (0..8).map(|_| self.dice.below(256) as u8).collect();
                    self.bytes(place, &noise);
                }
            }
            12 => {
                if let Some(place) = self.any_connection() {
                    let cause = self.dice.pick(&[LostCause::Closed, LostCause::Reset]);
                    // At times the same loss is told twice, or of a connection long gone.
                    let conn = self.conns[place].0;
                    if self.dice.chance(2) {
                        self.conns.remove(place);
                    }
                    self.node.connection_lost(self.now, conn, cause);
                }
            }
            13 => {
                let millis = self.dice.pick(&[0, 1, 900, 5_000, 20_000]);
                self.now = self.now + Duration::from_millis(millis);
                self.node.handle_timeout(self.now);
            }
            14 => {
                // Too early, or time that runs backwards.
                self.node.handle_timeout(Instant::from_micros(1));
            }
            15 => self.answer(),
            16 => self.command(),
            17 => {
                let lsn = Lsn(self.latest.saturating_sub(self.dice.below(4) as u64));
                let outcome = match self.dice.below(8) {
                    0 => StoreOutcome::Full,
                    1 => StoreOutcome::Failed,
                    2 => StoreOutcome::Durable(Lsn(u64::MAX)),
                    _ => StoreOutcome::Durable(lsn),
                };
                self.node.handle_store(self.now, outcome);
            }
            18 if self.config.durable && self.dice.chance(20) => self.crash(),
            _ => {
                if let Some(place) = self.any_connection() {
                    let conn = self.conns[place].0;
                    self.fetch(conn);
                }
            }
        }
        // A driver empties the outputs before it sleeps, but not between any two inputs.
        if self.dice.chance(2) {
            self.obey();
        }
    }

    fn crash(&mut self) {
        self.conns.clear();
        self.tickets.clear();
        self.node = Node::new(self.config.clone(), Shard::ONLY, clock(self.now), ());
        let records = self.store.values().cloned().map(Record::Put);
        self.node.restore(self.now, records.collect::<Vec<_>>());
        self.latest = 0;
        self.obey();
    }

    fn obey(&mut self) {
        while let Some(output) = self.node.poll_output() {
            match output {
                Output::Ready(conn) => self.fetch(conn),
                Output::Close { conn, .. } => {
                    if self.dice.chance(2) {
                        self.fetch(conn);
                    }
                    self.node.connection_lost(self.now, conn, LostCause::Closed);
                    self.conns.retain(|(known, ..)| *known != conn);
                }
                Output::Throttle { conn, paused } => {
                    let known = self.conns.iter().position(|(known, ..)| *known == conn);
                    if let Some(place) = known.filter(|_| !paused) {
                        self.bytes(place, &[]);
                    }
                }
                Output::Ask { ticket, .. } => self.tickets.push(ticket),
                Output::Persist { lsn, record } => {
                    assert_eq!(lsn.0, self.latest + 1, "records are numbered one by one");
                    self.latest = lsn.0;
                    let key = record.key();
                    match record {
                        Record::Put(item) => self.store.insert(key, item),
                        Record::Delete(_) => self.store.remove(&key),
                    };
                    if self.dice.chance(3) {
                        let outcome = StoreOutcome::Durable(lsn);
                        self.node.handle_store(self.now, outcome);
                    }
                }
            }
        }
    }

    fn fetch(&mut self, conn: ConnId) {
        let mut out = Transmit::new(self.dice.pick(&[1, 50, 10_000]));
        for _ in 0..10_000 {
            out.clear();
            let status = self.node.poll_transmit(self.now, conn, &mut out);
            if status == TransmitStatus::Drained || self.dice.chance(10) {
                return;
            }
        }
        panic!("more without end");
    }

    fn send(&mut self, place: usize, packet: Packet) {
        let mut bytes = Vec::new();
        if encode(&packet, self.conns[place].1, &mut bytes).is_ok() {
            self.bytes(place, &bytes);
        }
    }

    fn bytes(&mut self, place: usize, bytes: &[u8]) {
        let (conn, _, input) = &mut self.conns[place];
        input.extend_from_slice(bytes);
        self.node.handle_bytes(self.now, *conn, input);
    }

    fn answer(&mut self) {
        let ticket = match self.tickets.pop() {
            Some(ticket) => ticket,
            None => Ticket(self.dice.below(5) as u64),
        };
        let data = Some(Bytes::from_static(b"x"));
        let answer = match self.dice.below(3) {
            0 => Answer::Allow {
                username: Some(utf8("name")),
                data,
            },
            1 => Answer::Challenge(data),
            _ => Answer::Deny {
                reason: self.dice.pick(&REASONS),
                reason_string: Some(utf8("no")),
            },
        };
        self.node.handle_answer(self.now, ticket, answer);
    }

    fn command(&mut self) {
        let command = match self.dice.below(12) {
            0 => Command::Drain {
                reason: self.dice.pick(&REASONS),
                server_reference: Some(utf8("elsewhere")),
            },
            1..6 => Command::Disconnect {
                client_id: utf8(self.dice.pick(&CLIENTS)),
                reason: self.dice.pick(&REASONS),
            },
            6..9 => {
                let unix = UnixMillis((self.dice.below(1 << 30) as u64) << 10);
                Command::ClockAdjusted(Clock { unix, at: self.now })
            }
            _ => Command::ProcessFigures { resident_bytes: 1 },
        };
        self.node.handle_command(self.now, command);
    }

    fn connect(&mut self, version: Version) -> Connect {
        let v5 = version == Version::V5;
        let dice = &mut self.dice;
        let mut all = vec![Property::SessionExpirySecs(dice.pick(&[
            0,
            3,
            3600,
            u32::MAX,
        ]))];
        all.extend(dice.chance(2).then_some(Property::ReceiveMax(1)));
        all.extend(dice.chance(4).then_some(Property::MaxPacketSize(20)));
        all.extend(dice.chance(2).then_some(Property::TopicAliasMax(2)));
        all.extend(
            dice.chance(3)
                .then_some(Property::RequestProblemInformation(false)),
        );
        all.extend(dice.chance(3).then(|| Property::AuthMethod(utf8("M"))));
        let will = Will {
            qos: dice.qos(),
            retain: dice.chance(2),
            topic: topic(dice.pick(&TOPICS)),
            payload: Bytes::from_static(b"will"),
            properties: match v5 && dice.chance(2) {
                true => properties([Property::WillDelaySecs(2)]),
                false => Properties::EMPTY,
            },
        };
        Connect {
            version,
            bridge: false,
            clean_start: dice.chance(3),
            keep_alive_secs: dice.pick(&[0, 1, 60]),
            client_id: utf8(dice.pick(&CLIENTS)),
            will: dice.chance(2).then_some(will),
            username: None,
            password: None,
            properties: if v5 {
                Properties::build(all)
            } else {
                Properties::EMPTY
            },
        }
    }

    fn packet(&mut self) -> Packet {
        let dice = &mut self.dice;
        let ack = Ack {
            packet_id: id(1 + dice.below(3) as u16),
            reason: if dice.chance(8) {
                dice.pick(&REASONS)
            } else {
                ReasonCode::Success
            },
            properties: Properties::EMPTY,
        };
        match dice.below(16) {
            0..5 => {
                let qos = dice.qos();
                let mut all = Vec::new();
                all.extend(dice.chance(4).then_some(Property::MessageExpirySecs(2)));
                let alias = dice.chance(3);
                all.extend(alias.then_some(Property::TopicAlias(1)));
                Packet::Publish(Publish {
                    dup: qos != QoS::AtMostOnce && dice.chance(4),
                    qos,
                    retain: dice.chance(3),
                    topic: (!alias || dice.chance(2)).then(|| topic(dice.pick(&TOPICS))),
                    packet_id: (qos != QoS::AtMostOnce).then_some(ack.packet_id),
                    properties: Properties::build(all),
                    payload: Bytes::from(vec![b'x'; dice.pick(&[0, 3, 100])]),
                })
            }
            5 => Packet::PubAck(ack),
            6 => Packet::PubRec(ack),
            7 => Packet::PubRel(ack),
            8 => Packet::PubComp(ack),
            9..12 => {
                let filter = dice.pick(&FILTERS);
                let options = SubscribeOptions {
                    qos: dice.qos(),
                    no_local: dice.chance(3) && !filter.starts_with("$share"),
                    retain_as_published: dice.chance(2),
                    retain_handling: dice.pick(&[
                        RetainHandling::Send,
                        RetainHandling::SendIfNew,
                        RetainHandling::DoNotSend,
                    ]),
                };
                let number = dice.chance(2).then_some(7);
                crate::support::subscribe(filter, options, number)
            }
            12 => Packet::Unsubscribe(Unsubscribe {
                packet_id: id(9),
                properties: Properties::EMPTY,
                filters: vec![utf8(dice.pick(&FILTERS))],
            }),
            13 => Packet::PingReq,
            14 => Packet::Auth(Auth {
                reason: dice.pick(&REASONS),
                properties: properties([Property::AuthMethod(utf8("M"))]),
            }),
            _ => Packet::Disconnect(Disconnect {
                reason: dice.pick(&REASONS),
                properties: Properties::EMPTY,
            }),
        }
    }

    /// What must hold whatever has happened.
    fn check(&self) {
        let state = self.node.state();
        let limits = &self.config.limits;
        assert!(state.sessions.len() <= limits.sessions_max + limits.connections_max);
        for session in &state.sessions {
            assert!(session.queue.len() <= limits.queue_messages_max + 1);
            assert!(session.inflight.len() <= usize::from(limits.inflight_max.get()));
            let mut ids: Vec<_> = session
                .inflight
                .iter()
                .map(|entry| entry.packet_id)
                .collect();
            ids.sort();
            ids.dedup();
            assert_eq!(
                ids.len(),
                session.inflight.len(),
                "an identifier is used twice"
            );
            if let Some(conn) = session.conn {
                assert!(state.connections.iter().any(|one| one.conn == conn));
            }
        }
        // `$SYS` is the broker's own and few.
        let own = state
            .retained
            .iter()
            .filter(|kept| !kept.topic.starts_with("$SYS/"));
        assert!(own.count() <= limits.retained_messages_max);
    }

    /// Everybody leaves, and time passes until nothing can be left of anybody.
    fn end(&mut self) {
        self.obey();
        for (conn, ..) in std::mem::take(&mut self.conns) {
            self.node.connection_lost(self.now, conn, LostCause::Closed);
        }
        self.obey();
        // Sessions for ever are thrown away by name.
        for session in self.node.state().sessions {
            if session.ends.is_some() {
                continue;
            }
            let link = Link {
                transport: Transport::InProcess,
                peer: None,
                listener: 0,
            };
            let conn = self.node.connection_opened(self.now, link);
            self.conns.push((conn, Version::V311, BytesMut::new()));
            let connect = crate::support::connect(&session.client, Version::V311);
            self.send(self.conns.len() - 1, Packet::Connect(connect.into()));
            self.obey();
            while let Some(ticket) = self.tickets.pop() {
                let allow = Answer::Allow {
                    username: None,
                    data: None,
                };
                self.node.handle_answer(self.now, ticket, allow);
            }
            self.node.connection_lost(self.now, conn, LostCause::Closed);
            self.obey();
        }
        for _ in 0..200 {
            self.now = self.now + Duration::from_secs(3600);
            for _ in 0..50 {
                self.node.handle_timeout(self.now);
            }
            self.obey();
        }
        self.check();
    }
}

#[test]
fn nothing_panics_and_nothing_is_left() {
    let mut drained = 0;
    for seed in 0..200 {
        let mut chaos = Chaos::new(seed);
        for _ in 0..250 {
            chaos.step();
            chaos.check();
        }
        chaos.end();
        // A node that drains lets nobody in to throw a session away.
        let state = chaos.node.state();
        if state.sessions.iter().any(|session| session.ends.is_none()) {
            drained += 1;
            continue;
        }
        assert!(chaos.node.is_deserted(), "seed {seed}: {state:#?}");
    }
    assert!(drained < 100, "{drained}");
}
