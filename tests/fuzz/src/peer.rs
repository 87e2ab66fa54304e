//! What a peer may be sent, by what the node took from it.

use std::collections::BTreeSet;

use bytes::BytesMut;
use tidings_core::codec::{Decoder, Role, Status, frame_len};
use tidings_core::packet::{Packet, PacketId, Property, Publish, QoS};

/// Longer than anything here.
const PACKET_BYTES_MAX: u32 = 1 << 28;

/// What is known of a peer.
pub(crate) struct Peer {
    /// None when it broke the standard; what is behind that is not read by the node either.
    said: Option<Decoder>,
    saying: BytesMut,
    sent: Decoder,
    sending: BytesMut,
    /// What its CONNECT announced; before that nothing is known of the form of an answer.
    wants: Option<Wants>,
    /// QoS 1 and 2 messages that it has not acknowledged for good.
    open: BTreeSet<PacketId>,
    /// Topic Aliases that were set.
    aliases: BTreeSet<u16>,
}

struct Wants {
    receive_max: u16,
    packet_bytes_max: u32,
    topic_alias_max: u16,
}

impl Default for Peer {
    fn default() -> Self {
        Self {
            said: Some(Decoder::new(Role::Client, PACKET_BYTES_MAX)),
            saying: BytesMut::new(),
            sent: Decoder::new(Role::Server, PACKET_BYTES_MAX),
            sending: BytesMut::new(),
            wants: None,
            open: BTreeSet::new(),
            aliases: BTreeSet::new(),
        }
    }
}

impl Peer {
    /// The node took this from its input.
    pub(crate) fn says(&mut self, bytes: &[u8]) {
        self.saying.extend_from_slice(bytes);
        while let Some(decoder) = &mut self.said {
            match decoder.decode(&mut self.saying) {
                Ok(Status::Complete(packet)) => {
                    if let Packet::Connect(connect) = &packet
                        && self.wants.is_none()
                    {
                        decoder.set_version(connect.version);
                        self.sent.set_version(connect.version);
                    }
                    self.said(&packet);
                }
                Ok(Status::Partial { .. }) => return,
                Err(_) => self.said = None,
            }
        }
    }

    fn said(&mut self, packet: &Packet) {
        match packet {
            Packet::Connect(connect) if self.wants.is_none() => {
                let mut wants = Wants {
                    receive_max: u16::MAX,
                    packet_bytes_max: u32::MAX,
                    topic_alias_max: 0,
                };
                for property in connect.properties.iter() {
                    match property {
                        Property::ReceiveMax(max) => wants.receive_max = max,
                        Property::MaxPacketSize(max) => wants.packet_bytes_max = max,
                        Property::TopicAliasMax(max) => wants.topic_alias_max = max,
                        _ => {}
                    }
                }
                self.wants = Some(wants);
            }
            Packet::PubAck(ack) | Packet::PubComp(ack) => drop(self.open.remove(&ack.packet_id)),
            Packet::PubRec(ack) if ack.reason.is_error() => drop(self.open.remove(&ack.packet_id)),
            _ => {}
        }
    }

    /// The node sent this.
    ///
    /// # Panics
    /// If it is no packet of a server, or more than the peer takes.
    pub(crate) fn is_sent(&mut self, bytes: &[u8]) {
        let Some(wants) = &self.wants else {
            return;
        };
        let most = wants.packet_bytes_max as usize;
        self.sending.extend_from_slice(bytes);
        while let Ok(Status::Complete(len)) = frame_len(&self.sending) {
            if len > self.sending.len() {
                return;
            }
            assert!(len <= most, "{len} bytes for a peer that takes {most}");
            match self.sent.decode(&mut self.sending) {
                Ok(Status::Complete(Packet::Publish(publish))) => self.is_given(&publish),
                Ok(Status::Complete(_)) => {}
                other => panic!("sent as a packet: {other:?}"),
            }
        }
    }

    fn is_given(&mut self, publish: &Publish) {
        let wants = self.wants.as_ref().expect("invariant: looked at before");
        let alias = publish
            .properties
            .iter()
            .find_map(|property| match property {
                Property::TopicAlias(alias) => Some(alias),
                _ => None,
            });
        match (alias, &publish.topic) {
            (None, topic) => assert!(topic.is_some(), "no topic: {publish:?}"),
            (Some(alias), topic) => {
                let most = wants.topic_alias_max;
                assert!((1..=most).contains(&alias), "alias {alias} of {most}");
                let is_new = self.aliases.insert(alias);
                assert!(topic.is_some() || !is_new, "alias {alias} has no topic");
            }
        }
        assert_eq!(publish.packet_id.is_some(), publish.qos > QoS::AtMostOnce);
        if let Some(id) = publish.packet_id {
            let most = usize::from(wants.receive_max);
            assert!(self.open.insert(id), "{id:?} is used twice");
            assert!(self.open.len() <= most, "more than {most} at once");
        }
    }
}
