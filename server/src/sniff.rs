//! Which protocol a connection speaks, by its first bytes.

use std::fmt;

/// What the first bytes look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Protocol {
    /// A CONNECT packet, or what wants to be one.
    Mqtt,
    /// A request line.
    Http,
    /// A TLS record with a handshake.
    Tls,
    /// Something that would show a sentence to a person.
    Text,
    /// Something that would not.
    Unknown,
}

/// With so many bytes, text is told from a PUBLISH, whose third is the length of its topic.
const TEXT_BYTES_MIN: usize = 3;

/// Looks at the first bytes of a connection, one or more. One is enough to decide.
///
/// Anything whose first byte says CONNECT is left to the node, which knows what is wrong with it.
/// Other packets cannot come first, and are not answered [MQTT-3.1.0-1].
pub(crate) fn sniff(first: &[u8]) -> Protocol {
    match first {
        // A record of version 3.x; no CONNECT has these flags anyway.
        [0x16] | [0x16, 3, ..] => Protocol::Tls,
        [0x10..=0x1F, ..] => Protocol::Mqtt,
        [b'A'..=b'Z', ..] => Protocol::Http,
        [b'a'..=b'z' | b'\r' | b'\n', ..] => Protocol::Text,
        _ if first.len() >= TEXT_BYTES_MIN && first.iter().all(is_text) => Protocol::Text,
        _ => Protocol::Unknown,
    }
}

fn is_text(byte: &u8) -> bool {
    byte.is_ascii_graphic() || byte.is_ascii_whitespace()
}

/// Says of bytes that nothing answers what they are.
pub(crate) struct Unanswered<'a>(pub(crate) &'a [u8]);

/// How the packets of MQTT are called that cannot come first, and how they begin.
const PACKETS: [(u8, &str); 13] = [
    (0x20, "CONNACK"),
    (0x40, "PUBACK"),
    (0x50, "PUBREC"),
    (0x62, "PUBREL"),
    (0x70, "PUBCOMP"),
    (0x82, "SUBSCRIBE"),
    (0x90, "SUBACK"),
    (0xA2, "UNSUBSCRIBE"),
    (0xB0, "UNSUBACK"),
    (0xC0, "PINGREQ"),
    (0xD0, "PINGRESP"),
    (0xE0, "DISCONNECT"),
    (0xF0, "AUTH"),
];

impl fmt::Display for Unanswered<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let first = self.0.first().copied().unwrap_or_default();
        let packet = match first {
            0x30..=0x3F => Some("PUBLISH"),
            _ => PACKETS
                .iter()
                .find(|(byte, _)| *byte == first)
                .map(|(_, name)| *name),
        };
        if let Some(name) = packet {
            return write!(f, "begins with {name} where MQTT begins with CONNECT");
        }
        f.write_str("speaks neither MQTT nor HTTP: it begins with the bytes")?;
        for byte in self.0.iter().take(8) {
            write!(f, " {byte:02X}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_them_apart() {
        for (first, expected) in [
            (&b"\x10"[..], Protocol::Mqtt),
            (b"\x10\x0c\x00\x04MQTT", Protocol::Mqtt),
            (b"\x11\x00", Protocol::Mqtt),
            (b"\x16\x03\x01\x02\x00", Protocol::Tls),
            (b"\x16", Protocol::Tls),
            (b"\x16\x0c", Protocol::Mqtt),
            (b"G", Protocol::Http),
            (b"GET / HTTP/1.1", Protocol::Http),
            (b"hello", Protocol::Text),
            (b"\r\n", Protocol::Text),
            (b"<?xml", Protocol::Text),
            (b"{\"op\":1}\n", Protocol::Text),
            (b"*1\r\n", Protocol::Text),
            (b"12 hello", Protocol::Text),
            (b"<", Protocol::Unknown),
            (b"\x30\x14\0\x04abcd", Protocol::Unknown),
            (b"\xff\xff", Protocol::Unknown),
            (b"\x30\x00", Protocol::Unknown),
            (b"\xc0\x00", Protocol::Unknown),
            (b"\x00", Protocol::Unknown),
            (b"", Protocol::Unknown),
        ] {
            assert_eq!(sniff(first), expected, "{first:?}");
        }
    }

    #[test]
    fn says_what_it_was() {
        let said = |bytes: &[u8]| Unanswered(bytes).to_string();
        assert!(said(b"\xc0\0").starts_with("begins with PINGREQ "));
        assert!(said(b"\x33\x10\0").starts_with("begins with PUBLISH "));
        for (bytes, end) in [
            (&b"\0"[..], "the bytes 00"),
            (b"\xff\xff", "the bytes FF FF"),
            (b"\x80123456789", "the bytes 80 31 32 33 34 35 36 37"),
        ] {
            let said = said(bytes);
            assert!(said.ends_with(end) && said.contains("neither"), "{said}");
        }
    }
}
