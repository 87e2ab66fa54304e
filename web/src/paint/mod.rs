//! Painters: the same drawing as SVG, for what stands still, or on a canvas, for what moves.

pub(crate) mod canvas;
pub(crate) mod svg;
