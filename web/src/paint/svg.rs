//! A drawing as SVG elements.

use yew::prelude::*;

use crate::scene::shape::{Anchor, Drawing, Form, Shape};

/// The elements of `drawing`, back to front.
pub(crate) fn svg(drawing: &Drawing) -> Html {
    drawing.0.iter().map(|s| shape(s, None)).collect()
}

/// The same while a message has just come in: the light runs from `rail` to `end`, and where it
/// stops a contact falls open. Give it a new key for each message, or nothing runs.
pub(crate) fn svg_lighting(drawing: &Drawing, rail: f64, end: f64) -> Html {
    let light = Light { rail, end };
    drawing.0.iter().map(|s| shape(s, Some(&light))).collect()
}

/// The way the light takes through the broker.
struct Light {
    rail: f64,
    end: f64,
}

/// How long the light takes from the rail to the port, in milliseconds of the wall.
const LIGHT_MS: f64 = 160.0;

impl Light {
    /// When the light reaches a shape, as a style; none if it does not wait for it.
    fn style(&self, s: &Shape) -> Option<String> {
        let (x, y) = match s.form {
            Form::Line(x, y, ..) | Form::Circle(x, y, _) => (x, y),
            _ => return None,
        };
        if !matches!(s.class, "path hue" | "term hue" | "lever") || x < self.rail {
            return None;
        }
        let share = ((x - self.rail) / (self.end - self.rail)).clamp(0.0, 1.0);
        let delay = (share * LIGHT_MS).round();
        let origin = if s.class == "lever" {
            format!(";transform-origin:{}px {}px", n(x), n(y))
        } else {
            String::new()
        };
        Some(format!("animation-delay:{delay}ms{origin}"))
    }
}

fn shape(s: &Shape, light: Option<&Light>) -> Html {
    let style = light.and_then(|light| light.style(s));
    let class = classes(s, "");
    match &s.form {
        Form::Line(x1, y1, x2, y2) => html! {
            <line x1={n(*x1)} y1={n(*y1)} x2={n(*x2)} y2={n(*y2)} {class} {style} />
        },
        Form::Rect(x, y, w, h) => html! {
            <rect x={n(*x)} y={n(*y)} width={n(w.max(0.0))} height={n(h.max(0.0))} {class} />
        },
        Form::Circle(x, y, r) => {
            html! { <circle cx={n(*x)} cy={n(*y)} r={n(*r)} {class} {style} /> }
        }
        Form::Path(d) => html! { <path d={d.to_string()} {class} /> },
        Form::Text {
            x,
            y,
            text,
            size,
            anchor,
        } => {
            let class = classes(s, size.class());
            let anchor = match anchor {
                Anchor::Start => None,
                Anchor::Middle => Some("middle"),
                Anchor::End => Some("end"),
            };
            html! {
                <text x={n(*x)} y={n(*y)} text-anchor={anchor} {class}>{ text.to_string() }</text>
            }
        }
        Form::Glyph { parts, x, y, scale } => html! {
            <g {class} transform={format!("translate({} {}) scale({})", n(*x), n(*y), n3(*scale))}>
                { for parts.iter().map(|p| html! { <path d={p.d} class={p.class} /> }) }
            </g>
        },
    }
}

/// The classes of a shape, as one attribute.
pub(crate) fn classes(s: &Shape, size: &str) -> String {
    let mut out = String::from(s.class);
    let mut add = |class: &str| {
        if !class.is_empty() {
            if !out.is_empty() {
                out.push(' ');
            }
            out.push_str(class);
        }
    };
    add(size);
    if s.hue > 0 {
        add(HUES[usize::from(s.hue).min(HUES.len() - 1)]);
    }
    if s.faint {
        add("dim2");
    }
    out
}

const HUES: [&str; 10] = ["c0", "c1", "c2", "c3", "c4", "c5", "c6", "c7", "c8", "cred"];

/// A number with at most two digits after the point.
fn n(v: f64) -> String {
    let v = (v * 100.0).round() / 100.0;
    format!("{v}")
}

fn n3(v: f64) -> String {
    format!("{}", (v * 1000.0).round() / 1000.0)
}
