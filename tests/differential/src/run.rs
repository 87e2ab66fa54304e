//! Plays dialogues to both brokers and says what no class covers.

use std::collections::BTreeMap;
use std::path::Path;

use tidings_conformance::case::{self, Case};
use tidings_conformance::pipes::Transport;
use tidings_conformance::server::side_by_side;
use tidings_conformance::wire::Version;

use crate::brokers::{Running, Which};
use crate::classes::Class;
use crate::compare::{Outcome, compare};
use crate::dialogue::{self, Notes, PATIENCE, shown};
use crate::generate;
use crate::minimise::minimise;

/// Plays one dialogue to both brokers.
pub fn outcome(case: &Case, version: Version, program: &Path, classes: &[Class]) -> Played {
    let play = |which, transport| -> Result<Notes, String> {
        let broker = Running::start(which, program)?;
        dialogue::play(case, version, &mut broker.remote(transport, PATIENCE))
    };
    // What carries it makes no difference, so a name's last letter may choose it.
    let last = case.name.bytes().last().unwrap_or_default();
    let transport = Transport::ALL[usize::from(last) % Transport::ALL.len()];
    let ours = play(Which::Ours, transport);
    let theirs = play(Which::Theirs, Transport::Tcp);
    match (ours, theirs) {
        (Ok(ours), Ok(theirs)) => Played {
            outcome: compare(&case.name, &ours, &theirs, classes),
            ours,
            theirs,
        },
        (ours, theirs) => {
            let said = |notes: &Result<Notes, String>| {
                notes
                    .as_ref()
                    .map_or_else(Clone::clone, |_| "in order".to_owned())
            };
            let line = format!("broken: {} | {}", said(&ours), said(&theirs));
            Played {
                outcome: Outcome {
                    open: vec![line],
                    ..Outcome::default()
                },
                ours: ours.unwrap_or_default(),
                theirs: theirs.unwrap_or_default(),
            }
        }
    }
}

/// A dialogue that was played to both.
#[derive(Debug)]
pub struct Played {
    /// What came of it.
    pub outcome: Outcome,
    /// What clients of Tidings heard.
    pub ours: Notes,
    /// What clients of Mosquitto heard.
    pub theirs: Notes,
}

impl Played {
    /// What differs, and what both said at that step.
    pub fn explain(&self) -> String {
        let mut text = self.outcome.open.join("\n");
        for (who, notes) in [("tidings", &self.ours), ("mosquitto", &self.theirs)] {
            if let Some(turn) = notes.turns.get(self.outcome.turn) {
                text.push_str(&format!("\n  {who} {}", shown(turn)));
            }
        }
        text
    }
}

/// Totals of many dialogues.
#[derive(Clone, Debug, Default)]
pub struct Totals {
    /// Dialogues played.
    pub dialogues: usize,
    /// Steps compared.
    pub steps: usize,
    /// Differences by class.
    pub covered: BTreeMap<String, usize>,
    /// What no class covers, with how to see it again.
    pub faults: Vec<String>,
}

/// The dialogues of `dialogues.txt`.
///
/// # Panics
/// With the line, if the text is wrong.
pub fn recorded() -> Vec<Case> {
    match case::read("dialogues.txt", include_str!("../dialogues.txt")) {
        Ok(cases) => cases,
        Err(fault) => panic!("{fault}"),
    }
}

/// Plays the recorded dialogues, each in its versions.
pub fn play_recorded(program: &Path, classes: &[Class]) -> Totals {
    let cases = recorded();
    let all: Vec<_> = cases
        .iter()
        .flat_map(|case| case.versions.iter().map(move |version| (case, *version)))
        .collect();
    many(all.len(), |at| {
        let (case, version) = all[at];
        let played = outcome(case, version, program, classes);
        let fault = (!played.outcome.open.is_empty()).then(|| {
            let name = version.name();
            format!(
                "{}:{}: {} in {name}: {}",
                case.file,
                case.line,
                case.name,
                played.explain()
            )
        });
        (played.outcome, fault)
    })
}

/// Plays the dialogues of seeds; one that differs is made short.
pub fn play_seeds(seeds: &[u64], program: &Path, classes: &[Class]) -> Totals {
    many(seeds.len(), |at| {
        let seed = seeds[at];
        let text = generate::dialogue(seed);
        let case = match case::read("generated", &text) {
            Ok(cases) => cases.into_iter().next(),
            Err(fault) => return (Outcome::default(), Some(fault)),
        };
        let Some(case) = case else {
            return (
                Outcome::default(),
                Some(format!("seed {seed} makes nothing")),
            );
        };
        let played = outcome(&case, Version::V5, program, classes);
        if played.outcome.open.is_empty() {
            return (played.outcome, None);
        }
        let (short, again) = minimise(&text, &played.outcome, program, classes);
        let fault = format!(
            "seed {seed}: {}\n{short}",
            again.unwrap_or(played).explain()
        );
        (Outcome::default(), Some(fault))
    })
}

fn many(count: usize, run: impl Fn(usize) -> (Outcome, Option<String>) + Sync) -> Totals {
    let totals = std::sync::Mutex::new(Totals::default());
    let (_, faults) = side_by_side(count, |at| {
        let (outcome, fault) = run(at);
        let mut totals = totals.lock().map_err(|e| e.to_string())?;
        totals.dialogues += 1;
        totals.steps += outcome.compared;
        for (class, times) in outcome.covered {
            *totals.covered.entry(class).or_default() += times;
        }
        match fault {
            None => Ok(()),
            Some(fault) => Err(fault),
        }
    });
    let mut totals = totals.into_inner().unwrap_or_default();
    totals.faults = faults;
    totals
}
