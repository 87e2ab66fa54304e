//! The broker's driver: inputs, outputs, records, crashes.

use tidings_core::node::{ConnId, LostCause, Lsn, Node, Output, Shard, StoreOutcome};
use tidings_core::transmit::{Transmit, TransmitStatus};

use super::link::Who;
use super::{Event, World};
use crate::ears::Ears;
use crate::store::Pace;

impl World {
    /// Something goes into the node; what it tells and what it wants is seen to.
    pub(super) fn input(&mut self, input: impl FnOnce(&mut Node<Ears>)) {
        let Some(node) = &mut self.node else { return };
        input(node);
        let mut told = std::mem::take(&mut node.observer_mut().0);
        self.tamper.told(&mut told);
        self.oracle.heard(told);
        self.obey();
    }

    pub(super) fn deadlines(&mut self) {
        let (at, now) = (self.now, self.at());
        let Some(node) = &mut self.node else { return };
        if let Some((due, kind)) = node.poll_timeout()
            && due.as_micros().div_ceil(1000) + self.tamper.lateness(kind) > at
            && due <= now
        {
            // A fault that is put in: nothing happens, and it should.
            self.oracle.deadlines();
            self.oracle.heard(Vec::new());
            self.oracle.nobody_is_overdue();
            self.oracle.compare(&node.state());
            self.tamper.done += 1;
            return;
        }
        self.oracle.deadlines();
        self.input(|node| node.handle_timeout(now));
        self.oracle.nobody_is_overdue();
    }

    /// Bytes of a link's input go in.
    pub(super) fn feed(&mut self, link: usize) {
        let now = self.at();
        let Some(conn) = self.links[link].conn else {
            return;
        };
        if self.links[link].paused {
            return;
        }
        let mut input = std::mem::take(&mut self.links[link].input);
        let before = input.to_vec();
        let Some(node) = &mut self.node else { return };
        node.handle_bytes(now, conn, &mut input);
        let taken = before.len() - input.len();
        self.links[link].input = input;
        let mut told = std::mem::take(&mut node.observer_mut().0);
        self.tamper.told(&mut told);
        self.oracle.taken(conn, &before[..taken]);
        self.oracle.heard(told);
        self.obey();
    }

    fn link_of(&self, conn: ConnId) -> Option<usize> {
        self.links.iter().rposition(|link| link.conn == Some(conn))
    }

    /// Does what the node wants done.
    fn obey(&mut self) {
        // What is done for an output may be an input; what comes of that is seen to here.
        if std::mem::replace(&mut self.obeys, true) {
            return;
        }
        self.obey_all();
        self.obeys = false;
        self.oracle.all_have_hung_up();
    }

    fn obey_all(&mut self) {
        while let Some(output) = self.node.as_mut().and_then(Node::poll_output) {
            match output {
                Output::Ready(conn) => {
                    if let Some(link) = self.link_of(conn) {
                        match self.links[link].blocked_until > self.now {
                            true => self.links[link].is_ready = true,
                            false => self.fetch(link, conn),
                        }
                    }
                }
                Output::Close { conn, cause } => {
                    self.log
                        .line(self.now, format_args!("{conn} is closed: {cause:?}"));
                    self.oracle.hung_up(conn);
                    if let Some(link) = self.link_of(conn) {
                        self.fetch(link, conn);
                        self.links[link].conn = None;
                        self.hang_up_down(link);
                    }
                    let now = self.at();
                    if let Some(node) = &mut self.node {
                        node.connection_lost(now, conn, LostCause::Closed);
                    }
                }
                Output::Throttle { conn, paused } => {
                    if let Some(link) = self.link_of(conn) {
                        self.links[link].paused = paused;
                        if !paused {
                            self.feed(link);
                        }
                    }
                }
                Output::Ask { .. } => {}
                Output::Persist { lsn, record } => {
                    self.log
                        .line(self.now, format_args!("record {} {record:?}", lsn.0));
                    let record = match self.troubled {
                        true => record,
                        false => self.tamper.record(record),
                    };
                    self.store.write(lsn.0, record);
                    if self.burns() {
                        return self.crash();
                    }
                    match self.plan.pace {
                        Pace::AtOnce => self.sync(lsn.0),
                        Pace::Late(low, high) => {
                            let delay = self.dice.between(low, high);
                            self.after(delay, Event::Sync(lsn.0));
                        }
                    }
                }
            }
        }
    }

    /// Whether the broker dies with this record.
    fn burns(&mut self) -> bool {
        match &mut self.fuse {
            None => false,
            Some(0) => true,
            Some(left) => {
                *left -= 1;
                false
            }
        }
    }

    pub(super) fn sync(&mut self, lsn: u64) {
        let lsn = lsn.min(self.store.latest());
        if lsn <= self.store.safe || self.node.is_none() {
            return;
        }
        self.store.sync(lsn);
        self.oracle.safe(Lsn(lsn));
        let now = self.at();
        self.input(|node| node.handle_store(now, StoreOutcome::Durable(Lsn(lsn))));
    }

    /// Takes what waits for a connection and puts it on its way.
    pub(super) fn fetch(&mut self, link: usize, conn: ConnId) {
        let mut out = Transmit::new(self.dice.pick(&[1, 60, 10_000]));
        let now = self.at();
        loop {
            out.clear();
            let Some(node) = &mut self.node else { return };
            let status = node.poll_transmit(now, conn, &mut out);
            let mut told = std::mem::take(&mut node.observer_mut().0);
            let mut bytes = Vec::new();
            out.copy_to(&mut bytes);
            let version = self.links[link].version;
            let (bytes, elsewhere) = match self.links[link].who {
                Who::Wild(_) => (self.tamper.touch_stranger(bytes, version), None),
                _ => self.tamper.touch(bytes, version),
            };
            self.tamper.told(&mut told);
            self.oracle.heard(told);
            if !bytes.is_empty() {
                self.leave(link, conn, bytes);
            }
            if let Some(stray) = elsewhere {
                self.stray(link, stray);
            }
            if status == TransmitStatus::Drained {
                return;
            }
        }
    }

    fn leave(&mut self, link: usize, conn: ConnId, bytes: Vec<u8>) {
        let who = self.links[link].name();
        self.log.line(
            self.now,
            format_args!("{who} < {conn} {}", self.links[link].shown(&bytes)),
        );
        self.oracle.sent(conn, &bytes);
        self.send_down(link, bytes);
    }

    /// A fault that is put in: a message goes to somebody else.
    fn stray(&mut self, from: usize, bytes: Vec<u8>) {
        let version = self.links[from].version;
        let other = self.links.iter().position(|link| {
            link.conn.is_some()
                && link.is_persons()
                && link.version == version
                && link.name() != self.links[from].name()
        });
        if let Some(link) = other
            && let Some(conn) = self.links[link].conn
        {
            self.tamper.done += 1;
            self.leave(link, conn, bytes);
        }
    }

    /// The broker dies, and somebody will start it again.
    pub(super) fn crash(&mut self) {
        self.fuse = None;
        if self.node.take().is_none() {
            return;
        }
        self.crashes += 1;
        let (safe, latest) = (self.store.safe, self.store.latest());
        let kept = self.dice.between(safe, latest);
        self.log.line(
            self.now,
            format_args!("the broker dies; records up to {kept} of {latest} are kept"),
        );
        let remains = self.oracle.crashed(kept);
        let mut records = self.store.die(kept);
        self.tamper.restored(&mut records);
        self.left = Some((remains, records));
        for link in 0..self.links.len() {
            if self.links[link].conn.take().is_some() {
                self.links[link].input.clear();
                self.hang_up_down(link);
            }
        }
        let delay = self.dice.between(self.plan.down.0, self.plan.down.1);
        self.after(delay, Event::Restart);
    }

    pub(super) fn restart(&mut self) {
        let Some((remains, records)) = self.left.take() else {
            return;
        };
        self.log.line(
            self.now,
            format_args!("the broker is back with {} records", records.len()),
        );
        let clock = self.clock();
        let mut node = Node::new(self.config.clone(), Shard::ONLY, clock, Ears::default());
        node.restore(self.at(), records);
        let told = std::mem::take(&mut node.observer_mut().0);
        self.oracle.restored(remains, told, &node.state());
        self.node = Some(node);
        self.obey();
        // What it recorded of its return is safe before anything else happens.
        self.sync(u64::MAX);
    }
}
