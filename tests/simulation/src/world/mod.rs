//! A world: one broker, its clients, the links between them, a store and a clock.

mod broker;
mod ending;
mod link;
mod people;
mod wild;

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use tidings_core::config::Config;
use tidings_core::node::{Command, Node};
use tidings_core::time::{Clock, Instant, UnixMillis};

use crate::dice::Dice;
use crate::ears::Ears;
use crate::log::Log;
use crate::oracle::{Ms, Oracle, Remains};
use crate::plan::Plan;
use crate::store::Store;
use crate::tamper::Tamper;
use link::Link;
use people::Person;
use wild::Wild;

/// Something that will happen.
#[derive(Debug)]
enum Event {
    /// Bytes arrive at the broker.
    Up(usize, Bytes),
    /// Bytes arrive at the peer.
    Down(usize, Bytes),
    /// The broker notices that a link is gone.
    BrokerLoses(usize),
    /// The peer notices it.
    PeerLoses(usize),
    /// A link takes bytes again.
    Unblock(usize),
    /// A connection cannot be opened.
    NoAnswer(usize),
    /// A client does something.
    Deed(usize),
    /// A client acknowledges what waits for that.
    Acknowledge(usize),
    /// A peer that keeps no rules does something.
    Mischief(usize),
    Crash,
    Restart,
    Sync(u64),
    Leap,
    WallClock,
}

pub(crate) struct World {
    plan: Plan,
    dice: Dice,
    pub(crate) log: Log,
    now: Ms,
    config: Arc<Config>,
    /// Nothing while the broker is down.
    node: Option<Node<Ears>>,
    /// What a broker that is down has left.
    left: Option<(Remains, Vec<tidings_core::record::Record>)>,
    store: Store,
    pub(crate) oracle: Oracle,
    pub(crate) tamper: Tamper,
    events: BTreeMap<(Ms, u64), Event>,
    last_event: u64,
    links: Vec<Link>,
    people: Vec<Person>,
    wild: Vec<Wild>,
    /// Faults happen.
    troubled: bool,
    /// The broker dies with the record after so many.
    fuse: Option<u64>,
    /// What the wall clock is ahead by.
    wall_clock: i64,
    /// The node's outputs are being seen to.
    obeys: bool,
    crashes: u32,
}

/// The world begins here, so that nothing is at time zero.
const BEGIN: Ms = 1_000;

impl World {
    pub(crate) fn new(plan: Plan, seed: u64, tamper: Tamper, aloud: bool) -> Self {
        let config = Arc::new(plan.config.clone());
        let mut world = Self {
            dice: Dice::new(seed),
            log: Log::new(aloud),
            now: BEGIN,
            node: None,
            left: None,
            store: Store::default(),
            oracle: Oracle::new(plan.config.clone(), BEGIN),
            tamper,
            events: BTreeMap::new(),
            last_event: 0,
            links: Vec::new(),
            people: Vec::new(),
            wild: Vec::new(),
            troubled: true,
            fuse: None,
            wall_clock: 0,
            obeys: false,
            crashes: 0,
            config: config.clone(),
            plan,
        };
        let node = Node::new(
            config,
            tidings_core::node::Shard::ONLY,
            world.clock(),
            Ears::default(),
        );
        world.node = Some(node);
        for number in 0..world.plan.clients {
            world.add_person(number);
        }
        for number in 0..world.plan.wild {
            world.wild.push(Wild::default());
            world.after(1, Event::Mischief(number));
        }
        world.again(world.plan.crashes, Event::Crash);
        world.again(world.plan.leaps, Event::Leap);
        world.again(world.plan.wall_clock, Event::WallClock);
        world
    }

    /// Lives until everything has happened and everything is over.
    pub(crate) fn live(&mut self) {
        let end = self.now + self.plan.lasts;
        self.run_until(end);
        self.come_to_rest();
    }

    /// Crashes, clients, bytes: whether anything happened at all.
    pub(crate) fn crashes(&self) -> u32 {
        self.crashes
    }

    fn at(&self) -> Instant {
        Instant::from_micros(self.now * 1000)
    }

    fn clock(&self) -> Clock {
        let unix = 1_700_000_000_000_i64 + self.now as i64 + self.wall_clock;
        Clock {
            unix: UnixMillis(unix as u64),
            at: self.at(),
        }
    }

    fn after(&mut self, delay: Ms, event: Event) {
        self.put(self.now + delay, event);
    }

    fn put(&mut self, at: Ms, event: Event) {
        self.last_event += 1;
        self.events.insert((at, self.last_event), event);
    }

    /// Something that happens now and then.
    fn again(&mut self, range: Option<(Ms, Ms)>, event: Event) {
        if let Some((low, high)) = range {
            let delay = self.dice.between(low, high);
            self.after(delay, event);
        }
    }

    /// When something happens next.
    fn next(&self) -> Option<Ms> {
        let up = |at: Instant| at.as_micros().div_ceil(1000);
        let event = self.events.keys().next().map(|(at, _)| *at);
        let node = self.node.as_ref().and_then(Node::poll_timeout);
        let node = node.map(|(at, kind)| up(at) + self.tamper.lateness(kind));
        let people = self.people.iter();
        let people = people.filter_map(|person| person.client.poll_timeout().map(up));
        event.into_iter().chain(node).chain(people).min()
    }

    fn run_until(&mut self, end: Ms) {
        while self.oracle.faults.is_empty() {
            let next = self.next().filter(|at| *at <= end);
            self.step(next.unwrap_or(end));
            if next.is_none() {
                return;
            }
        }
    }

    /// Time goes on to `at`, and everything that is due happens.
    fn step(&mut self, at: Ms) {
        self.now = self.now.max(at);
        self.oracle.time(self.now);
        self.deadlines();
        while let Some(entry) = self.events.first_entry() {
            if entry.key().0 > self.now || !self.oracle.faults.is_empty() {
                break;
            }
            let event = entry.remove();
            self.happen(event);
        }
        for person in 0..self.people.len() {
            let now = self.at();
            self.people[person].client.handle_timeout(now);
            self.pump(person);
        }
        if self.last_event.is_multiple_of(64)
            && let Some(node) = &self.node
        {
            self.oracle.compare(&self.tamper.state(node.state()));
        }
    }

    fn happen(&mut self, event: Event) {
        match event {
            Event::Up(link, bytes) => self.arrive_up(link, &bytes),
            Event::Down(link, bytes) => self.arrive_down(link, &bytes),
            Event::BrokerLoses(link) => self.broker_loses(link),
            Event::PeerLoses(link) => self.peer_loses(link),
            Event::Unblock(link) => self.unblock(link),
            Event::NoAnswer(person) => {
                let now = self.at();
                self.people[person].client.transport_lost(now);
                self.pump(person);
            }
            Event::Deed(person) => self.deed(person),
            Event::Acknowledge(person) => self.acknowledge(person),
            Event::Mischief(wild) => self.mischief(wild),
            Event::Crash if self.troubled && self.node.is_some() => {
                match self.config.durable && self.dice.coin() {
                    true => self.fuse = Some(self.dice.below(12)),
                    false => self.crash(),
                }
                self.again(self.plan.crashes, Event::Crash);
            }
            Event::Restart => self.restart(),
            Event::Sync(lsn) => self.sync(lsn),
            Event::Leap if self.troubled => {
                let leap = self.dice.pick(&[1_500, 7_000, 60_000]);
                self.log
                    .line(self.now, format_args!("time leaps by {leap} ms"));
                self.again(self.plan.leaps, Event::Leap);
                self.now += leap;
                self.oracle.time(self.now);
                self.deadlines();
            }
            Event::WallClock if self.troubled => {
                let by = self.dice.between(1, 100_000) as i64;
                let by = if self.dice.coin() { by } else { -by };
                self.wall_clock += by;
                self.oracle.wall_clock += by.unsigned_abs();
                self.log
                    .line(self.now, format_args!("the wall clock is set by {by} ms"));
                let (now, clock) = (self.at(), self.clock());
                self.input(|node| node.handle_command(now, Command::ClockAdjusted(clock)));
                self.again(self.plan.wall_clock, Event::WallClock);
            }
            Event::Crash if self.troubled => self.again(self.plan.crashes, Event::Crash),
            Event::Crash | Event::Leap | Event::WallClock => {}
        }
    }
}
