//! What of QoS 1 and 2 is on its way to one client: packet identifiers and the order of sending.

use alloc::collections::{BTreeMap, BTreeSet};

use super::Delivery;
use crate::packet::PacketId;

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

/// What is next to be sent of a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// This one.
    Send(u64),
    /// There is one, but the client takes no more before it has acknowledged something.
    Held,
    /// Everything is sent.
    Nothing,
}

/// What the client has not acknowledged for good. Entries are numbered in the order of their
/// first sending; everything here takes as long for the last of 65,535 as for the first.
#[derive(Clone, Debug, Default)]
pub(crate) struct Window {
    entries: BTreeMap<u64, InFlight>,
    by_id: BTreeMap<PacketId, u64>,
    next_number: u64,
    last_id: u16,
    /// Entries below this number have been sent on this connection; the others have yet to be.
    sent_below: u64,
    /// Of the others, those that were sent ahead: a PUBREL waits for no message.
    ahead: BTreeSet<u64>,
    /// Releases that have yet to be sent on this connection.
    releases: usize,
    /// How many of those sent on this connection are not acknowledged for good.
    used: usize,
}

impl Window {
    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    /// In the order of first sending.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &InFlight> {
        self.entries.values()
    }

    pub(crate) fn get(&self, number: u64) -> Option<&InFlight> {
        self.entries.get(&number)
    }

    pub(crate) fn get_mut(&mut self, number: u64) -> Option<&mut InFlight> {
        self.entries.get_mut(&number)
    }

    /// The entry with this identifier.
    pub(crate) fn find(&self, id: PacketId) -> Option<u64> {
        self.by_id.get(&id).copied()
    }

    /// A packet identifier that is not in use [MQTT-2.2.1-4]. They go round, so that one just
    /// freed stays unused for as long as can be.
    pub(crate) fn free_id(&mut self) -> Option<PacketId> {
        if self.entries.len() >= usize::from(u16::MAX) {
            return None;
        }
        loop {
            self.last_id = self.last_id.checked_add(1).unwrap_or(1);
            let id = PacketId::new(self.last_id).expect("invariant: it wraps to 1");
            if !self.by_id.contains_key(&id) {
                return Some(id);
            }
        }
    }

    /// Puts an entry behind all others. Its number.
    pub(crate) fn push(&mut self, entry: InFlight) -> u64 {
        let number = self.next_number;
        self.next_number += 1;
        self.by_id.insert(entry.packet_id, number);
        self.entries.insert(number, entry);
        number
    }

    /// Takes an entry out: acknowledged for good, or given up.
    pub(crate) fn remove(&mut self, number: u64) -> Option<InFlight> {
        let entry = self.entries.remove(&number)?;
        self.by_id.remove(&entry.packet_id);
        if self.is_sent(number) {
            self.ahead.remove(&number);
            self.used -= 1;
        } else if entry.stage == Stage::Release {
            self.releases -= 1;
        }
        if self.entries.is_empty() {
            // An idle session holds no memory for what was once under way.
            (self.entries, self.by_id) = (BTreeMap::new(), BTreeMap::new());
        }
        Some(entry)
    }

    /// The numbers of the entries that `wanted` chooses.
    pub(crate) fn numbers(&self, wanted: impl Fn(&InFlight) -> bool) -> impl Iterator<Item = u64> {
        let chosen = self.entries.iter().filter(move |(_, entry)| wanted(entry));
        chosen.map(|(number, _)| *number)
    }

    /// A new connection begins: everything has to be sent again [MQTT-4.4.0-1].
    pub(crate) fn begin_resending(&mut self) {
        self.sent_below = 0;
        self.ahead.clear();
        self.releases = self.numbers(|entry| entry.stage == Stage::Release).count();
        self.used = 0;
    }

    /// PUBREC came: the message is not sent again [MQTT-4.3.3-6]. Whether it is the first time.
    pub(crate) fn release(&mut self, number: u64) -> bool {
        let sent = self.is_sent(number);
        let Some(entry) = self.entries.get_mut(&number) else {
            return false;
        };
        let first = entry.stage == Stage::Publish;
        entry.stage = Stage::Release;
        self.releases += usize::from(first && !sent);
        first
    }

    /// What is next, for a client that takes `max` at once. PUBREL may always go; whether the
    /// client counts it or not, it is counted here.
    pub(crate) fn next(&self, max: u16) -> Next {
        let mut unsent = self.unsent();
        match unsent.next() {
            None => Next::Nothing,
            Some((_, entry)) if entry.stage == Stage::Publish && self.used >= max.into() => {
                // [MQTT-3.3.4-9], but [MQTT-3.3.4-10].
                let release = match self.releases {
                    0 => None,
                    _ => unsent.find(|(_, entry)| entry.stage == Stage::Release),
                };
                release.map_or(Next::Held, |(number, _)| Next::Send(*number))
            }
            Some((number, _)) => Next::Send(*number),
        }
    }

    /// The entry that was next is being sent.
    pub(crate) fn advance(&mut self, number: u64) {
        if self.get(number).is_some_and(|e| e.stage == Stage::Release) {
            self.releases -= 1;
        }
        self.used += 1;
        if self
            .unsent()
            .next()
            .is_some_and(|(first, _)| *first < number)
        {
            self.ahead.insert(number);
        } else {
            self.sent_below = number + 1;
        }
    }

    /// Whether an entry has been sent on this connection.
    pub(crate) fn is_sent(&self, number: u64) -> bool {
        number < self.sent_below || self.ahead.contains(&number)
    }

    fn unsent(&self) -> impl Iterator<Item = (&u64, &InFlight)> {
        let rest = self.entries.range(self.sent_below..);
        rest.filter(|(number, _)| !self.ahead.contains(number))
    }

    /// Whether an entry has yet to be sent on this connection.
    pub(crate) fn has_unsent(&self) -> bool {
        self.unsent().next().is_some()
    }
}
