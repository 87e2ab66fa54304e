//! One thing an actor says.

use tidings_world::scenario::{Qos, Speaks};
use tidings_world::view::{FormField, SpeaksHint};
use yew::prelude::*;

use super::checked::Checked;
use super::payload::PayloadFields;
use super::rate::Rate;
use super::toggle::{self, toggle};
use crate::panels::choice::Choice;
use crate::panels::field::Field;
use crate::panels::signs::qos;
use crate::panels::text::Text;
use crate::words::words;

#[derive(PartialEq, Properties)]
pub(crate) struct Props {
    /// Which of the actor's.
    pub(crate) n: u8,
    pub(crate) speaks: Speaks,
    pub(crate) hint: Option<SpeaksHint>,
    pub(crate) checked: std::rc::Rc<Checked>,
    pub(crate) on_change: Callback<Speaks>,
    #[prop_or_default]
    pub(crate) holder: NodeRef,
}

#[component]
pub(crate) fn SpeaksFields(props: &Props) -> Html {
    let words = &words().panels.form;
    let n = props.n;
    let speaks = &props.speaks;
    let id = |what: &str| AttrValue::from(format!("{what}-{n}"));
    let problems = |field| props.checked.at(field);
    let topic_problems = problems(FormField::Topic(n));
    let invalid = !topic_problems.is_empty();
    let period_problems = problems(FormField::Period(n));
    let bad_period = !period_problems.is_empty();
    let hint = props.hint.as_ref().filter(|_| !invalid);
    html! {
        <>
            <Field
                id={id("topic")}
                label={words.topic}
                problems={topic_problems}
                hint={hint.map_or_else(Html::default, |hint| html! { (words.topic_hint)(hint) })}
            >
                <Text
                    id={id("topic")}
                    value={speaks.topic.clone()}
                    mono=true
                    {invalid}
                    holder={props.holder.clone()}
                    on_text={change(props, |speaks, topic| speaks.topic = topic)}
                />
            </Field>
            <PayloadFields
                id={id("payload")}
                payload={speaks.payload.clone()}
                period_ms={speaks.period_ms}
                preview={props.hint.as_ref().map(|hint| hint.preview.clone()).unwrap_or_default()}
                problems={problems(FormField::Payload(n))}
                on_payload={change(props, |speaks, payload| speaks.payload = payload)}
            />
            <Field id={id("rate")} label={words.rate} problems={period_problems}>
                <Rate
                    id={id("rate")}
                    period_ms={speaks.period_ms}
                    invalid={bad_period}
                    on_period={change(props, |speaks, period| speaks.period_ms = period)}
                />
            </Field>
            <Field label={words.qos} hint={html! { (words.qos_speaks)(speaks.qos) }}>
                { qos_choice(format!("qos-s{n}").into(), words.qos, speaks.qos, change(props, |speaks, qos| speaks.qos = qos)) }
            </Field>
            <Field label={words.retain}>
                { toggle(&toggle::Props { label: words.retain.into(), words: words.retain_what.into(), on: speaks.retain, disabled: false, on_toggle: change(props, |speaks, retain| speaks.retain = retain) }) }
            </Field>
        </>
    }
}

fn change<T: 'static>(props: &Props, set: fn(&mut Speaks, T)) -> Callback<T> {
    let speaks = props.speaks.clone();
    props.on_change.reform(move |value| {
        let mut speaks = speaks.clone();
        set(&mut speaks, value);
        speaks
    })
}

/// The three levels of QoS, drawn as what they cost.
pub(crate) fn qos_choice(
    name: AttrValue,
    label: &'static str,
    chosen: Qos,
    on_qos: Callback<Qos>,
) -> Html {
    const ALL: [Qos; 3] = [Qos::AtMostOnce, Qos::AtLeastOnce, Qos::ExactlyOnce];
    let items = ALL.map(|level| html! { <>{ qos(level) }{ " " }{ u8::from(level) }</> });
    let names = ALL.map(|level| AttrValue::from(format!("QoS {}", u8::from(level))));
    html! {
        <Choice
            {name}
            {label}
            items={items.to_vec()}
            names={names.to_vec()}
            chosen={usize::from(u8::from(chosen))}
            on_choose={on_qos.reform(|index: usize| ALL[index.min(2)])}
        />
    }
}
