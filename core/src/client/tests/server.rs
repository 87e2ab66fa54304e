//! A client against a tiny server over a link that breaks anywhere.

use alloc::collections::{BTreeMap, BTreeSet, VecDeque};

use proptest::prelude::*;

use super::*;
use QoS::{AtLeastOnce, ExactlyOnce};

/// A server with one session that takes messages and gives messages, and keeps every promise.
#[derive(Default)]
struct Server {
    session: bool,
    input: BytesMut,
    output: Vec<u8>,
    /// What came, in order.
    taken: Vec<Bytes>,
    /// Identifiers of messages that wait for PUBREL.
    records: BTreeSet<PacketId>,
    to_give: VecDeque<(QoS, &'static str)>,
    given: BTreeMap<PacketId, (QoS, &'static str)>,
    releases: BTreeSet<PacketId>,
    last_id: u16,
}

impl Server {
    fn send(&mut self, packet: &Packet) {
        codec::encode(packet, Version::V5, &mut self.output).expect("encodable");
    }

    fn connection_opened(&mut self) {
        self.input.clear();
        self.output.clear();
    }

    fn handle(&mut self, version: Version) {
        let mut decoder = Decoder::new(Role::Client, u32::MAX);
        decoder.set_version(version);
        loop {
            match decoder.decode(&mut self.input) {
                Ok(Status::Complete(packet)) => self.handle_packet(packet),
                Ok(Status::Partial { .. }) => return,
                Err(error) => panic!("the client sent {error:?}"),
            }
        }
    }

    fn handle_packet(&mut self, packet: Packet) {
        match packet {
            Packet::Connect(connect) => {
                let present = core::mem::replace(&mut self.session, true);
                assert_eq!(present, !connect.clean_start);
                self.send(&connack(present, []));
                for id in self.releases.clone() {
                    self.send(&Packet::PubRel(ack(id.value())));
                }
                for (id, (qos, payload)) in self.given.clone() {
                    self.send(&publish(id.value(), qos, true, payload));
                }
                while let Some((qos, payload)) = self.to_give.pop_front() {
                    self.last_id += 1;
                    self.given.insert(id(self.last_id), (qos, payload));
                    self.send(&publish(self.last_id, qos, false, payload));
                }
            }
            Packet::Publish(publish) => {
                let id = publish.packet_id.expect("an identifier");
                if publish.qos == AtLeastOnce {
                    self.taken.push(publish.payload);
                    return self.send(&Packet::PubAck(ack(id.value())));
                }
                if self.records.insert(id) {
                    self.taken.push(publish.payload);
                }
                self.send(&Packet::PubRec(ack(id.value())));
            }
            Packet::PubRel(release) => {
                let known = self.records.remove(&release.packet_id);
                let reason = match known {
                    true => ReasonCode::Success,
                    false => ReasonCode::PacketIdentifierNotFound,
                };
                self.send(&Packet::PubComp(ack_with(
                    release.packet_id.value(),
                    reason,
                )));
            }
            Packet::PubAck(ack) => assert!(self.given.remove(&ack.packet_id).is_some()),
            Packet::PubRec(record) => {
                self.given.remove(&record.packet_id);
                self.releases.insert(record.packet_id);
                self.send(&Packet::PubRel(ack(record.packet_id.value())));
            }
            Packet::PubComp(ack) => assert!(self.releases.remove(&ack.packet_id)),
            other => panic!("unexpected {other:?}"),
        }
    }
}

/// Both ends, and a link that breaks after so many bytes each way.
struct World {
    rig: Rig,
    server: Server,
    /// What the holder got.
    got: Vec<Bytes>,
    finished: usize,
}

impl World {
    fn new(options: Options) -> Self {
        let mut rig = Rig::new(options);
        rig.client.start(rig.now);
        Self {
            rig,
            server: Server::default(),
            got: Vec::new(),
            finished: 0,
        }
    }

    /// Runs one connection until it is quiet, or until `up` bytes went to the server or `down`
    /// bytes to the client. Returns how many went.
    fn connection(&mut self, up: usize, down: usize) -> (usize, usize) {
        let (mut went_up, mut went_down) = (0, 0);
        let Self { rig, server, .. } = self;
        rig.client.transport_opened(rig.now);
        rig.input.clear();
        server.connection_opened();
        loop {
            let sent = rig.sent_bytes();
            let through = sent.len().min(up - went_up);
            server.input.extend_from_slice(&sent[..through]);
            went_up += through;
            server.handle(Version::V5);
            let answer = core::mem::take(&mut server.output);
            let back = answer.len().min(down - went_down);
            rig.receive_bytes(&answer[..back]);
            went_down += back;
            if through < sent.len() || back < answer.len() || (through == 0 && back == 0) {
                self.events();
                return (went_up, went_down);
            }
        }
    }

    fn events(&mut self) {
        for event in self.rig.events() {
            match event {
                ClientEvent::Message { publish, .. } => self.got.push(publish.payload),
                ClientEvent::Published {
                    outcome: Outcome::Acknowledged { .. },
                    ..
                } => {
                    self.finished += 1;
                }
                ClientEvent::ProtocolError(fault) => panic!("{fault}"),
                _ => {}
            }
        }
    }

    fn cut(&mut self) {
        let rig = &mut self.rig;
        rig.client.transport_lost(rig.now);
        rig.next_timeout();
        self.events();
    }
}

const MESSAGES: [(QoS, &str); 4] = [
    (ExactlyOnce, "two a"),
    (AtLeastOnce, "one"),
    (ExactlyOnce, "two b"),
    (ExactlyOnce, "two c"),
];

fn exchange() -> World {
    let mut world = World::new(lasting(Version::V5));
    for (qos, payload) in MESSAGES {
        world.rig.publish(payload, qos);
        world.server.to_give.push_back((qos, payload));
    }
    world
}

/// QoS 2 exactly once, QoS 1 at least once, first deliveries in order.
fn check_delivered(delivered: &[Bytes]) {
    for (qos, payload) in MESSAGES {
        let count = delivered.iter().filter(|bytes| *bytes == payload).count();
        match qos {
            ExactlyOnce => assert_eq!(count, 1, "{payload}"),
            _ => assert!((1..=2).contains(&count), "{payload}: {count}"),
        }
    }
    let mut seen = BTreeSet::new();
    let first = delivered
        .iter()
        .filter(|bytes| seen.insert((*bytes).clone()));
    assert!(first.eq(MESSAGES.iter().map(|(_, payload)| payload)));
}

fn check_end(world: &World) {
    check_delivered(&world.server.taken);
    check_delivered(&world.got);
    assert_eq!(world.finished, MESSAGES.len());
    let state = world.rig.client.state();
    assert_eq!(
        (
            state.held_messages,
            state.outgoing.len(),
            state.incoming.len()
        ),
        (0, 0, 0)
    );
    assert!(world.server.records.is_empty() && world.server.releases.is_empty());
}

#[test]
fn a_cut_anywhere_keeps_the_promises() {
    let (up, down) = exchange().connection(usize::MAX, usize::MAX);
    assert!(up > 50 && down > 50);
    let cuts = (0..=up)
        .map(|up| (up, usize::MAX))
        .chain((0..=down).map(|down| (usize::MAX, down)));
    for (up, down) in cuts {
        let mut world = exchange();
        world.connection(up, down);
        // Before the CONNACK the server has a session of which the client knows nothing; it
        // starts clean once more, and the server starts over with it.
        if !world.rig.client.state().session {
            world.server = Server {
                to_give: MESSAGES.into(),
                ..Server::default()
            };
        }
        world.cut();
        world.connection(usize::MAX, usize::MAX);
        check_end(&world);
    }
}

proptest! {
    #[test]
    fn many_cuts_keep_the_promises(
        cuts in prop::collection::vec((20_usize..120, 5_usize..90), 0..6),
        window in 1_u16..4,
    ) {
        let mut options = lasting(Version::V5);
        options.limits.in_flight_max = NonZeroU16::new(window).expect("not zero");
        let mut world = World::new(options);
        // The session is made before the link begins to break.
        world.connection(usize::MAX, usize::MAX);
        for (qos, payload) in MESSAGES {
            world.rig.publish(payload, qos);
            world.server.to_give.push_back((qos, payload));
        }
        for (up, down) in cuts {
            world.cut();
            world.connection(up, down);
        }
        world.cut();
        world.connection(usize::MAX, usize::MAX);
        for payload in [&world.server.taken, &world.got] {
            for (qos, text) in MESSAGES {
                let count = payload.iter().filter(|bytes| *bytes == text).count();
                prop_assert!(count == 1 || (qos == AtLeastOnce && count > 1));
            }
        }
        prop_assert_eq!(world.finished, MESSAGES.len());
    }

    #[test]
    fn any_bytes_from_a_server_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        for version in VERSIONS {
            let mut rig = Rig::connected(options(version));
            rig.publish("x", ExactlyOnce);
            rig.receive_bytes(&bytes);
            rig.events();
            rig.sent_bytes();
        }
    }
}
