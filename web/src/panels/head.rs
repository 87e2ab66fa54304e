//! The head of a panel: a sign, a title, a word beside it, and the cross that puts it away.

use yew::prelude::*;

use crate::components::{self, Icon};
use crate::words::words;

/// The head; a title and whatever stands around it may be empty.
pub(crate) fn head(sign: Html, title: Html, beside: Html, on_close: &Callback<()>) -> Html {
    let on_close = on_close.reform(|_: MouseEvent| ());
    html! {
        <header class="hd">
            { sign }
            <h2 tabindex="-1" data-testid="panel-title">{ title }</h2>
            <span class="dimt beside">{ beside }</span>
            <span class="sp"></span>
            <button class="lk ic" type="button" aria-label={words().panels.close} onclick={on_close} data-testid="panel-close">
                { components::sign(Icon::Close) }
            </button>
        </header>
    }
}
