//! The page in a browser, as a person uses it: found by test ids, pressed, typed into and read.
//!
//! See `README.md` beside this for the names.
#![allow(clippy::missing_panics_doc)] // A test that fails says where by panicking.
#![allow(clippy::unwrap_used)]
#![allow(clippy::print_stderr)] // Beside the panic: where the picture is.

mod driver;
mod house;
mod page;
mod worker;

pub use driver::{Driver, Element, Setup};
pub use house::house;
pub use page::{Page, server, until};
pub use worker::{Talk, Worker};
