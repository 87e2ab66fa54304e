//! The score stood upright: one row of the log is one slice of time, lanes are actors.

use tidings_world::view::{ActorId, ActorView, CameOf, LogRow, Party, RowKind, Scene};
use yew::prelude::*;

use crate::bind::{family, listeners, pictogram, speakers};
use crate::panels::signs::drawn;
use crate::scene::shape::Size;
use crate::scene::{Drawing, glyph};

/// Width of the column.
pub(crate) const WIDTH: f64 = 200.0;
/// Above so many actors pictures would stand in each other.
const PICTURES_MAX: usize = 9;

/// Where each lane stands.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Lanes {
    actors: Vec<(ActorId, f64)>,
    broker: f64,
}

impl Lanes {
    /// Speakers, the broker, listeners.
    pub(crate) fn of(scene: &Scene) -> Self {
        let left: Vec<&ActorView> = speakers(scene).collect();
        let right: Vec<&ActorView> = listeners(scene).collect();
        let gaps = (left.len() + right.len()).max(1) as f64 + 1.0;
        let step = ((WIDTH - 16.0) / gaps).min(24.0);
        let at = |index: usize| 10.0 + index as f64 * step;
        // The broker has a little more room: its lane is two lines.
        let broker = at(left.len()) + 3.0;
        let after = |index: usize| broker + 3.0 + (index + 1) as f64 * step;
        let left = left.iter().enumerate().map(|(i, actor)| (actor.id, at(i)));
        let right = right
            .iter()
            .enumerate()
            .map(|(i, actor)| (actor.id, after(i)));
        Self {
            actors: left.chain(right).collect(),
            broker,
        }
    }

    fn x(&self, party: Party) -> Option<f64> {
        match party {
            Party::Broker => Some(self.broker),
            Party::Actor(id) => {
                let lane = self.actors.iter().find(|(actor, _)| *actor == id);
                lane.map(|(_, x)| *x)
            }
        }
    }

    /// The lanes themselves, `height` long.
    fn rails(&self, d: &mut Drawing, height: f64) {
        for (_, x) in &self.actors {
            d.line(*x, 0.0, *x, height, "lane");
        }
        d.line(self.broker - 1.5, 0.0, self.broker - 1.5, height, "lane");
        d.line(self.broker + 1.5, 0.0, self.broker + 1.5, height, "lane");
    }

    /// The head of the column: who the lanes are.
    pub(crate) fn head(&self, scene: &Scene) -> Html {
        let mut d = Drawing::default();
        let pictures = self.actors.len() <= PICTURES_MAX;
        for (id, x) in &self.actors {
            let actor = scene.actors.iter().find(|actor| actor.id == *id);
            match actor {
                Some(actor) if pictures => {
                    d.glyph(pictogram(actor.picture).parts(), x - 9.0, 1.0, 18.0, "pic");
                }
                Some(actor) => {
                    let first: String = actor.name.chars().take(1).collect();
                    let first = crate::scene::text::shown(&first);
                    d.text(*x, 16.0, first, Size::S12, "i2").middle();
                }
                None => {}
            }
        }
        d.line(self.broker - 1.5, 4.0, self.broker - 1.5, 20.0, "lane");
        d.line(self.broker + 1.5, 4.0, self.broker + 1.5, 20.0, "lane");
        drawn(&d, WIDTH, 20.0, "lanes")
    }

    /// One row: who sent what to whom.
    pub(crate) fn row(&self, row: &LogRow, height: f64) -> Html {
        let mut d = Drawing::default();
        self.rails(&mut d, height);
        if let (Some(from), Some(to)) = (self.x(row.from), self.x(row.to)) {
            slice(&mut d, row, from, to, height / 2.0);
        }
        drawn(&d, WIDTH, height, "lanes")
    }
}

fn slice(d: &mut Drawing, row: &LogRow, from: f64, to: f64, y: f64) {
    let hue = row
        .channels
        .first()
        .map_or(0, |channel| glyph::hue_of(channel.0));
    let way = (to - from).signum();
    match row.kind {
        RowKind::Packet(kind) => {
            let family = family(kind);
            let line = if family.forward() { "sc" } else { "sca" };
            match row.came {
                CameOf::OnItsWay => {
                    let x = from + (to - from) * 0.5;
                    d.line(from, y, x, y, line).hue(hue);
                    glyph::mark(d, family, x, y, hue, 4.5);
                }
                CameOf::Lost { .. } => {
                    let x = from + (to - from) * 0.6;
                    d.line(from, y, x - way * 6.0, y, line).hue(hue);
                    cross(d, x, y);
                }
                _ => {
                    d.line(from, y, to, y, line).hue(hue);
                    glyph::mark(d, family, to, y, hue, 4.5);
                }
            }
        }
        RowKind::Waits => {
            d.line(from + way * 3.0, y, to - way * 5.0, y, "keptl")
                .hue(hue);
            d.rect(to - 4.0, y - 4.0, 8.0, 8.0, "slab");
        }
        RowKind::NotSent => {
            d.line(from + way * 2.0, y, to - way * 8.0, y, "sca")
                .hue(hue);
            cross(d, to, y);
        }
        RowKind::Deed(_)
        | RowKind::Broker(_)
        | RowKind::Wire(_)
        | RowKind::Will
        | RowKind::Forgotten => {
            let x = if (from - to).abs() > 0.5 { to } else { from };
            d.path(format!("M{} {}h7M{x} {}v7", x - 3.5, y, y - 3.5), "gly");
        }
    }
}

fn cross(d: &mut Drawing, x: f64, y: f64) {
    d.path(format!("M{} {}l8 8m0 -8l-8 8", x - 4.0, y - 4.0), "xred2");
}
