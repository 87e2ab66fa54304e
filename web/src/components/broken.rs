//! When the engine broke: whose mistake it is, and the way on.

use yew::prelude::*;

use super::icon::{Icon, sign};
use crate::state::use_page;
use crate::words::words;

#[derive(PartialEq, Properties)]
pub(crate) struct BrokenProps {
    /// What the engine said.
    pub(crate) message: AttrValue,
}

/// Stands in the panel's place.
#[component]
pub(crate) fn Broken(props: &BrokenProps) -> Html {
    let page = use_page();
    let words = &words().story;
    let again = Callback::from(move |_: MouseEvent| page.wake_first());
    html! {
        <div class="broken" role="alert">
            <h2><span class="x">{ sign(Icon::Close) }</span>{ words.what_happened }</h2>
            <p>{ words.not_made_for }</p>
            <pre>{ props.message.clone() }</pre>
            <button class="btn p" onclick={again}>{ words.again }</button>
        </div>
    }
}
