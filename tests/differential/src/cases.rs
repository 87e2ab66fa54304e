//! The conformance cases, played to Mosquitto: each passes, or a class says why not.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Mutex;
use std::time::Duration;

use tidings_conformance::case::{Step, StepKind};
use tidings_conformance::pipes::Transport;
use tidings_conformance::play::play;
use tidings_conformance::server::side_by_side;

use crate::brokers::{Running, Which};
use crate::classes::{Class, fits};
use crate::dialogue::PATIENCE;

/// What came of the cases.
#[derive(Clone, Debug, Default)]
pub struct Played {
    /// Cases in a version that were played.
    pub plays: usize,
    /// Those that Mosquitto passed.
    pub passed: usize,
    /// Classes that cover the others.
    pub covered: BTreeSet<String>,
    /// What no class covers.
    pub faults: Vec<String>,
}

/// Plays all cases that need nothing but a broker.
pub fn play_all(program: &Path, classes: &[Class]) -> Played {
    /// Long enough for a broker that does answer.
    const KNOWN_TO_FAIL: Duration = Duration::from_millis(300);
    let cases = tidings_conformance::cases();
    let runs: Vec<_> = cases
        .iter()
        .filter(|case| case.needs().is_none() && case.config.is_empty() && !case.is_long())
        .flat_map(|case| case.versions.iter().map(move |version| (case, *version)))
        .collect();
    let played = Mutex::new(Played::default());
    let (plays, mut faults) = side_by_side(runs.len(), |at| {
        let (case, version) = runs[at];
        let known = classes
            .iter()
            .flat_map(|class| class.cases.iter().map(move |c| (class, c)));
        let known: Vec<_> = known.filter(|(_, (name, _))| *name == case.name).collect();
        let attempt = |patience| {
            let broker = Running::start(Which::Theirs, program)?;
            play(case, version, &mut broker.remote(Transport::Tcp, patience)).map_err(|fault| {
                let line = fault.replace("\n  ", " / ");
                let rest = line.split_once(&format!("{} in ", case.name));
                rest.map_or(line.clone(), |(_, rest)| rest.to_owned())
            })
        };
        let class_of = |fault: &String| {
            let mut known = known.iter();
            known.find(|(_, (_, pattern))| fits(pattern, fault))
        };
        let waits = |step: &Step| matches!(step.kind, StepKind::Wait(_));
        let mut done = Err(String::new());
        if !known.is_empty() && !case.steps.iter().any(waits) {
            done = attempt(KNOWN_TO_FAIL);
        }
        // Too little time looks like a fault: what is not known gets all there is.
        if done.as_ref().is_err_and(|fault| class_of(fault).is_none()) {
            done = attempt(PATIENCE);
        }
        let mut played = played.lock().map_err(|e| e.to_string())?;
        let Err(fault) = done else {
            played.passed += 1;
            return Ok(());
        };
        match class_of(&fault) {
            Some((class, _)) => {
                played.covered.insert(class.id.clone());
                Ok(())
            }
            None => Err(format!("{}: {fault}", case.name)),
        }
    });
    let mut played = played.into_inner().unwrap_or_default();
    played.plays = plays;
    played.faults.append(&mut faults);
    played
}
