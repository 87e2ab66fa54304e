//! The panel at the right: whatever is selected.

use tidings_world::view::EventNo;
use yew::prelude::*;

use super::form::{AddActor, EditActor};
use super::packet::Packet;
use crate::state::{Selection, use_actor, use_packet, use_page, use_scene, use_selection};

/// Shows the selection; fills the `<aside class="panel">` it is put in.
#[component]
pub(crate) fn Panel() -> Html {
    let page = use_page();
    let selection = use_selection();
    let scene = use_scene();
    let packet = use_packet();
    let actor = use_actor();
    let on_close = {
        let page = page.clone();
        Callback::from(move |()| page.select(Selection::None))
    };
    let Some(scene) = scene else {
        return html! {};
    };
    match selection {
        Selection::Packet(_) => {
            let on_packet = Callback::from(move |no: EventNo| page.select(Selection::Packet(no)));
            match packet {
                Some(detail) => html! { <Packet {detail} {scene} {on_packet} {on_close} /> },
                None => html! {},
            }
        }
        Selection::Actor(_) => match actor {
            Some(detail) => {
                html! { <EditActor key={detail.id.0} detail={detail.clone()} {scene} {on_close} /> }
            }
            None => html! {},
        },
        Selection::AddPublisher => {
            html! { <AddActor key="publisher" {scene} listens=false {on_close} /> }
        }
        Selection::AddSubscriber => {
            html! { <AddActor key="subscriber" {scene} listens=true {on_close} /> }
        }
        _ => html! {},
    }
}
