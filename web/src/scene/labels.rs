//! Where the labels of packets stand: no word lies over another, over a name, or over somebody's picture. What finds no
//! place is said shorter, or not at all; its dot can be pressed all the same.

use super::geometry::{Geometry, Layout};
use super::glyph::qos;
use super::model::{Family, Flight};
use super::packets::Placed;
use super::shape::{Anchor, Drawing, Form, Size};
use super::text::cut;
use tidings_world::small;

/// A part of the stage.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Area {
    x0: f64,
    y0: f64,
    x1: f64,
    y1: f64,
}

impl Area {
    pub(crate) fn of(x: f64, y: f64, w: f64, h: f64) -> Self {
        Self {
            x0: x,
            y0: y,
            x1: x + w,
            y1: y + h,
        }
    }

    pub(crate) fn meets(&self, other: &Self) -> bool {
        self.x0 < other.x1 && other.x0 < self.x1 && self.y0 < other.y1 && other.y0 < self.y1
    }
}

/// Boxes that no label may lie over.
const SOLID: [&str; 11] = [
    "abox", "abox off", "tile", "tile ask", "port", "slab", "slab sel", "slabh", "plugb", "sock",
    "dark",
];

/// What of a drawing has to stay in sight: its words, its boxes, and the edge of the broker.
pub(crate) fn taken(drawing: &Drawing) -> Vec<Area> {
    let mut out = words(drawing);
    for shape in &drawing.0 {
        let Form::Rect(x, y, w, h) = shape.form else {
            continue;
        };
        if SOLID.contains(&shape.class) {
            out.push(Area::of(x, y, w, h));
        } else if shape.class.starts_with("glass") {
            let edge = |x, y, w, h| Area::of(x - 1.0, y - 1.0, w + 2.0, h + 2.0);
            out.extend([edge(x, y, w, 0.0), edge(x, y, 0.0, h)]);
            out.extend([edge(x, y + h, w, 0.0), edge(x + w, y, 0.0, h)]);
        }
    }
    out
}

/// Where the words of a drawing are.
pub(crate) fn words(drawing: &Drawing) -> Vec<Area> {
    let area = |shape: &super::shape::Shape| {
        let Form::Text {
            x,
            y,
            text,
            size,
            anchor,
        } = &shape.form
        else {
            return None;
        };
        let mono = shape.class.split(' ').any(|class| class == "m");
        let w = match mono {
            true => size.mono(text.chars().count()),
            false => text.chars().map(letter).sum::<f64>() * size.px(),
        };
        let left = match anchor {
            Anchor::Start => *x,
            Anchor::Middle => x - w / 2.0,
            Anchor::End => x - w,
        };
        Some(Area::of(left, y - size.px() * 0.76, w, size.px() * 0.94))
    };
    drawing.0.iter().filter_map(area).collect()
}

/// About how wide a letter of the face for words is, at its boldest, in parts of its size.
fn letter(c: char) -> f64 {
    match c {
        'i' | 'j' | 'l' | 'I' | '.' | ',' | ':' | '\'' | '|' | '!' | ' ' => 0.3,
        'f' | 't' | 'r' | '(' | ')' | '/' | '-' => 0.42,
        'm' | 'w' | 'M' | 'W' | '…' | '—' => 0.92,
        'A'..='Z' => 0.7,
        '\u{1100}'.. => 1.0,
        _ => 0.61,
    }
}

/// Words that stand together, row over row, each in the middle.
struct Block(Vec<Vec<Word>>);

enum Word {
    Text(String, Size, &'static str),
    Qos(u8),
}

/// Between two words of a row.
const GAP: f64 = 4.0;
/// Between a label and what it keeps clear of.
const CLEAR: f64 = 3.0;

impl Word {
    fn width(&self) -> f64 {
        match self {
            Self::Text(text, size, _) => size.mono(text.chars().count()),
            Self::Qos(_) => 15.0,
        }
    }

    fn height(&self) -> f64 {
        match self {
            Self::Text(_, size, _) => size.px() + 1.0,
            Self::Qos(_) => 13.0,
        }
    }
}

fn row_width(row: &[Word]) -> f64 {
    let gaps = row.len().saturating_sub(1) as f64 * GAP;
    row.iter().map(Word::width).sum::<f64>() + gaps
}

fn row_height(row: &[Word]) -> f64 {
    row.iter().map(Word::height).fold(0.0, f64::max)
}

impl Block {
    fn size(&self) -> (f64, f64) {
        let width = self.0.iter().map(|row| row_width(row)).fold(0.0, f64::max);
        (width, self.0.iter().map(|row| row_height(row)).sum())
    }

    fn draw(&self, d: &mut Drawing, (left, top): (f64, f64), faint: bool) {
        let first = d.0.len();
        let (width, _) = self.size();
        let mut bottom = top;
        for row in &self.0 {
            let mut x = left + (width - row_width(row)) / 2.0;
            bottom += row_height(row);
            for word in row {
                match word {
                    Word::Text(text, size, class) => {
                        d.text(x, bottom - 3.0, text.clone(), *size, class);
                    }
                    Word::Qos(level) => qos(d, *level, x - 1.0, bottom - 15.0),
                }
                x += word.width() + GAP;
            }
        }
        for shape in &mut d.0[first..] {
            shape.faint(faint);
        }
    }
}

/// The way a label may be moved.
#[derive(Clone, Copy, PartialEq)]
enum Along {
    X,
    Y,
}

/// Where labels of a packet may stand.
struct Room {
    along: Along,
    /// The part of the stage that belongs to the wire, along it.
    range: (f64, f64),
}

impl Room {
    fn of(g: &Geometry, p: &Placed) -> Self {
        let (from, to) = (p.from, p.to);
        if from.0 == to.0 {
            let range = (from.1.min(to.1) + CLEAR, from.1.max(to.1));
            return Self {
                along: Along::Y,
                range,
            };
        }
        // Over and under the port there is room up to the broker's edge.
        let (lo, hi) = (from.0.min(to.0) + CLEAR, from.0.max(to.0) - CLEAR);
        let range = if lo > g.frame.x1 {
            (g.frame.x1 + CLEAR, hi)
        } else {
            (lo, g.frame.x0 - CLEAR)
        };
        Self {
            along: Along::X,
            range,
        }
    }

    fn length(&self) -> f64 {
        self.range.1 - self.range.0
    }

    /// The free place for a block of this size that is nearest to the one wished for.
    fn seek(&self, taken: &[Area], size: (f64, f64), wish: (f64, f64)) -> Option<(f64, f64)> {
        let (w, h) = size;
        let (length, wished) = match self.along {
            Along::X => (w, wish.0),
            Along::Y => (h, wish.1),
        };
        let (lo, hi) = (self.range.0, self.range.1 - length);
        if hi < lo {
            return None;
        }
        let at = |v: f64| match self.along {
            Along::X => (v, wish.1),
            Along::Y => (wish.0, v),
        };
        let area = |v: f64| {
            let (x, y) = at(v);
            Area::of(x - 1.0, y, w + 2.0, h)
        };
        let band = match self.along {
            Along::X => Area::of(f64::MIN / 4.0, wish.1, f64::MAX / 2.0, h),
            Along::Y => Area::of(wish.0 - 1.0, f64::MIN / 4.0, w + 2.0, f64::MAX / 2.0),
        };
        let near: Vec<&Area> = taken.iter().filter(|a| a.meets(&band)).collect();
        let wished = wished.clamp(lo, hi);
        let beside = near.iter().flat_map(|a| match self.along {
            Along::X => [a.x0 - w - CLEAR, a.x1 + CLEAR],
            Along::Y => [a.y0 - h - 1.0, a.y1 + 1.0],
        });
        let mut tries: Vec<f64> = beside.filter(|v| (lo..=hi).contains(v)).collect();
        tries.push(wished);
        let free = |v: &f64| !near.iter().any(|a| a.meets(&area(*v)));
        let far = |v: &f64| (v - wished).abs();
        let free = tries.into_iter().filter(free);
        free.min_by(|a, b| far(a).total_cmp(&far(b))).map(at)
    }
}

/// While packets move: the value of each message, and what it costs. A label goes with its dot and makes room for what
/// stands; where two packets meet, the later one keeps silent.
pub(super) fn moving(
    d: &mut Drawing,
    g: &Geometry,
    flights: &[Flight],
    placed: &[Placed],
    taken: &[Area],
    faint: impl Fn(&Flight) -> bool,
) {
    let mut said: Vec<Area> = Vec::new();
    for p in placed {
        let flight = &flights[p.index];
        if flight.family != Family::Publish {
            continue;
        }
        let room = Room::of(g, p);
        let most = if g.layout == Layout::Wide { 13 } else { 9 };
        let text = |size: Size, most: usize| {
            let value = cut(&flight.value, most.max(4));
            Word::Text(value, size, "m w5 halo")
        };
        let short = Size::S12.fits(room.length() - 2.0).min(most);
        let blocks = match room.along {
            Along::Y => vec![vec![text(g.packet, most)]],
            Along::X if g.layout == Layout::Tall => {
                vec![vec![text(g.packet, most)], vec![text(Size::S12, short)]]
            }
            Along::X => vec![
                vec![text(g.packet, most), Word::Qos(flight.qos)],
                vec![text(g.packet, most)],
                vec![text(Size::S12, short)],
            ],
        };
        for block in blocks.into_iter().map(|row| Block(vec![row])) {
            let size = block.size();
            let wish = match room.along {
                Along::Y => (p.x + 16.0 + g.rail2, p.y - size.1 / 2.0 - 1.0),
                Along::X => (p.x - size.0 / 2.0, p.y - g.dot - 5.0 - size.1),
            };
            let Some(place) = room.seek(taken, size, wish) else {
                continue;
            };
            let area = Area::of(place.0, place.1, size.0, size.1);
            if !said.iter().any(|other| other.meets(&area)) {
                said.push(area);
                block.draw(d, place, faint(flight));
            }
            break;
        }
    }
}

/// While packets stand still: number and word of each, what is selected first, then messages, then answers.
pub(super) fn still(
    d: &mut Drawing,
    g: &Geometry,
    flights: &[Flight],
    placed: &[Placed],
    taken: &[Area],
    faint: impl Fn(&Flight) -> bool,
) {
    let mut taken = taken.to_vec();
    for p in placed {
        let size = g.dot + 1.0;
        taken.push(Area::of(p.x - size, p.y - size, 2.0 * size, 2.0 * size));
    }
    let mut order: Vec<&Placed> = placed.iter().collect();
    let key = |p: &Placed| {
        let flight = &flights[p.index];
        let message = flight.family == Family::Publish;
        (faint(flight), !message, flight.event)
    };
    small::sort(&mut order, |one, other| key(one) < key(other));
    for p in order {
        let flight = &flights[p.index];
        let room = Room::of(g, p);
        let found = blocks(flight, &room).into_iter().find_map(|block| {
            let size = block.size();
            let mut wishes = wishes(g, p, flight, room.along, size);
            let place = wishes.find_map(|wish| room.seek(&taken, size, wish))?;
            Some((block, size, place))
        });
        if let Some((block, (w, h), place)) = found {
            // Two that stand side by side must not read as one.
            taken.push(Area::of(place.0 - 6.0, place.1, w + 12.0, h));
            block.draw(d, place, faint(flight));
        }
    }
}

/// What a packet says of itself, from the whole of it to its number.
fn blocks(flight: &Flight, room: &Room) -> Vec<Block> {
    let number = || Word::Text(format!("#{}", flight.event), Size::S12, "m i2 halo");
    let word = match (flight.family, flight.packet_id) {
        (Family::Publish, _) => cut(&flight.value, 9),
        (Family::Ack, Some(id)) if flight.name == "PUBACK" => format!("ack {id}"),
        _ => flight.name.to_owned(),
    };
    let short = cut(&word, Size::S12.fits(room.length()));
    let small = || Word::Text(short.clone(), Size::S12, "m w5 halo");
    let large = || Word::Text(word.clone(), Size::S14, "m w5 halo");
    let mut out = match (room.along, flight.family) {
        (Along::Y, _) => vec![Block(vec![vec![number(), small()]])],
        (_, Family::Publish) => vec![
            Block(vec![vec![number(), Word::Qos(flight.qos)], vec![large()]]),
            Block(vec![vec![number()], vec![large()]]),
            Block(vec![vec![number()], vec![small()]]),
        ],
        (_, family) if family.forward() => vec![
            Block(vec![vec![number()], vec![large()]]),
            Block(vec![vec![number()], vec![small()]]),
        ],
        _ => vec![
            Block(vec![vec![number(), large()]]),
            Block(vec![vec![number()], vec![small()]]),
        ],
    };
    out.push(Block(vec![vec![number()]]));
    out
}

/// Where a label would stand if it were alone: over what goes forward, under answers, beside an upright wire.
fn wishes(
    g: &Geometry,
    p: &Placed,
    flight: &Flight,
    along: Along,
    (w, h): (f64, f64),
) -> impl Iterator<Item = (f64, f64)> {
    let left = p.x - w / 2.0;
    let places = match along {
        Along::Y => [Some((p.x + 16.0 + g.rail2, p.y - 5.0)), None],
        Along::X if flight.family.forward() => [Some((left, p.y - g.dot - 2.0 - h)), None],
        // One line below: two would meet the labels of the next rung.
        Along::X => [Some((left, p.y + 12.0)), Some((left, p.y + 28.0))],
    };
    places.into_iter().flatten()
}
