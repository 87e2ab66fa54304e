//! What lies over the stage: places to press, the invitation, and what adds actors.

use std::rc::Rc;

use tidings_world::scenario::Deed;
use tidings_world::view::{ActorId, Edit, EventNo, Open, Scene};
use yew::prelude::*;

use super::icon::{Icon, Sign};
use crate::scene::model::{Note, Stage};
use crate::scene::{Geometry, Layout, ghost, packets};
use crate::state::{Selection, Standing, use_held, use_page};
use crate::words::words;

/// The stage as it is drawn.
#[derive(Clone, PartialEq, Properties)]
pub(super) struct OverProps {
    pub(super) scene: Rc<Scene>,
    pub(super) standing: Rc<Standing>,
    pub(super) geometry: Geometry,
    pub(super) stage: Stage,
}

/// A button over each actor, and over each packet while they stand still.
#[component]
pub(super) fn Over(props: &OverProps) -> Html {
    let page = use_page();
    let OverProps {
        scene,
        geometry: g,
        stage,
        ..
    } = props;
    if scene.actors.is_empty() {
        return html! { <Empty geometry={g.clone()} /> };
    }
    let hot = |id: u32, name: &str, says: &str, note: Option<&Note>, spot: String| {
        let label = (words().scene.actor)(name, says, note.map_or("", Note::text));
        let actor = ActorId(u16::try_from(id).unwrap_or(u16::MAX));
        let onclick = {
            let page = page.clone();
            Callback::from(move |_: MouseEvent| {
                let same = page.selection() == Selection::Actor(actor);
                page.select(if same {
                    Selection::None
                } else {
                    Selection::Actor(actor)
                });
            })
        };
        html! {
            <button
                key={format!("actor {id}")}
                class="hot"
                style={spot}
                aria-label={label}
                aria-pressed={(stage.selected == Some(id)).to_string()}
                data-testid="actor"
                data-name={name.to_owned()}
                {onclick}
            />
        }
    };
    let speakers = stage.speakers.iter().zip(&g.speakers).map(|(s, &at)| {
        let place = if g.layout == Layout::Tall {
            (at, g.left)
        } else {
            (g.left, at)
        };
        hot(
            s.id,
            &s.name,
            &s.topic,
            s.note.as_ref(),
            square(place, g.speaker),
        )
    });
    let listeners = stage.listeners.iter().zip(&g.listeners).map(|(l, &at)| {
        hot(
            l.id,
            &l.name,
            &l.asked,
            l.note.as_ref(),
            square((g.right, at), g.icon),
        )
    });
    html! {
        <>
            { for speakers }
            <HeldPackets geometry={g.clone()} stage={stage.clone()} />
            { for listeners }
            if g.layout != Layout::Tall {
                <Adders geometry={g.clone()} />
            }
        </>
    }
}

fn square((x, y): (f64, f64), size: f64) -> String {
    spot(x - size / 2.0, y - size / 2.0, size, size)
}

fn spot(x: f64, y: f64, w: f64, h: f64) -> String {
    format!("left:{x:.1}px;top:{y:.1}px;width:{w:.1}px;height:{h:.1}px")
}

#[derive(Clone, PartialEq, Properties)]
struct HeldProps {
    geometry: Geometry,
    stage: Stage,
}

/// Packets as buttons, for the keyboard: only while they stand still.
#[component]
fn HeldPackets(props: &HeldProps) -> Html {
    let page = use_page();
    let Some(held) = use_held() else {
        return html! {};
    };
    let placed = packets::place(&props.geometry, &props.stage, &held.flying, held.playhead);
    let button = |p: &packets::Placed| {
        let flight = &held.flying[p.index];
        let no = EventNo(u32::try_from(flight.event).unwrap_or(u32::MAX));
        let page = page.clone();
        let onclick = Callback::from(move |_: MouseEvent| page.select(Selection::Packet(no)));
        let label = (words().scene.packet)(flight.event, flight.name, &flight.value);
        html! {
            <button
                key={format!("packet {}", flight.event)}
                class="hot packet"
                style={spot(p.x - 14.0, p.y - 14.0, 28.0, 28.0)}
                aria-label={label}
                data-testid="dot"
                {onclick}
            />
        }
    };
    html! { { for placed.iter().take(24).map(button) } }
}

#[derive(Clone, PartialEq, Properties)]
struct PlaceProps {
    geometry: Geometry,
}

/// What adds a publisher, and a subscriber.
#[component]
fn Adders(props: &PlaceProps) -> Html {
    let page = use_page();
    let g = &props.geometry;
    let words = &words().scene;
    let add = |to: Selection| {
        let page = page.clone();
        Callback::from(move |_: MouseEvent| page.select(to))
    };
    let lowest = |places: &[f64]| places.iter().copied().fold(0.0, f64::max);
    let least = g.frame.y1 - 36.0;
    let half = g.icon / 2.0;
    let names = if g.layout == Layout::Wide { 8.0 } else { 44.0 };
    let left_y = least.max(lowest(&g.speakers) + half + names);
    let right_y = least.max(invite_y(g) + 40.0);
    let right = if g.layout == Layout::Wide {
        format!("left:{}px", g.right - half - 8.0)
    } else {
        "right:16px".to_owned()
    };
    html! {
        <>
            <div class="adders" style={format!("left:{}px;top:{left_y}px", g.left - half - 8.0)}>
                <button class="lk" onclick={add(Selection::AddPublisher)} data-testid="add-publisher">
                    <Sign icon={Icon::Plus} />{ words.add_publisher }
                </button>
            </div>
            <div class="adders" style={format!("{right};top:{right_y}px")}>
                <button class="lk" onclick={add(Selection::AddSubscriber)} data-testid="add-subscriber">
                    <Sign icon={Icon::Plus} />{ words.add_subscriber }
                </button>
            </div>
        </>
    }
}

/// Where the invitation stands: below the last listener and its name.
fn invite_y(g: &Geometry) -> f64 {
    let lowest = g.listeners.iter().copied().fold(0.0, f64::max);
    lowest + g.icon / 2.0 + if g.layout == Layout::Wide { 28.0 } else { 52.0 }
}

#[derive(Clone, PartialEq, Properties)]
pub(super) struct InviteProps {
    pub(super) id: ActorId,
    pub(super) geometry: Geometry,
    pub(super) tall: bool,
    /// Where the stage begins.
    pub(super) top: f64,
    /// Where the room ends.
    pub(super) end: f64,
}

/// The one invitation of the scene.
#[component]
pub(super) fn Invite(props: &InviteProps) -> Html {
    let page = use_page();
    let (id, g) = (props.id, &props.geometry);
    let name = page
        .scene()
        .and_then(|s| s.actors.iter().find(|a| a.id == id).map(|a| a.name.clone()))
        .unwrap_or_default();
    let onclick = Callback::from(move |_: MouseEvent| {
        let deed = Deed::SwitchOn;
        page.edit(Edit::Do { id, deed }, Callback::noop());
        page.play(true);
    });
    let style = if props.tall {
        "left:16px;right:16px;bottom:12px;height:44px;justify-content:center".to_owned()
    } else {
        // Also where the last listener has to be scrolled to, the invitation is in sight.
        let y = (props.top + invite_y(g)).min(props.end - 48.0);
        match g.layout {
            Layout::Wide => format!("left:{}px;top:{y}px", g.right - g.icon / 2.0),
            _ => format!("right:16px;top:{y}px"),
        }
    };
    html! {
        <button class="btn over" {style} {onclick} data-testid="invite">
            <Sign icon={Icon::Plug} size={20} />
            { (words().scene.plug_in)(&name) }
        </button>
    }
}

/// Nobody is there: where to add one of each.
#[component]
fn Empty(props: &PlaceProps) -> Html {
    let page = use_page();
    let g = &props.geometry;
    let words = words();
    let places = ghost::places(g);
    let add = |to: Selection| {
        let page = page.clone();
        Callback::from(move |_: MouseEvent| page.select(to))
    };
    let half = g.icon / 2.0;
    let beside = |(x, y): (f64, f64), left: bool, high: f64| {
        let top = y - high / 2.0;
        match g.layout {
            Layout::Wide if left => {
                format!(
                    "left:40px;top:{top}px;width:{}px;height:{high}px",
                    x - half - 56.0
                )
            }
            Layout::Wide => format!(
                "left:{}px;top:{top}px;right:40px;height:{high}px",
                x + half + 12.0
            ),
            Layout::Narrow => {
                let top = y + half + 6.0;
                let edge = if left { "left:16px" } else { "right:16px" };
                format!("{edge};top:{top}px;height:{high}px")
            }
            Layout::Tall if left => {
                format!("left:{}px;top:{top}px;height:{high}px", x + half + 12.0)
            }
            Layout::Tall => spot(x - half - 12.0, y + half + 4.0, g.icon + 24.0, 28.0),
        }
    };
    let back = {
        let page = page.clone();
        Callback::from(move |_: MouseEvent| page.open(Open::Default, Callback::noop()))
    };
    let speaker = add(Selection::AddPublisher);
    let listener = add(Selection::AddSubscriber);
    let box_at = |(x, y): (f64, f64)| spot(x - half, y - half, g.icon, g.icon);
    let [first, second] = places.listeners;
    let (class, small) = if g.layout == Layout::Tall {
        ("lk over", "lk over")
    } else {
        ("btn over", "btn q over")
    };
    html! {
        <>
            <button class="hot" tabindex="-1" aria-hidden="true" style={box_at(places.speaker)} onclick={speaker.clone()} />
            <button {class} style={beside(places.speaker, true, 36.0)} onclick={speaker} data-testid="add-publisher">
                { words.scene.publisher }
            </button>
            <button class="hot" tabindex="-1" aria-hidden="true" style={box_at(first)} onclick={listener.clone()} />
            <button {class} style={beside(first, false, 36.0)} onclick={listener.clone()} data-testid="add-subscriber">
                { words.scene.subscriber }
            </button>
            <button class="hot" tabindex="-1" aria-hidden="true" style={box_at(second)} onclick={listener.clone()} />
            if g.layout != Layout::Tall {
                <button class={small} style={beside(second, false, 32.0)} onclick={listener}>
                    { words.scene.another }
                </button>
                <div class="over empty-or" style={empty_or(g)}>
                    <p class="dimt">{ words.scene.or }</p>
                    <button class="lk" onclick={back}><u>{ words.scene.back_to_first }</u></button>
                </div>
            }
        </>
    }
}

fn empty_or(g: &Geometry) -> String {
    let top = g.frame.y1 - 96.0;
    match g.layout {
        Layout::Wide => format!("left:{}px;top:{top}px", g.right - g.icon / 2.0),
        _ => format!("right:16px;top:{top}px;text-align:right"),
    }
}
