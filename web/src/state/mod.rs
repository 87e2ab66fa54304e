//! What the page knows, and how components get at it.
//!
//! [`Page`] is the one handle, given by the context; it never changes. What it knows lies in
//! signals, and a component that looks at one through its hook renders again only when that one
//! changes. What changes with every frame (playhead, packets in flight) is in no signal: painters
//! take it from [`Page::live`] once per animation frame.

mod bridge;
mod frames;
mod hooks;
pub(crate) mod keep;
mod link;
mod page;
mod signal;
mod standing;
mod stops;
mod theme;
mod visit;

pub(crate) use hooks::*;
pub(crate) use page::{Held, Life, Page, Place, Selection};
pub(crate) use signal::{Signal, renders, use_signal};
#[cfg(test)]
pub(crate) use standing::split;
pub(crate) use standing::{Standing, playhead};
pub(crate) use stops::{Watched, stopped_by};
pub(crate) use theme::{prefers_stillness, use_theme};
