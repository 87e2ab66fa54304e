//! Reads fields off the body of a packet.

use alloc::format;
use alloc::string::{String, ToString};

use bytes::{Buf, Bytes};

use super::frame::{Context, Fault, Header, Read, fault, read_varint, varint_size};
use super::notes::{Field, Mark, Notes};
use super::{Role, Status, What};
use crate::packet::{PacketId, PacketKind, Version};
use crate::topic::{Topic, TopicError, Utf8, Utf8Error};

/// A packet with a place in it. Every method that reads takes the field's name in the standard.
pub(super) struct Reader<'n, N> {
    pub(super) frame: Bytes,
    pub(super) header: Header,
    pub(super) sender: Role,
    pub(super) version: Version,
    pub(super) max_filters: usize,
    at: usize,
    /// Where reading must stop: the end of the packet or of its properties.
    end: usize,
    /// What is wrong with a field that runs over `end`.
    over: What,
    notes: &'n mut N,
}

impl<'n, N: Notes> Reader<'n, N> {
    /// A reader behind the fixed header of a whole packet.
    pub(super) fn new(frame: Bytes, header: Header, context: &Context, notes: &'n mut N) -> Self {
        let version = match header.kind {
            // Until it says what it is, it gets no CONNACK of a version it may not know.
            PacketKind::Connect => Version::V311,
            _ => context.version,
        };
        Self {
            at: header.len,
            end: frame.len(),
            frame,
            header,
            sender: context.sender,
            version,
            max_filters: context.max_filters,
            over: What::Truncated,
            notes,
        }
    }

    /// The offset of the next byte.
    pub(super) fn at(&self) -> usize {
        self.at
    }

    /// How many bytes are left.
    pub(super) fn left(&self) -> usize {
        self.end - self.at
    }

    /// Whether a string without characters comes next.
    pub(super) fn starts_with_zero_length(&self) -> bool {
        self.left() >= 2 && self.peek_u16(self.at) == 0
    }

    /// Checks that nothing follows.
    pub(super) fn finish(&self) -> Read<()> {
        if self.left() > 0 {
            return fault(self.at, What::Trailing);
        }
        Ok(())
    }

    /// Stops at `len` bytes from here until the returned value is given to [`Reader::widen`].
    pub(super) fn narrow(&mut self, len: usize) -> usize {
        self.over = What::PropertyTruncated;
        core::mem::replace(&mut self.end, self.at + len)
    }

    pub(super) fn widen(&mut self, end: usize) {
        self.over = What::Truncated;
        self.end = end;
    }

    pub(super) fn u8(&mut self, name: &'static str) -> Read<u8> {
        let at = self.take(1, name)?;
        let value = self.frame[at];
        self.note(name, at, || value.to_string());
        Ok(value)
    }

    pub(super) fn u16(&mut self, name: &'static str) -> Read<u16> {
        let at = self.take(2, name)?;
        let value = self.peek_u16(at);
        self.note(name, at, || value.to_string());
        Ok(value)
    }

    pub(super) fn u32(&mut self, name: &'static str) -> Read<u32> {
        let at = self.take(4, name)?;
        let bytes = [0, 1, 2, 3].map(|index| self.frame[at + index]);
        let value = u32::from_be_bytes(bytes);
        self.note(name, at, || value.to_string());
        Ok(value)
    }

    /// A Variable Byte Integer of 5.0.
    pub(super) fn varint(&mut self, name: &'static str) -> Read<u32> {
        let at = self.at;
        let (value, len) = match read_varint(&self.frame[at..self.end], at) {
            Ok(Status::Complete(read)) => read,
            Ok(Status::Partial { .. }) => return self.overrun(name),
            Err(fault) => {
                self.wrong(name, 4);
                return Err(fault);
            }
        };
        self.at += len;
        self.note(name, at, || value.to_string());
        if len != varint_size(value) {
            return fault(at, What::VarintNotMinimal); // [MQTT-1.5.5-1]
        }
        Ok(value)
    }

    /// A UTF-8 Encoded String, taken.
    pub(super) fn text(&mut self, name: &'static str) -> Read<Utf8> {
        let (start, end) = self.prefixed(name, text_value)?;
        match Utf8::from_bytes(self.frame.slice(start..end)) {
            Ok(text) => Ok(text),
            Err(error) => Err(text_fault(start, &self.frame[start..end], error)),
        }
    }

    /// A UTF-8 Encoded String, checked and passed over.
    pub(super) fn skip_text(&mut self, name: &'static str) -> Read<&str> {
        let (start, end) = self.prefixed(name, text_value)?;
        let bytes = &self.frame[start..end];
        Utf8::check(bytes).map_err(|error| text_fault(start, bytes, error))
    }

    /// Binary Data, taken.
    pub(super) fn binary(&mut self, name: &'static str) -> Read<Bytes> {
        let (start, end) = self.prefixed(name, binary_value)?;
        Ok(self.frame.slice(start..end))
    }

    /// Binary Data, passed over.
    pub(super) fn skip_binary(&mut self, name: &'static str) -> Read<()> {
        self.prefixed(name, binary_value).map(|_| ())
    }

    /// Everything that is left, as the payload of a PUBLISH.
    pub(super) fn rest(&mut self, name: &'static str) -> Bytes {
        let at = self.at;
        self.at = self.end;
        // Nothing follows a payload, so the frame itself becomes it.
        let mut bytes = core::mem::take(&mut self.frame);
        bytes.advance(at);
        if N::ON && !bytes.is_empty() {
            self.note(name, at, || binary_value(&bytes));
        }
        bytes
    }

    /// A Packet Identifier.
    pub(super) fn packet_id(&mut self) -> Read<PacketId> {
        let at = self.at;
        let value = self.u16("Packet Identifier")?;
        self.rule(What::PacketIdZero);
        match PacketId::new(value) {
            Some(id) => Ok(id),
            None => fault(at, What::PacketIdZero), // [MQTT-2.2.1-3]
        }
    }

    /// A length of two bytes and as many bytes: where they begin and end.
    fn prefixed(&mut self, name: &'static str, value: fn(&[u8]) -> String) -> Read<(usize, usize)> {
        let at = self.at;
        if self.left() < 2 {
            return self.overrun(name);
        }
        let len = usize::from(self.peek_u16(at));
        if self.left() < 2 + len {
            return self.overrun(name);
        }
        let (start, end) = (at + 2, at + 2 + len);
        self.at = end;
        if N::ON {
            let value = value(&self.frame[start..end]);
            self.note(name, at, || value);
            self.notes.add(Field {
                offset: at as u32,
                len: 2,
                bits: None,
                depth: 1,
                name: "Length",
                value: len.to_string(),
                statement: None,
                mark: Mark::Value,
            });
        }
        Ok((start, end))
    }

    fn peek_u16(&self, at: usize) -> u16 {
        u16::from_be_bytes([self.frame[at], self.frame[at + 1]])
    }

    fn take(&mut self, len: usize, name: &'static str) -> Read<usize> {
        if self.left() < len {
            return self.overrun(name);
        }
        let at = self.at;
        self.at += len;
        Ok(at)
    }

    #[cold]
    fn overrun<T>(&mut self, name: &'static str) -> Read<T> {
        self.wrong(name, self.left());
        fault(self.at, self.over)
    }

    /// Notes a field that could not be read.
    fn wrong(&mut self, name: &'static str, len: usize) {
        if N::ON {
            self.notes.add(Field {
                offset: self.at as u32,
                len: len as u32,
                bits: None,
                depth: 0,
                name,
                value: String::new(),
                statement: None,
                mark: Mark::Wrong,
            });
        }
    }

    fn note(&mut self, name: &'static str, at: usize, value: impl FnOnce() -> String) {
        if N::ON {
            self.notes.add(Field {
                offset: at as u32,
                len: (self.at - at) as u32,
                bits: None,
                depth: 0,
                name,
                value: value(),
                statement: None,
                mark: Mark::Value,
            });
        }
    }

    /// Begins a group of fields at `from`.
    pub(super) fn enter(&mut self, name: &'static str, from: usize) {
        if N::ON {
            self.notes.open(Field {
                offset: from as u32,
                len: 0,
                bits: None,
                depth: 0,
                name,
                value: String::new(),
                statement: None,
                mark: Mark::Group,
            });
        }
    }

    /// Ends the innermost group before the next byte.
    pub(super) fn leave(&mut self) {
        if N::ON {
            self.notes.close(self.at);
        }
    }

    /// Puts the value of the field noted last into better words.
    pub(super) fn say(&mut self, value: impl FnOnce() -> String) {
        if N::ON
            && let Some(field) = self.notes.last()
        {
            field.value = value();
        }
    }

    /// Names the rule that the field noted last is checked by.
    pub(super) fn rule(&mut self, what: What) {
        if N::ON {
            let statement = what.rule(Some(self.header.kind), self.version).statement;
            if let Some(field) = self.notes.last() {
                field.statement = Some(statement);
            }
        }
    }

    /// Names bits of the byte read last.
    pub(super) fn bits(
        &mut self,
        name: &'static str,
        (high, low): (u8, u8),
        rule: Option<What>,
        value: impl FnOnce(u8) -> String,
    ) {
        if N::ON {
            let bits = self.frame[self.at - 1] >> low & (0xFF >> (7 - (high - low)));
            let statement = rule.map(|what| what.rule(Some(self.header.kind), self.version));
            self.notes.add(Field {
                offset: self.at as u32 - 1,
                len: 1,
                bits: Some((high, low)),
                depth: 1,
                name,
                value: value(bits),
                statement: statement.map(|rule| rule.statement),
                mark: Mark::Value,
            });
        }
    }
}

/// The fault of a string that stands at `start`, at the byte that spoils it.
#[cold]
fn text_fault(start: usize, bytes: &[u8], error: Utf8Error) -> Fault {
    match error {
        Utf8Error::Null => Fault {
            at: start + memchr::memchr(0, bytes).unwrap_or(0),
            what: What::Null, // [MQTT-1.5.4-2]
        },
        Utf8Error::NotUtf8 | Utf8Error::TooLong => Fault {
            at: start + core::str::from_utf8(bytes).map_or_else(|e| e.valid_up_to(), str::len),
            what: What::NotUtf8, // [MQTT-1.5.4-1]
        },
    }
}

/// The fault of a topic name whose characters end at `end`, at the byte that spoils it.
#[cold]
pub(super) fn topic_fault(end: usize, name: &str, error: TopicError) -> Fault {
    let start = end - name.len();
    match error {
        // The two bytes of the length say that it is empty.
        TopicError::Empty => Fault {
            at: start - 2,
            what: What::TopicEmpty, // [MQTT-4.7.3-1]
        },
        TopicError::Wildcard => Fault {
            at: start + name.find(['+', '#']).unwrap_or(0),
            what: What::TopicWildcard, // [MQTT-3.3.2-2]
        },
    }
}

impl<N: Notes> Reader<'_, N> {
    /// A topic name that must not be empty.
    pub(super) fn topic(&mut self, name: &'static str) -> Read<Topic> {
        let text = self.text(name)?;
        self.rule(What::TopicWildcard);
        let end = self.at;
        match Topic::check(text.bytes()) {
            Ok(()) => Ok(Topic::from_checked(text)),
            Err(error) => Err(topic_fault(end, &text, error)),
        }
    }
}

/// How many characters or bytes a value shows.
const SHOWN: usize = 64;

fn text_value(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{:?}…", &text[..end]),
        None => format!("{text:?}"),
    }
}

/// Text where it is text, otherwise the number of bytes and the first of them.
fn binary_value(bytes: &[u8]) -> String {
    let readable = |text: &&str| !text.chars().any(|c| c.is_control() && !c.is_whitespace());
    let shown = &bytes[..bytes.len().min(4 * SHOWN)];
    let text = match core::str::from_utf8(shown) {
        Ok(text) => Some(text),
        // A character cut in two at the end of what is shown spoils nothing.
        Err(error) if shown.len() < bytes.len() => {
            core::str::from_utf8(&shown[..error.valid_up_to()]).ok()
        }
        Err(_) => None,
    };
    if let Some(text) = text.filter(readable).filter(|text| !text.is_empty()) {
        return text_value(text.as_bytes());
    }
    let mut value = format!("{} bytes", bytes.len());
    for (index, byte) in bytes.iter().take(SHOWN / 4).enumerate() {
        value.push_str(if index == 0 { ": " } else { " " });
        value.push_str(&format!("{byte:02X}"));
    }
    if bytes.len() > SHOWN / 4 {
        value.push_str(" …");
    }
    value
}
