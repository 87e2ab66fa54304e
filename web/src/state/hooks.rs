//! One hook for each thing a component may look at.

use std::rc::Rc;

use tidings_world::view::{
    ActorDetail, LogPage, PacketDetail, Plots, Runs, Scene, StatePage, TopicDetail, TopicId,
    TreePage,
};
use yew::prelude::*;

use super::keep::{KeptScene, Unread};
use super::page::Held;
use super::signal::use_signal;
use super::{Life, Page, Place, Selection, Standing, Watched};

/// The page; it never changes, so it makes nothing render again.
#[hook]
pub(crate) fn use_page() -> Page {
    use_context::<Page>().expect("invariant: the app provides the page")
}

/// Who is on the stage; none before the worker has said it.
#[hook]
pub(crate) fn use_scene() -> Option<Rc<Scene>> {
    let page = use_page();
    use_signal(&page.signals().scene)
}

/// What stands between two events.
#[hook]
pub(crate) fn use_standing() -> Rc<Standing> {
    let page = use_page();
    use_signal(&page.signals().standing)
}

/// The selected packet, taken apart; none until it has come, or if the log lost it.
#[hook]
pub(crate) fn use_packet() -> Option<Rc<PacketDetail>> {
    let page = use_page();
    use_signal(&page.signals().packet)
}

/// The selected actor as its form needs it.
#[hook]
pub(crate) fn use_actor() -> Option<Rc<ActorDetail>> {
    let page = use_page();
    use_signal(&page.signals().actor)
}

/// The window of the log that [`Page::watch_log`] asked for.
#[hook]
pub(crate) fn use_log_page() -> Option<Rc<LogPage>> {
    let page = use_page();
    use_signal(&page.signals().log)
}

/// What is selected: the panel at the right.
#[hook]
pub(crate) fn use_selection() -> Selection {
    let page = use_page();
    use_signal(&page.signals().selection)
}

/// What stands where the stage is.
#[hook]
pub(crate) fn use_place() -> Place {
    let page = use_page();
    use_signal(&page.signals().place)
}

/// The window of the tree that [`Page::watch_tree`] asked for.
#[hook]
pub(crate) fn use_tree_page() -> Option<Rc<TreePage>> {
    let page = use_page();
    use_signal(&page.signals().tree)
}

/// What everybody remembers.
#[hook]
pub(crate) fn use_state_page() -> Option<Rc<StatePage>> {
    let page = use_page();
    use_signal(&page.signals().state)
}

/// The plots that [`Page::watch_plots`] asked for.
#[hook]
pub(crate) fn use_plots() -> Option<Rc<Plots>> {
    let page = use_page();
    use_signal(&page.signals().plots)
}

/// Numbers a person has put among the plots.
#[hook]
pub(crate) fn use_pinned() -> Rc<Vec<(TopicId, String)>> {
    let page = use_page();
    use_signal(&page.signals().pinned)
}

/// The selected topic; none until it has come, or if there is none any more.
#[hook]
pub(crate) fn use_topic() -> Option<Rc<TopicDetail>> {
    let page = use_page();
    use_signal(&page.signals().topic)
}

/// Whether the worker lives.
#[hook]
pub(crate) fn use_life() -> Life {
    let page = use_page();
    use_signal(&page.signals().life)
}

/// Where the playhead is to stop by itself.
#[hook]
pub(crate) fn use_stops() -> Rc<Vec<Watched>> {
    let page = use_page();
    use_signal(&page.signals().stops)
}

/// Why the link in the page's address was not opened.
#[hook]
pub(crate) fn use_refused() -> Option<String> {
    let page = use_page();
    use_signal(&page.signals().refused)
}

/// The scene that is kept in this browser.
#[hook]
pub(crate) fn use_kept_scene() -> Option<Rc<KeptScene>> {
    let page = use_page();
    use_signal(&page.signals().kept)
}

/// The runs there are.
#[hook]
pub(crate) fn use_runs() -> Option<Rc<Runs>> {
    let page = use_page();
    use_signal(&page.signals().runs)
}

/// A kept scene that could not be opened, until somebody lets it go.
#[hook]
pub(crate) fn use_unread() -> Option<Rc<Unread>> {
    let page = use_page();
    use_signal(&page.signals().unread)
}

/// The packets that stand on the wires; none while the clock runs.
#[hook]
pub(crate) fn use_held() -> Option<Rc<Held>> {
    let page = use_page();
    use_signal(&page.signals().held)
}
