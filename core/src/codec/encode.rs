//! Packets into bytes.
//!
//! A packet is described once, to a [`Sink`] that either counts or writes, so that the length
//! said and the bytes written cannot differ.

use bytes::{BufMut, Bytes};

use super::frame::{Context, Header, required_flags, varint_size};
use super::head::publish_first_byte;
use super::notes::Silent;
use super::properties::block;
use super::reader::Reader;
use super::{EncodeError, Role, What};
use crate::packet::{
    Ack, Auth, ConnAck, Connect, Disconnect, Packet, PacketKind, Properties, PropertyPlace,
    Publish, QoS, ReasonCode, RetainHandling, Subscribe, SubscribeOptions, Version,
};
use crate::topic::{SHARE_PREFIX, Utf8};

/// The largest Remaining Length.
const REMAINING_MAX: usize = 268_435_455;

/// The exact length of what [`encode`] writes.
///
/// # Errors
/// As [`encode`], which fails in no other case but for lack of room.
pub fn encoded_len(packet: &Packet, version: Version) -> Result<usize, EncodeError> {
    let remaining = remaining_len(packet, version)?;
    Ok(1 + varint_size(remaining as u32) + remaining)
}

/// Writes a packet as `version` has it; a CONNECT as the version inside it.
///
/// Before 5.0 properties are left out and reason codes become the return codes of that version.
/// Nothing is written in case of an error.
///
/// # Errors
/// If the version has no such packet, or the receiver would have to refuse it.
pub fn encode(packet: &Packet, version: Version, out: &mut impl BufMut) -> Result<(), EncodeError> {
    let remaining = remaining_len(packet, version)?;
    if out.remaining_mut() < 1 + varint_size(remaining as u32) + remaining {
        return Err(EncodeError::NoRoom);
    }
    out.put_u8(first_byte(packet));
    varint(remaining as u32, &mut Writer(out));
    body(packet, version, &mut Writer(out))
}

fn remaining_len(packet: &Packet, version: Version) -> Result<usize, EncodeError> {
    let mut counter = Counter(0);
    body(packet, version, &mut counter)?;
    match counter.0 {
        0..=REMAINING_MAX => Ok(counter.0),
        _ => Err(EncodeError::PacketTooLong),
    }
}

fn first_byte(packet: &Packet) -> u8 {
    match packet {
        Packet::Publish(publish) => publish_first_byte(publish.dup, publish.qos, publish.retain),
        _ => (packet.kind() as u8) << 4 | required_flags(packet.kind()),
    }
}

/// Where a packet goes.
trait Sink {
    fn put(&mut self, bytes: &[u8]);
}

struct Counter(usize);

impl Sink for Counter {
    fn put(&mut self, bytes: &[u8]) {
        self.0 += bytes.len();
    }
}

struct Writer<'a, B>(&'a mut B);

impl<B: BufMut> Sink for Writer<'_, B> {
    fn put(&mut self, bytes: &[u8]) {
        self.0.put_slice(bytes);
    }
}

type Written = Result<(), EncodeError>;

fn body(packet: &Packet, version: Version, out: &mut impl Sink) -> Written {
    let kind = packet.kind();
    match packet {
        Packet::Connect(connect) => self::connect(connect, out),
        Packet::ConnAck(connack) => self::connack(connack, version, out),
        Packet::Publish(publish) => self::publish(publish, version, out),
        Packet::PubAck(ack) | Packet::PubRec(ack) | Packet::PubRel(ack) | Packet::PubComp(ack) => {
            self::ack(ack, kind, version, out)
        }
        Packet::Subscribe(subscribe) => self::subscribe(subscribe, version, out),
        Packet::SubAck(suback) => {
            out.put(&suback.packet_id.value().to_be_bytes());
            properties(
                &suback.properties,
                PropertyPlace::Packet(kind),
                version,
                out,
            )?;
            reasons(&suback.reasons, kind, version, out)
        }
        Packet::Unsubscribe(unsubscribe) => {
            out.put(&unsubscribe.packet_id.value().to_be_bytes());
            let place = PropertyPlace::Packet(kind);
            properties(&unsubscribe.properties, place, version, out)?;
            if unsubscribe.filters.is_empty() {
                return Err(EncodeError::Invalid(What::NoFilters)); // [MQTT-3.10.3-2]
            }
            for filter in &unsubscribe.filters {
                text(filter, out);
            }
            Ok(())
        }
        Packet::UnsubAck(unsuback) => {
            out.put(&unsuback.packet_id.value().to_be_bytes());
            if version != Version::V5 {
                return Ok(());
            }
            let place = PropertyPlace::Packet(kind);
            properties(&unsuback.properties, place, version, out)?;
            reasons(&unsuback.reasons, kind, version, out)
        }
        Packet::PingReq | Packet::PingResp => Ok(()),
        Packet::Disconnect(disconnect) => self::disconnect(disconnect, version, out),
        Packet::Auth(auth) => self::auth(auth, version, out),
    }
}

fn connect(connect: &Connect, out: &mut impl Sink) -> Written {
    let version = connect.version;
    let (name, level) = match version {
        Version::V31 => (&b"MQIsdp"[..], 3),
        Version::V311 => (&b"MQTT"[..], 4),
        Version::V5 => (&b"MQTT"[..], 5),
    };
    if connect.bridge && version == Version::V5 {
        return Err(EncodeError::NotInVersion);
    }
    if version != Version::V5 && connect.password.is_some() && connect.username.is_none() {
        let what = What::PasswordWithoutUserName;
        return Err(EncodeError::Invalid(what)); // 3.1.1 [MQTT-3.1.2-22]
    }
    let mut flags = u8::from(connect.clean_start) << 1
        | u8::from(connect.username.is_some()) << 7
        | u8::from(connect.password.is_some()) << 6;
    if let Some(will) = &connect.will {
        flags |= 1 << 2 | (will.qos as u8) << 3 | u8::from(will.retain) << 5;
    }
    binary(name, out)?;
    out.put(&[level | u8::from(connect.bridge) << 7, flags]);
    out.put(&connect.keep_alive_secs.to_be_bytes());
    let place = PropertyPlace::Packet(PacketKind::Connect);
    properties(&connect.properties, place, version, out)?;
    text(&connect.client_id, out); // [MQTT-3.1.3-1]
    if let Some(will) = &connect.will {
        properties(&will.properties, PropertyPlace::Will, version, out)?;
        text(will.topic.utf8(), out);
        binary(&will.payload, out)?;
    }
    if let Some(username) = &connect.username {
        text(username, out);
    }
    match &connect.password {
        Some(password) => binary(password, out),
        None => Ok(()),
    }
}

fn connack(connack: &ConnAck, version: Version, out: &mut impl Sink) -> Written {
    if connack.session_present && connack.reason != ReasonCode::Success {
        let what = What::SessionPresentOnRefusal;
        return Err(EncodeError::Invalid(what)); // [MQTT-3.2.2-6]
    }
    let (present, code) = match version {
        Version::V5 => (
            connack.session_present,
            reason(connack.reason, PacketKind::ConnAck)?,
        ),
        Version::V31 | Version::V311 => {
            let code = connack_return_code(connack.reason).ok_or(EncodeError::NotInVersion)?;
            (connack.session_present && version != Version::V31, code)
        }
    };
    out.put(&[u8::from(present), code]);
    let place = PropertyPlace::Packet(PacketKind::ConnAck);
    properties(&connack.properties, place, version, out)
}

/// The Connect Return code of 3.1 and 3.1.1 for a reason, or `None` where they have none and the
/// connection has to be closed without a CONNACK (3.1.1 `[MQTT-3.2.2-6]`).
pub const fn connack_return_code(reason: ReasonCode) -> Option<u8> {
    Some(match reason {
        ReasonCode::Success => 0,
        ReasonCode::UnsupportedProtocolVersion => 1,
        ReasonCode::ClientIdentifierNotValid => 2,
        ReasonCode::ServerUnavailable
        | ReasonCode::ServerBusy
        | ReasonCode::ServerShuttingDown
        | ReasonCode::UseAnotherServer
        | ReasonCode::ServerMoved
        | ReasonCode::QuotaExceeded
        | ReasonCode::ConnectionRateExceeded => 3,
        ReasonCode::BadUserNameOrPassword => 4,
        ReasonCode::NotAuthorized | ReasonCode::Banned | ReasonCode::BadAuthenticationMethod => 5,
        _ => return None,
    })
}

fn publish(publish: &Publish, version: Version, out: &mut impl Sink) -> Written {
    if publish.dup && publish.qos == QoS::AtMostOnce {
        return Err(EncodeError::Invalid(What::DupOnQoS0)); // [MQTT-3.3.1-2]
    }
    match &publish.topic {
        Some(topic) => text(topic.utf8(), out),
        None if version == Version::V5 && publish.properties.topic_alias().is_some() => {
            out.put(&[0, 0]);
        }
        None => return Err(EncodeError::Invalid(What::TopicMissing)),
    }
    match (publish.qos, publish.packet_id) {
        (QoS::AtMostOnce, _) => {} // [MQTT-2.2.1-2]
        (_, Some(id)) => out.put(&id.value().to_be_bytes()),
        (_, None) => return Err(EncodeError::Invalid(What::PacketIdZero)), // [MQTT-2.2.1-3]
    }
    let place = PropertyPlace::Packet(PacketKind::Publish);
    properties(&publish.properties, place, version, out)?;
    out.put(&publish.payload);
    Ok(())
}

fn ack(ack: &Ack, kind: PacketKind, version: Version, out: &mut impl Sink) -> Written {
    out.put(&ack.packet_id.value().to_be_bytes());
    match (version, ack.reason, ack.properties.is_empty()) {
        (Version::V31 | Version::V311, ..) => Ok(()),
        (_, ReasonCode::Success, true) => Ok(()),
        (_, code, true) => {
            out.put(&[reason(code, kind)?]);
            Ok(())
        }
        (_, code, false) => {
            out.put(&[reason(code, kind)?]);
            properties(&ack.properties, PropertyPlace::Packet(kind), version, out)
        }
    }
}

fn subscribe(subscribe: &Subscribe, version: Version, out: &mut impl Sink) -> Written {
    out.put(&subscribe.packet_id.value().to_be_bytes());
    let place = PropertyPlace::Packet(PacketKind::Subscribe);
    properties(&subscribe.properties, place, version, out)?;
    if subscribe.filters.is_empty() {
        return Err(EncodeError::Invalid(What::NoFilters)); // [MQTT-3.8.3-2]
    }
    for entry in &subscribe.filters {
        if version == Version::V5
            && entry.options.no_local
            && entry.filter.starts_with(SHARE_PREFIX)
        {
            return Err(EncodeError::Invalid(What::NoLocalShared)); // [MQTT-3.8.3-4]
        }
        text(&entry.filter, out);
        out.put(&[options(entry.options, version)]);
    }
    Ok(())
}

fn options(options: SubscribeOptions, version: Version) -> u8 {
    let qos = options.qos as u8;
    if version != Version::V5 {
        return qos;
    }
    let handling = match options.retain_handling {
        RetainHandling::Send => 0,
        RetainHandling::SendIfNew => 1,
        RetainHandling::DoNotSend => 2,
    };
    qos | u8::from(options.no_local) << 2
        | u8::from(options.retain_as_published) << 3
        | handling << 4
}

fn reasons(
    codes: &[ReasonCode],
    kind: PacketKind,
    version: Version,
    out: &mut impl Sink,
) -> Written {
    if codes.is_empty() {
        return Err(EncodeError::Invalid(What::NoReasonCodes)); // [MQTT-3.8.4-6]
    }
    for code in codes {
        let byte = match (version, code.is_error()) {
            (Version::V31 | Version::V311, true) => 0x80, // 3.1.1 [MQTT-3.9.3-2]
            _ => reason(*code, kind)?,
        };
        out.put(&[byte]);
    }
    Ok(())
}

fn disconnect(disconnect: &Disconnect, version: Version, out: &mut impl Sink) -> Written {
    let kind = PacketKind::Disconnect;
    match (version, disconnect.reason, disconnect.properties.is_empty()) {
        (Version::V31 | Version::V311, ..) => Ok(()),
        (_, ReasonCode::Success, true) => Ok(()),
        (_, code, true) => {
            out.put(&[reason(code, kind)?]);
            Ok(())
        }
        (_, code, false) => {
            out.put(&[reason(code, kind)?]);
            properties(
                &disconnect.properties,
                PropertyPlace::Packet(kind),
                version,
                out,
            )
        }
    }
}

fn auth(auth: &Auth, version: Version, out: &mut impl Sink) -> Written {
    if version != Version::V5 {
        return Err(EncodeError::NotInVersion);
    }
    if auth.reason == ReasonCode::Success && auth.properties.is_empty() {
        return Ok(());
    }
    out.put(&[reason(auth.reason, PacketKind::Auth)?]);
    let place = PropertyPlace::Packet(PacketKind::Auth);
    properties(&auth.properties, place, version, out)
}

fn reason(code: ReasonCode, kind: PacketKind) -> Result<u8, EncodeError> {
    match code.allowed_in(kind) {
        true => Ok(code as u8),
        false => Err(EncodeError::Invalid(What::ReasonCode(code as u8))),
    }
}

fn properties(
    properties: &Properties,
    place: PropertyPlace,
    version: Version,
    out: &mut impl Sink,
) -> Written {
    if version != Version::V5 {
        return Ok(());
    }
    let raw = properties.raw();
    check_block(raw, place)?;
    let len = u32::try_from(raw.len()).map_err(|_| EncodeError::PacketTooLong)?;
    varint(len, out); // [MQTT-2.2.2-1]
    out.put(raw);
    Ok(())
}

/// Reads a block as its receiver will, whichever end that is.
fn check_block(raw: &Bytes, place: PropertyPlace) -> Written {
    if raw.is_empty() && place != PropertyPlace::Packet(PacketKind::Auth) {
        return Ok(());
    }
    let kind = match place {
        PropertyPlace::Packet(kind) => kind,
        PropertyPlace::Will => PacketKind::Connect,
    };
    let context = Context {
        sender: match kind {
            PacketKind::Disconnect => Role::Client,
            _ => Role::Server,
        },
        version: Version::V5,
        connect_expected: false,
        max_packet_bytes: u32::MAX,
        max_filters: usize::MAX,
    };
    let header = Header {
        kind,
        flags: 0,
        remaining: 0,
        minimal: true,
        len: 0,
    };
    let mut notes = Silent;
    let mut reader = Reader::new(raw.clone(), header, &context, &mut notes);
    block(&mut reader, place).map_err(|fault| match fault.what {
        What::Truncated => EncodeError::FieldTooLong,
        what => EncodeError::Invalid(what),
    })
}

fn text(text: &Utf8, out: &mut impl Sink) {
    // Utf8 holds at most 65,535 bytes.
    out.put(&(text.len() as u16).to_be_bytes());
    out.put(text.bytes());
}

fn binary(data: &[u8], out: &mut impl Sink) -> Written {
    let len = u16::try_from(data.len()).map_err(|_| EncodeError::FieldTooLong)?;
    out.put(&len.to_be_bytes());
    out.put(data);
    Ok(())
}

/// A Variable Byte Integer; the caller knows that the value has a place in four bytes, or that
/// the packet is too long anyway.
fn varint(mut value: u32, out: &mut impl Sink) {
    while value > 0x7F {
        out.put(&[value as u8 | 0x80]);
        value >>= 7;
    }
    out.put(&[value as u8]); // [MQTT-1.5.5-1]
}
