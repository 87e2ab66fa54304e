//! A reactor with little patience, over real sockets.
//!
//! Sockets, connections of the node and deadlines all get the places of earlier ones. What is left
//! of those must not reach whoever has the place.

mod churn;

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::mpsc::channel;
use std::thread;
use std::time::{Duration, Instant};

use mio::Events;
use signal_hook_mio::v1_0::Signals;
use tidings_core::config::Config;
use tidings_testkit::PATIENCE;
use tidings_testkit::peer::{Peer, connect, frame, publish, subscribe, upgrade};

use super::{Options, Patience, Reactor};
use crate::http::Page;
use crate::listen::listen;

/// Long enough for a test to do something meanwhile, short enough to be waited for.
const LITTLE: Patience = Patience {
    peer: Duration::from_millis(300),
    close: Duration::from_millis(200),
};

fn reactor(patience: Patience) -> (Reactor, SocketAddr) {
    let listeners = listen(&["127.0.0.1:0".parse().unwrap()], false).unwrap();
    let address = listeners[0].address;
    let options = Options {
        config: Config::default().into(),
        origins: Vec::new(),
        page: Page::BUILT_IN,
        patience,
    };
    let no_signals: [i32; 0] = [];
    let signals = Signals::new(no_signals).unwrap();
    (Reactor::new(listeners, signals, options).unwrap(), address)
}

/// A reactor that runs until the program ends.
fn running(patience: Patience) -> SocketAddr {
    let (told, address) = channel();
    thread::spawn(move || {
        let (reactor, address) = reactor(patience);
        told.send(address).unwrap();
        reactor.run().unwrap();
    });
    address.recv().unwrap()
}

fn peer(address: SocketAddr) -> Peer {
    Peer::new(TcpStream::connect(address).unwrap())
}

/// A peer that has sent CONNECT and seen it accepted, MQTT 3.1.1.
fn client(address: SocketAddr, id: &str) -> Peer {
    let mut peer = peer(address);
    peer.send(&connect(4, id));
    peer.expect(&[0x20, 2, 0, 0]);
    peer
}

/// Waits until the other end takes nothing any more.
fn until_cut(mut peer: Peer) {
    let deadline = Instant::now() + PATIENCE;
    while peer.stream.write_all(&[0]).is_ok() {
        assert!(Instant::now() < deadline, "the socket lingers without end");
        thread::sleep(Duration::from_millis(1));
    }
}

#[test]
fn who_follows_a_lingering_socket_is_not_taken_for_it() {
    let address = running(LITTLE);
    let mut speaker = client(address, "speaker");
    let mut wrong = peer(address);
    wrong.send(&connect(5, "wrong"));
    assert_eq!(wrong.packet()[0], 0x20);
    wrong.send(&[0, 0]);
    assert_eq!(wrong.packet()[0], 0xE0);
    wrong.expect_end();
    // The node is done with that connection and gives its slot away, while the socket waits for
    // the other end to close.
    let mut next = client(address, "next");
    next.send(&subscribe("t", 0));
    next.expect(&[0x90, 3, 0, 1, 0]);
    until_cut(wrong);
    let message = publish("t", b"still here");
    speaker.send(&message);
    next.expect(&message);
    next.ping();
}

#[test]
fn a_deadline_does_not_pass_to_who_gets_the_place() {
    let address = running(LITTLE);
    let mut browser = peer(address);
    browser.send(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n");
    assert_eq!(browser.http().1, b"ok\n");
    drop(browser);
    let mut next = client(address, "next");
    // Came later and has as long, so that everything earlier is over when this is.
    peer(address).expect_end();
    next.ping();
}

#[test]
fn a_connection_whose_end_cannot_be_heard_of_is_closed() {
    let (mut reactor, address) = reactor(Patience::default());
    let mut events = Events::with_capacity(16);
    let mut settle = || {
        for _ in 0..20 {
            let wait = Some(Duration::from_millis(2));
            reactor.step(&mut events, wait).unwrap();
        }
    };
    let mut small = peer(address);
    small.send(&upgrade("/", "Sec-WebSocket-Protocol: mqtt\r\n"));
    let mut browser = peer(address);
    // It takes packets of 64 bytes at most.
    let hello = b"\x10\x13\0\x04MQTT\x05\x02\0\0\x05\x27\0\0\0\x40\0\x01s";
    small.send(&frame(0x82, hello));
    settle();
    assert!(small.http().0.starts_with("HTTP/1.1 101 "));
    let head = small.read(2);
    assert_eq!(small.read(head[1].into())[..4], [0x20, head[1] - 2, 0, 0]);
    // So its SUBACK would be too long, and the node forgets it while bytes for it are looked for;
    // the ping makes this be done early.
    let mut packet = b"\x82\x93\x03\0\x01\0".to_vec();
    packet.extend(b"\0\x01a\0".repeat(100));
    small.send(&frame(0x89, b"p"));
    let frames = packet.chunks(100).map(|part| frame(0x82, part));
    small.send(&frames.collect::<Vec<_>>().concat());
    // The second request is answered when the first answer is out: in the same round of writing.
    let requests = [
        b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n".to_vec(),
        upgrade("/", "Sec-WebSocket-Protocol: mqtt\r\n"),
    ];
    browser.send(&requests.concat());
    settle();
    assert_eq!(browser.http().1, b"ok\n");
    assert!(browser.http().0.starts_with("HTTP/1.1 101 "));
    small.expect(&[0x8A, 1, b'p']);
    let head = small.read(2);
    assert_eq!(small.read(head[1].into())[..3], [0xE0, head[1] - 2, 0x95]);
    small.expect(&[0x88, 2, 0x03, 0xF0]); // 1008: policy
    small.expect_end();
    browser.send(&frame(0x82, &connect(4, "browser")));
    settle();
    browser.expect(&[0x82, 4, 0x20, 2, 0, 0]);
}

/// `publish` for more than what one byte of Remaining Length can say.
fn long_publish(payload: &[u8]) -> Vec<u8> {
    let mut packet = vec![0x30];
    let mut rest = 3 + payload.len();
    while rest > 0 {
        packet.push((rest % 128) as u8 | u8::from(rest > 127) << 7);
        rest /= 128;
    }
    [&packet[..], b"\0\x01t", payload].concat()
}

/// `frame` with a length of eight bytes.
fn long_frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut long = vec![first, 0x80 | 127];
    long.extend((payload.len() as u64).to_be_bytes());
    long.extend(&frame(first, payload)[2..]);
    long
}

#[test]
fn long_packets_come_through_whole_however_they_come() {
    let address = running(Patience::default());
    let mut listener = client(address, "listener");
    listener.send(&subscribe("t", 0));
    listener.expect(&[0x90, 3, 0, 1, 0]);
    let mut socket = client(address, "socket");
    let mut frames = peer(address);
    frames.send(&upgrade("/", "Sec-WebSocket-Protocol: mqtt\r\n"));
    assert!(frames.http().0.starts_with("HTTP/1.1 101 "));
    frames.send(&frame(0x82, &connect(4, "frames")));
    frames.expect(&[0x82, 4, 0x20, 2, 0, 0]);
    // Others of nearly the same length get the buffers of those before them.
    for (round, len) in [1_000_000, 1_000_000, 999_000, 200_000, 199_990, 900_000]
        .into_iter()
        .enumerate()
    {
        let payload: Vec<u8> = (0..len).map(|n| (n * 7 + n / 251 + round) as u8).collect();
        let long = long_publish(&payload);
        let short = publish("t", b"short");
        let both = [&long[..], &short].concat();
        socket.send(&both);
        listener.expect(&both);
        // In one frame, and the next packet in the same; in pieces, a ping between them.
        frames.send(&long_frame(0x82, &both));
        listener.expect(&both);
        let (first, rest) = both.split_at(both.len() / 3);
        frames.send(&long_frame(0x02, first));
        frames.send(&frame(0x89, b"p"));
        frames.send(&long_frame(0x80, rest));
        listener.expect(&both);
        frames.expect(&[0x8A, 1, b'p']);
    }
    // Slowly, so that the buffer grows as it goes.
    let long = long_publish(&vec![7; 300_000]);
    for part in long.chunks(40_000) {
        socket.send(part);
        thread::sleep(Duration::from_millis(5));
    }
    listener.expect(&long);
}
