//! The last word on each topic.

use alloc::rc::Rc;

use super::{Node, TimerKind, tell};
use crate::message::Message;
use crate::node::Lsn;
use crate::observe::{Decision, Event, Observer, RetainedChange};
use crate::packet::QoS;
use crate::policy::Action;
use crate::session::{Delivery, SessionKey, SubscriptionIds};
use crate::time::TimerId;
use crate::topic::{Topic, Utf8};

/// A retained message.
#[derive(Clone, Debug)]
pub(super) struct Kept {
    pub(super) message: Rc<Message>,
    /// Who published it, for No Local.
    pub(super) publisher: Option<Utf8>,
    /// When it expires.
    timer: Option<TimerId>,
}

impl<O: Observer> Node<O> {
    /// Whether one more word on `topic`, which costs `cost` bytes, is within the limits.
    pub(super) fn has_room_to_retain(&self, topic: &Topic, cost: usize) -> bool {
        let limits = &self.config.limits;
        let old = self
            .retained
            .get(topic)
            .map_or(0, |kept| kept.message.cost());
        (old > 0 || self.retained.len() < limits.retained_messages_max)
            && self.retained_bytes - old + cost <= limits.retained_bytes_max
    }

    /// Replaces the word kept on the message's topic, or takes it away.
    pub(super) fn retain(&mut self, message: &Rc<Message>, publisher: Option<Utf8>) {
        let topic = &message.topic;
        if message.payload.is_empty() {
            if let Some(old) = self.retained.remove(topic) {
                self.let_go(&old); // [MQTT-3.3.1-6] [MQTT-3.3.1-7]
                tell!(
                    self,
                    Event::Retained {
                        topic,
                        change: RetainedChange::Cleared,
                        message: message.id
                    }
                );
                self.unpersist_retained(&old.message);
            }
            return;
        }
        if !self.has_room_to_retain(topic, message.cost()) {
            tell!(
                self,
                Event::Retained {
                    topic,
                    change: RetainedChange::Refused,
                    message: message.id
                }
            );
            return;
        }
        self.persist_retained(message, publisher.as_ref());
        let old = self.keep(message.clone(), publisher);
        let change = match old {
            Some(old) => {
                self.let_go(&old);
                self.forget_stored_message(&old.message);
                RetainedChange::Replaced
            }
            None => RetainedChange::Stored,
        };
        tell!(
            self,
            Event::Retained {
                topic,
                change,
                message: message.id
            }
        );
    }

    fn keep(&mut self, message: Rc<Message>, publisher: Option<Utf8>) -> Option<Kept> {
        let topic = message.topic.clone();
        let timer = message.expires.map(|at| {
            self.expiring.insert(message.id.0, topic.clone());
            self.timers.set(at, TimerKind::RetainedExpiry(message.id.0))
        });
        self.retained_bytes += message.cost();
        let kept = Kept {
            message,
            publisher,
            timer,
        };
        self.retained.insert(topic, kept)
    }

    /// Takes back a word that a store has kept.
    pub(super) fn restore_retained(&mut self, message: Rc<Message>, publisher: Option<Utf8>) {
        self.count_use(message.id.0);
        self.keep(message, publisher);
    }

    /// Takes down what a word that is gone was counted for.
    fn let_go(&mut self, old: &Kept) {
        self.retained_bytes -= old.message.cost();
        if let Some(timer) = old.timer {
            self.timers.cancel(timer);
            self.expiring.remove(&old.message.id.0);
        }
    }

    pub(super) fn expire_retained(&mut self, number: u64) {
        let Some(topic) = self.expiring.remove(&number) else {
            return;
        };
        if self
            .retained
            .get(&topic)
            .is_none_or(|kept| kept.message.id.0 != number)
        {
            return; // Replaced since.
        }
        if let Some(old) = self.retained.remove(&topic) {
            self.let_go(&old); // [MQTT-3.3.2-5]
            tell!(
                self,
                Event::Retained {
                    topic: &topic,
                    change: RetainedChange::Expired,
                    message: old.message.id
                }
            );
            self.unpersist_retained(&old.message);
        }
    }

    /// Whether what waits first in the session's queue has to wait until the word that is kept on
    /// its topic was sent, which was said before it [MQTT-4.6.0-6].
    pub(super) fn kept_comes_first(&self, key: SessionKey) -> bool {
        let session = &self.sessions[key.0 as usize];
        if session.queue.is_kept_first() {
            return false; // That is such a word.
        }
        let Some(front) = session.queue.front() else {
            return false;
        };
        let Some(kept) = self.retained.get(&front.message.topic) else {
            return false;
        };
        let mut replays = session.replays.iter();
        replays.any(|replay| {
            kept.message.id <= replay.until
                && replay.until < front.message.id
                && replay.cursor.comes_to(&front.message.topic)
        })
    }

    /// Puts the next retained message that a SUBSCRIBE asked for in front of the session's queue,
    /// where it is sent at once: one at a time, so a slow reader costs no memory.
    pub(super) fn refill(&mut self, key: SessionKey, steps: &mut usize) -> Refill {
        loop {
            let session = &mut self.sessions[key.0 as usize];
            let Some(replay) = session.replays.front_mut() else {
                return Refill::Done;
            };
            let found = self.retained.next(&mut replay.cursor, steps);
            let Some((topic, kept)) = found else {
                if !replay.cursor.is_done() {
                    return Refill::Later;
                }
                if let Some(done) = session.replays.pop_front() {
                    let filter = done.cursor.filter();
                    let mut others = session.replays.iter();
                    if !others.any(|replay| replay.cursor.filter() == filter) {
                        self.unpersist_replay(key, filter);
                    }
                }
                return Refill::Done; // Whose turn it is depends on the next one.
            };
            // What was accepted since the SUBSCRIBE came by itself.
            let own =
                replay.options.no_local && kept.publisher.as_ref() == Some(&session.client_id);
            let given = kept.message.id > replay.until || replay.given.contains(&kept.message.id);
            if given || kept.message.is_expired(self.now) || own {
                continue;
            }
            if self.watch_deliveries {
                let user = session.username.as_ref().map(Utf8::as_str);
                let client = session.client_id.as_str();
                let policy = &self.config.policy;
                if !policy.allows(Action::Deliver, client, user, topic) {
                    continue;
                }
            }
            let mut delivery = Delivery {
                message: kept.message.clone(),
                ids: replay
                    .id
                    .map_or(SubscriptionIds::None, SubscriptionIds::One),
                qos: kept.message.qos.min(replay.options.qos),
                retain: true, // 3.1.1 [MQTT-3.3.1-8]
                group: None,
                order: 0,
                lsn: Lsn(0),
            };
            tell!(
                self,
                Event::Decided {
                    message: delivery.message.id,
                    client: session.client_id.as_str(),
                    decision: Decision::Sent { qos: delivery.qos },
                }
            );
            if session.is_kept() && delivery.qos > QoS::AtMostOnce {
                let replay = session.replays.front();
                let filter = replay.map(|replay| replay.cursor.filter().clone());
                self.persist_delivery(key, &mut delivery, filter.as_ref());
                self.persist_replay(key, 0);
            }
            self.queue_bytes += delivery.message.cost();
            let session = &mut self.sessions[key.0 as usize];
            session.queue.push_kept(delivery);
            return Refill::Next;
        }
    }
}

/// What came of looking for the next retained message of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refill {
    /// It is in front of the queue.
    Next,
    /// One SUBSCRIBE has been given everything.
    Done,
    /// This was enough work for one turn.
    Later,
}
