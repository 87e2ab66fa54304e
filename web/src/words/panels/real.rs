//! The words of the real-broker panel.

use super::{Phrase, mono, say};

/// The real-broker panel.
pub(crate) struct Real {
    pub(crate) title: &'static str,
    pub(crate) beside: &'static str,
    pub(crate) lead: &'static str,
    pub(crate) caution: &'static str,
    pub(crate) address: &'static str,
    pub(crate) address_hint: &'static str,
    pub(crate) user: &'static str,
    pub(crate) password: &'static str,
    pub(crate) password_hint: &'static str,
    pub(crate) connect: &'static str,
    pub(crate) connect_again: &'static str,
    pub(crate) leave: &'static str,
    pub(crate) wire: &'static str,
    pub(crate) wire_state: fn(connected: usize, all: usize) -> String,
    /// The contacts on the wire, in order, each with the field's own term.
    pub(crate) contacts: [(&'static str, &'static str); 6],
    pub(crate) ok: &'static str,
    pub(crate) not_tried: &'static str,
    pub(crate) trying: &'static str,
    pub(crate) broken: &'static str,
    pub(crate) troubles: &'static str,
    pub(crate) says: fn(&str) -> Phrase,
    pub(crate) says_nothing: &'static str,
}

pub(super) const EN: Real = Real {
    title: "Real broker",
    beside: "the same clients, elsewhere",
    lead: "Point these publishers and subscribers at a broker you run.",
    caution: "They say and ask there what they say and ask here. Whoever listens on that broker hears them. Its clock is the wall’s: pause only holds the picture.",
    address: "Address",
    address_hint: "ws:// or wss://, with the port and the path, such as /mqtt.",
    user: "User name",
    password: "Password",
    password_hint: "Not kept: not in the browser, not in the scene, not in the log.",
    connect: "Connect",
    connect_again: "Connect again",
    leave: "Back to the broker of glass",
    wire: "How far it comes",
    wire_state: |connected, all| match (connected, all) {
        (0, _) => "nobody is in yet".into(),
        (n, all) if n == all => format!("all {n} are in"),
        (n, all) => format!("{n} of {all} are in"),
    },
    contacts: [
        ("The address makes sense", "URL"),
        ("The page may ask", "mixed content"),
        ("It answers as a WebSocket", "name, port, path"),
        ("Both say “mqtt”", "subprotocol"),
        ("The broker lets us in", "CONNACK"),
        ("It holds", "connection"),
    ],
    ok: "yes",
    not_tried: "not tried",
    trying: "trying",
    broken: "no",
    troubles: "What each one met",
    says: |version| vec![say("It says of itself: "), mono(version)],
    says_nothing: "It does not say what it is.",
};
