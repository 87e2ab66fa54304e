//! Steps of the playhead.

use super::{Engine, is_event, pass};
use crate::log::What;
use crate::view::{Micros, Step};

/// A step gives up after so many things that are not what it looks for.
const STEPS_MAX: usize = 200_000;

impl Engine {
    /// Moves the playhead by one step and holds it. With a real broker nothing can be stepped.
    pub(super) fn step(&mut self, step: Step) {
        if self.wall_clock.is_some() {
            return;
        }
        self.running = false;
        let at = Micros(self.playhead as u64);
        match step {
            Step::Start => self.look(Micros(0)),
            Step::Back => {
                let all = self.pen.log.from(crate::log::Seq(0)).rev();
                let mut before = all
                    .map(|(_, entry)| entry)
                    .skip_while(|entry| entry.at >= at);
                let to = before.find(|entry| is_event(&entry.what));
                let to = to.map_or(Micros(0), |entry| entry.at);
                drop(before);
                self.look(to);
            }
            Step::Event => self.forward(is_event),
            Step::Packet => self.forward(|what| matches!(what, What::Arrived(_))),
            Step::Timer => {
                let next = self.run.timers().into_iter().map(|timer| timer.timer.at);
                let next = next.chain(self.run.next_beat());
                match next.filter(|next| *next > at).min() {
                    Some(next) => self.go(next),
                    None => self.forward(is_event),
                }
            }
        }
    }

    /// To the next moment at which something of a kind happens.
    fn forward(&mut self, is_it: fn(&What) -> bool) {
        let at = Micros(self.playhead as u64);
        for _ in 0..STEPS_MAX {
            let rest = self.pen.log.from(self.pen.log.after(at));
            let found = rest.into_iter().find(|(_, entry)| is_it(&entry.what));
            if let Some(to) = found.map(|(_, entry)| entry.at) {
                self.go(to);
                return;
            }
            let Some(next) = self.run.next_at() else {
                return;
            };
            pass(&mut self.run, &mut self.pen, next);
            self.past.consider(&self.run, &self.pen);
        }
    }

    /// Moves the playhead to a later moment.
    fn go(&mut self, to: Micros) {
        self.playhead = to.0 as f64;
        self.reach(to);
    }
}
