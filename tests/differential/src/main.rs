//! Plays dialogues to both brokers: all that are recorded, and as many fresh ones as asked for.
#![allow(clippy::print_stdout)] // That is its job.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};

use tidings_conformance::wire::Version;
use tidings_differential::classes::classes;
use tidings_differential::report::document;
use tidings_differential::run::{outcome, play_recorded, play_seeds};
use tidings_differential::{cases, dialogue, generate};
use tidings_testkit::given;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(fault) => {
            println!("{fault}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), String> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let after = |name: &str| {
        let at = arguments.iter().position(|argument| argument == name)?;
        Some(arguments.get(at + 1).and_then(|text| text.parse().ok()))
    };
    let number = |name: &str| match after(name) {
        None => Ok(None),
        Some(Some(number)) => Ok::<_, String>(Some(number)),
        Some(None) => Err(format!("{name} wants a number")),
    };
    if arguments.iter().any(|argument| argument == "--document") {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/differential.md");
        return std::fs::write(path, document()?).map_err(|e| e.to_string());
    }
    let program = PathBuf::from(given("TIDINGS_BIN"));
    let classes = classes()?;
    if let Some(seed) = number("--seed")? {
        let text = generate::dialogue(seed);
        println!("{text}");
        let case = tidings_conformance::case::read("generated", &text)?;
        let played = outcome(&case[0], Version::V5, &program, &classes);
        for (ours, theirs) in played.ours.turns.iter().zip(&played.theirs.turns) {
            println!(
                "tidings   {}\nmosquitto {}",
                dialogue::shown(ours),
                dialogue::shown(theirs)
            );
        }
        println!("{:?}", played.outcome.covered);
        return match played.outcome.open.is_empty() {
            true => Ok(()),
            false => Err(played.explain()),
        };
    }
    let mut faults = Vec::new();
    if !arguments.iter().any(|argument| argument == "--only-seeds") {
        let played = cases::play_all(&program, &classes);
        println!(
            "{} plays of conformance cases, {} passed by Mosquitto, the others covered by {} classes",
            played.plays,
            played.passed,
            played.covered.len()
        );
        faults.extend(played.faults);
        let totals = play_recorded(&program, &classes);
        println!(
            "{} dialogues, {} steps: {:?}",
            totals.dialogues, totals.steps, totals.covered
        );
        faults.extend(totals.faults);
    }
    let count = number("--seeds")?.unwrap_or(100);
    let start = match number("--from")? {
        Some(start) => start,
        None => now(),
    };
    let seeds: Vec<u64> = (start..).take(count as usize).collect();
    println!("seeds from {start}");
    let totals = play_seeds(&seeds, &program, &classes);
    println!(
        "{} seeds, {} steps: {:?}",
        totals.dialogues, totals.steps, totals.covered
    );
    faults.extend(totals.faults);
    match faults.is_empty() {
        true => Ok(()),
        false => Err(format!(
            "{}\n{} differences without a class",
            faults.join("\n\n"),
            faults.len()
        )),
    }
}

fn now() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    now.map_or(0, |now| now.as_millis() as u64)
}
