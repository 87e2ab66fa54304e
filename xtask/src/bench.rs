//! Instructions that the core takes for a message, counted by Valgrind, so that a busy machine
//! makes no difference; and what they may be.

use std::process::Command;

use crate::shell::{cargo, output, program};
use crate::{Result, target};

/// Something that is counted.
struct Scenario {
    name: &'static str,
    /// Instructions that it may take where nobody watches. Whoever raises one says why in the
    /// commit; whoever makes it faster lowers it.
    budget: f64,
    /// Whether observers are counted, too.
    observed: bool,
}

const SCENARIOS: [Scenario; 8] = [
    // One PUBLISH of QoS 1 taken apart: copied once, its strings checked, two references counted.
    scenario("decode", 846.0, false),
    // A topic that is new each time, among 10,000 filters with and without wildcards: two
    // look-ups a level and branch, and the topic's own making.
    scenario("find", 2_701.0, false),
    // In and out again, each with a call of its own: nothing is shared with other messages.
    scenario("1-to-1", 2_962.0, true),
    scenario("1-to-1-qos1", 5_213.0, true),
    scenario("1-to-1-qos2", 7_857.0, false),
    // A delivery is a reference in a queue, an entry in the list of who is ready, and a head that
    // is written for this client; each of these clients is asked for one message alone.
    scenario("1-to-100", 116_798.0, true),
    scenario("1-to-1000", 1_143_111.0, false),
    scenario("100-to-1-qos1", 5_213.0, false),
];

const fn scenario(name: &'static str, budget: f64, observed: bool) -> Scenario {
    Scenario {
        name,
        budget,
        observed,
    }
}

/// Messages of the shorter and of the longer run, whose difference is counted.
const RUNS: [u64; 2] = [100, 300];

/// What an observer may cost that could watch and does not, in per cent.
const DISARMED_PERCENT_MAX: f64 = 1.0;

/// How far a count may be from its budget, in per cent: C libraries and allocators differ a
/// little. What is further below has to be lowered, or it holds nothing.
const BUDGET_PERCENT: f64 = 3.0;

/// `cargo xtask bench-core`.
pub(crate) fn core() -> Result<()> {
    if output(program("valgrind").arg("--version")).is_none() {
        return Err("Valgrind counts the instructions: sudo apt-get install valgrind".to_owned());
    }
    let mut build = cargo();
    build.args(["build", "--release", "--locked", "--quiet"]);
    build.args(["--package", "tidings-core", "--example", "instructions"]);
    if !build.status().is_ok_and(|status| status.success()) {
        return Err("the bench is not built".to_owned());
    }
    println!("instructions for a message     may be   nobody watches   disarmed        armed");
    let mut wrong = Vec::new();
    for Scenario {
        name,
        budget,
        observed,
    } in SCENARIOS
    {
        let nobody = count(name, "nobody")?;
        print!("{name:<28} {budget:>8.0} {nobody:>16.0}");
        if (nobody / budget - 1.0).abs() > BUDGET_PERCENT / 100.0 {
            wrong.push(format!(
                "{name} takes {nobody:.0} instructions and not {budget:.0}"
            ));
        }
        if observed {
            let more = |count: f64| 100.0 * (count - nobody) / nobody;
            let (disarmed, armed) = (count(name, "disarmed")?, count(name, "armed")?);
            print!("   {disarmed:.0} ({:+.2} %)", more(disarmed));
            print!("   {armed:.0} ({:+.2} %)", more(armed));
            if more(disarmed) > DISARMED_PERCENT_MAX {
                wrong.push(format!(
                    "{name}: an observer that does not watch costs {:.2} %, more than {DISARMED_PERCENT_MAX} %",
                    more(disarmed)
                ));
            }
        }
        println!();
    }
    match wrong.is_empty() {
        true => Ok(()),
        false => Err(format!(
            "{}\nA change that has a reason changes the budget in xtask/src/bench.rs.",
            wrong.join("\n")
        )),
    }
}

/// Instructions for one message more.
fn count(scenario: &str, watcher: &str) -> Result<f64> {
    let [short, long] = RUNS.map(|messages| count_run(scenario, watcher, messages));
    Ok((long? - short?) as f64 / (RUNS[1] - RUNS[0]) as f64)
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
