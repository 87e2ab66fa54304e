//! What the drawings are functions of.
//!
//! Plain data: the adapters in `crate::bind` fill it from what the worker says, tests fill it by hand.
//! Nothing in here is derived from the protocol: verdicts, ids and times come from the event log.

use super::pictograms::Pictogram;

/// Microseconds of the world's clock.
pub(crate) type Micros = u64;

/// An actor, as the page tells actors apart.
pub(crate) type ActorId = u32;

/// The stage between two events. Packets on the wire are not in it: they move.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Stage {
    pub(crate) speakers: Vec<Speaker>,
    pub(crate) listeners: Vec<Listener>,
    pub(crate) rungs: Vec<Rung>,
    pub(crate) message: Option<Message>,
    /// Latest last.
    pub(crate) kept: Vec<Kept>,
    /// How many are kept in all, when only some are listed.
    pub(crate) kept_in_all: usize,
    pub(crate) selected: Option<ActorId>,
    /// The clock stands still: labels of packets need the room of the latencies.
    pub(crate) still: bool,
    /// Set while the broker is another machine's.
    pub(crate) dark: Option<Dark>,
    /// The broker has crashed: what stands in its place.
    pub(crate) down: Option<&'static str>,
}

/// What is wrong with a link.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Fault {
    /// Nothing moves on it, or it is gone.
    pub(crate) flow: Flow,
    /// Each packet takes another time.
    pub(crate) uneven: Option<String>,
    /// It takes only so much.
    pub(crate) narrow: Option<String>,
    /// Its reader takes only so much.
    pub(crate) slow: Option<String>,
    /// It will be cut.
    pub(crate) cut: Option<String>,
}

/// Whether packets move on a link.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) enum Flow {
    #[default]
    Open,
    /// They stand still; the word for it.
    Stalled(&'static str),
    /// They vanish, and nobody was told; the word for it.
    Silent(&'static str),
    /// It is cut.
    Cut,
}

impl Fault {
    /// Whether figures stand under it.
    pub(crate) fn is_limited(&self) -> bool {
        self.uneven.is_some() || self.narrow.is_some() || self.slow.is_some()
    }

    /// Everything that is wrong, in words.
    pub(crate) fn words(&self) -> impl Iterator<Item = &str> {
        let flow = match self.flow {
            Flow::Stalled(word) | Flow::Silent(word) => Some(word),
            Flow::Open | Flow::Cut => None,
        };
        let rest = [&self.uneven, &self.narrow, &self.slow, &self.cut];
        let rest = rest.into_iter().filter_map(Option::as_deref);
        flow.into_iter().chain(rest)
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Speaker {
    pub(crate) id: ActorId,
    pub(crate) name: String,
    pub(crate) pictogram: Pictogram,
    pub(crate) topic: String,
    pub(crate) said: Option<String>,
    pub(crate) latency: Option<Micros>,
    pub(crate) away: bool,
    pub(crate) note: Option<Note>,
    pub(crate) fault: Fault,
    /// What it waits for next.
    pub(crate) timer: Option<Wait>,
    /// Who is drawn as this one, if it is several.
    pub(crate) bundle: Vec<ActorId>,
}

impl Speaker {
    /// Whether `actor` is drawn here.
    pub(crate) fn is(&self, actor: ActorId) -> bool {
        self.id == actor || self.bundle.contains(&actor)
    }
}

/// A timer of an actor: when it was set, and when it fires.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Wait {
    pub(crate) from: Micros,
    pub(crate) at: Micros,
}

/// What stands beside an actor in the place of its last word.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Note {
    /// It is away, and what that means.
    Waits(String),
    /// What is wrong with its connection.
    Trouble(String),
}

impl Note {
    pub(crate) fn text(&self) -> &str {
        match self {
            Self::Waits(text) | Self::Trouble(text) => text,
        }
    }

    pub(crate) fn class(&self) -> &'static str {
        match self {
            Self::Waits(_) => "amt",
            Self::Trouble(_) => "redt w5",
        }
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Listener {
    pub(crate) id: ActorId,
    pub(crate) name: String,
    pub(crate) pictogram: Pictogram,
    pub(crate) asked: String,
    pub(crate) got: Option<String>,
    pub(crate) latency: Option<Micros>,
    pub(crate) away: bool,
    /// Its cable is out.
    pub(crate) unplugged: bool,
    pub(crate) note: Option<Note>,
    pub(crate) fault: Fault,
    /// What it waits for next.
    pub(crate) timer: Option<Wait>,
    /// Who is drawn as this one, if it is several.
    pub(crate) bundle: Vec<ActorId>,
}

impl Listener {
    /// Whether `actor` is drawn here.
    pub(crate) fn is(&self, actor: ActorId) -> bool {
        self.id == actor || self.bundle.contains(&actor)
    }
}

/// One subscription: the row it owns.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Rung {
    pub(crate) channel: u8,
    /// Index into [`Stage::listeners`].
    pub(crate) listener: usize,
    pub(crate) filter: Vec<String>,
    /// `$share/group/`, which is no level.
    pub(crate) group: Option<String>,
    /// The broker has not granted it: nobody has asked yet, or it was forgotten.
    pub(crate) open: bool,
    /// Level by level against [`Stage::message`]; empty when no topic is inside.
    pub(crate) contacts: Vec<Contact>,
    /// Messages that wait for the listener to come back, oldest first.
    pub(crate) waiting: Vec<Slab>,
    /// How many wait in all, when only some are listed.
    pub(crate) waiting_in_all: usize,
    /// Copies that left and are not acknowledged, oldest first.
    pub(crate) held: Vec<Held>,
    /// It stands for rungs that have no room of their own.
    pub(crate) more: Option<More>,
}

/// Rungs that are only counted.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct More {
    pub(crate) rungs: usize,
    /// Of them, those the message inside goes through.
    pub(crate) conduct: usize,
}

/// What the comparison of one level of a filter came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Contact {
    Equal,
    Plus,
    Hash,
    /// The first level that differs, and the word it met.
    Differs(String),
    /// The filter goes on after the topic has ended.
    FilterLonger,
    /// The topic goes on after the filter has ended, with this word.
    TopicLonger(String),
    /// A wildcard in first place never meets a topic that begins with `$`.
    Dollar,
    NotReached,
}

/// The message whose topic is on the rail.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Message {
    /// Index into [`Stage::speakers`]; none when the speaker has left.
    pub(crate) from: Option<usize>,
    pub(crate) event: u64,
    pub(crate) topic: Vec<String>,
    pub(crate) value: String,
}

/// A retained message.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Kept {
    pub(crate) topic: Vec<String>,
    pub(crate) value: String,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Slab {
    pub(crate) value: String,
    pub(crate) event: u64,
    pub(crate) selected: bool,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Held {
    pub(crate) value: String,
    pub(crate) packet_id: u16,
}

/// A broker that is not ours: only its address, and what its neighbours saw, is known.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Dark {
    pub(crate) url: String,
    pub(crate) version: Option<String>,
    pub(crate) round_trip: Option<String>,
    pub(crate) round_trip_note: String,
}

/// The families of MQTT's packets, as far as a mark can tell them apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Family {
    #[default]
    Publish,
    /// PUBACK, PUBREC, PUBCOMP.
    Ack,
    /// Goes forward and carries nothing.
    PubRel,
    Connect,
    ConnAck,
    Disconnect,
    /// SUBSCRIBE, UNSUBSCRIBE.
    Subscribe,
    SubAck,
    Ping,
    Pong,
}

impl Family {
    /// Filled marks go forward, hollow ones come back.
    pub(crate) fn forward(self) -> bool {
        !matches!(self, Self::Ack | Self::ConnAck | Self::SubAck | Self::Pong)
    }
}

/// A packet and its time on the wire.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Flight {
    /// Number of the event that sent it.
    pub(crate) event: u64,
    /// Number of the packet that caused it.
    pub(crate) cause: Option<u64>,
    pub(crate) family: Family,
    pub(crate) name: &'static str,
    /// The client at one end; the broker is at the other.
    pub(crate) actor: ActorId,
    pub(crate) to_broker: bool,
    pub(crate) sent: Micros,
    pub(crate) arrives: Micros,
    /// When the link was cut under it.
    pub(crate) died: Option<Micros>,
    /// It stands still since then, because its link does.
    pub(crate) held: Option<Micros>,
    pub(crate) channel: u8,
    /// A copy that answers two subscriptions carries both hues; 0 is none.
    pub(crate) second: u8,
    pub(crate) qos: u8,
    pub(crate) retain: bool,
    pub(crate) dup: bool,
    pub(crate) value: String,
    pub(crate) packet_id: Option<u16>,
    /// It carries a reason code that says no.
    pub(crate) failed: bool,
}

impl Flight {
    /// The share of the way made at `now`, and whether it is on the wire at all.
    pub(crate) fn progress(&self, now: f64) -> Option<f64> {
        let (sent, arrives) = (self.sent as f64, self.arrives as f64);
        let dead = self.died.is_some_and(|died| died as f64 <= now);
        let at = self.held.map_or(now, |held| now.min(held as f64));
        (sent <= at && at < arrives && !dead).then(|| (at - sent) / (arrives - sent).max(1.0))
    }
}

/// One lane of the score.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Lane {
    /// `None` is the broker.
    pub(crate) actor: Option<ActorId>,
    pub(crate) name: String,
    pub(crate) pictogram: Pictogram,
    pub(crate) channels: Vec<u8>,
    /// Spans without a connection.
    pub(crate) away: Vec<(Micros, Micros)>,
    /// Whose lane it is, if it is that of several.
    pub(crate) bundle: Vec<ActorId>,
}

impl Lane {
    /// Whether what `actor` does stands on it.
    pub(crate) fn is(&self, actor: ActorId) -> bool {
        self.actor == Some(actor) || self.bundle.contains(&actor)
    }
}

/// A message put aside for an absent listener.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct KeptMark {
    pub(crate) at: Micros,
    pub(crate) actor: ActorId,
    pub(crate) channel: u8,
    /// So many wait with it.
    pub(crate) waiting: u32,
}

/// A message that somebody who had asked for it did not get.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct DropMark {
    pub(crate) at: Micros,
    pub(crate) actor: ActorId,
}

/// A timer that is known to fire.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Timer {
    pub(crate) at: Micros,
    pub(crate) actor: Option<ActorId>,
}

/// A handshake of QoS 1 or 2, and what its ends hold meanwhile.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Exchange {
    pub(crate) actor: ActorId,
    pub(crate) packet_id: u16,
    pub(crate) exactly_once: bool,
    /// Number, name, and whether it was lost.
    pub(crate) packets: Vec<(u64, &'static str, bool)>,
    /// How often the message came to its receiver.
    pub(crate) delivered: u16,
    pub(crate) holds: Vec<Hold>,
}

impl Exchange {
    pub(crate) fn has(&self, event: u64) -> bool {
        self.packets.iter().any(|packet| packet.0 == event)
    }
}

/// What an end of a connection must not forget.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Hold {
    pub(crate) at_broker: bool,
    /// Only the number, the message no more.
    pub(crate) number: bool,
    pub(crate) from: Micros,
    /// None while it lasts.
    pub(crate) to: Option<Micros>,
}

/// A part of the run, as the score draws it.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Run {
    pub(crate) lanes: Vec<Lane>,
    pub(crate) flights: Vec<Flight>,
    pub(crate) kept: Vec<KeptMark>,
    pub(crate) dropped: Vec<DropMark>,
    pub(crate) timers: Vec<Timer>,
    /// The selected cause, whose effects stay at full weight.
    pub(crate) selected: Option<u64>,
    /// The other packets of its handshake.
    pub(crate) together: Vec<u64>,
    /// On the ladder only.
    pub(crate) exchanges: Vec<Exchange>,
    /// When links were cut, and whose.
    pub(crate) cuts: Vec<(Micros, ActorId)>,
    /// How it went in the run that this one is compared with, where that differs.
    pub(crate) ghosts: Vec<Flight>,
    /// On the ladder only: runs that were kept, from above.
    pub(crate) branches: Vec<Branch>,
    /// The broker is another machine's: its lane is a solid bar.
    pub(crate) dark: bool,
    /// What happened before this is more than can be drawn.
    pub(crate) begins: Option<Micros>,
}

/// A run that was kept.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Branch {
    /// When it parts from the present one.
    pub(crate) parts: Micros,
    /// How far it had come.
    pub(crate) head: Micros,
    /// The present one is compared with it.
    pub(crate) compared: bool,
}

impl Run {
    /// Whether `flight` belongs to what is selected.
    pub(crate) fn chosen(&self, flight: &Flight) -> bool {
        self.selected.is_some() && !self.faint(flight)
    }

    /// Whether `flight` steps back because something else is selected.
    pub(crate) fn faint(&self, flight: &Flight) -> bool {
        self.selected.is_some_and(|selected| {
            flight.event != selected
                && flight.cause != Some(selected)
                && !self.together.contains(&flight.event)
        })
    }
}
