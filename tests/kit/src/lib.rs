//! A running `tidings` that ends with the test that started it, and peers for it.
#![allow(clippy::missing_panics_doc)] // A test that fails says where by panicking.
#![allow(clippy::unwrap_used)]

pub mod peer;

use std::ffi::OsString;
use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

/// Longer than anything takes that works.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// What the gate hands to the outermost tests, by the name of its variable.
///
/// # Panics
/// With what to type, if a test is started without the gate.
pub fn given(variable: &str) -> OsString {
    std::env::var_os(variable).unwrap_or_else(|| {
        panic!("{variable} is not set: these tests are started by `cargo xtask test`")
    })
}

/// Waits for the end of a program.
pub fn wait(child: &mut Child) -> ExitStatus {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return status;
        }
        assert!(Instant::now() < deadline, "the program does not end");
        thread::yield_now();
    }
}

/// A broker that ends with the test.
#[derive(Debug)]
pub struct Broker {
    /// The process.
    pub child: Child,
    /// Where it listens.
    pub addresses: Vec<SocketAddr>,
    /// What it printed at the start.
    pub banner: String,
    log: Receiver<String>,
}

impl Broker {
    /// Starts `program` with `arguments` and waits until it says where it listens.
    pub fn start(program: impl AsRef<Path>, arguments: &[&str]) -> Self {
        let mut child = Command::new(program.as_ref())
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let printed = lines_of(child.stdout.take().unwrap());
        let log = lines_of(child.stderr.take().unwrap());
        let mut banner = String::new();
        let mut addresses = Vec::new();
        loop {
            let Ok(line) = printed.recv_timeout(PATIENCE) else {
                panic!("no start: {banner} {:?}", log.iter().collect::<Vec<_>>());
            };
            let words = line.strip_prefix("Listening").unwrap_or(&line).trim();
            addresses.extend(words.parse::<SocketAddr>());
            banner.push_str(&line);
            banner.push('\n');
            if line.starts_with("Stop") {
                break;
            }
        }
        Self {
            child,
            addresses,
            banner,
            log,
        }
    }

    /// The first address.
    pub fn address(&self) -> SocketAddr {
        self.addresses[0]
    }

    /// Waits for a line in the log.
    pub fn logged(&self, part: &str) -> String {
        loop {
            let line = self.log.recv_timeout(PATIENCE);
            let line = line.unwrap_or_else(|_| panic!("{part:?} was not logged"));
            if line.contains(part) {
                return line;
            }
        }
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The lines a pipe gives, as they come.
pub fn lines_of(pipe: impl Read + Send + 'static) -> Receiver<String> {
    let (sender, receiver) = channel();
    thread::spawn(move || {
        for line in BufReader::new(pipe).lines() {
            let Ok(line) = line else { break };
            if sender.send(line).is_err() {
                break;
            }
        }
    });
    receiver
}
