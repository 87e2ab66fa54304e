//! What a publisher says next.

use crate::chance::Chance;
use crate::scenario::{Payload, Speaks};
use crate::view::ActorId;

/// A payload's generator. Words follow from the payload, the seed and how many were said.
#[derive(Clone, Debug)]
pub(crate) struct Voice {
    payload: Payload,
    /// Milliseconds between two words, for values that follow the time.
    period_ms: u64,
    said: u64,
    /// Where a walk is.
    walked: f64,
    chance: Chance,
}

impl Voice {
    /// The voice of the n-th thing an actor says.
    pub(crate) fn of(speaks: &Speaks, seed: u64, actor: ActorId, n: u8) -> Self {
        let purpose = u64::from(actor.0) << 8 | u64::from(n);
        let chance = Chance::new(seed, purpose);
        Self::new(speaks.payload.clone(), speaks.period_ms, chance)
    }

    pub(crate) fn new(payload: Payload, period_ms: u64, chance: Chance) -> Self {
        let walked = match payload {
            Payload::Walk { start, .. } => start,
            _ => 0.0,
        };
        Self {
            payload,
            period_ms,
            said: 0,
            walked,
            chance,
        }
    }

    /// The next word.
    pub(crate) fn next(&mut self) -> String {
        let said = self.said;
        let word = match &self.payload {
            Payload::Constant(word) => word.clone(),
            Payload::List(words) if words.is_empty() => String::new(),
            Payload::List(words) => words[(said % words.len() as u64) as usize].clone(),
            Payload::Wave {
                middle,
                swing,
                period_secs,
                decimals,
            } => {
                let secs = said as f64 * self.period_ms as f64 / 1000.0;
                let turn = secs / period_secs * core::f64::consts::TAU;
                number(middle + swing * libm::sin(turn), *decimals)
            }
            Payload::Walk { decimals, .. } => number(self.walked, *decimals),
        };
        self.skip(1);
        word
    }

    /// Leaves words out.
    pub(crate) fn skip(&mut self, words: u64) {
        self.said += words;
        if let Payload::Walk { start, step, .. } = &self.payload {
            for _ in 0..words {
                // A tenth of the way home, so that it never leaves for good.
                let home = (start - self.walked) * 0.1;
                self.walked += home + step * self.chance.swing();
            }
        }
    }
}

fn number(value: f64, decimals: u8) -> String {
    let text = format!("{value:.*}", usize::from(decimals));
    // −0.0 is a number only to computers.
    match text.strip_prefix('-') {
        Some(rest) if rest.chars().all(|digit| matches!(digit, '0' | '.')) => rest.to_owned(),
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn says(payload: Payload, count: usize) -> Vec<String> {
        let mut voice = Voice::new(payload, 1000, Chance::new(7, 0));
        (0..count).map(|_| voice.next()).collect()
    }

    #[test]
    fn lists_begin_again() {
        let list = Payload::List(vec!["closed".into(), "open".into()]);
        assert_eq!(says(list, 3), ["closed", "open", "closed"]);
        assert_eq!(says(Payload::List(vec![]), 1), [""]);
        assert_eq!(says(Payload::Constant("x".into()), 2), ["x", "x"]);
    }

    #[test]
    fn waves_come_round() {
        let wave = Payload::Wave {
            middle: 21.4,
            swing: 0.9,
            period_secs: 4.0,
            decimals: 1,
        };
        assert_eq!(says(wave, 5), ["21.4", "22.3", "21.4", "20.5", "21.4"]);
        let zero = Payload::Wave {
            middle: 0.0,
            swing: -0.01,
            period_secs: 4.0,
            decimals: 1,
        };
        assert_eq!(says(zero, 2), ["0.0", "0.0"]);
    }

    #[test]
    fn walks_stay_near_home() {
        let walk = Payload::Walk {
            start: 5.0,
            step: 1.0,
            decimals: 2,
        };
        let words = says(walk.clone(), 500);
        assert_eq!(words[0], "5.00");
        assert_eq!(words, says(walk.clone(), 500));
        let mut later = Voice::new(walk, 1000, Chance::new(7, 0));
        later.skip(499);
        assert_eq!(later.next(), words[499]);
        let values = words
            .iter()
            .map(|word| word.parse::<f64>().expect("a number"));
        assert!(
            values
                .into_iter()
                .all(|value| (-5.0..=15.0).contains(&value))
        );
    }
}
