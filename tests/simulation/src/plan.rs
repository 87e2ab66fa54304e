//! What kind of world a seed makes. Every world has only some of the faults: one that has all of
//! them gets nothing done.

use std::time::Duration;

use tidings_core::config::{Config, Overlap, WhenFull};

use crate::dice::Dice;
use crate::store::Pace;

/// A range of milliseconds.
pub(crate) type Range = (u64, u64);

/// About how many deeds a client does at most.
const DEEDS: u64 = 1_000;

#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) config: Config,
    /// Clients that keep the rules.
    pub(crate) clients: usize,
    /// Peers that do not.
    pub(crate) wild: usize,
    /// How long the world is troubled.
    pub(crate) lasts: u64,
    /// Between two deeds of a client.
    pub(crate) pause: Range,
    pub(crate) latency: Range,
    /// Of a thousand pieces of data: how many arrive in more pieces, wait long, end the link.
    pub(crate) split: u64,
    pub(crate) stall: u64,
    pub(crate) cut: u64,
    /// Between two crashes; none if there are none.
    pub(crate) crashes: Option<Range>,
    /// How long the broker is down after one.
    pub(crate) down: Range,
    pub(crate) pace: Pace,
    /// Between two leaps of the clock: all time jumps, or only the wall clock is set.
    pub(crate) leaps: Option<Range>,
    pub(crate) wall_clock: Option<Range>,
    /// Of a thousand deeds: how many are retained, shared, expiring messages.
    pub(crate) retained: u64,
    /// Of a thousand of those: how many clear the topic.
    pub(crate) clears: u64,
    pub(crate) shared: u64,
    pub(crate) expiring: u64,
    /// Of a thousand deeds: how often a client goes, and how often somebody takes its name.
    pub(crate) leaving: u64,
    pub(crate) twins: u64,
    /// Most QoS of a message, 0 to 2.
    pub(crate) qos_max: u64,
    /// Topics: few make order matter, many make matching matter.
    pub(crate) topics: u64,
}

impl Plan {
    pub(crate) fn draw(seed: u64) -> Self {
        let dice = &mut Dice::new(seed ^ 0x5EED);
        let durable = dice.permille(600);
        let mut config = Config {
            seed,
            durable,
            overlap: match dice.permille(700) {
                true => Overlap::Once,
                false => Overlap::PerFilter,
            },
            sys_interval: Duration::from_secs(dice.pick(&[0, 0, 0, 10])),
            ..Config::default()
        };
        let limits = &mut config.limits;
        if dice.permille(300) {
            limits.queue_messages_max = dice.pick(&[1, 3, 20]);
            limits.when_full = dice.pick(&[
                WhenFull::DropNew,
                WhenFull::DropOldest,
                WhenFull::Disconnect,
            ]);
        }
        let narrow = |n: u16| n.try_into().expect("invariant: the choices are not zero");
        if dice.permille(400) {
            limits.inflight_max = narrow(dice.pick(&[1, 2, 5]));
        }
        if dice.permille(300) {
            limits.receive_max = narrow(dice.pick(&[1, 2, 5]));
        }
        if dice.permille(200) {
            limits.answers_max = dice.pick(&[1, 3]);
        }
        if dice.permille(200) {
            limits.retained_per_turn = 1;
        }
        if dice.permille(300) {
            limits.session_expiry_secs_max = dice.pick(&[20, 100]);
        }
        if dice.permille(300) {
            limits.session_expiry_secs_v3 = dice.pick(&[15, 60]);
        }
        let crashes = dice.permille(500).then(|| {
            let low = dice.pick(&[2_000, 10_000, 40_000]);
            (low, 3 * low)
        });
        let fault = |dice: &mut Dice, usually: &[u64]| match dice.permille(500) {
            true => dice.pick(usually),
            false => 0,
        };
        let mut plan = Self {
            config,
            clients: dice.between(2, 6) as usize,
            wild: match dice.permille(400) {
                true => dice.between(1, 2) as usize,
                false => 0,
            },
            lasts: dice.pick(&[20_000, 60_000, 200_000]),
            pause: dice.pick(&[(1, 300), (100, 2_000), (0, 50), (500, 8_000)]),
            latency: dice.pick(&[(0, 0), (1, 5), (0, 200), (20, 1_500)]),
            split: fault(dice, &[100, 500, 1000]),
            stall: fault(dice, &[5, 30]),
            cut: fault(dice, &[2, 10, 30]),
            crashes,
            down: dice.pick(&[(0, 0), (0, 3_000), (1_000, 30_000)]),
            pace: dice.pick(&[
                Pace::AtOnce,
                Pace::AtOnce,
                Pace::Late(1, 50),
                Pace::Late(100, 3_000),
            ]),
            leaps: dice.permille(200).then_some((20_000, 90_000)),
            wall_clock: dice.permille(150).then_some((10_000, 60_000)),
            retained: dice.pick(&[0, 100, 500]),
            clears: 200,
            shared: dice.pick(&[0, 0, 300, 700]),
            expiring: dice.pick(&[0, 0, 200]),
            leaving: fault(dice, &[10, 40]),
            twins: fault(dice, &[5, 20]),
            qos_max: dice.pick(&[2, 2, 2, 1, 0]),
            topics: dice.pick(&[1, 3, 8]),
        };
        // Many worlds find more than a few long ones.
        let (low, high) = plan.pause;
        plan.lasts = plan.lasts.min(DEEDS * (low + high) / 2);
        plan
    }
}
