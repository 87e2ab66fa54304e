//! Writes logs: a few actors and a broker that knows the rules, in as few words as will do.

use std::collections::{BTreeMap, BTreeSet};

use bytes::{Bytes, BytesMut};
use tidings_core::codec::encode;
use tidings_core::packet::{
    Ack, ConnAck, Connect, Packet, PacketId, Properties, Publish, QoS, ReasonCode, SubAck,
    Subscribe, SubscribeFilter, SubscribeOptions, Version as CoreVersion,
};
use tidings_core::topic::Utf8;

use crate::board::Board;
use crate::cast::Cast;
use crate::log::{Decision, Facts, Log, Sent, Seq, What};
use crate::project::Sight;
use crate::queue::Queue;
use crate::scenario::{Away, Deed, Qos, Scenario, Version, check};
use crate::view::{
    ActorId, Broker, Clock, ClockKind, Direction, Dropped, EventNo, Micros, NextTimer, PacketKind,
    Presence, Speed,
};

/// The log and what the broker remembers.
pub(super) struct Scribe {
    pub(super) log: Log,
    pub(super) cast: Cast,
    on_way: Queue<Seq>,
    away: BTreeSet<ActorId>,
    sessions: BTreeSet<ActorId>,
    asked: BTreeMap<ActorId, Vec<(String, Qos)>>,
    waiting: BTreeMap<ActorId, Vec<Seq>>,
    retained: BTreeMap<Bytes, Seq>,
    packet_ids: BTreeMap<ActorId, u16>,
    pub(super) timers: Vec<NextTimer>,
}

impl Scribe {
    pub(super) fn new(scenario: Scenario) -> Self {
        Self {
            log: Log::default(),
            cast: Cast::new(scenario, Broker::Glass),
            on_way: Queue::new(),
            away: BTreeSet::new(),
            sessions: BTreeSet::new(),
            asked: BTreeMap::new(),
            waiting: BTreeMap::new(),
            retained: BTreeMap::new(),
            packet_ids: BTreeMap::new(),
            timers: Vec::new(),
        }
    }

    /// The scene of the first screen, as far as `millis`: everybody connects at 0 and the logger is
    /// unplugged at 700 ms.
    pub(super) fn kitchen(millis: u64) -> Self {
        let mut scribe = Self::new(Scenario::kitchen_sensors());
        for name in ["thermo", "door", "phone", "heating", "logger"] {
            scribe.plug(0, name);
        }
        scribe.unplug(700, "logger");
        let (mut temp, mut door) = (1000, 1500);
        let temps = ["21.2", "21.3", "21.4", "21.4", "21.5"];
        let doors = ["closed", "open"];
        for n in 0.. {
            let next = temp.min(door);
            if next > millis {
                break;
            }
            if temp == next {
                let word = temps[(temp / 1000 - 1) as usize % 5];
                scribe.say(next, "thermo", "home/kitchen/temp", word, 1, true);
                temp += 1000;
            } else {
                let word = doors[(door - 1500) as usize / 2200 % 2];
                scribe.say(next, "door", "home/hall/door", word, 0, false);
                door += 2200;
            }
            assert!(n < 1000);
        }
        scribe.run(millis);
        scribe
    }

    pub(super) fn id(&self, name: &str) -> ActorId {
        self.cast.named(name).expect("somebody of that name")
    }

    /// Connects somebody.
    pub(super) fn plug(&mut self, millis: u64, name: &str) {
        self.run(millis);
        let (at, actor) = (Micros::from_millis(millis), self.id(name));
        if self.away.remove(&actor) {
            self.deed(at, actor, Deed::SwitchOn);
        }
        self.present(at, None, actor, Presence::Connecting);
        let connect = Connect {
            version: CoreVersion::V5,
            bridge: false,
            clean_start: !self.keeps(actor),
            keep_alive_secs: 0,
            client_id: Utf8::copy_from(name).unwrap(),
            will: None,
            username: None,
            password: None,
            properties: Properties::default(),
        };
        let packet = Packet::Connect(Box::new(connect));
        self.send(at, None, None, actor, Direction::ToBroker, packet);
    }

    /// Pulls somebody's cable.
    pub(super) fn unplug(&mut self, millis: u64, name: &str) {
        self.run(millis);
        let (at, actor) = (Micros::from_millis(millis), self.id(name));
        if !self.away.insert(actor) {
            return;
        }
        self.deed(at, actor, Deed::Unplug);
        let lost: Vec<_> = self.on_way.iter().map(|(_, seq)| *seq).collect();
        for seq in lost {
            if self.log.sent(seq).unwrap().actor == actor {
                self.on_way.retain(|other| *other != seq);
                self.log.push(at, None, What::Died(seq));
            }
        }
        let (unplugged, session) = (true, self.keeps(actor));
        self.present(at, None, actor, Presence::Away { unplugged, session });
        if !session && self.sessions.remove(&actor) {
            self.asked.remove(&actor);
            self.waiting.remove(&actor);
            let held = false;
            self.log.push(at, None, What::Session { actor, held });
        }
    }

    /// Lets somebody speak.
    pub(super) fn say(
        &mut self,
        millis: u64,
        name: &str,
        topic: &str,
        payload: &str,
        qos: u8,
        retain: bool,
    ) -> Option<Seq> {
        self.run(millis);
        let (at, actor) = (Micros::from_millis(millis), self.id(name));
        if self.away.contains(&actor) {
            return None;
        }
        let packet = self.publish(actor, topic.as_bytes(), payload.as_bytes(), qos, retain);
        Some(self.send(at, None, None, actor, Direction::ToBroker, packet))
    }

    /// Lets everything arrive that arrives by then.
    pub(super) fn run(&mut self, millis: u64) {
        let until = Micros::from_millis(millis);
        while self.on_way.next_at().is_some_and(|at| at <= until) {
            let (at, packet) = self.on_way.pop().unwrap();
            self.log.push(at, None, What::Arrived(packet));
            self.arrived(at, packet);
        }
    }

    /// A board that has gone as far as a time, and what a clock says there.
    pub(super) fn at<T>(&self, millis: u64, look: impl FnOnce(&Sight) -> T) -> T {
        let playhead = Micros::from_millis(millis);
        self.look(playhead, self.log.after(playhead), look)
    }

    pub(super) fn look<T>(&self, playhead: Micros, end: Seq, look: impl FnOnce(&Sight) -> T) -> T {
        let mut board = Board::default();
        board.advance(&self.log, end);
        look(&Sight {
            log: &self.log,
            board: &board,
            cast: &self.cast,
            clock: self.clock(playhead),
            timers: &self.timers,
        })
    }

    pub(super) fn clock(&self, playhead: Micros) -> Clock {
        Clock {
            playhead,
            head: playhead.max(self.log.last_at()),
            event: self.log.number_at(playhead),
            running: false,
            speed: Speed::Auto,
            rate: 0.0,
            until: playhead,
            wall_ms: 0.0,
            kind: ClockKind::Virtual,
            begins: Micros(0),
            stopped: None,
        }
    }

    /// Writes down that a packet left.
    pub(super) fn send(
        &mut self,
        at: Micros,
        cause: Option<Seq>,
        origin: Option<Seq>,
        actor: ActorId,
        direction: Direction,
        packet: Packet,
    ) -> Seq {
        let latency = self.cast.actor(actor).unwrap().latency_ms;
        let arrives = Micros(at.0 + Micros::from_millis(latency.into()).0);
        let mut bytes = BytesMut::new();
        encode(&packet, CoreVersion::V5, &mut bytes).unwrap();
        let bytes = bytes.freeze();
        let sent = Sent {
            no: self.log.next_no(),
            actor,
            direction,
            arrives,
            kind: kind(&packet),
            version: Version::V5,
            bytes_total: bytes.len() as u32,
            bytes,
            frame: Bytes::new(),
            origin,
            facts: facts(&packet),
        };
        let seq = self.log.push(at, cause, What::Sent(Box::new(sent)));
        self.on_way.push(arrives, seq);
        seq
    }

    fn deed(&mut self, at: Micros, actor: ActorId, deed: Deed) {
        let no = self.log.next_no();
        self.log.push(at, None, What::Deed { no, actor, deed });
    }

    fn present(&mut self, at: Micros, cause: Option<Seq>, actor: ActorId, presence: Presence) {
        self.log.push(at, cause, What::Presence(actor, presence));
    }

    fn keeps(&self, actor: ActorId) -> bool {
        self.cast.actor(actor).unwrap().away != Away::Forget
    }

    fn publish(
        &mut self,
        actor: ActorId,
        topic: &[u8],
        payload: &[u8],
        qos: u8,
        retain: bool,
    ) -> Packet {
        let qos = QoS::from_number(qos).unwrap();
        let last = self.packet_ids.entry(actor).or_default();
        *last += u16::from(qos != QoS::AtMostOnce);
        Packet::Publish(Publish {
            dup: false,
            qos,
            retain,
            topic: Some(check::topic(std::str::from_utf8(topic).unwrap()).unwrap()),
            packet_id: PacketId::new(*last).filter(|_| qos != QoS::AtMostOnce),
            properties: Properties::default(),
            payload: Bytes::copy_from_slice(payload),
        })
    }

    fn arrived(&mut self, at: Micros, seq: Seq) {
        let sent = self.log.sent(seq).unwrap().clone();
        let actor = sent.actor;
        let answer = match sent.direction {
            Direction::ToBroker => Direction::ToActor,
            Direction::ToActor => Direction::ToBroker,
        };
        let ack = |packet: fn(Ack) -> Packet| {
            packet(Ack {
                packet_id: PacketId::new(sent.facts.packet_id.unwrap()).unwrap(),
                reason: ReasonCode::Success,
                properties: Properties::default(),
            })
        };
        let reply = match sent.kind {
            PacketKind::Connect => {
                self.let_in(at, seq, actor);
                return;
            }
            PacketKind::ConnAck => {
                self.present(at, Some(seq), actor, Presence::Connected);
                if !sent.facts.session_present {
                    self.ask(at, seq, actor);
                }
                return;
            }
            PacketKind::Subscribe => {
                self.grant(at, seq, &sent);
                return;
            }
            PacketKind::Publish if sent.direction == Direction::ToBroker => {
                self.route(at, seq, &sent);
                return;
            }
            PacketKind::Publish => match sent.facts.qos {
                Qos::AtMostOnce => return,
                Qos::AtLeastOnce => ack(Packet::PubAck),
                Qos::ExactlyOnce => ack(Packet::PubRec),
            },
            PacketKind::PubRec => ack(Packet::PubRel),
            PacketKind::PubRel => ack(Packet::PubComp),
            _ => return,
        };
        self.send(at, Some(seq), None, actor, answer, reply);
    }

    fn let_in(&mut self, at: Micros, seq: Seq, actor: ActorId) {
        let session_present = !self.sessions.insert(actor);
        if !session_present {
            let held = true;
            self.log.push(at, Some(seq), What::Session { actor, held });
        }
        let packet = Packet::ConnAck(ConnAck {
            session_present,
            reason: ReasonCode::Success,
            properties: Properties::default(),
        });
        self.send(at, Some(seq), None, actor, Direction::ToActor, packet);
        for message in self.waiting.remove(&actor).unwrap_or_default() {
            self.copy(at, seq, message, actor);
        }
    }

    fn ask(&mut self, at: Micros, cause: Seq, actor: ActorId) {
        for listens in self.cast.actor(actor).unwrap().listens.clone() {
            let id = self.packet_ids.entry(actor).or_default();
            *id += 1;
            let qos = QoS::from_number(listens.qos.into()).unwrap();
            let packet = Packet::Subscribe(Subscribe {
                packet_id: PacketId::new(*id).unwrap(),
                properties: Properties::default(),
                filters: vec![SubscribeFilter {
                    filter: Utf8::copy_from(&listens.filter).unwrap(),
                    options: SubscribeOptions {
                        qos,
                        ..SubscribeOptions::default()
                    },
                }],
            });
            self.send(at, Some(cause), None, actor, Direction::ToBroker, packet);
        }
    }

    fn grant(&mut self, at: Micros, seq: Seq, sent: &Sent) {
        let actor = sent.actor;
        let listens = self.cast.actor(actor).unwrap().listens.clone();
        let mut reasons = Vec::new();
        for filter in &sent.facts.filters {
            let text = std::str::from_utf8(filter).unwrap();
            let one = listens.iter().find(|one| one.filter == text).unwrap();
            let asked = self.asked.entry(actor).or_default();
            asked.push((text.to_owned(), one.qos));
            reasons.push(ReasonCode::from_number(one.qos.into()).unwrap());
        }
        let packet = Packet::SubAck(SubAck {
            packet_id: PacketId::new(sent.facts.packet_id.unwrap()).unwrap(),
            properties: Properties::default(),
            reasons,
        });
        self.send(at, Some(seq), None, actor, Direction::ToActor, packet);
        for message in self.retained.clone().into_values() {
            if self.granted(actor, message).is_some() {
                self.copy(at, seq, message, actor);
            }
        }
    }

    fn granted(&self, actor: ActorId, message: Seq) -> Option<Qos> {
        let facts = &self.log.sent(message).unwrap().facts;
        let topic = check::topic(facts.topic()).unwrap();
        let asked = self.asked.get(&actor)?.iter();
        let matching = asked.filter(|(filter, _)| check::filter(filter).unwrap().matches(&topic));
        matching.map(|(_, qos)| (*qos).min(facts.qos)).max()
    }

    fn route(&mut self, at: Micros, seq: Seq, sent: &Sent) {
        if sent.facts.retain {
            self.retained.insert(sent.facts.topic.clone(), seq);
            self.log.push(at, Some(seq), What::Retained(seq));
        }
        let members: Vec<_> = self.cast.members().map(|(id, ..)| id).collect();
        let mut copies = Vec::new();
        for actor in members {
            let Some(qos) = self.granted(actor, seq) else {
                continue;
            };
            let decision = match qos {
                _ if !self.away.contains(&actor) => Decision::Delivered,
                Qos::AtMostOnce => Decision::Dropped(Dropped::Away),
                _ => Decision::Queued,
            };
            match decision {
                Decision::Delivered => copies.push(actor),
                Decision::Queued => self.waiting.entry(actor).or_default().push(seq),
                _ => {}
            }
            let message = seq;
            let what = What::Decided {
                message,
                actor,
                decision,
            };
            self.log.push(at, Some(seq), what);
        }
        let ack = |packet: fn(Ack) -> Packet| {
            packet(Ack {
                packet_id: PacketId::new(sent.facts.packet_id.unwrap()).unwrap(),
                reason: ReasonCode::Success,
                properties: Properties::default(),
            })
        };
        let packet = match sent.facts.qos {
            Qos::AtMostOnce => None,
            Qos::AtLeastOnce => Some(ack(Packet::PubAck)),
            Qos::ExactlyOnce => Some(ack(Packet::PubRec)),
        };
        if let Some(packet) = packet {
            self.send(at, Some(seq), None, sent.actor, Direction::ToActor, packet);
        }
        for actor in copies {
            self.copy(at, seq, seq, actor);
        }
    }

    fn copy(&mut self, at: Micros, cause: Seq, message: Seq, actor: ActorId) {
        let facts = self.log.sent(message).unwrap().facts.clone();
        let qos = self.granted(actor, message).unwrap_or_default().into();
        let packet = self.publish(actor, &facts.topic, &facts.payload, qos, false);
        let (cause, origin) = (Some(cause), Some(message));
        self.send(at, cause, origin, actor, Direction::ToActor, packet);
    }
}

fn kind(packet: &Packet) -> PacketKind {
    match packet {
        Packet::Connect(_) => PacketKind::Connect,
        Packet::ConnAck(_) => PacketKind::ConnAck,
        Packet::Publish(_) => PacketKind::Publish,
        Packet::PubAck(_) => PacketKind::PubAck,
        Packet::PubRec(_) => PacketKind::PubRec,
        Packet::PubRel(_) => PacketKind::PubRel,
        Packet::PubComp(_) => PacketKind::PubComp,
        Packet::Subscribe(_) => PacketKind::Subscribe,
        Packet::SubAck(_) => PacketKind::SubAck,
        Packet::Disconnect(_) => PacketKind::Disconnect,
        _ => PacketKind::PingReq,
    }
}

fn facts(packet: &Packet) -> Facts {
    let none = Facts::default();
    match packet {
        Packet::Publish(publish) => Facts {
            topic: publish.topic.as_ref().unwrap().utf8().bytes().clone(),
            payload: publish.payload.clone(),
            qos: Qos::try_from(publish.qos as u8).unwrap(),
            retain: publish.retain,
            packet_id: publish.packet_id.map(PacketId::value),
            ..none
        },
        Packet::PubAck(ack) | Packet::PubRec(ack) | Packet::PubRel(ack) | Packet::PubComp(ack) => {
            Facts {
                packet_id: Some(ack.packet_id.value()),
                reason: Some(ack.reason as u8),
                ..none
            }
        }
        Packet::Subscribe(subscribe) => {
            let filters = subscribe.filters.iter();
            Facts {
                packet_id: Some(subscribe.packet_id.value()),
                filters: filters.map(|one| one.filter.bytes().clone()).collect(),
                ..none
            }
        }
        Packet::SubAck(ack) => Facts {
            packet_id: Some(ack.packet_id.value()),
            codes: ack.reasons.iter().map(|code| *code as u8).collect(),
            ..none
        },
        Packet::ConnAck(ack) => Facts {
            reason: Some(ack.reason as u8),
            session_present: ack.session_present,
            ..none
        },
        Packet::Disconnect(disconnect) => Facts {
            reason: Some(disconnect.reason as u8),
            ..none
        },
        _ => none,
    }
}

/// The numbers of events, which is what tests name them by.
pub(super) fn no(number: u32) -> EventNo {
    EventNo(number)
}
