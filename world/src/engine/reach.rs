//! Where the playhead can go: to every moment of the run, however long it is.
//!
//! The log holds a part of a long run. Whoever goes to a moment that it does not reach has the run
//! put there, from the checkpoint before it, and with it a log that reaches from there on. The run
//! goes on from there as it did the first time, changes included, until it is again where it was.

use super::Engine;
use super::past::CHECKPOINT_BYTES_MAX;
use crate::board::Board;
use crate::log::{self, Seq};
use crate::view::Micros;

/// Where a run had come to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Left {
    pub(super) at: Micros,
    pub(super) hash: u64,
    /// When the last thing happened.
    pub(super) last: Micros,
}

/// So many entries beyond the playhead are had again at once, for drawings that look ahead.
const AHEAD_ENTRIES_MAX: u32 = 500;

impl Engine {
    /// The latest moment that the run has come to.
    pub(super) fn head(&self) -> Micros {
        self.so_far().at
    }

    /// Where the run has come to.
    pub(super) fn so_far(&self) -> Left {
        self.left.unwrap_or(Left {
            at: self.run.now,
            hash: self.pen.log.hash(),
            last: self.pen.log.last_at(),
        })
    }

    /// Megabytes that log and checkpoints hold, about, and the most that they may.
    pub(super) fn memory_mb(&self) -> (u32, u32) {
        let mb = |bytes: usize| bytes.div_ceil(1_000_000) as u32;
        let held = self.pen.log.weight() + self.past.weight();
        (mb(held), mb(log::WEIGHT_MAX + CHECKPOINT_BYTES_MAX))
    }

    /// The earliest moment that can be had again: with a real broker, what the log holds.
    pub(super) fn begins(&self) -> Micros {
        let log = &self.pen.log;
        match self.wall_clock.is_some() && log.begin() > 0 {
            true => log.last_at(),
            false => Micros(0),
        }
    }

    /// Brings run and board to `at`, which the playhead has come to.
    pub(super) fn reach(&mut self, at: Micros) {
        if at >= self.run.now {
            self.past.live(&mut self.run, &mut self.pen, at);
        }
        self.foresee(at);
        let end = self.pen.log.after(at);
        self.board.advance(&self.pen.log, end);
    }

    /// Puts the playhead at a moment that the run has come to.
    pub(super) fn look(&mut self, at: Micros) {
        let at = at.max(self.begins());
        self.playhead = at.0 as f64;
        if self.wall_clock.is_none() && !self.is_told(at) {
            let so_far = self.so_far();
            self.run = self.past.revisit(&mut self.pen, at);
            self.left = Some(so_far);
            self.board = Board::default();
        }
        self.foresee(at);
        let end = self.pen.log.after(at);
        let next = Seq(self.board.next);
        if next > end || next.0 < self.pen.log.begin() {
            let near = self.past.board(&self.pen.log, at);
            self.board = near.unwrap_or_default();
        }
        self.board.advance(&self.pen.log, end);
    }

    /// Whether the log tells of a moment, from a checkpoint on.
    fn is_told(&self, at: Micros) -> bool {
        let Self { past, pen, run, .. } = self;
        match at > run.now {
            true => !past.is_nearer(&pen.log, at),
            false => past.board(&pen.log, at).is_some(),
        }
    }

    /// Has the run go on to `at`, and somewhat further, where it was before.
    fn foresee(&mut self, at: Micros) {
        let Some(left) = self.left else { return };
        self.past
            .live(&mut self.run, &mut self.pen, at.min(left.at));
        let window = self
            .watch
            .score
            .map_or(0, |score| score.to.0 - score.from.0.min(score.to.0));
        let ahead = Micros(at.0.saturating_add(window)).min(left.at);
        let end = self.pen.log.after(at).0 + AHEAD_ENTRIES_MAX;
        while self.pen.log.end() < end
            && let Some(next) = self.past.next_at(&self.run).filter(|next| *next <= ahead)
        {
            self.past.live(&mut self.run, &mut self.pen, next);
        }
        if self.run.now >= left.at
            || self
                .past
                .next_at(&self.run)
                .is_none_or(|next| next > left.at)
        {
            self.past.live(&mut self.run, &mut self.pen, left.at);
            debug_assert_eq!(self.pen.log.hash(), left.hash);
            self.left = None;
        }
    }

    /// The next time after the playhead at which anything happens, as far as is known.
    pub(super) fn next_event(&self) -> Option<Micros> {
        let at = Micros(self.playhead as u64);
        let written = self.pen.log.after(at);
        match self.pen.log.get(written) {
            Some(entry) => Some(entry.at),
            None => self.past.next_at(&self.run).filter(|next| *next > at),
        }
    }
}
