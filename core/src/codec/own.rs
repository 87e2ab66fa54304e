//! Small packets in allocations of their own.

use bytes::Bytes;

/// PUBLISH packets of at most this many bytes are copied into an allocation of their own, so that
/// a small message that waits does not keep a large read buffer from being freed.
pub(super) const OWN_BYTES_MAX: usize = 4096;

/// Bytes with their length in front, and room for `N`: counting and content in one allocation,
/// where a `Vec` that becomes shared has two.
struct Own<const N: usize> {
    len: u8,
    bytes: [u8; N],
}

impl<const N: usize> AsRef<[u8]> for Own<N> {
    fn as_ref(&self) -> &[u8] {
        &self.bytes[..usize::from(self.len)]
    }
}

/// Copies a packet; what holds it holds no more than a quarter too much.
pub(super) fn copy(bytes: &[u8]) -> Bytes {
    // With the count and the length, allocators give 64, 96, 128, 192 and 256 bytes.
    match bytes.len() {
        0..=47 => own::<47>(bytes),
        48..=79 => own::<79>(bytes),
        80..=111 => own::<111>(bytes),
        112..=175 => own::<175>(bytes),
        176..=239 => own::<239>(bytes),
        _ => Bytes::copy_from_slice(bytes),
    }
}

fn own<const N: usize>(from: &[u8]) -> Bytes {
    let mut bytes = [0; N];
    bytes[..from.len()].copy_from_slice(from);
    Bytes::from_owner(Own {
        len: from.len() as u8,
        bytes,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec::Vec;

    #[test]
    fn copies_every_length() {
        let all: Vec<u8> = (0..=255).cycle().take(300).collect();
        for len in 0..all.len() {
            assert_eq!(copy(&all[..len]), all[..len], "{len}");
        }
    }
}
