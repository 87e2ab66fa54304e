//! What crosses between the worker that owns a world and the page that draws it.
//!
//! The page never derives what is not here, and the log never leaves the worker: the page says
//! once what it looks at ([`Watch`]) and gets those windows again whenever they change.
//!
//! - Both ways a *batch* crosses: one transferred `ArrayBuffer` with a `Vec` of messages,
//!   [`encode`]d here. At most one an animation frame each way, [`BATCH_BYTES_MAX`] or less.
//! - A window that does not come with a batch is unchanged. A window that comes replaces the
//!   earlier one of its kind.
//! - Every time is [`Micros`] of the world's clock. Positions are functions of it: a packet is at
//!   `(playhead − sent) / (arrives − sent)` of its way.
//! - Texts are facts, not sentences: the page has the words, in each language. Topics and payloads
//!   are hostile text, never markup, and may hold any character.
//!
//! A page's life: start the worker, wait for [`FromWorker::Hello`], send [`ToWorker::Open`] and a
//! [`ToWorker::Watch`]; draw each batch.

mod command;
mod detail;
mod frame;
mod log;
mod plots;
mod runs;
mod scene;
mod score;
mod state;
mod topics;

pub use command::*;
pub use detail::*;
pub use frame::*;
pub use log::*;
pub use plots::*;
pub use runs::*;
pub use scene::*;
pub use score::*;
pub use state::*;
pub use topics::*;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// No batch from the worker is larger.
pub const BATCH_BYTES_MAX: usize = 64 * 1024;

/// A moment of the world's clock, or a length of time, in microseconds.
///
/// In a wall-clock scene ([`ClockKind::Wall`]) the clock counts from the moment the scene opened.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct Micros(pub u64);

impl Micros {
    /// So many milliseconds.
    pub const fn from_millis(millis: u64) -> Self {
        Self(millis.saturating_mul(1000))
    }

    /// Milliseconds, for drawing.
    pub fn as_millis_f64(self) -> f64 {
        self.0 as f64 / 1000.0
    }
}

/// The number of an event as a person sees it: packets when they are sent, and what is done to
/// actors, counted from 1. What the broker decides hangs below the packet that made it decide and
/// has no number of its own.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct EventNo(pub u32);

/// An actor, for as long as the scene is open. Never used twice.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct ActorId(pub u16);

/// A subscription: the n-th of its actor's `listens`. A rung of the broker's ladder.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct RungId {
    /// Whose.
    pub actor: ActorId,
    /// Which of its `listens`, from 0.
    pub index: u8,
}

/// The number and hue of a subscription, 1 to 8.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct Channel(pub u8);

/// A payload made short for a label.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Short {
    /// The beginning as text, at most [`Short::CHARS_MAX`] characters; hexadecimal pairs with
    /// spaces if it is not text. Control and direction characters are still in it.
    pub text: String,
    /// There is more than the text shows.
    pub cut: bool,
    /// It is not UTF-8.
    pub binary: bool,
}

impl Short {
    /// The most characters a short text has.
    pub const CHARS_MAX: usize = 48;
}

/// One batch, from its bytes.
///
/// # Errors
/// If the bytes are not such a batch; page and worker are of one build, so that is a fault of ours.
pub fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<Vec<T>, postcard::Error> {
    postcard::from_bytes(bytes)
}

/// The bytes of one batch.
///
/// # Panics
/// Never: the types of this module have nothing that cannot be encoded.
pub fn encode<T: Serialize>(batch: &[T]) -> Vec<u8> {
    postcard::to_allocvec(batch).expect("invariant: view types are plain data")
}
