//! One of a few, side by side: radio buttons that look like one control.

use yew::prelude::*;

#[derive(PartialEq, Properties)]
pub(crate) struct Props {
    /// Unique in the form.
    pub(crate) name: AttrValue,
    /// For who does not see the label beside it.
    pub(crate) label: AttrValue,
    pub(crate) items: Vec<Html>,
    /// The names of the items, where they are drawings.
    #[prop_or_default]
    pub(crate) names: Vec<AttrValue>,
    pub(crate) chosen: Option<usize>,
    #[prop_or_default]
    pub(crate) disabled: bool,
    #[prop_or("seg")]
    pub(crate) class: &'static str,
    pub(crate) on_choose: Callback<usize>,
}

#[component]
pub(crate) fn Choice(props: &Props) -> Html {
    html! {
        <div class={props.class} role="radiogroup" aria-label={props.label.clone()}>
            { for props.items.iter().enumerate().map(|(index, item)| {
                let chosen = props.chosen == Some(index);
                html! {
                    <label class={classes!(chosen.then_some("on"), props.disabled.then_some("off"))}>
                        <input
                            class="unseen"
                            type="radio"
                            name={props.name.clone()}
                            checked={chosen}
                            disabled={props.disabled}
                            aria-label={props.names.get(index).cloned()}
                            onchange={props.on_choose.reform(move |_: Event| index)}
                        />
                        { item.clone() }
                    </label>
                }
            }) }
        </div>
    }
}
