//! Brokers for clients that are elsewhere in the browser: one behind each port that comes.
//!
//! Who wants one posts a text of settings to the worker and transfers a `MessagePort` with it;
//! settings and batches are those of [`tidings_world::port`]. From there on the port takes and
//! gives ArrayBuffers, one for all that a task makes. A text comes back if a setting cannot be;
//! an empty buffer, or closing the port where the browser tells of it, ends the broker.

use std::cell::RefCell;
use std::collections::BTreeMap;

use js_sys::Array;
use tidings_world::port::Port;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Event, MessageEvent, MessagePort};

use crate::scope::{Listener, buffer_of, bytes_of, wall_ms};
use crate::timers::Timer;
use crate::worker::is_broken;

thread_local! {
    static PORTS: RefCell<BTreeMap<u32, Open>> = const { RefCell::new(BTreeMap::new()) };
}

/// A broker and the way to its clients.
struct Open {
    port: MessagePort,
    broker: Port,
    wake: Timer,
    /// What `wake` is set to.
    wake_at: Option<f64>,
    _listeners: [Listener; 2],
}

/// Takes a message that brings a port; false if it brings none.
pub(crate) fn come(event: &Event) -> bool {
    let Some(event) = event.dyn_ref::<MessageEvent>() else {
        return false;
    };
    let Some(port) = event.ports().get(0).dyn_into::<MessagePort>().ok() else {
        return false;
    };
    let settings = event.data().as_string().unwrap_or_default();
    match Port::new(&settings, wall_ms()) {
        Ok(broker) => open(port, broker),
        // It fails for what cannot be copied; text can.
        Err(why) => drop(port.post_message(&JsValue::from_str(&why))),
    }
    true
}

fn open(port: MessagePort, broker: Port) {
    PORTS.with_borrow_mut(|ports| {
        let id = ports.last_key_value().map_or(0, |(last, _)| last + 1);
        let listeners = [
            Listener::new(&port, "message", move |event| {
                turn(id, &bytes_of(&event).unwrap_or_default());
            }),
            Listener::new(&port, "close", move |_| end(id)),
        ];
        port.start();
        let open = Open {
            port,
            broker,
            wake: Timer::new(move || go_on(id, |open, out| open.wake(out))),
            wake_at: None,
            _listeners: listeners,
        };
        ports.insert(id, open);
    });
}

fn turn(id: u32, batch: &[u8]) {
    if batch.is_empty() {
        return end(id);
    }
    go_on(id, |open, out| open.broker.handle(wall_ms(), batch, out));
}

/// Something happens to a broker, and what follows goes out.
fn go_on(id: u32, input: impl FnOnce(&mut Open, &mut Vec<u8>)) {
    if is_broken() {
        return;
    }
    PORTS.with_borrow_mut(|ports| {
        let Some(open) = ports.get_mut(&id) else {
            return;
        };
        let mut out = Vec::new();
        input(open, &mut out);
        if !out.is_empty() {
            let buffer = buffer_of(&out);
            let transfer = Array::of1(&buffer);
            // It refuses what cannot be transferred; a buffer of its own can.
            let _ = open.port.post_message_with_transferable(&buffer, &transfer);
        }
        open.set_wake();
    });
}

impl Open {
    /// The time has come that it waited for.
    fn wake(&mut self, out: &mut Vec<u8>) {
        self.wake_at = None;
        self.broker.advance(wall_ms(), out);
    }

    fn set_wake(&mut self) {
        let wake_at = self.broker.wake_at();
        if wake_at != self.wake_at {
            self.wake_at = wake_at;
            match wake_at {
                Some(at) => self.wake.set(at - wall_ms()),
                None => self.wake.clear(),
            }
        }
    }
}

fn end(id: u32) {
    let ended = PORTS.with_borrow_mut(|ports| ports.remove(&id));
    if let Some(open) = ended {
        open.port.close();
    }
}
