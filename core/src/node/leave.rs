//! Connections and sessions come to their end; wills are said.

use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::rc::Rc;
use alloc::vec::Vec;
use core::time::Duration;

use super::connect::owned;
use super::{CloseCause, Command, ConnId, Node, Output, TimerKind, Violation, reasons, tell};
use crate::connection::{Answer, Phase};
use crate::message::Message;
use crate::observe::{Decision, Event, Observer, SessionChange, Why, WillChange};
use crate::packet::{
    Disconnect, Packet, Properties, Property, Publish, QoS, ReasonCode, Version, Will,
};
use crate::session::{Delivery, GroupKey, Place, SessionKey};
use crate::time::Instant;
use crate::topic::Utf8;

impl<O: Observer> Node<O> {
    pub(super) fn on_disconnect(&mut self, conn: ConnId, disconnect: &Disconnect) {
        let Some(key) = self.conns[conn.slot()].session else {
            return;
        };
        let session = &mut self.sessions[key.0 as usize];
        if let Some(secs) = disconnect.properties.session_expiry_secs() {
            if session.expiry_secs == 0 && secs > 0 {
                return self.violate(conn, Violation::SessionExpiry);
            }
            session.expiry_secs = secs.min(self.config.limits.session_expiry_secs_max);
        }
        if disconnect.reason == ReasonCode::Success && session.will.take().is_some() {
            tell!(
                self,
                Event::Will {
                    client: self.sessions[key.0 as usize].client_id.as_str(),
                    change: WillChange::Cancelled // [MQTT-3.14.4-3]
                }
            );
            self.charge(key);
        }
        self.close(conn, CloseCause::ByClient(disconnect.reason));
    }

    /// Ends a connection: what is left to say is said, the session goes on alone or ends, and the
    /// driver is asked to close.
    pub(super) fn close(&mut self, conn: ConnId, cause: CloseCause) {
        self.close_saying(conn, cause, None);
    }

    /// As [`Node::close`], with a sentence of somebody else's for a client that can be told.
    pub(super) fn close_saying(&mut self, conn: ConnId, cause: CloseCause, why: Option<Utf8>) {
        let connection = &self.conns[conn.slot()];
        if connection.is_closing() {
            return;
        }
        let says = connection.is_connected()
            && connection.version == Version::V5
            && !matches!(cause, CloseCause::ByClient(_) | CloseCause::Lost(_));
        tell!(
            self,
            Event::ConnectionClosed {
                conn,
                client: connection
                    .session
                    .map(|key| self.sessions[key.0 as usize].client_id.as_str()),
                cause,
            }
        );
        if says {
            let mut properties = Vec::new();
            let why = why.or_else(|| reasons::sentence(&cause));
            properties.extend(why.map(Property::ReasonString));
            if let Some((_, Some(reference))) = &self.draining {
                properties.push(Property::ServerReference(reference.clone()));
            }
            let packet = Packet::Disconnect(Disconnect {
                reason: reasons::in_disconnect(cause.reason()),
                properties: Properties::build(properties),
            });
            self.answer(conn, Answer::Packet(Box::new(packet)));
        }
        self.leave(conn);
        let connection = &mut self.conns[conn.slot()];
        connection.phase = Phase::Closing; // [MQTT-3.14.4-1]
        connection.ready = true; // Close asks for the same.
        if let Some(timer) = connection.timer.take() {
            self.timers.cancel(timer);
        }
        self.outputs.push_back(Output::Close { conn, cause });
    }

    /// Takes the session off its connection.
    pub(super) fn leave(&mut self, conn: ConnId) {
        self.stats.connections_closed += 1;
        let Some(key) = self.conns[conn.slot()].session.take() else {
            return;
        };
        self.connected -= 1;
        let session = &mut self.sessions[key.0 as usize];
        session.conn = None;
        if !session.is_kept() {
            return self.end_session(key, SessionChange::Ended);
        }
        // What QoS 0 was waiting has nobody to wait for.
        let gone = session
            .queue
            .take_where(|delivery| delivery.qos == QoS::AtMostOnce);
        for delivery in gone {
            self.queue_bytes -= delivery.message.cost();
            self.stats.messages_dropped += 1;
            tell!(
                self,
                Event::Decided {
                    message: delivery.message.id,
                    client: self.sessions[key.0 as usize].client_id.as_str(),
                    decision: Decision::Dropped(Why::AwayAtQoS0),
                }
            );
        }
        self.sessions[key.0 as usize].away_since = Some(self.now);
        self.begin_absence(key);
        self.persist_session(key);
        self.hand_over(key, false);
    }

    /// Sets the deadlines of a session whose connection has ended.
    fn begin_absence(&mut self, key: SessionKey) {
        let session = &mut self.sessions[key.0 as usize];
        let delay = session
            .will
            .as_ref()
            .map(|will| will.properties.will_delay_secs().unwrap_or(0));
        if let Some(at) = session.ends_at() {
            session.expiry_timer = Some(self.timers.set(at, TimerKind::SessionExpiry(key)));
        }
        tell!(
            self,
            Event::Session {
                client: self.sessions[key.0 as usize].client_id.as_str(),
                change: SessionChange::Away(self.sessions[key.0 as usize].expiry_secs),
            }
        );
        match delay {
            Some(0) => self.say_will(key), // [MQTT-3.1.2-8]
            Some(secs) => {
                // From the end of the connection, though the broker may have died since.
                let since = self.sessions[key.0 as usize].away_since;
                let at = since.unwrap_or(self.now) + Duration::from_secs(secs.into());
                let session = &mut self.sessions[key.0 as usize];
                session.will_timer = Some(self.timers.set(at, TimerKind::WillDelay(key)));
                tell!(
                    self,
                    Event::Will {
                        client: self.sessions[key.0 as usize].client_id.as_str(),
                        change: WillChange::Waits(secs)
                    }
                );
            }
            None => {}
        }
    }

    /// Goes on with a session that a store has kept: its connection, if it had one, ended with
    /// the broker.
    pub(super) fn restart_session(&mut self, key: SessionKey) {
        let session = &mut self.sessions[key.0 as usize];
        session.away_since = session.away_since.or(Some(self.now));
        self.begin_absence(key);
        self.persist_session(key);
    }

    /// Publishes a will and takes it from its session [MQTT-3.1.2-10].
    pub(super) fn say_will(&mut self, key: SessionKey) {
        let session = &mut self.sessions[key.0 as usize];
        if let Some(timer) = session.will_timer.take() {
            self.timers.cancel(timer);
        }
        let Some(qos) = session.will.as_ref().map(|will| will.qos) else {
            return; // 3.1.1 [MQTT-3.1.2-12]
        };
        let id = self.next_message_id();
        if qos == QoS::ExactlyOnce {
            // A broker that dies before all of this is recorded says it again, to everybody.
            self.persist_saying(key, id);
        }
        let Some(will) = self.sessions[key.0 as usize].will.take() else {
            return;
        };
        self.charge(key);
        tell!(
            self,
            Event::Will {
                client: self.sessions[key.0 as usize].client_id.as_str(),
                change: WillChange::Said
            }
        );
        let Will {
            qos,
            retain, // [MQTT-3.1.2-14] [MQTT-3.1.2-15]
            topic,
            payload,
            properties,
        } = *will;
        let mut publish = Publish {
            dup: false,
            qos,
            retain,
            topic: None,
            packet_id: None,
            properties,
            payload,
        };
        let message = Rc::new(Message::accept(id, self.now, topic, &mut publish));
        self.accept(&message, Some(key));
    }

    /// Ends a session and everything that was its own; what it published to be kept is not,
    /// 3.1.1 [MQTT-3.1.2-7].
    pub(super) fn end_session(&mut self, key: SessionKey, change: SessionChange) {
        // A will is due at the end of its session at the latest.
        self.say_will(key);
        let client_id = self.sessions[key.0 as usize].client_id.clone();
        tell!(
            self,
            Event::Session {
                client: client_id.as_str(),
                change
            }
        );
        let session = &mut self.sessions[key.0 as usize];
        if let Some(timer) = session.expiry_timer.take() {
            self.timers.cancel(timer);
        }
        self.hand_over(key, true);
        self.unpersist_session(key);
        let session = &mut self.sessions[key.0 as usize];
        let subscriptions = core::mem::take(&mut session.subscriptions);
        for (filter, subscribed) in subscriptions {
            self.unpersist_subscription(key, &filter);
            match subscribed.place {
                Place::Own(place) => {
                    self.index.remove(place);
                }
                Place::Member(group) => self.leave_group(group, key),
            }
        }
        let session = self.sessions.remove(key.0 as usize);
        self.session_bytes -= session.charged;
        self.clients.remove(session.client_id.as_str());
        self.queue_bytes -= session.queue.bytes();
        for delivery in session.queue.iter() {
            self.stats.messages_dropped += 1;
            tell!(
                self,
                Event::Decided {
                    message: delivery.message.id,
                    client: session.client_id.as_str(),
                    decision: Decision::Dropped(Why::SessionEnded),
                }
            );
        }
        self.unpersist_rest(&session);
    }

    /// Gives what a shared subscription had meant for this member to others that can take it
    /// sooner: what is not sent yet, and what is sent and not acknowledged at QoS 1. What nobody
    /// has room for stays here. A QoS 2 message that was sent stays with its session
    /// [MQTT-4.8.2-4] [MQTT-4.8.2-5]; one that has an identifier and waits for its record was not.
    fn hand_over(&mut self, key: SessionKey, ended: bool) {
        if self.draining.is_some() && !ended {
            return; // The others are about to go as well.
        }
        let session = &self.sessions[key.0 as usize];
        let sent: Vec<u64> = session
            .window
            .numbers(|entry| {
                let may_go = entry.delivery.qos == QoS::AtLeastOnce || !entry.sent;
                may_go && entry.delivery.group.is_some()
            })
            .collect();
        // By group, the shortest message that nobody had room for: there is no second search.
        let mut stuck = BTreeMap::new();
        for number in sent {
            let window = &self.sessions[key.0 as usize].window;
            let Some(delivery) = window.get(number).map(|entry| entry.delivery.clone()) else {
                continue;
            };
            if self.hand_over_one(key, &delivery, ended, &mut stuck) {
                self.sessions[key.0 as usize].window.remove(number);
            }
        }
        let queue = &mut self.sessions[key.0 as usize].queue;
        if !queue.iter().any(|delivery| delivery.group.is_some()) {
            return;
        }
        for delivery in queue.take_where(|_| true) {
            // What is given to another does not count twice.
            self.queue_bytes -= delivery.message.cost();
            if !self.hand_over_one(key, &delivery, ended, &mut stuck) {
                self.queue_bytes += delivery.message.cost();
                self.sessions[key.0 as usize].queue.push(delivery);
            }
        }
    }

    /// Gives a delivery of a shared subscription to another member. False if nobody can take it.
    fn hand_over_one(
        &mut self,
        key: SessionKey,
        delivery: &Delivery,
        ended: bool,
        stuck: &mut BTreeMap<GroupKey, usize>,
    ) -> bool {
        let message = &delivery.message;
        let Some(group) = delivery.group else {
            return false;
        };
        let known = stuck.get(&group).copied();
        if known.is_some_and(|cost| message.cost() >= cost) {
            return false;
        }
        let Some(at) = self.heir(group, message, key, ended) else {
            // Access rules look at the topic as well.
            if message.qos > QoS::AtMostOnce && !self.watch_deliveries {
                stuck.insert(group, message.cost());
            }
            return false;
        };
        tell!(
            self,
            Event::Decided {
                message: message.id,
                client: self.sessions[key.0 as usize].client_id.as_str(),
                decision: Decision::Dropped(Why::HandedOver),
            }
        );
        self.give_to_member(group, at, message);
        // In this order: with both recorded, the older one is known to be over.
        self.unpersist_delivery(key, delivery);
        true
    }

    /// Does what an operator wants.
    pub fn handle_command(&mut self, now: Instant, command: Command) {
        self.begin(now);
        match command {
            Command::Drain {
                reason,
                server_reference,
            } => {
                self.draining = Some((reason, server_reference.as_ref().map(owned)));
                let open: Vec<ConnId> = self
                    .conns
                    .iter()
                    .map(|(slot, connection)| ConnId {
                        slot: slot as u32,
                        generation: connection.generation,
                    })
                    .collect();
                for conn in open {
                    self.close(conn, CloseCause::Administrative(reason));
                }
            }
            Command::Disconnect { client_id, reason } => {
                if let Some(key) = self.clients.get(client_id.as_str())
                    && let Some(conn) = self.sessions[key.0 as usize].conn
                {
                    self.close(conn, CloseCause::Administrative(reason));
                }
            }
            Command::ClockAdjusted(clock) => self.clock = clock,
            Command::ProcessFigures { resident_bytes } => {
                self.stats.resident_bytes = resident_bytes;
                let max = &mut self.stats.resident_bytes_max;
                *max = resident_bytes.max(*max);
            }
        }
        self.finish();
    }
}
