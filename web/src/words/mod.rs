//! All words of the page. A language is one file with one value of [`Words`].
//!
//! Sentences with facts in them are functions, so that each language orders and inflects them its own way.

mod en;
pub(crate) mod panels;
mod types;

pub(crate) use types::*;

/// The words of the page's language.
pub(crate) fn words() -> &'static Words {
    &en::EN
}
