//! The tree of topics, of which only the rows in sight are here, and the panel of one topic.

mod detail;
mod formats;
mod plot;
mod row;
mod table;

use tidings_world::view::{TREE_ROWS_MAX, TopicId, TreeWatch};
use web_sys::HtmlInputElement;
use yew::prelude::*;

use crate::components::{Icon, sign};
use crate::state::{Place, Selection, use_page, use_scene, use_selection, use_tree_page};
use crate::words::words;
pub(crate) use detail::TopicPanel;
use table::Table;

/// So many branches are remembered as opened or shut by hand; the oldest go.
const BUT_MAX: usize = 500;

/// Stands where the stage was.
#[component]
pub(crate) fn Topics() -> Html {
    let page = use_page();
    let scene = use_scene();
    let tree = use_tree_page();
    let selection = use_selection();
    let watch = use_state(|| TreeWatch {
        rows: TREE_ROWS_MAX,
        ..TreeWatch::default()
    });
    {
        let page = page.clone();
        use_effect_with((*watch).clone(), move |watch| {
            page.watch_tree(Some(watch.clone()));
        });
    }
    {
        let page = page.clone();
        use_effect_with((), move |()| move || page.watch_tree(None));
    }
    let Some(scene) = scene else {
        return html! {};
    };
    let words = &words().panels.topics;
    let change = |change: fn(&mut TreeWatch)| {
        let watch = watch.clone();
        Callback::from(move |_: MouseEvent| {
            let mut new = (*watch).clone();
            change(&mut new);
            watch.set(new);
        })
    };
    let on_search = {
        let watch = watch.clone();
        Callback::from(move |event: InputEvent| {
            watch.set(TreeWatch {
                search: event.target_unchecked_into::<HtmlInputElement>().value(),
                first: 0,
                ..(*watch).clone()
            });
        })
    };
    let on_branch = {
        let watch = watch.clone();
        Callback::from(move |id: TopicId| {
            let mut new = (*watch).clone();
            match new.but.iter().position(|one| *one == id) {
                Some(place) => {
                    new.but.remove(place);
                }
                None => new.but.push(id),
            }
            if new.but.len() > BUT_MAX {
                new.but.remove(0);
            }
            watch.set(new);
        })
    };
    let on_first = {
        let watch = watch.clone();
        Callback::from(move |first: u32| {
            if watch.first != first {
                watch.set(TreeWatch {
                    first,
                    ..(*watch).clone()
                });
            }
        })
    };
    let on_topic = {
        let page = page.clone();
        Callback::from(move |id: TopicId| page.select(Selection::Topic(id)))
    };
    let selected = match selection {
        Selection::Topic(id) => Some(id),
        _ => None,
    };
    let close = Callback::from(move |_: MouseEvent| page.go(Place::Stage));
    html! {
        <section class="log topics" aria-label={words.title} data-testid="topics">
            <div class="lbar">
                <label class="inp mono field search">
                    { sign(Icon::Find) }
                    <input
                        type="search"
                        value={watch.search.clone()}
                        oninput={on_search}
                        aria-label={words.search}
                        title={words.search}
                        autocomplete="off"
                        spellcheck="false"
                        data-testid="topics-search"
                    />
                </label>
                <button type="button" class="lk" onclick={change(|watch| { watch.shut = false; watch.but.clear(); })}>
                    { words.open_all }
                </button>
                <button
                    type="button"
                    class="lk"
                    onclick={change(|watch| { watch.shut = true; watch.but.clear(); watch.first = 0; })}
                    data-testid="topics-shut"
                >
                    { words.shut_all }
                </button>
                <span class="sp"></span>
                if let Some(tree) = &tree {
                    <span class="counts" role="status">{ (words.counts)(tree.found, tree.topics) }</span>
                }
                <button type="button" class="lk ic" aria-label={words.close} onclick={close}>
                    { sign(Icon::Close) }
                </button>
            </div>
            <Table {scene} {tree} search={watch.search.clone()} {selected} {on_branch} {on_first} {on_topic} />
        </section>
    }
}
