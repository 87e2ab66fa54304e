//! The runs there are, as a small tree along the ladder's time: the present one in full, and each
//! that was kept, dotted, from where the two part.

use crate::scene::model::Run;
use crate::scene::score::{Paper, Window};
use crate::scene::shape::Drawing;

/// The height of a run.
pub(crate) const ROW: f64 = 26.0;

/// How high the tree of so many other runs is.
pub(super) fn height(others: usize) -> f64 {
    match others {
        0 => 0.0,
        others => ROW * (others + 1) as f64 + 8.0,
    }
}

impl Paper {
    /// The middle of a run's row: those that were kept, from above, then the present one.
    pub(crate) fn branch_y(&self, row: usize) -> f64 {
        4.0 + ROW * (row as f64 + 0.5)
    }
}

/// Draws the tree above the ruler.
pub(super) fn tree(d: &mut Drawing, paper: &Paper, w: Window, run: &Run) {
    if run.branches.is_empty() || paper.names.is_none() {
        return;
    }
    let x = |at: f64| w.x(paper, at).clamp(paper.x0, paper.x1);
    let trunk = paper.branch_y(run.branches.len());
    d.line(x(w.from), trunk, x(w.now), trunk, "path k");
    d.line(x(w.now), trunk, x(w.head), trunk, "rest1");
    for (row, branch) in run.branches.iter().enumerate() {
        let (parts, head) = (branch.parts as f64, branch.head as f64);
        let y = paper.branch_y(row);
        if head < w.from || parts > w.to {
            continue;
        }
        let class = if branch.compared {
            "ghostl w"
        } else {
            "ghostl"
        };
        let end = x(head);
        if parts >= w.from {
            let begin = x(parts);
            let bend = begin + 12.0;
            d.path(
                format!(
                    "M{begin:.1} {trunk}C{bend:.1} {trunk} {begin:.1} {y} {bend:.1} {y}H{end:.1}"
                ),
                class,
            );
            d.circle(begin, trunk, 4.0, "joint");
        } else {
            d.line(paper.x0, y, end, y, class);
        }
        // Where it was left.
        if head <= w.to {
            d.rect(end - 4.0, y - 4.0, 8.0, 8.0, "ghost");
        }
    }
}
