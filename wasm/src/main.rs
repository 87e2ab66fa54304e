//! The worker that owns a world in a browser.
//!
//! It knows the browser's clock, timers, sockets and messages, and nothing of MQTT: what to do
//! with them is the engine's ([`tidings_world::engine`]). Reading order: [`worker`] (one turn),
//! [`outbox`] (what goes to the page, and when), [`sockets`], [`ports`] (brokers for clients that
//! are elsewhere in the browser), [`timers`], [`scope`] (this thread's global object).
#![forbid(unsafe_code)]

mod outbox;
mod ports;
mod scope;
mod sockets;
mod timers;
mod worker;

fn main() {
    std::panic::set_hook(Box::new(|info| worker::break_down(&info.to_string())));
    worker::begin();
}
