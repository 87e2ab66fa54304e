//! The runs there are: which one is compared with, what differs, and the way back to it.

use tidings_world::view::{Answer, Did, Edit, Micros, RunId, RunView, Runs, Scene};
use yew::prelude::*;

use crate::components::{Icon, Menu, sign};
use crate::panels::foreign::foreign;
use crate::panels::names::actor_name;
use crate::scene::clock::seconds;
use crate::scene::ladder::tree::ROW;
use crate::scene::model::Branch;
use crate::scene::score::Paper;
use crate::state::{Page, use_page, use_runs};
use crate::words::words;

#[derive(PartialEq, Properties)]
pub(super) struct Props {
    pub(super) scene: std::rc::Rc<Scene>,
    pub(super) on_trouble: Callback<Option<String>>,
}

/// A line above the paper, once there is more than one run.
#[component]
pub(super) fn RunsView(props: &Props) -> Html {
    let page = use_page();
    let Some(runs) = use_runs().filter(|runs| !runs.kept.is_empty() || runs.let_go > 0) else {
        return html! {};
    };
    let words = &words().panels.ladder.runs;
    let with = runs.compared.as_ref();
    let pick = |with: Option<RunId>| {
        let page = page.clone();
        Callback::from(move |_: MouseEvent| page.compare(with))
    };
    let back = with.map(|with| {
        let (page, id, on_trouble) = (page.clone(), with.with, props.on_trouble.clone());
        Callback::from(move |_: MouseEvent| {
            let then = on_trouble
                .reform(|answer: Answer| answer.problems.first().map(|one| one.sentence.clone()));
            page.edit(Edit::Return(id), then);
        })
    });
    html! {
        <div class="lhead runs" data-testid="runs">
            if let Some(with) = with {
                <b data-testid="parted">{ (words.parted)(runs.now.0, with.with.0, &at(with.parts)) }</b>
                <span class="dimt">{ words.dotted }</span>
                <span class="sp"></span>
                <span class="dimt" data-testid="differs">{ differs(&runs, &props.scene) }</span>
                <span class="cnt"><i>{ with.got_all[0] }</i>{ words.before }</span>
                <span class="cnt"><i>{ with.got_all[1] }</i>{ words.now }</span>
                if with.lost[1] > 0 {
                    <span class="cnt red"><i>{ with.lost[1] }</i>{ words.lost }</span>
                }
                <button class="btn q" onclick={back} data-testid="run-back">{ words.back }</button>
            } else {
                <b>{ title(runs.now, runs.did, &props.scene) }</b>
                <span class="sp"></span>
            }
            if runs.let_go > 0 {
                <span class="dimt">{ (words.let_go)(runs.let_go) }</span>
            }
            if !runs.kept.is_empty() {
                <Menu testid="runs-open" wrap={classes!("right")} face={html! { (words.compare)(runs.kept.len()) }}>
                    { for runs.kept.iter().rev().map(|run| html! {
                        <button
                            aria-pressed={(with.map(|with| with.with) == Some(run.id)).to_string()}
                            class={classes!((with.map(|with| with.with) == Some(run.id)).then_some("on"))}
                            onclick={pick(Some(run.id))}
                            data-testid="run"
                        >
                            { title(run.id, run.did, &props.scene) }
                            <span class="l2 mono">{ (words.until)(&at(run.head)) }{ format!(" {:08x}", run.hash >> 32) }</span>
                        </button>
                    }) }
                    <button class="sepb" onclick={pick(None)} data-testid="run-alone">{ words.alone }</button>
                </Menu>
            }
        </div>
    }
}

/// No more runs that were kept are drawn; the menu has all.
const DRAWN_MAX: usize = 4;

/// The runs that are drawn beside the present one, from above: the latest, and the one that is
/// compared.
pub(super) fn drawn_runs(runs: &Runs) -> Vec<(RunView, Branch)> {
    let with = runs.compared.as_ref().map(|with| with.with);
    let mut kept: Vec<&RunView> = runs.kept.iter().rev().take(DRAWN_MAX).collect();
    let compared = runs.kept.iter().find(|one| Some(one.id) == with);
    if let Some(one) = compared.filter(|one| kept.iter().all(|other| other.id != one.id)) {
        kept.pop();
        kept.push(one);
    }
    let branch = |one: &RunView| Branch {
        parts: one.parts.0,
        head: one.head.0,
        compared: Some(one.id) == with,
    };
    kept.into_iter()
        .map(|one| (one.clone(), branch(one)))
        .collect()
}

/// The names of the drawn runs at the left of the tree: pressed, they are compared with; and the way
/// back to each.
pub(super) fn branches(
    page: &Page,
    runs: &Runs,
    kept: &[(RunView, Branch)],
    scene: &Scene,
    paper: &Paper,
    left: f64,
    on_trouble: &Callback<Option<String>>,
) -> Html {
    let words = &words().panels.ladder.runs;
    let spot = |row: usize| {
        let (top, width) = (paper.branch_y(row) - ROW / 2.0, paper.x0 - left - 8.0);
        format!("left:{left}px;top:{top}px;width:{width}px")
    };
    let row = |(row, (run, branch)): (usize, &(RunView, Branch))| {
        let (id, on) = (run.id, branch.compared);
        let compare = {
            let page = page.clone();
            Callback::from(move |_: MouseEvent| page.compare((!on).then_some(id)))
        };
        let back = {
            let (page, on_trouble) = (page.clone(), on_trouble.clone());
            Callback::from(move |_: MouseEvent| {
                let then = on_trouble.reform(|answer: Answer| {
                    answer.problems.first().map(|one| one.sentence.clone())
                });
                page.edit(Edit::Return(id), then);
            })
        };
        html! {
            <li style={spot(row)}>
                <button type="button" class="brun" aria-pressed={on.to_string()} onclick={compare} data-testid="branch">
                    { title(run.id, run.did, scene) }
                </button>
                <button type="button" class="lk ic" aria-label={words.back} title={words.back} onclick={back} data-testid="branch-back">
                    { sign(Icon::Left) }
                </button>
            </li>
        }
    };
    html! {
        <ol class="branches" aria-label={words.tree}>
            { for kept.iter().enumerate().map(row) }
            <li style={spot(kept.len())} aria-current="true"><b>{ title(runs.now, runs.did, scene) }</b></li>
        </ol>
    }
}

fn at(at: Micros) -> String {
    seconds(at.0)
}

/// What a run is called: its number, and what it began with.
fn title(id: RunId, did: Option<Did>, scene: &Scene) -> Html {
    let words = &words().panels.ladder.runs;
    let what = did.map_or_else(
        || words.first.to_owned(),
        |did| {
            let name = match did {
                Did::Deed(id, _) | Did::Said(id) | Did::Sent(id) => actor_name(scene, id),
                Did::Broker(_) | Did::Scene => String::new(),
            };
            (words.did)(did, &name)
        },
    );
    html! { <span>{ (words.run)(id.0) }{ ", " }{ foreign(&what) }</span> }
}

/// Who got another number of messages.
fn differs(runs: &Runs, scene: &Scene) -> Html {
    let words = &words().panels.ladder.runs;
    let got = runs.compared.iter().flat_map(|one| &one.got);
    let said: Vec<_> = got
        .take(3)
        .map(|(id, counts)| (words.got)(&actor_name(scene, *id), *counts))
        .collect();
    match said.is_empty() {
        true => html! { words.same },
        false => html! { foreign(&said.join(", ")) },
    }
}
