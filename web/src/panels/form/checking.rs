//! Asks the engine about a draft while it is being typed.

use std::cell::Cell;
use std::rc::Rc;

use gloo_timers::callback::Timeout;
use tidings_world::scenario::Actor;
use tidings_world::view::{ActorId, Answer, Draft, Hints, ToWorker};
use yew::prelude::*;

use super::checked::Checked;
use crate::state::use_page;

/// Typing that stops for so long is looked at.
const PAUSE_MS: u32 = 120;

/// What the engine says of `draft`, as far as it has answered. `known` is what it said before.
#[hook]
pub(crate) fn use_checked(draft: &Rc<Actor>, id: Option<ActorId>, known: &Checked) -> Rc<Checked> {
    let page = use_page();
    let checked = use_state(|| Rc::new(known.clone()));
    // Answers to older drafts are dropped.
    let turn = use_memo((), |()| Cell::new(0u32));
    {
        let checked = checked.clone();
        use_effect_with((draft.clone(), id), move |(draft, id)| {
            let draft = draft.clone();
            let id = *id;
            turn.set(turn.get().wrapping_add(1));
            let timeout = Timeout::new(PAUSE_MS, move || {
                let asked = turn.get();
                let actor = Box::new((*draft).clone());
                let draft = Draft::Actor { id, actor };
                let then = Callback::from(move |answer: Answer| {
                    if turn.get() != asked {
                        return;
                    }
                    if let Some(Hints::Actor { speaks, listens }) = answer.hints {
                        checked.set(Rc::new(Checked {
                            problems: answer.problems,
                            speaks,
                            listens,
                        }));
                    }
                });
                page.ask(|token| ToWorker::Check { token, draft }, then);
            });
            move || drop(timeout)
        });
    }
    (*checked).clone()
}
