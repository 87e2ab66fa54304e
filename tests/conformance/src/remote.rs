//! A broker at the other end of something that carries bytes: runner (b), and the seam for every
//! runner that is not in this process.
//!
//! Nothing tells from outside when a broker has dealt with what it was sent. But it answers
//! packets of a connection in order: so behind everything goes a PINGREQ that the case knows
//! nothing of, and its PINGRESP is the sign.

use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, Instant};

use tidings_testkit::PATIENCE;

use crate::play::{Answer, Broker};
use crate::wire::{Version, frame_len};

/// Carries the bytes of one connection.
pub trait Pipe {
    /// Writes. False if the other end has closed.
    fn write(&mut self, bytes: &[u8]) -> Result<bool, String>;
    /// Ends this direction without a word of farewell.
    fn hang_up(&mut self) -> Result<(), String>;
    /// Waits for bytes.
    fn read(&mut self, patience: Duration) -> Result<Read, String>;
}

/// What came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Read {
    /// Bytes.
    Bytes(Vec<u8>),
    /// The end.
    End,
    /// Nothing in time.
    Nothing,
}

/// A running broker, to which `dial` opens connections.
pub struct Remote<P, D> {
    dial: D,
    patience: Duration,
    lines: BTreeMap<String, Line<P>>,
    /// Who sends much may wait for the broker only now and then.
    bulk: bool,
    /// Who has sent so many times without waiting.
    ahead: Option<(String, usize)>,
}

/// Who is so many writes ahead of the broker waits for it, before its answers fill the sockets.
const AHEAD_MAX: usize = 100;

impl<P, D> std::fmt::Debug for Remote<P, D> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Remote").finish_non_exhaustive()
    }
}

struct Line<P> {
    pipe: P,
    patience: Duration,
    /// What was sent after the last whole packet.
    sent: Vec<u8>,
    /// No packet boundary can be told from here on.
    lost_count: bool,
    /// CONNACK said yes.
    connected: bool,
    said_goodbye: bool,
    closed: bool,
    input: Vec<u8>,
    packets: VecDeque<Vec<u8>>,
    /// PINGREQ packets without an answer, oldest first: whether they are ours.
    pings: VecDeque<bool>,
}

impl<P: Pipe, D: FnMut() -> Result<P, String>> Remote<P, D> {
    /// A broker that `dial` reaches.
    pub fn new(dial: D) -> Self {
        Self {
            dial,
            patience: PATIENCE,
            lines: BTreeMap::new(),
            bulk: false,
            ahead: None,
        }
    }

    /// With another patience than that of who expects everything to go well.
    #[must_use]
    pub fn patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// Waits until the broker has dealt with everything.
    fn catch_up(&mut self) -> Result<(), String> {
        match self.ahead.take() {
            Some((peer, _)) => self.line(&peer)?.settle(),
            None => Ok(()),
        }
    }

    fn line(&mut self, peer: &str) -> Result<&mut Line<P>, String> {
        let line = self.lines.get_mut(peer);
        line.ok_or_else(|| format!("{peer} has no connection"))
    }
}

impl<P: Pipe> Line<P> {
    /// Notes what kinds of packets leave.
    fn count(&mut self, bytes: &[u8]) {
        self.sent.extend(bytes);
        let mut start = 0;
        loop {
            match frame_len(&self.sent[start..]) {
                Ok(Some(len)) if start + len <= self.sent.len() => {
                    match self.sent[start] >> 4 {
                        12 => self.pings.push_back(false),
                        14 => self.said_goodbye = true,
                        _ => {}
                    }
                    start += len;
                }
                Ok(_) => break,
                Err(_) => {
                    self.lost_count = true;
                    break;
                }
            }
        }
        self.sent.drain(..start);
    }

    /// Waits for more. False if nothing came in time or the end is reached.
    fn receive(&mut self, patience: Duration) -> Result<bool, String> {
        if self.closed {
            return Ok(false);
        }
        match self.pipe.read(patience)? {
            Read::Nothing => return Ok(false),
            Read::End => {
                self.closed = true;
                return Ok(false);
            }
            Read::Bytes(bytes) => self.input.extend(bytes),
        }
        let mut start = 0;
        while let Some(len) = frame_len(&self.input[start..])? {
            if self.input.len() - start < len {
                break;
            }
            let packet = self.input[start..start + len].to_vec();
            start += len;
            match packet[0] >> 4 {
                2 => self.connected |= packet.get(3) == Some(&0),
                13 if self.pings.pop_front() == Some(true) => continue,
                _ => {}
            }
            self.packets.push_back(packet);
        }
        self.input.drain(..start);
        Ok(true)
    }

    /// Waits until the broker has dealt with everything sent.
    fn settle(&mut self) -> Result<(), String> {
        if self.closed || self.lost_count || !self.sent.is_empty() {
            return Ok(());
        }
        let deadline = Instant::now() + self.patience;
        if self.said_goodbye {
            return self.until(deadline, |_| false);
        }
        if !self.connected {
            self.until(deadline, |line| line.connected || !line.packets.is_empty())?;
        }
        if self.connected && !self.closed {
            self.pings.push_back(true);
            if !self.pipe.write(&[0xC0, 0])? {
                return self.until(deadline, |_| false);
            }
            self.until(deadline, |line| line.pings.is_empty())?;
        }
        Ok(())
    }

    /// Receives until something holds or the end is reached.
    fn until(&mut self, deadline: Instant, holds: impl Fn(&Self) -> bool) -> Result<(), String> {
        while !self.closed && !holds(self) {
            let left = deadline.saturating_duration_since(Instant::now());
            if !self.receive(left)? && !self.closed {
                return Err("the broker does not answer".to_owned());
            }
        }
        Ok(())
    }
}

impl<P: Pipe, D: FnMut() -> Result<P, String>> Broker for Remote<P, D> {
    fn open(&mut self, peer: &str, _version: Version) -> Result<(), String> {
        self.catch_up()?;
        let line = Line {
            pipe: (self.dial)()?,
            patience: self.patience,
            sent: Vec::new(),
            lost_count: false,
            connected: false,
            said_goodbye: false,
            closed: false,
            input: Vec::new(),
            packets: VecDeque::new(),
            pings: VecDeque::new(),
        };
        self.lines.insert(peer.to_owned(), line);
        Ok(())
    }

    fn send(&mut self, peer: &str, bytes: &[u8]) -> Result<(), String> {
        let ahead = match self.ahead.take() {
            Some((other, count)) if other == peer => count,
            Some((other, _)) => {
                self.line(&other)?.settle()?;
                0
            }
            None => 0,
        };
        let waits = !self.bulk || ahead >= AHEAD_MAX;
        let line = self.line(peer)?;
        line.count(bytes);
        match line.pipe.write(bytes)? {
            true if waits => line.settle(),
            true => {
                self.ahead = Some((peer.to_owned(), ahead + 1));
                Ok(())
            }
            false => line.until(Instant::now() + line.patience, |_| false),
        }
    }

    fn next(&mut self, peer: &str) -> Result<Option<Vec<u8>>, String> {
        self.catch_up()?;
        let line = self.line(peer)?;
        let deadline = Instant::now() + line.patience;
        while line.packets.is_empty() && !line.closed {
            let left = deadline.saturating_duration_since(Instant::now());
            if !line.receive(left)? && !line.closed {
                break;
            }
        }
        Ok(line.packets.pop_front())
    }

    fn rest(&mut self, peer: &str) -> Result<Vec<Vec<u8>>, String> {
        self.catch_up()?;
        let line = self.line(peer)?;
        // An answer may pass a message; the next one cannot pass it as well.
        line.settle()?;
        line.settle()?;
        Ok(line.packets.drain(..).collect())
    }

    fn is_closed(&mut self, peer: &str) -> Result<bool, String> {
        self.catch_up()?;
        let line = self.line(peer)?;
        let deadline = Instant::now() + line.patience;
        while !line.closed {
            let left = deadline.saturating_duration_since(Instant::now());
            if !line.receive(left)? && !line.closed {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn is_open(&mut self, peer: &str) -> Result<bool, String> {
        self.catch_up()?;
        let line = self.line(peer)?;
        line.settle()?;
        Ok(!line.closed)
    }

    fn cut(&mut self, peer: &str) -> Result<(), String> {
        self.catch_up()?;
        let line = self.lines.remove(peer);
        let mut line = line.ok_or_else(|| format!("{peer} has no connection"))?;
        line.pipe.hang_up()?;
        // The broker ends its own direction when it has seen the end of ours.
        line.until(Instant::now() + line.patience, |_| false)
    }

    fn pass(&mut self, time: Duration) -> Result<(), String> {
        self.catch_up()?;
        std::thread::sleep(time);
        Ok(())
    }

    fn bulk(&mut self, begins: bool) -> Result<(), String> {
        self.bulk = begins;
        self.catch_up()
    }

    fn answer(&mut self, _answer: Answer) -> Result<(), String> {
        Err("nobody outside can be asked here".to_owned())
    }
}
