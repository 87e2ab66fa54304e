//! A link to this moment.

use web_sys::{FocusEvent, HtmlInputElement};
use yew::prelude::*;

use crate::components::{Icon, sign};
use crate::panels::foreign::foreign;
use crate::state::Page;
use crate::words::words;

/// A link that was made, or why there is none; else why the one that was opened is none.
pub(super) fn bookmark(
    page: &Page,
    refused: Option<&String>,
    made: &UseStateHandle<Option<Result<String, String>>>,
) -> Html {
    let words = &words().panels.stops;
    let onclick = {
        let (page, made) = (page.clone(), made.clone());
        Callback::from(move |_: MouseEvent| {
            let made = made.clone();
            page.bookmark(Callback::from(move |link| made.set(Some(link))));
        })
    };
    let problem = match &**made {
        Some(Err(sentence)) => Some(sentence),
        Some(Ok(_)) => None,
        None => refused,
    };
    let copy = |link: &str| {
        let link = link.to_owned();
        Callback::from(move |_: MouseEvent| {
            if let Some(window) = web_sys::window() {
                // Where this is forbidden, the text is there to be copied by hand.
                let _ = window.navigator().clipboard().write_text(&link);
            }
        })
    };
    let onfocus = Callback::from(|event: FocusEvent| {
        let input: HtmlInputElement = event.target_unchecked_into();
        input.select();
    });
    html! {
        <section class="sec">
            <h3>{ words.link }<span>{ words.link_term }</span></h3>
            if let Some(sentence) = problem {
                <p class="note problem" role="alert" data-testid="link-problem">
                    { sign(Icon::Warn) }<span>{ foreign(sentence) }</span>
                </p>
            }
            <p class="note">{ words.link_note }</p>
            <div class="cuts">
                <button type="button" class="btn q" {onclick} data-testid="link-make">{ sign(Icon::Flag) }{ words.make }</button>
                if let Some(Ok(link)) = &**made {
                    <button type="button" class="btn q" onclick={copy(link)}>{ words.copy }</button>
                }
            </div>
            if let Some(Ok(link)) = &**made {
                <input class="inp mono" readonly=true value={link.clone()} aria-label={words.link} {onfocus} data-testid="link" />
                <p class="note" role="status">{ (words.made)(link.len()) }</p>
            }
        </section>
    }
}
