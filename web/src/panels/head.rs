//! The head of a panel: a sign, a title, a word beside it, and the cross that puts it away.

use yew::prelude::*;

use crate::components::{Icon, Sign};
use crate::words::words;

#[derive(PartialEq, Properties)]
pub(crate) struct Props {
    #[prop_or_default]
    pub(crate) sign: Html,
    pub(crate) title: Html,
    #[prop_or_default]
    pub(crate) beside: Html,
    pub(crate) on_close: Callback<()>,
}

#[component]
pub(crate) fn Head(props: &Props) -> Html {
    let on_close = props.on_close.reform(|_: MouseEvent| ());
    html! {
        <header class="hd">
            { props.sign.clone() }
            <h2 tabindex="-1" data-testid="panel-title">{ props.title.clone() }</h2>
            <span class="dimt beside">{ props.beside.clone() }</span>
            <span class="sp"></span>
            <button class="lk ic" type="button" aria-label={words().panels.close} onclick={on_close} data-testid="panel-close">
                <Sign icon={Icon::Close} />
            </button>
        </header>
    }
}
