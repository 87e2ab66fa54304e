//! Going back: a run can be had again at any moment of it, from a checkpoint and the changes
//! that were made since.

use std::rc::Rc;

use crate::board::Board;
use crate::cast::Cast;
use crate::log::{Log, Mark};
use crate::run::{Input, Pen, Run, Touch};
use crate::view::{Edit, Micros};

/// What is needed to have an earlier moment again.
#[derive(Debug, Default)]
pub(super) struct Past {
    checkpoints: Vec<Checkpoint>,
    inputs: Vec<Input>,
    /// So many changes were ever made.
    made: u32,
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

    /// A change, to be made at a moment.
    pub(super) fn input(&mut self, at: Micros, touch: Touch, edit: Edit) -> Input {
        self.made += 1;
        let id = self.made;
        Input {
            id,
            at,
            touch,
            edit,
        }
    }

    /// Notes a change that was made.
    pub(super) fn add(&mut self, at: Micros, touch: Touch, edit: Edit) {
        let input = self.input(at, touch, edit);
        self.inputs.push(input);
    }

    /// The changes so far, in order.
    pub(super) fn inputs(&self) -> &[Input] {
        &self.inputs
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
        let before = self.inputs.iter().filter(|input| input.at <= at);
        self.rebuild(pen, before.cloned().collect(), at)
    }

    /// The run that these changes make of the scene, at `at`, in the place of the one there is.
    /// None if the log no longer reaches back to where they part; then nothing has changed.
    pub(super) fn rebuild(&mut self, pen: &mut Pen, inputs: Vec<Input>, at: Micros) -> Option<Run> {
        let (same, parts) = self.parting(&inputs);
        let place = self.before(same, parts.min(at))?;
        let checkpoint = &self.checkpoints[place];
        let (mut run, done) = (checkpoint.run.clone(), checkpoint.inputs);
        if !pen.log.truncate(checkpoint.mark) {
            return None;
        }
        self.checkpoints.truncate(place + 1);
        self.inputs.truncate(done);
        for input in inputs.into_iter().skip(done) {
            self.live(&mut run, pen, input.at);
            run.touch(pen, &input.touch);
            self.inputs.push(input);
        }
        self.live(&mut run, pen, at);
        Some(run)
    }

    /// What these changes would have come to by `at`: the log of it, from somewhat before they
    /// part from what was, and when they do. None if the log no longer reaches back so far.
    pub(super) fn ghost(&self, log: &Log, inputs: &[Input], at: Micros) -> Option<(Log, Micros)> {
        let (same, parts) = self.parting(inputs);
        // What was on its way when they parted belongs to it.
        let early = Micros(parts.0.saturating_sub(log.longest().0));
        let place = self.before(same, early).or(self.before(same, parts))?;
        let checkpoint = &self.checkpoints[place];
        if checkpoint.entries < log.begin() {
            return None;
        }
        let mut run = checkpoint.run.clone();
        let mut pen = Pen::default();
        pen.log = Log::beginning(checkpoint.mark);
        for input in inputs.iter().skip(checkpoint.inputs) {
            pass(&mut run, &mut pen, input.at);
            run.touch(&mut pen, &input.touch);
        }
        pass(&mut run, &mut pen, at);
        Some((pen.log, parts))
    }

    /// How many changes both begin with, and when the first comes that only one has.
    pub(super) fn parting(&self, inputs: &[Input]) -> (usize, Micros) {
        let both = self.inputs.iter().zip(inputs);
        let same = both.take_while(|(one, other)| one.id == other.id).count();
        let next = [self.inputs.get(same), inputs.get(same)];
        let next = next.into_iter().flatten().map(|input| input.at).min();
        (same, next.unwrap_or(Micros(u64::MAX)))
    }

    /// The last checkpoint with no more changes than so many, at or before a moment.
    fn before(&self, inputs: usize, at: Micros) -> Option<usize> {
        let mut all = self.checkpoints.iter();
        all.rposition(|one| one.inputs <= inputs && one.run.now <= at)
    }

    /// Lets everything happen up to and at `at`, with a checkpoint now and then.
    fn live(&mut self, run: &mut Run, pen: &mut Pen, at: Micros) {
        while let Some(next) = run.next_at().filter(|next| *next <= at) {
            pass(run, pen, next);
            self.consider(run, pen);
        }
        run.rest(at);
    }

    /// The casts that are part of the story.
    pub(super) fn casts(&self) -> Vec<Rc<Cast>> {
        let first = self.checkpoints.first().map(|first| first.run.cast.clone());
        let made = self.inputs.iter().filter_map(|input| match &input.touch {
            Touch::Recast(cast) => Some(cast.clone()),
            _ => None,
        });
        first.into_iter().chain(made).collect()
    }
}

/// Lets everything happen up to and at `at`.
pub(super) fn pass(run: &mut Run, pen: &mut Pen, at: Micros) {
    while run.next_at().is_some_and(|next| next <= at) {
        run.step(pen);
    }
    run.rest(at);
}
