//! One client across its connections: subscriptions, windows, queue, will.

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

/// Names a shared subscription's group inside one node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct GroupKey(pub(crate) u32);

/// Session Expiry Interval of a session that never ends.
pub(crate) const NEVER: u32 = u32::MAX;

#[derive(Clone, Debug)]
pub(crate) struct Session {
    pub(crate) client_id: Utf8,
    pub(crate) username: Option<Utf8>,
    pub(crate) version: Version,
    pub(crate) conn: Option<ConnId>,
    pub(crate) expiry_secs: u32,
    /// The store knows of it.
    pub(crate) recorded: bool,
    /// When the last connection ended; nothing while there is one.
    pub(crate) away_since: Option<Instant>,
    /// Set while there is no connection.
    pub(crate) expiry_timer: Option<TimerId>,
    pub(crate) will: Option<Box<Will>>,
    pub(crate) will_timer: Option<TimerId>,
    pub(crate) subscriptions: BTreeMap<Filter, Subscribed>,
    pub(crate) queue: Queue,
    /// What the client has not acknowledged for good, in the order of first sending.
    pub(crate) inflight: VecDeque<InFlight>,
    /// How many of `inflight`, from the front, have been sent on this connection; the others
    /// have yet to be.
    pub(crate) done: usize,
    next_id: u16,
    /// QoS 2 messages received and not released.
    pub(crate) received: BTreeSet<PacketId>,
    pub(crate) replays: VecDeque<Replay>,
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

/// A delivery that has a packet identifier.
#[derive(Clone, Debug)]
pub(crate) struct InFlight {
    pub(crate) packet_id: PacketId,
    pub(crate) stage: Stage,
    /// Whether the client may have seen it: sent again, it carries DUP.
    pub(crate) sent: bool,
    pub(crate) delivery: Delivery,
}

/// How far an acknowledged delivery has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    /// PUBLISH sent; PUBACK or PUBREC awaited.
    Publish,
    /// PUBREC came; PUBCOMP awaited.
    Release,
}

/// Retained messages still to be given for one SUBSCRIBE.
#[derive(Clone, Debug)]
pub(crate) struct Replay {
    pub(crate) cursor: Cursor,
    pub(crate) options: SubscribeOptions,
    pub(crate) id: Option<u32>,
    /// Messages accepted later than this arrive by themselves.
    pub(crate) until: MessageId,
}

/// What waits to enter the window, first in first out: a message of QoS 0 does not overtake one
/// of QoS 1 that waits.
#[derive(Clone, Debug, Default)]
pub(crate) struct Queue {
    waiting: VecDeque<Delivery>,
    bytes: usize,
    at_most_once: usize,
}

impl Queue {
    pub(crate) fn push(&mut self, delivery: Delivery) {
        self.count(&delivery);
        self.waiting.push_back(delivery);
    }

    pub(crate) fn pop(&mut self) -> Option<Delivery> {
        let delivery = self.waiting.pop_front()?;
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
        self.discount(&delivery);
        Some(delivery)
    }

    /// Takes out everything that `wanted` chooses, in order.
    pub(crate) fn take_where(&mut self, wanted: impl Fn(&Delivery) -> bool) -> Vec<Delivery> {
        if !self.waiting.iter().any(&wanted) {
            return Vec::new();
        }
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
            recorded: false,
            away_since: None,
            expiry_timer: None,
            will: None,
            will_timer: None,
            subscriptions: BTreeMap::new(),
            queue: Queue::default(),
            inflight: VecDeque::new(),
            done: 0,
            next_id: 0,
            received: BTreeSet::new(),
            replays: VecDeque::new(),
            plan: (0, 0),
        }
    }

    /// Whether it stays when its connection ends.
    pub(crate) fn is_kept(&self) -> bool {
        self.expiry_secs > 0
    }

    /// A packet identifier that is not in use [MQTT-2.2.1-4].
    pub(crate) fn free_id(&mut self) -> Option<PacketId> {
        if self.inflight.len() >= usize::from(u16::MAX) {
            return None;
        }
        loop {
            self.next_id = self.next_id.checked_add(1).unwrap_or(1);
            let id = PacketId::new(self.next_id).expect("invariant: it wraps to 1");
            // The window is short and its oldest entry is the likeliest to be in the way.
            if !self.inflight.iter().any(|entry| entry.packet_id == id) {
                return Some(id);
            }
        }
    }

    /// The place of an identifier among the deliveries in flight; the front first, because
    /// clients answer in order [MQTT-4.6.0-2].
    pub(crate) fn find(&self, id: PacketId) -> Option<usize> {
        self.inflight.iter().position(|entry| entry.packet_id == id)
    }

    /// Takes a delivery out of the window.
    pub(crate) fn complete(&mut self, at: usize) -> Option<InFlight> {
        let entry = self.inflight.remove(at)?;
        if at < self.done {
            self.done -= 1;
        }
        Some(entry)
    }

    /// Puts a delivery into the window, to be sent next.
    pub(crate) fn enter(&mut self, packet_id: PacketId, delivery: Delivery) -> usize {
        self.inflight.push_back(InFlight {
            packet_id,
            stage: Stage::Publish,
            sent: false,
            delivery,
        });
        self.inflight.len() - 1
    }

    /// A new connection begins: everything in flight has to be sent again [MQTT-4.4.0-1].
    pub(crate) fn begin_resending(&mut self) {
        self.done = 0;
    }

    /// The next of the window to send on this connection.
    pub(crate) fn next_to_send(&self) -> Option<&InFlight> {
        self.inflight.get(self.done)
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
