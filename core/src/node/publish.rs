//! A PUBLISH comes in.

use alloc::rc::Rc;

use super::answers::SUCCESS;
use super::connect::owned;
use super::{CloseCause, ConnId, Node, Violation, tell};
use crate::connection::Connection;
use crate::message::{self, Message};
use crate::observe::{Event, Observer};
use crate::packet::{PacketId, PacketKind, Publish, QoS, ReasonCode, Version};
use crate::policy::Action;
use crate::session::SessionKey;
use crate::topic::{Topic, Utf8};

const IN_USE: (ReasonCode, &str) = (
    ReasonCode::PacketIdentifierInUse,
    "a QoS 2 message with this packet identifier is not released",
);

impl<O: Observer> Node<O> {
    pub(super) fn on_publish(&mut self, conn: ConnId, publish: &mut Publish) {
        let Some(key) = self.conns[conn.slot()].session else {
            return;
        };
        let topic = match resolve(
            &mut self.conns[conn.slot()],
            publish,
            self.config.limits.topic_alias_in_max,
        ) {
            Ok(topic) => topic,
            Err(violation) => return self.violate(conn, violation),
        };
        if publish.qos > self.config.qos_max {
            return self.violate(conn, Violation::QoS);
        }
        if publish.retain && !self.config.retain_available {
            return self.violate(conn, Violation::Retain);
        }
        let session = &mut self.sessions[key.0 as usize];
        if let Some(id) = publish.packet_id {
            if session.received.contains(&id) {
                tell!(
                    self,
                    Event::Repeated {
                        client: self.sessions[key.0 as usize].client_id.as_str(),
                        packet_id: id
                    }
                );
                return match publish.qos {
                    // [MQTT-4.3.3-10]
                    QoS::ExactlyOnce => self.say(conn, PacketKind::PubRec, id, SUCCESS),
                    // A PUBACK that cannot say so would say that the message is accepted.
                    _ if self.conns[conn.slot()].version != Version::V5 => {
                        self.violate(conn, Violation::PacketIdInUse) // 3.1.1 [MQTT-2.3.1-2]
                    }
                    _ => self.say(conn, PacketKind::PubAck, id, IN_USE),
                };
            }
            let open = session.received.len() + usize::from(self.conns[conn.slot()].unacked);
            let is_told = self.conns[conn.slot()].version == Version::V5;
            if is_told && open >= usize::from(self.config.limits.receive_max.get()) {
                return self.violate(conn, Violation::ReceiveMaximum); // [MQTT-3.3.4-7]
            }
        }
        // [MQTT-3.3.4-1]
        let answer = match publish.qos {
            QoS::AtMostOnce => None,
            QoS::AtLeastOnce => publish.packet_id.map(|id| (PacketKind::PubAck, id)),
            QoS::ExactlyOnce => publish.packet_id.map(|id| (PacketKind::PubRec, id)),
        };
        let reason = match self.refusal(key, &topic, publish) {
            Some(reason) => {
                if self.conns[conn.slot()].version != Version::V5 {
                    match reason.0 {
                        ReasonCode::TopicNameInvalid => {
                            return self.violate(conn, Violation::TopicLevels);
                        }
                        // An answer would say that the message is accepted 3.1.1 [MQTT-4.8.0-2].
                        ReasonCode::QuotaExceeded if answer.is_some() => {
                            self.stats.messages_dropped += 1;
                            return self.close(conn, CloseCause::Administrative(reason.0));
                        }
                        _ => {}
                    }
                }
                self.stats.messages_dropped += 1;
                reason
            }
            None => {
                let id = self.next_message_id();
                let open = publish
                    .packet_id
                    .filter(|_| publish.qos == QoS::ExactlyOnce);
                let message = Rc::new(Message::accept(id, self.now, topic, publish));
                self.stats.messages_received += 1;
                self.stats.payload_bytes_received += message.payload.len() as u64;
                if let Some(open) = open {
                    self.sessions[key.0 as usize].received.insert(open);
                    self.persist_received(key, open, Some(id));
                }
                let takers = self.accept(&message, Some(key));
                if let Some(open) = open {
                    self.persist_received(key, open, None);
                }
                match takers {
                    0 => (ReasonCode::NoMatchingSubscribers, ""),
                    _ => SUCCESS,
                }
            }
        };
        if let Some((kind, id)) = answer {
            self.say(conn, kind, id, reason); // [MQTT-4.3.2-4] [MQTT-4.3.3-8]
        }
    }

    fn say(
        &mut self,
        conn: ConnId,
        kind: PacketKind,
        packet_id: PacketId,
        reason: (ReasonCode, &'static str),
    ) {
        if kind == PacketKind::PubAck && !self.store.is_settled() {
            let unacked = &mut self.conns[conn.slot()].unacked;
            *unacked = unacked.saturating_add(1); // Older clients have no limit.
        }
        self.ack(conn, kind, packet_id, reason);
    }

    /// Why a PUBLISH is not accepted, though its connection may stay 3.1.1 [MQTT-3.3.5-2].
    fn refusal(
        &mut self,
        key: SessionKey,
        topic: &Topic,
        publish: &Publish,
    ) -> Option<(ReasonCode, &'static str)> {
        // Where there are not even so many bytes, nothing has to be counted.
        let levels_max = self.config.limits.topic_levels_max;
        if topic.as_str().len() >= levels_max && topic.level_count() > levels_max {
            let why = "the topic has more levels than are allowed here";
            return Some((ReasonCode::TopicNameInvalid, why));
        }
        let session = &self.sessions[key.0 as usize];
        let client = session.client_id.as_str();
        let user = session.username.as_ref().map(Utf8::as_str);
        let allowed = self
            .config
            .policy
            .allows(Action::Publish, client, user, topic);
        tell!(
            self,
            Event::Access {
                client,
                action: Action::Publish,
                what: topic.as_str(),
                allowed
            }
        );
        if !allowed {
            let why = "access rules forbid publishing on this topic";
            return Some((ReasonCode::NotAuthorized, why));
        }
        if publish.qos > QoS::AtMostOnce && self.store.is_full() {
            return Some((ReasonCode::QuotaExceeded, "the store has no room"));
        }
        let cost = message::cost(topic, &publish.payload, &publish.properties);
        let keeps = publish.retain && !publish.payload.is_empty();
        if keeps && !self.has_room_to_retain(topic, cost) {
            let why = "there is no room for one more retained message";
            return Some((ReasonCode::QuotaExceeded, why));
        }
        None
    }

    /// Keeps a message if it asks for that, and gives it to everybody who asked for it. Returns
    /// how many did.
    pub(super) fn accept(&mut self, message: &Rc<Message>, from: Option<SessionKey>) -> usize {
        tell!(
            self,
            Event::Accepted {
                message: message.id,
                client: from.map(|key| self.sessions[key.0 as usize].client_id.as_str()),
                topic: &message.topic,
                payload: &message.payload,
                qos: message.qos,
                retain: message.retain,
            }
        );
        if message.retain {
            // Else nothing kept changes [MQTT-3.3.1-8].
            let publisher = from.map(|key| self.sessions[key.0 as usize].client_id.clone());
            self.retain(message, publisher); // [MQTT-3.3.1-5]
        }
        self.route(message, from)
    }
}

/// The topic of a PUBLISH, by name or by alias.
fn resolve(
    connection: &mut Connection,
    publish: &mut Publish,
    max: u16,
) -> Result<Topic, Violation> {
    let alias = publish.properties.topic_alias().map(|alias| alias.get());
    let place = match alias {
        None => {
            return publish.topic.take().ok_or(Violation::TopicAlias);
        }
        Some(alias) if alias > max => return Err(Violation::TopicAlias), // [MQTT-3.3.2-9]
        Some(alias) => usize::from(alias) - 1,
    };
    match publish.topic.take() {
        Some(topic) => {
            // [MQTT-3.3.2-12]
            if connection.aliases_in.len() <= place {
                connection.aliases_in.resize(place + 1, None);
            }
            let own = Topic::parse(owned(topic.utf8())).ok();
            connection.aliases_in[place] = own;
            Ok(topic)
        }
        None => connection
            .aliases_in
            .get(place)
            .cloned()
            .flatten()
            .ok_or(Violation::TopicAlias),
    }
}
