//! Faults put in between the broker and everybody else, to see whether the oracle sees them.

use tidings_conformance::wire::{Version, decode, frame_len};
use tidings_core::node::{CloseCause, NodeState, TimerKind, Violation};
use tidings_core::observe::Why;
use tidings_core::record::{Item, Key, Progress, Record};

use crate::ears::Told;

/// What is done to a broker's output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trick {
    /// A message of QoS 1 is left out.
    Drop,
    /// A message of QoS 2 is sent twice.
    Twice,
    /// A message is dropped for a reason that is none.
    Excuse,
    /// Two messages of one topic change places.
    Swap,
    /// A message is sent with RETAIN changed.
    Retain,
    /// A message is sent again with RETAIN changed.
    RetainAgain,
    /// Two messages that are sent again change places.
    SwapAgain,
    /// Two that were on their way when the broker died have changed places when it is back.
    SwapRestored,
    /// Two PUBRELs change places.
    SwapReleases,
    /// A message goes to somebody else, too.
    Stray,
    /// PUBACKs are left out.
    NoPubAck,
    /// Session Present says the opposite.
    Present,
    /// Wills that wait are said a second late.
    LateWill,
    /// Sessions end a second late.
    LateExpiry,
    /// Silence is borne a second too long.
    LateKeepAlive,
    /// A reserved bit of an acknowledgement is set.
    Reserved,
    /// Somebody who keeps the rules is refused.
    Refuse,
    /// Whoever is sent away is told another reason.
    Reason,
    /// Somebody breaks the rules and is not sent away.
    Mercy,
    /// A topic alias is larger than the client allows.
    Alias,
    /// The last word on a topic is forgotten.
    Forget,
    /// Another word than the last is kept.
    Stale,
    /// A record of a message that nobody waits for any more is not deleted.
    Leftover,
}

/// A trick, and how often it was done.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tamper {
    pub(crate) trick: Option<Trick>,
    pub(crate) done: u32,
}

/// Often enough to be there, and seldom enough to be missed.
const TIMES: u32 = 3;

impl Tamper {
    pub(crate) fn new(trick: Option<Trick>) -> Self {
        Self { trick, done: 0 }
    }

    /// How much later a deadline is handled.
    pub(crate) fn lateness(&self, kind: TimerKind) -> u64 {
        let late = match self.trick {
            Some(Trick::LateWill) => matches!(kind, TimerKind::WillDelay(_)),
            Some(Trick::LateExpiry) => matches!(kind, TimerKind::SessionExpiry(_)),
            Some(Trick::LateKeepAlive) => matches!(kind, TimerKind::KeepAlive(_)),
            _ => false,
        };
        1000 * u64::from(late)
    }

    /// What the broker says that it did.
    pub(crate) fn told(&mut self, told: &mut Vec<Told>) {
        if self.trick == Some(Trick::Mercy) && self.done < TIMES {
            let before = told.len();
            let is_wrong = |violation: &Violation| {
                matches!(
                    violation,
                    Violation::SecondConnect | Violation::Unexpected(_)
                )
            };
            told.retain(|one| {
                let Told::Closed { cause, .. } = one else {
                    return true;
                };
                !matches!(cause, CloseCause::Violation(violation) if is_wrong(violation))
            });
            self.done += u32::from(told.len() < before);
        }
        if self.trick != Some(Trick::Excuse) {
            return;
        }
        for one in told {
            if let Told::Dropped { why, .. } = one
                && *why == Why::QueueFull
                && self.done < TIMES
            {
                *why = Why::Expired;
                self.done += 1;
            }
        }
    }

    /// What the broker says that it holds.
    pub(crate) fn state(&mut self, mut state: NodeState) -> NodeState {
        let mut kept = state.retained.iter_mut();
        let found = kept.position(|kept| crate::oracle::is_ours(&kept.topic));
        match (self.trick, found) {
            (Some(Trick::Forget), Some(at)) => drop(state.retained.remove(at)),
            (Some(Trick::Stale), Some(at)) => state.retained[at].payload = "stale".into(),
            _ => return state,
        }
        self.done += 1;
        state
    }

    /// What is written instead of a record, when nothing but this happens any more.
    pub(crate) fn record(&mut self, record: Record) -> Record {
        match record {
            Record::Delete(Key::Message(_))
                if self.trick == Some(Trick::Leftover) && self.done < TIMES =>
            {
                self.done += 1;
                Record::Delete(Key::Message(u64::MAX))
            }
            record => record,
        }
    }

    /// What a store gives back instead of this.
    pub(crate) fn restored(&mut self, records: &mut [Record]) {
        if self.trick != Some(Trick::SwapRestored) || self.done == TIMES {
            return;
        }
        let sent: Vec<(usize, String)> = (0..)
            .zip(records.iter())
            .filter_map(|(at, record)| match record {
                Record::Put(Item::Delivery {
                    client_id,
                    progress: Progress::Sent(_),
                    ..
                }) => Some((at, client_id.to_string())),
                _ => None,
            })
            .collect();
        let mut pairs = sent.windows(2);
        let Some([(one, _), (other, _)]) = pairs.find(|pair| pair[0].1 == pair[1].1) else {
            return;
        };
        if let Ok(pair) = records.get_disjoint_mut([*one, *other])
            && let [
                Record::Put(Item::Delivery { progress: one, .. }),
                Record::Put(Item::Delivery {
                    progress: other, ..
                }),
            ] = pair
            && let (Progress::Sent(one), Progress::Sent(other)) = (one, other)
        {
            std::mem::swap(&mut one.turn, &mut other.turn);
            self.done += 1;
        }
    }

    /// What leaves instead of this for a peer that keeps no rules.
    pub(crate) fn touch_stranger(&mut self, bytes: Vec<u8>, version: Version) -> Vec<u8> {
        match self.trick {
            Some(Trick::Reason) => self.touch(bytes, version).0,
            _ => bytes,
        }
    }

    /// What leaves instead of this, and what leaves elsewhere.
    pub(crate) fn touch(&mut self, bytes: Vec<u8>, version: Version) -> (Vec<u8>, Option<Vec<u8>>) {
        let Some(trick) = self.trick.filter(|_| self.done < TIMES) else {
            return (bytes, None);
        };
        let mut frames = frames(&bytes);
        let mut elsewhere = None;
        let qos = |frame: &[u8]| (frame[0] >> 4 == 3).then_some(frame[0] >> 1 & 3);
        let followed = |frame: &[u8]| {
            let packet = decode(frame, version).ok();
            let topic = packet.map(|packet| crate::oracle::text_of(&packet, "topic"));
            topic.filter(|topic| crate::oracle::is_ours(topic))
        };
        let is_again = |frame: &[u8]| frame[0] & 0xF8 == 0x38 && followed(frame).is_some();
        let find = |wanted: &dyn Fn(&Vec<u8>) -> bool| frames.iter().position(wanted);
        match trick {
            Trick::Drop => {
                if let Some(at) = find(&|f| qos(f) == Some(1) && followed(f).is_some()) {
                    frames.remove(at);
                    self.done += 1;
                }
            }
            Trick::Twice => {
                if let Some(at) = find(&|f| qos(f) == Some(2) && followed(f).is_some()) {
                    let again = frames[at].clone();
                    frames.insert(at, again);
                    self.done += 1;
                }
            }
            Trick::Swap => {
                let pair = (1..frames.len()).find(|at| {
                    let (one, other) = (&frames[at - 1], &frames[*at]);
                    let same = followed(one).is_some() && followed(one) == followed(other);
                    same && qos(one) == qos(other) && one[0] & 9 == 0 && other[0] & 9 == 0
                });
                if let Some(at) = pair {
                    frames.swap(at - 1, at);
                    self.done += 1;
                }
            }
            Trick::Retain => {
                if let Some(at) = find(&|f| qos(f).is_some() && followed(f).is_some()) {
                    frames[at][0] ^= 1;
                    self.done += 1;
                }
            }
            Trick::RetainAgain => {
                if let Some(at) = find(&|f| is_again(f)) {
                    frames[at][0] ^= 1;
                    self.done += 1;
                }
            }
            Trick::SwapAgain => {
                let pair = (1..frames.len()).find(|at| {
                    let (one, other) = (&frames[at - 1], &frames[*at]);
                    is_again(one) && is_again(other)
                });
                if let Some(at) = pair {
                    frames.swap(at - 1, at);
                    self.done += 1;
                }
            }
            Trick::SwapReleases => {
                let is_release = |frame: &[u8]| frame.len() == 4 && frame[0] >> 4 == 6;
                let pair = (1..frames.len())
                    .find(|at| is_release(&frames[at - 1]) && is_release(&frames[*at]));
                if let Some(at) = pair {
                    frames.swap(at - 1, at);
                    self.done += 1;
                }
            }
            Trick::Reason => {
                if let Some(at) = find(&|f| f[0] >> 4 == 14 && f.len() > 2) {
                    frames[at][2] = 0x8B;
                    self.done += 1;
                }
            }
            Trick::Stray => {
                if let Some(at) = find(&|f| qos(f) == Some(0) && followed(f).is_some()) {
                    elsewhere = Some(frames[at].clone());
                }
            }
            Trick::NoPubAck => {
                if let Some(at) = find(&|f| f[0] >> 4 == 4) {
                    frames.remove(at);
                    self.done += 1;
                }
            }
            Trick::Present => {
                if let Some(at) = find(&|f| f[0] >> 4 == 2 && f.len() > 3 && f[3] == 0) {
                    frames[at][2] ^= 1;
                    self.done += 1;
                }
            }
            Trick::Reserved => {
                if let Some(at) = find(&|f| matches!(f[0] >> 4, 4 | 9 | 11)) {
                    frames[at][0] |= 1;
                    self.done += 1;
                }
            }
            Trick::Refuse => {
                if let Some(at) = find(&|f| f[0] >> 4 == 2 && f.len() > 3 && f[3] == 0) {
                    frames[at][2] = 0;
                    frames[at][3] = if version == Version::V5 { 0x87 } else { 5 };
                    self.done += 1;
                }
            }
            Trick::Alias => {
                let alias = |frame: &[u8]| {
                    let packet = decode(frame, version).ok()?;
                    let alias = packet.number("alias");
                    let bytes = [0x23, (alias >> 8) as u8, alias as u8];
                    let at = frame.windows(3).position(|one| one == bytes);
                    at.filter(|_| alias > 0)
                };
                let found = frames.iter().enumerate();
                let mut found = found.filter_map(|(at, frame)| Some((at, alias(frame)?)));
                if let Some((at, place)) = found.next() {
                    frames[at][place + 1] = 0xFF;
                    self.done += 1;
                }
            }
            _ => {}
        }
        (frames.concat(), elsewhere)
    }
}

fn frames(mut bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut frames = Vec::new();
    while let Ok(Some(len)) = frame_len(bytes)
        && len <= bytes.len()
    {
        let (frame, rest) = bytes.split_at(len);
        frames.push(frame.to_vec());
        bytes = rest;
    }
    frames
}
