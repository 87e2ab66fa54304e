//! Links to a moment: made, followed, and refused with a sentence.

use tidings_world::view::{Answer, Open, ToWorker};
use wasm_bindgen::JsValue;
use web_sys::Window;
use yew::prelude::*;

use super::link::{self, Broken};
use super::{Page, Selection};
use crate::words::words;

impl Page {
    /// Makes a link to the playhead, which also becomes the page's address; `then` hears it, or
    /// why there is none.
    pub(crate) fn bookmark(&self, then: Callback<Result<String, String>>) {
        let then = Callback::from(move |answer: Answer| {
            let first = answer.problems.into_iter().next();
            let made = match (answer.moment, first) {
                (Some(moment), None) => address(&link::fragment(&moment)),
                (_, problem) => Err(problem.map_or_else(String::new, |problem| problem.sentence)),
            };
            then.emit(made);
        });
        self.ask(ToWorker::Bookmark, then);
    }

    /// Opens the moment that the page's address names, if it names one.
    pub(crate) fn follow(&self) -> bool {
        let fragment = window().and_then(|window| window.location().hash().ok());
        let Some(moment) = link::moment(&fragment.unwrap_or_default()) else {
            return false;
        };
        self.signals().refused.set(None);
        let words = &words().panels.stops;
        match moment {
            Ok(moment) => {
                let page = self.clone();
                let then = Callback::from(move |answer: Answer| {
                    if let Some(problem) = answer.problems.into_iter().next() {
                        page.open(Open::Default, Callback::noop());
                        page.refuse(problem.sentence);
                    }
                });
                self.open(Open::Moment(moment), then);
                true
            }
            Err(Broken::Version) => self.refuse(words.other_version.into()),
            Err(Broken::Cut) => self.refuse(words.cut_short.into()),
        }
    }

    /// Says why a link was not opened.
    fn refuse(&self, sentence: String) -> bool {
        self.signals().refused.set(Some(sentence));
        self.select(Selection::Time);
        false
    }
}

/// The page's address with a fragment in the place of its own.
fn address(fragment: &str) -> Result<String, String> {
    if fragment.len() > link::LETTERS_MAX {
        return Err((words().panels.stops.too_long)(fragment.len()));
    }
    let fragment = format!("#{fragment}");
    let href = window().and_then(|window| {
        // Whoever may not touch the address still gets the link.
        if let Ok(history) = window.history() {
            let _ = history.replace_state_with_url(&JsValue::NULL, "", Some(&fragment));
        }
        window.location().href().ok()
    });
    let href = href.unwrap_or_default();
    let before = href.split('#').next().unwrap_or_default();
    Ok(format!("{before}{fragment}"))
}

fn window() -> Option<Window> {
    web_sys::window()
}
