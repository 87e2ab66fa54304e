//! Draws the plots once a frame, over the window the score has.

use std::cell::RefCell;
use std::rc::Rc;

use tidings_world::view::{Plots, Scene};
use web_sys::Element;
use yew::NodeRef;

use crate::bind;
use crate::components::Sheet;
use crate::paint::canvas::{Board, paint};
use crate::scene::plots::{Outage, plots};
use crate::scene::score::{Paper, Window};
use crate::state::{Page, playhead};

/// What was rendered last.
pub(super) struct Plotted {
    pub(super) paper: Paper,
    pub(super) plots: Rc<Plots>,
    pub(super) scene: Rc<Scene>,
    /// Height of a row.
    pub(super) high: f64,
    pub(super) size: (f64, f64),
}

/// See the module.
pub(super) struct Painter {
    page: Page,
    sheet: Sheet<Plotted>,
    board: Board,
    last: Option<(u64, u64, u64, u32, u64)>,
}

impl Painter {
    pub(super) fn new(
        page: Page,
        canvas: NodeRef,
        probes: Element,
        sheet: Sheet<Plotted>,
    ) -> RefCell<Self> {
        RefCell::new(Self {
            page,
            sheet,
            board: Board::new(canvas, probes),
            last: None,
        })
    }

    /// Draws the moment `wall_ms`, if it differs from what was drawn last.
    pub(super) fn draw(&mut self, wall_ms: f64) {
        let Some((plotted, revision)) = self.sheet.get() else {
            return;
        };
        let page = self.page.clone();
        let (from, to) = page.span();
        let (now, head) = {
            let live = page.live();
            let Some(clock) = &live.clock else { return };
            let now = playhead(clock, wall_ms);
            (now, (clock.head.0 as f64).max(now))
        };
        let key = (
            now.to_bits(),
            from.to_bits(),
            to.to_bits(),
            page.look(),
            revision,
        );
        if self.last == Some(key) || to <= from {
            return;
        }
        self.last = Some(key);
        let Some(ctx) = self.board.wipe(plotted.size, page.look()) else {
            return;
        };
        let paper = &plotted.paper;
        let window = Window {
            from,
            to,
            now,
            head,
        };
        ctx.save();
        ctx.begin_path();
        ctx.rect(
            paper.x0 - 1.0,
            0.0,
            paper.x1 - paper.x0 + 24.0,
            plotted.size.1,
        );
        ctx.clip();
        let away = self.away(&plotted.scene);
        let drawing = plots(paper, window, &plotted.plots, &away, plotted.high);
        paint(&ctx, &mut self.board.palette, &drawing);
        ctx.restore();
    }

    /// Connections that were cut, as the window of the score has them.
    fn away(&self, scene: &Scene) -> Vec<Outage> {
        let live = self.page.live();
        live.score
            .as_ref()
            .map_or_else(Vec::new, |score| bind::outages(scene, score))
    }
}
