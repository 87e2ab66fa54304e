//! What a message says besides topic and payload, and the values of templates.

use tidings_world::scenario::{PublishProperties, Version, template};
use yew::prelude::*;

use super::fold::Fold;
use super::number::Number;
use super::pairs::pairs;
use super::toggle::{self, toggle};
use crate::panels::field::Field;
use crate::panels::text::Text;
use crate::words::words;

/// How many properties there are.
pub(crate) fn count(of: &PublishProperties) -> usize {
    let texts = [&of.content_type, &of.response_topic, &of.correlation];
    let texts = texts.iter().filter(|text| !text.is_empty()).count();
    usize::from(of.expiry_secs.is_some()) + usize::from(of.is_text) + texts + of.user.len()
}

/// The properties of a PUBLISH or a will, folded. `bytes` is how long they are, where it is known.
pub(crate) fn properties(
    id: &str,
    of: &PublishProperties,
    version: Version,
    bytes: Option<u32>,
    problems: Vec<String>,
    on_properties: &Callback<PublishProperties>,
) -> Html {
    let words = &words().panels.build;
    let text = |name: &str,
                label: &'static str,
                value: &str,
                set: fn(&mut PublishProperties, String)| {
        let id = AttrValue::from(format!("{id}-{name}"));
        html! {
            <Field id={id.clone()} {label}>
                <Text {id} value={value.to_owned()} mono=true on_text={change(of, on_properties, set)} />
            </Field>
        }
    };
    let on_user = change(of, on_properties, |of, user| of.user = user);
    let expiry_id = AttrValue::from(format!("{id}-expiry"));
    let expires = of.expiry_secs.is_some();
    html! {
        <Fold title={words.properties} brief={(words.properties_brief)(count(of), bytes, version)} wrong={!problems.is_empty()}>
            if version != Version::V5 {
                <p class="note">{ words.properties_old }</p>
            }
            <Field id={expiry_id.clone()} label={words.expiry} {problems}>
                { toggle(&toggle::Props { label: words.expiry.into(), words: words.expiry_what.into(), on: expires, disabled: false, on_toggle: change(of, on_properties, |of, on: bool| of.expiry_secs = on.then_some(60)) }) }
                if let Some(secs) = of.expiry_secs {
                    <Number id={expiry_id} label={words.expiry} value={f64::from(secs)} min={0.0} max={f64::from(u32::MAX)} whole=true after={words.seconds}
                        on_number={change(of, on_properties, |of, secs: f64| of.expiry_secs = Some(secs as u32))} />
                }
            </Field>
            { text("type", words.content_type, &of.content_type, |of, text| of.content_type = text) }
            <Field label={words.format}>
                { toggle(&toggle::Props { label: words.format.into(), words: words.format_what.into(), on: of.is_text, disabled: false, on_toggle: change(of, on_properties, |of, on| of.is_text = on) }) }
            </Field>
            { text("response", words.response_topic, &of.response_topic, |of, text| of.response_topic = text) }
            { text("correlation", words.correlation, &of.correlation, |of, text| of.correlation = text) }
            <Field label={words.user}>{ pairs(&format!("{id}-user"), &of.user, &on_user) }</Field>
        </Fold>
    }
}

fn change<T: 'static>(
    of: &PublishProperties,
    on: &Callback<PublishProperties>,
    set: fn(&mut PublishProperties, T),
) -> Callback<T> {
    let of = of.clone();
    on.reform(move |value| {
        let mut of = of.clone();
        set(&mut of, value);
        of
    })
}

/// A field for each hole of these texts that an actor's values fill.
pub(crate) fn holes(
    id: &str,
    texts: &[&str],
    values: &[(String, String)],
    on_values: &Callback<Vec<(String, String)>>,
) -> Html {
    let mut names: Vec<&str> = Vec::new();
    for name in texts.iter().flat_map(|text| template::holes(text)) {
        let known = template::KNOWN.contains(&name) || template::OF_ANSWERS.contains(&name);
        if !known && !names.contains(&name) {
            names.push(name);
        }
    }
    let fields = names.into_iter().map(|name| {
        let id = AttrValue::from(format!("{id}-{name}"));
        let found = values.iter().find(|(other, _)| other == name);
        let value = found.map(|(_, value)| value.clone()).unwrap_or_default();
        let (all, name) = (values.to_vec(), name.to_owned());
        let label = format!("{{{name}}}");
        let on_text = on_values.reform(move |text: String| {
            let mut all = all.clone();
            all.retain(|(other, _)| *other != name);
            all.push((name.clone(), text));
            all
        });
        html! {
            <Field id={id.clone()} {label}>
                <Text {id} {value} mono=true {on_text} />
            </Field>
        }
    });
    fields.collect()
}
