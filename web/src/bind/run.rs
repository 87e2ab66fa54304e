//! The score's part of the run.

use tidings_world::scenario::{Deed, Qos};
use tidings_world::view::{
    self, ActorId, ActorView, Broker, EventNo, MarkKind, Presence, Scene, Score, Span,
};

use super::{actor_id, flights, listeners, pictogram, speakers};
use crate::scene::fold;
use crate::scene::model::{self, DropMark, Exchange, Hold, KeptMark, Lane, Run, Timer};
use crate::scene::plots::Outage;
use crate::words::words;

/// How many lanes have room, and who has one alone.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct LaneRoom {
    pub(crate) most: usize,
    pub(crate) stay: Vec<model::ActorId>,
}

/// The lanes, top to bottom: who speaks, the broker, who listens.
pub(crate) fn lanes(scene: &Scene, spans: &[Span], room: &LaneRoom) -> Vec<Lane> {
    let words = words();
    let broker = words.score.broker;
    let speaks = |a: &ActorView| {
        a.speaks
            .first()
            .map_or_else(String::new, |s| s.topic.clone())
    };
    let asks = |a: &ActorView| match a.listens.as_slice() {
        [only] => only.filter.clone(),
        _ => String::new(),
    };
    let above = speakers(scene).map(|a| (lane(a, spans), speaks(a)));
    let middle = Lane {
        name: broker.into(),
        ..Lane::default()
    };
    let below = listeners(scene).map(|a| (lane(a, spans), asks(a)));
    let middle = std::iter::once((middle, String::new()));
    let all = above.chain(middle).chain(below).collect();
    fold::lanes(all, room.most, &room.stay, &words.scene)
}

pub(crate) fn run(scene: &Scene, score: &Score, room: &LaneRoom, selected: Option<EventNo>) -> Run {
    let mut kept = Vec::new();
    let mut dropped = Vec::new();
    let mut cuts = Vec::new();
    for mark in &score.marks {
        let (at, actor) = (mark.at.0, actor_id(mark.actor));
        match mark.kind {
            MarkKind::Waits { waiting } => kept.push(KeptMark {
                at,
                actor,
                channel: mark.channel.map_or(0, |c| c.0),
                waiting,
            }),
            MarkKind::Done(Deed::Cut) => cuts.push((at, actor)),
            MarkKind::Dropped(_) => dropped.push(DropMark { at, actor }),
            _ => {}
        }
    }
    let timers = score.timers.iter().map(|next| Timer {
        at: next.timer.at.0,
        actor: Some(actor_id(next.actor)),
    });
    let exchanges: Vec<Exchange> = score.exchanges.iter().map(exchange).collect();
    let begins = score.hops.first().map(|hop| hop.sent.0);
    Run {
        begins: begins.filter(|_| score.cut),
        lanes: lanes(scene, &score.spans, room),
        flights: flights(&score.hops),
        kept,
        dropped,
        timers: timers.collect(),
        selected: selected.map(|no| no.0.into()),
        together: selected.map_or_else(Vec::new, |no| together(&exchanges, no.0.into())),
        exchanges,
        cuts,
        ghosts: flights(&score.ghosts),
        branches: Vec::new(),
        dark: matches!(scene.broker, Broker::Remote { .. }),
    }
}

/// The packets of the handshakes that a packet belongs to.
fn together(exchanges: &[Exchange], no: u64) -> Vec<u64> {
    let its = exchanges.iter().filter(|one| one.has(no));
    its.flat_map(|one| one.packets.iter().map(|packet| packet.0))
        .collect()
}

fn exchange(one: &view::Exchange) -> Exchange {
    let hold = |receiver: bool, number, part: (view::Micros, Option<view::Micros>)| Hold {
        at_broker: one.to_broker == receiver,
        number,
        from: part.0.0,
        to: part.1.map(|to| to.0),
    };
    let message = hold(false, false, one.message);
    let number = one.number.map(|part| hold(false, true, part));
    let receiver = one.receiver.map(|part| hold(true, true, part));
    Exchange {
        actor: actor_id(one.actor),
        packet_id: one.packet_id,
        exactly_once: one.qos == Qos::ExactlyOnce,
        packets: one
            .packets
            .iter()
            .map(|(no, kind, lost)| (no.0.into(), kind.name(), *lost))
            .collect(),
        delivered: one.delivered,
        holds: std::iter::once(message)
            .chain(number)
            .chain(receiver)
            .collect(),
    }
}

/// Connections that were cut, or whose client crashed, until they were there again.
pub(crate) fn outages(scene: &Scene, score: &Score) -> Vec<Outage> {
    let words = &words().panels.plots;
    let breaks = score.marks.iter().filter(|mark| {
        matches!(
            mark.kind,
            MarkKind::Cut | MarkKind::Done(Deed::Cut | Deed::Crash)
        )
    });
    let mut all: Vec<Outage> = Vec::new();
    for mark in breaks {
        let Some(actor) = scene.actors.iter().find(|actor| actor.id == mark.actor) else {
            continue;
        };
        let there = |span: &&Span| span.actor == mark.actor && span.from >= mark.at;
        let there = score.spans.iter().filter(there);
        let mut back = there.filter(|span| span.presence == Presence::Connected);
        let one = Outage {
            from: mark.at.0,
            to: back.next().map(|span| span.from.0),
            cut: (words.cut)(&actor.name),
            back: words.back,
        };
        if !all.contains(&one) {
            all.push(one);
        }
    }
    all
}

fn lane(actor: &ActorView, spans: &[Span]) -> Lane {
    Lane {
        actor: Some(actor_id(actor.id)),
        name: actor.name.clone(),
        pictogram: pictogram(actor.picture),
        channels: actor.listens.iter().map(|l| l.channel.0).collect(),
        away: away(actor.id, spans),
        bundle: Vec::new(),
    }
}

fn away(id: ActorId, spans: &[Span]) -> Vec<(u64, u64)> {
    spans
        .iter()
        .filter(|s| s.actor == id)
        .filter(|s| matches!(s.presence, Presence::NotYet | Presence::Away { .. }))
        .map(|s| (s.from.0, s.to.map_or(u64::MAX, |to| to.0)))
        .collect()
}
