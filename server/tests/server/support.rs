//! A running broker for these tests.

use std::fmt::Debug;
use std::net::TcpStream;
use std::ops::{Deref, DerefMut};
use std::process::Command;

pub(crate) use tidings_testkit::peer::{Peer, connect, frame, header, publish, subscribe, upgrade};
pub(crate) use tidings_testkit::{PATIENCE, wait};

/// The program, not started.
pub(crate) fn tidings(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tidings"));
    command.args(arguments);
    command
}

/// A broker that ends with the test.
pub(crate) struct Broker(tidings_testkit::Broker);

impl Deref for Broker {
    type Target = tidings_testkit::Broker;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl DerefMut for Broker {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.0
    }
}

impl Broker {
    /// On one free port.
    pub(crate) fn start() -> Self {
        Self::start_with(&["--listen", "127.0.0.1:0"])
    }

    pub(crate) fn start_with(arguments: &[&str]) -> Self {
        let program = env!("CARGO_BIN_EXE_tidings");
        Self(tidings_testkit::Broker::start(program, arguments))
    }

    /// Another program that becomes the broker.
    pub(crate) fn start_program(program: &str, arguments: &[&str]) -> Self {
        Self(tidings_testkit::Broker::start(program, arguments))
    }

    pub(crate) fn connect(&self) -> Peer {
        Peer::new(TcpStream::connect(self.address()).unwrap())
    }

    /// A peer that has sent CONNECT and seen it accepted, MQTT 3.1.1.
    pub(crate) fn client(&self, id: &str) -> Peer {
        let mut peer = self.connect();
        peer.send(&connect(4, id));
        peer.expect(&[0x20, 2, 0, 0]);
        peer
    }
}

/// Bytes that repeat late, so that any mix-up shows.
pub(crate) fn noise(len: usize) -> Vec<u8> {
    let mut state = 1_u32;
    let next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    };
    std::iter::repeat_with(next).take(len).collect()
}

/// Compares long things without printing them.
#[track_caller]
pub(crate) fn same<T: PartialEq<U> + ?Sized + Debug, U: ?Sized + Debug>(got: &T, expected: &U) {
    if got != expected {
        panic!(
            "{:.200} instead of {:.200}",
            format!("{got:?}"),
            format!("{expected:?}")
        );
    }
}
