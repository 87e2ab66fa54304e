//! Seeded worlds around the real core, and a judge who knows the standard.
//!
//! A seed makes a plan: how many clients, which faults, which limits. The `world` has
//! one broker, clients that keep the rules ([`tidings_core::client`]) and peers that do not,
//! links that split, stall and break, a store that a crash cuts off behind any record, and a
//! clock that leaps. The `oracle` sees every byte that goes in and comes out and keeps its own
//! account of what everybody is owed.
//!
//! The same seed gives the same log, so a seed is all that a failure needs to be repeated.
#![forbid(unsafe_code)]

mod dice;
mod ears;
mod log;
mod oracle;
mod plan;
mod store;
mod tamper;
mod world;

pub use oracle::{Fault, Rule};
pub use tamper::Trick;

use plan::Plan;
use tamper::Tamper;
use world::World;

/// What became of a world.
#[derive(Debug)]
pub struct Report {
    /// What it came from.
    pub seed: u64,
    /// A fingerprint of its log.
    pub hash: u64,
    /// Lines of its log.
    pub lines: u64,
    /// How often its broker died.
    pub crashes: u32,
    /// What was wrong; nothing, one hopes.
    pub faults: Vec<Fault>,
    /// How often a trick was played on it.
    pub tricks: u32,
    /// The plan, and the last lines of the log.
    pub story: Vec<String>,
}

/// Lets the world of a seed live, with its log on the screen if `aloud`.
pub fn simulate(seed: u64, aloud: bool) -> Report {
    run(seed, Plan::draw(seed), None, aloud)
}

/// As [`simulate`], without a broker that dies, shared subscriptions, topics that are cleared,
/// and peers that keep no rules: to find out which of them a fault needs.
pub fn simulate_steady(seed: u64, aloud: bool) -> Report {
    let plan = Plan {
        crashes: None,
        shared: 0,
        clears: 0,
        wild: 0,
        ..Plan::draw(seed)
    };
    run(seed, plan, None, aloud)
}

/// As [`simulate`], with a fault put in.
pub fn simulate_with(seed: u64, trick: Trick) -> Report {
    run(seed, Plan::draw(seed), Some(trick), false)
}

fn run(seed: u64, plan: Plan, trick: Option<Trick>, aloud: bool) -> Report {
    let mut story = vec![format!("{plan:?}")];
    let mut world = World::new(plan, seed, Tamper::new(trick), aloud);
    world.live();
    story.extend(world.log.tail());
    Report {
        seed,
        hash: world.log.hash,
        lines: world.log.count,
        crashes: world.crashes(),
        faults: std::mem::take(&mut world.oracle.faults),
        tricks: world.tamper.done,
        story,
    }
}
