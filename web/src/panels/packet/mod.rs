//! A packet, taken apart: what it says, its bytes, why each one got it, what it caused.

mod bits;
mod columns;
mod cut;
mod edit;
mod fields;
mod frame;
mod hex;
mod rung;
#[cfg(test)]
mod sample;
mod segments;
mod tree;
mod twin;
pub(super) mod why;
mod wrong;

use std::rc::Rc;

use tidings_world::view::{CameOf, Direction, EventNo, PacketDetail, PacketKind, Scene};
use yew::prelude::*;

use super::foreign::phrase;
use super::head::head;
use super::names::actor_name;
use super::signs::mark;
use crate::state::{use_page, use_standing};
use crate::words::panels::Says;
use crate::words::words;
use edit::EditBytes;
use fields::Fields;
use hex::Hex;
use why::why_table;

#[derive(PartialEq, Properties)]
pub(crate) struct Props {
    pub(crate) detail: Rc<PacketDetail>,
    pub(crate) scene: Rc<Scene>,
    /// Another packet was chosen.
    pub(crate) on_packet: Callback<EventNo>,
    pub(crate) on_close: Callback<()>,
}

#[component]
pub(crate) fn Packet(props: &Props) -> Html {
    let words = &words().panels.packet;
    let page = use_page();
    let standing = use_standing();
    let problem = use_state_eq(|| None::<String>);
    let editing = use_state(|| None::<EventNo>);
    let detail = &props.detail;
    let hop = &detail.hop;
    let edited = *editing == Some(hop.no);
    let on_edit = {
        let no = hop.no;
        Callback::from(move |on: bool| editing.set(on.then_some(no)))
    };
    let own = detail.tree.iter().find(|row| row.no == Some(hop.no));
    let arrived = own.is_some_and(|row| row.came != CameOf::OnItsWay);
    let actor = actor_name(&props.scene, hop.actor);
    let broker = crate::words::words().panels.broker;
    let (from, to) = match hop.direction {
        Direction::ToBroker => (actor.as_str(), broker),
        Direction::ToActor => (broker, actor.as_str()),
    };
    let title = html! { { format!("{} #{}", hop.kind.name(), hop.no.0) } };
    html! {
        <>
            { head(mark(hop.kind, hop.channels.first().copied(), 8.0, 20.0), title, phrase(&(words.way)(from, to)), &props.on_close) }
            <div class="pbody" data-testid="packet">
                <section class="sec"><p class="lead">{ phrase(&(words.says)(&says(detail, &actor))) }</p></section>
                if edited {
                    <EditBytes key={hop.no.0} detail={detail.clone()} name={actor.clone()} on_leave={on_edit.reform(|()| false)} />
                } else {
                    <Bytes detail={detail.clone()} {on_edit} />
                }
                if hop.kind == PacketKind::Publish && hop.direction == Direction::ToBroker && detail.wrong.is_none() {
                    { why(props) }
                }
                if detail.tree.len() > 1 {
                    <section class="sec">
                        <h3>{ if hop.cause.is_some() { words.tree_from } else { words.tree } }</h3>
                        { tree::tree(&tree::Props { detail: detail.clone(), scene: props.scene.clone(), on_packet: props.on_packet.clone() }) }
                    </section>
                }
                if !standing.is_remote() {
                    { cut::cut(&page, hop.no, arrived, &problem) }
                }
            </div>
        </>
    }
}

fn why(props: &Props) -> Html {
    let words = &words().panels.packet;
    html! {
        <section class="sec">
            <h3>{ words.why }<span class="id">{ "MQTT-3.8.4-8" }</span></h3>
            if props.detail.why.is_empty() {
                <p class="note">{ words.nobody_listens }</p>
            } else {
                { why_table(&why::Props { topic: props.detail.topic.clone(), published: props.detail.hop.qos, why: props.detail.why.clone(), scene: props.scene.clone(), on_packet: props.on_packet.clone() }) }
                <p class="note">
                    { words.why_note }{ " " }{ words.why_kept_by }{ " " }<span class="id">{ "MQTT-4.5.0-1" }</span>
                </p>
            }
        </section>
    }
}

#[derive(PartialEq, Properties)]
struct BytesProps {
    detail: Rc<PacketDetail>,
    /// Whether its bytes are to be edited.
    on_edit: Callback<bool>,
}

/// The bytes as rows and as a list, which point at each other.
#[component]
fn Bytes(props: &BytesProps) -> Html {
    let words = &words().panels.packet;
    let detail = &props.detail;
    let whole = detail.bytes.len() as u64 == u64::from(detail.bytes_total);
    let editable = whole && detail.hop.kind != PacketKind::WebSocket;
    let segments = use_memo(detail.clone(), |detail| segments::segments(detail));
    let chosen = use_state(|| None::<(EventNo, usize)>);
    let hovered = use_state(|| None::<usize>);
    // What is wrong is what one wants to see first.
    let first = segments
        .iter()
        .position(|segment| segment.wrong)
        .unwrap_or(0);
    let no = detail.hop.no;
    let selected = (*chosen)
        .filter(|(of, _)| *of == no)
        .map_or(first, |(_, segment)| segment);
    let on_select = {
        let chosen = chosen.clone();
        Callback::from(move |segment: usize| chosen.set(Some((no, segment))))
    };
    let on_hover = {
        let hovered = hovered.clone();
        Callback::from(move |segment: Option<usize>| {
            if *hovered != segment {
                hovered.set(segment);
            }
        })
    };
    html! {
        <>
            <section class="sec">
                <h3>{ words.bytes }<span>{ (words.size)(detail.bytes_total, detail.version) }</span></h3>
                <Hex
                    detail={detail.clone()}
                    segments={segments.clone()}
                    {selected}
                    hovered={*hovered}
                    on_select={on_select.clone()}
                    on_hover={on_hover.clone()}
                />
                if (detail.bytes.len() as u64) < u64::from(detail.bytes_total) {
                    <p class="note">{ (words.cut)(detail.bytes.len() as u32, detail.bytes_total) }</p>
                }
                if let Some(wrong) = &detail.wrong {
                    { wrong::wrong(wrong) }
                }
                if !detail.frame_header.is_empty() {
                    <h3 class="inner">{ words.frame }<span class="id">{ "MQTT-6.0.0-1" }</span></h3>
                    { frame::frame(&detail.frame_header) }
                    <p class="note">{ words.frame_note }{ " " }<span class="id">{ "MQTT-6.0.0-2" }</span></p>
                }
                if editable {
                    <div class="cuts">
                        <button type="button" class="btn q" onclick={props.on_edit.reform(|_: MouseEvent| true)} data-testid="packet-edit">
                            { words.edit.begin }
                        </button>
                    </div>
                }
            </section>
            <section class="sec">
                <Fields
                    detail={detail.clone()}
                    segments={segments.clone()}
                    {selected}
                    hovered={*hovered}
                    {on_select}
                    {on_hover}
                />
                { bits_of(detail, &segments, selected) }
            </section>
            { twin::twin(detail) }
        </>
    }
}

/// The chosen byte bit by bit, if fields lie in it.
fn bits_of(detail: &PacketDetail, segments: &[segments::Segment], selected: usize) -> Html {
    let Some(segment) = segments.get(selected).filter(|segment| segment.len == 1) else {
        return html! {};
    };
    let fields = segments::bits(detail, segment.offset);
    match fields.is_empty() {
        true => html! {},
        false => bits::bits(&segment.letter, detail.bytes[segment.offset], &fields),
    }
}

fn says<'a>(detail: &'a PacketDetail, actor: &'a str) -> Says<'a> {
    let hop = &detail.hop;
    let own = detail.tree.iter().find(|row| row.no == Some(hop.no));
    Says {
        kind: hop.kind,
        to_broker: hop.direction == Direction::ToBroker,
        actor,
        topic: &detail.topic,
        payload: &hop.label.text,
        payload_cut: hop.label.cut,
        payload_empty: hop.label.text.is_empty() && !hop.label.cut,
        filters: own.map_or("", |row| row.topic.as_str()),
        qos: u8::from(hop.qos),
        retain: hop.retain,
        dup: hop.dup,
        packet_id: hop.packet_id,
        reason: detail
            .reason
            .as_ref()
            .map(|(code, name)| (*code, name.as_str())),
        wrong: detail.wrong.is_some(),
    }
}
