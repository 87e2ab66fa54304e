//! The score: SVG for the names of lanes, a canvas for what moves, and a press to go to a moment.

use tidings_world::view::{EventNo, Micros, ToWorker};
use web_sys::{Element, PointerEvent};
use yew::prelude::*;

use super::score_paint::{Easel, Lined, use_easel};
use super::stage::path_of;
use crate::bind::{self, LaneRoom};
use crate::paint::svg;
use crate::scene::model::Run;
use crate::scene::score::{Paper, ground, score};
use crate::scene::{Layout, clock};
use crate::state::{Page, Selection, use_packet, use_page, use_scene, use_selection, use_standing};
use crate::words::words;

/// The room there is.
#[derive(Clone, Copy, PartialEq, Properties)]
pub(crate) struct ScoreProps {
    pub(crate) width: f64,
    /// The screen is not high.
    pub(crate) short: bool,
}

/// The score.
#[component]
pub(crate) fn ScoreView(props: &ScoreProps) -> Html {
    let page = use_page();
    let scene = use_scene();
    let standing = use_standing();
    let selection = use_selection();
    let packet = use_packet();
    let Easel {
        canvas,
        probes,
        sheet,
        span,
    } = use_easel(scene.is_some() && props.width > 0.0);

    let Some(scene) = scene.filter(|_| props.width > 0.0) else {
        return html! {};
    };
    let layout = match props.width {
        w if w < 640.0 => Layout::Tall,
        w if w < 1240.0 => Layout::Narrow,
        _ => Layout::Wide,
    };
    let room = LaneRoom {
        most: Paper::lanes_most(layout, props.short),
        stay: path_of(selection, packet.as_deref()),
    };
    let run = Run {
        lanes: bind::lanes(&scene, &[], &room),
        ..Run::default()
    };
    let paper = Paper::of(props.width, run.lanes.len(), layout, props.short);
    let names = ground(&paper, &run);
    let selected = match selection {
        Selection::Packet(EventNo(no)) => Some(EventNo(no)),
        _ => None,
    };
    sheet.put(Lined {
        paper: paper.clone(),
        room,
        scene,
        selected,
        branches: Vec::new(),
        draw: |paper, window, run, words| score(paper, window, run, &words.score),
        zoom: 1.0,
    });
    let remote = standing.is_remote();
    let seek = {
        let (page, span, paper) = (page.clone(), span.clone(), paper.clone());
        move |event: &PointerEvent| {
            let box_ = event
                .current_target()
                .and_then(|t| wasm_bindgen::JsCast::dyn_into::<Element>(t).ok());
            if let Some(element) = box_ {
                let x = f64::from(event.client_x()) - element.get_bounding_client_rect().left();
                go(&page, span.at(&paper, x));
            }
        }
    };
    let onpointerdown = {
        let (seek, span, x0) = (seek.clone(), span.clone(), paper.x0);
        Callback::from(move |event: PointerEvent| {
            if remote || event.button() != 0 || f64::from(event.offset_x()) < x0 - 12.0 {
                return;
            }
            if let Some(element) = event.target_dyn_into::<Element>() {
                // A pointer that is already gone cannot be captured, and then nothing is dragged.
                let _ = element.set_pointer_capture(event.pointer_id());
            }
            span.scrub(true);
            seek(&event);
        })
    };
    let onpointermove = {
        let (seek, span) = (seek.clone(), span.clone());
        Callback::from(move |event: PointerEvent| {
            if span.is_scrubbing() {
                seek(&event);
            }
        })
    };
    let end = {
        let span = span.clone();
        Callback::from(move |_: PointerEvent| span.scrub(false))
    };
    let (w, h) = (paper.w.to_string(), paper.h.to_string());
    html! {
        <div
            class={classes!("scorebox", remote.then_some("wall"))}
            style={format!("height:{h}px")}
            role="img"
            aria-label={words().score.aria}
            data-testid="score"
            {onpointerdown}
            {onpointermove}
            onpointerup={end.clone()}
            onpointercancel={end}
        >
            <svg width={w.clone()} height={h.clone()} aria-hidden="true">{ svg::svg(&names) }</svg>
            <canvas ref={canvas} style={format!("width:{w}px;height:{h}px")} aria-hidden="true" />
            <svg ref={probes} class="probes" aria-hidden="true" />
        </div>
    }
}

/// Goes to a moment of the run.
pub(crate) fn go(page: &Page, at: f64) {
    let head = page.live().clock.map_or(0, |c| c.head.0);
    let at = (at.max(0.0) as u64).min(head);
    page.send(ToWorker::Seek(Micros(at)));
}

/// The playhead as a clock shows it: of the world, or of the wall in a wall-clock scene.
pub(super) fn time_of_day(origin_ms: f64, at: f64) -> String {
    let date = js_sys::Date::new(&(origin_ms + at / 1000.0).into());
    let (h, m, s) = (date.get_hours(), date.get_minutes(), date.get_seconds());
    format!("{h:02}:{m:02}:{s:02}.{:03}", date.get_milliseconds())
}

/// The same for a virtual clock.
pub(super) fn time_of_world(at: f64) -> String {
    clock::clock(at.max(0.0) as u64)
}
