//! The handle of a cut: dragged along a link, or moved by keys. Wherever it is, the connection is
//! cut there, and what comes of it is computed again.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use tidings_world::view::{ActorId, Answer, Edit, Micros};
use web_sys::{Element, HtmlElement, KeyboardEvent, PointerEvent};
use yew::prelude::*;

use crate::components::Span;
use crate::scene::clock::seconds;
use crate::scene::ladder::next_place;
use crate::scene::score::Paper;
use crate::state::{Page, use_page};
use crate::words::words;

/// A key with shift moves it so far, in microseconds.
const FINE: u64 = 10_000;

#[derive(PartialEq, Properties)]
pub(super) struct Props {
    pub(super) span: Span,
    pub(super) paper: Paper,
    pub(super) link: ActorId,
    pub(super) name: String,
    /// Where it stands.
    pub(super) y: f64,
    /// What the engine said, or nothing.
    pub(super) on_trouble: Callback<Option<String>>,
}

/// Where the handle is, and what is under way to the engine.
#[derive(Default)]
struct Hold {
    /// The moment under the finger.
    drag: Cell<Option<u64>>,
    /// The cut as the engine has it.
    made: Cell<Option<u64>>,
    asked: Cell<bool>,
    /// Where it is to be next, or nowhere.
    next: Cell<Option<Option<u64>>>,
    shown: RefCell<String>,
}

/// The handle.
#[component]
pub(super) fn Marker(props: &Props) -> Html {
    let page = use_page();
    let node = use_node_ref();
    let hold = use_memo(props.link, |_| Rc::new(Hold::default()));
    {
        let (page, hold) = (page.clone(), (*hold).clone());
        let (span, paper) = (props.span.clone(), props.paper.clone());
        let place_at = (node.clone(), u32::from(props.link.0), props.y, paper);
        use_effect_with(place_at, move |(node, link, y, paper)| {
            let (node, on, paper) = (node.clone(), (*link, *y), paper.clone());
            let key = page.paint(move |_| place(&hold, &span, &paper, on, &node));
            move || drop(key)
        });
    }
    let move_to = {
        let (page, hold, link) = (page.clone(), (*hold).clone(), props.link);
        let on_trouble = props.on_trouble.clone();
        move |to: Option<u64>| {
            page.play(false);
            hold.next.set(Some(to));
            ask(&page, &hold, link, &on_trouble);
        }
    };
    let onpointerdown = {
        let (hold, span) = (hold.clone(), props.span.clone());
        Callback::from(move |event: PointerEvent| {
            event.stop_propagation();
            if let Some(element) = event.target_dyn_into::<Element>() {
                // A pointer that is already gone cannot be captured, and then nothing is dragged.
                let _ = element.set_pointer_capture(event.pointer_id());
            }
            hold.drag.set(hold.made.get().or_else(|| now(&span)));
            span.scrub(true);
        })
    };
    let onpointermove = {
        let (hold, span, paper) = (hold.clone(), props.span.clone(), props.paper.clone());
        let (node, move_to) = (node.clone(), move_to.clone());
        Callback::from(move |event: PointerEvent| {
            event.stop_propagation();
            let paper_node = node
                .cast::<Element>()
                .and_then(|handle| handle.parent_element());
            let (Some(_), Some(box_)) = (hold.drag.get(), paper_node) else {
                return;
            };
            let x = f64::from(event.client_x()) - box_.get_bounding_client_rect().left();
            let at = within(&span, span.at(&paper, x).max(0.0) as u64);
            if hold.drag.replace(Some(at)) != Some(at) {
                move_to(Some(at));
            }
        })
    };
    let end = {
        let (hold, span) = (hold.clone(), props.span.clone());
        Callback::from(move |event: PointerEvent| {
            event.stop_propagation();
            span.scrub(false);
            hold.drag.set(None);
        })
    };
    let onkeydown = {
        let (hold, span, link) = (hold.clone(), props.span.clone(), u32::from(props.link.0));
        let move_to = move_to.clone();
        Callback::from(move |event: KeyboardEvent| {
            let here = hold.made.get().or_else(|| now(&span)).unwrap_or_default();
            let to = match event.key().as_str() {
                "ArrowRight" | "ArrowLeft" if event.alt_key() => return,
                key @ ("ArrowRight" | "ArrowLeft") => {
                    let forward = key == "ArrowRight";
                    let fine = match forward {
                        true => here + FINE,
                        false => here.saturating_sub(FINE),
                    };
                    let drawn = span.drawn().filter(|_| !event.shift_key());
                    let place = drawn.and_then(|drawn| next_place(&drawn.run, link, here, forward));
                    Some(within(&span, place.unwrap_or(fine)))
                }
                "Enter" | " " if hold.made.get().is_none() => Some(here),
                "Delete" | "Backspace" => None,
                _ => return,
            };
            event.prevent_default();
            move_to(to);
        })
    };
    let words = &words().panels.ladder;
    html! {
        <div
            ref={node}
            class="cut"
            role="slider"
            tabindex="0"
            aria-label={(words.cut)(&props.name)}
            title={words.cut_hint}
            data-testid="cut"
            {onpointerdown}
            {onpointermove}
            onpointerup={end.clone()}
            onpointercancel={end}
            {onkeydown}
        >
            <svg width="32" height="28" viewBox="-16 -14 32 28" aria-hidden="true">
                <path class="bolt" d="M2-10L-6 2H-1L-3 10L6-2H1Z" />
            </svg>
            <span class="mono"></span>
        </div>
    }
}

/// The playhead as the paper has it.
fn now(span: &Span) -> Option<u64> {
    Some(span.drawn()?.window.now as u64)
}

/// Only what has happened can be cut.
fn within(span: &Span, at: u64) -> u64 {
    let head = span.drawn().map_or(0.0, |drawn| drawn.window.head);
    at.min(head as u64)
}

/// One question at a time; the last place wins.
fn ask(page: &Page, hold: &Rc<Hold>, link: ActorId, on_trouble: &Callback<Option<String>>) {
    if hold.asked.get() {
        return;
    }
    let Some(to) = hold.next.take() else { return };
    hold.asked.set(true);
    let edit = Edit::MoveCut {
        id: link,
        was: hold.made.get().map(Micros),
        to: to.map(Micros),
    };
    let (again, hold, on_trouble) = (page.clone(), hold.clone(), on_trouble.clone());
    let then = Callback::from(move |answer: Answer| {
        let trouble = answer.problems.first().map(|one| one.sentence.clone());
        hold.made.set(to.filter(|_| trouble.is_none()));
        hold.asked.set(false);
        on_trouble.emit(trouble);
        ask(&again, &hold, link, &on_trouble);
    });
    page.edit(edit, then);
}

/// Puts the handle where the cut is; without one it goes with the playhead.
fn place(hold: &Hold, span: &Span, paper: &Paper, (link, y): (u32, f64), node: &NodeRef) {
    let (Some(drawn), Some(handle)) = (span.drawn(), node.cast::<HtmlElement>()) else {
        return;
    };
    let (window, cuts) = (drawn.window, &drawn.run.cuts);
    if hold.drag.get().is_none() && !hold.asked.get() {
        let ours = cuts.iter().filter(|(_, actor)| *actor == link);
        let nearest = ours.min_by_key(|(at, _)| at.abs_diff(window.now as u64));
        hold.made.set(nearest.map(|(at, _)| *at));
    }
    let cut = hold
        .drag
        .get()
        .filter(|_| hold.made.get().is_some())
        .or(hold.made.get());
    let at = hold.drag.get().or(cut).map_or(window.now, |at| at as f64);
    let x = window.x(paper, at);
    let there = (paper.x0 - 8.0..=paper.x1 + 8.0).contains(&x);
    let shown = format!("{x:.1} {y} {cut:?} {there} {link}");
    if *hold.shown.borrow() == shown {
        return;
    }
    hold.shown.replace(shown);
    let time = cut.map(seconds);
    // Properties and attributes every element has.
    let style = handle.style();
    let _ = style.set_property("left", &format!("{x:.1}px"));
    let _ = style.set_property("top", &format!("{y:.1}px"));
    let _ = style.set_property("visibility", if there { "visible" } else { "hidden" });
    let _ = handle.class_list().toggle_with_force("made", cut.is_some());
    let _ = handle.set_attribute("aria-valuenow", &(at as u64 / 1000).to_string());
    let head = (window.head as u64 / 1000).to_string();
    let _ = handle.set_attribute("aria-valuemax", &head);
    let said = (words().panels.ladder.cut_at)(time.as_deref());
    let _ = handle.set_attribute("aria-valuetext", &said);
    if let Some(label) = handle.last_element_child() {
        label.set_text_content(time.as_deref());
    }
}
