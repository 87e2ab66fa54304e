//! The ladder, drawn.

use super::*;
use crate::scene::model::{Branch, Hold, Lane};

fn run() -> Run {
    let lane = |actor: Option<ActorId>, name: &str| Lane {
        actor,
        name: name.into(),
        ..Lane::default()
    };
    let flight = |event, to_broker, sent, arrives| Flight {
        event,
        actor: if to_broker { 1 } else { 2 },
        to_broker,
        sent,
        arrives,
        name: "PUBLISH",
        value: "21.4".into(),
        packet_id: Some(12),
        ..Flight::default()
    };
    Run {
        lanes: vec![
            lane(Some(1), "thermo"),
            lane(None, "broker"),
            lane(Some(2), "phone"),
        ],
        flights: vec![
            flight(37, true, 1_000, 2_000),
            flight(39, false, 2_000, 4_000),
        ],
        ..Run::default()
    }
}

fn paper() -> Paper {
    Paper::ladder(1440.0, 600.0, 3, 0, Layout::Wide)
}

fn window() -> Window {
    Window {
        from: 0.0,
        to: 5_000.0,
        now: 3_000.0,
        head: 5_000.0,
    }
}

fn texts(d: &Drawing) -> Vec<String> {
    let text = |shape: &super::super::shape::Shape| match &shape.form {
        super::super::shape::Form::Text { text, .. } => Some(text.to_string()),
        _ => None,
    };
    d.0.iter().filter_map(text).collect()
}

#[test]
fn an_arrow_is_hit_along_its_way_and_nowhere_else() {
    let (paper, run) = (paper(), run());
    let (phone, broker) = paper.lanes_of(&run, 2).expect("lanes");
    let middle = (window().x(&paper, 3_000.0), (phone + broker) / 2.0);
    assert_eq!(hit(&paper, window(), &run, middle, 8.0), Some(39));
    let before = (middle.0 - 60.0, middle.1 + 60.0);
    assert_eq!(hit(&paper, window(), &run, before, 8.0), None);
    // What nobody knows yet cannot be hit.
    let early = Window {
        now: 1_500.0,
        head: 1_500.0,
        ..window()
    };
    assert_eq!(hit(&paper, early, &run, middle, 8.0), None);
}

#[test]
fn packets_say_what_they_are_and_no_word_lies_over_another() {
    let (paper, mut run) = (paper(), run());
    let all = texts(&ladder(&paper, window(), &run, words::words()));
    assert!(all.contains(&"#37 21.4 id 12".to_owned()), "{all:?}");
    // A crowd at one place: what finds no room is not said.
    let many = (0..40).map(|n| Flight {
        event: 100 + n,
        ..run.flights[0].clone()
    });
    run.flights.extend(many.collect::<Vec<_>>());
    let drawing = ladder(&paper, window(), &run, words::words());
    let areas = crate::scene::labels::words(&drawing);
    let overlapping = areas
        .iter()
        .enumerate()
        .any(|(n, area)| areas[n + 1..].iter().any(|other| other.meets(area)));
    assert!(!overlapping);
    // Nor over a lane, where marks stand.
    let lanes: Vec<_> = (0..3)
        .map(|n| Area::of(0.0, paper.y(n) - 2.0, 1440.0, 4.0))
        .collect();
    assert!(
        areas
            .iter()
            .all(|area| !lanes.iter().any(|lane| lane.meets(area)))
    );
    assert!(texts(&drawing).len() < all.len() + 20);
    // The chosen one has its word before all others.
    run.selected = Some(130);
    let chosen = texts(&ladder(&paper, window(), &run, words::words()));
    assert!(chosen.contains(&"#130 21.4 id 12".to_owned()), "{chosen:?}");
}

#[test]
fn the_bars_of_qos_2_are_full_and_then_hollow() {
    let (paper, mut run) = (paper(), run());
    let hold = |at_broker, number, from, to| Hold {
        at_broker,
        number,
        from,
        to,
    };
    run.exchanges = vec![Exchange {
        actor: 2,
        packet_id: 7,
        exactly_once: true,
        packets: vec![(39, "PUBLISH", true)],
        delivered: 0,
        holds: vec![
            hold(true, false, 1_000, Some(2_000)),
            hold(true, true, 2_000, None),
            hold(false, true, 1_500, Some(2_500)),
        ],
    }];
    let bars = |run: &Run| {
        let drawing = ladder(&paper, window(), run, words::words());
        let bars = drawing
            .0
            .iter()
            .filter(|s| matches!(s.class, "slab" | "slabh"));
        bars.map(|s| s.class).collect::<Vec<_>>()
    };
    assert_eq!(bars(&run), ["slab", "slabh", "slabh"]);
    run.exchanges[0].exactly_once = false;
    assert_eq!(bars(&run), [""; 0]);
    run.selected = Some(39);
    assert_eq!(bars(&run).len(), 3);
}

#[test]
fn a_cut_is_told_by_the_handshake_it_fell_into() {
    let mut run = run();
    assert_eq!(outcome(&run, 2, 3_000), None, "nothing died");
    run.flights[1].died = Some(3_000);
    let lost = outcome(&run, 2, 3_000).expect("an outcome");
    assert!(lost.at_most_once);
    assert_eq!((lost.sent, lost.died, lost.delivered), (1, 1, 0));
    run.exchanges = vec![Exchange {
        actor: 2,
        packets: vec![
            (39, "PUBLISH", true),
            (47, "PUBLISH", false),
            (48, "PUBACK", false),
        ],
        delivered: 1,
        ..Exchange::default()
    }];
    let again = outcome(&run, 2, 3_000).expect("an outcome");
    let counts = (again.sent, again.died, again.delivered, again.at_most_once);
    assert_eq!(counts, (2, 1, 1, false));
    assert_eq!(outcome(&run, 1, 3_000), None, "another link");
}

#[test]
fn the_places_of_a_cut_are_before_and_after_each_arrival() {
    let run = run();
    assert_eq!(next_place(&run, 2, 3_000, true), Some(3_999));
    assert_eq!(next_place(&run, 2, 3_999, true), Some(4_000));
    assert_eq!(next_place(&run, 2, 4_000, true), None);
    assert_eq!(next_place(&run, 2, 4_000, false), Some(3_999));
}

#[test]
fn the_other_run_is_dotted_behind_this_one() {
    let (paper, mut run) = (paper(), run());
    run.ghosts = vec![run.flights[1].clone()];
    let drawing = ladder(&paper, window(), &run, words::words());
    assert!(drawing.0.iter().any(|shape| shape.class == "ghostl"));
}

#[test]
fn many_lanes_make_the_paper_higher_than_the_room() {
    let paper = Paper::ladder(1440.0, 600.0, 51, 0, Layout::Wide);
    assert!(paper.lane >= 36.0 && paper.h > 1_800.0);
    assert!(Paper::ladder(390.0, 600.0, 4, 3, Layout::Tall).h <= 601.0);
}

#[test]
fn of_very_many_arrows_those_at_the_playhead_are_in_reach() {
    let (paper, mut run) = (paper(), run());
    run.flights = (0..300)
        .map(|n| Flight {
            event: n,
            sent: n * 10,
            arrives: n * 10 + 5,
            ..run.flights[0].clone()
        })
        .collect();
    let some = arrows(&paper, window(), &run, &run.flights, 40);
    assert_eq!(some.len(), 40);
    assert!(some.iter().all(|(n, _)| *n >= 260));
    assert!(some.is_sorted_by_key(|(n, _)| *n));
}

#[test]
fn other_runs_hang_from_where_they_part() {
    let paper = Paper::ladder(1440.0, 600.0, 3, 2, Layout::Wide);
    let branch = |parts, head, compared| Branch {
        parts,
        head,
        compared,
    };
    let run = Run {
        branches: vec![branch(500, 900, true), branch(1_500, 2_500, false)],
        ..Run::default()
    };
    let window = Window {
        from: 1_000.0,
        to: 2_000.0,
        now: 1_800.0,
        head: 1_900.0,
    };
    let mut d = Drawing::default();
    tree::tree(&mut d, &paper, window, &run);
    let of = |class: &str| d.0.iter().filter(|shape| shape.class == class).count();
    // The first has ended before the paper begins, the second goes on beyond its end.
    assert_eq!((of("ghostl w"), of("ghostl"), of("ghost")), (0, 1, 0));
    assert_eq!((of("joint"), of("path k"), of("rest1")), (1, 1, 1));
    assert!(paper.branch_y(2) + tree::ROW / 2.0 < paper.top - 26.0);
}
