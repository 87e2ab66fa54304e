//! The score's part of the run.

use tidings_world::scenario::{Deed, Qos};
use tidings_world::view::{
    self, ActorId, ActorView, Broker, EventNo, MarkKind, Presence, Scene, Score, Span,
};

use super::{actor_id, flights, listeners, pictogram, speakers};
use crate::scene::model::{DropMark, Exchange, Hold, KeptMark, Lane, Run, Timer};

/// The lanes, top to bottom: who speaks, the broker, who listens.
pub(crate) fn lanes(scene: &Scene, spans: &[Span], broker: &str) -> Vec<Lane> {
    let above = speakers(scene).map(|a| lane(a, spans));
    let middle = Lane {
        name: broker.into(),
        ..Lane::default()
    };
    let below = listeners(scene).map(|a| lane(a, spans));
    above.chain(std::iter::once(middle)).chain(below).collect()
}

pub(crate) fn run(scene: &Scene, score: &Score, broker: &str, selected: Option<EventNo>) -> Run {
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
        lanes: lanes(scene, &score.spans, broker),
        flights: flights(&score.hops),
        kept,
        dropped,
        timers: timers.collect(),
        selected: selected.map(|no| no.0.into()),
        together: selected.map_or_else(Vec::new, |no| together(&exchanges, no.0.into())),
        exchanges,
        cuts,
        ghosts: flights(&score.ghosts),
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

fn lane(actor: &ActorView, spans: &[Span]) -> Lane {
    Lane {
        actor: Some(actor_id(actor.id)),
        name: actor.name.clone(),
        pictogram: pictogram(actor.picture),
        channels: actor.listens.iter().map(|l| l.channel.0).collect(),
        away: away(actor.id, spans),
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
