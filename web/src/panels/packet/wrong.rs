//! A mistake in a packet: where, what, and what the standard says.

use tidings_world::view::Wrong;
use yew::prelude::*;

use crate::panels::foreign::foreign;
use crate::panels::signs::cross;
use crate::words::words;

/// The mistake in words, under a red line, with its sign.
pub(crate) fn wrong(wrong: &Wrong) -> Html {
    let words = &words().panels.packet;
    let (code, name) = &wrong.reason;
    html! {
        <div class="vrd" role="note" data-testid="packet-wrong">
            { cross() }
            <div>
                <p class="p3"><b>{ (words.wrong)(wrong.offset) }</b>{ " " }{ foreign(&wrong.sentence) }</p>
                <p class="note">
                    { words.reason }{ " " }<span class="mono ink">{ format!("0x{code:02X}") }</span>{ " " }{ name.clone() }
                    if !wrong.statement.is_empty() {
                        { " " }<span class="id">{ wrong.statement.clone() }</span>
                    }
                </p>
            </div>
        </div>
    }
}
