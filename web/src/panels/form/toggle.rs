//! A box to tick, with the words beside it.

use yew::prelude::*;

use crate::components::{Icon, sign};

pub(crate) struct Props {
    pub(crate) label: AttrValue,
    pub(crate) words: AttrValue,
    pub(crate) on: bool,
    pub(crate) disabled: bool,
    pub(crate) on_toggle: Callback<bool>,
}

pub(crate) fn toggle(props: &Props) -> Html {
    let on = props.on;
    html! {
        <label class={classes!("sw", props.disabled.then_some("off"))}>
            <input
                class="unseen"
                type="checkbox"
                checked={on}
                disabled={props.disabled}
                aria-label={format!("{}: {}", props.label, props.words)}
                onchange={props.on_toggle.reform(move |_: Event| !on)}
            />
            <span class={classes!("bx", on.then_some("on"))}>
                if on { { sign(Icon::Check) } }
            </span>
            { &props.words }
        </label>
    }
}
