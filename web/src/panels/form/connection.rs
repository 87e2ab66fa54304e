//! How an actor is connected: folded away until somebody wants to know.

use std::rc::Rc;

use tidings_world::scenario::{Actor, Away, Picture, Transport, Version};
use tidings_world::view::FormField;
use yew::prelude::*;

use super::checked::Checked;
use super::fold::Fold;
use super::number::Number;
use super::pairs::pairs;
use super::toggle::{self, toggle};
use crate::panels::choice::Choice;
use crate::panels::field::Field;
use crate::panels::signs::picture;
use crate::panels::text::Text;
use crate::words::words;

const VERSIONS: [Version; 2] = [Version::V3_1_1, Version::V5];
const TRANSPORTS: [Transport; 2] = [Transport::Tcp, Transport::WebSocket];
const AWAY: [Away; 4] = [Away::Forget, Away::KeepHour, Away::KeepSecs(60), Away::Keep];
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
    pub(crate) checked: Rc<Checked>,
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
                chosen={AWAY.iter().position(|one| std::mem::discriminant(one) == std::mem::discriminant(&actor.away))}
                on_choose={change(actor, on_actor, |actor, index: usize| actor.away = AWAY[index.min(3)])}
            />
            if let Away::KeepSecs(secs) = actor.away {
                <Number
                    id="keep-secs"
                    label={words.away}
                    value={f64::from(secs)}
                    min={1.0}
                    max={f64::from(u32::MAX)}
                    whole=true
                    after={words.seconds}
                    on_number={change(actor, on_actor, |actor, secs: f64| actor.away = Away::KeepSecs(secs as u32))}
                />
            }
        </Field>
    }
}

#[component]
pub(crate) fn Connection(props: &Props) -> Html {
    let words = &words().panels.form;
    let actor = &props.actor;
    let brief = (words.connection_brief)(actor.version, actor.transport, actor.latency_ms);
    let problems = props.checked.at(FormField::Connect);
    html! {
        <Fold title={words.connection} {brief} wrong={!problems.is_empty()}>
            { inside(props) }
            { connect(props, problems) }
        </Fold>
    }
}

/// What else the CONNECT says.
fn connect(props: &Props, problems: Vec<String>) -> Html {
    let words = &words().panels.build;
    let of = &props.actor.connect;
    let old = props.actor.version != Version::V5;
    let number = |id: &'static str,
                  label: &'static str,
                  value: u32,
                  most: u32,
                  after: &'static str,
                  set: fn(&mut Actor, f64)| {
        html! {
            <Field {id} {label}>
                <Number {id} {label} value={f64::from(value)} min={0.0} max={f64::from(most)} whole=true {after} on_number={changed(props, set)} />
            </Field>
        }
    };
    let on_user = changed(props, |actor, user| actor.connect.user = user);
    let most = u32::from(u16::MAX);
    html! {
        <>
            <Field id="username" label={words.username} {problems}>
                <Text id="username" value={of.username.clone()} on_text={changed(props, |actor, text| actor.connect.username = text)} />
            </Field>
            if old {
                <p class="note">{ words.connect_old }</p>
            }
            if !old || !of.is_old() {
                <p class="note">{ words.connect_none }</p>
                { number("receive-max", words.receive_max, of.receive_max.into(), most, words.messages, |actor, n| actor.connect.receive_max = n as u16) }
                { number("max-packet", words.max_packet, of.max_packet_bytes, u32::MAX, words.bytes, |actor, n| actor.connect.max_packet_bytes = n as u32) }
                { number("alias-max", words.alias_max, of.topic_alias_max.into(), most, words.topics, |actor, n| actor.connect.topic_alias_max = n as u16) }
                { number("aliases", words.aliases, of.topic_aliases.into(), most, words.topics, |actor, n| actor.connect.topic_aliases = n as u16) }
                <Field label={words.response_info}>
                    { toggle(&toggle::Props { label: words.response_info.into(), words: words.response_info_what.into(), on: of.wants_response_info, disabled: false, on_toggle: changed(props, |actor, on| actor.connect.wants_response_info = on) }) }
                </Field>
                <Field label={words.problem_info}>
                    { toggle(&toggle::Props { label: words.problem_info.into(), words: words.problem_info_what.into(), on: !of.no_problem_info, disabled: false, on_toggle: changed(props, |actor, on: bool| actor.connect.no_problem_info = !on) }) }
                </Field>
                <Field label={words.user}>{ pairs("connect-user", &of.user, &on_user) }</Field>
            }
        </>
    }
}

fn inside(props: &Props) -> Html {
    let words = &words().panels.form;
    let actor = &props.actor;
    html! {
        <>
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
        </>
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
