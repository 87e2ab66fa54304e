//! The worker, from the page's side: batches out, batches in, each one transferred buffer.

use std::cell::RefCell;

use js_sys::{Array, ArrayBuffer, Uint8Array};
use tidings_world::view::{self, FromWorker, ToWorker};
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::*;
use web_sys::{ErrorEvent, Event, HtmlLinkElement, MessageEvent, Worker};

/// A running worker. Dropping it ends the worker.
pub(super) struct Bridge {
    worker: Worker,
    outbox: RefCell<Vec<ToWorker>>,
    _on_message: Closure<dyn FnMut(MessageEvent)>,
    _on_error: Closure<dyn FnMut(Event)>,
}

impl Bridge {
    /// Starts the worker the document names; what it says goes to `hear`, batch by batch.
    pub(super) fn start(hear: impl Fn(Vec<FromWorker>) + Clone + 'static) -> Result<Self, String> {
        let url = worker_url().ok_or("the page does not name its worker")?;
        let worker = Worker::new(&url).map_err(|_| "the browser starts no workers here")?;
        let on_message = Closure::<dyn FnMut(MessageEvent)>::new({
            let hear = hear.clone();
            move |event: MessageEvent| hear(decode(&event.data()))
        });
        let on_error = Closure::<dyn FnMut(Event)>::new(move |event: Event| {
            let message = event
                .dyn_ref::<ErrorEvent>()
                .map_or_else(|| "the worker did not load".into(), ErrorEvent::message);
            hear(vec![FromWorker::Broken { message }]);
        });
        worker.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        worker.set_onerror(Some(on_error.as_ref().unchecked_ref()));
        Ok(Self {
            worker,
            outbox: RefCell::default(),
            _on_message: on_message,
            _on_error: on_error,
        })
    }

    pub(super) fn queue(&self, message: ToWorker) {
        self.outbox.borrow_mut().push(message);
    }

    /// Sends what was queued, as one batch.
    pub(super) fn flush(&self) {
        let batch = self.outbox.take();
        if batch.is_empty() {
            return;
        }
        let bytes = Uint8Array::from(view::encode(&batch).as_slice()).buffer();
        let transfer = Array::of1(&bytes);
        // Only a value that cannot be cloned fails, and a buffer can.
        let _ = self.worker.post_message_with_transfer(&bytes, &transfer);
    }
}

impl Drop for Bridge {
    fn drop(&mut self) {
        self.worker.set_onmessage(None);
        self.worker.set_onerror(None);
        self.worker.terminate();
    }
}

fn worker_url() -> Option<String> {
    let document = web_sys::window()?.document()?;
    let link = document.query_selector("link[rel=tidings-worker]").ok()??;
    Some(link.dyn_into::<HtmlLinkElement>().ok()?.href())
}

fn decode(data: &JsValue) -> Vec<FromWorker> {
    let broken = |message: String| vec![FromWorker::Broken { message }];
    let Some(buffer) = data.dyn_ref::<ArrayBuffer>() else {
        return broken("the worker sent no buffer".into());
    };
    let bytes = Uint8Array::new(buffer).to_vec();
    view::decode(&bytes)
        .unwrap_or_else(|error| broken(format!("a batch that cannot be read: {error}")))
}
