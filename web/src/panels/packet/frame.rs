//! The header of the WebSocket frame a packet travelled in.

use yew::prelude::*;

use crate::panels::signs::drawn;
use crate::scene::Drawing;
use crate::scene::shape::Size;
use crate::words::words;

/// A part of the header: its bytes, and what it says.
struct Part<'a> {
    bytes: &'a [u8],
    says: String,
}

/// The header as a drawing: bytes, brackets, and what they say above them.
pub(crate) fn frame(header: &[u8]) -> Html {
    let mut d = Drawing::default();
    let mut x = 0.0;
    for part in parts(header) {
        let wide = part.bytes.len() as f64 * 22.0;
        for (index, byte) in part.bytes.iter().enumerate() {
            let middle = x + index as f64 * 22.0 + 11.0;
            d.text(middle, 34.0, format!("{byte:02X}"), Size::S14, "m w5")
                .middle();
        }
        d.path(format!("M{} 40v4H{}v-4", x + 3.0, x + wide - 3.0), "brk0");
        let says = part.says.chars().count() as f64 * 6.2;
        d.text(x, 13.0, part.says, Size::S12, "i2");
        x += wide.max(says) + 16.0;
    }
    drawn(&d, 384.0, 50.0, "frame")
}

/// Flags and kind, length, mask; what is missing is left out.
fn parts(header: &[u8]) -> Vec<Part<'_>> {
    let words = &words().panels.packet;
    let (Some(&first), Some(&second)) = (header.first(), header.get(1)) else {
        return Vec::new();
    };
    let masked = second & 0x80 != 0;
    let more = match second & 0x7F {
        126 => 2,
        127 => 8,
        _ => 0,
    };
    let end = (2 + more).min(header.len());
    let length = match more {
        0 => u64::from(second & 0x7F),
        _ => header[2..end]
            .iter()
            .fold(0, |sum, byte| sum << 8 | u64::from(*byte)),
    };
    let mut out = vec![
        Part {
            bytes: &header[..1],
            says: (words.frame_final)(first & 0x80 != 0, first & 0x0F).to_owned(),
        },
        Part {
            bytes: &header[1..end],
            says: (words.frame_length)(length, masked),
        },
    ];
    if masked && header.len() > end {
        out.push(Part {
            bytes: &header[end..],
            says: words.frame_mask.to_owned(),
        });
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_is_read_part_by_part() {
        let says = |header: &[u8]| -> Vec<String> {
            parts(header).into_iter().map(|part| part.says).collect()
        };
        assert_eq!(
            says(&[0x82, 0x9C, 0x37, 0xFA, 0x21, 0x3D]),
            ["binary, last", "28, masked", "mask"]
        );
        assert_eq!(says(&[0x02, 126, 1, 0]), ["binary, more follows", "256"]);
        assert!(says(&[0x82]).is_empty());
        assert_eq!(says(&[0x82, 127, 0]), ["binary, last", "0"]);
    }
}
