//! Texts with holes: `{room}` is what the actor's values say of `room`, `{n}` the number of the
//! message from 1, `{time}` the milliseconds of the scene's clock, `{name}` the actor's name; in an
//! answer `{topic}` and `{payload}` are what is answered.
//!
//! `{{room}}` stands for itself without one pair of braces. Braces around anything but a lower-case
//! name are no hole, so JSON needs no care.

use std::borrow::Cow;

/// Names that have a meaning in every text.
pub const KNOWN: [&str; 3] = ["n", "time", "name"];
/// Names that have a meaning besides in an answer.
pub const OF_ANSWERS: [&str; 2] = ["topic", "payload"];
/// Nothing is filled to more bytes; the rest is left out.
const BYTES_MAX: usize = super::check::WORD_BYTES_MAX;

/// A piece of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Piece<'a> {
    /// As it stands.
    Text(&'a str),
    /// A hole of this name.
    Hole(&'a str),
}

/// Whether a word can be the name of a hole.
pub fn is_name(word: &str) -> bool {
    let letter = |byte: u8| byte.is_ascii_lowercase() || byte == b'_' || byte.is_ascii_digit();
    let first = word.bytes().next();
    first.is_some_and(|byte| byte.is_ascii_lowercase()) && word.bytes().all(letter)
}

/// The pieces of a text, in order.
pub fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let (mut from, mut at) = (0, 0);
    while let Some(brace) = text[at..].find('{') {
        let open = at + brace;
        let doubled = text[open + 1..].starts_with('{');
        let begin = open + 1 + usize::from(doubled);
        let end = text[begin..].find('}').map(|len| begin + len);
        let name = end.map(|end| (end, &text[begin..end]));
        let Some((end, name)) = name.filter(|(_, name)| is_name(name)) else {
            at = open + 1;
            continue;
        };
        let closed = !doubled || text[end + 1..].starts_with('}');
        if !closed {
            at = open + 1;
            continue;
        }
        if open > from {
            pieces.push(Piece::Text(&text[from..open]));
        }
        match doubled {
            true => pieces.push(Piece::Text(&text[open + 1..=end])),
            false => pieces.push(Piece::Hole(name)),
        }
        from = end + 1 + usize::from(doubled);
        at = from;
    }
    if from < text.len() {
        pieces.push(Piece::Text(&text[from..]));
    }
    pieces
}

/// The names of a text's holes, in order.
pub fn holes(text: &str) -> impl Iterator<Item = &str> {
    pieces(text).into_iter().filter_map(|piece| match piece {
        Piece::Hole(name) => Some(name),
        Piece::Text(_) => None,
    })
}

/// A text with its holes filled; a hole that nobody fills stays as it is.
pub(crate) fn fill<'a>(text: &str, value: impl Fn(&str) -> Option<Cow<'a, str>>) -> String {
    if !text.contains('{') {
        return text.to_owned();
    }
    let mut out = String::new();
    for piece in pieces(text) {
        let start = out.len();
        match piece {
            Piece::Text(text) => out.push_str(text),
            Piece::Hole(name) => match value(name) {
                Some(value) => out.push_str(&value),
                None => {
                    for part in ["{", name, "}"] {
                        out.push_str(part);
                    }
                }
            },
        }
        if out.len() > BYTES_MAX {
            out.truncate(start);
            break;
        }
    }
    out
}

/// Whether a template could have become `filled`.
pub(crate) fn may_become(text: &str, filled: &[u8]) -> bool {
    let pieces = pieces(text);
    let ends = |piece: Option<&Piece>, whole: fn(&[u8], &[u8]) -> bool| match piece {
        Some(Piece::Text(text)) => whole(filled, text.as_bytes()),
        _ => true,
    };
    match pieces[..] {
        [] => filled.is_empty(),
        [Piece::Text(text)] => filled == text.as_bytes(),
        _ => ends(pieces.first(), <[u8]>::starts_with) && ends(pieces.last(), <[u8]>::ends_with),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(text: &str) -> String {
        fill(text, |name| {
            let values = [("room", "kitchen"), ("n", "7")];
            let found = values.iter().find(|(other, _)| *other == name);
            found.map(|(_, value)| (*value).into())
        })
    }

    #[test]
    fn holes_are_filled_and_braces_are_left() {
        for (text, becomes) in [
            ("home/{room}/temp", "home/kitchen/temp"),
            ("{room}{n}", "kitchen7"),
            ("{\"a\": {\"b\": {n}}}", "{\"a\": {\"b\": 7}}"),
            ("{{room}} is {room}", "{room} is kitchen"),
            ("{other} {} { {Room} {room", "{other} {} { {Room} {room"),
            ("{{n}", "{7"),
            ("день {n}", "день 7"),
            ("", ""),
        ] {
            assert_eq!(filled(text), becomes, "{text}");
        }
        assert_eq!(holes("{a}/{{b}}/{c}").collect::<Vec<_>>(), ["a", "c"]);
    }

    #[test]
    fn no_text_grows_beyond_its_limit() {
        let word = "x".repeat(BYTES_MAX / 2);
        let long = fill("{a}{a}{a}", |_| Some(word.as_str().into()));
        assert_eq!(long.len(), BYTES_MAX);
    }
}
