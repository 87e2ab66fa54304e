//! How fast the world goes.

use crate::view::{Micros, Speed};

/// With [`Speed::Auto`] the fastest link takes so much of the wall's time for one way.
const SHORTEST_WAY_SECS: f64 = 0.48;
/// With [`Speed::Auto`] no silence is longer, in seconds of the wall.
const SILENCE_SECS: f64 = 1.0;

/// Who leaves [`Speed::Auto`] by making it faster or slower starts from here.
const SLOW: f64 = 0.25;

/// What a speed depends on at a moment.
pub(super) struct Moment {
    /// Something is on a wire.
    pub(super) flying: bool,
    /// When the last thing happened, and the next will.
    pub(super) last: Micros,
    pub(super) next: Option<Micros>,
    /// How long the fastest link takes.
    pub(super) fastest: Option<Micros>,
}

/// Microseconds of the world in one of the wall.
pub(super) fn rate(speed: Speed, moment: &Moment) -> f64 {
    match speed {
        Speed::Times(times) => times,
        Speed::Auto => {
            let fastest = moment
                .fastest
                .map_or(0.12, |fastest| fastest.0 as f64 / 1e6);
            let slow = (fastest / SHORTEST_WAY_SECS).clamp(0.01, 1.0);
            match moment.next {
                _ if moment.flying => slow,
                None => 1.0,
                Some(next) => {
                    let silence = next.0.saturating_sub(moment.last.0) as f64 / 1e6;
                    (silence / SILENCE_SECS).max(slow)
                }
            }
        }
    }
}

/// The speeds a person may choose.
pub(super) fn within(speed: Speed) -> Speed {
    match speed {
        Speed::Auto => Speed::Auto,
        Speed::Times(times) if times.is_finite() => Speed::Times(times.clamp(0.01, 1000.0)),
        Speed::Times(_) => Speed::Times(1.0),
    }
}

/// So many times as fast.
pub(super) fn faster(speed: Speed, times: f64) -> Speed {
    let now = match speed {
        Speed::Auto => SLOW,
        Speed::Times(now) => now,
    };
    within(Speed::Times(now * times))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packets_are_slow_and_silences_short() {
        let moment = |flying, next| Moment {
            flying,
            last: Micros(0),
            next,
            fastest: Some(Micros(120_000)),
        };
        let later = Some(Micros(5_000_000));
        assert_eq!(rate(Speed::Auto, &moment(true, later)), 0.25);
        assert_eq!(rate(Speed::Auto, &moment(false, later)), 5.0);
        assert_eq!(rate(Speed::Auto, &moment(false, Some(Micros(1)))), 0.25);
        assert_eq!(rate(Speed::Auto, &moment(false, None)), 1.0);
        assert_eq!(rate(Speed::Times(40.0), &moment(true, later)), 40.0);
        assert_eq!(within(Speed::Times(f64::NAN)), Speed::Times(1.0));
        assert_eq!(within(Speed::Times(1e9)), Speed::Times(1000.0));
        assert_eq!(faster(Speed::Auto, 2.0), Speed::Times(0.5));
        assert_eq!(faster(faster(Speed::Auto, 2.0), 2.0), Speed::Times(1.0));
        assert_eq!(faster(Speed::Times(0.015), 0.5), Speed::Times(0.01));
    }
}
