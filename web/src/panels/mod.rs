//! The panel at the right of the stage, and what may stand in the stage's place.

mod came;
mod choice;
mod faults;
mod field;
mod foreign;
pub(crate) mod form;
mod head;
mod invalid;
pub(crate) mod keys;
mod ladder;
pub(crate) mod log;
mod names;
pub(crate) mod packet;
mod panel;
mod plots;
pub(crate) mod real;
mod signs;
mod state;
mod stops;
mod text;
mod topics;

pub(crate) use faults::{Faults, chips, in_force};
pub(crate) use foreign::foreign;
pub(crate) use ladder::Ladder;
pub(crate) use log::Log;
pub(crate) use panel::Panel;
pub(crate) use plots::PlotsView;
pub(crate) use state::StateView;
pub(crate) use stops::{Halt, use_why};
pub(crate) use topics::Topics;
