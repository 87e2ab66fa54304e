//! A number with its unit. While it is being typed it may be no number; then nothing is said
//! further on, and the form cannot be sent.

use web_sys::HtmlInputElement;
use yew::prelude::*;

use crate::components::{Icon, sign};
use crate::words::words;

#[derive(PartialEq, Properties)]
pub(crate) struct Props {
    pub(crate) id: AttrValue,
    pub(crate) label: AttrValue,
    pub(crate) value: f64,
    #[prop_or(f64::MIN)]
    pub(crate) min: f64,
    #[prop_or(f64::MAX)]
    pub(crate) max: f64,
    #[prop_or_default]
    pub(crate) whole: bool,
    /// Before the number, such as `±`.
    #[prop_or_default]
    pub(crate) before: &'static str,
    /// After it: the unit.
    #[prop_or_default]
    pub(crate) after: &'static str,
    #[prop_or_default]
    pub(crate) invalid: bool,
    pub(crate) on_number: Callback<f64>,
}

#[component]
pub(crate) fn Number(props: &Props) -> Html {
    let typed = use_state(|| None::<String>);
    let text = match &*typed {
        // What was typed stands as long as it means the value, or means nothing.
        Some(text) if parse(text, props).is_none_or(|number| number == props.value) => text.clone(),
        _ => shown(props.value),
    };
    let bad = parse(&text, props).is_none();
    let oninput = {
        let typed = typed.clone();
        let on_number = props.on_number.clone();
        let (min, max, whole) = (props.min, props.max, props.whole);
        Callback::from(move |event: InputEvent| {
            let text = event.target_unchecked_into::<HtmlInputElement>().value();
            if let Some(number) = read(&text, min, max, whole) {
                on_number.emit(number);
            }
            typed.set(Some(text));
        })
    };
    html! {
        <>
            <span class={classes!("inp", "mono", "num", (bad || props.invalid).then_some("bad"))}>
                if !props.before.is_empty() {
                    <span class="before" aria-hidden="true">{ props.before }</span>
                }
                <input
                    id={props.id.clone()}
                    type="text"
                    inputmode={if props.whole { "numeric" } else { "decimal" }}
                    value={text}
                    aria-label={props.label.clone()}
                    aria-invalid={(bad || props.invalid).to_string()}
                    aria-describedby={format!("{0}-limits {0}-hint", props.id)}
                    autocomplete="off"
                    {oninput}
                />
                if !props.after.is_empty() {
                    <span class="dimt" aria-hidden="true">{ props.after }</span>
                }
            </span>
            if bad {
                <p class="note problem" id={format!("{}-limits", props.id)} role="alert">
                    { sign(Icon::Warn) }
                    <span>{ (words().panels.form.no_number)(props.whole, props.min, props.max) }</span>
                </p>
            }
        </>
    }
}

fn parse(text: &str, props: &Props) -> Option<f64> {
    read(text, props.min, props.max, props.whole)
}

fn read(text: &str, min: f64, max: f64, whole: bool) -> Option<f64> {
    let text = text.trim().replace(',', ".").replace('−', "-");
    let number: f64 = text.parse().ok()?;
    let fits = number.is_finite() && (min..=max).contains(&number);
    (fits && (!whole || number.fract() == 0.0)).then_some(number)
}

/// As many digits as it needs, and no more than six after the point.
fn shown(value: f64) -> String {
    let rounded = (value * 1e6).round() / 1e6;
    format!("{rounded}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_people_type_them() {
        let any = |text| read(text, f64::MIN, f64::MAX, false);
        assert_eq!(any("21,4"), Some(21.4));
        assert_eq!(any(" −0.9 "), Some(-0.9));
        assert_eq!(any("1."), Some(1.0));
        assert_eq!(any("x"), None);
        assert_eq!(any("inf"), None);
        assert_eq!(read("1.5", 0.0, 9.0, true), None);
        assert_eq!(read("10", 0.0, 9.0, true), None);
    }

    #[test]
    fn numbers_are_shown_short() {
        assert_eq!(shown(2.2), "2.2");
        assert_eq!(shown(0.1 + 0.2), "0.3");
        assert_eq!(shown(60.0), "60");
    }
}
