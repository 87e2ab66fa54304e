//! What must survive a crash leaves as records and comes back.
//!
//! A packet identifier is recorded before it is used for QoS 2, and an acknowledgement waits for
//! everything recorded before it. Only sessions that outlive their connection are recorded.

use alloc::collections::BTreeMap;
use alloc::rc::Rc;
use alloc::vec::Vec;

use super::connect::owned;
use super::{Lsn, Node, Output, SessionKey, StoreOutcome, tell};
use crate::message::{Message, MessageId};
use crate::observe::{Event, Observer};
use crate::packet::{PacketId, QoS, SubscribeOptions};
use crate::record::{Item, Key, Progress, Record};
use crate::session::{Delivery, InFlight, Session, Stage, SubscriptionIds};
use crate::time::Instant;
use crate::topic::{Filter, Utf8};
use crate::util::Map;

/// Where the store stands.
#[derive(Clone, Debug)]
pub(super) struct Store {
    last: u64,
    durable: u64,
    full: bool,
    last_order: u64,
    /// How many deliveries and topics refer to each message that is stored.
    uses: Map<u64, u32>,
}

impl Store {
    pub(super) fn new(seed: u64) -> Self {
        Self {
            last: 0,
            durable: 0,
            full: false,
            last_order: 0,
            uses: Map::new(seed),
        }
    }

    /// The latest record.
    pub(super) fn last(&self) -> Lsn {
        Lsn(self.last)
    }

    /// The latest record that is safe, with all before it.
    pub(super) fn durable(&self) -> Lsn {
        Lsn(self.durable)
    }

    pub(super) fn is_settled(&self) -> bool {
        self.durable == self.last
    }

    pub(super) fn is_full(&self) -> bool {
        self.full
    }
}

impl<O: Observer> Node<O> {
    /// What became of records that left by [`Output::Persist`].
    pub fn handle_store(&mut self, now: Instant, outcome: StoreOutcome) {
        self.begin(now);
        match outcome {
            StoreOutcome::Durable(lsn) => {
                self.store.durable = self.store.durable.max(lsn.0.min(self.store.last));
                self.store.full = false;
                self.wake_waiting();
            }
            StoreOutcome::Failed | StoreOutcome::Full => self.store.full = true,
        }
    }

    fn persist(&mut self, record: Record) -> Lsn {
        self.store.last += 1;
        let lsn = Lsn(self.store.last);
        tell!(self, Event::Record { lsn });
        self.outputs.push_back(Output::Persist { lsn, record });
        lsn
    }

    fn persists(&self, key: SessionKey) -> bool {
        self.config.durable && self.sessions[key.0 as usize].recorded
    }

    /// What an onward delivery of a message waits for: of QoS 2, the record of its arrival.
    pub(super) fn onward_after(&self, message: &Message) -> Lsn {
        match message.qos {
            QoS::ExactlyOnce => self.store.last(),
            _ => Lsn(0),
        }
    }

    pub(super) fn persist_session(&mut self, key: SessionKey) {
        let session = &mut self.sessions[key.0 as usize];
        if !self.config.durable || !(session.recorded || session.is_kept()) {
            return;
        }
        session.recorded = true;
        let away_since = session.away_since.map(|at| self.clock.unix_at(at));
        let item = Item::Session {
            client_id: session.client_id.clone(),
            version: session.version,
            username: session.username.clone(),
            expiry_secs: session.expiry_secs,
            away_since,
            will: session.will.as_deref().cloned(),
        };
        self.persist(Record::Put(item));
    }

    /// Deletes everything recorded of a session that has ended.
    pub(super) fn unpersist_session(&mut self, session: &Session) {
        if !self.config.durable {
            return;
        }
        let id = &session.client_id;
        let inflight = session.inflight.iter().map(|entry| &entry.delivery);
        for delivery in inflight.chain(session.queue.iter()) {
            if delivery.order > 0 {
                self.persist(Record::Delete(Key::Delivery(id.clone(), delivery.order)));
                self.unuse(&delivery.message);
            }
        }
        if session.recorded {
            for packet_id in &session.received {
                self.persist(Record::Delete(Key::Received(id.clone(), *packet_id)));
            }
            self.persist(Record::Delete(Key::Session(id.clone())));
        }
    }

    pub(super) fn persist_subscription(
        &mut self,
        key: SessionKey,
        filter: &Filter,
        options: SubscribeOptions,
        id: Option<u32>,
    ) {
        if self.persists(key) {
            let client_id = self.sessions[key.0 as usize].client_id.clone();
            let filter = filter.clone();
            self.persist(Record::Put(Item::Subscription {
                client_id,
                filter,
                options,
                id,
            }));
        }
    }

    pub(super) fn unpersist_subscription(&mut self, key: SessionKey, filter: &Filter) {
        if self.persists(key) {
            let id = self.sessions[key.0 as usize].client_id.clone();
            self.persist(Record::Delete(Key::Subscription(id, filter.clone())));
        }
    }

    pub(super) fn persist_received(&mut self, key: SessionKey, packet_id: PacketId) {
        if self.persists(key) {
            let client_id = self.sessions[key.0 as usize].client_id.clone();
            self.persist(Record::Put(Item::Received {
                client_id,
                packet_id,
            }));
        }
    }

    pub(super) fn unpersist_received(&mut self, key: SessionKey, packet_id: PacketId) {
        if self.persists(key) {
            let id = self.sessions[key.0 as usize].client_id.clone();
            self.persist(Record::Delete(Key::Received(id, packet_id)));
        }
    }

    /// Records a delivery that will wait in a kept session.
    pub(super) fn persist_delivery(&mut self, key: SessionKey, delivery: &mut Delivery) {
        if !self.persists(key) {
            return;
        }
        self.use_stored(&delivery.message);
        self.store.last_order += 1;
        delivery.order = self.store.last_order;
        delivery.lsn = self.put_delivery(key, delivery, Progress::Queued);
    }

    /// Records how far a delivery in the window is; for QoS 2 it waits until that is safe.
    pub(super) fn persist_inflight(&mut self, key: SessionKey, at: usize) {
        let entry = self.sessions[key.0 as usize].inflight[at].clone();
        if entry.delivery.order == 0 {
            return;
        }
        let progress = match entry.stage {
            Stage::Publish => Progress::Sent(entry.packet_id),
            Stage::Release => Progress::Released(entry.packet_id),
        };
        let lsn = self.put_delivery(key, &entry.delivery, progress);
        if entry.delivery.qos == QoS::ExactlyOnce {
            self.sessions[key.0 as usize].inflight[at].delivery.lsn = lsn;
        }
    }

    fn put_delivery(&mut self, key: SessionKey, delivery: &Delivery, progress: Progress) -> Lsn {
        let shared = delivery
            .group
            .and_then(|group| self.groups.get(group.0 as usize))
            .map(|group| group.filter().clone());
        let item = Item::Delivery {
            client_id: self.sessions[key.0 as usize].client_id.clone(),
            order: delivery.order,
            message: delivery.message.id.0,
            qos: delivery.qos,
            retain: delivery.retain,
            ids: delivery.ids.as_slice().to_vec(),
            shared,
            progress,
        };
        self.persist(Record::Put(item))
    }

    pub(super) fn unpersist_delivery(&mut self, key: SessionKey, delivery: &Delivery) {
        if delivery.order > 0 {
            let id = self.sessions[key.0 as usize].client_id.clone();
            self.persist(Record::Delete(Key::Delivery(id, delivery.order)));
            self.unuse(&delivery.message);
        }
    }

    pub(super) fn persist_retained(&mut self, message: &Rc<Message>, publisher: Option<&Utf8>) {
        if self.config.durable {
            self.use_stored(message);
            self.persist(Record::Put(Item::Retained {
                topic: message.topic.clone(),
                message: message.id.0,
                publisher: publisher.cloned(),
            }));
        }
    }

    pub(super) fn unpersist_retained(&mut self, message: &Rc<Message>) {
        if self.config.durable {
            self.persist(Record::Delete(Key::Retained(message.topic.clone())));
            self.unuse(message);
        }
    }

    /// A retained message was replaced by another under the same key.
    pub(super) fn forget_stored_message(&mut self, message: &Rc<Message>) {
        if self.config.durable {
            self.unuse(message);
        }
    }

    fn use_stored(&mut self, message: &Rc<Message>) {
        if let Some(uses) = self.store.uses.get_mut(&message.id.0) {
            *uses += 1;
            return;
        }
        self.store.uses.insert(message.id.0, 1);
        let item = Item::Message {
            id: message.id.0,
            topic: message.topic.clone(),
            payload: message.payload.clone(),
            properties: message.properties.clone(),
            qos: message.qos,
            retain: message.retain,
            expires: message.expires.map(|at| self.clock.unix_at(at)),
        };
        self.persist(Record::Put(item));
    }

    fn unuse(&mut self, message: &Rc<Message>) {
        if let Some(uses) = self.store.uses.get_mut(&message.id.0) {
            *uses -= 1;
            if *uses == 0 {
                self.store.uses.remove(&message.id.0);
                self.persist(Record::Delete(Key::Message(message.id.0)));
            }
        }
    }

    /// Takes back what a store has kept, in any order, before the first connection. What refers
    /// to something that is not there is left out.
    pub fn restore(&mut self, now: Instant, records: impl IntoIterator<Item = Record>) {
        self.begin(now);
        let mut kept = Restored::default();
        for record in records {
            if let Record::Put(item) = record {
                self.restore_item(item, &mut kept);
            }
        }
        for (client_id, filter, options, id) in kept.subscriptions {
            if let Some(&key) = self.clients.get(client_id.as_str()) {
                self.put_subscription(key, &filter, options, id);
            }
        }
        for ((client_id, order), item) in kept.deliveries {
            let message = kept.messages.get(&item.message);
            if let (Some(&key), Some(message)) = (self.clients.get(client_id.as_str()), message) {
                self.restore_delivery(key, order, item, message.clone());
            }
        }
        for (topic, (number, publisher)) in kept.retained {
            if let Some(message) = kept.messages.get(&number) {
                debug_assert_eq!(topic, message.topic);
                self.restore_retained(message.clone(), publisher);
            }
        }
        for (client_id, packet_id) in kept.received {
            if let Some(&key) = self.clients.get(client_id.as_str()) {
                self.sessions[key.0 as usize].received.insert(packet_id);
            }
        }
        let unused: Vec<u64> = kept
            .messages
            .into_keys()
            .filter(|number| self.store.uses.get(number).is_none())
            .collect();
        if self.config.durable {
            for number in unused {
                self.persist(Record::Delete(Key::Message(number)));
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
    }

    fn restore_item(&mut self, item: Item, kept: &mut Restored) {
        match item {
            Item::Session {
                client_id,
                version,
                username,
                expiry_secs,
                away_since,
                will,
            } => {
                let mut session = Session::new(owned(&client_id), version);
                session.username = username;
                session.expiry_secs = expiry_secs;
                session.will = will.map(Into::into);
                session.recorded = true;
                session.away_since = away_since.map(|unix| self.clock.instant_at(unix));
                let key = SessionKey(self.sessions.insert(session) as u32);
                self.clients.insert(client_id, key);
            }
            Item::Subscription {
                client_id,
                filter,
                options,
                id,
            } => kept.subscriptions.push((client_id, filter, options, id)),
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
                progress,
            } => {
                let item = Kept {
                    message,
                    qos,
                    retain,
                    ids,
                    shared,
                    progress,
                };
                self.store.last_order = self.store.last_order.max(order);
                kept.deliveries.insert((client_id, order), item);
            }
            Item::Received {
                client_id,
                packet_id,
            } => kept.received.push((client_id, packet_id)),
            Item::Retained {
                topic,
                message,
                publisher,
            } => {
                kept.retained.insert(topic, (message, publisher));
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
        let (packet_id, stage) = match kept.progress {
            Progress::Queued => {
                self.queue_bytes += delivery.message.cost();
                return session.queue.push(delivery);
            }
            Progress::Sent(packet_id) => (packet_id, Stage::Publish),
            Progress::Released(packet_id) => (packet_id, Stage::Release),
        };
        session.inflight.push_back(InFlight {
            packet_id,
            stage,
            sent: true,
            delivery,
        });
    }

    pub(super) fn count_use(&mut self, number: u64) {
        match self.store.uses.get_mut(&number) {
            Some(uses) => *uses += 1,
            None => {
                self.store.uses.insert(number, 1);
            }
        }
    }
}

/// What has been read of a store and waits for what it refers to.
#[derive(Default)]
struct Restored {
    messages: BTreeMap<u64, Rc<Message>>,
    deliveries: BTreeMap<(Utf8, u64), Kept>,
    subscriptions: Vec<(Utf8, Filter, SubscribeOptions, Option<u32>)>,
    received: Vec<(Utf8, PacketId)>,
    retained: BTreeMap<crate::topic::Topic, (u64, Option<Utf8>)>,
}

/// A delivery as a record has it.
struct Kept {
    message: u64,
    qos: QoS,
    retain: bool,
    ids: Vec<u32>,
    shared: Option<Filter>,
    progress: Progress,
}
