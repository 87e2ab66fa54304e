//! Everything one side may say to the other.

use serde::{Deserialize, Serialize};

use super::{
    ActorDetail, ActorId, BytesHint, Cut, EventNo, Frame, ListensHint, LogPage, LogWatch, Micros,
    PacketDetail, PacketKind, Plots, PlotsWatch, RunId, Runs, Scene, Score, SpeaksHint, Speed,
    StatePage, TopicDetail, TopicWatch, TreePage, TreeWatch,
};
use crate::scenario::{Actor, BrokerDeed, Deed, Qos, Version, Wire};

/// The page chooses it; the answer has the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Token(pub u32);

/// From the page to the worker.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum ToWorker {
    /// Opens a scene in place of the present one, at its beginning, running or not.
    /// Answered with [`Answer`].
    Open {
        /// For the answer.
        token: Token,
        /// Which scene.
        what: Open,
        /// Whether it runs at once.
        run: bool,
    },
    /// What the page looks at from here on; replaces the earlier one.
    Watch(Watch),
    /// Lets the playhead move.
    Run,
    /// Holds it.
    Pause,
    /// Moves it by one step and holds it.
    Step(Step),
    /// Sets it, between 0 and the head of the run, and holds it.
    Seek(Micros),
    /// Chooses how fast the world goes.
    Speed(Speed),
    /// So many times as fast as now, within what [`Speed`] allows; from the automatic speed as from a
    /// quarter.
    Faster(f64),
    /// Stops the playhead where one of these comes to pass, from here on; replaces the earlier
    /// ones. Answered.
    Break {
        /// For the answer.
        token: Token,
        /// At most [`BREAKPOINTS_MAX`].
        on: Vec<Breakpoint>,
    },
    /// Changes the scene at the playhead; what lay after it is kept as a run of its own ([`Runs`]).
    /// Answered.
    Edit {
        /// For the answer.
        token: Token,
        /// What to change.
        edit: Edit,
    },
    /// Asks what would become of an edit that is being typed. Answered with [`Answer::hints`].
    Check {
        /// For the answer.
        token: Token,
        /// The form as it stands.
        draft: Draft,
    },
    /// Asks for the scene as text. Answered with [`Answer::text`].
    Export(Token),
    /// Asks for what is needed to come back to the playhead. Answered with [`Answer::moment`].
    Bookmark(Token),
    /// Asks what the run is, up to the playhead. Answered with [`Answer::print`].
    Print(Token),
    /// Points the same actors at a real broker: a wall-clock scene begins. Answered as soon as the
    /// address is understood; what happens then is in each actor's trouble.
    Remote {
        /// For the answer.
        token: Token,
        /// The broker.
        broker: RemoteBroker,
    },
    /// Points the actors back at the broker of glass, at the beginning of the scene.
    LeaveRemote,
}

/// Which scene to open.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Open {
    /// The first screen.
    Default,
    /// Nobody but a broker.
    Empty,
    /// A text that [`ToWorker::Export`] gave, or a person wrote.
    Text(String),
    /// A scene at a moment that [`ToWorker::Bookmark`] gave, or a link did. It is held there.
    Moment(Moment),
}

/// A moment of a scene, and what is needed to come back to it. All of it may come from a stranger.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Moment {
    /// The scene as it was opened, as text; none is the first screen.
    pub scene: Option<String>,
    /// What was changed in it up to the moment, as only this version's worker can read it.
    pub edits: Vec<u8>,
    /// When.
    pub at: Micros,
}

/// A real broker.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RemoteBroker {
    /// `ws://` or `wss://`.
    pub url: String,
    /// User name, or empty.
    pub username: String,
    /// Password, or empty. Never kept, never exported, never in the log.
    pub password: String,
}

/// What the page looks at. A window that is not looked at is not computed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Watch {
    /// A window of the score.
    pub score: Option<ScoreWatch>,
    /// The score is drawn as the ladder: with what packets say, and their exchanges.
    pub ladder: bool,
    /// The kept run that the present one is compared with.
    pub compare: Option<RunId>,
    /// A window of the log.
    pub log: Option<LogWatch>,
    /// The selected packet.
    pub packet: Option<EventNo>,
    /// The selected actor.
    pub actor: Option<ActorId>,
    /// A window of the tree of topics.
    pub tree: Option<TreeWatch>,
    /// The selected topic.
    pub topic: Option<TopicWatch>,
    /// What everybody remembers.
    pub state: bool,
    /// Plots over the window of the score.
    pub plots: Option<PlotsWatch>,
}

/// Which part of the score the page looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ScoreWatch {
    /// From here.
    pub from: Micros,
    /// To here.
    pub to: Micros,
}

/// No more breakpoints are set at a time.
pub const BREAKPOINTS_MAX: usize = 32;

/// Where the playhead stops by itself. With a real broker it holds the picture.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Breakpoint {
    /// A packet of this kind arrives.
    Packet(PacketKind),
    /// A PUBLISH arrives whose topic this filter matches.
    Topic(String),
    /// A packet arrives with a reason code of 0x80 or more.
    Failure,
    /// A message is not delivered to somebody who asked, or a packet is lost with its connection.
    Drop,
    /// This actor comes, or is lost.
    Presence(ActorId),
}

/// How far a step goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Step {
    /// To the next departure, arrival or deed.
    Event,
    /// To the previous one.
    Back,
    /// Until a packet has arrived.
    Packet,
    /// To the next timer.
    Timer,
    /// To the beginning.
    Start,
    /// Until this actor has got a message.
    Gets(ActorId),
}

/// A change of the scene.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Edit {
    /// A new actor, last in its column. A name that is taken gets a number.
    /// Start from [`Actor::publisher`] or [`Actor::subscriber`].
    Add(Actor),
    /// Everything about an actor anew. It keeps its id; it reconnects only if it must.
    Replace {
        /// Whom.
        id: ActorId,
        /// By what.
        actor: Actor,
    },
    /// An actor leaves the scene.
    Remove(ActorId),
    /// Another name.
    Rename {
        /// Whose.
        id: ActorId,
        /// The name.
        name: String,
    },
    /// Pulls or plugs a cable, switches off or on.
    Do {
        /// To whom.
        id: ActorId,
        /// What.
        deed: Deed,
    },
    /// Does it to an actor when so much time of the world has passed.
    Later {
        /// To whom.
        id: ActorId,
        /// What.
        deed: Deed,
        /// Milliseconds from the playhead on.
        after_ms: u32,
    },
    /// Something happens to the broker of glass.
    Broker(BrokerDeed),
    /// Makes an actor's link another one; its connection stays.
    Wire {
        /// Whose.
        id: ActorId,
        /// What it is like from here on.
        wire: Wire,
    },
    /// Arranges a cut of an actor's connection, or takes back the one that is arranged.
    Arrange {
        /// Whose.
        id: ActorId,
        /// Which; in the place of the earlier one.
        cut: Option<Cut>,
    },
    /// Cuts the connection a packet is on, just before or just after it arrives: arranges that, or,
    /// where it has arrived, does it in the past, as [`Edit::MoveCut`] does.
    CutAt {
        /// The packet.
        packet: EventNo,
        /// After it has arrived, and what its arrival set off has left.
        after: bool,
    },
    /// Moves a cut to another moment of the run, makes one, or takes one away. The run is repeated
    /// to where it was, and at least [`super::OUTCOME`] beyond the playhead, which stays. A run that is
    /// nothing but this cut is replaced; another one is kept.
    MoveCut {
        /// Whose connection.
        id: ActorId,
        /// When it was cut; none if it was not.
        was: Option<Micros>,
        /// When it is to be cut, not after the head of the run; none to leave it whole.
        to: Option<Micros>,
    },
    /// Goes back to a run that was kept, and keeps the present one.
    Return(RunId),
    /// Lets an actor say something once.
    Say {
        /// Who.
        id: ActorId,
        /// On which topic.
        topic: String,
        /// What.
        payload: String,
        /// The QoS.
        qos: Qos,
        /// Whether the broker keeps it.
        retain: bool,
    },
    /// Lets an actor say the next word of one of its topics, besides what it says by itself.
    SayNext {
        /// Who.
        id: ActorId,
        /// Which of its `speaks`, from 0.
        n: u8,
    },
    /// Another title.
    Title(String),
    /// Everyone leaves; the broker forgets everything; the clock begins again.
    Clear,
    /// Sends bytes as they are on an actor's connection, a packet or not. Answered with
    /// [`Answer::packet`]. Its client keeps no account of what they mean.
    Send {
        /// From whose end.
        id: ActorId,
        /// What, at most [`super::BYTES_SHOWN_MAX`].
        bytes: Vec<u8>,
    },
}

/// A form that is being filled in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Draft {
    /// An actor.
    Actor {
        /// Which, if it is there already.
        id: Option<ActorId>,
        /// As it is to be.
        actor: Box<Actor>,
    },
    /// A real broker's address.
    Url(String),
    /// Bytes that a client is to send.
    Bytes {
        /// The version its connection speaks.
        version: Version,
        /// The bytes.
        bytes: Vec<u8>,
    },
}

/// From the worker to the page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum FromWorker {
    /// The worker listens. Always first.
    Hello {
        /// The version of the engine.
        version: String,
    },
    /// Who is on the stage; comes before the first frame that belongs to it.
    Scene(Box<Scene>),
    /// The stage at the playhead.
    Frame(Box<Frame>),
    /// The window of the score.
    Score(Box<Score>),
    /// The runs there are.
    Runs(Box<Runs>),
    /// The window of the log.
    Log(Box<LogPage>),
    /// The selected packet; none if the log no longer holds it.
    Packet(Option<Box<PacketDetail>>),
    /// The selected actor; none if it has left.
    Actor(Option<Box<ActorDetail>>),
    /// The window of the tree.
    Tree(Box<TreePage>),
    /// What everybody remembers.
    State(Box<StatePage>),
    /// The plots.
    Plots(Box<Plots>),
    /// The selected topic; none if there is no such any more, or not yet.
    Topic(Option<Box<TopicDetail>>),
    /// The answer to what had a token.
    Answer(Answer),
    /// The engine broke; it is our fault. Nothing more will come.
    Broken {
        /// What it said.
        message: String,
    },
}

/// The answer to a message with a token.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    /// Whose answer.
    pub token: Token,
    /// What stood in the way; empty if it was done (or could be, for a draft).
    pub problems: Vec<Problem>,
    /// The actor that was added or changed.
    pub actor: Option<ActorId>,
    /// The packet that was sent.
    pub packet: Option<EventNo>,
    /// The text that was asked for.
    pub text: Option<String>,
    /// Hints for a draft.
    pub hints: Option<Hints>,
    /// The moment that was asked for.
    pub moment: Option<Moment>,
    /// The fingerprint that was asked for.
    pub print: Option<Print>,
}

/// A run up to a moment, as a number: the same scene, seed and changes give the same one on every
/// target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Print {
    /// The moment.
    pub at: Micros,
    /// How many entries the log had by then, also those that were let go since.
    pub entries: u32,
    /// The hash of all of them.
    pub hash: u64,
}

/// Hints for a draft.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Hints {
    /// For an actor.
    Actor {
        /// For each thing it says, in order.
        speaks: Vec<SpeaksHint>,
        /// For each subscription, in order.
        listens: Vec<ListensHint>,
    },
    /// For bytes.
    Bytes(Box<BytesHint>),
}

/// Why something cannot be done.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Problem {
    /// Where in the form.
    pub field: FormField,
    /// A sentence, in words of the engine (English).
    pub sentence: String,
}

/// A place in a form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum FormField {
    /// None in particular.
    Form,
    /// The actor's name.
    Name,
    /// The topic of the n-th of `speaks`.
    Topic(u8),
    /// The payload of the n-th of `speaks`.
    Payload(u8),
    /// The rate of the n-th of `speaks`.
    Period(u8),
    /// The filter of the n-th of `listens`.
    Filter(u8),
    /// The channel of the n-th of `listens`.
    Channel(u8),
    /// The address of a real broker.
    Url,
    /// The text of a scene, at this line from 1 (0 if it is not known).
    Text(u32),
    /// The topic of the will.
    WillTopic,
    /// The payload of the will.
    WillPayload,
    /// The properties of the will.
    WillProperties,
    /// What templates are filled with.
    Values,
    /// What else the CONNECT says.
    Connect,
    /// The properties of the n-th of `speaks`.
    Properties(u8),
    /// The identifier and properties of the n-th of `listens`.
    Subscription(u8),
    /// The answer of the n-th of `listens`.
    Answer(u8),
}
