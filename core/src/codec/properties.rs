//! Checks a property block once, so that getters can trust it.

use alloc::format;
use alloc::string::{String, ToString};

use super::frame::{Read, fault};
use super::notes::Notes;
use super::reader::{Reader, topic_fault};
use super::{Role, What};
use crate::packet::{PacketKind, Properties, PropertyKind, PropertyPlace, Version};
use crate::topic::Topic;

/// Reads the length and the properties; nothing before 5.0.
pub(super) fn properties<N: Notes>(
    r: &mut Reader<'_, N>,
    place: PropertyPlace,
) -> Read<Properties> {
    if r.version != Version::V5 {
        return Ok(Properties::EMPTY);
    }
    let at = r.at();
    r.enter(
        match place {
            PropertyPlace::Packet(_) => "Properties",
            PropertyPlace::Will => "Will Properties",
        },
        at,
    );
    let len = r.varint("Property Length")? as usize;
    if len > r.left() {
        return fault(at, What::Truncated);
    }
    let start = r.at();
    let end = r.narrow(len);
    block(r, place)?;
    r.widen(end);
    r.leave();
    Ok(if len == 0 {
        Properties::EMPTY
    } else {
        Properties::from_checked(r.frame.slice(start..start + len))
    })
}

/// Reads properties up to where the reader stops.
pub(super) fn block<N: Notes>(r: &mut Reader<'_, N>, place: PropertyPlace) -> Read<()> {
    let mut seen = 0_u64;
    let mut auth_data_at = 0;
    while r.left() > 0 {
        let at = r.at();
        let kind = identifier(r)?;
        if !kind.allowed_in(place) {
            return fault(at, What::PropertyNotAllowed(kind));
        }
        let bit = 1 << kind as u8;
        if seen & bit != 0 && !repeatable(kind, place) {
            return fault(at, What::PropertyTwice(kind));
        }
        seen |= bit;
        match (kind, place, r.sender) {
            (
                PropertyKind::SubscriptionIdentifier,
                PropertyPlace::Packet(PacketKind::Publish),
                Role::Client,
            ) => return fault(at, What::SubscriptionIdFromClient), // [MQTT-3.3.4-6]
            (
                PropertyKind::SessionExpiryInterval,
                PropertyPlace::Packet(PacketKind::Disconnect),
                Role::Server,
            ) => return fault(at, What::SessionExpiryFromServer), // [MQTT-3.14.2-2]
            (PropertyKind::AuthenticationData, ..) => auth_data_at = at,
            _ => {}
        }
        value(r, kind)?;
        r.leave();
    }
    let has_method = seen & 1 << PropertyKind::AuthenticationMethod as u8 != 0;
    if auth_data_at > 0 && !has_method && place == PropertyPlace::Packet(PacketKind::Connect) {
        return fault(auth_data_at, What::AuthDataWithoutMethod);
    }
    if place == PropertyPlace::Packet(PacketKind::Auth) && !has_method {
        return fault(r.at(), What::AuthMethodMissing);
    }
    Ok(())
}

/// Reads an identifier and begins the group of its property.
fn identifier<N: Notes>(r: &mut Reader<'_, N>) -> Read<PropertyKind> {
    let at = r.at();
    let first = PropertyKind::from_id(u32::from(r.frame[at]));
    r.enter(first.map_or("Unknown property", PropertyKind::name), at);
    // It is a Variable Byte Integer, though every identifier defined has one byte.
    let id = r.varint("Identifier")?;
    r.say(|| format!("0x{id:02X}"));
    match PropertyKind::from_id(id) {
        Some(kind) => Ok(kind),
        None => fault(at, What::PropertyUnknown(id)),
    }
}

fn repeatable(kind: PropertyKind, place: PropertyPlace) -> bool {
    match kind {
        PropertyKind::UserProperty => true,
        PropertyKind::SubscriptionIdentifier => place == PropertyPlace::Packet(PacketKind::Publish),
        _ => false,
    }
}

/// Reads a value and checks its range.
fn value<N: Notes>(r: &mut Reader<'_, N>, kind: PropertyKind) -> Read<()> {
    let at = r.at();
    let wrong = fault(at, What::PropertyValue(kind));
    match kind {
        PropertyKind::PayloadFormatIndicator
        | PropertyKind::RequestProblemInformation
        | PropertyKind::RequestResponseInformation
        | PropertyKind::MaximumQoS
        | PropertyKind::RetainAvailable
        | PropertyKind::WildcardSubscriptionAvailable
        | PropertyKind::SubscriptionIdentifiersAvailable
        | PropertyKind::SharedSubscriptionAvailable => {
            let value = r.u8("Value")?;
            r.say(|| flag_words(kind, value));
            if value > 1 {
                return wrong;
            }
        }
        PropertyKind::ServerKeepAlive => {
            let secs = r.u16("Value")?;
            r.say(|| format!("{secs} s"));
        }
        PropertyKind::TopicAliasMaximum => {
            r.u16("Value")?;
        }
        PropertyKind::ReceiveMaximum => {
            if r.u16("Value")? == 0 {
                return wrong;
            }
        }
        PropertyKind::TopicAlias => {
            let alias = r.u16("Value")?;
            r.rule(What::TopicAliasZero);
            if alias == 0 {
                return fault(at, What::TopicAliasZero); // [MQTT-3.3.2-8]
            }
        }
        PropertyKind::MessageExpiryInterval
        | PropertyKind::SessionExpiryInterval
        | PropertyKind::WillDelayInterval => {
            let secs = r.u32("Value")?;
            r.say(|| secs_words(kind, secs));
        }
        PropertyKind::MaximumPacketSize => {
            let bytes = r.u32("Value")?;
            r.say(|| format!("{bytes} bytes"));
            if bytes == 0 {
                return wrong;
            }
        }
        PropertyKind::SubscriptionIdentifier => {
            if r.varint("Value")? == 0 {
                return wrong;
            }
        }
        PropertyKind::ResponseTopic => {
            let name = r.skip_text("Value")?; // [MQTT-3.3.2-13]
            if let Err(error) = Topic::check(name.as_bytes()) {
                let at = topic_fault(at + 2 + name.len(), name, error).at;
                return fault(at, What::ResponseTopic); // [MQTT-3.3.2-14]
            }
            r.rule(What::ResponseTopic);
        }
        // [MQTT-3.3.2-19]
        PropertyKind::ContentType
        | PropertyKind::AssignedClientIdentifier
        | PropertyKind::AuthenticationMethod
        | PropertyKind::ResponseInformation
        | PropertyKind::ServerReference
        | PropertyKind::ReasonString => {
            r.skip_text("Value")?;
        }
        PropertyKind::CorrelationData | PropertyKind::AuthenticationData => {
            r.skip_binary("Value")?;
        }
        PropertyKind::UserProperty => {
            r.skip_text("Name")?;
            r.skip_text("Value")?; // [MQTT-1.5.7-1]
        }
    }
    Ok(())
}

fn flag_words(kind: PropertyKind, value: u8) -> String {
    let words = match (kind, value) {
        (_, 2..) => return value.to_string(),
        (PropertyKind::MaximumQoS, 0) => "QoS 0",
        (PropertyKind::MaximumQoS, _) => "QoS 1",
        (PropertyKind::PayloadFormatIndicator, 0) => "0: unspecified bytes",
        (PropertyKind::PayloadFormatIndicator, _) => "1: UTF-8 text",
        (_, 0) => "0: no",
        (_, _) => "1: yes",
    };
    words.to_string()
}

fn secs_words(kind: PropertyKind, secs: u32) -> String {
    match kind {
        PropertyKind::SessionExpiryInterval if secs == u32::MAX => "never".to_string(),
        _ => format!("{secs} s"),
    }
}
