//! Instructions that the core takes for a message, counted by Valgrind, so that a busy machine
//! makes no difference.

use std::process::Command;

use crate::shell::{cargo, output, program};
use crate::{Result, target};

const SCENARIOS: [&str; 3] = ["1-to-1", "1-to-1-qos1", "1-to-100"];
const WATCHERS: [&str; 3] = ["nobody", "disarmed", "armed"];

/// Messages of the shorter and of the longer run, whose difference is counted.
const RUNS: [u64; 2] = [100, 300];

/// What an observer may cost that could watch and does not, in per cent.
const DISARMED_PERCENT_MAX: f64 = 1.0;

/// `cargo xtask bench-core`.
pub(crate) fn core() -> Result<()> {
    if output(program("valgrind").arg("--version")).is_none() {
        return Err("Valgrind counts the instructions: sudo apt-get install valgrind".to_owned());
    }
    let mut build = cargo();
    build.args(["build", "--release", "--quiet", "--package", "tidings-core"]);
    let built = build.args(["--example", "instructions"]).status();
    if !built.is_ok_and(|status| status.success()) {
        return Err("the bench is not built".to_owned());
    }
    println!("instructions for a message   nobody watches   disarmed        armed");
    let mut worst = 0.0_f64;
    for scenario in SCENARIOS {
        let mut counts = [0.0; WATCHERS.len()];
        for (count, watcher) in counts.iter_mut().zip(WATCHERS) {
            let [short, long] = RUNS.map(|messages| count_run(scenario, watcher, messages));
            *count = (long? - short?) as f64 / (RUNS[1] - RUNS[0]) as f64;
        }
        let [nobody, disarmed, armed] = counts;
        let more = |count: f64| 100.0 * (count - nobody) / nobody;
        worst = worst.max(more(disarmed));
        println!(
            "{scenario:<28} {nobody:>14.0}   {disarmed:.0} ({:+.2} %)   {armed:.0} ({:+.2} %)",
            more(disarmed),
            more(armed),
        );
    }
    if worst > DISARMED_PERCENT_MAX {
        return Err(format!(
            "an observer that does not watch costs {worst:.2} %, more than {DISARMED_PERCENT_MAX} %"
        ));
    }
    Ok(())
}

/// Instructions of one run.
fn count_run(scenario: &str, watcher: &str, messages: u64) -> Result<u64> {
    let mut command = Command::new("valgrind");
    command.args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]);
    command.arg(target().join("release/examples/instructions"));
    command.args([scenario, watcher, &messages.to_string()]);
    let ran = command.output().map_err(|e| format!("valgrind: {e}"))?;
    let said = String::from_utf8_lossy(&ran.stderr);
    let counted = said
        .lines()
        .find_map(|line| line.split("Collected :").nth(1));
    let counted = counted.filter(|_| ran.status.success());
    counted
        .and_then(|number| number.trim().parse().ok())
        .ok_or_else(|| format!("{scenario} with {watcher}: {said}"))
}
