//! Makes a dialogue short that still differs in the same way.

use std::path::Path;

use tidings_conformance::case;
use tidings_conformance::wire::Version;

use crate::classes::Class;
use crate::compare::Outcome;
use crate::run::{Played, outcome};

/// Drops whatever can be dropped. Returns the text, and the last play that differed.
pub fn minimise(
    text: &str,
    found: &Outcome,
    program: &Path,
    classes: &[Class],
) -> (String, Option<Played>) {
    const HEAD: usize = 2;
    let wanted: Vec<String> = found.open.iter().map(|line| shape(line)).collect();
    let mut lines: Vec<&str> = text.lines().collect();
    let mut last = None;
    let differs = |lines: &[&str]| {
        let text = lines.join("\n");
        let case = case::read("generated", &text).ok()?.into_iter().next()?;
        let played = outcome(&case, Version::V5, program, classes);
        let same = |line: &String| wanted.contains(&shape(line));
        played.outcome.open.iter().any(same).then_some(played)
    };
    // Larger pieces first, then line by line until nothing more can go.
    for size in [8, 3, 1, 1] {
        let mut end = lines.len();
        while end > HEAD {
            let start = end.saturating_sub(size).max(HEAD);
            let mut fewer = lines.clone();
            fewer.drain(start..end);
            if let Some(played) = differs(&fewer) {
                lines = fewer;
                last = Some(played);
            }
            end = start;
        }
    }
    (lines.join("\n"), last)
}

/// A difference without its names and numbers.
fn shape(line: &str) -> String {
    let line = line.split_once(": ").map_or(line, |(_, rest)| rest);
    let mut shape = String::new();
    let mut quoted = false;
    for letter in line.chars() {
        if letter == '"' {
            quoted = !quoted;
        }
        if !quoted && !letter.is_ascii_digit() {
            shape.push(letter);
        }
    }
    shape
}
