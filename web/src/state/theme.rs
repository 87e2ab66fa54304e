//! Light or dark: the system's choice until the person makes one.

use yew::prelude::*;

use super::{keep, use_page};
use crate::hooks::Listen;
use crate::words::words;

/// Follows the system's theme, and the fonts as they come; the result switches the theme.
#[hook]
pub(crate) fn use_theme() -> Callback<()> {
    let page = use_page();
    use_effect_with(page.clone(), |page| {
        if let Some(theme) = keep::theme() {
            set("data-theme", &theme);
        }
        set("lang", words().language);
        page.look_changed();
        let again = page.clone();
        let media = media().map(|m| Listen::to(&m, "change", move |_| again.look_changed()));
        let again = page.clone();
        let fonts = web_sys::window()
            .and_then(|w| w.document())
            .map(|d| Listen::to(&d.fonts(), "loadingdone", move |_| again.look_changed()));
        move || drop((media, fonts))
    });
    Callback::from(move |()| {
        let theme = if is_dark() { "light" } else { "dark" };
        set("data-theme", theme);
        keep::keep_theme(theme);
        page.look_changed();
    })
}

/// Whether the person, or the system, asks for as little motion as possible.
pub(crate) fn prefers_stillness() -> bool {
    web_sys::window()
        .and_then(|w| w.match_media("(prefers-reduced-motion: reduce)").ok())
        .flatten()
        .is_some_and(|m| m.matches())
}

fn media() -> Option<web_sys::MediaQueryList> {
    web_sys::window()?
        .match_media("(prefers-color-scheme: dark)")
        .ok()?
}

fn root() -> Option<web_sys::Element> {
    web_sys::window()?.document()?.document_element()
}

fn set(attribute: &str, value: &str) {
    if let Some(root) = root() {
        // An attribute of a valid name can always be set.
        let _ = root.set_attribute(attribute, value);
    }
}

fn is_dark() -> bool {
    match root().and_then(|r| r.get_attribute("data-theme")) {
        Some(theme) => theme == "dark",
        None => media().is_some_and(|m| m.matches()),
    }
}
