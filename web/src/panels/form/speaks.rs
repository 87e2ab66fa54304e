//! One thing an actor says.

use tidings_world::scenario::check::{BURST_MAX, PERIOD_MS_MIN, TIME_MS_MAX};
use tidings_world::scenario::{Payload, PublishProperties, Qos, Speaks, Version};
use tidings_world::view::{FormField, SpeaksHint};
use yew::prelude::*;

use super::checked::Checked;
use super::extras::{holes, properties};
use super::number::Number;
use super::payload::PayloadFields;
use super::rate::Rate;
use super::toggle::{self, toggle};
use crate::panels::choice::Choice;
use crate::panels::field::Field;
use crate::panels::foreign::phrase;
use crate::panels::signs::qos;
use crate::panels::text::Text;
use crate::words::words;

#[derive(PartialEq, Properties)]
pub(crate) struct Props {
    /// Which of the actor's.
    pub(crate) n: u8,
    pub(crate) speaks: Speaks,
    pub(crate) version: Version,
    /// What templates are filled with.
    pub(crate) values: Vec<(String, String)>,
    pub(crate) on_values: Callback<Vec<(String, String)>>,
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
                hint={hint.map_or_else(Html::default, |hint| phrase(&(words.topic_hint)(hint, &speaks.topic)))}
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
            { holes(&id("value"), &texts(speaks), &props.values, &props.on_values) }
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
                    by_hand={speaks.by_hand}
                    on_rate={change(props, |speaks, (period, by_hand)| {
                        (speaks.period_ms, speaks.by_hand) = (period, by_hand);
                        if by_hand || period == 0 {
                            speaks.burst = 0;
                        }
                    })}
                />
            </Field>
            { bursts(props) }
            <Field label={words.qos} hint={html! { (words.qos_speaks)(speaks.qos) }}>
                { qos_choice(format!("qos-s{n}").into(), words.qos, speaks.qos, change(props, |speaks, qos| speaks.qos = qos)) }
            </Field>
            <Field label={words.retain}>
                { toggle(&toggle::Props { label: words.retain.into(), words: words.retain_what.into(), on: speaks.retain, disabled: false, on_toggle: change(props, |speaks, retain| speaks.retain = retain) }) }
            </Field>
            { properties(
                &id("with"),
                &speaks.properties,
                props.version,
                props.hint.as_ref().map(|hint| hint.property_bytes),
                props.checked.at(FormField::Properties(n)),
                &change(props, |speaks, of: PublishProperties| speaks.properties = of),
            ) }
        </>
    }
}

/// Its templates.
fn texts(speaks: &Speaks) -> Vec<&str> {
    let mut texts = vec![&speaks.topic[..]];
    texts.extend(payload_texts(&speaks.payload));
    if let Payload::Json(members) = &speaks.payload {
        texts.extend(
            members
                .iter()
                .flat_map(|member| payload_texts(&member.value)),
        );
    }
    let of = &speaks.properties;
    texts.extend([&of.content_type[..], &of.response_topic, &of.correlation]);
    texts.extend(of.user.iter().flat_map(|(name, value)| [&name[..], value]));
    texts
}

fn payload_texts(payload: &Payload) -> Vec<&str> {
    match payload {
        Payload::Constant(word) => vec![word],
        Payload::List(words) => words.iter().map(String::as_str).collect(),
        _ => Vec::new(),
    }
}

/// Whether it pauses after so many messages.
fn bursts(props: &Props) -> Html {
    let words = &words().panels.build;
    let (n, speaks) = (props.n, &props.speaks);
    if speaks.by_hand || speaks.period_ms == 0 {
        return html! {};
    }
    let on_toggle = change(props, |speaks, on: bool| {
        (speaks.burst, speaks.pause_ms) = if on { (3, 5000) } else { (0, 0) };
    });
    html! {
        <Field label={words.bursts}>
            { toggle(&toggle::Props { label: words.bursts.into(), words: words.bursts_what.into(), on: speaks.burst > 0, disabled: false, on_toggle }) }
            if speaks.burst > 0 {
                <div class="rate even">
                    <Number id={format!("burst-{n}")} label={words.burst} value={f64::from(speaks.burst)} min={1.0} max={f64::from(BURST_MAX)} whole=true after={words.messages}
                        on_number={change(props, |speaks, many: f64| speaks.burst = many as u32)} />
                    <Number id={format!("pause-{n}")} label={words.pause} value={speaks.pause_ms as f64 / 1000.0} min={PERIOD_MS_MIN as f64 / 1000.0} max={TIME_MS_MAX as f64 / 1000.0} after={words.seconds}
                        on_number={change(props, |speaks, secs: f64| speaks.pause_ms = (secs * 1000.0).round() as u64)} />
                </div>
            }
        </Field>
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
