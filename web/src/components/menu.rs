//! A button with a menu under it.

use web_sys::{Element, FocusEvent, HtmlElement, KeyboardEvent};
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

/// Opens on a press; closes on Escape, on a press inside, or when the focus leaves.
#[component]
pub(crate) fn Menu(props: &MenuProps) -> Html {
    let open = use_state_eq(|| false);
    let root = use_node_ref();
    let toggle = {
        let open = open.clone();
        Callback::from(move |_: MouseEvent| open.set(!*open))
    };
    let onkeydown = {
        let (open, root) = (open.clone(), root.clone());
        Callback::from(move |event: KeyboardEvent| {
            if *open && event.key() == "Escape" {
                event.prevent_default();
                open.set(false);
                focus_button(&root);
            }
        })
    };
    let onfocusout = {
        let (open, root) = (open.clone(), root.clone());
        Callback::from(move |event: FocusEvent| {
            let to = event.related_target();
            let inside = to.is_some_and(|to| {
                let node = wasm_bindgen::JsCast::dyn_into::<web_sys::Node>(to).ok();
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

fn focus_button(root: &NodeRef) {
    let button = root
        .cast::<Element>()
        .and_then(|root| root.query_selector("button").ok()?);
    if let Some(button) = button
        && let Ok(button) = wasm_bindgen::JsCast::dyn_into::<HtmlElement>(button)
    {
        // A button that is there takes the focus.
        let _ = button.focus();
    }
}
