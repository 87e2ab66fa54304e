//! The first thing in the form that is wrong.

use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};
use yew::prelude::*;

/// Puts the focus on the first control of `form` that is wrong; false if there is none.
pub(crate) fn focus_first_invalid(form: &NodeRef) -> bool {
    let found = form
        .cast::<Element>()
        .and_then(|form| form.query_selector("[aria-invalid=true]").ok().flatten())
        .and_then(|element| element.dyn_into::<HtmlElement>().ok());
    found.is_some_and(|element| element.focus().is_ok())
}
