//! What a node does for a message, to be counted in instructions: `cargo xtask bench-core`.
//!
//! Takes the name of a scenario, who watches (`nobody`, `disarmed`, `armed`) and how many messages
//! there are. Run twice with different numbers, the difference is what the messages cost.
#![allow(clippy::unwrap_used)] // A bench that fails says where.

use std::hint::black_box;
use std::sync::Arc;

use bytes::BytesMut;
use tidings_core::codec::{Decoder, Role, Status};
use tidings_core::config::Config;
use tidings_core::index::SubscriptionIndex;
use tidings_core::node::{ConnId, Link, Node, Output, Shard, Transport};
use tidings_core::observe::{Cause, Event, Observer};
use tidings_core::packet::Version;
use tidings_core::time::{Clock, Instant, UnixMillis};
use tidings_core::topic::{Filter, Topic, Utf8};
use tidings_core::transmit::{Transmit, TransmitStatus};

/// Could watch, and does not.
struct Disarmed {
    armed: bool,
}

impl Observer for Disarmed {
    const ACTIVE: bool = true;

    fn armed(&self) -> bool {
        self.armed
    }

    fn observe(&mut self, _: Instant, _: Cause, event: Event<'_>) {
        black_box(&event);
    }
}

/// Looks at every event and keeps nothing.
struct Armed(u64);

impl Observer for Armed {
    const ACTIVE: bool = true;

    fn observe(&mut self, _: Instant, _: Cause, event: Event<'_>) {
        black_box(&event);
        self.0 += 1;
    }
}

/// Packets of MQTT 3.1.1, written down.
fn packet(first: u8, parts: &[&[u8]]) -> Vec<u8> {
    let body = parts.concat();
    assert!(body.len() < 128);
    [&[first, body.len() as u8][..], &body].concat()
}

fn text(text: &str) -> Vec<u8> {
    [&(text.len() as u16).to_be_bytes()[..], text.as_bytes()].concat()
}

struct Bench<O: Observer> {
    node: Node<O>,
    now: Instant,
    out: Transmit,
    input: BytesMut,
}

impl<O: Observer> Bench<O> {
    fn new(observer: O) -> Self {
        let now = Instant::from_micros(1);
        let unix = UnixMillis(0);
        let clock = Clock { unix, at: now };
        let config = Arc::new(Config::default());
        Self {
            node: Node::new(config, Shard::ONLY, clock, observer),
            now,
            out: Transmit::new(64 * 1024),
            input: BytesMut::new(),
        }
    }

    fn feed(&mut self, conn: ConnId, bytes: &[u8]) {
        self.input.clear();
        self.input.extend_from_slice(bytes);
        self.node.handle_bytes(self.now, conn, &mut self.input);
        while let Some(output) = self.node.poll_output() {
            let Output::Ready(conn) = output else {
                continue;
            };
            loop {
                self.out.clear();
                let status = self.node.poll_transmit(self.now, conn, &mut self.out);
                black_box(self.out.slices().map(<[u8]>::len).sum::<usize>());
                if status == TransmitStatus::Drained {
                    break;
                }
            }
        }
    }

    fn client(&mut self, name: &str, filter: Option<(&str, u8)>) -> ConnId {
        let link = Link {
            transport: Transport::Tcp,
            peer: None,
            listener: 0,
        };
        let conn = self.node.connection_opened(self.now, link);
        let head: &[u8] = b"\0\x04MQTT\x04\x02\0\0";
        self.feed(conn, &packet(0x10, &[head, &text(name)]));
        if let Some((filter, qos)) = filter {
            self.feed(conn, &packet(0x82, &[&[0, 1], &text(filter), &[qos]]));
        }
        conn
    }

    /// What a client answers to a message with this identifier, and is then asked.
    fn acknowledge(&mut self, conn: ConnId, qos: u8, id: [u8; 2]) {
        let [high, low] = id;
        match qos {
            0 => {}
            1 => self.feed(conn, &[0x40, 2, high, low]),
            _ => {
                self.feed(conn, &[0x50, 2, high, low]);
                self.feed(conn, &[0x70, 2, high, low]);
            }
        }
    }

    /// `listeners` with filters of their own beside the one that matches.
    fn run(mut self, speakers: usize, listeners: usize, qos: u8, messages: usize) {
        let names: Vec<_> = (0..listeners).map(|n| format!("l{n}")).collect();
        let listening: Vec<_> = names
            .iter()
            .map(|name| {
                let conn = self.client(name, Some(("house/+/temperature", qos)));
                let own = format!("house/{name}/door");
                self.feed(conn, &packet(0x82, &[&[0, 2], &text(&own), &[0]]));
                conn
            })
            .collect();
        let speakers: Vec<_> = (0..speakers)
            .map(|n| self.client(&format!("s{n}"), None))
            .collect();
        let name = text("house/kitchen/temperature");
        let id: &[u8] = if qos > 0 { &[0, 1] } else { &[] };
        let message = packet(0x30 | qos << 1, &[&name, id, b"21.5 degrees"]);
        for number in 0..messages {
            let speaker = speakers[number % speakers.len()];
            self.feed(speaker, &message);
            if qos == 2 {
                self.feed(speaker, &[0x62, 2, 0, 1]);
            }
            // Identifiers go round from 1, so what comes back is known.
            let id = (1 + (number % 65_535) as u16).to_be_bytes();
            for conn in &listening {
                self.acknowledge(*conn, qos, id);
            }
        }
        assert_eq!(self.node.stats().messages_received, messages as u64);
        assert_eq!(
            self.node.stats().messages_sent,
            (messages * listeners) as u64
        );
    }
}

/// Takes a PUBLISH apart.
fn decode(messages: usize) {
    let name = text("house/kitchen/temperature");
    let message = packet(0x32, &[&name, &[0, 1], b"21.5 degrees"]);
    let mut decoder = Decoder::new(Role::Client, 1 << 20);
    decoder.set_version(Version::V311);
    let mut input = BytesMut::from(&message.repeat(messages)[..]);
    while let Ok(Status::Complete(packet)) = decoder.decode(&mut input) {
        black_box(packet);
    }
    assert!(input.is_empty());
}

/// Finds who wants a topic among 10,000 filters; each time another one.
fn find(topics: usize) {
    let text = |text: String| Utf8::try_from(text).unwrap();
    let mut index = SubscriptionIndex::new(1);
    for n in 0..2_500 {
        let (house, room) = (n / 25, n % 25);
        for filter in [
            format!("house{house}/room{room}/temperature"),
            format!("house{house}/room{room}/#"),
            format!("house{house}/+/lamp{room}"),
            format!("+/room{room}/lamp{house}"),
        ] {
            index.insert(&Filter::parse(text(filter)).unwrap(), n);
        }
    }
    let mut found = Vec::new();
    for n in 0..topics {
        let name = format!("house{}/room{}/lamp{}", n % 100, n % 23, n % 19);
        let topic = Topic::parse(text(name)).unwrap();
        found.clear();
        index.matches(&topic, &mut found);
        black_box(&found);
    }
}

fn scenario<O: Observer>(name: &str, observer: O, messages: usize) {
    let bench = Bench::new(observer);
    match name {
        "1-to-1" => bench.run(1, 1, 0, messages),
        "1-to-1-qos1" => bench.run(1, 1, 1, messages),
        "1-to-1-qos2" => bench.run(1, 1, 2, messages),
        "1-to-100" => bench.run(1, 100, 0, messages),
        "1-to-1000" => bench.run(1, 1000, 0, messages),
        "100-to-1-qos1" => bench.run(100, 1, 1, messages),
        other => panic!("there is no scenario {other}"),
    }
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [name, watcher, messages] = &arguments[..] else {
        panic!("instructions SCENARIO nobody|disarmed|armed MESSAGES");
    };
    let messages = messages.parse().unwrap();
    match name.as_str() {
        "decode" => return decode(messages),
        "find" => return find(messages),
        _ => {}
    }
    match watcher.as_str() {
        "nobody" => scenario(name, (), messages),
        "disarmed" => {
            let armed = black_box(false);
            scenario(name, Disarmed { armed }, messages);
        }
        "armed" => scenario(name, Armed(0), messages),
        other => panic!("nobody watches as {other}"),
    }
}
