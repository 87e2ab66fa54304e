//! The keys of time, and its figures.

use tidings_world::view::{ClockKind, Step, ToWorker};
use web_sys::HtmlElement;
use yew::prelude::*;

use super::figure::Figure;
use super::fit::use_fit;
use super::icon::{Icon, sign};
use super::score::{time_of_day, time_of_world};
use super::speed::SpeedView;
use super::tabs::{Look, Tabs};
use crate::panels::{chips, in_force};
use crate::state::{
    Place, Selection, prefers_stillness, use_page, use_place, use_scene, use_selection,
    use_standing,
};
use crate::words::words;

/// How much room there is.
#[derive(Clone, Copy, PartialEq, Properties)]
pub(crate) struct TransportProps {
    pub(crate) width: f64,
}

/// More faults than this stand in their panel.
pub(crate) const CHIPS_MAX: usize = 3;

/// What gives way in turn: the scale of speeds and notes, what the seed is and whose clock it is, long words
/// and the event's number, and at last the views go into a menu.
const SCALE: u8 = 1;
const CAPTIONS: u8 = 2;
const SHORT: u8 = 3;
const VIEWS: u8 = 4;

/// The transport.
#[component]
pub(crate) fn Transport(props: &TransportProps) -> Html {
    let page = use_page();
    let standing = use_standing();
    let scene = use_scene();
    let place = use_place();
    let remote = standing.is_remote();
    let faults = (scene.as_ref()).map_or(0, |scene| in_force(scene, &standing).len());
    let row = use_node_ref();
    let key = (
        props.width.to_bits(),
        remote,
        scene.is_some(),
        place,
        faults,
    );
    let given = use_fit(&row, key, VIEWS);
    let Some(scene) = scene else {
        return html! { <div class="trans" /> };
    };
    let words = &words().transport;
    let tall = props.width < 640.0;
    let wide = props.width >= 1240.0 && given < SCALE;
    let views = if props.width >= 980.0 && given < VIEWS {
        Look::Row
    } else {
        Look::Menu
    };
    let faults_name = (crate::words::words().panels.faults.in_force)(faults);
    let open_faults = {
        let page = page.clone();
        Callback::from(move |_: MouseEvent| page.toggle(Place::Faults))
    };
    let leave = {
        let page = page.clone();
        Callback::from(move |_: MouseEvent| page.send(ToWorker::LeaveRemote))
    };
    html! {
        <div ref={row} class="trans" role="group" aria-label={words.label}>
            <Keys {tall} {remote} running={standing.running} first={standing.at_start} />
            if tall {
                <span class="sp" />
            }
            <Figures wall={remote} event={!tall && !remote && given < SHORT} />
            if remote {
                if !tall && given < CAPTIONS {
                    <span class="read"><span class="cap">{ words.wall_clock }</span></span>
                }
                <span class="live">{ if standing.running { words.live } else { words.held } }</span>
                if wide {
                    <span class="wallnote">{ words.wall_note }</span>
                }
                <span class="sp" />
                if !tall {
                    <button
                        class="btn q"
                        onclick={leave}
                        aria-label={words.leave_remote}
                        title={words.leave_remote}
                        data-testid="leave-remote"
                    >
                        { if given < SHORT { words.leave_remote } else { words.leave_short } }
                    </button>
                }
            } else if wide && place == Place::Faults && (1..=CHIPS_MAX).contains(&faults) {
                // What is in force comes before how fast it goes.
                { chips(&page, &in_force(&scene, &standing)) }
                <span class="sp" />
            } else {
                if !tall && given < CAPTIONS {
                    <div class="read">
                        <span class="cap">{ words.seed }</span>
                        <span class="v">{ scene.seed }</span>
                    </div>
                }
                <SpeedView folded={!wide} />
                if !tall {
                    <span class="sp" />
                }
            }
            if !tall {
                <button
                    class={classes!("btn", "q", "faulty", (place == Place::Faults).then_some("on"))}
                    aria-pressed={(place == Place::Faults).to_string()}
                    aria-label={faults_name.clone()}
                    title={faults_name}
                    onclick={open_faults}
                    data-testid="faults-open"
                >
                    { sign(Icon::Bolt) }
                    if wide {
                        { (words.place)(Place::Faults) }
                    }
                    if faults > 0 {
                        <b>{ faults }</b>
                    }
                </button>
                <Tabs look={views} />
            }
        </div>
    }
}

#[derive(Clone, Copy, PartialEq, Properties)]
struct KeysProps {
    tall: bool,
    remote: bool,
    running: bool,
    /// There is nothing to go back to.
    first: bool,
}

#[component]
fn Keys(props: &KeysProps) -> Html {
    let page = use_page();
    let words = &words().transport;
    let step = use_node_ref();
    use_effect_with(step.clone(), |step| {
        // Whoever wants stillness begins with the next step at hand.
        if prefers_stillness()
            && let Some(button) = step.cast::<HtmlElement>()
        {
            // A button that is there takes the focus.
            let _ = button.focus();
        }
    });
    let running = props.running;
    let play = {
        let page = page.clone();
        Callback::from(move |_: MouseEvent| page.play(!running))
    };
    let go = |to: Step| {
        let (page, remote) = (page.clone(), props.remote);
        Callback::from(move |_: MouseEvent| {
            if !remote {
                page.step(to);
            }
        })
    };
    let time = use_selection() == Selection::Time;
    let open = {
        let page = page.clone();
        Callback::from(move |_: MouseEvent| {
            page.select(if time {
                Selection::None
            } else {
                Selection::Time
            });
        })
    };
    let cant = props.remote.then_some("cant");
    let off = props.remote.to_string();
    let key = |label: &'static str, icon: Icon, to: Step, id: &'static str| {
        let back = matches!(to, Step::Start | Step::Back);
        let off = props.remote || (back && props.first);
        html! {
            <button class={classes!(off.then_some("cant"))} aria-label={label} title={label} aria-disabled={off.to_string()} onclick={go(to)} data-testid={id}>
                { sign(icon) }
            </button>
        }
    };
    let (label, icon) = if running {
        (words.pause, Icon::Pause)
    } else {
        (words.play, Icon::Play)
    };
    html! {
        <div class="keys">
            if !props.tall {
                { key(words.start, Icon::Start, Step::Start, "start") }
            }
            { key(words.back, Icon::Back, Step::Back, "back") }
            <button class="pp" aria-label={label} title={label} onclick={play} data-testid="play">
                { sign(icon) }
            </button>
            <button
                ref={step}
                class={classes!(cant)}
                aria-label={words.step}
                title={words.step}
                aria-disabled={off.clone()}
                onclick={go(Step::Event)}
                data-testid="step"
            >
                { sign(Icon::Forward) }
            </button>
            if !props.tall {
                { key(words.timer, Icon::Timer, Step::Timer, "timer") }
                <button
                    class={classes!(time.then_some("on"))}
                    aria-label={words.more}
                    title={words.more}
                    aria-pressed={time.to_string()}
                    onclick={open}
                    data-testid="time-open"
                >
                    { sign(Icon::Gate) }
                </button>
            }
        </div>
    }
}

#[derive(Clone, Copy, PartialEq, Properties)]
struct FiguresProps {
    wall: bool,
    event: bool,
}

/// Clock and event number: they change with every frame, so they go past the rendering.
#[component]
fn Figures(props: &FiguresProps) -> Html {
    let page = use_page();
    let time = use_node_ref();
    let event = use_node_ref();
    {
        let nodes = (time.clone(), event.clone());
        use_effect_with(nodes, move |(time, event)| {
            let (time, event) = (Figure::of(time), Figure::of(event));
            let seen = page.clone();
            let key = page.paint(move |_| {
                let Some(at) = seen.playhead() else { return };
                let live = seen.live();
                let Some(clock) = &live.clock else { return };
                time.show(match clock.kind {
                    ClockKind::Virtual => time_of_world(at),
                    ClockKind::Wall { origin_ms } => time_of_day(origin_ms, at),
                });
                event.show(clock.event.0.to_string());
            });
            move || drop(key)
        });
    }
    let clock = classes!("big", props.wall.then_some("wall"));
    html! {
        <>
            <div class="read"><span class={clock} ref={time} data-testid="clock" /></div>
            if props.event {
                <div class="read">
                    <span class="cap">{ words().transport.event }</span>
                    <span class="v" ref={event} data-testid="event" />
                </div>
            }
        </>
    }
}
