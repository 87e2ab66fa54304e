//! What a store has kept comes back.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::rc::Rc;
use alloc::vec::Vec;

use super::connect::owned;
use super::{Lsn, Node, SessionKey};
use crate::index::Cursor;
use crate::message::{Message, MessageId};
use crate::observe::Observer;
use crate::packet::{PacketId, QoS, SubscribeOptions};
use crate::record::{Item, Key, Progress, Record, Sending};
use crate::session::{Delivery, InFlight, Replay, Session, Stage, SubscriptionIds};
use crate::time::Instant;
use crate::topic::{Filter, Topic, Utf8};

/// What has been read of a store and waits for what it refers to. In order of keys, so that the
/// order in which a store gives them makes no difference.
#[derive(Default)]
struct Restored {
    messages: BTreeMap<u64, Rc<Message>>,
    deliveries: BTreeMap<(Utf8, u64), Kept>,
    subscriptions: BTreeMap<(Utf8, Filter), (SubscribeOptions, Option<u32>)>,
    received: BTreeMap<(Utf8, PacketId), Option<u64>>,
    retained: BTreeMap<Topic, (u64, Option<Utf8>)>,
    replays: BTreeMap<(Utf8, Filter), Replaying>,
    /// Messages of wills that were being said.
    sayings: BTreeSet<u64>,
}

/// A replay as a record has it.
struct Replaying {
    options: SubscribeOptions,
    id: Option<u32>,
    after: Option<Topic>,
    order: u64,
    until: MessageId,
    given: Vec<MessageId>,
}

/// A delivery as a record has it.
struct Kept {
    message: u64,
    qos: QoS,
    retain: bool,
    ids: Vec<u32>,
    shared: Option<Filter>,
    replay: Option<Filter>,
    progress: Progress,
}

impl<O: Observer> Node<O> {
    /// Takes back what a store has kept, in any order, before the first connection. What refers
    /// to something that is not there is left out, and deleted.
    pub fn restore(&mut self, now: Instant, records: impl IntoIterator<Item = Record>) {
        self.begin(now);
        let mut kept = Restored::default();
        let mut sessions = BTreeMap::new();
        for record in records {
            if let Record::Put(item) = record {
                self.restore_item(item, &mut sessions, &mut kept);
            }
        }
        for (client_id, session) in sessions {
            let key = SessionKey(self.sessions.insert(session) as u32);
            self.clients.insert(client_id, key);
            self.charge(key);
        }
        for ((client_id, filter), (options, id)) in core::mem::take(&mut kept.subscriptions) {
            match self.clients.get(client_id.as_str()) {
                Some(&key) => self.put_subscription(key, &filter, options, id),
                None => self.drop_record(Key::Subscription(client_id, filter)),
            }
        }
        self.roll_back(&mut kept);
        let mut given: BTreeMap<(Utf8, Filter), Vec<(u64, MessageId)>> = BTreeMap::new();
        for ((client_id, order), item) in core::mem::take(&mut kept.deliveries) {
            if let Some(filter) = &item.replay {
                let place = (client_id.clone(), filter.clone());
                let one = (order, MessageId(item.message));
                given.entry(place).or_default().push(one);
            }
            let message = kept.messages.get(&item.message).cloned();
            match (self.clients.get(client_id.as_str()), message) {
                (Some(&key), Some(message)) => self.restore_delivery(key, order, item, message),
                _ => self.drop_record(Key::Delivery(client_id, order)),
            }
        }
        for (topic, (number, publisher)) in core::mem::take(&mut kept.retained) {
            match kept.messages.get(&number) {
                Some(message) => self.restore_retained(message.clone(), publisher),
                None => self.drop_record(Key::Retained(topic)),
            }
        }
        for (place, item) in core::mem::take(&mut kept.replays) {
            // The crash may have come after one was put on its way and before that was noted.
            let given = given.remove(&place).unwrap_or_default().into_iter();
            let given = given.filter(|(order, _)| *order > item.order);
            let given = given.map(|(_, message)| message).collect();
            let (client_id, filter) = place;
            match self.clients.get(client_id.as_str()) {
                Some(&key) => self.restore_replay(key, filter, item, given),
                None => self.drop_record(Key::Replay(client_id, filter)),
            }
        }
        for number in kept.messages.into_keys() {
            if self.store.uses.get(&number).is_none() {
                self.drop_record(Key::Message(number));
            }
        }
        let keys: Vec<SessionKey> = self
            .sessions
            .iter()
            .map(|(slot, _)| SessionKey(slot as u32))
            .collect();
        for key in keys {
            self.restart_session(key);
        }
        self.finish();
    }

    fn drop_record(&mut self, key: Key) {
        if self.config.durable {
            self.persist(Record::Delete(key));
        }
    }

    /// Takes out what an input had begun when the crash came: nothing of it was sent.
    fn roll_back(&mut self, kept: &mut Restored) {
        let mut pending = core::mem::take(&mut kept.sayings);
        let mut open = Vec::new();
        for ((client_id, packet_id), message) in core::mem::take(&mut kept.received) {
            match (self.clients.get(client_id.as_str()), message) {
                (Some(&key), None) => {
                    self.sessions[key.0 as usize].received.insert(packet_id);
                }
                (_, message) => {
                    pending.extend(message);
                    open.push(Key::Received(client_id, packet_id));
                }
            }
        }
        // A message that was handed from one member of a group to another is still with both.
        let mut of_group: BTreeMap<(Filter, u64), (Utf8, u64)> = BTreeMap::new();
        let mut gone = Vec::new();
        for (place, item) in &kept.deliveries {
            if pending.contains(&item.message) {
                gone.push(place.clone());
            } else if let Some(filter) = &item.shared {
                let newest = of_group
                    .entry((filter.clone(), item.message))
                    .or_insert_with(|| place.clone());
                let older = if newest.1 < place.1 {
                    core::mem::replace(newest, place.clone())
                } else {
                    place.clone()
                };
                if older != *newest {
                    gone.push(older);
                }
            }
        }
        for place in gone {
            kept.deliveries.remove(&place);
            let (client_id, order) = place;
            self.drop_record(Key::Delivery(client_id, order));
        }
        // Last, so that a crash between these comes back to here.
        for key in open {
            self.drop_record(key);
        }
    }

    fn restore_item(
        &mut self,
        item: Item,
        sessions: &mut BTreeMap<Utf8, Session>,
        kept: &mut Restored,
    ) {
        match item {
            Item::Session {
                client_id,
                version,
                username,
                expiry_secs,
                away_since,
                will,
                saying,
            } => {
                self.last_message = self.last_message.max(saying.unwrap_or(0));
                kept.sayings.extend(saying);
                let mut session = Session::new(owned(&client_id), version);
                session.username = username;
                session.expiry_secs = expiry_secs;
                session.will = will.map(Into::into);
                session.recorded = true;
                session.away_since = away_since.map(|unix| self.clock.instant_at(unix));
                sessions.insert(client_id, session);
            }
            Item::Subscription {
                client_id,
                filter,
                options,
                id,
            } => {
                let place = (client_id, filter);
                kept.subscriptions.insert(place, (options, id));
            }
            Item::Message {
                id,
                topic,
                payload,
                properties,
                qos,
                retain,
                expires,
            } => {
                self.last_message = self.last_message.max(id);
                let message = Message {
                    id: MessageId(id),
                    topic,
                    payload,
                    properties,
                    qos,
                    retain,
                    expires: expires.map(|unix| self.clock.instant_at(unix)),
                };
                kept.messages.insert(id, Rc::new(message));
            }
            Item::Delivery {
                client_id,
                order,
                message,
                qos,
                retain,
                ids,
                shared,
                replay,
                progress,
            } => {
                let item = Kept {
                    message,
                    qos,
                    retain,
                    ids,
                    shared,
                    replay,
                    progress,
                };
                self.store.last_order = self.store.last_order.max(order);
                kept.deliveries.insert((client_id, order), item);
            }
            Item::Received {
                client_id,
                packet_id,
                pending,
            } => {
                let place = (client_id, packet_id);
                kept.received.insert(place, pending);
            }
            Item::Retained {
                topic,
                message,
                publisher,
            } => {
                kept.retained.insert(topic, (message, publisher));
            }
            Item::Replay {
                client_id,
                filter,
                options,
                id,
                after,
                order,
                until,
                given,
            } => {
                self.last_message = self.last_message.max(until);
                self.store.last_order = self.store.last_order.max(order);
                let item = Replaying {
                    options,
                    id,
                    after,
                    order,
                    until: MessageId(until),
                    given: given.into_iter().map(MessageId).collect(),
                };
                kept.replays.insert((client_id, filter), item);
            }
        }
    }

    fn restore_delivery(&mut self, key: SessionKey, order: u64, kept: Kept, message: Rc<Message>) {
        self.count_use(message.id.0);
        let mut ids = SubscriptionIds::None;
        for id in kept.ids {
            ids.add(Some(id));
        }
        let delivery = Delivery {
            message,
            ids,
            qos: kept.qos,
            retain: kept.retain,
            group: kept
                .shared
                .and_then(|filter| self.group_names.get(&filter).copied()),
            order,
            lsn: Lsn(0),
        };
        let session = &mut self.sessions[key.0 as usize];
        let (Sending { packet_id, turn }, stage) = match kept.progress {
            Progress::Queued => {
                self.queue_bytes += delivery.message.cost();
                if kept.replay.is_none() {
                    return session.queue.push(delivery);
                }
                // One that is kept is taken when its turn has come: before all that waits.
                return session.queue.push_kept(delivery);
            }
            Progress::Sent(sending) => (sending, Stage::Publish),
            Progress::Released(sending) => (sending, Stage::Release),
        };
        // [MQTT-4.6.0-1]
        let entry = InFlight {
            packet_id,
            stage,
            sent: true,
            delivery,
        };
        session.window.restore(turn, entry);
    }

    fn restore_replay(
        &mut self,
        key: SessionKey,
        filter: Filter,
        item: Replaying,
        found: Vec<MessageId>,
    ) {
        let session = &mut self.sessions[key.0 as usize];
        if session.subscription(&filter).is_none() {
            let id = session.client_id.clone();
            return self.drop_record(Key::Replay(id, filter));
        }
        let Replaying {
            options,
            id,
            after,
            until,
            mut given,
            ..
        } = item;
        let is_news = !found.is_empty();
        given.extend(found);
        // In the order of their SUBSCRIBEs, as whose turn it is depends on it.
        let later = session.replays.iter().position(|one| one.until > until);
        let at = later.unwrap_or(session.replays.len());
        let replay = Replay {
            cursor: Cursor::after(filter, after),
            options,
            id,
            until,
            given,
        };
        session.replays.insert(at, replay);
        if is_news {
            // Before the delivery is sent, whose record then says nothing of it any more.
            self.persist_replay(key, at);
        }
    }
}
