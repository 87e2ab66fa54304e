//! The acknowledgements, DISCONNECT and AUTH.

use alloc::format;
use alloc::vec::Vec;

use super::super::What;
use super::super::frame::{Read, fault};
use super::super::notes::Notes;
use super::super::properties::properties;
use super::super::reader::Reader;
use super::reason;
use crate::packet::{
    Ack, Auth, Disconnect, PacketKind, Properties, PropertyPlace, ReasonCode, SubAck, UnsubAck,
    Version,
};

/// PUBACK, PUBREC, PUBREL and PUBCOMP.
pub(super) fn ack<N: Notes>(r: &mut Reader<'_, N>) -> Read<Ack> {
    r.enter("Variable header", r.at());
    let packet_id = r.packet_id()?;
    // The reason code may be left out if it is Success, the properties if there are none.
    let reason = match r.version == Version::V5 && r.left() > 0 {
        true => reason(r)?,
        false => ReasonCode::Success,
    };
    let properties = optional_properties(r)?;
    r.leave();
    Ok(Ack {
        packet_id,
        reason,
        properties,
    })
}

/// Properties of which the length too may be left out.
fn optional_properties<N: Notes>(r: &mut Reader<'_, N>) -> Read<Properties> {
    match r.left() {
        0 => Ok(Properties::EMPTY),
        _ => properties(r, PropertyPlace::Packet(r.header.kind)),
    }
}

pub(super) fn suback<N: Notes>(r: &mut Reader<'_, N>) -> Read<SubAck> {
    r.enter("Variable header", r.at());
    let packet_id = r.packet_id()?;
    let properties = properties(r, PropertyPlace::Packet(PacketKind::SubAck))?;
    r.leave();
    let reasons = reasons(r)?;
    Ok(SubAck {
        packet_id,
        properties,
        reasons,
    })
}

pub(super) fn unsuback<N: Notes>(r: &mut Reader<'_, N>) -> Read<UnsubAck> {
    r.enter("Variable header", r.at());
    let packet_id = r.packet_id()?;
    let properties = properties(r, PropertyPlace::Packet(PacketKind::UnsubAck))?;
    r.leave();
    let reasons = match r.version {
        Version::V5 => reasons(r)?,
        Version::V31 | Version::V311 => Vec::new(),
    };
    Ok(UnsubAck {
        packet_id,
        properties,
        reasons,
    })
}

/// One code a filter, to the end of the packet.
fn reasons<N: Notes>(r: &mut Reader<'_, N>) -> Read<Vec<ReasonCode>> {
    r.enter("Payload", r.at());
    if r.left() == 0 {
        return fault(r.at(), What::NoReasonCodes); // [MQTT-3.8.4-6]
    }
    let mut reasons = Vec::with_capacity(r.left());
    while r.left() > 0 {
        reasons.push(match r.version {
            Version::V5 => reason(r)?,
            Version::V31 | Version::V311 => return_code(r)?,
        });
    }
    r.leave();
    Ok(reasons)
}

/// A SUBACK return code of 3.1 and 3.1.1.
fn return_code<N: Notes>(r: &mut Reader<'_, N>) -> Read<ReasonCode> {
    let at = r.at();
    let number = r.u8("Return Code")?;
    r.rule(What::ReasonCode(number));
    let (reason, words) = match number {
        0 => (ReasonCode::Success, "Success, Maximum QoS 0"),
        1 => (ReasonCode::GrantedQoS1, "Success, Maximum QoS 1"),
        2 => (ReasonCode::GrantedQoS2, "Success, Maximum QoS 2"),
        0x80 => (ReasonCode::UnspecifiedError, "Failure"),
        _ => return fault(at, What::ReasonCode(number)), // 3.1.1 [MQTT-3.9.3-2]
    };
    r.say(|| format!("0x{number:02X} {words}"));
    Ok(reason)
}

pub(super) fn disconnect<N: Notes>(r: &mut Reader<'_, N>) -> Read<Disconnect> {
    if r.version != Version::V5 || r.left() == 0 {
        return Ok(Disconnect {
            reason: ReasonCode::Success,
            properties: Properties::EMPTY,
        });
    }
    r.enter("Variable header", r.at());
    let reason = reason(r)?;
    let properties = optional_properties(r)?;
    r.leave();
    Ok(Disconnect { reason, properties })
}

pub(super) fn auth<N: Notes>(r: &mut Reader<'_, N>) -> Read<Auth> {
    if r.left() == 0 {
        return Ok(Auth {
            reason: ReasonCode::Success,
            properties: Properties::EMPTY,
        });
    }
    r.enter("Variable header", r.at());
    let reason = reason(r)?;
    let properties = properties(r, PropertyPlace::Packet(PacketKind::Auth))?;
    r.leave();
    Ok(Auth { reason, properties })
}
