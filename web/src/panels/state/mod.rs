//! What everybody remembers: a line for each session, the kept words, and what will happen by itself.

mod session;
mod timers;

use tidings_world::view::{Happened, KeptState, Scene, StatePage, Step};
use yew::prelude::*;

use super::foreign::{foreign, foreign_marked, phrase};
use super::names::actor_name;
use crate::components::{Icon, sign};
use crate::scene::clock::seconds;
use crate::state::{Place, Selection, use_page, use_scene, use_state_page};
use crate::words::panels::figures;
use crate::words::words;
use session::session;
use timers::TimerRow;

/// Stands where the stage was.
#[component]
pub(crate) fn StateView() -> Html {
    let page = use_page();
    let scene = use_scene();
    let state = use_state_page();
    {
        let page = page.clone();
        use_effect_with((), move |()| {
            page.watch_state(true);
            move || page.watch_state(false)
        });
    }
    let (Some(scene), Some(state)) = (scene, state) else {
        return html! {};
    };
    let words = &words().panels.state;
    let on_select = {
        let page = page.clone();
        Callback::from(move |selection: Selection| page.select(selection))
    };
    let to_timer = {
        let page = page.clone();
        Callback::from(move |_: MouseEvent| page.step(Step::Timer))
    };
    let close = Callback::from(move |_: MouseEvent| page.go(Place::Stage));
    html! {
        <section class="log state" aria-label={words.title} data-testid="state">
            <div class="stscroll" tabindex="0">
                <header class="sthead">
                    <h2 data-testid="state-title">{ headline(&state, &scene) }</h2>
                    <p class="dimt p3">{ words.everything }{ " " }{ changed_sign() }</p>
                    <button type="button" class="lk ic" aria-label={words.close} onclick={close}>
                        { sign(Icon::Close) }
                    </button>
                </header>
                <div class="stmain">
                    <table class="stt" role="table">
                        <thead>
                            <tr>
                                { for words.columns.iter().map(|[plain, exact]| html! {
                                    <th scope="col">{ *plain }<br />{ *exact }</th>
                                }) }
                            </tr>
                        </thead>
                        <tbody>
                            { for state.sessions.iter().map(|one| session(one, &scene, &on_select)) }
                        </tbody>
                    </table>
                    { kept(&state, &scene, &on_select) }
                </div>
                <aside class="sttimers">
                    <h3>{ words.by_itself }<span class="dimt">{ words.timers }</span></h3>
                    <p class="note">{ words.timers_note }</p>
                    if state.timers.is_empty() {
                        <p class="note">{ words.no_timers }</p>
                    }
                    <ul data-testid="state-timers">
                        { for state.timers.iter().map(|one| html! {
                            <TimerRow key={format!("{}-{:?}-{}", one.actor.0, one.timer.kind, one.timer.at.0)} timer={*one} scene={scene.clone()} />
                        }) }
                    </ul>
                    if !state.timers.is_empty() {
                        <button type="button" class="btn" onclick={to_timer}>{ sign(Icon::Timer) }{ words.to_timer }</button>
                    }
                    <h3>{ words.nobody }</h3>
                    <p class="note">{ words.nobody_note }</p>
                </aside>
            </div>
        </section>
    }
}

/// What happened last, and how many lines it changed.
fn headline(state: &StatePage, scene: &Scene) -> Html {
    let words = &words().panels.state;
    let Some((at, happened)) = state.last else {
        return html! { words.nothing };
    };
    let name = match happened {
        Happened::Came(_, _, actor) | Happened::Done(actor, _) => actor_name(scene, actor),
        _ => String::new(),
    };
    let sessions = state.sessions.iter().filter(|one| one.changed).count();
    let kept = state.kept.iter().filter(|one| one.changed).count();
    let timers = state.timers.iter().filter(|one| one.changed).count();
    phrase(&(words.happened)(
        happened,
        &name,
        &seconds(at.0),
        sessions + kept + timers,
    ))
}

/// The playhead, turned to point at what changed.
fn changed_sign() -> Html {
    html! {
        <svg class="chg" width="12" height="12" viewBox="0 0 12 12" role="img" aria-label={words().panels.state.changed}>
            <path d="M1 2h6l4 4l-4 4H1Z" />
        </svg>
    }
}

fn mark(changed: bool) -> Html {
    html! { <span class="mk">if changed { { changed_sign() } }</span> }
}

fn kept(state: &StatePage, scene: &Scene, on_select: &Callback<Selection>) -> Html {
    let words = &words().panels.state;
    let more = state.kept_total.saturating_sub(state.kept.len() as u32);
    html! {
        <>
            <h3 class="stkept">{ words.kept }<span class="dimt">{ words.kept_term }</span></h3>
            if state.kept.is_empty() {
                <p class="note">{ words.nothing_kept }</p>
            }
            <table class="stk">
                { for state.kept.iter().map(|one| kept_row(one, scene, on_select)) }
            </table>
            if more > 0 {
                <p class="note">{ (words.more)(more) }</p>
            }
        </>
    }
}

fn kept_row(one: &KeptState, scene: &Scene, on_select: &Callback<Selection>) -> Html {
    let no = one.no;
    let onclick = on_select.reform(move |_: MouseEvent| Selection::Packet(no));
    html! {
        <tr class={one.changed.then_some("on")} data-testid="state-kept">
            <td class="mono">{ mark(one.changed) }{ foreign(&one.topic) }</td>
            <td class="mono v">{ foreign_marked(&one.value.text, "") }if one.value.cut { { "…" } }</td>
            <td class="dimt">
                { for one.by.map(|by| foreign(&actor_name(scene, by))) }
                { " " }
                <button type="button" class="tolink" {onclick}>{ format!("#{}", figures(no.0.into())) }</button>
                { format!(", {}", seconds(one.since.0)) }
            </td>
        </tr>
    }
}
