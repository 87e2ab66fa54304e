//! The rungs of the broker's ladder: who had asked for the message in the register, and what lies
//! in the pigeon-holes.

use std::collections::BTreeMap;

use crate::board::SlabBoard;
use crate::log::Seq;
use crate::project::Sight;
use crate::project::ears::{Ear, Ears, parse};
use crate::project::message::Message;
use crate::scenario::{Actor, Away, Qos};
use crate::view::{ActorId, Presence, Rung, RungId, SLABS_MAX, Short, Slab, SlabKind};

/// Each subscription, in the scene's order.
pub(super) fn rungs(sight: &Sight, register: Option<Seq>, ears: &Ears) -> Vec<Rung> {
    let message = register.and_then(|message| Message::new(sight, message));
    let mut rungs = Vec::new();
    for (id, actor, _) in sight.cast.members() {
        for index in 0..actor.listens.len() as u8 {
            let rung = RungId { actor: id, index };
            let ear = ears.of_actor(id).iter().find(|ear| ear.rung == rung);
            let granted = ear.and_then(|ear| granted(sight, id, actor, ear));
            let verdict = match (&message, ear, granted) {
                (Some(message), Some(ear), Some(_)) => message.verdict(sight, ear),
                _ => None,
            };
            rungs.push(Rung {
                id: rung,
                verdict,
                granted,
                slabs: Vec::new(),
                waiting: 0,
                owed: 0,
            });
        }
    }
    if sight.is_glass() {
        lay_slabs(sight, ears, &mut rungs);
    }
    rungs
}

fn granted(sight: &Sight, id: ActorId, actor: &Actor, ear: &Ear) -> Option<Qos> {
    let board = sight.board.actors.get(&id);
    let here = board.and_then(|board| board.presence) == Some(Presence::Connected);
    if !sight.is_glass() && !here && actor.away == Away::Forget {
        return None; // Another's broker does not say so, but it was asked to.
    }
    let filter = ear.filter.full().bytes();
    let held = sight.log.granted(id, sight.end()).iter();
    held.rev()
        .find_map(|(other, qos)| (other == filter).then_some(*qos))
}

/// Puts what lies in a session into the pigeon-hole of the first of its rungs that asked for it.
fn lay_slabs(sight: &Sight, ears: &Ears, rungs: &mut [Rung]) {
    let places: BTreeMap<_, _> = rungs.iter().enumerate().map(|(n, r)| (r.id, n)).collect();
    let lit: Vec<_> = rungs.iter().map(|rung| rung.granted.is_some()).collect();
    for (id, mine) in ears.everybody() {
        let slabs = sight.board.actors.get(&id);
        let mut last: Option<(&[u8], Option<usize>)> = None;
        for slab in slabs.into_iter().flat_map(|board| &board.slabs) {
            // What waits is often about one topic.
            let place = match last {
                Some((topic, place)) if topic == slab.topic => place,
                _ => {
                    let topic = parse(&slab.topic);
                    let mut hearing = mine.iter().filter_map(|ear| {
                        let place = *places.get(&ear.rung)?;
                        let hears = ear.filter.matches(topic.as_ref()?);
                        (hears && lit[place]).then_some(place)
                    });
                    hearing.next()
                }
            };
            last = Some((&slab.topic, place));
            if let Some(place) = place {
                lay(&mut rungs[place], slab);
            }
        }
    }
}

fn lay(rung: &mut Rung, slab: &SlabBoard) {
    match slab.kind {
        SlabKind::Waiting => rung.waiting += 1,
        SlabKind::Owed { .. } => rung.owed += 1,
    }
    if rung.slabs.len() < SLABS_MAX {
        rung.slabs.push(Slab {
            kind: slab.kind,
            no: slab.no,
            value: Short::of(&slab.value),
            qos: slab.qos,
            since: slab.since,
        });
    }
}
