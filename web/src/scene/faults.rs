//! What is wrong with a link, drawn where it is wrong. A shape and a word say it; colour only helps.

use super::geometry::{Geometry, Layout, Wire};
use super::glyph::bolt;
use super::model::{Fault, Flow, Stage};
use super::shape::{Drawing, Size};

/// Half of the gap in a link on which nothing moves.
const HALF_GAP: f64 = 14.0;

/// The marks of what is wrong with each link, over its rails.
pub(super) fn faults(d: &mut Drawing, g: &Geometry, s: &Stage) {
    for (i, speaker) in s.speakers.iter().enumerate() {
        if let Some(wire) = g.speaker_wire(i).filter(|_| !speaker.away) {
            marks(d, g, wire, &speaker.fault);
        }
    }
    for listener in &s.listeners {
        if let Some(wire) = g.wire(s, listener.id, 0).filter(|_| !listener.away) {
            marks(d, g, wire, &listener.fault);
        }
    }
}

fn marks(d: &mut Drawing, g: &Geometry, wire: Wire, fault: &Fault) {
    let along = Along::of(wire);
    if fault.uneven.is_some() {
        let (x, y) = along.at(0.25, -9.0);
        d.path(format!("M{} {y}q5 -8 10 0t10 0", x - 10.0), "gly");
    }
    if fault.narrow.is_some() {
        along.neck(d, 0.76);
    }
    if fault.slow.is_some() {
        along.neck(d, 0.16);
    }
    match fault.flow {
        Flow::Open | Flow::Cut => {}
        Flow::Stalled(_) => along.broken(d, "stallline"),
        Flow::Silent(_) => along.broken(d, "cutline"),
    }
    if let Some(text) = &fault.cut {
        let (x, y) = along.at(0.0, 0.0);
        if along.upright {
            bolt(d, x + 24.0, y + 12.0, 0.7);
        } else {
            bolt(d, x - 8.0, y - 20.0, 0.7);
            if g.layout != Layout::Tall {
                d.text(x - 18.0, y - 16.0, text.clone(), Size::S12, "redt")
                    .end();
            }
        }
    }
    words(d, g, &along, fault);
}

/// What is wrong in words and figures, clear of what moves: under the rails, or beside them.
fn words(d: &mut Drawing, g: &Geometry, along: &Along, fault: &Fault) {
    let (flow, class) = match fault.flow {
        Flow::Stalled(word) => (Some(word), "amt"),
        Flow::Silent(word) => (Some(word), "redt w5"),
        Flow::Open | Flow::Cut => (None, "i2 m"),
    };
    let w = along.wide();
    let (x, y) = along.at(0.5, 0.0);
    if along.upright {
        if let Some(word) = flow {
            d.text(x + w + 12.0, y + 4.0, word, Size::S12, class);
        }
        return;
    }
    let limits = [&fault.uneven, &fault.narrow, &fault.slow];
    let limits = limits.into_iter().filter_map(Option::as_deref);
    let limits: Vec<&str> = limits.filter(|_| g.layout != Layout::Tall).collect();
    let first = y + w + 17.0;
    if g.row_h >= 64.0 {
        let limits = limits.into_iter().map(|line| (line, "i2 m"));
        let lines = flow.map(|word| (word, class)).into_iter().chain(limits);
        for (n, (line, class)) in (0_u8..3).zip(lines) {
            let y = first + 14.0 * f64::from(n);
            d.text(x, y, line.to_owned(), Size::S12, class).middle();
        }
    } else {
        // Where there is no room for all of it, the first word stands for the rest.
        let lines: Vec<&str> = flow.into_iter().chain(limits).collect();
        let whole = lines.join(", ");
        let fits = whole.chars().count() <= Size::S12.fits(along.length);
        let line = lines
            .first()
            .filter(|_| !fits)
            .map_or(whole.as_str(), |one| *one);
        if !line.is_empty() {
            d.text(x, first, line.to_owned(), Size::S12, class).middle();
        }
    }
}

/// A link that is cut, and not yet made anew.
pub(super) fn gone(d: &mut Drawing, wire: Wire) {
    let (from, to) = (wire.actor, wire.port);
    d.line(from.0, from.1, to.0, to.1, "cutl");
    bolt(d, (from.0 + to.0) / 2.0, (from.1 + to.1) / 2.0, 1.0);
}

/// A wire, to place marks on.
struct Along {
    wire: Wire,
    upright: bool,
    length: f64,
}

impl Along {
    fn of(wire: Wire) -> Self {
        let (dx, dy) = (wire.port.0 - wire.actor.0, wire.port.1 - wire.actor.1);
        Self {
            wire,
            upright: dy.abs() > dx.abs(),
            length: dx.hypot(dy),
        }
    }

    /// A place at a share of the way from the actor, so far over the forward rail.
    fn at(&self, share: f64, over: f64) -> (f64, f64) {
        let (from, to) = (self.wire.actor, self.wire.port);
        let (x, y) = (
            from.0 + (to.0 - from.0) * share,
            from.1 + (to.1 - from.1) * share,
        );
        match self.upright {
            true => (x + over, y),
            false => (x, y + over),
        }
    }

    /// How far the reply's rail is.
    fn wide(&self) -> f64 {
        self.wire.reply.0.max(self.wire.reply.1)
    }

    /// Both sides come close: less goes through.
    fn neck(&self, d: &mut Drawing, share: f64) {
        let (x, y) = self.at(share, 0.0);
        let far = self.wide() + 9.0;
        let path = match self.upright {
            true => {
                let y = y - 12.0;
                format!("M{} {y}q8 12 0 24M{} {y}q-8 12 0 24", x - 9.0, x + far)
            }
            false => {
                let x = x - 12.0;
                format!("M{x} {}q12 8 24 0M{x} {}q12 -8 24 0", y - 9.0, y + far)
            }
        };
        d.path(path, "gly");
    }

    /// The wire ends on both sides of a gap.
    fn broken(&self, d: &mut Drawing, line: &'static str) {
        let w = self.wide();
        let (x, y) = self.at(0.5, w / 2.0);
        let half = HALF_GAP.min(self.length / 2.0 - 4.0);
        let end = w / 2.0 + 6.0;
        if self.upright {
            d.rect(x - end, y - half, 2.0 * end, 2.0 * half, "patch");
            d.line(x - end, y - half, x + end, y - half, line);
            d.line(x - end, y + half, x + end, y + half, line);
        } else {
            d.rect(x - half, y - end, 2.0 * half, 2.0 * end, "patch");
            d.line(x - half, y - end, x - half, y + end, line);
            d.line(x + half, y - end, x + half, y + end, line);
        }
    }
}
