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
        .map(|piece| piece.shown())
        .collect()
}

impl Piece {
    fn shown(&self) -> String {
        match self {
            Self::Plain(text) => text.clone(),
            Self::Unsafe(n) => format!("‹U+{n:04X}›"),
        }
    }
}

/// What somebody made of a text that [`shown`] shows: where a name stands that stood for a character before, it still
/// does. The same letters typed, or pasted, are letters.
pub(crate) fn meant(typed: &str, before: &str) -> String {
    let meant = made_of(typed, &pieces(before)).into_iter();
    meant.map(|piece| whole(&piece)).collect()
}

/// The same for texts that are shown line by line.
pub(crate) fn meant_lines(typed: &str, before: &[String]) -> Vec<String> {
    let mut shown = Vec::new();
    for (n, line) in before.iter().enumerate() {
        if n > 0 {
            shown.push(Piece::Plain("\n".to_owned()));
        }
        shown.extend(pieces(line));
    }
    let mut lines = vec![String::new()];
    for piece in made_of(typed, &shown) {
        let whole = whole(&piece);
        let mut parts = match piece {
            Piece::Plain(_) => whole.split('\n').collect(),
            Piece::Unsafe(_) => vec![whole.as_str()],
        }
        .into_iter();
        if let Some(last) = lines.last_mut() {
            last.push_str(parts.next().unwrap_or_default());
        }
        lines.extend(parts.map(str::to_owned));
    }
    lines
}

fn whole(piece: &Piece) -> String {
    match piece {
        Piece::Plain(text) => text.clone(),
        Piece::Unsafe(n) => char::from_u32(*n).into_iter().collect(),
    }
}

/// What was typed over `before`: a name that nobody touched is what it was, the rest is as it stands there.
fn made_of(typed: &str, before: &[Piece]) -> Vec<Piece> {
    let old: String = before.iter().map(Piece::shown).collect();
    let same = |(a, b): &(char, char)| a == b;
    let length = |(c, _): (char, char)| c.len_utf8();
    let head = typed.chars().zip(old.chars()).take_while(same);
    let head: usize = head.map(length).sum();
    let (rest, rest_old) = (typed[head..].chars().rev(), old[head..].chars().rev());
    let tail: usize = rest.zip(rest_old).take_while(same).map(length).sum();
    let mut out = Vec::new();
    let (mut at, mut taken) = (0, 0);
    for piece in before {
        let end = at + piece.shown().len();
        let stands = match end <= head {
            true => Some(at),
            false => (old.len() - at <= tail).then(|| typed.len() + at - old.len()),
        };
        if let (Piece::Unsafe(_), Some(stands)) = (piece, stands) {
            out.push(Piece::Plain(typed[taken..stands].to_owned()));
            out.push(piece.clone());
            taken = stands + end - at;
        }
        at = end;
    }
    out.push(Piece::Plain(typed[taken..].to_owned()));
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

/// A text in lines of at most so many letters, broken where words end.
pub(crate) fn lines(text: &str, chars: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ') {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= chars => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
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
            "‹U+202E›",
            "\u{202e}‹U+202E›\u{202e}",
            "\u{202e}‹U+",
        ] {
            assert_eq!(meant(&shown(text), text), text);
        }
    }

    #[test]
    fn a_name_that_is_typed_is_letters() {
        assert_eq!(meant("‹U+202E›", "‹U+202E"), "‹U+202E›");
        // Around what stands for a character everything may change.
        let old = "a\u{202e}b";
        assert_eq!(meant("xa‹U+202E›b", old), "xa\u{202e}b");
        assert_eq!(meant("a‹U+202E›bc", old), "a\u{202e}bc");
        assert_eq!(meant("é‹U+202E›é", old), "é‹U+202E›é");
        assert_eq!(meant("a‹U+202›b", old), "a‹U+202›b");
        assert_eq!(meant("ab", old), "ab");
        assert_eq!(meant("a‹U+202E›‹U+202E›b", old), "a\u{202e}‹U+202E›b");
        assert_eq!(meant("", old), "");
        // In a list an end of line is one, and its name is none.
        let list = ["a\n".to_owned(), "b".to_owned()];
        assert_eq!(meant_lines("a‹U+000A›\nb", &list), list);
        let more = ["a\n".to_owned(), "c".to_owned(), "b".to_owned()];
        assert_eq!(meant_lines("a‹U+000A›\nc\nb", &list), more);
        // What is pasted as itself stays itself.
        assert_eq!(meant("\u{7}", ""), "\u{7}");
    }

    #[test]
    fn a_cut_text_says_so_and_never_splits_a_letter() {
        assert_eq!(cut("кухня", 5), "кухня");
        assert_eq!(cut("кухня", 3), "ку…");
        assert_eq!(cut("abc", 0), "");
    }

    #[test]
    fn lines_break_where_words_end() {
        assert_eq!(lines("one two three", 7), ["one two", "three"]);
        assert_eq!(lines("longer than that", 3), ["longer", "than", "that"]);
    }
}
