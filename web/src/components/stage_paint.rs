//! The painter of packets: once a frame, and only if something moved.

use std::collections::BTreeMap;

use tidings_world::view::ClockKind;
use web_sys::Element;
use yew::NodeRef;

use super::sheet::Sheet;
use crate::bind;
use crate::paint::canvas::{Board, paint};
use crate::scene::Geometry;
use crate::scene::labels::Area;
use crate::scene::model::{Flight, Stage};
use crate::scene::packets::{self, Labels};
use crate::scene::timers;
use crate::state::{Page, playhead};

/// What stands under the packets.
pub(super) struct Ground {
    pub(super) geometry: Geometry,
    pub(super) stage: Stage,
    /// Where no label may stand.
    pub(super) taken: Vec<Area>,
    pub(super) selected: Option<u64>,
    pub(super) size: (f64, f64),
}

/// A packet that takes less of the wall's time than this is too fast to see.
const VISIBLE_MS: f64 = 100.0;
/// A wire stays lit so long after a packet that was too fast to see.
const GLOW_MS: f64 = 200.0;
/// The same while the clock is the wall's: one message is as rare there as it is fast.
const AFTERGLOW_MS: f64 = 400.0;

/// What identifies a picture: playhead, data, look, rendering.
type Key = (u64, u64, u32, u64);

/// Draws packets over what stands.
pub(super) struct Painter {
    page: Page,
    sheet: Sheet<Ground>,
    board: Board,
    last: Option<Key>,
    /// Packets too fast to see, one for each wire and direction, and when they were seen.
    glow: BTreeMap<(u32, u8, bool), (f64, Flight)>,
    /// The moment up to which packets were looked for.
    seen: f64,
}

impl Painter {
    pub(super) fn new(page: Page, canvas: NodeRef, probes: Element, sheet: Sheet<Ground>) -> Self {
        Self {
            page,
            sheet,
            board: Board::new(canvas, probes),
            last: None,
            glow: BTreeMap::new(),
            seen: 0.0,
        }
    }

    /// Draws the moment `wall_ms`, if it differs from what was drawn last.
    pub(super) fn draw(&mut self, wall_ms: f64) {
        let Some((ground, revision)) = self.sheet.get() else {
            return;
        };
        let page = self.page.clone();
        let live = page.live();
        let Some(clock) = &live.clock else { return };
        let now = playhead(clock, wall_ms);
        let key = (now.to_bits(), live.version, page.look(), revision);
        if self.last == Some(key) && self.glow.is_empty() {
            return;
        }
        self.last = Some(key);
        let Some(ctx) = self.board.wipe(ground.size, page.look()) else {
            return;
        };
        let rate = if clock.running { clock.rate } else { 0.0 };
        let wall = matches!(clock.kind, ClockKind::Wall { .. });
        let keep = if wall { AFTERGLOW_MS } else { GLOW_MS };
        self.glow.retain(|_, (lit, _)| wall_ms - *lit < keep);
        let (fast, slow): (Vec<Flight>, Vec<Flight>) =
            live.flying.iter().cloned().partition(|f| too_fast(f, rate));
        // Whole ways may lie between two frames; only the score has seen them.
        let between = (self.seen.min(now), now);
        let hops = live.score.iter().flat_map(|score| &score.hops);
        let missed = hops
            .filter(|hop| rate > 0.0 && (hop.sent.0 as f64) > between.0)
            .filter(|hop| hop.arrives.0 as f64 <= between.1)
            .map(bind::flight)
            .filter(|flight| too_fast(flight, rate));
        for flight in fast.into_iter().chain(missed) {
            let wire = (flight.actor, flight.channel, flight.to_broker);
            self.glow.insert(wire, (wall_ms, flight));
        }
        self.seen = now;
        let (g, stage) = (&ground.geometry, &ground.stage);
        let lit = self.glow.values().map(|(_, flight)| flight);
        let lit = packets::flow(g, stage, lit, wall);
        paint(&ctx, &mut self.board.palette, &lit);
        if !wall {
            let rings = timers::timers(g, stage, now);
            paint(&ctx, &mut self.board.palette, &rings);
        }
        let placed = packets::place(g, stage, &slow, now);
        let labels = if clock.running {
            Labels::Few
        } else {
            Labels::All
        };
        let drawing = packets::packets(g, &slow, &placed, &ground.taken, ground.selected, labels);
        paint(&ctx, &mut self.board.palette, &drawing);
    }
}

fn too_fast(flight: &Flight, rate: f64) -> bool {
    let micros = flight.arrives.saturating_sub(flight.sent) as f64;
    rate > 0.0 && micros / rate / 1000.0 < VISIBLE_MS
}
