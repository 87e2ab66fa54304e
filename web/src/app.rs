//! The shell: bar, stage, score and transport, and the panel at the right.

use yew::prelude::*;

use crate::components::bar::Bar;
use crate::components::broken::Broken;
use crate::components::headline::Headline;
use crate::components::score::ScoreView;
use crate::components::stage::{StageView, is_low};
use crate::components::transport::Transport;
use crate::components::unread::UnreadScene;
use crate::hooks::{use_keyboard, use_links, use_size};
use crate::panels::{Faults, Halt, Ladder, Log, Panel, PlotsView, StateView, Topics};
use crate::state::{
    Life, Page, Place, Selection, prefers_stillness, use_life, use_place, use_selection,
};

/// The whole page.
#[component]
pub(crate) fn App() -> Html {
    let page = use_memo((), |()| Page::start(prefers_stillness()));
    html! {
        <ContextProvider<Page> context={(*page).clone()}>
            <Shell />
        </ContextProvider<Page>>
    }
}

/// Where there is so much height, the stage stands above the ladder.
const LADDER_WITH_STAGE: f64 = 640.0;

#[component]
fn Shell() -> Html {
    use_keyboard();
    use_links();
    let selection = use_selection();
    let life = use_life();
    let place = use_place();
    let main = use_node_ref();
    let (width, height) = use_size(&main);
    let shell = use_node_ref();
    let (whole, high) = use_size(&shell);
    let foot = use_node_ref();
    let (under, _) = use_size(&foot);
    let short = high > 0.0 && high < 820.0;
    let tall = whole > 0.0 && whole < 640.0;
    let upright = width > 0.0 && width < 640.0;
    let low = is_low(width, height);
    let under_stage = match place {
        Place::Faults => true,
        Place::Ladder => !upright && height >= LADDER_WITH_STAGE,
        _ => false,
    };
    html! {
        <div class="shell" ref={shell}>
            <Bar {tall} />
            <main class={classes!("main", upright.then_some("upright"), low.then_some("low"), under_stage.then_some("split"))} ref={main}>
                { match place {
                    Place::Ladder => html! {
                        <>
                            if under_stage {
                                <StageView {width} {height} compact=true />
                            }
                            <Ladder {width} />
                        </>
                    },
                    Place::Log => html! { <Log /> },
                    Place::State => html! { <StateView /> },
                    Place::Plots => html! { <PlotsView {width} {height} {short} /> },
                    Place::Topics => html! { <Topics /> },
                    // On a phone there is room for one of both.
                    Place::Faults if upright => html! { <Faults wide=false /> },
                    Place::Faults => html! {
                        <>
                            <StageView {width} {height} compact=true />
                            <Faults wide={under >= 1240.0} />
                        </>
                    },
                    Place::Stage => {
                        html! { <><Headline {width} /><StageView {width} {height} /></> }
                    }
                } }
            </main>
            <footer class="foot" ref={foot}>
                <Halt unseen={place == Place::Stage && !upright} />
                <UnreadScene />
                if tall {
                    if place != Place::Ladder {
                        <ScoreView width={under} {short} />
                    }
                    <Transport width={under} />
                } else {
                    <Transport width={under} />
                    if matches!(place, Place::Stage | Place::Plots) {
                        <ScoreView width={under} {short} />
                    }
                }
            </footer>
            if let Life::Broken(message) = life {
                <aside class="panel"><Broken {message} /></aside>
            } else if selection != Selection::None {
                <aside class="panel"><Panel /></aside>
            }
        </div>
    }
}
