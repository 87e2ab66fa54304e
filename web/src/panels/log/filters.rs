//! The bar over the log: which rows pass, in which order, and how much there is.

use std::rc::Rc;

use tidings_world::view::{ActorId, Family, LogFilter, LogOrder, LogPage, PacketKind, Scene};
use web_sys::{HtmlInputElement, HtmlSelectElement};
use yew::prelude::*;

use crate::components::{Icon, sign};
use crate::panels::choice::Choice;
use crate::panels::signs::mark;
use crate::scene::text::cut;
use crate::words::words;

const FAMILIES: [(Family, PacketKind); 5] = [
    (Family::Publish, PacketKind::Publish),
    (Family::Ack, PacketKind::PubAck),
    (Family::Connect, PacketKind::Connect),
    (Family::Subscribe, PacketKind::Subscribe),
    (Family::Ping, PacketKind::PingReq),
];
const ORDERS: [LogOrder; 2] = [LogOrder::ByCause, LogOrder::ByTime];

#[derive(PartialEq, Properties)]
pub(crate) struct Props {
    pub(crate) scene: Rc<Scene>,
    pub(crate) page: Option<Rc<LogPage>>,
    pub(crate) filter: LogFilter,
    pub(crate) order: LogOrder,
    pub(crate) on_filter: Callback<LogFilter>,
    pub(crate) on_order: Callback<LogOrder>,
    pub(crate) on_close: Callback<()>,
    /// From the search into the rows.
    pub(crate) on_down: Callback<()>,
}

#[component]
pub(crate) fn Filters(props: &Props) -> Html {
    let words = &words().panels.log;
    let filter = &props.filter;
    let page = props.page.as_deref();
    let bad_topic = page.and_then(|page| page.bad_topic.clone());
    let failures = page.map_or(0, |page| page.failures);
    let topic = on_text(props, |filter, text| filter.topic = text);
    let search = on_text(props, |filter, text| filter.text = text);
    let down = {
        let on_down = props.on_down.clone();
        Callback::from(move |event: KeyboardEvent| {
            if event.key() == "ArrowDown" {
                event.prevent_default();
                on_down.emit(());
            }
        })
    };
    let toggle_failures = change(props, |filter, _: MouseEvent| {
        filter.failures = !filter.failures
    });
    html! {
        <div class="lbar">
            <div class="seg" role="group" aria-label={words.families}>
                { for FAMILIES.iter().map(|(family, kind)| chip(props, *family, *kind)) }
            </div>
            <label class={classes!("inp", "mono", "field", bad_topic.is_some().then_some("bad"))} title={words.topic_hint}>
                <span class="dimt">{ words.topic }</span>
                <input
                    type="text"
                    value={filter.topic.clone()}
                    oninput={topic}
                    aria-invalid={bad_topic.is_some().to_string()}
                    aria-label={words.topic_hint}
                    autocomplete="off"
                    autocapitalize="off"
                    spellcheck="false"
                    data-testid="log-topic"
                />
            </label>
            { actors(props) }
            <button
                type="button"
                class={classes!("tog", filter.failures.then_some("on"))}
                aria-pressed={filter.failures.to_string()}
                aria-label={(words.failures_name)(failures)}
                onclick={toggle_failures}
            >
                <svg class="arr" width="10" height="12" viewBox="0 0 10 12" aria-hidden="true"><path d="M1.5 1L8 4L1.5 7M1.5 10.5H8" /></svg>
                { words.failures }
                <span class="dimt">{ failures }</span>
            </button>
            <label class="inp mono field search">
                { sign(Icon::Find) }
                <input
                    type="search"
                    value={filter.text.clone()}
                    oninput={search}
                    onkeydown={down}
                    aria-label={words.search}
                    autocomplete="off"
                    spellcheck="false"
                    data-testid="log-search"
                />
                if let Some(page) = page.filter(|_| !filter.text.is_empty()) {
                    <span class="dimt mono">{ (words.passing)(page.total) }</span>
                }
            </label>
            <span class="sp"></span>
            <Choice
                name="log-order"
                label={words.order}
                items={vec![html! { words.by_cause }, html! { words.by_time }]}
                chosen={ORDERS.iter().position(|order| *order == props.order)}
                on_choose={props.on_order.reform(|index: usize| ORDERS[index.min(1)])}
            />
            { counts(page) }
            <button type="button" class="lk ic" aria-label={words.close} onclick={props.on_close.reform(|_: MouseEvent| ())}>
                { sign(Icon::Close) }
            </button>
        </div>
    }
}

/// A family that can be left out.
fn chip(props: &Props, family: Family, kind: PacketKind) -> Html {
    let on = !props.filter.without.contains(&family);
    let onclick = change(props, move |filter, _: MouseEvent| {
        match filter.without.iter().position(|one| *one == family) {
            Some(index) => {
                filter.without.remove(index);
            }
            None => filter.without.push(family),
        }
    });
    let size = if family == Family::Ack { 6.0 } else { 4.5 };
    html! {
        <button type="button" class={on.then_some("on")} aria-pressed={on.to_string()} {onclick}>
            { mark(kind, None, size, 14.0) }{ (words().panels.log.family)(family) }
        </button>
    }
}

/// Whose link.
fn actors(props: &Props) -> Html {
    let words = &words().panels.log;
    let ids: Vec<ActorId> = props.scene.actors.iter().map(|actor| actor.id).collect();
    let onchange = change(props, move |filter, event: Event| {
        let select = event.target_unchecked_into::<HtmlSelectElement>();
        let chosen = usize::try_from(select.selected_index()).unwrap_or(0);
        filter.actor = chosen
            .checked_sub(1)
            .and_then(|index| ids.get(index).copied());
    });
    let chosen = props.filter.actor;
    html! {
        <select class="inp who" aria-label={words.actor} {onchange}>
            <option selected={chosen.is_none()}>{ words.anyone }</option>
            { for props.scene.actors.iter().map(|actor| html! {
                <option selected={chosen == Some(actor.id)}>{ cut(&actor.name, 24) }</option>
            }) }
        </select>
    }
}

/// How much the log holds, and what it let go.
fn counts(page: Option<&LogPage>) -> Html {
    let words = &words().panels.log;
    let Some(page) = page else {
        return html! {};
    };
    let failed = page.failures > 0;
    html! {
        <span class="counts" role="status">
            <b class={failed.then_some("red")}>
                if failed { { "× " } }
                { (words.failed)(page.failures) }
            </b>
            if page.let_go > 0 {
                { ", " }{ (words.let_go)(page.let_go) }
            }
            <br />
            { (words.held)(page.held, page.held_max) }
            { ", " }{ (words.memory)(page.memory_mb, page.memory_mb_max) }
        </span>
    }
}

fn on_text(props: &Props, set: fn(&mut LogFilter, String)) -> Callback<InputEvent> {
    change(props, move |filter, event: InputEvent| {
        set(
            filter,
            event.target_unchecked_into::<HtmlInputElement>().value(),
        );
    })
}

fn change<T: 'static>(props: &Props, set: impl Fn(&mut LogFilter, T) + 'static) -> Callback<T> {
    let filter = props.filter.clone();
    props.on_filter.reform(move |value| {
        let mut filter = filter.clone();
        set(&mut filter, value);
        filter
    })
}
