//! Bytes into fields, strictly: what a broker sends has to be in order to the last bit.

use super::{PROPERTIES, Packet, Property, Shape, Value, Version, reason_codes};

/// How long the packet at the front is; `None` if that cannot be told yet.
///
/// # Errors
/// If its length has a fifth byte.
pub fn frame_len(bytes: &[u8]) -> Result<Option<usize>, String> {
    let mut len = 0;
    for place in 0..4 {
        let Some(byte) = bytes.get(1 + place) else {
            return Ok(None);
        };
        len |= usize::from(byte & 0x7F) << (7 * place);
        if byte & 0x80 == 0 {
            return Ok(Some(2 + place + len));
        }
    }
    Err("a Remaining Length of five bytes".to_owned())
}

/// Reads one whole packet.
///
/// # Errors
/// With what is wrong with it.
pub fn decode(bytes: &[u8], version: Version) -> Result<Packet, String> {
    let Some(first) = bytes.first().copied() else {
        return Err("no bytes".to_owned());
    };
    let (kind, flags) = (first >> 4, first & 15);
    let mut rest = Rest(&bytes[1..]);
    let len = rest.varint()?;
    if rest.0.len() != len as usize {
        return Err(format!("{len} bytes announced, {} there", rest.0.len()));
    }
    let mut packet = Packet {
        kind,
        fields: Vec::new(),
    };
    let v5 = version == Version::V5;
    let wanted = match kind {
        3 => flags,
        6 | 8 | 10 => 2,
        _ => 0,
    };
    if flags != wanted || kind == 0 || (kind == 15 && !v5) {
        return Err(format!("first byte {first:02X}"));
    }
    match kind {
        1 => connect(&mut rest, version, &mut packet)?,
        2 => {
            flag(&mut packet, "present", rest.byte()?)?;
            let reason = rest.byte()?;
            let known = match v5 {
                true => reason_codes(2).contains(&reason),
                false => reason <= 5,
            };
            if !known || (reason > 0 && packet.number("present") > 0) {
                return Err(format!("CONNACK with reason {reason:02X}"));
            }
            number(&mut packet, "reason", reason.into());
            properties(&mut rest, version, false, &mut packet)?;
        }
        3 => publish(&mut rest, flags, version, &mut packet)?,
        4..=7 => {
            id(&mut rest, &mut packet)?;
            reason_and_properties(&mut rest, version, &mut packet)?;
        }
        8 | 10 => {
            id(&mut rest, &mut packet)?;
            properties(&mut rest, version, false, &mut packet)?;
            while !rest.0.is_empty() {
                let filter = rest.text()?;
                let value = match kind {
                    8 => Value::Filter(filter, rest.byte()?),
                    _ => Value::Bytes(filter),
                };
                packet.fields.push(("filter", value));
            }
        }
        9 | 11 => {
            id(&mut rest, &mut packet)?;
            properties(&mut rest, version, false, &mut packet)?;
            codes(&mut rest, version, &mut packet)?;
        }
        14 | 15 => reason_and_properties(&mut rest, version, &mut packet)?,
        _ => {}
    }
    match rest.0 {
        [] => Ok(packet),
        more => Err(format!("{} bytes too many: {more:02X?}", more.len())),
    }
}

fn connect(rest: &mut Rest<'_>, version: Version, packet: &mut Packet) -> Result<(), String> {
    let name = rest.text()?;
    let level = rest.byte()?;
    let right: &[u8] = match version {
        Version::V31 => b"MQIsdp",
        _ => b"MQTT",
    };
    if name != right || level != version.level() {
        return Err(format!("protocol {name:?} {level}"));
    }
    let flags = rest.byte()?;
    let will = flags >> 2 & 1 == 1;
    if flags & 1 == 1 || flags >> 3 & 3 == 3 || (!will && flags & 0x38 != 0) {
        return Err(format!("connect flags {flags:02X}"));
    }
    flag(packet, "clean", flags >> 1 & 1)?;
    number(packet, "keep", rest.integer(2)?);
    properties(rest, version, false, packet)?;
    packet.fields.push(("client", Value::Bytes(rest.text()?)));
    if will {
        properties(rest, version, true, packet)?;
        packet.fields.push(("will", Value::Bytes(rest.text()?)));
        packet
            .fields
            .push(("will-payload", Value::Bytes(rest.binary()?)));
        number(packet, "will-qos", u32::from(flags >> 3 & 3));
        flag(packet, "will-retain", flags >> 5 & 1)?;
    }
    if flags & 0x80 != 0 {
        packet
            .fields
            .push(("user-name", Value::Bytes(rest.text()?)));
    }
    if flags & 0x40 != 0 {
        packet
            .fields
            .push(("password", Value::Bytes(rest.binary()?)));
    }
    Ok(())
}

fn publish(
    rest: &mut Rest<'_>,
    flags: u8,
    version: Version,
    packet: &mut Packet,
) -> Result<(), String> {
    let qos = flags >> 1 & 3;
    let topic = rest.text()?;
    if topic.contains(&b'+') || topic.contains(&b'#') {
        return Err("a wildcard in a topic".to_owned());
    }
    packet.fields.push(("topic", Value::Bytes(topic)));
    flag(packet, "dup", flags >> 3)?;
    number(packet, "qos", qos.into());
    flag(packet, "retain", flags & 1)?;
    match qos {
        0 if flags & 8 != 0 => return Err("DUP at QoS 0".to_owned()),
        3 => return Err("QoS 3".to_owned()),
        0 => {}
        _ => id(rest, packet)?,
    }
    properties(rest, version, false, packet)?;
    let empty = packet.field("topic") == Some(&Value::Bytes(Vec::new()));
    if empty && packet.field("alias").is_none() {
        return Err("neither a topic nor an alias".to_owned());
    }
    let payload = std::mem::take(&mut rest.0);
    packet
        .fields
        .push(("payload", Value::Bytes(payload.to_vec())));
    Ok(())
}

fn id(rest: &mut Rest<'_>, packet: &mut Packet) -> Result<(), String> {
    match rest.integer(2)? {
        0 => Err("packet identifier 0".to_owned()),
        id => {
            packet.fields.push(("id", Value::Number(id)));
            Ok(())
        }
    }
}

/// A field of one bit, absent if it is 0.
fn flag(packet: &mut Packet, name: &'static str, value: u8) -> Result<(), String> {
    match value {
        0 | 1 => {
            number(packet, name, value.into());
            Ok(())
        }
        _ => Err(format!("{name} is {value:02X}")),
    }
}

/// A field that is absent if it is 0.
fn number(packet: &mut Packet, name: &'static str, value: u32) {
    if value > 0 {
        packet.fields.push((name, Value::Number(value)));
    }
}

fn reason_and_properties(
    rest: &mut Rest<'_>,
    version: Version,
    packet: &mut Packet,
) -> Result<(), String> {
    if version < Version::V5 || rest.0.is_empty() {
        return Ok(());
    }
    let reason = rest.byte()?;
    if !reason_codes(packet.kind).contains(&reason) {
        return Err(format!("{} with reason {reason:02X}", packet.name()));
    }
    number(packet, "reason", reason.into());
    if !rest.0.is_empty() || packet.kind == 15 {
        properties(rest, version, false, packet)?;
    }
    Ok(())
}

fn codes(rest: &mut Rest<'_>, version: Version, packet: &mut Packet) -> Result<(), String> {
    let known: &[u8] = match (packet.kind, version) {
        (11, Version::V31 | Version::V311) => return Ok(()),
        // 3.1 has no word for no; that of 3.1.1 does for it.
        (9, Version::V31 | Version::V311) => &[0, 1, 2, 0x80],
        (kind, _) => reason_codes(kind),
    };
    if rest.0.is_empty() {
        return Err("no code".to_owned());
    }
    for code in std::mem::take(&mut rest.0) {
        if !known.contains(code) {
            return Err(format!("{} with code {code:02X}", packet.name()));
        }
        packet
            .fields
            .push(("code", Value::Number(u32::from(*code))));
    }
    Ok(())
}

fn properties(
    rest: &mut Rest<'_>,
    version: Version,
    of_will: bool,
    packet: &mut Packet,
) -> Result<(), String> {
    if version < Version::V5 {
        return Ok(());
    }
    let len = rest.varint()?;
    let mut block = Rest(rest.take(len as usize)?);
    while !block.0.is_empty() {
        let id = block.varint()?;
        let place = if of_will { 0 } else { packet.kind };
        let known = |p: &&Property| u32::from(p.id) == id && p.places.contains(&place);
        let Some(property) = PROPERTIES.iter().find(known) else {
            return Err(format!("property {id:02X} in {}", packet.name()));
        };
        let name = if of_will {
            property.will
        } else {
            property.name
        };
        let value = match property.shape {
            Shape::Integer(size) => Value::Number(block.integer(size.into())?),
            Shape::Varint => Value::Number(block.varint()?),
            Shape::Text => Value::Bytes(block.text()?),
            Shape::Binary => Value::Bytes(block.binary()?),
            Shape::Pair => Value::Pair(block.text()?, block.text()?),
        };
        let repeats = matches!(property.name, "user" | "sub-id");
        if !repeats && packet.field(name).is_some() {
            return Err(format!("{name} twice"));
        }
        packet.fields.push((name, value));
    }
    Ok(())
}

struct Rest<'a>(&'a [u8]);

impl<'a> Rest<'a> {
    fn take(&mut self, len: usize) -> Result<&'a [u8], String> {
        let split = self.0.split_at_checked(len);
        let (taken, rest) = split.ok_or("it ends inside a field")?;
        self.0 = rest;
        Ok(taken)
    }

    fn byte(&mut self) -> Result<u8, String> {
        Ok(self.take(1)?[0])
    }

    fn integer(&mut self, size: usize) -> Result<u32, String> {
        let bytes = self.take(size)?;
        Ok(bytes
            .iter()
            .fold(0, |sum, byte| sum << 8 | u32::from(*byte)))
    }

    fn varint(&mut self) -> Result<u32, String> {
        let mut value = 0;
        for place in 0..4 {
            let byte = self.byte()?;
            value |= u32::from(byte & 0x7F) << (7 * place);
            if byte & 0x80 == 0 {
                return match byte {
                    0 if place > 0 => Err("a needless byte in a variable byte integer".to_owned()),
                    _ => Ok(value),
                };
            }
        }
        Err("a variable byte integer of five bytes".to_owned())
    }

    fn binary(&mut self) -> Result<Vec<u8>, String> {
        let len = self.integer(2)?;
        Ok(self.take(len as usize)?.to_vec())
    }

    fn text(&mut self) -> Result<Vec<u8>, String> {
        let bytes = self.binary()?;
        match std::str::from_utf8(&bytes) {
            Ok(text) if !text.contains('\0') => Ok(bytes),
            _ => Err(format!("{bytes:02X?} is no string")),
        }
    }
}
