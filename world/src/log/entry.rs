//! What an entry of the log says.

use bytes::Bytes;

use crate::scenario::{BrokerDeed, Deed, Qos, Version, Wire};
use crate::view::{
    ActorId, Cut, Direction, Dropped, EventNo, LinkState, Micros, PacketKind, Presence, Trouble,
};

/// The place of an entry in its run, from 0. Entries that were let go keep theirs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Seq(pub u32);

/// One thing that happened.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// When.
    pub at: Micros,
    /// The packet whose arrival led to it; none if a clock, a script or a person did.
    pub cause: Option<Seq>,
    /// The first packet of the tree it belongs to; itself if it has no cause.
    pub root: Seq,
    /// What.
    pub what: What,
    /// Of a packet: where its way ended.
    pub(super) ended: Option<Seq>,
    /// The hash of the run up to and with this entry.
    pub(super) hash: u64,
}

impl Entry {
    /// What it hangs below: a copy below its original, everything else below its cause.
    pub fn parent(&self) -> Option<Seq> {
        match &self.what {
            What::Sent(sent) => sent.origin.or(self.cause),
            What::Decided { message, .. } => Some(*message),
            What::Unreadable { packet, .. } => Some(*packet),
            _ => self.cause,
        }
    }
}

/// What became of a packet on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It is under way.
    OnItsWay,
    /// It arrived.
    Arrived(Micros),
    /// It was lost with its connection.
    Lost(Micros),
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Hash)]
pub enum What {
    /// A packet left.
    Sent(Box<Sent>),
    /// It arrived.
    Arrived(Seq),
    /// It was lost with its connection.
    Died(Seq),
    /// The reader could not make sense of it, and why: offset, sentence, reason code, statement.
    Unreadable {
        /// The bytes.
        packet: Seq,
        /// Why.
        mistake: Mistake,
    },
    /// The broker decided what a session gets of a message.
    Decided {
        /// The PUBLISH that brought the message.
        message: Seq,
        /// Whose session.
        actor: ActorId,
        /// What it gets.
        decision: Decision,
    },
    /// The broker keeps this message for newcomers.
    Retained(Seq),
    /// It no longer keeps one for this topic.
    Unretained(Bytes),
    /// The broker said an actor's will.
    Will(ActorId),
    /// The broker holds a session for an actor, or no longer does.
    Session {
        /// Whose.
        actor: ActorId,
        /// Whether there is one.
        held: bool,
    },
    /// An actor came, left, or is about to.
    Presence(ActorId, Presence),
    /// Something was done to an actor.
    Deed {
        /// Its number.
        no: EventNo,
        /// To whom.
        actor: ActorId,
        /// What.
        deed: Deed,
    },
    /// An actor's connection has a trouble, or has it no longer.
    Trouble(ActorId, Option<Trouble>),
    /// The scene was edited; what is drawn stands still anew.
    Edited {
        /// The scene's version from here on.
        scene: u32,
    },
    /// Nothing moves on an actor's link any more, or everything does again.
    Link(ActorId, LinkState),
    /// Something was done to the broker of glass.
    Broker {
        /// Its number.
        no: EventNo,
        /// What.
        deed: BrokerDeed,
    },
    /// An actor's link is another one from here on.
    Wire(ActorId, Wire),
    /// A cut of an actor's connection is arranged, or no longer.
    Cut(ActorId, Option<Cut>),
}

/// A packet on its way.
#[derive(Clone, Debug, PartialEq, Hash)]
pub struct Sent {
    /// Its number.
    pub no: EventNo,
    /// On whose link.
    pub actor: ActorId,
    /// Which way.
    pub direction: Direction,
    /// When it arrives if nothing comes between.
    pub arrives: Micros,
    /// What it is.
    pub kind: PacketKind,
    /// The version its connection speaks.
    pub version: Version,
    /// Its bytes, at most [`super::PACKET_BYTES_MAX`] of them.
    pub bytes: Bytes,
    /// How many there were.
    pub bytes_total: u32,
    /// The header of the WebSocket frame in front of it, if there is one.
    pub frame: Bytes,
    /// The PUBLISH this one is a copy of.
    pub origin: Option<Seq>,
    /// What it says.
    pub facts: Facts,
}

/// What a packet says, as far as anybody asks for it. Slices of its bytes.
#[derive(Clone, Debug, Default, PartialEq, Hash)]
pub struct Facts {
    /// Topic of a PUBLISH. Well-formed UTF-8.
    pub topic: Bytes,
    /// Payload of a PUBLISH, or its beginning.
    pub payload: Bytes,
    /// QoS of a PUBLISH.
    pub qos: Qos,
    /// RETAIN of a PUBLISH.
    pub retain: bool,
    /// DUP of a PUBLISH.
    pub dup: bool,
    /// Packet id.
    pub packet_id: Option<u16>,
    /// The reason code of an answer or a DISCONNECT.
    pub reason: Option<u8>,
    /// The filters of a SUBSCRIBE or UNSUBSCRIBE.
    pub filters: Vec<Bytes>,
    /// The codes of a SUBACK or UNSUBACK.
    pub codes: Vec<u8>,
    /// Session Present of a CONNACK.
    pub session_present: bool,
}

impl Facts {
    /// The topic as text.
    pub fn topic(&self) -> &str {
        std::str::from_utf8(&self.topic).unwrap_or_default()
    }
}

/// What a session gets of a message it asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Decision {
    /// A copy, at once.
    Delivered,
    /// It waits for the listener or for its window.
    Queued,
    /// What waited was dropped, or nothing was sent in the first place.
    Dropped(Dropped),
    /// Another member of the share group gets it.
    AnotherMember,
}

/// Why bytes are no packet.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Mistake {
    /// Where.
    pub offset: u32,
    /// What.
    pub sentence: String,
    /// The reason code it deserves.
    pub reason: u8,
    /// The statement it breaks.
    pub statement: &'static str,
}
