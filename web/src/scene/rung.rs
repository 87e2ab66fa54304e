//! A rung: one contact per level. What equals is closed, a wildcard is a bridge, and the first level that differs
//! falls open, so that a match is a wire that conducts and everything else a wire that is visibly broken.

use super::geometry::{Geometry, Layout};
use super::glyph::{differs, hue_of};
use super::model::{Contact, More, Rung};
use super::shape::{Drawing, Size};
use super::text::cut;
use crate::words::Scene;

/// Where the wire of a rung has come to.
struct Wire {
    x: f64,
    y: f64,
    on: bool,
    hue: u8,
}

/// Draws `rung` from the rail to its port, `lit` while a topic is inside.
pub(crate) fn rung(d: &mut Drawing, g: &Geometry, rung: &Rung, y: f64, lit: bool, words: &Scene) {
    let mut wire = Wire {
        x: g.rail,
        y,
        on: lit,
        hue: hue_of(rung.channel),
    };
    if let Some(more) = &rung.more {
        return counted(d, g, more, (y, lit), words);
    }
    if rung.open {
        return wanted(d, g, rung, y);
    }
    if rung.contacts.first() == Some(&Contact::Dollar) {
        dollar(d, g, &mut wire);
    }
    for (level, word) in rung.filter.iter().enumerate() {
        let contact = if lit {
            rung.contacts.get(level).unwrap_or(&Contact::NotReached)
        } else {
            &Contact::Equal
        };
        cell(d, g, &mut wire, rung, (level, word), contact, words);
    }
    if lit && let Some(Contact::TopicLonger(met)) = rung.contacts.last() {
        let level = rung.filter.len();
        if level < g.columns.len() {
            open(d, g, &mut wire, level, Some(met));
        } else {
            wire.on = false;
        }
    }
    let stop = match g.layout {
        _ if rung.waiting_in_all == 0 => g.frame.x1,
        Layout::Tall => g.cab - 2.0,
        _ => g.cab + g.cab_pad - 8.0,
    };
    if stop > wire.x {
        run(d, &wire, stop);
    }
}

/// Rungs that are only counted: one wire for all of them, with how many conduct.
fn counted(d: &mut Drawing, g: &Geometry, more: &More, (y, lit): (f64, bool), words: &Scene) {
    let lit = lit && more.conduct > 0;
    d.line(
        g.rail,
        y,
        g.frame.x1,
        y,
        if lit { "path k" } else { "rest" },
    );
    let x = g.columns.x.first().copied().unwrap_or(g.rail + 40.0);
    let says = (words.more_rungs)(more.rungs, more.conduct);
    let room = Size::S14.fits(g.frame.x1 - x - 24.0);
    d.text(x, y + g.row_dy, cut(&says, room), Size::S14, "i2");
}

/// What will be asked for and is not granted: its words are pale and its wire is dotted, for nothing conducts yet.
fn wanted(d: &mut Drawing, g: &Geometry, rung: &Rung, y: f64) {
    d.line(g.rail, y, g.frame.x1, y, "rest empty");
    let row = g.columns.row;
    for (level, (word, &x)) in rung.filter.iter().zip(&g.columns.x).enumerate() {
        if level > 0 {
            d.text(x - g.columns.slash, y + g.row_dy, "/", row, "m i3");
        }
        let word = g.columns.cut(level, word, row);
        d.text(x, y + g.row_dy, word, row, "m i3t");
    }
}

fn run(d: &mut Drawing, wire: &Wire, to: f64) {
    let class = if wire.on { "path hue" } else { "rest" };
    d.line(wire.x, wire.y, to, wire.y, class).hue(wire.hue);
}

fn terminal(d: &mut Drawing, wire: &Wire, x: f64) {
    let class = if wire.on { "term hue" } else { "term" };
    d.circle(x, wire.y, 4.0, class).hue(wire.hue);
}

fn cell(
    d: &mut Drawing,
    g: &Geometry,
    wire: &mut Wire,
    rung: &Rung,
    (level, word): (usize, &str),
    contact: &Contact,
    words: &Scene,
) {
    let (Some(&x), Some(&width)) = (g.columns.x.get(level), g.columns.contact.get(level)) else {
        return;
    };
    let row = g.columns.row;
    let base = wire.y + g.row_dy;
    if level > 0 {
        d.text(x - g.columns.slash, base, "/", row, "m i3");
    }
    let class = if *contact == Contact::NotReached {
        "m w5 i3t"
    } else {
        "m w5"
    };
    d.text(x, base, g.columns.cut(level, word, row), row, class);
    let hash = word == "#";
    let end = if hash { g.columns.end() } else { x + width };
    if matches!(contact, Contact::Differs(_) | Contact::FilterLonger) {
        let met = match contact {
            Contact::Differs(met) => Some(met.as_str()),
            _ => None,
        };
        open(d, g, wire, level, met);
        return;
    }
    run(d, wire, x);
    wire.x = x;
    run(d, wire, end);
    if hash || word == "+" {
        if g.notes && *contact != Contact::NotReached {
            d.path(format!("M{x} {}v6H{end}v-6", wire.y + 8.0), "brk")
                .hue(wire.hue);
            let note = if hash { &words.hash } else { &words.plus };
            // Where the next contact falls open stands the word it met.
            let met = match rung.contacts.get(level + 1) {
                Some(Contact::Differs(_) | Contact::FilterLonger) => g.columns.x.get(level + 1),
                _ => None,
            };
            let next = met.map_or(g.cab, |next| next + g.columns.contact[level + 1] - 20.0);
            let clear = next - 8.0 - x;
            if (note.chars().count() as f64) * 6.4 < clear {
                d.text(x, wire.y + g.note_dy, *note, Size::S12, "i2");
            }
        }
    } else {
        terminal(d, wire, x);
        terminal(d, wire, end);
    }
    wire.x = end;
}

/// The contact of `level` falls open; the word it met is written beneath.
fn open(d: &mut Drawing, g: &Geometry, wire: &mut Wire, level: usize, met: Option<&str>) {
    let (Some(&x), Some(&width)) = (g.columns.x.get(level), g.columns.contact.get(level)) else {
        return;
    };
    run(d, wire, x);
    terminal(d, wire, x);
    let end = x + width;
    d.line(x, wire.y, end - 6.0, wire.y + g.lever, "lever");
    wire.on = false;
    wire.x = end;
    terminal(d, wire, end);
    if g.differs_dy > 0.0 {
        let met = met.unwrap_or("–");
        let size = if g.notes { Size::S14 } else { Size::S12 };
        let room = size.fits(g.cab - end + 20.0 - 14.0);
        let met = cut(met, room.max(4));
        let sign = end - if g.notes { 20.0 } else { 6.0 };
        differs(d, sign, wire.y + g.differs_dy - 5.0);
        d.text(sign + 14.0, wire.y + g.differs_dy, met, size, "m");
    }
}

/// A contact before the first level, which a topic that begins with `$` opens.
fn dollar(d: &mut Drawing, g: &Geometry, wire: &mut Wire) {
    let Some(&first) = g.columns.x.first() else {
        return;
    };
    let x = first - 26.0_f64.min(first - g.rail - 8.0);
    run(d, wire, x);
    terminal(d, wire, x);
    d.line(x, wire.y, first - 7.0, wire.y + 12.0, "lever");
    wire.on = false;
    wire.x = first - 6.0;
    terminal(d, wire, wire.x);
}
