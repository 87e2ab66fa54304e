//! Topic names and topic filters, checked once and then carried as types.
//!
//! A [`Topic`] names what a message is about, a [`Filter`] says which topics a subscription wants.
//! Both hold a [`Utf8`], a slice of the bytes received; nothing here copies or normalises
//! [MQTT-4.7.3-4].
//! This module does not know who subscribed to what (that is [`crate::index`]), but its rules are
//! the rules: [`Filter::explain`] says level by level what [`Filter::matches`] decides.

mod explain;
mod filter;
mod name;
mod utf8;

pub use explain::{Explanation, LevelVerdict};
pub use filter::{Filter, FilterError, SHARE_PREFIX};
pub use name::{Topic, TopicError};
pub use utf8::{Utf8, Utf8Error};

#[cfg(test)]
mod tests;
