//! The log: a table of everything that happened, of which only the rows in sight are here.

pub(crate) mod filters;
mod lanes;
mod row;
pub(crate) mod table;
mod window;

use tidings_world::view::{EventNo, LogFilter, LogOrder, LogWatch, Party};
use yew::prelude::*;

use super::foreign::foreign;
use crate::components::{Icon, sign};
use crate::state::{Place, Selection, use_log_page, use_page, use_scene, use_selection};
use filters::Filters;
pub(super) use table::touch;
use table::{Sight, Table};
pub(super) use window::reveal;

/// Stands where the stage was.
#[component]
pub(crate) fn Log() -> Html {
    let page = use_page();
    let scene = use_scene();
    let log = use_log_page();
    let selection = use_selection();
    let filter = use_state(LogFilter::default);
    let order = use_state(LogOrder::default);
    let sight = use_state(Sight::default);
    let entered = use_state(|| 0u32);

    {
        let page = page.clone();
        let watch = LogWatch {
            filter: (*filter).clone(),
            order: *order,
            first: sight.first,
            rows: sight.rows,
            follow: sight.follow,
        };
        use_effect_with(watch, move |watch| page.watch_log(Some(watch.clone())));
    }
    {
        let page = page.clone();
        use_effect_with((), move |()| move || page.watch_log(None));
    }

    let Some(scene) = scene else {
        return html! {};
    };
    let on_filter = {
        let (filter, sight) = (filter.clone(), sight.clone());
        Callback::from(move |new: LogFilter| {
            filter.set(new);
            sight.set(sight.at_end());
        })
    };
    let on_order = {
        let (order, sight) = (order.clone(), sight.clone());
        Callback::from(move |new: LogOrder| {
            order.set(new);
            sight.set(sight.at_end());
        })
    };
    let on_sight = {
        let sight = sight.clone();
        Callback::from(move |new: Sight| {
            if *sight != new {
                sight.set(new);
            }
        })
    };
    let on_close = {
        let page = page.clone();
        Callback::from(move |()| page.go(Place::Stage))
    };
    let on_packet = {
        let page = page.clone();
        Callback::from(move |no: EventNo| page.select(Selection::Packet(no)))
    };
    let on_party = Callback::from(move |party: Party| {
        if let Party::Actor(id) = party {
            page.select(Selection::Actor(id));
        }
    });
    let selected = match selection {
        Selection::Packet(no) => Some(no),
        _ => None,
    };
    html! {
        <section class="log" aria-label={crate::words::words().panels.log.title} data-testid="log">
            <Filters
                scene={scene.clone()}
                page={log.clone()}
                filter={(*filter).clone()}
                order={*order}
                on_filter={on_filter.clone()}
                {on_order}
                {on_close}
                on_down={{
                    let entered = entered.clone();
                    Callback::from(move |()| entered.set(*entered + 1))
                }}
            />
            if let Some(sentence) = log.as_deref().and_then(|log| log.bad_topic.as_deref()) {
                <p class="note problem lbad" role="alert">{ sign(Icon::Warn) }<span>{ foreign(sentence) }</span></p>
            }
            <Table
                {scene}
                page={log}
                filter={(*filter).clone()}
                by_time={*order == LogOrder::ByTime}
                sight={(*sight).clone()}
                {selected}
                entered={*entered}
                {on_sight}
                {on_packet}
                {on_party}
                {on_filter}
            />
        </section>
    }
}
