//! Asks the engine about a draft while it is being typed.

use std::cell::Cell;
use std::rc::Rc;

use gloo_timers::callback::Timeout;
use tidings_world::scenario::Actor;
use tidings_world::view::{
    ActorId, Answer, Draft, FormField, Hints, ListensHint, Problem, SpeaksHint, ToWorker,
};
use yew::prelude::*;

use super::checked::{Checked, in_part};
use crate::state::{Page, use_page};

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
                let round = Round {
                    turn,
                    asked,
                    left: Cell::new(1 + draft.speaks.len() + draft.listens.len()),
                    answers: Cell::default(),
                    done: Box::new(move |answers| checked.set(Rc::new(answers))),
                };
                ask(&page, &draft, id, Rc::new(round));
            });
            move || drop(timeout)
        });
    }
    (*checked).clone()
}

/// The answers to one draft; they are shown when the last has come.
struct Round {
    turn: Rc<Cell<u32>>,
    asked: u32,
    left: Cell<usize>,
    answers: Cell<Checked>,
    done: Box<dyn Fn(Checked)>,
}

impl Round {
    fn take(&self, answer: Answer, part: Part) {
        if self.turn.get() != self.asked {
            return;
        }
        let mut all = self.answers.take();
        all.problems
            .extend(answer.problems.into_iter().map(|problem| Problem {
                field: part.place(problem.field),
                ..problem
            }));
        match (part, answer.hints) {
            (Part::Speaks(n), Some(Hints::Speaks(hint))) => set(&mut all.speaks, n, hint),
            (Part::Listens(n), Some(Hints::Listens(hint))) => set(&mut all.listens, n, hint),
            (Part::Speaks(n), _) => set(&mut all.speaks, n, SpeaksHint::default()),
            (Part::Listens(n), _) => set(&mut all.listens, n, ListensHint::default()),
            (Part::Name, _) => {}
        }
        self.left.set(self.left.get().saturating_sub(1));
        match self.left.get() {
            0 => (self.done)(all),
            _ => self.answers.set(all),
        }
    }
}

fn set<T: Default + Clone>(list: &mut Vec<T>, n: u8, value: T) {
    let n = usize::from(n);
    if list.len() <= n {
        list.resize(n + 1, T::default());
    }
    list[n] = value;
}

/// A part of an actor that is checked alone.
#[derive(Clone, Copy)]
enum Part {
    Name,
    Speaks(u8),
    Listens(u8),
}

impl Part {
    fn place(self, field: FormField) -> FormField {
        match self {
            Self::Name => field,
            Self::Speaks(n) | Self::Listens(n) => in_part(field, n),
        }
    }
}

fn ask(page: &Page, draft: &Actor, id: Option<ActorId>, round: Rc<Round>) {
    let check = |draft: Draft, part: Part| {
        let round = round.clone();
        page.ask(
            |token| ToWorker::Check { token, draft },
            Callback::from(move |answer| round.take(answer, part)),
        );
    };
    let name = draft.name.clone();
    check(Draft::Name { id, name }, Part::Name);
    for (one, n) in draft.speaks.iter().zip(0..) {
        check(Draft::Speaks(one.clone()), Part::Speaks(n));
    }
    for (one, n) in draft.listens.iter().zip(0..) {
        check(Draft::Listens(one.clone()), Part::Listens(n));
    }
}
