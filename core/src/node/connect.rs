//! From the CONNECT to the CONNACK, and AUTH.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::num::NonZeroU16;
use core::time::Duration;

use bytes::Bytes;

use super::assigned::ASSIGNED_ID_BYTES;
use super::boundary::{Answer, Question, Ticket};
use super::{CloseCause, ConnId, Node, Output, TimerKind, Violation, reasons, tell};
use crate::codec::{PACKET_BYTES_MAX, encoded_len};
use crate::config::{Access, CLIENT_ID_BYTES};
use crate::connection::{self, AliasesOut, Authentication, Phase};
use crate::observe::{Event, Observer, SessionChange, WillChange};
use crate::packet::{
    Auth, ConnAck, Connect, Packet, Properties, Property, QoS, ReasonCode, Version, Will,
};
use crate::policy::Action;
use crate::session::{Session, SessionKey, will_cost};
use crate::time::Instant;
use crate::topic::{Topic, Utf8};
use crate::util::Map;

impl<O: Observer> Node<O> {
    pub(super) fn on_connect(&mut self, conn: ConnId, connect: Box<Connect>) {
        let connection = &mut self.conns[conn.slot()];
        connection.version = connect.version;
        connection.decoder.set_version(connect.version);
        connection
            .decoder
            .set_max_packet_bytes(self.config.limits.packet_bytes_max);
        connection
            .decoder
            .set_max_filters(self.config.limits.filters_per_packet_max);
        connection.problem_information = connect
            .properties
            .request_problem_information()
            .unwrap_or(true);
        connection.packet_bytes_max = connect
            .properties
            .max_packet_size()
            .map_or(u32::MAX, |max| max.get());
        if let Some(objection) = self.objection(&connect, None) {
            return self.object(conn, objection);
        }
        let method = connect.properties.auth_method();
        match (self.config.access, method) {
            (Access::Open, None) => self.admit(conn, *connect, None, None),
            (Access::Open, Some(_)) => {
                self.turn_away(conn, ReasonCode::BadAuthenticationMethod, None); // [MQTT-4.12.0-1]
            }
            (Access::Ask, method) => {
                let ticket = self.next_ticket(conn);
                let question = Question::Connect {
                    conn,
                    version: connect.version,
                    client_id: connect.client_id.clone(),
                    username: connect.username.clone(),
                    password: connect.password.clone(),
                    method: method
                        .clone()
                        .map(|method| (method, connect.properties.auth_data())),
                };
                let connection = &mut self.conns[conn.slot()];
                connection.authentication = method.map(|method| {
                    Box::new(Authentication {
                        method,
                        asked: Some(ticket),
                        challenged: false,
                    })
                });
                connection.phase = Phase::Authenticating(ticket, connect);
                self.outputs.push_back(Output::Ask { ticket, question });
            }
        }
    }

    /// What is wrong with a CONNECT, whoever sends it; `username` is who that is said to be.
    fn objection(
        &self,
        connect: &Connect,
        username: Option<&Utf8>,
    ) -> Option<(ReasonCode, &'static str)> {
        use ReasonCode as R;
        let limits = &self.config.limits;
        let id = connect.client_id.as_str();
        if let Some((reason, _)) = &self.draining {
            return Some((*reason, ""));
        }
        if self.conns.len() > limits.connections_max {
            return Some((
                R::ServerBusy,
                "there are as many connections as are allowed",
            ));
        }
        let needs_id = match connect.version {
            Version::V5 => false,
            Version::V311 => !connect.clean_start, // 3.1.1 [MQTT-3.1.3-8]
            Version::V31 => true,                  // 3.1, section 3.1: 1 to 23 characters.
        };
        if id.is_empty() && needs_id {
            return Some((R::ClientIdentifierNotValid, ""));
        }
        // [MQTT-3.1.3-5] [MQTT-3.1.3-8]; and those that are assigned here have to be let in again.
        if id.len() > limits.client_id_bytes_max.max(CLIENT_ID_BYTES) {
            return Some((
                R::ClientIdentifierNotValid,
                "the client identifier is longer than is allowed here",
            ));
        }
        let known = self.clients.get(id);
        let is_new = known.is_none();
        // What it kept before gives way to what it keeps then.
        let before = known.map_or(0, |key| self.sessions[key.0 as usize].charged);
        if self.clients.len() >= limits.sessions_max && is_new {
            return Some((
                R::QuotaExceeded,
                "there are as many sessions as are allowed",
            ));
        }
        if self.store.is_full() && is_new && self.expiry(connect).1 > 0 {
            return Some((R::QuotaExceeded, "the store has no room"));
        }
        let id_bytes = match id.is_empty() {
            true => ASSIGNED_ID_BYTES,
            false => id.len(),
        };
        let name = username
            .or(connect.username.as_ref())
            .map_or(0, |name| name.len());
        let cost = id_bytes + name + connect.will.as_ref().map_or(0, will_cost);
        if cost > before && self.session_bytes - before + cost > limits.session_bytes_total_max {
            return Some((
                R::QuotaExceeded,
                "there is no room for what this session keeps",
            ));
        }
        let will = connect.will.as_ref()?;
        if will.qos > self.config.qos_max {
            return Some((R::QoSNotSupported, "")); // [MQTT-3.2.2-12]
        }
        if will.retain && !self.config.retain_available {
            return Some((R::RetainNotSupported, "")); // [MQTT-3.2.2-13]
        }
        if will.topic.level_count() > limits.topic_levels_max {
            let why = "the will's topic has more levels than are allowed here";
            return Some((R::TopicNameInvalid, why));
        }
        None
    }

    /// Session Expiry Interval in seconds: as asked for, and as granted.
    fn expiry(&self, connect: &Connect) -> (u32, u32) {
        let asked = match connect.version {
            Version::V5 => connect.properties.session_expiry_secs().unwrap_or(0),
            _ if connect.clean_start => 0,
            _ => self.config.limits.session_expiry_secs_v3,
        };
        (asked, asked.min(self.config.limits.session_expiry_secs_max))
    }

    /// What somebody outside found out.
    pub fn handle_answer(&mut self, now: Instant, ticket: Ticket, answer: Answer) {
        self.begin(now);
        let Some((conn, first)) = self.asked_by(ticket) else {
            return;
        };
        if let Some(exchange) = &mut self.conns[conn.slot()].authentication {
            exchange.asked = None;
        }
        match (answer, first) {
            (Answer::Allow { username, data }, true) => {
                // Others came while somebody was asked, or the node began to drain.
                let objection = match &self.conns[conn.slot()].phase {
                    Phase::Authenticating(_, connect) => self.objection(connect, username.as_ref()),
                    _ => None,
                };
                if let Some(objection) = objection {
                    self.object(conn, objection);
                    return self.finish();
                }
                let phase = core::mem::replace(&mut self.conns[conn.slot()].phase, Phase::Reading);
                if let Phase::Authenticating(_, connect) = phase {
                    self.admit(conn, *connect, username, data);
                }
            }
            (Answer::Allow { data, .. }, false) => {
                self.send_auth(conn, ReasonCode::Success, data);
            }
            (Answer::Challenge(data), _) if self.conns[conn.slot()].authentication.is_some() => {
                if let Some(exchange) = &mut self.conns[conn.slot()].authentication {
                    exchange.challenged = true;
                }
                self.send_auth(conn, ReasonCode::ContinueAuthentication, data); // [MQTT-4.12.0-2]
            }
            (Answer::Challenge(_), _) => self.turn_away(conn, ReasonCode::NotAuthorized, None),
            (
                Answer::Deny {
                    reason,
                    reason_string,
                },
                true,
            ) => {
                self.turn_away(conn, reason, reason_string); // [MQTT-4.12.0-4]
            }
            (
                Answer::Deny {
                    reason,
                    reason_string,
                },
                false,
            ) => {
                let cause = CloseCause::Administrative(reason);
                self.close_saying(conn, cause, reason_string); // [MQTT-4.12.1-2]
            }
        }
        if self.live(conn).is_some() {
            self.resume_reading(conn);
        }
        self.finish();
    }

    /// The connection that waits for this answer, and whether it is the answer to its CONNECT.
    fn asked_by(&self, ticket: Ticket) -> Option<(ConnId, bool)> {
        let slot = ticket.slot();
        let connection = self.conns.get(slot)?;
        let asked = connection
            .authentication
            .as_ref()
            .and_then(|exchange| exchange.asked);
        let first = matches!(&connection.phase, Phase::Authenticating(..));
        let waits = match &connection.phase {
            Phase::Authenticating(about, _) if connection.authentication.is_none() => {
                *about == ticket
            }
            _ => asked == Some(ticket),
        };
        let conn = ConnId {
            slot: slot as u32,
            generation: connection.generation,
        };
        waits.then_some((conn, first))
    }

    pub(super) fn on_auth(&mut self, conn: ConnId, auth: &Auth) {
        let first = matches!(self.conns[conn.slot()].phase, Phase::Authenticating(..));
        let Some(exchange) = &mut self.conns[conn.slot()].authentication else {
            return self.violate(conn, Violation::AuthNotAgreed); // [MQTT-4.12.0-7]
        };
        let again = auth.reason == ReasonCode::ReAuthenticate;
        let in_turn = match auth.reason {
            ReasonCode::ContinueAuthentication => exchange.challenged, // [MQTT-4.12.0-3]
            ReasonCode::ReAuthenticate => !first && !exchange.challenged,
            _ => false,
        };
        if !in_turn || auth.properties.auth_method().as_ref() != Some(&exchange.method) {
            return self.violate(conn, Violation::Auth); // [MQTT-4.12.1-1]
        }
        exchange.challenged = false;
        let method = exchange.method.clone();
        let ticket = self.next_ticket(conn);
        if let Some(exchange) = &mut self.conns[conn.slot()].authentication {
            exchange.asked = Some(ticket);
        }
        let question = Question::Auth {
            conn,
            method,
            data: auth.properties.auth_data(),
            again,
        };
        self.outputs.push_back(Output::Ask { ticket, question });
    }

    fn send_auth(&mut self, conn: ConnId, reason: ReasonCode, data: Option<Bytes>) {
        let Some(exchange) = &self.conns[conn.slot()].authentication else {
            return;
        };
        let mut properties: Vec<Property> = Vec::new();
        properties.push(Property::AuthMethod(exchange.method.clone())); // [MQTT-4.12.0-5]
        properties.extend(data.map(Property::AuthData));
        let auth = Auth {
            reason,
            properties: Properties::build(properties),
        };
        self.answer(
            conn,
            connection::Answer::Packet(Box::new(Packet::Auth(auth))),
        );
    }

    fn next_ticket(&mut self, conn: ConnId) -> Ticket {
        self.last_ticket = self.last_ticket.wrapping_add(1);
        Ticket::new(conn, self.last_ticket)
    }

    /// Turns away for what an objection says.
    fn object(&mut self, conn: ConnId, (reason, why): (ReasonCode, &'static str)) {
        let why = Some(why).filter(|why| !why.is_empty());
        self.turn_away(conn, reason, why.map(Utf8::from_static));
    }

    /// Refuses a CONNECT and closes.
    fn turn_away(&mut self, conn: ConnId, reason: ReasonCode, text: Option<Utf8>) {
        self.refuse(conn, reason, text);
        self.close(conn, CloseCause::Refused(reason)); // [MQTT-3.2.2-7] [MQTT-3.1.4-2]
    }

    /// The CONNACK of a refusal.
    pub(super) fn refuse(&mut self, conn: ConnId, reason: ReasonCode, text: Option<Utf8>) {
        let mut properties = Vec::new();
        if self.conns[conn.slot()].version == Version::V5 {
            properties.extend(text.map(Property::ReasonString));
            if let Some((_, Some(reference))) = &self.draining {
                properties.push(Property::ServerReference(reference.clone()));
            }
        }
        let ack = ConnAck {
            session_present: false, // [MQTT-3.2.2-6]
            reason: reasons::in_connack(reason),
            properties: Properties::build(properties),
        };
        self.answer(
            conn,
            connection::Answer::Packet(Box::new(Packet::ConnAck(ack))),
        );
    }

    /// Lets a client in.
    fn admit(
        &mut self,
        conn: ConnId,
        connect: Connect,
        username: Option<Utf8>,
        data: Option<Bytes>,
    ) {
        let username = username.or_else(|| connect.username.as_ref().map(owned));
        let assigned = connect.client_id.as_str().is_empty();
        let client_id = match assigned {
            true => self.assign_id(), // [MQTT-3.1.3-6]
            false => owned(&connect.client_id),
        };
        if let Some(will) = &connect.will {
            let topic = &will.topic;
            let user = username.as_ref().map(Utf8::as_str);
            let policy = &self.config.policy;
            if !policy.allows(Action::Publish, client_id.as_str(), user, topic) {
                let why = Utf8::from_static("access rules forbid the will's topic");
                return self.turn_away(conn, ReasonCode::NotAuthorized, Some(why));
            }
        }
        // [MQTT-3.1.4-4]
        let (key, present) = self.session_for(&client_id, connect.clean_start, connect.version);
        let (asked, expiry) = self.expiry(&connect);
        let session = &mut self.sessions[key.0 as usize];
        self.connected += 1;
        self.stats.clients_max = self.stats.clients_max.max(self.connected as u64);
        session.conn = Some(conn);
        session.away_since = None;
        session.username = username;
        session.version = connect.version;
        session.expiry_secs = expiry;
        session.will = connect.will.map(|will| Box::new(own_will(will))); // [MQTT-3.1.2-7]
        session.window.begin_resending();
        self.charge(key);
        let session = &self.sessions[key.0 as usize];
        if session.will.is_some() {
            tell!(
                self,
                Event::Will {
                    client: client_id.as_str(),
                    change: WillChange::Left
                }
            );
        }

        let keep_alive =
            self.settle_connection(conn, key, &connect.properties, connect.keep_alive_secs);
        self.persist_session(key);
        let properties = match connect.version {
            Version::V5 => self.connack_properties(
                conn,
                assigned.then_some(client_id),
                (asked != expiry).then_some(expiry),
                (keep_alive != connect.keep_alive_secs).then_some(keep_alive),
                data,
            ),
            _ => Properties::EMPTY,
        };
        let ack = Packet::ConnAck(ConnAck {
            session_present: present, // [MQTT-3.2.2-2] [MQTT-3.2.2-3]
            reason: ReasonCode::Success,
            properties,
        });
        let connection = &mut self.conns[conn.slot()];
        let max = connection.packet_bytes_max as usize;
        if encoded_len(&ack, connect.version).is_ok_and(|len| len > max) {
            // Not even this can be said to the client [MQTT-3.1.2-24].
            connection.phase = Phase::Reading;
            self.sessions[key.0 as usize].will = None;
            return self.close(conn, CloseCause::Refused(ReasonCode::PacketTooLarge));
        }
        self.stats.connects_accepted += 1;
        self.answer(conn, connection::Answer::Packet(Box::new(ack))); // [MQTT-3.1.4-5]
    }

    /// What a connection is allowed from here on. Returns its Keep Alive in seconds.
    fn settle_connection(
        &mut self,
        conn: ConnId,
        key: SessionKey,
        wishes: &Properties,
        keep_alive_secs: u16,
    ) -> u16 {
        let seed = self.config.seed;
        let limits = &self.config.limits;
        let connection = &mut self.conns[conn.slot()];
        let v5 = connection.version == Version::V5;
        connection.phase = Phase::Connected;
        connection.session = Some(key);
        connection.window = wishes
            .receive_max()
            .unwrap_or(NonZeroU16::MAX)
            .min(limits.inflight_max)
            .get();
        let aliases = wishes.topic_alias_max().unwrap_or(0); // [MQTT-3.1.2-27]
        connection.aliases_out = (v5 && aliases > 0).then(|| {
            Box::new(AliasesOut {
                max: aliases.min(limits.topic_alias_out_max), // [MQTT-3.1.2-26]
                known: Map::new(seed),
            })
        });
        let max = limits.keep_alive_secs_max;
        let keep_alive = match keep_alive_secs {
            secs if !v5 || max == 0 => secs, // [MQTT-3.2.2-22]
            0 => max,
            secs => secs.min(max),
        };
        connection.keep_alive_secs = keep_alive;
        if let Some(timer) = connection.timer.take() {
            self.timers.cancel(timer);
        }
        if keep_alive > 0 {
            let at = self.now + keep_alive_limit(keep_alive);
            connection.timer = Some(self.timers.set(at, TimerKind::KeepAlive(conn)));
        }
        keep_alive
    }

    fn connack_properties(
        &self,
        conn: ConnId,
        assigned: Option<Utf8>,
        expiry: Option<u32>,
        keep_alive: Option<u16>,
        data: Option<Bytes>,
    ) -> Properties {
        let limits = &self.config.limits;
        // Nobody is given Response Information [MQTT-3.1.2-28].
        let mut properties = Vec::new();
        properties.extend(expiry.map(Property::SessionExpirySecs));
        if limits.receive_max < NonZeroU16::MAX {
            properties.push(Property::ReceiveMax(limits.receive_max.get()));
        }
        if self.config.qos_max < QoS::ExactlyOnce {
            properties.push(Property::MaximumQoS(self.config.qos_max)); // [MQTT-3.2.2-9]
        }
        if !self.config.retain_available {
            properties.push(Property::RetainAvailable(false));
        }
        if limits.packet_bytes_max < PACKET_BYTES_MAX {
            properties.push(Property::MaxPacketSize(limits.packet_bytes_max));
        }
        properties.extend(assigned.map(Property::AssignedClientId)); // [MQTT-3.1.3-7] [MQTT-3.2.2-16]
        if limits.topic_alias_in_max > 0 {
            properties.push(Property::TopicAliasMax(limits.topic_alias_in_max));
        }
        properties.extend(keep_alive.map(Property::ServerKeepAliveSecs)); // [MQTT-3.2.2-21]
        if let Some(exchange) = &self.conns[conn.slot()].authentication {
            properties.push(Property::AuthMethod(exchange.method.clone()));
            properties.extend(data.map(Property::AuthData));
        }
        Properties::build(properties)
    }

    /// The session a client gets: its own, or a new one. Takes over from a connection that has it.
    fn session_for(
        &mut self,
        client_id: &Utf8,
        clean_start: bool,
        version: Version,
    ) -> (SessionKey, bool) {
        if let Some(&key) = self.clients.get(client_id.as_str()) {
            let resume = !clean_start && self.sessions[key.0 as usize].is_kept();
            self.take_over(key, resume);
            if resume && let Some(session) = self.sessions.get_mut(key.0 as usize) {
                let timers = [session.expiry_timer.take(), session.will_timer.take()];
                for timer in timers.into_iter().flatten() {
                    self.timers.cancel(timer);
                }
                if session.will.take().is_some() {
                    tell!(
                        self,
                        Event::Will {
                            client: client_id.as_str(),
                            change: WillChange::Cancelled // [MQTT-3.1.3-9]
                        }
                    );
                }
                tell!(
                    self,
                    Event::Session {
                        client: client_id.as_str(),
                        change: SessionChange::Resumed // [MQTT-3.1.2-5]
                    }
                );
                return (key, true);
            }
            if self.clients.get(client_id.as_str()).is_some() {
                self.end_session(key, SessionChange::Ended); // [MQTT-3.1.2-4]
            }
        }
        let session = Session::new(client_id.clone(), version);
        let key = SessionKey(self.sessions.insert(session) as u32);
        self.clients.insert(client_id.clone(), key);
        tell!(
            self,
            Event::Session {
                client: client_id.as_str(),
                change: SessionChange::Opened // [MQTT-3.1.2-6]
            }
        );
        (key, false)
    }

    /// Ends the connection that a session has, because another one wants the session.
    fn take_over(&mut self, key: SessionKey, resume: bool) {
        let Some(old) = self.sessions[key.0 as usize].conn else {
            return;
        };
        tell!(
            self,
            Event::Session {
                client: self.sessions[key.0 as usize].client_id.as_str(),
                change: SessionChange::TakenOver
            }
        );
        // A will that may wait is not said: the client is back in time. Otherwise it is.
        let session = &mut self.sessions[key.0 as usize];
        let waits = session
            .will
            .as_ref()
            .is_some_and(|will| will.properties.will_delay_secs().unwrap_or(0) > 0);
        if resume && waits {
            session.will = None;
            tell!(
                self,
                Event::Will {
                    client: self.sessions[key.0 as usize].client_id.as_str(),
                    change: WillChange::Cancelled
                }
            );
        }
        self.close(old, CloseCause::TakenOver); // [MQTT-3.1.4-3]
    }

    /// Charges a session for what it keeps at this moment.
    pub(super) fn charge(&mut self, key: SessionKey) {
        let session = &mut self.sessions[key.0 as usize];
        let cost = session.cost();
        self.session_bytes += cost;
        self.session_bytes -= core::mem::replace(&mut session.charged, cost);
    }
}

/// How long nothing may come: one and a half times the Keep Alive [MQTT-3.1.2-22].
pub(super) fn keep_alive_limit(secs: u16) -> Duration {
    Duration::from_millis(u64::from(secs) * 1500)
}

/// A string of its own, so that what stays does not keep the packet it came in.
pub(super) fn owned(text: &Utf8) -> Utf8 {
    Utf8::copy_from(text.as_str()).expect("invariant: it was one before")
}

fn own_will(will: Will) -> Will {
    Will {
        topic: Topic::parse(owned(will.topic.utf8())).expect("invariant: it was one before"),
        payload: Bytes::copy_from_slice(&will.payload),
        properties: Properties::from_checked(Bytes::copy_from_slice(will.properties.raw())),
        ..will
    }
}
