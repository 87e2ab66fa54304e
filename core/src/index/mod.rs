//! Who asked for a topic: subscriptions by topic level, retained messages by topic.
//!
//! Knows filters, topics and opaque values; not sessions, messages or the wire.

mod cache;
mod retained;
mod subscriptions;

pub use retained::{Cursor, RetainedIndex};
pub use subscriptions::{SubKey, SubscriptionIndex};
