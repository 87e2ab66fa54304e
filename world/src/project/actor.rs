//! One actor, for its form.

use super::{Sight, hints};
use crate::view::{ActorDetail, ActorId};
use crate::voice::Voice;

/// An actor of the scene.
pub(crate) fn actor(sight: &Sight, id: ActorId) -> Option<ActorDetail> {
    let actor = sight.cast.actor(id)?;
    let topics = match actor.listens.is_empty() {
        true => Default::default(),
        false => hints::topics(sight.cast, sight.log, sight.end()),
    };
    let speaks = (0..).zip(&actor.speaks).map(|(n, speaks)| {
        let mut voice = Voice::of(actor, speaks, sight.cast.scenario.seed, id, n);
        let said = sight.log.said(id, sight.end()).filter(|seq| {
            let sent = sight.log.sent(*seq);
            sent.is_some_and(|sent| voice.speaks_on(&sent.facts.topic))
        });
        let said = said.count() as u64;
        voice.skip(said);
        hints::speaks(actor, speaks, voice)
    });
    let listens = actor.listens.iter();
    Some(ActorDetail {
        id,
        actor: actor.clone(),
        speaks: speaks.collect(),
        listens: listens.map(|one| hints::listens(one, &topics)).collect(),
    })
}
