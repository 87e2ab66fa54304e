//! Why a filter matches a topic, or why not.

use alloc::vec::Vec;

use super::{Filter, Topic};

/// The comparison of a filter with a topic, level by level.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// One verdict a level, as many as the longer of the two has; a `#` that matches speaks for
    /// all levels it covers and ends the list.
    pub levels: Vec<LevelVerdict>,
    /// Whether the filter matches.
    pub matched: bool,
}

/// What one level of a filter says to one level of a topic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LevelVerdict {
    /// The same text.
    Equal,
    /// `+`: any text.
    Plus,
    /// `#`: this level and all that follow.
    Hash {
        /// How many levels of the topic it covers; 0 where it matches the parent level.
        levels: usize,
    },
    /// Another text.
    Differs,
    /// The filter has a level where the topic has none.
    FilterLonger,
    /// The topic has a level where the filter has none.
    TopicLonger,
    /// A wildcard stands first and the topic begins with `$`.
    DollarRule,
    /// An earlier level decided against it.
    NotReached,
}

impl LevelVerdict {
    /// Whether the comparison goes on, or ends with a match.
    pub const fn agrees(self) -> bool {
        matches!(self, Self::Equal | Self::Plus | Self::Hash { .. })
    }
}

pub(super) fn explain(filter: &Filter, topic: &Topic) -> Explanation {
    let mut wanted = filter.levels();
    let mut names = topic.levels().peekable();
    let mut levels = Vec::new();
    let mut matched = true;
    loop {
        let verdict = match (wanted.next(), names.peek()) {
            (None, None) => break,
            _ if !matched => LevelVerdict::NotReached,
            (Some("+" | "#"), _) if levels.is_empty() && topic.is_dollar() => {
                LevelVerdict::DollarRule // [MQTT-4.7.2-1]
            }
            (Some("#"), _) => LevelVerdict::Hash {
                levels: names.by_ref().count(),
            },
            (Some("+"), Some(_)) => LevelVerdict::Plus,
            (Some(level), Some(name)) if level == *name => LevelVerdict::Equal,
            (Some(_), Some(_)) => LevelVerdict::Differs,
            (Some(_), None) => LevelVerdict::FilterLonger,
            (None, Some(_)) => LevelVerdict::TopicLonger,
        };
        names.next();
        matched &= verdict.agrees();
        levels.push(verdict);
    }
    Explanation { levels, matched }
}
