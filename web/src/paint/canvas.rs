//! A drawing on a canvas, with the colours, weights and type that the style sheet gives its classes.
//!
//! Each class is asked for once: a probe element inside a hidden `<svg>` gets it, and what the browser computes for the
//! probe is remembered until the theme changes. So the style sheet stays the only place that knows a colour.

use std::collections::BTreeMap;

use wasm_bindgen::{JsCast, JsValue};
use web_sys::{CanvasRenderingContext2d, Element, HtmlCanvasElement, Path2d};
use yew::NodeRef;

use super::svg::classes;
use crate::scene::shape::{Anchor, Drawing, Form, Shape};

/// What a class looks like.
#[derive(Clone, Debug, Default)]
struct Ink {
    fill: Option<String>,
    stroke: Option<String>,
    width: f64,
    dash: Vec<f64>,
    cap: String,
    font: String,
    opacity: f64,
}

/// Remembers what classes look like.
pub(crate) struct Palette {
    probes: Element,
    inks: BTreeMap<String, Ink>,
}

impl Palette {
    /// A palette whose probes live inside `svg`.
    pub(crate) fn new(svg: Element) -> Self {
        Self {
            probes: svg,
            inks: BTreeMap::new(),
        }
    }

    /// Forgets every look: the theme has changed.
    pub(crate) fn clear(&mut self) {
        self.inks.clear();
    }

    fn ink(&mut self, s: &Shape) -> &Ink {
        let (tag, size) = match &s.form {
            Form::Text { size, .. } => ("text", size.class()),
            _ => ("path", ""),
        };
        let key = classes(s, size);
        let probes = &self.probes;
        self.inks
            .entry(format!("{tag} {key}"))
            .or_insert_with(|| probe(probes, tag, &key).unwrap_or_default())
    }
}

fn probe(svg: &Element, tag: &str, class: &str) -> Option<Ink> {
    let window = web_sys::window()?;
    let element = window
        .document()?
        .create_element_ns(Some("http://www.w3.org/2000/svg"), tag)
        .ok()?;
    element.set_attribute("class", class).ok()?;
    svg.append_child(&element).ok()?;
    let style = window.get_computed_style(&element).ok()??;
    let get = |name: &str| style.get_property_value(name).unwrap_or_default();
    let paint = |name: &str| Some(get(name)).filter(|v| v != "none" && !v.is_empty());
    let px = |v: &str| v.trim_end_matches("px").parse::<f64>().unwrap_or(0.0);
    let ink = Ink {
        fill: paint("fill"),
        stroke: paint("stroke"),
        width: px(&get("stroke-width")),
        dash: get("stroke-dasharray")
            .split([',', ' '])
            .filter_map(|v| v.trim().trim_end_matches("px").parse().ok())
            .collect(),
        cap: get("stroke-linecap"),
        font: format!(
            "{} {} {}",
            get("font-weight"),
            get("font-size"),
            get("font-family")
        ),
        opacity: get("opacity").parse().unwrap_or(1.0),
    };
    element.remove();
    Some(ink)
}

/// A canvas, as sharp as the screen, and the looks it has learned.
pub(crate) struct Board {
    canvas: NodeRef,
    pub(crate) palette: Palette,
    look: u32,
}

impl Board {
    /// A board on `canvas`, whose probes live inside the element `probes`.
    pub(crate) fn new(canvas: NodeRef, probes: Element) -> Self {
        Self {
            canvas,
            palette: Palette::new(probes),
            look: 0,
        }
    }

    /// An empty board of `size` CSS pixels, to paint on in CSS pixels.
    pub(crate) fn wipe(&mut self, size: (f64, f64), look: u32) -> Option<CanvasRenderingContext2d> {
        if self.look != look {
            self.look = look;
            self.palette.clear();
        }
        let canvas = self.canvas.cast::<HtmlCanvasElement>()?;
        let ctx = canvas.get_context("2d").ok()??;
        let ctx = ctx.dyn_into::<CanvasRenderingContext2d>().ok()?;
        let ratio = web_sys::window()?.device_pixel_ratio().clamp(1.0, 4.0);
        let (w, h) = (pixels(size.0 * ratio), pixels(size.1 * ratio));
        if (canvas.width(), canvas.height()) != (w, h) {
            canvas.set_width(w);
            canvas.set_height(h);
        }
        // Only numbers that are none fail.
        let _ = ctx.set_transform(ratio, 0.0, 0.0, ratio, 0.0, 0.0);
        ctx.clear_rect(0.0, 0.0, size.0, size.1);
        Some(ctx)
    }
}

/// A length of a canvas: whole, and never more than browsers allow.
fn pixels(length: f64) -> u32 {
    length.round().clamp(1.0, 16_384.0) as u32
}

/// Paints `drawing`; the context is scaled to CSS pixels already.
pub(crate) fn paint(ctx: &CanvasRenderingContext2d, palette: &mut Palette, drawing: &Drawing) {
    for shape in &drawing.0 {
        let ink = palette.ink(shape);
        ctx.set_global_alpha(ink.opacity);
        if let Some(stroke) = &ink.stroke {
            ctx.set_stroke_style_str(stroke);
            ctx.set_line_width(ink.width);
            ctx.set_line_cap(&ink.cap);
            let dash: js_sys::Array = ink.dash.iter().map(|&v| JsValue::from_f64(v)).collect();
            // An odd or negative dash list is the style sheet's mistake; a whole line is drawn then.
            let _ = ctx.set_line_dash(&dash);
        }
        if let Some(fill) = &ink.fill {
            ctx.set_fill_style_str(fill);
        }
        form(ctx, shape, ink);
    }
    ctx.set_global_alpha(1.0);
}

fn form(ctx: &CanvasRenderingContext2d, shape: &Shape, ink: &Ink) {
    let (fill, stroke) = (ink.fill.is_some(), ink.stroke.is_some());
    match &shape.form {
        Form::Line(x1, y1, x2, y2) => {
            ctx.begin_path();
            ctx.move_to(*x1, *y1);
            ctx.line_to(*x2, *y2);
            ctx.stroke();
        }
        Form::Rect(x, y, w, h) => {
            if fill {
                ctx.fill_rect(*x, *y, *w, *h);
            }
            if stroke {
                ctx.stroke_rect(*x, *y, *w, *h);
            }
        }
        Form::Circle(x, y, r) => {
            ctx.begin_path();
            // Only a negative radius fails, and no drawing has one.
            let _ = ctx.arc(*x, *y, *r, 0.0, std::f64::consts::TAU);
            // The stroke of a dot is the paper around it, so it lies under the fill.
            if stroke && shape.class == "dot" {
                ctx.stroke();
            }
            if fill {
                ctx.fill();
            }
            if stroke && shape.class != "dot" {
                ctx.stroke();
            }
        }
        Form::Path(d) => {
            let Ok(path) = Path2d::new_with_path_string(d) else {
                return;
            };
            if stroke && shape.class == "dot" {
                ctx.stroke_with_path(&path);
            }
            if fill {
                ctx.fill_with_path_2d(&path);
            }
            if stroke && shape.class != "dot" {
                ctx.stroke_with_path(&path);
            }
        }
        Form::Text {
            x, y, text, anchor, ..
        } => {
            ctx.set_font(&ink.font);
            ctx.set_text_align(match anchor {
                Anchor::Start => "left",
                Anchor::Middle => "center",
                Anchor::End => "right",
            });
            if stroke {
                // A word that stops at nothing on its way: only out-of-range numbers fail.
                let _ = ctx.stroke_text(text, *x, *y);
            }
            let _ = ctx.fill_text(text, *x, *y);
        }
        // Pictograms stand still; they are SVG.
        Form::Glyph { .. } => {}
    }
}
