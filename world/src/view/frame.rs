//! What may differ from one frame to the next: the stage at the playhead.

use serde::{Deserialize, Serialize};

use super::{ActorId, Channel, EventNo, Micros, RungId, Short};
use crate::scenario::Qos;

/// The stage at one moment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Frame {
    /// Where the playhead stands and how it moves.
    pub clock: Clock,
    /// The version of the [`super::Scene`] this belongs to.
    pub scene: u32,
    /// The state of each actor, in the scene's order.
    pub actors: Vec<ActorState>,
    /// What is on the wires, oldest first.
    pub flying: Vec<Hop>,
    /// More is on the wires than the list holds ([`FLYING_MAX`]).
    pub flying_more: u32,
    /// The PUBLISH that arrived last. None before the first, and with a remote broker.
    pub register: Option<Register>,
    /// Each subscription, in the scene's order: actors, then their `listens`.
    pub rungs: Vec<Rung>,
    /// The words kept for newcomers, latest first, at most [`SHELF_MAX`].
    pub shelf: Vec<Kept>,
    /// How many are kept in all.
    pub shelf_total: u32,
    /// What just happened.
    pub story: Story,
    /// The broker of glass has crashed and was not started again.
    pub down: bool,
}

/// A frame holds no more packets in flight than this.
pub const FLYING_MAX: usize = 240;
/// A frame holds no more kept words than this.
pub const SHELF_MAX: usize = 8;
/// A rung holds no more slabs than this, the oldest.
pub const SLABS_MAX: usize = 8;

/// Where the playhead stands and how it moves.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Clock {
    /// The moment that is drawn.
    pub playhead: Micros,
    /// The end of the run so far; the playhead is before it after a step back.
    pub head: Micros,
    /// The earliest moment that can be looked at: 0, until the log has let go of its beginning.
    pub begins: Micros,
    /// The last event at or before the playhead.
    pub event: EventNo,
    /// Whether the playhead moves.
    pub running: bool,
    /// What was chosen.
    pub speed: Speed,
    /// How many microseconds of the world pass in one of the wall at this moment; 0 when still.
    /// The page may move its own playhead on at this rate until the next frame, never past
    /// `until`.
    pub rate: f64,
    /// The time of the next event, which nobody has seen yet.
    pub until: Micros,
    /// The wall time this was drawn for, in milliseconds since 1970 with fractions: in a worker
    /// and in a page `performance.timeOrigin + performance.now()` are the same clock.
    pub wall_ms: f64,
    /// What kind of clock.
    pub kind: ClockKind,
    /// The breakpoint that has stopped the playhead here.
    pub stopped: Option<Stop>,
}

/// A breakpoint that has stopped the playhead.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Stop {
    /// Its place among those that are set.
    pub which: u8,
    /// The packet that came, was lost, or was to be delivered.
    pub packet: Option<EventNo>,
    /// The actor at the packet's other end, or who misses it, or who came or was lost.
    pub actor: Option<ActorId>,
}

/// What kind of clock a scene has.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum ClockKind {
    /// Ours: it can be stopped, slowed and turned back.
    Virtual,
    /// The wall's, because a real broker takes part: pause holds only the picture.
    Wall {
        /// The wall time at [`Micros`] 0, in milliseconds since 1970.
        origin_ms: f64,
    },
}

/// How fast the world goes.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Speed {
    /// Slow while something flies, and no silence longer than a second.
    Auto,
    /// So many seconds of the world in one of the wall, 0.01 to 1000.
    Times(f64),
}

/// An actor at the playhead.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ActorState {
    /// Who.
    pub id: ActorId,
    /// Whether it is there.
    pub presence: Presence,
    /// What it last said or heard, whichever came later.
    pub last: Option<Short>,
    /// How many messages the broker holds for it because it is away. None if nobody can know
    /// (a remote broker).
    pub waiting: Option<u32>,
    /// Its nearest timer, if it has one.
    pub timer: Option<Timer>,
    /// What went wrong with its connection, in words of the engine (English), until it is mended.
    pub trouble: Option<Trouble>,
    /// Whether anything moves on its link.
    pub link: LinkState,
    /// Its connection will be cut.
    pub cut: Option<Cut>,
}

/// A cut that is arranged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Cut {
    /// After so many bytes to the broker, counted from when it was arranged.
    Bytes(u32),
    /// At the arrival of a packet.
    Packet {
        /// Which.
        no: EventNo,
        /// After it has arrived, and what its arrival set off has left.
        after: bool,
        /// When that is.
        at: Micros,
    },
}

/// Whether anything moves on a link.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum LinkState {
    /// Everything does.
    #[default]
    Open,
    /// Nothing does, for the time being.
    Stalled,
    /// Nothing does on this connection any more, and nobody was told.
    Silent,
}

/// Whether an actor is connected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Presence {
    /// Never switched on so far.
    NotYet,
    /// CONNECT is under way.
    Connecting,
    /// The broker let it in.
    Connected,
    /// Not connected; `unplugged` if its cable is out, else it was switched off or failed.
    Away {
        /// The cable is out.
        unplugged: bool,
        /// The broker keeps its session.
        session: bool,
    },
}

/// Why an actor cannot connect or was thrown out.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Trouble {
    /// The MQTT reason code, if the broker gave one.
    pub reason: Option<u8>,
    /// What kind of trouble, for the page's own words.
    pub kind: TroubleKind,
    /// One or two sentences that say what happened and what to try.
    pub sentence: String,
}

/// What kind of trouble a connection has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum TroubleKind {
    /// The address is no `ws://` or `wss://` URL.
    Address,
    /// The page came by https, so the browser forbids `ws://`.
    MixedContent,
    /// Nobody answered, or with something that is not WebSocket.
    Unreachable,
    /// It answered without the subprotocol `mqtt`.
    Subprotocol,
    /// CONNACK said no.
    Refused,
    /// The connection ended.
    Lost,
    /// The broker sent what MQTT does not allow.
    Protocol,
}

/// A timer as an arc: the part that is left is `(at − playhead) / (at − from)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Timer {
    /// What it waits for.
    pub kind: TimerKind,
    /// When it was set.
    pub from: Micros,
    /// When it fires.
    pub at: Micros,
}

/// What a timer waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum TimerKind {
    /// The next word of a publisher.
    Speaks,
    /// A client must show that it is alive.
    KeepAlive,
    /// The broker forgets a session.
    SessionExpiry,
    /// The broker says a will.
    WillDelay,
    /// A client tries to connect again.
    Reconnect,
    /// A slow listener is done with a message.
    Handling,
    /// Something else in the broker.
    Other,
}

/// A packet's one way over one link: a dot, a slant.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Hop {
    /// Its number.
    pub no: EventNo,
    /// The packet that made somebody send it; the same flow is one tree.
    pub cause: Option<EventNo>,
    /// On whose link.
    pub actor: ActorId,
    /// Which way.
    pub direction: Direction,
    /// What it is.
    pub kind: PacketKind,
    /// The subscriptions it belongs to: the copy's, or those a SUBSCRIBE family packet names, or
    /// the listener's own for its acks. None: ink.
    pub channels: Vec<Channel>,
    /// When it left.
    pub sent: Micros,
    /// When it arrives, or would have.
    pub arrives: Micros,
    /// When it was lost with its connection.
    pub died: Option<Micros>,
    /// The delivery it asks for; of a PUBLISH.
    pub qos: Qos,
    /// The retain flag; of a PUBLISH.
    pub retain: bool,
    /// The DUP flag; of a PUBLISH.
    pub dup: bool,
    /// The packet id, if it has one.
    pub packet_id: Option<u16>,
    /// Payload of a PUBLISH; empty in the score.
    pub label: Short,
    /// A reason code of 0x80 or more.
    pub failed: bool,
    /// It stands still since then, because its link does.
    pub held: Option<Micros>,
}

/// Which way a packet goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Direction {
    /// From the actor to the broker.
    ToBroker,
    /// From the broker to the actor.
    ToActor,
}

/// The packets of MQTT by their own names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[expect(missing_docs, reason = "MQTT's own words")]
pub enum PacketKind {
    Connect,
    ConnAck,
    Publish,
    PubAck,
    PubRec,
    PubRel,
    PubComp,
    Subscribe,
    SubAck,
    Unsubscribe,
    UnsubAck,
    PingReq,
    PingResp,
    Disconnect,
    Auth,
    /// A WebSocket ping, pong or close frame, or its handshake.
    WebSocket,
    /// Bytes that are no packet.
    Unreadable,
}

/// The shape a packet is drawn with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Family {
    /// ● PUBLISH.
    Publish,
    /// Small ring: PUBACK, PUBREC, PUBREL, PUBCOMP.
    Ack,
    /// ◆ CONNECT, CONNACK, AUTH, DISCONNECT.
    Connect,
    /// ▲ SUBSCRIBE, SUBACK, UNSUBSCRIBE, UNSUBACK.
    Subscribe,
    /// PINGREQ, PINGRESP and WebSocket's own.
    Ping,
}

impl PacketKind {
    /// The shape.
    pub fn family(self) -> Family {
        match self {
            Self::Publish => Family::Publish,
            Self::PubAck | Self::PubRec | Self::PubRel | Self::PubComp => Family::Ack,
            Self::Subscribe | Self::SubAck | Self::Unsubscribe | Self::UnsubAck => {
                Family::Subscribe
            }
            Self::PingReq | Self::PingResp | Self::WebSocket => Family::Ping,
            Self::Connect | Self::ConnAck | Self::Disconnect | Self::Auth | Self::Unreadable => {
                Family::Connect
            }
        }
    }

    /// True for answers, which are drawn hollow on the lower rail; PUBREL goes forward.
    pub fn is_reply(self) -> bool {
        matches!(
            self,
            Self::ConnAck
                | Self::PubAck
                | Self::PubRec
                | Self::PubComp
                | Self::SubAck
                | Self::UnsubAck
                | Self::PingResp
        )
    }

    /// The name as the standard writes it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Connect => "CONNECT",
            Self::ConnAck => "CONNACK",
            Self::Publish => "PUBLISH",
            Self::PubAck => "PUBACK",
            Self::PubRec => "PUBREC",
            Self::PubRel => "PUBREL",
            Self::PubComp => "PUBCOMP",
            Self::Subscribe => "SUBSCRIBE",
            Self::SubAck => "SUBACK",
            Self::Unsubscribe => "UNSUBSCRIBE",
            Self::UnsubAck => "UNSUBACK",
            Self::PingReq => "PINGREQ",
            Self::PingResp => "PINGRESP",
            Self::Disconnect => "DISCONNECT",
            Self::Auth => "AUTH",
            Self::WebSocket => "WebSocket",
            Self::Unreadable => "?",
        }
    }
}

/// The message the rungs are compared with: the PUBLISH that reached the broker last.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Register {
    /// The packet.
    pub no: EventNo,
    /// Who said it.
    pub from: ActorId,
    /// When it arrived; the light starts here.
    pub at: Micros,
    /// The topic's levels, at most 32; the last one then holds the rest.
    pub levels: Vec<String>,
    /// The payload.
    pub payload: Short,
    /// The QoS it was published with.
    pub qos: Qos,
    /// The retain flag.
    pub retain: bool,
}

/// A subscription at the playhead.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rung {
    /// Which.
    pub id: RungId,
    /// How its filter compares with the register's topic. None without a register, or if the
    /// broker does not hold this subscription yet (the rung is unlit).
    pub verdict: Option<Verdict>,
    /// The broker holds this subscription.
    pub granted: Option<Qos>,
    /// What lies in the pigeon-hole, oldest first, at most [`SLABS_MAX`].
    pub slabs: Vec<Slab>,
    /// How many wait in all.
    pub waiting: u32,
    /// How many are owed in all: sent, and not acknowledged.
    pub owed: u32,
}

/// How a filter compares with a topic.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Verdict {
    /// It matches.
    pub matched: bool,
    /// One contact for each level of the filter, in order.
    pub contacts: Vec<Contact>,
    /// What the broker did.
    pub outcome: Outcome,
}

/// One level of a filter against one of the topic.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Contact {
    /// The same word.
    Equal,
    /// `+`: any one level.
    Plus,
    /// `#`: so many levels, which may be 0.
    Hash {
        /// How many levels of the topic it bridges.
        levels: u8,
    },
    /// Another word, here; the contact falls open.
    Differs,
    /// The topic ends before this level.
    TopicEnds,
    /// The filter ends here and the topic goes on. Follows the filter's last level.
    FilterEnds,
    /// A wildcard at the beginning does not match a topic that begins with `$`.
    Dollar,
    /// An earlier contact is open.
    NotReached,
}

/// What a subscription got of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Outcome {
    /// The filter does not match.
    NotAsked,
    /// A copy left.
    Copy {
        /// The copy's number.
        no: EventNo,
        /// The QoS it left with.
        qos: Qos,
    },
    /// It waits in the pigeon-hole.
    Waits,
    /// It got none, though it asked.
    Dropped(Dropped),
    /// Another member of its share group got it.
    AnotherMember,
    /// The broker has not got to it yet.
    Pending,
}

/// Why somebody who asked gets no copy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Dropped {
    /// It is away, and QoS 0 waits for nobody.
    Away,
    /// It said it (No Local).
    Own,
    /// It takes no packet this large.
    TooLarge,
    /// Its queue is full.
    QueueFull,
    /// The message expired.
    Expired,
    /// A rule forbids it.
    Denied,
    /// It went away, and another member of its group gets it.
    Elsewhere,
    /// Another reason.
    Other,
}

/// A message in a pigeon-hole.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Slab {
    /// Filled amber or hollow.
    pub kind: SlabKind,
    /// The PUBLISH that brought it to the broker.
    pub no: EventNo,
    /// What it says.
    pub value: Short,
    /// The QoS it is delivered with.
    pub qos: Qos,
    /// Since when it lies there.
    pub since: Micros,
}

/// Why a slab is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum SlabKind {
    /// It waits for the listener.
    Waiting,
    /// A copy has left; what is owed stays until the answer comes.
    Owed {
        /// The packet id that is in use as long.
        packet_id: u16,
        /// The copy that left.
        copy: EventNo,
    },
}

/// A word kept for newcomers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Kept {
    /// The topic's levels.
    pub levels: Vec<String>,
    /// The last word.
    pub value: Short,
    /// The PUBLISH that brought it.
    pub no: EventNo,
    /// Since when.
    pub since: Micros,
}

/// The facts of the sentences above the stage.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Story {
    /// Who spoke last, as far as the broker has heard it.
    pub spoke: Option<Spoke>,
    /// The event at the playhead, if it was done to an actor rather than sent.
    pub done: Option<Done>,
}

/// Somebody spoke and the broker dealt with it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Spoke {
    /// The packet.
    pub no: EventNo,
    /// Who.
    pub actor: ActorId,
    /// The whole topic.
    pub topic: String,
    /// What.
    pub value: Short,
    /// How many listeners (actors) there are.
    pub listeners: u16,
    /// Those that had asked for it.
    pub asked: Vec<ActorId>,
    /// How many copies left.
    pub copies: u16,
    /// How many wait for somebody who is away.
    pub kept: u16,
}

/// Something was done to an actor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Done {
    /// Its number.
    pub no: EventNo,
    /// To whom.
    pub actor: ActorId,
    /// What.
    pub deed: crate::scenario::Deed,
    /// When.
    pub at: Micros,
}
