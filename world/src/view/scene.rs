//! What stands still between edits: who is on the stage.

use serde::{Deserialize, Serialize};

use super::{ActorId, Channel, Micros, RungId};
use crate::scenario::{Away, Picture, Qos, Transport, Version, Wire};

/// The scene as it is drawn while nothing moves. Comes again with a higher version after an edit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Scene {
    /// Grows with every edit; each [`super::Frame`] says which one it belongs to.
    pub version: u32,
    /// What the scene is called.
    pub title: String,
    /// Everything random comes from it.
    pub seed: u64,
    /// The broker in the middle.
    pub broker: Broker,
    /// Everyone else, top to bottom. Who only speaks stands left, who listens stands right.
    pub actors: Vec<ActorView>,
    /// The actors the scene invites one to switch on: away, with a session that is kept.
    pub invites: Vec<ActorId>,
}

/// The broker, ours or somebody's.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Broker {
    /// Ours, of glass: everything it does is in the log.
    Glass,
    /// A real one. What it compares, keeps and drops cannot be seen.
    Remote {
        /// Its `ws://` or `wss://` address, without a password.
        url: String,
        /// What it says of itself in `$SYS/broker/version`, if it does.
        says: Option<String>,
    },
}

/// An actor in its box.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ActorView {
    /// Who it is to the worker.
    pub id: ActorId,
    /// Who it is to people.
    pub name: String,
    /// The drawing in its box.
    pub picture: Picture,
    /// The version of MQTT it speaks.
    pub version: Version,
    /// What carries its bytes.
    pub transport: Transport,
    /// How long a byte takes to the broker and back. In a wall-clock scene the last ones measured,
    /// if any was.
    pub latency: Option<Micros>,
    /// What its link is like, as far as it is ours.
    pub wire: Wire,
    /// Its keep-alive interval; 0 is none.
    pub keep_alive_secs: u16,
    /// What the broker does with its session while it is away.
    pub away: Away,
    /// What it says.
    pub speaks: Vec<SpeaksView>,
    /// What it asks for; each is a rung.
    pub listens: Vec<ListensView>,
}

/// One thing an actor says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SpeaksView {
    /// The topic.
    pub topic: String,
    /// The QoS it publishes with.
    pub qos: Qos,
    /// Whether the broker is to keep the last word.
    pub retain: bool,
    /// Time between two messages; none if it speaks once.
    pub period: Option<Micros>,
}

/// One subscription: a rung.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ListensView {
    /// Which rung.
    pub rung: RungId,
    /// Its number and hue.
    pub channel: Channel,
    /// The filter as written, with `$share/group/` if it is shared.
    pub filter: String,
    /// The levels of the filter that are compared, in order. `$share/group` is not among them.
    pub levels: Vec<String>,
    /// The share group, if any.
    pub share: Option<String>,
    /// The largest QoS it asked for.
    pub qos: Qos,
}
