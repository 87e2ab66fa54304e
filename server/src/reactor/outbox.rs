//! What a socket refused to take, until it takes it.

use std::collections::VecDeque;
use std::io::{self, IoSlice, Write};

use bytes::{Buf, Bytes};

/// Slices given to one call; the system takes at most 1024.
const SLICES_MAX: usize = 64;

/// Bytes in order. Shared payloads stay shared; an empty one holds no memory.
#[derive(Debug, Default)]
pub(super) struct Outbox {
    chunks: VecDeque<Bytes>,
}

/// Whether a socket takes more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wrote {
    /// Everything is written.
    All,
    /// The socket is full; it will say when it is not.
    Blocked,
}

impl Outbox {
    pub(super) fn is_empty(&self) -> bool {
        self.chunks.is_empty()
    }

    pub(super) fn push(&mut self, bytes: Bytes) {
        if !bytes.is_empty() {
            self.chunks.push_back(bytes);
        }
    }

    /// Writes as much as the socket takes.
    pub(super) fn write_to(&mut self, socket: &mut impl Write) -> io::Result<Wrote> {
        while !self.chunks.is_empty() {
            let mut slices = [IoSlice::new(&[]); SLICES_MAX];
            let mut count = 0;
            let mut offered = 0;
            for (slice, chunk) in slices.iter_mut().zip(&self.chunks) {
                *slice = IoSlice::new(chunk);
                count += 1;
                offered += chunk.len();
            }
            let written = write(socket, &slices[..count])?;
            self.advance(written);
            if written < offered {
                return Ok(Wrote::Blocked);
            }
        }
        self.chunks = VecDeque::new();
        Ok(Wrote::All)
    }

    fn advance(&mut self, mut written: usize) {
        while let Some(front) = self.chunks.front_mut() {
            if written < front.len() {
                front.advance(written);
                return;
            }
            written -= front.len();
            self.chunks.pop_front();
        }
    }
}

/// Writes all slices in one call; how many bytes the socket took, 0 if it is full.
pub(super) fn write(socket: &mut impl Write, slices: &[IoSlice<'_>]) -> io::Result<usize> {
    loop {
        let written = match slices {
            // `send` is a little cheaper than `writev`.
            [one] => socket.write(one),
            many => socket.write_vectored(many),
        };
        match written {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(written) => return Ok(written),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(0),
            Err(error) => return Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Takes some bytes at each call, then is full.
    struct Narrow {
        takes: VecDeque<usize>,
        taken: Vec<u8>,
    }

    impl Write for Narrow {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let some = self.takes.pop_front().ok_or(io::ErrorKind::WouldBlock)?;
            let some = some.min(bytes.len());
            self.taken.extend_from_slice(&bytes[..some]);
            Ok(some)
        }

        fn write_vectored(&mut self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
            let all: Vec<u8> = slices.iter().flat_map(|slice| slice.to_vec()).collect();
            self.write(&all)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn keeps_order_however_little_is_taken() {
        for step in 1..12 {
            let mut outbox = Outbox::default();
            let mut socket = Narrow {
                takes: VecDeque::new(),
                taken: Vec::new(),
            };
            for part in ["abc", "", "d", "efghij"] {
                outbox.push(Bytes::from_static(part.as_bytes()));
            }
            let mut calls = 0;
            while !outbox.is_empty() {
                assert_eq!(outbox.write_to(&mut socket).unwrap(), Wrote::Blocked);
                socket.takes.push_back(step);
                let wrote = outbox.write_to(&mut socket).unwrap();
                assert_eq!(wrote == Wrote::All, outbox.is_empty());
                calls += 1;
            }
            assert_eq!(socket.taken, b"abcdefghij");
            assert_eq!(calls, 10_usize.div_ceil(step));
        }
    }
}
