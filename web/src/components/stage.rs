//! The stage: SVG for what stands, a canvas for packets, buttons over both.

use std::cell::RefCell;

use tidings_world::view::{EventNo, PacketDetail, Speed};
use web_sys::{Element, HtmlElement};
use yew::prelude::*;

use super::sheet::Sheet;
use super::stage_over::{Adding, Over, adder, adders_end, invite, invite_at};
use super::stage_paint::{Ground, Painter};
use crate::bind;
use crate::paint::svg;
use crate::scene::{Geometry, fold, ghost, labels, packets, stage};
use crate::state::{Selection, use_packet, use_page, use_scene, use_selection, use_standing};
use crate::words::words;

/// The room there is.
#[derive(Clone, Copy, PartialEq, Properties)]
pub(crate) struct StageProps {
    pub(crate) width: f64,
    pub(crate) height: f64,
    /// As low as it gets, for something else stands below it.
    #[prop_or_default]
    pub(crate) compact: bool,
}

/// The stage.
#[component]
pub(crate) fn StageView(props: &StageProps) -> Html {
    let words = words();
    let page = use_page();
    let scene = use_scene();
    let standing = use_standing();
    let selection = use_selection();
    let canvas = use_node_ref();
    let probes = use_node_ref();
    let sheet = use_memo((), |()| Sheet::<Ground>::default());
    let light = use_mut_ref(|| (0, false));
    let packet = use_packet();
    let unfolded = use_state(Vec::new);

    // Before the first scene there is nothing to paint on.
    let mounted = scene.is_some() && props.width > 0.0;
    {
        let (page, canvas, sheet) = (page.clone(), canvas.clone(), (*sheet).clone());
        use_effect_with((probes.clone(), mounted), move |(probes, _)| {
            let key = probes.cast::<Element>().map(|probes| {
                let painter = Painter::new(page.clone(), canvas, probes, sheet);
                let painter = RefCell::new(painter);
                page.paint(move |wall_ms| painter.borrow_mut().draw(wall_ms))
            });
            move || drop(key)
        });
    }

    let Some(scene) = scene.filter(|_| props.width > 0.0) else {
        return html! {};
    };
    let tall = props.width < 640.0;
    // Beside a panel on a low screen the stage needs all the room there is.
    let cramped = tall && props.height < 560.0 && selection != Selection::None;
    let compact = props.compact;
    let invited = bind::invited(&scene, &standing).filter(|_| !cramped && !compact);
    let (top, bottom) = match (tall, invited.is_some()) {
        _ if compact => (0.0, 0.0),
        (false, _) => (TOP, 0.0),
        (true, false) => (62.0, 8.0),
        (true, true) => (62.0, 64.0),
    };
    let model = bind::stage(&scene, &standing, selection, words);
    let mut stay = (*unfolded).clone();
    stay.extend(path_of(selection, packet.as_deref()));
    let under = if tall || compact { 0.0 } else { SENTENCE };
    let said = if !compact && is_low(props.width, props.height) {
        SHORT_SENTENCE
    } else {
        under
    };
    // What a shorter sentence leaves to the stage.
    let won = under - said;
    let room = if tall {
        props.height - top - bottom
    } else {
        props.height - 3.0 + won
    };
    let (width, lowest) = (props.width, props.height * COMPACT_SHARE);
    let fitting = |room: f64| {
        let most = match compact {
            true => Geometry::rungs_most_compact(lowest),
            false => Geometry::rungs_most(width, room),
        };
        fold::fit(
            model.clone(),
            &stay,
            &words.scene,
            most,
            |model| match compact {
                true => Geometry::compact(width, model),
                false => Geometry::of(width, room, model),
            },
        )
    };
    let (mut folded, mut geometry) = fitting(room);
    // Where not everybody fits the stage scrolls, between the sentence and a sill that holds what
    // would else stand under the last actor.
    let guest = invited.and_then(|id| scene.actors.iter().find(|a| a.id == id));
    let guest = guest.map_or(String::new(), |a| a.name.clone());
    let inviting = invited.map_or(String::new(), |_| (words.scene.plug_in)(&guest));
    let adding = (!tall && !compact && !scene.actors.is_empty())
        .then(|| Adding::of(&geometry, props.height - TOP + won, &inviting));
    let sill = adding == Some(Adding::Sill);
    if sill {
        // The sill takes its height from the stage.
        (folded, geometry) = fitting(room - SILL);
    }
    let model = folded;
    let high = match adding {
        Some(Adding::Below) => geometry.foot().max(adders_end(&geometry)),
        _ => geometry.foot(),
    };
    let bottom = if sill { SILL } else { bottom };
    let size = (props.width, high);
    let mut drawing = stage::stage(&geometry, &model, &words.scene);
    let taken = labels::taken(&drawing);
    if scene.actors.is_empty() {
        drawing.0.extend(ghost::ghosts(&geometry).0);
    }
    let selected = match selection {
        Selection::Packet(EventNo(no)) => Some(u64::from(no)),
        _ => None,
    };
    let aria = (words.scene.aria)(model.speakers.len(), model.listeners.len());
    let place = {
        let (page, sheet) = (page.clone(), (*sheet).clone());
        move |event: &MouseEvent| {
            let (ground, _) = sheet.get()?;
            let now = page.playhead()?;
            let live = page.live();
            let placed = packets::place(&ground.geometry, &ground.stage, &live.flying, now);
            let (x, y) = (event.offset_x().into(), event.offset_y().into());
            packets::hit(&placed, x, y).map(|index| live.flying[index].event)
        }
    };
    let onclick = {
        let (page, place) = (page.clone(), place.clone());
        Callback::from(move |event: MouseEvent| {
            if let Some(no) = place(&event).and_then(|no| u32::try_from(no).ok()) {
                page.select(Selection::Packet(EventNo(no)));
            }
        })
    };
    let onmousemove = Callback::from(move |event: MouseEvent| {
        if let Some(canvas) = event.target_dyn_into::<HtmlElement>() {
            let cursor = if place(&event).is_some() {
                "pointer"
            } else {
                "default"
            };
            // A property every style has.
            let _ = canvas.style().set_property("cursor", cursor);
        }
    });
    let on_unfold = {
        let unfolded = unfolded.clone();
        Callback::from(move |members: Vec<u32>| {
            unfolded.set([&unfolded[..], &members].concat());
        })
    };
    let fold_again = (!unfolded.is_empty()).then(|| {
        let onclick = Callback::from(move |_: MouseEvent| unfolded.set(Vec::new()));
        html! {
            <button class="btn q foldback" {onclick} data-testid="fold-again">{ words.scene.fold }</button>
        }
    });
    let over = html! {
        <Over scene={scene.clone()} standing={standing.clone()} geometry={geometry.clone()} stage={model.clone()} {adding} {on_unfold} />
    };
    // Slow enough for a class to follow the comparison: the light runs level by level, once for
    // each message, and not again when the clock goes on after a pause.
    let light = {
        let mut light = light.borrow_mut();
        let no = standing.register.as_ref().map_or(0, |r| r.no.0);
        if light.0 != no {
            *light = (no, standing.running && is_slow(standing.speed));
        }
        *light
    };
    let place_of = match compact {
        true => format!("height:{}px", (high + 1.0).min(lowest)),
        false => format!("top:{}px;bottom:{bottom}px", top + said),
    };
    let (w, h) = (size.0.to_string(), size.1.to_string());
    sheet.put(Ground {
        geometry: geometry.clone(),
        stage: model,
        taken,
        selected,
        size,
    });
    html! {
        <>
            <div
                class={classes!("stage", (compact || high > props.height - top - bottom + won).then_some("high"))}
                style={place_of}
                data-testid="stage"
            >
                <div class="paper" style={format!("height:{high}px;margin-top:-{under}px")}>
                    <svg class="still" width={w.clone()} height={h.clone()} role="img" aria-label={aria}>
                        <g key={light.0} class={light.1.then_some("lighting")}>
                            if light.1 {
                                { svg::svg_lighting(&drawing, geometry.rail, geometry.frame.x1) }
                            } else {
                                { svg::svg(&drawing) }
                            }
                        </g>
                    </svg>
                    <canvas ref={canvas} style={format!("width:{w}px;height:{h}px")} {onclick} {onmousemove}
                        aria-hidden="true" data-testid="packets" />
                    { over }
                </div>
                <svg ref={probes} class="probes" aria-hidden="true" />
            </div>
            { for fold_again }
            if sill {
                <div class="sill">
                    { adder(&page, Selection::AddPublisher) }
                    <span class="sp"></span>
                    if let Some(id) = invited {
                        { invite(&page, id, String::new(), &inviting, guest) }
                    }
                    { adder(&page, Selection::AddSubscriber) }
                </div>
            } else if let Some(id) = invited {
                { invite(&page, id, invite_at(&geometry, top - won), &inviting, guest) }
            }
        </>
    }
}

/// Where the drawing begins in a stage that is wider than high.
const TOP: f64 = 8.0;
/// So much of it lies under the sentence, and holds nothing.
const SENTENCE: f64 = 80.0;
/// What one line of it takes where there is no height for two.
const SHORT_SENTENCE: f64 = 36.0;
/// Height of the sill under a stage that scrolls.
const SILL: f64 = 52.0;

/// Whether a stage of this size has no height for two lines above it.
pub(crate) fn is_low(width: f64, height: f64) -> bool {
    width >= 640.0 && height > 0.0 && height < 400.0
}

/// Of the room the lowest stage takes at most.
const COMPACT_SHARE: f64 = 0.45;

/// Who is on the way of what is selected.
pub(crate) fn path_of(selection: Selection, packet: Option<&PacketDetail>) -> Vec<u32> {
    match (selection, packet) {
        (Selection::Actor(id), _) => vec![bind::actor_id(id)],
        (Selection::Packet(_), Some(detail)) => {
            let copies = detail.why.iter().filter(|why| why.copy.is_some());
            let ends = copies.map(|why| why.actor).chain([detail.hop.actor]);
            ends.map(bind::actor_id).collect()
        }
        _ => Vec::new(),
    }
}

/// At a quarter of the world's speed and below.
fn is_slow(speed: Speed) -> bool {
    match speed {
        Speed::Auto => true,
        Speed::Times(times) => times <= 0.25,
    }
}
