//! Publishers and subscribers as forms.

mod add;
mod checked;
mod checking;
mod connection;
mod edit;
mod fields;
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
mod toggle;

pub(crate) use add::AddActor;
pub(crate) use edit::EditActor;
pub(crate) use moment::Moment;
