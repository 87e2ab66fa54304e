//! A running broker, peers that speak in bytes, and the few packets the tests need.

use std::fmt::Debug;
use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::ops::{Deref, DerefMut};
use std::process::Command;

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

/// One end of a connection.
pub(crate) struct Peer {
    pub(crate) stream: TcpStream,
}

impl Peer {
    pub(crate) fn new(stream: TcpStream) -> Self {
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_write_timeout(Some(PATIENCE)).unwrap();
        stream.set_nodelay(true).unwrap();
        Self { stream }
    }

    #[track_caller]
    pub(crate) fn send(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).unwrap();
    }

    #[track_caller]
    pub(crate) fn read(&mut self, len: usize) -> Vec<u8> {
        let mut bytes = vec![0; len];
        self.stream.read_exact(&mut bytes).unwrap();
        bytes
    }

    #[track_caller]
    pub(crate) fn expect(&mut self, expected: &[u8]) {
        let got = self.read(expected.len());
        assert!(got == expected, "{got:?} instead of {expected:?}");
    }

    /// Everything until the connection ends.
    #[track_caller]
    pub(crate) fn rest(&mut self) -> Vec<u8> {
        let mut bytes = Vec::new();
        match self.stream.read_to_end(&mut bytes) {
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::ConnectionReset => {}
            Err(error) => panic!("{error} after {bytes:?}"),
        }
        bytes
    }

    #[track_caller]
    pub(crate) fn expect_end(&mut self) {
        let rest = self.rest();
        assert!(rest.is_empty(), "{rest:?} instead of the end");
    }

    /// One whole MQTT packet.
    #[track_caller]
    pub(crate) fn packet(&mut self) -> Vec<u8> {
        let mut packet = self.read(1);
        let mut len = 0;
        for place in 0.. {
            let byte = self.read(1)[0];
            packet.push(byte);
            len |= usize::from(byte & 0x7F) << (7 * place);
            if byte < 0x80 {
                break;
            }
        }
        packet.extend(self.read(len));
        packet
    }

    /// The head of an HTTP answer and its body.
    #[track_caller]
    pub(crate) fn http(&mut self) -> (String, Vec<u8>) {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.extend(self.read(1));
        }
        let head = String::from_utf8(head).unwrap();
        let len = header(&head, "Content-Length").map_or(0, |len| len.parse().unwrap());
        (head, self.read(len))
    }

    pub(crate) fn stop_sending(&mut self) {
        self.stream.shutdown(Shutdown::Write).unwrap();
    }

    /// True when it still is answered.
    #[track_caller]
    pub(crate) fn ping(&mut self) {
        self.send(&[0xC0, 0]);
        self.expect(&[0xD0, 0]);
    }
}

/// The value of a header.
pub(crate) fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.lines().find_map(|line| {
        let (key, value) = line.split_once(':')?;
        key.eq_ignore_ascii_case(name).then_some(value.trim())
    })
}

fn packet(first: u8, body: &[u8]) -> Vec<u8> {
    let mut packet = vec![first];
    let mut len = body.len();
    loop {
        let byte = (len & 0x7F) as u8;
        len >>= 7;
        packet.push(byte | if len > 0 { 0x80 } else { 0 });
        if len == 0 {
            break;
        }
    }
    packet.extend(body);
    packet
}

fn string(text: &str) -> Vec<u8> {
    let mut bytes = (text.len() as u16).to_be_bytes().to_vec();
    bytes.extend(text.as_bytes());
    bytes
}

/// CONNECT with a clean session and no keep-alive; `level` 4 or 5.
pub(crate) fn connect(level: u8, id: &str) -> Vec<u8> {
    let mut body = string("MQTT");
    body.extend([level, 2, 0, 0]);
    if level == 5 {
        body.push(0);
    }
    body.extend(string(id));
    packet(0x10, &body)
}

/// SUBSCRIBE with packet identifier 1, MQTT 3.1.1.
pub(crate) fn subscribe(filter: &str, qos: u8) -> Vec<u8> {
    let mut body = vec![0, 1];
    body.extend(string(filter));
    body.push(qos);
    packet(0x82, &body)
}

/// PUBLISH with QoS 0, MQTT 3.1.1.
pub(crate) fn publish(topic: &str, payload: &[u8]) -> Vec<u8> {
    let mut body = string(topic);
    body.extend(payload);
    packet(0x30, &body)
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
