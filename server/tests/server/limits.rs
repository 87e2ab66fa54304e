//! What strangers can make the program do, and no more.

use std::fs;
use std::io::{Read, Write};
use std::time::{Duration, Instant};

use rustix::process::{Resource, getrlimit, setrlimit};

use crate::support::{Broker, Peer, connect, publish, subscribe};

/// Resident memory of the broker in KiB.
fn resident(broker: &Broker) -> usize {
    let path = format!("/proc/{}/status", broker.child.id());
    let status = fs::read_to_string(path).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let number = line.unwrap().trim().trim_end_matches(" kB");
    number.parse().unwrap()
}

/// Lets this test have as many sockets as the system allows; how many those are.
fn many_sockets() -> usize {
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    let _ = setrlimit(Resource::Nofile, limit);
    let limit = getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX);
    usize::try_from(limit).unwrap_or(usize::MAX)
}

#[test]
fn idle_clients_cost_little() {
    let count = 2_000.min(many_sockets().saturating_sub(200));
    let broker = Broker::start_with(&["-l", "0", "--log", "error"]);
    let mut first = broker.client("first");
    let before = resident(&broker);
    let idle: Vec<Peer> = (0..count)
        .map(|n| broker.client(&format!("idle {n}")))
        .collect();
    let each = (resident(&broker) - before) as f64 / count as f64;
    // What is measured is 1.2 KiB; the allocator may round.
    assert!(each < 4.0, "{each} KiB for each of {count}");
    first.ping();
    drop(idle);
    first.ping();
}

#[test]
fn running_out_of_descriptors_is_waited_out() {
    let program = env!("CARGO_BIN_EXE_tidings");
    let limited = format!("ulimit -n 40; exec {program} --listen 127.0.0.1:0");
    let broker = Broker::start_program("sh", &["-c", &limited]);
    let mut first = broker.client("first");
    // The system completes these; whether the broker accepts them is another matter.
    let crowd: Vec<Peer> = (0..60).map(|_| broker.connect()).collect();
    let began = Instant::now();
    for _ in 0..4 {
        broker.logged("cannot accept connections");
    }
    let waited = began.elapsed();
    assert!(
        waited > Duration::from_millis(300),
        "four times in {waited:?}: it spins"
    );
    first.ping();
    drop(crowd);
    broker.client("late").ping();
    first.ping();
}

#[test]
fn long_packets_that_never_end_are_limited_together() {
    let broker = Broker::start_with(&["-l", "0", "--log", "warn"]);
    let mut bystander = broker.client("bystander");
    // 16 MB are announced, and all but the end comes.
    let part = vec![b'x'; 15 << 20];
    let mut open = Vec::new();
    let mut refused = 0;
    for number in 0..24 {
        let mut peer = broker.client(&format!("endless {number}"));
        let sent = peer.stream.write_all(b"\x30\x80\xC8\xD0\x07\0\x01t");
        match sent.and_then(|()| peer.stream.write_all(&part)) {
            Ok(()) => open.push(peer),
            Err(_) => refused += 1,
        }
        bystander.ping();
    }
    broker.logged("no room for more incomplete packets");
    assert!(refused > 0 || open.len() < 24);
    let held = resident(&broker) / 1024;
    assert!(held < 450, "{held} MiB");
    // With room again, a long packet is as welcome as ever.
    drop(open);
    let mut listener = broker.client("listener");
    listener.send(&subscribe("long", 0));
    listener.expect(&[0x90, 3, 0, 1, 0]);
    let long = publish("long", &part[..2 << 20]);
    broker.client("speaker").send(&long);
    assert!(listener.read(long.len()) == long);
}

#[test]
fn who_only_asks_and_never_listens_harms_nobody() {
    let broker = Broker::start_with(&["-l", "0", "--log", "error"]);
    let mut bystander = broker.client("bystander");
    let before = resident(&broker);
    let mut deaf = broker.client("deaf");
    deaf.stream
        .set_write_timeout(Some(Duration::from_millis(200)))
        .unwrap();
    let pings = [0xC0, 0].repeat(50_000);
    let mut sent = 0;
    // Until its own socket is full, because nobody reads from it any more.
    while deaf.stream.write_all(&pings).is_ok() {
        sent += pings.len();
        bystander.ping();
        assert!(sent < 200 << 20, "it is read from without end");
    }
    let grown = resident(&broker) - before;
    assert!(grown < 16 * 1024, "{grown} KiB");
    // It listens after all, and goes on.
    deaf.stream
        .set_read_timeout(Some(Duration::from_millis(500)))
        .unwrap();
    let mut answers = vec![0; 1 << 20];
    let mut heard = 0;
    while heard < 100_000 {
        heard += deaf.stream.read(&mut answers).unwrap();
    }
}

#[test]
fn what_becomes_ready_together_leaves_together() {
    let broker = Broker::start();
    let mut listener = crate::websocket::open_raw(&broker);
    listener.send(&crate::support::frame(0x82, &connect(4, "listener")));
    listener.expect(&[0x82, 4, 0x20, 2, 0, 0]);
    listener.send(&crate::support::frame(0x82, &subscribe("t", 0)));
    listener.expect(&[0x82, 5, 0x90, 3, 0, 1, 0]);
    let message = publish("t", b"0123456789");
    let mut speaker = broker.client("speaker");
    speaker.send(&message.repeat(50));
    // Every write is one frame: the messages of one turn share it.
    let mut frames = 0;
    let mut got = 0;
    while got < 50 * message.len() {
        let head = listener.read(2);
        let len = match head[1] {
            126 => usize::from(u16::from_be_bytes(listener.read(2).try_into().unwrap())),
            len => len.into(),
        };
        listener.read(len);
        got += len;
        frames += 1;
    }
    assert!(frames <= 3, "50 messages in {frames} frames");
}
