//! The panel at the right of the stage, and the log in the stage's place.

mod came;
mod foreign;
pub(crate) mod form;
mod head;
mod icon;
mod names;
pub(crate) mod packet;
mod panel;
mod signs;

pub(crate) use panel::Panel;
