//! `simulate`: lets worlds live and says what was wrong.
//!
//! `simulate --seeds N --from S` runs many, `simulate --seed X` one, with its log; with
//! `--steady` the broker does not die.
#![allow(clippy::print_stdout)] // It is what a person asked for.

use std::process::ExitCode;
use std::time::{Instant, SystemTime};

use tidings_simulation::{simulate, simulate_steady};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let value = |name: &str| -> Option<u64> {
        let at = arguments.iter().position(|argument| argument == name)?;
        arguments.get(at + 1)?.parse().ok()
    };
    let is_steady = arguments.iter().any(|argument| argument == "--steady");
    let simulate = match is_steady {
        true => simulate_steady,
        false => simulate,
    };
    if let Some(seed) = value("--seed") {
        let report = simulate(seed, true);
        println!("{}", report.story.first().map_or("", String::as_str));
        for fault in &report.faults {
            println!("FAULT {fault}");
        }
        println!("seed {seed}: {} lines, {:016x}", report.lines, report.hash);
        return match report.faults.is_empty() {
            true => ExitCode::SUCCESS,
            false => ExitCode::FAILURE,
        };
    }
    let clock = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let fresh = clock.map_or(0, |since| since.as_secs() * 1_000_000);
    let (from, seeds) = (
        value("--from").unwrap_or(fresh),
        value("--seeds").unwrap_or(1_000),
    );
    println!("{seeds} worlds from seed {from}");
    let began = Instant::now();
    let (mut bad, mut lines, mut crashes) = (0, 0, 0);
    for seed in from..from.saturating_add(seeds) {
        let report = simulate(seed, false);
        lines += report.lines;
        crashes += u64::from(report.crashes);
        if let Some(fault) = report.faults.first() {
            bad += 1;
            println!("seed {seed}: {fault}");
        }
        let done = seed - from + 1;
        if done.is_multiple_of(500) || done == seeds {
            println!(
                "{done} worlds, {bad} with a fault, {lines} lines, {crashes} crashes, {:.0} s",
                began.elapsed().as_secs_f64()
            );
        }
    }
    match bad {
        0 => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    }
}
