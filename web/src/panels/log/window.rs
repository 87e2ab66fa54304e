//! Which rows to ask for: those in sight and some around them, in steps, so that scrolling a
//! little asks for nothing.

use tidings_world::view::ROWS_MAX;

/// Rows before those in sight.
const BEFORE: u32 = 20;
/// Windows begin at multiples of this.
const STEP: u32 = 20;

/// The first row to ask for and how many, when `top` is the first in sight and `seen` are.
pub(crate) fn window(top: u32, seen: u32) -> (u32, u16) {
    let first = top.saturating_sub(BEFORE) / STEP * STEP;
    let rows = (top - first + seen + BEFORE + STEP).min(u32::from(ROWS_MAX));
    (first, rows as u16)
}

/// How many pixels to scroll so that `row` is in sight below a head of `head` pixels; none if it is.
pub(crate) fn reveal(row: u32, row_px: f64, top_px: f64, seen_px: f64, head: f64) -> Option<f64> {
    let from = f64::from(row) * row_px;
    let to = from + row_px;
    let room = (seen_px - head).max(row_px);
    if from < top_px {
        Some(from)
    } else if to > top_px + room {
        Some(to - room)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_holds_what_is_in_sight() {
        for top in [0, 5, 19, 20, 21, 399, 100_000] {
            let (first, rows) = window(top, 45);
            assert!(first <= top && top + 45 <= first + u32::from(rows), "{top}");
        }
        assert_eq!(window(25, 40), window(26, 39));
        assert!(window(0, 10_000).1 <= ROWS_MAX);
    }

    #[test]
    fn a_row_is_scrolled_to_only_when_it_is_out_of_sight() {
        assert_eq!(reveal(5, 18.0, 0.0, 400.0, 28.0), None);
        assert_eq!(reveal(0, 18.0, 90.0, 400.0, 28.0), Some(0.0));
        assert_eq!(
            reveal(30, 18.0, 0.0, 400.0, 28.0),
            Some(31.0 * 18.0 - 372.0)
        );
    }
}
