//! A number of a topic over time, beside the tree.

use tidings_world::view::Curve;
use yew::prelude::*;

use crate::panels::signs::drawn;
use crate::scene::Drawing;
use crate::scene::clock;
use crate::scene::curve::{Frame, Scale, lines, moments, steps};
use crate::scene::shape::Size;
use crate::words::words;

const WIDTH: f64 = 384.0;
const HEIGHT: f64 = 160.0;

/// The drawing.
pub(super) fn plot(curve: &Curve) -> Html {
    let points: Vec<(f64, f64)> = curve
        .points
        .iter()
        .map(|(at, value)| (at.0 as f64, *value))
        .collect();
    let Some((_, last)) = points.last().copied() else {
        return html! {};
    };
    // A young run fills the plot, too.
    let first = points[0].0.max(curve.from.0 as f64);
    let scale = Scale::of(points.iter().map(|(_, value)| *value));
    let letters = scale.lines.iter().map(|(_, name)| name.len()).max();
    let frame = Frame {
        left: Size::S12.mono(letters.unwrap_or(0)) + 12.0,
        right: WIDTH - 6.0,
        top: 8.0,
        bottom: HEIGHT - 36.0,
        from: first,
        to: (curve.to.0 as f64).max(first + 1.0),
    };
    let mut d = Drawing::default();
    lines(&mut d, &frame, &scale);
    let (moments, step) = moments(frame.from, frame.to, 5);
    for at in moments {
        let x = frame.x(at).round() + 0.5;
        d.line(x, HEIGHT - 26.0, x, HEIGHT - 20.0, "rest1");
        d.text(
            x,
            HEIGHT - 6.0,
            clock::mark(at.round() as u64, step),
            Size::S12,
            "m i2",
        )
        .middle();
    }
    d.path(steps(&frame, &scale, &points, frame.to), "step");
    d.circle(frame.right, scale.y(&frame, last), 4.0, "joint");
    let ends = points.iter().fold((last, last), |(low, high), (_, value)| {
        (value.min(low), value.max(high))
    });
    let texts = [ends.0, ends.1, last].map(|value| value.to_string());
    let name = (words().panels.topics.plot_aria)(&texts[0], &texts[1], &texts[2]);
    html! {
        <div class="plot" role="img" aria-label={name} data-testid="topic-plot">{ drawn(&d, WIDTH, HEIGHT, "steps") }</div>
    }
}
