//! Values over time as steps, because a value holds until the next, and the lines they are read from.

use super::shape::{Drawing, Size};

/// Where a plot stands and what it spans.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Frame {
    pub(crate) left: f64,
    pub(crate) right: f64,
    pub(crate) top: f64,
    pub(crate) bottom: f64,
    /// In microseconds.
    pub(crate) from: f64,
    pub(crate) to: f64,
}

impl Frame {
    pub(crate) fn x(&self, at: f64) -> f64 {
        let span = (self.to - self.from).max(1.0);
        let share = ((at - self.from) / span).clamp(0.0, 1.0);
        self.left + share * (self.right - self.left)
    }
}

/// Lines at round values, and the span they stand in.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Scale {
    pub(crate) low: f64,
    pub(crate) high: f64,
    /// Values with their names, from below.
    pub(crate) lines: Vec<(f64, String)>,
}

impl Scale {
    /// A scale that holds all values, with at most five lines.
    pub(crate) fn of(values: impl Iterator<Item = f64>) -> Self {
        let (low, high) = values.fold((f64::MAX, f64::MIN), |(low, high), value| {
            (low.min(value), high.max(value))
        });
        if low > high {
            return Self::between(0.0, 1.0);
        }
        match high - low {
            // Around one value there is room of its own size.
            span if span <= low.abs() * 1e-9 => {
                let room = if low == 0.0 { 1.0 } else { low.abs() * 0.1 };
                Self::between(low - room, high + room)
            }
            _ => Self::between(low, high),
        }
    }

    /// A scale from `low` to `high`, in both directions to the next round value.
    pub(crate) fn between(low: f64, high: f64) -> Self {
        let rough = (high - low) / 3.0;
        let unit = 10_f64.powf(rough.log10().floor());
        let steps = [1.0, 2.0, 5.0, 10.0].map(|k| k * unit);
        let step = *steps
            .iter()
            .find(|step| **step >= rough * 0.999)
            .unwrap_or(&unit);
        let digits = (-step.log10().floor()).clamp(0.0, 9.0) as usize;
        let (first, last) = ((low / step).floor(), (high / step).ceil());
        let count = (last - first).clamp(0.0, 8.0) as u32;
        let lines = (0..=count).map(|n| {
            let value = (first + f64::from(n)) * step;
            (value, figure(value, digits))
        });
        Self {
            low: first * step,
            high: last * step,
            lines: lines.collect(),
        }
    }

    pub(crate) fn y(&self, frame: &Frame, value: f64) -> f64 {
        let share = (value - self.low) / (self.high - self.low).max(f64::MIN_POSITIVE);
        frame.bottom - share.clamp(0.0, 1.0) * (frame.bottom - frame.top)
    }
}

/// A value with few letters.
fn figure(value: f64, digits: usize) -> String {
    match value.abs() {
        large if large >= 1e6 => format!("{value:.1e}"),
        _ => format!("{:.digits$}", if value == 0.0 { 0.0 } else { value }),
    }
}

/// Draws the lines of a scale, with their names at the left or, if they do not fit there, on them.
pub(crate) fn lines(d: &mut Drawing, frame: &Frame, scale: &Scale) {
    for (value, name) in &scale.lines {
        let y = scale.y(frame, *value).round() + 0.5;
        d.line(frame.left, y, frame.right, y, "hair");
        d.text(frame.left - 8.0, y + 4.0, name.clone(), Size::S12, "m i2")
            .end();
    }
}

/// The way of a value, up to `to`; its first point may lie before the frame.
pub(crate) fn steps(frame: &Frame, scale: &Scale, points: &[(f64, f64)], to: f64) -> String {
    let mut path = String::new();
    for (at, value) in points {
        let (x, y) = (frame.x(*at), scale.y(frame, *value));
        match path.is_empty() {
            true => path.push_str(&format!("M{x:.1} {y:.1}")),
            false => path.push_str(&format!("H{x:.1}V{y:.1}")),
        }
    }
    if !path.is_empty() {
        path.push_str(&format!("H{:.1}", frame.x(to)));
    }
    path
}

/// Moments for an axis: round ones, at most `most` of them, and the step between them, in microseconds.
pub(crate) fn moments(from: f64, to: f64, most: u32) -> (Vec<f64>, f64) {
    const STEPS_S: [f64; 14] = [
        0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 900.0, 3600.0, 86_400.0,
    ];
    let span = (to - from).max(0.0);
    let fits = |step: &&f64| span / (**step * 1e6) <= f64::from(most);
    let step = STEPS_S.iter().find(fits).unwrap_or(&STEPS_S[13]) * 1e6;
    let first = (from / step).ceil();
    let moments = (0..=most).map(|n| (first + f64::from(n)) * step);
    (moments.filter(|at| *at <= to).collect(), step)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(scale: &Scale) -> Vec<&str> {
        scale.lines.iter().map(|(_, name)| &name[..]).collect()
    }

    #[test]
    fn lines_stand_at_round_values() {
        let scale = Scale::of([21.0, 21.4, 21.2].into_iter());
        assert_eq!(names(&scale), ["21.0", "21.2", "21.4"]);
        assert_eq!(
            names(&Scale::of([0.0, 100.0].into_iter())),
            ["0", "50", "100"]
        );
        assert_eq!(
            names(&Scale::of([-0.3, 0.2].into_iter())),
            ["-0.4", "-0.2", "0.0", "0.2"]
        );
        // One value, none, and huge ones are no trouble.
        assert!(Scale::of([5.0].into_iter()).low < 5.0);
        assert!(!Scale::of(std::iter::empty()).lines.is_empty());
        assert!(Scale::of([1e300, -1e300].into_iter()).lines.len() < 10);
        assert!(Scale::of([f64::MAX, f64::MIN].into_iter()).lines.len() < 10);
    }

    #[test]
    fn a_value_holds_until_the_next() {
        let frame = Frame {
            left: 0.0,
            right: 100.0,
            top: 0.0,
            bottom: 10.0,
            from: 0.0,
            to: 100.0,
        };
        let scale = Scale::between(0.0, 2.0);
        let path = steps(&frame, &scale, &[(-5.0, 0.0), (50.0, 2.0)], 80.0);
        assert_eq!(path, "M0.0 10.0H50.0V0.0H80.0");
        assert_eq!(steps(&frame, &scale, &[], 80.0), "");
    }

    #[test]
    fn moments_are_round_and_few() {
        assert_eq!(moments(0.0, 4.5e6, 5).0, [0.0, 1e6, 2e6, 3e6, 4e6]);
        assert!(moments(3.3e6, 300e6, 5).0.len() <= 5);
    }
}
