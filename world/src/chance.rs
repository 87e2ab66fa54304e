//! Chance that follows from a seed, the same on every target.

/// SplitMix64: small, seedable from any number, and good enough for values and jitter.
#[derive(Clone, Debug)]
pub(crate) struct Chance(u64);

impl Chance {
    /// Chance for one purpose: the same seed and purpose give the same numbers.
    pub(crate) fn new(seed: u64, purpose: u64) -> Self {
        let mut chance = Self(seed ^ purpose.wrapping_mul(0xA24B_AED4_963E_E407));
        chance.next();
        chance
    }

    /// Any number.
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A whole number below `limit`, which is not 0; even enough for limits far below 2⁶⁴.
    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }

    /// A number from −1 to 1. Exact: 53 bits divided by a power of two.
    pub(crate) fn swing(&mut self) -> f64 {
        let unit = (self.next() >> 11) as f64 / (1_u64 << 53) as f64;
        unit * 2.0 - 1.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn follows_from_seed_and_purpose() {
        let draw = |seed, purpose| {
            let mut chance = Chance::new(seed, purpose);
            [chance.next(), chance.next()]
        };
        assert_eq!(draw(7, 1), draw(7, 1));
        assert_ne!(draw(7, 1), draw(7, 2));
        assert_ne!(draw(7, 1), draw(8, 1));
    }

    #[test]
    fn swings_both_ways_and_no_further() {
        let mut chance = Chance::new(7, 0);
        let values: Vec<_> = (0..1000).map(|_| chance.swing()).collect();
        assert!(values.iter().all(|value| (-1.0..=1.0).contains(value)));
        assert!(values.iter().any(|value| *value < -0.9));
        assert!(values.iter().any(|value| *value > 0.9));
    }
}
