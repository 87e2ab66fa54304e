//! Projections: what the page may see, as functions of the log up to a playhead.
//!
//! Nothing in here asks a broker or a client: whatever is drawn is in the log.

use crate::board::Board;
use crate::cast::Cast;
use crate::log::Log;
use crate::view::{Clock, NextTimer};

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
