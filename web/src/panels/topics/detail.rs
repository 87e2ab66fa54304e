//! The panel of one topic: its last word, its plot, and who receives it.

use std::rc::Rc;

use tidings_world::view::{EventNo, Scene, Short, TopicDetail, TopicId};
use yew::prelude::*;

use super::formats::{base64, hex, json};
use super::plot::plot;
use crate::components::{Icon, sign};
use crate::panels::choice::Choice;
use crate::panels::foreign::{foreign, phrase};
use crate::panels::head::head;
use crate::panels::names::actor_name;
use crate::panels::packet::why::{self, why_table};
use crate::scene::clock::seconds;
use crate::state::{Selection, use_page, use_pinned};
use crate::words::words;

/// Longer words are not said large.
const LARGE_CHARS: usize = 14;

#[derive(PartialEq, Properties)]
pub(crate) struct Props {
    pub(crate) detail: Rc<TopicDetail>,
    pub(crate) scene: Rc<Scene>,
    pub(crate) on_close: Callback<()>,
}

/// Fills the panel.
#[component]
pub(crate) fn TopicPanel(props: &Props) -> Html {
    let page = use_page();
    let detail = &props.detail;
    let words = &words().panels;
    let on_packet = {
        let page = page.clone();
        Callback::from(move |no: EventNo| page.select(Selection::Packet(no)))
    };
    html! {
        <>
            { head(html! {}, html! { <span class="mono">{ foreign(&detail.topic) }</span> }, html! {}, &props.on_close) }
            <div class="pbody" data-testid="topic">
                { last_word(props, &on_packet) }
                <Payload detail={detail.clone()} />
                { plots(props, Callback::from(move |place: String| page.watch_number(place))) }
                if !detail.why.is_empty() {
                    <section class="sec">
                        <h3>{ words.packet.why }<span class="id">{ "MQTT-3.8.4-8" }</span></h3>
                        { why_table(&why::Props { topic: detail.topic.clone(), published: detail.last.map(|last| last.qos).unwrap_or_default(), why: detail.why.clone(), scene: props.scene.clone(), on_packet }) }
                    </section>
                }
            </div>
        </>
    }
}

fn last_word(props: &Props, on_packet: &Callback<EventNo>) -> Html {
    let words = &words().panels.topics;
    let detail = &props.detail;
    let value = text(&detail.payload);
    let large = value
        .as_deref()
        .filter(|value| value.chars().count() <= LARGE_CHARS);
    let said = match detail.last {
        None => html! { words.kept_only },
        Some(last) => {
            let name = last.from.map(|from| actor_name(&props.scene, from));
            let onclick = on_packet.reform(move |_: MouseEvent| last.no);
            html! {
                <>
                    <button type="button" class="tolink" {onclick}>{ format!("#{}", last.no.0) }</button>
                    { " " }
                    { phrase(&(words.said)(name.as_deref(), &seconds(last.at.0), detail.kept)) }
                </>
            }
        }
    };
    html! {
        <section class="sec">
            if let Some(value) = large {
                <p class="bigw mono" data-testid="topic-value">
                    { if value.is_empty() { html! { <span class="dimt">{ words.no_payload }</span> } } else { foreign(value) } }
                </p>
            }
            <p class="note">{ said }</p>
        </section>
    }
}

#[derive(PartialEq, Properties)]
struct PayloadProps {
    detail: Rc<TopicDetail>,
}

/// The payload in the form that was chosen; at first in the one that says most.
#[component]
fn Payload(props: &PayloadProps) -> Html {
    let words = &words().panels.topics;
    let chosen = use_state(|| None::<usize>);
    let detail = &props.detail;
    let bytes = &detail.payload[..];
    let written = text(bytes);
    let pretty = written.as_deref().and_then(json);
    let format = chosen.unwrap_or(match (&written, &pretty) {
        (_, Some(_)) => 1,
        (Some(_), None) => 0,
        (None, None) => 2,
    });
    let shown = match format {
        0 => Some(String::from_utf8_lossy(bytes).into_owned()),
        1 => pretty,
        2 => Some(hex(bytes)),
        _ => Some(base64(bytes)),
    };
    let on_choose = Callback::from(move |index: usize| chosen.set(Some(index)));
    html! {
        <section class="sec">
            <h3>
                { words.payload }
                <span>{ (words.size)(detail.messages, detail.last.map(|last| last.bytes)) }</span>
            </h3>
            <Choice
                name="payload-as"
                label={words.payload_as}
                items={words.formats.iter().map(|format| html! { *format }).collect::<Vec<_>>()}
                chosen={Some(format)}
                {on_choose}
            />
            { match shown {
                Some(text) => html! {
                    <pre class="payload" tabindex="0" data-testid="topic-payload">
                        { for text.split('\n').map(|line| html! { <>{ foreign(line) }{ "\n" }</> }) }
                    </pre>
                },
                None => html! { <p class="note">{ words.no_json }</p> },
            } }
            if detail.cut {
                <p class="note">{ words.cut }</p>
            }
        </section>
    }
}

fn plots(props: &Props, on_place: Callback<String>) -> Html {
    let words = &words().panels.topics;
    let Some((place, curve)) = &props.detail.plot else {
        return html! {};
    };
    let numbers = &props.detail.numbers;
    html! {
        <section class="sec">
            <h3>{ words.plot }<span>{ words.plot_note }</span></h3>
            if numbers.len() > 1 {
                <div class="nums" role="group" aria-label={words.plot}>
                    { for numbers.iter().map(|(name, value)| {
                        let on = name == place;
                        let onclick = {
                            let (on_place, name) = (on_place.clone(), name.clone());
                            Callback::from(move |_: MouseEvent| on_place.emit(name.clone()))
                        };
                        let short = Short { text: name.clone(), ..Short::default() };
                        html! {
                            <button
                                type="button"
                                class={classes!("tog", on.then_some("on"))}
                                aria-pressed={on.to_string()}
                                aria-label={(words.plot_one)(name)}
                                data-testid="topic-number"
                                {onclick}
                            >
                                <span class="mono dimt">{ foreign(&short.text) }</span>
                                <span class="mono">{ foreign(value) }</span>
                            </button>
                        }
                    }) }
                </div>
            }
            { plot(curve) }
            <Pin id={props.detail.id} place={place.clone()} />
        </section>
    }
}

#[derive(PartialEq, Properties)]
struct PinProps {
    id: TopicId,
    place: String,
}

/// Puts the number that is plotted among the plots, or takes it away.
#[component]
fn Pin(props: &PinProps) -> Html {
    let page = use_page();
    let this = (props.id, props.place.clone());
    let on = use_pinned().contains(&this);
    let words = &words().panels.plots;
    let onclick = Callback::from(move |_: MouseEvent| page.pin(this.clone()));
    html! {
        <button
            type="button"
            class={classes!("tog", "pin", on.then_some("on"))}
            aria-pressed={on.to_string()}
            {onclick}
            data-testid="topic-pin"
        >
            { sign(if on { Icon::Check } else { Icon::Plus }) }
            { if on { words.pinned } else { words.pin } }
        </button>
    }
}

/// The payload, if it is text.
fn text(bytes: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(bytes).ok()?;
    Some(text.to_owned())
}
