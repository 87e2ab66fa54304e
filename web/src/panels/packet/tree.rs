//! The tree a packet belongs to: what made it, and what it caused.

use std::rc::Rc;

use tidings_world::view::{EventNo, LogRow, PacketDetail, PacketKind, RowKind, Scene};
use yew::prelude::*;

use crate::panels::came::{came_brief, class};
use crate::panels::foreign::foreign_cut;
use crate::panels::names::party_name;
use crate::panels::signs::{arrow, row_sign};
use crate::scene::clock::{seconds, since};
use crate::words::words;

pub(crate) struct Props {
    pub(crate) detail: Rc<PacketDetail>,
    pub(crate) scene: Rc<Scene>,
    pub(crate) on_packet: Callback<EventNo>,
}

pub(crate) fn tree(props: &Props) -> Html {
    html! {
        <ol class="tree">
            { for props.detail.tree.iter().map(|row| self::row(props, row)) }
        </ol>
    }
}

fn row(props: &Props, row: &LogRow) -> Html {
    let here = row.no == Some(props.detail.hop.no);
    let when = match row.depth {
        0 => seconds(row.at.0),
        _ => since(row.at.0.saturating_sub(row.root_at.0)),
    };
    let kind = match row.kind {
        RowKind::Packet(PacketKind::Publish) => PacketKind::Publish.name(),
        kind => (words().panels.log.kind)(kind),
    };
    let inner = html! {
        <>
            <span class="mono w">{ when }</span>
            <span class="mono n">
                { for (1..row.depth).map(|_| html! { <span class="ind2"></span> }) }
                if row.depth > 0 {
                    <span class={classes!("ind", row.last_child.then_some("last"))}></span>
                }
                { row.no.map_or_else(|| "–".into(), |no| no.0.to_string()) }
            </span>
            <span class="k">
                { row_sign(row) }{ " " }{ kind }{ " " }
                if row.depth == 0 {
                    { foreign_cut(&party_name(&props.scene, row.from), 12) }{ " " }
                }
                { arrow() }{ " " }
                { foreign_cut(&party_name(&props.scene, row.to), 12) }
            </span>
            <span class={classes!("c", class(&row.came))}>{ came_brief(row) }</span>
        </>
    };
    match row.no {
        Some(no) if !here => {
            let onclick = props.on_packet.reform(move |_: MouseEvent| no);
            html! { <li><button type="button" class="trow" {onclick}>{ inner }</button></li> }
        }
        _ => html! {
            <li aria-current={here.then_some("true")}><div class={classes!("trow", here.then_some("sel"))}>{ inner }</div></li>
        },
    }
}
