//! The list of a packet's fields: letter, bytes, meaning, statement.

use std::rc::Rc;

use tidings_world::scenario::Qos;
use tidings_world::view::{PacketDetail, PacketKind};
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};
use yew::prelude::*;

use super::segments::{Segment, bits};
use crate::panels::foreign::{foreign_cut, phrase};
use crate::words::panels::{Bit, Fact};
use crate::words::words;

/// No more rows are listed.
const ROWS_MAX: usize = 200;
/// No text in the list is longer, in characters.
const TEXT_CHARS: usize = 64;

#[derive(PartialEq, Properties)]
pub(crate) struct Props {
    pub(crate) detail: Rc<PacketDetail>,
    pub(crate) segments: Rc<Vec<Segment>>,
    pub(crate) selected: usize,
    pub(crate) hovered: Option<usize>,
    pub(crate) on_select: Callback<usize>,
    pub(crate) on_hover: Callback<Option<usize>>,
}

#[component]
pub(crate) fn Fields(props: &Props) -> Html {
    let words = &words().panels.packet;
    html! {
        <table class="fields" aria-label={words.fields}>
            <colgroup><col class="k" /><col class="h" /><col /><col class="r" /></colgroup>
            <thead class="unseen">
                <tr>
                    <th scope="col">{ words.column_letter }</th>
                    <th scope="col">{ words.column_bytes }</th>
                    <th scope="col">{ words.column_meaning }</th>
                    <th scope="col">{ words.column_rule }</th>
                </tr>
            </thead>
            <tbody onmouseleave={props.on_hover.reform(|_: MouseEvent| None)}>
                { for props.segments.iter().take(ROWS_MAX).enumerate().map(|(index, segment)| row(props, index, segment)) }
            </tbody>
        </table>
    }
}

fn row(props: &Props, index: usize, segment: &Segment) -> Html {
    let detail = &props.detail;
    let field = segment.field.map(|field| &detail.fields[field]);
    let is_text = field.is_some_and(|field| field.name == "Topic Name") && segment.text.is_some();
    let statement = statement(detail, segment);
    let selected = index == props.selected;
    let class = classes!(
        selected.then_some("sel"),
        (Some(index) == props.hovered).then_some("hov"),
        segment.wrong.then_some("wrong"),
    );
    let on_select = props.on_select.clone();
    let onkeydown = {
        let on_select = on_select.clone();
        Callback::from(move |event: KeyboardEvent| {
            let to = match event.key().as_str() {
                "ArrowDown" => index + 1,
                "ArrowUp" => index.wrapping_sub(1),
                _ => return,
            };
            event.prevent_default();
            event.stop_propagation();
            if focus_row(&event, event.key() == "ArrowDown") {
                on_select.emit(to);
            }
        })
    };
    html! {
        <tr
            key={index}
            {class}
            tabindex={if selected { "0" } else { "-1" }}
            aria-selected={selected.to_string()}
            onclick={on_select.reform(move |_: MouseEvent| index)}
            onmouseenter={props.on_hover.reform(move |_: MouseEvent| Some(index))}
            {onkeydown}
            data-testid="packet-field"
        >
            <td class="k">{ &segment.letter }</td>
            <td class="mono h">{ hex(&detail.bytes[segment.offset..segment.end()]) }</td>
            <td class={classes!("t", is_text.then_some("mono"))} title={field.map(|field| field.name.clone())}>
                { meaning(detail, segment) }
            </td>
            <td class="r">
                if let Some(statement) = statement {
                    <span class="id">{ statement }</span>
                }
            </td>
        </tr>
    }
}

/// Moves the focus to the next row or the previous one; false if there is none.
fn focus_row(event: &KeyboardEvent, down: bool) -> bool {
    let row = event
        .target()
        .and_then(|target| target.dyn_into::<Element>().ok())
        .and_then(|target| target.closest("tr").ok().flatten());
    let next = row.and_then(|row| match down {
        true => row.next_element_sibling(),
        false => row.previous_element_sibling(),
    });
    let next = next.and_then(|next| next.dyn_into::<HtmlElement>().ok());
    next.is_some_and(|next| next.focus().is_ok())
}

/// Up to four bytes whole; of more the first and the last.
pub(super) fn hex(bytes: &[u8]) -> String {
    match bytes {
        [first, .., last] if bytes.len() > 4 => format!("{first:02X} … {last:02X}"),
        _ => bytes
            .iter()
            .map(|byte| format!("{byte:02X}"))
            .collect::<Vec<_>>()
            .join(" "),
    }
}

/// What the bytes say.
fn meaning(detail: &PacketDetail, segment: &Segment) -> Html {
    if segment.offset == 0 && segment.len == 1 {
        return html! { first_byte(detail) };
    }
    let Some(field) = segment.field.map(|field| &detail.fields[field]) else {
        return html! { "…" };
    };
    let inside = segment
        .inside
        .map_or("", |inside| &detail.fields[inside].name);
    let words = (words().panels.packet.field)(&Fact {
        name: &field.name,
        inside,
        value: &field.value,
        text: segment.text.as_deref(),
    });
    words
        .iter()
        .map(|bit| match bit {
            Bit::Mono(text) => {
                html! { <span class="mono">{ foreign_cut(text, TEXT_CHARS) }</span> }
            }
            bit => phrase(std::slice::from_ref(bit)),
        })
        .collect()
}

/// The first byte in words: kind and flags.
fn first_byte(detail: &PacketDetail) -> String {
    let hop = &detail.hop;
    let mut out = hop.kind.name().to_owned();
    if hop.kind == PacketKind::Publish {
        let bad_qos = bits(detail, 0)
            .iter()
            .any(|field| field.name == "QoS" && field.value == "3");
        match (bad_qos, hop.qos) {
            (true, _) => out.push_str(", QoS 3"),
            (false, Qos::AtMostOnce) => out.push_str(", QoS 0"),
            (false, Qos::AtLeastOnce) => out.push_str(", QoS 1"),
            (false, Qos::ExactlyOnce) => out.push_str(", QoS 2"),
        }
        if hop.retain {
            out.push_str(", retain");
        }
        if hop.dup {
            out.push_str(", DUP");
        }
    }
    out
}

/// The statement of the segment's field, or of the first of its bits that has one.
fn statement(detail: &PacketDetail, segment: &Segment) -> Option<String> {
    let own = segment
        .field
        .and_then(|field| detail.fields[field].statement.clone());
    let of_bits = || {
        (segment.len == 1)
            .then(|| bits(detail, segment.offset))?
            .into_iter()
            .find_map(|field| field.statement.clone())
    };
    own.or_else(of_bits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_fields_show_their_ends() {
        assert_eq!(hex(&[0x33]), "33");
        assert_eq!(hex(&[1, 2, 3, 4]), "01 02 03 04");
        assert_eq!(hex(&[1, 2, 3, 4, 5]), "01 … 05");
    }
}
