//! What a scene is made of, as a person writes it down: actors, what they say and ask for, the
//! links between them and the broker, and the beats of the script.
//!
//! The same types are the forms of the page ([`crate::view`]), so they use nothing that a compact
//! encoding cannot carry: no flattening, no untagged variants, no skipped fields.
//! Times are whole milliseconds here and microseconds everywhere else.

pub mod check;
mod payload;
mod properties;
mod read;
pub mod template;
mod text;
mod write;

pub use payload::{Field, Flat, Payload};
pub use properties::{ConnectProperties, PublishProperties, UserProperties};
pub use text::{KITCHEN_SENSORS, TEXT_BYTES_MAX};

use serde::{Deserialize, Serialize};

/// One whole scene.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Scenario {
    /// The version of this format: [`FORMAT`].
    pub format: u32,
    /// What the scene is called.
    pub title: String,
    /// Everything random comes from it.
    pub seed: u64,
    /// Who takes part, in the order of the page, top to bottom.
    pub actors: Vec<Actor>,
    /// What happens at a set time, besides what the actors do by themselves.
    pub beats: Vec<Beat>,
}

/// The only format so far.
pub const FORMAT: u32 = 1;

/// The seed of a scene that names none.
const SEED: u64 = 7;

/// One client of the broker: it may speak, listen, or both.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Actor {
    /// What it is called on the page, and its client id. Unique in the scene.
    pub name: String,
    /// The drawing in its box.
    pub picture: Picture,
    /// The version of MQTT it speaks.
    pub version: Version,
    /// What carries its bytes.
    pub transport: Transport,
    /// Milliseconds a byte takes from the actor to the broker, and back.
    pub latency_ms: u32,
    /// Up to so many milliseconds more, another number for each packet. None overtakes another.
    pub jitter_ms: u32,
    /// Bytes that go through its link in a second, each way; 0 is no limit.
    pub bytes_per_sec: u32,
    /// Bytes it reads in a second; what it has not read fills the link, and then waits in the
    /// broker. 0 is no limit.
    pub reads_per_sec: u32,
    /// When it first connects.
    pub start_ms: u64,
    /// Its keep-alive interval; 0 is none.
    pub keep_alive_secs: u16,
    /// What the broker does with its session while it is away.
    pub away: Away,
    /// What else its CONNECT says.
    pub connect: ConnectProperties,
    /// What its templates are filled with, by name.
    pub values: Vec<(String, String)>,
    /// What the broker says for it if it is lost.
    pub will: Option<Will>,
    /// What it says.
    pub speaks: Vec<Speaks>,
    /// What it asks for.
    pub listens: Vec<Listens>,
}

/// What an actor's link to the broker is like, each way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Wire {
    /// [`Actor::latency_ms`].
    pub latency_ms: u32,
    /// [`Actor::jitter_ms`].
    pub jitter_ms: u32,
    /// [`Actor::bytes_per_sec`].
    pub bytes_per_sec: u32,
    /// [`Actor::reads_per_sec`].
    pub reads_per_sec: u32,
}

/// The latency of an actor that names none.
const LATENCY_MS: u32 = 200;

/// What the broker says for an actor whose connection ends without a DISCONNECT.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Will {
    /// The topic it is said on.
    pub topic: String,
    /// What is said.
    pub payload: String,
    /// The QoS it is published with.
    pub qos: Qos,
    /// Whether the broker keeps it for newcomers.
    pub retain: bool,
    /// Seconds the broker waits for the actor to come back before it says it; 5.0 only.
    pub delay_secs: u32,
    /// What else it says; 5.0 only.
    pub properties: PublishProperties,
}

/// One thing an actor says again and again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Speaks {
    /// The topic it speaks on: a template.
    pub topic: String,
    /// What it says.
    pub payload: Payload,
    /// It says nothing by itself, only when somebody asks for the next word.
    pub by_hand: bool,
    /// Milliseconds between two messages; 0 says it once.
    pub period_ms: u64,
    /// After so many messages it pauses; 0 never.
    pub burst: u32,
    /// Milliseconds from the last message of a burst to the first of the next.
    pub pause_ms: u64,
    /// When the first message leaves.
    pub first_ms: u64,
    /// The QoS it publishes with.
    pub qos: Qos,
    /// Whether the broker keeps the last word for newcomers.
    pub retain: bool,
    /// What else it says; 5.0 only.
    pub properties: PublishProperties,
}

impl Speaks {
    /// Milliseconds from a message, counted from 0, to the next; none if there is no next.
    pub fn after_ms(&self, n: u64) -> Option<u64> {
        let pauses = self.burst > 0 && (n + 1).is_multiple_of(self.burst.into());
        let after = if pauses {
            self.pause_ms
        } else {
            self.period_ms
        };
        (after > 0 && !self.by_hand).then_some(after)
    }

    /// Milliseconds from the first message to the n-th from 0.
    pub fn since_first_ms(&self, n: u64) -> u64 {
        let bursts = n.checked_div(self.burst.into()).unwrap_or(0);
        let pauses = self.pause_ms.saturating_mul(bursts);
        pauses.saturating_add(self.period_ms.saturating_mul(n - bursts))
    }
}

/// One subscription of an actor.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Listens {
    /// The topic filter.
    pub filter: String,
    /// Its number and colour, 1 to 8; 0 takes the next that is free.
    pub channel: u8,
    /// The largest QoS it wants.
    pub qos: Qos,
    /// It does not want its own messages back.
    pub no_local: bool,
    /// It wants the retain flag left as it was published.
    pub retain_as_published: bool,
    /// What it wants of the words kept for newcomers.
    pub retain_handling: RetainHandling,
    /// Milliseconds it takes to handle a message; its acknowledgements and answers wait as long.
    pub handling_ms: u32,
    /// Subscription Identifier, which the broker puts on what it sends for this subscription; 5.0
    /// only, 0 is none.
    pub subscription_id: u32,
    /// User Properties of its SUBSCRIBE; 5.0 only.
    pub user: UserProperties,
    /// What it answers to a message.
    pub answer: Option<Answer>,
}

/// What a responder says when a message has been handled: to the Response Topic that the message
/// names, with its Correlation Data, at its QoS.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// Where it answers a message that names no Response Topic: a template. Empty does not answer
    /// such a message.
    pub topic: String,
    /// What it answers: a template.
    pub payload: String,
}

/// Something that happens at a set time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Beat {
    /// When.
    pub at_ms: u64,
    /// To whom, by name.
    pub actor: String,
    /// What.
    pub what: Deed,
}

/// What can be done to an actor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Deed {
    /// Its cable is pulled; the broker hears that the connection is lost, and what flies is lost.
    Unplug,
    /// It says DISCONNECT and leaves.
    SwitchOff,
    /// It connects (again).
    SwitchOn,
    /// Its connection is cut: both ends hear it at once, what flies is lost, and it connects again
    /// by itself.
    Cut,
    /// Its connection is cut when so many more bytes have gone to the broker.
    CutAfter(u32),
    /// Nothing moves on its link, and nobody is told. Nothing is lost either.
    Stall,
    /// Its link moves again, from where everything stood.
    Resume,
    /// Its connection is half open: nothing comes through any more, and nobody is told, so each end
    /// finds out by its own clock. A new connection works.
    Silence,
    /// It loses its memory and its connection, and stays away.
    Crash,
    /// It loses its memory and its connection, and starts again at once.
    Restart,
}

/// What can be done to the broker of glass.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum BrokerDeed {
    /// It ends in the middle of what it does. Connections are cut; its store stays.
    Crash,
    /// It ends, and its store is lost with it.
    Lose,
    /// It starts again, with what its store kept.
    Start,
}

/// The drawing in an actor's box.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[expect(missing_docs, reason = "each says what is drawn")]
pub enum Picture {
    Thermometer,
    Door,
    Phone,
    Heating,
    Logger,
    Lamp,
    Camera,
    Person,
    #[default]
    Box,
}

/// A version of MQTT.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[expect(missing_docs, reason = "each is its number")]
pub enum Version {
    V3_1_1,
    #[default]
    V5,
}

/// What carries the bytes between an actor and the broker.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Transport {
    /// MQTT's bytes and nothing else.
    #[default]
    Tcp,
    /// MQTT's bytes in WebSocket frames, as a browser sends them.
    WebSocket,
}

/// What the broker does with a session while its client is away.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Away {
    /// The session ends with the connection.
    #[default]
    Forget,
    /// It is kept for an hour (3.1.1 knows only for ever).
    KeepHour,
    /// It is kept for so many seconds (3.1.1 knows only for ever).
    KeepSecs(u32),
    /// It is kept until the client comes back.
    Keep,
}

/// What a subscriber wants of the words kept for newcomers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum RetainHandling {
    /// Send them whenever it subscribes.
    #[default]
    Send,
    /// Send them if the subscription is new.
    IfNew,
    /// Never send them.
    Never,
}

/// How sure delivery must be, written as 0, 1 or 2.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(into = "u8", try_from = "u8")]
pub enum Qos {
    /// Once or not at all.
    #[default]
    AtMostOnce,
    /// Once or more.
    AtLeastOnce,
    /// Once.
    ExactlyOnce,
}

impl From<Qos> for u8 {
    fn from(qos: Qos) -> u8 {
        qos as u8
    }
}

impl TryFrom<u8> for Qos {
    type Error = &'static str;

    fn try_from(value: u8) -> Result<Self, Self::Error> {
        match value {
            0 => Ok(Self::AtMostOnce),
            1 => Ok(Self::AtLeastOnce),
            2 => Ok(Self::ExactlyOnce),
            _ => Err("QoS is 0, 1 or 2"),
        }
    }
}

impl Actor {
    /// A publisher as the page offers it first: one word a second.
    pub fn publisher(name: &str, topic: &str) -> Self {
        Self {
            speaks: vec![Speaks {
                topic: topic.into(),
                payload: Payload::Constant("hello".into()),
                by_hand: false,
                period_ms: 1000,
                burst: 0,
                pause_ms: 0,
                first_ms: 0,
                qos: Qos::AtMostOnce,
                retain: false,
                properties: PublishProperties::default(),
            }],
            ..Self::named(name)
        }
    }

    /// A subscriber as the page offers it first.
    pub fn subscriber(name: &str, filter: &str) -> Self {
        Self {
            listens: vec![Listens {
                filter: filter.into(),
                channel: 0,
                qos: Qos::AtMostOnce,
                no_local: false,
                retain_as_published: false,
                retain_handling: RetainHandling::Send,
                handling_ms: 0,
                subscription_id: 0,
                user: Vec::new(),
                answer: None,
            }],
            ..Self::named(name)
        }
    }

    /// What its link is like.
    pub fn wire(&self) -> Wire {
        Wire {
            latency_ms: self.latency_ms,
            jitter_ms: self.jitter_ms,
            bytes_per_sec: self.bytes_per_sec,
            reads_per_sec: self.reads_per_sec,
        }
    }

    /// The same actor on another link.
    #[must_use]
    pub fn on(self, wire: Wire) -> Self {
        Self {
            latency_ms: wire.latency_ms,
            jitter_ms: wire.jitter_ms,
            bytes_per_sec: wire.bytes_per_sec,
            reads_per_sec: wire.reads_per_sec,
            ..self
        }
    }

    fn named(name: &str) -> Self {
        Self {
            name: name.into(),
            picture: Picture::Box,
            version: Version::V5,
            transport: Transport::Tcp,
            latency_ms: LATENCY_MS,
            jitter_ms: 0,
            bytes_per_sec: 0,
            reads_per_sec: 0,
            start_ms: 0,
            keep_alive_secs: 0,
            away: Away::Forget,
            connect: ConnectProperties::default(),
            values: Vec::new(),
            will: None,
            speaks: Vec::new(),
            listens: Vec::new(),
        }
    }
}
