//! Plots over the time of the score, one below the other, with one playhead through them all.

use tidings_world::view::Plots;

use super::clock;
use super::curve::{Frame, Scale, moments, steps};
use super::glyph::hue_of;
use super::score::{Paper, Window};
use super::shape::{Drawing, Size};

/// Room above the first plot for the moments.
pub(crate) const TOP: f64 = 24.0;

/// What plot stands in which place, from above.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Row {
    Number(usize),
    Messages,
    Waiting(usize),
}

/// The rows there are.
pub(crate) fn rows(plots: &Plots) -> Vec<Row> {
    let numbers = (0..plots.numbers.len()).map(Row::Number);
    let waiting = (0..plots.waiting.len()).map(Row::Waiting);
    numbers.chain([Row::Messages]).chain(waiting).collect()
}

/// A connection that was cut, until it was there again.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Outage {
    pub(crate) from: u64,
    /// None while it lasts.
    pub(crate) to: Option<u64>,
    /// Whose, and that it is back.
    pub(crate) cut: String,
    pub(crate) back: &'static str,
}

/// Washed columns with a bolt where they begin; gives where their words stand.
fn outages(
    d: &mut Drawing,
    paper: &Paper,
    w: Window,
    all: &[Outage],
    bottom: f64,
) -> Vec<(f64, f64)> {
    let mut taken: Vec<(f64, f64)> = Vec::new();
    let known = w.head.max(w.now);
    for one in all {
        let (from, to) = (
            one.from as f64,
            one.to.map_or(known, |to| (to as f64).min(known)),
        );
        if from > known || to < w.from || from > w.to {
            continue;
        }
        let x = |at: f64| w.x(paper, at).clamp(paper.x0, paper.x1);
        d.rect(x(from), TOP, x(to) - x(from), bottom - TOP, "wsel");
        if from < w.from {
            continue;
        }
        let at = x(from);
        d.line(at, TOP - 4.0, at, bottom, "cutline w");
        super::glyph::bolt(d, at, 10.0, 0.6);
        let width = one.cut.chars().count() as f64 * 6.4 + 12.0;
        let end = at - 10.0;
        if end - width > paper.x0 && taken.iter().all(|taken| end - width > taken.1) {
            d.text(end, 14.0, one.cut.clone(), Size::S12, "redt").end();
            taken.push((end - width, at + 10.0));
        } else {
            taken.push((at - 10.0, at + 10.0));
        }
        let end = x(to);
        if one.to.is_some_and(|to| to as f64 <= known) && end < paper.x1 - 24.0 && end > at + 30.0 {
            d.text(end, 14.0, one.back, Size::S12, "i2").middle();
            taken.push((end - 20.0, end + 20.0));
        }
    }
    taken
}

/// Everything that stands on the time axis; each row is `high`.
pub(crate) fn plots(
    paper: &Paper,
    window: Window,
    plots: &Plots,
    away: &[Outage],
    high: f64,
) -> Drawing {
    let mut d = Drawing::default();
    let rows = rows(plots);
    let bottom = TOP + rows.len() as f64 * high;
    let taken = outages(&mut d, paper, window, away, bottom);
    // Where no names stand at the left, what a plot shows stands over it.
    let title = if paper.names.is_none() { 30.0 } else { 16.0 };
    let (moments, step) = moments(window.from, window.to, 8);
    for at in moments {
        let x = window.x(paper, at).round() + 0.5;
        d.line(x, TOP - 4.0, x, bottom, "hair");
        let covered = |(from, to): &(f64, f64)| x + 24.0 > *from && x - 24.0 < *to;
        if x < paper.x0 + 18.0 || taken.iter().any(covered) {
            continue;
        }
        d.text(
            x,
            14.0,
            clock::mark(at.max(0.0).round() as u64, step),
            Size::S12,
            "m i2",
        )
        .middle();
    }
    for (n, row) in rows.into_iter().enumerate() {
        let top = TOP + n as f64 * high;
        let frame = Frame {
            left: paper.x0,
            right: paper.x1,
            top: top + title,
            bottom: top + high - 14.0,
            from: window.from,
            to: window.to,
        };
        match row {
            Row::Number(n) => number(&mut d, &frame, window, &plots.numbers[n].curve.points),
            Row::Messages => messages(&mut d, &frame, window, plots),
            Row::Waiting(n) => waiting(&mut d, &frame, window, &plots.waiting[n].1.points),
        }
        d.line(
            paper.x0,
            top + high - 0.5,
            paper.x1,
            top + high - 0.5,
            "hair",
        );
    }
    let now = window.x(paper, window.now);
    d.line(now, 0.0, now, bottom, "head");
    d
}

type Point = (tidings_world::view::Micros, f64);

/// The value at a moment: it holds since the last point before.
pub(crate) fn value_at(points: &[Point], at: f64) -> Option<f64> {
    let count = points.partition_point(|(when, _)| when.0 as f64 <= at);
    Some(points[count.checked_sub(1)?].1)
}

fn lines(d: &mut Drawing, frame: &Frame, scale: &Scale) {
    for (value, _) in &scale.lines {
        let y = scale.y(frame, *value).round() + 0.5;
        d.line(frame.left, y, frame.right, y, "hair");
    }
}

/// What the lines say, over everything else.
fn figures(d: &mut Drawing, frame: &Frame, scale: &Scale) {
    for (value, name) in &scale.lines {
        let y = scale.y(frame, *value).round() - 2.5;
        d.text(frame.left + 4.0, y, name.clone(), Size::S12, "m i2 halo");
    }
}

fn number(d: &mut Drawing, frame: &Frame, window: Window, points: &[Point]) {
    let scale = Scale::of(points.iter().map(|(_, value)| *value));
    lines(d, frame, &scale);
    // Of what came before the paper only the last still holds.
    let begin = points.partition_point(|(at, _)| (at.0 as f64) < window.from);
    let points = &points[begin.saturating_sub(1)..];
    let all: Vec<(f64, f64)> = points
        .iter()
        .map(|(at, value)| (at.0 as f64, *value))
        .collect();
    let past = all.partition_point(|(at, _)| *at <= window.now);
    // What lies before the playhead is drawn, what lies behind it shines through.
    d.path(
        steps(frame, &scale, &all[..past], window.now.min(window.to)),
        "step",
    );
    if window.head > window.now {
        let last = past.checked_sub(1).map(|last| (window.now, all[last].1));
        let later: Vec<_> = last
            .into_iter()
            .chain(all[past..].iter().copied())
            .collect();
        d.path(
            steps(frame, &scale, &later, window.head.min(window.to)),
            "step",
        )
        .faint(true);
    }
    if let Some(value) = value_at(points, window.now) {
        d.circle(frame.x(window.now), scale.y(frame, value), 4.0, "joint");
    }
    figures(d, frame, &scale);
}

fn messages(d: &mut Drawing, frame: &Frame, window: Window, plots: &Plots) {
    let sum = |left: &[(_, u32)]| left.iter().map(|(_, count)| *count).sum::<u32>();
    let parts = plots.messages.iter();
    let most = parts.map(|one| one.came.max(sum(&one.left))).max();
    let scale = Scale::between(0.0, f64::from(most.unwrap_or(0).max(2)));
    lines(d, frame, &scale);
    let length = plots.part.0 as f64;
    let wide = (frame.right - frame.left) * length / (window.to - window.from).max(1.0);
    let bar = (wide * 0.38).clamp(1.0, 12.0);
    for one in &plots.messages {
        let at = one.at.0 as f64;
        if at + length < window.from || at > window.to {
            continue;
        }
        let x = frame.left + (at - window.from) / length * wide + wide * 0.08;
        let later = at > window.now;
        let mut rect = |x: f64, from: u32, to: u32, hue: u8| {
            let (low, high) = (scale.y(frame, from.into()), scale.y(frame, to.into()));
            d.rect(x, high, bar, low - high, "bar")
                .hue(hue)
                .faint(later);
        };
        if one.came > 0 {
            rect(x, 0, one.came, 0);
        }
        let mut below = 0;
        for (channel, count) in &one.left {
            rect(x + bar + 1.0, below, below + count, hue_of(channel.0));
            below += count;
        }
    }
    figures(d, frame, &scale);
}

fn waiting(d: &mut Drawing, frame: &Frame, window: Window, points: &[Point]) {
    let most = points
        .iter()
        .fold(2.0, |most: f64, (_, count)| most.max(*count));
    let scale = Scale::between(0.0, most);
    lines(d, frame, &scale);
    let ends = points.iter().skip(1).map(|(at, _)| at.0 as f64);
    let ends = ends.chain([window.head.max(window.now)]);
    for ((at, count), end) in points.iter().zip(ends) {
        let (from, to) = (frame.x(at.0 as f64), frame.x(end));
        if *count > 0.0 && to > from {
            let y = scale.y(frame, *count);
            d.rect(from, y, to - from, frame.bottom - y, "slab")
                .faint(at.0 as f64 > window.now);
        }
    }
    figures(d, frame, &scale);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scene::Layout;
    use tidings_world::view::{Channel, Curve, MessagesPlot, Micros, NumberPlot, TopicId};

    #[test]
    fn a_value_holds_until_the_next_and_there_is_none_before_the_first() {
        let points = [(Micros(10), 1.0), (Micros(20), 2.0)];
        assert_eq!(value_at(&points, 9.0), None);
        assert_eq!(value_at(&points, 19.0), Some(1.0));
        assert_eq!(value_at(&points, 20.0), Some(2.0));
    }

    #[test]
    fn what_lies_behind_the_playhead_is_faint() {
        let points = vec![(Micros(0), 1.0), (Micros(500), 2.0), (Micros(900), 1.0)];
        let curve = Curve {
            from: Micros(0),
            to: Micros(1000),
            points: points.clone(),
        };
        let number = NumberPlot {
            id: TopicId(1),
            topic: "a".into(),
            place: String::new(),
            curve: curve.clone(),
        };
        let all = Plots {
            numbers: vec![number],
            part: Micros(100),
            messages: vec![MessagesPlot {
                at: Micros(700),
                came: 1,
                left: vec![(Channel(1), 2)],
            }],
            waiting: vec![(tidings_world::view::ActorId(1), curve)],
        };
        let paper = Paper::of(1440.0, 4, Layout::Wide, false);
        let window = Window {
            from: 0.0,
            to: 1000.0,
            now: 600.0,
            head: 950.0,
        };
        let outage = Outage {
            from: 300,
            to: Some(500),
            cut: "phone cut".into(),
            back: "back",
        };
        let drawing = plots(&paper, window, &all, &[outage], 100.0);
        let count = |class: &str| {
            drawing
                .0
                .iter()
                .filter(|shape| shape.class == class)
                .count()
        };
        assert_eq!((count("wsel"), count("cutline w")), (1, 1));
        let faint = drawing.0.iter().filter(|shape| shape.faint).count();
        // The rest of the curve, three bars, and what waits later.
        assert_eq!(faint, 1 + 2 + 1);
        assert_eq!(rows(&all).len(), 3);
    }
}
