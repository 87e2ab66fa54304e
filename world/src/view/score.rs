//! A window of the score: lanes are actors, time runs to the right.

use serde::{Deserialize, Serialize};

use super::{ActorId, Channel, Dropped, EventNo, Hop, Micros, PacketKind, Presence, Timer};
use crate::scenario::{Deed, Qos};

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
    /// Handshakes of QoS 1 and 2 that go on at some time in the window, by their beginning; empty
    /// unless the ladder is looked at.
    pub exchanges: Vec<Exchange>,
    /// Packets of the run it is compared with that the present one has not, by the time they left;
    /// the latest [`SCORE_MAX`].
    pub ghosts: Vec<Hop>,
    /// There is more than fits ([`SCORE_MAX`]); the earliest are missing.
    pub cut: bool,
}

/// A score holds no more hops, marks or exchanges than this.
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

/// A handshake: the packets that belong together, and what each end must not forget meanwhile. Each
/// part is from when to when, without an end while it lasts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Exchange {
    /// On whose link.
    pub actor: ActorId,
    /// The message goes to the broker.
    pub to_broker: bool,
    /// The packet id they share.
    pub packet_id: u16,
    /// One or two.
    pub qos: Qos,
    /// The packets, also those that were sent again, and whether each was lost; the latest
    /// [`EXCHANGE_PACKETS_MAX`].
    pub packets: Vec<(EventNo, PacketKind, bool)>,
    /// How often the receiver got the message: of QoS 2 once at most.
    pub delivered: u16,
    /// The sender holds the message.
    pub message: (Micros, Option<Micros>),
    /// The sender holds only its number (QoS 2).
    pub number: Option<(Micros, Option<Micros>)>,
    /// The receiver holds the number, so that the message is no second one (QoS 2).
    pub receiver: Option<(Micros, Option<Micros>)>,
}

/// An exchange lists no more packets.
pub const EXCHANGE_PACKETS_MAX: usize = 32;
