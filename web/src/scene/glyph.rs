//! Small signs: packets, QoS, channel tiles, the plug.

use super::model::Family;
use super::shape::{Drawing, Size};

/// One mark per packet family; filled goes forward, hollow comes back.
pub(crate) fn mark(d: &mut Drawing, family: Family, x: f64, y: f64, hue: u8, size: f64) {
    let filled = if family.forward() { "dot" } else { "ring" };
    match family {
        Family::Publish => d.circle(x, y, size, filled),
        Family::Ack | Family::PubRel => d.circle(x, y, size * 0.6, filled),
        Family::Connect | Family::ConnAck | Family::Disconnect => {
            let s = size * 0.95;
            d.path(
                format!(
                    "M{} {}L{} {}L{} {}L{} {}Z",
                    x,
                    y - s,
                    x + s,
                    y,
                    x,
                    y + s,
                    x - s,
                    y
                ),
                filled,
            )
        }
        Family::Subscribe | Family::SubAck => d.path(
            format!(
                "M{} {}L{} {}H{}Z",
                x,
                y - size,
                x + size,
                y + size * 0.8,
                x - size
            ),
            filled,
        ),
        Family::Ping | Family::Pong => {
            let s = size * 0.5;
            d.rect(x - s, y - s, s * 2.0, s * 2.0, filled)
        }
    }
    .hue(hue);
}

/// A fault. Its tip is at the place.
pub(crate) fn bolt(d: &mut Drawing, x: f64, y: f64, size: f64) {
    let [a, b, c, e, f, h] = [
        (2.0, -12.0),
        (-7.0, 2.0),
        (-1.0, 2.0),
        (-3.0, 12.0),
        (7.0, -3.0),
        (1.0, -3.0),
    ]
    .map(|(dx, dy)| format!("{:.1} {:.1}", x + dx * size, y + dy * size));
    d.path(format!("M{a}L{b}L{c}L{e}L{f}L{h}Z"), "bolt");
}

/// One copy that answers two subscriptions carries both hues, a half each.
pub(crate) fn half(d: &mut Drawing, x: f64, y: f64, hues: (u8, u8), s: f64) {
    d.circle(x, y, s + 1.0, "bead");
    for (hue, sweep) in [(hues.0, 1), (hues.1, 0)] {
        let (left, right) = (x - s, x + s);
        d.path(
            format!("M{left} {y}A{s} {s} 0 0 {sweep} {right} {y}Z"),
            "hf",
        )
        .hue(hue);
    }
    d.line(x - s, y, x + s, y, "hfl");
}

/// QoS is drawn as the packets it costs: one, two or four strokes, there and back. 16 by 16.
pub(crate) fn qos(d: &mut Drawing, level: u8, x: f64, y: f64) {
    let rows: &[f64] = match level {
        0 => &[8.0],
        1 => &[5.5, 10.5],
        _ => &[2.5, 6.2, 9.8, 13.5],
    };
    let mut path = String::new();
    for (i, row) in rows.iter().enumerate() {
        let yy = y + row;
        let stroke = if i % 2 == 0 {
            format!(
                "M{} {yy}h11M{} {}L{} {yy}l-2.5 2",
                x + 2.0,
                x + 10.5,
                yy - 2.0,
                x + 13.0
            )
        } else {
            format!(
                "M{} {yy}H{}M{} {}L{} {yy}l2.5 2",
                x + 14.0,
                x + 3.0,
                x + 5.5,
                yy - 2.0,
                x + 3.0
            )
        };
        path.push_str(&stroke);
    }
    d.path(path, "qos");
}

/// The sign of a retained message: a word on a shelf. 16 by 16.
pub(crate) fn shelf(d: &mut Drawing, x: f64, y: f64) {
    d.path(format!("M{} {}v4h13V{}", x + 1.5, y + 9.0, y + 9.0), "gly");
    d.circle(x + 8.0, y + 7.0, 3.5, "solidk");
}

/// A channel: its number in a square of its hue.
pub(crate) fn tile(d: &mut Drawing, channel: u8, x: f64, y: f64, size: f64) {
    tile_as(d, "tile", channel, x, y, size);
}

/// The same with another line around it.
pub(crate) fn tile_as(
    d: &mut Drawing,
    class: &'static str,
    channel: u8,
    x: f64,
    y: f64,
    size: f64,
) {
    d.rect(x - size / 2.0, y - size / 2.0, size, size, class)
        .hue(hue_of(channel));
    let font = if size > 18.0 { Size::S14 } else { Size::S12 };
    d.text(x, y + size * 0.22, channel.to_string(), font, "m w5")
        .middle();
}

/// Eight hues; the ninth channel is told from the first by its number.
pub(crate) fn hue_of(channel: u8) -> u8 {
    if channel == 0 {
        0
    } else {
        (channel - 1) % 8 + 1
    }
}

/// The sign "differs", which the fonts lack.
pub(crate) fn differs(d: &mut Drawing, x: f64, y: f64) {
    d.path(
        format!(
            "M{x} {}h10M{x} {}h10M{} {}l6 -12",
            y - 2.5,
            y + 2.5,
            x + 2.0,
            y + 6.0
        ),
        "neq",
    );
}

/// The plug, out of its socket, between the port at `port` and the actor's edge at `edge`.
pub(crate) fn plug_out(
    d: &mut Drawing,
    port: f64,
    tile: f64,
    edge: f64,
    y: f64,
    cable: f64,
    hue: u8,
) {
    if edge - port < 64.0 {
        // No room for a socket: the plug hangs at its actor.
        d.rect(edge - 10.0, y - 7.0, 10.0, 14.0, "plugb");
        let prongs = format!("M{0} {1}h-6M{0} {2}h-6", edge - 10.0, y - 4.0, y + 4.0);
        d.path(prongs, "prong");
        return;
    }
    let socket = port + tile / 2.0;
    let body = edge - cable;
    let gap_from = socket + 12.0;
    let gap_to = body - 30.0;
    if gap_to - gap_from > 8.0 {
        d.line(gap_from, y, gap_to, y, "gap");
        d.path(format!("M{} {}l-5 4l5 4", body - 44.0, y - 4.0), "gaph");
    }
    d.path(format!("M{edge} {y}H{body}"), "cable");
    d.rect(body - 16.0, y - 11.0, 16.0, 22.0, "plugb");
    d.path(
        format!(
            "M{} {}h-10M{} {}h-10",
            body - 16.0,
            y - 5.0,
            body - 16.0,
            y + 5.0
        ),
        "prong",
    );
    d.rect(socket, y - 11.0, 11.0, 22.0, "sock").hue(hue);
    d.path(
        format!(
            "M{} {}h8M{} {}h8",
            socket + 3.0,
            y - 5.0,
            socket + 3.0,
            y + 5.0
        ),
        "sockh",
    )
    .hue(hue);
}
