//! Fields into bytes, right or wrong.

use super::{PROPERTIES, Packet, Shape, Value, Version};

/// The bytes of a packet. It writes what it is told: a QoS of 3, a packet identifier of 0.
///
/// # Errors
/// With a sentence, if a field has no value yet or is too large for its place.
pub fn encode(packet: &Packet, version: Version) -> Result<Vec<u8>, String> {
    let mut body = Vec::new();
    let mut flags = match packet.kind {
        6 | 8 | 10 => 2,
        _ => 0,
    };
    match packet.kind {
        1 => connect(packet, version, &mut body)?,
        2 => {
            let present = packet.number("present") as u8;
            body.extend([present, packet.number("reason") as u8]);
            properties(packet, version, false, &mut body)?;
        }
        3 => {
            let qos = packet.number("qos");
            flags = (packet.number("dup") << 3 | qos << 1 | packet.number("retain")) as u8;
            text(packet.field("topic"), &mut body)?;
            if packet.field("id").is_some() {
                body.extend((packet.number("id") as u16).to_be_bytes());
            }
            properties(packet, version, false, &mut body)?;
            if let Some(Value::Bytes(payload)) = packet.field("payload") {
                body.extend(payload);
            }
        }
        4..=7 => {
            body.extend((packet.number("id") as u16).to_be_bytes());
            reason_and_properties(packet, version, &mut body)?;
        }
        8 | 10 => {
            body.extend((packet.number("id") as u16).to_be_bytes());
            properties(packet, version, false, &mut body)?;
            for filter in packet.all("filter") {
                match filter {
                    Value::Filter(filter, options) => {
                        prefixed(filter, &mut body)?;
                        body.push(*options);
                    }
                    filter => text(Some(filter), &mut body)?,
                }
            }
        }
        9 | 11 => {
            body.extend((packet.number("id") as u16).to_be_bytes());
            properties(packet, version, false, &mut body)?;
            for code in packet.all("code") {
                if let Value::Number(code) = code {
                    body.push(*code as u8);
                }
            }
        }
        14 | 15 => reason_and_properties(packet, version, &mut body)?,
        _ => {}
    }
    let mut bytes = vec![packet.kind << 4 | flags];
    varint(body.len() as u32, &mut bytes);
    bytes.extend(body);
    Ok(bytes)
}

fn connect(packet: &Packet, version: Version, body: &mut Vec<u8>) -> Result<(), String> {
    let name: &[u8] = match version {
        Version::V31 => b"MQIsdp",
        _ => b"MQTT",
    };
    prefixed(name, body)?;
    let has = |name: &str| u32::from(packet.field(name).is_some());
    let flags = has("user-name") << 7
        | has("password") << 6
        | packet.number("will-retain") << 5
        | packet.number("will-qos") << 3
        | has("will") << 2
        | packet.number("clean") << 1;
    body.extend([version.level(), flags as u8]);
    body.extend((packet.number("keep") as u16).to_be_bytes());
    properties(packet, version, false, body)?;
    text(packet.field("client"), body)?;
    if let Some(topic) = packet.field("will") {
        properties(packet, version, true, body)?;
        text(Some(topic), body)?;
        text(packet.field("will-payload"), body)?;
    }
    for name in ["user-name", "password"] {
        if let Some(field) = packet.field(name) {
            text(Some(field), body)?;
        }
    }
    Ok(())
}

/// The end of a packet whose reason and properties may be left out.
fn reason_and_properties(
    packet: &Packet,
    version: Version,
    body: &mut Vec<u8>,
) -> Result<(), String> {
    let mut block = Vec::new();
    properties(packet, version, false, &mut block)?;
    let empty = block.len() <= 1;
    if version < Version::V5 || (empty && packet.field("reason").is_none()) {
        return Ok(());
    }
    body.push(packet.number("reason") as u8);
    if !empty {
        body.extend(block);
    }
    Ok(())
}

fn properties(
    packet: &Packet,
    version: Version,
    of_will: bool,
    body: &mut Vec<u8>,
) -> Result<(), String> {
    if version < Version::V5 {
        return Ok(());
    }
    let mut block = Vec::new();
    for (key, value) in &packet.fields {
        let wanted = |p: &&super::Property| *key == if of_will { p.will } else { p.name };
        let Some(property) = PROPERTIES.iter().find(wanted) else {
            continue;
        };
        block.push(property.id);
        match (property.shape, value) {
            (Shape::Integer(size), Value::Number(number)) => {
                block.extend(&number.to_be_bytes()[4 - usize::from(size)..]);
            }
            (Shape::Varint, Value::Number(number)) => varint(*number, &mut block),
            (Shape::Pair, Value::Pair(name, value)) => {
                prefixed(name, &mut block)?;
                prefixed(value, &mut block)?;
            }
            (Shape::Text | Shape::Binary, Value::Bytes(bytes)) => prefixed(bytes, &mut block)?,
            _ => return Err(format!("{key} has no value that can be sent")),
        }
    }
    varint(block.len() as u32, body);
    body.extend(block);
    Ok(())
}

fn text(value: Option<&Value>, body: &mut Vec<u8>) -> Result<(), String> {
    match value {
        None => prefixed(&[], body),
        Some(Value::Bytes(bytes)) => prefixed(bytes, body),
        Some(other) => Err(format!("{other:?} is no text")),
    }
}

fn prefixed(bytes: &[u8], body: &mut Vec<u8>) -> Result<(), String> {
    let len = u16::try_from(bytes.len()).map_err(|_| "a field of more than 65,535 bytes")?;
    body.extend(len.to_be_bytes());
    body.extend(bytes);
    Ok(())
}

fn varint(mut value: u32, out: &mut Vec<u8>) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}
