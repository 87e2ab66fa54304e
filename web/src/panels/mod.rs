//! The panel at the right of the stage, and the log in the stage's place.

mod panel;

pub(crate) use panel::Panel;
