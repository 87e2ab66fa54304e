//! A button with a menu under it.

use std::cell::Cell;

use wasm_bindgen::JsCast;
use web_sys::{Element, FocusEvent, HtmlElement, HtmlInputElement, KeyboardEvent};
use yew::prelude::*;

/// The button, and what opens.
#[derive(PartialEq, Properties)]
pub(crate) struct MenuProps {
    /// What the button shows.
    pub(crate) face: Html,
    /// Its accessible name, if its face has no words.
    #[prop_or_default]
    pub(crate) label: Option<AttrValue>,
    #[prop_or_else(|| classes!("lk"))]
    pub(crate) class: Classes,
    /// Of the button, for tests.
    pub(crate) testid: &'static str,
    #[prop_or_default]
    pub(crate) wrap: Classes,
    /// A press on a button inside closes the menu.
    #[prop_or(true)]
    pub(crate) closes: bool,
    pub(crate) children: Html,
}

/// Opens on a press or the arrow down, and arrows walk it; closes on Escape, on a press inside, or when the focus leaves.
#[component]
pub(crate) fn Menu(props: &MenuProps) -> Html {
    let open = use_state_eq(|| false);
    let root = use_node_ref();
    // It was opened from above, so its first item has the focus.
    let entered = use_memo((), |()| Cell::new(false));
    {
        let (root, entered) = (root.clone(), entered.clone());
        use_effect_with(*open, move |open| {
            if *open && entered.take() {
                walk(&root, Walk::First);
            }
        });
    }
    let toggle = {
        let open = open.clone();
        Callback::from(move |_: MouseEvent| open.set(!*open))
    };
    let onkeydown = {
        let (open, root, entered) = (open.clone(), root.clone(), entered.clone());
        Callback::from(move |event: KeyboardEvent| {
            match event.key().as_str() {
                "Escape" if *open => {
                    event.prevent_default();
                    open.set(false);
                    focus_button(&root);
                }
                // The arrows of a slider inside are its own.
                key if *open && !on_slider(&event) => {
                    if let Some(step) = step(key) {
                        event.prevent_default();
                        walk(&root, step);
                    }
                }
                "ArrowDown" if !*open => {
                    event.prevent_default();
                    entered.set(true);
                    open.set(true);
                }
                _ => {}
            }
        })
    };
    let onfocusout = {
        let (open, root) = (open.clone(), root.clone());
        Callback::from(move |event: FocusEvent| {
            let to = event.related_target();
            let inside = to.is_some_and(|to| {
                let node = to.dyn_into::<web_sys::Node>().ok();
                root.cast::<Element>()
                    .is_some_and(|root| root.contains(node.as_ref()))
            });
            if !inside {
                open.set(false);
            }
        })
    };
    let inside = {
        let (open, closes) = (open.clone(), props.closes);
        Callback::from(move |_: MouseEvent| {
            if closes {
                open.set(false);
            }
        })
    };
    html! {
        <div ref={root} class={classes!("crumb", props.wrap.clone())} {onkeydown} {onfocusout}>
            <button
                class={props.class.clone()}
                aria-label={props.label.clone()}
                aria-haspopup="true"
                data-testid={props.testid}
                aria-expanded={open.to_string()}
                onclick={toggle}
            >
                { props.face.clone() }
            </button>
            if *open {
                // Safari gives a pressed button no focus; the menu itself keeps it then.
                <div class="menu" tabindex="-1" onclick={inside}>{ props.children.clone() }</div>
            }
        </div>
    }
}

/// Where to from the item that has the focus.
#[derive(Clone, Copy)]
enum Walk {
    First,
    Last,
    Next,
    Back,
}

fn step(key: &str) -> Option<Walk> {
    Some(match key {
        "ArrowDown" => Walk::Next,
        "ArrowUp" => Walk::Back,
        "Home" => Walk::First,
        "End" => Walk::Last,
        _ => return None,
    })
}

fn on_slider(event: &KeyboardEvent) -> bool {
    event.target_dyn_into::<HtmlInputElement>().is_some()
}

/// Moves the focus among the items; from the button of the menu, and past an end, to the first or the last.
fn walk(root: &NodeRef, step: Walk) {
    let Some(list) = root
        .cast::<Element>()
        .and_then(|root| root.query_selector_all(".menu button").ok())
    else {
        return;
    };
    let items: Vec<HtmlElement> = (0..list.length())
        .filter_map(|n| list.get(n)?.dyn_into().ok())
        .collect();
    let active = items
        .first()
        .and_then(|first| first.owner_document()?.active_element());
    let now = active.and_then(|active| items.iter().position(|item| **item == active));
    let count = items.len().max(1);
    let to = match (step, now) {
        (Walk::First, _) | (Walk::Next, None) => 0,
        (Walk::Last, _) | (Walk::Back, None) => count - 1,
        (Walk::Next, Some(now)) => (now + 1) % count,
        (Walk::Back, Some(now)) => (now + count - 1) % count,
    };
    if let Some(item) = items.get(to) {
        // An item that is there takes the focus.
        let _ = item.focus();
    }
}

fn focus_button(root: &NodeRef) {
    let button = root
        .cast::<Element>()
        .and_then(|root| root.query_selector("button").ok()?);
    if let Some(button) = button
        && let Ok(button) = button.dyn_into::<HtmlElement>()
    {
        // A button that is there takes the focus.
        let _ = button.focus();
    }
}
