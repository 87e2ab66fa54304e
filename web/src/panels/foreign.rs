//! Text that came from outside, and sentences that quote it.

use yew::prelude::*;

use crate::scene::text::{Piece, pieces};
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

/// At most `chars` characters of a foreign text; the last an ellipsis if there are more.
pub(crate) fn foreign_cut(text: &str, chars: usize) -> Html {
    match text.char_indices().nth(chars) {
        None => foreign(text),
        Some((end, _)) => html! { <>{ foreign(&text[..end]) }{ "…" }</> },
    }
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
