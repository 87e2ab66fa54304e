//! Cuts the connection a packet is on, just before or just after it arrives.

use tidings_world::view::{Answer, Edit, EventNo};
use yew::prelude::*;

use crate::components::{Icon, sign};
use crate::panels::foreign::foreign;
use crate::state::Page;
use crate::words::words;

/// Two buttons, and what stood in the way of the last press.
pub(super) fn cut(
    page: &Page,
    packet: EventNo,
    arrived: bool,
    problem: &UseStateHandle<Option<String>>,
) -> Html {
    let words = &words().panels.faults;
    let button = |text: &'static str, after: bool, testid: &'static str| {
        let (page, problem) = (page.clone(), problem.clone());
        let onclick = Callback::from(move |_: MouseEvent| {
            let problem = problem.clone();
            let then = Callback::from(move |answer: Answer| {
                let first = answer.problems.into_iter().next();
                problem.set(first.map(|problem| problem.sentence));
            });
            page.edit(Edit::CutAt { packet, after }, then);
        });
        html! {
            <button type="button" class="btn q" {onclick} data-testid={testid}>{ sign(Icon::Bolt) }{ text }</button>
        }
    };
    html! {
        <section class="sec">
            <h3>{ words.what_if }</h3>
            <div class="cuts">
                { button(words.before_it, false, "cut-before") }
                { button(words.after_it, true, "cut-after") }
            </div>
            if arrived {
                <p class="note">{ words.again }</p>
            }
            if let Some(sentence) = &**problem {
                <p class="note problem" role="alert">{ sign(Icon::Warn) }<span>{ foreign(sentence) }</span></p>
            }
        </section>
    }
}
