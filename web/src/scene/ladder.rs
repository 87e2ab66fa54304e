//! The ladder: the score in large, with what packets say, what each end holds, and where links were cut.

pub(crate) mod tree;

use super::geometry::Layout;
use super::glyph::{shelf, tile};
use super::labels::Area;
use super::model::{ActorId, Exchange, Family, Flight, Run};
use super::score::{Paper, Window, score};
use super::shape::{Drawing, Size};
use super::text::cut;
use crate::words;

/// Room under the last lane, and over the first, for the handle of a cut.
const HANDLE: f64 = 44.0;
/// More packets on the paper have no words, but for the chosen ones.
const LABELLED_MAX: usize = 120;
/// Heights of a bar, and of a lane that has room for bars.
const BAR: f64 = 18.0;
const BARRED: f64 = 56.0;

impl Paper {
    /// The paper of a ladder in a room of `w` by `h`, with a tree of so many other runs where there
    /// is width for it; it may be higher than the room.
    pub(crate) fn ladder(w: f64, h: f64, lanes: usize, others: usize, layout: Layout) -> Self {
        let strip = Self::of(w, lanes, layout, false);
        let top = match layout {
            Layout::Tall => 46.0,
            _ => 62.0 + tree::height(others),
        };
        let n = strip.lanes as f64;
        let room = (h - top - HANDLE).max(0.0);
        let lane = (room / n).clamp(36.0, 150.0);
        Self {
            h: top + lane * n + HANDLE,
            top,
            inset: 0.0,
            lane,
            block: 14.0,
            mark: 6.0,
            ..strip
        }
    }

    /// So many lanes fit a ladder of this height without scrolling.
    pub(crate) fn ladder_lanes_most(h: f64, others: usize) -> usize {
        ((h - 62.0 - tree::height(others) - HANDLE) / 36.0)
            .floor()
            .max(5.0) as usize
    }

    /// The height of the lanes of an actor and of the broker, if both are there.
    pub(crate) fn lanes_of(&self, run: &Run, actor: ActorId) -> Option<(f64, f64)> {
        let own = run.lanes.iter().position(|lane| lane.is(actor))?;
        let broker = run.lanes.iter().position(|lane| lane.actor.is_none())?;
        Some((self.y(own), self.y(broker)))
    }

    /// Where the handle of a cut stands: beyond its actor, as seen from the broker.
    pub(crate) fn handle(&self, run: &Run, actor: ActorId) -> Option<f64> {
        let (y, broker) = self.lanes_of(run, actor)?;
        Some(if y > broker { y + 28.0 } else { y - 28.0 })
    }
}

/// Everything that moves with the playhead. `cuts` are the moments at which links were cut, and whose.
pub(crate) fn ladder(paper: &Paper, window: Window, run: &Run, words: &words::Words) -> Drawing {
    let ladder = &words.panels.ladder;
    let mut d = Drawing::default();
    tree::tree(&mut d, paper, window, run);
    bars(&mut d, paper, window, run, ladder.hold);
    ghosts(&mut d, paper, window, run);
    d.0.extend(score(paper, window, run, &words.score).0);
    let mut taken = Vec::new();
    if paper.names.is_none() {
        for (n, lane) in run.lanes.iter().enumerate() {
            let y = paper.y(n) - 6.0;
            let channels = lane.channels.first().map(|&channel| {
                tile(&mut d, channel, paper.x0 + 8.0, y - 4.0, 16.0);
                20.0
            });
            let class = if lane.actor.is_none() {
                "b halo"
            } else {
                "halo"
            };
            let x = paper.x0 + channels.unwrap_or(0.0);
            d.text(x, y, cut(&lane.name, 14), Size::S12, class);
            taken.push(Area::of(paper.x0, y - 12.0, 100.0, 16.0));
        }
    }
    for &(at, actor) in &run.cuts {
        let at = at as f64;
        if let Some((y, broker)) = paper.lanes_of(run, actor).filter(|_| window.shows(at)) {
            let (x, over) = (window.x(paper, at), if y > broker { 14.0 } else { -14.0 });
            d.line(x, broker - over, x, y + over, "cutline")
                .faint(at > window.now);
        }
    }
    labels(&mut d, paper, window, run, ladder, &mut taken);
    d
}

/// What a packet is called on the ladder: in full, and in short.
fn called(flight: &Flight) -> (String, String) {
    let id = flight
        .packet_id
        .map_or_else(String::new, |id| format!(" {id}"));
    if flight.family != Family::Publish {
        let name = format!("{}{id}", flight.name);
        return (name.clone(), name);
    }
    let dup = if flight.dup { " DUP" } else { "" };
    let id = if id.is_empty() {
        id
    } else {
        format!(" id{id}")
    };
    let no = format!("#{}", flight.event);
    (
        format!("{no} {}{id}{dup}", cut(&flight.value, 12)),
        format!("{no}{dup}"),
    )
}

fn labels(
    d: &mut Drawing,
    paper: &Paper,
    w: Window,
    run: &Run,
    words: &words::panels::Ladder,
    taken: &mut Vec<Area>,
) {
    let size = if paper.lane < 60.0 {
        Size::S12
    } else {
        Size::S14
    };
    let mut waits = Drawing::default();
    for kept in run.kept.iter().filter(|kept| w.shows(kept.at as f64)) {
        let Some((y, _)) = paper.lanes_of(run, kept.actor) else {
            continue;
        };
        let (x, text) = (
            w.x(paper, kept.at as f64) + 13.0,
            (words.waits)(kept.waiting),
        );
        let area = Area::of(x, y - 9.0, size.mono(text.chars().count()), 18.0);
        if !taken.iter().any(|other| other.meets(&area)) {
            waits
                .text(x, y + 5.0, text, size, "amt halo")
                .faint(kept.at as f64 > w.now);
            taken.push(area);
        }
    }
    d.0.extend(waits.0);
    // No word lies over a lane, or over what stands on it.
    for n in 0..run.lanes.len() {
        taken.push(Area::of(
            paper.x0,
            paper.y(n) - 5.0,
            paper.x1 - paper.x0,
            10.0,
        ));
    }
    let drawn = || {
        run.flights
            .iter()
            .filter_map(|one| Some((one, Slant::of(paper, w, run, one)?)))
    };
    let few = drawn().count() <= LABELLED_MAX;
    // What is chosen has its word first, and then what carries one.
    let rank = |flight: &Flight| match (run.chosen(flight), flight.family) {
        (true, _) => 0,
        (_, Family::Publish) => 1,
        (_, Family::Ping | Family::Pong) => 3,
        _ => 2,
    };
    for rank_now in 0..4 {
        for (flight, slant) in drawn().filter(|(one, _)| rank(one) == rank_now) {
            if flight.retain && flight.to_broker && slant.end >= 1.0 {
                let (x, y) = slant.at(1.0);
                let first = d.0.len();
                shelf(d, x - 8.0, y + 5.0);
                for shape in &mut d.0[first..] {
                    shape.faint(run.faint(flight) || flight.arrives as f64 > w.now);
                }
            }
            if !few && rank_now > 0 {
                continue;
            }
            let (full, short) = called(flight);
            let lost = flight
                .died
                .is_some_and(|died| died as f64 <= w.head.max(w.now));
            let texts = match lost {
                true => [(words.dies)(&full), (words.dies)(&short)],
                false => [full, short],
            };
            let found = texts.into_iter().find_map(|text| {
                let wide = size.mono(text.chars().count());
                let spots = [0.5, 0.35, 0.65, 0.2, 0.8].into_iter().flat_map(|share| {
                    let (x, y) = slant.at(share * slant.end);
                    [(x + 9.0, y), (x - 9.0 - wide, y)]
                });
                spots
                    .map(|(x, y)| (x, y, Area::of(x - 2.0, y - 9.0, wide + 4.0, 18.0)))
                    .find(|(x, _, area)| {
                        *x >= paper.x0
                            && x + wide <= paper.x1
                            && !taken.iter().any(|t| t.meets(area))
                    })
                    .map(|found| (text, found))
            });
            if let Some((text, (x, y, area))) = found {
                let class = if lost { "m halo redt" } else { "m halo" };
                d.text(x, y + 4.5, text, size, class)
                    .faint(run.faint(flight) || flight.sent as f64 > w.now);
                taken.push(area);
            }
        }
    }
}

/// A packet's way as it is drawn.
struct Slant {
    from: (f64, f64),
    to: (f64, f64),
    /// The share of it that is known.
    end: f64,
}

impl Slant {
    fn of(paper: &Paper, w: Window, run: &Run, flight: &Flight) -> Option<Self> {
        let (sent, arrives) = (flight.sent as f64, flight.arrives as f64);
        let until = flight.died.map_or(arrives, |died| died as f64);
        let known = w.head.max(w.now);
        if sent > w.to.min(known) || until < w.from {
            return None;
        }
        let (actor, broker) = paper.lanes_of(run, flight.actor)?;
        let (from, to) = match flight.to_broker {
            true => (actor, broker),
            false => (broker, actor),
        };
        Some(Self {
            from: (w.x(paper, sent), from),
            to: (w.x(paper, arrives), to),
            end: (until.min(known) - sent) / (arrives - sent).max(1.0),
        })
    }

    fn at(&self, share: f64) -> (f64, f64) {
        let between = |from: f64, to: f64| from + (to - from) * share;
        (
            between(self.from.0, self.to.0),
            between(self.from.1, self.to.1),
        )
    }

    fn far(&self, x: f64, y: f64) -> f64 {
        let ((x0, y0), (x1, y1)) = (self.at(0.0), self.at(self.end));
        let (dx, dy) = (x1 - x0, y1 - y0);
        let share = ((x - x0) * dx + (y - y0) * dy) / (dx * dx + dy * dy).max(1.0);
        let share = share.clamp(0.0, 1.0);
        (x - x0 - dx * share).hypot(y - y0 - dy * share)
    }
}

/// The packet whose arrow is nearest to a point, if one is as near as `reach`.
pub(crate) fn hit(
    paper: &Paper,
    w: Window,
    run: &Run,
    (x, y): (f64, f64),
    reach: f64,
) -> Option<u64> {
    let near = run.flights.iter().filter_map(|flight| {
        let far = Slant::of(paper, w, run, flight)?.far(x, y);
        (far <= reach).then_some((far, flight.event))
    });
    let nearest = near.min_by(|a, b| a.0.total_cmp(&b.0));
    nearest.map(|(_, event)| event)
}

/// Some packets by the time they left, with the place of their arrows' ends: those nearest to the
/// playhead.
pub(crate) fn arrows(
    paper: &Paper,
    w: Window,
    run: &Run,
    flights: &[Flight],
    most: usize,
) -> Vec<(usize, (f64, f64))> {
    let drawn = flights.iter().enumerate().filter_map(|(n, flight)| {
        let slant = Slant::of(paper, w, run, flight)?;
        let (x, y) = slant.at(slant.end);
        ((paper.x0 - 8.0..=paper.x1 + 8.0).contains(&x)).then_some((n, (x, y)))
    });
    let mut drawn: Vec<_> = drawn.collect();
    // They are in order, so those near the playhead stand together.
    let past = drawn
        .iter()
        .take_while(|(n, _)| flights[*n].sent as f64 <= w.now);
    let first = past.count().saturating_sub(most / 2);
    let first = first.min(drawn.len().saturating_sub(most));
    drawn.drain(..first);
    drawn.truncate(most);
    drawn
}

/// How it went in the other run: dotted, and grey.
fn ghosts(d: &mut Drawing, paper: &Paper, w: Window, run: &Run) {
    for flight in &run.ghosts {
        let Some(slant) = Slant::of(paper, w.whole(), run, flight) else {
            continue;
        };
        let (x, y) = slant.at(slant.end);
        let later = flight.sent as f64 > w.now;
        d.line(slant.from.0, slant.from.1, x, y, "ghostl")
            .faint(later);
        d.circle(x, y, 4.0, "ghost").faint(later);
    }
}

/// What came of a cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Outcome {
    /// What died, or would have; none if nothing was on its way.
    pub(crate) name: &'static str,
    pub(crate) sent: usize,
    pub(crate) died: usize,
    pub(crate) delivered: u16,
    /// Nobody sends it again.
    pub(crate) at_most_once: bool,
}

/// What came of a cut of an actor's link: of the handshake it fell into, or of what was lost.
pub(crate) fn outcome(run: &Run, actor: ActorId, at: u64) -> Option<Outcome> {
    let ours = |flight: &&Flight| flight.actor == actor && flight.died == Some(at);
    let died = || run.flights.iter().filter(ours);
    let hit = died().find_map(|flight| {
        let mut its = run.exchanges.iter().filter(|one| one.actor == actor);
        Some((its.find(|one| one.has(flight.event))?, flight.name))
    });
    if let Some((one, name)) = hit {
        let same = || one.packets.iter().filter(|packet| packet.1 == name);
        return Some(Outcome {
            name,
            sent: same().count(),
            died: same().filter(|packet| packet.2).count(),
            delivered: one.delivered,
            at_most_once: false,
        });
    }
    let publish = died().find(|flight| flight.family == Family::Publish)?;
    Some(Outcome {
        name: publish.name,
        sent: 1,
        died: 1,
        delivered: 0,
        at_most_once: true,
    })
}

/// The next moment on an actor's link at which a cut comes to something else: just before a packet
/// arrives, or just after.
pub(crate) fn next_place(run: &Run, actor: ActorId, at: u64, forward: bool) -> Option<u64> {
    let ours = run.flights.iter().filter(|flight| flight.actor == actor);
    let places = ours.flat_map(|flight| [flight.arrives.saturating_sub(1), flight.arrives]);
    match forward {
        true => places.filter(|place| *place > at).min(),
        false => places.filter(|place| *place < at).max(),
    }
}

/// What each end must not forget: full while it is the message, hollow while it is only the number.
fn bars(d: &mut Drawing, paper: &Paper, w: Window, run: &Run, words: fn(bool, u16) -> String) {
    if paper.lane < BARRED {
        return;
    }
    // Of QoS 1 only what is chosen: every acknowledged message has one.
    let chosen = |one: &Exchange| run.selected.is_some_and(|no| one.has(no));
    let shown = run
        .exchanges
        .iter()
        .filter(|one| one.exactly_once || chosen(one));
    let mut ends = [f64::MIN; 4];
    for one in shown {
        let Some((actor, broker)) = paper.lanes_of(run, one.actor) else {
            continue;
        };
        let below = actor > broker;
        for hold in &one.holds {
            let (from, to) = (hold.from as f64, hold.to.map_or(f64::MAX, |to| to as f64));
            let to = to.min(w.head.max(w.now)).min(w.to);
            if to <= from.max(w.from) || from > w.to {
                continue;
            }
            let row = |n: f64| 10.0 + n * (BAR + 2.0);
            let y = if hold.at_broker {
                // Others may hold something meanwhile.
                let side = usize::from(below) * 2;
                let Some(slot) = (0..2).find(|slot| ends[side + slot] <= from) else {
                    continue;
                };
                ends[side + slot] = to;
                match below {
                    true => broker - row(slot as f64) - BAR,
                    false => broker + row(slot as f64),
                }
            } else if below {
                actor + row(0.0)
            } else {
                actor - row(0.0) - BAR
            };
            let (x0, x1) = (w.x(paper, from).max(paper.x0), w.x(paper, to).min(paper.x1));
            let faint = run.selected.is_some() && !chosen(one) || from > w.now;
            d.rect(
                x0,
                y,
                x1 - x0,
                BAR,
                if hold.number { "slabh" } else { "slab" },
            )
            .faint(faint);
            let text = words(hold.number, one.packet_id);
            if Size::S12.mono(text.chars().count()) < x1 - x0 - 8.0 {
                d.text((x0 + x1) / 2.0, y + 13.0, text, Size::S12, "w5")
                    .middle()
                    .faint(faint);
            }
        }
    }
}

#[cfg(test)]
mod tests;
