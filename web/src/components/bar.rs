//! The bar: whose page it is, which scene, and what lies beside it.

use tidings_world::view::{Edit, Open};
use yew::prelude::*;

use super::icon::{Icon, mark, sign, sign_of};
use super::menu::Menu;
use super::tabs::{Look, Tabs};
use crate::scene::text;
use crate::state::{Selection, use_kept_scene, use_page, use_scene, use_selection, use_theme};
use crate::words::words;

/// How much room the bar has.
#[derive(Clone, Copy, PartialEq, Properties)]
pub(crate) struct BarProps {
    /// A phone held upright: everything is in one menu.
    pub(crate) tall: bool,
}

/// The bar.
#[component]
pub(crate) fn Bar(props: &BarProps) -> Html {
    let words = words();
    let page = use_page();
    let selection = use_selection();
    let theme = use_theme();
    let select = |to: Selection| {
        let page = page.clone();
        Callback::from(move |_: MouseEvent| {
            let same = page.selection() == to;
            page.select(if same { Selection::None } else { to });
        })
    };
    let switch_theme = theme.reform(|_: MouseEvent| ());
    let on = |to: Selection| (selection == to).then_some("on");
    html! {
        <header class="bar">
            <div class="brand">{ mark() }{ "Tidings" }</div>
            if !props.tall {
                <Scenes />
            }
            <span class="sp" />
            if props.tall {
                <Menu
                    testid="menu"
                    wrap={classes!("right")}
                    class={classes!("lk", "ic")}
                    label={words.bar.menu}
                    face={html! { { sign_of(Icon::Menu, 20) } }}
                >
                    <button onclick={select(Selection::AddPublisher)}>
                        { sign(Icon::Plus) }{ words.scene.add_publisher }
                    </button>
                    <button onclick={select(Selection::AddSubscriber)}>
                        { sign(Icon::Plus) }{ words.scene.add_subscriber }
                    </button>
                    <Tabs look={Look::Items} />
                    <button onclick={select(Selection::Time)} data-testid="time-open">
                        { sign(Icon::Gate) }{ words.transport.more }
                    </button>
                    <button onclick={select(Selection::RealBroker)} data-testid="real-broker">{ words.bar.real_broker }</button>
                    <SceneButtons />
                    <button class="sepb" onclick={switch_theme}>
                        { sign(Icon::Theme) }{ words.bar.theme }
                    </button>
                </Menu>
            } else {
                <nav>
                    <button
                        class={classes!("lk", on(Selection::RealBroker))}
                        aria-pressed={(selection == Selection::RealBroker).to_string()}
                        onclick={select(Selection::RealBroker)}
                        data-testid="real-broker"
                    >
                        { words.bar.real_broker }
                    </button>
                </nav>
                <div class="signs">
                    <button class="lk ic" aria-label={words.bar.theme} title={words.bar.theme} onclick={switch_theme} data-testid="theme">
                        { sign(Icon::Theme) }
                    </button>
                    <button
                        class={classes!("lk", "ic", on(Selection::Keys))}
                        aria-label={words.bar.help}
                        title={words.bar.help}
                        aria-pressed={(selection == Selection::Keys).to_string()}
                        onclick={select(Selection::Keys)}
                        data-testid="keys"
                    >
                        { sign(Icon::Help) }
                    </button>
                </div>
            }
        </header>
    }
}

/// The scene's title, and under it the scenes there are.
#[component]
fn Scenes() -> Html {
    let scene = use_scene();
    let words = words();
    let Some(scene) = scene else {
        return html! {};
    };
    let title = match scene.title.as_str() {
        "" => words.bar.title_of_new.to_owned(),
        title => text::cut(title, 48),
    };
    html! {
        <Menu testid="scenes" label={format!("{}: {title}", words.bar.scenes)}
            face={html! { <><span>{ title.clone() }</span>{ sign(Icon::Down) }</> }}
        >
            <SceneButtons />
        </Menu>
    }
}

#[component]
fn SceneButtons() -> Html {
    let words = words();
    let page = use_page();
    let kept = use_kept_scene();
    let open = |what: Open| {
        let page = page.clone();
        Callback::from(move |_: MouseEvent| page.open(what.clone(), Callback::noop()))
    };
    let clear = {
        let page = page.clone();
        Callback::from(move |_: MouseEvent| {
            page.select(Selection::None);
            page.edit(Edit::Clear, Callback::noop());
        })
    };
    html! {
        <>
            <button onclick={open(Open::Default)} data-testid="scene-first">
                { words.bar.first_scene }<span class="l2">{ words.bar.first_note }</span>
            </button>
            if let Some(kept) = kept {
                <button onclick={open(Open::Text(kept.text.clone()))} data-testid="scene-kept">
                    { text::cut(&kept.title, 32) }<span class="l2">{ words.bar.kept_note }</span>
                </button>
            }
            <button onclick={clear} data-testid="scene-clear">{ words.bar.clear }<span class="l2">{ words.bar.clear_note }</span></button>
        </>
    }
}
