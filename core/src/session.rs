//! One client across its connections: subscriptions, windows, queue, will.

mod window;

pub(crate) use window::{InFlight, Next, Stage, Window};

use alloc::boxed::Box;
use alloc::collections::{BTreeMap, BTreeSet, VecDeque};
use alloc::rc::Rc;
use alloc::vec::Vec;

use crate::index::{Cursor, SubKey};
use crate::message::{Message, MessageId};
use crate::node::{ConnId, Lsn};
use crate::packet::{PacketId, QoS, SubscribeOptions, Version, Will};
use crate::time::{Instant, TimerId};
use crate::topic::{Filter, Utf8};

/// Names a session inside one node. Given again after the session ended, so whatever holds one
/// is cleaned up with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SessionKey(pub(crate) u32);

/// Names a shared subscription's group inside one node: a slot, and how many groups there were
/// before. What waits in a session may name a group that is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct GroupKey {
    pub(crate) slot: u32,
    pub(crate) generation: u32,
}

/// Session Expiry Interval of a session that never ends.
pub(crate) const NEVER: u32 = u32::MAX;

#[derive(Clone, Debug)]
pub(crate) struct Session {
    pub(crate) client_id: Utf8,
    pub(crate) username: Option<Utf8>,
    pub(crate) version: Version,
    pub(crate) conn: Option<ConnId>,
    pub(crate) expiry_secs: u32,
    /// What it is charged for, in bytes.
    pub(crate) charged: usize,
    /// The store knows of it.
    pub(crate) recorded: bool,
    /// When the last connection ended; nothing while there is one.
    pub(crate) away_since: Option<Instant>,
    /// Set while there is no connection.
    pub(crate) expiry_timer: Option<TimerId>,
    pub(crate) will: Option<Box<Will>>,
    pub(crate) will_timer: Option<TimerId>,
    pub(crate) subscriptions: BTreeMap<Filter, Subscribed>,
    /// Bytes of their filters.
    pub(crate) subscription_bytes: usize,
    pub(crate) queue: Queue,
    pub(crate) window: Window,
    /// QoS 2 messages received and not released.
    pub(crate) received: BTreeSet<PacketId>,
    pub(crate) replays: VecDeque<Replay>,
    /// A live message went last, so that what is kept has its turn.
    pub(crate) replay_next: bool,
    /// The plan a routing in progress has for this session, to merge overlapping subscriptions.
    pub(crate) plan: (u64, u32),
}

/// A subscription as its session knows it.
#[derive(Clone, Debug)]
pub(crate) struct Subscribed {
    pub(crate) options: SubscribeOptions,
    pub(crate) id: Option<u32>,
    pub(crate) place: Place,
}

/// Where a subscription stands in the index.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Place {
    Own(SubKey),
    Member(GroupKey),
}

/// A message on its way to one session: a reference and a few bytes.
#[derive(Clone, Debug)]
pub(crate) struct Delivery {
    pub(crate) message: Rc<Message>,
    pub(crate) ids: SubscriptionIds,
    pub(crate) qos: QoS,
    pub(crate) retain: bool,
    /// The group that picked this session for it.
    pub(crate) group: Option<GroupKey>,
    /// Its record's key among the session's deliveries; 0 without one.
    pub(crate) order: u64,
    /// The record it waits for before it may leave.
    pub(crate) lsn: Lsn,
}

/// Subscription identifiers of the subscriptions that matched.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum SubscriptionIds {
    #[default]
    None,
    One(u32),
    Many(Rc<[u32]>),
}

impl SubscriptionIds {
    pub(crate) fn as_slice(&self) -> &[u32] {
        match self {
            Self::None => &[],
            Self::One(id) => core::slice::from_ref(id),
            Self::Many(ids) => ids,
        }
    }

    pub(crate) fn add(&mut self, id: Option<u32>) {
        let Some(id) = id else { return };
        *self = match core::mem::take(self) {
            Self::None => Self::One(id),
            Self::One(first) => Self::Many([first, id].into()),
            Self::Many(ids) => Self::Many(ids.iter().copied().chain([id]).collect()),
        };
    }
}

/// Retained messages still to be given for one SUBSCRIBE.
#[derive(Clone, Debug)]
pub(crate) struct Replay {
    pub(crate) cursor: Cursor,
    pub(crate) options: SubscribeOptions,
    pub(crate) id: Option<u32>,
    /// Messages accepted later than this arrive by themselves.
    pub(crate) until: MessageId,
    /// Messages that were found on their way when a store gave this back.
    pub(crate) given: Vec<MessageId>,
}

/// What waits to enter the window, first in first out: a message of QoS 0 does not overtake one
/// of QoS 1 that waits.
#[derive(Clone, Debug, Default)]
pub(crate) struct Queue {
    waiting: VecDeque<Delivery>,
    bytes: usize,
    at_most_once: usize,
    kept_first: bool,
}

impl Queue {
    pub(crate) fn push(&mut self, delivery: Delivery) {
        self.count(&delivery);
        self.waiting.push_back(delivery); // [MQTT-4.6.0-5] [MQTT-4.6.0-6]
    }

    /// For what is kept and is to be sent next, whatever waits.
    pub(crate) fn push_kept(&mut self, delivery: Delivery) {
        self.count(&delivery);
        self.waiting.push_front(delivery);
        self.kept_first = true;
    }

    /// Whether the front is there as what is kept.
    pub(crate) fn is_kept_first(&self) -> bool {
        self.kept_first
    }

    pub(crate) fn pop(&mut self) -> Option<Delivery> {
        let delivery = self.waiting.pop_front()?;
        self.kept_first = false;
        self.discount(&delivery);
        if self.waiting.is_empty() && self.waiting.capacity() > 64 {
            self.waiting = VecDeque::new();
        }
        Some(delivery)
    }

    pub(crate) fn front(&self) -> Option<&Delivery> {
        self.waiting.front()
    }

    /// Takes out what should give way first: the oldest of QoS 0, or with `any` the oldest.
    pub(crate) fn give_way(&mut self, any: bool) -> Option<Delivery> {
        let at = match self.at_most_once {
            0 if any => 0,
            0 => return None,
            _ => self
                .waiting
                .iter()
                .position(|delivery| delivery.qos == QoS::AtMostOnce)?,
        };
        let delivery = self.waiting.remove(at)?;
        self.kept_first &= at > 0;
        self.discount(&delivery);
        Some(delivery)
    }

    /// Takes out everything that `wanted` chooses, in order.
    pub(crate) fn take_where(&mut self, wanted: impl Fn(&Delivery) -> bool) -> Vec<Delivery> {
        if !self.waiting.iter().any(&wanted) {
            return Vec::new();
        }
        self.kept_first &= self.front().is_some_and(|first| !wanted(first));
        let (taken, kept): (Vec<_>, VecDeque<_>) =
            core::mem::take(&mut self.waiting).into_iter().fold(
                (Vec::new(), VecDeque::new()),
                |(mut taken, mut kept), delivery| {
                    if wanted(&delivery) {
                        taken.push(delivery);
                    } else {
                        kept.push_back(delivery);
                    }
                    (taken, kept)
                },
            );
        self.waiting = kept;
        for delivery in &taken {
            self.discount(delivery);
        }
        taken
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Delivery> {
        self.waiting.iter()
    }

    pub(crate) fn len(&self) -> usize {
        self.waiting.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    fn count(&mut self, delivery: &Delivery) {
        self.bytes += delivery.message.cost();
        self.at_most_once += usize::from(delivery.qos == QoS::AtMostOnce);
    }

    fn discount(&mut self, delivery: &Delivery) {
        self.bytes -= delivery.message.cost();
        self.at_most_once -= usize::from(delivery.qos == QoS::AtMostOnce);
    }
}

impl Session {
    pub(crate) fn new(client_id: Utf8, version: Version) -> Self {
        Self {
            client_id,
            username: None,
            version,
            conn: None,
            expiry_secs: 0,
            charged: 0,
            recorded: false,
            away_since: None,
            expiry_timer: None,
            will: None,
            will_timer: None,
            subscriptions: BTreeMap::new(),
            subscription_bytes: 0,
            queue: Queue::default(),
            window: Window::default(),
            received: BTreeSet::new(),
            replays: VecDeque::new(),
            replay_next: false,
            plan: (0, 0),
        }
    }

    /// Bytes that it keeps of its own, beside what waits for it.
    pub(crate) fn cost(&self) -> usize {
        let username = self.username.as_ref().map_or(0, |name| name.len());
        let will = self.will.as_ref().map_or(0, |will| will_cost(will));
        self.client_id.len() + username + will
    }

    /// Whether it stays when its connection ends.
    pub(crate) fn is_kept(&self) -> bool {
        self.expiry_secs > 0
    }

    /// The subscription's options that a stored deadline refers to.
    pub(crate) fn subscription(&self, filter: &Filter) -> Option<&Subscribed> {
        self.subscriptions.get(filter)
    }

    /// When the session ends if its client stays away.
    pub(crate) fn ends_at(&self) -> Option<Instant> {
        let secs = core::time::Duration::from_secs(self.expiry_secs.into());
        match self.expiry_secs {
            NEVER => None,
            _ => self.away_since.map(|since| since + secs),
        }
    }
}

/// Bytes of a will.
pub(crate) fn will_cost(will: &Will) -> usize {
    will.topic.as_str().len() + will.payload.len() + will.properties.raw().len()
}
