//! The room an element has.

use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::*;
use web_sys::{Element, ResizeObserver};
use yew::prelude::*;

/// Width and height of the element behind `node`, in CSS pixels; again whenever they change.
#[hook]
pub(crate) fn use_size(node: &NodeRef) -> (f64, f64) {
    let size = use_state_eq(|| (0.0, 0.0));
    let setter = size.setter();
    use_effect_with(node.clone(), move |node| {
        let watch = node.cast::<Element>().and_then(|element| {
            let seen = element.clone();
            let tell = move || {
                let rect = seen.get_bounding_client_rect();
                setter.set((rect.width(), rect.height()));
            };
            tell();
            let changed = Closure::<dyn FnMut()>::new(tell);
            let observer = ResizeObserver::new(changed.as_ref().unchecked_ref()).ok()?;
            observer.observe(&element);
            Some((observer, changed))
        });
        move || {
            if let Some((observer, changed)) = watch {
                observer.disconnect();
                drop(changed);
            }
        }
    });
    *size
}
