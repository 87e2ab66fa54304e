//! One subscription of an actor.

use std::rc::Rc;

use tidings_world::scenario::{Listens, RetainHandling, Version};
use tidings_world::view::{Channel, FormField, ListensHint};
use yew::prelude::*;

use super::checked::Checked;
use super::number::Number;
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
        </>
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
