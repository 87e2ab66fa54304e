//! The words of the panels.

/// What the panels say.
pub(crate) struct Panels {}

/// English.
pub(crate) const EN: Panels = Panels {};
