//! What a publisher says: the same word, or something that is made anew for every message.

use tidings_world::scenario::{Field as Member, Payload};
use web_sys::{HtmlSelectElement, HtmlTextAreaElement};
use yew::prelude::*;

use super::json::members;
use super::number::Number;
use super::plot::plot;
use crate::panels::choice::Choice;
use crate::panels::field::Field;
use crate::panels::text::Text;
use crate::scene::text;
use crate::words::words;

/// The kinds, in the order of the buttons.
pub(crate) const KINDS: usize = 7;

#[derive(PartialEq, Properties)]
pub(crate) struct Props {
    /// What makes the ids of its controls unique.
    pub(crate) id: AttrValue,
    pub(crate) payload: Payload,
    pub(crate) period_ms: u64,
    /// The next values.
    pub(crate) preview: Vec<String>,
    pub(crate) problems: Vec<String>,
    pub(crate) on_payload: Callback<Payload>,
}

#[component]
pub(crate) fn PayloadFields(props: &Props) -> Html {
    let words = &words().panels.form;
    // What was typed under another kind comes back with it.
    let others = use_mut_ref(|| [const { None::<Payload> }; KINDS]);
    let kind = kind(&props.payload);
    let on_choose = {
        let on_payload = props.on_payload.clone();
        let payload = props.payload.clone();
        let first = props.preview.first().cloned();
        Callback::from(move |to: usize| {
            let mut others = others.borrow_mut();
            others[kind] = Some(payload.clone());
            let new = others[to.min(KINDS - 1)]
                .clone()
                .unwrap_or_else(|| other_kind(to, &payload, first.as_deref()));
            on_payload.emit(new);
        })
    };
    html! {
        <>
            <Field label={words.payload}>
                <Choice
                    name={format!("{}-kind", props.id)}
                    label={words.payload}
                    class="seg kinds"
                    items={(0..KINDS).map(|n| html! { kind_name(n) }).collect::<Vec<_>>()}
                    chosen={Some(kind)}
                    {on_choose}
                />
            </Field>
            <Field label="" id={props.id.clone()} problems={props.problems.clone()} hint={hint(&props.payload)}>
                { controls(props) }
            </Field>
            { shown(props) }
        </>
    }
}

fn hint(payload: &Payload) -> Html {
    match payload {
        Payload::List(_) => html! { words().panels.form.list_hint },
        Payload::Constant(_) => html! { words().panels.build.templates },
        Payload::Battery { .. } => html! { words().panels.build.battery_hint },
        Payload::Track { .. } => html! { words().panels.build.track_hint },
        _ => html! {},
    }
}

fn shown(props: &Props) -> Html {
    let drawing = plot(&props.preview, props.period_ms);
    match props.payload {
        Payload::Constant(_) => html! {},
        _ if drawing == Html::default() => html! {},
        _ => html! { <Field label="">{ drawing }</Field> },
    }
}

pub(crate) fn controls(props: &Props) -> Html {
    let more = &words().panels.build;
    let words = &words().panels.form;
    let invalid = !props.problems.is_empty();
    let number = |name: &str, label, value, before, after, change: fn(&mut Payload, f64)| {
        let payload = props.payload.clone();
        let on_number = props.on_payload.reform(move |number| {
            let mut payload = payload.clone();
            change(&mut payload, number);
            payload
        });
        html! {
            <Number id={format!("{}-{name}", props.id)} {label} {value} {before} {after} {invalid} {on_number} />
        }
    };
    match &props.payload {
        Payload::Constant(word) => html! {
            <Text
                id={props.id.clone()}
                label={words.word}
                value={word.clone()}
                mono=true
                {invalid}
                on_text={props.on_payload.reform(Payload::Constant)}
            />
        },
        Payload::List(list) => {
            let before = list.clone();
            let oninput = props.on_payload.reform(move |event: InputEvent| {
                let typed = event.target_unchecked_into::<HtmlTextAreaElement>().value();
                Payload::List(text::meant_lines(&typed, &before))
            });
            html! {
                <textarea
                    id={props.id.clone()}
                    class="inp mono"
                    rows={list.len().clamp(2, 6).to_string()}
                    aria-label={words.list}
                    aria-invalid={invalid.to_string()}
                    spellcheck="false"
                    dir="ltr"
                    value={list.iter().map(|word| text::shown(word)).collect::<Vec<_>>().join("\n")}
                    {oninput}
                />
            }
        }
        Payload::Wave {
            middle,
            swing,
            period_secs,
            decimals,
        } => html! {
            <div class="row4">
                { number("middle", words.middle, *middle, "", "", |p, n| if let Payload::Wave { middle, .. } = p { *middle = n }) }
                { number("swing", words.swing, *swing, "±", "", |p, n| if let Payload::Wave { swing, .. } = p { *swing = n }) }
                { number("period", words.period, *period_secs, "", words.seconds, |p, n| if let Payload::Wave { period_secs, .. } = p { *period_secs = n }) }
                { digits(props, *decimals) }
            </div>
        },
        Payload::Walk {
            start,
            step,
            decimals,
        } => html! {
            <div class="row4">
                { number("start", words.start, *start, "", "", |p, n| if let Payload::Walk { start, .. } = p { *start = n }) }
                { number("step", words.step, *step, "±", "", |p, n| if let Payload::Walk { step, .. } = p { *step = n }) }
                { digits(props, *decimals) }
            </div>
        },
        Payload::Battery {
            start,
            lasts_secs,
            decimals,
        } => html! {
            <div class="row4">
                { number("start", words.start, *start, "", "%", |p, n| if let Payload::Battery { start, .. } = p { *start = n }) }
                { number("lasts", more.lasts, *lasts_secs, "", words.seconds, |p, n| if let Payload::Battery { lasts_secs, .. } = p { *lasts_secs = n }) }
                { digits(props, *decimals) }
            </div>
        },
        Payload::Track { lat, lon, speed } => html! {
            <div class="row4 three">
                { number("lat", more.lat, *lat, "", "°N", |p, n| if let Payload::Track { lat, .. } = p { *lat = n }) }
                { number("lon", more.lon, *lon, "", "°E", |p, n| if let Payload::Track { lon, .. } = p { *lon = n }) }
                { number("speed", more.speed, *speed, "", "m/s", |p, n| if let Payload::Track { speed, .. } = p { *speed = n }) }
            </div>
        },
        Payload::Json(all) => members(props, all),
    }
}

/// Digits after the point, as the number zero with so many.
fn digits(props: &Props, digits: u8) -> Html {
    let payload = props.payload.clone();
    let onchange = props.on_payload.reform(move |event: Event| {
        let select = event.target_unchecked_into::<HtmlSelectElement>();
        let chosen = u8::try_from(select.selected_index()).unwrap_or(0);
        let mut payload = payload.clone();
        if let Payload::Wave { decimals, .. }
        | Payload::Walk { decimals, .. }
        | Payload::Battery { decimals, .. } = &mut payload
        {
            *decimals = chosen;
        }
        payload
    });
    html! {
        <select class="inp mono" aria-label={words().panels.form.decimals} {onchange}>
            { for (0..=digits.max(4)).map(|n| html! {
                <option selected={n == digits}>{ format!("{:.*}", usize::from(n), 0.0) }</option>
            }) }
        </select>
    }
}

pub(crate) fn kind(payload: &Payload) -> usize {
    match payload {
        Payload::Constant(_) => 0,
        Payload::Wave { .. } => 1,
        Payload::Walk { .. } => 2,
        Payload::List(_) => 3,
        Payload::Battery { .. } => 4,
        Payload::Track { .. } => 5,
        Payload::Json(_) => 6,
    }
}

pub(crate) fn kind_name(kind: usize) -> &'static str {
    let words = words();
    let (form, build) = (&words.panels.form, &words.panels.build);
    let names = [
        form.constant,
        form.wave,
        form.walk,
        form.list,
        build.battery,
        build.track,
        build.json,
    ];
    names[kind.min(KINDS - 1)]
}

/// A payload of another kind that begins where this one is.
pub(crate) fn other_kind(to: usize, from: &Payload, first: Option<&str>) -> Payload {
    let word = match from {
        Payload::Constant(word) => Some(word.as_str()),
        Payload::List(words) => words.first().map(String::as_str),
        _ => first,
    };
    let number = match from {
        Payload::Wave { middle, .. } => Some(*middle),
        Payload::Walk { start, .. } => Some(*start),
        _ => word.and_then(|word| word.trim().parse().ok()),
    };
    let number = number.filter(|n: &f64| n.is_finite()).unwrap_or(20.0);
    let word = word.map_or_else(|| number.to_string(), str::to_owned);
    match to {
        0 => Payload::Constant(word),
        1 => Payload::Wave {
            middle: number,
            swing: 1.0,
            period_secs: 60.0,
            decimals: 1,
        },
        2 => Payload::Walk {
            start: number,
            step: 0.2,
            decimals: 1,
        },
        3 => Payload::List(vec![word]),
        4 => Payload::Battery {
            start: 100.0,
            lasts_secs: 600.0,
            decimals: 0,
        },
        5 => Payload::Track {
            lat: 52.52,
            lon: 13.405,
            speed: 1.4,
        },
        _ => {
            let member = |name: &str, value| Member {
                name: name.into(),
                value,
            };
            let n = Payload::Constant("{n}".into());
            let value = match from {
                Payload::Json(_) => Payload::Constant(word),
                other => other.clone(),
            };
            Payload::Json(vec![member("n", n), member("value", value)])
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_kind_begins_where_the_last_one_was() {
        let constant = Payload::Constant("21.4".into());
        assert!(matches!(
            other_kind(1, &constant, None),
            Payload::Wave { middle, .. } if middle == 21.4
        ));
        let walk = other_kind(2, &Payload::Constant("open".into()), None);
        assert!(matches!(walk, Payload::Walk { start, .. } if start == 20.0));
        let back = other_kind(0, &walk, Some("20.1"));
        assert_eq!(back, Payload::Constant("20.1".into()));
    }
}
