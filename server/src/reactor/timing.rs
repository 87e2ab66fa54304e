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

/// How long it may take.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Patience {
    /// With [`Wait::Peer`].
    pub(crate) peer: Duration,
    /// With [`Wait::Close`].
    pub(crate) close: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            peer: Duration::from_secs(10),
            close: Duration::from_secs(5),
        }
    }
}

/// Names a deadline. No two ever have the same name: sockets come and go and get the places of
/// earlier ones, whose deadlines must not be taken for theirs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct DeadlineId(u64);

/// Deadlines in the order they come: all of a kind are equally long, so a queue each is enough.
///
/// One counts only while its socket still knows it by its name; nobody takes it out before.
#[derive(Debug)]
pub(super) struct Deadlines {
    patience: Patience,
    last: u64,
    peer: VecDeque<(Instant, Key, DeadlineId)>,
    close: VecDeque<(Instant, Key, DeadlineId)>,
}

impl Deadlines {
    pub(super) fn new(patience: Patience) -> Self {
        Self {
            patience,
            last: 0,
            peer: VecDeque::new(),
            close: VecDeque::new(),
        }
    }

    pub(super) fn push(&mut self, wait: Wait, now: Instant, key: Key) -> DeadlineId {
        self.last += 1;
        let id = DeadlineId(self.last);
        let (queue, length) = match wait {
            Wait::Peer => (&mut self.peer, self.patience.peer),
            Wait::Close => (&mut self.close, self.patience.close),
        };
        queue.push_back((now + length, key, id));
        id
    }

    pub(super) fn next(&self) -> Option<Instant> {
        let fronts = [self.peer.front(), self.close.front()];
        fronts.into_iter().flatten().map(|(at, ..)| *at).min()
    }

    /// One that has come.
    pub(super) fn pop(&mut self, now: Instant) -> Option<(Key, DeadlineId)> {
        for queue in [&mut self.peer, &mut self.close] {
            if queue.front().is_some_and(|(at, ..)| *at <= now) {
                return queue.pop_front().map(|(_, key, id)| (key, id));
            }
        }
        None
    }
}
