//! Where the playhead is to stop by itself.

use std::rc::Rc;

use tidings_world::view::{Answer, Breakpoint, Stop, ToWorker};
use yew::prelude::*;

use super::Page;

/// A breakpoint a person has set.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Watched {
    pub(crate) on: bool,
    pub(crate) what: Breakpoint,
}

/// What has stopped the playhead: the engine counts only those that are on.
pub(crate) fn stopped_by(stops: &[Watched], stop: Stop) -> Option<&Watched> {
    let mut on = stops.iter().filter(|one| one.on);
    on.nth(usize::from(stop.which))
}

impl Page {
    /// Sets breakpoints in the place of the earlier ones, unless the engine finds something wrong
    /// with them; `then` hears it.
    pub(crate) fn set_stops(&self, stops: Vec<Watched>, then: Callback<Answer>) {
        let on = stops.iter().filter(|one| one.on);
        let on = on.map(|one| one.what.clone()).collect();
        let page = self.clone();
        let then = Callback::from(move |answer: Answer| {
            if answer.problems.is_empty() {
                page.signals().stops.set(Rc::new(stops.clone()));
            }
            then.emit(answer);
        });
        self.ask(|token| ToWorker::Break { token, on }, then);
    }

    /// In another scene are other actors; whatever else one waited for is waited for there.
    pub(super) fn stops_of_another_scene(&self) {
        let stops = self.signals().stops.get();
        let stays = |one: &&Watched| !matches!(one.what, Breakpoint::Presence(_));
        let stops: Vec<Watched> = stops.iter().filter(stays).cloned().collect();
        self.set_stops(stops, Callback::noop());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_engine_counts_those_that_are_on() {
        let stops = [(false, Breakpoint::Failure), (true, Breakpoint::Drop)];
        let stops = stops.map(|(on, what)| Watched { on, what });
        let stop = |which| Stop {
            which,
            packet: None,
            actor: None,
        };
        assert_eq!(stopped_by(&stops, stop(0)), Some(&stops[1]));
        assert_eq!(stopped_by(&stops, stop(1)), None);
    }
}
