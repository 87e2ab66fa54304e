//! Which protocol a connection speaks, by its first bytes.

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

/// Looks at the first bytes of a connection, one or more. One is enough to decide.
///
/// Anything whose first byte says CONNECT is left to the node, which knows what is wrong with it.
/// Other packets cannot come first [MQTT-3.1.0-1].
pub(crate) fn sniff(first: &[u8]) -> Protocol {
    match first {
        // A record of version 3.x; no CONNECT has these flags anyway.
        [0x16] | [0x16, 3, ..] => Protocol::Tls,
        [0x10..=0x1F, ..] => Protocol::Mqtt,
        [b'A'..=b'Z', ..] => Protocol::Http,
        [b'a'..=b'z' | b'\r' | b'\n', ..] => Protocol::Text,
        _ => Protocol::Unknown,
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
            (b"\x30\x00", Protocol::Unknown),
            (b"\xc0\x00", Protocol::Unknown),
            (b"\x00", Protocol::Unknown),
            (b"", Protocol::Unknown),
        ] {
            assert_eq!(sniff(first), expected, "{first:?}");
        }
    }
}
