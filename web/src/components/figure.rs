//! Figures that change with every frame and go past the rendering.

use std::cell::RefCell;

use web_sys::Element;
use yew::NodeRef;

/// A text node that is written only when it changes.
pub(crate) struct Figure {
    node: NodeRef,
    shown: RefCell<(Option<Element>, String)>,
}

impl Figure {
    pub(crate) fn of(node: &NodeRef) -> Self {
        Self {
            node: node.clone(),
            shown: RefCell::default(),
        }
    }

    pub(crate) fn show(&self, text: String) {
        let Some(element) = self.node.cast::<Element>() else {
            return;
        };
        let mut shown = self.shown.borrow_mut();
        if shown.0.as_ref() != Some(&element) || shown.1 != text {
            element.set_text_content(Some(&text));
            *shown = (Some(element), text);
        }
    }
}
