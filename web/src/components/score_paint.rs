//! The painter of the score and of the ladder, and the window of time they show.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use tidings_world::view::{Micros, Scene, Score, ScoreWatch, Speed};
use web_sys::Element;
use yew::prelude::*;

use super::sheet::Sheet;
use crate::bind::{self, LaneRoom};
use crate::paint::canvas::{Board, paint};
use crate::scene::Drawing;
use crate::scene::model::{Branch, Run};
use crate::scene::score::{Paper, Window};
use crate::state::{Page, Signal, playhead, use_page};
use crate::words::{Words, words};

/// What stands behind the moving part.
pub(crate) struct Lined {
    pub(crate) paper: Paper,
    pub(crate) room: LaneRoom,
    pub(crate) scene: Rc<Scene>,
    pub(crate) selected: Option<tidings_world::view::EventNo>,
    /// Runs that were kept.
    pub(crate) branches: Vec<Branch>,
    pub(crate) draw: fn(&Paper, Window, &Run, &Words) -> Drawing,
    /// So many times as much time as suits the speed.
    pub(crate) zoom: f64,
}

/// What the score, or the ladder, is painted on and with.
pub(crate) struct Easel {
    pub(crate) canvas: NodeRef,
    pub(crate) probes: NodeRef,
    pub(crate) sheet: Sheet<Lined>,
    pub(crate) span: Span,
}

/// Paints what is put on the sheet, once a frame, as long as the component lives and is `mounted`:
/// before the first scene there is nothing to paint on.
#[hook]
pub(crate) fn use_easel(mounted: bool) -> Easel {
    let page = use_page();
    let (canvas, probes) = (use_node_ref(), use_node_ref());
    let sheet = use_memo((), |()| Sheet::<Lined>::default());
    let span = use_memo((), |()| Span::default());
    let easel = Easel {
        canvas: canvas.clone(),
        probes: probes.clone(),
        sheet: (*sheet).clone(),
        span: (*span).clone(),
    };
    use_effect_with((probes, mounted), move |(probes, _)| {
        let key = probes.cast::<Element>().map(|probes| {
            let (sheet, span) = ((*sheet).clone(), (*span).clone());
            let painter = Painter::new(page.clone(), canvas, probes, sheet, span);
            page.paint(move |wall_ms| painter.borrow_mut().draw(wall_ms))
        });
        move || drop(key)
    });
    easel
}

/// What was drawn last.
#[derive(Clone, Debug)]
pub(crate) struct Drawn {
    pub(crate) window: Window,
    pub(crate) run: Rc<Run>,
}

impl PartialEq for Drawn {
    fn eq(&self, other: &Self) -> bool {
        // The run is made anew when anything in it differs.
        self.window == other.window && Rc::ptr_eq(&self.run, &other.run)
    }
}

/// Which part of time is on the paper. It follows the playhead, and stands while one scrubs.
#[derive(Clone, Default)]
pub(crate) struct Span(Rc<SpanInner>);

impl PartialEq for Span {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

#[derive(Default)]
struct SpanInner {
    from: Cell<f64>,
    length: Cell<f64>,
    scrubbing: Cell<bool>,
    drawn: RefCell<Option<Drawn>>,
    still: Signal<Option<Drawn>>,
}

impl Span {
    pub(crate) fn scrub(&self, scrubbing: bool) {
        self.0.scrubbing.set(scrubbing);
    }

    pub(crate) fn is_scrubbing(&self) -> bool {
        self.0.scrubbing.get()
    }

    /// What is on the paper.
    pub(crate) fn drawn(&self) -> Option<Drawn> {
        self.0.drawn.borrow().clone()
    }

    /// The same while the clock stands; none while it runs.
    pub(crate) fn still(&self) -> &Signal<Option<Drawn>> {
        &self.0.still
    }

    /// The moment under a point of the paper.
    pub(crate) fn at(&self, paper: &Paper, x: f64) -> f64 {
        let from = self.0.from.get();
        let window = Window {
            from,
            to: from + self.0.length.get(),
            now: from,
            head: from,
        };
        window.at(paper, x)
    }

    /// Follows the playhead: it may go two thirds of the way, and never leaves the paper.
    fn follow(&self, now: f64, head: f64, length: f64) -> Window {
        let inner = &self.0;
        if !inner.scrubbing.get() {
            if (inner.length.get() - length).abs() > 1.0 {
                inner.from.set(now - Window::PLAYHEAD * length);
                inner.length.set(length);
            }
            let from = inner.from.get();
            let least = now - length * Window::PLAYHEAD;
            if from < least {
                inner.from.set(least);
            } else if now < from {
                inner.from.set(now - length * 0.1);
            }
            inner.from.set(inner.from.get().max(0.0));
        }
        let from = inner.from.get();
        let to = from + inner.length.get();
        Window {
            from,
            to,
            now,
            head,
        }
    }
}

type Key = (u64, u64, u32, u64);

/// Draws the score.
pub(crate) struct Painter {
    page: Page,
    sheet: Sheet<Lined>,
    span: Span,
    board: Board,
    last: Option<Key>,
    run: Option<(Rc<Score>, u64, Rc<Run>)>,
    watched: Option<(f64, f64)>,
}

impl Painter {
    pub(crate) fn new(
        page: Page,
        canvas: NodeRef,
        probes: Element,
        sheet: Sheet<Lined>,
        span: Span,
    ) -> RefCell<Self> {
        RefCell::new(Self {
            page,
            sheet,
            span,
            board: Board::new(canvas, probes),
            last: None,
            run: None,
            watched: None,
        })
    }

    /// Draws the moment `wall_ms`, if it differs from what was drawn last.
    pub(crate) fn draw(&mut self, wall_ms: f64) {
        let Some((lined, revision)) = self.sheet.get() else {
            return;
        };
        let page = self.page.clone();
        let (now, head, speed, running, version, data) = {
            let live = page.live();
            let Some(clock) = &live.clock else { return };
            let now = playhead(clock, wall_ms);
            let head = (clock.head.0 as f64).max(now);
            let score = live.score.clone();
            (now, head, clock.speed, clock.running, live.version, score)
        };
        let key = (now.to_bits(), version, page.look(), revision);
        if self.last == Some(key) && !self.span.is_scrubbing() {
            return;
        }
        self.last = Some(key);
        let times = match speed {
            Speed::Auto => 1.0,
            Speed::Times(times) => times,
        };
        let paper = &lined.paper;
        let window = self
            .span
            .follow(now, head, Window::span(paper, times) * lined.zoom);
        page.set_span(window.from, window.to);
        self.watch(&window);
        let run = self.run(&lined, revision, data);
        let drawn = Drawn {
            window,
            run: Rc::clone(&run),
        };
        let still = (!running).then(|| drawn.clone());
        self.span.0.drawn.replace(Some(drawn));
        self.span.0.still.set(still);
        let Some(ctx) = self.board.wipe((paper.w, paper.h), page.look()) else {
            return;
        };
        ctx.save();
        ctx.begin_path();
        // The head of the playhead may stand out, slants end where the names begin.
        ctx.rect(paper.x0 - 8.0, 0.0, paper.w, paper.top);
        ctx.rect(
            paper.x0 - 4.0,
            paper.top,
            paper.x1 - paper.x0 + 8.0,
            paper.h,
        );
        ctx.clip();
        paint(
            &ctx,
            &mut self.board.palette,
            &(lined.draw)(paper, window, &run, words()),
        );
        ctx.restore();
    }

    /// Asks for a window somewhat wider than the paper, and again before its edge shows.
    fn watch(&mut self, window: &Window) {
        let length = window.to - window.from;
        let enough = self.watched.is_some_and(|(from, to)| {
            let narrow = to - from < 4.0 * length;
            (from <= (window.from - length * 0.1).max(0.0)) && to >= window.to && narrow
        });
        if enough {
            return;
        }
        let from = (window.from - length * 0.5).max(0.0);
        let to = window.to + length * 0.75;
        self.watched = Some((from, to));
        self.page.watch_score(ScoreWatch {
            from: Micros(from as u64),
            to: Micros(to as u64),
        });
    }

    /// The run of the window, made again only when data or selection change.
    fn run(&mut self, lined: &Lined, revision: u64, data: Option<Rc<Score>>) -> Rc<Run> {
        let Some(data) = data else {
            return Rc::new(Run {
                lanes: bind::lanes(&lined.scene, &[], &lined.room),
                ..Run::default()
            });
        };
        if let Some((score, made, run)) = &self.run
            && Rc::ptr_eq(score, &data)
            && *made == revision
        {
            return Rc::clone(run);
        }
        let run = Rc::new(Run {
            branches: lined.branches.clone(),
            ..bind::run(&lined.scene, &data, &lined.room, lined.selected)
        });
        self.run = Some((data, revision, Rc::clone(&run)));
        run
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_window_follows_the_playhead_and_stands_while_one_scrubs() {
        let span = Span::default();
        let length = 4_800_000.0;
        assert_eq!(span.follow(1_000_000.0, 1_000_000.0, length).from, 0.0);
        let later = span.follow(6_000_000.0, 6_000_000.0, length);
        assert!((later.from - (6_000_000.0 - length * Window::PLAYHEAD)).abs() < 1.0);
        span.scrub(true);
        assert_eq!(
            span.follow(2_000_000.0, 6_000_000.0, length).from,
            later.from
        );
        span.scrub(false);
        let back = span.follow(2_000_000.0, 6_000_000.0, length);
        assert!(back.from < 2_000_000.0 && back.to > 2_000_000.0);
    }
}
