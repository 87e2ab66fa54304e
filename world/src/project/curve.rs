//! A number of a topic's words over time.

use super::numbers;
use crate::log::{Log, Seq, Topic};
use crate::view::{Curve, Micros, POINTS_MAX};

/// No more messages are read for one curve; of more, every n-th.
const READ_MAX: usize = 4000;

/// What stood at `place` in the words that arrived between two moments, and in the one before.
pub(super) fn curve(log: &Log, topic: Topic<'_>, place: &str, from: Micros, to: Micros) -> Curve {
    let (first, end) = (log.not_before(from), log.after(to));
    let held: Vec<Seq> = topic.all().collect();
    let begin = held.partition_point(|seq| *seq < first).saturating_sub(1);
    let held = &held[begin..held.partition_point(|seq| *seq < end).max(begin)];
    let every = held.len().div_ceil(READ_MAX).max(1);
    let points = held.iter().step_by(every).filter_map(|arrival| {
        let (_, sent) = log.message(*arrival)?;
        let value = numbers::at(&sent.facts.payload, place)?;
        Some((log.get(*arrival)?.at, value))
    });
    Curve {
        from,
        to,
        points: thin(points.collect()),
    }
}

/// At most [`POINTS_MAX`] of the points: of each part the lowest and the highest.
pub(super) fn thin(points: Vec<(Micros, f64)>) -> Vec<(Micros, f64)> {
    if points.len() <= POINTS_MAX {
        return points;
    }
    let part = points.len().div_ceil(POINTS_MAX / 2);
    let parts = points.chunks(part).flat_map(|part| {
        let by_value = |a: &&(Micros, f64), b: &&(Micros, f64)| a.1.total_cmp(&b.1);
        let low = part.iter().min_by(by_value);
        let high = part.iter().max_by(by_value);
        let mut ends: Vec<_> = low.into_iter().chain(high).copied().collect();
        if ends.len() == 2 && ends[1].0 < ends[0].0 {
            ends.swap(0, 1);
        }
        ends
    });
    parts.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_points_keep_their_extremes() {
        let points: Vec<_> = (0..10_000_u64)
            .map(|n| (Micros(n), if n == 5_001 { 9.0 } else { (n % 2) as f64 }))
            .collect();
        let thin = thin(points);
        assert!(thin.len() <= POINTS_MAX);
        assert!(
            thin.iter()
                .any(|(at, value)| (at.0, *value) == (5_001, 9.0))
        );
        assert!(thin.is_sorted_by_key(|(at, _)| *at));
    }
}
