//! The tab over the transport that says why the clock stands.

use tidings_world::view::Breakpoint;
use yew::prelude::*;

use crate::components::{Icon, sign};
use crate::panels::foreign::phrase;
use crate::panels::names::actor_name;
use crate::state::{Selection, stopped_by, use_page, use_scene, use_standing, use_stops};
use crate::words::words;

#[derive(Clone, Copy, PartialEq, Properties)]
pub(crate) struct Props {
    /// It is said elsewhere, for whoever sees it.
    pub(crate) unseen: bool,
}

/// A breakpoint has stopped the clock: which one, and why; and what caused it is selected.
#[component]
pub(crate) fn Halt(props: &Props) -> Html {
    let page = use_page();
    let standing = use_standing();
    use_effect_with(standing.stopped, move |stopped| {
        let packet = stopped.and_then(|stop| stop.packet).map(Selection::Packet);
        let actor = stopped.and_then(|stop| stop.actor).map(Selection::Actor);
        if let Some(cause) = packet.or(actor) {
            page.select(cause);
        }
    });
    let why = use_why();
    let class = match props.unseen {
        true => "unseen",
        false => "halt",
    };
    html! {
        <div role="status" data-testid="halt" class={classes!(class, why.is_some().then_some("on"))}>
            { why }
        </div>
    }
}

/// Why the clock stands, if a breakpoint has stopped it.
#[hook]
pub(crate) fn use_why() -> Option<Html> {
    let scene = use_scene();
    let standing = use_standing();
    let stops = use_stops();
    let (stop, scene) = (standing.stopped?, scene?);
    let one = stopped_by(&stops, stop)?;
    let id = match one.what {
        Breakpoint::Presence(id) => Some(id),
        _ => stop.actor,
    };
    let name = id.map_or_else(String::new, |id| actor_name(&scene, id));
    let why = (words().panels.stops.why)(&one.what, stop.packet, &name);
    Some(html! { <>{ sign(Icon::Gate) }<span>{ phrase(&why) }</span></> })
}
