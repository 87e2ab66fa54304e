//! Runner (c): a broker behind a port, as in a browser's worker, reached by batches of records.
//! What a record is, is written at `world/src/port.rs`.
//!
//! A port deals with records in their order, so a step that only sends need not wait: the batch
//! grows until somebody wants to know what came of it.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use crate::case::Case;
use crate::play::{Answer, Broker};
use crate::wire::{Version, frame_len};

const OPEN: u8 = 0;
const BYTES: u8 = 1;
const CLOSE: u8 = 2;
const PASS: u8 = 3;
const ASK: u8 = 4;
/// A length that says that nothing is there.
const NONE: u32 = u32::MAX;
/// A batch of this size leaves before anybody waits for it.
const BATCH_BYTES: usize = 64 * 1024;

/// Carries batches to a port and back.
pub trait Carrier {
    /// Carries a batch there.
    fn send(&mut self, batch: Vec<u8>) -> Result<(), String>;
    /// Waits for a batch from there.
    fn receive(&mut self) -> Result<Vec<u8>, String>;
}

/// The settings of the port that a case wants, as a port is told them.
pub fn settings(case: &Case) -> String {
    let mut settings = "clock=held sys-secs=0".to_owned();
    for (name, value) in &case.config {
        settings.push_str(&format!(" {name}={value}"));
    }
    settings
}

/// A broker behind a port.
#[derive(Debug)]
pub struct Ported<C> {
    carrier: C,
    batch: Vec<u8>,
    /// Answers to PASS that have not come.
    passing: usize,
    last: u32,
    peers: BTreeMap<String, u32>,
    ends: BTreeMap<u32, End>,
    asked: VecDeque<u32>,
}

#[derive(Debug, Default)]
struct End {
    output: Vec<u8>,
    packets: VecDeque<Vec<u8>>,
    closed: bool,
}

impl<C: Carrier> Ported<C> {
    /// A port that has just been opened.
    pub fn new(carrier: C) -> Self {
        Self {
            carrier,
            batch: Vec::new(),
            passing: 0,
            last: 0,
            peers: BTreeMap::new(),
            ends: BTreeMap::new(),
            asked: VecDeque::new(),
        }
    }

    fn write(&mut self, kind: u8, number: u32, payload: &[u8]) {
        self.batch.push(kind);
        self.batch.extend(number.to_le_bytes());
        self.batch.extend((payload.len() as u32).to_le_bytes());
        self.batch.extend(payload);
    }

    /// Behind everything: says everything that is to be said by then, and that it was.
    fn pass_for(&mut self, time: Duration) -> Result<(), String> {
        let micros = u64::try_from(time.as_micros()).map_err(|e| e.to_string())?;
        self.write(PASS, 0, &micros.to_le_bytes());
        self.passing += 1;
        match self.batch.len() {
            ..BATCH_BYTES => Ok(()),
            _ => self.carrier.send(std::mem::take(&mut self.batch)),
        }
    }

    /// Waits until the port has dealt with everything.
    fn settle(&mut self) -> Result<(), String> {
        if !self.batch.is_empty() {
            self.carrier.send(std::mem::take(&mut self.batch))?;
        }
        while self.passing > 0 {
            let batch = self.carrier.receive()?;
            let mut rest = &batch[..];
            while let [kind, a, b, c, d, e, f, g, h, more @ ..] = rest {
                let number = u32::from_le_bytes([*a, *b, *c, *d]);
                let len = u32::from_le_bytes([*e, *f, *g, *h]) as usize;
                let record = more.split_at_checked(len);
                let (payload, more) = record.ok_or("half a record came")?;
                rest = more;
                self.take(*kind, number, payload)?;
            }
            if !rest.is_empty() {
                return Err(format!("what is this record: {rest:02X?}"));
            }
        }
        Ok(())
    }

    fn take(&mut self, kind: u8, number: u32, payload: &[u8]) -> Result<(), String> {
        match (kind, self.ends.get_mut(&number)) {
            (PASS, _) => {
                let left = self.passing.checked_sub(1);
                self.passing = left.ok_or("time passed that nobody asked for")?;
            }
            (ASK, Some(_)) => self.asked.push_back(number),
            (CLOSE, Some(end)) => end.closed = true,
            (BYTES, Some(end)) if !end.closed => end.take(payload)?,
            _ => return Err(format!("a record {kind} of connection {number} came")),
        }
        Ok(())
    }

    fn end(&mut self, peer: &str) -> Result<&mut End, String> {
        self.settle()?;
        let number = self.number(peer)?;
        let end = self.ends.get_mut(&number);
        end.ok_or_else(|| format!("{peer} has no connection"))
    }

    fn number(&self, peer: &str) -> Result<u32, String> {
        let number = self.peers.get(peer).copied();
        number.ok_or_else(|| format!("{peer} has no connection"))
    }
}

impl End {
    fn take(&mut self, bytes: &[u8]) -> Result<(), String> {
        self.output.extend(bytes);
        let mut start = 0;
        while let Some(len) = frame_len(&self.output[start..])? {
            if self.output.len() - start < len {
                break;
            }
            let packet = self.output[start..start + len].to_vec();
            self.packets.push_back(packet);
            start += len;
        }
        self.output.drain(..start);
        Ok(())
    }
}

impl<C: Carrier> Broker for Ported<C> {
    fn open(&mut self, peer: &str, _version: Version) -> Result<(), String> {
        self.last += 1;
        self.peers.insert(peer.to_owned(), self.last);
        self.ends.insert(self.last, End::default());
        self.write(OPEN, self.last, &[]);
        Ok(())
    }

    fn send(&mut self, peer: &str, bytes: &[u8]) -> Result<(), String> {
        let number = self.number(peer)?;
        self.write(BYTES, number, bytes);
        self.pass_for(Duration::ZERO)
    }

    fn next(&mut self, peer: &str) -> Result<Option<Vec<u8>>, String> {
        // What came already is what a broker that was asked again would say first.
        let number = self.number(peer)?;
        if let Some(packet) = self
            .ends
            .get_mut(&number)
            .and_then(|end| end.packets.pop_front())
        {
            return Ok(Some(packet));
        }
        Ok(self.end(peer)?.packets.pop_front())
    }

    fn rest(&mut self, peer: &str) -> Result<Vec<Vec<u8>>, String> {
        Ok(self.end(peer)?.packets.drain(..).collect())
    }

    fn is_closed(&mut self, peer: &str) -> Result<bool, String> {
        Ok(self.end(peer)?.closed)
    }

    fn is_open(&mut self, peer: &str) -> Result<bool, String> {
        Ok(!self.end(peer)?.closed)
    }

    fn cut(&mut self, peer: &str) -> Result<(), String> {
        // What it was told before is told to nobody.
        self.settle()?;
        let number = self.number(peer)?;
        self.write(CLOSE, number, &[]);
        self.pass_for(Duration::ZERO)
    }

    fn pass(&mut self, time: Duration) -> Result<(), String> {
        self.pass_for(time)
    }

    fn answer(&mut self, answer: Answer) -> Result<(), String> {
        self.settle()?;
        let number = self.asked.pop_front().ok_or("the broker asks nothing")?;
        let (verdict, reason, data) = match answer {
            Answer::Allow(data) => (0, 0, data),
            Answer::Challenge(data) => (1, 0, data),
            Answer::Deny(reason, words) => (2, reason, words),
        };
        let mut payload = vec![verdict, reason];
        let len = data.as_ref().map_or(NONE, |data| data.len() as u32);
        payload.extend(len.to_le_bytes());
        payload.extend(data.into_iter().flatten());
        self.write(ASK, number, &payload);
        self.pass_for(Duration::ZERO)
    }
}
