//! CONNECT and CONNACK.

use alloc::format;
use alloc::string::{String, ToString};

use super::super::What;
use super::super::frame::{Read, fault, required_flags};
use super::super::notes::Notes;
use super::super::properties::properties;
use super::super::reader::Reader;
use super::reason;
use crate::packet::{ConnAck, Connect, PacketKind, PropertyPlace, QoS, ReasonCode, Version, Will};

pub(super) fn connect<N: Notes>(r: &mut Reader<'_, N>) -> Read<Connect> {
    r.enter("Variable header", r.at());
    let (version, bridge) = protocol(r)?;
    r.version = version;
    if version != Version::V31 && r.header.flags != required_flags(PacketKind::Connect) {
        return fault(0, What::Flags); // [MQTT-2.1.3-1]
    }
    if version == Version::V5 && !r.header.minimal {
        return fault(1, What::VarintNotMinimal); // [MQTT-1.5.5-1]
    }
    let flags = connect_flags(r)?;
    let keep_alive_secs = r.u16("Keep Alive")?;
    r.say(|| match keep_alive_secs {
        0 => "0: off".to_string(),
        secs => format!("{secs} s"),
    });
    let connect_properties = properties(r, PropertyPlace::Packet(PacketKind::Connect))?;
    r.leave();

    r.enter("Payload", r.at());
    let client_id = r.text("Client Identifier")?; // [MQTT-3.1.3-3], [MQTT-3.1.3-4]
    let will = match flags.will {
        Some((qos, retain)) => Some(Will {
            qos,
            retain,
            properties: properties(r, PropertyPlace::Will)?,
            topic: r.topic("Will Topic")?, // [MQTT-3.1.2-9] [MQTT-3.1.3-11]
            payload: r.binary("Will Payload")?,
        }),
        None => None,
    };
    // MQTT 3.1 lets the Remaining Length overrule these two flags.
    let ends_early = |r: &Reader<'_, N>| r.version == Version::V31 && r.left() == 0;
    let username = match flags.username && !ends_early(r) {
        true => Some(r.text("User Name")?), // [MQTT-3.1.2-17] [MQTT-3.1.3-12]
        false => None,
    };
    let password = match flags.password && !ends_early(r) {
        true => Some(r.binary("Password")?), // [MQTT-3.1.2-19]
        false => None,
    };
    r.finish()?; // [MQTT-3.1.2-16], [MQTT-3.1.2-18]
    r.leave();
    Ok(Connect {
        version,
        bridge,
        clean_start: flags.clean_start,
        keep_alive_secs,
        client_id,
        will,
        username,
        password,
        properties: connect_properties,
    })
}

/// The version a CONNECT asks for whose header is at fault, if so much of it has come; else the
/// one in which nothing is answered.
pub(super) fn peek_version(bytes: &[u8]) -> Version {
    let more = |byte: &&u8| **byte & 0x80 != 0;
    let length = bytes.iter().skip(1).take(4).take_while(more).count();
    let body = bytes.get(2 + length..).unwrap_or(&[]);
    match body.strip_prefix(b"\x00\x04MQTT") {
        Some([5, ..]) => Version::V5,
        _ => Version::V311,
    }
}

/// Protocol name and level: the version, and whether the bridge bit is set.
fn protocol<N: Notes>(r: &mut Reader<'_, N>) -> Read<(Version, bool)> {
    let at = r.at();
    let name = r.text("Protocol Name")?;
    r.rule(What::ProtocolName);
    if !matches!(name.as_str(), "MQTT" | "MQIsdp") {
        return fault(at, What::ProtocolName); // [MQTT-3.1.2-1]
    }
    let at = r.at();
    let level = r.u8("Protocol Version")?;
    r.rule(What::ProtocolLevel { level });
    let bridge = level & 0x80 != 0;
    let version = match (name.as_str(), level & 0x7F) {
        ("MQIsdp", 3) => Version::V31,
        ("MQTT", 4) => Version::V311,
        ("MQTT", 5) if !bridge => Version::V5,
        // Whoever is newer than we are can at least read the newest answer we know.
        (name, level) => {
            r.version = match (name, level) {
                ("MQTT", 5..) => Version::V5,
                ("MQIsdp", _) => Version::V31,
                _ => Version::V311,
            };
            return fault(at, What::ProtocolLevel { level }); // [MQTT-3.1.2-2]
        }
    };
    r.say(|| {
        let bridge = if bridge { ", a bridge" } else { "" };
        format!("{} (MQTT {version}{bridge})", level & 0x7F)
    });
    Ok((version, bridge))
}

struct ConnectFlags {
    clean_start: bool,
    will: Option<(QoS, bool)>,
    username: bool,
    password: bool,
}

fn connect_flags<N: Notes>(r: &mut Reader<'_, N>) -> Read<ConnectFlags> {
    let at = r.at();
    let bits = r.u8("Connect Flags")?;
    r.say(|| format!("0x{bits:02X}"));
    let set = |bit: u8| bits >> bit & 1 == 1;
    note_flags(r);
    let (username, password, will) = (set(7), set(6), set(2));
    let (retain, qos) = (set(5), bits >> 3 & 3);
    if r.version != Version::V31 {
        if set(0) {
            return fault(at, What::ConnectFlagReserved); // [MQTT-3.1.2-3]
        }
        if !will && qos > 0 {
            return fault(at, What::WillQoSWithoutWill); // [MQTT-3.1.2-11]
        }
        if !will && retain {
            return fault(at, What::WillRetainWithoutWill); // [MQTT-3.1.2-13]
        }
    }
    if r.version != Version::V5 && password && !username {
        return fault(at, What::PasswordWithoutUserName); // 3.1.1 [MQTT-3.1.2-22]
    }
    let will = match (will, QoS::from_number(qos)) {
        (true, Some(qos)) => Some((qos, retain)),
        (true, None) => return fault(at, What::WillQoS), // [MQTT-3.1.2-12]
        (false, _) => None,
    };
    Ok(ConnectFlags {
        clean_start: set(1),
        will,
        username,
        password,
    })
}

fn note_flags<N: Notes>(r: &mut Reader<'_, N>) {
    let clean = match r.version {
        Version::V5 => "Clean Start",
        Version::V31 | Version::V311 => "Clean Session",
    };
    r.bits("User Name Flag", (7, 7), None, yes_no);
    r.bits("Password Flag", (6, 6), None, yes_no);
    r.bits(
        "Will Retain",
        (5, 5),
        Some(What::WillRetainWithoutWill),
        yes_no,
    );
    r.bits("Will QoS", (4, 3), Some(What::WillQoS), |qos| {
        qos.to_string()
    });
    r.bits("Will Flag", (2, 2), None, yes_no);
    r.bits(clean, (1, 1), None, yes_no);
    r.bits("Reserved", (0, 0), Some(What::ConnectFlagReserved), |bit| {
        bit.to_string()
    });
}

pub(in super::super) fn yes_no(bit: u8) -> String {
    if bit == 0 { "0: no" } else { "1: yes" }.to_string()
}

pub(super) fn connack<N: Notes>(r: &mut Reader<'_, N>) -> Read<ConnAck> {
    r.enter("Variable header", r.at());
    let at = r.at();
    let flags = r.u8("Connect Acknowledge Flags")?;
    r.say(|| format!("0x{flags:02X}"));
    r.bits("Reserved", (7, 1), Some(What::ConnAckFlags), |bits| {
        bits.to_string()
    });
    // MQTT 3.1 reserves the whole byte and gives it no meaning.
    let session_present = flags & 1 == 1 && r.version != Version::V31;
    if r.version != Version::V31 {
        let rule = Some(What::SessionPresentOnRefusal);
        r.bits("Session Present", (0, 0), rule, yes_no);
        if flags > 1 {
            return fault(at, What::ConnAckFlags); // [MQTT-3.2.2-1]
        }
    }
    let reason = match r.version {
        Version::V5 => reason(r)?,
        Version::V31 | Version::V311 => return_code(r)?,
    };
    if session_present && reason != ReasonCode::Success {
        return fault(at, What::SessionPresentOnRefusal); // [MQTT-3.2.2-6]
    }
    let properties = properties(r, PropertyPlace::Packet(PacketKind::ConnAck))?;
    r.leave();
    Ok(ConnAck {
        session_present,
        reason,
        properties,
    })
}

/// A Connect Return code of 3.1 and 3.1.1.
fn return_code<N: Notes>(r: &mut Reader<'_, N>) -> Read<ReasonCode> {
    let at = r.at();
    let number = r.u8("Connect Return code")?;
    let (reason, words) = match number {
        0 => (ReasonCode::Success, "Connection Accepted"),
        1 => (
            ReasonCode::UnsupportedProtocolVersion,
            "unacceptable protocol version",
        ),
        2 => (ReasonCode::ClientIdentifierNotValid, "identifier rejected"),
        3 => (ReasonCode::ServerUnavailable, "Server unavailable"),
        4 => (
            ReasonCode::BadUserNameOrPassword,
            "bad user name or password",
        ),
        5 => (ReasonCode::NotAuthorized, "not authorized"),
        _ => return fault(at, What::ReasonCode(number)),
    };
    r.say(|| format!("{number}: {words}"));
    Ok(reason)
}
