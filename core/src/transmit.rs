//! What [`crate::node`] and [`crate::client`] write into: one reused scratch for heads and small
//! payloads, large payloads shared beside it, and the ends of the packets.
//!
//! Knows neither packets nor sockets: a driver hands [`Transmit::slices`] to one vectored write,
//! or takes everything in one piece with [`Transmit::copy_to`].

use alloc::vec::Vec;

use bytes::{BufMut, Bytes};

/// Whether `poll_transmit` has more for the same connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum TransmitStatus {
    /// Nothing waits.
    Drained,
    /// The limit in [`Transmit`] was reached; ask again after writing what is there.
    More,
}

/// Payloads of at least this many bytes are shared, smaller ones copied: below it a copy costs
/// less than one more slice of a vectored write.
pub const SHARED_BYTES_MIN: usize = 2048;

/// The largest header that fits before the content: that of a masked WebSocket frame.
pub const HEAD_BYTES_MAX: usize = 14;

/// Bytes on their way to one connection, a whole number of packets.
///
/// The limit is soft: a packet is put in whole while the content is shorter than the limit, so
/// the content is at most one packet longer. A driver keeps one `Transmit` for many connections.
#[derive(Clone, Debug)]
pub struct Transmit {
    /// `HEAD_BYTES_MAX` bytes of head-room, then everything that is copied.
    scratch: Vec<u8>,
    /// Where in `scratch` the used part of the head-room begins.
    head: usize,
    /// Shared chunks, each with the length of `scratch` it follows.
    shared: Vec<(usize, Bytes)>,
    shared_bytes: usize,
    /// Where packets end, counted in bytes of content.
    packets: Vec<usize>,
    limit: usize,
}

impl Transmit {
    /// An empty transmit that takes packets until it holds `limit_bytes`, and at least one packet.
    pub fn new(limit_bytes: usize) -> Self {
        Self {
            scratch: Vec::new(),
            head: HEAD_BYTES_MAX,
            shared: Vec::new(),
            shared_bytes: 0,
            packets: Vec::new(),
            limit: limit_bytes,
        }
    }

    /// Forgets the content and keeps the memory, unless one long packet made it much larger than
    /// the limit asks for.
    pub fn clear(&mut self) {
        let usual = self
            .limit
            .saturating_mul(2)
            .saturating_add(SHARED_BYTES_MIN);
        self.scratch.clear();
        self.scratch.shrink_to(usual);
        self.head = HEAD_BYTES_MAX;
        self.shared.clear();
        self.shared_bytes = 0;
        self.packets.clear();
    }

    /// Bytes of content, without a head.
    pub fn len(&self) -> usize {
        self.scratch.len().saturating_sub(HEAD_BYTES_MAX) + self.shared_bytes
    }

    /// True when there is no content.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The soft limit, in bytes.
    pub fn limit(&self) -> usize {
        self.limit
    }

    /// True when no further packet should be put in.
    pub fn is_full(&self) -> bool {
        self.len() >= self.limit.max(1)
    }

    /// Appends a copy of `bytes`.
    pub fn put(&mut self, bytes: &[u8]) {
        self.scratch().extend_from_slice(bytes);
    }

    /// Appends `bytes`, shared if they are many and copied if they are few.
    pub fn put_shared(&mut self, bytes: Bytes) {
        if bytes.len() < SHARED_BYTES_MIN {
            self.put(&bytes);
        } else {
            let at = self.scratch().len();
            self.shared_bytes += bytes.len();
            self.shared.push((at, bytes));
        }
    }

    /// The scratch itself, for encoders that append to it and patch what they appended.
    /// What is already in it must stay as it is.
    pub fn scratch(&mut self) -> &mut Vec<u8> {
        if self.scratch.is_empty() {
            self.scratch.resize(HEAD_BYTES_MAX, 0);
        }
        &mut self.scratch
    }

    /// Marks that a packet ends here.
    pub fn end_packet(&mut self) {
        let len = self.len();
        if self.packets.last().copied().unwrap_or(0) < len {
            self.packets.push(len);
        }
    }

    /// Where each packet ends, in bytes of content. Only packets whose end was marked count.
    pub fn packets(&self) -> &[usize] {
        &self.packets
    }

    /// Puts `head`, a WebSocket frame's header, in front of the content. Replaces an earlier one.
    ///
    /// # Panics
    /// If `head` is longer than [`HEAD_BYTES_MAX`].
    pub fn set_head(&mut self, head: &[u8]) {
        assert!(
            head.len() <= HEAD_BYTES_MAX,
            "invariant: a frame header has at most 14 bytes"
        );
        self.scratch();
        self.head = HEAD_BYTES_MAX - head.len();
        self.scratch[self.head..HEAD_BYTES_MAX].copy_from_slice(head);
    }

    /// Head and content in order, as slices for a vectored write. None of them is empty.
    pub fn slices(&self) -> impl Iterator<Item = &[u8]> {
        let starts = core::iter::once(self.head).chain(self.shared.iter().map(|(at, _)| *at));
        let ends = self.shared.iter().map(|(at, _)| *at);
        let ends = ends.chain(core::iter::once(self.scratch.len()));
        let shared = self.shared.iter().map(|(_, bytes)| &bytes[..]);
        let shared = shared.chain(core::iter::once(&[][..]));
        starts
            .zip(ends)
            .zip(shared)
            .flat_map(|((from, to), shared)| [self.scratch.get(from..to).unwrap_or(&[]), shared])
            .filter(|slice| !slice.is_empty())
    }

    /// What follows the first `skip` bytes of head and content: shared payloads shared, the rest
    /// copied. For a driver whose socket took only `skip` bytes.
    pub fn chunks_after(&self, skip: usize) -> impl Iterator<Item = Bytes> {
        let mut skip = skip;
        let mut shared = self.shared.iter().peekable();
        self.slices().filter_map(move |slice| {
            let whole = shared
                .next_if(|(_, bytes)| bytes.as_ptr() == slice.as_ptr())
                .map(|(_, bytes)| bytes);
            let skipped = skip.min(slice.len());
            skip -= skipped;
            (skipped < slice.len()).then(|| match whole {
                Some(bytes) => bytes.slice(skipped..),
                None => Bytes::copy_from_slice(&slice[skipped..]),
            })
        })
    }

    /// Appends head and content to `out`.
    pub fn copy_to(&self, out: &mut impl BufMut) {
        for slice in self.slices() {
            out.put_slice(slice);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;

    fn content(transmit: &Transmit) -> Vec<u8> {
        let mut out = Vec::new();
        transmit.copy_to(&mut out);
        out
    }

    #[test]
    fn keeps_order_of_copied_and_shared() {
        let large = Bytes::from(vec![7; SHARED_BYTES_MIN]);
        let mut transmit = Transmit::new(10);
        assert_eq!(transmit.slices().count(), 0);
        transmit.put(b"ab");
        transmit.end_packet();
        transmit.put_shared(large.clone());
        transmit.put_shared(large.clone());
        transmit.end_packet();
        transmit.put_shared(Bytes::from_static(b"c"));
        transmit.end_packet();
        transmit.end_packet();
        let all = [b"ab", &large[..], &large[..], b"c"].concat();
        assert_eq!(content(&transmit), all);
        assert_eq!(transmit.len(), all.len());
        assert_eq!(transmit.slices().count(), 4);
        assert_eq!(transmit.packets(), [2, all.len() - 1, all.len()]);
        assert!(transmit.is_full());

        transmit.set_head(b"long head");
        transmit.set_head(b"head");
        assert_eq!(content(&transmit), [b"head", &all[..]].concat());
        assert_eq!(transmit.len(), all.len());

        transmit.clear();
        assert!(transmit.is_empty() && transmit.packets().is_empty());
        assert_eq!(content(&transmit), b"");
    }

    #[test]
    fn gives_what_a_socket_left() {
        let large = Bytes::from(vec![7; SHARED_BYTES_MIN]);
        let mut transmit = Transmit::new(10);
        transmit.put(b"ab");
        transmit.put_shared(large.clone());
        transmit.put_shared(large.clone());
        transmit.put(b"c");
        transmit.set_head(b"head");
        let all = content(&transmit);
        for skip in [0, 3, 4, 5, 6, 7, 2053, 2054, 2055, 4101, 4102, all.len()] {
            let chunks: Vec<Bytes> = transmit.chunks_after(skip).collect();
            assert_eq!(chunks.concat(), all[skip..], "{skip}");
            let is_shared = |c: &Bytes| large.as_ptr_range().contains(&c.as_ptr());
            assert_eq!(
                chunks.iter().filter(|c| is_shared(c)).count(),
                [2, 1, 0][usize::from(skip >= 2054) + usize::from(skip >= 4102)],
                "{skip}"
            );
        }
    }

    #[test]
    fn shared_content_may_come_first() {
        let large = Bytes::from(vec![7; SHARED_BYTES_MIN]);
        let mut transmit = Transmit::new(10);
        transmit.put_shared(large.clone());
        assert_eq!(content(&transmit), large);
        transmit.set_head(b"h");
        assert_eq!(content(&transmit), [b"h", &large[..]].concat());
    }
}
