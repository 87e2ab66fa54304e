//! Filters to choose from, each as the rung it would be.

use tidings_world::view::Channel;
use yew::prelude::*;

use super::suggest::{Suggestion, What};
use crate::panels::foreign::foreign_cut;
use crate::panels::signs::drawn;
use crate::scene::{Drawing, glyph};
use crate::words::words;

#[derive(PartialEq, Properties)]
pub(crate) struct Props {
    pub(crate) suggestions: Vec<Suggestion>,
    /// The channel it would have.
    pub(crate) channel: Channel,
    /// The filter in the form.
    pub(crate) filter: AttrValue,
    pub(crate) on_filter: Callback<String>,
}

#[component]
pub(crate) fn Menu(props: &Props) -> Html {
    let words = &words().panels.form;
    html! {
        if !props.suggestions.is_empty() {
            <div class="asks" role="group" aria-label={words.asks_for}>
                <p class="mcap">{ words.asks_for }</p>
                { for props.suggestions.iter().map(|one| {
                    let on = props.filter == one.filter;
                    let filter = one.filter.clone();
                    let onclick = props.on_filter.reform(move |_: MouseEvent| filter.clone());
                    html! {
                        <button type="button" class={on.then_some("on")} aria-pressed={on.to_string()} {onclick}>
                            { small_rung(&one.filter, props.channel) }
                            <span class="mono w5">{ foreign_cut(&one.filter, 24) }</span>
                            <span class="l2">{ what(one.what) }</span>
                        </button>
                    }
                }) }
            </div>
        }
    }
}

fn what(what: What) -> &'static str {
    let words = &words().panels.form;
    match what {
        What::EverythingBelow => words.everything_below,
        What::AnyLevel => words.any_level,
        What::ThisBranch => words.this_branch,
    }
}

/// A filter as contacts on a wire: closed ones, bridges over one level and over all that are left.
fn small_rung(filter: &str, channel: Channel) -> Html {
    let mut d = Drawing::default();
    let hue = glyph::hue_of(channel.0);
    d.line(0.0, 10.0, 80.0, 10.0, "path3 hue").hue(hue);
    let mut x = 8.0;
    for level in filter.split('/').take(3) {
        match level {
            "+" => {
                d.path(format!("M{} 14v3H{}v-3", x + 2.0, x + 22.0), "brk")
                    .hue(hue);
            }
            "#" => {
                d.path(format!("M{} 14v3H80v-3", x + 2.0), "brk").hue(hue);
            }
            _ => {
                d.circle(x + 2.0, 10.0, 3.0, "term hue").hue(hue);
            }
        }
        x += 24.0;
    }
    drawn(&d, 84.0, 20.0, "rung")
}
