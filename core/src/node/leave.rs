//! Connections and sessions come to their end; wills are said.

use alloc::boxed::Box;
use alloc::rc::Rc;
use alloc::vec::Vec;
use core::time::Duration;

use super::connect::owned;
use super::{CloseCause, Command, ConnId, Node, Output, TimerKind, Violation, tell};
use crate::connection::{Answer, Phase};
use crate::message::Message;
use crate::observe::{Decision, Event, Observer, SessionChange, Why, WillChange};
use crate::packet::{
    Disconnect, Packet, Properties, Property, Publish, QoS, ReasonCode, Version, Will,
};
use crate::session::{GroupKey, Place, SessionKey, Stage};
use crate::time::Instant;

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
        }
        self.close(conn, CloseCause::ByClient(disconnect.reason));
    }

    /// Ends a connection: what is left to say is said, the session goes on alone or ends, and the
    /// driver is asked to close.
    pub(super) fn close(&mut self, conn: ConnId, cause: CloseCause) {
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
            if let Some((_, Some(reference))) = &self.draining {
                properties.push(Property::ServerReference(reference.clone()));
            }
            let packet = Packet::Disconnect(Disconnect {
                reason: cause.reason(),
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
                let at = self.now + Duration::from_secs(secs.into());
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
        let Some(will) = session.will.take() else {
            return;
        };
        tell!(
            self,
            Event::Will {
                client: self.sessions[key.0 as usize].client_id.as_str(),
                change: WillChange::Said
            }
        );
        let Will {
            qos,
            retain,
            topic,
            payload,
            properties,
        } = *will;
        let publish = Publish {
            dup: false,
            qos,
            retain,
            topic: None,
            packet_id: None,
            properties,
            payload,
        };
        let id = self.next_message_id();
        let message = Rc::new(Message::accept(id, self.now, topic, &publish));
        self.accept(&message, Some(key));
    }

    /// Ends a session and everything that was its own.
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
        self.hand_over(key, true);
        let session = self.sessions.remove(key.0 as usize);
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
        self.unpersist_session(&session);
    }

    /// Gives what a shared subscription had meant for this member to others: what is not sent
    /// yet, and, if the member's session has ended, what it never acknowledged at QoS 1. A QoS 2
    /// message that was sent stays with its session [MQTT-4.8.2-4] [MQTT-4.8.2-5].
    fn hand_over(&mut self, key: SessionKey, ended: bool) {
        let session = &mut self.sessions[key.0 as usize];
        let mut orphans = Vec::new();
        if ended {
            for entry in &session.inflight {
                if entry.stage == Stage::Publish && entry.delivery.qos == QoS::AtLeastOnce {
                    orphans.push(entry.delivery.clone());
                }
            }
        }
        // What waits stays where it is if nobody else could take it sooner.
        let (groups, sessions) = (&self.groups, &self.sessions);
        let others = |group: GroupKey| {
            groups.get(group.0 as usize).is_some_and(|group| {
                group.members().any(|member| {
                    member != key && (ended || sessions[member.0 as usize].conn.is_some())
                })
            })
        };
        let groups: Vec<GroupKey> = sessions[key.0 as usize]
            .queue
            .iter()
            .filter_map(|delivery| delivery.group)
            .filter(|group| others(*group))
            .collect();
        if !groups.is_empty() {
            let queue = &mut self.sessions[key.0 as usize].queue;
            let taken = queue
                .take_where(|delivery| delivery.group.is_some_and(|group| groups.contains(&group)));
            for delivery in &taken {
                self.queue_bytes -= delivery.message.cost();
                self.unpersist_delivery(key, delivery);
            }
            orphans.extend(taken);
        }
        for delivery in orphans {
            if let Some(group) = delivery.group
                && self.groups.contains(group.0 as usize)
            {
                self.offer_to_group(group, &delivery.message, Some(key));
            }
        }
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
                self.stats.resident_bytes = resident_bytes
            }
        }
    }
}
