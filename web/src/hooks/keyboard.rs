//! The keys that work everywhere on the page.

use gloo_timers::callback::Timeout;
use tidings_world::scenario::Deed;
use tidings_world::view::{Edit, Speed, Step, ToWorker};
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, KeyboardEvent};
use yew::prelude::*;

use super::Listen;
use crate::state::{Page, Place, Selection, use_page};

/// Listens to the keyboard as long as the component lives.
#[hook]
pub(crate) fn use_keyboard() {
    let page = use_page();
    use_effect_with((), move |()| {
        let listen = web_sys::window().map(|window| {
            Listen::to(&window, "keydown", move |event| {
                if let Ok(event) = event.dyn_into::<KeyboardEvent>()
                    && !event.default_prevented()
                    && press(&page, &event)
                {
                    event.prevent_default();
                }
            })
        });
        move || drop(listen)
    });
}

/// Opens what a new link in the page's address names.
#[hook]
pub(crate) fn use_links() {
    let page = use_page();
    use_effect_with((), move |()| {
        let listen = web_sys::window().map(|window| {
            Listen::to(&window, "hashchange", move |_| {
                page.follow();
            })
        });
        move || drop(listen)
    });
}

/// Does what a key means; whether it means anything.
fn press(page: &Page, event: &KeyboardEvent) -> bool {
    if event.ctrl_key() || event.meta_key() {
        return false;
    }
    let on = target(event);
    let key = event.key();
    if key == "Escape" {
        return leave(page);
    }
    if on == Target::Field {
        return false;
    }
    let remote = page.standing().is_remote();
    match key.as_str() {
        " " if on == Target::Elsewhere => page.play(!page.standing().running),
        "ArrowRight" | "ArrowLeft" if on == Target::Slider && !event.alt_key() => return false,
        "ArrowRight" | "PageDown" if !remote => {
            page.step(match (event.shift_key(), event.alt_key()) {
                (_, true) => Step::Timer,
                (true, _) => Step::Packet,
                _ => Step::Event,
            })
        }
        // The browser's way back.
        "ArrowLeft" if event.alt_key() => return false,
        "ArrowLeft" | "PageUp" if !remote => page.step(Step::Back),
        "Home" if !remote => page.step(Step::Start),
        "+" | "=" if !remote => page.send(ToWorker::Faster(2.0)),
        "-" | "_" if !remote => page.send(ToWorker::Faster(0.5)),
        "a" if !remote => page.send(ToWorker::Speed(Speed::Auto)),
        "p" => publish(page),
        "l" => page.toggle(Place::Log),
        "1" => page.go(Place::Stage),
        "2" => page.toggle(Place::Ladder),
        "3" => page.toggle(Place::Log),
        "4" => page.toggle(Place::Topics),
        "5" => page.toggle(Place::State),
        "6" => page.toggle(Place::Plots),
        "f" => page.toggle(Place::Faults),
        "c" => return cut(page),
        "g" if !remote => return until_it_gets(page),
        "b" => page.select(match page.selection() {
            Selection::Time => Selection::None,
            _ => Selection::Time,
        }),
        "/" => search(page),
        "?" => page.select(match page.selection() {
            Selection::Keys => Selection::None,
            _ => Selection::Keys,
        }),
        _ => return false,
    }
    true
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Target {
    Field,
    Slider,
    Button,
    Elsewhere,
}

/// What the key was pressed on: a field takes every key, a button its space.
fn target(event: &KeyboardEvent) -> Target {
    let Some(element) = event.target().and_then(|t| t.dyn_into::<Element>().ok()) else {
        return Target::Elsewhere;
    };
    let is = |selector: &str| element.closest(selector).ok().flatten().is_some();
    if is("[type=range],[role=slider]") {
        Target::Slider
    } else if is("input,textarea,select,[contenteditable]") {
        Target::Field
    } else if is("button,a,summary") {
        Target::Button
    } else {
        Target::Elsewhere
    }
}

/// Goes on until the chosen actor gets something.
fn until_it_gets(page: &Page) -> bool {
    let Selection::Actor(id) = page.selection() else {
        return false;
    };
    page.step(Step::Gets(id));
    true
}

/// Cuts the connection of the chosen actor, or the one the chosen packet is on.
fn cut(page: &Page) -> bool {
    let id = match page.selection() {
        Selection::Actor(id) => Some(id),
        Selection::Packet(_) => page.packet().map(|packet| packet.hop.actor),
        _ => None,
    };
    let deed = Deed::Cut;
    if let Some(id) = id {
        page.edit(Edit::Do { id, deed }, Callback::noop());
    }
    id.is_some()
}

/// Puts the focus on the search of what stands there, or of the log, once it is there.
fn search(page: &Page) {
    if page.place() == Place::Stage {
        page.go(Place::Log);
    }
    Timeout::new(40, || {
        let field = web_sys::window()
            .and_then(|window| window.document())
            .and_then(|page| page.query_selector("[type=search]").ok()?)
            .and_then(|field| field.dyn_into::<HtmlElement>().ok());
        if let Some(field) = field {
            // A field that cannot be focused leaves the focus where it was.
            let _ = field.focus();
        }
    })
    .forget();
}

/// Lets go of the selection, then of what stands where the stage is.
fn leave(page: &Page) -> bool {
    if page.selection() != Selection::None {
        page.select(Selection::None);
    } else if page.place() != Place::Stage {
        page.go(Place::Stage);
    } else {
        return false;
    }
    true
}

/// Lets the chosen publisher say its next word at once; without one, offers a new publisher.
fn publish(page: &Page) {
    let chosen = page.actor().filter(|a| !a.actor.speaks.is_empty());
    let Some(detail) = chosen else {
        return page.select(Selection::AddPublisher);
    };
    let say = Edit::SayNext {
        id: detail.id,
        n: 0,
    };
    page.edit(say, Callback::noop());
}
