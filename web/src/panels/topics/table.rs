//! The table: rows of one height, so that where a row stands is known without drawing it.

use std::rc::Rc;

use tidings_world::view::{
    GETS_MAX, ListensView, Scene, TREE_ROWS_MAX, TopicId, TreePage, TreeRow,
};
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};
use yew::prelude::*;

use super::row::row;
use crate::panels::log::{reveal, touch};
use crate::panels::signs::tile;
use crate::words::words;

/// Height of a row under a mouse, and under a finger.
const ROW_PX: f64 = 34.0;
const ROW_PX_TOUCH: f64 = 44.0;
/// Height of the head.
const HEAD_PX: f64 = 52.0;
/// Rows before those in sight that are asked for, and by how many a window moves.
const BEFORE: u32 = 12;

#[derive(PartialEq, Properties)]
pub(crate) struct Props {
    pub(crate) scene: Rc<Scene>,
    pub(crate) tree: Option<Rc<TreePage>>,
    pub(crate) search: String,
    pub(crate) selected: Option<TopicId>,
    pub(crate) on_branch: Callback<TopicId>,
    pub(crate) on_first: Callback<u32>,
    pub(crate) on_topic: Callback<TopicId>,
}

#[component]
pub(crate) fn Table(props: &Props) -> Html {
    let holder = use_node_ref();
    let cursor = use_state(|| None::<u32>);
    let row_px = *use_memo((), |()| if touch() { ROW_PX_TOUCH } else { ROW_PX });
    // Arrow keys walk the tree as soon as it is there.
    {
        let holder = holder.clone();
        use_effect_with(props.tree.is_some(), move |_| {
            if let Some(grid) = grid(&holder) {
                let _ = grid.focus();
            }
        });
    }
    let Some(tree) = props.tree.clone() else {
        return html! { <div class="lrows" ref={holder} /> };
    };
    let onscroll = props.on_first.reform(move |event: Event| {
        let top = event
            .target_dyn_into::<Element>()
            .map_or(0, |element| element.scroll_top());
        let top = (f64::from(top) / row_px) as u32;
        top.saturating_sub(BEFORE) / BEFORE * BEFORE
    });
    let onclick = {
        let (tree, cursor) = (tree.clone(), cursor.clone());
        let (on_branch, on_topic) = (props.on_branch.clone(), props.on_topic.clone());
        Callback::from(move |event: MouseEvent| {
            let Some((index, fork)) = clicked(&event) else {
                return;
            };
            cursor.set(Some(index));
            match row_at(&tree, index) {
                Some(row) if row.topic.is_some() && !fork => on_topic.emit(row.id),
                Some(row) if row.branch.is_some() => on_branch.emit(row.id),
                _ => {}
            }
        })
    };
    let onkeydown = {
        let (holder, cursor, tree) = (holder.clone(), cursor.clone(), tree.clone());
        let (on_branch, on_topic) = (props.on_branch.clone(), props.on_topic.clone());
        Callback::from(move |event: KeyboardEvent| {
            let held = event.ctrl_key() || event.meta_key() || event.alt_key() || event.shift_key();
            let Some(last) = tree.total.checked_sub(1).filter(|_| !held) else {
                return;
            };
            let at = *cursor;
            let here = at.and_then(|at| row_at(&tree, at));
            let branch = here.and_then(|row| row.branch);
            let to = match (event.key().as_str(), at) {
                ("ArrowDown", at) => at.map_or(0, |at| (at + 1).min(last)),
                ("ArrowUp", at) => at.map_or(last, |at| at.min(last).saturating_sub(1)),
                ("PageDown", at) => (at.unwrap_or(0) + BEFORE).min(last),
                ("PageUp", at) => at.unwrap_or(0).saturating_sub(BEFORE),
                ("Home", _) => 0,
                ("End", _) => last,
                ("ArrowRight" | "ArrowLeft" | "Enter", Some(at)) => {
                    let Some(row) = here else { return };
                    event.prevent_default();
                    let key = event.key();
                    let turns = branch.is_some_and(|branch| branch.open == (key == "ArrowLeft"));
                    match &key[..] {
                        "Enter" if row.topic.is_some() => on_topic.emit(row.id),
                        "Enter" if branch.is_some() => on_branch.emit(row.id),
                        "ArrowRight" | "ArrowLeft" if turns => on_branch.emit(row.id),
                        // To what it hangs from.
                        "ArrowLeft" => {
                            let above = (0..at).rev().take_while(|at| row_at(&tree, *at).is_some());
                            let mut above = above.filter(|at| {
                                row_at(&tree, *at).is_some_and(|one| one.depth < row.depth)
                            });
                            if let Some(parent) = above.next() {
                                cursor.set(Some(parent));
                            }
                        }
                        _ => {}
                    }
                    return;
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
    let words = &words().panels.topics;
    let listens: Vec<&ListensView> = props.scene.actors.iter().flat_map(|a| &a.listens).collect();
    let space = |rows: u32| {
        html! {
            if rows > 0 {
                <tbody aria-hidden="true"><tr style={format!("height:{}px", f64::from(rows) * row_px)}></tr></tbody>
            }
        }
    };
    let active = cursor.filter(|index| row_at(&tree, *index).is_some());
    let shown = tree.first + (tree.rows.len() as u32).min(TREE_ROWS_MAX.into());
    html! {
        <div class="lrows">
            <div class="lscroll" ref={holder} {onscroll}>
                <table
                    class="lg tt"
                    role="treegrid"
                    tabindex="0"
                    aria-rowcount={(tree.total + 1).to_string()}
                    aria-label={words.title}
                    aria-activedescendant={active.map(|index| format!("topic-{index}"))}
                    {onclick}
                    {onkeydown}
                >
                    { head(&listens, &tree) }
                    { space(tree.first) }
                    <tbody>
                        { for tree.rows.iter().zip(tree.first..).map(|(one, index)| {
                            let selected = props.selected == Some(one.id);
                            row(one, &props.scene, &listens, &props.search, (index, *cursor == Some(index), selected), row_px)
                        }) }
                    </tbody>
                    { space(tree.total.saturating_sub(shown)) }
                </table>
                if tree.total == 0 {
                    <p class="note lnone">
                        { if props.search.is_empty() { words.empty } else { words.nothing_found } }
                    </p>
                }
            </div>
        </div>
    }
}

fn head(listens: &[&ListensView], tree: &TreePage) -> Html {
    let words = &words().panels.topics;
    let few = (1..=GETS_MAX).contains(&listens.len());
    let tiles = listens.iter().filter(|_| few);
    html! {
        <>
            <colgroup>
                { for ["tp", "lw", "st", "ms", "kp", "sp2"].map(|class| html! { <col {class} /> }) }
                { for tiles.clone().map(|_| html! { <col class="rc" /> }) }
                if !few { <col class="rcs" /> }
            </colgroup>
            <thead>
                <tr aria-rowindex="1">
                    <th class="tp" scope="col">{ words.topic }</th>
                    <th class="lw" scope="col">{ words.value }</th>
                    <th class="st" scope="col">{ (words.strokes)(tree.strokes_of.0 / 1_000_000) }</th>
                    <th class="num ms" scope="col">{ words.messages }</th>
                    <th class="kp" scope="col">{ words.kept }</th>
                    <th class="sp2" scope="col">{ words.speaks }</th>
                    { for tiles.enumerate().map(|(index, one)| html! {
                        <th class="rc" scope="col" aria-label={one.filter.clone()} title={one.filter.clone()}>
                            if index == 0 { <span class="over">{ words.receives }</span> }
                            { tile(one.channel, 16.0) }
                        </th>
                    }) }
                    if !few { <th class="rcs" scope="col">{ words.receives }</th> }
                </tr>
            </thead>
        </>
    }
}

fn row_at(tree: &TreePage, index: u32) -> Option<&TreeRow> {
    let place = index.checked_sub(tree.first)?;
    tree.rows.get(usize::try_from(place).ok()?)
}

/// The row, and whether it was pressed where it forks.
fn clicked(event: &MouseEvent) -> Option<(u32, bool)> {
    let target = event.target()?.dyn_into::<Element>().ok()?;
    let row = target.closest("tr[data-index]").ok()??;
    let fork = target.closest(".fork").ok()?.is_some();
    Some((row.get_attribute("data-index")?.parse().ok()?, fork))
}

fn grid(holder: &NodeRef) -> Option<HtmlElement> {
    let found = holder.cast::<Element>()?.query_selector("table").ok()??;
    found.dyn_into().ok()
}
