//! One more thing to wait for.

use std::rc::Rc;

use tidings_world::view::{ActorId, Answer, Breakpoint, Scene};
use web_sys::{Event, HtmlInputElement, InputEvent, SubmitEvent};
use yew::prelude::*;

use super::selected;
use crate::components::{Icon, sign};
use crate::panels::foreign::{foreign, foreign_cut};
use crate::state::{Page, Watched};
use crate::words::panels::PACKETS;
use crate::words::words;

/// What is being chosen.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Draft {
    /// A place among the kinds.
    kind: usize,
    packet: usize,
    filter: String,
    actor: usize,
    problem: Option<String>,
}

impl Default for Draft {
    fn default() -> Self {
        Self {
            kind: 0,
            // A PUBLISH.
            packet: 2,
            filter: "#".into(),
            actor: 0,
            problem: None,
        }
    }
}

impl Draft {
    fn what(&self, scene: &Scene) -> Breakpoint {
        match self.kind {
            0 => Breakpoint::Packet(PACKETS[self.packet.min(PACKETS.len() - 1)]),
            1 => Breakpoint::Topic(self.filter.clone()),
            2 => Breakpoint::Failure,
            3 => Breakpoint::Drop,
            _ => {
                let actor = scene.actors.get(self.actor);
                let actor = actor.or_else(|| scene.actors.first());
                Breakpoint::Presence(actor.map_or(ActorId(u16::MAX), |actor| actor.id))
            }
        }
    }
}

/// The form for it.
pub(super) fn add(
    page: &Page,
    scene: &Rc<Scene>,
    stops: &Rc<Vec<Watched>>,
    draft: &UseStateHandle<Draft>,
) -> Html {
    let words = &words().panels.stops;
    let pick = |set: fn(&mut Draft, usize)| {
        let draft = draft.clone();
        Callback::from(move |event: Event| {
            let mut next = (*draft).clone();
            set(&mut next, selected(&event));
            next.problem = None;
            draft.set(next);
        })
    };
    let oninput = {
        let draft = draft.clone();
        Callback::from(move |event: InputEvent| {
            let input: HtmlInputElement = event.target_unchecked_into();
            draft.set(Draft {
                filter: input.value(),
                problem: None,
                ..(*draft).clone()
            });
        })
    };
    let onsubmit = {
        let (page, draft, scene, stops) =
            (page.clone(), draft.clone(), scene.clone(), stops.clone());
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            let what = draft.what(&scene);
            let mut all = (*stops).clone();
            all.retain(|one| one.what != what);
            all.push(Watched { on: true, what });
            let draft = draft.clone();
            let then = Callback::from(move |answer: Answer| {
                let first = answer.problems.into_iter().next();
                draft.set(Draft {
                    problem: first.map(|problem| problem.sentence),
                    ..(*draft).clone()
                });
            });
            page.set_stops(all, then);
        })
    };
    let second = match draft.kind {
        0 => {
            let names = PACKETS.iter().map(|kind| html! { kind.name() }).collect();
            let picked = pick(|draft, packet| draft.packet = packet);
            select("stop-packet", words.which, names, draft.packet, picked)
        }
        1 => html! {
            <input id="stop-filter" class="inp mono" type="text" aria-label={words.filter} autocomplete="off" spellcheck="false"
                value={draft.filter.clone()} aria-invalid={draft.problem.is_some().to_string()} {oninput} />
        },
        4 => {
            let names = scene.actors.iter();
            let names = names.map(|actor| foreign_cut(&actor.name, 24)).collect();
            let picked = pick(|draft, actor| draft.actor = actor);
            select("stop-actor", words.which, names, draft.actor, picked)
        }
        _ => html! {},
    };
    let kinds = words.kinds.iter().map(|kind| html! { *kind }).collect();
    let picked = pick(|draft, kind| draft.kind = kind);
    html! {
        <form class="addstop" {onsubmit} novalidate=true>
            { select("stop-kind", words.new, kinds, draft.kind, picked) }
            { second }
            if let Some(sentence) = &draft.problem {
                <p class="note problem" role="alert">{ sign(Icon::Warn) }<span>{ foreign(sentence) }</span></p>
            }
            <button class="btn q" data-testid="stop-add">{ sign(Icon::Gate) }{ words.add }</button>
        </form>
    }
}

fn select(
    testid: &'static str,
    label: &'static str,
    items: Vec<Html>,
    chosen: usize,
    onchange: Callback<Event>,
) -> Html {
    let option = |(index, item): (usize, Html)| {
        html! { <option selected={index == chosen}>{ item }</option> }
    };
    html! {
        <select class="inp" aria-label={label} {onchange} data-testid={testid}>
            { for items.into_iter().enumerate().map(option) }
        </select>
    }
}
