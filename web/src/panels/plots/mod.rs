//! Numbers over the time of the score: one axis, one playhead.

mod painter;

use std::rc::Rc;

use tidings_world::view::{Plots, PlotsWatch, Scene};
use web_sys::Element;
use yew::prelude::*;

use super::foreign::{foreign, foreign_cut};
use super::names::actor_name;
use crate::components::{Figure, Icon, Sheet, sign};
use crate::scene::Layout;
use crate::scene::plots::{Row, TOP, rows, value_at};
use crate::scene::score::Paper;
use crate::state::{Place, use_page, use_pinned, use_plots, use_scene};
use crate::words::words;
use painter::{Painter, Plotted};

/// No row is lower; what does not fit is scrolled to.
const ROW_PX: f64 = 84.0;
const ROW_PX_MAX: f64 = 190.0;

/// The room there is.
#[derive(Clone, Copy, PartialEq, Properties)]
pub(crate) struct Props {
    pub(crate) width: f64,
    pub(crate) height: f64,
    /// As the score is drawn.
    pub(crate) short: bool,
}

/// Stands where the stage was, above the score.
#[component]
pub(crate) fn PlotsView(props: &Props) -> Html {
    let page = use_page();
    let scene = use_scene();
    let plots = use_plots();
    let pinned = use_pinned();
    let (canvas, probes) = (use_node_ref(), use_node_ref());
    let sheet = use_memo((), |()| Sheet::<Plotted>::default());
    {
        let page = page.clone();
        use_effect_with(pinned, move |pinned| {
            page.watch_plots(Some(PlotsWatch {
                numbers: (**pinned).clone(),
            }));
        });
    }
    {
        let page = page.clone();
        use_effect_with((), move |()| move || page.watch_plots(None));
    }
    let there = plots.is_some() && scene.is_some() && props.width > 0.0;
    {
        let (page, canvas, sheet) = (page.clone(), canvas.clone(), (*sheet).clone());
        use_effect_with((probes.clone(), there), move |(probes, _)| {
            let key = probes.cast::<Element>().map(|probes| {
                let painter = Painter::new(page.clone(), canvas, probes, sheet);
                page.paint(move |wall_ms| painter.borrow_mut().draw(wall_ms))
            });
            move || drop(key)
        });
    }
    let (Some(scene), Some(plots)) = (scene, plots) else {
        return html! {};
    };
    let words = &words().panels.plots;
    // As the score under it, so that both have one axis.
    let layout = match props.width {
        w if w < 640.0 => Layout::Tall,
        w if w < 1240.0 => Layout::Narrow,
        _ => Layout::Wide,
    };
    let paper = Paper::of(props.width, scene.actors.len() + 1, layout, props.short);
    let rows = rows(&plots);
    let high = ((props.height - TOP) / rows.len() as f64).clamp(ROW_PX, ROW_PX_MAX);
    let whole = TOP + high * rows.len() as f64;
    sheet.put(Plotted {
        paper,
        plots: plots.clone(),
        scene: scene.clone(),
        high,
        size: (props.width, whole),
    });
    let (w, h) = (props.width, whole);
    html! {
        <section class="plots" tabindex="0" aria-label={words.title} data-testid="plots">
            <div class="plpaper" style={format!("height:{h}px")}>
                <canvas ref={canvas} style={format!("width:{w}px;height:{h}px")} aria-hidden="true" />
                <svg ref={probes} class="probes" aria-hidden="true" />
                <ol>
                    { for rows.into_iter().enumerate().map(|(n, row)| html! {
                        <li style={format!("top:{}px;height:{high}px", TOP + n as f64 * high)} data-testid="plot">
                            { label(row, &plots, &scene) }
                        </li>
                    }) }
                </ol>
            </div>
            if plots.numbers.is_empty() {
                <p class="note plnone">
                    { words.none }{ " " }
                    <button type="button" class="btn q" onclick={Callback::from(move |_: MouseEvent| page.go(Place::Topics))}>
                        { words.to_topics }
                    </button>
                </p>
            }
        </section>
    }
}

fn label(row: Row, plots: &Rc<Plots>, scene: &Scene) -> Html {
    let words = &words().panels.plots;
    let value = html! { <Value {row} plots={plots.clone()} /> };
    match row {
        Row::Number(n) => {
            let one = &plots.numbers[n];
            let name = match one.place.as_str() {
                "" => one.topic.rsplit('/').next().unwrap_or_default(),
                place => place.trim_start_matches('.'),
            };
            html! {
                <>
                    <b>{ foreign_cut(name, 16) }</b>
                    <Unpin id={one.id.0} place={one.place.clone()} />
                    <span class="l2 mono tpc">{ foreign(&one.topic) }{ " " }{ foreign(&one.place) }</span>
                    { value }
                </>
            }
        }
        Row::Messages => {
            html! { <><b>{ words.messages }</b><span class="l2">{ words.messages_note }</span></> }
        }
        Row::Waiting(n) => html! {
            <>
                <b>{ words.waiting }{ foreign_cut(&actor_name(scene, plots.waiting[n].0), 12) }</b>
                <span class="l2">{ words.queue }</span>
                { value }
            </>
        },
    }
}

#[derive(PartialEq, Properties)]
struct UnpinProps {
    id: u64,
    place: String,
}

/// Takes a number away that a person has put there.
#[component]
fn Unpin(props: &UnpinProps) -> Html {
    let page = use_page();
    let pinned = use_pinned();
    let this = (tidings_world::view::TopicId(props.id), props.place.clone());
    if !pinned.contains(&this) {
        return html! {};
    }
    let onclick = Callback::from(move |_: MouseEvent| page.pin(this.clone()));
    html! {
        <button type="button" class="lk ic" aria-label={words().panels.plots.remove} {onclick}>
            { sign(Icon::Close) }
        </button>
    }
}

#[derive(PartialEq, Properties)]
struct ValueProps {
    row: Row,
    plots: Rc<Plots>,
}

/// The value at the playhead; it changes with every frame, so it goes past the rendering.
#[component]
fn Value(props: &ValueProps) -> Html {
    let page = use_page();
    let node = use_node_ref();
    {
        let nodes = (node.clone(), props.plots.clone(), props.row);
        use_effect_with(nodes, move |(node, plots, row)| {
            let (figure, plots, row) = (Figure::of(node), plots.clone(), *row);
            let seen = page.clone();
            let key = page.paint(move |_| {
                let points = match row {
                    Row::Number(n) => plots.numbers.get(n).map(|one| &one.curve.points),
                    Row::Waiting(n) => plots.waiting.get(n).map(|(_, curve)| &curve.points),
                    Row::Messages => None,
                };
                if let (Some(points), Some(now)) = (points, seen.playhead()) {
                    let value = value_at(points, now);
                    figure.show(value.map_or_else(String::new, |value| value.to_string()));
                }
            });
            move || drop(key)
        });
    }
    html! { <span class="val mono" ref={node}></span> }
}
