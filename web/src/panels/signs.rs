//! Small drawings that stand in a line of words.

use tidings_world::scenario::{BrokerDeed, Deed, Picture, Qos};
use tidings_world::view::{Channel, LogRow, PacketKind, RowKind};
use yew::prelude::*;

use crate::bind::{family, pictogram};
use crate::paint::svg::svg;
use crate::scene::Drawing;
use crate::scene::glyph;

/// A drawing of `width` by `height`, hidden from who only listens.
pub(crate) fn drawn(drawing: &Drawing, width: f64, height: f64, class: &'static str) -> Html {
    html! {
        <svg
            class={class}
            width={width.to_string()}
            height={height.to_string()}
            viewBox={format!("0 0 {width} {height}")}
            aria-hidden="true"
        >
            { svg(drawing) }
        </svg>
    }
}

/// The mark of a packet.
pub(crate) fn mark(kind: PacketKind, channel: Option<Channel>, size: f64, px: f64) -> Html {
    let mut d = Drawing::default();
    let hue = channel.map_or(0, |channel| glyph::hue_of(channel.0));
    glyph::mark(&mut d, family(kind), px / 2.0, px / 2.0, hue, size);
    drawn(&d, px, px, "sh")
}

/// The sign of a row of the log.
pub(crate) fn row_sign(row: &LogRow) -> Html {
    let channel = row.channels.first().copied();
    match row.kind {
        RowKind::Packet(kind) => mark(kind, channel, 4.5, 14.0),
        RowKind::Waits => {
            let mut d = Drawing::default();
            d.rect(2.5, 2.5, 9.0, 9.0, "slab");
            drawn(&d, 14.0, 14.0, "sh")
        }
        RowKind::NotSent => {
            let mut d = Drawing::default();
            d.path("M3 3l8 8M11 3l-8 8", "xred2");
            drawn(&d, 14.0, 14.0, "sh")
        }
        RowKind::Deed(
            Deed::Cut
            | Deed::CutAfter(_)
            | Deed::Stall
            | Deed::Silence
            | Deed::Crash
            | Deed::Restart,
        )
        | RowKind::Broker(BrokerDeed::Crash | BrokerDeed::Lose)
        | RowKind::Wire(_) => {
            let mut d = Drawing::default();
            glyph::bolt(&mut d, 7.0, 7.0, 0.5);
            drawn(&d, 14.0, 14.0, "sh")
        }
        RowKind::Deed(_) | RowKind::Broker(_) | RowKind::Will | RowKind::Forgotten => {
            let mut d = Drawing::default();
            d.path("M2 7h4M6 3.5v7h3.5v-7ZM9.5 5h3M9.5 9h3", "gly");
            drawn(&d, 14.0, 14.0, "sh")
        }
    }
}

/// QoS as the packets it costs, with its name for who listens.
pub(crate) fn qos(qos: Qos) -> Html {
    let level = u8::from(qos);
    let mut d = Drawing::default();
    glyph::qos(&mut d, level, 0.0, 0.0);
    html! {
        <svg class="qg" width="16" height="16" viewBox="0 0 16 16" role="img" aria-label={format!("QoS {level}")}>
            { svg(&d) }
        </svg>
    }
}

/// The sign of a retained message.
pub(crate) fn shelf(name: &'static str) -> Html {
    let mut d = Drawing::default();
    glyph::shelf(&mut d, 0.0, 0.0);
    html! {
        <svg class="qg" width="16" height="16" viewBox="0 0 16 16" role="img" aria-label={name}>
            { svg(&d) }
        </svg>
    }
}

/// A channel's number in its square.
pub(crate) fn tile(channel: Channel, px: f64) -> Html {
    let mut d = Drawing::default();
    let middle = px / 2.0 + 1.0;
    glyph::tile(&mut d, channel.0, middle, middle, px);
    drawn(&d, px + 2.0, px + 2.0, "tilei")
}

/// The picture of an actor.
pub(crate) fn picture(picture: Picture, px: f64) -> Html {
    let mut d = Drawing::default();
    d.glyph(pictogram(picture).parts(), 0.0, 0.0, px, "pic");
    drawn(&d, px, px, "picture")
}

/// An arrow in a line of words: the fonts have none.
pub(crate) fn arrow() -> Html {
    html! {
        <svg class="arr" width="16" height="10" viewBox="0 0 16 10" aria-hidden="true">
            <path d="M1 5h13M10.5 1.5L14 5l-3.5 3.5" />
        </svg>
    }
}

/// The sign of a refusal.
pub(crate) fn cross() -> Html {
    html! {
        <svg class="crs" width="20" height="20" viewBox="0 0 20 20" aria-hidden="true">
            <path d="M4 4l12 12M16 4L4 16" />
        </svg>
    }
}
