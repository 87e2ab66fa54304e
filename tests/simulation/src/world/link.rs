//! Links: bytes arrive in their order, late, in pieces, and sometimes not at all.

use bytes::{Bytes, BytesMut};
use tidings_conformance::wire::{self, Version};
use tidings_core::node::{ConnId, Link as Meta, LostCause, Node, Transport};

use super::{Event, World};
use crate::oracle::Ms;

/// Who is at the other end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Who {
    Person(usize),
    /// Somebody with the name of a person.
    Twin(usize),
    Wild(usize),
}

#[derive(Debug)]
pub(super) struct Link {
    pub(super) who: Who,
    pub(super) version: Version,
    /// The broker's name for it, as long as the broker has it.
    pub(super) conn: Option<ConnId>,
    /// The broker's name for it, also when it is gone.
    pub(super) was: ConnId,
    /// The peer has it.
    pub(super) is_open: bool,
    pub(super) input: BytesMut,
    pub(super) paused: bool,
    /// When the latest bytes arrive, each way.
    up_at: Ms,
    down_at: Ms,
    /// The broker's socket takes nothing before this.
    pub(super) blocked_until: Ms,
    pub(super) is_ready: bool,
    /// It breaks with what is on its way.
    is_doomed: bool,
}

impl Link {
    pub(super) fn name(&self) -> String {
        match self.who {
            Who::Person(number) => format!("c{number}"),
            Who::Twin(number) => format!("c{number}'"),
            Who::Wild(number) => format!("wild{number}"),
        }
    }

    pub(super) fn is_persons(&self) -> bool {
        matches!(self.who, Who::Person(_))
    }

    /// Packets for the log.
    pub(super) fn shown(&self, mut bytes: &[u8]) -> String {
        let mut shown = String::new();
        while let Ok(Some(len)) = wire::frame_len(bytes)
            && len <= bytes.len()
        {
            let (frame, rest) = bytes.split_at(len);
            bytes = rest;
            match wire::decode(frame, self.version) {
                Ok(packet) => {
                    shown.push_str(packet.name());
                    for (name, value) in &packet.fields {
                        let value = match value {
                            wire::Value::Number(number) => number.to_string(),
                            wire::Value::Bytes(bytes) => {
                                String::from_utf8_lossy(bytes).into_owned()
                            }
                            wire::Value::Filter(filter, options) => {
                                format!("{}:{options}", String::from_utf8_lossy(filter))
                            }
                            other => format!("{other:?}"),
                        };
                        shown.push_str(&format!(" {name}={value}"));
                    }
                    shown.push_str("; ");
                }
                Err(_) => shown.push_str(&format!("{frame:02x?}; ")),
            }
        }
        if !bytes.is_empty() {
            shown.push_str(&format!("{bytes:02x?}"));
        }
        shown
    }
}

impl World {
    /// A connection to the broker; none while it is down.
    pub(super) fn open(&mut self, who: Who, version: Version) -> Option<usize> {
        let now = self.at();
        let node = self.node.as_mut()?;
        let meta = Meta {
            transport: Transport::InProcess,
            peer: None,
            listener: 0,
        };
        let conn = node.connection_opened(now, meta);
        self.oracle.opened(conn, matches!(who, Who::Wild(_)));
        self.links.push(Link {
            who,
            version,
            conn: Some(conn),
            was: conn,
            is_open: true,
            input: BytesMut::new(),
            paused: false,
            up_at: self.now,
            down_at: self.now,
            blocked_until: 0,
            is_ready: false,
            is_doomed: false,
        });
        let link = self.links.len() - 1;
        self.log.line(
            self.now,
            format_args!("{} opens {conn}", self.links[link].name()),
        );
        self.input(|_: &mut Node<_>| {});
        Some(link)
    }

    /// In pieces, each with the time at which it arrives, and whether the link breaks behind it.
    fn pieces(&mut self, bytes: Vec<u8>, latest: Ms) -> (Vec<(Ms, Bytes)>, bool) {
        let mut rest = Bytes::from(bytes);
        let mut at = latest.max(self.now);
        let mut pieces = Vec::new();
        let mut breaks = false;
        while !rest.is_empty() && !breaks {
            let whole = rest.len() as u64;
            let len = match self.troubled && self.dice.permille(self.plan.split) {
                true => self.dice.between(1, whole.min(40)),
                false => whole,
            };
            let piece = rest.split_to(len as usize);
            let (low, high) = self.plan.latency;
            at = at.max(self.now + self.dice.between(low, high));
            let is_late = at > self.now + 30_000;
            if self.troubled && !is_late && self.dice.permille(self.plan.stall) {
                at += self.dice.pick(&[200, 3_000, 25_000]);
            }
            breaks = self.troubled && self.dice.permille(self.plan.cut);
            pieces.push((at, piece));
        }
        (pieces, breaks)
    }

    /// The peer writes.
    pub(super) fn send_up(&mut self, link: usize, bytes: Vec<u8>) {
        if !self.links[link].is_open || self.links[link].is_doomed || bytes.is_empty() {
            return;
        }
        let (pieces, breaks) = self.pieces(bytes, self.links[link].up_at);
        for (at, piece) in pieces {
            self.links[link].up_at = at;
            self.put(at, Event::Up(link, piece));
        }
        if breaks {
            self.break_link(link, self.links[link].up_at);
        }
    }

    /// The broker writes.
    pub(super) fn send_down(&mut self, link: usize, bytes: Vec<u8>) {
        if self.links[link].is_doomed {
            return;
        }
        let (pieces, breaks) = self.pieces(bytes, self.links[link].down_at);
        for (at, piece) in pieces {
            self.links[link].down_at = at;
            if at > self.now + 5_000 {
                // What is not taken for that long fills the socket's buffer.
                self.links[link].blocked_until = at;
                self.put(at, Event::Unblock(link));
            }
            self.put(at, Event::Down(link, piece));
        }
        if breaks {
            self.break_link(link, self.links[link].down_at);
        }
    }

    /// A network breaks a link: both ends learn of it, not at the same time.
    fn break_link(&mut self, link: usize, at: Ms) {
        self.links[link].is_doomed = true;
        let late = self.dice.pick(&[0, 0, 50, 40_000]);
        let (broker, peer) = match self.dice.coin() {
            true => (at, at + late),
            false => (at + late, at),
        };
        self.put(broker, Event::BrokerLoses(link));
        self.put(peer, Event::PeerLoses(link));
    }

    /// The broker has closed: the peer hears of it behind everything that was sent.
    pub(super) fn hang_up_down(&mut self, link: usize) {
        let at = self.links[link].down_at.max(self.now);
        self.put(at, Event::PeerLoses(link));
    }

    /// The peer has closed.
    pub(super) fn hang_up(&mut self, link: usize) {
        self.links[link].is_open = false;
        let at = self.links[link].up_at.max(self.now);
        self.put(at, Event::BrokerLoses(link));
    }

    pub(super) fn arrive_up(&mut self, link: usize, bytes: &[u8]) {
        if self.links[link].conn.is_none() || self.node.is_none() {
            return;
        }
        let line = self.links[link].shown(bytes);
        self.log.line(
            self.now,
            format_args!("{} > {line}", self.links[link].name()),
        );
        self.links[link].input.extend_from_slice(bytes);
        self.feed(link);
    }

    pub(super) fn arrive_down(&mut self, link: usize, bytes: &[u8]) {
        if !self.links[link].is_open {
            return;
        }
        if let Who::Person(person) = self.links[link].who {
            self.receive(person, link, bytes);
        }
    }

    pub(super) fn broker_loses(&mut self, link: usize) {
        let now = self.at();
        if let Some(conn) = self.links[link].conn.take() {
            self.log.line(
                self.now,
                format_args!("{conn} of {} is lost", self.links[link].name()),
            );
            self.input(|node| node.connection_lost(now, conn, LostCause::Reset));
        }
    }

    pub(super) fn peer_loses(&mut self, link: usize) {
        if !std::mem::take(&mut self.links[link].is_open) {
            return;
        }
        match self.links[link].who {
            Who::Person(person) => self.lost(person, link),
            Who::Wild(wild) => {
                if let Some(wild) = self.wild.get_mut(wild) {
                    wild.link = None;
                }
            }
            Who::Twin(_) => {}
        }
    }

    pub(super) fn unblock(&mut self, link: usize) {
        let is_free = self.links[link].blocked_until <= self.now;
        if is_free
            && std::mem::take(&mut self.links[link].is_ready)
            && let Some(conn) = self.links[link].conn
        {
            self.fetch(link, conn);
            self.input(|_: &mut Node<_>| {}); // What came of it.
        }
    }

    /// Every link takes everything at once from here on.
    pub(super) fn unblock_all(&mut self) {
        for link in 0..self.links.len() {
            self.links[link].blocked_until = 0;
            self.unblock(link);
        }
    }
}
