//! A window of the score.

use super::scribe::{Scribe, no};
use crate::log::{Decision, What};
use crate::project::score;
use crate::view::{
    Channel, Dropped, MarkKind, Micros, NextTimer, PacketKind, Presence, SCORE_MAX, Score,
    ScoreWatch, Timer, TimerKind,
};

fn window(scribe: &Scribe, from: u64, to: u64) -> Score {
    let (from, to) = (Micros::from_millis(from), Micros::from_millis(to));
    scribe.at(to.0 / 1000, |sight| score(sight, ScoreWatch { from, to }))
}

#[test]
fn packets_that_are_under_way_in_the_window() {
    let scribe = Scribe::kitchen(6000);
    let score = window(&scribe, 3900, 4300);
    let hops: Vec<_> = score.hops.iter().map(|hop| (hop.no.0, hop.kind)).collect();
    let (publish, ack) = (PacketKind::Publish, PacketKind::PubAck);
    let expected = [
        (34, ack),
        (35, publish),
        (36, publish),
        (37, ack),
        (38, publish),
        (39, publish),
    ];
    assert_eq!(hops, expected);
    assert!(score.hops.iter().all(|hop| hop.label.text.is_empty()));
    let marks: Vec<_> = score
        .marks
        .iter()
        .map(|mark| (mark.at.0, mark.kind, mark.no, mark.channel))
        .collect();
    let waits = MarkKind::Waits { waiting: 4 };
    assert_eq!(marks, [(4_240_000, waits, Some(no(36)), Some(Channel(3)))]);
    assert!(!score.cut);
}

#[test]
fn lanes_know_who_was_there() {
    let mut scribe = Scribe::kitchen(2000);
    scribe.plug(2000, "logger");
    scribe.run(3000);
    let logger = scribe.id("logger");
    let score = window(&scribe, 400, 3000);
    let spans = score.spans.iter().filter(|span| span.actor == logger);
    let spans: Vec<_> = spans
        .map(|span| {
            (
                span.from.0 / 1000,
                span.to.map(|to| to.0 / 1000),
                span.presence,
            )
        })
        .collect();
    let (unplugged, session) = (true, true);
    assert_eq!(
        spans,
        [
            (300, Some(700), Presence::Connected),
            (700, Some(2000), Presence::Away { unplugged, session }),
            (2000, Some(2300), Presence::Connecting),
            (2300, None, Presence::Connected),
        ]
    );
    let kinds: Vec<_> = score.marks.iter().map(|mark| mark.kind).collect();
    let waits = MarkKind::Waits { waiting: 1 };
    assert_eq!(kinds, [MarkKind::Unplugged, waits, MarkKind::SwitchedOn]);
    // The thermometer was there before the window and still is.
    let thermo = score
        .spans
        .iter()
        .filter(|span| span.actor == scribe.id("thermo"));
    assert_eq!(thermo.count(), 2);
}

#[test]
fn a_cut_shows_once_and_loses_what_was_on_the_link() {
    let mut scribe = Scribe::kitchen(2300);
    scribe.unplug(2300, "phone");
    scribe.say(3000, "door", "home/hall/door", "open", 0, false);
    scribe.run(4000);
    let score = window(&scribe, 2300, 4000);
    let lost: Vec<_> = score.hops.iter().filter_map(|hop| hop.died).collect();
    assert_eq!(lost, [Micros::from_millis(2300); 3]);
    let marks = score.marks.iter().map(|mark| mark.kind);
    assert_eq!(
        marks.collect::<Vec<_>>(),
        [MarkKind::Unplugged, MarkKind::Forgotten]
    );

    // Nobody pulled anything: the link itself was cut.
    let mut scribe = Scribe::kitchen(2300);
    let flying = scribe.at(2300, |sight| sight.board.flying.clone());
    assert_eq!(flying.len(), 5);
    for seq in flying {
        let what = What::Died(seq);
        scribe.log.push(Micros::from_millis(2300), None, what);
    }
    let marks = window(&scribe, 2300, 2300).marks;
    let cuts = marks.iter().filter(|mark| mark.kind == MarkKind::Cut);
    assert_eq!(cuts.count(), 3, "one for each link");
}

#[test]
fn the_earliest_are_missing_if_there_are_too_many() {
    let mut scribe = Scribe::kitchen(1000);
    for n in 0..SCORE_MAX as u64 + 20 {
        scribe.say(2000 + n, "door", "x", "x", 0, false);
    }
    let score = window(&scribe, 0, 9000);
    assert!(score.cut);
    assert_eq!(score.hops.len(), SCORE_MAX);
    assert_eq!(
        score.hops[SCORE_MAX - 1].sent.0,
        2_000_000 + (SCORE_MAX as u64 + 19) * 1000
    );
    assert!(!window(&scribe, 0, 2000).cut);
}

#[test]
fn drops_and_timers() {
    let mut scribe = Scribe::kitchen(1000);
    let actor = scribe.id("door");
    let timer = |at| Timer {
        kind: TimerKind::Speaks,
        from: Micros(0),
        at: Micros::from_millis(at),
    };
    scribe.timers = [2000, 9000]
        .map(|at| NextTimer {
            actor,
            timer: timer(at),
        })
        .to_vec();
    let message = scribe.say(1000, "door", "home/a", "x", 0, false).unwrap();
    scribe.run(1900);
    let (actor, why) = (scribe.id("phone"), Dropped::TooLarge);
    let decision = Decision::Dropped(why);
    let what = What::Decided {
        message,
        actor,
        decision,
    };
    scribe
        .log
        .push(Micros::from_millis(1900), Some(message), what);
    let score = window(&scribe, 1900, 5000);
    let marks: Vec<_> = score
        .marks
        .iter()
        .map(|mark| (mark.kind, mark.no))
        .collect();
    assert_eq!(marks, [(MarkKind::Dropped(why), Some(no(17)))]);
    assert_eq!(score.timers, scribe.timers[..1]);
}
