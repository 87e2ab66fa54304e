//! The tree of topics, and one topic of it.

use serde::{Deserialize, Serialize};

use super::{ActorId, EventNo, Micros, Outcome, Short, Why};
use crate::scenario::Qos;

/// A place in the tree: a hash of the levels down to it.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct TopicId(pub u64);

/// Which part of the tree the page looks at.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TreeWatch {
    /// Only topics with this text in them or in their last word; case does not matter. Everything
    /// that is found is shown.
    pub search: String,
    /// Branches are shut, and those in `but` open; else it is the other way round.
    pub shut: bool,
    /// The exceptions.
    pub but: Vec<TopicId>,
    /// The first row.
    pub first: u32,
    /// How many rows, at most [`TREE_ROWS_MAX`].
    pub rows: u16,
}

/// A window of the tree has no more rows than this.
pub const TREE_ROWS_MAX: u16 = 60;
/// A row tells of so many subscriptions; of more it counts those that got a copy.
pub const GETS_MAX: usize = 8;
/// The time that is drawn in a row has so many parts, each with a stroke or without.
pub const STROKES: u8 = 53;

/// A window of the tree, as it was at the playhead.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TreePage {
    /// The place of the first row.
    pub first: u32,
    /// How many rows there are.
    pub total: u32,
    /// How many topics are found, all without a search.
    pub found: u32,
    /// How many there are.
    pub topics: u32,
    /// The time over which strokes are drawn, which ends at the playhead.
    pub strokes_of: Micros,
    /// The rows.
    pub rows: Vec<TreeRow>,
}

/// One place of the tree: a topic, a branch, or both.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TreeRow {
    /// Which.
    pub id: TopicId,
    /// How deep it hangs.
    pub depth: u8,
    /// Its levels below what it hangs from: a way without a fork is one row.
    pub label: String,
    /// What is below it.
    pub branch: Option<Branch>,
    /// Messages on it and below it.
    pub messages: u32,
    /// When messages on it came (of a shut branch: on anything below): parts of the time, of
    /// [`STROKES`].
    pub strokes: Vec<u8>,
    /// The topic that ends here, if one does.
    pub topic: Option<TreeTopic>,
}

/// What is below a place of the tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Branch {
    /// It is shown.
    pub open: bool,
    /// Topics below it, and itself if it is one.
    pub topics: u32,
    /// How many of them the broker keeps a word of.
    pub kept: u32,
}

/// A topic in the tree.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TreeTopic {
    /// The last word on it.
    pub value: Short,
    /// The broker keeps it for newcomers.
    pub kept: bool,
    /// Who spoke on it last, and somebody before; two at most.
    pub speakers: Vec<ActorId>,
    /// What each subscription of the scene made of the last word, in the scene's order, at most
    /// [`GETS_MAX`]; none if it came before the subscription or nobody can know.
    pub gets: Vec<Option<Outcome>>,
    /// How many subscriptions got it or will.
    pub heard: u16,
}

/// Which topic the page looks at.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TopicWatch {
    /// Which.
    pub id: TopicId,
    /// Which number of its words is plotted; the first if there is none of that name.
    pub number: String,
}

/// One topic, as it was at the playhead.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TopicDetail {
    /// Which.
    pub id: TopicId,
    /// The whole topic.
    pub topic: String,
    /// Messages on it.
    pub messages: u32,
    /// Whether the broker keeps a word for newcomers.
    pub kept: bool,
    /// The last message. None if the log no longer holds it.
    pub last: Option<LastWord>,
    /// The last payload, at most [`super::BYTES_SHOWN_MAX`] of it.
    pub payload: Vec<u8>,
    /// There is more of it.
    pub cut: bool,
    /// Numbers in the last payload, at most [`NUMBERS_MAX`]: where (empty if it is all of it), and
    /// as it is written.
    pub numbers: Vec<(String, String)>,
    /// The number that is plotted, over the time up to the playhead.
    pub plot: Option<(String, Curve)>,
    /// What each subscription made of the last message.
    pub why: Vec<Why>,
}

/// So many numbers of a payload are told.
pub const NUMBERS_MAX: usize = 24;

/// The last message on a topic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastWord {
    /// The packet.
    pub no: EventNo,
    /// Who said it, if it was somebody here.
    pub from: Option<ActorId>,
    /// When it arrived.
    pub at: Micros,
    /// The QoS it was published with.
    pub qos: Qos,
    /// The retain flag.
    pub retain: bool,
    /// Length of the packet on the wire.
    pub bytes: u32,
}

/// A value over time: it holds from its moment until the next.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Curve {
    /// The time that is looked at.
    pub from: Micros,
    /// And its end.
    pub to: Micros,
    /// Moments and values, in order; the first may lie before `from`.
    pub points: Vec<(Micros, f64)>,
}

/// A curve has no more points: of more, the lowest and the highest of each part stay.
pub const POINTS_MAX: usize = 400;
