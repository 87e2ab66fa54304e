//! The bytes of a packet in rows, with brackets and letters under them and characters under texts.
//!
//! Few rows are drawn whole. Many rows scroll in a box that draws only those in sight, so that a
//! packet of any length costs the same.

use std::rc::Rc;

use tidings_world::view::PacketDetail;
use wasm_bindgen::JsCast;
use web_sys::Element;
use yew::prelude::*;

use super::segments::Segment;
use crate::paint::svg::svg;
use crate::scene::Drawing;
use crate::scene::shape::Size;
use crate::scene::text::is_unsafe;

/// Bytes in a row.
const ROW: usize = 14;
/// Height of a row, in CSS pixels.
const ROW_PX: f64 = 52.0;
/// Width of a row.
const WIDTH: f64 = 384.0;
/// Packets of more rows scroll.
const ROWS_WHOLE: usize = 8;
/// Rows drawn above and below those in sight.
const MARGIN: usize = 3;

#[derive(PartialEq, Properties)]
pub(crate) struct Props {
    pub(crate) detail: Rc<PacketDetail>,
    pub(crate) segments: Rc<Vec<Segment>>,
    /// The segment that is chosen.
    pub(crate) selected: usize,
    /// The segment that is pointed at.
    pub(crate) hovered: Option<usize>,
    pub(crate) on_select: Callback<usize>,
    pub(crate) on_hover: Callback<Option<usize>>,
}

#[component]
pub(crate) fn Hex(props: &Props) -> Html {
    let rows = props.detail.bytes.len().div_ceil(ROW);
    let scrolls = rows > ROWS_WHOLE;
    let top = use_state(|| 0usize);
    let holder = use_node_ref();

    let onscroll = {
        let top = top.clone();
        Callback::from(move |event: Event| {
            if let Some(element) = event.target_dyn_into::<Element>() {
                let row = (f64::from(element.scroll_top()) / row_px(&element)) as usize;
                if *top != row {
                    top.set(row);
                }
            }
        })
    };
    // A segment chosen in the list comes into sight here.
    {
        let holder = holder.clone();
        let offset = props.segments.get(props.selected).map_or(0, |s| s.offset);
        use_effect_with((scrolls, offset), move |(scrolls, offset)| {
            let Some(element) = holder.cast::<Element>().filter(|_| *scrolls) else {
                return;
            };
            let row_px = row_px(&element);
            let at = (offset / ROW) as f64 * row_px;
            let from = f64::from(element.scroll_top());
            let seen = f64::from(element.client_height()) - row_px;
            if at < from || at > from + seen {
                element.set_scroll_top(at as i32);
            }
        });
    }

    let onmouseover = {
        let on_hover = props.on_hover.clone();
        let segments = props.segments.clone();
        Callback::from(move |event: MouseEvent| on_hover.emit(under(&event, &segments)))
    };
    let onmouseleave = props.on_hover.reform(|_: MouseEvent| None);
    let onclick = {
        let on_select = props.on_select.clone();
        let segments = props.segments.clone();
        Callback::from(move |event: MouseEvent| {
            if let Some(index) = under(&event, &segments) {
                on_select.emit(index);
            }
        })
    };

    let (from, to) = match scrolls {
        true => (
            top.saturating_sub(MARGIN),
            (*top + ROWS_WHOLE + 2 * MARGIN).min(rows),
        ),
        false => (0, rows),
    };
    let height = rows as f64 * ROW_PX;
    let drawing = html! {
        <svg
            width={WIDTH.to_string()}
            height={height.to_string()}
            viewBox={format!("0 0 {WIDTH} {height}")}
            aria-hidden="true"
            {onmouseover}
            {onmouseleave}
            {onclick}
        >
            { for (from..to).map(|row| html! { <g key={row}>{ self::row(props, row) }</g> }) }
        </svg>
    };
    html! {
        <div ref={holder} class={classes!("hex", scrolls.then_some("scrolls"))} {onscroll} data-testid="packet-hex">
            { drawing }
        </div>
    }
}

/// Height of a row on the screen: where there is no room, the drawing shrinks.
fn row_px(holder: &Element) -> f64 {
    ROW_PX * (f64::from(holder.client_width()) / WIDTH).clamp(0.1, 1.0)
}

/// The segment of the byte under the pointer.
fn under(event: &MouseEvent, segments: &[Segment]) -> Option<usize> {
    let target = event.target()?.dyn_into::<Element>().ok()?;
    let byte: usize = target.get_attribute("data-byte")?.parse().ok()?;
    segments.iter().position(|segment| segment.holds(byte))
}

/// One row: its offset, its bytes, the brackets and letters, the characters.
fn row(props: &Props, row: usize) -> Html {
    let bytes = &props.detail.bytes;
    let first = row * ROW;
    let last = (first + ROW).min(bytes.len());
    let grid = Grid::of(bytes.len(), first);
    let y = 16.0 + row as f64 * ROW_PX;
    let mut d = Drawing::default();
    let here: Vec<(bool, bool, &Segment)> = props
        .segments
        .iter()
        .enumerate()
        .skip_while(|(_, segment)| segment.end() <= first)
        .take_while(|(_, segment)| segment.offset < last)
        .map(|(index, s)| (index == props.selected, Some(index) == props.hovered, s))
        .collect();
    for (selected, hovered, segment) in &here {
        if *selected || *hovered {
            let (from, to) = (segment.offset.max(first), segment.end().min(last));
            let width = grid.x_end(to - 1) - grid.x(from);
            d.rect(grid.x(from), y - 14.0, width, 20.0, "wsel");
        }
    }
    let offset = format!("{first:0digits$X}", digits = grid.digits);
    d.text(0.0, y, offset, Size::S12, "m i2");
    for (byte, value) in bytes.iter().enumerate().take(last).skip(first) {
        d.text(
            grid.middle(byte),
            y,
            format!("{value:02X}"),
            Size::S14,
            "m w5",
        )
        .middle();
    }
    for (selected, _, segment) in here {
        bracket(&mut d, segment, selected, last, grid, y);
        characters(&mut d, segment, last, grid, y + 34.0);
    }
    html! {
        <>
            { svg(&d) }
            { for (first..last).map(|byte| html! {
                <rect
                    class="hit"
                    x={grid.x(byte).to_string()}
                    y={(y - 16.0).to_string()}
                    width={grid.byte.to_string()}
                    height={ROW_PX.to_string()}
                    data-byte={byte.to_string()}
                />
            }) }
        </>
    }
}

/// The part of a segment's bracket that stands in this row, its letter, and a box if it is wrong.
fn bracket(d: &mut Drawing, segment: &Segment, selected: bool, last: usize, grid: Grid, y: f64) {
    let (from, to) = (segment.offset.max(grid.first), segment.end().min(last));
    let (x0, x1) = (grid.x(from) + 4.0, grid.x_end(to - 1) - 4.0);
    let class = if selected { "brk0 selk" } else { "brk0" };
    d.path(format!("M{x0} {}v4H{x1}v-4", y + 6.0), class);
    if from == segment.offset {
        let class = if segment.wrong { "b redt" } else { "b" };
        d.text(
            (x0 + x1) / 2.0,
            y + 22.0,
            segment.letter.clone(),
            Size::S12,
            class,
        )
        .middle();
    }
    if segment.wrong {
        d.rect(x0 - 3.0, y - 14.0, x1 - x0 + 6.0, 19.0, "bred");
    }
}

/// The characters of a text, each under its bytes.
fn characters(d: &mut Drawing, segment: &Segment, last: usize, grid: Grid, y: f64) {
    let Some(text) = &segment.text else { return };
    let mut at = segment.offset;
    for c in text.chars() {
        if at >= last {
            return;
        }
        let end = at + c.len_utf8();
        if at >= grid.first {
            let shown = if is_unsafe(c) { '·' } else { c };
            let middle = (grid.x(at) + grid.x_end((end - 1).min(last - 1))) / 2.0;
            d.text(middle, y, shown.to_string(), Size::S12, "m i2")
                .middle();
        }
        at = end;
    }
}

/// Where bytes stand in their row: further right behind offsets of four figures.
#[derive(Clone, Copy)]
struct Grid {
    first: usize,
    left: f64,
    byte: f64,
    digits: usize,
}

impl Grid {
    fn of(bytes: usize, first: usize) -> Self {
        let (left, byte, digits) = match bytes > 256 {
            true => (34.0, 25.0, 4),
            false => (20.0, 26.0, 2),
        };
        Self {
            first,
            left,
            byte,
            digits,
        }
    }

    /// The left edge of a byte of this row.
    fn x(self, byte: usize) -> f64 {
        self.left + (byte - self.first) as f64 * self.byte
    }

    /// Its right edge.
    fn x_end(self, byte: usize) -> f64 {
        self.x(byte) + self.byte
    }

    fn middle(self, byte: usize) -> f64 {
        self.x(byte) + self.byte / 2.0
    }
}
