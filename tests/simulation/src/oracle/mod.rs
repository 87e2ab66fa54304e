//! A judge who knows the standard and sees every byte.
//!
//! The oracle is told what the broker took off its inputs and what it put on its outputs, and
//! keeps its own account of what everybody is owed: a plain one, without indexes, windows or
//! queues, read with a codec that is not the core's. What the node says about itself gives the
//! order of things inside of one input and the reasons for what is withheld; both are checked.
//!
//! Reading order: [`model`] (the account), [`incoming`] (what packets mean), [`told`] (what the
//! broker decides), [`outgoing`] (what leaves), [`manners`] (what strangers and last words need), [`crash`] (what may be lost), [`close`] (the end).

mod close;
mod crash;
mod incoming;
mod manners;
mod model;
mod outgoing;
mod rights;
mod told;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt;
use std::rc::Rc;

use tidings_conformance::wire::Version;
use tidings_core::config::Config;
use tidings_core::node::{ConnId, Lsn};

use crate::ears::Told;
pub(crate) use crash::Remains;
use model::{Conn, Core, Snapshot, Will};
pub(crate) use model::{Ms, is_followed as is_ours, text as text_of};
use rights::Rights;

/// What a broker must do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rule {
    /// What was accepted at QoS 1 or 2, and what a connected client asked for, arrives, unless a
    /// reason is stated that is one.
    Delivered,
    /// A message of QoS 2 arrives once.
    Once,
    /// Messages of one publisher on one topic arrive in their order.
    Order,
    /// Nothing arrives that no subscription asked for, and everything looks as was asked for.
    Asked,
    /// The last word on a topic is kept, and no other.
    Retained,
    /// A will is said when it is due, and only then.
    Will,
    /// Sessions, messages and connections end when they are due, and not before.
    Time,
    /// Receive Maximum, Maximum Packet Size, Topic Alias Maximum.
    Limit,
    /// Everything is answered, in order, and not before it is safe.
    Answered,
    /// A client finds its session again, and no other.
    Session,
    /// Bytes are as the standard has them.
    Form,
    /// Whoever keeps the rules is not sent away.
    Kept,
    /// What breaks the rules ends its connection, with a word that says why and nothing more.
    Ended,
    /// Nothing is left of nobody.
    Empty,
}

/// A rule that was broken.
#[derive(Clone, Debug)]
pub struct Fault {
    /// Which.
    pub rule: Rule,
    /// How.
    pub how: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {}", self.rule, self.how)
    }
}

/// A PUBLISH that was taken and has to be accepted.
#[derive(Clone, Debug)]
struct Expected {
    client: String,
    payload: String,
    topic: String,
    qos: u8,
    retain: bool,
    expiry_secs: Option<u32>,
}

/// A client that comes in, when everything that this ends has ended.
#[derive(Clone, Debug)]
struct Arrival {
    conn: ConnId,
    client: String,
    expiry_secs: u32,
    will: Option<Will>,
    /// Its session goes on.
    present: bool,
}

#[derive(Debug)]
pub(crate) struct Oracle {
    config: Config,
    now: Ms,
    core: Core,
    rights: Rights,
    /// The account behind each packet, as long as its records are not safe, and the one before.
    snapshots: VecDeque<Snapshot>,
    lsn: u64,
    /// The latest record before the packet that is being handled.
    settled: u64,
    safe: u64,
    conns: BTreeMap<ConnId, Conn>,
    /// Connections with an answer of which it is not known what it waits for.
    asked: Vec<ConnId>,
    expected: Option<Expected>,
    /// Said something just now that nobody may say.
    must_end: Option<ConnId>,
    /// Connections that came to an end and are still to be closed.
    closing: BTreeSet<ConnId>,
    /// Wills that must be said before this input is over.
    due: Vec<(String, Will)>,
    /// Shared subscriptions of which a member must be picked, and for what.
    picks: BTreeSet<(String, u64)>,
    /// What members of shared subscriptions left behind in this input.
    handed: Vec<Rc<model::Message>>,
    /// Who left such a thing behind, until somebody is picked for it.
    handover: Option<String>,
    /// Who was picked for it just now.
    heir: Option<String>,
    /// Somebody may have been the last member of a shared subscription.
    groups_may_end: bool,
    /// Sessions that ended in this input, as they were then.
    ended: BTreeMap<String, Rc<model::Session>>,
    arrival: Option<Arrival>,
    /// The number of what was accepted last.
    latest: u64,
    /// Everything that was ever accepted.
    accepted: BTreeSet<String>,
    /// How often clients were given messages, and how often at QoS 2, by client and message.
    got: BTreeMap<(String, String), (u32, u32)>,
    /// By how much the wall clock was ever set, in milliseconds: what a crash may be wrong by.
    pub(crate) wall_clock: Ms,
    /// How much more may wait for a client than is known, while a broker starts.
    cut_in: BTreeMap<String, usize>,
    /// Crashes survived.
    crashes: u32,
    pub(crate) faults: Vec<Fault>,
}

impl Oracle {
    pub(crate) fn new(config: Config, now: Ms) -> Self {
        let mut oracle = Self {
            config,
            now,
            core: Core::default(),
            rights: Rights::default(),
            snapshots: VecDeque::new(),
            lsn: 0,
            settled: 0,
            safe: 0,
            conns: BTreeMap::new(),
            asked: Vec::new(),
            expected: None,
            must_end: None,
            closing: BTreeSet::new(),
            due: Vec::new(),
            picks: BTreeSet::new(),
            handed: Vec::new(),
            handover: None,
            heir: None,
            groups_may_end: false,
            ended: BTreeMap::new(),
            arrival: None,
            latest: 0,
            accepted: BTreeSet::new(),
            got: BTreeMap::new(),
            wall_clock: 0,
            cut_in: BTreeMap::new(),
            crashes: 0,
            faults: Vec::new(),
        };
        oracle.remember();
        oracle
    }

    fn fault(&mut self, rule: Rule, how: String) {
        self.faults.push(Fault { rule, how });
    }

    /// A connection was opened.
    pub(crate) fn opened(&mut self, conn: ConnId, is_wild: bool) {
        let fresh = Conn {
            is_wild,
            since: self.now,
            leaving: VecDeque::new(),
            version: Version::V5,
            client: None,
            input: Vec::new(),
            receive_max: 65_535,
            packet_max: u32::MAX,
            alias_max: 0,
            aliases: BTreeMap::new(),
            aliases_in: BTreeMap::new(),
            keep_secs: 0,
            last_packet: self.now,
            answers: Vec::new(),
            accepted: false,
            left: false,
            closed: false,
            has_spoken: false,
            open: BTreeSet::new(),
            cause: None,
            is_over: false,
        };
        self.conns.insert(conn, fresh);
    }

    /// The broker took bytes off an input. What they mean is looked at when it says that it took
    /// a packet.
    pub(crate) fn taken(&mut self, conn: ConnId, bytes: &[u8]) {
        if let Some(conn) = self.conns.get_mut(&conn) {
            conn.input.extend_from_slice(bytes);
        }
    }

    /// An input is over, and this is what the node told meanwhile.
    pub(crate) fn heard(&mut self, told: Vec<Told>) {
        for one in told {
            self.told(one);
        }
        self.settle();
    }

    /// Keeps the account as it is, to come back to after a crash.
    fn remember(&mut self) {
        if !self.config.durable {
            return;
        }
        let same = self.snapshots.pop_back_if(|one| one.lsn == self.lsn);
        let at = same.as_ref().map_or(self.now, |one| one.at);
        let mut ended = same.map(|one| one.ended).unwrap_or_default();
        ended.append(&mut self.ended);
        self.snapshots.push_back(Snapshot {
            lsn: self.lsn,
            at,
            ended,
            core: self.core.clone(),
            rights: self.rights.mark(),
        });
    }

    /// The store is safe up to a record.
    pub(crate) fn safe(&mut self, lsn: Lsn) {
        self.safe = lsn.0;
        while self.snapshots.len() > 1 && self.snapshots[1].lsn <= lsn.0 {
            self.snapshots.pop_front();
        }
    }

    /// Everything that follows from what was handled has happened by now.
    fn settle(&mut self) {
        self.is_over();
        if let Some(expected) = self.expected.take() {
            let how = format!(
                "{} of {} was not accepted",
                expected.payload, expected.client
            );
            self.fault(Rule::Delivered, how);
        }
        for (client, will) in std::mem::take(&mut self.due) {
            let how = format!("the will {} of {client} was due and was not said", will.key);
            self.fault(Rule::Will, how);
        }
        for (filter, number) in std::mem::take(&mut self.picks) {
            let how = format!("message {number}: nobody of {filter} was picked");
            self.fault(Rule::Delivered, how);
        }
        self.handed.clear();
        if let Some(client) = self.handover.take() {
            let how = format!("what {client} left behind was given to nobody");
            self.fault(Rule::Delivered, how);
        }
        self.heir = None;
        self.safe_to_answer();
        let mut sessions = self.core.sessions.values();
        if sessions.any(|session| session.ending) {
            self.nothing_dies_with_a_member();
            self.groups_may_end = true;
        }
        let ended = self.core.sessions.extract_if(.., |_, one| one.ending);
        self.ended = ended.collect();
        self.end_groups();
        if let Some(arrival) = self.arrival.take() {
            self.attach(arrival);
        }
        self.remember();
    }

    /// What a packet recorded has to be safe before it is answered.
    fn safe_to_answer(&mut self) {
        let needs = match self.lsn > self.settled {
            true => self.lsn,
            false => 0,
        };
        self.settled = self.lsn;
        for id in std::mem::take(&mut self.asked) {
            let answers = self.conns.get_mut(&id).map(|conn| &mut conn.answers);
            for answer in answers.into_iter().flatten() {
                if answer.needs == u64::MAX {
                    answer.needs = needs;
                }
            }
        }
    }
}
