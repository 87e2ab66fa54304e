//! A window of the score: lanes are actors, time runs to the right.

use serde::{Deserialize, Serialize};

use super::{ActorId, Channel, Dropped, EventNo, Hop, Micros, Presence, Timer};
use crate::scenario::Deed;

/// What the score shows between two moments. The page cuts it at its playhead, and asks for a
/// window somewhat wider than it draws, so that it can move without asking again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Score {
    /// The window that was asked for.
    pub from: Micros,
    /// Its end.
    pub to: Micros,
    /// Every packet that is under way at some time in the window, by the time it left.
    pub hops: Vec<Hop>,
    /// What happened at one moment.
    pub marks: Vec<Mark>,
    /// When who was there.
    pub spans: Vec<Span>,
    /// Timers that will fire after the head of the run: the dashed rings.
    pub timers: Vec<NextTimer>,
    /// There is more than fits ([`SCORE_MAX`]); the earliest are missing.
    pub cut: bool,
}

/// A score holds no more hops, and no more marks, than this.
pub const SCORE_MAX: usize = 400;

/// Something at one moment on one lane.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Mark {
    /// When.
    pub at: Micros,
    /// On whose lane.
    pub actor: ActorId,
    /// What.
    pub kind: MarkKind,
    /// Its own number if it has one, else that of the packet that caused it.
    pub no: Option<EventNo>,
    /// The subscription it belongs to.
    pub channel: Option<Channel>,
}

/// What a mark says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum MarkKind {
    /// A message waits for the actor from here on: an amber block, threaded to the broker's lane.
    Waits {
        /// How many wait with it.
        waiting: u32,
    },
    /// A message was not delivered.
    Dropped(Dropped),
    /// The cable was pulled.
    Unplugged,
    /// It was switched off.
    SwitchedOff,
    /// It was switched on.
    SwitchedOn,
    /// The link was cut with what was on it.
    Cut,
    /// The broker said its will.
    Will,
    /// The broker forgot its session.
    Forgotten,
    /// Something else was done to it.
    Done(Deed),
}

/// A stretch of an actor's lane.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Span {
    /// Whose lane.
    pub actor: ActorId,
    /// From here.
    pub from: Micros,
    /// To here; none while it lasts.
    pub to: Option<Micros>,
    /// What it was.
    pub presence: Presence,
}

/// A timer that is set.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct NextTimer {
    /// On whose lane.
    pub actor: ActorId,
    /// Which.
    pub timer: Timer,
}
