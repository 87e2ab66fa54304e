//! Breakpoints: the playhead stops where something comes to pass.

use tidings_core::topic::{Filter, Topic, Utf8};

use super::{Engine, problem};
use crate::log::{Decision, Entry, Log, Seq, What};
use crate::project;
use crate::scenario::check;
use crate::view::{
    ActorId, BREAKPOINTS_MAX, Breakpoint, Dropped, EventNo, FormField, Micros, PacketKind,
    Presence, Problem, Stop, Token,
};

/// What is waited for, and the filters among it.
#[derive(Debug, Default)]
pub(super) struct Breaks {
    on: Vec<(Breakpoint, Option<Filter>)>,
    /// The one that has stopped the playhead, where it stands.
    pub(super) stopped: Option<(Stop, Micros)>,
}

impl Breaks {
    /// The first of them that something between two places comes up to, and when.
    pub(super) fn hit(&self, log: &Log, from: Seq, end: Seq) -> Option<(Stop, Micros)> {
        if self.on.is_empty() {
            return None;
        }
        let entries = log.from(from).take_while(|(seq, _)| *seq < end);
        for (_, entry) in entries {
            let hit = self
                .on
                .iter()
                .position(|(on, filter)| is_it(log, entry, on, filter));
            if let Some(place) = hit {
                let (packet, actor) = whose(log, entry);
                let which = place as u8;
                let stop = Stop {
                    which,
                    packet,
                    actor,
                };
                return Some((stop, entry.at));
            }
        }
        None
    }
}

/// The packet that something is about, and the actor.
fn whose(log: &Log, entry: &Entry) -> (Option<EventNo>, Option<ActorId>) {
    match entry.what {
        What::Arrived(packet) | What::Died(packet) => {
            let sent = log.sent(packet);
            (sent.map(|sent| sent.no), sent.map(|sent| sent.actor))
        }
        What::Decided { message, actor, .. } => (log.number(message), Some(actor)),
        What::Presence(actor, _) => (None, Some(actor)),
        _ => (None, None),
    }
}

fn is_it(log: &Log, entry: &Entry, on: &Breakpoint, filter: &Option<Filter>) -> bool {
    let arrived = match entry.what {
        What::Arrived(packet) => log.sent(packet),
        _ => None,
    };
    match on {
        Breakpoint::Packet(kind) => arrived.is_some_and(|sent| sent.kind == *kind),
        Breakpoint::Topic(_) => arrived.is_some_and(|sent| {
            let topic = Utf8::from_bytes(sent.facts.topic.clone()).ok();
            let topic = topic.and_then(|topic| Topic::parse(topic).ok());
            sent.kind == PacketKind::Publish
                && filter
                    .iter()
                    .any(|f| topic.iter().any(|topic| f.matches(topic)))
        }),
        Breakpoint::Failure => arrived.is_some_and(project::failed),
        Breakpoint::Drop => match &entry.what {
            What::Died(_) => true,
            What::Decided { decision, .. } => {
                matches!(decision, Decision::Dropped(why) if *why != Dropped::Own)
            }
            _ => false,
        },
        Breakpoint::Presence(actor) => match entry.what {
            What::Presence(other, presence) => other == *actor && presence != Presence::Connecting,
            _ => false,
        },
    }
}

impl Engine {
    /// Sets breakpoints in the place of the earlier ones, if all of them are sound.
    pub(super) fn set_breaks(&mut self, token: Token, on: Vec<Breakpoint>) {
        let mut problems = Vec::new();
        if on.len() > BREAKPOINTS_MAX {
            let most = BREAKPOINTS_MAX;
            problems.push(problem(format!("There are at most {most} breakpoints.")));
        }
        let mut breaks = Vec::new();
        for (n, one) in (0..).zip(on.into_iter().take(BREAKPOINTS_MAX)) {
            let filter = match &one {
                Breakpoint::Topic(text) => match check::filter(text) {
                    Ok(filter) => Some(filter),
                    Err(sentence) => {
                        let field = FormField::Filter(n);
                        problems.push(Problem { field, sentence });
                        continue;
                    }
                },
                _ => None,
            };
            breaks.push((one, filter));
        }
        if problems.is_empty() {
            self.breaks.on = breaks;
        }
        self.answer(token, problems, None);
    }

    /// Stops the playhead if one of the breakpoints lies between `from` and what it has come to.
    pub(super) fn stop_at_breaks(&mut self, from: Seq) -> bool {
        let hit = self.breaks.hit(&self.pen.log, from, self.board.end());
        if hit.is_some() {
            self.running = false;
            self.breaks.stopped = hit;
        }
        hit.is_some()
    }
}
