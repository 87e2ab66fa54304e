//! The fixed header: packet type, flags and Remaining Length.

use super::{DecodeError, Role, Status, What};
use crate::packet::{PacketKind, QoS, Version};

/// What is wrong and where, before a rule is looked up for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) at: usize,
    pub(super) what: What,
}

pub(super) type Read<T> = Result<T, Fault>;

pub(super) const fn fault<T>(at: usize, what: What) -> Read<T> {
    Err(Fault { at, what })
}

/// What a packet is read against.
#[derive(Clone, Copy, Debug)]
pub(super) struct Context {
    pub(super) sender: Role,
    pub(super) version: Version,
    /// The sender is a client from which no CONNECT has come.
    pub(super) connect_expected: bool,
    pub(super) max_packet_bytes: u32,
    /// Filters of one SUBSCRIBE or UNSUBSCRIBE.
    pub(super) max_filters: usize,
}

/// A fixed header.
#[derive(Clone, Copy, Debug)]
pub(super) struct Header {
    pub(super) kind: PacketKind,
    pub(super) flags: u8,
    pub(super) remaining: u32,
    /// Whether the Remaining Length has no needless bytes.
    pub(super) minimal: bool,
    /// Bytes of the header itself, 2 to 5.
    pub(super) len: usize,
}

impl Header {
    /// Reads the header and refuses what can be refused before the rest has come.
    pub(super) fn read(bytes: &[u8], context: &Context) -> Read<Status<Self>> {
        let Some(&first) = bytes.first() else {
            return Ok(Status::Partial { need: 2 });
        };
        let kind = check_first(first, context)?;
        let Status::Complete((remaining, varint_len)) = read_varint(&bytes[1..], 1)? else {
            return Ok(Status::Partial { need: 1 });
        };
        let header = Self {
            kind,
            flags: first & 0x0F,
            remaining,
            minimal: varint_len == varint_size(remaining),
            len: 1 + varint_len,
        };
        // A CONNECT's version is not known here; `connect` makes up for it.
        if !header.minimal && context.version == Version::V5 && kind != PacketKind::Connect {
            return fault(1, What::VarintNotMinimal); // [MQTT-1.5.5-1]
        }
        let len = header.len as u32 + remaining;
        if len > context.max_packet_bytes {
            let limit = context.max_packet_bytes;
            return fault(1, What::TooLarge { len, limit }); // [MQTT-3.2.2-15]
        }
        Ok(Status::Complete(header))
    }

    /// The length of the whole packet.
    pub(super) fn packet_len(&self) -> usize {
        self.len + self.remaining as usize
    }
}

/// Checks packet type, direction and flags.
fn check_first(first: u8, context: &Context) -> Read<PacketKind> {
    let number = first >> 4;
    let Some(kind) = PacketKind::from_number(number) else {
        return fault(0, What::PacketType(number));
    };
    if context.connect_expected && kind != PacketKind::Connect {
        return fault(0, What::ConnectExpected); // [MQTT-3.1.0-1]
    }
    if kind == PacketKind::Auth && context.version != Version::V5 {
        return fault(0, What::PacketType(number));
    }
    if !may_send(context.sender, kind, context.version) {
        return fault(0, What::Direction(context.sender));
    }
    let flags = first & 0x0F;
    match kind {
        PacketKind::Publish => check_publish_flags(flags, context.version)?,
        PacketKind::Connect => {}
        // MQTT 3.1 leaves these flags unused or lets them say DUP and QoS 1.
        _ if context.version == Version::V31 => {}
        _ if flags != required_flags(kind) => return fault(0, What::Flags), // [MQTT-2.1.3-1]
        _ => {}
    }
    Ok(kind)
}

fn check_publish_flags(flags: u8, version: Version) -> Read<()> {
    match QoS::from_number(flags >> 1 & 3) {
        None => fault(0, What::QoS), // [MQTT-3.3.1-4]
        Some(QoS::AtMostOnce) if flags & 8 != 0 && version != Version::V31 => {
            fault(0, What::DupOnQoS0) // [MQTT-3.3.1-2]
        }
        Some(_) => Ok(()),
    }
}

/// The lower four bits of the first byte of every packet but PUBLISH.
pub(super) const fn required_flags(kind: PacketKind) -> u8 {
    match kind {
        PacketKind::PubRel | PacketKind::Subscribe | PacketKind::Unsubscribe => 2,
        _ => 0,
    }
}

fn may_send(sender: Role, kind: PacketKind, version: Version) -> bool {
    match kind {
        PacketKind::Connect
        | PacketKind::Subscribe
        | PacketKind::Unsubscribe
        | PacketKind::PingReq => sender == Role::Client,
        PacketKind::ConnAck | PacketKind::SubAck | PacketKind::UnsubAck | PacketKind::PingResp => {
            sender == Role::Server
        }
        PacketKind::Disconnect => sender == Role::Client || version == Version::V5,
        PacketKind::Publish
        | PacketKind::PubAck
        | PacketKind::PubRec
        | PacketKind::PubRel
        | PacketKind::PubComp
        | PacketKind::Auth => true,
    }
}

/// Reads a Variable Byte Integer that stands at offset `at`: its value and how many bytes it has.
pub(super) fn read_varint(bytes: &[u8], at: usize) -> Read<Status<(u32, usize)>> {
    let mut value = 0;
    for (index, byte) in bytes.iter().take(4).enumerate() {
        value |= u32::from(byte & 0x7F) << (7 * index);
        if byte & 0x80 == 0 {
            return Ok(Status::Complete((value, index + 1)));
        }
    }
    match bytes.len() {
        0..4 => Ok(Status::Partial { need: 1 }),
        _ => fault(at, What::VarintTooLong),
    }
}

/// How many bytes a Variable Byte Integer needs.
pub(super) const fn varint_size(value: u32) -> usize {
    match value {
        0..0x80 => 1,
        0x80..0x4000 => 2,
        0x4000..0x20_0000 => 3,
        _ => 4,
    }
}

/// The length of the packet at the front, from its fixed header alone.
///
/// The only thing checked is that the Remaining Length has at most four bytes.
///
/// # Errors
/// If it has a fifth.
pub fn frame_len(bytes: &[u8]) -> Result<Status<usize>, DecodeError> {
    let Some((&first, rest)) = bytes.split_first() else {
        return Ok(Status::Partial { need: 2 });
    };
    match read_varint(rest, 1) {
        Ok(Status::Complete((remaining, len))) => {
            Ok(Status::Complete(1 + len + remaining as usize))
        }
        Ok(Status::Partial { need }) => Ok(Status::Partial { need }),
        Err(fault) => Err(fault.explain(PacketKind::from_number(first >> 4), Version::V5)),
    }
}

impl Fault {
    pub(super) fn explain(self, kind: Option<PacketKind>, version: Version) -> DecodeError {
        let rule = self.what.rule(kind, version);
        DecodeError {
            offset: self.at as u32,
            what: self.what,
            reason: rule.reason,
            statement: rule.statement,
            kind,
            version,
        }
    }
}
