//! A window of the score.

use super::Sight;
use super::ears::Ears;
use super::hop::{halted, hop};
use crate::log::{Decision, Entry, Fate, Log, Seq, What};
use crate::scenario::Deed;
use crate::small;
use crate::view::{
    ActorId, Hop, Mark, MarkKind, Micros, SCORE_MAX, Score, ScoreWatch, Short, Span,
};

/// What happened between two moments, also after the playhead: the page cuts it there.
pub(crate) fn score(sight: &Sight, watch: ScoreWatch) -> Score {
    let ScoreWatch { from, to } = watch;
    let (log, ears) = (sight.log, Ears::of(sight.cast));
    let end = log.after(to);
    let (hops, more_hops) = latest(flown(log, watch, end), |seq| {
        let hop = hop(log, &ears, seq, Seq(log.end()))?;
        let label = Short::default();
        Some(halted(sight.board, seq, Hop { label, ..hop }))
    });
    let begin = log.not_before(from);
    let within = log.before(end).take_while(|(seq, _)| *seq >= begin);
    let (marks, more_marks) = latest(within, |(seq, entry)| mark(log, &ears, seq, entry));
    let spans = sight
        .cast
        .members()
        .flat_map(|(id, ..)| spans(log, id, watch));
    let mut spans: Vec<_> = spans.collect();
    let more_spans = spans.len() > SCORE_MAX;
    if more_spans {
        small::sort(&mut spans, |one, other| one.from < other.from);
        spans.drain(..spans.len() - SCORE_MAX);
    }
    let timers = sight.timers.iter().filter(|timer| timer.timer.at <= to);
    Score {
        from,
        to,
        hops,
        marks,
        spans,
        timers: timers.copied().collect(),
        exchanges: Vec::new(),
        ghosts: Vec::new(),
        cut: more_hops || more_marks || more_spans,
    }
}

/// Packets that are under way at some time in a window, the latest first.
pub(super) fn flown(log: &Log, watch: ScoreWatch, end: Seq) -> impl Iterator<Item = Seq> {
    let reach = Micros(watch.from.0.saturating_sub(log.longest().0));
    let begin = log.not_before(reach);
    let all = log.before(end).take_while(move |(seq, _)| *seq >= begin);
    all.filter_map(move |(seq, entry)| {
        let What::Sent(sent) = &entry.what else {
            return None;
        };
        let landed = match log.fate(seq, Seq(log.end())) {
            Fate::OnItsWay => sent.arrives,
            Fate::Arrived(at) | Fate::Lost(at) => at,
        };
        (landed >= watch.from).then_some(seq)
    })
}

/// As many of the latest as fit, in order, and whether there are more.
fn latest<T, U>(
    backwards: impl Iterator<Item = T>,
    view: impl FnMut(T) -> Option<U>,
) -> (Vec<U>, bool) {
    let mut backwards = backwards.filter_map(view);
    let mut kept: Vec<_> = backwards.by_ref().take(SCORE_MAX).collect();
    kept.reverse();
    (kept, backwards.next().is_some())
}

fn mark(log: &Log, ears: &Ears, seq: Seq, entry: &Entry) -> Option<Mark> {
    let (actor, kind) = match &entry.what {
        What::Decided {
            actor, decision, ..
        } => match decision {
            Decision::Queued => {
                let waiting = log.waiting(*actor, Seq(seq.0 + 1));
                (*actor, MarkKind::Waits { waiting })
            }
            Decision::Dropped(why) => (*actor, MarkKind::Dropped(*why)),
            Decision::Delivered | Decision::AnotherMember => return None,
        },
        What::Deed { actor, deed, .. } => {
            let kind = match deed {
                Deed::Unplug => MarkKind::Unplugged,
                Deed::SwitchOff => MarkKind::SwitchedOff,
                Deed::SwitchOn => MarkKind::SwitchedOn,
                other => MarkKind::Done(*other),
            };
            (*actor, kind)
        }
        What::Died(packet) => {
            let actor = log.sent(*packet)?.actor;
            let said = log
                .before(seq)
                .take_while(|(_, other)| other.at == entry.at)
                .any(|(_, other)| tells_of_cut(log, actor, &other.what));
            (!said).then_some((actor, MarkKind::Cut))?
        }
        What::Will(actor) => (*actor, MarkKind::Will),
        What::Session { actor, held: false } => (*actor, MarkKind::Forgotten),
        _ => return None,
    };
    let message = match &entry.what {
        What::Decided { message, .. } => log.sent(*message),
        _ => None,
    };
    let channels = message.map(|sent| ears.channels(actor, &sent.facts.topic));
    Some(Mark {
        at: entry.at,
        actor,
        kind,
        no: log.number(seq),
        channel: channels.and_then(|channels| channels.first().copied()),
    })
}

/// Whether something else at the same moment already shows that a link was cut.
fn tells_of_cut(log: &Log, actor: ActorId, what: &What) -> bool {
    match what {
        What::Deed { actor: other, .. } => *other == actor,
        What::Died(packet) => log.sent(*packet).is_some_and(|sent| sent.actor == actor),
        _ => false,
    }
}

/// Stretches of an actor's lane that reach into a window.
fn spans(log: &Log, actor: ActorId, watch: ScoreWatch) -> Vec<Span> {
    let mut spans = Vec::new();
    let mut to = None;
    for (from, presence) in log.presences(actor).rev() {
        let lasts = to.is_none_or(|to: Micros| to > from && to >= watch.from);
        if lasts && from <= watch.to {
            spans.push(Span {
                actor,
                from,
                to,
                presence,
            });
        }
        if from <= watch.from {
            break;
        }
        to = Some(from);
    }
    spans.reverse();
    spans
}
