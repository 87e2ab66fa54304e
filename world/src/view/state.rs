//! What everybody remembers: sessions, what is under way and what waits, kept words, timers.

use serde::{Deserialize, Serialize};

use super::{ActorId, Channel, EventNo, Micros, PacketKind, Presence, Short, Timer};
use crate::scenario::{BrokerDeed, Deed, Qos};

/// No list of a session has more entries; the rest is counted.
pub const STATE_LIST_MAX: usize = 6;
/// No more kept words are told; the tree of topics has all.
pub const STATE_KEPT_MAX: usize = 24;
/// No more timers are told, the soonest.
pub const STATE_TIMERS_MAX: usize = 24;

/// Everything anybody remembers at the playhead.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StatePage {
    /// What happened last; whatever it changed is marked.
    pub last: Option<(Micros, Happened)>,
    /// A line for each actor, in the scene's order.
    pub sessions: Vec<SessionState>,
    /// Words kept for newcomers, the latest first.
    pub kept: Vec<KeptState>,
    /// How many are kept in all.
    pub kept_total: u32,
    /// What will happen by itself, the soonest first.
    pub timers: Vec<TimerState>,
}

/// An event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Happened {
    /// A packet left.
    Left(EventNo, PacketKind),
    /// A packet reached the broker.
    Reached(EventNo, PacketKind),
    /// A packet reached an actor.
    Came(EventNo, PacketKind, ActorId),
    /// A packet was lost with its connection.
    Lost(EventNo, PacketKind),
    /// Something was done to an actor.
    Done(ActorId, Deed),
    /// Something was done to the broker.
    Broker(BrokerDeed),
}

/// One actor's connection and session, as both ends remember it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SessionState {
    /// Whose.
    pub actor: ActorId,
    /// The last event changed something here.
    pub changed: bool,
    /// Whether it is there.
    pub presence: Presence,
    /// Since when.
    pub since: Option<Micros>,
    /// The broker has a session for it.
    pub held: bool,
    /// What it asked for and was granted.
    pub asked: List<Asked>,
    /// Messages on their way to the broker that both still remember.
    pub to_broker: List<InUse>,
    /// The same on their way to it.
    pub to_actor: List<InUse>,
    /// How many may be open on each way (Receive Maximum), if it was said.
    pub most: (Option<u16>, Option<u16>),
    /// Values that wait for it, the oldest first.
    pub waits: List<Short>,
    /// How many waited before the last event.
    pub waited: u32,
    /// Topic aliases: whether towards the broker, the number, and what it stands for.
    pub aliases: List<(bool, u16, String)>,
}

/// The beginning of a list, and how long it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct List<T> {
    /// At most [`STATE_LIST_MAX`].
    pub first: Vec<T>,
    /// Of how many.
    pub total: u32,
}

impl<T> List<T> {
    /// The beginning of what an iterator gives, and how much it gives.
    pub(crate) fn of(mut all: impl Iterator<Item = T>) -> Self {
        let first: Vec<T> = all.by_ref().take(STATE_LIST_MAX).collect();
        let total = (first.len() + all.count()) as u32;
        Self { first, total }
    }
}

/// A subscription the broker holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// The filter, with its share group.
    pub filter: String,
    /// The QoS that was granted.
    pub qos: Qos,
    /// Its number and hue, if the scene has it.
    pub channel: Option<Channel>,
}

/// A message with a packet id that is in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InUse {
    /// The id.
    pub id: u16,
    /// Its QoS: a handshake of two packets or four.
    pub qos: Qos,
    /// So many packets of the handshake have left.
    pub step: u8,
}

/// A word kept for newcomers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct KeptState {
    /// Its topic.
    pub topic: String,
    /// What it says.
    pub value: Short,
    /// The packet that brought it.
    pub no: EventNo,
    /// Who said it, if the log still knows.
    pub by: Option<ActorId>,
    /// Since when.
    pub since: Micros,
    /// The last event changed it.
    pub changed: bool,
}

/// A timer of an actor. [`super::TimerKind::Other`] is the broker's patience with a silent client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimerState {
    /// Whose.
    pub actor: ActorId,
    /// Which, and when.
    pub timer: Timer,
    /// The last event set it.
    pub changed: bool,
}
