//! Who is on the stage.

use super::short;
use crate::cast::Cast;
use crate::scenario::{Actor, Away, Beat, Deed, Wire, check};
use crate::view::{
    ActorId, ActorView, Broker, Channel, ListensView, Micros, RungId, Scene, SpeaksView,
};
use crate::voice::Values;

/// The scene as it is drawn while nothing moves. With another's broker `latencies` knows how long
/// a byte took last.
pub(crate) fn scene(cast: &Cast, latencies: &dyn Fn(ActorId) -> Option<Micros>) -> Scene {
    let latency = |id, actor: &Actor| match cast.broker {
        Broker::Glass => Some(Micros::from_millis(actor.latency_ms.into())),
        Broker::Remote { .. } => latencies(id),
    };
    let actors = cast.members().map(|(id, actor, channels)| ActorView {
        id,
        name: actor.name.clone(),
        picture: actor.picture,
        version: actor.version,
        transport: actor.transport,
        latency: latency(id, actor),
        wire: match cast.broker {
            Broker::Glass => actor.wire(),
            Broker::Remote { .. } => Wire::default(),
        },
        keep_alive_secs: actor.keep_alive_secs,
        away: actor.away,
        speaks: speaks(actor),
        listens: listens(id, actor, channels),
    });
    let invited = cast
        .members()
        .filter(|(_, actor, _)| is_invited(cast, actor));
    Scene {
        version: cast.version,
        title: cast.scenario.title.clone(),
        seed: cast.scenario.seed,
        broker: cast.broker.clone(),
        actors: actors.collect(),
        invites: invited.map(|(id, ..)| id).collect(),
    }
}

fn speaks(actor: &Actor) -> Vec<SpeaksView> {
    let values = Values::of(actor);
    let views = actor.speaks.iter().map(|speaks| SpeaksView {
        topic: short::topic(&values.fill_lasting(&speaks.topic)),
        qos: speaks.qos,
        retain: speaks.retain,
        period: (speaks.period_ms > 0 && !speaks.by_hand)
            .then(|| Micros::from_millis(speaks.period_ms)),
    });
    views.collect()
}

fn listens(id: ActorId, actor: &Actor, channels: &[Channel]) -> Vec<ListensView> {
    let listens = actor.listens.iter().zip(channels).enumerate();
    let views = listens.map(|(index, (listens, channel))| {
        let filter = check::filter(&listens.filter).ok();
        let (levels, share) = match &filter {
            Some(filter) => (filter.filter(), filter.share()),
            None => (&listens.filter[..], None),
        };
        ListensView {
            rung: RungId {
                actor: id,
                index: index as u8,
            },
            channel: *channel,
            filter: short::topic(&listens.filter),
            levels: levels.split('/').map(short::topic).collect(),
            share: share.map(short::topic),
            qos: listens.qos,
        }
    });
    views.collect()
}

/// Whether the scene sends this actor away, so that what the broker keeps for it can be seen.
fn is_invited(cast: &Cast, actor: &Actor) -> bool {
    let sent_away = |beat: &Beat| {
        beat.actor == actor.name && matches!(beat.what, Deed::Unplug | Deed::SwitchOff)
    };
    actor.away != Away::Forget
        && !actor.listens.is_empty()
        && cast.scenario.beats.iter().any(sent_away)
}
