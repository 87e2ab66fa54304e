//! Time as the core sees it: handed in with every call, never read from a clock.

mod instant;
mod timers;

pub use instant::{Clock, Instant, UnixMillis};
pub use timers::{TimerId, Timers};
