//! What happened, as lines and as a fingerprint.

use std::fmt::Arguments;

/// Lines kept of a run that nobody watches: enough to see what led to a fault.
const TAIL: usize = 60;

#[derive(Debug)]
pub(crate) struct Log {
    /// Whether lines are printed as they come.
    aloud: bool,
    /// FNV-1a over everything.
    pub(crate) hash: u64,
    pub(crate) count: u64,
    tail: std::collections::VecDeque<String>,
}

impl Log {
    pub(crate) fn new(aloud: bool) -> Self {
        Self {
            aloud,
            hash: 0xCBF2_9CE4_8422_2325,
            count: 0,
            tail: Default::default(),
        }
    }

    pub(crate) fn bytes(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.hash = (self.hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01B3);
        }
    }

    #[allow(clippy::print_stdout)] // That is what a person asked for.
    pub(crate) fn line(&mut self, now: u64, what: Arguments<'_>) {
        let line = format!("{:>9}.{:03} {what}", now / 1000, now % 1000);
        self.bytes(line.as_bytes());
        self.count += 1;
        if self.aloud {
            println!("{line}");
        }
        if self.tail.len() == TAIL {
            self.tail.pop_front();
        }
        self.tail.push_back(line);
    }

    pub(crate) fn tail(&self) -> Vec<String> {
        self.tail.iter().cloned().collect()
    }
}
