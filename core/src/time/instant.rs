//! Points in time.

use core::fmt;
use core::num::NonZeroU64;
use core::ops::Add;
use core::time::Duration;

/// A point in time, in whole microseconds after a moment the driver chose.
///
/// Only differences mean anything. Arithmetic stops at both ends instead of overflowing.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant(NonZeroU64); // Not zero, so that `Option<Instant>` is as small.

impl Instant {
    /// The point `micros` microseconds after the chosen moment; 0 counts as 1.
    pub const fn from_micros(micros: u64) -> Self {
        match NonZeroU64::new(micros) {
            Some(micros) => Self(micros),
            None => Self(NonZeroU64::MIN),
        }
    }

    /// Microseconds after the chosen moment, 1 or more.
    pub const fn as_micros(self) -> u64 {
        self.0.get()
    }

    /// How long ago `earlier` was; zero if it was not.
    pub const fn saturating_since(self, earlier: Self) -> Duration {
        Duration::from_micros(self.0.get().saturating_sub(earlier.0.get()))
    }
}

impl Add<Duration> for Instant {
    type Output = Self;

    fn add(self, duration: Duration) -> Self {
        let micros = u64::try_from(duration.as_micros()).unwrap_or(u64::MAX);
        Self(self.0.saturating_add(micros))
    }
}

impl fmt::Debug for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}.{:06}s",
            self.0.get() / 1_000_000,
            self.0.get() % 1_000_000
        )
    }
}

/// Wall-clock time, in milliseconds after 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UnixMillis(pub u64);

impl Add<Duration> for UnixMillis {
    type Output = Self;

    fn add(self, duration: Duration) -> Self {
        let millis = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
        Self(self.0.saturating_add(millis))
    }
}

/// Which wall-clock time a point in time was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Clock {
    /// The wall-clock time.
    pub unix: UnixMillis,
    /// The point in time that it was.
    pub at: Instant,
}

impl Clock {
    /// The wall-clock time at `instant`, which may lie before [`Clock::at`].
    pub fn unix_at(&self, instant: Instant) -> UnixMillis {
        let before = self.at.saturating_since(instant);
        let before = u64::try_from(before.as_millis()).unwrap_or(u64::MAX);
        let after = self.unix + instant.saturating_since(self.at);
        UnixMillis(after.0.saturating_sub(before))
    }

    /// When it will be `unix`, or was.
    pub fn instant_at(&self, unix: UnixMillis) -> Instant {
        let after = Duration::from_millis(unix.0.saturating_sub(self.unix.0));
        let before = self.unix.0.saturating_sub(unix.0).saturating_mul(1000);
        Instant::from_micros((self.at + after).as_micros().saturating_sub(before))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arithmetic_stops_at_both_ends() {
        let [first, last] = [Instant::from_micros(0), Instant::from_micros(u64::MAX)];
        assert_eq!(first.as_micros(), 1);
        assert_eq!(last + Duration::from_secs(1), last);
        assert_eq!(first + Duration::MAX, last);
        assert_eq!(first.saturating_since(last), Duration::ZERO);
        assert_eq!(size_of::<Option<Instant>>(), size_of::<Instant>());
    }

    #[test]
    fn a_clock_converts_both_ways() {
        let at = Instant::from_micros(5_000_000);
        let clock = Clock {
            unix: UnixMillis(1_000_000),
            at,
        };
        for millis in [996_000, 1_000_000, 1_004_000] {
            let instant = clock.instant_at(UnixMillis(millis));
            assert_eq!(clock.unix_at(instant), UnixMillis(millis));
        }
        assert_eq!(clock.instant_at(UnixMillis(0)).as_micros(), 1);
    }
}
