//! Peers that keep no rules: any packet at any time, noise, silence, and ears that are shut.

use tidings_conformance::wire;
use tidings_core::codec::{Role, encode};
use tidings_core::packet::{Packet, PacketKind, Version};
use tidings_fuzz::{Choices, Packets, Taste};

use super::link::Who;
use super::people::of_wire;
use super::{Event, World};

#[derive(Debug, Default)]
pub(super) struct Wild {
    pub(super) link: Option<usize>,
    version: Option<Version>,
}

impl World {
    pub(super) fn mischief(&mut self, number: usize) {
        if !self.troubled {
            return;
        }
        let noise: Vec<u8> = (0..60).map(|_| self.dice.below(256) as u8).collect();
        let mut choices = Choices::new(&noise);
        let mut packets = Packets {
            choices: &mut choices,
            sender: Role::Client,
            taste: Taste::Narrow,
        };
        match self.wild[number].link {
            None => {
                let packet = packets.of(PacketKind::Connect);
                let version = match &packet {
                    Packet::Connect(connect) => connect.version,
                    _ => Version::V5,
                };
                self.wild[number].version = Some(version);
                self.wild[number].link = self.open(Who::Wild(number), of_wire(version));
                if let Some(link) = self.wild[number].link {
                    if self.dice.permille(200) {
                        // It hears nothing, and lets nothing go.
                        self.links[link].blocked_until = u64::MAX;
                    }
                    self.say(link, &packet, version);
                }
            }
            Some(link) => match self.dice.below(20) {
                0 => self.hang_up(link),
                1 => self.send_up(link, noise),
                _ => {
                    let packet = packets.any();
                    let version = self.wild[number].version.unwrap_or(Version::V5);
                    self.say(link, &packet, version);
                }
            },
        }
        if self.wild[number]
            .link
            .is_some_and(|link| !self.links[link].is_open)
        {
            self.wild[number].link = None;
        }
        let (low, high) = self.plan.pause;
        let pause = self.dice.between(low, high).max(1);
        self.after(pause, Event::Mischief(number));
    }

    fn say(&mut self, link: usize, packet: &Packet, version: Version) {
        let mut bytes = Vec::new();
        if encode(packet, version, &mut bytes).is_ok() {
            let half = bytes.len() / 2;
            if self.dice.permille(50) {
                bytes.truncate(half);
            }
            self.send_up(link, bytes);
        }
    }
}

/// What ends the session of a client, whoever it is.
pub(super) fn clean_connect(client: &str) -> Vec<u8> {
    let packet = wire::Packet {
        kind: 1,
        fields: vec![
            ("clean", wire::Value::Number(1)),
            ("client", wire::Value::Bytes(client.as_bytes().to_vec())),
        ],
    };
    wire::encode(&packet, wire::Version::V311).expect("invariant: it has what it needs")
}

/// What takes away the word kept on a topic.
pub(super) fn clear(topic: &str) -> Vec<u8> {
    let packet = wire::Packet {
        kind: 3,
        fields: vec![
            ("topic", wire::Value::Bytes(topic.as_bytes().to_vec())),
            ("retain", wire::Value::Number(1)),
        ],
    };
    wire::encode(&packet, wire::Version::V311).expect("invariant: it has what it needs")
}
