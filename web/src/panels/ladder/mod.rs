//! The ladder: a sequence diagram of the run, over a window of time that follows the playhead.

mod arrows;
mod marker;
mod runs;

use tidings_world::view::{ActorId, Edit, EventNo, Micros, Scene};
use web_sys::{Element, HtmlSelectElement, KeyboardEvent, PointerEvent};
use yew::prelude::*;

use super::foreign::foreign;
use super::names::actor_name;
use crate::bind::{self, LaneRoom};
use crate::components::score::go;
use crate::components::stage::path_of;
use crate::components::{Easel, Icon, Lined, Span, sign, use_easel};
use crate::hooks::use_size;
use crate::paint::svg;
use crate::scene::Layout;
use crate::scene::ladder::{hit, ladder, outcome};
use crate::scene::model::Run;
use crate::scene::score::{Paper, ground};
use crate::state::{
    Page, Place, Selection, use_packet, use_page, use_runs, use_scene, use_selection, use_signal,
    use_standing,
};
use crate::words::words;
use arrows::{Arrows, beside};
use marker::Marker;
use runs::{RunsView, branches, drawn_runs};

/// As far from an arrow it still is meant, under a mouse and under a finger.
const REACH: f64 = 8.0;
const REACH_TOUCH: f64 = 20.0;
/// Who moves so far has not pressed an arrow, but drags.
const STILL: f64 = 4.0;

/// The room there is; its height the ladder measures itself.
#[derive(Clone, Copy, PartialEq, Properties)]
pub(crate) struct Props {
    pub(crate) width: f64,
}

/// Stands where the stage was.
#[component]
pub(crate) fn Ladder(props: &Props) -> Html {
    let page = use_page();
    let scene = use_scene();
    let standing = use_standing();
    let selection = use_selection();
    let packet = use_packet();
    let all_lanes = use_state(|| false);
    let zoom = use_state(|| 0_i32);
    let pressed = use_mut_ref(|| None::<(f64, f64)>);
    let link = use_state_eq(|| None::<ActorId>);
    let trouble = use_state_eq(|| None::<String>);
    let (head, sheet_node) = (use_node_ref(), use_node_ref());
    let (_, head_height) = use_size(&head);
    let section = use_node_ref();
    let (_, height) = use_size(&section);
    let runs = use_runs();
    {
        let page = page.clone();
        use_effect_with((), move |()| {
            page.watch_ladder(true);
            move || page.watch_ladder(false)
        });
    }
    {
        // The link of what is chosen can be cut.
        let (page, link) = (page.clone(), link.clone());
        use_effect_with(selection, move |selection| match *selection {
            Selection::Packet(no) => {
                let live = page.live();
                let mut hops = live.score.iter().flat_map(|score| &score.hops);
                if let Some(hop) = hops.find(|hop| hop.no == no) {
                    link.set(Some(hop.actor));
                }
            }
            Selection::Actor(id) => link.set(Some(id)),
            _ => {}
        });
    }
    let mounted = scene.is_some() && props.width > 0.0;
    let Easel {
        canvas,
        probes,
        sheet,
        span,
    } = use_easel(mounted);
    let Some(scene) = scene.filter(|_| mounted) else {
        return html! {};
    };
    let words = &words().panels.ladder;
    let layout = match props.width {
        w if w < 640.0 => Layout::Tall,
        w if w < 1240.0 => Layout::Narrow,
        _ => Layout::Wide,
    };
    let room = height - head_height;
    let kept = runs.as_deref().map_or_else(Vec::new, drawn_runs);
    let everybody = scene.actors.len() + 1;
    let most = Paper::ladder_lanes_most(room, kept.len());
    let mut stay = path_of(selection, packet.as_deref());
    stay.extend(link.map(bind::actor_id));
    let lane_room = LaneRoom {
        most: if *all_lanes { everybody } else { most },
        stay,
    };
    let run = Run {
        lanes: bind::lanes(&scene, &[], &lane_room),
        ..Run::default()
    };
    let paper = Paper::ladder(props.width, room, run.lanes.len(), kept.len(), layout);
    let names = ground(&paper, &run);
    let selected = match selection {
        Selection::Packet(no) => Some(no),
        _ => None,
    };
    sheet.put(Lined {
        paper: paper.clone(),
        room: lane_room,
        scene: scene.clone(),
        selected,
        branches: kept.iter().map(|(_, branch)| branch.clone()).collect(),
        draw: ladder,
        zoom: 0.65 * 2.0_f64.powi(*zoom),
    });
    let remote = standing.is_remote();
    let at = {
        let sheet = sheet_node.clone();
        move |event: &PointerEvent| {
            let edge = sheet.cast::<Element>()?.get_bounding_client_rect();
            let (x, y) = (f64::from(event.client_x()), f64::from(event.client_y()));
            Some((x - edge.left(), y - edge.top()))
        }
    };
    let onpointerdown = {
        let (at, pressed, x0) = (at.clone(), pressed.clone(), paper.x0);
        Callback::from(move |event: PointerEvent| {
            let Some(point) = at(&event).filter(|at| event.button() == 0 && at.0 >= x0 - 12.0)
            else {
                return;
            };
            if let Some(element) = event.target_dyn_into::<Element>() {
                // A pointer that is already gone cannot be captured, and then nothing is dragged.
                let _ = element.set_pointer_capture(event.pointer_id());
            }
            pressed.replace(Some(point));
        })
    };
    let onpointermove = {
        let (page, span, paper, pressed) =
            (page.clone(), span.clone(), paper.clone(), pressed.clone());
        Callback::from(move |event: PointerEvent| {
            let Some((from, (x, _))) = (*pressed.borrow()).zip(at(&event)) else {
                return;
            };
            if !remote && (span.is_scrubbing() || (x - from.0).abs() > STILL) {
                span.scrub(true);
                go(&page, span.at(&paper, x));
            }
        })
    };
    let onpointerup = {
        let (page, span, paper, pressed) =
            (page.clone(), span.clone(), paper.clone(), pressed.clone());
        Callback::from(move |event: PointerEvent| {
            let scrubbed = span.is_scrubbing();
            span.scrub(false);
            let Some(point) = pressed.take().filter(|_| !scrubbed) else {
                return;
            };
            let reach = match event.pointer_type().as_str() {
                "touch" => REACH_TOUCH,
                _ => REACH,
            };
            let drawn = span.drawn();
            let on = drawn.and_then(|drawn| hit(&paper, drawn.window, &drawn.run, point, reach));
            match on.and_then(|no| u32::try_from(no).ok()) {
                Some(no) => choose(&page, &span, EventNo(no)),
                None if !remote => go(&page, span.at(&paper, point.0)),
                None => {}
            }
        })
    };
    let onpointercancel = {
        let (span, pressed) = (span.clone(), pressed.clone());
        Callback::from(move |_: PointerEvent| {
            span.scrub(false);
            pressed.take();
        })
    };
    let onkeydown = {
        let (page, span) = (page.clone(), span.clone());
        Callback::from(move |event: KeyboardEvent| {
            let forward = match event.key().as_str() {
                "ArrowDown" => true,
                "ArrowUp" => false,
                _ => return,
            };
            event.prevent_default();
            let to = span.drawn().and_then(|drawn| beside(&drawn, forward));
            if let Some(no) = to {
                choose(&page, &span, no);
            }
        })
    };
    let nearer = |by: i32| {
        let zoom = zoom.clone();
        Callback::from(move |_: MouseEvent| zoom.set((*zoom + by).clamp(-6, 6)))
    };
    let unfold = {
        let all_lanes = all_lanes.clone();
        Callback::from(move |_: MouseEvent| all_lanes.set(!*all_lanes))
    };
    let close = {
        let page = page.clone();
        Callback::from(move |_: MouseEvent| page.go(Place::Stage))
    };
    let linked = link.filter(|id| scene.actors.iter().any(|actor| actor.id == *id));
    let linked = linked.or_else(|| first_link(&scene)).filter(|_| !remote);
    let onlink = {
        let (link, trouble) = (link.clone(), trouble.clone());
        Callback::from(move |event: Event| {
            let select = event.target_dyn_into::<HtmlSelectElement>();
            let id = select.and_then(|select| select.value().parse().ok());
            link.set(id.map(ActorId));
            trouble.set(None);
        })
    };
    let on_trouble = {
        let trouble = trouble.clone();
        Callback::from(move |sentence: Option<String>| trouble.set(sentence))
    };
    let handle = linked.and_then(|id| paper.handle(&run, id.0.into()).map(|y| (id, y)));
    let current = selected.map(|no| format!("arrow-{}", no.0));
    let (w, h) = (paper.w, paper.h);
    html! {
        <section ref={section} class="ladder" aria-label={words.title} data-testid="ladder">
            <div ref={head}>
                <div class="lhead">
                    if let Some(id) = linked {
                        <label>
                            <b>{ words.link }</b>{ " " }
                            <select class="inp" onchange={onlink} data-testid="cut-link">
                                { for scene.actors.iter().map(|actor| html! {
                                    <option value={actor.id.0.to_string()} selected={actor.id == id}>{ actor.name.clone() }</option>
                                }) }
                            </select>
                        </label>
                        if let Some(sentence) = &*trouble {
                            <span class="red" role="alert">{ foreign(sentence) }</span>
                        } else {
                            <OutcomeView span={span.clone()} link={id} />
                        }
                    } else {
                        <b>{ words.hint[0] }</b>
                        <span class="dimt">{ words.hint[1] }</span>
                    }
                    <span class="lctl">
                        if everybody > most {
                            <button class="lk" aria-pressed={all_lanes.to_string()} onclick={unfold} data-testid="all-lanes">
                                { (words.lanes)(everybody, *all_lanes) }
                            </button>
                        }
                        <button class="lk ic" aria-label={words.nearer} title={words.nearer} onclick={nearer(-1)} data-testid="nearer">
                            { sign(Icon::Plus) }
                        </button>
                        <button class="lk ic" aria-label={words.farther} title={words.farther} onclick={nearer(1)} data-testid="farther">
                            { sign(Icon::Minus) }
                        </button>
                        <button class="lk ic" aria-label={words.close} onclick={close}>{ sign(Icon::Close) }</button>
                    </span>
                </div>
                <RunsView scene={scene.clone()} on_trouble={on_trouble.clone()} />
            </div>
            <div class="lpaper">
                <div
                    ref={sheet_node}
                    class={classes!("scorebox", remote.then_some("wall"))}
                    style={format!("height:{h}px")}
                    role="listbox"
                    tabindex="0"
                    aria-label={words.paper}
                    aria-activedescendant={current}
                    data-testid="arrows"
                    {onpointerdown}
                    {onpointermove}
                    {onpointerup}
                    {onpointercancel}
                    {onkeydown}
                >
                    <svg width={w.to_string()} height={h.to_string()} aria-hidden="true">{ svg::svg(&names) }</svg>
                    <canvas ref={canvas} style={format!("width:{w}px;height:{h}px")} aria-hidden="true" />
                    <svg ref={probes} class="probes" aria-hidden="true" />
                    if let (Some(runs), Some(left)) = (runs.filter(|_| !kept.is_empty()), paper.names) {
                        { branches(&page, &runs, &kept, &scene, &paper, left, &on_trouble) }
                    }
                    <Arrows span={span.clone()} paper={paper.clone()} scene={scene.clone()} {selected} />
                    if let Some((link, y)) = handle {
                        <Marker span={span.clone()} {paper} {link} name={actor_name(&scene, link)} {y} {on_trouble} />
                    }
                </div>
            </div>
        </section>
    }
}

/// Selects a packet; one that has yet to leave is gone to first, since nobody has seen its bytes.
fn choose(page: &Page, span: &Span, no: EventNo) {
    if let Some(drawn) = span.drawn() {
        let mut flights = drawn.run.flights.iter();
        let sent = flights
            .find(|one| one.event == u64::from(no.0))
            .map(|one| one.sent as f64);
        if let Some(sent) = sent.filter(|sent| *sent > drawn.window.now) {
            go(page, sent);
        }
    }
    page.select(Selection::Packet(no));
}

/// The link that is offered for a cut: of somebody who listens, and is there.
fn first_link(scene: &Scene) -> Option<ActorId> {
    let listener = bind::listeners(scene).next();
    listener.or(scene.actors.first()).map(|actor| actor.id)
}

#[derive(PartialEq, Properties)]
struct OutcomeProps {
    span: Span,
    link: ActorId,
}

/// What came of the cut on the chosen link.
#[component]
fn OutcomeView(props: &OutcomeProps) -> Html {
    let page = use_page();
    let words = &words().panels.ladder;
    let Some(drawn) = use_signal(props.span.still()) else {
        return html! { <span class="dimt">{ words.cut_hint }</span> };
    };
    let link = props.link.0.into();
    let cuts = drawn.run.cuts.iter().filter(|(_, actor)| *actor == link);
    let now = drawn.window.now as u64;
    let Some((at, _)) = cuts.min_by_key(|(at, _)| at.abs_diff(now)) else {
        return html! { <span class="dimt">{ words.cut_hint }</span> };
    };
    let mend = {
        let (page, id, was) = (page, props.link, Some(Micros(*at)));
        Callback::from(move |_: MouseEvent| {
            let edit = Edit::MoveCut { id, was, to: None };
            page.edit(edit, Callback::noop());
        })
    };
    html! {
        <span class="outcome" data-testid="outcome" role="status">
            if let Some(out) = outcome(&drawn.run, link, *at) {
                <span class="cnt"><i>{ out.sent }</i>{ (words.sent)(out.name) }</span>
                <span class="cnt red"><i>{ out.died }</i>{ words.died }</span>
                <span class="cnt"><i>{ out.delivered }</i>{ words.delivered }</span>
                <b>{ (words.outcome)(out.sent, out.delivered, out.at_most_once) }</b>
            } else {
                <span class="dimt">{ words.no_outcome }</span>
            }
            <button class="lk" onclick={mend} data-testid="mend">{ words.mend }</button>
        </span>
    }
}
