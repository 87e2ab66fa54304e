//! A kept scene that cannot be opened: what is wrong with it, and its text.

use web_sys::HtmlTextAreaElement;
use yew::prelude::*;

use super::icon::{Icon, sign};
use crate::panels::foreign;
use crate::state::{use_page, use_unread};
use crate::words::words;

/// Says so until somebody lets it go.
#[component]
pub(crate) fn UnreadScene() -> Html {
    let page = use_page();
    let unread = use_unread();
    let open = use_state_eq(|| false);
    let Some(unread) = unread else {
        return html! {};
    };
    let words = &words().unread;
    let toggle = {
        let open = open.clone();
        Callback::from(move |_: MouseEvent| open.set(!*open))
    };
    let forget = Callback::from(move |_: MouseEvent| page.forget_unread());
    // All of it, ready to be copied.
    let onfocus = Callback::from(|event: FocusEvent| {
        if let Some(area) = event.target_dyn_into::<HtmlTextAreaElement>() {
            area.select();
        }
    });
    html! {
        <section class="unread" role="status" data-testid="unread">
            <p>
                { sign(Icon::Warn) }
                <span>{ words.says }{ " " }{ foreign(&unread.why) }</span>
            </p>
            <button class="btn q" type="button" aria-expanded={open.to_string()} onclick={toggle} data-testid="unread-show">
                { if *open { words.hide } else { words.show } }
            </button>
            <button class="btn q" type="button" onclick={forget} data-testid="unread-forget">{ words.forget }</button>
            if *open {
                <textarea class="inp mono" readonly=true rows="8" dir="ltr" aria-label={words.text} value={unread.text.clone()} {onfocus} data-testid="unread-text" />
            }
        </section>
    }
}
