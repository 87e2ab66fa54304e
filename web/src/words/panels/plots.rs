//! The words of the plots.

/// The plots.
pub(crate) struct Plots {
    pub(crate) title: &'static str,
    pub(crate) none: &'static str,
    pub(crate) to_topics: &'static str,
    pub(crate) remove: &'static str,
    pub(crate) messages: &'static str,
    pub(crate) messages_note: &'static str,
    /// Before a name.
    pub(crate) waiting: &'static str,
    pub(crate) queue: &'static str,
    /// The button that puts a number among the plots, and takes it away.
    pub(crate) pin: &'static str,
    pub(crate) pinned: &'static str,
    /// Where a connection was cut, and where it was there again.
    pub(crate) cut: fn(name: &str) -> String,
    pub(crate) back: &'static str,
}

pub(super) const EN: Plots = Plots {
    title: "Plots",
    none: "No topic has a number in its last word.",
    to_topics: "To the topics",
    remove: "Take this plot away",
    messages: "messages",
    messages_note: "in, and out by channel",
    waiting: "waiting for ",
    queue: "queue",
    pin: "Plot it beside others",
    pinned: "Among the plots",
    cut: |name| format!("{} cut", crate::scene::text::cut(name, 16)),
    back: "back",
};
