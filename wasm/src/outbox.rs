//! What goes to the page: one batch a frame, none larger than agreed.

use std::collections::VecDeque;

use tidings_world::view::{BATCH_BYTES_MAX, FromWorker, encode};

use crate::scope::post;
use crate::timers::NextFrame;

/// Encoded batches on their way, and whether this frame's has left.
pub(crate) struct Outbox {
    waiting: VecDeque<Vec<u8>>,
    next: NextFrame,
    /// The frame has had its batch.
    is_full: bool,
}

impl Outbox {
    /// `on_frame` is called when a new frame takes a new batch: call [`Outbox::begin_frame`] then.
    pub(crate) fn new(on_frame: impl FnMut() + 'static) -> Self {
        Self {
            waiting: VecDeque::new(),
            next: NextFrame::new(on_frame),
            is_full: false,
        }
    }

    pub(crate) fn begin_frame(&mut self) {
        self.is_full = false;
        self.flush();
    }

    /// Whether a batch given now leaves now. Do not ask the engine for one before: it would be
    /// old when it leaves.
    pub(crate) fn is_open(&self) -> bool {
        !self.is_full && self.waiting.is_empty()
    }

    /// Sends a batch, in this frame if it is open.
    pub(crate) fn send(&mut self, batch: &[FromWorker]) {
        if !batch.is_empty() {
            split(batch, &mut self.waiting);
            self.flush();
        }
    }

    fn flush(&mut self) {
        if self.is_full {
            return;
        }
        if let Some(batch) = self.waiting.pop_front() {
            post(&batch);
            self.is_full = true;
            self.next.request();
        }
    }
}

/// Encodes a batch as one, or as as many as keep to the size that was agreed. A single message is
/// never cut.
fn split(batch: &[FromWorker], into: &mut VecDeque<Vec<u8>>) {
    let bytes = encode(batch);
    if bytes.len() <= BATCH_BYTES_MAX || batch.len() < 2 {
        into.push_back(bytes);
    } else {
        let (first, rest) = batch.split_at(batch.len() / 2);
        split(first, into);
        split(rest, into);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tidings_world::view::decode;

    fn message(bytes: usize) -> FromWorker {
        FromWorker::Hello {
            version: "x".repeat(bytes),
        }
    }

    fn check(sizes: &[usize], batches: usize) {
        let batch: Vec<FromWorker> = sizes.iter().map(|size| message(*size)).collect();
        let mut split_up = VecDeque::new();
        split(&batch, &mut split_up);
        assert_eq!(split_up.len(), batches, "{sizes:?}");
        let together: Vec<FromWorker> = split_up
            .iter()
            .flat_map(|bytes| decode::<FromWorker>(bytes).expect("a batch"))
            .collect();
        assert_eq!(together, batch, "{sizes:?}");
    }

    #[test]
    fn batches_keep_their_order_and_their_size() {
        check(&[10, 20, 30], 1);
        check(&[40_000, 40_000], 2);
        check(&[40_000, 10, 10, 60_000], 2);
        check(&[BATCH_BYTES_MAX + 1], 1);
        check(&[10, BATCH_BYTES_MAX + 1, 10], 3);
    }
}
