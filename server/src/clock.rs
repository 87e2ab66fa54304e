//! The two clocks of the machine, as the core wants them.

use std::time::{Duration, Instant as Monotonic, SystemTime, UNIX_EPOCH};

use tidings_core::time::{Clock, Instant, UnixMillis};

/// A wall clock that is further off than this was set, and did not just drift.
const SET_MIN_MILLIS: u64 = 1_000;

/// Counts from its creation.
#[derive(Debug)]
pub(crate) struct Clocks {
    began: Monotonic,
    known: Clock,
}

impl Clocks {
    pub(crate) fn new() -> Self {
        Self {
            began: Monotonic::now(),
            known: Clock {
                unix: unix(),
                at: Instant::from_micros(0),
            },
        }
    }

    /// The point in time that it is.
    pub(crate) fn now(&self) -> Instant {
        let micros = self.began.elapsed().as_micros();
        Instant::from_micros(u64::try_from(micros).unwrap_or(u64::MAX))
    }

    /// Which wall-clock time it is at a point in time.
    pub(crate) fn known(&self) -> Clock {
        self.known
    }

    /// The wall clock again, if somebody has set it.
    pub(crate) fn adjusted(&mut self, now: Instant) -> Option<Clock> {
        let found = Clock {
            unix: unix(),
            at: now,
        };
        let expected = self.known.unix_at(now);
        if found.unix.0.abs_diff(expected.0) < SET_MIN_MILLIS {
            return None;
        }
        self.known = found;
        Some(found)
    }
}

fn unix() -> UnixMillis {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    let millis = since.unwrap_or(Duration::ZERO).as_millis();
    UnixMillis(u64::try_from(millis).unwrap_or(u64::MAX))
}
