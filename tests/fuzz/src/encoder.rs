//! Any packet, encoded and decoded.

use bytes::BytesMut;
use tidings_core::codec::{
    DecodeError, Decoder, EncodeError, Mark, Role, Status, What, encode, encoded_len, fields,
    frame_len,
};
use tidings_core::packet::{Packet, Version};

use crate::choices::Choices;
use crate::packets::{Packets, Taste, VERSIONS};

pub(crate) fn run(data: &[u8]) {
    let choices = &mut Choices::new(data);
    let version = choices.pick(&VERSIONS);
    let sender = choices.pick(&[Role::Client, Role::Server]);
    let taste = Taste::Free;
    while !choices.is_empty() {
        let packet = Packets {
            choices,
            sender,
            taste,
        }
        .any();
        round_trip(&packet, sender, version);
    }
}

fn round_trip(packet: &Packet, sender: Role, version: Version) {
    let version = match packet {
        Packet::Connect(connect) => connect.version,
        _ => version,
    };
    let mut bytes = Vec::new();
    if let Err(error) = encode(packet, version, &mut bytes) {
        assert!(bytes.is_empty(), "written in spite of {error}");
        assert_eq!(encoded_len(packet, version), Err(error));
        return;
    }
    assert_eq!(encoded_len(packet, version), Ok(bytes.len()));
    assert_eq!(frame_len(&bytes), Ok(Status::Complete(bytes.len())));
    fits_exactly(packet, version, &bytes);
    let decoded = match decode(&bytes, sender, version) {
        Ok(packet) => packet,
        // Kinds and reason codes have a direction, which the encoder is not told.
        Err(error) => {
            let direction = matches!(error.what, What::Direction(_) | What::ReasonCode(_));
            assert!(direction, "{packet:?} was encoded: {error}");
            return;
        }
    };
    if version == Version::V5 {
        assert_eq!(&decoded, packet);
    }
    // Whatever an older version leaves out is out for good.
    let mut again = Vec::new();
    encode(&decoded, version, &mut again).expect("what was received may be sent");
    assert_eq!(again, bytes);
    let named = fields(&bytes, sender, version);
    assert!(named.iter().all(|field| field.mark != Mark::Refused));
    assert!(
        (0..bytes.len()).all(|at| named.iter().any(|field| {
            let from = field.offset as usize;
            field.mark != Mark::Group && (from..from + field.len as usize).contains(&at)
        })),
        "a byte of {packet:?} has no name"
    );
}

/// As much room as was said is enough; one byte less is refused before anything is written.
fn fits_exactly(packet: &Packet, version: Version, bytes: &[u8]) {
    let mut room = vec![0; bytes.len()];
    assert_eq!(encode(packet, version, &mut &mut room[..]), Ok(()));
    assert_eq!(room, bytes);
    let mut narrow = vec![0; bytes.len() - 1];
    let refused = encode(packet, version, &mut &mut narrow[..]);
    assert_eq!(refused, Err(EncodeError::NoRoom));
    assert!(narrow.iter().all(|byte| *byte == 0));
}

fn decode(bytes: &[u8], sender: Role, version: Version) -> Result<Packet, DecodeError> {
    let mut decoder = Decoder::new(sender, u32::MAX);
    decoder.set_version(version);
    match decoder.decode(&mut BytesMut::from(bytes))? {
        Status::Complete(packet) => Ok(packet),
        Status::Partial { need } => panic!("{need} bytes are missing"),
    }
}
