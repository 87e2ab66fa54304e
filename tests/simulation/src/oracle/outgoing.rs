//! What leaves the broker, held against what is owed.

use tidings_conformance::wire::{Packet, Value, Version, decode, frame_len};
use tidings_core::node::ConnId;

use super::model::{Ms, Owed, State, is_followed, key_of, number, text};
use super::{Oracle, Rule};

impl Oracle {
    /// Bytes of whole packets left on a connection.
    pub(crate) fn sent(&mut self, id: ConnId, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let len = match frame_len(bytes) {
                Ok(Some(len)) if len <= bytes.len() => len,
                other => return self.fault(Rule::Form, format!("{bytes:02x?} left: {other:?}")),
            };
            let (frame, rest) = bytes.split_at(len);
            bytes = rest;
            self.packet_out(id, frame);
        }
    }

    fn packet_out(&mut self, id: ConnId, frame: &[u8]) {
        let Some(conn) = self.conns.get(&id) else {
            return self.fault(Rule::Form, format!("{id} is no connection"));
        };
        if conn.is_wild {
            return self.stranger_out(id, frame);
        }
        let packet = match decode(frame, conn.version) {
            Ok(packet) => packet,
            Err(why) => return self.fault(Rule::Form, format!("{frame:02x?} left: {why}")),
        };
        if frame.len() > conn.packet_max as usize {
            let how = format!(
                "{} bytes left for a client that takes {}",
                frame.len(),
                conn.packet_max
            );
            self.fault(Rule::Limit, how);
        }
        self.last_words(id, &packet);
        match packet.kind {
            2 => self.connack(id, &packet),
            3 => self.publish_out(id, &packet),
            4 | 5 | 7 | 9 | 11 | 13 => self.answer(id, &packet),
            6 => self.release(id, &packet),
            14 => {}
            _ => self.fault(Rule::Form, format!("{packet:?} left")),
        }
        if packet.kind != 2 && !self.conns[&id].accepted {
            self.fault(Rule::Form, format!("{packet:?} left before CONNACK"));
        }
    }

    fn connack(&mut self, id: ConnId, packet: &Packet) {
        if packet.number("reason") != 0 {
            return self.fault(Rule::Kept, format!("a client was refused: {packet:?}"));
        }
        if let Some(conn) = self.conns.get_mut(&id) {
            conn.accepted = true;
        }
        self.answer(id, packet);
    }

    /// Something answers what came first of its kind.
    fn answer(&mut self, id: ConnId, packet: &Packet) {
        let (safe, durable) = (self.safe, self.config.durable);
        let Some(conn) = self.conns.get_mut(&id) else {
            return;
        };
        let version = conn.version;
        let Some(at) = conn.answers.iter().position(|one| one.kind == packet.kind) else {
            let how = format!("{id}: {packet:?} answers nothing");
            return self.fault(Rule::Answered, how);
        };
        let answer = conn.answers.remove(at);
        let codes: Vec<u32> = match packet.kind {
            2 => vec![packet.number("present")],
            7 if version < Version::V5 => answer.codes.clone(),
            7 => vec![packet.number("reason")],
            _ => packet
                .all("code")
                .filter_map(|code| match code {
                    Value::Number(code) => Some(*code),
                    _ => None,
                })
                .collect(),
        };
        let early = durable && answer.needs != u64::MAX && answer.needs > safe;
        if packet.kind == 2 && codes != answer.codes {
            let how = format!(
                "{id}: Session Present is {codes:?} and not {:?}",
                answer.codes
            );
            self.fault(Rule::Session, how);
        } else if packet.number("id") != answer.id || codes != answer.codes {
            let how = format!("{id}: {packet:?} left and {answer:?} was next");
            self.fault(Rule::Answered, how);
        }
        if packet.number("reason") >= 0x80 && packet.kind != 7 {
            self.fault(
                Rule::Kept,
                format!("{id}: {packet:?} refuses what is right"),
            );
        }
        if early {
            let how = format!(
                "{id}: {packet:?} left before record {} was safe",
                answer.needs
            );
            self.fault(Rule::Answered, how);
        }
    }

    fn release(&mut self, conn: ConnId, packet: &Packet) {
        let id = packet.number("id") as u16;
        let Some(client) = self.conns[&conn].client.clone() else {
            return;
        };
        // The last words of a connection may be about a session that has gone on.
        let session = self.core.session(&client);
        let Some(session) = session.filter(|session| session.conn == Some(conn)) else {
            return;
        };
        if packet.number("reason") > 0 {
            return;
        }
        let is_it =
            |owed: &Owed| matches!(owed.state, State::Released { id: own, .. } if own == id);
        let Some(at) = session.owed.iter().position(is_it) else {
            let how = format!("{client} was sent PUBREL {id} without a PUBREC");
            return self.fault(Rule::Answered, how);
        };
        let turn = session.owed[at].turn;
        let is_first = |owed: &&Owed| {
            let unsaid = matches!(owed.state, State::Released { said, .. } if said != Some(conn));
            unsaid && owed.turn < turn
        };
        let first = session.owed.iter().find(is_first).cloned();
        if let State::Released { said, .. } = &mut session.owed[at].state {
            *said = Some(conn);
        }
        if let Some(first) = first {
            let how = format!("{client} was sent PUBREL {id} before that of {first:?}");
            self.fault(Rule::Order, how);
        }
    }

    fn publish_out(&mut self, id: ConnId, packet: &Packet) {
        let conn = self
            .conns
            .get_mut(&id)
            .expect("invariant: it is looked up before");
        let hint = conn.leaving.pop_front();
        let Some(client) = conn.client.clone() else {
            return;
        };
        let (version, window) = (conn.version, conn.receive_max);
        let window = window.min(self.config.limits.inflight_max.get().into());
        let Some(topic) = self.topic_out(id, packet) else {
            return;
        };
        if !is_followed(&topic) {
            return; // `$SYS`, or of somebody who keeps no rules.
        }
        let key = key_of(text(packet, "payload").as_bytes(), &topic);
        let qos = packet.number("qos") as u8;
        let pid = packet.number("id") as u16;
        let attached = self.core.sessions.get(&client).and_then(|one| one.conn);
        if attached != Some(id) {
            let how = format!("{key} left on {id}, which is not {client}'s any more");
            return self.fault(Rule::Session, how);
        }
        let publish = Publish {
            packet,
            version,
            topic: &topic,
            key: &key,
            pid,
        };
        if packet.number("dup") == 1 && self.again(id, &client, window, &publish) {
            return;
        }
        let Some(session) = self.core.sessions.get(&client) else {
            return;
        };
        let waits = |owed: &&Owed| owed.message.key == key && owed.state == State::Waiting;
        let owed: Vec<&Owed> = session.owed.iter().collect();
        let fitting = |at: &usize| waits(&owed[*at]) && publish.looks_like(owed[*at]);
        let mut fits: Vec<usize> = (0..owed.len()).filter(fitting).collect();
        // Of several that look the same it is one that has time, whose turn it is, and that
        // was certainly not dropped.
        fits.sort_by_key(|at| {
            let in_time = self.lasts(packet, version, owed[*at].message.expires);
            let overtaken = self.overtaken(id, &owed, *at).is_some();
            let hinted = hint == Some(owed[*at].message.number);
            let Owed { must, doubts, .. } = owed[*at];
            (!in_time, overtaken, !hinted, !must, doubts, *at)
        });
        // How far it was with what is kept, a broker that died does not know of QoS 0.
        let is_kept = qos == 0 && packet.number("retain") == 1 && self.crashes > 0;
        if fits.is_empty() && is_kept {
            return;
        }
        let Some(at) = fits.first().copied() else {
            let other: Vec<_> = owed.iter().filter(|owed| owed.message.key == key).collect();
            let is_again = other.iter().any(|other| other.state != State::Waiting);
            let rule = match is_again && qos == 2 {
                true => Rule::Once,
                false => Rule::Asked,
            };
            let how =
                format!("{client} was sent {key} as {packet:?}, of which it is owed {other:?}");
            return self.fault(rule, how);
        };
        let found = owed[at].clone();
        let overtaken = self.overtaken(id, &owed, at);
        let on_their_way = session
            .owed
            .iter()
            .filter(|owed| owed.state != State::Waiting);
        let used = on_their_way.clone().any(|owed| match owed.state {
            State::Sent { id, .. } | State::Released { id, .. } => id == pid,
            State::Waiting => false,
        });
        let on_their_way: Vec<Owed> = on_their_way.cloned().collect();
        if let Some(first) = overtaken {
            let how = format!("{client} was sent {found:?} before {first:?}");
            self.fault(Rule::Order, how);
        }
        if qos > 0 && used {
            let how = format!("{client} was sent {key} under {pid}, which is in use");
            self.fault(Rule::Once, how);
        }
        if qos > 0 && on_their_way.len() >= window as usize {
            let how = format!("{client} takes {window} and was sent {key} beside {on_their_way:?}");
            self.fault(Rule::Limit, how);
        }
        if !self.lasts(packet, version, found.message.expires) {
            let expires = found.message.expires;
            let how = format!("{client}: {packet:?} left, and expires at {expires:?}");
            self.fault(Rule::Time, how);
        }
        let Some(session) = self.core.session(&client) else {
            return;
        };
        session.owed[at].doubts = 0;
        match qos {
            0 => drop(session.owed.remove(at)),
            _ => {
                let conn = Some(id);
                session.owed[at].turn = session.next_turn();
                session.owed[at].state = State::Sent { id: pid, conn };
            }
        }
        session.resolve(found.message.number);
    }

    /// What came first from the same publisher on the same topic goes first, and what has to go
    /// again before what is new.
    fn overtaken(&self, conn: ConnId, owed: &[&Owed], at: usize) -> Option<Owed> {
        let found = owed[at];
        if found.handed {
            return None;
        }
        fn line(owed: &Owed) -> (&str, &str, u8, u8) {
            let message = &owed.message;
            (&message.publisher, &message.topic, message.qos, owed.qos)
        }
        let is_first = |other: &&&Owed| {
            let is_due = match other.state {
                State::Waiting => {
                    other.must && other.message.expires.is_none_or(|at| at > self.now)
                }
                State::Sent { .. } => other.doubts == 0 && !other.state.is_on(conn),
                State::Released { .. } => false,
            };
            is_due
                && !other.handed
                && other.message.number < found.message.number
                && (other.replay.is_none() || other.since < found.message.number)
                && other.message.key != found.message.key
                && line(other) == line(found)
        };
        owed.iter().find(is_first).map(|first| (*first).clone())
    }

    /// A PUBLISH that says that it left before. False if it is better looked at as a new one.
    fn again(&mut self, conn: ConnId, client: &str, window: u32, publish: &Publish<'_>) -> bool {
        let Publish { key, pid, .. } = *publish;
        let Some(session) = self.core.sessions.get(client) else {
            return false;
        };
        let is_it = |owed: &Owed| {
            owed.message.key == key && matches!(owed.state, State::Sent { id, .. } if id == pid)
        };
        let Some(at) = session.owed.iter().position(is_it) else {
            if self.crashes == 0 {
                let how = format!("{client} was sent {key} again and not before");
                self.fault(Rule::Once, how);
            }
            return self.crashes == 0;
        };
        let found = session.owed[at].clone();
        let others = session.owed.iter().filter(|one| **one != found);
        let on_their_way = others.clone().filter(|one| one.state.is_on(conn)).count();
        let is_first = |one: &&Owed| {
            let waits = matches!(one.state, State::Sent { .. }) && !one.state.is_on(conn);
            waits && one.doubts == 0 && one.turn < found.turn
        };
        let first = others.clone().find(is_first).cloned();
        if found.state.is_on(conn) {
            let how = format!("{client} was sent {key} twice on one connection");
            self.fault(Rule::Once, how);
        }
        if !publish.looks_like(&found) {
            let how = format!("{client} was sent {found:?} again as {:?}", publish.packet);
            self.fault(Rule::Asked, how);
        }
        if let Some(first) = first {
            let how = format!("{client} was sent {found:?} again before {first:?}");
            self.fault(Rule::Order, how);
        }
        if on_their_way >= window as usize {
            let how = format!("{client} takes {window} and was sent {key} again beside as many");
            self.fault(Rule::Limit, how);
        }
        // What left in time may leave again when its time is over.
        if !self.says_what_is_left(publish.packet, publish.version, found.message.expires) {
            let expires = found.message.expires;
            let how = format!(
                "{client}: {:?} left again, and expires at {expires:?}",
                publish.packet
            );
            self.fault(Rule::Time, how);
        }
        if let Some(session) = self.core.session(client) {
            let conn = Some(conn);
            session.owed[at].state = State::Sent { id: pid, conn };
            session.owed[at].doubts = 0;
            session.resolve(found.message.number);
        }
        true
    }

    /// The topic of a PUBLISH, by name or by alias.
    pub(super) fn topic_out(&mut self, id: ConnId, packet: &Packet) -> Option<String> {
        let topic = text(packet, "topic");
        let Some(alias) = number(packet, "alias") else {
            return Some(topic);
        };
        let conn = self.conns.get_mut(&id)?;
        if alias == 0 || alias > conn.alias_max {
            let how = format!("alias {alias} of {}", conn.alias_max);
            self.fault(Rule::Limit, how);
            return None;
        }
        if topic.is_empty() {
            let known = conn.aliases.get(&alias).cloned();
            if known.is_none() {
                self.fault(Rule::Limit, format!("alias {alias} has no topic"));
            }
            return known;
        }
        conn.aliases.insert(alias, topic.clone());
        Some(topic)
    }

    /// Whether a message that lasts until then may leave like this: nothing leaves for the first
    /// time whose time is over.
    fn lasts(&self, packet: &Packet, version: Version, expires: Option<Ms>) -> bool {
        let in_time = expires.is_none_or(|at| at + self.fuzz() > self.now);
        in_time && self.says_what_is_left(packet, version, expires)
    }

    /// Whether a PUBLISH of 5.0 says what is left of the time of its message.
    fn says_what_is_left(&self, packet: &Packet, version: Version, expires: Option<Ms>) -> bool {
        let said = number(packet, "message-expiry");
        let (now, fuzz) = (self.now, self.fuzz());
        let Some(expires) = expires else {
            return said.is_none();
        };
        let left = expires.saturating_sub(now);
        let right = |said: u32| {
            let said = 1000 * Ms::from(said);
            said + fuzz >= left / 1000 * 1000 && said <= left + 999 + fuzz
        };
        said.map_or(version < Version::V5, right)
    }
}

/// A PUBLISH of a message that is followed.
struct Publish<'a> {
    packet: &'a Packet,
    version: Version,
    topic: &'a str,
    key: &'a str,
    pid: u16,
}

impl Publish<'_> {
    /// Whether it looks as a message has to.
    fn looks_like(&self, owed: &Owed) -> bool {
        let ids = match self.version {
            Version::V5 => &owed.ids[..],
            _ => &[],
        };
        let have = self.packet.all("sub-id");
        let mut have: Vec<u32> = have
            .filter_map(|value| match value {
                Value::Number(number) => Some(*number),
                _ => None,
            })
            .collect();
        have.sort();
        owed.message.topic == self.topic
            && u32::from(owed.qos) == self.packet.number("qos")
            && u32::from(owed.retain) == self.packet.number("retain")
            && have[..] == *ids
    }
}
