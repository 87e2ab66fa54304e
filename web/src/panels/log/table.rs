//! The table itself: rows of one height, so that where a row stands is known without drawing it.

use std::cell::Cell;
use std::rc::Rc;

use tidings_world::view::{EventNo, LogFilter, LogPage, LogRow, Party, RowKind, Scene};
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};
use yew::prelude::*;

use super::lanes::Lanes;
use super::row::{Around, opens, row};
use super::window::{reveal, window};
use crate::components::{Icon, sign};
use crate::panels::foreign::foreign;
use crate::panels::signs::arrow;
use crate::state::use_page;
use crate::words::words;

/// Height of a row under a mouse, and under a finger.
const ROW_PX: f64 = 18.0;
const ROW_PX_TOUCH: f64 = 44.0;
/// Height of the head.
const HEAD_PX: f64 = 28.0;
/// Rows in sight before anybody has measured it.
const SEEN: u32 = 60;

/// Which rows are in sight.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Sight {
    pub(crate) first: u32,
    pub(crate) rows: u16,
    /// The last rows, whatever comes.
    pub(crate) follow: bool,
    /// How many rows there were when following ended.
    known: u32,
}

impl Sight {
    /// The same sight, at the end.
    pub(crate) fn at_end(&self) -> Self {
        Self {
            follow: true,
            ..self.clone()
        }
    }
}

impl Default for Sight {
    fn default() -> Self {
        let (first, rows) = window(0, SEEN);
        Self {
            first,
            rows,
            follow: true,
            known: 0,
        }
    }
}

#[derive(PartialEq, Properties)]
pub(crate) struct Props {
    pub(crate) scene: Rc<Scene>,
    pub(crate) page: Option<Rc<LogPage>>,
    pub(crate) filter: LogFilter,
    pub(crate) by_time: bool,
    pub(crate) sight: Sight,
    pub(crate) selected: Option<EventNo>,
    /// Grows whenever somebody comes down from the search, to the first row.
    pub(crate) entered: u32,
    pub(crate) on_sight: Callback<Sight>,
    pub(crate) on_packet: Callback<EventNo>,
    pub(crate) on_party: Callback<Party>,
    pub(crate) on_filter: Callback<LogFilter>,
}

#[component]
pub(crate) fn Table(props: &Props) -> Html {
    let holder = use_node_ref();
    let cursor = use_state(|| None::<u32>);
    let row_px = *use_memo((), |()| if touch() { ROW_PX_TOUCH } else { ROW_PX });
    let lanes = use_memo(props.scene.clone(), |scene| Lanes::of(scene));
    let total = props.page.as_ref().map_or(0, |page| page.total);

    // Who follows stays at the end: once a frame, because rows may come with every frame.
    let last = use_memo((), |()| Cell::new((0i32, 0i32)));
    // Stops at once; the next rendering would be too late.
    let following = use_memo(props.sight.follow, |follow| Cell::new(*follow));
    {
        let holder = holder.clone();
        let page = use_page();
        let (last, following) = (last.clone(), following.clone());
        use_effect_with(props.sight.follow, move |follow| {
            let key = follow.then(|| {
                page.paint(move |_| {
                    if let Some(element) = holder.cast::<Element>().filter(|_| following.get()) {
                        let end = element.scroll_height() - element.client_height();
                        if element.scroll_top() != end {
                            element.set_scroll_top(end);
                            last.set((element.scroll_top(), element.scroll_height()));
                        }
                    }
                })
            });
            move || drop(key)
        });
    }
    // Arrow keys walk the log as soon as it is there.
    {
        let holder = holder.clone();
        use_effect_with((), move |()| {
            if let Some(grid) = grid(&holder) {
                let _ = grid.focus();
            }
        });
    }

    {
        let (holder, cursor) = (holder.clone(), cursor.clone());
        use_effect_with(props.entered, move |entered| {
            if *entered > 0
                && let (Some(grid), Some(element)) = (grid(&holder), holder.cast::<Element>())
            {
                element.set_scroll_top(0);
                cursor.set(Some(0));
                let _ = grid.focus();
            }
        });
    }

    let onscroll = {
        let (sight, on_sight) = (props.sight.clone(), props.on_sight.clone());
        Callback::from(move |event: Event| {
            if let Some(element) = event.target_dyn_into::<Element>() {
                let (top, height) = (element.scroll_top(), element.scroll_height());
                let (last_top, last_height) = last.replace((top, height));
                // A log that became shorter scrolls by itself.
                let up = top < last_top && height >= last_height;
                let seen = seen(&element, row_px, total, up, &sight);
                following.set(seen.follow);
                on_sight.emit(seen);
            }
        })
    };
    let follow = {
        let (sight, on_sight) = (props.sight.clone(), props.on_sight.clone());
        Callback::from(move |_: MouseEvent| {
            on_sight.emit(sight.at_end());
        })
    };
    let choose = {
        let (page, on_packet, on_party) = (
            props.page.clone(),
            props.on_packet.clone(),
            props.on_party.clone(),
        );
        Callback::from(move |index: u32| {
            let Some(row) = page.as_deref().and_then(|page| row_at(page, index)) else {
                return;
            };
            match (row.kind, row.no) {
                (RowKind::Packet(_), Some(no)) => on_packet.emit(no),
                (RowKind::Deed(_), _) if opens(row) => on_party.emit(row.to),
                _ => {}
            }
        })
    };
    let onclick = {
        let (cursor, choose) = (cursor.clone(), choose.clone());
        Callback::from(move |event: MouseEvent| {
            if let Some(index) = clicked(&event) {
                cursor.set(Some(index));
                choose.emit(index);
            }
        })
    };
    let onkeydown = {
        let (holder, cursor) = (holder.clone(), cursor.clone());
        let at = cursor.or_else(|| selected_at(props));
        let follow = props.sight.follow;
        let page_rows = u32::from(props.sight.rows).clamp(1, 40) / 2;
        Callback::from(move |event: KeyboardEvent| {
            if event.ctrl_key() || event.meta_key() || event.alt_key() || total == 0 {
                return;
            }
            let last = total - 1;
            // Who reads further up begins where they read.
            let at = at.or_else(|| {
                let top = holder.cast::<Element>().filter(|_| !follow)?.scroll_top();
                Some((f64::from(top) / row_px).ceil() as u32)
            });
            let to = match (event.key().as_str(), at) {
                ("ArrowDown", Some(at)) => (at + 1).min(last),
                ("ArrowUp", Some(at)) => at.min(last).saturating_sub(1),
                ("ArrowDown" | "ArrowUp" | "End", _) => last,
                ("PageDown", at) => (at.unwrap_or(0) + page_rows).min(last),
                ("PageUp", at) => at.unwrap_or(last).saturating_sub(page_rows),
                ("Home", _) => 0,
                ("Enter", Some(at)) => {
                    event.prevent_default();
                    return choose.emit(at);
                }
                _ => return,
            };
            event.prevent_default();
            cursor.set(Some(to));
            if let Some(element) = holder.cast::<Element>() {
                let (top, height) = (element.scroll_top(), element.client_height());
                let by = reveal(to, row_px, top.into(), height.into(), HEAD_PX);
                if let Some(by) = by {
                    element.set_scroll_top(by.round() as i32);
                }
            }
        })
    };

    let page = props.page.as_deref();
    let active = cursor.filter(|index| page.is_some_and(|page| row_at(page, *index).is_some()));
    let news = total.saturating_sub(props.sight.known);
    html! {
        <div class="lrows">
            <div class="lscroll" ref={holder} {onscroll}>
                <table
                    class="lg"
                    role="grid"
                    tabindex="0"
                    aria-rowcount={(total + 1).to_string()}
                    aria-label={words().panels.log.title}
                    aria-activedescendant={active.map(|index| format!("log-{index}"))}
                    {onclick}
                    {onkeydown}
                >
                    { head(&lanes, &props.scene) }
                    { for page.map(|page| body(props, page, &lanes, row_px, *cursor)) }
                </table>
                { for page.filter(|page| page.total == 0).map(|_| nothing(props)) }
            </div>
            if !props.sight.follow && news > 0 {
                <button type="button" class="new" onclick={follow} data-testid="log-new">
                    { sign(Icon::Down) }{ (words().panels.log.news)(news) }
                </button>
            }
        </div>
    }
}

fn head(lanes: &Lanes, scene: &Scene) -> Html {
    let words = &words().panels.log;
    html! {
        <>
            <colgroup>
                { for ["when", "no", "ln", "way", "pk", "tp", "pl", "qs", "by", "cm"].map(|class| html! { <col {class} /> }) }
            </colgroup>
            <thead>
                <tr aria-rowindex="1">
                    <th class="when" scope="col">{ words.when }</th>
                    <th class="no" scope="col">{ words.number }</th>
                    <th class="ln" scope="col" aria-label={words.lanes}>{ lanes.head(scene) }</th>
                    <th class="way" scope="col">{ words.from }{ " " }{ arrow() }{ " " }{ words.to }</th>
                    <th class="pk" scope="col">{ words.packet }</th>
                    <th class="tp" scope="col">{ words.column_topic }</th>
                    <th class="pl" scope="col">{ words.payload }</th>
                    <th class="qs" scope="col">{ words.qos }</th>
                    <th class="num by" scope="col">{ words.bytes }</th>
                    <th class="cm" scope="col">{ words.came }</th>
                </tr>
            </thead>
        </>
    }
}

/// The rows that are here, between the heights of those that are not.
fn body(props: &Props, page: &LogPage, lanes: &Lanes, row_px: f64, cursor: Option<u32>) -> Html {
    let space = |rows: u32| {
        html! {
            if rows > 0 {
                <tbody aria-hidden="true"><tr style={format!("height:{}px", f64::from(rows) * row_px)}></tr></tbody>
            }
        }
    };
    let shown = page.rows.len() as u32;
    let mut root = None;
    let rows = page.rows.iter().zip(page.first..).map(|(one, index)| {
        if one.depth == 0 {
            root = one.no;
        }
        let selected = props.selected.is_some() && one.no == props.selected;
        row(
            one,
            &Around {
                scene: &props.scene,
                lanes,
                search: &props.filter.text,
                row_px,
                index,
                selected,
                within: !selected && props.selected.is_some() && root == props.selected,
                cursor: cursor == Some(index),
                by_time: props.by_time,
            },
        )
    });
    html! {
        <>
            { space(page.first) }
            <tbody>{ for rows }</tbody>
            { space(page.total.saturating_sub(page.first + shown)) }
        </>
    }
}

/// Why there is nothing to see.
fn nothing(props: &Props) -> Html {
    let words = &words().panels.log;
    let everything = LogFilter::default();
    if props.filter == everything {
        return html! { <p class="note lnone">{ words.empty }</p> };
    }
    let bad = props
        .page
        .as_deref()
        .and_then(|page| page.bad_topic.as_deref());
    let onclick = props
        .on_filter
        .reform(move |_: MouseEvent| everything.clone());
    html! {
        <p class="note lnone">
            { match bad {
                Some(sentence) => foreign(sentence),
                None => html! { words.nothing_passes },
            } }
            { " " }
            <button type="button" class="btn q" {onclick}>{ words.show_all }</button>
        </p>
    }
}

fn row_at(page: &LogPage, index: u32) -> Option<&LogRow> {
    let place = index.checked_sub(page.first)?;
    page.rows.get(usize::try_from(place).ok()?)
}

/// The row of the packet that is selected, if it is here.
fn selected_at(props: &Props) -> Option<u32> {
    let page = props.page.as_deref()?;
    let place = page
        .rows
        .iter()
        .position(|row| row.no.is_some() && row.no == props.selected)?;
    Some(page.first + place as u32)
}

/// What is in sight of a table that was scrolled, `up` or down. Only who scrolls up stops
/// following: rows that come move the end away, too.
fn seen(element: &Element, row_px: f64, total: u32, up: bool, before: &Sight) -> Sight {
    let (top, height) = (
        f64::from(element.scroll_top()),
        f64::from(element.client_height()),
    );
    let at_end = top + height >= f64::from(element.scroll_height()) - 1.5 * row_px;
    let follow = at_end || (before.follow && !up);
    let (first, rows) = match follow {
        // Where the end is, the worker says.
        true => (before.first, before.rows),
        false => window((top / row_px) as u32, (height / row_px) as u32 + 1),
    };
    Sight {
        first,
        rows,
        follow,
        known: if before.follow || follow {
            total
        } else {
            before.known
        },
    }
}

fn clicked(event: &MouseEvent) -> Option<u32> {
    let target = event.target()?.dyn_into::<Element>().ok()?;
    let row = target.closest("tr[data-index]").ok()??;
    row.get_attribute("data-index")?.parse().ok()
}

fn grid(holder: &NodeRef) -> Option<HtmlElement> {
    let found = holder.cast::<Element>()?.query_selector("table").ok()??;
    found.dyn_into().ok()
}

/// A screen that is touched, or too narrow for small rows.
pub(crate) fn touch() -> bool {
    web_sys::window()
        .and_then(|window| {
            window
                .match_media("(pointer:coarse),(max-width:639px)")
                .ok()
                .flatten()
        })
        .is_some_and(|query| query.matches())
}
