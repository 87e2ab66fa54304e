//! The panel at the right: whatever is selected.

use tidings_world::view::EventNo;
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;
use yew::prelude::*;

use super::form::{AddActor, EditActor};
use super::head::head;
use super::keys::key_sheet;
use super::packet::Packet;
use super::real::RealBroker;
use super::stops::Stops;
use super::topics::TopicPanel;
use crate::state::{
    Selection, use_actor, use_packet, use_page, use_scene, use_selection, use_topic,
};
use crate::words::words;

/// Shows the selection; fills the `<aside class="panel">` it is put in.
#[component]
pub(crate) fn Panel() -> Html {
    let page = use_page();
    let selection = use_selection();
    let scene = use_scene();
    let packet = use_packet();
    let actor = use_actor();
    let topic = use_topic();
    let on_close = {
        let page = page.clone();
        Callback::from(move |()| page.select(Selection::None))
    };
    let holder = use_focus(selection);
    let Some(scene) = scene else {
        return html! {};
    };
    let inside = match selection {
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
        Selection::Topic(_) => match topic {
            Some(detail) => {
                html! { <TopicPanel key={detail.id.0} detail={detail.clone()} {scene} {on_close} /> }
            }
            None => late(words().panels.topics.gone, on_close),
        },
        Selection::AddPublisher => {
            html! { <AddActor key="publisher" {scene} listens=false {on_close} /> }
        }
        Selection::AddSubscriber => {
            html! { <AddActor key="subscriber" {scene} listens=true {on_close} /> }
        }
        Selection::RealBroker => html! { <RealBroker {scene} {on_close} /> },
        Selection::Time => html! { <Stops {scene} {on_close} /> },
        Selection::Keys => key_sheet(&on_close),
        Selection::None => html! {},
    };
    html! { <div class="pwrap" ref={holder} tabindex="-1">{ inside }</div> }
}

/// Who opens a panel by keyboard goes on in it, and comes back to where they were when it closes.
/// A mouse moves no focus, and whoever walks the log stays there.
#[hook]
fn use_focus(selection: Selection) -> NodeRef {
    let holder = use_node_ref();
    let opener = use_mut_ref(|| None::<HtmlElement>);
    {
        let (holder, opener) = (holder.clone(), opener.clone());
        use_effect_with(selection, move |selection| {
            let Some(panel) = holder.cast::<HtmlElement>() else {
                return;
            };
            let active = focused().filter(|active| !panel.contains(Some(active)));
            let by_key = active.filter(|active| {
                active.tag_name() == "BUTTON" && active.matches(":focus-visible").unwrap_or(false)
            });
            // A new form puts the focus into its first field by itself.
            let new = matches!(
                selection,
                Selection::AddPublisher | Selection::AddSubscriber
            );
            if by_key.is_some() {
                opener.replace(by_key);
                if !new {
                    // A panel that cannot be focused leaves the focus where it was.
                    let _ = panel.focus();
                }
            }
        });
    }
    use_effect_with((), move |()| {
        move || {
            let lost = focused().is_none_or(|active| active.tag_name() == "BODY");
            if let Some(opener) = opener.take().filter(|_| lost) {
                let _ = opener.focus();
            }
        }
    });
    holder
}

/// What has the focus.
fn focused() -> Option<HtmlElement> {
    let active = web_sys::window()?.document()?.active_element()?;
    active.dyn_into().ok()
}

/// What the worker has not said yet, and will not say of what is gone: after a while, why.
fn late(why: &'static str, on_close: Callback<()>) -> Html {
    html! {
        <>
            { head(html! {}, html! {}, html! {}, &on_close) }
            <div class="pbody late"><section class="sec"><p class="note">{ why }</p></section></div>
        </>
    }
}
