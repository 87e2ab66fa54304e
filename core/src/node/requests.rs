//! SUBSCRIBE and UNSUBSCRIBE.

use alloc::boxed::Box;
use alloc::vec::Vec;

use super::connect::owned;
use super::deliver::Target;
use super::{ConnId, Node, Violation, tell};
use crate::connection::Answer;
use crate::index::Cursor;
use crate::message::MessageId;
use crate::observe::{Event, Observer};
use crate::packet::{
    Packet, Properties, Property, QoS, ReasonCode, RetainHandling, SubAck, Subscribe,
    SubscribeFilter, SubscribeOptions, UnsubAck, Unsubscribe, Version,
};
use crate::policy::Action;
use crate::session::{Place, Replay, SessionKey, Subscribed};
use crate::topic::{Filter, Utf8};

impl<O: Observer> Node<O> {
    pub(super) fn on_subscribe(&mut self, conn: ConnId, subscribe: Subscribe) {
        let Some(key) = self.conns[conn.slot()].session else {
            return;
        };
        let id = subscribe.properties.subscription_ids().next();
        let mut reasons = Vec::with_capacity(subscribe.filters.len());
        let mut why = "";
        // One after the other [MQTT-3.8.4-5].
        for wish in &subscribe.filters {
            let (reason, text) = match self.subscribe(key, wish, id) {
                Ok(answer) => answer,
                Err(violation) => return self.violate(conn, violation),
            };
            why = if why.is_empty() { text } else { why };
            tell!(
                self,
                Event::Subscribed {
                    client: self.sessions[key.0 as usize].client_id.as_str(),
                    filter: wish.filter.as_str(),
                    options: wish.options,
                    reason,
                }
            );
            reasons.push(reason);
        }
        let ack = SubAck {
            packet_id: subscribe.packet_id, // [MQTT-3.8.4-2]
            properties: explain(why),
            reasons, // [MQTT-3.8.4-6] [MQTT-3.9.3-1]
        };
        self.answer(conn, Answer::Packet(Box::new(Packet::SubAck(ack)))); // [MQTT-3.8.4-1]
    }

    fn subscribe(
        &mut self,
        key: SessionKey,
        wish: &SubscribeFilter,
        id: Option<u32>,
    ) -> Result<(ReasonCode, &'static str), Violation> {
        let filter = match Filter::parse(owned(&wish.filter)) {
            Ok(filter) => filter,
            Err(error) => return Ok((ReasonCode::TopicFilterInvalid, error.sentence())),
        };
        if filter.level_count() > self.config.limits.topic_levels_max {
            let why = "the filter has more levels than are allowed here";
            return Ok((ReasonCode::TopicFilterInvalid, why));
        }
        if filter.share().is_some() && wish.options.no_local {
            return Err(Violation::NoLocalShared); // [MQTT-3.8.3-4]
        }
        let session = &self.sessions[key.0 as usize];
        let client = session.client_id.as_str();
        let user = session.username.as_ref().map(Utf8::as_str);
        let allowed = self.config.policy.allows_filter(client, user, &filter);
        tell!(
            self,
            Event::Access {
                client,
                action: Action::Subscribe,
                what: filter.full().as_str(),
                allowed
            }
        );
        if !allowed {
            let why = "access rules forbid subscribing with this filter";
            return Ok((ReasonCode::NotAuthorized, why));
        }
        let known = session.subscription(&filter).is_some();
        let limits = &self.config.limits;
        let bytes = session.subscription_bytes + filter.full().len();
        let full = session.subscriptions.len() >= limits.subscriptions_max
            || bytes > limits.subscription_bytes_max;
        if !known && full {
            let why = "the session has as many subscriptions as are allowed here";
            return Ok((ReasonCode::QuotaExceeded, why));
        }
        let mut options = wish.options;
        options.qos = options.qos.min(self.config.qos_max); // [MQTT-3.2.2-10]
        self.put_subscription(key, &filter, options, id);
        // Shared subscriptions get nothing of what is kept (section 4.8.2).
        let replay = filter.share().is_none()
            && match options.retain_handling {
                RetainHandling::Send => true,        // [MQTT-3.3.1-9] [MQTT-3.8.4-4]
                RetainHandling::SendIfNew => !known, // [MQTT-3.3.1-10]
                RetainHandling::DoNotSend => false,  // [MQTT-3.3.1-11]
            };
        if replay && !self.retained.is_empty() {
            let session = &mut self.sessions[key.0 as usize];
            // Each SUBSCRIBE has its own, beside one of the same filter that is on its way; but
            // whoever takes nothing and asks again and again costs no more than that.
            if session.replays.len() >= self.config.limits.subscriptions_max {
                session
                    .replays
                    .retain(|replay| *replay.cursor.filter() != filter);
            }
            session.replays.push_back(Replay {
                cursor: Cursor::new(filter.clone()),
                options,
                id,
                until: MessageId(self.last_message),
                given: Vec::new(),
            });
            let last = session.replays.len() - 1;
            self.persist_replay(key, last);
        }
        // Behind the replay: with the subscription recorded alone it would not count as new.
        self.persist_subscription(key, &filter, options, id);
        // [MQTT-3.8.4-7]
        let granted = match options.qos {
            QoS::AtMostOnce => ReasonCode::Success,
            QoS::AtLeastOnce => ReasonCode::GrantedQoS1,
            QoS::ExactlyOnce => ReasonCode::GrantedQoS2,
        };
        Ok((granted, ""))
    }

    /// Makes a subscription or replaces the one with the same filter [MQTT-3.8.4-3].
    pub(super) fn put_subscription(
        &mut self,
        key: SessionKey,
        filter: &Filter,
        options: SubscribeOptions,
        id: Option<u32>,
    ) {
        let session = &mut self.sessions[key.0 as usize];
        match session.subscriptions.get_mut(filter) {
            Some(subscribed) => {
                subscribed.options = options;
                subscribed.id = id;
                if let Place::Own(place) = subscribed.place
                    && let Some(target) = self.index.get_mut(place)
                {
                    target.change(options, id);
                }
            }
            None => {
                let place = match filter.share() {
                    None => Place::Own(
                        self.index
                            .insert(filter, Target::own(key, options, id, filter.clone())),
                    ),
                    Some(_) => Place::Member(self.join_group(filter, key)),
                };
                let subscribed = Subscribed { options, id, place };
                let session = &mut self.sessions[key.0 as usize];
                session.subscription_bytes += filter.full().len();
                session.subscriptions.insert(filter.clone(), subscribed);
            }
        }
    }

    pub(super) fn on_unsubscribe(&mut self, conn: ConnId, unsubscribe: Unsubscribe) {
        let Some(key) = self.conns[conn.slot()].session else {
            return;
        };
        let mut reasons = Vec::with_capacity(unsubscribe.filters.len());
        let mut why = "";
        // One after the other [MQTT-3.10.4-6].
        for text in &unsubscribe.filters {
            let (reason, sentence) = self.unsubscribe(key, text);
            why = if why.is_empty() { sentence } else { why };
            tell!(
                self,
                Event::Unsubscribed {
                    client: self.sessions[key.0 as usize].client_id.as_str(),
                    filter: text.as_str(),
                    reason,
                }
            );
            reasons.push(reason);
        }
        if self.conns[conn.slot()].version != Version::V5 {
            reasons.clear();
        }
        let ack = UnsubAck {
            packet_id: unsubscribe.packet_id, // [MQTT-3.10.4-5]
            properties: explain(why),
            reasons, // [MQTT-3.11.3-1]
        };
        self.answer(conn, Answer::Packet(Box::new(Packet::UnsubAck(ack)))); // [MQTT-3.10.4-4]
    }

    fn unsubscribe(&mut self, key: SessionKey, text: &Utf8) -> (ReasonCode, &'static str) {
        let filter = match Filter::parse(text.clone()) {
            Ok(filter) => filter,
            Err(error) => return (ReasonCode::TopicFilterInvalid, error.sentence()),
        };
        let session = &mut self.sessions[key.0 as usize];
        let Some(subscribed) = session.subscriptions.remove(&filter) else {
            return (ReasonCode::NoSubscriptionExisted, "");
        };
        // What is queued or under way stays so [MQTT-3.10.4-3].
        session.subscription_bytes -= filter.full().len();
        let replays = session.replays.len();
        session
            .replays
            .retain(|replay| *replay.cursor.filter() != filter);
        if session.replays.len() < replays {
            self.unpersist_replay(key, &filter);
        }
        match subscribed.place {
            Place::Own(place) => {
                self.index.remove(place); // [MQTT-3.10.4-2]
            }
            Place::Member(group) => self.leave_group(group, key),
        }
        self.unpersist_subscription(key, &filter);
        (ReasonCode::Success, "")
    }
}

/// A Reason String, which leaves the packet again if the client wants none.
fn explain(why: &'static str) -> Properties {
    let why = Some(why).filter(|why| !why.is_empty());
    why.map(|why| Property::ReasonString(Utf8::from_static(why)))
        .into_iter()
        .collect()
}
