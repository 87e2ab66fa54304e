//! The next values of a publisher, as they will be said: steps, because a word holds until the next.

use yew::prelude::*;

use crate::panels::signs::drawn;
use crate::scene::Drawing;
use crate::scene::shape::Size;
use crate::scene::text::cut;
use crate::words::words;

const LEFT: f64 = 44.0;
const RIGHT: f64 = 296.0;
const TOP: f64 = 10.0;
const BOTTOM: f64 = 76.0;
/// Words of a list get a line each; of more different ones nothing is drawn.
const WORDS_MAX: usize = 4;

/// Where the values stand and what the lines say.
#[derive(Debug, PartialEq)]
struct Scale {
    /// From 0 at the bottom to 1 at the top.
    at: Vec<f64>,
    /// Lines with their names.
    lines: Vec<(f64, String)>,
}

/// The drawing; nothing if there is nothing to see.
pub(crate) fn plot(values: &[String], period_ms: u64) -> Html {
    let Some(scale) = scale(values).filter(|_| values.len() > 1 && period_ms > 0) else {
        return html! {};
    };
    let y = |share: f64| BOTTOM - share * (BOTTOM - TOP);
    let step = (RIGHT - LEFT) / values.len() as f64;
    let mut d = Drawing::default();
    for (share, name) in &scale.lines {
        let line = y(*share).round() + 0.5;
        d.line(LEFT, line, RIGHT, line, "hair");
        d.text(LEFT - 8.0, line + 4.0, cut(name, 6), Size::S12, "m i2")
            .end();
    }
    let mut path = String::new();
    for (index, share) in scale.at.iter().enumerate() {
        let (x, y) = (LEFT + index as f64 * step, y(*share));
        match index {
            0 => path.push_str(&format!("M{x:.1} {y:.1}")),
            _ => path.push_str(&format!("H{x:.1}V{y:.1}")),
        }
    }
    path.push_str(&format!("H{RIGHT}"));
    d.path(path, "step");
    let whole = values.len() as f64 * period_ms as f64;
    for (quarter, name) in times(whole).into_iter().enumerate() {
        let x = LEFT + quarter as f64 / 4.0 * (RIGHT - LEFT);
        d.line(x + 0.5, 86.0, x + 0.5, 91.0, "rest1");
        d.text(x, 104.0, name, Size::S12, "m i2").middle();
    }
    html! {
        <div class="plot" role="img" aria-label={(words().panels.form.preview)(values)}>
            { drawn(&d, 312.0, 108.0, "steps") }
        </div>
    }
}

/// The quarters of `whole_ms`, in one unit, with the digits that tell them apart.
fn times(whole_ms: f64) -> [String; 5] {
    let (unit, of_ms) = match whole_ms {
        ms if ms >= 600_000.0 => ("min", 60_000.0),
        ms if ms >= 1000.0 => ("s", 1000.0),
        _ => ("ms", 1.0),
    };
    let step = whole_ms / of_ms / 4.0;
    let exact = |digits: &usize| {
        let shifted = step * [1.0, 10.0, 100.0][*digits];
        (shifted - shifted.round()).abs() < 1e-6
    };
    let digits = (0..3).find(exact).unwrap_or(2);
    [0.0, 1.0, 2.0, 3.0, 4.0].map(|quarter: f64| match quarter {
        0.0 => format!("0 {unit}"),
        _ => format!("{:.digits$} {unit}", step * quarter),
    })
}

/// Numbers on a scale with three lines; a few words on a line each.
fn scale(values: &[String]) -> Option<Scale> {
    let numbers: Option<Vec<f64>> = values
        .iter()
        .map(|value| value.trim().parse().ok().filter(|n: &f64| n.is_finite()))
        .collect();
    match numbers {
        Some(numbers) => Some(of_numbers(&numbers, values)),
        None => of_words(values),
    }
}

fn of_numbers(numbers: &[f64], values: &[String]) -> Scale {
    let (low, high) = numbers.iter().fold((f64::MAX, f64::MIN), |(low, high), n| {
        (low.min(*n), high.max(*n))
    });
    if high <= low {
        return Scale {
            at: vec![0.5; numbers.len()],
            lines: vec![(0.5, values.first().cloned().unwrap_or_default())],
        };
    }
    let digits = values
        .iter()
        .map(|value| value.split_once('.').map_or(0, |(_, rest)| rest.len()))
        .max()
        .unwrap_or(0)
        .min(3);
    let line = |share: f64| (share, format!("{:.digits$}", low + share * (high - low)));
    Scale {
        at: numbers.iter().map(|n| (n - low) / (high - low)).collect(),
        lines: [1.0, 0.5, 0.0].map(line).to_vec(),
    }
}

fn of_words(values: &[String]) -> Option<Scale> {
    let mut words: Vec<&String> = Vec::new();
    for value in values {
        if !words.contains(&value) {
            words.push(value);
        }
    }
    let count = words.len();
    if !(2..=WORDS_MAX).contains(&count) {
        return None;
    }
    let share = |index: usize| 1.0 - index as f64 / (count - 1) as f64;
    let at = values
        .iter()
        .filter_map(|value| words.iter().position(|word| *word == value))
        .map(share)
        .collect();
    let lines = words.iter().enumerate();
    Some(Scale {
        at,
        lines: lines.map(|(i, word)| (share(i), (*word).clone())).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(values: &[&str]) -> Vec<String> {
        values.iter().map(|value| (*value).to_owned()).collect()
    }

    #[test]
    fn no_two_times_of_the_axis_read_the_same() {
        // So many a second, two hundred: 5 ms apart.
        assert_eq!(
            times(300.0),
            ["0 ms", "75 ms", "150 ms", "225 ms", "300 ms"]
        );
        assert_eq!(times(6000.0), ["0 s", "1.5 s", "3.0 s", "4.5 s", "6.0 s"]);
        assert_eq!(times(1_200_000.0)[1..3], ["5 min", "10 min"]);
    }

    #[test]
    fn numbers_have_a_scale_and_words_have_lines() {
        let numbers = scale(&texts(&["20", "21.5", "23"])).expect("numbers");
        assert_eq!(numbers.at, [0.0, 0.5, 1.0]);
        assert_eq!(numbers.lines[1], (0.5, "21.5".into()));
        let words = scale(&texts(&["closed", "open", "closed"])).expect("words");
        assert_eq!(words.at, [1.0, 0.0, 1.0]);
        assert_eq!(scale(&texts(&["a", "b", "c", "d", "e"])), None);
        let still = scale(&texts(&["1", "1"])).expect("a number");
        assert_eq!(still.at, [0.5, 0.5]);
    }
}
