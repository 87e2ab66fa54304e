//! What a fault does to the two ends of a link, as a drawing of 96 by 36: time runs to the right.

use yew::prelude::*;

/// Strokes of a drawing, by what they mean.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Figure {
    /// Ways that are made.
    ways: &'static str,
    /// Where they end well: no length, so that a round cap makes a dot.
    dots: &'static str,
    /// Ways that wait, or will not be made.
    dotted: &'static str,
    /// Where they end badly.
    crosses: &'static str,
    /// What waits, or takes its time.
    bodies: &'static str,
}

const NONE: Figure = Figure {
    ways: "",
    dots: "",
    dotted: "",
    crosses: "",
    bodies: "",
};

pub(super) const SLOW: Figure = Figure {
    ways: "M8 6L16 30M30 6L76 30",
    dots: "M16 30h0M76 30h0",
    ..NONE
};
pub(super) const UNEVEN: Figure = Figure {
    ways: "M8 6L18 30M26 6L60 30M44 6L66 30M70 6L80 30",
    dots: "M18 30h0M60 30h0M66 30h0M80 30h0",
    ..NONE
};
pub(super) const NARROW: Figure = Figure {
    bodies: "M10 6h26l18 24h-26ZM46 6h26l18 24h-26Z",
    ..NONE
};
pub(super) const READER: Figure = Figure {
    ways: "M6 6L14 30M62 6L88 30",
    dots: "M14 30h0M88 30h0",
    bodies: "M26 3h5v6h-5ZM33 3h5v6h-5ZM40 3h5v6h-5ZM47 3h5v6h-5Z",
    ..NONE
};
pub(super) const STALL: Figure = Figure {
    ways: "M8 6L22 18M62 18L76 30M24 6L30 18M62 18L84 30",
    dots: "M76 30h0M84 30h0",
    dotted: "M22 18H62",
    ..NONE
};
pub(super) const HALF_OPEN: Figure = Figure {
    ways: "M8 6L16 18M30 6L38 18M52 6L60 18M74 6L82 18M12 18h8M34 18h8M56 18h8M78 18h8",
    ..NONE
};
pub(super) const CUT_NOW: Figure = Figure {
    ways: "M10 6L34 22",
    crosses: "M34 21l8 8m0-8l-8 8M38 0v16M38 32v4",
    ..NONE
};
pub(super) const CUT_BYTES: Figure = Figure {
    ways: "M6 6L30 30M34 6L54 22",
    dots: "M30 30h0",
    crosses: "M54 21l8 8m0-8l-8 8",
    ..NONE
};
pub(super) const CUT_BEFORE: Figure = Figure {
    ways: "M8 6L38 23",
    crosses: "M38 22l8 8m0-8l-8 8",
    ..NONE
};
pub(super) const CUT_AFTER: Figure = Figure {
    ways: "M8 6L38 30",
    dots: "M38 30h0",
    dotted: "M38 30L52 18",
    crosses: "M50 12l8 8m0-8l-8 8",
    ..NONE
};
pub(super) const LOSE: Figure = Figure {
    ways: "M8 6L20 16M34 6L50 30",
    dots: "M50 30h0",
    dotted: "M22 18H64L74 30",
    crosses: "M18 14l8 8m0-8l-8 8",
    ..NONE
};

impl Figure {
    pub(super) fn html(self) -> Html {
        let parts = [
            ("fband", self.bodies),
            ("fway", self.ways),
            ("fway w", self.dotted),
            ("fdot", self.dots),
            ("xred2", self.crosses),
        ];
        html! {
            <svg class="fig" width="96" height="36" viewBox="0 0 96 36" aria-hidden="true">
                <path class="rest1" d="M0 6.5h96M0 30.5h96" />
                { for parts.into_iter().filter(|(_, d)| !d.is_empty()).map(|(class, d)| html! { <path {class} {d} /> }) }
            </svg>
        }
    }
}
