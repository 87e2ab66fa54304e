//! What actors are called.

use tidings_world::view::{ActorId, ActorView, Party, Scene};

use crate::words::words;

/// An actor of the scene.
pub(crate) fn actor(scene: &Scene, id: ActorId) -> Option<&ActorView> {
    scene.actors.iter().find(|actor| actor.id == id)
}

/// The name of an actor, who may have left.
pub(crate) fn actor_name(scene: &Scene, id: ActorId) -> String {
    actor(scene, id).map_or_else(|| words().panels.gone.into(), |actor| actor.name.clone())
}

/// The name of one end of a packet's way.
pub(crate) fn party_name(scene: &Scene, party: Party) -> String {
    match party {
        Party::Broker => words().panels.broker.into(),
        Party::Actor(id) => actor_name(scene, id),
    }
}
