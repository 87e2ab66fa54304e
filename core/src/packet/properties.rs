//! The properties of MQTT 5.0 packets.
//!
//! A packet keeps its property block as it was received, checked once by [`crate::codec`];
//! whoever needs a property asks for it, and forwarding a block costs nothing.

mod getters;
mod kind;

pub use kind::{PropertyKind, PropertyPlace, PropertyType};

use alloc::vec::Vec;
use core::fmt;

use bytes::{BufMut, Bytes};

use crate::packet::QoS;
use crate::topic::Utf8;

/// A property block without its length prefix, in the order sent.
///
/// A block that came from the decoder is valid for its packet. One that was built is as valid as
/// its builder made it; the encoder checks it again.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct Properties(Bytes);

/// One property with its value.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)] // The names are the standard's.
pub enum Property {
    PayloadFormatIndicator(bool),
    MessageExpirySecs(u32),
    ContentType(Utf8),
    ResponseTopic(Utf8),
    CorrelationData(Bytes),
    SubscriptionId(u32),
    SessionExpirySecs(u32),
    AssignedClientId(Utf8),
    ServerKeepAliveSecs(u16),
    AuthMethod(Utf8),
    AuthData(Bytes),
    RequestProblemInformation(bool),
    WillDelaySecs(u32),
    RequestResponseInformation(bool),
    ResponseInformation(Utf8),
    ServerReference(Utf8),
    ReasonString(Utf8),
    ReceiveMax(u16),
    TopicAliasMax(u16),
    TopicAlias(u16),
    MaximumQoS(QoS),
    RetainAvailable(bool),
    UserProperty(Utf8, Utf8),
    MaxPacketSize(u32),
    WildcardAvailable(bool),
    SubscriptionIdsAvailable(bool),
    SharedAvailable(bool),
}

/// A property cannot be written: binary data is longer than 65,535 bytes, or a subscription
/// identifier larger than 268,435,455.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the value of {0} is larger than the wire can carry")]
pub struct ValueTooLarge(pub PropertyKind);

/// The largest value of a Variable Byte Integer.
pub(crate) const VARINT_MAX: u32 = 268_435_455;

impl Properties {
    /// No properties.
    pub const EMPTY: Self = Self(Bytes::new());

    /// A block that has been checked.
    pub(crate) fn from_checked(raw: Bytes) -> Self {
        Self(raw)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The bytes of the block, without its length prefix.
    pub fn raw(&self) -> &Bytes {
        &self.0
    }

    /// The properties in the order sent; their values are slices of the block.
    pub fn iter(&self) -> impl Iterator<Item = Property> + '_ {
        self.walk()
            .filter_map(|(kind, value)| self.property(kind, value))
    }

    /// A block of these properties in this order.
    ///
    /// # Panics
    /// If a value is too large; see [`Properties::try_push`].
    pub fn build(properties: impl IntoIterator<Item = Property>) -> Self {
        let mut built = Vec::new();
        for property in properties {
            write(&property, &mut built).expect("invariant: the caller's values fit the wire");
        }
        Self(built.into())
    }

    /// Adds a property at the end. The block is copied, so [`Properties::build`] is for many.
    ///
    /// # Panics
    /// If the value is too large; see [`Properties::try_push`].
    pub fn push(&mut self, property: Property) {
        self.try_push(property)
            .expect("invariant: the caller's value fits the wire");
    }

    /// Adds a property whose value somebody else chose.
    ///
    /// # Errors
    /// If the value is larger than the wire can carry; the block is then as it was.
    pub fn try_push(&mut self, property: Property) -> Result<(), ValueTooLarge> {
        let mut built = Vec::with_capacity(self.0.len() + 16);
        built.extend_from_slice(&self.0);
        write(&property, &mut built)?;
        self.0 = built.into();
        Ok(())
    }

    /// The block without properties of these kinds; the very same bytes where there are none.
    pub fn without(&self, kinds: &[PropertyKind]) -> Self {
        if !self.walk().any(|(kind, _)| kinds.contains(&kind)) {
            return self.clone();
        }
        let mut kept = Vec::with_capacity(self.0.len());
        let mut walk = self.walk();
        loop {
            let start = self.0.len() - walk.rest.len();
            let Some((kind, _)) = walk.next() else { break };
            if !kinds.contains(&kind) {
                kept.extend_from_slice(&self.0[start..self.0.len() - walk.rest.len()]);
            }
        }
        Self(kept.into())
    }

    /// Kinds and raw values in the order sent; what does not parse ends it.
    pub(crate) fn walk(&self) -> Walk<'_> {
        Walk { rest: &self.0 }
    }

    fn property(&self, kind: PropertyKind, value: &[u8]) -> Option<Property> {
        let text = |value| Utf8::from_bytes(self.0.slice_ref(value)).ok();
        let flag = || flag(value);
        let two = || two(value);
        let four = || four(value);
        Some(match kind {
            PropertyKind::PayloadFormatIndicator => Property::PayloadFormatIndicator(flag()?),
            PropertyKind::MessageExpiryInterval => Property::MessageExpirySecs(four()?),
            PropertyKind::ContentType => Property::ContentType(text(value)?),
            PropertyKind::ResponseTopic => Property::ResponseTopic(text(value)?),
            PropertyKind::CorrelationData => Property::CorrelationData(self.0.slice_ref(value)),
            PropertyKind::SubscriptionIdentifier => Property::SubscriptionId(varint(value)?.0),
            PropertyKind::SessionExpiryInterval => Property::SessionExpirySecs(four()?),
            PropertyKind::AssignedClientIdentifier => Property::AssignedClientId(text(value)?),
            PropertyKind::ServerKeepAlive => Property::ServerKeepAliveSecs(two()?),
            PropertyKind::AuthenticationMethod => Property::AuthMethod(text(value)?),
            PropertyKind::AuthenticationData => Property::AuthData(self.0.slice_ref(value)),
            PropertyKind::RequestProblemInformation => Property::RequestProblemInformation(flag()?),
            PropertyKind::WillDelayInterval => Property::WillDelaySecs(four()?),
            PropertyKind::RequestResponseInformation => {
                Property::RequestResponseInformation(flag()?)
            }
            PropertyKind::ResponseInformation => Property::ResponseInformation(text(value)?),
            PropertyKind::ServerReference => Property::ServerReference(text(value)?),
            PropertyKind::ReasonString => Property::ReasonString(text(value)?),
            PropertyKind::ReceiveMaximum => Property::ReceiveMax(two()?),
            PropertyKind::TopicAliasMaximum => Property::TopicAliasMax(two()?),
            PropertyKind::TopicAlias => Property::TopicAlias(two()?),
            PropertyKind::MaximumQoS => Property::MaximumQoS(if flag()? {
                QoS::AtLeastOnce
            } else {
                QoS::AtMostOnce
            }),
            PropertyKind::RetainAvailable => Property::RetainAvailable(flag()?),
            PropertyKind::UserProperty => {
                let (name, value) = pair(value)?;
                Property::UserProperty(text(name)?, text(value)?)
            }
            PropertyKind::MaximumPacketSize => Property::MaxPacketSize(four()?),
            PropertyKind::WildcardSubscriptionAvailable => Property::WildcardAvailable(flag()?),
            PropertyKind::SubscriptionIdentifiersAvailable => {
                Property::SubscriptionIdsAvailable(flag()?)
            }
            PropertyKind::SharedSubscriptionAvailable => Property::SharedAvailable(flag()?),
        })
    }
}

impl FromIterator<Property> for Properties {
    fn from_iter<I: IntoIterator<Item = Property>>(properties: I) -> Self {
        Self::build(properties)
    }
}

impl fmt::Debug for Properties {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

/// Takes a block apart without looking into the values. A string or binary value is given without
/// its length, a user property with both lengths.
pub(crate) struct Walk<'a> {
    rest: &'a [u8],
}

impl<'a> Iterator for Walk<'a> {
    type Item = (PropertyKind, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let (&id, rest) = self.rest.split_first()?;
        let kind = PropertyKind::from_id(u32::from(id))?;
        let (skip, len) = match kind.value_type() {
            PropertyType::Byte => (0, 1),
            PropertyType::TwoBytes => (0, 2),
            PropertyType::FourBytes => (0, 4),
            PropertyType::Varint => (0, varint(rest)?.1),
            PropertyType::Text | PropertyType::Binary => (2, usize::from(two(rest)?)),
            PropertyType::TextPair => {
                let name = 2 + usize::from(two(rest)?);
                (0, name + 2 + usize::from(two(rest.get(name..)?)?))
            }
        };
        let value = rest.get(skip..skip + len)?;
        self.rest = &rest[skip + len..];
        Some((kind, value))
    }
}

fn flag(value: &[u8]) -> Option<bool> {
    value.first().map(|byte| *byte != 0)
}

fn two(value: &[u8]) -> Option<u16> {
    value.first_chunk().map(|bytes| u16::from_be_bytes(*bytes))
}

fn four(value: &[u8]) -> Option<u32> {
    value.first_chunk().map(|bytes| u32::from_be_bytes(*bytes))
}

/// A Variable Byte Integer and how many bytes it took.
fn varint(value: &[u8]) -> Option<(u32, usize)> {
    let mut number = 0;
    for (at, byte) in value.iter().take(4).enumerate() {
        number |= u32::from(byte & 0x7F) << (7 * at);
        if byte & 0x80 == 0 {
            return Some((number, at + 1));
        }
    }
    None
}

fn pair(value: &[u8]) -> Option<(&[u8], &[u8])> {
    let name = 2 + usize::from(two(value)?);
    Some((value.get(2..name)?, value.get(name + 2..)?))
}

fn write(property: &Property, out: &mut Vec<u8>) -> Result<(), ValueTooLarge> {
    let kind = property.kind();
    let start = out.len();
    out.put_u8(kind as u8);
    let written = match property {
        Property::PayloadFormatIndicator(value)
        | Property::RequestProblemInformation(value)
        | Property::RequestResponseInformation(value)
        | Property::RetainAvailable(value)
        | Property::WildcardAvailable(value)
        | Property::SubscriptionIdsAvailable(value)
        | Property::SharedAvailable(value) => {
            out.put_u8(u8::from(*value));
            true
        }
        Property::MaximumQoS(value) => {
            out.put_u8(*value as u8);
            true
        }
        Property::ServerKeepAliveSecs(value)
        | Property::ReceiveMax(value)
        | Property::TopicAliasMax(value)
        | Property::TopicAlias(value) => {
            out.put_u16(*value);
            true
        }
        Property::MessageExpirySecs(value)
        | Property::SessionExpirySecs(value)
        | Property::WillDelaySecs(value)
        | Property::MaxPacketSize(value) => {
            out.put_u32(*value);
            true
        }
        Property::SubscriptionId(value) => put_varint(*value, out),
        Property::ContentType(text)
        | Property::ResponseTopic(text)
        | Property::AssignedClientId(text)
        | Property::AuthMethod(text)
        | Property::ResponseInformation(text)
        | Property::ServerReference(text)
        | Property::ReasonString(text) => put_data(text.bytes(), out),
        Property::CorrelationData(data) | Property::AuthData(data) => put_data(data, out),
        Property::UserProperty(name, value) => {
            put_data(name.bytes(), out) && put_data(value.bytes(), out)
        }
    };
    if written {
        return Ok(());
    }
    out.truncate(start);
    Err(ValueTooLarge(kind))
}

fn put_data(data: &[u8], out: &mut Vec<u8>) -> bool {
    let Ok(len) = u16::try_from(data.len()) else {
        return false;
    };
    out.put_u16(len);
    out.put_slice(data);
    true
}

/// Writes a Variable Byte Integer in as few bytes as it takes [MQTT-1.5.5-1]; false if it has no
/// place in four.
pub(crate) fn put_varint(mut value: u32, out: &mut impl BufMut) -> bool {
    if value > VARINT_MAX {
        return false;
    }
    while value > 0x7F {
        out.put_u8(value as u8 | 0x80);
        value >>= 7;
    }
    out.put_u8(value as u8);
    true
}
