//! The panel at the right: whatever is selected.

use tidings_world::view::EventNo;
use yew::prelude::*;

use super::form::{AddActor, EditActor};
use super::head::Head;
use super::keys::KeySheet;
use super::packet::Packet;
use super::real::RealBroker;
use crate::state::{Selection, use_actor, use_packet, use_page, use_scene, use_selection};
use crate::words::words;

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
                None => late(words().panels.packet.gone, on_close),
            }
        }
        Selection::Actor(_) => match actor {
            Some(detail) => {
                html! { <EditActor key={detail.id.0} detail={detail.clone()} {scene} {on_close} /> }
            }
            None => late(words().panels.form.gone, on_close),
        },
        Selection::AddPublisher => {
            html! { <AddActor key="publisher" {scene} listens=false {on_close} /> }
        }
        Selection::AddSubscriber => {
            html! { <AddActor key="subscriber" {scene} listens=true {on_close} /> }
        }
        Selection::RealBroker => html! { <RealBroker {scene} {on_close} /> },
        Selection::Keys => html! { <KeySheet {on_close} /> },
        Selection::None => html! {},
    }
}

/// What the worker has not said yet, and will not say of what is gone: after a while, why.
fn late(why: &'static str, on_close: Callback<()>) -> Html {
    html! {
        <>
            <Head title={html! {}} {on_close} />
            <div class="pbody late"><section class="sec"><p class="note">{ why }</p></section></div>
        </>
    }
}
