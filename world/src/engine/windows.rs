//! What the page has and what has changed since: a window is computed only when it is looked at
//! and something in it may be different.

use super::Engine;
use crate::project::{self, Sight};
use crate::view::{Broker, Frame, FromWorker, Micros, Runs, Watch};

/// What the page was given last.
#[derive(Debug, Default)]
pub(super) struct Windows {
    scene: Option<u32>,
    /// Latencies the scene was given with, in a wall-clock scene.
    halves: Vec<Option<u64>>,
    /// And what a real broker said it is.
    says: Option<String>,
    frame: Option<Frame>,
    runs: Option<Runs>,
    /// What the other windows were computed from.
    seen: Option<Seen>,
}

/// A window that was computed from the same is the same.
#[derive(Clone, Debug, PartialEq)]
struct Seen {
    watch: Watch,
    /// The end of the log, and of what lies before the playhead.
    end: u32,
    next: u32,
    hash: u64,
    scene: u32,
    /// Of what can be told of the other runs.
    runs: u32,
}

impl Windows {
    /// Nothing the page has is worth keeping.
    pub(super) fn forget(&mut self) {
        *self = Self::default();
    }
}

impl Engine {
    /// Puts everything that has changed into the batch.
    pub(super) fn look_around(&mut self, batch: &mut Vec<FromWorker>) {
        self.call_ghost();
        let timers = self.run.timers();
        let cast = self.cast_at_playhead();
        let sight = Sight {
            log: &self.pen.log,
            board: &self.board,
            cast: &cast,
            clock: self.clock(),
            timers: &timers,
        };
        let half = |id| match cast.broker {
            Broker::Remote { .. } => self.run.half(id),
            Broker::Glass => None,
        };
        // A measured latency is told anew when its figure is another one.
        let halves: Vec<Option<u64>> = cast
            .members()
            .map(|(id, ..)| half(id).map(|half| half.0 / 1000))
            .collect();
        let says = self.run.says().map(str::to_owned);
        if (self.windows.scene, &self.windows.halves) != (Some(cast.version), &halves)
            || self.windows.says != says
        {
            let mut scene = project::scene(&cast, &half);
            if let Broker::Remote { says: said, .. } = &mut scene.broker {
                said.clone_from(&says);
            }
            batch.push(FromWorker::Scene(Box::new(scene)));
        }
        let frame = project::frame(&sight);
        if !self
            .windows
            .frame
            .as_ref()
            .is_some_and(|old| same(old, &frame))
        {
            batch.push(FromWorker::Frame(Box::new(frame.clone())));
        }
        let seen = Seen {
            watch: self.watch.clone(),
            end: self.pen.log.end(),
            next: self.board.next,
            hash: self.pen.log.hash(),
            scene: cast.version,
            runs: self.forks.version(),
        };
        let old = self.windows.seen.as_ref();
        let log_changed = old.is_none_or(|old| {
            (old.end, old.next, old.hash) != (seen.end, seen.next, seen.hash)
                || (old.scene, old.runs) != (seen.scene, seen.runs)
        });
        let mut runs = self.windows.runs.clone();
        if log_changed || old.is_none_or(|old| old.watch.compare != self.watch.compare) {
            runs = Some(self.runs());
            if runs != self.windows.runs {
                batch.extend(runs.clone().map(|runs| FromWorker::Runs(Box::new(runs))));
            }
        }
        let watch = &self.watch;
        let differs = |part: fn(&Watch) -> bool, same: fn(&Watch, &Watch) -> bool| {
            part(watch) && (log_changed || old.is_none_or(|old| !same(&old.watch, watch)))
        };
        if differs(
            |w| w.score.is_some(),
            |a, b| (a.score, a.ladder, a.compare) == (b.score, b.ladder, b.compare),
        ) && let Some(score) = watch.score
        {
            let mut score = Box::new(project::score(&sight, score));
            if watch.ladder {
                project::ladder(&sight, &mut score);
            }
            if let Some(ghost) = self.forks.ghost() {
                project::haunt(&sight, ghost, &mut score);
            }
            batch.push(FromWorker::Score(score));
        }
        if differs(|w| w.log.is_some(), |a, b| a.log == b.log)
            && let Some(log) = &watch.log
        {
            let mut page = Box::new(project::log_page(&sight, log));
            (page.memory_mb, page.memory_mb_max) = self.memory_mb();
            batch.push(FromWorker::Log(page));
        }
        if differs(|w| w.packet.is_some(), |a, b| a.packet == b.packet)
            && let Some(packet) = watch.packet
        {
            let detail = project::packet(&sight, packet).map(Box::new);
            batch.push(FromWorker::Packet(detail));
        }
        if differs(|w| w.tree.is_some(), |a, b| a.tree == b.tree)
            && let Some(tree) = &watch.tree
        {
            batch.push(FromWorker::Tree(Box::new(project::tree_page(&sight, tree))));
        }
        if differs(|w| w.state, |a, b| a.state == b.state) {
            batch.push(FromWorker::State(Box::new(project::state(&sight))));
        }
        if differs(
            |w| w.plots.is_some(),
            |a, b| (&a.plots, a.score) == (&b.plots, b.score),
        ) && let (Some(plots), Some(score)) = (&watch.plots, watch.score)
        {
            let plots = project::plots(&sight, plots, score);
            batch.push(FromWorker::Plots(Box::new(plots)));
        }
        if differs(|w| w.topic.is_some(), |a, b| a.topic == b.topic)
            && let Some(topic) = &watch.topic
        {
            let detail = project::topic(&sight, topic).map(Box::new);
            batch.push(FromWorker::Topic(detail));
        }
        let scene_changed = old.is_none_or(|old| old.scene != seen.scene);
        if let Some(actor) = watch.actor
            && (scene_changed || old.is_none_or(|old| old.watch.actor != watch.actor))
        {
            let detail = project::actor(&sight, actor).map(Box::new);
            batch.push(FromWorker::Actor(detail));
        }
        (self.windows.halves, self.windows.says) = (halves, says);
        self.windows.scene = Some(cast.version);
        self.windows.frame = Some(frame);
        (self.windows.runs, self.windows.seen) = (runs, Some(seen));
    }
}

/// Whether a frame says nothing that the page cannot conclude from the one before: its clock may
/// have gone on as it said it would.
fn same(old: &Frame, new: &Frame) -> bool {
    let gone = (new.clock.wall_ms - old.clock.wall_ms) * 1000.0 * old.clock.rate;
    let expected = (old.clock.playhead.0 as f64 + gone).min(old.clock.until.0 as f64);
    let near = (new.clock.playhead.0 as f64 - expected).abs() < 2_000.0 * old.clock.rate.max(0.001);
    let still = |frame: &Frame| Frame {
        clock: crate::view::Clock {
            playhead: Micros(0),
            head: Micros(0),
            wall_ms: 0.0,
            ..frame.clock
        },
        ..frame.clone()
    };
    near && still(old) == still(new)
}
