//! One row of the tree.

use tidings_world::view::{
    ActorId, GETS_MAX, ListensView, Outcome, STROKES, Scene, TreeRow, TreeTopic,
};
use yew::prelude::*;

use crate::panels::foreign::{foreign, foreign_cut, foreign_marked};
use crate::panels::names::actor_name;
use crate::panels::signs::{drawn, shelf};
use crate::scene::{Drawing, glyph};
use crate::words::panels::figures;
use crate::words::words;

/// How far a level is set in, and how often.
const STEP_PX: u32 = 20;
const STEPS_MAX: u8 = 10;
/// Between two strokes.
const STROKE_PX: f64 = 4.0;

/// A row; `around` is its place, whether the keyboard stands on it, and whether it is selected.
pub(super) fn row(
    row: &TreeRow,
    scene: &Scene,
    listens: &[&ListensView],
    search: &str,
    around: (u32, bool, bool),
    row_px: f64,
) -> Html {
    let words = &words().panels.topics;
    let (index, cursor, selected) = around;
    let classes = classes!(
        "opens",
        if row.branch.is_some() { "br" } else { "lf" },
        selected.then_some("sel"),
        cursor.then_some("cur"),
    );
    let topic = row.topic.as_ref();
    let set_in = u32::from(row.depth.min(STEPS_MAX)) * STEP_PX;
    html! {
        <tr
            key={row.id.0.to_string()}
            id={format!("topic-{index}")}
            class={classes}
            style={format!("height:{row_px}px")}
            aria-rowindex={(index + 2).to_string()}
            aria-level={(row.depth + 1).to_string()}
            aria-expanded={row.branch.map(|branch| branch.open.to_string())}
            aria-selected={selected.to_string()}
            data-index={index.to_string()}
            data-testid="topic-row"
        >
            <td class="mono tp" style={format!("padding-left:{set_in}px!important")}>
                <span class="fork">
                    if let Some(branch) = row.branch {
                        <svg class="arr" width="12" height="12" viewBox="0 0 12 12" aria-hidden="true">
                            <path d={if branch.open { "M2 4l4 4 4-4" } else { "M4 2l4 4-4 4" }} />
                        </svg>
                    }
                </span>
                { levels(&row.label, search) }
                if row.branch.is_some() { <span class="sl">{ "/" }</span> }
            </td>
            <td class="mono lw">
                { match (topic, row.branch) {
                    (Some(topic), _) => html! {
                        <>{ foreign_marked(&topic.value.text, search) }if topic.value.cut { { "…" } }</>
                    },
                    (None, Some(branch)) => html! { <span class="dimt words">{ (words.below)(branch.topics) }</span> },
                    (None, None) => html! {},
                } }
            </td>
            <td class="st">
                // What is open shows its own below it.
                if topic.is_some() || row.branch.is_some_and(|branch| !branch.open) {
                    { strokes(&row.strokes) }
                }
            </td>
            <td class="mono num ms">{ figures(row.messages.into()) }</td>
            <td class="kp">
                { match (topic, row.branch) {
                    (Some(topic), _) if topic.kept => shelf(words.kept),
                    (None, Some(branch)) if branch.kept > 0 => html! {
                        <span class="dimt mono" aria-label={(words.kept_below)(branch.kept)}>{ figures(branch.kept.into()) }</span>
                    },
                    _ => html! {},
                } }
            </td>
            <td class="sp2">{ for topic.map(|topic| speakers(scene, &topic.speakers)) }</td>
            { gets(scene, listens, topic) }
        </tr>
    }
}

/// Levels with quiet slashes between them.
fn levels(label: &str, search: &str) -> Html {
    label
        .split('/')
        .enumerate()
        .map(|(n, level)| {
            html! {
                <>
                    if n > 0 { <span class="sl">{ "/" }</span> }
                    { foreign_marked(level, search) }
                </>
            }
        })
        .collect()
}

fn strokes(parts: &[u8]) -> Html {
    let mut d = Drawing::default();
    let (width, height) = (f64::from(STROKES) * STROKE_PX, 20.0);
    d.line(0.0, height - 3.5, width, height - 3.5, "hair");
    let path: String = parts
        .iter()
        .map(|part| format!("M{} 5v11", f64::from(*part) * STROKE_PX + 1.0))
        .collect();
    if !path.is_empty() {
        d.path(path, "stroke");
    }
    drawn(&d, width, height, "strokes")
}

fn speakers(scene: &Scene, speakers: &[ActorId]) -> Html {
    let words = &words().panels.topics;
    html! {
        <>
            { for speakers.first().map(|first| foreign_cut(&actor_name(scene, *first), 14)) }
            if speakers.len() > 1 {
                <span class="l2">{ " " }{ (words.more)(speakers.len() - 1) }</span>
            }
        </>
    }
}

/// A cell for each subscription, or one for many.
fn gets(scene: &Scene, listens: &[&ListensView], topic: Option<&TreeTopic>) -> Html {
    let words = &words().panels.topics;
    if listens.len() > GETS_MAX || listens.is_empty() {
        let heard = topic.filter(|topic| !topic.gets.is_empty());
        let heard = heard.map(|topic| (words.heard)(topic.heard));
        return html! { <td class="rcs">{ for heard }</td> };
    }
    let cells = listens.iter().enumerate().map(|(n, one)| {
        let outcome = topic.map(|topic| topic.gets.get(n).copied().flatten());
        let name = actor_name(scene, one.rung.actor);
        html! {
            <td class="rc">
                if let Some(outcome) = outcome {
                    <span class="unseen">{ foreign(&name) }{ ": " }{ (words.got)(outcome) }</span>
                    { get(one, outcome) }
                }
            </td>
        }
    });
    cells.collect()
}

/// What a subscription made of the last word, in one sign.
fn get(one: &ListensView, outcome: Option<Outcome>) -> Html {
    let mut d = Drawing::default();
    match outcome {
        Some(Outcome::Copy { .. }) => {
            d.circle(8.0, 8.0, 5.5, "dot")
                .hue(glyph::hue_of(one.channel.0));
        }
        Some(Outcome::Waits) => {
            d.rect(3.0, 3.5, 10.0, 9.0, "slab");
        }
        Some(Outcome::Dropped(_)) => {
            d.path("M4 4l8 8M12 4l-8 8", "xred2");
        }
        Some(Outcome::NotAsked | Outcome::AnotherMember) => {
            d.line(5.0, 8.5, 11.0, 8.5, "rest1");
        }
        Some(Outcome::Pending) | None => return html! {},
    }
    drawn(&d, 16.0, 16.0, "sh")
}
