//! Long texts made short. Whatever is in them stays in them.

use crate::view::Short;

/// No topic, filter or level in a window has more characters; what is longer ends in “…”.
const TOPIC_CHARS_MAX: usize = 1000;
/// A topic in the register has no more levels.
pub(super) const LEVELS_MAX: usize = 32;
/// So many bytes fit into a short text as pairs of digits with spaces.
const HEX_BYTES_MAX: usize = (Short::CHARS_MAX + 1) / 3;
/// A character has at most so many bytes.
const CHAR_BYTES_MAX: usize = 4;

impl Short {
    /// A payload, or the beginning of one that is too long to show anyway.
    pub(crate) fn of(payload: &[u8]) -> Self {
        // Only what is shown is read: a character cut in two at its end spoils nothing.
        let looked_at = &payload[..payload.len().min(Self::CHARS_MAX * CHAR_BYTES_MAX + 1)];
        let text = match std::str::from_utf8(looked_at) {
            Ok(text) => Some(text),
            Err(error) if error.error_len().is_none() && looked_at.len() < payload.len() => {
                std::str::from_utf8(&looked_at[..error.valid_up_to()]).ok()
            }
            Err(_) => None,
        };
        let Some(text) = text else {
            return Self::hex(payload);
        };
        let end = text.char_indices().nth(Self::CHARS_MAX);
        let end = end.map_or(text.len(), |(end, _)| end);
        Self {
            text: text[..end].to_owned(),
            cut: end < payload.len(),
            binary: false,
        }
    }

    fn hex(payload: &[u8]) -> Self {
        let bytes = payload.iter().take(HEX_BYTES_MAX);
        let pairs: Vec<_> = bytes.map(|byte| format!("{byte:02X}")).collect();
        Self {
            text: pairs.join(" "),
            cut: payload.len() > HEX_BYTES_MAX,
            binary: true,
        }
    }
}

/// A text of at most `most` characters, the last of which is “…” if there was more.
pub(super) fn cut(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        None => text.to_owned(),
        Some(_) => {
            let kept = most.saturating_sub(1);
            let end = text.char_indices().nth(kept).map_or(0, |(end, _)| end);
            format!("{}…", &text[..end])
        }
    }
}

/// A whole topic or filter.
pub(super) fn topic(text: &str) -> String {
    cut(text, TOPIC_CHARS_MAX)
}

/// The levels of a topic, at most [`LEVELS_MAX`]; the last one then holds the rest.
pub(super) fn levels(text: &str) -> Vec<String> {
    text.splitn(LEVELS_MAX, '/').map(topic).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn payloads_become_short() {
        let long = "д".repeat(49);
        let cases: [(&[u8], &str, bool, bool); 8] = [
            (b"", "", false, false),
            (b"21.4", "21.4", false, false),
            ("<b>\u{202E}\0".as_bytes(), "<b>\u{202E}\0", false, false),
            (long.as_bytes(), &long[..96], true, false),
            (&long.as_bytes()[..96], &long[..96], false, false),
            // Half a character at the end is no text.
            (
                &long.as_bytes()[..95],
                "D0 B4 D0 B4 D0 B4 D0 B4 D0 B4 D0 B4 D0 B4 D0 B4",
                true,
                true,
            ),
            (b"\xFF\xD8\xFF\xE0", "FF D8 FF E0", false, true),
            (
                &[0xFF; 17],
                "FF FF FF FF FF FF FF FF FF FF FF FF FF FF FF FF",
                true,
                true,
            ),
        ];
        for (payload, text, cut, binary) in cases {
            let text = text.to_owned();
            assert_eq!(Short::of(payload), Short { text, cut, binary });
        }
        // The cut through a character at the end of what is looked at is ours.
        let longer = format!("a{}", "\u{1F600}".repeat(100));
        assert!(!Short::of(longer.as_bytes()).binary);
    }

    #[test]
    fn texts_end_where_they_are_cut() {
        assert_eq!(cut("дом", 3), "дом");
        assert_eq!(cut("дома", 3), "до…");
        assert_eq!(levels("a//b"), ["a", "", "b"]);
        let deep = levels(&vec!["x"; 40].join("/"));
        assert_eq!((deep.len(), &deep[31][..]), (32, "x/x/x/x/x/x/x/x/x"));
    }
}
