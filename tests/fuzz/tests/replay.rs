//! Every input that was worth keeping, again; and some that nobody chose.
#![allow(clippy::print_stdout)] // The harness shows what a test says when it fails.

use std::fs;
use std::path::Path;

use tidings_fuzz::{TARGETS, run};

/// Inputs of each target are few enough to be looked through in seconds.
const CORPUS_BYTES_MAX: u64 = 300_000;

#[test]
fn what_was_kept_finds_nothing() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
    let mut bytes = 0;
    for (target, _) in TARGETS {
        let mut inputs = 0;
        for entry in fs::read_dir(corpus.join(target)).expect("a corpus for every target") {
            let path = entry.expect("a readable folder").path();
            let input = fs::read(&path).expect("a readable file");
            println!("{}", path.display()); // Shown if it fails.
            run(target, &input);
            inputs += 1;
            bytes += input.len() as u64;
        }
        assert!(inputs > 20, "{target} has {inputs} inputs");
    }
    assert!(bytes < CORPUS_BYTES_MAX, "{bytes} bytes");
}

#[test]
fn what_nobody_chose_finds_nothing() {
    for (target, _) in TARGETS {
        let mut state = 1_u64;
        for number in 0..300 {
            let mut input = Vec::new();
            for _ in 0..number {
                state = state
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1_442_695_040_888_963_407);
                input.push((state >> 33) as u8);
            }
            println!("{target} {input:02x?}"); // Shown if it fails.
            run(target, &input);
        }
    }
}
