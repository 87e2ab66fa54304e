//! Publishers and subscribers as forms.

mod add;
mod checked;
mod checking;
mod connection;
mod edit;
mod extras;
mod fields;
mod fold;
mod json;
mod listens;
mod menu;
mod moment;
mod number;
mod pairs;
mod payload;
mod plot;
mod rate;
mod role;
mod speaks;
mod strip;
mod suggest;
mod toggle;
mod will;

pub(crate) use add::AddActor;
pub(crate) use edit::EditActor;
pub(crate) use moment::Moment;
