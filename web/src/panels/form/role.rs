//! What an actor is called for what it does.

use tidings_world::scenario::Actor;

use crate::words::words;

pub(crate) fn role(actor: &Actor) -> &'static str {
    let words = &words().panels.form;
    match (actor.speaks.is_empty(), actor.listens.is_empty()) {
        (false, true) => words.publisher,
        (true, false) => words.subscriber,
        (false, false) => words.both,
        (true, true) => words.neither,
    }
}
