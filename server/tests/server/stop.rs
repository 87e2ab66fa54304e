//! Ending in order.

use std::net::TcpStream;

use rustix::process::{Pid, Signal, kill_process};

use crate::support::{Broker, connect, wait};

fn signal(broker: &Broker, signal: Signal) {
    let pid = Pid::from_child(&broker.child);
    kill_process(pid, signal).unwrap();
}

#[test]
fn tells_everybody_and_ends_well() {
    for by in [Signal::TERM, Signal::INT] {
        let mut broker = Broker::start();
        let mut five = broker.connect();
        five.send(&connect(5, "five"));
        assert_eq!(five.packet()[0], 0x20);
        let mut older = broker.client("older");
        let mut silent = broker.connect();
        signal(&broker, by);
        let last = five.packet();
        assert_eq!((last[0], last[2]), (0xE0, 0x8B), "{last:?}");
        five.expect_end();
        older.expect_end();
        silent.expect_end();
        assert!(TcpStream::connect(broker.address()).is_err());
        drop((five, older, silent));
        assert_eq!(wait(&mut broker.child).code(), Some(0));
    }
}

#[test]
fn tells_web_sockets_in_both_languages() {
    let mut broker = Broker::start();
    let mut peer = crate::websocket::open_raw(&broker);
    let frame = crate::support::frame(0x82, &connect(5, "five"));
    peer.send(&frame);
    let head = peer.read(2);
    let answer = peer.read(head[1].into());
    assert_eq!((answer[0], answer[3]), (0x20, 0), "{answer:?}");
    signal(&broker, Signal::TERM);
    let head = peer.read(2);
    let last = peer.read(head[1].into());
    assert_eq!((last[0], last[2]), (0xE0, 0x8B), "{last:?}");
    peer.expect(&[0x88, 2, 0x03, 0xE9]); // 1001: going away
    peer.expect_end();
    drop(peer);
    assert_eq!(wait(&mut broker.child).code(), Some(0));
}

#[test]
fn ends_at_once_when_asked_twice() {
    let mut broker = Broker::start();
    // It is told, and does not go.
    let mut stubborn = broker.connect();
    stubborn.send(&connect(5, "stubborn"));
    assert_eq!(stubborn.packet()[0], 0x20);
    signal(&broker, Signal::INT);
    assert_eq!(stubborn.packet()[0], 0xE0);
    signal(&broker, Signal::INT);
    assert_eq!(wait(&mut broker.child).code(), Some(130));
}
