//! What goes to the page: one transferred buffer a batch.

use js_sys::{Array, Uint8Array};
use tidings_world::view::{FromWorker, encode};
use wasm_bindgen::JsCast;
use web_sys::DedicatedWorkerGlobalScope;

/// The global object of this worker.
pub(crate) fn scope() -> DedicatedWorkerGlobalScope {
    js_sys::global().unchecked_into()
}

/// Posts one batch.
pub(crate) fn post(batch: &[FromWorker]) {
    let buffer = Uint8Array::from(encode(batch).as_slice()).buffer();
    // It refuses what cannot be cloned or transferred; a buffer of ours can.
    let _ = scope().post_message_with_transfer(&buffer, &Array::of1(&buffer));
}
