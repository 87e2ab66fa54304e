//! The shell: bar, stage, score and transport, and the panel at the right.

use yew::prelude::*;

use crate::panels::Panel;
use crate::state::{Page, Selection, use_selection};

/// The whole page.
#[component]
pub(crate) fn App() -> Html {
    let page = use_memo((), |()| Page::start(false));
    html! {
        <ContextProvider<Page> context={(*page).clone()}>
            <Shell />
        </ContextProvider<Page>>
    }
}

#[component]
fn Shell() -> Html {
    let selection = use_selection();
    html! {
        if selection != Selection::None {
            <aside class="panel"><Panel /></aside>
        }
    }
}
