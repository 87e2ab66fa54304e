//! One more thing to wait for.

use std::rc::Rc;

use tidings_world::view::{ActorId, Answer, Breakpoint, Scene};
use web_sys::{Event, HtmlInputElement, HtmlSelectElement, InputEvent, SubmitEvent};
use yew::prelude::*;

use crate::components::{Icon, Sign};
use crate::panels::foreign::{foreign, foreign_cut};
use crate::state::{Watched, use_page, use_stops};
use crate::words::panels::PACKETS;
use crate::words::words;

#[derive(PartialEq, Properties)]
pub(super) struct Props {
    pub(super) scene: Rc<Scene>,
}

/// What is being chosen.
#[derive(Clone, Debug, Default, PartialEq)]
struct Draft {
    /// A place among the kinds.
    kind: usize,
    packet: usize,
    filter: String,
    actor: usize,
    problem: Option<String>,
}

impl Draft {
    fn what(&self, scene: &Scene) -> Breakpoint {
        match self.kind {
            0 => Breakpoint::Packet(PACKETS[self.packet.min(PACKETS.len() - 1)]),
            1 => Breakpoint::Topic(self.filter.clone()),
            2 => Breakpoint::Failure,
            3 => Breakpoint::Drop,
            _ => {
                let actor = scene
                    .actors
                    .get(self.actor)
                    .or_else(|| scene.actors.first());
                Breakpoint::Presence(actor.map_or(ActorId(u16::MAX), |actor| actor.id))
            }
        }
    }
}

#[component]
pub(super) fn Add(props: &Props) -> Html {
    let words = &words().panels.stops;
    let page = use_page();
    let stops = use_stops();
    let draft = use_state(|| Draft {
        filter: "#".into(),
        packet: 2,
        ..Draft::default()
    });
    let pick = |set: fn(&mut Draft, usize)| {
        let draft = draft.clone();
        Callback::from(move |event: Event| {
            let select: HtmlSelectElement = event.target_unchecked_into();
            let mut next = (*draft).clone();
            set(
                &mut next,
                usize::try_from(select.selected_index()).unwrap_or(0),
            );
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
        let (draft, scene) = (draft.clone(), props.scene.clone());
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
    html! {
        <form class="addstop" {onsubmit} novalidate=true>
            <select class="inp" aria-label={words.new} onchange={pick(|draft, kind| draft.kind = kind)} data-testid="stop-kind">
                { options(words.kinds.iter().map(|kind| html! { *kind }), draft.kind) }
            </select>
            if draft.kind == 0 {
                <select class="inp" aria-label={words.which} onchange={pick(|draft, packet| draft.packet = packet)} data-testid="stop-packet">
                    { options(PACKETS.iter().map(|kind| html! { kind.name() }), draft.packet) }
                </select>
            } else if draft.kind == 1 {
                <input id="stop-filter" class="inp mono" type="text" aria-label={words.filter} autocomplete="off" spellcheck="false"
                    value={draft.filter.clone()} aria-invalid={draft.problem.is_some().to_string()} {oninput} />
            } else if draft.kind == 4 {
                <select class="inp" aria-label={words.which} onchange={pick(|draft, actor| draft.actor = actor)} data-testid="stop-actor">
                    { options(props.scene.actors.iter().map(|actor| foreign_cut(&actor.name, 24)), draft.actor) }
                </select>
            }
            if let Some(sentence) = &draft.problem {
                <p class="note problem" role="alert"><Sign icon={Icon::Warn} /><span>{ foreign(sentence) }</span></p>
            }
            <button class="btn q" data-testid="stop-add"><Sign icon={Icon::Gate} />{ words.add }</button>
        </form>
    }
}

fn options(items: impl Iterator<Item = Html>, chosen: usize) -> Html {
    let option = |(index, item): (usize, Html)| {
        html! { <option selected={index == chosen}>{ item }</option> }
    };
    items.enumerate().map(option).collect()
}
