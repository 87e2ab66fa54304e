//! A section that is folded away until somebody wants to know; its head says what is in it.

use yew::prelude::*;

use crate::components::{Icon, sign};

#[derive(PartialEq, Properties)]
pub(crate) struct Props {
    pub(crate) title: AttrValue,
    pub(crate) brief: AttrValue,
    /// Something in it is wrong: it cannot be hidden.
    #[prop_or_default]
    pub(crate) wrong: bool,
    pub(crate) children: Html,
}

#[component]
pub(crate) fn Fold(props: &Props) -> Html {
    let open = use_state(|| false);
    let shown = *open || props.wrong;
    let onclick = {
        let open = open.clone();
        Callback::from(move |_: MouseEvent| open.set(!*open))
    };
    html! {
        <>
            <button type="button" class="fold" aria-expanded={shown.to_string()} {onclick}>
                <span class={classes!("turn", shown.then_some("open"))}>{ sign(Icon::Right) }</span>
                { &props.title }
                <span class="dimt foldbrief">{ &props.brief }</span>
            </button>
            if shown {
                <div class="folded">{ props.children.clone() }</div>
            }
        </>
    }
}
