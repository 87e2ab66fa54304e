//! The shell: bar, stage, score and transport, and the panel at the right.

use yew::prelude::*;

use crate::components::bar::Bar;
use crate::components::broken::Broken;
use crate::components::headline::Headline;
use crate::components::score::ScoreView;
use crate::components::stage::StageView;
use crate::components::transport::Transport;
use crate::hooks::{use_keyboard, use_size};
use crate::panels::{Log, Panel};
use crate::state::{
    Life, Page, Selection, prefers_stillness, use_life, use_log_open, use_selection,
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

#[component]
fn Shell() -> Html {
    use_keyboard();
    let selection = use_selection();
    let life = use_life();
    let log_open = use_log_open();
    let main = use_node_ref();
    let (width, height) = use_size(&main);
    let shell = use_node_ref();
    let (_, whole) = use_size(&shell);
    let short = whole > 0.0 && whole < 820.0;
    let tall = width > 0.0 && width < 640.0;
    html! {
        <div class="shell" ref={shell}>
            <Bar {tall} />
            <main class="main" ref={main}>
                if log_open {
                    <Log />
                } else {
                    <Headline />
                    <StageView {width} {height} />
                }
            </main>
            <footer class="foot">
                if tall {
                    <ScoreView {width} {short} />
                    <Transport {width} />
                } else {
                    <Transport {width} />
                    if !log_open {
                        <ScoreView {width} {short} />
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
