//! A peer that speaks in bytes, and the few packets it needs.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};

use crate::PATIENCE;

/// One end of a connection.
#[derive(Debug)]
pub struct Peer {
    /// For what has no name here.
    pub stream: TcpStream,
}

impl Peer {
    /// Waits for anything as long as [`PATIENCE`].
    pub fn new(stream: TcpStream) -> Self {
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_write_timeout(Some(PATIENCE)).unwrap();
        stream.set_nodelay(true).unwrap();
        Self { stream }
    }

    /// Sends them all.
    #[track_caller]
    pub fn send(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).unwrap();
    }

    /// As many bytes as that.
    #[track_caller]
    pub fn read(&mut self, len: usize) -> Vec<u8> {
        let mut bytes = vec![0; len];
        self.stream.read_exact(&mut bytes).unwrap();
        bytes
    }

    /// These bytes and no others.
    #[track_caller]
    pub fn expect(&mut self, expected: &[u8]) {
        let got = self.read(expected.len());
        assert!(got == expected, "{got:?} instead of {expected:?}");
    }

    /// Everything until the connection ends.
    #[track_caller]
    pub fn rest(&mut self) -> Vec<u8> {
        let mut bytes = Vec::new();
        match self.stream.read_to_end(&mut bytes) {
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::ConnectionReset => {}
            Err(error) => panic!("{error} after {bytes:?}"),
        }
        bytes
    }

    /// The end, and nothing before it.
    #[track_caller]
    pub fn expect_end(&mut self) {
        let rest = self.rest();
        assert!(rest.is_empty(), "{rest:?} instead of the end");
    }

    /// One whole MQTT packet.
    #[track_caller]
    pub fn packet(&mut self) -> Vec<u8> {
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
    pub fn http(&mut self) -> (String, Vec<u8>) {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.extend(self.read(1));
        }
        let head = String::from_utf8(head).unwrap();
        let len = header(&head, "Content-Length").map_or(0, |len| len.parse().unwrap());
        (head, self.read(len))
    }

    /// Closes the sending half.
    pub fn stop_sending(&mut self) {
        self.stream.shutdown(Shutdown::Write).unwrap();
    }

    /// Is answered.
    #[track_caller]
    pub fn ping(&mut self) {
        self.send(&[0xC0, 0]);
        self.expect(&[0xD0, 0]);
    }
}

/// The value of a header.
pub fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
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
pub fn connect(level: u8, id: &str) -> Vec<u8> {
    let mut body = string("MQTT");
    body.extend([level, 2, 0, 0]);
    if level == 5 {
        body.push(0);
    }
    body.extend(string(id));
    packet(0x10, &body)
}

/// SUBSCRIBE with packet identifier 1, MQTT 3.1.1.
pub fn subscribe(filter: &str, qos: u8) -> Vec<u8> {
    let mut body = vec![0, 1];
    body.extend(string(filter));
    body.push(qos);
    packet(0x82, &body)
}

/// PUBLISH with QoS 0, MQTT 3.1.1.
pub fn publish(topic: &str, payload: &[u8]) -> Vec<u8> {
    let mut body = string(topic);
    body.extend(payload);
    packet(0x30, &body)
}

/// The opening handshake of a WebSocket, with `more` headers.
pub fn upgrade(path: &str, more: &str) -> Vec<u8> {
    format!(
        "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n{more}\r\n"
    )
    .into_bytes()
}

/// A masked frame of up to 125 bytes.
pub fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mask = [1, 2, 3, 4];
    let mut frame = vec![first, 0x80 | payload.len() as u8];
    frame.extend(mask);
    frame.extend(payload.iter().zip(mask.iter().cycle()).map(|(b, m)| b ^ m));
    frame
}
