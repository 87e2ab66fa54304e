//! How an actor is connected: folded away until somebody wants to know.

use std::rc::Rc;

use tidings_world::scenario::{Actor, Away, Picture, Transport, Version};
use yew::prelude::*;

use super::number::Number;
use crate::components::{Icon, sign};
use crate::panels::choice::Choice;
use crate::panels::field::Field;
use crate::panels::signs::picture;
use crate::words::words;

const VERSIONS: [Version; 2] = [Version::V3_1_1, Version::V5];
const TRANSPORTS: [Transport; 2] = [Transport::Tcp, Transport::WebSocket];
const AWAY: [Away; 3] = [Away::Forget, Away::KeepHour, Away::Keep];
const PICTURES: [Picture; 9] = [
    Picture::Thermometer,
    Picture::Door,
    Picture::Phone,
    Picture::Heating,
    Picture::Logger,
    Picture::Lamp,
    Picture::Camera,
    Picture::Person,
    Picture::Box,
];

#[derive(PartialEq, Properties)]
pub(crate) struct Props {
    pub(crate) actor: Rc<Actor>,
    pub(crate) on_actor: Callback<Actor>,
}

/// When away: what becomes of the session.
pub(crate) fn away(actor: &Rc<Actor>, on_actor: &Callback<Actor>) -> Html {
    let words = &words().panels.form;
    html! {
        <Field label={words.away} hint={html! { (words.away_hint)(actor.away, actor.version) }}>
            <Choice
                name="away"
                label={words.away}
                items={AWAY.map(|one| html! { (words.away_choice)(one) }).to_vec()}
                chosen={AWAY.iter().position(|one| *one == actor.away)}
                on_choose={change(actor, on_actor, |actor, index: usize| actor.away = AWAY[index.min(2)])}
            />
        </Field>
    }
}

#[component]
pub(crate) fn Connection(props: &Props) -> Html {
    let words = &words().panels.form;
    let open = use_state(|| false);
    let onclick = {
        let open = open.clone();
        Callback::from(move |_: MouseEvent| open.set(!*open))
    };
    let actor = &props.actor;
    let brief = (words.connection_brief)(actor.version, actor.transport, actor.latency_ms);
    html! {
        <>
            <button type="button" class="fold" aria-expanded={open.to_string()} {onclick}>
                <span class={classes!("turn", open.then_some("open"))}>{ sign(Icon::Right) }</span>
                { words.connection }
                <span class="dimt">{ brief }</span>
            </button>
            if *open {
                { inside(props) }
            }
        </>
    }
}

fn inside(props: &Props) -> Html {
    let words = &words().panels.form;
    let actor = &props.actor;
    html! {
        <div class="folded">
            <Field label={words.version}>
                <Choice
                    name="version"
                    label={words.version}
                    items={vec![html! { "3.1.1" }, html! { "5.0" }]}
                    chosen={VERSIONS.iter().position(|one| *one == actor.version)}
                    on_choose={changed(props, |actor, index: usize| actor.version = VERSIONS[index.min(1)])}
                />
            </Field>
            <Field label={words.transport}>
                <Choice
                    name="transport"
                    label={words.transport}
                    items={TRANSPORTS.map(|one| html! { (words.transport_choice)(one) }).to_vec()}
                    chosen={TRANSPORTS.iter().position(|one| *one == actor.transport)}
                    on_choose={changed(props, |actor, index: usize| actor.transport = TRANSPORTS[index.min(1)])}
                />
            </Field>
            <Field id="latency" label={words.latency} hint={html! { words.latency_hint }}>
                <Number
                    id="latency"
                    label={words.latency}
                    value={f64::from(actor.latency_ms)}
                    min={0.0}
                    max={60_000.0}
                    whole=true
                    after={words.milliseconds}
                    on_number={changed(props, |actor, ms: f64| actor.latency_ms = ms as u32)}
                />
            </Field>
            <Field id="keep-alive" label={words.keep_alive} hint={html! { words.keep_alive_hint }}>
                <Number
                    id="keep-alive"
                    label={words.keep_alive}
                    value={f64::from(actor.keep_alive_secs)}
                    min={0.0}
                    max={65_535.0}
                    whole=true
                    after={words.seconds}
                    on_number={changed(props, |actor, secs: f64| actor.keep_alive_secs = secs as u16)}
                />
            </Field>
            if actor.listens.is_empty() {
                { away(actor, &props.on_actor) }
            }
            <Field label={words.picture}>
                <Choice
                    class="pictures"
                    name="picture"
                    label={words.picture}
                    items={PICTURES.map(|one| picture(one, 24.0)).to_vec()}
                    names={PICTURES.map(|one| AttrValue::from((words.picture_name)(one))).to_vec()}
                    chosen={PICTURES.iter().position(|one| *one == actor.picture)}
                    on_choose={changed(props, |actor, index: usize| actor.picture = PICTURES[index.min(8)])}
                />
            </Field>
        </div>
    }
}

fn changed<T: 'static>(props: &Props, set: fn(&mut Actor, T)) -> Callback<T> {
    change(&props.actor, &props.on_actor, set)
}

fn change<T: 'static>(
    actor: &Rc<Actor>,
    on_actor: &Callback<Actor>,
    set: fn(&mut Actor, T),
) -> Callback<T> {
    let actor = actor.clone();
    on_actor.reform(move |value| {
        let mut actor = (*actor).clone();
        set(&mut actor, value);
        actor
    })
}
