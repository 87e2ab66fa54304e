//! This thread's global object: its clock, its place, its way to the page.

use js_sys::{Array, ArrayBuffer, Function, Reflect, Uint8Array};
use wasm_bindgen::prelude::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{DedicatedWorkerGlobalScope, Event, EventTarget, MessageEvent};

/// The global object.
pub(crate) fn scope() -> DedicatedWorkerGlobalScope {
    js_sys::global().unchecked_into()
}

/// Whether the global object has something that not every browser gives to workers.
pub(crate) fn has(name: &str) -> bool {
    Reflect::has(&scope(), &JsValue::from_str(name)).unwrap_or(false)
}

/// Milliseconds since 1970 with fractions. Never goes backwards, and is the page's clock too.
pub(crate) fn wall_ms() -> f64 {
    let clock = scope().performance();
    clock.map_or_else(js_sys::Date::now, |clock| clock.time_origin() + clock.now())
}

/// Whether the page came by `https`.
pub(crate) fn is_secure() -> bool {
    scope().location().protocol() == "https:"
}

/// Hands one encoded batch to the page.
pub(crate) fn post(batch: &[u8]) {
    let buffer = buffer_of(batch);
    // It refuses what cannot be transferred; a buffer of its own can.
    let _ = scope().post_message_with_transfer(&buffer, &Array::of1(&buffer));
}

/// A buffer of its own, to be transferred.
pub(crate) fn buffer_of(bytes: &[u8]) -> ArrayBuffer {
    Uint8Array::from(bytes).buffer()
}

/// The bytes of a message that is an ArrayBuffer.
pub(crate) fn bytes_of(event: &Event) -> Option<Vec<u8>> {
    let data = event.dyn_ref::<MessageEvent>().map(MessageEvent::data)?;
    let buffer = data.dyn_ref::<ArrayBuffer>()?;
    Some(Uint8Array::new(buffer).to_vec())
}

/// Listens to one kind of event for as long as it lives.
pub(crate) struct Listener {
    target: EventTarget,
    kind: &'static str,
    closure: Closure<dyn FnMut(Event)>,
}

impl Listener {
    /// Calls `on` with each event of this kind.
    pub(crate) fn new(
        target: &EventTarget,
        kind: &'static str,
        on: impl FnMut(Event) + 'static,
    ) -> Self {
        let this = Self {
            target: target.clone(),
            kind,
            closure: Closure::new(on),
        };
        // Neither this nor its opposite fails for a kind and a function.
        let _ = target.add_event_listener_with_callback(kind, this.function());
        this
    }

    fn function(&self) -> &Function {
        self.closure.as_ref().unchecked_ref()
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        let _ = self
            .target
            .remove_event_listener_with_callback(self.kind, self.function());
    }
}
