//! Writing the log: at once, or, when a real broker takes part, a moment later and in the order
//! of the times that are known by then.
//!
//! What a real broker sent is heard of when it arrives; when it left is concluded from the last
//! round trip, and lies before things that are written already. So everything waits for
//! [`LAG`] and is put in order meanwhile.

use std::collections::BTreeMap;

use crate::log::{Log, Seq, What};
use crate::queue::Queue;
use crate::view::Micros;

/// How long what happens with a real broker waits to be written down; no way is drawn longer.
pub(crate) const LAG: Micros = Micros(400_000);

/// Places of what waits begin here, far behind those of any log.
const WAITING: u32 = 1 << 31;

/// Who writes the log.
#[derive(Debug, Default)]
pub(crate) struct Pen {
    pub(crate) log: Log,
    waits: Option<Waits>,
}

#[derive(Debug, Default)]
struct Waits {
    entries: Queue<(Seq, Option<Seq>, What)>,
    next: u32,
    written: BTreeMap<Seq, Seq>,
    until: Micros,
}

impl Pen {
    /// A pen that writes a moment later.
    pub(crate) fn patient() -> Self {
        Self {
            log: Log::default(),
            waits: Some(Waits::default()),
        }
    }

    /// Writes down what happened. The place may be a promise; it is good as a cause all the same.
    pub(crate) fn note(&mut self, at: Micros, cause: Option<Seq>, what: What) -> Seq {
        let Some(waits) = &mut self.waits else {
            return push(&mut self.log, at, cause, what);
        };
        let place = Seq(WAITING + waits.next);
        waits.next = (waits.next + 1) % WAITING;
        let at = at.max(waits.until);
        waits.entries.push(at, (place, cause, what));
        place
    }

    /// Writes what has waited long enough at `now`, and gives the moment up to which the log is
    /// complete.
    pub(crate) fn settle(&mut self, now: Micros) -> Micros {
        let Some(waits) = &mut self.waits else {
            return now;
        };
        waits.until = Micros(now.0.saturating_sub(LAG.0)).max(waits.until);
        while waits.entries.next_at().is_some_and(|at| at <= waits.until) {
            let Some((at, (place, cause, mut what))) = waits.entries.pop() else {
                break;
            };
            let written = &waits.written;
            let real = |seq: Seq| match seq.0 < WAITING {
                true => Some(seq),
                false => written.get(&seq).copied(),
            };
            let cause = cause.and_then(real);
            let known = match &mut what {
                What::Arrived(seq) | What::Died(seq) => real(*seq).map(|to| *seq = to).is_some(),
                What::Unreadable { packet, .. } => real(*packet).map(|to| *packet = to).is_some(),
                What::Sent(sent) => {
                    sent.origin = sent.origin.and_then(real);
                    true
                }
                _ => true,
            };
            if known {
                let seq = push(&mut self.log, at, cause, what);
                waits.written.insert(place, seq);
            }
            while waits.written.len() > WRITTEN_MAX {
                waits.written.pop_first();
            }
        }
        waits.until
    }
}

/// So many places are remembered for what may still refer to them.
const WRITTEN_MAX: usize = 10_000;

fn push(log: &mut Log, at: Micros, cause: Option<Seq>, mut what: What) -> Seq {
    match &mut what {
        What::Sent(sent) => sent.no = log.next_no(),
        What::Deed { no, .. } | What::Broker { no, .. } => *no = log.next_no(),
        _ => {}
    }
    log.push(at, cause, what)
}
