//! The panel at the right of the stage, and the log in the stage's place.

mod came;
mod choice;
mod foreign;
pub(crate) mod form;
mod head;
pub(crate) mod log;
mod names;
pub(crate) mod packet;
mod panel;
mod signs;

pub(crate) use log::Log;
pub(crate) use panel::Panel;
