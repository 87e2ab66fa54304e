//! How long a peer may take for what it has to do before MQTT's own deadlines apply.

use std::collections::VecDeque;
use std::time::Duration;

use tidings_core::time::Instant;

use super::socket::Key;

/// What is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wait {
    /// A first byte, a request, an answer that is taken.
    Peer,
    /// The rest is taken and the other end closes too.
    Close,
}

const PEER: Duration = Duration::from_secs(10);
const CLOSE: Duration = Duration::from_secs(5);

/// Deadlines in the order they come: all of a kind are equally long, so a queue each is enough.
///
/// An entry counts only while its socket still has the serial number it was made with.
#[derive(Debug, Default)]
pub(super) struct Deadlines {
    peer: VecDeque<(Instant, Key, u32)>,
    close: VecDeque<(Instant, Key, u32)>,
}

impl Deadlines {
    pub(super) fn push(&mut self, wait: Wait, now: Instant, key: Key, serial: u32) {
        match wait {
            Wait::Peer => self.peer.push_back((now + PEER, key, serial)),
            Wait::Close => self.close.push_back((now + CLOSE, key, serial)),
        }
    }

    pub(super) fn next(&self) -> Option<Instant> {
        let fronts = [self.peer.front(), self.close.front()];
        fronts.into_iter().flatten().map(|(at, ..)| *at).min()
    }

    /// One that has come.
    pub(super) fn pop(&mut self, now: Instant) -> Option<(Key, u32)> {
        for queue in [&mut self.peer, &mut self.close] {
            if queue.front().is_some_and(|(at, ..)| *at <= now) {
                return queue.pop_front().map(|(_, key, serial)| (key, serial));
            }
        }
        None
    }
}
