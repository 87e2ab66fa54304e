//! Everything that can be said about an actor, as one form.

use std::rc::Rc;

use tidings_world::scenario::check::{LISTENS_MAX, SPEAKS_MAX};
use tidings_world::scenario::{Actor, Listens, Speaks};
use tidings_world::view::{Channel, FormField};
use yew::prelude::*;

use super::checked::Checked;
use super::connection::{Connection, away};
use super::listens::ListensFields;
use super::speaks::SpeaksFields;
use super::will::will;
use crate::components::{Icon, sign};
use crate::panels::field::Field;
use crate::panels::foreign::foreign;
use crate::panels::text::Text;
use crate::words::words;

#[derive(PartialEq, Properties)]
pub(crate) struct Props {
    pub(crate) actor: Rc<Actor>,
    pub(crate) checked: Rc<Checked>,
    pub(crate) on_actor: Callback<Actor>,
    /// The first topic or filter, for who wants to put the focus there.
    #[prop_or_default]
    pub(crate) first: NodeRef,
    /// The channels its subscriptions have or would get, in order.
    pub(crate) channels: Vec<Channel>,
    /// The first topics and filters of the scene: what a second role begins with.
    pub(crate) topic: AttrValue,
    pub(crate) filter: AttrValue,
}

#[component]
pub(crate) fn ActorFields(props: &Props) -> Html {
    let words = &words().panels.form;
    let actor = &props.actor;
    let name_problems = props.checked.at(FormField::Name);
    let invalid = !name_problems.is_empty();
    let many = actor.speaks.len() + actor.listens.len() > 1;
    let elsewhere = props.checked.elsewhere();
    html! {
        <>
            <Field id="name" label={words.name} problems={name_problems}>
                <Text
                    id="name"
                    value={actor.name.clone()}
                    {invalid}
                    on_text={change(props, |actor, name| actor.name = name)}
                />
            </Field>
            { for actor.speaks.iter().zip(0u8..).map(|(one, n)| html! {
                <section key={format!("s{n}")} class={many.then_some("part")}>
                    if many {
                        { part_head((words.topic_nth)(usize::from(n) + 1), change(props, move |actor, ()| { actor.speaks.remove(usize::from(n)); })) }
                    }
                    <SpeaksFields
                        {n}
                        speaks={one.clone()}
                        version={actor.version}
                        values={actor.values.clone()}
                        on_values={change(props, |actor, values| actor.values = values)}
                        hint={props.checked.speaks.get(usize::from(n)).cloned()}
                        checked={props.checked.clone()}
                        holder={if n == 0 { props.first.clone() } else { NodeRef::default() }}
                        on_change={change(props, move |actor, speaks: Speaks| actor.speaks[usize::from(n)] = speaks)}
                    />
                </section>
            }) }
            { for actor.listens.iter().zip(0u8..).map(|(one, n)| html! {
                <section key={format!("l{n}")} class={many.then_some("part")}>
                    if many {
                        { part_head((words.filter_nth)(usize::from(n) + 1), change(props, move |actor, ()| { actor.listens.remove(usize::from(n)); })) }
                    }
                    <ListensFields
                        {n}
                        listens={one.clone()}
                        version={actor.version}
                        values={actor.values.clone()}
                        on_values={change(props, |actor, values| actor.values = values)}
                        given={props.channels.get(usize::from(n)).copied()}
                        hint={props.checked.listens.get(usize::from(n)).cloned()}
                        checked={props.checked.clone()}
                        holder={if n == 0 && actor.speaks.is_empty() { props.first.clone() } else { NodeRef::default() }}
                        on_change={change(props, move |actor, listens: Listens| actor.listens[usize::from(n)] = listens)}
                    />
                </section>
            }) }
            if !actor.listens.is_empty() {
                { away(actor, &props.on_actor) }
            }
            { more(props) }
            { will(actor, &props.checked, &props.on_actor) }
            <Connection actor={actor.clone()} checked={props.checked.clone()} on_actor={props.on_actor.clone()} />
            { for elsewhere.iter().map(|sentence| html! {
                <p class="note problem" role="alert">{ sign(Icon::Warn) }<span>{ foreign(sentence) }</span></p>
            }) }
        </>
    }
}

/// The head of one of several topics or filters, with the cross that takes it away.
fn part_head(title: String, on_remove: Callback<()>) -> Html {
    let name = (words().panels.form.take_away)(&title);
    html! {
        <h3 class="parth">
            { title }
            <button type="button" class="lk ic" aria-label={name} onclick={on_remove.reform(|_: MouseEvent| ())}>
                { sign(Icon::Close) }
            </button>
        </h3>
    }
}

/// Another topic, another filter, or the other role.
fn more(props: &Props) -> Html {
    let words = &words().panels.form;
    let actor = &props.actor;
    let topic = props.topic.to_string();
    let add_topic = change(props, move |actor, ()| {
        let like = actor.speaks.last().cloned();
        let fresh = || Actor::publisher("", &topic).speaks.remove(0);
        actor.speaks.push(like.unwrap_or_else(fresh));
    });
    let filter = props.filter.to_string();
    let add_filter = change(props, move |actor, ()| {
        let mut fresh = Actor::subscriber("", &filter).listens.remove(0);
        if let Some(last) = actor.listens.last() {
            fresh.qos = last.qos;
        }
        actor.listens.push(fresh);
    });
    let button = |text: &'static str, on: Callback<()>, most: bool| {
        html! {
            if !most {
                <button type="button" class="lk" onclick={on.reform(|_: MouseEvent| ())}>
                    { sign(Icon::Plus) }{ text }
                </button>
            }
        }
    };
    let (speaks, listens) = (actor.speaks.len(), actor.listens.len());
    let topic_words = if speaks == 0 {
        words.also_speaks
    } else {
        words.another_topic
    };
    let filter_words = if listens == 0 {
        words.also_listens
    } else {
        words.another_filter
    };
    html! {
        <div class="more">
            { button(topic_words, add_topic, speaks >= SPEAKS_MAX) }
            { button(filter_words, add_filter, listens >= LISTENS_MAX) }
        </div>
    }
}

fn change<T: 'static>(props: &Props, set: impl Fn(&mut Actor, T) + 'static) -> Callback<T> {
    let actor = props.actor.clone();
    props.on_actor.reform(move |value| {
        let mut actor = (*actor).clone();
        set(&mut actor, value);
        actor
    })
}
