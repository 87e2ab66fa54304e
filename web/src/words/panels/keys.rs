//! The words of the sheet of keys.

/// The sheet of keys.
pub(crate) struct Keys {
    pub(crate) title: &'static str,
    pub(crate) beside: &'static str,
    pub(crate) groups: &'static [Group],
    pub(crate) note: &'static str,
    pub(crate) left: &'static str,
    pub(crate) right: &'static str,
    pub(crate) up: &'static str,
    pub(crate) down: &'static str,
}

/// Keys that belong together.
pub(crate) struct Group {
    pub(crate) title: &'static str,
    pub(crate) keys: &'static [(&'static [Cap], &'static str)],
}

/// What is on a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cap {
    Text(&'static str),
    Left,
    Right,
    Up,
    Down,
}

use Cap::{Down, Left, Right, Text, Up};

pub(super) const EN: Keys = Keys {
    title: "Keys",
    beside: "everything works without a mouse",
    groups: &[
        Group {
            title: "Time",
            keys: &[
                (&[Text("space")], "play, pause"),
                (&[Left, Right], "one event"),
                (&[Text("shift"), Right], "until a packet is there"),
                (&[Text("alt"), Right], "to the next timer"),
                (&[Text("g")], "until the chosen one gets something"),
                (&[Text("b")], "more steps, and where to stop"),
                (&[Text("home")], "to the start"),
                (&[Text("–"), Text("+")], "slower, faster"),
                (&[Text("a")], "as fast as is good to watch"),
            ],
        },
        Group {
            title: "The chosen one",
            keys: &[
                (&[Text("tab")], "next on the stage"),
                (&[Text("enter")], "choose it, open it"),
                (&[Text("p")], "publish now"),
                (&[Text("c")], "cut its link"),
                (&[Text("esc")], "let go"),
            ],
        },
        Group {
            title: "Panels",
            keys: &[
                (&[Text("1")], "the stage"),
                (&[Text("2")], "the ladder"),
                (&[Text("3")], "the log, also l"),
                (&[Text("4")], "the topics"),
                (&[Text("5")], "the state"),
                (&[Text("6")], "the plots"),
                (&[Text("f")], "faults"),
                (&[Up, Down], "walk rows, packets, bytes"),
                (&[Left, Right], "shut and open a branch"),
                (&[Text("/")], "search in it"),
                (&[Text("?")], "this sheet"),
            ],
        },
    ],
    note: "A remote’s “page down” is one event.",
    left: "left",
    right: "right",
    up: "up",
    down: "down",
};
