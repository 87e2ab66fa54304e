//! Runner (a): the core in this process, with a clock of its own.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use tidings_core::config::Config;
use tidings_core::node::{
    self, ConnId, Link, LostCause, Node, Output, Shard, StoreOutcome, Ticket, Transport,
};
use tidings_core::packet::ReasonCode;
use tidings_core::time::{Clock, Instant, UnixMillis};
use tidings_core::topic::Utf8;
use tidings_core::transmit::{Transmit, TransmitStatus};

use crate::case::Case;
use crate::play::{Answer, Broker};
use crate::wire::{Version, frame_len};

/// How the core is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// Bytes come as they were written.
    Whole,
    /// Every byte comes alone.
    Bytewise,
    /// Acknowledgements wait for a store, which is quick.
    Durable,
}

impl Way {
    /// All ways.
    pub const ALL: [Self; 3] = [Self::Whole, Self::Bytewise, Self::Durable];
}

/// After so many writes the lesson of single bytes is learnt.
pub const BYTEWISE_MAX: usize = 2_000;

/// A node and the other ends of its connections.
#[derive(Debug)]
pub struct Core {
    node: Node,
    now: Instant,
    way: Way,
    writes: usize,
    peers: BTreeMap<String, ConnId>,
    ends: BTreeMap<ConnId, End>,
    asked: VecDeque<Ticket>,
}

#[derive(Debug, Default)]
struct End {
    input: BytesMut,
    output: Vec<u8>,
    packets: VecDeque<Vec<u8>>,
    closed: bool,
    paused: bool,
}

impl Core {
    /// A node as the case wants it.
    ///
    /// # Errors
    /// If a setting is not known.
    pub fn for_case(case: &Case, way: Way) -> Result<Self, String> {
        let mut config = config(way);
        for (name, value) in &case.config {
            let set = config.set(name, *value);
            set.map_err(|error| format!("{name}: {error}"))?;
        }
        Ok(Self::new(config, way))
    }

    /// A node with the usual settings.
    pub fn plain(way: Way) -> Self {
        Self::new(config(way), way)
    }

    fn new(config: Config, way: Way) -> Self {
        let now = Instant::from_micros(1_000_000);
        let clock = Clock {
            unix: UnixMillis(1_700_000_000_000),
            at: now,
        };
        Self {
            node: Node::new(Arc::new(config), Shard::ONLY, clock, ()),
            now,
            way,
            writes: 0,
            peers: BTreeMap::new(),
            ends: BTreeMap::new(),
            asked: VecDeque::new(),
        }
    }

    fn end(&mut self, peer: &str) -> Result<(ConnId, &mut End), String> {
        let conn = *self.peers.get(peer).ok_or("it has no connection")?;
        let end = self.ends.get_mut(&conn).ok_or("its connection is gone")?;
        Ok((conn, end))
    }

    fn feed(&mut self, conn: ConnId, bytes: &[u8]) -> Result<(), String> {
        if let Some(end) = self.ends.get_mut(&conn)
            && !end.closed
        {
            end.input.extend_from_slice(bytes);
            if !end.paused {
                self.node.handle_bytes(self.now, conn, &mut end.input);
            }
        }
        self.settle()
    }

    /// Does what the node asks for.
    fn settle(&mut self) -> Result<(), String> {
        while let Some(output) = self.node.poll_output() {
            match output {
                Output::Ready(conn) => self.fetch(conn)?,
                Output::Close { conn, .. } => {
                    self.fetch(conn)?;
                    if let Some(end) = self.ends.get_mut(&conn) {
                        end.closed = true;
                    }
                }
                Output::Throttle { conn, paused } => {
                    let Some(end) = self.ends.get_mut(&conn) else {
                        continue;
                    };
                    end.paused = paused;
                    if !paused {
                        self.node.handle_bytes(self.now, conn, &mut end.input);
                    }
                }
                Output::Ask { ticket, .. } => self.asked.push_back(ticket),
                Output::Persist { lsn, .. } => {
                    let outcome = StoreOutcome::Durable(lsn);
                    self.node.handle_store(self.now, outcome);
                }
            }
        }
        Ok(())
    }

    fn fetch(&mut self, conn: ConnId) -> Result<(), String> {
        let Some(end) = self.ends.get_mut(&conn) else {
            return Ok(());
        };
        let mut out = Transmit::new(1000);
        loop {
            out.clear();
            let status = self.node.poll_transmit(self.now, conn, &mut out);
            out.copy_to(&mut end.output);
            if status == TransmitStatus::Drained {
                break;
            }
        }
        let mut start = 0;
        while let Some(len) = frame_len(&end.output[start..])? {
            if end.output.len() - start < len {
                break;
            }
            end.packets
                .push_back(end.output[start..start + len].to_vec());
            start += len;
        }
        end.output.drain(..start);
        match end.output.is_empty() {
            true => Ok(()),
            false => Err(format!("half a packet came: {:02X?}", end.output)),
        }
    }
}

impl Broker for Core {
    fn open(&mut self, peer: &str, _version: Version) -> Result<(), String> {
        let link = Link {
            transport: Transport::InProcess,
            peer: None,
            listener: 0,
        };
        let conn = self.node.connection_opened(self.now, link);
        self.peers.insert(peer.to_owned(), conn);
        self.ends.insert(conn, End::default());
        self.settle()
    }

    fn send(&mut self, peer: &str, bytes: &[u8]) -> Result<(), String> {
        let (conn, _) = self.end(peer)?;
        self.writes += 1;
        if self.way != Way::Bytewise || self.writes > BYTEWISE_MAX {
            return self.feed(conn, bytes);
        }
        bytes.iter().try_for_each(|byte| self.feed(conn, &[*byte]))
    }

    fn next(&mut self, peer: &str) -> Result<Option<Vec<u8>>, String> {
        Ok(self.end(peer)?.1.packets.pop_front())
    }

    fn rest(&mut self, peer: &str) -> Result<Vec<Vec<u8>>, String> {
        Ok(self.end(peer)?.1.packets.drain(..).collect())
    }

    fn is_closed(&mut self, peer: &str) -> Result<bool, String> {
        Ok(self.end(peer)?.1.closed)
    }

    fn is_open(&mut self, peer: &str) -> Result<bool, String> {
        Ok(!self.end(peer)?.1.closed)
    }

    fn cut(&mut self, peer: &str) -> Result<(), String> {
        let (conn, _) = self.end(peer)?;
        self.ends.remove(&conn);
        self.node.connection_lost(self.now, conn, LostCause::Reset);
        self.settle()
    }

    fn pass(&mut self, time: Duration) -> Result<(), String> {
        let end = self.now + time;
        while let Some((at, _)) = self.node.poll_timeout().filter(|(at, _)| *at <= end) {
            self.now = self.now.max(at);
            self.node.handle_timeout(self.now);
            self.settle()?;
        }
        self.now = end;
        self.node.handle_timeout(end);
        self.settle()
    }

    fn answer(&mut self, answer: Answer) -> Result<(), String> {
        let ticket = self.asked.pop_front().ok_or("the broker asks nothing")?;
        let answer = match answer {
            Answer::Allow(data) => node::Answer::Allow {
                username: None,
                data: data.map(Bytes::from),
            },
            Answer::Challenge(data) => node::Answer::Challenge(data.map(Bytes::from)),
            Answer::Deny(reason, words) => node::Answer::Deny {
                reason: ReasonCode::from_number(reason).ok_or("no such reason")?,
                reason_string: words.and_then(|words| Utf8::from_bytes(words.into()).ok()),
            },
        };
        self.node.handle_answer(self.now, ticket, answer);
        self.settle()
    }
}

fn config(way: Way) -> Config {
    Config {
        sys_interval: Duration::ZERO,
        durable: way == Way::Durable,
        ..Config::default()
    }
}
