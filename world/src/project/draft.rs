//! What would become of a form that is being filled in.

use super::{address, hints, reading};
use crate::cast::Cast;
use crate::log::{Log, Seq};
use crate::scenario::check;
use crate::view::{BYTES_SHOWN_MAX, Draft, FormField, Hints, Problem};
use crate::voice::Voice;

/// Everything wrong with a draft, and what helps to go on with it.
pub(crate) fn check_draft(cast: &Cast, log: &Log, draft: &Draft) -> (Vec<Problem>, Option<Hints>) {
    match draft {
        Draft::Actor { id, actor } => {
            let taken = cast.named(&actor.name);
            let taken = taken.is_some_and(|other| Some(other) != *id);
            let topics = hints::topics(cast, log, Seq(log.end()));
            let speaks = (0..).zip(&actor.speaks).map(|(n, speaks)| {
                let id = id.unwrap_or_default();
                let voice = Voice::of(actor, speaks, cast.scenario.seed, id, n);
                hints::speaks(actor, speaks, voice)
            });
            let listens = actor.listens.iter();
            let hints = Hints::Actor {
                speaks: speaks.collect(),
                listens: listens.map(|one| hints::listens(one, &topics)).collect(),
            };
            (check::actor(actor, taken), Some(hints))
        }
        Draft::Url(url) => {
            let problem = address::problem(url).map(|sentence| Problem {
                field: FormField::Url,
                sentence,
            });
            (problem.into_iter().collect(), None)
        }
        Draft::Bytes { version, bytes } => {
            let shown = &bytes[..bytes.len().min(BYTES_SHOWN_MAX)];
            let hint = reading::hint(shown, *version);
            (Vec::new(), Some(Hints::Bytes(Box::new(hint))))
        }
    }
}
