//! Numbers over the time of the score.

use serde::{Deserialize, Serialize};

use super::{ActorId, Channel, Curve, Micros, TopicId};

/// What is plotted, over the window of the score; see [`super::Watch::score`].
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PlotsWatch {
    /// Numbers in words: which topic, and where in the payload. At most [`PLOTS_MAX`].
    pub numbers: Vec<(TopicId, String)>,
}

/// So many numbers are plotted.
pub const PLOTS_MAX: usize = 6;

/// The plots.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Plots {
    /// A plot for each number that was asked for and is there, also after the playhead.
    pub numbers: Vec<NumberPlot>,
    /// How long a part of time is in which messages are counted.
    pub part: Micros,
    /// Parts with messages, in order.
    pub messages: Vec<MessagesPlot>,
    /// How many messages wait for whom, of those for whom any does.
    pub waiting: Vec<(ActorId, Curve)>,
}

/// A number over time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NumberPlot {
    /// Which topic.
    pub id: TopicId,
    /// Its name.
    pub topic: String,
    /// Where in the payload.
    pub place: String,
    /// The number.
    pub curve: Curve,
}

/// Messages of a part of time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MessagesPlot {
    /// When it begins.
    pub at: Micros,
    /// Messages that reached the broker.
    pub came: u32,
    /// Copies that left, by channel.
    pub left: Vec<(Channel, u32)>,
}
