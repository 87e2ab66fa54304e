//! From what the worker says to what the drawings are functions of.

mod flight;
mod run;
mod stage;
#[cfg(test)]
mod tests;

pub(crate) use flight::{family, flight, flights};
pub(crate) use run::{LaneRoom, lanes, outages, run};
pub(crate) use stage::stage;

use tidings_world::scenario::Picture;
use tidings_world::view::{ActorId, ActorView, Presence, Scene, Short};

use crate::scene::{Pictogram, model};
use crate::state::Standing;

/// Who only speaks stands left.
pub(crate) fn speakers(scene: &Scene) -> impl Iterator<Item = &ActorView> {
    scene.actors.iter().filter(|a| a.listens.is_empty())
}

/// Who listens stands right.
pub(crate) fn listeners(scene: &Scene) -> impl Iterator<Item = &ActorView> {
    scene.actors.iter().filter(|a| !a.listens.is_empty())
}

/// The number the drawings know an actor by.
pub(crate) fn actor_id(id: ActorId) -> model::ActorId {
    u32::from(id.0)
}

/// A short payload as a label shows it.
pub(crate) fn label(short: &Short) -> String {
    if short.cut {
        format!("{}…", short.text)
    } else {
        short.text.clone()
    }
}

/// The drawing for a picture of a scenario.
pub(crate) fn pictogram(picture: Picture) -> Pictogram {
    match picture {
        Picture::Thermometer => Pictogram::Thermometer,
        Picture::Door => Pictogram::Door,
        Picture::Phone => Pictogram::Phone,
        Picture::Heating => Pictogram::Heating,
        Picture::Logger => Pictogram::Logger,
        Picture::Lamp => Pictogram::Lamp,
        Picture::Camera => Pictogram::Camera,
        Picture::Person => Pictogram::Guest,
        Picture::Box => Pictogram::Chip,
    }
}

/// The actor that the scene invites one to switch on, while it is away.
pub(crate) fn invited(scene: &Scene, standing: &Standing) -> Option<ActorId> {
    scene.invites.iter().copied().find(|&id| {
        let state = standing.actor(id);
        state.is_some_and(|s| matches!(s.presence, Presence::NotYet | Presence::Away { .. }))
    })
}
