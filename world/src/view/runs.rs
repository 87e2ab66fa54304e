//! The runs of a scene: a change made in the past begins another one, and keeps the old.

use serde::{Deserialize, Serialize};

use super::{ActorId, Micros};
use crate::scenario::{BrokerDeed, Deed};

/// A run, for as long as the scene is open. Never used twice; the first is 1.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct RunId(pub u32);

/// No more runs are kept beside the present one. The one that was left longest ago goes, but for
/// the one the present run has parted from.
pub const RUNS_MAX: usize = 8;

/// After a cut that was moved, the run is known for so long beyond the playhead.
pub const OUTCOME: Micros = Micros::from_millis(5_000);

/// The runs there are.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Runs {
    /// The present one.
    pub now: RunId,
    /// The change it began with; none for the first run.
    pub did: Option<Did>,
    /// The others, as they were left, the latest last.
    pub kept: Vec<RunView>,
    /// So many were let go: there were too many, or the log no longer reaches back to them.
    pub let_go: u32,
    /// The comparison that was asked for.
    pub compared: Option<Compared>,
}

/// A run that was left.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunView {
    /// Which.
    pub id: RunId,
    /// When it parts from the present run.
    pub parts: Micros,
    /// How far it had come.
    pub head: Micros,
    /// The hash of its log up to there.
    pub hash: u64,
    /// The change it began with; none for the first run.
    pub did: Option<Did>,
}

/// A change that a run began with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Did {
    /// Something was done to an actor.
    Deed(ActorId, Deed),
    /// Something was done to the broker of glass.
    Broker(BrokerDeed),
    /// An actor said something.
    Said(ActorId),
    /// The scene was edited.
    Scene,
    /// An actor sent bytes that a person wrote.
    Sent(ActorId),
}

/// Two runs from where they part up to the playhead: first the one that was kept, then the
/// present one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Compared {
    /// The one that was kept.
    pub with: RunId,
    /// When they part.
    pub parts: Micros,
    /// The messages that reached each listener, of those who got another number.
    pub got: Vec<(ActorId, [u32; 2])>,
    /// The messages that reached all listeners together.
    pub got_all: [u32; 2],
    /// Packets that left.
    pub sent: [u32; 2],
    /// Packets that were lost.
    pub lost: [u32; 2],
}
