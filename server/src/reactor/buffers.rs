//! Buffers that long packets were read into, for the next ones.
//!
//! A fresh buffer of a megabyte costs more than reading a megabyte: the system has to find and
//! clear its pages. What was a packet is passed on to others as it is, so a buffer is free when
//! the last of them has it no more; nobody says so, it is seen when one is looked for.

use bytes::BytesMut;

/// Buffers kept.
const KEPT_MAX: usize = 32;
/// Bytes of them, in all.
const KEPT_BYTES_MAX: usize = 32 * 1024 * 1024;

/// Buffers that are free, or will be.
#[derive(Debug, Default)]
pub(super) struct Buffers {
    kept: Vec<Kept>,
    bytes: usize,
}

#[derive(Debug)]
struct Kept {
    /// Empty, and a claim to the whole buffer once nobody else holds a part of it.
    buffer: BytesMut,
    capacity: usize,
    /// It was asked for since the last [`Buffers::tidy`].
    fresh: bool,
}

impl Buffers {
    /// An empty buffer for so many bytes, and not for many more, if there is one.
    pub(super) fn take(&mut self, len: usize) -> Option<BytesMut> {
        let fits = len..=len.saturating_add(len / 4);
        let at = self.kept.iter_mut().position(|kept| {
            fits.contains(&kept.capacity) && kept.buffer.try_reclaim(kept.capacity)
        })?;
        let kept = self.kept.swap_remove(at);
        self.bytes -= kept.capacity;
        Some(kept.buffer)
    }

    /// Keeps what is left, now empty, of a buffer that had a capacity of so many bytes.
    pub(super) fn keep(&mut self, buffer: BytesMut, capacity: usize) {
        if buffer.is_empty()
            && self.kept.len() < KEPT_MAX
            && self.bytes.saturating_add(capacity) <= KEPT_BYTES_MAX
        {
            self.bytes += capacity;
            self.kept.push(Kept {
                buffer,
                capacity,
                fresh: true,
            });
        }
    }

    /// Gives back what nobody has asked for in a while.
    pub(super) fn tidy(&mut self) {
        let bytes = &mut self.bytes;
        self.kept.retain_mut(|kept| {
            let stays = std::mem::take(&mut kept.fresh);
            *bytes -= if stays { 0 } else { kept.capacity };
            stays
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_buffer_is_used_again_when_nobody_has_it() {
        let mut buffers = Buffers::default();
        let mut buffer = BytesMut::with_capacity(100_000);
        buffer.resize(100_000, 1);
        let begin = buffer.as_ptr();
        let packet = buffer.split_to(100_000).freeze();
        buffers.keep(buffer, 100_000);
        assert!(buffers.take(100_000).is_none(), "the packet has it");
        let payload = packet.slice(10..);
        drop(packet);
        assert!(buffers.take(100_000).is_none(), "its payload has it");
        drop(payload);
        assert!(buffers.take(100_001).is_none(), "it is too small");
        assert!(buffers.take(79_999).is_none(), "it is too large");
        let again = buffers.take(80_000).unwrap();
        assert_eq!((again.as_ptr(), again.len()), (begin, 0));
        assert_eq!(again.capacity(), 100_000);
        assert!(buffers.take(80_000).is_none(), "there is one only");
        assert_eq!(buffers.bytes, 0);
    }

    #[test]
    fn few_are_kept_and_none_for_long() {
        let mut buffers = Buffers::default();
        for _ in 0..100 {
            buffers.keep(BytesMut::with_capacity(100_000), 100_000);
        }
        assert_eq!(buffers.kept.len(), KEPT_MAX);
        buffers.keep(BytesMut::from(&b"not empty"[..]), 9);
        assert_eq!(buffers.bytes, KEPT_MAX * 100_000);
        buffers.tidy();
        let one = buffers.take(100_000).unwrap();
        buffers.keep(one, 100_000);
        buffers.tidy();
        assert_eq!((buffers.kept.len(), buffers.bytes), (1, 100_000));
        buffers.tidy();
        assert_eq!((buffers.kept.len(), buffers.bytes), (0, 0));
        for _ in 0..3 {
            buffers.keep(BytesMut::new(), KEPT_BYTES_MAX / 2);
        }
        assert_eq!(buffers.bytes, KEPT_BYTES_MAX);
    }
}
