//! The part of a frame that stands still between two events.

use tidings_world::view::{
    ActorId, ActorState, Clock, ClockKind, Frame, Hop, Kept, Micros, Register, Rung, Speed, Stop,
    Story,
};

/// What components may render. It changes when something happens, never because time passes.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Standing {
    /// The version of the scene this belongs to.
    pub(crate) scene: u32,
    pub(crate) running: bool,
    pub(crate) speed: Speed,
    pub(crate) kind: ClockKind,
    /// The breakpoint that has stopped the playhead.
    pub(crate) stopped: Option<Stop>,
    /// The broker of glass has crashed.
    pub(crate) down: bool,
    /// There is nothing before this moment, or nothing any more.
    pub(crate) at_start: bool,
    /// What was before this moment is told by nobody any more: the log let it go.
    pub(crate) begins_here: bool,
    /// The clock stands before the end of the run: a change here begins another one.
    pub(crate) in_past: bool,
    /// In the scene's order.
    pub(crate) actors: Vec<ActorState>,
    pub(crate) register: Option<Register>,
    /// In the scene's order.
    pub(crate) rungs: Vec<Rung>,
    /// Latest first.
    pub(crate) shelf: Vec<Kept>,
    pub(crate) shelf_total: u32,
    pub(crate) story: Story,
}

impl Default for Standing {
    fn default() -> Self {
        Self {
            scene: 0,
            running: false,
            speed: Speed::Auto,
            kind: ClockKind::Virtual,
            stopped: None,
            down: false,
            at_start: true,
            begins_here: false,
            in_past: false,
            actors: Vec::new(),
            register: None,
            rungs: Vec::new(),
            shelf: Vec::new(),
            shelf_total: 0,
            story: Story::default(),
        }
    }
}

impl Standing {
    /// Whether the clock is the wall's, because a real broker takes part.
    pub(crate) fn is_remote(&self) -> bool {
        matches!(self.kind, ClockKind::Wall { .. })
    }

    pub(crate) fn actor(&self, id: ActorId) -> Option<&ActorState> {
        self.actors.iter().find(|a| a.id == id)
    }
}

/// Takes a frame apart: what stands, and what moves with the playhead.
pub(crate) fn split(frame: Frame) -> (Standing, Clock, Vec<Hop>, u32) {
    let standing = Standing {
        scene: frame.scene,
        running: frame.clock.running,
        speed: frame.clock.speed,
        kind: frame.clock.kind,
        stopped: frame.clock.stopped,
        down: frame.down,
        at_start: frame.clock.playhead <= frame.clock.begins,
        begins_here: frame.clock.begins > Micros(0) && frame.clock.playhead <= frame.clock.begins,
        in_past: !frame.clock.running && frame.clock.playhead < frame.clock.head,
        actors: frame.actors,
        register: frame.register,
        rungs: frame.rungs,
        shelf: frame.shelf,
        shelf_total: frame.shelf_total,
        story: frame.story,
    };
    (standing, frame.clock, frame.flying, frame.flying_more)
}

/// The playhead at a moment of the wall, in microseconds: the page moves it on by itself between
/// two frames of the worker, and never past what has happened.
pub(crate) fn playhead(clock: &Clock, wall_ms: f64) -> f64 {
    let Micros(at) = clock.playhead;
    let at = at as f64;
    if !clock.running || clock.rate <= 0.0 {
        return at;
    }
    let passed = (wall_ms - clock.wall_ms).max(0.0) * 1000.0 * clock.rate;
    (at + passed).min(clock.until.0 as f64).max(at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use tidings_world::view::EventNo;

    fn clock(running: bool, rate: f64) -> Clock {
        Clock {
            playhead: Micros(1_000_000),
            head: Micros(1_000_000),
            event: EventNo(3),
            running,
            speed: Speed::Auto,
            rate,
            until: Micros(1_010_000),
            wall_ms: 500.0,
            kind: ClockKind::Virtual,
            begins: Micros(0),
            stopped: None,
        }
    }

    #[test]
    fn the_playhead_moves_at_its_rate_and_stops_before_the_unknown() {
        assert_eq!(playhead(&clock(true, 0.05), 600.0), 1_005_000.0);
        assert_eq!(playhead(&clock(true, 0.05), 900.0), 1_010_000.0);
        assert_eq!(playhead(&clock(true, 0.05), 400.0), 1_000_000.0);
    }

    #[test]
    fn a_held_playhead_stands() {
        assert_eq!(playhead(&clock(false, 0.05), 900.0), 1_000_000.0);
        assert_eq!(playhead(&clock(true, 0.0), 900.0), 1_000_000.0);
    }
}
