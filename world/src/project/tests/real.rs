//! What the projections say of real runs, held against what the broker holds.

use std::collections::BTreeMap;
use std::rc::Rc;

use proptest::prelude::*;

use crate::board::Board;
use crate::cast::Cast;
use crate::log::{Log, Seq};
use crate::project::{Sight, frame, log_page, score};
use crate::run::{Pen, Run, Touch};
use crate::scenario::{Actor, Away, Deed, Payload, Qos, Scenario, Speaks};
use crate::view::{
    Broker, Clock, ClockKind, Direction, Frame, LogFilter, LogOrder, LogWatch, Micros, PacketKind,
    ROWS_MAX, ScoreWatch, SlabKind, Speed,
};

/// Speakers and listeners of every kind.
fn hall() -> Scenario {
    let speaker = |name: &str, topic: &str, qos, retain| Actor {
        speaks: vec![Speaks {
            topic: topic.into(),
            payload: Payload::List(vec!["1".into(), "2".into(), "3".into()]),
            period_ms: 700,
            first_ms: 300,
            qos,
            retain,
            ..Actor::publisher(name, topic).speaks.remove(0)
        }],
        latency_ms: 90,
        ..Actor::publisher(name, topic)
    };
    let listener = |name: &str, filters: &[&str], qos, away| {
        let mut actor = Actor {
            away,
            latency_ms: 230,
            ..Actor::subscriber(name, "x")
        };
        let one = actor.listens.remove(0);
        for filter in filters {
            let filter = (*filter).into();
            actor.listens.push(crate::scenario::Listens {
                filter,
                qos,
                ..one.clone()
            });
        }
        actor
    };
    let (zero, one, two) = (Qos::AtMostOnce, Qos::AtLeastOnce, Qos::ExactlyOnce);
    Scenario {
        actors: vec![
            speaker("once", "a/b", zero, false),
            speaker("surely", "a/c", one, true),
            speaker("exactly", "d", two, true),
            listener("all", &["#"], two, Away::Keep),
            listener("twice", &["a/+", "a/#"], one, Away::KeepHour),
            listener("shared one", &["$share/g/a/#"], one, Away::Keep),
            listener("shared two", &["$share/g/a/#", "d"], one, Away::Forget),
            listener("forgetful", &["+/b"], zero, Away::Forget),
        ],
        ..Scenario::empty()
    }
}

fn clock(at: Micros) -> Clock {
    Clock {
        playhead: at,
        head: at,
        event: Default::default(),
        running: false,
        speed: Speed::Auto,
        rate: 0.0,
        until: at,
        wall_ms: 0.0,
        kind: ClockKind::Virtual,
        begins: Micros(0),
        stopped: None,
    }
}

fn look<T>(log: &Log, board: &Board, cast: &Cast, at: Micros, of: impl FnOnce(&Sight) -> T) -> T {
    of(&Sight {
        log,
        board,
        cast,
        clock: clock(at),
        timers: &[],
    })
}

/// What the broker holds is what the board says that it holds.
fn hold_against(run: &Run, log: &Log, board: &Board) -> Result<(), TestCaseError> {
    let state = run.node_state().expect("a broker of glass");
    for (id, actor, _) in run.cast.members() {
        let session = state.sessions.iter().find(|one| one.client == actor.name);
        let empty = Vec::new();
        let slabs = board.actors.get(&id).map_or(&empty, |board| &board.slabs);
        let granted = log.granted(id, board.end()).iter();
        let mut granted: Vec<_> = granted
            .map(|(filter, qos)| (String::from_utf8_lossy(filter).into_owned(), *qos as u8))
            .collect();
        granted.sort();
        let waits = slabs.iter().filter(|slab| slab.kind == SlabKind::Waiting);
        let waits: Vec<_> = waits
            .map(|slab| (slab.topic.clone(), slab.value.clone(), slab.qos as u8))
            .collect();
        let mut owed: Vec<_> = slabs
            .iter()
            .filter_map(|slab| match slab.kind {
                SlabKind::Owed { packet_id, .. } => Some(packet_id),
                SlabKind::Waiting => None,
            })
            .collect();
        owed.sort_unstable();

        let subscriptions = session.into_iter().flat_map(|one| &one.subscriptions);
        let mut held: Vec<_> = subscriptions
            .map(|one| (one.filter.clone(), one.options.qos as u8))
            .collect();
        held.sort();
        let queue = session.into_iter().flat_map(|one| &one.queue);
        let queue: Vec<_> = queue
            .map(|one| (one.topic.clone().into(), one.payload.clone(), one.qos as u8))
            .collect();
        let inflight = session.into_iter().flat_map(|one| &one.inflight);
        let mut inflight: Vec<_> = inflight.map(|one| one.packet_id.value()).collect();
        inflight.sort_unstable();

        prop_assert_eq!(&granted, &held, "{} asked for", &actor.name);
        prop_assert_eq!(&waits, &queue, "{} waits for", &actor.name);
        prop_assert_eq!(&owed, &inflight, "{} owes", &actor.name);
        prop_assert_eq!(log.waiting(id, board.end()) as usize, queue.len());
        let open = |to_broker: bool| {
            let board = board.actors.get(&id).into_iter();
            let open = board.flat_map(move |board| board.desk.open(to_broker));
            open.map(|one| one.id).collect::<Vec<_>>()
        };
        prop_assert_eq!(&open(false), &inflight, "{} has open", &actor.name);
        let received = session.into_iter().flat_map(|one| &one.received);
        for one in received.map(|one| one.value()) {
            prop_assert!(open(true).contains(&one), "{} speaks of {one}", &actor.name);
        }
    }
    let mut arrived: BTreeMap<&[u8], u32> = BTreeMap::new();
    for (seq, _) in log.from(Seq(0)).take_while(|(seq, _)| *seq < board.end()) {
        if let Some((_, sent)) = log.message(seq)
            && (sent.kind, sent.direction) == (PacketKind::Publish, Direction::ToBroker)
        {
            *arrived.entry(&sent.facts.topic).or_default() += 1;
        }
    }
    let told = log
        .told(board.end())
        .map(|topic| (&topic.name[..], topic.messages));
    prop_assert_eq!(told.collect::<BTreeMap<_, _>>(), arrived);
    let retained = state.retained.into_iter();
    let retained: BTreeMap<_, _> = retained.map(|one| (one.topic, one.payload)).collect();
    let shelf = board.shelf.latest();
    let shelf: BTreeMap<_, _> = shelf
        .map(|word| {
            (
                String::from_utf8_lossy(&word.topic).into_owned(),
                word.value.clone(),
            )
        })
        .collect();
    prop_assert_eq!(shelf, retained);
    Ok(())
}

/// What must be true of every frame.
fn hold_frame(run: &Run, frame: &Frame) -> Result<(), TestCaseError> {
    prop_assert_eq!(frame.flying_more, 0);
    for hop in &frame.flying {
        prop_assert!(hop.arrives > frame.clock.playhead, "{hop:?}");
        let listens = run
            .cast
            .actor(hop.actor)
            .is_some_and(|a| !a.listens.is_empty());
        let copy = hop.kind == PacketKind::Publish && hop.direction == Direction::ToActor;
        prop_assert!(listens || hop.channels.is_empty(), "{hop:?}");
        if copy || hop.kind.family() == crate::view::Family::Ack && listens {
            prop_assert!(!hop.channels.is_empty(), "{hop:?}");
        }
    }
    for rung in &frame.rungs {
        if let Some(verdict) = &rung.verdict {
            use crate::view::Outcome::{NotAsked, Pending};
            prop_assert_eq!(verdict.matched, verdict.outcome != NotAsked);
            prop_assert!(verdict.outcome != Pending, "{rung:?}");
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn the_board_is_what_the_broker_holds(
        deeds in proptest::collection::vec((1_u64..900, 0_usize..8, 0_u8..3), 0..25)
    ) {
        let mut pen = Pen::default();
        let cast = Rc::new(Cast::new(hall(), Broker::Glass));
        let mut run = Run::new(cast.clone(), &mut pen);
        let mut board = Board::default();
        let mut frames = Vec::new();
        let mut at = 0;
        for (later, who, deed) in deeds.into_iter().chain([(4000, 0, 2)]) {
            at += later;
            let until = Micros::from_millis(at);
            while run.next_at().is_some_and(|next| next <= until) {
                run.step(&mut pen);
                let now = run.now;
                if run.next_at() == Some(now) {
                    continue;
                }
                board.advance(&pen.log, Seq(pen.log.end()));
                hold_against(&run, &pen.log, &board)?;
                let frame = look(&pen.log, &board, &cast, now, frame);
                hold_frame(&run, &frame)?;
                frames.push((now, board.clone(), frame));
            }
            run.rest(until);
            let (id, ..) = cast.members().nth(who).expect("somebody");
            let deed = [Deed::Unplug, Deed::SwitchOff, Deed::SwitchOn][usize::from(deed)];
            run.touch(&mut pen, &Touch::Deed(id, deed));
        }

        // Going back shows the same again, whatever has been written since.
        for (now, board, then) in frames.iter().step_by(7) {
            let again = look(&pen.log, board, &cast, *now, frame);
            let still = |frame: &Frame| {
                let mut frame = frame.clone();
                frame.actors.iter_mut().for_each(|actor| actor.timer = None);
                frame
            };
            prop_assert_eq!(still(&again), still(then));
        }

        board.advance(&pen.log, Seq(pen.log.end()));
        let rows = |order| {
            let filter = LogFilter::default();
            let watch = LogWatch { filter, order, follow: true, rows: ROWS_MAX, first: 0 };
            let page = look(&pen.log, &board, &cast, run.now, |sight| log_page(sight, &watch));
            (page.total, page.failures)
        };
        prop_assert_eq!(rows(LogOrder::ByCause), rows(LogOrder::ByTime));
        let watch = ScoreWatch { from: Micros(0), to: run.now };
        let score = look(&pen.log, &board, &cast, run.now, |sight| score(sight, watch));
        prop_assert!(score.hops.is_sorted_by_key(|hop| hop.sent));
        prop_assert!(score.marks.is_sorted_by_key(|mark| mark.at));
    }
}
