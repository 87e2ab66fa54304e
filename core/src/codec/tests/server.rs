//! What a server may not send.

use super::decode;
use crate::codec::{Role, What};
use crate::packet::{PacketKind, PropertyKind, ReasonCode, Version};

#[test]
fn the_decoder_says_where_what_and_by_which_rule() {
    use ReasonCode::{MalformedPacket as Malformed, ProtocolError as Protocol};
    use Version::{V5, V31, V311};
    type Case = (Version, &'static [u8], u32, What, ReasonCode, &'static str);
    let cases: &[Case] = &[
        // CONNACK
        (
            V311,
            b"\x21\x02\0\0",
            0,
            What::Flags,
            Malformed,
            "MQTT-2.2.2-2",
        ),
        (
            V5,
            b"\x20\x03\x02\0\0",
            2,
            What::ConnAckFlags,
            Malformed,
            "MQTT-3.2.2-1",
        ),
        (
            V311,
            b"\x20\x02\x02\0",
            2,
            What::ConnAckFlags,
            Malformed,
            "section 3.2.2.1",
        ),
        (
            V5,
            b"\x20\x03\x01\x87\0",
            2,
            What::SessionPresentOnRefusal,
            Protocol,
            "MQTT-3.2.2-6",
        ),
        (
            V311,
            b"\x20\x02\x01\x05",
            2,
            What::SessionPresentOnRefusal,
            Protocol,
            "MQTT-3.2.2-4",
        ),
        (
            V5,
            b"\x20\x03\0\x01\0",
            3,
            What::ReasonCode(1),
            Protocol,
            "MQTT-3.2.2-8",
        ),
        (
            V311,
            b"\x20\x02\0\x06",
            3,
            What::ReasonCode(6),
            Protocol,
            "section 3.2.2.3",
        ),
        (
            V31,
            b"\x20\x01\0",
            3,
            What::Truncated,
            Malformed,
            "section 2.2.3",
        ),
        (
            V5,
            b"\x20\x02\0\0",
            4,
            What::Truncated,
            Malformed,
            "section 2.1.4",
        ),
        (
            V311,
            b"\x20\x03\0\0\0",
            4,
            What::Trailing,
            Malformed,
            "section 2.2.3",
        ),
        (
            V5,
            b"\x20\x05\0\0\x02\x24\x02",
            6,
            What::PropertyValue(PropertyKind::MaximumQoS),
            Protocol,
            "section 3.2.2.3.4",
        ),
        (
            V5,
            b"\x20\x05\0\0\x02\x25\x02",
            6,
            What::PropertyValue(PropertyKind::RetainAvailable),
            Protocol,
            "section 3.2.2.3.5",
        ),
        (
            V5,
            b"\x20\x06\0\0\x03\x21\0\0",
            6,
            What::PropertyValue(PropertyKind::ReceiveMaximum),
            Protocol,
            "section 3.1.2.11.3",
        ),
        // PUBLISH
        (
            V5,
            b"\x30\x06\0\x01a\x02\x0B\0",
            7,
            What::PropertyValue(PropertyKind::SubscriptionIdentifier),
            Protocol,
            "section 3.8.2.1.2",
        ),
        (
            V5,
            b"\x30\x03\0\0\0",
            2,
            What::TopicMissing,
            Protocol,
            "section 3.3.2.1",
        ),
        (
            V311,
            b"\x36\x05\0\x01a\0\x01",
            0,
            What::QoS,
            Malformed,
            "MQTT-3.3.1-4",
        ),
        // SUBACK and UNSUBACK
        (
            V311,
            b"\x90\x02\0\x01",
            4,
            What::NoReasonCodes,
            Protocol,
            "MQTT-3.8.4-5",
        ),
        (
            V5,
            b"\x90\x03\0\x01\0",
            5,
            What::NoReasonCodes,
            Protocol,
            "MQTT-3.8.4-6",
        ),
        (
            V5,
            b"\xB0\x03\0\x01\0",
            5,
            What::NoReasonCodes,
            Protocol,
            "MQTT-3.11.3-2",
        ),
        (
            V311,
            b"\x90\x03\0\x01\x03",
            4,
            What::ReasonCode(3),
            Protocol,
            "MQTT-3.9.3-2",
        ),
        (
            V311,
            b"\x90\x03\0\0\0",
            2,
            What::PacketIdZero,
            Protocol,
            "MQTT-2.3.1-1",
        ),
        (
            V311,
            b"\xB0\x03\0\x01\0",
            4,
            What::Trailing,
            Malformed,
            "section 2.2.3",
        ),
        (
            V5,
            b"\xB1\x04\0\x01\0\0",
            0,
            What::Flags,
            Malformed,
            "MQTT-2.1.3-1",
        ),
        // PINGRESP
        (V311, b"\xD1\x00", 0, What::Flags, Malformed, "MQTT-2.2.2-2"),
        (
            V311,
            b"\xD0\x01\0",
            2,
            What::Trailing,
            Malformed,
            "section 2.2.3",
        ),
        // DISCONNECT and AUTH
        (
            V311,
            b"\xE0\x00",
            0,
            What::Direction(Role::Server),
            Protocol,
            "section 2.2.1",
        ),
        (
            V5,
            b"\xE0\x01\x04",
            2,
            What::ReasonCode(4),
            Protocol,
            "MQTT-3.14.2-1",
        ),
        (
            V5,
            b"\xE0\x07\x8B\x05\x11\0\0\0\x05",
            4,
            What::SessionExpiryFromServer,
            Protocol,
            "MQTT-3.14.2-2",
        ),
        (
            V5,
            b"\xF0\x06\x19\x04\x15\0\x01m",
            2,
            What::ReasonCode(0x19),
            Protocol,
            "MQTT-3.15.2-1",
        ),
        (
            V5,
            b"\xF0\x02\x18\x00",
            4,
            What::AuthMethodMissing,
            Protocol,
            "section 3.15.2.2.2",
        ),
        // Packets that only a client sends
        (
            V5,
            b"\x10\x00",
            0,
            What::Direction(Role::Server),
            Protocol,
            "section 2.1.2",
        ),
        (
            V5,
            b"\x82\x00",
            0,
            What::Direction(Role::Server),
            Protocol,
            "section 2.1.2",
        ),
        (
            V311,
            b"\xA2\x00",
            0,
            What::Direction(Role::Server),
            Protocol,
            "section 2.2.1",
        ),
        (
            V311,
            b"\xC0\x00",
            0,
            What::Direction(Role::Server),
            Protocol,
            "section 2.2.1",
        ),
    ];
    for (version, bytes, offset, what, reason, statement) in cases {
        let error = decode(bytes, Role::Server, *version).unwrap_err();
        let got = (error.offset, error.what, error.reason, error.statement);
        assert_eq!(
            got,
            (*offset, *what, *reason, *statement),
            "{version} {bytes:02X?}"
        );
        assert_eq!(error.kind, PacketKind::from_number(bytes[0] >> 4));
        assert_eq!(error.version, *version);
    }
}

#[test]
fn three_one_is_borne_with_its_old_habits() {
    // The first byte of an acknowledgement may carry the flags of what it answers, and the first
    // byte of CONNACK means nothing.
    for bytes in [
        &b"\x4A\x02\0\x01"[..],
        b"\x9A\x03\0\x01\x01",
        b"\x20\x02\xFF\x00",
    ] {
        assert!(
            decode(bytes, Role::Server, Version::V31).is_ok(),
            "{bytes:02X?}"
        );
    }
}
