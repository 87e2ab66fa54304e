//! What packets mean that the broker took.

use std::rc::Rc;

use tidings_conformance::wire::{Packet, Value, Version, decode};
use tidings_core::node::ConnId;

use super::model::{
    Answer, Owed, Session, State, Subscription, Will, matches, number, shared, text,
};
use super::{Arrival, Expected, Oracle, Rule};

const CONNECT: u8 = 1;
const PUBLISH: u8 = 3;
const PUBACK: u8 = 4;
const PUBREC: u8 = 5;
const PUBREL: u8 = 6;
const PUBCOMP: u8 = 7;
const SUBSCRIBE: u8 = 8;
const UNSUBSCRIBE: u8 = 10;
const PINGREQ: u8 = 12;
const DISCONNECT: u8 = 14;

impl Oracle {
    /// The broker took a packet of so many bytes.
    pub(super) fn packet_in(&mut self, id: ConnId, len: usize) {
        self.settle();
        let now = self.now;
        let Some(conn) = self.conns.get_mut(&id) else {
            return self.fault(Rule::Form, format!("{id} is no connection"));
        };
        conn.last_packet = now;
        if let Some(cause) = conn.cause {
            let how = format!("{id} is over, and a packet of it was taken: {cause:?}");
            return self.fault(Rule::Ended, how);
        }
        let bytes: Vec<u8> = conn.input.drain(..len.min(conn.input.len())).collect();
        if conn.is_wild {
            return self.stranger_in(id, &bytes);
        }
        if bytes.first().is_some_and(|first| first >> 4 == CONNECT) {
            conn.version = version_of(&bytes);
        }
        let packet = match decode(&bytes, conn.version) {
            Ok(packet) => packet,
            Err(why) => {
                return self.fault(Rule::Form, format!("a client said {bytes:02x?}: {why}"));
            }
        };
        if packet.kind == CONNECT {
            return self.connect(id, &packet);
        }
        let Some(client) = conn.client.clone() else {
            return self.fault(Rule::Form, format!("{} before CONNECT", packet.name()));
        };
        match packet.kind {
            PUBLISH => self.publish(id, &client, &packet),
            PUBACK | PUBREC | PUBREL | PUBCOMP => self.acknowledge(id, &client, &packet),
            SUBSCRIBE => self.subscribe(id, &client, &packet),
            UNSUBSCRIBE => self.unsubscribe(id, &client, &packet),
            PINGREQ => self.expect(id, 13, 0, Vec::new()),
            DISCONNECT => self.disconnect(id, &client, &packet),
            _ => {}
        }
    }

    fn expect(&mut self, conn: ConnId, kind: u8, id: u32, codes: Vec<u32>) {
        let answer = Answer {
            kind,
            id,
            codes,
            needs: u64::MAX,
        };
        self.asked.push(conn);
        if let Some(conn) = self.conns.get_mut(&conn) {
            conn.answers.push(answer);
        }
    }

    fn connect(&mut self, id: ConnId, packet: &Packet) {
        let client = text(packet, "client");
        let limits = &self.config.limits;
        let Some(conn) = self.conns.get_mut(&id) else {
            return;
        };
        let v5 = conn.version == Version::V5;
        let clean = packet.number("clean") == 1;
        let asked = match (v5, clean) {
            (true, _) => packet.number("session-expiry"),
            (false, true) => 0,
            (false, false) => limits.session_expiry_secs_v3,
        };
        let expiry_secs = asked.min(limits.session_expiry_secs_max);
        conn.client = Some(client.clone());
        conn.receive_max = number(packet, "receive-max").unwrap_or(65_535);
        conn.packet_max = number(packet, "max-packet").unwrap_or(u32::MAX);
        conn.alias_max = packet.number("alias-max");
        conn.keep_secs = packet.number("keep");
        let will = packet.field("will").map(|_| Will {
            key: text(packet, "will-payload"),
            topic: text(packet, "will"),
            qos: packet.number("will-qos") as u8,
            retain: packet.number("will-retain") == 1,
            expiry_secs: number(packet, "will.message-expiry"),
            delay_secs: packet.number("will.delay"),
        });
        // Another connection of the same client ends here.
        if let Some(old) = self.core.sessions.get(&client).and_then(|one| one.conn) {
            if let Some(old) = self.conns.get_mut(&old) {
                old.closed = true;
            }
            self.end_connection(&client);
        }
        let mut present = false;
        if let Some(session) = self.core.session(&client)
            && !session.ending
        {
            if clean {
                session.ending = true;
                self.say_will(&client);
            } else {
                present = true;
                session.will = None; // Its client came back in time.
            }
        }
        let said = u32::from(present && self.conns[&id].version != Version::V31);
        self.expect(id, 2, 0, vec![said]);
        self.arrival = Some(Arrival {
            conn: id,
            client,
            expiry_secs,
            will,
            present,
        });
    }

    pub(super) fn attach(&mut self, arrival: Arrival) {
        if !arrival.present {
            let mut session = Session::new(arrival.expiry_secs);
            session.begun_on = Some(arrival.conn);
            let client = arrival.client.clone();
            self.core.sessions.insert(client, Rc::new(session));
        }
        if let Some(session) = self.core.session(&arrival.client) {
            session.conn = Some(arrival.conn);
            session.away = None;
            session.expiry_secs = arrival.expiry_secs;
            session.will = arrival.will;
        }
    }

    /// The network connection of a client is over: its will and its session have their time from
    /// here on.
    pub(super) fn end_connection(&mut self, client: &str) {
        let now = self.now;
        if self
            .arrival
            .as_ref()
            .is_some_and(|one| one.client == client)
        {
            // It never was there for anybody.
            if let Some(arrival) = self.arrival.take() {
                self.attach(arrival);
            }
        }
        let Some(session) = self.core.session(client) else {
            return;
        };
        session.conn = None;
        session.away = Some(now);
        for owed in &mut session.owed {
            // QoS 0 is not kept for the absent.
            owed.must &= owed.qos > 0 || owed.replay.is_some();
            owed.state.left_behind();
        }
        session.ending |= session.expiry_secs == 0;
        if session.will_due() == Some(now) || session.ending {
            self.say_will(client);
        }
    }

    /// A will has to be said before this input is over.
    pub(super) fn say_will(&mut self, client: &str) {
        if let Some(session) = self.core.session(client)
            && let Some(will) = session.will.take()
        {
            self.due.push((client.to_owned(), will));
        }
    }

    fn publish(&mut self, id: ConnId, client: &str, packet: &Packet) {
        let qos = packet.number("qos") as u8;
        let pid = packet.number("id");
        let mut topic = text(packet, "topic");
        if let Some(alias) = number(packet, "alias")
            && let Some(conn) = self.conns.get_mut(&id)
        {
            match topic.is_empty() {
                true => topic = conn.aliases_in.get(&alias).cloned().unwrap_or_default(),
                false => drop(conn.aliases_in.insert(alias, topic.clone())),
            }
        }
        let Some(session) = self.core.session(client) else {
            return;
        };
        match qos {
            1 => self.expect(id, PUBACK, pid, Vec::new()),
            2 => {
                let is_new = session.received.insert(pid as u16);
                self.expect(id, PUBREC, pid, Vec::new());
                if !is_new {
                    return; // The same message again.
                }
            }
            _ => {}
        }
        self.expected = Some(Expected {
            client: client.to_owned(),
            payload: text(packet, "payload"),
            topic,
            qos,
            retain: packet.number("retain") == 1,
            expiry_secs: number(packet, "message-expiry"),
        });
    }

    fn acknowledge(&mut self, conn: ConnId, client: &str, packet: &Packet) {
        let id = packet.number("id") as u16;
        let refused = packet.number("reason") >= 0x80;
        let Some(session) = self.core.session(client) else {
            return;
        };
        let at = session.owed.iter().position(|owed| match owed.state {
            State::Waiting => false,
            State::Sent { id: used, .. } | State::Released { id: used, .. } => used == id,
        });
        match (packet.kind, at) {
            (PUBREL, _) => {
                let unknown = u32::from(!session.received.remove(&id)) * 0x92;
                self.expect(conn, PUBCOMP, id.into(), vec![unknown]);
            }
            (PUBACK, Some(at)) if session.owed[at].qos == 1 => {
                self.has_got(client, at);
            }
            (PUBREC, Some(at)) if session.owed[at].qos == 2 => {
                if refused {
                    self.has_got(client, at);
                } else if let State::Sent { conn, .. } = session.owed[at].state {
                    let said = None;
                    session.owed[at].turn = session.next_turn();
                    session.owed[at].state = State::Released { id, conn, said };
                }
            }
            (PUBCOMP, Some(at)) if session.owed[at].qos == 2 => {
                self.has_got(client, at);
            }
            _ => {} // Left over from another life.
        }
    }

    /// A client acknowledged for good.
    fn has_got(&mut self, client: &str, at: usize) {
        let Some(session) = self.core.session(client) else {
            return;
        };
        let owed = session.owed.remove(at);
        let may_confuse = session.is_unseen;
        let place = (client.to_owned(), owed.message.key.clone());
        if !may_confuse && !self.got.contains_key(&place) {
            let how = format!("{client} acknowledged {} and never got it", place.1);
            self.fault(Rule::Delivered, how);
        }
    }

    fn subscribe(&mut self, id: ConnId, client: &str, packet: &Packet) {
        let sub_id = number(packet, "sub-id");
        let mut codes = Vec::new();
        for value in packet.all("filter") {
            let Value::Filter(filter, options) = value else {
                continue;
            };
            let filter = String::from_utf8_lossy(filter).into_owned();
            let new = Subscription {
                qos: options & 3,
                no_local: options & 4 != 0,
                as_published: options & 8 != 0,
                handling: options >> 4 & 3,
                id: sub_id,
            };
            codes.push(new.qos.into());
            self.subscribe_to(client, filter, new);
        }
        self.expect(id, 9, packet.number("id"), codes);
    }

    fn subscribe_to(&mut self, client: &str, filter: String, new: Subscription) {
        let Some(session) = self.core.sessions.get_mut(client) else {
            return;
        };
        let session = Rc::make_mut(session);
        let was_there = session.subscriptions.insert(filter.clone(), new).is_some();
        let gives = shared(&filter).is_none()
            && match new.handling {
                0 => true,
                1 => !was_there,
                _ => false,
            };
        if !gives {
            return;
        }
        for owed in &mut session.owed {
            // An earlier SUBSCRIBE of the same is over where it stands.
            owed.must &= owed.replay.as_deref() != Some(filter.as_str());
        }
        let mut keys = Vec::new();
        let since = self.latest;
        let certain = self.crashes == 0 || self.wall_clock == 0;
        for (topic, message) in &self.core.retained {
            let own = new.no_local && message.publisher == client;
            if own || !matches(&filter, topic) {
                continue;
            }
            session.owed.push(Owed {
                message: message.clone(),
                qos: message.qos.min(new.qos),
                retain: true,
                ids: new.id.into_iter().collect(),
                replay: Some(filter.as_str().into()),
                since,
                group: None,
                group_ended: false,
                handed: false,
                // Whether its time is over may be doubtful.
                must: certain || message.expires.is_none(),
                doubts: 0,
                turn: 0,
                state: State::Waiting,
            });
            if message.qos.min(new.qos) == 2 {
                keys.push(message.key.clone());
            }
        }
        for key in keys {
            self.rights.grant(client, &key);
        }
    }

    fn unsubscribe(&mut self, id: ConnId, client: &str, packet: &Packet) {
        let mut codes = Vec::new();
        let Some(session) = self.core.session(client) else {
            return;
        };
        for value in packet.all("filter") {
            let Value::Bytes(filter) = value else {
                continue;
            };
            let filter = String::from_utf8_lossy(filter).into_owned();
            let was_there = session.subscriptions.remove(&filter).is_some();
            self.groups_may_end |= was_there && shared(&filter).is_some();
            codes.push(if was_there { 0 } else { 0x11 });
            for owed in &mut session.owed {
                owed.must &= owed.replay.as_deref() != Some(filter.as_str());
            }
        }
        if self
            .conns
            .get(&id)
            .is_some_and(|conn| conn.version < Version::V5)
        {
            codes.clear();
        }
        self.expect(id, 11, packet.number("id"), codes);
    }

    fn disconnect(&mut self, id: ConnId, client: &str, packet: &Packet) {
        let max = self.config.limits.session_expiry_secs_max;
        if let Some(conn) = self.conns.get_mut(&id) {
            conn.left = true;
        }
        let Some(session) = self.core.session(client) else {
            return;
        };
        if let Some(secs) = number(packet, "session-expiry") {
            session.expiry_secs = secs.min(max);
        }
        if packet.number("reason") == 0 {
            session.will = None;
        }
    }
}

/// The protocol level stands behind the name, and its highest bit says that a bridge speaks.
pub(super) fn version_of(connect: &[u8]) -> Version {
    let length = connect.iter().skip(1).take_while(|byte| **byte >= 0x80);
    let name = 2 + length.count();
    let level = connect.get(name + 1).and_then(|len| {
        let level = connect.get(name + 2 + usize::from(*len))?;
        Some(level & 0x7F)
    });
    let known = Version::ALL.into_iter();
    let mut known = known.filter(|version| Some(version.level()) == level);
    known.next().unwrap_or(Version::V5)
}
