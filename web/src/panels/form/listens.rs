//! One subscription of an actor.

use std::rc::Rc;

use tidings_world::scenario::check::SUBSCRIPTION_ID_MAX;
use tidings_world::scenario::{Answer, Listens, RetainHandling, Version};
use tidings_world::view::{Channel, FormField, ListensHint};
use yew::prelude::*;

use super::checked::Checked;
use super::extras::holes;
use super::fold::Fold;
use super::number::Number;
use super::pairs::pairs;
use super::speaks::qos_choice;
use super::toggle::{self, toggle};
use crate::panels::choice::Choice;
use crate::panels::field::Field;
use crate::panels::foreign::phrase;
use crate::panels::signs::tile;
use crate::panels::text::Text;
use crate::words::words;

const HANDLING: [RetainHandling; 3] = [
    RetainHandling::Send,
    RetainHandling::IfNew,
    RetainHandling::Never,
];

#[derive(PartialEq, Properties)]
pub(crate) struct Props {
    /// Which of the actor's.
    pub(crate) n: u8,
    pub(crate) listens: Listens,
    pub(crate) version: Version,
    /// What templates are filled with.
    pub(crate) values: Vec<(String, String)>,
    pub(crate) on_values: Callback<Vec<(String, String)>>,
    /// The channel it has or would get, if it chooses none.
    pub(crate) given: Option<Channel>,
    pub(crate) hint: Option<ListensHint>,
    pub(crate) checked: Rc<Checked>,
    pub(crate) on_change: Callback<Listens>,
    #[prop_or_default]
    pub(crate) holder: NodeRef,
}

#[component]
pub(crate) fn ListensFields(props: &Props) -> Html {
    let words = &words().panels.form;
    let n = props.n;
    let listens = &props.listens;
    let id = |what: &str| AttrValue::from(format!("{what}-{n}"));
    let filter_problems = props.checked.at(FormField::Filter(n));
    let invalid = !filter_problems.is_empty();
    let hint = props.hint.as_ref().filter(|_| !invalid);
    html! {
        <>
            <Field
                id={id("filter")}
                label={words.filter}
                problems={filter_problems}
                hint={hint.map_or_else(Html::default, |hint| phrase(&(words.filter_hint)(hint)))}
            >
                <Text
                    id={id("filter")}
                    value={listens.filter.clone()}
                    mono=true
                    {invalid}
                    holder={props.holder.clone()}
                    on_text={change(props, |listens, filter| listens.filter = filter)}
                />
            </Field>
            { channels(props) }
            <Field label={words.qos_at_most} hint={html! { words.qos_listens }}>
                { qos_choice(format!("qos-l{n}").into(), words.qos_at_most, listens.qos, change(props, |listens, qos| listens.qos = qos)) }
            </Field>
            { options_v5(props) }
            <Field id={id("handling")} label={words.handling} hint={html! { words.handling_hint }}>
                <Number
                    id={id("handling")}
                    label={words.handling}
                    value={f64::from(listens.handling_ms)}
                    min={0.0}
                    max={60_000.0}
                    whole=true
                    after={words.milliseconds}
                    on_number={change(props, |listens, ms: f64| listens.handling_ms = ms as u32)}
                />
            </Field>
            { answers(props) }
            { subscription(props) }
        </>
    }
}

/// What it says when it has handled a message.
fn answers(props: &Props) -> Html {
    let all = words();
    let (form, words) = (&all.panels.form, &all.panels.build);
    let (n, answer) = (props.n, &props.listens.answer);
    let old = props.version == Version::V3_1_1;
    let problems = props.checked.at(FormField::Answer(n));
    let on_toggle = change(props, |listens, on: bool| {
        listens.answer = on.then(|| Answer {
            topic: String::new(),
            payload: "{payload}".into(),
        });
    });
    let (topic_id, payload_id) = (format!("answer-topic-{n}"), format!("answer-{n}"));
    html! {
        <>
            <Field label={words.answers} {problems}>
                { toggle(&toggle::Props { label: words.answers.into(), words: words.answers_what.into(), on: answer.is_some(), disabled: false, on_toggle }) }
            </Field>
            if let Some(answer) = answer {
                <Field id={payload_id.clone()} label={words.answer} hint={html! { words.answer_hint }}>
                    <Text id={payload_id} value={answer.payload.clone()} mono=true
                        on_text={change(props, |listens, text| if let Some(answer) = &mut listens.answer { answer.payload = text })} />
                </Field>
                <Field id={topic_id.clone()} label={form.topic} hint={html! { if old { { words.answer_topic_old } } else { { words.answer_topic } } }}>
                    <Text id={topic_id} value={answer.topic.clone()} mono=true
                        on_text={change(props, |listens, text| if let Some(answer) = &mut listens.answer { answer.topic = text })} />
                </Field>
                { holes(&format!("answer-value-{n}"), &[&answer.payload, &answer.topic], &props.values, &props.on_values) }
            }
        </>
    }
}

/// What its SUBSCRIBE says besides.
fn subscription(props: &Props) -> Html {
    let words = &words().panels.build;
    let (n, listens) = (props.n, &props.listens);
    let problems = props.checked.at(FormField::Subscription(n));
    let on_user = change(props, |listens, user| listens.user = user);
    let id = AttrValue::from(format!("subscription-{n}"));
    html! {
        <Fold
            title={words.properties}
            brief={(words.subscription_brief)(listens.subscription_id, listens.user.len(), props.version)}
            wrong={!problems.is_empty()}
        >
            if props.version != Version::V5 {
                <p class="note">{ words.properties_old }</p>
            }
            <Field id={id.clone()} label={words.subscription_id} {problems} hint={html! { words.subscription_id_hint }}>
                <Number {id} label={words.subscription_id} value={f64::from(listens.subscription_id)} min={0.0} max={f64::from(SUBSCRIPTION_ID_MAX)} whole=true
                    on_number={change(props, |listens, id: f64| listens.subscription_id = id as u32)} />
            </Field>
            <Field label={words.user}>{ pairs(&format!("subscribe-{n}"), &listens.user, &on_user) }</Field>
        </Fold>
    }
}

/// What only MQTT 5 can ask for.
fn options_v5(props: &Props) -> Html {
    let words = &words().panels.form;
    let listens = &props.listens;
    let old = props.version == Version::V3_1_1;
    let note = |hint: &'static str| html! { if old { { words.only_v5 } } else { { hint } } };
    let chosen = HANDLING
        .iter()
        .position(|handling| *handling == listens.retain_handling);
    html! {
        <>
            <Field label={words.no_local}>
                { toggle(&toggle::Props { label: words.no_local.into(), words: words.no_local_what.into(), on: listens.no_local && !old, disabled: old, on_toggle: change(props, |listens, on| listens.no_local = on) }) }
            </Field>
            <Field label={words.retain_flag}>
                { toggle(&toggle::Props { label: words.retain_flag.into(), words: words.retain_flag_what.into(), on: listens.retain_as_published && !old, disabled: old, on_toggle: change(props, |listens, on| listens.retain_as_published = on) }) }
            </Field>
            <Field label={words.kept} hint={note((words.kept_hint)(listens.retain_handling))}>
                <Choice
                    name={format!("kept-{}", props.n)}
                    label={words.kept}
                    items={HANDLING.map(|one| html! { (words.kept_choice)(one) }).to_vec()}
                    chosen={if old { Some(0) } else { chosen }}
                    disabled={old}
                    on_choose={change(props, |listens, index: usize| listens.retain_handling = HANDLING[index.min(2)])}
                />
            </Field>
        </>
    }
}

/// The eight channels; the chosen one is larger.
fn channels(props: &Props) -> Html {
    let words = &words().panels.form;
    let n = props.n;
    let own = props.listens.channel;
    let chosen = match own {
        0 => props.given.map_or(0, |channel| channel.0),
        own => own,
    };
    let items = (1..=8u8).map(|channel| {
        let px = if channel == chosen { 24.0 } else { 18.0 };
        tile(Channel(channel), px)
    });
    let names = (1..=8u8).map(|channel| AttrValue::from((words.channel_nth)(channel)));
    html! {
        <Field
            label={words.channel}
            problems={props.checked.at(FormField::Channel(n))}
            hint={if own == 0 { html! { words.channel_free } } else { html! {} }}
        >
            <Choice
                class="tiles"
                name={format!("channel-{n}")}
                label={words.channel}
                items={items.collect::<Vec<_>>()}
                names={names.collect::<Vec<_>>()}
                chosen={usize::from(chosen).checked_sub(1)}
                on_choose={change(props, |listens, index: usize| listens.channel = index as u8 + 1)}
            />
        </Field>
    }
}

fn change<T: 'static>(props: &Props, set: fn(&mut Listens, T)) -> Callback<T> {
    let listens = props.listens.clone();
    props.on_change.reform(move |value| {
        let mut listens = listens.clone();
        set(&mut listens, value);
        listens
    })
}
