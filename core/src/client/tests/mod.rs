//! A client at one end, hand-written packets at the other.

mod any_order;
mod connecting;
mod faults;
mod incoming;
mod limits;
mod outgoing;
mod promises;
mod requests;
mod server;
mod timing;

use alloc::vec::Vec;
use core::num::NonZeroU16;
use core::time::Duration;

use bytes::{Bytes, BytesMut};

use super::*;
use crate::codec::{self, Decoder, Role, Status};
use crate::packet::{
    Ack, ConnAck, Packet, PacketId, PacketKind, Properties, Property, Publish, QoS, ReasonCode,
    Version,
};
use crate::topic::{Topic, Utf8};
use crate::transmit::{Transmit, TransmitStatus};

pub(super) const VERSIONS: [Version; 3] = [Version::V31, Version::V311, Version::V5];

/// A client, a clock, and everything it says decoded.
pub(super) struct Rig {
    pub(super) client: Client,
    pub(super) now: Instant,
    input: BytesMut,
}

impl Rig {
    pub(super) fn new(options: Options) -> Self {
        let client = Client::new(options, 1);
        Self {
            client,
            now: Instant::from_micros(1),
            input: BytesMut::new(),
        }
    }

    /// Dialled and opened; CONNECT is sent and returned by the first `sent`.
    pub(super) fn opened(options: Options) -> Self {
        let mut rig = Self::new(options);
        rig.client.start(rig.now);
        assert_eq!(rig.events(), [ClientEvent::Dial]);
        rig.client.transport_opened(rig.now);
        rig
    }

    /// Connected with these CONNACK properties, no session present.
    pub(super) fn connected_with<const N: usize>(options: Options, told: [Property; N]) -> Self {
        let mut rig = Self::opened(options);
        rig.accept(false, told);
        rig
    }

    pub(super) fn connected(options: Options) -> Self {
        Self::connected_with(options, [])
    }

    /// Takes CONNECT and answers with CONNACK.
    pub(super) fn accept<const N: usize>(&mut self, session_present: bool, told: [Property; N]) {
        let sent = self.sent();
        assert!(matches!(sent[..], [Packet::Connect(_)]), "{sent:?}");
        self.receive([connack(session_present, told)]);
        let event = self.client.poll_event();
        assert!(
            matches!(event, Some(ClientEvent::Connected { .. })),
            "{event:?}"
        );
    }

    /// Loses the transport, waits for the next attempt and opens it.
    pub(super) fn reopen(&mut self) {
        self.client.transport_lost(self.now);
        self.now = self.client.poll_timeout().expect("a next attempt");
        self.client.handle_timeout(self.now);
        assert_eq!(self.events().last(), Some(&ClientEvent::Dial));
        self.client.transport_opened(self.now);
        self.input.clear();
    }

    pub(super) fn wait(&mut self, secs: u64) {
        self.now = self.now + Duration::from_secs(secs);
    }

    /// Lets time pass up to the next deadline and handles it.
    pub(super) fn next_timeout(&mut self) {
        self.now = self.client.poll_timeout().expect("a deadline");
        self.client.handle_timeout(self.now);
    }

    pub(super) fn sent_bytes(&mut self) -> BytesMut {
        let mut bytes = BytesMut::new();
        let mut out = Transmit::new(100);
        loop {
            out.clear();
            let status = self.client.poll_transmit(self.now, &mut out);
            out.copy_to(&mut bytes);
            if status == TransmitStatus::Drained {
                return bytes;
            }
        }
    }

    pub(super) fn sent(&mut self) -> Vec<Packet> {
        let mut bytes = self.sent_bytes();
        let mut decoder = Decoder::new(Role::Client, u32::MAX);
        decoder.set_version(self.client.options().version);
        let mut packets = Vec::new();
        while !bytes.is_empty() {
            match decoder.decode(&mut bytes) {
                Ok(Status::Complete(packet)) => packets.push(packet),
                other => panic!("the client sent {other:?}"),
            }
        }
        packets
    }

    pub(super) fn receive(&mut self, packets: impl IntoIterator<Item = Packet>) {
        let mut bytes = Vec::new();
        for packet in packets {
            codec::encode(&packet, self.client.options().version, &mut bytes).expect("encodable");
        }
        self.receive_bytes(&bytes);
    }

    pub(super) fn receive_bytes(&mut self, bytes: &[u8]) {
        self.input.extend_from_slice(bytes);
        self.client.handle_bytes(self.now, &mut self.input);
    }

    pub(super) fn events(&mut self) -> Vec<ClientEvent> {
        core::iter::from_fn(|| self.client.poll_event()).collect()
    }

    pub(super) fn publish(&mut self, payload: &'static str, qos: QoS) -> PublishToken {
        self.client
            .publish(self.now, message(payload).qos(qos))
            .expect("room in the queue")
    }
}

pub(super) fn options(version: Version) -> Options {
    Options {
        version,
        ..Options::new(Utf8::from_static("c"))
    }
}

/// Options whose session outlives its connection.
pub(super) fn lasting(version: Version) -> Options {
    let clean_start = version == Version::V5;
    Options {
        clean_start,
        session_expiry_secs: 100,
        ..options(version)
    }
}

pub(super) fn topic(name: &'static str) -> Topic {
    Topic::parse(Utf8::from_static(name)).expect("a topic")
}

pub(super) fn message(payload: &'static str) -> Publishing {
    Publishing::new(topic("t"), payload)
}

pub(super) fn id(value: u16) -> PacketId {
    PacketId::new(value).expect("not zero")
}

pub(super) fn ack(value: u16) -> Ack {
    ack_with(value, ReasonCode::Success)
}

pub(super) fn ack_with(value: u16, reason: ReasonCode) -> Ack {
    Ack {
        packet_id: id(value),
        reason,
        properties: Properties::default(),
    }
}

pub(super) fn connack<const N: usize>(session_present: bool, told: [Property; N]) -> Packet {
    Packet::ConnAck(ConnAck {
        session_present,
        reason: ReasonCode::Success,
        properties: Properties::build(told),
    })
}

/// A PUBLISH to topic `t`; 0 as the identifier for QoS 0.
pub(super) fn publish(value: u16, qos: QoS, dup: bool, payload: &'static str) -> Packet {
    Packet::Publish(Publish {
        dup,
        qos,
        retain: false,
        topic: Some(topic("t")),
        packet_id: PacketId::new(value),
        properties: Properties::default(),
        payload: Bytes::from_static(payload.as_bytes()),
    })
}

pub(super) fn acknowledged(token: PublishToken) -> ClientEvent {
    outcome(token, ReasonCode::Success)
}

pub(super) fn outcome(token: PublishToken, reason: ReasonCode) -> ClientEvent {
    let outcome = Outcome::Acknowledged {
        reason,
        properties: Properties::default(),
    };
    ClientEvent::Published { token, outcome }
}

pub(super) fn dropped(token: PublishToken, cause: DropCause) -> ClientEvent {
    ClientEvent::Published {
        token,
        outcome: Outcome::Dropped(cause),
    }
}
