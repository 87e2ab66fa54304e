//! Publishers and subscribers as forms.

mod add;
mod checked;
mod checking;
mod connection;
mod edit;
mod field;
mod fields;
mod invalid;
mod listens;
mod menu;
mod moment;
mod number;
mod payload;
mod plot;
mod rate;
mod role;
mod speaks;
mod strip;
mod suggest;
mod text;
mod toggle;

pub(crate) use add::AddActor;
pub(crate) use edit::EditActor;
