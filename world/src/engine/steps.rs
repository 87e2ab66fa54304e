//! Steps of the playhead.

use super::{Engine, is_event};
use crate::log::{Entry, Log, Seq, What};
use crate::view::{Direction, Micros, PacketKind, Step};

/// A step gives up after so many things that are not what it looks for.
const STEPS_MAX: usize = 20_000;

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
                let all = self.pen.log.from(Seq(0)).rev();
                let mut before = all
                    .map(|(_, entry)| entry)
                    .skip_while(|entry| entry.at >= at);
                let to = before.find(|entry| is_event(&entry.what));
                let to = to.map(|entry| entry.at);
                drop(before);
                let begins = self.pen.log.from(Seq(0)).next().map(|(_, entry)| entry.at);
                match (to, begins) {
                    (None, Some(begins)) if self.pen.log.begin() > 0 && begins < at => {
                        // The last one is before what the log holds: from there it is near.
                        self.look(Micros(begins.0.saturating_sub(1)));
                        self.step(step);
                    }
                    (to, _) => self.look(to.unwrap_or(Micros(0))),
                }
            }
            Step::Event => self.forward(|_, entry| is_event(&entry.what)),
            Step::Packet => self.forward(|_, entry| matches!(entry.what, What::Arrived(_))),
            Step::Gets(actor) => self.forward(|log, entry| {
                let What::Arrived(packet) = &entry.what else {
                    return false;
                };
                log.sent(*packet).is_some_and(|sent| {
                    (sent.actor, sent.direction, sent.kind)
                        == (actor, Direction::ToActor, PacketKind::Publish)
                })
            }),
            Step::Timer => {
                let next = self.run.timers().into_iter().map(|timer| timer.timer.at);
                let next = next.chain(self.run.next_beat());
                match next.filter(|next| *next > at).min() {
                    Some(next) => self.go(next),
                    None => self.forward(|_, entry| is_event(&entry.what)),
                }
            }
        }
    }

    /// To the next moment at which something of a kind happens.
    fn forward(&mut self, is_it: impl Fn(&Log, &Entry) -> bool) {
        let at = Micros(self.playhead as u64);
        let mut from = self.pen.log.after(at);
        for _ in 0..STEPS_MAX {
            let log = &self.pen.log;
            let found = log.from(from).find(|(_, entry)| is_it(log, entry));
            if let Some(to) = found.map(|(_, entry)| entry.at) {
                self.go(to);
                return;
            }
            from = Seq(log.end());
            let Some(next) = self.past.next_at(&self.run) else {
                return;
            };
            self.past.live(&mut self.run, &mut self.pen, next);
        }
    }

    /// Moves the playhead to a later moment.
    pub(super) fn go(&mut self, to: Micros) {
        self.playhead = to.0 as f64;
        self.reach(to);
    }
}
