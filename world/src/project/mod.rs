//! Projections: what the page may see, as functions of the log up to a playhead.
//!
//! Nothing in here asks a broker or a client: whatever is drawn is in the log.

mod actor;
mod address;
mod came;
mod compare;
mod curve;
mod draft;
mod ears;
mod frame;
mod hints;
mod hop;
mod ladder;
mod log_page;
mod message;
mod numbers;
mod outcome;
mod packet;
mod pass;
mod plots;
mod reading;
mod row;
mod scene;
mod score;
mod short;
mod state;
#[cfg(test)]
mod tests;
mod topic;
mod topics;
mod tree;
mod verdict;

pub(crate) use actor::actor;
pub(crate) use compare::{compare, haunt};
pub(crate) use draft::check_draft;
pub(crate) use frame::frame;
pub(crate) use hop::failed;
pub(crate) use ladder::ladder;
pub(crate) use log_page::log_page;
pub(crate) use packet::packet;
pub(crate) use plots::plots;
pub(crate) use scene::scene;
pub(crate) use score::score;
pub(crate) use state::state;
pub(crate) use topic::topic;
pub(crate) use topics::tree_page;

use crate::board::Board;
use crate::cast::Cast;
use crate::log::{Log, Seq};
use crate::view::{Broker, Clock, NextTimer};

/// What a projection may look at.
#[derive(Clone, Copy)]
pub(crate) struct Sight<'a> {
    /// Everything that happened, also after the playhead.
    pub(crate) log: &'a Log,
    /// The stage at the playhead.
    pub(crate) board: &'a Board,
    /// The scene at the playhead.
    pub(crate) cast: &'a Cast,
    /// Where the playhead stands.
    pub(crate) clock: Clock,
    /// Timers that will fire after the head of the run, by actor and then by time.
    pub(crate) timers: &'a [NextTimer],
}

impl Sight<'_> {
    /// The playhead as a place in the log: the first that has not happened yet.
    fn end(&self) -> Seq {
        self.board.end()
    }

    /// Whether the broker is of glass; what another one does cannot be seen.
    fn is_glass(&self) -> bool {
        matches!(self.cast.broker, Broker::Glass)
    }
}
