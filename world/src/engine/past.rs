//! Going back: a run can be had again at any moment of it, from a checkpoint and the changes
//! that were made since.

use std::rc::Rc;

use crate::board::Board;
use crate::cast::Cast;
use crate::log::{Log, Mark};
use crate::run::{Input, Pen, Run};
use crate::view::{Edit, Micros};

/// What is needed to have an earlier moment again.
#[derive(Debug, Default)]
pub(super) struct Past {
    checkpoints: Vec<Checkpoint>,
    inputs: Vec<Input>,
    /// Entries between two checkpoints, at least.
    spacing: u32,
}

/// Everything at a moment, after all that happened then.
#[derive(Debug)]
struct Checkpoint {
    run: Run,
    board: Board,
    mark: Mark,
    /// So many inputs are in it.
    inputs: usize,
    entries: u32,
}

/// At so many checkpoints every second one goes, and they come half as often.
const CHECKPOINTS_MAX: usize = 64;
const SPACING: u32 = 1_000;

impl Past {
    /// A past that begins with a run.
    pub(super) fn new(run: &Run, pen: &Pen) -> Self {
        let mut past = Self {
            spacing: SPACING,
            ..Self::default()
        };
        past.keep(run, pen, &Board::default());
        past
    }

    /// Keeps a checkpoint if the last one is far behind. To be called between two moments.
    pub(super) fn consider(&mut self, run: &Run, pen: &Pen) {
        let last = self.checkpoints.last();
        let since = pen.log.end() - last.map_or(0, |last| last.entries);
        if since >= self.spacing {
            let mut board = last.map_or_else(Board::default, |last| last.board.clone());
            board.advance(&pen.log, crate::log::Seq(pen.log.end()));
            self.keep(run, pen, &board);
        }
        // The log no longer reaches back to those before the first it holds.
        let held = pen.log.begin();
        let gone = self
            .checkpoints
            .partition_point(|checkpoint| checkpoint.entries < held);
        self.checkpoints
            .drain(..gone.min(self.checkpoints.len() - 1));
        if self.checkpoints.len() > CHECKPOINTS_MAX {
            let mut place = 0;
            self.checkpoints.retain(|_| {
                place += 1;
                place % 2 == 1
            });
            self.spacing *= 2;
        }
    }

    fn keep(&mut self, run: &Run, pen: &Pen, board: &Board) {
        self.checkpoints.push(Checkpoint {
            run: run.clone(),
            board: board.clone(),
            mark: pen.log.mark(),
            inputs: self.inputs.len(),
            entries: pen.log.end(),
        });
    }

    /// The earliest moment that can be had again as it was.
    pub(super) fn begins(&self, log: &Log) -> Micros {
        if log.begin() == 0 {
            return Micros(0);
        }
        let mut whole = self
            .checkpoints
            .iter()
            .filter(|one| one.entries >= log.begin());
        whole.next().map_or(log.last_at(), |first| first.run.now)
    }

    /// What was changed up to a moment.
    pub(super) fn edits(&self, at: Micros) -> Vec<(Micros, Edit)> {
        let before = self.inputs.iter().take_while(|input| input.at <= at);
        before.map(|input| (input.at, input.edit.clone())).collect()
    }

    /// Notes a change that was made.
    pub(super) fn add(&mut self, input: Input) {
        self.inputs.push(input);
    }

    /// A board from which the one at `at` is near.
    pub(super) fn board(&self, at: Micros) -> Board {
        let before = self.checkpoints.iter().rev();
        let mut before = before.filter(|checkpoint| checkpoint.run.now <= at);
        before
            .next()
            .map_or_else(Board::default, |checkpoint| checkpoint.board.clone())
    }

    /// The run as it was at `at`; what was written after that is forgotten. None if the log no
    /// longer reaches back so far.
    pub(super) fn again(&mut self, pen: &mut Pen, at: Micros) -> Option<Run> {
        let reaches = |checkpoint: &Checkpoint| checkpoint.run.now <= at;
        let place = self.checkpoints.iter().rposition(reaches)?;
        let checkpoint = &self.checkpoints[place];
        let (mut run, done) = (checkpoint.run.clone(), checkpoint.inputs);
        if !pen.log.truncate(checkpoint.mark) {
            return None;
        }
        self.checkpoints.truncate(place + 1);
        self.inputs.retain(|input| input.at <= at);
        let inputs = self.inputs.split_off(done.min(self.inputs.len()));
        for input in inputs {
            pass(&mut run, pen, input.at);
            run.touch(pen, &input.touch);
            self.inputs.push(input);
        }
        pass(&mut run, pen, at);
        Some(run)
    }

    /// The casts that are still part of the story, of those in `casts`.
    pub(super) fn retain_casts(&self, casts: &mut Vec<Rc<Cast>>, run: &Run) {
        let first = self.checkpoints.first().map(|first| first.run.cast.version);
        casts.retain(|cast| {
            let made = self.inputs.iter().any(|input| {
                matches!(&input.touch, crate::run::Touch::Recast(other) if other.version == cast.version)
            });
            made || Some(cast.version) == first || cast.version == run.cast.version
        });
    }
}

/// Lets everything happen up to and at `at`.
pub(super) fn pass(run: &mut Run, pen: &mut Pen, at: Micros) {
    while run.next_at().is_some_and(|next| next <= at) {
        run.step(pen);
    }
    run.rest(at);
}
