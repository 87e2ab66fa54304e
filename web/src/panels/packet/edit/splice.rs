//! Other bytes in the place of a packet's, with the lengths around them.

use std::ops::Range;

use tidings_world::view::Field;

/// Puts `new` in the place of `old`. Where `follow`, every length that counts those bytes says
/// what is true then; the lengths among `old` are left as they are typed.
pub(super) fn splice(
    bytes: &[u8],
    fields: &[Field],
    old: Range<usize>,
    new: &[u8],
    follow: bool,
) -> Vec<u8> {
    let mut out = bytes.to_vec();
    let mut more = new.len() as i64 - old.len() as i64;
    out.splice(old.clone(), new.iter().copied());
    if !follow || more == 0 {
        return out;
    }
    // The inner lengths first: they lie behind the outer ones, and may themselves become longer.
    for (index, field) in fields.iter().enumerate().rev() {
        let Some(counted) = counted(fields, index, bytes.len()) else {
            continue;
        };
        if counted.start > old.start || counted.end < old.end {
            continue;
        }
        let own = field.offset as usize..counted.start;
        let Some(there) = bytes.get(own.clone()) else {
            continue;
        };
        let said = match field.name.as_str() {
            "Length" => {
                let value = there
                    .iter()
                    .fold(0, |all, byte| all << 8 | i64::from(*byte));
                let value = (value + more).clamp(0, 0xFFFF) as u16;
                value.to_be_bytes().to_vec()
            }
            _ => {
                let parts = there.iter().rev();
                let value = parts.fold(0, |all, byte| all << 7 | i64::from(byte & 0x7F));
                variable((value + more).max(0) as u32)
            }
        };
        more += said.len() as i64 - own.len() as i64;
        out.splice(own, said);
    }
    out
}

/// What the field at `index` says the length of, if it says one.
fn counted(fields: &[Field], index: usize, end: usize) -> Option<Range<usize>> {
    let field = &fields[index];
    let from = (field.offset + field.len) as usize;
    let within = |field: &Field| (field.offset + field.len) as usize;
    let to = match field.name.as_str() {
        "Remaining Length" => end,
        "Length" | "Property Length" => {
            let mut above = fields[..index].iter().rev();
            within(above.find(|above| above.bits.is_none() && above.depth < field.depth)?)
        }
        _ => return None,
    };
    Some(from..to.max(from))
}

/// A Variable Byte Integer.
fn variable(mut value: u32) -> Vec<u8> {
    let mut out = Vec::new();
    loop {
        let low = (value & 0x7F) as u8;
        value >>= 7;
        match value {
            0 => {
                out.push(low);
                return out;
            }
            _ => out.push(low | 0x80),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::panels::packet::sample;

    fn put(old: Range<usize>, new: &[u8], follow: bool) -> Vec<u8> {
        let packet = sample::publish();
        splice(&packet.bytes, &packet.fields, old, new, follow)
    }

    #[test]
    fn lengths_follow_where_they_count_what_has_changed() {
        let payload = put(24..28, b"hot", true);
        assert_eq!(payload[..4], [0x33, 0x19, 0x00, 0x11]);
        assert!(payload.ends_with(b"hot"));
        let topic = put(4..21, b"a/b", true);
        assert_eq!(topic[..7], *b"\x33\x0C\x00\x03a/b");
        // A length that needs another byte itself.
        let long = put(24..28, &[b'x'; 200], true);
        assert_eq!(long[..5], [0x33, 0xDE, 0x01, 0x00, 0x11]);
        assert_eq!(long.len(), 3 + 0xDE);
    }

    #[test]
    fn who_wants_a_wrong_length_gets_it() {
        assert_eq!(put(24..28, b"hot", false)[1], 0x1A);
        assert_eq!(
            put(2..4, &[0xFF, 0xFF], true)[..4],
            [0x33, 0x1A, 0xFF, 0xFF]
        );
        assert_eq!(put(1..2, &[0x7F], true)[1], 0x7F);
    }
}
