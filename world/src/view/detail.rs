//! What an open panel shows: one packet, one actor.

use serde::{Deserialize, Serialize};

use super::{ActorId, Channel, EventNo, Hop, LogRow, Micros, RungId, Verdict};
use crate::scenario::{Actor, Qos, Version};

/// One packet, taken apart.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PacketDetail {
    /// Its way.
    pub hop: Hop,
    /// The version its connection speaks.
    pub version: Version,
    /// The topic of a PUBLISH; empty otherwise.
    pub topic: String,
    /// Its bytes as they were on the wire, without WebSocket's, at most [`BYTES_SHOWN_MAX`].
    pub bytes: Vec<u8>,
    /// How many bytes it has.
    pub bytes_total: u32,
    /// The bytes of the WebSocket frame's header it travelled behind, if it did.
    pub frame_header: Vec<u8>,
    /// What each byte means, in order; also of a packet that is wrong, up to the mistake.
    pub fields: Vec<Field>,
    /// What is wrong with it, if anything.
    pub wrong: Option<Wrong>,
    /// The same as the other version of MQTT has it; none if that cannot say it.
    pub twin: Option<Twin>,
    /// The reason code it carries, with the standard's name.
    pub reason: Option<(u8, String)>,
    /// Of a PUBLISH that reached the broker: what each subscription made of it.
    pub why: Vec<Why>,
    /// The tree it belongs to, from its root, as the log shows it by cause; at most 60 rows.
    pub tree: Vec<LogRow>,
}

/// No more bytes of a packet than this are shown.
pub const BYTES_SHOWN_MAX: usize = 8 * 1024;

/// Some bytes of a packet, and what they mean.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Field {
    /// Where they begin.
    pub offset: u32,
    /// How many.
    pub len: u32,
    /// Of a field inside a byte: its highest and its lowest bit, 7 to 0.
    pub bits: Option<(u8, u8)>,
    /// How deep the field is inside others.
    pub depth: u8,
    /// What it is called.
    pub name: String,
    /// What it says.
    pub value: String,
    /// The statement of the standard, such as `MQTT-3.3.1-5`.
    pub statement: Option<String>,
}

/// A mistake in a packet.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Wrong {
    /// Where.
    pub offset: u32,
    /// What, in words of the engine.
    pub sentence: String,
    /// The reason code it deserves, with the standard's name.
    pub reason: (u8, String),
    /// The statement it breaks; empty if none.
    pub statement: String,
}

/// A packet as another version of MQTT has it. What only 5.0 can say is left out in the older one;
/// a session that 3.1.1 keeps is one that never expires.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Twin {
    /// Which version.
    pub version: Version,
    /// Its bytes, at most [`BYTES_SHOWN_MAX`].
    pub bytes: Vec<u8>,
    /// What each byte means.
    pub fields: Vec<Field>,
}

/// What the broker would read in bytes that a person is writing.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct BytesHint {
    /// What each byte means, up to a mistake.
    pub fields: Vec<Field>,
    /// What is wrong with them, if anything.
    pub wrong: Option<Wrong>,
    /// How long the packet is by its own account; none if that cannot be read.
    pub says: Option<u32>,
    /// The same in the other version.
    pub twin: Option<Twin>,
}

/// What one subscription made of a message.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Why {
    /// Which.
    pub rung: RungId,
    /// Whose.
    pub actor: ActorId,
    /// Its number and hue.
    pub channel: Channel,
    /// The levels of its filter.
    pub levels: Vec<String>,
    /// The comparison and the outcome.
    pub verdict: Verdict,
    /// The QoS the broker granted; delivered is the smaller of it and the published.
    pub granted: Qos,
    /// The copy, if one left, and when it arrived.
    pub copy: Option<(EventNo, Option<Micros>)>,
}

/// One actor, for its form.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ActorDetail {
    /// Who.
    pub id: ActorId,
    /// Everything that can be edited. Send it back with [`super::Edit::Replace`].
    pub actor: Actor,
    /// Hints for each of its `speaks`, in order.
    pub speaks: Vec<SpeaksHint>,
    /// Hints for each of its `listens`, in order.
    pub listens: Vec<ListensHint>,
}

/// What helps to fill in a publisher's form.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SpeaksHint {
    /// What the topic becomes next.
    pub topic: String,
    /// Bytes of the topic.
    pub topic_bytes: u32,
    /// Its levels.
    pub topic_levels: u32,
    /// Bytes of a whole PUBLISH as it would be sent next.
    pub message_bytes: u32,
    /// Bytes of its properties, without the one that says how many.
    pub property_bytes: u32,
    /// The next values, for a drawing: as many as fit 60 messages.
    pub preview: Vec<String>,
}

/// What helps to fill in a subscriber's form.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ListensHint {
    /// Topics of the scene it matches, at most 8.
    pub matches: Vec<String>,
    /// How many it matches.
    pub matches_total: u32,
    /// How many topics the scene has.
    pub topics: u32,
    /// One that it does not match, with the level, from 1, that differs.
    pub misses: Option<(String, u8)>,
}
