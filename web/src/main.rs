//! The page: an MQTT broker of glass, drawn from its event log.
//!
//! It knows the types of `tidings_world::view` and nothing of MQTT beyond them: whatever it shows
//! was said by the worker.
#![forbid(unsafe_code)]

mod app;
mod bind;
mod components;
mod hooks;
mod paint;
mod panels;
mod scene;
mod state;
mod words;

/// How often components have rendered: `wasmBindings.renders()` in the console. It stands still
/// between two events, however many frames are painted.
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn renders() -> u32 {
    state::renders()
}

fn main() {
    console_error_panic_hook::set_once();
    yew::Renderer::<app::App>::new().render();
}
