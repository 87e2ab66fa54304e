//! Going back: a run can be had again at any moment of it, from a checkpoint and the changes
//! that were made since.

use std::rc::Rc;

use crate::board::Board;
use crate::cast::Cast;
use crate::log::{Log, Mark, Seq};
use crate::run::{Input, Pen, Run, Touch};
use crate::view::{Edit, Micros};

/// What is needed to have an earlier moment again.
#[derive(Debug, Default)]
pub(super) struct Past {
    /// In order; the first is the very beginning.
    checkpoints: Vec<Checkpoint>,
    inputs: Vec<Input>,
    /// So many of them the present run has had: it may be at an earlier moment than it was.
    done: usize,
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
    /// What a log goes on from that does not hold what was before, but for the first moment.
    log: Log,
    /// So many inputs are in it.
    inputs: usize,
    entries: u32,
    /// [`Log::written`].
    written: u64,
    /// Bytes it holds, about.
    weight: usize,
}

/// Bytes that all checkpoints hold, about. Beyond that, or beyond so many, every second one goes,
/// and they come half as often.
pub(super) const CHECKPOINT_BYTES_MAX: usize = 96 * 1024 * 1024;
const CHECKPOINTS_MAX: usize = 1_024;
const SPACING: u32 = 2_000;
/// And sooner where the log holds few entries because they are long: it must hold a checkpoint.
const SPACING_BYTES: u64 = crate::log::BYTES_MAX as u64 / 4;

impl Past {
    /// A past that begins with a run.
    pub(super) fn new(run: &Run, pen: &Pen) -> Self {
        let mut past = Self {
            spacing: SPACING,
            ..Self::default()
        };
        // The first moment is short enough to be kept whole.
        past.keep(run, pen, &Board::default(), pen.log.clone());
        past
    }

    /// Keeps a checkpoint if the last one is far behind. To be called between two moments.
    pub(super) fn consider(&mut self, run: &Run, pen: &Pen) {
        let last = self.checkpoints.last();
        // Less than nothing where the run is at an earlier moment than it was.
        let since = pen
            .log
            .end()
            .checked_sub(last.map_or(0, |last| last.entries));
        let Some(since) = since else { return };
        let bytes = pen.log.written() - last.map_or(0, |last| last.written);
        if since < self.spacing && bytes < SPACING_BYTES {
            return;
        }
        let mut board = last.map_or_else(Board::default, |last| last.board.clone());
        board.advance(&pen.log, Seq(pen.log.end()));
        self.keep(run, pen, &board, pen.log.continued());
        if self.checkpoints.len() > CHECKPOINTS_MAX || self.weight() > CHECKPOINT_BYTES_MAX {
            let mut place = 0;
            self.checkpoints.retain(|_| {
                place += 1;
                place % 2 == 1
            });
            self.spacing *= 2;
        }
    }

    fn keep(&mut self, run: &Run, pen: &Pen, board: &Board, log: Log) {
        self.checkpoints.push(Checkpoint {
            weight: run.weight() + board.weight() + 160 * log.topics_known(),
            run: run.clone(),
            board: board.clone(),
            mark: pen.log.mark(),
            log,
            inputs: self.done,
            entries: pen.log.end(),
            written: pen.log.written(),
        });
    }

    /// Bytes that all checkpoints hold, about.
    pub(super) fn weight(&self) -> usize {
        let all = self.checkpoints.iter();
        all.map(|checkpoint| checkpoint.weight).sum()
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

    /// Notes a change that was made in the present run, which has had all before.
    pub(super) fn add(&mut self, at: Micros, touch: Touch, edit: Edit) {
        let input = self.input(at, touch, edit);
        self.inputs.push(input);
        self.done = self.inputs.len();
    }

    /// The changes so far, in order.
    pub(super) fn inputs(&self) -> &[Input] {
        &self.inputs
    }

    /// The last checkpoint at or before a moment.
    fn last_before(&self, at: Micros) -> usize {
        let after = self.checkpoints.partition_point(|one| one.run.now <= at);
        after.saturating_sub(1)
    }

    /// A board from which the one at `at` is near, if the log reaches from there to it.
    pub(super) fn board(&self, log: &Log, at: Micros) -> Option<Board> {
        let checkpoint = &self.checkpoints[self.last_before(at)];
        let is_held = checkpoint.entries >= log.begin() && checkpoint.run.now <= at;
        if log.begin() == 0 && !is_held {
            return Some(Board::default());
        }
        is_held.then(|| checkpoint.board.clone())
    }

    /// Whether there is a checkpoint nearer to `at` than a run that is before that.
    pub(super) fn is_nearer(&self, log: &Log, at: Micros) -> bool {
        self.checkpoints[self.last_before(at)].entries > log.end()
    }

    /// The present run as it was at an earlier moment, with somewhat of the log before that.
    pub(super) fn revisit(&mut self, pen: &mut Pen, at: Micros) -> Run {
        // What is on its way then has left before.
        let early = Micros(at.0.saturating_sub(pen.log.longest().0));
        let mut run = self.restore(self.last_before(early), pen);
        self.live(&mut run, pen, at);
        run
    }

    /// A checkpoint, in the place of the present run.
    fn restore(&mut self, place: usize, pen: &mut Pen) -> Run {
        let checkpoint = &self.checkpoints[place];
        let held = pen.log.begin()..=pen.log.end();
        if !held.contains(&checkpoint.entries) || !pen.log.truncate(checkpoint.mark) {
            pen.log = checkpoint.log.clone();
        }
        self.done = checkpoint.inputs;
        checkpoint.run.clone()
    }

    /// The run as it was at `at`; what was after that is forgotten. None if it cannot be had.
    pub(super) fn again(&mut self, pen: &mut Pen, at: Micros) -> Option<Run> {
        let before = self.inputs.iter().filter(|input| input.at <= at);
        self.rebuild(pen, before.cloned().collect(), at)
    }

    /// The run that these changes make of the scene, at `at` or at the last of them, in the place
    /// of the one there is. None if it cannot be had; then nothing has changed.
    pub(super) fn rebuild(&mut self, pen: &mut Pen, inputs: Vec<Input>, at: Micros) -> Option<Run> {
        let (same, parts) = self.parting(&inputs);
        let place = self.before(same, parts.min(at))?;
        let mut run = self.restore(place, pen);
        self.checkpoints.truncate(place + 1);
        let until = inputs.last().map_or(at, |last| last.at.max(at));
        self.inputs = inputs;
        self.live(&mut run, pen, until);
        Some(run)
    }

    /// What these changes would have come to by `at`: the log of it, from somewhat before they
    /// part from what was, and when they do. None if it cannot be had.
    pub(super) fn ghost(&self, log: &Log, inputs: &[Input], at: Micros) -> Option<(Log, Micros)> {
        let (same, parts) = self.parting(inputs);
        // What was on its way when they parted belongs to it.
        let early = Micros(parts.0.saturating_sub(log.longest().0));
        let place = self.before(same, early).or(self.before(same, parts))?;
        let checkpoint = &self.checkpoints[place];
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

    /// When the next thing happens to the present run, by itself or by a change it has had before.
    pub(super) fn next_at(&self, run: &Run) -> Option<Micros> {
        let input = self.inputs.get(self.done).map(|input| input.at);
        run.next_at().into_iter().chain(input).min()
    }

    /// Lets everything happen up to and at `at`, with a checkpoint now and then.
    pub(super) fn live(&mut self, run: &mut Run, pen: &mut Pen, at: Micros) {
        loop {
            // A change comes after everything else at its moment.
            let input = self.inputs.get(self.done);
            let until = input.map_or(at, |input| input.at.min(at));
            while let Some(next) = run.next_at().filter(|next| *next <= until) {
                pass(run, pen, next);
                self.consider(run, pen);
            }
            run.rest(until);
            match self.inputs.get(self.done).filter(|input| input.at <= at) {
                Some(input) => run.touch(pen, &input.touch),
                None => return,
            }
            self.done += 1;
        }
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
