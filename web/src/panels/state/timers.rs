//! What will happen by itself: a timer is the part of the circle that is left.

use std::cell::RefCell;
use std::rc::Rc;

use tidings_world::view::{Scene, TimerState};
use web_sys::Element;
use yew::prelude::*;

use super::mark;
use crate::panels::foreign::phrase;
use crate::panels::names::actor_name;
use crate::state::use_page;
use crate::words::words;

#[derive(PartialEq, Properties)]
pub(super) struct Props {
    pub(super) timer: TimerState,
    pub(super) scene: Rc<Scene>,
}

/// One timer. What is left of it changes with every frame, so it goes past the rendering.
#[component]
pub(super) fn TimerRow(props: &Props) -> Html {
    let page = use_page();
    let words = &words().panels.state;
    let (arc, time) = (use_node_ref(), use_node_ref());
    {
        let nodes = (arc.clone(), time.clone(), props.timer.timer);
        use_effect_with(nodes, move |(arc, time, timer)| {
            let (arc, time, timer) = (arc.clone(), time.clone(), *timer);
            let shown = RefCell::new((String::new(), String::new()));
            let seen = page.clone();
            let key = page.paint(move |_| {
                let Some(now) = seen.playhead() else { return };
                let left = (timer.at.0 as f64 - now).max(0.0);
                let whole = (timer.at.0 as f64 - timer.from.0 as f64).max(1.0);
                let part = format!("{:.0} 100", (left / whole).min(1.0) * 100.0);
                let text = duration(left);
                let mut shown = shown.borrow_mut();
                if shown.0 != part
                    && let Some(arc) = arc.cast::<Element>()
                {
                    // An attribute of a drawing that is there can be set.
                    let _ = arc.set_attribute("stroke-dasharray", &part);
                    shown.0 = part;
                }
                if shown.1 != text
                    && let Some(time) = time.cast::<Element>()
                {
                    time.set_text_content(Some(&text));
                    shown.1 = text;
                }
            });
            move || drop(key)
        });
    }
    let timer = props.timer.timer;
    let name = actor_name(&props.scene, props.timer.actor);
    let secs = timer.at.0.saturating_sub(timer.from.0) as f64;
    html! {
        <li class={props.timer.changed.then_some("on")}>
            { mark(props.timer.changed) }
            <svg class="arc" width="22" height="22" viewBox="0 0 22 22" aria-hidden="true">
                <circle cx="11" cy="11" r="8" class="hairc" />
                <circle ref={arc} cx="11" cy="11" r="8" pathLength="100" transform="rotate(-90 11 11)" />
            </svg>
            <span class="mono left" ref={time}></span>
            <span>
                { phrase(&(words.timer)(timer.kind, &name)) }
                <br />
                <span class="l2">{ (words.timer_why)(timer.kind, &duration(secs)) }</span>
            </span>
        </li>
    }
}

/// A length of time with as many digits as one can use.
fn duration(micros: f64) -> String {
    let seconds = micros / 1e6;
    let whole = seconds as u64;
    match whole {
        0..60 => format!("{seconds:.3} s"),
        60..3600 => format!("{} min {:02}", whole / 60, whole % 60),
        _ => format!("{} h {:02}", whole / 3600, whole / 60 % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_said_as_people_say_them() {
        assert_eq!(duration(760_000.0), "0.760 s");
        assert_eq!(duration(66e6), "1 min 06");
        assert_eq!(duration(3600e6), "1 h 00");
    }
}
