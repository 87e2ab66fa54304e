//! A line of text. Characters that would move or hide others stand in it by name.

use web_sys::HtmlInputElement;
use yew::prelude::*;

use crate::scene::text::{meant, shown};

#[derive(PartialEq, Properties)]
pub(crate) struct Props {
    pub(crate) id: AttrValue,
    pub(crate) value: AttrValue,
    /// Bytes rather than words: in their face.
    #[prop_or_default]
    pub(crate) mono: bool,
    #[prop_or_default]
    pub(crate) invalid: bool,
    #[prop_or("text")]
    pub(crate) kind: &'static str,
    #[prop_or("off")]
    pub(crate) autocomplete: &'static str,
    #[prop_or_default]
    pub(crate) holder: NodeRef,
    #[prop_or_default]
    pub(crate) label: Option<AttrValue>,
    pub(crate) on_text: Callback<String>,
}

#[component]
pub(crate) fn Text(props: &Props) -> Html {
    let secret = props.kind == "password";
    let before = props.value.clone();
    let oninput = props.on_text.reform(move |event: InputEvent| {
        let text = event.target_unchecked_into::<HtmlInputElement>().value();
        if secret { text } else { meant(&text, &before) }
    });
    let value = match secret {
        true => props.value.clone(),
        false => shown(&props.value).into(),
    };
    html! {
        <input
            ref={props.holder.clone()}
            id={props.id.clone()}
            class={classes!("inp", props.mono.then_some("mono"))}
            type={props.kind}
            dir="ltr"
            {value}
            aria-label={props.label.clone()}
            aria-invalid={props.invalid.to_string()}
            aria-describedby={format!("{}-hint", props.id)}
            autocomplete={props.autocomplete}
            autocapitalize="off"
            spellcheck="false"
            {oninput}
        />
    }
}
