//! The moment at the playhead, written into the page without rendering anything.

use yew::prelude::*;

use crate::scene::clock::seconds;
use crate::state::{playhead, use_page};

#[component]
pub(crate) fn Moment() -> Html {
    let page = use_page();
    let holder = use_node_ref();
    {
        let holder = holder.clone();
        use_effect_with((), move |()| {
            let painted = page.clone();
            let last = std::cell::Cell::new(u64::MAX);
            let key = page.paint(move |wall_ms| {
                let Some(clock) = painted.live().clock else {
                    return;
                };
                let millis = (playhead(&clock, wall_ms) / 1000.0) as u64;
                if last.replace(millis) != millis
                    && let Some(node) = holder.get()
                {
                    node.set_text_content(Some(&seconds(millis * 1000)));
                }
            });
            move || drop(key)
        });
    }
    html! { <span class="moment" ref={holder}></span> }
}
