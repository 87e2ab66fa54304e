//! How often: so many a second, so many a minute, seconds apart, once, or when somebody asks.

use tidings_world::scenario::check::{PERIOD_MS_MIN, TIME_MS_MAX};
use web_sys::HtmlSelectElement;
use yew::prelude::*;

use super::number::Number;
use crate::words::words;

/// The unit a rate is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Unit {
    PerSecond,
    PerMinute,
    Apart,
    Once,
    ByHand,
}

impl Unit {
    const ALL: [Self; 5] = [
        Self::PerSecond,
        Self::PerMinute,
        Self::Apart,
        Self::Once,
        Self::ByHand,
    ];

    /// The unit in which a period is a round number.
    fn of(period_ms: u64) -> Self {
        match period_ms {
            0 => Self::Once,
            n if n <= 1000 && 1000 % n == 0 => Self::PerSecond,
            _ => Self::Apart,
        }
    }

    fn number(self, period_ms: u64) -> f64 {
        match self {
            Self::PerSecond => 1000.0 / period_ms.max(1) as f64,
            Self::PerMinute => 60_000.0 / period_ms.max(1) as f64,
            Self::Apart => period_ms as f64 / 1000.0,
            Self::Once | Self::ByHand => 0.0,
        }
    }

    /// The least and the most that a scene takes.
    fn limits(self) -> (f64, f64) {
        let (short, long) = (PERIOD_MS_MIN, TIME_MS_MAX);
        match self {
            Self::Apart => (self.number(short), self.number(long)),
            _ => (self.number(long), self.number(short)),
        }
    }

    fn period_ms(self, number: f64) -> u64 {
        let millis = match self {
            Self::PerSecond => 1000.0 / number,
            Self::PerMinute => 60_000.0 / number,
            Self::Apart => number * 1000.0,
            Self::Once | Self::ByHand => return 0,
        };
        (millis.round() as u64).max(1)
    }
}

#[derive(PartialEq, Properties)]
pub(crate) struct Props {
    pub(crate) id: AttrValue,
    pub(crate) period_ms: u64,
    pub(crate) by_hand: bool,
    pub(crate) invalid: bool,
    /// Milliseconds, and whether it waits to be asked.
    pub(crate) on_rate: Callback<(u64, bool)>,
}

#[component]
pub(crate) fn Rate(props: &Props) -> Html {
    let words = &words().panels.form;
    let chosen = use_state(|| None::<Unit>);
    // A unit somebody chose stays, unless the period says that it was something else.
    let unit = match *chosen {
        _ if props.by_hand => Unit::ByHand,
        Some(Unit::ByHand) => Unit::of(props.period_ms),
        Some(unit) if (unit == Unit::Once) == (props.period_ms == 0) => unit,
        _ => Unit::of(props.period_ms),
    };
    let number = unit.number(props.period_ms);
    let onchange = {
        let on_rate = props.on_rate.clone();
        let before = if props.period_ms == 0 {
            1000
        } else {
            props.period_ms
        };
        Callback::from(move |event: Event| {
            let select = event.target_unchecked_into::<HtmlSelectElement>();
            let index = usize::try_from(select.selected_index()).unwrap_or(0);
            let unit = Unit::ALL[index.min(Unit::ALL.len() - 1)];
            chosen.set(Some(unit));
            on_rate.emit((
                if unit == Unit::Once { 0 } else { before },
                unit == Unit::ByHand,
            ));
        })
    };
    let name = |unit| match unit {
        Unit::PerSecond => words.per_second,
        Unit::PerMinute => words.per_minute,
        Unit::Apart => words.seconds_apart,
        Unit::Once => words.once,
        Unit::ByHand => crate::words::words().panels.build.by_hand,
    };
    html! {
        <div class="rate">
            if !matches!(unit, Unit::Once | Unit::ByHand) {
                <Number
                    id={props.id.clone()}
                    label={words.rate}
                    value={number}
                    min={unit.limits().0}
                    max={unit.limits().1}
                    invalid={props.invalid}
                    on_number={props.on_rate.reform(move |number| (unit.period_ms(number), false))}
                />
            }
            <select class="inp" aria-label={words.rate_unit} {onchange}>
                { for Unit::ALL.into_iter().map(|one| html! {
                    <option selected={one == unit}>{ name(one) }</option>
                }) }
            </select>
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_period_is_written_in_the_unit_in_which_it_is_round() {
        let written = |period| {
            let unit = Unit::of(period);
            (unit, unit.number(period))
        };
        assert_eq!(written(1000), (Unit::PerSecond, 1.0));
        assert_eq!(written(250), (Unit::PerSecond, 4.0));
        assert_eq!(written(20_000), (Unit::Apart, 20.0));
        assert_eq!(written(2200), (Unit::Apart, 2.2));
        assert_eq!(written(0).0, Unit::Once);
        assert_eq!(Unit::PerMinute.number(20_000), 3.0);
        assert_eq!(Unit::PerSecond.limits().1, 200.0);
        assert_eq!(Unit::Apart.limits(), (0.005, 1_000_000.0));
        for period in [1000, 250, 20_000, 2200, 5] {
            let (unit, number) = written(period);
            assert_eq!(unit.period_ms(number), period);
        }
    }
}
