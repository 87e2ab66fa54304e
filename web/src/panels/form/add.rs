//! The panel of somebody new.

use std::rc::Rc;

use tidings_world::scenario::Actor;
use tidings_world::view::{Answer, Edit, Scene};
use web_sys::HtmlInputElement;
use yew::prelude::*;

use super::checked::Checked;
use super::checking::use_checked;
use super::fields::ActorFields;
use super::menu::Menu;
use super::suggest;
use crate::panels::head::head;
use crate::panels::invalid::focus_first_invalid;
use crate::panels::signs::picture;
use crate::state::{Selection, use_page};
use crate::words::words;

#[derive(PartialEq, Properties)]
pub(crate) struct Props {
    pub(crate) scene: Rc<Scene>,
    /// It listens; else it speaks.
    pub(crate) listens: bool,
    pub(crate) on_close: Callback<()>,
}

#[component]
pub(crate) fn AddActor(props: &Props) -> Html {
    let words = &words().panels.form;
    let page = use_page();
    let scene = &props.scene;
    let draft = use_state(|| {
        Rc::new(match props.listens {
            true => suggest::subscriber(scene),
            false => suggest::publisher(scene),
        })
    });
    let refused = use_state(Checked::default);
    let checked = use_checked(&draft, None, &Checked::default());
    let checked = match refused.problems.is_empty() {
        true => checked,
        false => Rc::new(Checked {
            problems: refused.problems.clone(),
            ..(*checked).clone()
        }),
    };
    let form = use_node_ref();
    let first = use_node_ref();
    {
        let first = first.clone();
        use_effect_with((), move |()| {
            if let Some(input) = first.cast::<HtmlInputElement>() {
                // A form nobody can see yet keeps the focus where it was.
                let _ = input.focus();
                input.select();
            }
        });
    }
    {
        let form = form.clone();
        use_effect_with((*refused).clone(), move |refused| {
            if !refused.problems.is_empty() {
                focus_first_invalid(&form);
            }
        });
    }
    let on_actor = {
        let (draft, refused) = (draft.clone(), refused.clone());
        Callback::from(move |actor: Actor| {
            draft.set(Rc::new(actor));
            if !refused.problems.is_empty() {
                refused.set(Checked::default());
            }
        })
    };
    let on_filter = {
        let (draft, on_actor) = (draft.clone(), on_actor.clone());
        Callback::from(move |filter: String| {
            let mut actor = (**draft).clone();
            if let Some(listens) = actor.listens.first_mut() {
                listens.filter = filter;
            }
            on_actor.emit(actor);
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
            let selecting = page.clone();
            let then = Callback::from(move |answer: Answer| match answer.actor {
                Some(id) if answer.problems.is_empty() => selecting.select(Selection::Actor(id)),
                _ => refused.set(Checked {
                    problems: answer.problems,
                    ..Checked::default()
                }),
            });
            page.edit(Edit::Add((**draft).clone()), then);
        })
    };
    let title = match props.listens {
        true => words.new_subscriber,
        false => words.new_publisher,
    };
    let bytes = checked.speaks.first().map_or(0, |hint| hint.message_bytes);
    html! {
        <form class="forms" ref={form} {onsubmit} novalidate=true data-testid="add-form">
            { head(picture(draft.picture, 24.0), html! { title }, html! {}, &props.on_close) }
            <div class="form">
                if props.listens {
                    <Menu
                        channel={suggest::channel(scene)}
                        suggestions={suggest::suggestions(scene)}
                        filter={draft.listens.first().map(|listens| listens.filter.clone()).unwrap_or_default()}
                        {on_filter}
                    />
                }
                <ActorFields
                    actor={(*draft).clone()}
                    {checked}
                    {on_actor}
                    {first}
                    channels={vec![suggest::channel(scene)]}
                    topic={suggest::topic(scene, &draft.name)}
                    filter={suggest::filter(scene)}
                />
            </div>
            <footer class="formfoot">
                <button class="btn p" type="submit" data-testid="add">{ words.add }</button>
                <button class="btn q" type="button" onclick={props.on_close.reform(|_: MouseEvent| ())}>{ words.cancel }</button>
                <span class="sp"></span>
                if bytes > 0 {
                    <span class="note">{ (words.message_bytes)(bytes) }</span>
                }
            </footer>
        </form>
    }
}
