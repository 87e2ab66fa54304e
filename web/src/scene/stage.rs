//! The stage between two events: `stage(geometry, state)`.
//!
//! The broker is made of glass. A topic that came in lights the rail; each filter is a rung; what waits is stacked in
//! the rung's pigeon-hole; what is kept for newcomers lies on the shelf below.

use super::actors::{listener_at, ports, speaker_at};
use super::faults;
use super::geometry::{Geometry, Layout, Wire};
use super::glyph::{bolt, hue_of, plug_out, shelf};
use super::model::{Flow, Rung, Stage};
use super::rung::rung;
use super::shape::{Anchor, Drawing, Size};
use super::text::cut;
use crate::words::Scene;

/// Draws everything that stands still between two events.
pub(crate) fn stage(g: &Geometry, s: &Stage, words: &Scene) -> Drawing {
    let mut d = Drawing::default();
    if g.layout != Layout::Tall && !g.compact {
        captions(&mut d, g, s, words);
    }
    match &s.dark {
        Some(dark) => super::dark::glass(&mut d, g, dark, words),
        None => glass(&mut d, g, s, words),
    }
    links(&mut d, g, s);
    spoken(&mut d, g, s);
    faults::faults(&mut d, g, s);
    for (i, speaker) in s.speakers.iter().enumerate() {
        speaker_at(&mut d, g, s, speaker, g.speakers[i]);
    }
    for (i, listener) in s.listeners.iter().enumerate() {
        listener_at(&mut d, g, s, listener, g.listeners[i]);
    }
    ports(&mut d, g, s);
    d
}

fn captions(d: &mut Drawing, g: &Geometry, s: &Stage, words: &Scene) {
    let y = g.frame.y0 - 16.0;
    let (left, right) = match g.layout {
        Layout::Wide => (Anchor::End, Anchor::Start),
        _ => (Anchor::Start, Anchor::End),
    };
    if g.layout == Layout::Wide {
        let second = (words.speak_term.chars().count() as f64) * 6.9 + 8.0;
        d.text(g.caption_left, y, words.speak_term, Size::S14, "i2")
            .anchor(left);
        d.text(g.caption_left - second, y, words.speak, Size::S16, "b")
            .anchor(left);
        let first = (words.asked.chars().count() as f64) * 8.6 + 8.0;
        d.text(g.caption_right, y, words.asked, Size::S16, "b");
        d.text(
            g.caption_right + first,
            y,
            words.asked_term,
            Size::S14,
            "i2",
        );
    } else {
        d.text(g.caption_left, y, words.speak, Size::S16, "b")
            .anchor(left);
        d.text(g.caption_right, y, words.asked, Size::S16, "b")
            .anchor(right);
    }
    match &s.dark {
        None => {
            d.text(g.frame.x0, y, words.compares, Size::S16, "b");
            if g.layout == Layout::Wide {
                d.text(g.frame.x1, y, words.keeps, Size::S14, "i2").end();
            }
        }
        Some(dark) => {
            d.text(g.frame.x0, y, words.elsewhere, Size::S16, "b");
            let room = Size::S14.fits(g.frame.x1 - g.frame.x0 - 180.0);
            d.text(g.frame.x1, y, cut(&dark.url, room), Size::S14, "m i2")
                .end();
        }
    }
}

fn glass(d: &mut Drawing, g: &Geometry, s: &Stage, words: &Scene) {
    let f = g.frame;
    let class = if s.down.is_some() {
        "glass off"
    } else {
        "glass"
    };
    d.rect(f.x0, f.y0, f.x1 - f.x0, f.y1 - f.y0, class);
    for i in 0..=g.rows {
        let y = g.row_top + g.row_h * i as f64 + 0.5;
        let outer = i == 0 || i == g.rows;
        d.line(f.x0, y, f.x1, y, if outer { "rule" } else { "hair" });
    }
    if g.layout != Layout::Tall {
        d.line(g.cab + 0.5, g.row_top, g.cab + 0.5, g.rows_end(), "hair");
    }
    register(d, g, s, words);
    let lit = s.message.is_some();
    for (i, r) in s.rungs.iter().enumerate() {
        let y = g.rung_y(i);
        rung(d, g, r, y, lit && is_lit(r), words);
        pigeon_hole(d, g, r, y, words);
    }
    for i in s.rungs.len()..g.rows {
        let y = g.rung_y(i);
        d.line(g.rail, y, f.x1, y, "rest empty");
    }
    for (i, r) in s.rungs.iter().enumerate() {
        if lit && is_lit(r) {
            d.circle(g.rail, g.rung_y(i), 5.0, "joint");
        }
    }
    kept(d, g, s, words);
}

/// Whether the light goes some way into a rung.
fn is_lit(rung: &Rung) -> bool {
    let more = rung.more.as_ref().map_or(0, |more| more.conduct);
    !rung.contacts.is_empty() || more > 0
}

/// The rail, and the topic on it.
fn register(d: &mut Drawing, g: &Geometry, s: &Stage, words: &Scene) {
    let lit = s.message.is_some();
    let wire = if lit { "path k" } else { "rest" };
    let last = g.rung_y(s.rungs.len().max(1) - 1);
    let bottom = if s.rungs.is_empty() {
        g.rung_y(g.rows - 1)
    } else {
        last
    };
    d.line(g.rail, g.register_y, g.rail, bottom, wire);
    let first = g.columns.x.first().copied().unwrap_or(g.rail + 40.0);
    if g.layout != Layout::Tall {
        d.line(g.rail, g.register_y, first - 14.0, g.register_y, wire);
    }
    if g.levels_y > 0.0 {
        let close = g.columns.advance.iter().any(|&a| a < 64.0);
        let closer = g.columns.advance.first().is_some_and(|&a| a < 52.0);
        for (i, &x) in g.columns.x.iter().enumerate() {
            let n = i + 1;
            let text = if closer || (close && i > 0) {
                n.to_string()
            } else {
                format!("{} {n}", words.level)
            };
            d.text(x, g.levels_y, text, Size::S12, "i2");
        }
        d.text(
            g.cab + g.cab_pad,
            g.levels_y,
            words.message,
            Size::S12,
            "i2",
        );
    }
    if let Some(down) = s.down {
        bolt(d, first, g.register_base - 7.0, 1.0);
        let size = if g.layout == Layout::Wide {
            Size::S20
        } else {
            Size::S16
        };
        d.text(first + 16.0, g.register_base, down, size, "redt w5");
        return;
    }
    let Some(message) = &s.message else {
        if g.layout != Layout::Tall {
            for (&x, &w) in g.columns.x.iter().zip(&g.columns.contact) {
                d.line(
                    x,
                    g.register_base + 0.5,
                    x + w,
                    g.register_base + 0.5,
                    "rest1",
                );
            }
            let x = g.cab + g.cab_pad;
            d.line(
                x,
                g.register_base + 0.5,
                g.frame.x1 - 24.0,
                g.register_base + 0.5,
                "rest1",
            );
        }
        return;
    };
    let size = if g.layout == Layout::Tall {
        g.columns.register.min(Size::S20)
    } else {
        g.columns.register
    };
    words_in_columns(d, g, &message.topic, g.register_base, size);
    if g.layout != Layout::Tall {
        let x = g.cab + g.cab_pad;
        let room = g.frame.x1 - x - 10.0;
        value(d, x, g.register_base, &message.value, room, size);
    }
}

fn words_in_columns(d: &mut Drawing, g: &Geometry, topic: &[String], base: f64, size: Size) {
    for (i, word) in topic.iter().enumerate().take(g.columns.len()) {
        let x = g.columns.x[i];
        if i > 0 {
            d.text(x - g.columns.slash, base, "/", size, "m i3");
        }
        d.text(x, base, g.columns.cut(i, word, size), size, "m w5");
    }
}

/// A value as large as its room allows, and cut only at the smallest size.
fn value(d: &mut Drawing, x: f64, base: f64, text: &str, room: f64, largest: Size) {
    let chars = text.chars().count();
    let size = [Size::S28, Size::S20, Size::S16, Size::S14]
        .into_iter()
        .filter(|&s| s <= largest)
        .find(|s| s.fits(room) >= chars)
        .unwrap_or(Size::S14);
    d.text(x, base, cut(text, size.fits(room)), size, "m w5");
}

/// What waits for an absent listener, and what has left and is not acknowledged.
fn pigeon_hole(d: &mut Drawing, g: &Geometry, r: &Rung, y: f64, words: &Scene) {
    let tall = g.layout == Layout::Tall;
    let x = if tall { g.cab } else { g.cab + g.cab_pad - 2.0 };
    let w = if tall {
        38.0
    } else {
        g.frame.x1 - x - g.tile / 2.0 - 10.0
    };
    if r.waiting_in_all > 0 {
        // On a phone the rung runs below the middle of its row, and what waits stands in it.
        slabs(d, g, r, x, if tall { y - 8.0 } else { y }, w);
    } else if !tall && g.row_h >= 64.0 {
        held(d, g, r, x, y, w, words);
    }
}

fn slabs(d: &mut Drawing, g: &Geometry, r: &Rung, x: f64, y: f64, w: f64) {
    let least = 14.0;
    let most = ((g.row_h - 10.0) / (least + 2.0)).floor().max(1.0) as usize;
    let shown = r.waiting.len().min(most);
    let folded = r.waiting_in_all - shown;
    let rows = shown + usize::from(folded > 0);
    let h = (((g.row_h - 14.0) / rows.max(1) as f64).floor() - 2.0).clamp(least, g.slab.max(least));
    let fits = ((g.row_h - 6.0) / (h + 2.0)).floor().max(1.0) as usize;
    let shown = if rows > fits {
        shown.min(fits.saturating_sub(1))
    } else {
        shown
    };
    let folded = r.waiting_in_all - shown;
    let rows = shown + usize::from(folded > 0);
    let bottom = y + (rows as f64 * (h + 2.0) - 2.0) / 2.0 - h;
    let size = if h < 17.0 || g.layout == Layout::Tall {
        Size::S12
    } else {
        Size::S14
    };
    // No wire shines through between them.
    let all = rows as f64 * (h + 2.0) - 2.0;
    d.rect(x, (bottom + h - all).round(), w, all, "pane");
    // The oldest lie lowest, for they leave first; above the last one that fits stands how many more there are.
    for (k, slab) in r.waiting.iter().take(shown).enumerate() {
        let top = (bottom - k as f64 * (h + 2.0)).round();
        let class = if slab.selected { "slab sel" } else { "slab" };
        d.rect(x, top, w, h, class);
        let event = format!("#{}", slab.event);
        let wide = w > 84.0;
        let aside = if wide {
            Size::S12.mono(event.len()) + 12.0
        } else {
            0.0
        };
        let base = top + h / 2.0 + 4.5;
        if wide {
            let room = size.fits(w - 16.0 - aside);
            d.text(x + 8.0, base, cut(&slab.value, room), size, "m w5");
            d.text(x + w - 8.0, base, event, Size::S12, "m i2").end();
        } else {
            let room = size.fits(w - 4.0);
            d.text(x + w / 2.0, base, cut(&slab.value, room), size, "m w5")
                .middle();
        }
    }
    if folded > 0 {
        let top = (bottom - shown as f64 * (h + 2.0)).round();
        d.rect(x, top, w, h, "slab");
        d.text(
            x + w / 2.0,
            top + h / 2.0 + 4.5,
            format!("+ {folded}"),
            Size::S12,
            "m w5",
        )
        .middle();
    }
}

fn held(d: &mut Drawing, g: &Geometry, r: &Rung, x: f64, y: f64, w: f64, words: &Scene) {
    // Two only where both stand inside their row.
    let most = if g.row_h >= 80.0 { 2 } else { 1 };
    let shown = r.held.len().min(most);
    if shown == 0 {
        return;
    }
    let h = if shown > 1 {
        15.0
    } else {
        g.slab.min(g.row_h / 2.0 - 18.0).max(15.0)
    };
    let size = if h < 19.0 { Size::S12 } else { Size::S14 };
    for (k, copy) in r.held.iter().take(shown).enumerate() {
        let top = y - 6.0 - h - k as f64 * (h + 2.0);
        let base = top + h / 2.0 + 4.2;
        let id = format!("id {}", copy.packet_id);
        let aside = Size::S12.mono(id.len()) + 4.0;
        d.rect(x, top, w, h, "slabh");
        let room = w - 14.0 - aside;
        let whole = size.fits(room) >= copy.value.chars().count();
        let size = if whole { size } else { Size::S12 };
        d.text(x + 7.0, base, cut(&copy.value, size.fits(room)), size, "m");
        d.text(x + w - 7.0, base, id, Size::S12, "m i2").end();
    }
    let caption = if g.layout == Layout::Wide {
        words.until_ack_comes
    } else {
        words.until_ack
    };
    let caption = match r.held.len() - shown {
        0 => caption.to_owned(),
        more => format!("+ {more}, {caption}"),
    };
    d.text(x, y + 20.0, caption, Size::S12, "i2");
}

/// The shelf: the last word on a topic, for whoever comes later.
fn kept(d: &mut Drawing, g: &Geometry, s: &Stage, words: &Scene) {
    let y = g.shelf_y;
    let tall = g.layout == Layout::Tall;
    let first = g.columns.x.first().copied().unwrap_or(g.rail + 40.0);
    let caption = if tall { words.shelf_short } else { words.shelf };
    let caption = match s.kept_in_all.max(s.kept.len()) {
        0 | 1 => caption.to_owned(),
        n => format!("{caption} · {n}"),
    };
    let caption_x = if tall { g.frame.x0 + 34.0 } else { first };
    if !g.compact {
        d.text(caption_x, y - g.shelf_caption, caption, Size::S14, "i2");
    }
    if let Some(kept) = s.kept.last() {
        let row = g.columns.row;
        words_in_columns(d, g, &kept.topic, y - 8.0, row);
        let x = g.cab + g.cab_pad;
        if tall {
            let text = cut(&kept.value, 9);
            d.text(
                g.frame.x1 - 20.0,
                y - g.shelf_caption,
                text,
                Size::S16,
                "m w5",
            )
            .end();
        } else {
            value(d, x, y - 8.0, &kept.value, g.frame.x1 - x - 20.0, row);
        }
        if !g.compact {
            shelf(d, g.rail - 6.0, y - g.shelf_caption - 12.0);
        }
    }
    let right = g.frame.x1 - if tall { 10.0 } else { g.cab_pad };
    d.path(
        format!("M{} {}v8H{right}v-8", g.rail - 4.0, y - 8.0),
        "plank",
    );
}

/// A link: two rails, there and back; a tick is 60 ms.
fn links(d: &mut Drawing, g: &Geometry, s: &Stage) {
    for (i, speaker) in s.speakers.iter().enumerate() {
        let Some(wire) = g.speaker_wire(i) else {
            continue;
        };
        if speaker.fault.flow == Flow::Cut {
            faults::gone(d, wire);
            continue;
        }
        if speaker.away {
            d.line(
                wire.actor.0,
                wire.actor.1,
                wire.port.0,
                wire.port.1,
                "rest empty",
            );
            continue;
        }
        rails(
            d,
            g,
            wire,
            speaker.latency,
            s.still || speaker.fault.is_limited(),
        );
    }
    let mut labelled = usize::MAX;
    for (i, rung) in s.rungs.iter().enumerate() {
        let Some(wire) = g.rung_wire(s, i) else {
            continue;
        };
        let listener = &s.listeners[rung.listener];
        let first = rung.listener != labelled;
        if listener.fault.flow == Flow::Cut {
            faults::gone(d, wire);
            continue;
        }
        if listener.away {
            if !listener.unplugged {
                let (from, to) = (wire.port, wire.actor);
                d.line(from.0, from.1, to.0, to.1, "rest empty");
            } else if first {
                plug_out(
                    d,
                    g.frame.x1,
                    g.tile,
                    wire.actor.0,
                    wire.actor.1,
                    g.cable,
                    hue_of(rung.channel),
                );
                labelled = rung.listener;
            }
            continue;
        }
        let latency = first.then_some(listener.latency).flatten();
        labelled = rung.listener;
        rails(d, g, wire, latency, s.still || listener.fault.is_limited());
    }
}

fn rails(d: &mut Drawing, g: &Geometry, wire: Wire, latency: Option<u64>, still: bool) {
    let ((ax, ay), (px, py), (rx, ry)) = (wire.actor, wire.port, wire.reply);
    d.line(ax, ay, px, py, "rest");
    d.line(ax + rx, ay + ry, px + rx, py + ry, "hair2");
    let Some(latency) = latency else { return };
    if g.layout != Layout::Tall && (ay - py).abs() < 1.0 {
        let ticks = latency as f64 / 60_000.0;
        let count = ticks.ceil() as usize;
        if (2..=40).contains(&count) {
            for i in 1..count {
                let x = (ax + (px - ax) * i as f64 / ticks).round() + 0.5;
                d.line(x, ay - 4.0, x, ay, "rest1");
            }
        }
    }
    if g.layout == Layout::Wide && g.row_h >= 64.0 && !still {
        let x = (ax + px) / 2.0;
        d.text(
            x,
            ay.max(py) + ry + 18.0,
            milliseconds(latency),
            Size::S12,
            "i2 m",
        )
        .middle();
    }
}

/// `240 ms`, with a fraction only below ten.
pub(crate) fn milliseconds(micros: u64) -> String {
    let ms = micros as f64 / 1000.0;
    if ms < 9.95 && !micros.is_multiple_of(1000) {
        format!("{ms:.1} ms")
    } else {
        format!("{ms:.0} ms")
    }
}

/// The path of the message inside: from its speaker to the rail.
fn spoken(d: &mut Drawing, g: &Geometry, s: &Stage) {
    if s.dark.is_some() {
        return;
    }
    let from = s.message.as_ref().and_then(|m| m.from);
    let tall = g.layout == Layout::Tall;
    for (i, &at) in g.speakers.iter().enumerate() {
        let here = from == Some(i);
        let class = if here { "path k" } else { "rest" };
        if tall {
            if here {
                d.line(at, g.left + g.speaker / 2.0, at, g.register_y, class);
                d.path(format!("M{at} {}H{}", g.register_y, g.rail), "path k");
            }
        } else {
            let start = if here && s.speakers[i].fault.flow != Flow::Cut {
                g.left + g.speaker / 2.0
            } else {
                g.frame.x0
            };
            let y = at.min(g.frame.y1 - 12.0);
            d.line(start, at, g.rail, y, class);
            let below = at > g.rung_y(s.rungs.len().max(1) - 1);
            if here && below {
                d.line(
                    g.rail,
                    g.rung_y(s.rungs.len().max(1) - 1),
                    g.rail,
                    y,
                    "path k",
                );
            }
            if here {
                d.circle(g.rail, y, 5.0, "joint");
            }
        }
    }
}
