//! Who gets a message, at which QoS, and why not.

use alloc::rc::Rc;

use slab::Slab;

use super::{Node, tell};
use crate::config::{Limits, Overlap, WhenFull};
use crate::connection::Connection;
use crate::message::{Message, MessageId};
use crate::observe::{Decision, Event, Observer, Why};
use crate::packet::{QoS, SubscribeOptions};
use crate::policy::Action;
use crate::session::{Delivery, GroupKey, Queue, Session, SessionKey, SubscriptionIds};
use crate::topic::{Filter, Utf8};

/// What a subscription in the index leads to.
#[derive(Clone, Debug)]
pub(super) enum Target {
    /// One session.
    Own {
        session: SessionKey,
        options: SubscribeOptions,
        id: Option<u32>,
        filter: Filter,
    },
    /// Whoever of a group is picked.
    Group(GroupKey),
}

impl Target {
    pub(super) fn own(
        session: SessionKey,
        options: SubscribeOptions,
        id: Option<u32>,
        filter: Filter,
    ) -> Self {
        Self::Own {
            session,
            options,
            id,
            filter,
        }
    }

    pub(super) fn change(&mut self, new: SubscribeOptions, new_id: Option<u32>) {
        if let Self::Own { options, id, .. } = self {
            (*options, *id) = (new, new_id);
        }
    }
}

/// What one session will be offered of the message that is routed.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    session: SessionKey,
    granted: QoS,
    retain: bool,
    ids: SubscriptionIds,
}

impl<O: Observer> Node<O> {
    /// Gives a message to everybody who asked for it. Returns how many did.
    pub(super) fn route(&mut self, message: &Rc<Message>, from: Option<SessionKey>) -> usize {
        self.last_route += 1;
        let mut matched = core::mem::take(&mut self.matched);
        let mut plans = core::mem::take(&mut self.plans);
        self.index.matches(&message.topic, &mut matched); // [MQTT-3.3.2-3]
        let mut count = 0;
        for key in matched.drain(..) {
            let Some(target) = self.index.get(key) else {
                continue;
            };
            match target {
                Target::Group(group) => {
                    let group = *group;
                    count += usize::from(self.offer_to_group(group, message));
                }
                Target::Own {
                    session,
                    options,
                    id,
                    filter,
                } => {
                    let state = &mut self.sessions[session.0 as usize];
                    tell!(
                        self,
                        Event::Matched {
                            message: message.id,
                            client: state.client_id.as_str(),
                            filter,
                            granted: options.qos,
                        }
                    );
                    if options.no_local && from == Some(*session) {
                        tell!(
                            self,
                            Event::Decided {
                                message: message.id,
                                client: state.client_id.as_str(),
                                decision: Decision::Dropped(Why::NoLocal), // [MQTT-3.8.3-3]
                            }
                        );
                        continue;
                    }
                    // [MQTT-3.3.1-12] [MQTT-3.3.1-13]
                    let retain = options.retain_as_published && message.retain;
                    let merge =
                        self.config.overlap == Overlap::Once && state.plan.0 == self.last_route;
                    if merge && let Some(plan) = plans.get_mut(state.plan.1 as usize) {
                        plan.granted = plan.granted.max(options.qos); // [MQTT-3.3.4-2]
                        plan.retain |= retain;
                        plan.ids.add(*id); // [MQTT-3.3.4-3] [MQTT-3.3.4-4]
                        continue;
                    }
                    state.plan = (self.last_route, plans.len() as u32);
                    plans.push(Plan {
                        session: *session,
                        granted: options.qos,
                        retain,
                        ids: id.map_or(SubscriptionIds::None, SubscriptionIds::One), // [MQTT-3.3.4-5]
                    });
                }
            }
        }
        count += plans.len();
        let lsn = self.onward_after(message);
        for plan in plans.drain(..) {
            let delivery = Delivery {
                message: message.clone(),
                ids: plan.ids,
                qos: message.qos.min(plan.granted), // [MQTT-3.8.4-8]
                retain: plan.retain,
                group: None,
                order: 0,
                lsn,
            };
            self.offer(plan.session, delivery); // [MQTT-4.5.0-1]
        }
        (self.matched, self.plans) = (matched, plans);
        count
    }

    /// Offers a message to a session: it will be sent, waits, or is dropped for a reason.
    pub(super) fn offer(&mut self, key: SessionKey, mut delivery: Delivery) {
        let dropped = self.reason_to_drop(key, &delivery);
        if O::ACTIVE && self.armed {
            self.tell_decided(key, delivery.message.id, delivery.qos, dropped);
        }
        if let Some(why) = dropped {
            return self.not_taken(key, why);
        }
        if delivery.qos > QoS::AtMostOnce && self.sessions[key.0 as usize].is_kept() {
            self.persist_delivery(key, &mut delivery, None);
        }
        self.queue_bytes += delivery.message.cost();
        let session = &mut self.sessions[key.0 as usize];
        session.queue.push(delivery);
        if let Some(conn) = session.conn {
            self.mark_ready(conn);
        }
    }

    /// Apart, because where nobody watches its place in the middle of a delivery has a price.
    #[cold]
    #[inline(never)]
    fn tell_decided(
        &mut self,
        key: SessionKey,
        message: MessageId,
        qos: QoS,
        dropped: Option<Why>,
    ) {
        let session = &self.sessions[key.0 as usize];
        let decision = match dropped {
            Some(why) => Decision::Dropped(why),
            None => prospect(session, &self.conns, qos),
        };
        let client = session.client_id.as_str();
        tell!(
            self,
            Event::Decided {
                message,
                client,
                decision,
            }
        );
    }

    fn not_taken(&mut self, key: SessionKey, why: Why) {
        self.stats.messages_dropped += 1;
        if why == Why::QueueFull
            && self.config.limits.when_full == WhenFull::Disconnect
            && let Some(conn) = self.sessions[key.0 as usize].conn
        {
            self.crowded.push_back(conn);
        }
    }

    fn reason_to_drop(&mut self, key: SessionKey, delivery: &Delivery) -> Option<Why> {
        let session = &self.sessions[key.0 as usize];
        let cost = delivery.message.cost();
        if self.watch_deliveries && !self.may_have(key, &delivery.message) {
            return Some(Why::Forbidden);
        }
        if session.conn.is_none() && delivery.qos == QoS::AtMostOnce {
            return Some(Why::AwayAtQoS0);
        }
        let limits = &self.config.limits;
        if self.queue_bytes + cost > limits.queue_bytes_total_max {
            return Some(Why::MemoryFull);
        }
        if is_crowded(&session.queue, cost, limits) && !self.make_room(key, delivery.qos, cost) {
            return Some(Why::QueueFull);
        }
        None
    }

    /// Whether access rules let a session have a message.
    fn may_have(&self, key: SessionKey, message: &Message) -> bool {
        let session = &self.sessions[key.0 as usize];
        let user = session.username.as_ref().map(Utf8::as_str);
        let (client, topic) = (session.client_id.as_str(), &message.topic);
        let policy = &self.config.policy;
        !self.watch_deliveries || policy.allows(Action::Deliver, client, user, topic)
    }

    /// Whether a session would take a message at this QoS, and nothing would have to give way.
    pub(super) fn would_take(&self, key: SessionKey, message: &Message, qos: QoS) -> bool {
        let limits = &self.config.limits;
        let session = &self.sessions[key.0 as usize];
        let cost = message.cost();
        (session.conn.is_some() || qos > QoS::AtMostOnce)
            && self.queue_bytes + cost <= limits.queue_bytes_total_max
            && !is_crowded(&session.queue, cost, limits)
            && self.may_have(key, message)
    }

    /// Makes room in a session's queue for a message, by its limits and the policy. False if that
    /// message has to give way itself.
    fn make_room(&mut self, key: SessionKey, qos: QoS, cost: usize) -> bool {
        let oldest_first = self.config.limits.when_full == WhenFull::DropOldest;
        loop {
            let queue = &mut self.sessions[key.0 as usize].queue;
            if !is_crowded(queue, cost, &self.config.limits) {
                return true;
            }
            let gone = match qos {
                QoS::AtMostOnce if !oldest_first => None,
                QoS::AtMostOnce => queue.give_way(false),
                _ => queue.give_way(oldest_first),
            };
            let Some(gone) = gone else { return false };
            self.queue_bytes -= gone.message.cost();
            self.drop_unsent(key, &gone, Why::QueueFull);
        }
    }
}

/// What will become of a message that a session takes.
fn prospect(session: &Session, conns: &Slab<Connection>, qos: QoS) -> Decision {
    let at_once = session.conn.is_some_and(|conn| {
        session.queue.is_empty() && session.window.len() < usize::from(conns[conn.slot()].window)
    });
    match at_once {
        true => Decision::Sent { qos },
        false => Decision::Queued { qos },
    }
}

/// Whether a queue has no room for a message of so many bytes.
fn is_crowded(queue: &Queue, cost: usize, limits: &Limits) -> bool {
    queue.len() >= limits.queue_messages_max
        || (queue.bytes() + cost > limits.queue_bytes_max && !queue.is_empty())
}
