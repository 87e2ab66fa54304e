//! The score: lanes are actors, time runs to the right, a slant is a latency.
//!
//! `ground` is what stands still between two events, `score(window, run)` what moves with the playhead.

use super::clock;
use super::geometry::Layout;
use super::glyph::{hue_of, mark, tile};
use super::model::{ActorId, Family, Flight, Run};
use super::shape::{Drawing, Size};
use super::text::cut;
use crate::words;

/// The paper the score is drawn on.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Paper {
    pub(crate) w: f64,
    pub(crate) h: f64,
    pub(crate) x0: f64,
    pub(crate) x1: f64,
    pub(crate) top: f64,
    /// Few lanes stand in the middle.
    pub(crate) inset: f64,
    pub(crate) lane: f64,
    pub(crate) names: Option<f64>,
    pub(crate) block: f64,
    pub(crate) mark: f64,
    pub(crate) lanes: usize,
}

impl Paper {
    /// The paper for `lanes` lanes in a width of `w`, lower on a `short` screen.
    pub(crate) fn of(w: f64, lanes: usize, layout: Layout, short: bool) -> Self {
        let lanes = lanes.max(1);
        let n = lanes as f64;
        match layout {
            Layout::Tall => {
                let lane = (48.0 / n).clamp(5.0, 8.0);
                Self {
                    w,
                    h: 34.0 + lane * n + 6.0,
                    x0: 16.0,
                    x1: w - 16.0,
                    top: 34.0,
                    inset: 0.0,
                    lane,
                    names: None,
                    block: 6.0,
                    mark: 2.5,
                    lanes,
                }
            }
            _ => {
                // A screen that is not high gives the stage the room.
                let least = if short { 104.0 } else { 138.0 };
                let lane = (138.0 / n).clamp(12.0, if short { 17.0 } else { 23.0 });
                let high = (lane * n).max(least);
                let margin = if w < 1100.0 && short { 24.0 } else { 40.0 };
                Self {
                    w,
                    h: 38.0 + high + if short { 4.0 } else { 12.0 },
                    x0: margin + 144.0,
                    x1: w - if layout == Layout::Wide { 40.0 } else { 24.0 },
                    top: if short { 36.0 } else { 38.0 },
                    inset: (high - lane * n) / 2.0,
                    lane,
                    names: Some(margin),
                    block: if lane < 18.0 { 7.0 } else { 8.0 },
                    mark: 3.5,
                    lanes,
                }
            }
        }
    }

    /// So many lanes a score has at most before some of them become one.
    pub(crate) fn lanes_most(layout: Layout, short: bool) -> usize {
        match (layout, short) {
            (Layout::Tall, _) => 13,
            (_, true) => 9,
            (_, false) => 11,
        }
    }

    fn bottom(&self) -> f64 {
        self.top + self.lane * self.lanes as f64 + 2.0 * self.inset
    }

    /// The height of a lane.
    pub(super) fn y(&self, lane: usize) -> f64 {
        self.top + self.inset + self.lane * (lane as f64 + 0.5)
    }
}

/// The span of time that is on the paper.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Window {
    pub(crate) from: f64,
    pub(crate) to: f64,
    pub(crate) now: f64,
    /// The end of the run so far; after a step back it lies beyond `now`.
    pub(crate) head: f64,
}

impl Window {
    /// Where the playhead stands while the past is longer than the paper.
    pub(crate) const PLAYHEAD: f64 = 0.6917;

    /// The same for a run that is known to its end, which is another one.
    pub(crate) fn whole(self) -> Self {
        Self {
            head: f64::MAX,
            ..self
        }
    }

    /// Whether a moment of the run is on the paper.
    pub(super) fn shows(&self, at: f64) -> bool {
        (self.from..=self.to.min(self.head.max(self.now))).contains(&at)
    }

    /// The span that suits `w` pixels: the same inch means the same time on every screen.
    pub(crate) fn span(paper: &Paper, speed: f64) -> f64 {
        let width = paper.x1 - paper.x0;
        let micros_per_px = 4_800_000.0 / 1216.0;
        let tall = if paper.names.is_none() { 1.5 } else { 1.0 };
        width * micros_per_px * tall * speed.max(1.0)
    }

    pub(crate) fn x(&self, paper: &Paper, at: f64) -> f64 {
        paper.x0 + (at - self.from) / (self.to - self.from) * (paper.x1 - paper.x0)
    }

    /// The moment under a point.
    pub(crate) fn at(&self, paper: &Paper, x: f64) -> f64 {
        let share = ((x - paper.x0) / (paper.x1 - paper.x0)).clamp(0.0, 1.0);
        self.from + share * (self.to - self.from)
    }
}

/// Names, pictograms and channels of the lanes.
pub(crate) fn ground(paper: &Paper, run: &Run) -> Drawing {
    let mut d = Drawing::default();
    let Some(left) = paper.names else { return d };
    for (i, lane) in run.lanes.iter().enumerate() {
        let y = paper.y(i);
        let size = if paper.lane < 15.0 {
            Size::S12
        } else {
            Size::S14
        };
        let (class, pic) = if lane.actor.is_none() {
            ("b", false)
        } else {
            ("", true)
        };
        let px = 20.0_f64.min(paper.lane - 1.0);
        if pic {
            d.glyph(lane.pictogram.parts(), left, y - px / 2.0, px, "pic");
        }
        let tiles = lane.channels.len().min(3) as f64;
        let room = paper.x0 - 12.0 - tiles * 18.0 - (left + 28.0);
        d.text(
            left + 28.0,
            y + 5.0,
            cut(&lane.name, (room / (size.px() * 0.54)) as usize),
            size,
            class,
        );
        for (k, &channel) in lane.channels.iter().take(3).rev().enumerate() {
            let x = paper.x0 - 18.0 - 18.0 * k as f64;
            if paper.lane < 15.0 {
                // No room for a square around the number.
                d.rect(x + 4.0, y - 4.0, 4.0, 8.0, "hf")
                    .hue(hue_of(channel));
                d.text(x - 2.0, y + 4.0, channel.to_string(), Size::S12, "m w5")
                    .middle();
            } else {
                tile(&mut d, channel, x, y, 16.0_f64.min(paper.lane - 1.0));
            }
        }
    }
    d
}

/// Everything that moves with the playhead.
pub(crate) fn score(paper: &Paper, window: Window, run: &Run, words: &words::Score) -> Drawing {
    let mut d = Drawing::default();
    ruler(&mut d, paper, window);
    lanes(&mut d, paper, window, run);
    let y = |lane: usize| paper.y(lane);
    let broker = run.lanes.iter().position(|l| l.actor.is_none());
    let Some(broker) = broker.map(y) else {
        playhead(&mut d, paper, window);
        return d;
    };
    let lane_of = |id: ActorId| run.lanes.iter().position(|l| l.is(id)).map(y);
    let begins = run.begins.map_or(0.0, |at| at as f64);
    if begins > window.from {
        let x = window.x(paper, begins.min(window.to));
        let room = ((x - paper.x0) / 6.2).max(0.0) as usize;
        let note = if words.earlier.len() > room {
            "…"
        } else {
            words.earlier
        };
        d.text(
            (paper.x0 + x) / 2.0,
            paper.top + 16.0,
            note,
            Size::S12,
            "i2",
        )
        .middle();
    }
    let threads = run.kept.len() < 60;
    for kept in &run.kept {
        let at = kept.at as f64;
        let drawn = at >= begins && window.shows(at);
        let Some(y) = lane_of(kept.actor).filter(|_| drawn) else {
            continue;
        };
        let x = window.x(paper, at);
        let b = paper.block;
        let later = at > window.now;
        if threads {
            d.line(x, broker + 3.0, x, y - b / 2.0, "keptl")
                .hue(hue_of(kept.channel))
                .faint(later);
        }
        d.rect(x - b / 2.0, y - b / 2.0, b, b, "slab").faint(later);
    }
    for flight in &run.flights {
        if let Some(y) = lane_of(flight.actor) {
            slant(&mut d, paper, window, run, flight, (y, broker));
        }
    }
    for dropped in &run.dropped {
        let at = dropped.at as f64;
        if let Some(y) = lane_of(dropped.actor).filter(|_| window.shows(at)) {
            let (x, r) = (window.x(paper, at), paper.block / 2.0);
            let cross = format!(
                "M{:.1} {:.1}l{b} {b}m0 -{b}l-{b} {b}",
                x - r,
                y - r,
                b = paper.block
            );
            d.path(cross, "xred2").faint(at > window.now);
        }
    }
    for timer in &run.timers {
        let at = timer.at as f64;
        let lane = timer.actor.and_then(lane_of);
        if let Some(y) = lane.filter(|_| at > window.now && at < window.to) {
            let x = window.x(paper, at);
            let r = if paper.lane < 12.0 { 3.0 } else { 4.0 };
            d.circle(x, y, r, "timer");
        }
    }
    playhead(&mut d, paper, window);
    d
}

fn slant(d: &mut Drawing, paper: &Paper, w: Window, run: &Run, flight: &Flight, lanes: (f64, f64)) {
    let (sent, arrives) = (flight.sent as f64, flight.arrives as f64);
    let end = flight.died.map_or(arrives, |died| died as f64);
    if sent > w.to || end < w.from || sent > w.head {
        return;
    }
    let (from, to) = if flight.to_broker {
        lanes
    } else {
        (lanes.1, lanes.0)
    };
    let y = |at: f64| {
        let share = (at - sent) / (arrives - sent).max(1.0);
        from + (to - from) * share.clamp(0.0, 1.0)
    };
    let class = match (flight.family.forward(), run.chosen(flight)) {
        (true, false) => "sc",
        (true, true) => "sc on",
        (false, false) => "sca",
        (false, true) => "sca on",
    };
    let hue = if flight.failed {
        super::packets::RED
    } else {
        hue_of(flight.channel)
    };
    let held = flight.held.map_or(f64::INFINITY, |held| held as f64);
    let known = end.min(w.head.max(w.now)).min(held);
    let made = end.min(w.now).min(held);
    let mut line = |from: f64, to: f64, faint: bool| {
        if to > from {
            d.line(w.x(paper, from), y(from), w.x(paper, to), y(to), class)
                .hue(hue)
                .faint(faint);
        }
    };
    line(sent, made, run.faint(flight));
    // After a step back the run is known beyond the playhead.
    line(made.max(sent), known, true);
    let died = flight.died.is_some_and(|died| died as f64 <= known);
    let (at, size) = if sent <= w.now && made < end {
        (made, paper.mark + 2.5)
    } else {
        (
            known,
            paper.mark + f64::from(u8::from(flight.family != Family::Publish)),
        )
    };
    let (x, y) = (w.x(paper, at), y(at));
    let first = d.0.len();
    if died && at >= end {
        d.path(
            format!("M{:.1} {:.1}l10 10m0 -10l-10 10", x - 5.0, y - 5.0),
            "xred",
        );
    } else {
        mark(d, flight.family, x, y, hue, size);
    }
    let faint = run.faint(flight) || sent > w.now;
    for shape in &mut d.0[first..] {
        shape.faint(faint);
    }
}

fn lanes(d: &mut Drawing, paper: &Paper, w: Window, run: &Run) {
    let x = |at: f64| w.x(paper, at).clamp(paper.x0, paper.x1);
    for (i, lane) in run.lanes.iter().enumerate() {
        let y = paper.y(i).round() + 0.5;
        if lane.actor.is_none() && run.dark {
            let end = w.x(paper, w.now.max(w.head)).min(paper.x1);
            d.rect(paper.x0, y - 5.0, end - paper.x0, 10.0, "dark");
            continue;
        }
        if lane.actor.is_none() {
            d.line(paper.x0, y - 2.0, paper.x1, y - 2.0, "rest1");
            d.line(paper.x0, y + 2.0, paper.x1, y + 2.0, "rest1");
            continue;
        }
        let mut at = w.from;
        for &(from, to) in &lane.away {
            let (from, to) = ((from as f64).max(w.from), (to as f64).min(w.to));
            if from >= to {
                continue;
            }
            if from > at {
                d.line(x(at), y, x(from), y, "rest1");
            }
            d.line(x(from), y, x(to), y, "rest1 gone");
            at = to;
        }
        if at < w.to {
            d.line(x(at), y, paper.x1, y, "rest1");
        }
    }
}

fn ruler(d: &mut Drawing, paper: &Paper, w: Window) {
    let per_px = (w.to - w.from) / (paper.x1 - paper.x0);
    let step = nice(per_px * 170.0);
    let minor = step / 10.0;
    let mut n = (w.from / minor).ceil() as u64;
    loop {
        let at = n as f64 * minor;
        if at > w.to {
            break;
        }
        let x = w.x(paper, at).round() + 0.5;
        let major = n.is_multiple_of(10);
        let height = if major {
            10.0
        } else if n.is_multiple_of(5) {
            6.0
        } else {
            4.0
        };
        d.line(
            x,
            paper.top - height,
            x,
            paper.top - 2.0,
            if major { "rest1" } else { "hair1" },
        );
        if major {
            d.line(x, paper.top, x, paper.bottom(), "hair");
            if x > paper.x0 + 14.0 && x < paper.x1 - 14.0 {
                d.text(
                    x,
                    paper.top - 14.0,
                    clock::mark(at.round() as u64, step),
                    Size::S12,
                    "m i2",
                )
                .middle();
            }
        }
        n += 1;
    }
    d.line(
        paper.x0,
        paper.top - 0.5,
        paper.x1,
        paper.top - 0.5,
        "hair1",
    );
}

/// A round step of at least `micros`.
fn nice(micros: f64) -> f64 {
    const STEPS: [f64; 3] = [1.0, 2.0, 5.0];
    let mut decade = 1_000.0;
    loop {
        for step in STEPS {
            // Above a second the clock counts in sixties.
            let value = if decade * step > 10_000_000.0 {
                (decade * step / 15_000_000.0).ceil() * 15_000_000.0
            } else {
                decade * step
            };
            if value * 1.05 >= micros {
                return value;
            }
        }
        decade *= 10.0;
        if decade > 1e15 {
            return decade;
        }
    }
}

fn playhead(d: &mut Drawing, paper: &Paper, w: Window) {
    let x = w.x(paper, w.now).round() + 0.5;
    d.line(x, paper.top - 22.0, x, paper.bottom(), "head");
    d.path(
        format!("M{} {}h12v6l-6 6l-6 -6Z", x - 6.0, paper.top - 26.0),
        "headf",
    );
}
