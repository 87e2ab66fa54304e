//! The log as a table.

use std::time::Instant;

use bytes::Bytes;
use proptest::prelude::*;

use super::frame::{acts, play};
use super::scribe::{Scribe, no};
use crate::log::{Decision, ENTRIES_MAX, Facts, Sent, What};
use crate::project::log_page;
use crate::scenario::{Deed, Scenario, Version};
use crate::view::{
    ActorId, CameOf, Direction, Dropped, Family, LogFilter, LogOrder, LogPage, LogWatch, Micros,
    PacketKind, Party, ROWS_MAX, RowKind,
};

fn page(scribe: &Scribe, millis: u64, watch: &LogWatch) -> LogPage {
    scribe.at(millis, |sight| log_page(sight, watch))
}

fn all(filter: LogFilter) -> LogWatch {
    LogWatch {
        filter,
        rows: ROWS_MAX,
        ..LogWatch::default()
    }
}

/// Number (0 if it has none), depth, whether it is the last child.
fn shape(page: &LogPage) -> Vec<(u32, u8, bool)> {
    let rows = page.rows.iter();
    rows.map(|row| (row.no.map_or(0, |no| no.0), row.depth, row.last_child))
        .collect()
}

#[test]
fn effects_hang_below_their_cause() {
    let scribe = Scribe::kitchen(4320);
    let watch = LogWatch {
        first: 25,
        ..all(LogFilter::default())
    };
    let page = page(&scribe, 4320, &watch);
    let expected = [
        (29, 0, false),
        (30, 1, false),
        (31, 1, false),
        (34, 2, true),
        (32, 1, false),
        (0, 1, true),
        (33, 0, false),
        (35, 1, true),
        (36, 0, false),
        (37, 1, false),
        (38, 1, false),
        (39, 1, false),
        (0, 1, true),
    ];
    let shape = shape(&page);
    assert_eq!(shape[shape.len() - 13..], expected);
    assert_eq!(page.first, 25);
    assert_eq!(page.total, 25 + page.rows.len() as u32);
    assert_eq!(page.failures, 0);
    let copy = page
        .rows
        .iter()
        .find(|row| row.no == Some(no(35)))
        .expect("a copy");
    assert_eq!(copy.root_at, Micros::from_millis(3700));
    assert_eq!(
        (copy.from, copy.to),
        (Party::Broker, Party::Actor(scribe.id("phone")))
    );
    assert_eq!(
        (&copy.topic[..], &copy.payload.text[..], copy.bytes),
        ("home/hall/door", "open", 23)
    );
    let kept = page.rows.last().expect("a decision");
    assert_eq!((kept.kind, kept.qos, kept.bytes), (RowKind::Waits, None, 0));
    assert_eq!(
        (&kept.payload.text[..], &kept.came),
        ("21.4", &CameOf::Waits { waiting: 4 })
    );
}

#[test]
fn by_time_each_row_stands_alone() {
    let scribe = Scribe::kitchen(4320);
    let watch = LogWatch {
        order: LogOrder::ByTime,
        ..all(LogFilter::default())
    };
    let page = page(&scribe, 4320, &watch);
    assert!(page.rows.is_sorted_by_key(|row| row.at));
    assert!(
        page.rows
            .iter()
            .all(|row| row.depth == 0 && row.root_at == row.at)
    );
    assert_eq!(page.rows.len(), page.total as usize);
    assert!(
        page.rows
            .iter()
            .any(|row| row.kind == RowKind::Deed(Deed::Unplug))
    );
}

#[test]
fn windows_follow_the_end_and_stop_there() {
    let scribe = Scribe::kitchen(4320);
    let whole = page(&scribe, 4320, &all(LogFilter::default()));
    let window = |first, rows, follow| {
        let watch = LogWatch {
            first,
            rows,
            follow,
            ..LogWatch::default()
        };
        page(&scribe, 4320, &watch)
    };
    let end = window(0, 3, true);
    assert_eq!(end.first, whole.total - 3);
    assert_eq!(end.rows, whole.rows[whole.rows.len() - 3..]);
    let beyond = window(1000, 3, false);
    assert_eq!((beyond.first, beyond.rows.len()), (whole.total, 0));
    assert_eq!(window(2, 5, false).rows, whole.rows[2..7]);
    assert_eq!(window(0, 0, true).rows, []);
    assert_eq!(page(&scribe, 0, &all(LogFilter::default())).total, 5);
}

#[test]
fn filters_let_through() {
    let scribe = Scribe::kitchen(4320);
    let none = LogFilter::default();
    let cases = [
        (
            LogFilter {
                topic: "home/hall/#".into(),
                ..none.clone()
            },
            vec![20, 33, 35],
        ),
        (
            LogFilter {
                text: "OPEN".into(),
                ..none.clone()
            },
            vec![33, 35],
        ),
        (
            LogFilter {
                text: "conn".into(),
                actor: Some(scribe.id("logger")),
                ..none.clone()
            },
            vec![5, 7],
        ),
        (
            LogFilter {
                text: "Heat".into(),
                topic: "+/+/temp".into(),
                ..none.clone()
            },
            vec![19, 26, 32, 39],
        ),
        (
            LogFilter {
                text: "home/+".into(),
                ..none.clone()
            },
            vec![10],
        ),
        (
            LogFilter {
                text: "ö".into(),
                ..none.clone()
            },
            vec![],
        ),
        (
            LogFilter {
                failures: true,
                ..none.clone()
            },
            vec![],
        ),
        (
            LogFilter {
                without: vec![Family::Publish, Family::Ack, Family::Connect],
                ..none.clone()
            },
            vec![10, 11, 12, 13, 17, 21],
        ),
    ];
    for (filter, expected) in cases {
        for order in [LogOrder::ByTime, LogOrder::ByCause] {
            let page = page(
                &scribe,
                4320,
                &LogWatch {
                    order,
                    ..all(filter.clone())
                },
            );
            let mut numbers: Vec<_> = shape(&page).into_iter().map(|row| row.0).collect();
            numbers.sort_unstable();
            assert_eq!(numbers, expected, "{filter:?}");
            assert_eq!(page.total as usize, expected.len());
            assert_eq!(page.bad_topic, None);
        }
    }
    let bad = LogFilter {
        topic: "home/#/x".into(),
        ..none.clone()
    };
    let bad = page(&scribe, 4320, &all(bad));
    assert!(bad.bad_topic.is_some());
    assert_eq!(bad.total, page(&scribe, 4320, &all(none)).total);
}

#[test]
fn what_hangs_below_a_hidden_row_moves_up() {
    let scribe = Scribe::kitchen(4320);
    let without = vec![Family::Publish, Family::Connect, Family::Subscribe];
    let page = page(
        &scribe,
        4320,
        &all(LogFilter {
            without,
            ..LogFilter::default()
        }),
    );
    assert!(
        page.rows
            .iter()
            .all(|row| row.depth == 0 && row.root_at == row.at)
    );
    // Within one tree they stand in the order of time.
    assert_eq!(
        shape(&page).iter().map(|row| row.0).collect::<Vec<_>>(),
        [18, 27, 24, 28, 30, 34, 37]
    );
}

#[test]
fn failures_are_counted_and_told() {
    let mut scribe = Scribe::kitchen(2300);
    scribe.unplug(2300, "phone");
    let message = scribe.say(2500, "door", "home/x", "1", 0, false).unwrap();
    scribe.run(2700);
    for (actor, why) in [("phone", Dropped::TooLarge), ("heating", Dropped::Own)] {
        let (actor, decision) = (scribe.id(actor), Decision::Dropped(why));
        let what = What::Decided {
            message,
            actor,
            decision,
        };
        scribe
            .log
            .push(Micros::from_millis(2700), Some(message), what);
    }
    let filter = LogFilter {
        failures: true,
        ..LogFilter::default()
    };
    let failed = page(&scribe, 2700, &all(filter.clone()));
    assert_eq!((failed.failures, failed.total), (4, 4));
    let at = Micros::from_millis(2300);
    let lost = failed
        .rows
        .iter()
        .filter(|row| row.came == CameOf::Lost { at });
    assert_eq!(lost.count(), 3);
    let dropped = failed.rows.last().expect("a drop");
    assert_eq!(dropped.came, CameOf::Dropped(Dropped::TooLarge));
    assert_eq!((dropped.kind, dropped.bytes > 0), (RowKind::NotSent, true));
    // Before it happened nothing had failed.
    assert_eq!(page(&scribe, 2299, &all(filter)).failures, 0);
}

/// A log of as many entries as it holds: one publisher, forty-one listeners, so that it begins in the midst of a tree.
fn full() -> Scribe {
    let mut scribe = Scribe::new(Scenario::kitchen_sensors());
    let sent = |scribe: &Scribe, actor, direction, at: u64| Sent {
        no: scribe.log.next_no(),
        actor: ActorId(actor),
        direction,
        arrives: Micros(at + 1),
        kind: PacketKind::Publish,
        version: Version::V5,
        bytes: Bytes::from_static(b"0\x06\0\x01ahi"),
        bytes_total: 8,
        frame: Bytes::new(),
        origin: None,
        facts: Facts {
            topic: Bytes::from_static(b"home/kitchen/temp"),
            payload: Bytes::from_static(b"21.4"),
            ..Facts::default()
        },
    };
    for n in 0_u64.. {
        let at = n * 1000;
        let publish = sent(&scribe, 1, Direction::ToBroker, at);
        let message = scribe
            .log
            .push(Micros(at), None, What::Sent(Box::new(publish)));
        scribe
            .log
            .push(Micros(at + 1), None, What::Arrived(message));
        let mut copies = Vec::new();
        for listener in 0..41 {
            let mut copy = sent(&scribe, 2 + listener, Direction::ToActor, at + 1);
            copy.origin = Some(message);
            copies.push(
                scribe
                    .log
                    .push(Micros(at + 1), Some(message), What::Sent(Box::new(copy))),
            );
        }
        for copy in copies {
            scribe.log.push(Micros(at + 2), None, What::Arrived(copy));
        }
        if scribe.log.held().1 > 1000 {
            break;
        }
    }
    scribe
}

#[test]
fn a_full_log_is_fast() {
    let scribe = full();
    let millis = 1_000_000_000;
    scribe.at(millis, |sight| {
        for order in [LogOrder::ByTime, LogOrder::ByCause] {
            for text in ["", "21.4", "nowhere", "ё"] {
                let filter = LogFilter {
                    text: text.into(),
                    ..LogFilter::default()
                };
                let watch = LogWatch {
                    order,
                    follow: true,
                    ..all(filter)
                };
                let begin = Instant::now();
                let page = log_page(sight, &watch);
                let took = begin.elapsed();
                assert_eq!(page.held, ENTRIES_MAX as u32);
                assert!(page.let_go > 1000);
                // Tens of milliseconds where code is optimised; not quadratic where it is not.
                assert!(took.as_millis() < 2500, "{order:?} {text:?} took {took:?}");
            }
        }
    });
}

#[test]
fn what_lost_its_root_stands_alone() {
    let scribe = full();
    let first = scribe.at(1_000_000_000, |sight| {
        log_page(sight, &all(LogFilter::default()))
    });
    let held: Vec<_> = first.rows.iter().map(|row| (row.depth, row.no)).collect();
    // The oldest tree has lost its beginning, the next one is whole.
    let whole = held
        .iter()
        .position(|(depth, _)| *depth == 1)
        .expect("a tree");
    assert!(held[..whole].iter().all(|(depth, _)| *depth == 0) && whole > 1);
    let packets = scribe.log.from(crate::log::Seq(0));
    let packets = packets.filter(|(_, entry)| matches!(entry.what, What::Sent(_)));
    assert_eq!(first.total as usize, packets.count());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Windows are parts of one table; by cause it has the same rows as by time; and a table at an
    /// earlier playhead is as if the log ended there.
    #[test]
    fn windows_are_parts_of_one_table(acts in acts(), first in 0_u32..80, rows in 1_u16..40, family in 0_usize..3) {
        let scribe = play(&acts);
        let without = [vec![], vec![Family::Publish], vec![Family::Ack, Family::Subscribe]];
        let filter = LogFilter { without: without[family].clone(), ..LogFilter::default() };
        let millis = scribe.log.last_at().0 / 1000 / 2;
        let mut tables = Vec::new();
        for order in [LogOrder::ByTime, LogOrder::ByCause] {
            let mut whole = Vec::new();
            loop {
                let watch = LogWatch { order, first: whole.len() as u32, ..all(filter.clone()) };
                let page = page(&scribe, millis, &watch);
                whole.extend(page.rows);
                if whole.len() as u32 >= page.total {
                    break;
                }
            }
            let watch = LogWatch { order, first, rows, follow: false, filter: filter.clone() };
            let window = page(&scribe, millis, &watch);
            let from = (first as usize).min(whole.len());
            let to = (from + usize::from(rows)).min(whole.len());
            prop_assert_eq!(&window.rows[..], &whole[from..to]);
            let mut keys: Vec<_> = whole.iter().map(|r| format!("{:?}", (r.no, r.at, r.kind, r.to))).collect();
            keys.sort();
            tables.push(keys);
            // The lines of a tree can be drawn: nothing hangs deeper than one below the row above.
            let mut above = 0;
            for row in &whole {
                prop_assert!(row.depth <= above + 1 || row.depth == 0);
                above = row.depth;
            }
        }
        prop_assert_eq!(&tables[0], &tables[1]);
    }
}
