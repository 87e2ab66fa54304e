//! What lies over the stage: places to press, the invitation, and what adds actors.

use std::rc::Rc;

use tidings_world::scenario::Deed;
use tidings_world::view::{ActorId, Edit, EventNo, Open, Scene};
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};
use yew::prelude::*;

use super::icon::{Icon, sign, sign_of};
use crate::scene::geometry::lowest;
use crate::scene::model::{Fault, Note, Stage};
use crate::scene::{Geometry, Layout, ghost, packets};
use crate::state::{Page, Selection, Standing, use_held, use_page};
use crate::words::words;

/// The stage as it is drawn.
#[derive(Clone, PartialEq, Properties)]
pub(super) struct OverProps {
    pub(super) scene: Rc<Scene>,
    pub(super) standing: Rc<Standing>,
    pub(super) geometry: Geometry,
    pub(super) stage: Stage,
    /// Where it has room for what adds actors.
    pub(super) adding: Option<Adding>,
    /// These are to be drawn each alone.
    pub(super) on_unfold: Callback<Vec<u32>>,
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
        return empty(&page, g);
    }
    let hot = |id: u32,
               name: &str,
               says: &str,
               note: Option<&Note>,
               fault: &Fault,
               spot: String,
               bundle: &[u32]| {
        if !bundle.is_empty() {
            return folded(props, id, name, spot, bundle);
        }
        let state: Vec<&str> = note
            .map(Note::text)
            .into_iter()
            .chain(fault.words())
            .collect();
        let label = (words().scene.actor)(name, says, &state.join(", "));
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
            &s.fault,
            square(place, g.speaker),
            &s.bundle,
        )
    });
    let listeners = stage.listeners.iter().zip(&g.listeners).map(|(l, &at)| {
        hot(
            l.id,
            &l.name,
            &l.asked,
            l.note.as_ref(),
            &l.fault,
            square((g.right, at), g.icon),
            &l.bundle,
        )
    });
    html! {
        <>
            { for speakers }
            <HeldPackets geometry={g.clone()} stage={stage.clone()} />
            { for listeners }
            if let Some(adding @ (Adding::Below | Adding::Above)) = props.adding {
                { adders(&page, g, adding) }
            }
        </>
    }
}

/// A button over several actors that are drawn as one: it draws each alone.
fn folded(props: &OverProps, id: u32, name: &str, spot: String, bundle: &[u32]) -> Html {
    let members = bundle.to_vec();
    let onclick = props.on_unfold.reform(move |_: MouseEvent| members.clone());
    html! {
        <button
            key={format!("bundle {id}")}
            class="hot"
            style={spot}
            aria-label={(words().scene.unfold)(name)}
            title={(words().scene.unfold)(name)}
            aria-expanded="false"
            data-testid="bundle"
            data-name={name.to_owned()}
            {onclick}
        />
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

/// Where what adds actors stands: under them, over them, or on the sill.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Adding {
    Below,
    Above,
    Sill,
}

impl Adding {
    /// The first that fits a room of this height, with an invitation of this text.
    pub(super) fn of(g: &Geometry, room: f64, invite: &str) -> Self {
        let highest = |places: &[f64]| places.iter().copied().fold(f64::MAX, f64::min);
        let first = highest(&g.speakers).min(highest(&g.listeners));
        if g.foot() > room || !invite_fits(g, invite) {
            Self::Sill
        } else if adders_end(g) <= room {
            Self::Below
        } else if invite_y(g) + 44.0 <= room && first - LABEL > above(g) + 44.0 {
            Self::Above
        } else {
            Self::Sill
        }
    }
}

/// The label of a packet begins so far above its wire.
const LABEL: f64 = 45.0;

/// Top of what stands over the first actor.
fn above(g: &Geometry) -> f64 {
    g.frame.y0 + 4.0
}

/// What adds a publisher, and a subscriber.
fn adders(page: &Page, g: &Geometry, adding: Adding) -> Html {
    let half = g.icon / 2.0;
    let (left_y, right_y) = match adding {
        Adding::Above => (above(g), above(g)),
        _ => adders_at(g),
    };
    let right = if g.layout == Layout::Wide {
        format!("left:{}px", g.right - half - 8.0)
    } else {
        "right:16px".to_owned()
    };
    html! {
        <>
            <div class="adders" style={format!("left:{}px;top:{left_y}px", g.left - half - 8.0)}>
                { adder(page, Selection::AddPublisher) }
            </div>
            <div class="adders" style={format!("{right};top:{right_y}px")}>
                { adder(page, Selection::AddSubscriber) }
            </div>
        </>
    }
}

/// What adds one of them.
pub(super) fn adder(page: &Page, to: Selection) -> Html {
    let words = &words().scene;
    let (word, id) = match to {
        Selection::AddPublisher => (words.add_publisher, "add-publisher"),
        _ => (words.add_subscriber, "add-subscriber"),
    };
    let page = page.clone();
    let onclick = Callback::from(move |_: MouseEvent| page.select(to));
    html! {
        <button class="lk" {onclick} data-testid={id}>{ sign(Icon::Plus) }{ word }</button>
    }
}

/// Tops of what adds a publisher, and a subscriber: below everybody and the invitation.
fn adders_at(g: &Geometry) -> (f64, f64) {
    let least = g.frame.y1 - 36.0;
    let names = if g.layout == Layout::Wide { 8.0 } else { 44.0 };
    let left = lowest(&g.speakers) + g.icon / 2.0 + names;
    (least.max(left), least.max(invite_y(g) + 46.0))
}

/// Where the lower of the two ends.
pub(super) fn adders_end(g: &Geometry) -> f64 {
    let (left, right) = adders_at(g);
    left.max(right) + 36.0
}

/// Where the invitation stands: below the last listener and its name.
fn invite_y(g: &Geometry) -> f64 {
    lowest(&g.listeners) + g.icon / 2.0 + if g.layout == Layout::Wide { 28.0 } else { 52.0 }
}

/// The same as a style, in a stage that begins at `top`.
pub(super) fn invite_at(g: &Geometry, top: f64) -> String {
    let y = top + invite_y(g);
    match g.layout {
        Layout::Wide => format!("left:{}px;top:{y}px", g.right - g.icon / 2.0),
        Layout::Narrow => format!("right:16px;top:{y}px"),
        Layout::Tall => {
            "left:16px;right:16px;bottom:12px;height:44px;justify-content:center".to_owned()
        }
    }
}

/// Whether an invitation, of this text, has its room beside the broker.
fn invite_fits(g: &Geometry, word: &str) -> bool {
    let width = 63.0 + 7.3 * word.chars().count() as f64;
    match g.layout {
        Layout::Wide => g.right - g.icon / 2.0 + width < g.w - 16.0,
        Layout::Narrow => g.frame.x1 + 4.0 + width < g.w - 16.0,
        Layout::Tall => true,
    }
}

/// The one invitation of the scene, to `name`, with a style unless it stands in a row.
pub(super) fn invite(page: &Page, id: ActorId, at: String, word: &str, name: String) -> Html {
    let page = page.clone();
    let onclick = Callback::from(move |event: MouseEvent| {
        hand_on(&event, &name);
        let deed = Deed::SwitchOn;
        page.edit(Edit::Do { id, deed }, Callback::noop());
        page.play(true);
    });
    let over = (!at.is_empty()).then_some("over");
    html! {
        <button class={classes!("btn", over)} style={at} {onclick} data-testid="invite">
            { sign_of(Icon::Plug, 20) }
            { word.to_owned() }
        </button>
    }
}

/// The button that was pressed goes; if it had the focus, whom it was about gets it.
fn hand_on(event: &MouseEvent, name: &str) {
    let pressed = event.target_dyn_into::<Element>();
    let document = pressed
        .as_ref()
        .and_then(|pressed| pressed.owner_document());
    let Some((pressed, document)) = pressed.zip(document) else {
        return;
    };
    let focus = document.active_element();
    if !focus.is_some_and(|focus| focus.contains(Some(&pressed))) {
        return;
    }
    let Ok(actors) = document.query_selector_all("[data-testid=actor]") else {
        return;
    };
    let all = (0..actors.length()).filter_map(|n| actors.get(n)?.dyn_into::<HtmlElement>().ok());
    let named = |actor: &HtmlElement| actor.get_attribute("data-name").as_deref() == Some(name);
    if let Some(actor) = all.into_iter().find(named) {
        // A button that is there takes the focus.
        let _ = actor.focus();
    }
}

/// Nobody is there: where to add one of each.
fn empty(page: &Page, g: &Geometry) -> Html {
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
