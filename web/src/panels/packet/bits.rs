//! A byte bit by bit, with the fields that lie in it.

use tidings_world::view::Field;
use yew::prelude::*;

use crate::panels::signs::drawn;
use crate::scene::Drawing;
use crate::scene::shape::Size;
use crate::words::words;

/// Where the first bit begins, and how wide each is.
#[derive(Clone, Copy)]
struct Row {
    left: f64,
    bit: f64,
}

const DRAWN: Row = Row {
    left: 20.0,
    bit: 26.0,
};
/// Under bits that are pressed; the style sheet has their width.
const PRESSED: Row = Row {
    left: 0.0,
    bit: 40.0,
};

/// The byte `value` under `letter`, with the names of its `fields`, highest bits first: under the
/// bits where they fit, else in a list.
pub(crate) fn bits(letter: &str, value: u8, fields: &[&Field]) -> Html {
    let mut d = Drawing::default();
    for (index, digit) in format!("{value:08b}").chars().enumerate() {
        let (x, bit) = (DRAWN.left + index as f64 * DRAWN.bit, DRAWN.bit);
        d.rect(x, 0.75, bit, 24.0, "bit");
        d.text(x + bit / 2.0, 17.5, digit.to_string(), Size::S14, "m w5")
            .middle();
    }
    let heading = (words().panels.packet.bit_by_bit)(letter);
    let end = DRAWN.left + 8.0 * DRAWN.bit;
    d.text(end + 22.0, 17.0, heading, Size::S12, "i2");
    named(d, DRAWN, 29.0, value, fields)
}

/// The names of the `fields` of a byte whose bits stand above as buttons.
pub(crate) fn below(value: u8, fields: &[&Field]) -> Html {
    named(Drawing::default(), PRESSED, 3.0, value, fields)
}

/// Brackets from `top` on, with the names under them or in a list.
fn named(mut d: Drawing, row: Row, top: f64, value: u8, fields: &[&Field]) -> Html {
    let names = under(row, fields);
    for (from, to) in fields.iter().filter_map(|field| span(row, field)) {
        d.path(format!("M{} {top}v4H{}v-4", from + 2.0, to - 2.0), "brk0");
    }
    for (x, name) in names.iter().flatten() {
        d.text(*x, top + 19.0, name.clone(), Size::S12, "").middle();
    }
    let height = top + if names.is_some() { 29.0 } else { 9.0 };
    html! {
        <>
            { drawn(&d, 384.0, height, "bits") }
            if names.is_none() {
                <ul class="bitlist">
                    { for fields.iter().filter_map(|field| field.bits.map(|bits| (bits, field))).map(|((high, low), field)| html! {
                        <li>
                            <span class="mono">{ pattern(value, high, low) }</span>
                            { " " }{ field.name.clone() }
                            <span class="dimt">{ " " }{ field.value.clone() }</span>
                        </li>
                    }) }
                </ul>
            }
        </>
    }
}

/// Left and right edge of a field's bits.
fn span(row: Row, field: &Field) -> Option<(f64, f64)> {
    let (high, low) = field.bits?;
    let edge = |bit: u8| row.left + f64::from(bit) * row.bit;
    Some((
        edge(7u8.saturating_sub(high)),
        edge(8u8.saturating_sub(low)),
    ))
}

/// The names with the middles they stand at, if all of them fit side by side.
fn under(row: Row, fields: &[&Field]) -> Option<Vec<(f64, String)>> {
    let mut out = Vec::new();
    let mut taken = 0.0;
    for field in fields {
        let (from, to) = span(row, field)?;
        let name = brief(field);
        let half = name.chars().count() as f64 * 3.4;
        let middle = ((from + to) / 2.0).max(taken + half);
        // A name may lean over the edge of its bits, but not stand under others.
        if middle - half > to {
            return None;
        }
        taken = middle + half + 4.0;
        out.push((middle, name));
    }
    Some(out)
}

/// What stands under the bits: the value where it speaks for itself, else the name.
fn brief(field: &Field) -> String {
    let after = |split: Option<(&str, &str)>| split.map(|(_, rest)| rest.to_owned());
    match field.name.as_str() {
        "Packet type" => after(field.value.split_once(' ')).unwrap_or(field.value.clone()),
        "QoS" => format!("QoS {}", field.value.split(':').next().unwrap_or("")),
        "Reserved flags" => field.value.clone(),
        name => name.to_owned(),
    }
}

/// The bits of one field among dots: `··10····`.
fn pattern(value: u8, high: u8, low: u8) -> String {
    (0..8u8)
        .rev()
        .map(|bit| match (low..=high).contains(&bit) {
            true if value >> bit & 1 == 1 => '1',
            true => '0',
            false => '·',
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::panels::packet::{sample, segments};

    #[test]
    fn names_stand_under_their_bits_or_in_a_list() {
        let detail = sample::publish();
        let fields = segments::bits(&detail, 0);
        let names = under(DRAWN, &fields).expect("they fit");
        let names: Vec<_> = names.iter().map(|(_, name)| name.as_str()).collect();
        assert_eq!(names, ["PUBLISH", "DUP", "QoS 1", "RETAIN"]);

        let field = |name: &str, bits| Field {
            name: name.into(),
            bits: Some(bits),
            ..detail.fields[1].clone()
        };
        let flags = [
            field("User Name Flag", (7, 7)),
            field("Password Flag", (6, 6)),
        ];
        assert_eq!(under(DRAWN, &flags.iter().collect::<Vec<_>>()), None);
        assert_eq!(pattern(0b0011_0011, 5, 4), "··11····");
    }
}
