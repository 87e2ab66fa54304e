//! Text that came from outside: shown whole or cut, never obeyed.

/// A piece of a text: as it is, or the name of a character that would move or hide what stands around it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Piece {
    Plain(String),
    Unsafe(u32),
}

/// Whether a character is shown by its name: controls, zero-width and direction marks, and what is no character.
pub(crate) fn is_unsafe(c: char) -> bool {
    let n = u32::from(c);
    matches!(n,
        0..=0x1f | 0x7f..=0x9f | 0xad | 0x61c | 0x180e
        | 0x200b..=0x200f | 0x2028..=0x202e | 0x2060..=0x206f
        | 0xfe00..=0xfe0f | 0xfeff | 0xfff9..=0xfffb
        | 0xe000..=0xf8ff | 0xe0000..=0xe0fff)
        || n & 0xfffe == 0xfffe
}

/// Takes a text apart into what can be shown and what must be named.
pub(crate) fn pieces(text: &str) -> Vec<Piece> {
    let mut out = Vec::new();
    let mut plain = String::new();
    for c in text.chars() {
        if is_unsafe(c) {
            if !plain.is_empty() {
                out.push(Piece::Plain(std::mem::take(&mut plain)));
            }
            out.push(Piece::Unsafe(u32::from(c)));
        } else {
            plain.push(c);
        }
    }
    if !plain.is_empty() {
        out.push(Piece::Plain(plain));
    }
    out
}

/// A text for a drawing, where a box cannot stand in the line: unsafe characters become `‹U+202E›`.
pub(crate) fn shown(text: &str) -> String {
    if !text.contains(is_unsafe) {
        return text.to_owned();
    }
    pieces(text)
        .into_iter()
        .map(|piece| match piece {
            Piece::Plain(text) => text,
            Piece::Unsafe(n) => format!("‹U+{n:04X}›"),
        })
        .collect()
}

/// What a text means in which [`shown`] has named characters: a field shows names, so that no mark moves what is typed.
pub(crate) fn meant(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("‹U+") {
        let named = after.split_once('›').and_then(|(hex, after)| {
            let c = char::from_u32(u32::from_str_radix(hex, 16).ok()?)?;
            is_unsafe(c).then_some((c, after))
        });
        out.push_str(before);
        match named {
            Some((c, after)) => {
                out.push(c);
                rest = after;
            }
            None => {
                out.push_str("‹U+");
                rest = after;
            }
        }
    }
    out.push_str(rest);
    out
}

/// At most `chars` letters of `text`, the last an ellipsis when some are missing.
pub(crate) fn cut(text: &str, chars: usize) -> String {
    let shown = shown(text);
    if shown.chars().count() <= chars {
        return shown;
    }
    let mut out: String = shown.chars().take(chars.saturating_sub(1)).collect();
    if chars > 0 {
        out.push('…');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_is_text_and_direction_marks_are_named() {
        assert_eq!(shown("<b>open</b>"), "<b>open</b>");
        assert_eq!(shown("a\u{202e}b\u{7}"), "a‹U+202E›b‹U+0007›");
        assert_eq!(
            pieces("x\u{200b}"),
            [Piece::Plain("x".into()), Piece::Unsafe(0x200b)]
        );
    }

    #[test]
    fn what_is_shown_by_name_is_meant() {
        for text in [
            "a\u{202e}b\u{7}",
            "plain",
            "‹U+41›",
            "‹U+",
            "‹U+202E",
            "\u{202e}‹U+",
        ] {
            assert_eq!(meant(&shown(text)), text);
        }
    }

    #[test]
    fn a_cut_text_says_so_and_never_splits_a_letter() {
        assert_eq!(cut("кухня", 5), "кухня");
        assert_eq!(cut("кухня", 3), "ку…");
        assert_eq!(cut("abc", 0), "");
    }
}
