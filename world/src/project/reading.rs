//! What bytes say to the reader at the other end, and how the other version would have put them.

use bytes::Bytes;
use tidings_core::codec::{Field as CoreField, Mark, Role, Status, encode, fields, frame_len};
use tidings_core::packet::{Packet, Property, Version as CoreVersion};

use crate::run::{core_version, decode};
use crate::scenario::Version;
use crate::view::{BYTES_SHOWN_MAX, BytesHint, Direction, Field, Twin, Wrong};

/// No more fields of a packet are named.
const FIELDS_MAX: usize = 500;
/// The Session Expiry Interval of a session that does not expire.
const NEVER: u32 = u32::MAX;

/// What each byte means, and why the rest could not be read.
pub(super) fn named(
    bytes: &[u8],
    direction: Direction,
    version: Version,
) -> (Vec<Field>, Option<Wrong>) {
    let role = match direction {
        Direction::ToBroker => Role::Client,
        Direction::ToActor => Role::Server,
    };
    let all = fields(bytes, role, core_version(version));
    let refusal = all.iter().find(|field| field.mark == Mark::Refused);
    let refusal = refusal.map(|field| Wrong {
        offset: field.offset,
        sentence: field.value.clone(),
        reason: refused(field),
        statement: field.statement.unwrap_or_default().to_owned(),
    });
    let named = all.into_iter().filter(|field| match field.mark {
        Mark::Group | Mark::Value | Mark::Wrong => true,
        Mark::Refused | Mark::Unread => false,
    });
    let fields = named.take(FIELDS_MAX).map(|field| Field {
        offset: field.offset,
        len: field.len,
        bits: field.bits,
        depth: field.depth,
        name: field.name.to_owned(),
        value: field.value,
        statement: field.statement.map(str::to_owned),
    });
    (fields.collect(), refusal)
}

/// The reason code of a refusal, which is told by its name.
fn refused(field: &CoreField) -> (u8, String) {
    let codes = (0x80..=u8::MAX).filter(|code| {
        use tidings_core::packet::ReasonCode;
        ReasonCode::from_number(*code).is_some_and(|reason| reason.name() == field.name)
    });
    (codes.min().unwrap_or(0x81), field.name.to_owned())
}

/// The same packet as the other version has it; none if that has no such packet, or these bytes
/// are none. Of what only 5.0 can say the older version says nothing.
pub(super) fn twin(bytes: &Bytes, direction: Direction, version: Version) -> Option<Twin> {
    let mut packet = decode(bytes, direction, version)?;
    let other = match version {
        Version::V3_1_1 => Version::V5,
        Version::V5 => Version::V3_1_1,
    };
    let into = core_version(other);
    if let Packet::Connect(connect) = &mut packet {
        connect.version = into;
        // Before 5.0 a session that is not clean is kept for good.
        if into == CoreVersion::V5 && !connect.clean_start {
            let forever = Property::SessionExpirySecs(NEVER);
            connect.properties.push(forever);
        }
    }
    let mut put = Vec::new();
    encode(&packet, into, &mut put).ok()?;
    let (fields, _) = named(&put, direction, other);
    put.truncate(BYTES_SHOWN_MAX);
    Some(Twin {
        version: other,
        bytes: put,
        fields,
    })
}

/// What the broker would read in bytes that are being typed.
pub(super) fn hint(bytes: &[u8], version: Version) -> BytesHint {
    let to = Direction::ToBroker;
    let (fields, wrong) = named(bytes, to, version);
    BytesHint {
        fields,
        wrong,
        says: match frame_len(bytes) {
            Ok(Status::Complete(len)) => u32::try_from(len).ok(),
            _ => None,
        },
        twin: twin(&Bytes::copy_from_slice(bytes), to, version),
    }
}
