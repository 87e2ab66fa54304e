//! What gives way in a row that is too long for its room.

use web_sys::Element;
use yew::prelude::*;

/// How many parts of the row behind `row` have to give way, at most `most`: one more after the other until
/// the row is no wider than its room. A row of another `key`, such as one of another width, begins anew.
#[hook]
pub(super) fn use_fit<K>(row: &NodeRef, key: K, most: u8) -> u8
where
    K: Clone + PartialEq + 'static,
{
    let given = use_state(|| (key.clone(), 0));
    let level = match &*given {
        (of, level) if *of == key => *level,
        _ => 0,
    };
    use_effect_with((row.clone(), key, level), move |(row, key, level)| {
        let long = |row: Element| row.scroll_width() > row.client_width();
        if *level < most && row.cast::<Element>().is_some_and(long) {
            given.set((key.clone(), level + 1));
        }
    });
    level
}
