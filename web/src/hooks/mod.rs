//! Hooks that watch the browser.

mod keyboard;
mod listen;
mod size;

pub(crate) use keyboard::{use_keyboard, use_links};
pub(crate) use listen::Listen;
pub(crate) use size::use_size;
