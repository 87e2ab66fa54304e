//! What became of one message for everybody who might have it.

use std::collections::BTreeMap;

use tidings_core::topic::Topic;

use super::ears::{Ear, Ears};
use crate::log::{Decision, Log, Seq, What};
use crate::scenario::Qos;
use crate::view::{ActorId, Dropped, EventNo, Outcome};

/// What one actor got of a message.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Got {
    /// What was decided last.
    last: Option<Last>,
    /// Another member of a share group got it.
    another: bool,
    /// The copy that left last.
    pub(super) copy: Option<Seq>,
}

#[derive(Clone, Copy, Debug)]
enum Last {
    Copy { no: EventNo, qos: Qos },
    Waits,
    Dropped(Dropped),
}

/// What everybody got of the message that came with a PUBLISH, as far as `end`.
pub(super) fn outcomes(log: &Log, message: Seq, end: Seq) -> BTreeMap<ActorId, Got> {
    let mut all = BTreeMap::<_, Got>::new();
    let root = log.get(message).map_or(message, |entry| entry.root);
    for place in log.below(root).iter().take_while(|place| **place < end) {
        match log.get(*place).map(|entry| &entry.what) {
            Some(What::Sent(sent)) if sent.origin == Some(message) => {
                let got = all.entry(sent.actor).or_default();
                let (no, qos) = (sent.no, sent.facts.qos);
                got.last = Some(Last::Copy { no, qos });
                got.copy = Some(*place);
            }
            Some(What::Decided {
                message: other,
                actor,
                decision,
            }) if *other == message => {
                let got = all.entry(*actor).or_default();
                match decision {
                    Decision::Delivered => {}
                    Decision::Queued => got.last = Some(Last::Waits),
                    Decision::Dropped(why) => got.last = Some(Last::Dropped(*why)),
                    Decision::AnotherMember => got.another = true,
                }
            }
            _ => {}
        }
    }
    all
}

/// What a subscription got, given what its actor got.
pub(super) fn outcome(ear: &Ear, matched: bool, got: Option<&Got>) -> Outcome {
    let got = got.copied().unwrap_or_default();
    match got.last {
        _ if !matched => Outcome::NotAsked,
        _ if got.another && ear.filter.share().is_some() => Outcome::AnotherMember,
        Some(Last::Copy { no, qos }) => Outcome::Copy { no, qos },
        Some(Last::Waits) => Outcome::Waits,
        Some(Last::Dropped(why)) => Outcome::Dropped(why),
        None => Outcome::Pending,
    }
}

/// How many got what, of those who had asked when the message came in.
#[derive(Debug, Default)]
pub(super) struct Sum {
    pub(super) asked: Vec<ActorId>,
    pub(super) copies: u16,
    pub(super) kept: u16,
}

/// Counts what became of a message.
pub(super) fn sum(log: &Log, ears: &Ears, message: Seq, topic: Option<&Topic>, end: Seq) -> Sum {
    let arrival = log.ended(message, end).unwrap_or(end);
    let got = outcomes(log, message, end);
    let mut sum = Sum::default();
    for (id, mine) in ears.everybody() {
        let held = log.granted(id, arrival);
        let asked = mine.iter().any(|ear| {
            let filter = ear.filter.full().bytes();
            held.iter().any(|(other, _)| other == filter)
                && topic.is_some_and(|topic| ear.filter.matches(topic))
        });
        if asked {
            sum.asked.push(id);
            match got.get(&id).and_then(|got| got.last) {
                Some(Last::Copy { .. }) => sum.copies += 1,
                Some(Last::Waits) => sum.kept += 1,
                Some(Last::Dropped(_)) | None => {}
            }
        }
    }
    sum
}
