//! The same packet as both versions put it, field beside field.

use tidings_world::scenario::Version;
use tidings_world::view::{PacketDetail, PacketKind};
use yew::prelude::*;

use super::fields::hex;
use super::segments::{self, Segment};
use crate::words::words;

/// Bytes of one field in one version.
#[derive(Clone, Debug, PartialEq)]
struct Cell {
    offset: usize,
    end: usize,
}

/// A field in both versions, or in the one that has it.
#[derive(Clone, Debug, PartialEq)]
struct Row {
    name: String,
    cells: [Option<Cell>; 2],
}

/// The packet as the older version has it at the left, the newer one at the right; a sentence,
/// where only one of them can say it.
pub(super) fn twin(detail: &PacketDetail) -> Html {
    let words = &words().panels.packet.twin;
    if detail.wrong.is_some()
        || matches!(
            detail.hop.kind,
            PacketKind::WebSocket | PacketKind::Unreadable
        )
        || u64::from(detail.bytes_total) > detail.bytes.len() as u64
    {
        return html! {};
    }
    let Some(other) = &detail.twin else {
        return html! {
            <section class="sec" data-testid="packet-twin">
                <h3>{ words.title }</h3>
                <p class="note">{ (words.none)(detail.version) }</p>
            </section>
        };
    };
    let other = PacketDetail {
        bytes: other.bytes.clone(),
        fields: other.fields.clone(),
        version: other.version,
        ..detail.clone()
    };
    let sides = match detail.version {
        Version::V3_1_1 => [detail, &other],
        Version::V5 => [&other, detail],
    };
    let rows = rows(sides);
    let column = |n: usize| html! { <th scope="col">{ (words.version)(sides[n].version) }<span class="l2">{ (words.bytes)(sides[n].bytes.len() as u32) }</span></th> };
    html! {
        <section class="sec" data-testid="packet-twin">
            <h3>{ words.title }</h3>
            <table class="twin">
                <thead><tr><th scope="col"><span class="unseen">{ words.field }</span></th>{ column(0) }{ column(1) }</tr></thead>
                <tbody>{ for rows.iter().take(ROWS_MAX).map(|one| row(one, sides)) }</tbody>
            </table>
            <p class="note">{ words.note }</p>
        </section>
    }
}

/// No more rows are shown.
const ROWS_MAX: usize = 60;

fn row(row: &Row, sides: [&PacketDetail; 2]) -> Html {
    let words = &words().panels.packet.twin;
    let bytes = |n: usize| {
        let cell = row.cells[n].as_ref()?;
        Some(&sides[n].bytes[cell.offset..cell.end])
    };
    let differs = bytes(0) != bytes(1);
    let cell = |n: usize| match bytes(n) {
        Some(bytes) => html! { <td class="mono">{ hex(bytes) }</td> },
        None => html! { <td class="gap"><span class="unseen">{ words.nothing }</span></td> },
    };
    html! {
        <tr class={classes!(differs.then_some("differs"))} data-testid="twin-row">
            <th scope="row">{ row.name.clone() }if differs { <span class="unseen">{ words.differs }</span> }</th>
            { cell(0) }{ cell(1) }
        </tr>
    }
}

/// The fields of both, those of one name side by side.
fn rows(sides: [&PacketDetail; 2]) -> Vec<Row> {
    let [older, newer] = sides.map(|side| {
        let all = segments::segments(side);
        all.iter()
            .map(|one| (name(side, one), cell(one)))
            .collect::<Vec<_>>()
    });
    let mut right = newer.iter();
    let mut rows = Vec::new();
    let mut push = |name: &str, left: Option<&Cell>, right: Option<&Cell>| {
        rows.push(Row {
            name: name.to_owned(),
            cells: [left.cloned(), right.cloned()],
        });
    };
    for (name, cell) in &older {
        let ahead = right.clone().position(|(other, _)| other == name);
        for _ in 0..ahead.unwrap_or(0) {
            if let Some((only, cell)) = right.next() {
                push(only, None, Some(cell));
            }
        }
        let beside = ahead.and_then(|_| right.next());
        push(name, Some(cell), beside.map(|(_, cell)| cell));
    }
    for (name, cell) in right {
        push(name, None, Some(cell));
    }
    rows
}

fn cell(segment: &Segment) -> Cell {
    Cell {
        offset: segment.offset,
        end: segment.end(),
    }
}

/// What a segment is called: lengths by what they are the length of.
fn name(detail: &PacketDetail, segment: &Segment) -> String {
    let words = &words().panels.packet.twin;
    let of = |index: Option<usize>| index.map_or("", |index| detail.fields[index].name.as_str());
    match (segment.offset, of(segment.field), of(segment.inside)) {
        (0, ..) => detail.hop.kind.name().to_owned(),
        (_, "Length", inside) => (words.length)(inside),
        (_, name, _) => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::panels::packet::sample;

    #[test]
    fn fields_of_one_name_stand_side_by_side() {
        let newer = sample::publish();
        let mut older = newer.clone();
        older.bytes.remove(23);
        older.bytes[1] -= 1;
        older
            .fields
            .retain(|field| !field.name.starts_with("Propert"));
        for field in &mut older.fields {
            if field.offset > 23 {
                field.offset -= 1;
            }
        }
        let rows = rows([&older, &newer]);
        let names: Vec<_> = rows.iter().map(|row| row.name.as_str()).collect();
        assert_eq!(names[0], "PUBLISH");
        assert_eq!(names.len(), 7);
        let only: Vec<_> = rows.iter().filter(|row| row.cells[0].is_none()).collect();
        assert_eq!(only.len(), 1);
        assert_eq!(only[0].name, "Property Length");
    }
}
