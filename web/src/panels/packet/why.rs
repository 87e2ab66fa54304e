//! Why each one got a message, or did not: a row for each subscription.

use std::rc::Rc;

use tidings_world::scenario::Qos;
use tidings_world::view::{Contact, EventNo, Outcome, Scene, Why};
use yew::prelude::*;

use super::columns::{Column, columns};
use super::rung::{self, rung};
use crate::panels::foreign::{foreign_cut, room_of};
use crate::panels::names::actor_name;
use crate::panels::signs::{drawn, tile};
use crate::scene::Drawing;
use crate::scene::clock::seconds;
use crate::words::words;

/// Room for a rung beside name, QoS and outcome; and alone in a line of its own.
const ROOM: f64 = 178.0;
const ROOM_WIDE: f64 = 358.0;

/// A name beside a rung has so many characters at most.
const NAME: usize = 9;

fn has_room(scene: &Scene, why: &Why) -> bool {
    room_of(&actor_name(scene, why.actor)) <= NAME
}

pub(crate) struct Props {
    /// The topic that came in.
    pub(crate) topic: String,
    /// The QoS it was published with.
    pub(crate) published: Qos,
    pub(crate) why: Vec<Why>,
    pub(crate) scene: Rc<Scene>,
    pub(crate) on_packet: Callback<EventNo>,
}

pub(crate) fn why_table(props: &Props) -> Html {
    let words = &words().panels.packet;
    let topic: Vec<String> = props.topic.split('/').map(str::to_owned).collect();
    let mut rows: Vec<&[String]> = props.why.iter().map(|why| why.levels.as_slice()).collect();
    rows.push(&topic);
    let (narrow, fits) = columns(&rows, ROOM);
    let fits = fits && props.why.iter().all(|why| has_room(&props.scene, why));
    let (columns, room) = match fits {
        true => (narrow, ROOM + 8.0),
        false => (columns(&rows, ROOM_WIDE).0, ROOM_WIDE + 8.0),
    };
    let came_in = topic_line(&topic, &columns, room);
    html! {
        <table class={classes!("whyt", (!fits).then_some("wide"))}>
            <thead>
                <tr>
                    <th scope="col" class="who">{ words.came_in }</th>
                    if fits {
                        <th scope="col" class="rg" aria-label={props.topic.clone()}>{ came_in.clone() }</th>
                    }
                    <th scope="col" class="q">{ words.qos }</th>
                    <th scope="col" class="o">{ words.outcome }</th>
                </tr>
                if !fits {
                    <tr class="second"><th colspan="3" aria-label={props.topic.clone()}>{ came_in }</th></tr>
                }
            </thead>
            { for props.why.iter().map(|why| row(props, why, &columns, room, fits)) }
        </table>
    }
}

fn topic_line(topic: &[String], columns: &[Column], room: f64) -> Html {
    let mut d = Drawing::default();
    rung::words(&mut d, topic, columns, 16.0);
    drawn(&d, room, 22.0, "rung")
}

fn row(props: &Props, why: &Why, columns: &[Column], room: f64, fits: bool) -> Html {
    let drawing = rung(&why.levels, &why.verdict.contacts, columns, why.channel);
    let (outcome, sub, class) = outcome(why);
    let outcome = match copy_no(why) {
        Some(no) => {
            let onclick = props.on_packet.reform(move |_: MouseEvent| no);
            html! { <button type="button" class="tolink" {onclick}>{ outcome }</button> }
        }
        None => html! { <b>{ outcome }</b> },
    };
    let compared = html! {
        <>
            <span class="unseen">{ why.levels.join("/") }</span>
            { drawn(&drawing, room, rung::HEIGHT, "rung") }
        </>
    };
    let published = props.published;
    html! {
        <tbody class={class} data-testid="why-row">
            <tr>
                <th scope="row" class="who">
                    { tile(why.channel, 18.0) }
                    <b>{ foreign_cut(&actor_name(&props.scene, why.actor), if fits { NAME } else { 24 }) }</b>
                </th>
                if fits {
                    <td class="rg">{ compared.clone() }</td>
                }
                <td class="q mono">
                    if why.verdict.matched {
                        <span class="dimt">{ format!("{}·{}", u8::from(published), u8::from(why.granted)) }</span>
                        <br />
                        { format!("={}", u8::from(delivered(why, published))) }
                    }
                </td>
                <td class="o">{ outcome }<br /><span class="l2">{ sub }</span></td>
            </tr>
            if !fits {
                <tr class="second"><td colspan="3">{ compared }</td></tr>
            }
        </tbody>
    }
}

fn delivered(why: &Why, published: Qos) -> Qos {
    match why.verdict.outcome {
        Outcome::Copy { qos, .. } => qos,
        _ => why.granted.min(published),
    }
}

fn copy_no(why: &Why) -> Option<EventNo> {
    match (why.copy, why.verdict.outcome) {
        (Some((no, _)), _) | (None, Outcome::Copy { no, .. }) => Some(no),
        (None, _) => None,
    }
}

/// The outcome in two lines, and the class of its colour.
fn outcome(why: &Why) -> (String, String, &'static str) {
    let words = &words().panels.packet;
    let arrival = |at: Option<_>| match at {
        Some(tidings_world::view::Micros(at)) => (words.arrived)(&seconds(at)),
        None => words.on_its_way.to_owned(),
    };
    match (why.verdict.outcome, why.copy) {
        (_, Some((no, at))) => ((words.copy)(no.0), arrival(at), ""),
        (Outcome::Copy { no, .. }, None) => ((words.copy)(no.0), arrival(None), ""),
        (Outcome::Waits, None) => (words.kept.into(), words.kept_why.into(), "waits"),
        (Outcome::NotAsked, None) => (words.not_asked.into(), why_not(why), "not"),
        (Outcome::Dropped(cause), None) => (
            format!("× {}", words.dropped),
            (words.dropped_why)(cause).into(),
            "dropped",
        ),
        (Outcome::AnotherMember, None) => (
            words.another_member.into(),
            words.another_member_why.into(),
            "not",
        ),
        (Outcome::Pending, None) => (words.pending.into(), words.pending_why.into(), "not"),
    }
}

/// Which contact fell open.
fn why_not(why: &Why) -> String {
    let words = &words().panels.packet;
    why.verdict
        .contacts
        .iter()
        .enumerate()
        .find_map(|(index, contact)| match contact {
            Contact::Differs => Some((words.differs)(index + 1)),
            Contact::TopicEnds => Some(words.topic_ends.into()),
            Contact::FilterEnds => Some(words.filter_ends.into()),
            Contact::Dollar => Some(words.dollar.into()),
            Contact::Equal | Contact::Plus | Contact::Hash { .. } | Contact::NotReached => None,
        })
        .unwrap_or_default()
}
