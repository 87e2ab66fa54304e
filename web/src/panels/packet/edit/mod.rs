//! The bytes of a packet as somebody would rather have them, sent from the actor's end.

mod splice;

use std::cell::Cell;
use std::rc::Rc;

use tidings_world::scenario::Qos;
use tidings_world::view::{
    Answer, BytesHint, Draft, Edit, Hints, Hop, PacketDetail, PacketKind, ToWorker,
};
use web_sys::{HtmlInputElement, HtmlTextAreaElement};
use yew::prelude::*;

use super::fields::Fields;
use super::hex::Hex;
use super::segments::{self, Segment};
use super::{bits, twin, wrong};
use crate::components::{Icon, sign};
use crate::panels::foreign::foreign;
use crate::panels::form::Moment;
use crate::scene::text::{meant, shown};
use crate::state::{Page, Selection, use_page, use_standing};
use crate::words::words;
use splice::splice;

#[derive(PartialEq, Properties)]
pub(super) struct Props {
    /// The packet it began with.
    pub(super) detail: Rc<PacketDetail>,
    /// Who sends it.
    pub(super) name: String,
    /// Nothing is sent; the packet is read again.
    pub(super) on_leave: Callback<()>,
}

/// The key must be the packet's number: of another packet other bytes are edited.
#[component]
pub(super) fn EditBytes(props: &Props) -> Html {
    let all = words();
    let words = &all.panels.packet;
    let edit = &words.edit;
    let page = use_page();
    let standing = use_standing();
    let begun = &props.detail;
    let draft = use_state(|| Rc::new(begun.bytes.clone()));
    let chosen = use_state(|| 0_usize);
    let hovered = use_state(|| None::<usize>);
    let follow = use_state(|| true);
    let problem = use_state(|| None::<String>);
    let hint = use_reading(&page, begun, &draft);
    let detail = use_memo((draft.clone(), hint.clone()), |(draft, hint)| {
        Rc::new(as_typed(begun, draft, hint))
    });
    let detail: Rc<PacketDetail> = (*detail).clone();
    let segments = use_memo(detail.clone(), |detail| segments::segments(detail));
    let selected = (*chosen).min(segments.len().saturating_sub(1));
    let set = {
        let (draft, problem) = (draft.clone(), problem.clone());
        Callback::from(move |bytes: Vec<u8>| {
            problem.set(None);
            draft.set(Rc::new(bytes));
        })
    };
    let on_select = {
        let chosen = chosen.clone();
        Callback::from(move |segment: usize| chosen.set(segment))
    };
    let on_hover = {
        let hovered = hovered.clone();
        Callback::from(move |segment: Option<usize>| {
            if *hovered != segment {
                hovered.set(segment);
            }
        })
    };
    let changed = changed(&begun.bytes, &draft);
    let put = {
        let (detail, set, follow) = (detail.clone(), set.clone(), *follow);
        move |segment: &Segment| {
            let (detail, set) = (detail.clone(), set.clone());
            let old = segment.offset..segment.end();
            Callback::from(move |new: Vec<u8>| {
                set.emit(splice(
                    &detail.bytes,
                    &detail.fields,
                    old.clone(),
                    &new,
                    follow,
                ));
            })
        }
    };
    let ok = hint.wrong.is_none() && hint.says == u32::try_from(draft.len()).ok();
    let onsubmit = {
        let (page, problem) = (page.clone(), problem.clone());
        let (id, bytes) = (begun.hop.actor, draft.clone());
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            let (problem, shows) = (problem.clone(), page.clone());
            let then = Callback::from(move |answer: Answer| match answer.packet {
                Some(no) => shows.select(Selection::Packet(no)),
                None => problem.set(answer.problems.into_iter().next().map(|one| one.sentence)),
            });
            let bytes = bytes.to_vec();
            page.edit(Edit::Send { id, bytes }, then);
        })
    };
    let back = {
        let (set, bytes) = (set.clone(), begun.bytes.clone());
        Callback::from(move |_: MouseEvent| set.emit(bytes.clone()))
    };
    let onleave = props.on_leave.reform(|_: MouseEvent| ());
    let toggle = {
        let follow = follow.clone();
        Callback::from(move |_: Event| follow.set(!*follow))
    };
    let whole = {
        let set = set.clone();
        Callback::from(move |event: InputEvent| {
            let area: HtmlTextAreaElement = event.target_unchecked_into();
            if let Some(bytes) = read_hex(&area.value()) {
                set.emit(bytes);
            }
        })
    };
    html! {
        <form class="bytesform" {onsubmit} data-testid="packet-edit-form">
            <section class="sec">
                <h3>{ edit.title }<span>{ (edit.changed)(changed) }</span></h3>
                <Hex detail={detail.clone()} segments={segments.clone()} {selected} hovered={*hovered}
                    on_select={on_select.clone()} on_hover={on_hover.clone()} />
                if let Some(segment) = segments.get(selected) {
                    <Part key={selected} segment={segment.clone()} bytes={detail.bytes[segment.offset..segment.end()].to_vec()}
                        name={name_of(&detail, segment)} on_bytes={put(segment)} />
                    { bits_below(&detail, segment) }
                }
                <label class="sw">
                    <input class="unseen" type="checkbox" checked={*follow} onchange={toggle} />
                    <span class={classes!("bx", follow.then_some("on"))}>if *follow { { sign(Icon::Check) } }</span>
                    { edit.follow }
                </label>
                <details class="allbytes">
                    <summary>{ edit.all }</summary>
                    <textarea class="inp mono" rows="4" aria-label={edit.all} spellcheck="false" autocapitalize="off"
                        value={hex(&draft)} onchange={whole_change(&set)} oninput={whole} data-testid="packet-all" />
                </details>
                if let Some(mistake) = &hint.wrong {
                    { wrong::wrong(mistake) }
                }
                <p class="note" role="status" data-testid="packet-verdict">
                    { (edit.verdict)(begun.version, hint.wrong.is_some(), hint.says, draft.len()) }
                    if hint.wrong.is_some() {
                        { " " }<span class="id">{ "MQTT-4.13.1-1" }</span>
                    }
                </p>
                if let Some(sentence) = &*problem {
                    <p class="note problem" role="alert">{ sign(Icon::Warn) }<span>{ foreign(sentence) }</span></p>
                }
                <div class="cuts">
                    <button class="btn p" type="submit" disabled={draft.is_empty()} data-testid="packet-send">
                        { if ok { edit.send } else { edit.send_broken } }
                    </button>
                    <button class="btn q" type="button" disabled={changed == 0} onclick={back} data-testid="packet-put-back">{ edit.put_back }</button>
                    <button class="btn q" type="button" onclick={onleave} data-testid="packet-read">{ edit.leave }</button>
                </div>
                <p class="note">
                    { (edit.whose)(&props.name) }
                    if !standing.is_remote() {
                        { ", " }{ edit.at }{ " " }<Moment />
                        if standing.in_past {
                            { ", " }{ edit.another_run }
                        }
                    }
                </p>
            </section>
            <section class="sec">
                <Fields detail={detail.clone()} {segments} {selected} hovered={*hovered} {on_select} {on_hover} />
            </section>
            { twin::twin(&detail) }
        </form>
    }
}

/// What the broker would read in `draft`, as far as the worker has answered.
#[hook]
fn use_reading(page: &Page, begun: &Rc<PacketDetail>, draft: &Rc<Vec<u8>>) -> Rc<BytesHint> {
    let first = || {
        Rc::new(BytesHint {
            fields: begun.fields.clone(),
            wrong: begun.wrong.clone(),
            says: Some(begun.bytes_total),
            twin: begun.twin.clone(),
        })
    };
    let hint = use_state(first);
    // Answers to older drafts are dropped.
    let turn = use_memo((), |()| Cell::new(0_u32));
    {
        let (page, hint, version) = (page.clone(), hint.clone(), begun.version);
        use_effect_with(draft.clone(), move |draft| {
            let asked = turn.get().wrapping_add(1);
            turn.set(asked);
            let then = Callback::from(move |answer: Answer| {
                if let Some(Hints::Bytes(read)) = answer.hints
                    && turn.get() == asked
                {
                    hint.set(Rc::from(read));
                }
            });
            let bytes = draft.to_vec();
            let draft = Draft::Bytes { version, bytes };
            page.ask(|token| ToWorker::Check { token, draft }, then);
        });
    }
    (*hint).clone()
}

/// The packet, were it these bytes.
fn as_typed(begun: &PacketDetail, draft: &[u8], hint: &BytesHint) -> PacketDetail {
    let first = draft.first().copied().unwrap_or(0);
    PacketDetail {
        hop: Hop {
            kind: kind(first),
            qos: Qos::try_from(first >> 1 & 3).unwrap_or_default(),
            retain: first & 1 == 1,
            dup: first >> 3 & 1 == 1,
            ..begun.hop.clone()
        },
        bytes: draft.to_vec(),
        bytes_total: draft.len() as u32,
        fields: hint.fields.clone(),
        wrong: hint.wrong.clone(),
        twin: hint.twin.clone(),
        ..begun.clone()
    }
}

/// What a first byte says a packet is.
fn kind(first: u8) -> PacketKind {
    use PacketKind::*;
    const KINDS: [PacketKind; 16] = [
        Unreadable,
        Connect,
        ConnAck,
        Publish,
        PubAck,
        PubRec,
        PubRel,
        PubComp,
        Subscribe,
        SubAck,
        Unsubscribe,
        UnsubAck,
        PingReq,
        PingResp,
        Disconnect,
        Auth,
    ];
    KINDS[usize::from(first >> 4)]
}

/// What the bits of a single byte are called.
fn bits_below(detail: &PacketDetail, segment: &Segment) -> Html {
    let fields = segments::bits(detail, segment.offset);
    match (segment.len, fields.is_empty()) {
        (1, false) => bits::below(detail.bytes[segment.offset], &fields),
        _ => html! {},
    }
}

/// The name of a segment's field.
fn name_of(detail: &PacketDetail, segment: &Segment) -> String {
    if segment.offset == 0 {
        return format!("{}: {}", segment.letter, detail.hop.kind.name());
    }
    let field = segment.field.and_then(|field| detail.fields.get(field));
    let name = field.map_or("", |field| field.name.as_str());
    format!("{}: {name}", segment.letter)
}

/// How many bytes are others than they were; where some were put in or taken out, all that lie
/// between what begins and ends alike.
fn changed(was: &[u8], is: &[u8]) -> usize {
    if was.len() == is.len() {
        return was
            .iter()
            .zip(is)
            .filter(|(one, other)| one != other)
            .count();
    }
    let alike = |(one, other): &(&u8, &u8)| one == other;
    let least = was.len().min(is.len());
    let before = was.iter().zip(is).take_while(alike).count();
    let behind = was
        .iter()
        .rev()
        .zip(is.iter().rev())
        .take_while(alike)
        .count();
    was.len().max(is.len()) - (before + behind).min(least)
}

fn hex(bytes: &[u8]) -> String {
    let pairs: Vec<_> = bytes.iter().map(|byte| format!("{byte:02X}")).collect();
    pairs.join(" ")
}

/// Bytes from hexadecimal figures; none while a figure is missing or something else stands there.
fn read_hex(text: &str) -> Option<Vec<u8>> {
    let figures: Vec<char> = text.chars().filter(|c| !c.is_whitespace()).collect();
    let pairs = figures.chunks(2).map(|pair| match pair {
        [high, low] => Some((high.to_digit(16)? << 4 | low.to_digit(16)?) as u8),
        _ => None,
    });
    pairs.collect()
}

/// What is no figure is taken away when one leaves the field.
fn whole_change(set: &Callback<Vec<u8>>) -> Callback<Event> {
    set.reform(|event: Event| {
        let area: HtmlTextAreaElement = event.target_unchecked_into();
        let figures: String = area
            .value()
            .chars()
            .filter(char::is_ascii_hexdigit)
            .collect();
        let even = figures.len() / 2 * 2;
        let bytes = read_hex(&figures[..even]).unwrap_or_default();
        area.set_value(&hex(&bytes));
        bytes
    })
}

#[derive(PartialEq, Properties)]
struct PartProps {
    segment: Segment,
    bytes: Vec<u8>,
    name: String,
    on_bytes: Callback<Vec<u8>>,
}

/// The bytes of one field: as figures, as a text if they are one, and a single byte bit by bit.
#[component]
fn Part(props: &PartProps) -> Html {
    let edit = &words().panels.packet.edit;
    // Half a byte may stand in the field while it is typed.
    let typed = use_state(|| None::<String>);
    let whole = hex(&props.bytes);
    let value = match &*typed {
        Some(text) if read_hex(text).is_none_or(|bytes| bytes == props.bytes) => text.clone(),
        _ => whole,
    };
    let bad = read_hex(&value).is_none();
    let oninput = {
        let (typed, on_bytes) = (typed.clone(), props.on_bytes.clone());
        Callback::from(move |event: InputEvent| {
            let text = event.target_unchecked_into::<HtmlInputElement>().value();
            if let Some(bytes) = read_hex(&text) {
                on_bytes.emit(bytes);
            }
            typed.set(Some(text));
        })
    };
    let text = props.segment.text.as_ref().map(|text| {
        let (before, on_bytes) = (text.clone(), props.on_bytes.clone());
        let oninput = Callback::from(move |event: InputEvent| {
            let text = event.target_unchecked_into::<HtmlInputElement>().value();
            on_bytes.emit(meant(&text, &before).into_bytes());
        });
        html! {
            <input class="inp mono" type="text" dir="ltr" value={shown(text)} aria-label={(edit.as_text)(&props.name)}
                autocomplete="off" autocapitalize="off" spellcheck="false" {oninput} data-testid="packet-text" />
        }
    });
    let bits = match props.bytes[..] {
        [byte] => (0..8_u8).rev().map(|bit| {
            let on = byte >> bit & 1 == 1;
            let onclick = props.on_bytes.reform(move |_: MouseEvent| vec![byte ^ 1 << bit]);
            html! {
                <button type="button" class={classes!("bitb", "mono", on.then_some("on"))} aria-pressed={on.to_string()}
                    aria-label={(edit.bit)(bit)} {onclick} data-testid="packet-bit">{ u8::from(on) }</button>
            }
        }).collect(),
        _ => html! {},
    };
    html! {
        <div class="part">
            <b>{ foreign(&props.name) }</b>
            <input class="inp mono" type="text" dir="ltr" {value} aria-label={(edit.as_hex)(&props.name)} aria-invalid={bad.to_string()}
                autocomplete="off" autocapitalize="off" spellcheck="false" {oninput} data-testid="packet-bytes" />
            { for text }
            if props.bytes.len() == 1 {
                <div class="bitrow" role="group" aria-label={edit.bits}>{ bits }</div>
            }
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_become_bytes_once_they_are_whole() {
        assert_eq!(read_hex("33 1a00"), Some(vec![0x33, 0x1A, 0x00]));
        assert_eq!(read_hex(""), Some(vec![]));
        assert_eq!(read_hex("3"), None);
        assert_eq!(read_hex("3x"), None);
        assert_eq!(hex(&[0x0A, 0xFF]), "0A FF");
    }

    #[test]
    fn what_was_put_in_is_counted_once() {
        assert_eq!(changed(b"abc", b"abc"), 0);
        assert_eq!(changed(b"abc", b"axc"), 1);
        assert_eq!(changed(b"abc", b"abxc"), 1);
        assert_eq!(changed(b"aaa", b"aaaaa"), 2);
        assert_eq!(changed(b"abc", b""), 3);
    }
}
