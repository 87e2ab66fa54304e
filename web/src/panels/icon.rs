//! Icons: squares of 16, one weight, square caps.

use yew::prelude::*;

/// What an icon shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Icon {
    Close,
    Plus,
    Check,
    Down,
    Right,
    Find,
    Plug,
    Warn,
    Left,
    Arrow,
}

impl Icon {
    fn strokes(self) -> &'static str {
        match self {
            Self::Close => "M3.5 3.5l9 9M12.5 3.5l-9 9",
            Self::Plus => "M8 3v10M3 8h10",
            Self::Check => "M3 8.5l3.5 3.5L13 4.5",
            Self::Down => "M4 6.5l4 4 4-4",
            Self::Right => "M6 4l4 4-4 4",
            Self::Find => "M2.5 7a4.5 4.5 0 1 0 9 0a4.5 4.5 0 1 0 -9 0M10.5 10.5L14 14",
            Self::Plug => "M9.5 4.5h-2a3.5 3.5 0 0 0 0 7h2zM9.5 6h4M9.5 10h4M4 8H1",
            Self::Warn => "M8 2L15 14H1zM8 6.5v3.5M8 12v.1",
            Self::Left => "M13 8H3M7 4L3 8l4 4",
            Self::Arrow => "M3 8h10M9 4l4 4-4 4",
        }
    }
}

/// The drawing of `icon`; whatever it stands in must have a name of its own.
pub(crate) fn icon(icon: Icon) -> Html {
    html! {
        <svg class="i" viewBox="0 0 16 16" aria-hidden="true"><path d={icon.strokes()} /></svg>
    }
}
