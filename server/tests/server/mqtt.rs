//! MQTT over TCP.

use std::io::Write;

use crate::support::{Broker, PATIENCE, connect, noise, publish, same, subscribe};

#[test]
fn delivers_between_two_clients() {
    let broker = Broker::start();
    let mut listener = broker.client("listener");
    listener.send(&subscribe("a/+", 0));
    listener.expect(&[0x90, 3, 0, 1, 0]);
    let mut speaker = broker.client("speaker");
    speaker.send(&publish("a/b", b"hello"));
    listener.expect(&publish("a/b", b"hello"));
    speaker.send(&[0xE0, 0]);
    speaker.expect_end();
    broker.logged("speaker");
}

#[test]
fn takes_packets_however_they_are_cut() {
    let broker = Broker::start();
    let stream = [
        connect(4, "cut"),
        subscribe("#", 0),
        publish("t", b"1"),
        vec![0xC0, 0],
    ]
    .concat();
    let answers = [
        &[0x20, 2, 0, 0][..],
        &[0x90, 3, 0, 1, 0],
        &publish("t", b"1"),
        &[0xD0, 0],
    ]
    .concat();
    let mut whole = broker.connect();
    whole.send(&stream);
    let got = whole.read(answers.len());
    // PINGRESP may pass a PUBLISH; nothing else may.
    let mut got: Vec<u8> = got;
    if got[9..11] == [0xD0, 0] {
        got[9..].rotate_left(2);
    }
    assert_eq!(got, answers);
    drop(whole);

    let mut bytewise = broker.connect();
    for byte in connect(4, "bytewise") {
        bytewise.send(&[byte]);
    }
    bytewise.expect(&[0x20, 2, 0, 0]);
    for byte in subscribe("#", 0) {
        bytewise.send(&[byte]);
    }
    bytewise.expect(&[0x90, 3, 0, 1, 0]);
}

#[test]
fn answers_one_that_has_stopped_sending() {
    let broker = Broker::start();
    let mut peer = broker.connect();
    peer.send(&[connect(4, "half"), vec![0xC0, 0]].concat());
    peer.stop_sending();
    assert_eq!(peer.rest(), [0x20, 2, 0, 0, 0xD0, 0]);
}

#[test]
fn malformed_input_ends_its_own_connection_only() {
    let broker = Broker::start();
    let mut bystander = broker.client("bystander");
    for bad in [
        &[0x00, 0][..],                        // no such packet
        &[0x10, 0],                            // a second CONNECT, cut short
        &[0x20, 2, 0, 0],                      // CONNACK from a client
        &[0x36, 5, 0, 1, b'a', 0, 1],          // QoS 3
        &[0x30, 3, 0, 1, b'#'],                // a wildcard in a topic
        &[0x32, 5, 0, 1, b'a', 0, 0],          // packet identifier 0
        &[0x80, 6, 0, 1, 0, 1, b'a', 0],       // wrong flags
        &[0x82, 2, 0, 1],                      // no filter
        &[0x82, 6, 0, 1, 0, 1, b'a', 3],       // QoS 3
        &[0xA2, 2, 0, 1],                      // no filter
        &[0x60, 2, 0, 1],                      // PUBREL with wrong flags
        &[0xC1, 0],                            // wrong flags
        &[0xE0, 1, 0],                         // 3.1.1 has no reason
        &[0xF0, 0],                            // AUTH in 3.1.1
        &[0x30, 0xFF, 0xFF, 0xFF, 0xFF, 0x01], // a length of five bytes
    ] {
        let mut peer = broker.client("bad");
        peer.send(bad);
        peer.expect_end();
        bystander.ping();
    }
}

#[test]
fn malformed_input_is_named_to_5_0_clients() {
    let broker = Broker::start();
    let mut peer = broker.connect();
    peer.send(&connect(5, "five"));
    let answer = peer.packet();
    assert_eq!((answer[0], answer[3]), (0x20, 0), "{answer:?}");
    peer.send(&[0x36, 5, 0, 1, b'a', 0, 1]);
    let last = peer.packet();
    assert_eq!((last[0], last[2]), (0xE0, 0x81), "{last:?}");
    peer.expect_end();
}

#[test]
fn only_connect_comes_first() {
    let broker = Broker::start();
    for bad in [&publish("a", b"b")[..], &[0xC0, 0], &subscribe("#", 0)] {
        let mut peer = broker.connect();
        peer.send(bad);
        peer.expect_end();
    }
}

#[test]
fn a_megabyte_goes_both_ways() {
    let broker = Broker::start();
    let message = publish("big", &noise(1 << 20));
    let mut one = broker.client("one");
    let mut other = broker.client("other");
    for client in [&mut one, &mut other] {
        client.send(&subscribe("big", 0));
        client.expect(&[0x90, 3, 0, 1, 0]);
    }
    for (from, to) in [(0, 1), (1, 0)] {
        let mut clients = [&mut one, &mut other];
        let mut writer = clients[from].stream.try_clone().unwrap();
        // At the same time, because the echo fills the sockets.
        std::thread::scope(|scope| {
            scope.spawn(|| writer.write_all(&message).unwrap());
            same(&clients[from].read(message.len()), &message);
            same(&clients[to].read(message.len()), &message);
        });
    }
}

#[test]
fn a_stuck_reader_harms_nobody() {
    let broker = Broker::start();
    let mut stuck = broker.client("stuck");
    stuck.send(&subscribe("flood", 0));
    stuck.expect(&[0x90, 3, 0, 1, 0]);
    let mut reader = broker.client("reader");
    reader.send(&subscribe("flood", 0));
    reader.expect(&[0x90, 3, 0, 1, 0]);
    let mut speaker = broker.client("speaker");
    // More than every buffer on the way to the stuck reader can hold.
    for number in 0..1_200_u32 {
        let mut payload = noise(32 * 1024);
        payload[..4].copy_from_slice(&number.to_be_bytes());
        let message = publish("flood", &payload);
        speaker.send(&message);
        same(&reader.read(message.len()), &message);
    }
    // What the stuck one gets when it wakes begins where it stopped, and in order.
    let first = stuck.packet();
    assert_eq!(first[11..15], 0_u32.to_be_bytes());
    stuck.stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let second = stuck.packet();
    assert_eq!(second[11..15], 1_u32.to_be_bytes());
}
