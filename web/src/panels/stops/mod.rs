//! Time's panel: how far to go on, where to stop by itself, and a link to this moment.

mod add;
mod bookmark;
mod halt;

use std::rc::Rc;

pub(crate) use halt::{Halt, use_why};

use tidings_world::view::{ActorId, Breakpoint, Scene, Step};
use web_sys::{Event, HtmlSelectElement};
use yew::prelude::*;

use super::foreign::{foreign_cut, phrase};
use super::head::head;
use super::names::actor_name;
use crate::components::{Icon, sign};
use crate::state::{
    Page, Standing, Watched, stopped_by, use_page, use_refused, use_standing, use_stops,
};
use crate::words::words;
use add::{Draft, add};
use bookmark::bookmark;

#[derive(PartialEq, Properties)]
pub(crate) struct Props {
    pub(crate) scene: Rc<Scene>,
    pub(crate) on_close: Callback<()>,
}

#[component]
pub(crate) fn Stops(props: &Props) -> Html {
    let words = &words().panels.stops;
    let page = use_page();
    let standing = use_standing();
    let stops = use_stops();
    let refused = use_refused();
    let draft = use_state(Draft::default);
    let whom = use_state(|| None::<ActorId>);
    let made = use_state(|| None::<Result<String, String>>);
    let (title, beside) = (html! { words.title }, html! { words.beside });
    html! {
        <>
            { head(html! {}, title, beside, &props.on_close) }
            <div class="pbody" data-testid="stops">
                if standing.is_remote() {
                    <section class="sec"><p class="note">{ words.remote }</p></section>
                } else {
                    { go_on(&page, &props.scene, &whom) }
                }
                <section class="sec">
                    <h3>{ words.stop }<span>{ words.stop_term }</span></h3>
                    { list(&page, &props.scene, &stops, &standing) }
                    { add(&page, &props.scene, &stops, &draft) }
                </section>
                { bookmark(&page, refused.as_ref(), &made) }
            </div>
        </>
    }
}

/// Steps that end where something happens.
fn go_on(page: &Page, scene: &Scene, whom: &UseStateHandle<Option<ActorId>>) -> Html {
    let words = &words().panels.stops;
    let listeners = || scene.actors.iter().filter(|a| !a.listens.is_empty());
    let known = whom.filter(|id| listeners().any(|actor| actor.id == *id));
    let now = known.or_else(|| listeners().next().map(|actor| actor.id));
    let step = |step: Step| {
        let page = page.clone();
        Callback::from(move |_: MouseEvent| page.step(step))
    };
    let onchange = {
        let whom = whom.clone();
        let ids: Vec<ActorId> = listeners().map(|actor| actor.id).collect();
        Callback::from(move |event: Event| whom.set(ids.get(selected(&event)).copied()))
    };
    html! {
        <section class="sec">
            <h3>{ words.go_on }</h3>
            <div class="goon">
                <span>{ words.to_timer }</span>
                <button type="button" class="btn q" aria-label={words.to_timer} onclick={step(Step::Timer)} data-testid="go-timer">
                    { sign(Icon::Timer) }{ words.go }
                </button>
            </div>
            if let Some(id) = now {
                <div class="goon">
                    <select class="inp" aria-label={words.whom} {onchange} data-testid="go-whom">
                        { for listeners().map(|actor| html! {
                            <option selected={actor.id == id}>{ foreign_cut(&actor.name, 24) }</option>
                        }) }
                    </select>
                    <span>{ words.gets }</span>
                    <button type="button" class="btn q" aria-label={words.gets} onclick={step(Step::Gets(id))} data-testid="go-gets">
                        { sign(Icon::Forward) }{ words.go }
                    </button>
                </div>
            }
        </section>
    }
}

/// Which of a list was chosen.
pub(super) fn selected(event: &Event) -> usize {
    let select: HtmlSelectElement = event.target_unchecked_into();
    usize::try_from(select.selected_index()).unwrap_or(0)
}

/// What is waited for: each can be switched off and taken away.
fn list(page: &Page, scene: &Scene, stops: &Rc<Vec<Watched>>, standing: &Standing) -> Html {
    let words = &words().panels.stops;
    let hit = standing.stopped.and_then(|stop| stopped_by(stops, stop));
    if stops.is_empty() {
        return html! { <p class="note">{ words.none }</p> };
    }
    let change = |change: fn(&mut Vec<Watched>, usize), index: usize| {
        let (page, stops) = (page.clone(), stops.clone());
        Callback::from(move |_: MouseEvent| {
            let mut stops = (*stops).clone();
            change(&mut stops, index);
            page.set_stops(stops, Callback::noop());
        })
    };
    let row = |(index, one): (usize, &Watched)| {
        let id = format!("stop-{index}");
        let here = hit.is_some_and(|hit| std::ptr::eq(hit, one));
        html! {
            <li class={here.then_some("on")} data-testid="stop-row">
                <button type="button" class={classes!("bx", one.on.then_some("on"))} role="switch"
                    aria-checked={one.on.to_string()} aria-label={words.on} aria-describedby={id.clone()}
                    onclick={change(|stops, index| stops[index].on ^= true, index)} data-testid="stop-on">
                    if one.on { { sign(Icon::Check) } }
                </button>
                <span {id}>{ phrase(&(words.what)(&one.what, &name(scene, one))) }</span>
                <button type="button" class="lk ic" aria-label={words.take_away}
                    onclick={change(|stops, index| { stops.remove(index); }, index)} data-testid="stop-remove">
                    { sign(Icon::Close) }
                </button>
            </li>
        }
    };
    html! { <ul class="stops">{ for stops.iter().enumerate().map(row) }</ul> }
}

/// Whom a breakpoint waits for.
fn name(scene: &Scene, one: &Watched) -> String {
    match one.what {
        Breakpoint::Presence(id) => actor_name(scene, id),
        _ => String::new(),
    }
}
