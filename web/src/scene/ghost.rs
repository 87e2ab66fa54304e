//! An empty stage: where actors would stand.

use super::geometry::{Geometry, Layout};
use super::shape::Drawing;

/// The centre of a place where nobody stands yet.
pub(crate) type Place = (f64, f64);

/// One place for a speaker and two for listeners.
pub(crate) struct Ghosts {
    pub(crate) speaker: Place,
    pub(crate) listeners: [Place; 2],
}

/// Where ghosts stand.
pub(crate) fn places(g: &Geometry) -> Ghosts {
    let at = |row: usize| (g.right, g.rung_y(row));
    let speaker = match g.layout {
        Layout::Tall => (g.frame.x0 + 60.0, g.left),
        _ => (g.left, g.rung_y(1)),
    };
    Ghosts {
        speaker,
        // Where the button stands below its ghost, the next one keeps its distance.
        listeners: [at(0), at(if g.layout == Layout::Narrow { 2 } else { 1 })],
    }
}

/// Draws them, and their wires to where their ports would be.
pub(crate) fn ghosts(g: &Geometry) -> Drawing {
    let mut d = Drawing::default();
    let Ghosts { speaker, listeners } = places(g);
    let half = g.icon / 2.0;
    let (x, y) = speaker;
    if g.layout == Layout::Tall {
        d.line(x, y + half, x, g.frame.y0 - 6.0, "rest empty");
        port(&mut d, x, g.frame.y0);
    } else {
        d.line(x + half, y, g.frame.x0 - 6.0, y, "rest empty");
        port(&mut d, g.frame.x0, y);
    }
    ghost(&mut d, speaker, half);
    for place in listeners {
        let (x, y) = place;
        d.line(g.frame.x1 + 6.0, y, x - half, y, "rest empty");
        port(&mut d, g.frame.x1, y);
        ghost(&mut d, place, half);
    }
    d
}

fn port(d: &mut Drawing, x: f64, y: f64) {
    d.rect(x - 6.0, y - 6.0, 12.0, 12.0, "port");
}

fn ghost(d: &mut Drawing, (x, y): Place, half: f64) {
    d.rect(x - half, y - half, 2.0 * half, 2.0 * half, "abox ghost");
    d.path(format!("M{} {y}h20M{x} {}v20", x - 10.0, y - 10.0), "plus");
}
