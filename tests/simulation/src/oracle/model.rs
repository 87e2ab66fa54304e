//! What a broker has to know, by the standard: as little as will do, and nothing of how.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::rc::Rc;

use tidings_conformance::wire::{Packet, Value, Version};
use tidings_core::node::{CloseCause, ConnId};

/// Milliseconds of the world's clock.
pub(crate) type Ms = u64;

/// A Session Expiry Interval without an end.
pub(super) const NEVER: u32 = u32::MAX;

/// A message that was accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Message {
    /// The broker's number for it.
    pub(super) number: u64,
    /// What it says, which is its name for everybody else: no two say the same, but for those
    /// that came again.
    pub(super) key: String,
    pub(super) publisher: String,
    pub(super) topic: String,
    pub(super) qos: u8,
    pub(super) retain: bool,
    pub(super) expires: Option<Ms>,
}

impl Message {
    /// Whether it has no payload, and clears its topic.
    pub(super) fn says_nothing(&self) -> bool {
        self.key.starts_with('-')
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Will {
    pub(super) key: String,
    pub(super) topic: String,
    pub(super) qos: u8,
    pub(super) retain: bool,
    pub(super) expiry_secs: Option<u32>,
    pub(super) delay_secs: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Subscription {
    pub(super) qos: u8,
    pub(super) no_local: bool,
    pub(super) as_published: bool,
    pub(super) handling: u8,
    pub(super) id: Option<u32>,
}

/// How far a message is on its way to one client. A connection is forgotten when it is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    Waiting,
    /// Its PUBLISH left with this identifier, last on this connection.
    Sent {
        id: u16,
        conn: Option<ConnId>,
    },
    /// Its PUBREC came, and its PUBLISH left last on this connection.
    Released {
        id: u16,
        conn: Option<ConnId>,
        /// Its PUBREL left last on this one.
        said: Option<ConnId>,
    },
}

impl State {
    /// The connection on which it left last is over.
    pub(super) fn left_behind(&mut self) {
        match self {
            Self::Waiting => {}
            Self::Sent { conn, .. } => *conn = None,
            Self::Released { conn, said, .. } => (*conn, *said) = (None, None),
        }
    }

    /// Whether it counts against the Receive Maximum of this connection.
    pub(super) fn is_on(&self, on: ConnId) -> bool {
        match self {
            Self::Waiting => false,
            Self::Sent { conn, .. } | Self::Released { conn, .. } => *conn == Some(on),
        }
    }
}

/// A message that a client has a right to, and how it has to look.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Owed {
    pub(super) message: Rc<Message>,
    pub(super) qos: u8,
    pub(super) retain: bool,
    pub(super) ids: Rc<[u32]>,
    /// The filter of the SUBSCRIBE for which it is given, if it was kept.
    pub(super) replay: Option<Rc<str>>,
    /// The latest message then: with what came before, the order is as it happens.
    pub(super) since: u64,
    /// The shared subscription by which it comes.
    pub(super) group: Option<Rc<str>>,
    /// That lost its last member since; another of its name has no claim to this.
    pub(super) group_ended: bool,
    /// Another member had it before, so that it comes when it comes.
    pub(super) handed: bool,
    /// Whether it has to be given; else it may be.
    pub(super) must: bool,
    /// How often a copy was dropped that may have been this one.
    pub(super) doubts: usize,
    /// The how manieth it was to leave of those that are on their way, or with its PUBREC to be
    /// received; and 0 if it did not.
    pub(super) turn: u64,
    pub(super) state: State,
}

impl Owed {
    /// Bytes of its PUBLISH, with its topic by name.
    pub(super) fn len_on_wire(&self, version: Version) -> usize {
        // One byte for each 7 bits.
        let of_length = |len: usize| match len {
            ..0x80 => 1,
            0x80..0x4000 => 2,
            0x4000..0x20_0000 => 3,
            _ => 4,
        };
        let properties = match version {
            Version::V5 => {
                let ids = self.ids.iter().map(|id| 1 + of_length(*id as usize));
                let expiry = self.message.expires.map_or(0, |_| 5);
                let len = ids.sum::<usize>() + expiry;
                of_length(len) + len
            }
            _ => 0,
        };
        let payload = match self.message.says_nothing() {
            true => 0,
            false => self.message.key.len(),
        };
        let id = if self.qos > 0 { 2 } else { 0 };
        let len = 2 + self.message.topic.len() + id + properties + payload;
        1 + of_length(len) + len
    }
}

#[derive(Clone, Debug)]
pub(super) struct Session {
    pub(super) conn: Option<ConnId>,
    pub(super) expiry_secs: u32,
    pub(super) away: Option<Ms>,
    pub(super) will: Option<Will>,
    pub(super) subscriptions: BTreeMap<String, Subscription>,
    pub(super) owed: Vec<Owed>,
    /// QoS 2 identifiers received and not released.
    pub(super) received: BTreeSet<u16>,
    /// It ends with the packet or deadline that is being handled.
    pub(super) ending: bool,
    /// The connection that began it, until the broker dies.
    pub(super) begun_on: Option<ConnId>,
    /// Its client has not heard that it began: another has, or nobody, so that it may take new
    /// identifiers for old ones.
    pub(super) is_unseen: bool,
}

impl Session {
    pub(super) fn new(expiry_secs: u32) -> Self {
        Self {
            conn: None,
            expiry_secs,
            away: None,
            will: None,
            subscriptions: BTreeMap::new(),
            owed: Vec::new(),
            received: BTreeSet::new(),
            ending: false,
            begun_on: None,
            is_unseen: true,
        }
    }

    /// The turn behind those of all that are on their way.
    pub(super) fn next_turn(&self) -> u64 {
        let last = self.owed.iter().map(|owed| owed.turn).max();
        last.unwrap_or(0) + 1
    }

    /// Takes out the copies of a message of which as many were dropped as may have been.
    pub(super) fn resolve(&mut self, number: u64) {
        let doubtful = |owed: &&Owed| owed.message.number == number && owed.doubts > 0;
        let left = self.owed.iter().filter(doubtful);
        let dropped = left.clone().map(|owed| owed.doubts).max().unwrap_or(0);
        if left.count() <= dropped {
            self.owed.retain(|owed| !doubtful(&owed));
        }
    }

    /// When it ends, if nobody comes back.
    pub(super) fn ends(&self) -> Option<Ms> {
        match self.expiry_secs {
            NEVER => None,
            secs => self.away.map(|away| away + 1000 * Ms::from(secs)),
        }
    }

    /// When its will is to be said, if nobody comes back.
    pub(super) fn will_due(&self) -> Option<Ms> {
        let delay = self.will.as_ref()?.delay_secs.min(self.expiry_secs);
        self.away.map(|away| away + 1000 * Ms::from(delay))
    }
}

/// The account behind one packet, or behind an input without one.
#[derive(Clone, Debug)]
pub(super) struct Snapshot {
    /// The latest record then.
    pub(super) lsn: u64,
    /// When that was written.
    pub(super) at: Ms,
    pub(super) core: Core,
    /// Sessions that ended with what was recorded last, as they were then: they may have been
    /// given something by the very input that ended them.
    pub(super) ended: BTreeMap<String, Rc<Session>>,
    /// How far the rights had changed.
    pub(super) rights: usize,
}

/// Everything that must survive a crash, if it is safe.
#[derive(Clone, Debug, Default)]
pub(super) struct Core {
    pub(super) sessions: BTreeMap<String, Rc<Session>>,
    /// The last word on each topic.
    pub(super) retained: BTreeMap<String, Rc<Message>>,
}

impl Core {
    pub(super) fn session(&mut self, client: &str) -> Option<&mut Session> {
        self.sessions.get_mut(client).map(Rc::make_mut)
    }
}

/// What a client waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Answer {
    pub(super) kind: u8,
    pub(super) id: u32,
    /// Of a SUBACK, the codes; of a CONNACK, Session Present.
    pub(super) codes: Vec<u32>,
    /// The record that has to be safe before.
    pub(super) needs: u64,
}

/// A network connection as the broker sees it.
#[derive(Clone, Debug)]
pub(super) struct Conn {
    /// Its peer keeps no rules, and nothing is owed to it.
    pub(super) is_wild: bool,
    /// When it was opened.
    pub(super) since: Ms,
    /// Numbers of the messages that are about to leave.
    pub(super) leaving: VecDeque<u64>,
    pub(super) version: Version,
    pub(super) client: Option<String>,
    /// Taken by the broker and not looked at.
    pub(super) input: Vec<u8>,
    pub(super) receive_max: u32,
    pub(super) packet_max: u32,
    pub(super) alias_max: u32,
    /// Topics by their aliases, each way.
    pub(super) aliases: BTreeMap<u32, String>,
    pub(super) aliases_in: BTreeMap<u32, String>,
    pub(super) keep_secs: u32,
    pub(super) last_packet: Ms,
    pub(super) answers: Vec<Answer>,
    /// CONNACK left.
    pub(super) accepted: bool,
    /// The client said good-bye.
    pub(super) left: bool,
    pub(super) closed: bool,
    /// Of a peer that keeps no rules: it said its first packet; and identifiers of what it was
    /// sent and has not acknowledged.
    pub(super) has_spoken: bool,
    pub(super) open: BTreeSet<u32>,
    /// Why the broker says that it is over.
    pub(super) cause: Option<CloseCause>,
    /// The last word left.
    pub(super) is_over: bool,
}

/// Whether a filter without `$share` matches a topic: section 4.7, level by level.
pub(super) fn matches(filter: &str, topic: &str) -> bool {
    fn levels(filter: &[&str], topic: &[&str]) -> bool {
        match (filter, topic) {
            (["#"], _) => true,
            (["+", filter @ ..], [_, topic @ ..]) => levels(filter, topic),
            ([one, filter @ ..], [other, topic @ ..]) if one == other => levels(filter, topic),
            ([], []) => true,
            _ => false,
        }
    }
    let hidden = topic.starts_with('$') && filter.starts_with(['+', '#']);
    let filter: Vec<_> = filter.split('/').collect();
    let topic: Vec<_> = topic.split('/').collect();
    !hidden && levels(&filter, &topic)
}

/// The filter behind `$share/NAME/`.
pub(super) fn shared(filter: &str) -> Option<&str> {
    filter
        .strip_prefix("$share/")?
        .split_once('/')
        .map(|(_, filter)| filter)
}

/// Topics whose messages the oracle follows. Peers that keep no rules have others.
pub(crate) fn is_followed(topic: &str) -> bool {
    ["t/", "s/", "w/"]
        .iter()
        .any(|root| topic.starts_with(root))
}

/// The name of a message. What says nothing is told apart by its topic.
pub(super) fn key_of(payload: &[u8], topic: &str) -> String {
    match payload {
        [] => format!("-{topic}"),
        _ => String::from_utf8_lossy(payload).into_owned(),
    }
}

/// A text field of a packet.
pub(crate) fn text(packet: &Packet, name: &str) -> String {
    match packet.field(name) {
        Some(Value::Bytes(bytes)) => String::from_utf8_lossy(bytes).into_owned(),
        _ => String::new(),
    }
}

/// A number of a packet, if it is there.
pub(super) fn number(packet: &Packet, name: &str) -> Option<u32> {
    match packet.field(name) {
        Some(Value::Number(number)) => Some(*number),
        _ => None,
    }
}
