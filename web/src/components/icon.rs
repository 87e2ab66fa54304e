//! Icons: 16 px, one weight, square caps.

use yew::prelude::*;

/// Which icon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Icon {
    Play,
    Pause,
    Start,
    Back,
    Forward,
    Timer,
    Plus,
    Minus,
    Close,
    Theme,
    Help,
    Plug,
    Down,
    Right,
    Menu,
    Find,
    Check,
    Warn,
    Left,
    Bolt,
    Gate,
    Flag,
}

/// One icon, for the eye only: the control beside it has the name.
pub(crate) fn sign(icon: Icon) -> Html {
    sign_of(icon, 16)
}

/// The same in another size, in pixels.
pub(crate) fn sign_of(icon: Icon, size: u8) -> Html {
    let (lines, solid) = strokes(icon);
    let style = format!("width:{size}px;height:{size}px");
    html! {
        <svg class="i" {style} viewBox="0 0 16 16" aria-hidden="true">
            if !lines.is_empty() {
                <path d={lines} />
            }
            if !solid.is_empty() {
                <path class="f" d={solid} />
            }
        </svg>
    }
}

/// What is drawn as lines, and what is filled.
fn strokes(icon: Icon) -> (&'static str, &'static str) {
    match icon {
        Icon::Play => ("", "M4 2.5v11l9-5.5z"),
        Icon::Pause => ("", "M4 3h3v10H4zM9.5 3h3v10h-3z"),
        Icon::Start => ("M3.5 3v10", "M13 3v10L5.5 8z"),
        Icon::Back => ("M12.5 3v10", "M10.5 3v10L3 8z"),
        Icon::Forward => ("M3.5 3v10", "M5.5 3v10L13 8z"),
        Icon::Timer => (
            "M2.5 9a5.5 5.5 0 1 0 11 0a5.5 5.5 0 1 0 -11 0M8 5.5V9l2.5 1.5M6 1.5h4",
            "",
        ),
        Icon::Plus => ("M8 3v10M3 8h10", ""),
        Icon::Minus => ("M3 8h10", ""),
        Icon::Close => ("M3.5 3.5l9 9M12.5 3.5l-9 9", ""),
        Icon::Theme => (
            "M2.5 8a5.5 5.5 0 1 0 11 0a5.5 5.5 0 1 0 -11 0",
            "M8 2.5a5.5 5.5 0 0 1 0 11z",
        ),
        Icon::Help => ("M5.5 6a2.5 2.5 0 1 1 3.5 2.3c-.7.3-1 .7-1 1.7M8 13v.1", ""),
        Icon::Plug => (
            "M9.5 4.5h-2a3.5 3.5 0 0 0 0 7h2zM9.5 6h4M9.5 10h4M4 8H1",
            "",
        ),
        Icon::Down => ("M4 6.5l4 4 4-4", ""),
        Icon::Right => ("M6 4l4 4-4 4", ""),
        Icon::Menu => ("M2 4.5h12M2 8h12M2 11.5h12", ""),
        Icon::Find => ("M2.5 6.5a4 4 0 1 0 8 0a4 4 0 1 0 -8 0M9.5 9.5l4 4", ""),
        Icon::Check => ("M3 8.5l3.5 3.5L13 4.5", ""),
        Icon::Warn => ("M8 2L15 14H1zM8 6.5v3.5M8 12v.1", ""),
        Icon::Bolt => ("", "M9.5 1L3.5 9H8l-1.5 6L12.5 6.5H8.5z"),
        Icon::Gate => ("M8 9v1.5M8 13v1.5", "M4 1.5h8V5L8 8L4 5z"),
        Icon::Flag => ("M4 15V1.5", "M4 2h8.500l-2.500 3 2.500 3H4z"),
        Icon::Left => ("M13 8H3M7 4L3 8l4 4", ""),
    }
}

/// The mark of Tidings: what comes in at one point goes out at several.
pub(crate) fn mark() -> Html {
    html! {
        <svg viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.75" aria-hidden="true">
            <circle cx="4" cy="12" r="2.6" fill="currentColor" stroke="none" />
            <path d="M6 12h5M11 4v16M11 5h10M11 12h10M11 19h4.5M18.5 17v4" />
        </svg>
    }
}
