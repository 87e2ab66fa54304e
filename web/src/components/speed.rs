//! How fast the world goes: a logarithmic scale, or the page's own judgement.

use tidings_world::view::{Speed, ToWorker};
use web_sys::{HtmlInputElement, InputEvent};
use yew::prelude::*;

use super::figure::Figure;
use super::menu::Menu;
use crate::scene::clock;
use crate::state::{Page, use_page, use_standing};
use crate::words::words;

/// How much room there is.
#[derive(Clone, Copy, PartialEq, Properties)]
pub(crate) struct SpeedProps {
    /// The scale opens from a button.
    pub(crate) folded: bool,
}

/// The speed.
#[component]
pub(crate) fn SpeedView(props: &SpeedProps) -> Html {
    let times = use_node_ref();
    use_follow(&times);
    if !props.folded {
        return html! { <div class="speed"><Scale /><span class="times" ref={times} /><Auto /></div> };
    }
    html! {
        <Menu testid="speeds"
            wrap={classes!("speedbox")}
            class={classes!("btn", "q")}
            label={words().transport.speed}
            closes={false}
            face={html! { <span class="mono w5" ref={times} /> }}
        >
            <div class="speed"><Scale /><Auto /></div>
        </Menu>
    }
}

/// Keeps the figure of a node at the speed of the moment, without rendering.
#[hook]
fn use_follow(node: &NodeRef) {
    let page = use_page();
    use_effect_with(node.clone(), move |node| {
        let figure = Figure::of(node);
        let seen = page.clone();
        let key = page.paint(move |_| {
            if let Some(times) = times(&seen) {
                figure.show(clock::speed(times));
            }
        });
        move || drop(key)
    });
}

/// The speed of the moment: the chosen one, or what *auto* makes of it.
fn times(page: &Page) -> Option<f64> {
    let live = page.live();
    let clock = live.clock.as_ref()?;
    Some(match clock.speed {
        Speed::Times(times) => times,
        Speed::Auto if live.rate > 0.0 => live.rate,
        Speed::Auto => AUTO,
    })
}

/// What *auto* is while packets fly on links like those of the first scene.
const AUTO: f64 = 0.25;

const LEFT: f64 = 6.0;
const WIDTH: f64 = 180.0;

/// Where a speed stands on the scale, which has five decades.
fn place(times: f64) -> f64 {
    LEFT + (times.clamp(0.01, 1000.0).log10() + 2.0) / 5.0 * WIDTH
}

#[component]
fn Scale() -> Html {
    let page = use_page();
    let standing = use_standing();
    let times = match standing.speed {
        Speed::Times(times) => times,
        Speed::Auto => AUTO,
    };
    let oninput = Callback::from(move |event: InputEvent| {
        let Some(input) = event.target_dyn_into::<HtmlInputElement>() else {
            return;
        };
        let value = input.value_as_number();
        if value.is_finite() {
            page.send(ToWorker::Speed(Speed::Times(rounded(10f64.powf(value)))));
        }
    });
    html! {
        <div class="scale">
            <svg width="192" height="34" viewBox="0 0 192 34" aria-hidden="true">
                <line x1="6" y1="16.5" x2="186" y2="16.5" class="rest1" />
                { for ticks() }
                <text x="6" y="30" class="s1 i2 m">{ "1/100" }</text>
                <text x="78" y="30" class="s1 i2 m" text-anchor="middle">{ "1" }</text>
                <text x="186" y="30" class="s1 i2 m" text-anchor="end">{ "1000×" }</text>
                <path
                    d="M-5 4h10v8l-5 6l-5 -6Z"
                    class="headf"
                    style={format!("transform:translateX({:.1}px)", place(times))}
                />
            </svg>
            <input
                type="range"
                min="-2"
                max="3"
                step="any"
                value={format!("{:.4}", times.log10())}
                aria-label={words().transport.speed}
                aria-valuetext={clock::speed(times)}
                data-testid="speed"
                {oninput}
            />
        </div>
    }
}

/// Whole decades, and 2 and 5 between them.
fn ticks() -> impl Iterator<Item = Html> {
    (-2..=3).flat_map(|decade| {
        let base = 10f64.powi(decade);
        [1.0, 2.0, 5.0]
            .into_iter()
            .filter(move |k| base * k <= 1000.0)
            .map(move |k| {
                let x = format!("{}", place(base * k).round() + 0.5);
                let (top, class) = match (k > 1.0, decade == 0) {
                    (true, _) => ("13", "hair1"),
                    (false, true) => ("8", "rest1"),
                    (false, false) => ("11", "rest1"),
                };
                html! { <line x1={x.clone()} y1={top} x2={x} y2="16" {class} /> }
            })
    })
}

/// A speed that people say: 1/4, 1/20, 3, 50.
fn rounded(times: f64) -> f64 {
    let figure = |v: f64| {
        let unit = 10f64.powf(v.log10().floor());
        let steps = (v / unit).round();
        steps * unit
    };
    if times < 1.0 {
        1.0 / figure(1.0 / times)
    } else {
        figure(times)
    }
}

#[component]
fn Auto() -> Html {
    let page = use_page();
    let standing = use_standing();
    let on = standing.speed == Speed::Auto;
    let onclick = Callback::from(move |_: MouseEvent| {
        let speed = if on { Speed::Times(0.25) } else { Speed::Auto };
        page.send(ToWorker::Speed(speed));
    });
    let words = &words().transport;
    html! {
        <button
            class={classes!("lk", "auto", on.then_some("on"))}
            aria-pressed={on.to_string()}
            title={words.auto_hint}
            {onclick}
        >
            { words.auto }
        </button>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scale_is_logarithmic_and_gives_round_speeds() {
        assert_eq!(place(0.01), 6.0);
        assert_eq!(place(1000.0), 186.0);
        assert_eq!(place(1.0), 78.0);
        assert_eq!(clock::speed(rounded(0.2503)), "1/4×");
        assert_eq!(clock::speed(rounded(0.0497)), "1/20×");
        assert_eq!(rounded(47.0), 50.0);
    }
}
