//! The words of the panels: their shapes, and English.

mod build;
mod faults;
mod form;
mod keys;
mod ladder;
mod log;
mod packet;
mod plots;
mod real;
mod state;
mod stops;
mod topics;

use std::borrow::Cow;

pub(crate) use build::Build;
pub(crate) use faults::{Faults, Kind};
pub(crate) use form::Form;
pub(crate) use keys::{Cap, Keys};
pub(crate) use ladder::{Arrow, Ladder};
pub(crate) use log::Log;
pub(crate) use packet::{Fact, Packet, Says};
pub(crate) use plots::Plots;
pub(crate) use real::Real;
pub(crate) use state::State;
pub(crate) use stops::{PACKETS, Stops};
pub(crate) use topics::Topics;

/// What the panels say.
pub(crate) struct Panels {
    /// Puts a panel away.
    pub(crate) close: &'static str,
    /// What the broker is called beside the names of actors.
    pub(crate) broker: &'static str,
    /// Somebody who has left the scene.
    pub(crate) gone: &'static str,
    pub(crate) packet: Packet,
    pub(crate) form: Form,
    pub(crate) build: Build,
    pub(crate) log: Log,
    pub(crate) ladder: Ladder,
    pub(crate) real: Real,
    pub(crate) keys: Keys,
    pub(crate) topics: Topics,
    pub(crate) state: State,
    pub(crate) plots: Plots,
    pub(crate) faults: Faults,
    pub(crate) stops: Stops,
}

/// English.
pub(crate) const EN: Panels = Panels {
    close: "Close",
    broker: "broker",
    gone: "somebody who left",
    packet: packet::EN,
    form: form::EN,
    build: build::EN,
    log: log::EN,
    ladder: ladder::EN,
    real: real::EN,
    keys: keys::EN,
    topics: topics::EN,
    state: state::EN,
    plots: plots::EN,
    faults: faults::EN,
    stops: stops::EN,
};

/// A sentence that quotes: what others wrote stays apart from our words, so that it can be shown
/// without being obeyed.
pub(crate) type Phrase = Vec<Bit>;

/// A piece of a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Bit {
    /// Ours.
    Say(Cow<'static, str>),
    /// A name somebody chose.
    Name(String),
    /// A topic, a payload, an address: in the face of bytes.
    Mono(String),
}

/// Our own words.
pub(crate) fn say(text: impl Into<Cow<'static, str>>) -> Bit {
    Bit::Say(text.into())
}

/// Somebody's topic, payload or address.
pub(crate) fn mono(text: impl Into<String>) -> Bit {
    Bit::Mono(text.into())
}

/// `1 byte`, `28 bytes`, `1 048 599 bytes`.
fn bytes(n: u64) -> String {
    match n {
        1 => "1 byte".into(),
        n => format!("{} bytes", figures(n)),
    }
}

/// Figures in threes, with thin spaces.
pub(crate) fn figures(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push('\u{202f}');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_figures_stand_in_threes() {
        assert_eq!(figures(7), "7");
        assert_eq!(figures(1048), "1\u{202f}048");
        assert_eq!(figures(1_048_599), "1\u{202f}048\u{202f}599");
        assert_eq!(bytes(1), "1 byte");
    }
}
