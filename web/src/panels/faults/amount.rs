//! A figure with its unit, which holds from when it is entered; none is no such fault.

use web_sys::{Event, HtmlInputElement, InputEvent};
use yew::prelude::*;

use crate::words::words;

#[derive(PartialEq, Properties)]
pub(super) struct Props {
    pub(super) id: &'static str,
    pub(super) label: AttrValue,
    pub(super) value: u32,
    pub(super) least: u32,
    pub(super) most: u32,
    pub(super) unit: &'static str,
    #[prop_or_default]
    pub(super) before: &'static str,
    #[prop_or_default]
    pub(super) disabled: bool,
    pub(super) on_amount: Callback<u32>,
}

#[component]
pub(super) fn Amount(props: &Props) -> Html {
    let typed = use_state(|| None::<String>);
    let (value, least, most) = (props.value, props.least, props.most);
    let text = match (&*typed, value) {
        (Some(text), _) => text.clone(),
        (None, 0) => String::new(),
        (None, value) => value.to_string(),
    };
    let bad = read(&text, least, most).is_none();
    let oninput = {
        let typed = typed.clone();
        Callback::from(move |event: InputEvent| {
            let input: HtmlInputElement = event.target_unchecked_into();
            typed.set(Some(input.value()));
        })
    };
    let onchange = {
        let on_amount = props.on_amount.clone();
        Callback::from(move |event: Event| {
            let input: HtmlInputElement = event.target_unchecked_into();
            if let Some(amount) = read(&input.value(), least, most) {
                if amount != value {
                    on_amount.emit(amount);
                }
                typed.set(None);
            }
        })
    };
    html! {
        <>
            <span class={classes!("inp", "mono", "num", bad.then_some("bad"))}>
                if !props.before.is_empty() && !text.is_empty() {
                    <span aria-hidden="true">{ props.before }</span>
                }
                <input
                    id={props.id}
                    type="text"
                    inputmode="numeric"
                    autocomplete="off"
                    placeholder="–"
                    value={text}
                    disabled={props.disabled}
                    aria-label={format!("{}, {}", props.label, props.unit)}
                    aria-invalid={bad.to_string()}
                    {oninput}
                    {onchange}
                />
                <span class="dimt" aria-hidden="true">{ props.unit }</span>
            </span>
            if bad {
                <span class="l2 red" role="alert">{ (words().panels.faults.range)(least, most) }</span>
            }
        </>
    }
}

/// The number a person typed: nothing is 0, and anything else lies in its range.
fn read(text: &str, least: u32, most: u32) -> Option<u32> {
    let digits: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    if digits.is_empty() {
        return Some(0);
    }
    let number = digits.parse().ok()?;
    (number == 0 || (least..=most).contains(&number)).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::panels::figures;

    #[test]
    fn nothing_is_none_and_figures_may_stand_in_threes() {
        assert_eq!(read("", 10, 99), Some(0));
        assert_eq!(read(" 0", 10, 99), Some(0));
        assert_eq!(read("9", 10, 99), None);
        assert_eq!(read(&figures(20_000), 10, 60_000), Some(20_000));
        assert_eq!(read("-1", 0, 99), None);
        assert_eq!(read("x", 0, 99), None);
    }
}
