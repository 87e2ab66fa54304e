//! The same clients at a real broker: its address, how far they come, and the way back.

pub(crate) mod wire;

use std::rc::Rc;

use gloo_timers::callback::Timeout;
use tidings_world::view::{
    ActorState, Answer, Broker, Draft, Presence, Problem, RemoteBroker, Scene, TimerKind, ToWorker,
};
use yew::prelude::*;

use super::field::Field;
use super::foreign::{foreign, phrase};
use super::head::head;
use super::invalid::focus_first_invalid;
use super::names::actor_name;
use super::text::Text;
use crate::components::{Icon, sign};
use crate::state::{use_page, use_standing};
use crate::words::words;
use wire::Wire;

/// Typing that stops for so long is looked at.
const PAUSE_MS: u32 = 150;

#[derive(PartialEq, Properties)]
pub(crate) struct Props {
    pub(crate) scene: Rc<Scene>,
    pub(crate) on_close: Callback<()>,
}

#[component]
pub(crate) fn RealBroker(props: &Props) -> Html {
    let words = &words().panels.real;
    let page = use_page();
    let remote = match &props.scene.broker {
        Broker::Remote { url, .. } => Some(url.clone()),
        Broker::Glass => None,
    };
    let draft = use_state(|| RemoteBroker {
        url: remote.clone().unwrap_or_else(own_address),
        ..RemoteBroker::default()
    });
    let problems = use_state(Vec::<Problem>::new);
    let form = use_node_ref();
    use_checked_url(&draft.url, &problems);

    let change = |set: fn(&mut RemoteBroker, String)| {
        let draft = draft.clone();
        Callback::from(move |text: String| {
            let mut broker = (*draft).clone();
            set(&mut broker, text);
            draft.set(broker);
        })
    };
    let onsubmit = {
        let (page, form) = (page.clone(), form.clone());
        let (draft, problems) = (draft.clone(), problems.clone());
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            if focus_first_invalid(&form) {
                return;
            }
            let problems = problems.clone();
            let then = Callback::from(move |answer: Answer| problems.set(answer.problems));
            let broker = (*draft).clone();
            page.ask(|token| ToWorker::Remote { token, broker }, then);
        })
    };
    let sentences: Vec<String> = problems.iter().map(|one| one.sentence.clone()).collect();
    let invalid = !sentences.is_empty();
    html! {
        <form class="forms" ref={form} {onsubmit} novalidate=true data-testid="real-form">
            { head(html! {}, html! { words.title }, html! { words.beside }, &props.on_close) }
            <div class="pbody">
                <section class="sec">
                    <p class="lead">{ words.lead }</p>
                    <p class="note">{ words.caution }</p>
                </section>
                <section class="sec real">
                    <Field id="real-url" label={words.address} problems={sentences} hint={html! { words.address_hint }}>
                        <Text
                            id="real-url"
                            value={draft.url.clone()}
                            mono=true
                            {invalid}
                            kind="url"
                            on_text={change(|broker, text| broker.url = text.trim().to_owned())}
                        />
                    </Field>
                    <Field id="real-user" label={words.user}>
                        <Text
                            id="real-user"
                            value={draft.username.clone()}
                            on_text={change(|broker, text| broker.username = text)}
                        />
                    </Field>
                    <Field id="real-password" label={words.password} hint={html! { words.password_hint }}>
                        <Text
                            id="real-password"
                            value={draft.password.clone()}
                            kind="password"
                            on_text={change(|broker, text| broker.password = text)}
                        />
                    </Field>
                    <div class="acts">
                        <button class="btn p" type="submit" data-testid="real-connect">
                            { if remote.is_some() { words.connect_again } else { words.connect } }
                        </button>
                    </div>
                </section>
                if remote.is_some() {
                    <There scene={props.scene.clone()} />
                }
            </div>
        </form>
    }
}

#[derive(PartialEq, Properties)]
struct ThereProps {
    scene: Rc<Scene>,
}

/// What is known of the broker the clients are pointed at.
#[component]
fn There(props: &ThereProps) -> Html {
    let words = &words().panels.real;
    let page = use_page();
    let standing = use_standing();
    let actors = &standing.actors;
    let connected = |actor: &&ActorState| actor.presence == Presence::Connected;
    let says = match &props.scene.broker {
        Broker::Remote { says, .. } => says.as_deref(),
        Broker::Glass => None,
    };
    let leave = Callback::from(move |_: MouseEvent| page.send(ToWorker::LeaveRemote));
    let someone_in = actors.iter().any(|actor| connected(&actor));
    let troubled = troubled(actors, &props.scene);
    html! {
        <>
            <section class="sec">
                <h3>{ words.wire }<span>{ (words.wire_state)(actors.iter().filter(connected).count(), actors.len()) }</span></h3>
                <Wire actors={actors.clone()} />
                if gave_up(actors) {
                    <p class="note">{ words.gave_up }</p>
                    <button class="btn" type="submit" data-testid="real-again">{ words.again }</button>
                }
                if someone_in {
                    <p class="note">{ match says {
                        Some(version) => phrase(&(words.says)(version)),
                        None => html! { words.says_nothing },
                    } }</p>
                }
            </section>
            if troubled.len() > usize::from(!someone_in) {
                <section class="sec" data-testid="real-troubles">
                    <h3>{ words.troubles }</h3>
                    { for troubled.iter().map(|(names, sentence)| html! {
                        <p class="note problem">
                            { sign(Icon::Warn) }
                            <span><b>{ foreign(names) }</b>{ " " }{ foreign(sentence) }</span>
                        </p>
                    }) }
                </section>
            }
            <section class="sec">
                <button class="btn" type="button" onclick={leave} data-testid="real-leave">
                    { sign(Icon::Left) }{ words.leave }
                </button>
            </section>
        </>
    }
}

/// Nobody is in, and nobody tries to be.
fn gave_up(actors: &[ActorState]) -> bool {
    let tries = |actor: &ActorState| {
        let waits = actor.timer.is_some_and(|t| t.kind == TimerKind::Reconnect);
        waits || matches!(actor.presence, Presence::Connecting | Presence::Connected)
    };
    actors.iter().any(|actor| actor.trouble.is_some()) && !actors.iter().any(tries)
}

/// Sentences, each once, with the names of those it is about.
fn troubled(actors: &[ActorState], scene: &Scene) -> Vec<(String, String)> {
    let mut out: Vec<(String, String)> = Vec::new();
    for actor in actors {
        let Some(trouble) = &actor.trouble else {
            continue;
        };
        let name = actor_name(scene, actor.id);
        match out
            .iter_mut()
            .find(|(_, sentence)| *sentence == trouble.sentence)
        {
            Some((names, _)) => {
                names.push_str(", ");
                names.push_str(&name);
            }
            None => out.push((name, trouble.sentence.clone())),
        }
    }
    out
}

/// Asks the engine about an address while it is being typed.
#[hook]
fn use_checked_url(url: &str, problems: &UseStateHandle<Vec<Problem>>) {
    let page = use_page();
    let latest = use_mut_ref(String::new);
    let problems = problems.clone();
    use_effect_with(url.to_owned(), move |url| {
        latest.borrow_mut().clone_from(url);
        let url = url.clone();
        let timeout = Timeout::new(PAUSE_MS, move || {
            let asked = url.clone();
            let then = Callback::from(move |answer: Answer| {
                if *latest.borrow() == asked {
                    problems.set(answer.problems);
                }
            });
            let draft = Draft::Url(url);
            page.ask(|token| ToWorker::Check { token, draft }, then);
        });
        move || drop(timeout)
    });
}

/// The address at which this page's own server speaks MQTT, if it has one.
fn own_address() -> String {
    let location = web_sys::window().map(|window| window.location());
    let part = |part: Option<Result<String, _>>| part.and_then(Result::ok).unwrap_or_default();
    let protocol = part(location.as_ref().map(web_sys::Location::protocol));
    let host = part(location.as_ref().map(web_sys::Location::host));
    match (protocol.as_str(), host.as_str()) {
        (_, "") => "ws://127.0.0.1:8080/mqtt".into(),
        ("https:", host) => format!("wss://{host}/mqtt"),
        (_, host) => format!("ws://{host}/mqtt"),
    }
}
