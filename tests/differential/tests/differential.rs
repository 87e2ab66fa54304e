//! Both brokers hear the same, and what differs is known.
#![allow(clippy::print_stdout)] // What was played shows in the gate's log.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use tidings_differential::classes::classes;
use tidings_differential::run::{Totals, play_recorded, play_seeds};
use tidings_differential::{cases, report};
use tidings_testkit::given;

fn program() -> PathBuf {
    PathBuf::from(given("TIDINGS_BIN"))
}

fn check(totals: &Totals) {
    let Totals {
        dialogues,
        steps,
        faults,
        ..
    } = totals;
    println!("{dialogues} dialogues, {steps} steps");
    assert!(
        *dialogues > 0 && faults.is_empty(),
        "{}",
        faults.join("\n\n")
    );
}

#[test]
fn what_is_recorded_differs_as_is_known_and_every_class_is_seen() {
    let classes = classes().expect("in order");
    let played = cases::play_all(&program(), &classes);
    assert!(played.faults.is_empty(), "{}", played.faults.join("\n\n"));
    let totals = play_recorded(&program(), &classes);
    check(&totals);
    let seen: BTreeSet<&String> = played.covered.iter().chain(totals.covered.keys()).collect();
    let unseen: Vec<&String> = classes
        .iter()
        .map(|class| &class.id)
        .filter(|id| !seen.contains(id))
        .collect();
    assert!(unseen.is_empty(), "no case or dialogue shows {unseen:?}");
}

#[test]
fn pinned_seeds_differ_as_is_known() {
    let seeds: Vec<u64> = (1..=40).collect();
    check(&play_seeds(
        &seeds,
        &program(),
        &classes().expect("in order"),
    ));
}

#[test]
fn fresh_seeds_differ_as_is_known() {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .expect("after 1970");
    let start = now.as_millis() as u64;
    let seeds: Vec<u64> = (start..start + 40).collect();
    println!("seeds from {start}");
    check(&play_seeds(
        &seeds,
        &program(),
        &classes().expect("in order"),
    ));
}

#[test]
fn the_document_is_up_to_date() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/differential.md");
    let kept = std::fs::read_to_string(path).unwrap_or_default();
    let made = report::document().expect("the classes can be read");
    assert!(kept == made, "run `cargo xtask differential --document`");
}
