//! Packets on the wire: `packets(geometry, flights, playhead)`.
//!
//! A packet is at `(playhead − sent) / (arrives − sent)` of its way, forwards and backwards, with no state of its own.

use super::geometry::{Geometry, Layout, Wire};
use super::glyph::{half, hue_of, mark, qos};
use super::model::{Family, Flight, Stage};
use super::shape::{Drawing, Size};
use super::text::cut;

/// A packet where it is at this moment.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Placed {
    pub(crate) index: usize,
    pub(crate) x: f64,
    pub(crate) y: f64,
    from: (f64, f64),
    to: (f64, f64),
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

/// Draws `placed`.
pub(crate) fn packets(
    g: &Geometry,
    flights: &[Flight],
    placed: &[Placed],
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
    let crowded = placed.len() > 24;
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
        match labels {
            Labels::Few if !crowded && flight.family == Family::Publish => {
                few(&mut d, g, p, flight)
            }
            Labels::Few => {}
            Labels::All => all(&mut d, g, p, flight),
        }
        if faint(flight) {
            for shape in &mut d.0[first..] {
                shape.faint(true);
            }
        }
    }
    d
}

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

/// The value, and what it costs, above the dot.
fn few(d: &mut Drawing, g: &Geometry, p: &Placed, flight: &Flight) {
    let (lo, hi) = (p.from.0.min(p.to.0), p.from.0.max(p.to.0));
    let tall = g.layout == Layout::Tall;
    let upright = tall && p.from.0 == p.to.0;
    let sign = if tall { 0.0 } else { 9.0 };
    let most = if g.layout == Layout::Wide { 13 } else { 9 };
    let room = if upright {
        f64::INFINITY
    } else {
        hi - lo - 2.0 * sign
    };
    let value = cut(&flight.value, g.packet.fits(room).clamp(4, most));
    let width = g.packet.mono(value.chars().count());
    if upright {
        let x = p.x + 16.0 + g.rail2;
        d.text(x, p.y + 5.0, value, g.packet, "m w5 halo");
        return;
    }
    let half = width / 2.0 + sign;
    let x = if hi - lo > 2.0 * half {
        p.x.clamp(lo + half - 4.0, hi - half + 4.0)
    } else {
        (lo + hi) / 2.0
    };
    let y = p.y - g.dot - 8.0;
    let left = x - sign - width / 2.0;
    d.text(left, y, value, g.packet, "m w5 halo");
    if sign > 0.0 {
        qos(d, flight.qos, left + width + 3.0, y - 13.0);
    }
}

fn all(d: &mut Drawing, g: &Geometry, p: &Placed, flight: &Flight) {
    let (dx, dy) = p.direction();
    let from = if flight.family == Family::Publish {
        g.dot + 4.0
    } else {
        11.0
    };
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
    // Where it has arrived but for a little, its arrow would lie on whoever it comes to.
    let left = (p.to.0 - p.x).hypot(p.to.1 - p.y);
    if left > from + 11.0 {
        d.path(arrow.clone(), "arrowb");
        d.path(arrow, "arrow").hue(hue_of(flight.channel));
    }
    let number = format!("#{}", flight.event);
    let word = match (flight.family, flight.packet_id) {
        (Family::Publish, _) => cut(&flight.value, 9),
        (Family::Ack, Some(id)) if flight.name == "PUBACK" => format!("ack {id}"),
        _ => flight.name.to_owned(),
    };
    if g.layout == Layout::Tall && p.from.0 == p.to.0 {
        d.text(
            p.x + 16.0 + g.rail2,
            p.y + 5.0,
            format!("{number} {word}"),
            Size::S12,
            "m w5 halo",
        );
        return;
    }
    let (lo, hi) = (p.from.0.min(p.to.0), p.from.0.max(p.to.0));
    let place = |width: f64| {
        let half = width.max(40.0) / 2.0 + 4.0;
        if hi - lo > 2.0 * half {
            p.x.clamp(lo + half, hi - half)
        } else {
            (lo + hi) / 2.0
        }
    };
    let long = Size::S14.mono(word.chars().count());
    if !flight.family.forward() {
        // One line below: two would meet the labels of the next rung.
        let short = Size::S12.mono(number.len()) + 6.0;
        let left = place(short + long) - (short + long) / 2.0;
        let y = p.y + 24.0;
        d.text(left, y, number, Size::S12, "m i2 halo");
        d.text(left + short, y, word, Size::S14, "m w5 halo");
        return;
    }
    let (x, y) = (place(long), p.y - g.dot - 20.0);
    if flight.family == Family::Publish {
        d.text(x - 9.0, y, number, Size::S12, "m i2 halo").middle();
        qos(d, flight.qos, x + 4.0, y - 12.0);
    } else {
        d.text(x, y, number, Size::S12, "m i2 halo").middle();
    }
    d.text(x, y + 15.0, word, Size::S14, "m w5 halo").middle();
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
