//! Names and values: User Properties, and what templates are filled with.

use tidings_world::scenario::check::PAIRS_MAX;
use yew::prelude::*;

use crate::components::{Icon, sign};
use crate::panels::text::Text;
use crate::words::words;

/// All of them.
type Pairs = Vec<(String, String)>;
/// What typing does to them.
type Change = Box<dyn Fn(&mut Pairs, String)>;

/// A row for each pair, and a button for another. `id` makes the ids of their controls.
pub(crate) fn pairs(id: &str, all: &[(String, String)], on_pairs: &Callback<Pairs>) -> Html {
    let words = &words().panels.build;
    let change = |set: Change| {
        let all = all.to_vec();
        on_pairs.reform(move |text| {
            let mut all = all.clone();
            set(&mut all, text);
            all
        })
    };
    let rows = all.iter().enumerate().map(|(n, (name, value))| {
        let on_name = change(Box::new(move |all, text| all[n].0 = text));
        let on_value = change(Box::new(move |all, text| all[n].1 = text));
        let remove = change(Box::new(move |all, _| drop(all.remove(n))));
        let remove = remove.reform(|_: MouseEvent| String::new());
        html! {
            <div class="pair">
                <Text id={format!("{id}-name-{n}")} label={words.pair_name} value={name.clone()} mono=true on_text={on_name} />
                <Text id={format!("{id}-value-{n}")} label={words.pair_value} value={value.clone()} mono=true on_text={on_value} />
                <button type="button" class="lk ic" aria-label={words.pair_away} onclick={remove}>{ sign(Icon::Close) }</button>
            </div>
        }
    });
    let more = change(Box::new(|all, _| all.push(Default::default())));
    let more = more.reform(|_: MouseEvent| String::new());
    html! {
        <>
            { for rows }
            if all.len() < PAIRS_MAX {
                <button type="button" class="lk" onclick={more} data-testid={format!("{id}-more")}>
                    { sign(Icon::Plus) }{ words.pair_more }
                </button>
            }
        </>
    }
}
