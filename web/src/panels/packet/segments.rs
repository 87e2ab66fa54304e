//! The bytes of a packet cut into segments: each byte belongs to the innermost field that holds it.

use tidings_world::small;
use tidings_world::view::{Field, PacketDetail};

/// Bytes side by side that mean one thing.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Segment {
    pub(crate) offset: usize,
    pub(crate) len: usize,
    /// The letter under its bracket and before its row.
    pub(crate) letter: String,
    /// Its field in the packet's list; none if no field names these bytes.
    pub(crate) field: Option<usize>,
    /// What its field lies in.
    pub(crate) inside: Option<usize>,
    /// The bytes as text, if the decoder read one.
    pub(crate) text: Option<String>,
    /// The packet was refused here.
    pub(crate) wrong: bool,
}

impl Segment {
    pub(crate) fn end(&self) -> usize {
        self.offset + self.len
    }

    pub(crate) fn holds(&self, byte: usize) -> bool {
        (self.offset..self.end()).contains(&byte)
    }
}

/// All segments of `detail`, in order, without gaps.
pub(crate) fn segments(detail: &PacketDetail) -> Vec<Segment> {
    let owners = owners(detail);
    let wrong = detail.wrong.as_ref().map(|wrong| wrong.offset as usize);
    let mut out: Vec<Segment> = Vec::new();
    for (byte, owner) in owners.iter().enumerate() {
        match out.last_mut() {
            Some(last) if last.field == *owner => last.len += 1,
            _ => out.push(Segment {
                offset: byte,
                len: 1,
                letter: letter(out.len()),
                field: *owner,
                inside: owner.and_then(|field| parent(&detail.fields, field)),
                text: None,
                wrong: false,
            }),
        }
    }
    for segment in &mut out {
        segment.wrong = wrong.is_some_and(|at| segment.holds(at));
        segment.text = segment
            .field
            .filter(|field| detail.fields[*field].value.starts_with('"'))
            .and_then(|_| text(&detail.bytes[segment.offset..segment.end()]));
    }
    out
}

/// The fields inside the single byte at `offset`, highest bits first.
pub(crate) fn bits(detail: &PacketDetail, offset: usize) -> Vec<&Field> {
    let mut fields: Vec<&Field> = detail
        .fields
        .iter()
        .filter(|field| field.bits.is_some() && field.offset as usize == offset)
        .collect();
    let key = |field: &Field| field.bits.map(|(high, _)| 7 - high.min(7));
    small::sort(&mut fields, |one, other| key(one) < key(other));
    fields
}

/// The innermost field of each byte.
fn owners(detail: &PacketDetail) -> Vec<Option<usize>> {
    let mut owners: Vec<Option<usize>> = vec![None; detail.bytes.len()];
    for (index, field) in detail.fields.iter().enumerate() {
        if field.bits.is_some() {
            continue;
        }
        let from = (field.offset as usize).min(owners.len());
        let to = from.saturating_add(field.len as usize).min(owners.len());
        for owner in &mut owners[from..to] {
            if owner.is_none_or(|other| detail.fields[other].depth < field.depth) {
                *owner = Some(index);
            }
        }
    }
    owners
}

/// The field that `index` lies in.
fn parent(fields: &[Field], index: usize) -> Option<usize> {
    let depth = fields[index].depth;
    (0..index)
        .rev()
        .find(|before| fields[*before].bits.is_none() && fields[*before].depth < depth)
}

/// Bytes as text; a character cut in two at the end spoils nothing.
fn text(bytes: &[u8]) -> Option<String> {
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) if error.error_len().is_none() => {
            std::str::from_utf8(&bytes[..error.valid_up_to()]).ok()?
        }
        Err(_) => return None,
    };
    (!text.is_empty()).then(|| text.to_owned())
}

/// `a` to `z`, then `aa`, `ab` and so on.
fn letter(mut index: usize) -> String {
    let mut out = Vec::new();
    loop {
        out.insert(0, b'a' + (index % 26) as u8);
        if index < 26 {
            break;
        }
        index = index / 26 - 1;
    }
    out.into_iter().map(char::from).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::panels::packet::sample;

    #[test]
    fn every_byte_of_the_drawn_packet_has_its_letter() {
        let detail = sample::publish();
        let all = segments(&detail);
        let cuts: Vec<_> = all
            .iter()
            .map(|segment| (segment.letter.as_str(), segment.offset, segment.len))
            .collect();
        assert_eq!(
            cuts,
            [
                ("a", 0, 1),
                ("b", 1, 1),
                ("c", 2, 2),
                ("d", 4, 17),
                ("e", 21, 2),
                ("f", 23, 1),
                ("g", 24, 4)
            ]
        );
        assert_eq!(all[3].text.as_deref(), Some("home/kitchen/temp"));
        assert_eq!(all[4].text, None);
        assert_eq!(bits(&detail, 0).len(), 4);
    }

    #[test]
    fn letters_go_on_after_z() {
        assert_eq!(letter(0), "a");
        assert_eq!(letter(25), "z");
        assert_eq!(letter(26), "aa");
        assert_eq!(letter(701), "zz");
        assert_eq!(letter(702), "aaa");
    }

    #[test]
    fn fields_that_point_beyond_the_bytes_shown_are_cut() {
        let mut detail = sample::publish();
        detail.bytes.truncate(10);
        let all = segments(&detail);
        assert_eq!(all.last().map(Segment::end), Some(10));
    }
}
