//! A broker for clients that are elsewhere: any number of connections over one way in and out.
//!
//! No scene, no log, no links: the core as it is, for whoever has bytes of MQTT and wants a broker
//! in the same browser. What goes in and out is a batch of records:
//!
//! ```text
//! kind: one byte | connection: u32 | length of what follows: u32 | what follows     (little-endian)
//! ```
//!
//! | kind | in | out |
//! | --- | --- | --- |
//! | 0 | a connection comes, under a number of the other side's choice | |
//! | 1 | bytes of a connection | bytes for it |
//! | 2 | a connection is lost | the broker has ended it |
//! | 3 | time goes on by so many microseconds (u64), if the clock is held | all that was to be said before has been said |
//! | 4 | an answer: 0 allow, 1 challenge, 2 deny; a reason code; data or words, as below | a question, as below |
//!
//! A question is 0 for CONNECT, 1 for AUTH, 2 for AUTH that begins anew; the protocol level; then
//! Client Identifier, User Name, Password, Authentication Method and Data, each with its length
//! (u32) before it, or 0xFFFFFFFF where there is none. Nobody is asked unless `ask=1` is set.
//!
//! ```
//! use tidings_world::port::{BYTES, OPEN, Port, read, write};
//!
//! let mut port = Port::new("clock=held receive-max=10", 0.0).expect("these settings exist");
//! let mut batch = Vec::new();
//! write(&mut batch, OPEN, 7, &[]);
//! write(&mut batch, BYTES, 7, b"\x10\x0D\0\x04MQTT\x04\x02\0\0\0\x01a"); // CONNECT
//! let mut out = Vec::new();
//! port.handle(0.0, &batch, &mut out);
//! assert_eq!(read(&out).next(), Some((BYTES, 7, &b"\x20\x02\0\0"[..]))); // CONNACK
//! ```

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use tidings_core::config::Config;
use tidings_core::node::{
    Answer, ConnId, Link, LostCause, Node, Output, Question, Shard, StoreOutcome, Ticket, Transport,
};
use tidings_core::packet::ReasonCode;
use tidings_core::time::{Clock, Instant, UnixMillis};
use tidings_core::topic::Utf8;
use tidings_core::transmit::{Transmit, TransmitStatus};

use crate::run::Witness;

/// A connection comes.
pub const OPEN: u8 = 0;
/// Bytes of or for a connection.
pub const BYTES: u8 = 1;
/// A connection is over.
pub const CLOSE: u8 = 2;
/// Time goes on; and the answer, which comes after everything else.
pub const PASS: u8 = 3;
/// A question about a client, and its answer.
pub const ASK: u8 = 4;

/// The length of what is not there.
const NONE: u32 = u32::MAX;
/// How much is encoded in one go at most, about.
const TRANSMIT_BYTES: usize = 64 * 1024;
/// The core counts from 1.
const CORE_ZERO: u64 = 1;
/// When held clocks begin: 2026-01-01T00:00:00Z.
const BEGINNING: UnixMillis = UnixMillis(1_767_225_600_000);

/// See the module.
#[derive(Debug)]
pub struct Port {
    node: Node<Witness>,
    now: Instant,
    /// Wall time at the core's zero; none while the clock is held.
    origin_ms: Option<f64>,
    lines: BTreeMap<u32, Line>,
    /// Numbers of the other side, by the core's slots.
    numbers: Vec<Option<(ConnId, u32)>>,
    /// What came, where nothing waited before it.
    input: BytesMut,
    transmit: Transmit,
}

/// One connection.
#[derive(Debug)]
struct Line {
    conn: ConnId,
    /// What the core has not taken.
    partial: BytesMut,
    /// The core takes nothing for a while.
    paused: bool,
    asked: Option<Ticket>,
}

impl Line {
    /// Gives the core what waits.
    fn feed(&mut self, node: &mut Node<Witness>, now: Instant) {
        node.handle_bytes(now, self.conn, &mut self.partial);
        if self.partial.is_empty() {
            self.partial = BytesMut::new();
        }
    }
}

impl Port {
    /// A broker with these settings: `name=number`, with spaces between, by the names of
    /// [`Config::set`]; and `clock=held` for time that goes on only when it is told to.
    ///
    /// # Errors
    /// With the setting that there is none of, or that cannot be so.
    pub fn new(settings: &str, wall_ms: f64) -> Result<Self, String> {
        let mut config = Config::default();
        let mut origin_ms = Some(wall_ms);
        for setting in settings.split_whitespace() {
            let (name, value) = setting.split_once('=').unwrap_or((setting, ""));
            if setting == "clock=held" {
                origin_ms = None;
                continue;
            }
            let value = value.parse();
            let value = value.map_err(|_| format!("{setting}: a setting is name=number"))?;
            let set = config.set(name, value);
            set.map_err(|error| format!("{setting}: {error}"))?;
        }
        let now = Instant::from_micros(CORE_ZERO);
        let unix = origin_ms.map_or(BEGINNING, |ms| UnixMillis(ms as u64));
        let clock = Clock { unix, at: now };
        Ok(Self {
            node: Node::new(Arc::new(config), Shard::ONLY, clock, Witness::deaf()),
            now,
            origin_ms,
            lines: BTreeMap::new(),
            numbers: Vec::new(),
            input: BytesMut::new(),
            transmit: Transmit::new(TRANSMIT_BYTES),
        })
    }

    /// Takes a batch in; what follows from it is added to `out`. A batch that ends in the middle
    /// of a record counts as far as it is whole.
    pub fn handle(&mut self, wall_ms: f64, batch: &[u8], out: &mut Vec<u8>) {
        self.advance(wall_ms, out);
        for (kind, number, payload) in read(batch) {
            match kind {
                OPEN => self.open(number),
                BYTES => self.bytes(number, payload),
                CLOSE => {
                    if let Some(line) = self.lines.remove(&number) {
                        let lost = LostCause::Closed;
                        self.node.connection_lost(self.now, line.conn, lost);
                    }
                }
                PASS => {
                    self.settle(out);
                    let micros = payload.first_chunk().map_or(0, |b| u64::from_le_bytes(*b));
                    if self.origin_ms.is_none() {
                        self.pass(self.now + Duration::from_micros(micros), out);
                    }
                    let now = self.now.as_micros() - CORE_ZERO;
                    write(out, PASS, number, &now.to_le_bytes());
                }
                ASK => self.answer(number, payload),
                _ => {}
            }
        }
        self.settle(out);
    }

    /// Lets time go on to this moment of the wall, unless the clock is held.
    pub fn advance(&mut self, wall_ms: f64, out: &mut Vec<u8>) {
        if let Some(origin_ms) = self.origin_ms {
            let micros = ((wall_ms - origin_ms).max(0.0) * 1000.0) as u64;
            self.pass(Instant::from_micros(CORE_ZERO + micros), out);
        }
    }

    /// When [`Port::advance`] has something to do, in milliseconds of the wall.
    pub fn wake_at(&self) -> Option<f64> {
        let (at, _) = self.node.poll_timeout()?;
        Some(self.origin_ms? + (at.as_micros() - CORE_ZERO) as f64 / 1000.0)
    }

    fn pass(&mut self, to: Instant, out: &mut Vec<u8>) {
        while let Some((at, _)) = self.node.poll_timeout().filter(|(at, _)| *at <= to) {
            self.now = self.now.max(at);
            self.node.handle_timeout(self.now);
            self.settle(out);
        }
        self.now = self.now.max(to);
    }

    fn open(&mut self, number: u32) {
        if self.lines.contains_key(&number) {
            return;
        }
        let link = Link {
            transport: Transport::InProcess,
            peer: None,
            listener: 0,
        };
        let conn = self.node.connection_opened(self.now, link);
        let slot = conn.slot();
        if self.numbers.len() <= slot {
            self.numbers.resize(slot + 1, None);
        }
        self.numbers[slot] = Some((conn, number));
        let line = Line {
            conn,
            partial: BytesMut::new(),
            paused: false,
            asked: None,
        };
        self.lines.insert(number, line);
    }

    fn bytes(&mut self, number: u32, bytes: &[u8]) {
        let Some(line) = self.lines.get_mut(&number) else {
            return;
        };
        // Idle connections hold no buffers.
        if line.paused || !line.partial.is_empty() {
            line.partial.extend_from_slice(bytes);
            if !line.paused {
                line.feed(&mut self.node, self.now);
            }
            return;
        }
        self.input.extend_from_slice(bytes);
        self.node.handle_bytes(self.now, line.conn, &mut self.input);
        line.partial = BytesMut::from(&self.input[..]);
        self.input.clear();
    }

    fn answer(&mut self, number: u32, payload: &[u8]) {
        let line = self.lines.get_mut(&number);
        let (Some(ticket), [verdict, reason, data @ ..]) =
            (line.and_then(|line| line.asked.take()), payload)
        else {
            return;
        };
        let data = take(&mut &*data).map(Bytes::copy_from_slice);
        let answer = match verdict {
            0 => Answer::Allow {
                username: None,
                data,
            },
            1 => Answer::Challenge(data),
            _ => Answer::Deny {
                reason: ReasonCode::from_number(*reason).unwrap_or(ReasonCode::NotAuthorized),
                reason_string: data.and_then(|words| Utf8::from_bytes(words).ok()),
            },
        };
        self.node.handle_answer(self.now, ticket, answer);
    }

    /// The other side's number of a connection.
    fn number(&self, conn: ConnId) -> Option<u32> {
        let (known, number) = (*self.numbers.get(conn.slot())?)?;
        (known == conn && self.lines.contains_key(&number)).then_some(number)
    }

    /// Does what the core asks for.
    fn settle(&mut self, out: &mut Vec<u8>) {
        while let Some(output) = self.node.poll_output() {
            match output {
                Output::Ready(conn) => self.flush(conn, out),
                Output::Close { conn, .. } => {
                    self.flush(conn, out);
                    if let Some(number) = self.number(conn) {
                        self.lines.remove(&number);
                        write(out, CLOSE, number, &[]);
                    }
                }
                Output::Throttle { conn, paused } => {
                    let number = self.number(conn);
                    let line = number.and_then(|number| self.lines.get_mut(&number));
                    if let Some(line) = line {
                        line.paused = paused;
                        if !paused {
                            line.feed(&mut self.node, self.now);
                        }
                    }
                }
                Output::Ask { ticket, question } => self.ask(ticket, &question, out),
                // Memory is all the store there is.
                Output::Persist { lsn, .. } => {
                    let outcome = StoreOutcome::Durable(lsn);
                    self.node.handle_store(self.now, outcome);
                }
            }
        }
    }

    fn flush(&mut self, conn: ConnId, out: &mut Vec<u8>) {
        let Some(number) = self.number(conn) else {
            return;
        };
        loop {
            self.transmit.clear();
            let now = self.now;
            let status = self.node.poll_transmit(now, conn, &mut self.transmit);
            if !self.transmit.is_empty() {
                head(out, BYTES, number, self.transmit.len() as u32);
                self.transmit.copy_to(out);
            }
            if status == TransmitStatus::Drained {
                return;
            }
        }
    }

    fn ask(&mut self, ticket: Ticket, question: &Question, out: &mut Vec<u8>) {
        let mut text = Vec::new();
        let conn = match question {
            Question::Connect {
                conn,
                version,
                client_id,
                username,
                password,
                method,
            } => {
                text.extend([0, *version as u8]);
                give(&mut text, Some(client_id.bytes()));
                give(&mut text, username.as_ref().map(Utf8::bytes));
                give(&mut text, password.as_ref());
                give(&mut text, method.as_ref().map(|(name, _)| name.bytes()));
                give(
                    &mut text,
                    method.as_ref().and_then(|(_, data)| data.as_ref()),
                );
                conn
            }
            Question::Auth {
                conn,
                method,
                data,
                again,
            } => {
                text.extend([1 + u8::from(*again), 5]);
                for _ in 0..3 {
                    give(&mut text, None);
                }
                give(&mut text, Some(method.bytes()));
                give(&mut text, data.as_ref());
                conn
            }
        };
        let number = self.number(*conn);
        if let Some(number) = number
            && let Some(line) = self.lines.get_mut(&number)
        {
            line.asked = Some(ticket);
            write(out, ASK, number, &text);
        }
    }
}

/// Adds a record to a batch.
pub fn write(batch: &mut Vec<u8>, kind: u8, number: u32, payload: &[u8]) {
    head(batch, kind, number, payload.len() as u32);
    batch.extend_from_slice(payload);
}

fn head(batch: &mut Vec<u8>, kind: u8, number: u32, len: u32) {
    batch.push(kind);
    batch.extend_from_slice(&number.to_le_bytes());
    batch.extend_from_slice(&len.to_le_bytes());
}

/// The records of a batch: kind, connection, what follows.
pub fn read(mut batch: &[u8]) -> impl Iterator<Item = (u8, u32, &[u8])> {
    std::iter::from_fn(move || {
        let (kind, rest) = batch.split_first()?;
        let (number, mut rest) = rest.split_first_chunk()?;
        let payload = take(&mut rest)?;
        batch = rest;
        Some((*kind, u32::from_le_bytes(*number), payload))
    })
}

/// Takes something off the front that has its length before it; none if there is none.
pub fn take<'a>(from: &mut &'a [u8]) -> Option<&'a [u8]> {
    let (len, rest) = from.split_first_chunk()?;
    let len = u32::from_le_bytes(*len);
    *from = rest;
    let taken = rest.split_at_checked(len as usize).filter(|_| len != NONE);
    let (taken, rest) = taken?;
    *from = rest;
    Some(taken)
}

/// Adds what [`take`] takes off.
pub fn give(to: &mut Vec<u8>, what: Option<&Bytes>) {
    let len = what.map_or(NONE, |what| what.len() as u32);
    to.extend_from_slice(&len.to_le_bytes());
    to.extend(what.into_iter().flatten());
}
