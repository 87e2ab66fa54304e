//! Cuts the connection a packet is on, just before or just after it arrives.

use tidings_world::view::{Answer, Edit, EventNo};
use yew::prelude::*;

use crate::components::{Icon, Sign};
use crate::panels::foreign::foreign;
use crate::state::use_page;
use crate::words::words;

#[derive(PartialEq, Properties)]
pub(super) struct Props {
    pub(super) packet: EventNo,
    pub(super) arrived: bool,
}

#[component]
pub(super) fn CutIt(props: &Props) -> Html {
    let page = use_page();
    let problem = use_state_eq(|| None::<String>);
    let words = &words().panels.faults;
    let packet = props.packet;
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
            <button type="button" class="btn q" {onclick} data-testid={testid}><Sign icon={Icon::Bolt} />{ text }</button>
        }
    };
    html! {
        <section class="sec">
            <h3>{ words.what_if }</h3>
            <div class="cuts">
                { button(words.before_it, false, "cut-before") }
                { button(words.after_it, true, "cut-after") }
            </div>
            if props.arrived {
                <p class="note">{ words.again }</p>
            }
            if let Some(sentence) = &*problem {
                <p class="note problem" role="alert"><Sign icon={Icon::Warn} /><span>{ foreign(sentence) }</span></p>
            }
        </section>
    }
}
