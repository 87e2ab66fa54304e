//! One session: who, what was asked for, what is under way, what waits.

use tidings_world::scenario::Qos;
use tidings_world::view::{ActorView, Channel, InUse, List, Presence, Scene, SessionState, Short};
use yew::prelude::*;

use super::mark;
use crate::panels::foreign::{foreign, foreign_cut};
use crate::panels::names::{actor, actor_name};
use crate::panels::signs::{drawn, picture, qos, tile};
use crate::scene::clock::seconds;
use crate::scene::{Drawing, glyph};
use crate::state::Selection;
use crate::words::panels::figures;
use crate::words::words;

/// A line.
pub(super) fn session(one: &SessionState, scene: &Scene, on_select: &Callback<Selection>) -> Html {
    let words = &words().panels.state;
    let view = actor(scene, one.actor);
    let id = one.actor;
    let onclick = on_select.reform(move |_: MouseEvent| Selection::Actor(id));
    let cell = |n: usize, empty: bool, inside: Html| {
        let class = classes!("c", empty.then_some("none"));
        html! { <td {class} data-label={words.columns[n][1]}>{ inside }</td> }
    };
    let away = matches!(one.presence, Presence::Away { .. });
    let since = one.since.map(|since| seconds(since.0));
    let hue = one.asked.first.iter().find_map(|asked| asked.channel);
    let out = one.to_actor.total + one.waits.total;
    html! {
        <tr class={one.changed.then_some("on")} data-testid="state-row">
            <th scope="row"><div class="who1">
                { mark(one.changed) }
                <span class={classes!("box", away.then_some("off"))}>{ for view.map(|view| picture(view.picture, 28.0)) }</span>
                <span class="who2">
                    <button type="button" class="tolink" {onclick}>{ foreign_cut(&actor_name(scene, id), 16) }</button>
                    <br />
                    <span class={classes!("l2", away.then_some("amb"))}>
                        { (words.presence)(one.presence, since.as_deref(), one.held) }
                    </span>
                </span>
            </div></th>
            { cell(1, one.asked.total == 0, asked(one)) }
            { cell(2, one.to_broker.total == 0 && !speaks(view), to_broker(one, view)) }
            { cell(3, out == 0, to_actor(one, hue)) }
            { cell(4, one.aliases.total == 0, html! {
                <>
                    { for one.aliases.first.iter().map(|(_, alias, topic)| html! {
                        <div class="mono">{ format!("{alias} = ") }{ foreign(topic) }</div>
                    }) }
                    { more(&one.aliases) }
                </>
            }) }
        </tr>
    }
}

fn speaks(view: Option<&ActorView>) -> bool {
    view.is_some_and(|view| !view.speaks.is_empty())
}

fn asked(one: &SessionState) -> Html {
    html! {
        <>
            { for one.asked.first.iter().map(|asked| html! {
                <div class="line one">
                    { for asked.channel.map(|channel| tile(channel, 18.0)) }
                    <span class="mono">{ foreign(&asked.filter) }</span>
                    { qos(asked.qos) }
                </div>
            }) }
            { more(&one.asked) }
        </>
    }
}

fn to_broker(one: &SessionState, view: Option<&ActorView>) -> Html {
    let words = &words().panels.state;
    if one.to_broker.total == 0 {
        let zero =
            view.is_some_and(|view| view.speaks.iter().all(|one| one.qos == Qos::AtMostOnce));
        return html! {
            if zero && speaks(view) {
                <span class="l2">{ words.zero }</span>
            }
        };
    }
    html! {
        <>
            { handshakes(&one.to_broker, None) }
            { note(&one.to_broker, one.most.0, true) }
        </>
    }
}

fn to_actor(one: &SessionState, hue: Option<Channel>) -> Html {
    let words = &words().panels.state;
    html! {
        <>
            if one.to_actor.total > 0 {
                { handshakes(&one.to_actor, hue) }
                { note(&one.to_actor, one.most.1, false) }
            }
            if one.waits.total > 0 || one.waited > 0 {
                <div class="slabs">{ for one.waits.first.iter().map(slab) }{ more(&one.waits) }</div>
                <div class="l2">{ (words.waits)(one.waited, one.waits.total) }</div>
            }
        </>
    }
}

/// A message that waits.
fn slab(value: &Short) -> Html {
    html! { <span class="slb mono">{ foreign_cut(&value.text, 10) }</span> }
}

fn more<T>(list: &List<T>) -> Html {
    let more = list.total.saturating_sub(list.first.len() as u32);
    html! {
        if more > 0 {
            <span class="l2">{ " " }{ (words().panels.state.and_more)(more) }</span>
        }
    }
}

fn note(list: &List<InUse>, most: Option<u16>, to_broker: bool) -> Html {
    let words = &words().panels.state;
    let one = list.first.first().filter(|_| list.total == 1);
    html! {
        <div class="l2">
            if let Some(one) = one { { (words.step)(one.qos, one.step, to_broker) } }
            if let Some(most) = most {
                if one.is_some() { { "; " } }
                { (words.most)(list.total, most) }
            }
        </div>
    }
}

fn handshakes(list: &List<InUse>, hue: Option<Channel>) -> Html {
    html! {
        <div class="line">
            { for list.first.iter().map(|one| html! {
                <span class="hs"><span class="mono">{ format!("id {}", figures(one.id.into())) }</span>{ handshake(*one, hue) }</span>
            }) }
            { more(list) }
        </div>
    }
}

/// The packets of a handshake: those that have left in ink, those that are awaited dashed.
fn handshake(one: InUse, hue: Option<Channel>) -> Html {
    const STEP: f64 = 22.0;
    let count: u8 = if one.qos == Qos::ExactlyOnce { 4 } else { 2 };
    let hue = hue.map_or(0, |channel| glyph::hue_of(channel.0));
    let mut d = Drawing::default();
    for n in 0..count {
        let x = 6.0 + f64::from(n) * STEP;
        let left = n < one.step;
        if n > 0 {
            let line = if left { "sc" } else { "rest1" };
            d.line(x - STEP + 4.0, 8.0, x - 4.0, 8.0, line).hue(hue);
        }
        // PUBLISH and PUBREL go forward.
        let class = match (left, n % 2 == 0) {
            (true, true) => "dot",
            (true, false) => "ring",
            (false, _) => "awaited",
        };
        d.circle(x, 8.0, 4.5, class).hue(hue);
    }
    drawn(&d, 12.0 + f64::from(count - 1) * STEP, 16.0, "sh")
}
