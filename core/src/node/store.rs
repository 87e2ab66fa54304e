//! What must survive a crash leaves as records and comes back.
//!
//! A packet identifier is recorded before it is used for QoS 2, and an acknowledgement waits for
//! everything recorded before it. Only sessions that outlive their connection are recorded.

use alloc::collections::VecDeque;
use alloc::rc::Rc;
use alloc::vec::Vec;

use super::{ConnId, Lsn, Node, Output, SessionKey, StoreOutcome, share, tell};
use crate::message::{Message, MessageId};
use crate::observe::{Event, Observer};
use crate::packet::{PacketId, QoS, SubscribeOptions};
use crate::record::{Item, Key, Progress, Record, Sending};
use crate::session::{Delivery, Session, Stage};
use crate::time::Instant;
use crate::topic::{Filter, Utf8};
use crate::util::Map;

/// Where the store stands.
#[derive(Clone, Debug)]
pub(super) struct Store {
    last: u64,
    durable: u64,
    /// The last record of each input that made some and is not safe as a whole. What an input
    /// caused leaves when all of its records are safe, so that a crash between two of them is as
    /// if it had never come.
    inputs: VecDeque<u64>,
    /// Connections that wait for records.
    waiting: Vec<ConnId>,
    full: bool,
    pub(super) last_order: u64,
    /// How many deliveries and topics refer to each message that is stored.
    pub(super) uses: Map<u64, u32>,
}

impl Store {
    pub(super) fn new(seed: u64) -> Self {
        Self {
            last: 0,
            durable: 0,
            inputs: VecDeque::new(),
            waiting: Vec::new(),
            full: false,
            last_order: 0,
            uses: Map::new(seed),
        }
    }

    /// The latest record.
    pub(super) fn last(&self) -> Lsn {
        Lsn(self.last)
    }

    /// The latest record that is safe, with all before it and all of the same input.
    pub(super) fn durable(&self) -> Lsn {
        Lsn(self.durable)
    }

    /// The next input begins.
    pub(super) fn begin_input(&mut self) {
        let known = self.inputs.back().copied().unwrap_or(self.durable);
        if self.last > known {
            self.inputs.push_back(self.last);
        }
    }

    /// Records up to `lsn` are safe. True if that lets anything go.
    fn advance(&mut self, lsn: u64) -> bool {
        let before = self.durable;
        while let Some(last) = self.inputs.front().copied().filter(|last| *last <= lsn) {
            self.durable = last;
            self.inputs.pop_front();
        }
        self.durable > before
    }

    /// A connection has something that waits for a record.
    pub(super) fn wait(&mut self, conn: ConnId) {
        self.waiting.push(conn);
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
                self.store.full = false;
                if self.store.advance(lsn.0) {
                    for conn in core::mem::take(&mut self.store.waiting) {
                        if let Some(slot) = self.live(conn) {
                            self.conns[slot].waits = false;
                            self.mark_ready(conn);
                        }
                    }
                }
            }
            StoreOutcome::Failed | StoreOutcome::Full => self.store.full = true,
        }
    }

    pub(super) fn persist(&mut self, record: Record) -> Lsn {
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
        self.put_session(key, None);
    }

    /// Records that a session's will is being said as this message.
    pub(super) fn persist_saying(&mut self, key: SessionKey, message: MessageId) {
        self.put_session(key, Some(message.0));
    }

    fn put_session(&mut self, key: SessionKey, saying: Option<u64>) {
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
            saying,
        };
        self.persist(Record::Put(item));
    }

    /// Deletes the record of a session that ends: what else is recorded of it means nothing from
    /// here on.
    pub(super) fn unpersist_session(&mut self, key: SessionKey) {
        if self.persists(key) {
            let id = self.sessions[key.0 as usize].client_id.clone();
            self.persist(Record::Delete(Key::Session(id)));
        }
    }

    /// Deletes everything else that was recorded of a session that has ended.
    pub(super) fn unpersist_rest(&mut self, session: &Session) {
        if !self.config.durable {
            return;
        }
        let id = &session.client_id;
        let inflight = session.window.iter().map(|entry| &entry.delivery);
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
            for replay in &session.replays {
                let filter = replay.cursor.filter().clone();
                self.persist(Record::Delete(Key::Replay(id.clone(), filter)));
            }
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

    /// Records that a QoS 2 message is being accepted, or that it is.
    pub(super) fn persist_received(
        &mut self,
        key: SessionKey,
        packet_id: PacketId,
        pending: Option<MessageId>,
    ) {
        if self.persists(key) {
            let client_id = self.sessions[key.0 as usize].client_id.clone();
            self.persist(Record::Put(Item::Received {
                client_id,
                packet_id,
                pending: pending.map(|message| message.0),
            }));
        }
    }

    /// Records how far the replay at the front is.
    pub(super) fn persist_replay(&mut self, key: SessionKey, at: usize) {
        let session = &self.sessions[key.0 as usize];
        if !self.persists(key) {
            return;
        }
        let Some(replay) = session.replays.get(at) else {
            return;
        };
        // There is one record for a filter; that of the latest SUBSCRIBE has most to give.
        let filter = replay.cursor.filter();
        let mut later = session.replays.iter().skip(at + 1);
        if later.any(|replay| replay.cursor.filter() == filter) {
            return;
        }
        let item = Item::Replay {
            client_id: session.client_id.clone(),
            filter: filter.clone(),
            options: replay.options,
            id: replay.id,
            after: replay.cursor.last().cloned(),
            order: self.store.last_order,
            until: replay.until.0,
            given: replay.given.iter().map(|message| message.0).collect(),
        };
        self.persist(Record::Put(item));
    }

    pub(super) fn unpersist_replay(&mut self, key: SessionKey, filter: &Filter) {
        if self.persists(key) {
            let id = self.sessions[key.0 as usize].client_id.clone();
            self.persist(Record::Delete(Key::Replay(id, filter.clone())));
        }
    }

    pub(super) fn unpersist_received(&mut self, key: SessionKey, packet_id: PacketId) {
        if self.persists(key) {
            let id = self.sessions[key.0 as usize].client_id.clone();
            self.persist(Record::Delete(Key::Received(id, packet_id)));
        }
    }

    /// Records a delivery that will wait in a kept session, and the filter of the SUBSCRIBE that
    /// it is given for if it was kept.
    pub(super) fn persist_delivery(
        &mut self,
        key: SessionKey,
        delivery: &mut Delivery,
        replay: Option<&Filter>,
    ) {
        if !self.persists(key) {
            return;
        }
        self.use_stored(&delivery.message);
        self.store.last_order += 1;
        delivery.order = self.store.last_order;
        delivery.lsn = self.put_delivery(key, delivery, replay, Progress::Queued);
    }

    /// Records how far a delivery in the window is; for QoS 2 it waits until that is safe.
    pub(super) fn persist_inflight(&mut self, key: SessionKey, number: u64) {
        let window = &self.sessions[key.0 as usize].window;
        let Some(entry) = window.get(number).filter(|e| e.delivery.order > 0).cloned() else {
            return;
        };
        let sending = Sending {
            packet_id: entry.packet_id,
            turn: number,
        };
        let progress = match entry.stage {
            Stage::Publish => Progress::Sent(sending),
            Stage::Release => Progress::Released(sending),
        };
        let lsn = self.put_delivery(key, &entry.delivery, None, progress);
        let window = &mut self.sessions[key.0 as usize].window;
        if entry.delivery.qos == QoS::ExactlyOnce
            && let Some(entry) = window.get_mut(number)
        {
            entry.delivery.lsn = lsn;
        }
    }

    fn put_delivery(
        &mut self,
        key: SessionKey,
        delivery: &Delivery,
        replay: Option<&Filter>,
        progress: Progress,
    ) -> Lsn {
        let shared = delivery
            .group
            .and_then(|group| share::find(&self.groups, group))
            .map(|group| group.filter().clone());
        let item = Item::Delivery {
            client_id: self.sessions[key.0 as usize].client_id.clone(),
            order: delivery.order,
            message: delivery.message.id.0,
            qos: delivery.qos,
            retain: delivery.retain,
            ids: delivery.ids.as_slice().to_vec(),
            shared,
            replay: replay.cloned(),
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

    /// Records a word on a topic. What the broker says of itself is not for its next life.
    pub(super) fn persist_retained(&mut self, message: &Rc<Message>, publisher: Option<&Utf8>) {
        if self.config.durable && publisher.is_some() {
            self.use_stored(message);
            self.persist(Record::Put(Item::Retained {
                topic: message.topic.clone(),
                message: message.id.0,
                publisher: publisher.cloned(),
            }));
        }
    }

    pub(super) fn unpersist_retained(&mut self, message: &Rc<Message>) {
        if self.config.durable && self.store.uses.get(&message.id.0).is_some() {
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

    pub(super) fn count_use(&mut self, number: u64) {
        match self.store.uses.get_mut(&number) {
            Some(uses) => *uses += 1,
            None => {
                self.store.uses.insert(number, 1);
            }
        }
    }
}
