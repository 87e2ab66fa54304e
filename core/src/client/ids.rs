//! Packet identifiers of what this client sends.

use alloc::collections::BTreeMap;

use crate::packet::PacketId;

/// What an identifier in use belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Holder {
    /// The outgoing message with this number.
    Message(u64),
    /// A SUBSCRIBE or UNSUBSCRIBE.
    Request,
}

/// Which identifiers are in use. Taking goes round all of them, so that one that was just freed
/// stays unused for as long as possible and stray acknowledgements hit nothing.
#[derive(Clone, Debug, Default)]
pub(super) struct PacketIds {
    last: u16,
    used: BTreeMap<PacketId, Holder>,
}

impl PacketIds {
    /// Takes an unused identifier; `None` if all are in use.
    pub(super) fn take(&mut self, holder: Holder) -> Option<PacketId> {
        if self.used.len() >= usize::from(u16::MAX) {
            return None;
        }
        loop {
            self.last = self.last.wrapping_add(1);
            if let Some(id) = PacketId::new(self.last)
                && !self.used.contains_key(&id)
            {
                self.used.insert(id, holder); // [MQTT-2.2.1-3] [MQTT-4.3.2-1] [MQTT-4.3.3-1]
                return Some(id);
            }
        }
    }

    pub(super) fn holder(&self, id: PacketId) -> Option<Holder> {
        self.used.get(&id).copied()
    }

    pub(super) fn free(&mut self, id: PacketId) {
        self.used.remove(&id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn goes_round_and_skips_what_is_used() {
        let mut ids = PacketIds::default();
        let first = ids.take(Holder::Request).expect("free");
        assert_eq!(first.value(), 1);
        for expected in 2..=u16::MAX {
            let id = ids.take(Holder::Message(7)).expect("free");
            assert_eq!(id.value(), expected);
        }
        assert_eq!(ids.take(Holder::Request), None);
        let freed = PacketId::new(500).expect("not zero");
        ids.free(freed);
        assert_eq!(ids.holder(freed), None);
        assert_eq!(ids.take(Holder::Request), Some(freed));
        assert_eq!(ids.holder(first), Some(Holder::Request));
    }
}
