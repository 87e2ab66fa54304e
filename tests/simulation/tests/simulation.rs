//! Worlds that must be without a fault, and faults that must be seen.

#![allow(clippy::print_stdout)] // The harness shows what a test says when it fails.

use std::time::SystemTime;

use tidings_simulation::{Report, Rule, Trick, simulate, simulate_with};

/// Worlds that once found something, in the broker or in the oracle, and some that did not.
const PINNED: [u64; 26] = [
    2,
    5,
    8,
    13,
    22,
    35,
    36,
    48,
    40005,
    3000104,
    3000284,
    3001006,
    3001144,
    3001551,
    3002392,
    3002602,
    5002459,
    1795749776000232,
    1795750057000214,
    1795749776000023,
    1795749776000132,
    7000008,
    7200761,
    7400295,
    7400444,
    7500562,
];

/// Others each time.
const FRESH: u64 = 4;

fn is_without_fault(report: &Report) {
    if report.faults.is_empty() {
        return;
    }
    println!("{}", report.story.join("\n"));
    for fault in &report.faults {
        println!("{fault}");
    }
    panic!(
        "seed {}: {}\nrepeat it with: cargo xtask simulate --seed {}",
        report.seed, report.faults[0], report.seed
    );
}

#[test]
fn pinned_worlds_are_without_fault() {
    for seed in PINNED {
        is_without_fault(&simulate(seed, false));
    }
}

#[test]
fn fresh_worlds_are_without_fault() {
    let clock = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let from = clock.expect("after 1970").as_millis() as u64;
    println!("fresh worlds from seed {from}");
    for seed in from..from + FRESH {
        is_without_fault(&simulate(seed, false));
    }
}

#[test]
fn the_same_seed_is_the_same_world() {
    for seed in [3, 36] {
        let (one, other) = (simulate(seed, false), simulate(seed, false));
        assert_eq!((one.hash, one.lines), (other.hash, other.lines), "{seed}");
        assert_ne!(one.hash, simulate(seed + 1, false).hash);
    }
}

/// Every fault that is put in is seen, and called by its name.
#[test]
fn faults_that_are_put_in_are_seen() {
    // With these nothing but the fault itself changes, so that it is seen wherever it is put in.
    for (trick, rule) in [
        (Trick::Present, Rule::Session),
        (Trick::Reserved, Rule::Form),
        (Trick::Refuse, Rule::Kept),
        (Trick::Alias, Rule::Limit),
        (Trick::Forget, Rule::Retained),
        (Trick::Stale, Rule::Retained),
        (Trick::Leftover, Rule::Empty),
        (Trick::Reason, Rule::Ended),
        (Trick::Mercy, Rule::Ended),
    ] {
        is_seen(trick, &[rule], true);
    }
    // Others may be without a reader, or change what has no order; and what is due behind a
    // deadline waits with it. The broker counts what was left out as sent.
    for (trick, rules) in [
        (
            Trick::Drop,
            &[Rule::Delivered, Rule::Order, Rule::Once, Rule::Limit][..],
        ),
        (Trick::Excuse, &[Rule::Delivered]),
        (Trick::Twice, &[Rule::Once]),
        (Trick::Swap, &[Rule::Order]),
        (Trick::Retain, &[Rule::Asked, Rule::Once]),
        (Trick::RetainAgain, &[Rule::Asked]),
        (Trick::SwapAgain, &[Rule::Order]),
        (Trick::SwapRestored, &[Rule::Order]),
        (Trick::SwapReleases, &[Rule::Order]),
        (Trick::Stray, &[Rule::Asked, Rule::Limit]),
        (Trick::NoPubAck, &[Rule::Answered]),
        (Trick::LateWill, &[Rule::Will, Rule::Session, Rule::Time]),
        (Trick::LateExpiry, &[Rule::Session, Rule::Will, Rule::Time]),
        (
            Trick::LateKeepAlive,
            &[Rule::Time, Rule::Session, Rule::Will],
        ),
    ] {
        is_seen(trick, rules, false);
    }
}

/// Plays a trick until it was seen in two worlds, and in every one if it cannot hide.
fn is_seen(trick: Trick, rules: &[Rule], everywhere: bool) {
    println!("{trick:?}");
    let mut seen = 0;
    for seed in 1..100 {
        let report = simulate_with(seed, trick);
        let named = report
            .faults
            .iter()
            .any(|fault| rules.contains(&fault.rule));
        assert!(
            named || report.faults.is_empty(),
            "{trick:?} in world {seed} was taken for {:?}",
            report.faults.first()
        );
        assert!(
            named || !everywhere || report.tricks == 0,
            "{trick:?} in world {seed} was not seen"
        );
        if named {
            println!("  world {seed}: {}", report.faults[0]);
        }
        seen += u32::from(named);
        if seen == 2 {
            return;
        }
    }
    panic!("{trick:?} was seen in {seen} worlds only");
}
