//! What of QoS 1 and 2 is on its way to one client: packet identifiers and the order of sending.

use alloc::collections::{BTreeMap, BTreeSet, VecDeque};

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
/// first sending, and so that a number tells the packet identifier: numbers go on as identifiers
/// do, and are left out where an identifier is. Everything here takes about as long for the last
/// of 65,535 as for the first.
#[derive(Clone, Debug, Default)]
pub(crate) struct Window {
    /// The latest entries by number, the first of which is `base`; gaps where one has gone.
    line: VecDeque<Option<InFlight>>,
    base: u64,
    /// Earlier ones: those that were left behind by many that have gone, and those of an earlier
    /// life.
    behind: BTreeMap<u64, InFlight>,
    behind_by_id: BTreeMap<PacketId, u64>,
    len: usize,
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

/// How many identifiers there are, and the most entries that the line may have: no two of them
/// have the same identifier.
const IDS: u64 = u16::MAX as u64;

/// Gaps that the line may have beside as many as it has entries.
const GAPS_MAX: usize = 32;

impl Window {
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// In the order of first sending.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &InFlight> {
        self.from(0).map(|(_, entry)| entry)
    }

    /// Those with this number and later ones.
    fn from(&self, number: u64) -> impl Iterator<Item = (u64, &InFlight)> {
        let at = number.saturating_sub(self.base).min(self.line.len() as u64);
        let late = self.line.range(at as usize..).enumerate();
        let first = self.base + at;
        let late = late.filter_map(move |(n, entry)| Some((first + n as u64, entry.as_ref()?)));
        let early = (number < self.base).then(|| self.behind.range(number..));
        let early = early.into_iter().flatten();
        early.map(|(number, entry)| (*number, entry)).chain(late)
    }

    pub(crate) fn get(&self, number: u64) -> Option<&InFlight> {
        match number.checked_sub(self.base) {
            Some(at) => self.line.get(at as usize)?.as_ref(),
            None => self.behind.get(&number),
        }
    }

    pub(crate) fn get_mut(&mut self, number: u64) -> Option<&mut InFlight> {
        match number.checked_sub(self.base) {
            Some(at) => self.line.get_mut(at as usize)?.as_mut(),
            None => self.behind.get_mut(&number),
        }
    }

    /// The entry with this identifier.
    pub(crate) fn find(&self, id: PacketId) -> Option<u64> {
        let number = next_of(id, self.base);
        if self.get(number).is_some() {
            return Some(number);
        }
        self.behind_by_id.get(&id).copied()
    }

    /// A packet identifier that is not in use [MQTT-2.2.1-4]. They go round, so that one just
    /// freed stays unused for as long as can be.
    pub(crate) fn free_id(&mut self) -> Option<PacketId> {
        if self.len >= usize::from(u16::MAX) {
            return None;
        }
        loop {
            self.last_id = self.last_id.checked_add(1).unwrap_or(1);
            let id = PacketId::new(self.last_id).expect("invariant: it wraps to 1");
            if self.find(id).is_none() {
                return Some(id);
            }
        }
    }

    /// Puts an entry behind all others, with an identifier from [`Window::free_id`]. Its number.
    pub(crate) fn push(&mut self, entry: InFlight) -> u64 {
        let next = self.base + self.line.len() as u64;
        let number = next_of(entry.packet_id, next);
        while !self.line.is_empty() && number - self.base >= IDS {
            self.leave_behind();
        }
        if self.line.is_empty() {
            self.base = number;
        }
        let gaps = number - self.base - self.line.len() as u64;
        self.line.extend((0..gaps).map(|_| None));
        self.line.push_back(Some(entry));
        self.len += 1;
        number
    }

    /// Puts an entry of an earlier life at the number that it had there, before there are others.
    pub(crate) fn restore(&mut self, number: u64, entry: InFlight) {
        debug_assert!(self.line.is_empty(), "invariant: no other life has begun");
        self.behind_by_id.insert(entry.packet_id, number);
        self.behind.insert(number, entry);
        self.base = self.base.max(number + 1);
        self.len += 1;
    }

    /// Shortens the line by its first entry.
    fn leave_behind(&mut self) {
        if let Some(Some(entry)) = self.line.pop_front() {
            self.behind_by_id.insert(entry.packet_id, self.base);
            self.behind.insert(self.base, entry);
        }
        self.base += 1;
    }

    /// Takes an entry out: acknowledged for good, or given up.
    pub(crate) fn remove(&mut self, number: u64) -> Option<InFlight> {
        let entry = match number.checked_sub(self.base) {
            Some(at) => self.line.get_mut(at as usize)?.take()?,
            None => {
                let entry = self.behind.remove(&number)?;
                self.behind_by_id.remove(&entry.packet_id);
                entry
            }
        };
        self.len -= 1;
        if self.is_sent(number) {
            self.ahead.remove(&number);
            self.used -= 1;
        } else if entry.stage == Stage::Release {
            self.releases -= 1;
        }
        while let Some(None) = self.line.front() {
            self.leave_behind();
        }
        // Each entry is left behind at most once, after half of those that came later have gone.
        while self.line.len() > 2 * self.len + GAPS_MAX {
            self.leave_behind();
        }
        if self.line.is_empty() {
            // An idle session holds no memory for what was once under way.
            self.line = VecDeque::new();
        }
        Some(entry)
    }

    /// The numbers of the entries that `wanted` chooses.
    pub(crate) fn numbers(&self, wanted: impl Fn(&InFlight) -> bool) -> impl Iterator<Item = u64> {
        let chosen = self.from(0).filter(move |(_, entry)| wanted(entry));
        chosen.map(|(number, _)| number)
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
        let Some(entry) = self.get_mut(number) else {
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
        match self.first_unsent() {
            None => Next::Nothing,
            Some((_, entry)) if entry.stage == Stage::Publish && self.used >= max.into() => {
                // [MQTT-3.3.4-9], but [MQTT-3.3.4-10].
                let release = match self.releases {
                    0 => None,
                    _ => self
                        .unsent()
                        .find(|(_, entry)| entry.stage == Stage::Release),
                };
                release.map_or(Next::Held, |(number, _)| Next::Send(number))
            }
            Some((number, _)) => Next::Send(number),
        }
    }

    /// The entry that was next is being sent.
    pub(crate) fn advance(&mut self, number: u64) {
        if self.get(number).is_some_and(|e| e.stage == Stage::Release) {
            self.releases -= 1;
        }
        self.used += 1;
        if self.first_unsent().is_some_and(|(first, _)| first < number) {
            self.ahead.insert(number);
        } else {
            self.sent_below = number + 1;
        }
    }

    /// Whether an entry has been sent on this connection.
    pub(crate) fn is_sent(&self, number: u64) -> bool {
        number < self.sent_below || (!self.ahead.is_empty() && self.ahead.contains(&number))
    }

    /// The first of [`Window::unsent`], which for nearly every delivery is the last of the line or
    /// nothing.
    fn first_unsent(&self) -> Option<(u64, &InFlight)> {
        if self.len == 0 {
            return None;
        }
        match self.sent_below.checked_sub(self.base) {
            Some(at) if self.ahead.is_empty() => {
                if at >= self.line.len() as u64 {
                    return None;
                }
                let rest = self.line.range(at as usize..).zip(self.sent_below..);
                let mut rest = rest.filter_map(|(entry, number)| Some((number, entry.as_ref()?)));
                rest.next()
            }
            _ => self.unsent().next(),
        }
    }

    fn unsent(&self) -> impl Iterator<Item = (u64, &InFlight)> {
        let rest = self.from(self.sent_below);
        rest.filter(|(number, _)| self.ahead.is_empty() || !self.ahead.contains(number))
    }

    /// Whether an entry has yet to be sent on this connection.
    pub(crate) fn has_unsent(&self) -> bool {
        self.first_unsent().is_some()
    }
}

/// The first number from `from` on that stands for this identifier.
fn next_of(id: PacketId, from: u64) -> u64 {
    let wanted = u64::from(id.value());
    let from_id = from % IDS;
    let ahead = match wanted >= from_id {
        true => wanted - from_id,
        false => wanted + IDS - from_id,
    };
    // Identifier 65,535 stands at 0.
    from + ahead % IDS
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::{Message, MessageId};
    use crate::packet::{Properties, QoS};
    use crate::session::SubscriptionIds;
    use crate::topic::{Topic, Utf8};
    use alloc::rc::Rc;
    use bytes::Bytes;
    use proptest::prelude::*;
    use std::vec::Vec;

    fn entry(packet_id: PacketId) -> InFlight {
        let topic = Topic::parse(Utf8::from_static("t")).expect("a topic");
        let message = Rc::new(Message {
            id: MessageId(1),
            topic,
            payload: Bytes::new(),
            properties: Properties::EMPTY,
            qos: QoS::AtLeastOnce,
            retain: false,
            expires: None,
        });
        InFlight {
            packet_id,
            stage: Stage::Publish,
            sent: false,
            delivery: Delivery {
                message,
                ids: SubscriptionIds::None,
                qos: QoS::AtLeastOnce,
                retain: false,
                group: None,
                order: 0,
                lsn: crate::node::Lsn(0),
            },
        }
    }

    #[derive(Clone, Debug)]
    enum Step {
        /// So many messages go out.
        Push(usize),
        /// All but every so many are acknowledged, in this order.
        Ack { keep: usize, backwards: bool },
        /// One is.
        One(usize),
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            3 => (0..300_usize).prop_map(Step::Push),
            1 => (0..30_000_usize).prop_map(Step::Push),
            2 => (1..2_000_usize, any::<bool>())
                .prop_map(|(keep, backwards)| Step::Ack { keep, backwards }),
            2 => any::<usize>().prop_map(Step::One),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn is_a_list_in_the_order_of_sending(
            restored in prop::collection::btree_set(1..=u16::MAX, 0..20),
            steps in prop::collection::vec(step(), 1..40),
        ) {
            let template = entry(PacketId::new(1).expect("not 0"));
            let entry = |packet_id| InFlight { packet_id, ..template.clone() };
            let mut window = Window::default();
            let mut model: Vec<PacketId> = Vec::new();
            // Some order that has nothing to do with identifiers; no number comes twice.
            let number = |id: &u16| id.wrapping_mul(40_503);
            for id in &restored {
                let packet_id = PacketId::new(*id).expect("not 0");
                window.restore(number(id).into(), entry(packet_id));
            }
            let mut in_order: Vec<u16> = restored.into_iter().collect();
            in_order.sort_by_key(number);
            model.extend(in_order.into_iter().filter_map(PacketId::new));
            for step in steps {
                match step {
                    Step::Push(count) => for _ in 0..count {
                        let Some(id) = window.free_id() else {
                            prop_assert_eq!(model.len(), usize::from(u16::MAX));
                            break;
                        };
                        let number = window.push(entry(id));
                        prop_assert_eq!(window.find(id), Some(number));
                        model.push(id);
                    },
                    Step::Ack { keep, backwards } => {
                        let mut gone: Vec<_> = model.clone();
                        let mut n = 0;
                        gone.retain(|_| { n += 1; n % keep != 0 });
                        n = 0;
                        model.retain(|_| { n += 1; n % keep == 0 });
                        if backwards { gone.reverse(); }
                        for id in gone {
                            let number = window.find(id).expect("it is in flight");
                            prop_assert_eq!(window.remove(number).map(|e| e.packet_id), Some(id));
                            prop_assert_eq!(window.find(id), None);
                        }
                    }
                    Step::One(which) if !model.is_empty() => {
                        let id = model.remove(which % model.len());
                        let number = window.find(id).expect("it is in flight");
                        prop_assert_eq!(window.get(number).map(|e| e.packet_id), Some(id));
                        window.remove(number);
                    }
                    Step::One(_) => {}
                }
                prop_assert_eq!(window.len(), model.len());
                prop_assert!(window.iter().map(|e| &e.packet_id).eq(&model));
                prop_assert!(window.line.len() <= 2 * window.len() + GAPS_MAX + usize::from(u16::MAX));
                let numbers: Vec<u64> = window.numbers(|_| true).collect();
                prop_assert!(numbers.is_sorted());
                let unsent: Vec<u64> = window.unsent().map(|(number, _)| number).collect();
                prop_assert_eq!(numbers, unsent);
            }
        }
    }
}
