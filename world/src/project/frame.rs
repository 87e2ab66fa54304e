//! The stage at the playhead.

mod rungs;

use super::ears::{Ears, parse};
use super::hop::{halted, hop};
use super::{Sight, outcome, short};
use crate::log::Seq;
use crate::scenario::Actor;
use crate::view::{
    ActorId, ActorState, Cut, FLYING_MAX, Frame, Hop, Kept, Micros, Presence, Register, SHELF_MAX,
    Short, SlabKind, Spoke, Story, Timer, TimerKind,
};

/// Of an actor that speaks on several topics, the last word on one is looked for so far back.
const SAID_MAX: usize = 32;

/// Everything that may differ from one moment to the next.
pub(crate) fn frame(sight: &Sight) -> Frame {
    let ears = Ears::of(sight.cast);
    let flying = flying(sight, &ears);
    let glass = sight.is_glass();
    let shelf = &sight.board.shelf;
    let register = sight.board.register.filter(|_| glass);
    let kept = shelf.latest().take(SHELF_MAX).map(|word| Kept {
        levels: short::levels(&String::from_utf8_lossy(&word.topic)),
        value: Short::of(&word.value),
        no: word.no,
        since: word.since,
    });
    Frame {
        clock: sight.clock,
        scene: sight.cast.version,
        actors: sight
            .cast
            .members()
            .map(|(id, actor, _)| state(sight, id, actor))
            .collect(),
        flying_more: (sight.board.flying.len() - flying.len()) as u32,
        flying,
        register: register.and_then(|message| self::register(sight, message)),
        rungs: rungs::rungs(sight, register, &ears),
        shelf: if glass { kept.collect() } else { Vec::new() },
        shelf_total: if glass { shelf.len() as u32 } else { 0 },
        story: Story {
            spoke: register.and_then(|message| spoke(sight, message, &ears)),
            done: sight.board.done,
        },
        down: glass && sight.board.down,
    }
}

fn state(sight: &Sight, id: ActorId, actor: &Actor) -> ActorState {
    let board = sight.board.actors.get(&id);
    let presence = board.and_then(|board| board.presence);
    let away = matches!(presence, Some(Presence::Away { .. }));
    let waits = || {
        let slabs = board.into_iter().flat_map(|board| &board.slabs);
        slabs.filter(|slab| matches!(slab.kind, SlabKind::Waiting))
    };
    let last = board
        .and_then(|board| board.last)
        .and_then(|last| sight.log.sent(last));
    ActorState {
        id,
        presence: presence.unwrap_or(Presence::NotYet),
        last: last.map(|sent| Short::of(&sent.facts.payload)),
        waiting: sight
            .is_glass()
            .then(|| if away { waits().count() as u32 } else { 0 }),
        timer: timer(sight, id, actor),
        trouble: board.and_then(|board| board.trouble.clone()),
        link: board.map(|board| board.link).unwrap_or_default(),
        cut: board
            .and_then(|board| board.cut)
            .filter(|cut| !matches!(cut, Cut::Packet { at, .. } if *at < sight.clock.playhead)),
    }
}

/// The nearest timer of an actor. Before the head of the run it is known what comes, because it
/// has come: when the actor speaks next is read in the log.
pub(super) fn timer(sight: &Sight, id: ActorId, actor: &Actor) -> Option<Timer> {
    let (log, end) = (sight.log, sight.end());
    let head = || {
        let mut timers = sight.timers.iter().filter(|timer| timer.actor == id);
        timers
            .find(|timer| timer.timer.from <= sight.clock.playhead)
            .map(|timer| timer.timer)
    };
    if end.0 >= log.end() {
        return head();
    }
    let (_, Some(next)) = log.spoken(id, end) else {
        return head();
    };
    let said_at = |seq: Seq| log.get(seq).map(|entry| entry.at);
    let topic = |seq: Seq| log.sent(seq).map(|sent| &sent.facts.topic);
    let mut said = log.said(id, end).take(SAID_MAX);
    let before = said.find(|seq| topic(*seq) == topic(next));
    let from = before.and_then(said_at);
    Some(Timer {
        kind: TimerKind::Speaks,
        from: from.unwrap_or(Micros::from_millis(actor.start_ms)),
        at: said_at(next)?,
    })
}

fn flying(sight: &Sight, ears: &Ears) -> Vec<Hop> {
    let packets = sight.board.flying.iter().take(FLYING_MAX);
    packets
        .filter_map(|seq| {
            let hop = hop(sight.log, ears, *seq, sight.end())?;
            Some(halted(sight.board, *seq, hop))
        })
        .collect()
}

fn register(sight: &Sight, message: Seq) -> Option<Register> {
    let sent = sight.log.sent(message)?;
    let arrived = sight.log.ended(message, sight.end())?;
    Some(Register {
        no: sent.no,
        from: sent.actor,
        at: sight.log.get(arrived)?.at,
        levels: short::levels(sent.facts.topic()),
        payload: Short::of(&sent.facts.payload),
        qos: sent.facts.qos,
        retain: sent.facts.retain,
    })
}

fn spoke(sight: &Sight, message: Seq, ears: &Ears) -> Option<Spoke> {
    let sent = sight.log.sent(message)?;
    let topic = parse(&sent.facts.topic);
    let sum = outcome::sum(sight.log, ears, message, topic.as_ref(), sight.end());
    let listeners = sight.cast.members();
    let listeners = listeners.filter(|(_, actor, _)| !actor.listens.is_empty());
    Some(Spoke {
        no: sent.no,
        actor: sent.actor,
        topic: short::topic(sent.facts.topic()),
        value: Short::of(&sent.facts.payload),
        listeners: listeners.count() as u16,
        asked: sum.asked,
        copies: sum.copies,
        kept: sum.kept,
    })
}
