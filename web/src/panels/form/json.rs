//! The members of a JSON object: each with a name, and something that makes its value.

use tidings_world::scenario::check::FIELDS_MAX;
use tidings_world::scenario::{Field as Member, Payload};
use web_sys::HtmlSelectElement;
use yew::prelude::*;

use super::payload::{self, KINDS, controls, kind, kind_name, other_kind};
use crate::components::{Icon, sign};
use crate::panels::text::Text;
use crate::words::words;

/// What a member can be: any kind but the last, which is an object.
const MEMBERS: usize = KINDS - 1;

/// What is done to all members.
type Change = Box<dyn Fn(&mut Vec<Member>)>;

pub(crate) fn members(props: &payload::Props, all: &[Member]) -> Html {
    let words = &words().panels.build;
    let change = |set: Change| {
        let all = all.to_vec();
        props.on_payload.reform(move |()| {
            let mut all = all.clone();
            set(&mut all);
            Payload::Json(all)
        })
    };
    let rows = all.iter().enumerate().map(|(n, member)| {
        let id = format!("{}-{n}", props.id);
        let whole = all.to_vec();
        let on_name = props.on_payload.reform(move |text: String| {
            let mut all = whole.clone();
            all[n].name = text;
            Payload::Json(all)
        });
        let whole = all.to_vec();
        let on_payload = props.on_payload.reform(move |value: Payload| {
            let mut all = whole.clone();
            all[n].value = value;
            Payload::Json(all)
        });
        let now = member.value.clone();
        let onchange = on_payload.reform(move |event: Event| {
            let select = event.target_unchecked_into::<HtmlSelectElement>();
            let to = usize::try_from(select.selected_index()).unwrap_or(0);
            other_kind(to.min(MEMBERS - 1), &now, None)
        });
        let remove = change(Box::new(move |all| drop(all.remove(n))));
        let inner = payload::Props {
            id: id.clone().into(),
            payload: member.value.clone(),
            period_ms: props.period_ms,
            preview: Vec::new(),
            problems: Vec::new(),
            on_payload,
        };
        html! {
            <div class="member">
                <div class="pair">
                    <Text id={format!("{id}-name")} label={words.pair_name} value={member.name.clone()} mono=true on_text={on_name} />
                    <select class="inp" aria-label={words.made_by} {onchange}>
                        { for (0..MEMBERS).map(|one| html! {
                            <option selected={one == kind(&member.value)}>{ kind_name(one) }</option>
                        }) }
                    </select>
                    <button type="button" class="lk ic" aria-label={words.pair_away} onclick={remove.reform(|_: MouseEvent| ())}>{ sign(Icon::Close) }</button>
                </div>
                { controls(&inner) }
            </div>
        }
    });
    let more = change(Box::new(|all| {
        all.push(Member {
            name: format!("field{}", all.len() + 1),
            value: Payload::Constant("{n}".into()),
        });
    }));
    html! {
        <>
            { for rows }
            if all.len() < FIELDS_MAX {
                <button type="button" class="lk" onclick={more.reform(|_: MouseEvent| ())} data-testid="member-more">
                    { sign(Icon::Plus) }{ words.member_more }
                </button>
            }
        </>
    }
}
