//! The panel at the right: whatever is selected.

use yew::prelude::*;

/// Shows the selection; fills the `<aside class="panel">` it is put in.
#[component]
pub(crate) fn Panel() -> Html {
    html! {}
}
