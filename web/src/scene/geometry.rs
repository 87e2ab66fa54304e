//! Where things stand: a function of the room there is and of what has to be shown in it.
//!
//! All on a grid of 4. At 1440 by 604 with three rungs of three levels it gives the numbers the page was drawn with.

use super::columns::{self, Columns};
use super::model::{ActorId, Stage};
use super::shape::Size;

/// How the three lanes stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Layout {
    /// Names beside their actors.
    Wide,
    /// Names under their actors.
    Narrow,
    /// Speakers above the broker, listeners right of it.
    Tall,
}

/// The outline of the broker.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Frame {
    pub(crate) x0: f64,
    pub(crate) x1: f64,
    pub(crate) y0: f64,
    pub(crate) y1: f64,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Geometry {
    pub(crate) layout: Layout,
    /// As low as it gets, above something else: no captions, no notes.
    pub(crate) compact: bool,
    pub(crate) w: f64,
    pub(crate) h: f64,
    pub(crate) frame: Frame,
    pub(crate) rail: f64,
    pub(crate) columns: Columns,
    /// The line between comparing and keeping.
    pub(crate) cab: f64,
    pub(crate) cab_pad: f64,
    pub(crate) register_y: f64,
    pub(crate) register_base: f64,
    pub(crate) levels_y: f64,
    pub(crate) row_top: f64,
    pub(crate) row_h: f64,
    pub(crate) rows: usize,
    pub(crate) row_dy: f64,
    pub(crate) lever: f64,
    pub(crate) differs_dy: f64,
    pub(crate) note_dy: f64,
    pub(crate) notes: bool,
    pub(crate) slab: f64,
    pub(crate) shelf_y: f64,
    pub(crate) shelf_caption: f64,
    /// Centres of the speakers along their edge, and of the listeners.
    pub(crate) speakers: Vec<f64>,
    pub(crate) listeners: Vec<f64>,
    pub(crate) left: f64,
    pub(crate) right: f64,
    /// The size of listeners, and of speakers.
    pub(crate) icon: f64,
    pub(crate) speaker: f64,
    pub(crate) rail2: f64,
    pub(crate) tile: f64,
    pub(crate) dot: f64,
    pub(crate) cable: f64,
    pub(crate) caption_left: f64,
    pub(crate) caption_right: f64,
    pub(crate) label: f64,
    pub(crate) packet: Size,
    pub(crate) name: Size,
}

/// A way between an actor and its port; replies run beside it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Wire {
    pub(crate) actor: (f64, f64),
    pub(crate) port: (f64, f64),
    pub(crate) reply: (f64, f64),
}

impl Geometry {
    /// Lays out `stage` in a room of `w` by `h`; the result may be higher than the room, never wider.
    pub(crate) fn of(w: f64, h: f64, stage: &Stage) -> Self {
        if w < 640.0 {
            return Self::tall(w, h, stage);
        }
        let wide = w >= 1240.0;
        let tight = h < 560.0;
        let rows = stage.rungs.len().max(3);
        let (outer, least) = outer(w, h, rows);
        let (y0, head, foot) = (outer.y0, outer.head, outer.foot);
        let room = h - outer.all();
        let row_h = even((room / rows as f64).clamp(least, 120.0));
        let rows_h = row_h * rows as f64;
        // What is left over stands above and below.
        let y0 = y0 + even(((room - rows_h) / 2.0).clamp(0.0, 40.0));
        let row_top = y0 + head;
        let y1 = row_top + rows_h + foot;
        // Names beside actors leave them the row; names below take their part of it.
        let icon = match row_h {
            h if h >= 84.0 => 56.0,
            h if h >= 72.0 || (wide && h >= 64.0) => 48.0,
            h if wide && h >= 48.0 => 40.0,
            _ if wide => 32.0,
            h if h >= 64.0 => 36.0,
            _ => 28.0,
        };

        let margin = if wide {
            200.0
        } else if w < 1008.0 || tight {
            56.0_f64.min(w * 0.055)
        } else {
            40.0
        };
        let left = even(margin + icon / 2.0);
        let right = w - left;
        let inner = w - 2.0 * (margin + icon);
        let (share, cabinet, shortest) = if wide {
            (624.0 / 928.0, 136.0, 100.0)
        } else {
            (568.0 / 816.0, 124.0, 96.0)
        };
        let inset = if wide { 64.0 } else { 44.0 };
        let widest = inner - 2.0 * shortest;
        let fixed = inset + if wide { 16.0 } else { 4.0 } + cabinet;
        let columns = columns::fit(stage, widest - fixed, wide, row_h);
        let frame_w = even((inner * share).max(columns.total + fixed).min(widest));
        // Labels of copies need more room than those of what comes in.
        let shift = match (wide, tight) {
            (true, _) => 0.0,
            (false, true) => 4.0,
            (false, false) => 20.0,
        };
        let x0 = even((w - frame_w) / 2.0 - shift);
        let x1 = x0 + frame_w;
        let rail = x0 + if wide { 32.0 } else { 24.0 };
        let columns = columns.starting_at(x0 + inset + 8.0);
        let cab = x1 - cabinet;
        let k = row_h / 88.0;
        let (shelf, caption) = match foot {
            foot if foot < 72.0 => (14.0, 32.0),
            _ if tight => (18.0, 40.0),
            _ => (24.0, 42.0),
        };
        Self {
            layout: if wide { Layout::Wide } else { Layout::Narrow },
            compact: false,
            w,
            h: h.max(y1 + 16.0),
            frame: Frame { x0, x1, y0, y1 },
            rail,
            cab,
            cab_pad: if wide { 16.0 } else { 12.0 },
            register_y: y0 + head - if tight || head < 72.0 { 32.0 } else { 36.0 },
            register_base: y0 + head - if tight || head < 72.0 { 22.0 } else { 26.0 },
            levels_y: y0
                + match head {
                    head if head < 72.0 => 16.0,
                    _ if tight => 20.0,
                    _ => 22.0,
                },
            row_top,
            row_h,
            rows,
            row_dy: -(14.0 * k).round().max(7.0),
            lever: (20.0 * k).round().max(12.0),
            differs_dy: (37.0 * k).round().max(17.0),
            note_dy: (30.0 * k).round().min(32.0),
            notes: row_h >= 64.0,
            slab: (22.0 * k).round().clamp(14.0, 26.0),
            shelf_y: y1 - shelf,
            shelf_caption: caption,
            speakers: speakers(stage.speakers.len(), rows, row_top, row_h, icon),
            listeners: listeners(stage, row_top, row_h),
            left,
            right,
            icon,
            speaker: icon,
            // Where names stand under their actors, answers end above them.
            rail2: match row_h {
                h if h >= 84.0 && wide => 18.0,
                h if h < 64.0 && !wide => 10.0,
                h if h < 72.0 && !wide => 12.0,
                _ => 14.0,
            },
            tile: if row_h >= 64.0 { 24.0 } else { 20.0 },
            dot: match row_h {
                h if h >= 84.0 && wide => 11.0,
                h if h < 64.0 && !wide => 7.0,
                h if h < 72.0 && !wide => 8.0,
                _ => 9.0,
            },
            cable: if wide { 36.0 } else { 28.0 },
            caption_left: if wide {
                left + icon / 2.0
            } else {
                left - icon / 2.0
            },
            caption_right: if wide {
                right - icon / 2.0
            } else {
                right + icon / 2.0
            },
            label: if wide { margin - 52.0 } else { 104.0 },
            packet: if wide { Size::S16 } else { Size::S14 },
            name: if wide && row_h >= 84.0 {
                Size::S20
            } else {
                Size::S16
            },
            columns,
        }
    }

    /// So many rungs have a row of their own in a room of `w` by `h`.
    pub(crate) fn rungs_most(w: f64, h: f64) -> usize {
        let room = match w < 640.0 {
            true => (h - TALL.all()) / 48.0,
            false => {
                let (outer, least) = outer(w, h, usize::MAX);
                (h - outer.all()) / least
            }
        };
        room.floor().max(3.0) as usize
    }

    /// The same of the stage that is as low as it gets.
    pub(crate) fn rungs_most_compact(h: f64) -> usize {
        ((h - COMPACT_TOP - COMPACT_FOOT) / 44.0).floor().max(3.0) as usize
    }

    /// Lays out `stage` as low as it gets, in a room of `w` that is no phone's.
    pub(crate) fn compact(w: f64, stage: &Stage) -> Self {
        let (y0, row_top) = (12.0, COMPACT_TOP);
        let mut g = Self::of(w.max(640.0), 0.0, stage);
        g.compact = true;
        if g.layout == Layout::Wide {
            g.row_h = 44.0;
        }
        let y1 = row_top + g.row_h * g.rows as f64 + COMPACT_FOOT - 12.0;
        g.frame = Frame { y0, y1, ..g.frame };
        (g.row_top, g.h) = (row_top, y1 + 12.0);
        (g.register_y, g.register_base, g.levels_y) = (y0 + 22.0, y0 + 29.0, 0.0);
        (g.row_dy, g.lever, g.differs_dy, g.slab) = (-7.0, 12.0, 17.0, 18.0);
        g.shelf_y = y1 - 10.0;
        g.columns.register = g.columns.register.min(Size::S20);
        g.rail2 = 10.0;
        g.speakers = speakers(stage.speakers.len(), g.rows, row_top, g.row_h, g.icon);
        g.listeners = listeners(stage, row_top, g.row_h);
        g
    }

    fn tall(w: f64, h: f64, stage: &Stage) -> Self {
        let rows = stage.rungs.len().max(3);
        let Outer { y0, head, foot, .. } = TALL;
        let row_h = even(((h - TALL.all()) / rows as f64).clamp(48.0, 84.0));
        let row_top = y0 + head;
        let y1 = row_top + row_h * rows as f64 + foot;
        let (x0, x1) = (16.0, w - 118.0);
        let columns = columns::fit(stage, x1 - x0 - 26.0, false, 0.0).starting_at(x0 + 30.0);
        // More than two speakers stand closer, each above its port, and without words beside them.
        let count = stage.speakers.len().max(1);
        let (first, step) = match count {
            1 | 2 => (60.0, 154.0_f64.min((w - 32.0) / 2.0)),
            n => (28.0, (x1 - x0 - 48.0) / (n - 1) as f64),
        };
        Self {
            layout: Layout::Tall,
            compact: false,
            w,
            h: h.max(y1 + 8.0),
            frame: Frame { x0, x1, y0, y1 },
            rail: x0 + 16.0,
            cab: x1 - 52.0,
            cab_pad: 0.0,
            register_y: y0 + 18.0,
            register_base: y0 + 50.0,
            levels_y: 0.0,
            row_top,
            row_h,
            rows,
            row_dy: -13.0,
            lever: 16.0,
            differs_dy: 0.0,
            note_dy: 0.0,
            notes: false,
            slab: 18.0,
            shelf_y: y1 - 14.0,
            shelf_caption: 34.0,
            speakers: (0..stage.speakers.len())
                .map(|i| even(x0 + first + step * i as f64))
                .collect(),
            listeners: listeners(stage, row_top + 8.0, row_h),
            left: 36.0,
            right: w - 48.0,
            icon: match row_h {
                h if h >= 72.0 => 48.0,
                h if h >= 64.0 => 40.0,
                _ => 28.0,
            },
            speaker: if count > 2 {
                (step - 8.0).clamp(24.0, 48.0)
            } else {
                48.0
            },
            rail2: if row_h >= 64.0 { 12.0 } else { 9.0 },
            tile: 20.0,
            dot: if row_h >= 72.0 { 8.0 } else { 7.0 },
            cable: 0.0,
            caption_left: 0.0,
            caption_right: 0.0,
            label: if count > 2 { 0.0 } else { step - 62.0 },
            packet: Size::S14,
            name: Size::S16,
            columns,
        }
    }

    /// The height at which a rung runs.
    pub(crate) fn rung_y(&self, index: usize) -> f64 {
        let drop = if self.layout == Layout::Tall {
            8.0
        } else {
            0.0
        };
        self.row_top + self.row_h * index as f64 + self.row_h / 2.0 + drop
    }

    pub(crate) fn rows_end(&self) -> f64 {
        self.row_top + self.row_h * self.rows as f64
    }

    /// Where the broker and everybody beside it end.
    pub(crate) fn foot(&self) -> f64 {
        if self.layout == Layout::Tall {
            return self.frame.y1 + 2.0;
        }
        if self.compact {
            return self
                .h
                .max(lowest(&self.listeners).max(lowest(&self.speakers)) + 40.0);
        }
        let lowest = lowest(&self.speakers).max(lowest(&self.listeners));
        (self.frame.y1 + 8.0).max(lowest + self.icon / 2.0 + self.under() + 20.0)
    }

    /// What a name takes under its actor.
    pub(crate) fn under(&self) -> f64 {
        match self.layout {
            Layout::Narrow => 24.0,
            _ => 0.0,
        }
    }

    /// The wire of a speaker, from its edge to its port.
    pub(crate) fn speaker_wire(&self, index: usize) -> Option<Wire> {
        let at = *self.speakers.get(index)?;
        Some(if self.layout == Layout::Tall {
            Wire {
                actor: (at, self.left + self.speaker / 2.0),
                port: (at, self.frame.y0 - 6.0),
                reply: (self.rail2, 0.0),
            }
        } else {
            Wire {
                actor: (self.left + self.speaker / 2.0, at),
                port: (self.frame.x0 - 6.0, at),
                reply: (0.0, self.rail2),
            }
        })
    }

    /// The wire of a rung, from its listener's edge to its port.
    pub(crate) fn rung_wire(&self, stage: &Stage, rung: usize) -> Option<Wire> {
        let listener = stage.rungs.get(rung)?.listener;
        let at = *self.listeners.get(listener)?;
        let y = self.rung_y(rung);
        let alone = stage
            .rungs
            .iter()
            .filter(|r| r.listener == listener)
            .count()
            == 1;
        Some(Wire {
            actor: (self.right - self.icon / 2.0, if alone { y } else { at }),
            port: (self.frame.x1 + self.tile / 2.0, y),
            reply: (0.0, self.rail2),
        })
    }

    /// The wire a packet between `actor` and the broker travels on.
    pub(crate) fn wire(&self, stage: &Stage, actor: ActorId, channel: u8) -> Option<Wire> {
        if let Some(index) = stage.speakers.iter().position(|s| s.is(actor)) {
            return self.speaker_wire(index);
        }
        let listener = stage.listeners.iter().position(|l| l.is(actor))?;
        let mut own = stage
            .rungs
            .iter()
            .enumerate()
            .filter(|(_, r)| r.listener == listener);
        let rung = own
            .clone()
            .find(|(_, r)| r.channel == channel)
            .or_else(|| own.next());
        match rung {
            Some((index, _)) => self.rung_wire(stage, index),
            None => {
                let at = *self.listeners.get(listener)?;
                Some(Wire {
                    actor: (self.right - self.icon / 2.0, at),
                    port: (self.frame.x1, at),
                    reply: (0.0, self.rail2),
                })
            }
        }
    }
}

/// What stands above and below the rows, and beside the edge.
struct Outer {
    y0: f64,
    head: f64,
    foot: f64,
    pad: f64,
}

impl Outer {
    fn all(&self) -> f64 {
        self.y0 + self.head + self.foot + self.pad
    }
}

const TALL: Outer = Outer {
    y0: 148.0,
    head: 64.0,
    foot: 76.0,
    pad: 8.0,
};
/// Above and below the rows of the lowest stage.
const COMPACT_TOP: f64 = 56.0;
const COMPACT_FOOT: f64 = 52.0;

/// What stands around so many rows, and how low a row gets. Many rows make the rest lower, where
/// names stand beside their actors.
fn outer(w: f64, h: f64, rows: usize) -> (Outer, f64) {
    let of = |y0, head, foot, pad| Outer {
        y0,
        head,
        foot,
        pad,
    };
    let tight = h < 560.0;
    let usual = match tight {
        true => of(108.0, 76.0, 92.0, 16.0),
        false => of(120.0, 88.0, 104.0, 28.0),
    };
    let crowded = (h - usual.all()) / (rows as f64) < 48.0;
    match crowded && w >= 1240.0 {
        true => (
            of(if tight { 108.0 } else { 116.0 }, 66.0, 66.0, 16.0),
            40.0,
        ),
        false => (usual, 48.0),
    }
}

/// Publishers sit half a row off: they do not know the listeners.
fn speakers(count: usize, rows: usize, top: f64, row_h: f64, icon: f64) -> Vec<f64> {
    if count == 0 {
        return Vec::new();
    }
    let span = row_h * rows as f64;
    if count > rows + 1 {
        let step = (span / (count - 1) as f64).max(icon + 8.0);
        return (0..count).map(|i| even(top + step * i as f64)).collect();
    }
    let shift = if (count + rows).is_multiple_of(2) {
        row_h / 2.0
    } else {
        0.0
    };
    let first = top + span / 2.0 - (count - 1) as f64 * row_h / 2.0 - shift;
    (0..count).map(|i| first + row_h * i as f64).collect()
}

/// A listener stands in the middle of its rungs; one without any stands below the last.
fn listeners(stage: &Stage, top: f64, row_h: f64) -> Vec<f64> {
    let mut below = stage.rungs.len();
    (0..stage.listeners.len())
        .map(|listener| {
            let own: Vec<usize> = (0..stage.rungs.len())
                .filter(|&i| stage.rungs[i].listener == listener)
                .collect();
            let row = match (own.first(), own.last()) {
                (Some(&first), Some(&last)) => (first + last) as f64 / 2.0,
                _ => {
                    below += 1;
                    (below - 1) as f64
                }
            };
            top + row_h * row + row_h / 2.0
        })
        .collect()
}

/// The lowest of these places.
pub(crate) fn lowest(places: &[f64]) -> f64 {
    places.iter().copied().fold(0.0, f64::max)
}

fn even(v: f64) -> f64 {
    (v / 2.0).round() * 2.0
}
