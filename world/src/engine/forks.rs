//! The runs of a scene: a change made in the past begins another one, and the old one is kept, as
//! its changes and its hash. Whoever goes back to it has it repeated.

use super::edits::FORGOTTEN;
use super::{Engine, problem};
use crate::log::{Log, What};
use crate::run::{Input, Touch};
use crate::scenario::Deed;
use crate::view::{
    ActorId, Cut, Did, Edit, Micros, OUTCOME, Problem, RUNS_MAX, RunId, RunView, Runs,
};

/// The runs beside the present one.
#[derive(Debug)]
pub(super) struct Forks {
    /// The present run, and the one it has parted from.
    now: RunId,
    parent: Option<RunId>,
    kept: Vec<Branch>,
    begun: u32,
    let_go: u32,
    /// Grows with every change of a run.
    version: u32,
    ghost: Option<Ghost>,
}

/// A run that was left.
#[derive(Clone, Debug)]
pub(super) struct Branch {
    id: RunId,
    parent: Option<RunId>,
    inputs: Vec<Input>,
    head: Micros,
    hash: u64,
    /// When the last thing in it happened.
    last: Micros,
}

/// The log of a run that the present one is compared with.
#[derive(Debug)]
struct Ghost {
    of: RunId,
    version: u32,
    log: Log,
    parts: Micros,
}

impl Default for Forks {
    fn default() -> Self {
        Self {
            now: RunId(1),
            parent: None,
            kept: Vec::new(),
            begun: 1,
            let_go: 0,
            version: 0,
            ghost: None,
        }
    }
}

impl Forks {
    /// A run that was left at a moment, where it went on: another one begins.
    pub(super) fn part(&mut self, old: Branch, at: Micros) {
        self.version += 1;
        if old.last <= at && old.inputs.last().is_none_or(|input| input.at <= at) {
            return;
        }
        self.parent = Some(old.id);
        self.begun += 1;
        self.now = RunId(self.begun);
        self.keep(old);
    }

    fn keep(&mut self, branch: Branch) {
        self.kept.push(branch);
        if self.kept.len() > RUNS_MAX {
            let parent = self.parent;
            let oldest = self.kept.iter().position(|one| Some(one.id) != parent);
            self.kept.remove(oldest.unwrap_or(0));
            self.let_go += 1;
        }
    }

    fn find(&self, id: Option<RunId>) -> Option<&Branch> {
        self.kept.iter().find(|one| Some(one.id) == id)
    }

    /// The log of what a kept run has that the present one has not.
    pub(super) fn ghost(&self) -> Option<&Log> {
        self.ghost.as_ref().map(|ghost| &ghost.log)
    }

    /// Something that differs whenever what can be told of the runs may do so.
    pub(super) fn version(&self) -> u32 {
        self.version
    }
}

impl Engine {
    /// The present run, as it would be kept.
    pub(super) fn branch(&self) -> Branch {
        let so_far = self.so_far();
        Branch {
            id: self.forks.now,
            parent: self.forks.parent,
            inputs: self.past.inputs().to_vec(),
            head: so_far.at,
            hash: so_far.hash,
            last: so_far.last,
        }
    }

    /// Looks at a run that has become another one.
    pub(super) fn resume(&mut self, at: Micros) {
        self.casts = self.past.casts();
        if let Some(cast) = self.casts.last() {
            self.cast = cast.clone();
        }
        self.look(at);
    }

    /// Puts the run in the place of the present one that these changes make, as far as `until`.
    fn turn(&mut self, inputs: Vec<Input>, until: Micros) -> Result<(), Problem> {
        let here = Micros(self.playhead as u64);
        let run = self.past.rebuild(&mut self.pen, inputs, until);
        self.run = run.ok_or_else(|| problem(FORGOTTEN))?;
        self.left = None;
        self.forks.version += 1;
        self.windows.forget();
        let at = here.min(self.run.now);
        // Of another run, which may be as long.
        self.board = self.past.board(&self.pen.log, at).unwrap_or_default();
        self.resume(at);
        Ok(())
    }

    /// Goes back to a run that was kept, and keeps the present one.
    pub(super) fn go_back(&mut self, id: RunId) -> Result<(), Problem> {
        let place = self.forks.kept.iter().position(|one| one.id == id);
        let Some(place) = place else {
            return Err(problem("This run was let go."));
        };
        let old = self.branch();
        let Branch { inputs, head, .. } = self.forks.kept[place].clone();
        self.turn(inputs, head)?;
        let there = self.forks.kept.remove(place);
        (self.forks.now, self.forks.parent) = (there.id, there.parent);
        self.forks.keep(old);
        Ok(())
    }

    /// Moves a cut, makes one, or takes one away.
    pub(super) fn cut(
        &mut self,
        id: ActorId,
        was: Option<Micros>,
        to: Option<Micros>,
    ) -> Result<(), Problem> {
        if self.wall_clock.is_some() {
            return Err(problem(
                "A real broker's time cannot be turned back. Cut the connection as it is now.",
            ));
        }
        let to = to.map(|to| to.min(self.head()));
        let mut base = self.past.inputs().to_vec();
        // A run that has nothing but this cut is not worth keeping: the cut is only moved.
        let mut replaced = None;
        if let Some(was) = was {
            let place = base.iter().position(|input| is_cut(input, id, was));
            let gone = || problem("This cut is not there any more, or was not made by hand.");
            let place = place.ok_or_else(gone)?;
            base.remove(place);
            let parent = self.forks.find(self.forks.parent);
            let parent = parent.filter(|parent| {
                let mut both = base.iter().zip(&parent.inputs);
                let within = base.len() <= parent.inputs.len();
                place == base.len() && within && both.all(|(one, other)| one.id == other.id)
            });
            if let Some(parent) = parent {
                base.clone_from(&parent.inputs);
                replaced = Some((parent.id, parent.head));
            }
        }
        let old = self.branch();
        let here = Micros(self.playhead as u64);
        let until = old.head.max(Micros(here.0 + OUTCOME.0));
        if let Some(to) = to {
            let mut inputs = base.clone();
            inputs.retain(|input| input.at <= to);
            let deed = Deed::Cut;
            let (touch, edit) = (Touch::Deed(id, deed), Edit::Do { id, deed });
            inputs.push(self.past.input(to, touch, edit));
            self.turn(inputs, until.max(to))?;
            let log = &self.pen.log;
            let then = log
                .from(log.not_before(to))
                .take_while(|(_, one)| one.at == to);
            let mut deeds = then.filter(|(_, one)| {
                matches!(one.what, What::Deed { actor, deed: Deed::Cut, .. } if actor == id)
            });
            if deeds.next().is_some() {
                if replaced.is_none() {
                    self.forks.part(old, Micros(0));
                }
                return Ok(());
            }
        }
        // Without the cut it is the run it has parted from.
        match replaced {
            Some((parent, head)) => {
                self.turn(base, head.max(until))?;
                self.forks.kept.retain(|one| one.id != parent);
                self.forks.now = parent;
                self.forks.parent = None;
            }
            None if was.is_some() => {
                self.turn(base, until)?;
                self.forks.part(old, Micros(0));
            }
            None => self.turn(base, old.head)?,
        }
        match to {
            Some(_) => Err(problem(
                "It has no connection at that moment that could be cut.",
            )),
            None => Ok(()),
        }
    }

    /// Makes the log ready that the present one is compared with.
    pub(super) fn call_ghost(&mut self) {
        let Forks {
            kept,
            ghost,
            version,
            ..
        } = &mut self.forks;
        let with = self.watch.compare;
        let there = ghost.as_ref().map(|ghost| (Some(ghost.of), ghost.version));
        if there == Some((with, *version)) {
            return;
        }
        let branch = kept.iter().find(|one| Some(one.id) == with);
        *ghost = branch.and_then(|one| {
            let (log, parts) = self.past.ghost(&self.pen.log, &one.inputs, one.head)?;
            Some(Ghost {
                of: one.id,
                version: *version,
                log,
                parts: parts.min(one.head),
            })
        });
    }

    /// What can be told of the runs.
    pub(super) fn runs(&self) -> Runs {
        let forks = &self.forks;
        let inputs = self.past.inputs();
        let parent = forks.find(forks.parent);
        let kept = forks.kept.iter().map(|one| RunView {
            id: one.id,
            parts: self.past.parting(&one.inputs).1.min(one.head),
            head: one.head,
            hash: one.hash,
            did: match (one.parent, forks.find(one.parent)) {
                (Some(parent), _) if parent == forks.now => did(&one.inputs, inputs),
                (_, Some(parent)) => did(&one.inputs, &parent.inputs),
                _ => None,
            },
        });
        let at = Micros(self.playhead as u64);
        Runs {
            now: forks.now,
            did: parent.and_then(|one| did(inputs, &one.inputs)),
            kept: kept.collect(),
            let_go: forks.let_go,
            compared: forks.ghost.as_ref().map(|ghost| {
                let logs = [&ghost.log, &self.pen.log];
                crate::project::compare(logs, ghost.of, ghost.parts, at)
            }),
        }
    }
}

fn is_cut(input: &Input, id: ActorId, at: Micros) -> bool {
    match input.touch {
        Touch::Deed(actor, Deed::Cut) => (actor, input.at) == (id, at),
        Touch::Later(when, actor, Deed::Cut)
        | Touch::Cut(actor, Some(Cut::Packet { at: when, .. })) => (actor, when) == (id, at),
        _ => false,
    }
}

/// The first change that a run has and the one before it had not.
fn did(inputs: &[Input], before: &[Input]) -> Option<Did> {
    let mut own = inputs
        .iter()
        .filter(|one| before.iter().all(|other| other.id != one.id));
    own.next().map(|input| match &input.touch {
        Touch::Deed(id, deed) | Touch::Later(_, id, deed) => Did::Deed(*id, *deed),
        Touch::Cut(id, _) => Did::Deed(*id, Deed::Cut),
        Touch::Broker(deed) => Did::Broker(*deed),
        Touch::Say { id, .. } | Touch::SayNext(id, _) => Did::Said(*id),
        Touch::Bytes(id, _) => Did::Sent(*id),
        Touch::Recast(_) => Did::Scene,
    })
}
