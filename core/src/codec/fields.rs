//! Every byte of a packet by name, for the inspector.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use bytes::Bytes;

use super::decode::packet;
use super::frame::{Context, Header, read_varint, required_flags};
use super::notes::{Field, Mark, Recorder};
use super::{DecodeError, Role, Status, What};
use crate::packet::{PacketKind, QoS, Version};

/// Names every byte of one packet, by the very decoder that the broker uses.
///
/// Fields come in the order of the bytes, groups before what they hold. Of a packet that is
/// refused, the fields up to the error are named; then follow an entry of [`Mark::Refused`] that
/// says why, and one of [`Mark::Unread`] for the bytes that nobody read. `packet` may also be the
/// beginning of a packet, or have bytes behind it.
pub fn fields(packet: &[u8], sender: Role, version: Version) -> Vec<Field> {
    let context = Context {
        sender,
        version,
        connect_expected: false,
        max_packet_bytes: u32::MAX,
        max_filters: usize::MAX,
    };
    let mut notes = Recorder::default();
    let end = match read(packet, &context, &mut notes) {
        Ok(end) => end,
        Err(error) => {
            notes.refuse(&error, packet.len());
            notes.end()
        }
    };
    notes.close_all(end.min(packet.len()));
    if end < packet.len() {
        let unread = field(end, packet.len() - end, "Not read");
        notes.fields.push(Field {
            value: format!("{} bytes", packet.len() - end),
            mark: Mark::Unread,
            ..unread
        });
    }
    notes.fields
}

/// Reads header and body; where the packet ends.
fn read(bytes: &[u8], context: &Context, notes: &mut Recorder) -> Result<usize, DecodeError> {
    let kind = bytes
        .first()
        .and_then(|first| PacketKind::from_number(first >> 4));
    note_header(bytes, kind, notes);
    let header = Header::read(bytes, context).map_err(|f| f.explain(kind, context.version))?;
    let Status::Complete(header) = header else {
        return Ok(notes.end());
    };
    let Some(frame) = bytes.get(..header.packet_len()) else {
        return Ok(notes.end());
    };
    packet(Bytes::copy_from_slice(frame), header, context, notes)?;
    Ok(header.packet_len())
}

fn field(offset: usize, len: usize, name: &'static str) -> Field {
    Field {
        offset: offset as u32,
        len: len as u32,
        bits: None,
        depth: 0,
        name,
        value: String::new(),
        statement: None,
        mark: Mark::Value,
    }
}

/// Names packet type, flags and Remaining Length, as far as they are there.
fn note_header(bytes: &[u8], kind: Option<PacketKind>, notes: &mut Recorder) {
    use super::notes::Notes;
    let Some(&first) = bytes.first() else { return };
    notes.open(Field {
        mark: Mark::Group,
        ..field(0, 1, "Fixed header")
    });
    let name = kind.map_or("reserved", PacketKind::name);
    let mut bits = |name, high: u8, low: u8, value: String, statement| {
        notes.add(Field {
            bits: Some((high, low)),
            value,
            statement,
            ..field(0, 1, name)
        });
    };
    bits("Packet type", 7, 4, format!("{} {name}", first >> 4), None);
    if kind == Some(PacketKind::Publish) {
        let yes_no = |bit| if bit { "1: yes" } else { "0: no" }.to_string();
        let qos = match QoS::from_number(first >> 1 & 3) {
            Some(QoS::AtMostOnce) => "0: at most once",
            Some(QoS::AtLeastOnce) => "1: at least once",
            Some(QoS::ExactlyOnce) => "2: exactly once",
            None => "3",
        };
        bits("DUP", 3, 3, yes_no(first & 8 != 0), Some("MQTT-3.3.1-2"));
        bits("QoS", 2, 1, qos.to_string(), Some("MQTT-3.3.1-4"));
        bits("RETAIN", 0, 0, yes_no(first & 1 != 0), None);
    } else {
        let wanted = kind.map_or(0, required_flags);
        let statement = What::Flags.rule(kind, Version::V5).statement;
        let value = match first & 0x0F {
            flags if flags == wanted => format!("{flags:04b}"),
            flags => format!("{flags:04b}, should be {wanted:04b}"),
        };
        bits("Reserved flags", 3, 0, value, Some(statement));
    }
    if let Ok(Status::Complete((remaining, len))) = read_varint(&bytes[1..], 1) {
        notes.add(Field {
            value: format!("{remaining} bytes"),
            ..field(1, len, "Remaining Length")
        });
        notes.close(1 + len);
    } else {
        let len = (bytes.len() - 1).min(4);
        if len > 0 {
            notes.add(Field {
                value: "incomplete".to_string(),
                ..field(1, len, "Remaining Length")
            });
        }
        notes.close(1 + len);
    }
}

impl Recorder {
    /// Where the bytes named so far end.
    fn end(&self) -> usize {
        let ends = self.fields.iter().map(|field| field.offset + field.len);
        ends.max().unwrap_or(0) as usize
    }

    /// Marks the field at which the packet was refused and says why.
    fn refuse(&mut self, error: &DecodeError, packet_len: usize) {
        let end = self.end();
        self.close_all(end);
        let at = error.offset;
        let holds = |field: &&mut Field| {
            field.mark == Mark::Value && field.offset <= at && at < field.offset + field.len
        };
        let wrong = if self.fields.iter().any(|field| field.mark == Mark::Wrong) {
            None
        } else {
            self.fields.iter_mut().rev().find(holds)
        };
        if let Some(field) = wrong {
            field.mark = Mark::Wrong;
        }
        let len = packet_len.saturating_sub(at as usize).min(1);
        self.fields.push(Field {
            value: error.what.to_string(),
            statement: Some(error.statement),
            mark: Mark::Refused,
            ..field(at as usize, len, error.reason.name())
        });
    }
}
