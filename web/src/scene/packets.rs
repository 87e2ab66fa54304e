//! Packets on the wire: `packets(geometry, flights, playhead)`.
//!
//! A packet is at `(playhead − sent) / (arrives − sent)` of its way, forwards and backwards, with no state of its own.

use super::geometry::{Geometry, Wire};
use super::glyph::{half, hue_of, mark};
use super::labels::{self, Area};
use super::model::{Family, Flight, Stage};
use super::shape::Drawing;

/// A packet where it is at this moment.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Placed {
    pub(crate) index: usize,
    pub(crate) x: f64,
    pub(crate) y: f64,
    pub(super) from: (f64, f64),
    pub(super) to: (f64, f64),
}

impl Placed {
    fn direction(&self) -> (f64, f64) {
        let (dx, dy) = (self.to.0 - self.from.0, self.to.1 - self.from.1);
        let length = dx.hypot(dy).max(1.0);
        (dx / length, dy / length)
    }
}

/// Where every packet of `flights` is at `now`; those that are not on the wire are left out.
pub(crate) fn place(g: &Geometry, s: &Stage, flights: &[Flight], now: f64) -> Vec<Placed> {
    let mut placed = Vec::new();
    for (index, flight) in flights.iter().enumerate() {
        let Some(share) = flight.progress(now) else {
            continue;
        };
        let Some(wire) = g.wire(s, flight.actor, flight.channel) else {
            continue;
        };
        let (from, to) = way(wire, flight);
        placed.push(Placed {
            index,
            x: from.0 + (to.0 - from.0) * share,
            y: from.1 + (to.1 - from.1) * share,
            from,
            to,
        });
    }
    placed
}

/// Replies run on the lower rail.
fn way(wire: Wire, flight: &Flight) -> ((f64, f64), (f64, f64)) {
    let lower = |(x, y): (f64, f64)| {
        if flight.family.forward() {
            (x, y)
        } else {
            (x + wire.reply.0, y + wire.reply.1)
        }
    };
    let (actor, port) = (lower(wire.actor), lower(wire.port));
    if flight.to_broker {
        (actor, port)
    } else {
        (port, actor)
    }
}

/// How much the packets say about themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Labels {
    /// Moving: the value only.
    Few,
    /// Standing still: number, direction, and where it goes next.
    All,
}

/// Draws `placed`; their labels keep clear of what is `taken`.
pub(crate) fn packets(
    g: &Geometry,
    flights: &[Flight],
    placed: &[Placed],
    taken: &[Area],
    selected: Option<u64>,
    labels: Labels,
) -> Drawing {
    let mut d = Drawing::default();
    let faint = |f: &Flight| selected.is_some_and(|n| f.event != n && f.cause != Some(n));
    if labels == Labels::All {
        for p in placed {
            ahead(&mut d, g, flights, placed, p, faint(&flights[p.index]));
        }
    }
    for p in placed {
        let flight = &flights[p.index];
        let first = d.0.len();
        trail(&mut d, p, flight);
        let hue = hue_of(flight.channel);
        if flight.failed {
            mark(&mut d, flight.family, p.x, p.y, RED, g.dot);
        } else if flight.second > 0 && flight.family == Family::Publish {
            half(&mut d, p.x, p.y, (hue, hue_of(flight.second)), g.dot);
        } else {
            mark(&mut d, flight.family, p.x, p.y, hue, g.dot);
        }
        if flight.retain && flight.family == Family::Publish {
            let (w, y) = (g.dot + 1.0, p.y + g.dot - 2.0);
            d.path(format!("M{} {y}v6h{}v-6", p.x - w, 2.0 * w), "keep");
        }
        if labels == Labels::All {
            arrow(&mut d, g, p, flight);
        }
        if faint(flight) {
            for shape in &mut d.0[first..] {
                shape.faint(true);
            }
        }
    }
    // Words last: no mark lies over one.
    match labels {
        Labels::Few if placed.len() > CROWD => {}
        Labels::Few => labels::moving(&mut d, g, flights, placed, taken, faint),
        Labels::All => labels::still(&mut d, g, flights, placed, taken, faint),
    }
    d
}

/// More packets than this move without a word.
const CROWD: usize = 24;

/// The hue number that means a fault.
pub(crate) const RED: u8 = 9;

fn trail(d: &mut Drawing, p: &Placed, flight: &Flight) {
    let class = match flight.family {
        Family::Publish => "path hue",
        _ => "trail",
    };
    d.line(p.from.0, p.from.1, p.x, p.y, class)
        .hue(hue_of(flight.channel));
}

/// The way it goes.
fn arrow(d: &mut Drawing, g: &Geometry, p: &Placed, flight: &Flight) {
    let (dx, dy) = p.direction();
    let from = if flight.family == Family::Publish {
        g.dot + 4.0
    } else {
        11.0
    };
    // Where it has arrived but for a little, its arrow would lie on whoever it comes to.
    if (p.to.0 - p.x).hypot(p.to.1 - p.y) <= from + 11.0 {
        return;
    }
    let (ax, ay) = (p.x + dx * from, p.y + dy * from);
    let (tx, ty) = (ax + dx * 11.0, ay + dy * 11.0);
    let (px, py) = (-dy * 5.0, dx * 5.0);
    let arrow = format!(
        "M{ax:.1} {ay:.1}L{tx:.1} {ty:.1}M{:.1} {:.1}L{tx:.1} {ty:.1}L{:.1} {:.1}",
        tx - dx * 5.0 + px,
        ty - dy * 5.0 + py,
        tx - dx * 5.0 - px,
        ty - dy * 5.0 - py
    );
    d.path(arrow.clone(), "arrowb");
    d.path(arrow, "arrow").hue(hue_of(flight.channel));
}

/// Dotted: not yet. From the arrow to the next event on the same rail, and no further.
fn ahead(
    d: &mut Drawing,
    g: &Geometry,
    flights: &[Flight],
    placed: &[Placed],
    p: &Placed,
    faint: bool,
) {
    let (dx, dy) = p.direction();
    let along = |q: &Placed| (q.x - p.x) * dx + (q.y - p.y) * dy;
    let mut end = (p.to.0 - p.x) * dx + (p.to.1 - p.y) * dy - 4.0;
    for other in placed {
        let way = along(other);
        if other.from == p.from && other.to == p.to && way > 0.5 {
            let gap = match flights[other.index].family {
                Family::Publish => g.dot + 3.0,
                _ => 8.0,
            };
            end = end.min(way - gap);
        }
    }
    let start = if flights[p.index].family == Family::Publish {
        g.dot + 20.0
    } else {
        27.0
    };
    if end - start < 2.0 {
        return;
    }
    let at = |way: f64| (p.x + dx * way, p.y + dy * way);
    let (cover, from, to) = (at(start - 6.0), at(start), at(end));
    d.line(cover.0, cover.1, to.0, to.1, "ahead0").faint(faint);
    d.line(from.0, from.1, to.0, to.1, "ahead")
        .hue(hue_of(flights[p.index].channel))
        .faint(faint);
}

/// Packets too fast to see: their wires, as hairlines; with `paths`, the way each has made and the
/// packet at its end.
pub(crate) fn flow<'a>(
    g: &Geometry,
    s: &Stage,
    flights: impl Iterator<Item = &'a Flight>,
    paths: bool,
) -> Drawing {
    let mut d = Drawing::default();
    for flight in flights {
        let Some(wire) = g.wire(s, flight.actor, flight.channel) else {
            continue;
        };
        let hue = hue_of(flight.channel);
        let (from, to) = way(wire, flight);
        if paths {
            let class = match flight.family {
                Family::Publish => "path hue",
                _ => "trail",
            };
            d.line(from.0, from.1, to.0, to.1, class).hue(hue);
            mark(&mut d, flight.family, to.0, to.1, hue, g.dot);
        } else {
            d.line(from.0, from.1, to.0, to.1, "flow").hue(hue);
        }
    }
    d
}

/// The packet nearest to a point, if one is near enough to be meant.
pub(crate) fn hit(placed: &[Placed], x: f64, y: f64) -> Option<usize> {
    placed
        .iter()
        .map(|p| (p.index, (p.x - x).hypot(p.y - y)))
        .filter(|&(_, distance)| distance <= REACH)
        .min_by(|a, b| a.1.total_cmp(&b.1))
        .map(|(index, _)| index)
}

/// Half of a finger.
const REACH: f64 = 22.0;
