//! Timers on their actors: a small ring at the corner of each box, whose stroke is the time left.

use super::geometry::{Geometry, Layout};
use super::model::{Stage, Wait};
use super::shape::Drawing;

/// The ring of every actor that waits for something at `now`.
pub(crate) fn timers(g: &Geometry, s: &Stage, now: f64) -> Drawing {
    let mut d = Drawing::default();
    let radius = if g.row_h >= 64.0 { 8.0 } else { 6.0 };
    for (one, &at) in s.speakers.iter().zip(&g.speakers) {
        let half = g.speaker / 2.0;
        let (x, y) = match g.layout {
            Layout::Tall => (at, g.left),
            _ => (g.left, at),
        };
        ring(
            &mut d,
            (x - half, y - half),
            radius,
            one.timer.as_ref(),
            now,
        );
    }
    for (one, &y) in s.listeners.iter().zip(&g.listeners) {
        let half = g.icon / 2.0;
        let corner = (g.right + half, y - half);
        ring(&mut d, corner, radius, one.timer.as_ref(), now);
    }
    d
}

/// What is left of a timer at `now`, from 1 to 0; none if it is not set then.
fn left(timer: &Wait, now: f64) -> Option<f64> {
    let (from, at) = (timer.from as f64, timer.at as f64);
    (from <= now && now < at).then(|| (at - now) / (at - from).max(1.0))
}

fn ring(d: &mut Drawing, (x, y): (f64, f64), r: f64, timer: Option<&Wait>, now: f64) {
    let Some(share) = timer.and_then(|timer| left(timer, now)) else {
        return;
    };
    d.circle(x, y, r, "arc0");
    if share > 0.999 {
        d.circle(x, y, r, "arc1");
        return;
    }
    // From the top on, as on a clock.
    let angle = share * std::f64::consts::TAU;
    let (ex, ey) = (x + r * angle.sin(), y - r * angle.cos());
    let large = u8::from(share > 0.5);
    d.path(
        format!("M{x:.1} {:.1}A{r} {r} 0 {large} 1 {ex:.2} {ey:.2}", y - r),
        "arc1",
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scene::model::{Listener, Speaker};

    #[test]
    fn a_ring_is_what_is_left() {
        let timer = |from, at| Some(Wait { from, at });
        let stage = Stage {
            speakers: vec![Speaker {
                timer: timer(0, 1_000),
                ..Speaker::default()
            }],
            listeners: vec![
                Listener {
                    timer: timer(500, 2_000),
                    ..Listener::default()
                },
                Listener::default(),
            ],
            ..Stage::default()
        };
        let g = Geometry::of(1440.0, 604.0, &stage);
        let drawn = |now| timers(&g, &stage, now).0.len();
        assert_eq!((drawn(250.0), drawn(750.0), drawn(1_500.0)), (2, 4, 2));
        assert_eq!(drawn(2_000.0), 0);
        assert_eq!(left(&Wait { from: 0, at: 100 }, 25.0), Some(0.75));
    }
}
