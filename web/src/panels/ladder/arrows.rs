//! The arrows for who does not see them, and the way from one to the next.

use std::rc::Rc;

use tidings_world::view::{ActorId, EventNo, Scene};
use yew::prelude::*;

use crate::components::{Drawn, Span};
use crate::panels::names::actor_name;
use crate::scene::clock::seconds;
use crate::scene::ladder::arrows;
use crate::scene::model::Flight;
use crate::scene::score::Paper;
use crate::scene::text::shown;
use crate::state::use_signal;
use crate::words::panels::Arrow;
use crate::words::words;

/// No more arrows are named at a time: those nearest to the playhead.
const NAMED_MAX: usize = 80;

#[derive(PartialEq, Properties)]
pub(super) struct Props {
    pub(super) span: Span,
    pub(super) paper: Paper,
    pub(super) scene: Rc<Scene>,
    pub(super) selected: Option<EventNo>,
}

/// While the clock stands: each arrow as an option of the paper's list.
#[component]
pub(super) fn Arrows(props: &Props) -> Html {
    let Some(Drawn { window, run }) = use_signal(props.span.still()) else {
        return html! {};
    };
    let selected = props.selected.map(|no| u64::from(no.0));
    let words = &words().panels.ladder;
    let spot = |(x, y): (f64, f64)| format!("left:{x:.0}px;top:{y:.0}px");
    let named = |flight: &Flight| {
        let whose = ActorId(u16::try_from(flight.actor).unwrap_or(u16::MAX));
        (words.arrow)(&Arrow {
            kind: flight.name,
            no: flight.event,
            name: &shown(&actor_name(&props.scene, whose)),
            to_broker: flight.to_broker,
            id: flight.packet_id,
            value: &shown(&flight.value),
            dup: flight.dup,
            left: &seconds(flight.sent),
            end: &seconds(flight.died.unwrap_or(flight.arrives)),
            lost: flight.died.is_some(),
        })
    };
    let paper = &props.paper;
    let own = arrows(paper, window, &run, &run.flights, NAMED_MAX);
    let ghosts = arrows(paper, window.whole(), &run, &run.ghosts, NAMED_MAX);
    html! {
        <>
            { for own.into_iter().map(|(n, place)| {
                let flight = &run.flights[n];
                html! {
                    <span
                        key={flight.event}
                        id={format!("arrow-{}", flight.event)}
                        class="arw"
                        role="option"
                        aria-selected={(selected == Some(flight.event)).to_string()}
                        aria-label={named(flight)}
                        style={spot(place)}
                        data-testid="arrow"
                    />
                }
            }) }
            { for ghosts.into_iter().map(|(n, place)| html! {
                <span
                    key={format!("ghost {n}")}
                    class="arw"
                    role="option"
                    aria-disabled="true"
                    aria-selected="false"
                    aria-label={format!("{}{}", words.before, named(&run.ghosts[n]))}
                    style={spot(place)}
                    data-testid="ghost"
                />
            }) }
        </>
    }
}

/// The packet that left after the chosen one, or before it; without one, the nearest to the
/// playhead on that side.
pub(super) fn beside(drawn: &Drawn, forward: bool) -> Option<EventNo> {
    let flights = &drawn.run.flights;
    let known = drawn.window.head.max(drawn.window.now);
    let count = flights
        .iter()
        .take_while(|one| one.sent as f64 <= known)
        .count();
    let chosen = drawn.run.selected;
    let here = chosen.and_then(|no| flights.iter().position(|one| one.event == no));
    let to = match (here, forward) {
        (Some(here), true) => here + 1,
        (Some(here), false) => here.checked_sub(1)?,
        (None, _) => {
            let past = flights
                .iter()
                .take_while(|one| one.sent as f64 <= drawn.window.now);
            past.count().saturating_sub(usize::from(!forward))
        }
    };
    let no = flights[..count].get(to)?.event;
    u32::try_from(no).ok().map(EventNo)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scene::model::Run;
    use crate::scene::score::Window;

    fn drawn(selected: Option<u64>) -> Drawn {
        let flight = |event| Flight {
            event,
            sent: event * 100,
            ..Flight::default()
        };
        Drawn {
            window: Window {
                from: 0.0,
                to: 1_000.0,
                now: 250.0,
                head: 420.0,
            },
            run: Rc::new(Run {
                flights: (1..=6).map(flight).collect(),
                selected,
                ..Run::default()
            }),
        }
    }

    #[test]
    fn up_and_down_walk_the_packets_and_end_where_the_run_ends() {
        let go = |from, forward| beside(&drawn(from), forward).map(|no| no.0);
        assert_eq!(go(Some(2), true), Some(3));
        assert_eq!(go(Some(2), false), Some(1));
        assert_eq!(go(Some(1), false), None);
        assert_eq!(go(Some(4), true), None, "the fifth has not left yet");
        assert_eq!(go(None, false), Some(2), "the last before the playhead");
        assert_eq!(go(None, true), Some(3));
        assert_eq!(go(Some(99), true), Some(3), "it is not on the paper");
    }
}
