//! Links: a moment of a scene, with what is needed to come back to it.

use super::{Engine, pass, problem};
use crate::scenario::{Scenario, check};
use crate::view::{Answer, Edit, Micros, Moment, Problem, Token};

/// No link brings more changes.
const EDITS_MAX: usize = 1_000;
/// Whoever opens a link does not wait for more of the world than this.
const STEPS_MAX: usize = 400_000;

const TOO_FAR: &str = "This moment is too far from the beginning for a link.";

impl Engine {
    /// The playhead as a link.
    pub(super) fn bookmark(&mut self, token: Token) {
        if self.wall_clock.is_some() {
            let sentence = "What a real broker did cannot be had again: there is no link to it.";
            return self.answer(token, vec![problem(sentence)], None);
        }
        let at = Micros(self.playhead as u64);
        let edits: Vec<(Micros, Edit)> = self.past.edits(at);
        let moment = Moment {
            scene: self.origin.clone(),
            edits: match edits.is_empty() {
                true => Vec::new(),
                false => postcard::to_allocvec(&edits).expect("invariant: edits are plain data"),
            },
            at,
        };
        self.answers
            .push_back(crate::view::FromWorker::Answer(Answer {
                token,
                moment: Some(moment),
                ..Answer::default()
            }));
    }

    /// Opens a scene at a moment, held, after everything that was changed in it.
    pub(super) fn open_moment(&mut self, moment: &Moment) -> Result<(), Vec<Problem>> {
        let scenario = match &moment.scene {
            Some(text) => Scenario::from_text(text)?,
            None => Scenario::kitchen_sensors(),
        };
        let edits: Vec<(Micros, Edit)> = match moment.edits.is_empty() {
            true => Vec::new(),
            false => postcard::from_bytes(&moment.edits).map_err(|_| {
                vec![problem(
                    "What was changed in this run cannot be read: the link is not whole, or of another version of this page.",
                )]
            })?,
        };
        if moment.at > Micros::from_millis(check::TIME_MS_MAX) {
            return Err(vec![problem(TOO_FAR)]);
        }
        let in_order = edits.is_sorted_by_key(|(at, _)| *at);
        // Each of these is written down as what it does, so no link of ours has one.
        let turns_back = edits.iter().any(|(_, edit)| {
            matches!(
                edit,
                Edit::CutAt { .. } | Edit::MoveCut { .. } | Edit::Return(_)
            )
        });
        if edits.len() > EDITS_MAX || !in_order || turns_back {
            let sentence = format!("A link brings at most {EDITS_MAX} changes, in order.");
            return Err(vec![problem(sentence)]);
        }
        self.open(scenario);
        self.running = false;
        let mut steps = STEPS_MAX;
        for (at, edit) in edits {
            self.come_to(at.min(moment.at), &mut steps)?;
            self.change(edit)?;
        }
        self.come_to(moment.at, &mut steps)
    }

    /// Lets the world go on to a moment that is not far.
    fn come_to(&mut self, at: Micros, steps: &mut usize) -> Result<(), Vec<Problem>> {
        while let Some(next) = self.run.next_at().filter(|next| *next <= at) {
            let Some(left) = steps.checked_sub(1) else {
                return Err(vec![problem(TOO_FAR)]);
            };
            *steps = left;
            // All of a moment, so that a checkpoint never lies within one.
            let begun = self.pen.log.end();
            pass(&mut self.run, &mut self.pen, next);
            *steps = steps.saturating_sub((self.pen.log.end() - begun) as usize);
            self.past.consider(&self.run, &self.pen);
        }
        self.go(at);
        Ok(())
    }
}
