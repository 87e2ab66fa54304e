//! What would become of a form that is being filled in.

use super::{address, hints, reading};
use crate::cast::Cast;
use crate::log::{Log, Seq};
use crate::scenario::{Version, check};
use crate::view::{ActorId, BYTES_SHOWN_MAX, Draft, FormField, Hints, Problem};
use crate::voice::Voice;

/// Everything wrong with a draft, and what helps to go on with it.
pub(crate) fn check_draft(cast: &Cast, log: &Log, draft: &Draft) -> (Vec<Problem>, Option<Hints>) {
    let version = Version::default();
    match draft {
        Draft::Speaks(speaks) => {
            let voice = Voice::of(speaks, cast.scenario.seed, ActorId::default(), 0);
            let hint = hints::speaks(speaks, version, voice);
            (check::speaks(speaks, 0), Some(Hints::Speaks(hint)))
        }
        Draft::Listens(listens) => {
            let topics = hints::topics(cast, log, Seq(log.end()));
            let hint = hints::listens(listens, &topics);
            let problems = check::listens(listens, version, 0);
            (problems, Some(Hints::Listens(hint)))
        }
        Draft::Name { id, name } => {
            let taken = cast.named(name).is_some_and(|other| Some(other) != *id);
            (check::name(name, taken), None)
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
