//! When to try again.

use core::time::Duration;

use super::options::Reconnect;

/// A seeded source of chance (SplitMix64).
#[derive(Clone, Debug)]
pub(super) struct Chance(u64);

impl Chance {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }
}

/// The delay after `attempts` failures in a row (the first is 1); `None` for never.
pub(super) fn delay(reconnect: Reconnect, attempts: u32, chance: &mut Chance) -> Option<Duration> {
    let Reconnect::Backoff {
        min,
        max,
        jitter_percent,
    } = reconnect
    else {
        return None;
    };
    let longest = ceiling(min, max, attempts);
    // In whole microseconds, because fractions differ between targets.
    let micros = u64::try_from(longest.as_micros()).unwrap_or(u64::MAX);
    let jitter = micros / 100 * u64::from(jitter_percent.min(100));
    let take_off = chance.next() % jitter.saturating_add(1);
    Some(Duration::from_micros(micros.saturating_sub(take_off)))
}

/// The delay after `attempts` failures without jitter.
pub(super) fn ceiling(min: Duration, max: Duration, attempts: u32) -> Duration {
    let doublings = attempts.saturating_sub(1).min(31);
    min.saturating_mul(1 << doublings).min(max)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubles_up_to_the_longest_delay() {
        let backoff = Reconnect::Backoff {
            min: Duration::from_secs(1),
            max: Duration::from_secs(10),
            jitter_percent: 0,
        };
        let mut chance = Chance::new(1);
        let delays = (1..=6).map(|n| delay(backoff, n, &mut chance).map(|d| d.as_secs()));
        assert!(delays.eq([1, 2, 4, 8, 10, 10].map(Some)));
        assert_eq!(
            delay(backoff, u32::MAX, &mut chance),
            Some(Duration::from_secs(10))
        );
        assert_eq!(delay(Reconnect::Never, 1, &mut chance), None);
    }

    #[test]
    fn jitter_stays_in_its_share_and_follows_the_seed() {
        let second = Duration::from_secs(1);
        let backoff = Reconnect::Backoff {
            min: second,
            max: second,
            jitter_percent: 25,
        };
        let run = |seed| {
            let mut chance = Chance::new(seed);
            [1; 100].map(|n| delay(backoff, n, &mut chance).expect("not never"))
        };
        assert!(run(7).iter().all(|d| (750..=1000).contains(&d.as_millis())));
        assert_eq!(run(7), run(7));
        assert_ne!(run(7), run(8));
        assert!(run(7).iter().any(|d| d.as_millis() < 800));
    }
}
