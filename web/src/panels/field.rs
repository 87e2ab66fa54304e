//! A row of a form: its label, its control, a hint, and what is wrong with it.

use yew::prelude::*;

use crate::components::{Icon, sign};
use crate::panels::foreign::foreign;

#[derive(PartialEq, Properties)]
pub(crate) struct Props {
    /// The id of the control, if there is one to point at; the hint's is `{id}-hint`.
    #[prop_or_default]
    pub(crate) id: Option<AttrValue>,
    pub(crate) label: AttrValue,
    #[prop_or_default]
    pub(crate) hint: Html,
    /// Sentences of the engine.
    #[prop_or_default]
    pub(crate) problems: Vec<String>,
    pub(crate) children: Html,
}

#[component]
pub(crate) fn Field(props: &Props) -> Html {
    let hint_id = props.id.as_ref().map(|id| format!("{id}-hint"));
    let label = match &props.id {
        Some(id) => html! { <label for={id.clone()}>{ &props.label }</label> },
        None => html! { <span class="lab">{ &props.label }</span> },
    };
    html! {
        <div class={classes!("fld", (!props.problems.is_empty()).then_some("bad"))}>
            { label }
            <div>
                { props.children.clone() }
                <div id={hint_id}>
                    { for props.problems.iter().map(|sentence| html! {
                        <p class="note problem" role="alert">{ sign(Icon::Warn) }<span>{ foreign(sentence) }</span></p>
                    }) }
                    if props.problems.is_empty() && props.hint != Html::default() {
                        <p class="note">{ props.hint.clone() }</p>
                    }
                </div>
            </div>
        </div>
    }
}
