//! A broker that is not ours: its glass is dark. What goes in and what comes out is all there is to see.

use super::geometry::{Geometry, Layout};
use super::model::Dark;
use super::shape::{Drawing, Size};
use super::text::{cut, lines};
use crate::words::Scene;

/// The largest size, up to `most`, in which a text of a few words is no wider than `room`.
fn fitting(text: &str, most: Size, room: f64) -> Size {
    let sizes = [Size::S28, Size::S20, Size::S16, Size::S14];
    let chars = text.chars().count();
    let mut sizes = sizes.into_iter().filter(|size| *size <= most);
    sizes
        .find(|size| size.fits(room) >= chars)
        .unwrap_or(Size::S14)
}

pub(crate) fn glass(d: &mut Drawing, g: &Geometry, dark: &Dark, words: &Scene) {
    let f = g.frame;
    let (x, y) = ((f.x0 + f.x1) / 2.0, (f.y0 + f.y1) / 2.0);
    d.rect(f.x0, f.y0, f.x1 - f.x0, f.y1 - f.y0, "dark");
    let room = f.x1 - f.x0 - 32.0;
    let large = match g.layout {
        Layout::Tall => Size::S16,
        _ => fitting(words.dark, Size::S28, room),
    };
    d.text(x, y - 24.0, words.dark, large, "od w5").middle();
    if g.layout == Layout::Tall {
        return;
    }
    let size = fitting(words.dark_more, Size::S16.min(large), room);
    for (n, line) in lines(words.dark_more, size.fits(room)).iter().enumerate() {
        let y = y + 10.0 + 24.0 * n as f64;
        d.text(x, y, line.clone(), size, "od2").middle();
    }
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
