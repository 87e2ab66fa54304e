//! The head of a PUBLISH, apart from its payload, for a broker that sends one message to many.
//!
//! Everything before the payload is the same for all subscribers of a wire class, except the
//! first byte (DUP, QoS, RETAIN), the packet identifier and the remaining expiry. A head is
//! encoded once; [`HeadLayout::patch`] sets those three in each subscriber's copy.

use alloc::vec::Vec;
use core::num::NonZeroU16;

use super::EncodeError;
use super::frame::varint_size;
use crate::packet::put_varint;
use crate::packet::{PacketId, PacketKind, PropertyKind, QoS, Version};

/// What a head is made of.
///
/// The properties are those of the message as it was accepted, without Topic Alias, Message Expiry
/// Interval and Subscription Identifier
/// ([`Properties::without`](crate::packet::Properties::without)); these three come from the fields
/// beside. Before 5.0 there are no properties, whatever is given.
#[derive(Clone, Copy, Debug)]
pub struct PublishHead<'a> {
    /// What the subscriber speaks.
    pub version: Version,
    /// Topic Name; empty where an alias stands for it.
    pub topic: &'a str,
    /// Whether there is a Packet Identifier: QoS 1 and 2.
    pub with_id: bool,
    /// The raw block of the message's properties.
    pub properties: &'a [u8],
    /// Message Expiry Interval; patched later, so any number will do here.
    pub message_expiry_secs: Option<u32>,
    /// Topic Alias.
    pub topic_alias: Option<NonZeroU16>,
    /// Subscription Identifiers.
    pub subscription_ids: &'a [u32],
    /// Length of the payload that will follow.
    pub payload_len: usize,
}

/// Where in an encoded head to patch; offsets count from its first byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HeadLayout {
    /// Length of the head.
    pub len: u32,
    /// The two bytes of the Packet Identifier.
    pub id_at: Option<u32>,
    /// The four bytes of the Message Expiry Interval.
    pub expiry_at: Option<u32>,
}

/// The first byte of a PUBLISH.
pub const fn publish_first_byte(dup: bool, qos: QoS, retain: bool) -> u8 {
    (PacketKind::Publish as u8) << 4 | (dup as u8) << 3 | (qos as u8) << 1 | retain as u8
}

impl PublishHead<'_> {
    /// The length of the whole packet, payload included: what a receiver's Maximum Packet Size
    /// is compared with.
    ///
    /// # Errors
    /// If the packet is longer than MQTT allows.
    pub fn packet_len(&self) -> Result<usize, EncodeError> {
        let remaining = self.remaining_len()?;
        Ok(1 + varint_size(remaining as u32) + remaining)
    }

    /// Appends the head to `out`, with QoS 0, packet identifier 0 and the expiry given, to be
    /// patched.
    ///
    /// # Errors
    /// If the packet would be longer than MQTT allows, or the topic longer than a string can be.
    pub fn encode(&self, out: &mut Vec<u8>) -> Result<HeadLayout, EncodeError> {
        let remaining = self.remaining_len()?;
        let topic_len = u16::try_from(self.topic.len()).map_err(|_| EncodeError::FieldTooLong)?;
        let start = out.len();
        out.reserve(1 + 4 + remaining - self.payload_len);
        out.push(publish_first_byte(false, QoS::AtMostOnce, false));
        put_varint(remaining as u32, out);
        out.extend_from_slice(&topic_len.to_be_bytes());
        out.extend_from_slice(self.topic.as_bytes());
        let id_at = self.with_id.then(|| {
            out.extend_from_slice(&[0, 0]);
            out.len() - start - 2
        });
        let mut expiry_at = None;
        if self.version == Version::V5 {
            put_varint(self.properties_len() as u32, out);
            if let Some(secs) = self.message_expiry_secs {
                out.push(PropertyKind::MessageExpiryInterval as u8);
                expiry_at = Some(out.len() - start);
                out.extend_from_slice(&secs.to_be_bytes());
            }
            if let Some(alias) = self.topic_alias {
                out.push(PropertyKind::TopicAlias as u8);
                out.extend_from_slice(&alias.get().to_be_bytes());
            }
            for id in self.subscription_ids {
                out.push(PropertyKind::SubscriptionIdentifier as u8);
                put_varint(*id, out);
            }
            out.extend_from_slice(self.properties);
        }
        Ok(HeadLayout {
            len: (out.len() - start) as u32,
            id_at: id_at.map(|at| at as u32),
            expiry_at: expiry_at.map(|at| at as u32),
        })
    }

    fn properties_len(&self) -> usize {
        let expiry = if self.message_expiry_secs.is_some() {
            5
        } else {
            0
        };
        let alias = if self.topic_alias.is_some() { 3 } else { 0 };
        let ids: usize = self
            .subscription_ids
            .iter()
            .map(|id| 1 + varint_size(*id))
            .sum();
        self.properties.len() + expiry + alias + ids
    }

    fn remaining_len(&self) -> Result<usize, EncodeError> {
        let id = if self.with_id { 2 } else { 0 };
        let properties = match self.version {
            Version::V5 => {
                let len = self.properties_len();
                len + varint_size(len.min(u32::MAX as usize) as u32)
            }
            Version::V31 | Version::V311 => 0,
        };
        match 2 + self.topic.len() + id + properties + self.payload_len {
            len @ ..=268_435_455 => Ok(len),
            _ => Err(EncodeError::PacketTooLong),
        }
    }
}

impl HeadLayout {
    /// Makes a copy of the head one subscriber's own.
    ///
    /// # Panics
    /// If `head` is shorter than the layout says, or a packet identifier is given or missing
    /// against it.
    pub fn patch(
        &self,
        head: &mut [u8],
        first_byte: u8,
        packet_id: Option<PacketId>,
        message_expiry_secs: Option<u32>,
    ) {
        assert_eq!(self.id_at.is_some(), packet_id.is_some());
        head[0] = first_byte;
        if let (Some(at), Some(id)) = (self.id_at, packet_id) {
            head[at as usize..][..2].copy_from_slice(&id.value().to_be_bytes());
        }
        if let (Some(at), Some(secs)) = (self.expiry_at, message_expiry_secs) {
            head[at as usize..][..4].copy_from_slice(&secs.to_be_bytes());
        }
    }
}
