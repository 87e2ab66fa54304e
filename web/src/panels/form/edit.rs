//! The panel of an actor that is in the scene.

use std::rc::Rc;

use tidings_world::scenario::Actor;
use tidings_world::view::{ActorDetail, ActorId, Answer, Channel, Edit, Scene};
use yew::prelude::*;

use super::checked::Checked;
use super::checking::use_checked;
use super::fields::ActorFields;
use super::moment::Moment;
use super::role::role;
use super::strip::{self, strip};
use super::suggest;
use crate::panels::foreign::foreign;
use crate::panels::head::head;
use crate::panels::invalid::focus_first_invalid;
use crate::panels::names::actor;
use crate::panels::signs::picture;
use crate::state::{Selection, use_page, use_standing};
use crate::words::words;

#[derive(PartialEq, Properties)]
pub(crate) struct Props {
    pub(crate) detail: Rc<ActorDetail>,
    pub(crate) scene: Rc<Scene>,
    pub(crate) on_close: Callback<()>,
}

/// Its key must be the actor's id: another actor is another form.
#[component]
pub(crate) fn EditActor(props: &Props) -> Html {
    let words = &words().panels.form;
    let page = use_page();
    let standing = use_standing();
    let detail = &props.detail;
    let id = detail.id;
    // The form begins anew when the actor was changed, by this form or otherwise.
    let typed = use_state(|| None::<(Rc<Actor>, Rc<Actor>)>);
    let base = use_memo(detail.actor.clone(), |actor| Rc::new(actor.clone()));
    let draft = match &*typed {
        Some((of, draft)) if **of == **base => draft.clone(),
        _ => (*base).clone(),
    };
    let refused = use_state(Checked::default);
    let known = Checked {
        speaks: detail.speaks.clone(),
        listens: detail.listens.clone(),
        ..Checked::default()
    };
    let checked = use_checked(&draft, Some(id), &known);
    let checked = match refused.problems.is_empty() {
        true => checked,
        false => Rc::new(Checked {
            problems: refused.problems.clone(),
            ..(*checked).clone()
        }),
    };
    let form = use_node_ref();
    {
        let form = form.clone();
        use_effect_with((*refused).clone(), move |refused| {
            if !refused.problems.is_empty() {
                focus_first_invalid(&form);
            }
        });
    }
    let on_actor = {
        let (typed, base, refused) = (typed.clone(), base.clone(), refused.clone());
        Callback::from(move |actor: Actor| {
            typed.set(Some(((*base).clone(), Rc::new(actor))));
            if !refused.problems.is_empty() {
                refused.set(Checked::default());
            }
        })
    };
    let onsubmit = {
        let (page, form, draft) = (page.clone(), form.clone(), draft.clone());
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            if focus_first_invalid(&form) {
                return;
            }
            let refused = refused.clone();
            let actor = (*draft).clone();
            let then = Callback::from(move |answer: Answer| {
                refused.set(Checked {
                    problems: answer.problems,
                    ..Checked::default()
                });
            });
            page.edit(Edit::Replace { id, actor }, then);
        })
    };
    let on_edit = {
        let page = page.clone();
        Callback::from(move |edit: Edit| page.edit(edit, Callback::noop()))
    };
    let on_remove = {
        let page = page.clone();
        Callback::from(move |_: MouseEvent| {
            page.select(Selection::None);
            page.edit(Edit::Remove(id), Callback::noop());
        })
    };
    let bytes = checked.speaks.first().map_or(0, |hint| hint.message_bytes);
    let state = standing.actor(id).cloned();
    html! {
        <form class="forms" ref={form} {onsubmit} novalidate=true data-testid="actor-form">
            { head(picture(draft.picture, 24.0), foreign(&detail.actor.name), html! { role(&detail.actor) }, &props.on_close) }
            if let Some(state) = state {
                { strip(&strip::Props { id, state, actor: detail.actor.clone(), on_edit }) }
            }
            <div class="form">
                <ActorFields
                    actor={draft}
                    {checked}
                    {on_actor}
                    channels={channels(&props.scene, id)}
                    topic={suggest::topic(&props.scene, &detail.actor.name)}
                    filter={suggest::filter(&props.scene)}
                />
            </div>
            <footer class="formfoot">
                <button class="btn p" type="submit" data-testid="apply">
                    if standing.is_remote() {
                        { words.apply_now }
                    } else {
                        <span>{ words.apply_at }{ " " }<Moment /></span>
                    }
                </button>
                <button class="btn q" type="button" onclick={on_remove} data-testid="remove">{ words.remove }</button>
                <span class="sp"></span>
                if bytes > 0 {
                    <span class="note">{ (words.message_bytes)(bytes) }</span>
                }
            </footer>
        </form>
    }
}

/// The channels its subscriptions have, whether it chose them or got them.
fn channels(scene: &Scene, id: ActorId) -> Vec<Channel> {
    actor(scene, id).map_or_else(Vec::new, |actor| {
        actor
            .listens
            .iter()
            .map(|listens| listens.channel)
            .collect()
    })
}
