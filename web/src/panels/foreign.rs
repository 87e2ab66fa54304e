//! Text that came from outside, and sentences that quote it.

use yew::prelude::*;

use crate::scene::text::{Piece, is_unsafe, pieces};
use crate::words::panels::Bit;

/// A foreign text: isolated from what stands around it, and its unsafe characters as names in boxes.
pub(crate) fn foreign(text: &str) -> Html {
    html! {
        <bdi>
            { for pieces(text).into_iter().map(|piece| match piece {
                Piece::Plain(text) => html! { text },
                Piece::Unsafe(n) => html! { <span class="cp">{ format!("U+{n:04X}") }</span> },
            }) }
        </bdi>
    }
}

/// As much of a foreign text as takes the room of `chars` characters, then an ellipsis if there is more.
pub(crate) fn foreign_cut(text: &str, chars: usize) -> Html {
    match cut_at(text, chars) {
        None => foreign(text),
        Some(end) => html! { <>{ foreign(&text[..end]) }{ "…" }</> },
    }
}

/// How many characters have the room that a text takes: a name in a box takes that of several.
pub(crate) fn room_of(text: &str) -> usize {
    text.chars().map(room).sum()
}

fn room(c: char) -> usize {
    if is_unsafe(c) { 7 } else { 1 }
}

/// Where a text has to end; nowhere if all of it fits.
fn cut_at(text: &str, chars: usize) -> Option<usize> {
    let mut taken = 0;
    let over = text.char_indices().find(|&(_, c)| {
        taken += room(c);
        taken > chars
    });
    over.map(|(end, _)| end)
}

/// A foreign text in which every occurrence of `search` is marked; case does not matter.
pub(crate) fn foreign_marked(text: &str, search: &str) -> Html {
    let found = match search.is_empty() {
        true => Vec::new(),
        false => occurrences(text, search),
    };
    if found.is_empty() {
        return foreign(text);
    }
    let mut out = Vec::new();
    let mut end = 0;
    for (from, to) in found {
        out.push(foreign(&text[end..from]));
        out.push(html! { <mark>{ foreign(&text[from..to]) }</mark> });
        end = to;
    }
    out.push(foreign(&text[end..]));
    out.into_iter().collect()
}

/// Where `search` stands in `text`, first to last, without overlaps.
fn occurrences(text: &str, search: &str) -> Vec<(usize, usize)> {
    let wanted: Vec<char> = search.chars().flat_map(char::to_lowercase).collect();
    let mut out = Vec::new();
    let mut from = 0;
    while let Some(start) = text.get(from..).and_then(|rest| rest.chars().next()) {
        match begins(&text[from..], &wanted) {
            Some(len) => {
                out.push((from, from + len));
                from += len;
            }
            None => from += start.len_utf8(),
        }
    }
    out
}

/// How many bytes of `text` are `wanted`, if it begins so.
fn begins(text: &str, wanted: &[char]) -> Option<usize> {
    let mut left = wanted;
    for (index, c) in text.char_indices() {
        for lower in c.to_lowercase() {
            left = left.strip_prefix(&[lower])?;
        }
        if left.is_empty() {
            return Some(index + c.len_utf8());
        }
    }
    None
}

/// A sentence that quotes.
pub(crate) fn phrase(bits: &[Bit]) -> Html {
    bits.iter()
        .map(|bit| match bit {
            Bit::Say(text) => html! { text.to_string() },
            Bit::Name(name) => foreign(name),
            Bit::Mono(text) => html! { <span class="mono">{ foreign(text) }</span> },
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_search_finds_text_in_any_case() {
        assert_eq!(
            occurrences("Temp temp TEMP", "temp"),
            [(0, 4), (5, 9), (10, 14)]
        );
        assert_eq!(occurrences("кухня", "ХН"), [(4, 8)]);
        assert_eq!(occurrences("aaa", "aa"), [(0, 2)]);
        assert_eq!(occurrences("", "a"), []);
    }
}
