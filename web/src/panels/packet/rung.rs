//! A rung in small: what one subscription's filter made of a topic, level by level.

use tidings_world::view::{Channel, Contact};

use super::columns::Column;
use crate::scene::shape::Size;
use crate::scene::text::cut;
use crate::scene::{Drawing, glyph};

/// Height of a small rung.
pub(crate) const HEIGHT: f64 = 44.0;
/// Where words stand, and where the wire runs.
const WORDS_Y: f64 = 18.0;
const WIRE_Y: f64 = 27.0;
/// How far a contact falls.
const FALL: f64 = 9.0;

/// The words of a topic or filter, with their slashes.
pub(crate) fn words(d: &mut Drawing, levels: &[String], columns: &[Column], y: f64) {
    for (index, (word, column)) in levels.iter().zip(columns).enumerate() {
        if index > 0 {
            d.text(column.x - 13.0, y, "/", Size::S14, "m i3");
        }
        let more = index + 1 == columns.len() && levels.len() > columns.len();
        let word = match more {
            true => cut(&format!("{word}/…"), column.letters),
            false => cut(word, column.letters),
        };
        d.text(column.x, y, word, Size::S14, "m w5");
    }
}

/// A whole rung; `lit` while the broker compared it.
pub(crate) fn rung(
    levels: &[String],
    contacts: &[Contact],
    columns: &[Column],
    channel: Channel,
) -> Drawing {
    let mut d = Drawing::default();
    let hue = glyph::hue_of(channel.0);
    words(&mut d, levels, columns, WORDS_Y);
    let mut x = 0.0;
    for (index, contact) in contacts.iter().enumerate() {
        let Some(column) = columns.get(index) else {
            break;
        };
        let end = match contact {
            Contact::Hash { .. } => columns.last().map_or(0.0, |last| last.x + last.width),
            _ => column.x + column.width,
        };
        d.line(x, WIRE_Y, column.x, WIRE_Y, "hue path3").hue(hue);
        if falls(contact) {
            d.circle(column.x, WIRE_Y, 2.5, "term hue").hue(hue);
            d.line(column.x, WIRE_Y, end - 4.0, WIRE_Y + FALL, "lever2");
            d.circle(end, WIRE_Y, 2.5, "term");
            let last = columns.last().map_or(end, |last| last.x + last.width);
            if last > end {
                d.line(end, WIRE_Y, last, WIRE_Y, "rest");
            }
            return d;
        }
        d.line(column.x, WIRE_Y, end, WIRE_Y, "hue path3").hue(hue);
        if *contact == Contact::Equal {
            d.circle(column.x, WIRE_Y, 2.5, "term hue").hue(hue);
            d.circle(end, WIRE_Y, 2.5, "term hue").hue(hue);
        }
        x = end;
    }
    d
}

/// A contact that is open, where the light stops.
fn falls(contact: &Contact) -> bool {
    !matches!(
        contact,
        Contact::Equal | Contact::Plus | Contact::Hash { .. }
    )
}
