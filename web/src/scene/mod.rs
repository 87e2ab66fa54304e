//! Layout and drawing: pure functions of plain data, testable without a browser.

mod actors;
pub(crate) mod clock;
mod columns;
pub(crate) mod curve;
mod dark;
mod faults;
pub(crate) mod fold;
pub(crate) mod geometry;
pub(crate) mod ghost;
pub(crate) mod glyph;
pub(crate) mod labels;
pub(crate) mod ladder;
pub(crate) mod model;
pub(crate) mod packets;
mod pictograms;
pub(crate) mod plots;
mod rung;
pub(crate) mod score;
pub(crate) mod shape;
pub(crate) mod stage;
pub(crate) mod text;
pub(crate) mod timers;

pub(crate) use geometry::{Geometry, Layout};
pub(crate) use pictograms::Pictogram;
pub(crate) use shape::Drawing;
