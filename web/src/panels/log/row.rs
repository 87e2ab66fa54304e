//! One row of the log.

use tidings_world::view::{LogRow, PacketKind, RowKind, Scene};
use yew::prelude::*;

use super::lanes::Lanes;
use crate::panels::came::{came, class};
use crate::panels::foreign::{foreign_cut, foreign_marked};
use crate::panels::names::party_name;
use crate::panels::signs::{arrow, qos, row_sign, shelf};
use crate::scene::clock::{seconds, since};
use crate::words::panels::figures;
use crate::words::words;

/// What a row needs to know besides itself.
pub(crate) struct Around<'a> {
    pub(crate) scene: &'a Scene,
    pub(crate) lanes: &'a Lanes,
    /// What is searched for, to be marked.
    pub(crate) search: &'a str,
    pub(crate) row_px: f64,
    /// The row's place among those that pass.
    pub(crate) index: u32,
    pub(crate) selected: bool,
    /// Its root is selected.
    pub(crate) within: bool,
    /// The keyboard stands on it.
    pub(crate) cursor: bool,
    pub(crate) by_time: bool,
}

/// The cells of a row.
pub(crate) fn row(row: &LogRow, around: &Around<'_>) -> Html {
    let words = &words().panels.log;
    let root = row.depth == 0;
    let classes = classes!(
        if root { "c" } else { "e" },
        (root && !around.by_time).then_some("r"),
        around.selected.then_some("sel"),
        around.within.then_some("in"),
        around.cursor.then_some("cur"),
        opens(row).then_some("opens"),
    );
    let when = match root {
        true => seconds(row.at.0),
        false => since(row.at.0.saturating_sub(row.root_at.0)),
    };
    let publish = matches!(row.kind, RowKind::Packet(PacketKind::Publish));
    html! {
        <tr
            key={around.index}
            id={format!("log-{}", around.index)}
            class={classes}
            style={format!("height:{}px", around.row_px)}
            aria-rowindex={(around.index + 2).to_string()}
            aria-selected={around.selected.to_string()}
            data-index={around.index.to_string()}
            data-testid="log-row"
        >
            <td class="mono k when">{ when }</td>
            <td class="mono k no">{ number(row) }</td>
            <td class="ln">{ around.lanes.row(row, around.row_px) }</td>
            <td class="k way">
                { foreign_cut(&party_name(around.scene, row.from), 12) }
                if row.from != row.to {
                    { " " }{ arrow() }{ " " }
                    { foreign_cut(&party_name(around.scene, row.to), 12) }
                }
            </td>
            <td class="k pk">{ row_sign(row) }{ " " }{ (words.kind)(row.kind) }</td>
            <td class="mono tp">{ foreign_marked(&row.topic, around.search) }</td>
            <td class={classes!("mono", "pl", (root || row.kind == RowKind::Waits).then_some("k"))}>
                { foreign_marked(&row.payload.text, around.search) }
                if row.payload.cut { { " …" } }
            </td>
            <td class="pk qs">
                { for row.qos.filter(|_| publish).map(qos) }
                if row.retain && publish { { shelf(words.retained) } }
                if row.dup { { " DUP" } }
            </td>
            <td class="mono num k by">
                if row.bytes > 0 { { figures(row.bytes.into()) } }
            </td>
            <td class={classes!("k", "cm", class(&row.came))}>{ came(row) }</td>
        </tr>
    }
}

/// Whether choosing the row opens something.
pub(crate) fn opens(row: &LogRow) -> bool {
    match row.kind {
        RowKind::Packet(_) => row.no.is_some(),
        RowKind::Deed(_) => true,
        RowKind::Broker(_)
        | RowKind::Wire(_)
        | RowKind::Waits
        | RowKind::NotSent
        | RowKind::Will
        | RowKind::Forgotten => false,
    }
}

/// The number, hanging from its cause.
fn number(row: &LogRow) -> Html {
    let no = row.no.map_or_else(|| "–".to_owned(), |no| no.0.to_string());
    html! {
        <>
            { for (1..row.depth).map(|_| html! { <span class="ind2"></span> }) }
            if row.depth > 0 {
                <span class={classes!("ind", row.last_child.then_some("last"))}></span>
            }
            if row.depth == 0 { <b class="nn">{ no }</b> } else { { no } }
        </>
    }
}
