//! A broker that is not ours: its glass is dark. What goes in and what comes out is all there is to see.

use super::geometry::{Geometry, Layout};
use super::model::Dark;
use super::shape::{Drawing, Size};
use super::text::cut;
use crate::words::Scene;

pub(crate) fn glass(d: &mut Drawing, g: &Geometry, dark: &Dark, words: &Scene) {
    let f = g.frame;
    let (x, y) = ((f.x0 + f.x1) / 2.0, (f.y0 + f.y1) / 2.0);
    d.rect(f.x0, f.y0, f.x1 - f.x0, f.y1 - f.y0, "dark");
    let large = match g.layout {
        Layout::Tall => Size::S16,
        _ => Size::S28,
    };
    d.text(x, y - 24.0, words.dark, large, "od w5").middle();
    if g.layout == Layout::Tall {
        return;
    }
    d.text(x, y + 10.0, words.dark_more, Size::S16.min(large), "od2")
        .middle();
    let (left, right) = (f.x0 + 32.0, f.x1 - 32.0);
    if let Some(version) = &dark.version {
        d.text(
            right,
            f.y0 + 40.0,
            "$SYS/broker/version",
            Size::S12,
            "m od2",
        )
        .end();
        let room = Size::S16.fits(right - left);
        d.text(right, f.y0 + 66.0, cut(version, room), Size::S16, "m od")
            .end();
    }
    if let Some(trip) = &dark.round_trip {
        d.text(left, f.y1 - 56.0, words.dark_known, Size::S14, "od2");
        d.text(left, f.y1 - 28.0, trip.clone(), Size::S14, "m w5 od");
        let gap = Size::S14.mono(trip.chars().count()) + 24.0;
        d.text(
            left + gap,
            f.y1 - 28.0,
            dark.round_trip_note.clone(),
            Size::S14,
            "od2",
        );
    }
}
