//! What may stand where the stage is, to choose from.

use yew::prelude::*;

use super::menu::Menu;
use crate::state::{Place, use_page, use_place};
use crate::words::words;

/// How the choice looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Look {
    /// Side by side.
    Row,
    /// Under one button.
    Menu,
    /// As items of a menu that is there.
    Items,
}

const PLACES: [(Place, &str); 7] = [
    (Place::Stage, "stage-open"),
    (Place::Ladder, "ladder-open"),
    (Place::Log, "log-open"),
    (Place::Topics, "topics-open"),
    (Place::State, "state-open"),
    (Place::Plots, "plots-open"),
    (Place::Faults, "faults-open"),
];

#[derive(Clone, Copy, PartialEq, Properties)]
pub(crate) struct Props {
    pub(crate) look: Look,
}

/// The choice.
#[component]
pub(crate) fn Tabs(props: &Props) -> Html {
    let page = use_page();
    let now = use_place();
    let words = &words().transport;
    let items = PLACES.iter().enumerate().map(|(index, &(place, testid))| {
        let page = page.clone();
        let onclick = Callback::from(move |_: MouseEvent| page.toggle(place));
        let on = place == now;
        let class = match props.look {
            Look::Row => classes!("lk", on.then_some("on")),
            _ => classes!((index == 0).then_some("sepb"), on.then_some("on")),
        };
        html! {
            <button {class} aria-pressed={on.to_string()} {onclick} data-testid={testid}>
                { (words.place)(place) }
            </button>
        }
    });
    match props.look {
        // The stage is what is left when nothing else stands there, and faults have a button of
        // their own.
        Look::Row => html! {
            <div class="tabs" role="group" aria-label={words.views}>{ for items.skip(1).take(PLACES.len() - 2) }</div>
        },
        Look::Items => html! { <>{ for items }</> },
        Look::Menu => html! {
            <Menu
                testid="views"
                wrap={classes!("right", "up")}
                class={classes!("lk", (now != Place::Stage).then_some("on"))}
                face={html! { (words.place)(now) }}
                label={words.views}
            >
                { for items }
            </Menu>
        },
    }
}
