//! The shapes of the words: which sentences the page has, and the facts each is made of.

use tidings_world::scenario::{Deed, Picture};

use super::panels::Panels;
use crate::state::Place;

/// All words of one language.
pub(crate) struct Words {
    /// For `lang` of the document.
    pub(crate) language: &'static str,
    pub(crate) bar: Bar,
    pub(crate) scene: Scene,
    pub(crate) story: Story,
    pub(crate) transport: Transport,
    pub(crate) score: Score,
    pub(crate) trouble: Trouble,
    pub(crate) unread: Unread,
    pub(crate) panels: Panels,
}

/// A kept scene that cannot be opened.
pub(crate) struct Unread {
    /// Before the sentence that says why.
    pub(crate) says: &'static str,
    pub(crate) show: &'static str,
    pub(crate) hide: &'static str,
    pub(crate) text: &'static str,
    pub(crate) forget: &'static str,
}

/// The bar at the top.
pub(crate) struct Bar {
    pub(crate) menu: &'static str,
    pub(crate) scenes: &'static str,
    pub(crate) first_scene: &'static str,
    pub(crate) first_note: &'static str,
    pub(crate) kept_note: &'static str,
    pub(crate) clear: &'static str,
    pub(crate) clear_note: &'static str,
    pub(crate) real_broker: &'static str,
    pub(crate) theme: &'static str,
    pub(crate) help: &'static str,
    pub(crate) title_of_new: &'static str,
}

/// The stage.
pub(crate) struct Scene {
    pub(crate) aria: fn(speakers: usize, listeners: usize) -> String,
    pub(crate) speak: &'static str,
    pub(crate) speak_term: &'static str,
    pub(crate) asked: &'static str,
    pub(crate) asked_term: &'static str,
    pub(crate) compares: &'static str,
    pub(crate) keeps: &'static str,
    pub(crate) elsewhere: &'static str,
    pub(crate) level: &'static str,
    pub(crate) message: &'static str,
    pub(crate) plus: &'static str,
    pub(crate) hash: &'static str,
    pub(crate) shelf: &'static str,
    pub(crate) shelf_short: &'static str,
    pub(crate) until_ack_comes: &'static str,
    pub(crate) until_ack: &'static str,
    /// How many wait; none if nobody can know.
    pub(crate) away: fn(Option<usize>) -> String,
    pub(crate) off: &'static str,
    pub(crate) dark: &'static str,
    pub(crate) dark_more: &'static str,
    pub(crate) dark_known: &'static str,
    pub(crate) plug_in: fn(name: &str) -> String,
    /// Several actors that are drawn as one; without a name those that have no room.
    pub(crate) bundle: fn(name: &str, count: usize) -> String,
    /// What pressing it does.
    pub(crate) unfold: fn(bundle: &str) -> String,
    pub(crate) fold: &'static str,
    /// Rungs without room of their own.
    pub(crate) more_rungs: fn(rungs: usize, conduct: usize) -> String,
    pub(crate) add_publisher: &'static str,
    pub(crate) add_subscriber: &'static str,
    pub(crate) publisher: &'static str,
    pub(crate) subscriber: &'static str,
    pub(crate) another: &'static str,
    pub(crate) or: &'static str,
    pub(crate) back_to_first: &'static str,
    /// The accessible name of an actor's button.
    pub(crate) actor: fn(name: &str, says: &str, state: &str) -> String,
    /// The accessible name of a packet's button.
    pub(crate) packet: fn(number: u64, kind: &str, value: &str) -> String,
}

/// The sentence, and the quieter line under it.
pub(crate) struct Story {
    pub(crate) opening: fn(speaker: Option<&str>) -> [String; 2],
    pub(crate) nobody: [&'static str; 2],
    pub(crate) remote: &'static str,
    pub(crate) selected: fn(copies: u16, kept: u16, listeners: u16) -> String,
    pub(crate) paused_hint: &'static str,
    pub(crate) nothing_yet: &'static str,
    pub(crate) let_go: &'static str,
    pub(crate) remote_hint: &'static str,
    pub(crate) spoke: fn(&Spoke<'_>) -> [String; 2],
    pub(crate) done: fn(name: &str, deed: Deed, waiting: u32) -> String,
    /// What people call it: `thermo` with the picture of one is a thermometer.
    pub(crate) noun: fn(name: &str, picture: Picture) -> String,
    pub(crate) loading: &'static str,
    pub(crate) broken: [&'static str; 2],
    pub(crate) what_happened: &'static str,
    pub(crate) not_made_for: &'static str,
    pub(crate) again: &'static str,
}

/// Facts of the last word: who said what, and who had asked for it.
pub(crate) struct Spoke<'a> {
    pub(crate) name: &'a str,
    pub(crate) listeners: u16,
    pub(crate) asked: &'a [&'a str],
    pub(crate) kept: u16,
    /// The broker has not heard of any subscription yet.
    pub(crate) early: bool,
}

/// The keys of time.
pub(crate) struct Transport {
    pub(crate) label: &'static str,
    pub(crate) start: &'static str,
    pub(crate) back: &'static str,
    pub(crate) play: &'static str,
    pub(crate) pause: &'static str,
    pub(crate) step: &'static str,
    pub(crate) timer: &'static str,
    pub(crate) more: &'static str,
    pub(crate) event: &'static str,
    pub(crate) seed: &'static str,
    pub(crate) speed: &'static str,
    pub(crate) auto: &'static str,
    pub(crate) auto_hint: &'static str,
    pub(crate) wall_clock: &'static str,
    pub(crate) live: &'static str,
    pub(crate) held: &'static str,
    pub(crate) wall_note: &'static str,
    pub(crate) leave_remote: &'static str,
    /// The same where there is little room.
    pub(crate) leave_short: &'static str,
    /// What may stand where the stage is.
    pub(crate) place: fn(Place) -> &'static str,
    pub(crate) views: &'static str,
}

/// The score.
pub(crate) struct Score {
    pub(crate) aria: &'static str,
    pub(crate) broker: &'static str,
    pub(crate) earlier: &'static str,
}

/// Trouble of an actor's connection, in two words beside it.
pub(crate) struct Trouble {
    pub(crate) address: &'static str,
    pub(crate) mixed_content: &'static str,
    pub(crate) unreachable: &'static str,
    pub(crate) subprotocol: &'static str,
    pub(crate) refused: &'static str,
    pub(crate) lost: &'static str,
    pub(crate) protocol: &'static str,
}
