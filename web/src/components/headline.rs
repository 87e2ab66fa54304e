//! The sentence above the stage, and the quieter line that tells what just happened.

use std::rc::Rc;

use tidings_world::view::{ActorId, Scene};
use yew::prelude::*;

use crate::bind;
use crate::panels::use_why;
use crate::scene::text;
use crate::state::{
    Life, Selection, Standing, use_life, use_packet, use_scene, use_selection, use_standing,
};
use crate::words::{Spoke, words};

#[derive(Clone, PartialEq, Properties)]
pub(crate) struct Props {
    /// Of the room there is.
    pub(crate) width: f64,
}

/// Sentence and narration.
#[component]
pub(crate) fn Headline(props: &Props) -> Html {
    let words = words();
    let scene = use_scene();
    let standing = use_standing();
    let packet = use_packet();
    let selection = use_selection();
    let life = use_life();
    let why = use_why();
    if let Life::Broken(_) = life {
        return say(&words.story.broken);
    }
    let Some(scene) = scene else {
        return say(&[words.story.loading]);
    };
    if scene.actors.is_empty() {
        return say(&words.story.nobody);
    }
    let chosen = packet
        .filter(|_| matches!(selection, Selection::Packet(_)))
        .filter(|p| !p.why.is_empty());
    let sentence = if standing.is_remote() {
        words.story.remote.to_owned()
    } else if let Some(packet) = &chosen {
        let copies = packet.why.iter().filter(|w| w.copy.is_some()).count();
        let kept = packet.why.iter().filter(|w| kept(w)).count();
        let count = |n: usize| u16::try_from(n).unwrap_or(u16::MAX);
        (words.story.selected)(count(copies), count(kept), count(packet.why.len()))
    } else {
        opening(&scene)
    };
    html! {
        <>
            <h1 class={classes!("say", small(&sentence, props.width))}>{ sentence }</h1>
            <p class={classes!("then", why.is_some().then_some("why"))}>
                if let Some(why) = why {
                    { why }
                } else if chosen.is_some() && !standing.running {
                    { words.story.paused_hint }
                } else {
                    { narration(&scene, &standing) }
                }
            </p>
        </>
    }
}

/// A sentence that would be cut off is said in the next smaller size.
fn small(sentence: &str, width: f64) -> Option<&'static str> {
    const LETTER: f64 = 13.2;
    (sentence.chars().count() as f64 * LETTER > width - 64.0).then_some("small")
}

fn kept(why: &tidings_world::view::Why) -> bool {
    why.verdict.outcome == tidings_world::view::Outcome::Waits
}

fn say(parts: &[&str]) -> Html {
    let (first, rest) = parts.split_first().unwrap_or((&"", &[]));
    html! {
        <h1 class="say">
            { *first }
            for rest in rest {
                { " " }<i>{ *rest }</i>
            }
        </h1>
    }
}

fn opening(scene: &Scene) -> String {
    let story = &words().story;
    let speaker = bind::speakers(scene)
        .find(|a| !a.speaks.is_empty())
        .map(|a| (story.noun)(&a.name, a.picture));
    let [first, second] = (story.opening)(speaker.as_deref());
    format!("{first} {second}")
}

fn narration(scene: &Rc<Scene>, standing: &Standing) -> Html {
    let story = &words().story;
    let name = |id: ActorId| {
        let actor = scene.actors.iter().find(|a| a.id == id)?;
        Some((story.noun)(&actor.name, actor.picture))
    };
    if let Some(done) = standing.story.done
        && let Some(name) = name(done.actor)
    {
        let waiting = standing.actor(done.actor).and_then(|a| a.waiting);
        return html! { { (story.done)(&name, done.deed, waiting.unwrap_or(0)) } };
    }
    if standing.down {
        return html! { { words().panels.faults.down_story } };
    }
    if standing.begins_here {
        return html! { { story.let_go } };
    }
    let Some(spoke) = &standing.story.spoke else {
        return html! { { if standing.is_remote() { story.remote_hint } else { story.nothing_yet } } };
    };
    let asked: Vec<String> = spoke.asked.iter().filter_map(|&id| name(id)).collect();
    let asked: Vec<&str> = asked.iter().map(String::as_str).collect();
    let speaker = name(spoke.actor);
    let facts = Spoke {
        name: speaker.as_deref().unwrap_or("?"),
        listeners: spoke.listeners,
        asked: &asked,
        kept: spoke.kept,
        early: standing.rungs.iter().all(|rung| rung.granted.is_none()),
    };
    let [before, after] = (story.spoke)(&facts);
    let value = text::shown(&bind::label(&spoke.value));
    html! {
        <>
            { before }{ " “" }<b><bdi>{ value }</bdi></b>{ "”. " }
            if standing.is_remote() {
                { story.remote_hint }
            } else {
                { after }
            }
        </>
    }
}
