//! Client Identifiers for clients that have none [MQTT-3.1.3-6].

use alloc::format;

use super::Node;
use crate::observe::Observer;
use crate::topic::Utf8;

/// Their length.
pub(super) const ASSIGNED_ID_BYTES: usize = 21;

impl<O: Observer> Node<O> {
    /// One that nobody has.
    pub(super) fn assign_id(&mut self) -> Utf8 {
        loop {
            let text = format!("auto-{:016x}", self.chance.next_u64());
            debug_assert_eq!(text.len(), ASSIGNED_ID_BYTES);
            let id = Utf8::copy_from(&text).expect("invariant: short and plain");
            if self.clients.get(text.as_str()).is_none() {
                return id;
            }
        }
    }
}
