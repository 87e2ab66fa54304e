//! Actors and their ports: who stands at either side of the glass.

use super::geometry::{Geometry, Layout};
use super::glyph::tile_as;
use super::model::{Listener, Note, Speaker, Stage};
use super::shape::{Anchor, Drawing, Size};
use super::text::cut;

fn picture(d: &mut Drawing, size: f64, x: f64, y: f64, p: super::Pictogram, away: bool) {
    let (half, inner) = (size / 2.0, size * 40.0 / 56.0);
    let class = if away { "abox off" } else { "abox" };
    d.rect(x - half, y - half, size, size, class);
    let class = if away { "pic off" } else { "pic" };
    d.glyph(p.parts(), x - inner / 2.0, y - inner / 2.0, inner, class);
}

/// More boxes behind the one of an actor that is several.
fn behind(d: &mut Drawing, size: f64, x: f64, y: f64, count: usize) {
    if count > 1 {
        let (half, by) = (size / 2.0, 4.0);
        d.rect(x - half + by, y - half - by, size, size, "abox");
    }
}

fn chosen(d: &mut Drawing, size: f64, x: f64, y: f64) {
    let r = size / 2.0 + 4.0;
    d.rect(x - r, y - r, r * 2.0, r * 2.0, "selbox");
}

pub(super) fn speaker_at(d: &mut Drawing, g: &Geometry, s: &Stage, speaker: &Speaker, at: f64) {
    let said = speaker.said.as_deref().unwrap_or("");
    let (x, y) = if g.layout == Layout::Tall {
        (at, g.left)
    } else {
        (g.left, at)
    };
    behind(d, g.speaker, x, y, speaker.bundle.len());
    picture(d, g.speaker, x, y, speaker.pictogram, speaker.away);
    match g.layout {
        Layout::Wide => {
            let (text, class) = match &speaker.note {
                Some(note) => (note.text(), note.class()),
                None => (said, "m w5"),
            };
            let x = x - g.icon / 2.0 - 12.0;
            let (name, topic) = (&speaker.name, &speaker.topic);
            lines(d, g, x, y, Anchor::End, name, topic, text, class);
        }
        Layout::Narrow => below(d, g, x, y, &speaker.name, None),
        Layout::Tall if g.label < 24.0 => {}
        Layout::Tall => {
            let x = x + 34.0;
            let name = cut(&speaker.name, (g.label / 8.6).max(3.0) as usize);
            d.text(x, y - 2.0, name, Size::S16, "b");
            d.text(
                x,
                y + 18.0,
                cut(said, Size::S14.fits(g.label.max(40.0))),
                Size::S14,
                "m",
            );
        }
    }
    if s.selected == Some(speaker.id) {
        chosen(d, g.speaker, x, y);
    }
}

pub(super) fn listener_at(d: &mut Drawing, g: &Geometry, s: &Stage, l: &Listener, y: f64) {
    let x = g.right;
    behind(d, g.icon, x, y, l.bundle.len());
    picture(d, g.icon, x, y, l.pictogram, l.away);
    match g.layout {
        Layout::Wide => {
            let x = x + g.icon / 2.0 + 12.0;
            let (text, class) = match &l.note {
                Some(note) => (note.text(), note.class()),
                None => (l.got.as_deref().unwrap_or(""), "m w5"),
            };
            lines(d, g, x, y, Anchor::Start, &l.name, &l.asked, text, class);
        }
        Layout::Narrow => {
            let last = y >= g.listeners.iter().copied().fold(0.0, f64::max);
            below(d, g, x, y, &l.name, l.note.as_ref().filter(|_| last));
        }
        Layout::Tall => {
            let name = cut(&l.name, 10);
            d.text(x, y + g.icon / 2.0 + 14.0, name, Size::S14, "b")
                .middle();
        }
    }
    if s.selected == Some(l.id) {
        chosen(d, g.icon, x, y);
    }
}

/// Name, topic or filter, and value, beside an actor.
#[expect(
    clippy::too_many_arguments,
    reason = "three lines of text and where they stand"
)]
fn lines(
    d: &mut Drawing,
    g: &Geometry,
    x: f64,
    y: f64,
    anchor: Anchor,
    name: &str,
    second: &str,
    third: &str,
    class: &'static str,
) {
    let name = cut(name, (g.label / (g.name.px() * 0.56)) as usize);
    let second = cut(second, Size::S14.fits(g.label));
    let amber = !class.starts_with('m');
    if g.row_h >= 72.0 {
        d.text(x, y - 14.0, name, g.name, "b").anchor(anchor);
        d.text(x, y + 6.0, second, Size::S14, "m i2").anchor(anchor);
        let third = cut(third, if amber { 40 } else { g.name.fits(g.label) });
        d.text(x, y + 28.0, third, g.name, class).anchor(anchor);
    } else {
        d.text(x, y - 2.0, name, Size::S16, "b").anchor(anchor);
        let (text, class) = if amber {
            (cut(third, 40), class)
        } else {
            (second, "m i2")
        };
        d.text(x, y + 15.0, text, Size::S14, class).anchor(anchor);
    }
}

/// About the width of a scroll bar.
const BAR: f64 = 12.0;

fn below(d: &mut Drawing, g: &Geometry, x: f64, y: f64, name: &str, note: Option<&Note>) {
    let (dy, size) = match g.icon {
        icon if icon >= 48.0 => (20.0, Size::S16),
        _ => (14.0, Size::S14),
    };
    // Where the stage scrolls, its bar stands at the edge.
    let room = 2.0 * ((g.w - g.right).min(g.left) - BAR);
    let y = y + g.icon / 2.0 + dy;
    let name = cut(name, (room / (size.px() * 0.54)) as usize);
    d.text(x, y, name, size, "b").middle();
    if let Some(note) = note {
        d.text(x, y + 17.0, note.text().to_owned(), Size::S14, note.class())
            .middle();
    }
}

/// Squares on the left, channel numbers on the right.
pub(super) fn ports(d: &mut Drawing, g: &Geometry, s: &Stage) {
    for &at in &g.speakers {
        let (x, y) = if g.layout == Layout::Tall {
            (at, g.frame.y0)
        } else {
            (g.frame.x0, at)
        };
        d.rect(x - 6.0, y - 6.0, 12.0, 12.0, "port");
    }
    for (i, rung) in s.rungs.iter().enumerate() {
        if rung.more.is_some() {
            let (x, y) = (g.frame.x1, g.rung_y(i));
            d.rect(x - 6.0, y - 6.0, 12.0, 12.0, "port");
            continue;
        }
        let class = if rung.open { "tile ask" } else { "tile" };
        tile_as(d, class, rung.channel, g.frame.x1, g.rung_y(i), g.tile);
    }
}
