//! Under the head of an actor's panel: whether it is there, and its switches.

use tidings_world::scenario::{Actor, Deed};
use tidings_world::view::{ActorId, ActorState, Edit, Presence};
use yew::prelude::*;

use crate::components::{Icon, sign};
use crate::panels::foreign::foreign;
use crate::words::words;

pub(crate) struct Props {
    pub(crate) id: ActorId,
    pub(crate) state: ActorState,
    /// As it stands in the scene, not in the form.
    pub(crate) actor: Actor,
    pub(crate) on_edit: Callback<Edit>,
}

pub(crate) fn strip(props: &Props) -> Html {
    let words = &words().panels.form;
    let presence = props.state.presence;
    let there = matches!(presence, Presence::Connected | Presence::Connecting);
    let id = props.id;
    let deed = |deed| {
        let onclick = props
            .on_edit
            .reform(move |_: MouseEvent| Edit::Do { id, deed });
        html! {
            <button type="button" class="btn q" {onclick} data-testid={deed_id(deed)}>{ (words.deed)(deed, presence) }</button>
        }
    };
    let waiting = props.state.waiting.filter(|_| !there);
    html! {
        <>
            <div class="strip">
                <span class={classes!("state", (waiting > Some(0)).then_some("amb"))} role="status">
                    { (words.presence)(presence, waiting) }
                </span>
                <span class="sp"></span>
                if there {
                    if !props.actor.speaks.is_empty() {
                        { say(props) }
                    }
                    { deed(Deed::Unplug) }
                    { deed(Deed::SwitchOff) }
                } else {
                    { deed(Deed::SwitchOn) }
                }
            </div>
            if let Some(trouble) = &props.state.trouble {
                <p class="note problem strip-trouble" role="alert">
                    { sign(Icon::Warn) }<span>{ foreign(&trouble.sentence) }</span>
                </p>
            }
        </>
    }
}

fn deed_id(deed: Deed) -> &'static str {
    match deed {
        Deed::Unplug => "unplug",
        Deed::SwitchOff => "switch-off",
        Deed::SwitchOn => "switch-on",
        Deed::Cut => "cut",
        Deed::CutAfter(_) => "cut-after",
        Deed::Stall => "stall",
        Deed::Resume => "resume",
        Deed::Silence => "silence",
        Deed::Crash => "crash",
        Deed::Restart => "restart",
    }
}

/// Says the next word at once, besides what is said anyway.
fn say(props: &Props) -> Html {
    let edit = Edit::SayNext { id: props.id, n: 0 };
    let onclick = props.on_edit.reform(move |_: MouseEvent| edit.clone());
    html! {
        <button type="button" class="btn q" {onclick} data-testid="say-once">{ words().panels.form.say_once }</button>
    }
}
