//! What is known about a draft: problems with their places, and hints.

use tidings_world::view::{FormField, ListensHint, Problem, SpeaksHint};

/// The engine's answers to a draft as it stands.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Checked {
    pub(crate) problems: Vec<Problem>,
    /// For each of `speaks`.
    pub(crate) speaks: Vec<SpeaksHint>,
    /// For each of `listens`.
    pub(crate) listens: Vec<ListensHint>,
}

impl Checked {
    /// The sentences for one place.
    pub(crate) fn at(&self, field: FormField) -> Vec<String> {
        let here = self
            .problems
            .iter()
            .filter(|problem| problem.field == field);
        let mut sentences: Vec<String> = here.map(|problem| problem.sentence.clone()).collect();
        sentences.dedup();
        sentences
    }

    /// The sentences for places this form does not show.
    pub(crate) fn elsewhere(&self) -> Vec<String> {
        let here = |field| {
            matches!(
                field,
                FormField::Form | FormField::Text(_) | FormField::Url | FormField::Values
            )
        };
        let rest = self.problems.iter().filter(|problem| here(problem.field));
        rest.map(|problem| problem.sentence.clone()).collect()
    }
}
