//! Connections of every kind come and go, and those that stay miss nothing.

use std::collections::VecDeque;
use std::io;

use super::*;

const PATIENCE_IN_CHURN: Patience = Patience {
    peer: Duration::from_millis(40),
    close: Duration::from_millis(25),
};
const ROUNDS: u32 = 150;
const SEEDS: u64 = 3;
/// Listeners at a time.
const STAYING: usize = 6;
/// Of those that misbehave, how many keep their sockets.
const KEPT: usize = 12;

/// Chance from a seed.
struct Chance(u64);

impl Chance {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005);
        self.0 = self.0.wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % limit
    }
}

/// A client that listens, over TCP or over WebSocket.
struct Listener {
    peer: Peer,
    framed: bool,
    /// What has come and was not looked at.
    inbox: Vec<u8>,
}

impl Listener {
    /// Comes in, or is too late for a patience as little as this.
    fn join(address: SocketAddr, id: &str, framed: bool) -> io::Result<Self> {
        let mut listener = Self {
            peer: peer(address),
            framed,
            inbox: Vec::new(),
        };
        if framed {
            let stream = &mut listener.peer.stream;
            stream.write_all(&upgrade("/mqtt", "Sec-WebSocket-Protocol: mqtt\r\n"))?;
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                let mut byte = [0];
                stream.read_exact(&mut byte)?;
                head.extend(byte);
            }
        }
        listener.send(&connect(4, id))?;
        listener.expect(&[0x20, 2, 0, 0])?;
        listener.send(&subscribe("news", 0))?;
        listener.expect(&[0x90, 3, 0, 1, 0])?;
        Ok(listener)
    }

    fn send(&mut self, packet: &[u8]) -> io::Result<()> {
        match self.framed {
            true => self.peer.stream.write_all(&frame(0x82, packet)),
            false => self.peer.stream.write_all(packet),
        }
    }

    /// These bytes come next.
    fn expect(&mut self, expected: &[u8]) -> io::Result<()> {
        while self.inbox.len() < expected.len() {
            let mut head = [0, 1];
            if self.framed {
                self.peer.stream.read_exact(&mut head)?;
                assert_eq!(head[0], 0x82, "a frame that nobody asked for");
            }
            let mut part = vec![0; head[1].into()];
            self.peer.stream.read_exact(&mut part)?;
            self.inbox.extend(part);
        }
        let rest = self.inbox.split_off(expected.len());
        let got = std::mem::replace(&mut self.inbox, rest);
        match got == expected {
            true => Ok(()),
            false => Err(io::Error::other(format!("{got:?}, not {expected:?}"))),
        }
    }
}

/// A listener that came in, in the end.
fn join(address: SocketAddr, id: &str, framed: bool) -> Listener {
    let deadline = Instant::now() + PATIENCE;
    loop {
        match Listener::join(address, id, framed) {
            Ok(listener) => return listener,
            Err(error) => assert!(Instant::now() < deadline, "{id} is not let in: {error}"),
        }
    }
}

/// One that comes and misbehaves, or leaves soon. What it is told does not matter.
fn stranger(address: SocketAddr, chance: &mut Chance) -> Peer {
    let mut peer = peer(address);
    let stream = &mut peer.stream;
    let get = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n";
    let open = upgrade("/", "Sec-WebSocket-Protocol: mqtt\r\n");
    let five = connect(5, "five");
    // What it says, and which of that is answered.
    let (sentences, answered) = match chance.below(16) {
        0 | 1 => (vec![get.to_vec()], 1),
        2 => (vec![get[..20].to_vec()], 0),
        3 => (vec![get.to_vec(), get.to_vec()], 2),
        4 => (vec![[get, &open[..], &frame(0x82, &five)].concat()], 1),
        5 => (vec![open, frame(0x82, &five)[..7].to_vec()], 1),
        6 => (vec![open, frame(0x82, &five), frame(0x82, &[0, 0])], 3),
        7 => (vec![open, frame(0x82, &five), frame(0x88, &[3, 232])], 3),
        8 => (vec![open, frame(0x81, b"text")], 2),
        9 => (vec![five, vec![0, 0]], 2),
        10 => (vec![five, vec![0xE0, 0]], 2),
        11 => (vec![five[..5].to_vec()], 0),
        12 => (vec![connect(4, "four"), vec![0xC1, 0]], 2),
        13 => (vec![vec![0xFF, 0xFF]], 1),
        14 => (vec![b"hello\r\n".to_vec()], 1),
        _ => (vec![], 0),
    };
    // Some do not wait for the last answer.
    let waits = answered - chance.below(2).min(answered);
    for (number, sentence) in sentences.iter().enumerate() {
        let _ = stream.write_all(sentence);
        if number < waits {
            let _ = stream.read(&mut [0; 512]);
        }
    }
    if chance.below(4) == 0 {
        let _ = stream.shutdown(std::net::Shutdown::Write);
    }
    peer
}

#[test]
fn who_stays_misses_nothing() {
    for seed in 1..=SEEDS {
        play(seed);
    }
}

fn play(seed: u64) {
    let mut chance = Chance(seed);
    let address = running(PATIENCE_IN_CHURN);
    // It says nothing in between, and has no keep-alive: nobody may send it away.
    let mut speaker = join(address, "speaker", false);
    let mut staying = VecDeque::new();
    let mut kept = VecDeque::new();
    for round in 0..ROUNDS {
        for _ in 0..chance.below(4) {
            let peer = stranger(address, &mut chance);
            if chance.below(2) == 0 {
                kept.push_back(peer);
            }
        }
        while kept.len() > KEPT {
            kept.pop_front();
        }
        if chance.below(2) == 0 {
            let id = format!("listener {round}");
            let framed = chance.below(2) == 0;
            staying.push_back(join(address, &id, framed));
            if staying.len() > STAYING {
                staying.pop_front();
            }
        }
        let message = publish("news", &round.to_be_bytes());
        speaker.send(&message).unwrap();
        speaker.expect(&message).unwrap();
        for (place, listener) in staying.iter_mut().enumerate() {
            if let Err(error) = listener.expect(&message) {
                panic!("seed {seed}, round {round}, listener {place}: {error}");
            }
        }
        if round % 10 == 9 {
            // Now and then everybody's time is over.
            peer(address).expect_end();
        }
    }
}
