//! The sheet of keys.

use yew::prelude::*;

use super::head::head;
use crate::words::panels::Cap;
use crate::words::words;

/// What each key does.
pub(crate) fn key_sheet(on_close: &Callback<()>) -> Html {
    let words = &words().panels.keys;
    html! {
        <>
            { head(html! {}, html! { words.title }, html! { words.beside }, on_close) }
            <div class="pbody" data-testid="keys">
                { for words.groups.iter().map(|group| html! {
                    <section class="sec">
                        <h3>{ group.title }</h3>
                        <table class="kt">
                            { for group.keys.iter().map(|(caps, what)| html! {
                                <tr>
                                    <td>{ for caps.iter().map(|cap| html! { <kbd>{ face(*cap) }</kbd> }) }</td>
                                    <td>{ *what }</td>
                                </tr>
                            }) }
                        </table>
                    </section>
                }) }
                <section class="sec"><p class="note">{ words.note }</p></section>
            </div>
        </>
    }
}

/// What is on a key; arrows are drawn, the fonts have none.
fn face(cap: Cap) -> Html {
    let words = &words().panels.keys;
    let (name, path) = match cap {
        Cap::Text(text) => return html! { text },
        Cap::Left => (words.left, "M13 8H3M7 4L3 8l4 4"),
        Cap::Right => (words.right, "M3 8h10M9 4l4 4-4 4"),
        Cap::Up => (words.up, "M8 13V3M4 7l4-4 4 4"),
        Cap::Down => (words.down, "M8 3v10M4 9l4 4 4-4"),
    };
    html! {
        <svg class="i" viewBox="0 0 16 16" role="img" aria-label={name}><path d={path} /></svg>
    }
}
