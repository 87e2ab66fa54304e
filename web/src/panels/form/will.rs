//! What the broker says for an actor that is lost.

use std::rc::Rc;

use tidings_world::scenario::{Actor, PublishProperties, Qos, Version, Will};
use tidings_world::view::FormField;
use yew::prelude::*;

use super::checked::Checked;
use super::extras::{holes, properties};
use super::fold::Fold;
use super::number::Number;
use super::speaks::qos_choice;
use super::toggle::{self, toggle};
use crate::panels::field::Field;
use crate::panels::text::Text;
use crate::words::words;

/// The will, folded.
pub(crate) fn will(actor: &Rc<Actor>, checked: &Checked, on_actor: &Callback<Actor>) -> Html {
    let words = &words().panels.build;
    let wrong = [
        FormField::WillTopic,
        FormField::WillPayload,
        FormField::WillProperties,
    ]
    .map(|field| checked.at(field));
    let brief = actor.will.as_ref().map_or(words.none, |will| &will.topic);
    let on_toggle = {
        let actor = actor.clone();
        on_actor.reform(move |on: bool| Actor {
            will: on.then(|| first(&actor)),
            ..(*actor).clone()
        })
    };
    let is_wrong = wrong.iter().any(|problems| !problems.is_empty());
    html! {
        <Fold title={words.will} brief={crate::scene::text::shown(brief)} wrong={is_wrong}>
            <Field label={words.will}>
                { toggle(&toggle::Props { label: words.will.into(), words: words.will_what.into(), on: actor.will.is_some(), disabled: false, on_toggle }) }
            </Field>
            if let Some(will) = &actor.will {
                { inside(actor, will, wrong, on_actor) }
            }
        </Fold>
    }
}

fn inside(
    actor: &Rc<Actor>,
    will: &Will,
    [topic, payload, others]: [Vec<String>; 3],
    on_actor: &Callback<Actor>,
) -> Html {
    let all = words();
    let (form, words) = (&all.panels.form, &all.panels.build);
    let (bad_topic, bad_payload) = (!topic.is_empty(), !payload.is_empty());
    let on_values = {
        let actor = actor.clone();
        on_actor.reform(move |values| Actor {
            values,
            ..(*actor).clone()
        })
    };
    let on_properties = change(actor, on_actor, |will, of: PublishProperties| {
        will.properties = of
    });
    let old = actor.version != Version::V5;
    html! {
        <>
            <Field id="will-topic" label={form.topic} problems={topic}>
                <Text id="will-topic" value={will.topic.clone()} mono=true invalid={bad_topic} on_text={change(actor, on_actor, |will, text| will.topic = text)} />
            </Field>
            <Field id="will-payload" label={form.payload} problems={payload}>
                <Text id="will-payload" value={will.payload.clone()} mono=true invalid={bad_payload} on_text={change(actor, on_actor, |will, text| will.payload = text)} />
            </Field>
            { holes("will", &[&will.topic, &will.payload], &actor.values, &on_values) }
            <Field label={form.qos}>
                { qos_choice("will-qos".into(), form.qos, will.qos, change(actor, on_actor, |will, qos: Qos| will.qos = qos)) }
            </Field>
            <Field label={form.retain}>
                { toggle(&toggle::Props { label: form.retain.into(), words: form.retain_what.into(), on: will.retain, disabled: false, on_toggle: change(actor, on_actor, |will, on| will.retain = on) }) }
            </Field>
            if !old || will.delay_secs > 0 {
                <Field id="will-delay" label={words.will_delay} hint={html! { words.will_delay_hint }}>
                    <Number id="will-delay" label={words.will_delay} value={f64::from(will.delay_secs)} min={0.0} max={f64::from(u32::MAX)} whole=true after={words.seconds}
                        on_number={change(actor, on_actor, |will, secs: f64| will.delay_secs = secs as u32)} />
                </Field>
            }
            { properties("will", &will.properties, actor.version, None, others, &on_properties) }
        </>
    }
}

/// A will as it is offered first.
fn first(actor: &Actor) -> Will {
    Will {
        topic: "gone/{name}".into(),
        payload: match actor.speaks.is_empty() {
            true => "it listens no more".into(),
            false => "it speaks no more".into(),
        },
        qos: Qos::AtMostOnce,
        retain: false,
        delay_secs: 0,
        properties: PublishProperties::default(),
    }
}

fn change<T: 'static>(
    actor: &Rc<Actor>,
    on_actor: &Callback<Actor>,
    set: fn(&mut Will, T),
) -> Callback<T> {
    let actor = actor.clone();
    on_actor.reform(move |value| {
        let mut actor = (*actor).clone();
        if let Some(will) = &mut actor.will {
            set(will, value);
        }
        actor
    })
}
