//! Whatever a page says, in any order: nothing breaks, and the same twice is the same.

use proptest::prelude::*;

use super::*;
use crate::scenario::{Away, BrokerDeed, Qos, Transport, Version};

/// A message and the milliseconds that pass after it.
#[derive(Clone, Debug)]
struct Move {
    message: ToWorker,
    wait: u16,
}

fn actor() -> impl Strategy<Value = Actor> {
    let topics = prop::sample::select(vec!["home/hall", "home/kitchen/temp", "$x/y", "a"]);
    let filters = prop::sample::select(vec!["#", "home/+", "home/#", "$share/g/+/#", "+/y"]);
    let away = prop::sample::select(vec![Away::Forget, Away::KeepHour, Away::Keep]);
    let kinds = (any::<bool>(), any::<bool>(), 0_u8..3, any::<bool>());
    let times = (0_u32..500, 0_u64..400, 0_u32..300);
    (topics, filters, away, kinds, times).prop_map(|(topic, filter, away, kinds, times)| {
        let (framed, old, qos, both) = kinds;
        let (latency_ms, period_ms, handling_ms) = times;
        let qos = Qos::try_from(qos).expect("0 to 2");
        let mut actor = Actor::publisher("somebody", topic);
        actor.speaks[0].qos = qos;
        actor.speaks[0].period_ms = if period_ms < 10 { 0 } else { period_ms };
        actor.speaks[0].retain = both;
        let mut listens = Actor::subscriber("x", filter).listens;
        listens[0].qos = qos;
        listens[0].handling_ms = handling_ms;
        if both {
            actor.listens = listens;
        }
        Actor {
            jitter_ms: latency_ms / 2,
            bytes_per_sec: if handling_ms % 2 == 0 { 0 } else { 500 },
            latency_ms,
            away,
            transport: if framed {
                Transport::WebSocket
            } else {
                Transport::Tcp
            },
            version: if old { Version::V3_1_1 } else { Version::V5 },
            ..actor
        }
    })
}

fn edit() -> impl Strategy<Value = Edit> {
    let id = (1_u16..9).prop_map(ActorId);
    let deeds = prop::sample::select(vec![
        Deed::Unplug,
        Deed::SwitchOff,
        Deed::SwitchOn,
        Deed::Cut,
        Deed::CutAfter(3),
        Deed::Stall,
        Deed::Resume,
        Deed::Silence,
        Deed::Crash,
        Deed::Restart,
    ]);
    let broker = prop::sample::select(vec![
        BrokerDeed::Crash,
        BrokerDeed::Lose,
        BrokerDeed::Start,
        BrokerDeed::Start,
    ]);
    prop_oneof![
        3 => actor().prop_map(Edit::Add),
        2 => (id.clone(), actor()).prop_map(|(id, actor)| Edit::Replace { id, actor }),
        1 => id.clone().prop_map(Edit::Remove),
        4 => (id.clone(), deeds).prop_map(|(id, deed)| Edit::Do { id, deed }),
        1 => broker.prop_map(Edit::Broker),
        1 => (1_u32..60, any::<bool>()).prop_map(|(no, after)| Edit::CutAt {
            packet: crate::view::EventNo(no),
            after,
        }),
        2 => (id.clone(), moment(), moment()).prop_map(|(id, was, to)| Edit::MoveCut { id, was, to }),
        1 => (1_u32..6).prop_map(|id| Edit::Return(crate::view::RunId(id))),
        1 => (id.clone(), "[a-z]{1,3}").prop_map(|(id, name)| Edit::Rename { id, name }),
        2 => (id.clone(), prop::collection::vec(any::<u8>(), 1..12))
            .prop_map(|(id, bytes)| Edit::Send { id, bytes }),
        2 => (id, 0_u8..3).prop_map(|(id, qos)| Edit::Say {
            id,
            topic: "home/hall".into(),
            payload: "said".into(),
            qos: Qos::try_from(qos).expect("0 to 2"),
            retain: qos == 1,
        }),
    ]
}

/// Few enough moments that one is met again.
fn moment() -> impl Strategy<Value = Option<Micros>> {
    prop::option::of((0_u64..8).prop_map(|n| Micros::from_millis(n * 700)))
}

fn message() -> impl Strategy<Value = ToWorker> {
    let steps = prop::sample::select(vec![
        Step::Event,
        Step::Back,
        Step::Packet,
        Step::Timer,
        Step::Start,
        Step::Gets(ActorId(3)),
    ]);
    let token = Token(1);
    prop_oneof![
        6 => edit().prop_map(move |edit| ToWorker::Edit { token, edit }),
        2 => Just(ToWorker::Run),
        1 => Just(ToWorker::Pause),
        2 => steps.prop_map(ToWorker::Step),
        2 => (0_u64..20_000).prop_map(|ms| ToWorker::Seek(Micros::from_millis(ms))),
        2 => (-2.0_f64..2.0).prop_map(|power| ToWorker::Speed(Speed::Times(10_f64.powf(power)))),
        1 => Just(ToWorker::Speed(Speed::Auto)),
        1 => (-1.0_f64..1.0).prop_map(|power| ToWorker::Faster(10_f64.powf(power))),
        1 => Just(ToWorker::Break {
            token,
            on: vec![
                Breakpoint::Packet(crate::view::PacketKind::SubAck),
                Breakpoint::Drop,
                Breakpoint::Topic("home/hall".into()),
                Breakpoint::Presence(ActorId(2)),
            ],
        }),
        1 => Just(ToWorker::Watch(Watch {
            score: Some(ScoreWatch { from: Micros(0), to: Micros(u64::MAX) }),
            log: Some(LogWatch { rows: 50, ..LogWatch::default() }),
            packet: Some(crate::view::EventNo(20)),
            actor: Some(ActorId(3)),
            tree: Some(TreeWatch { rows: 60, ..TreeWatch::default() }),
            compare: Some(crate::view::RunId(1)),
            ladder: true,
            ..Watch::default()
        })),
    ]
}

fn play(moves: &[Move]) -> Page {
    let mut page = Page::new();
    for one in moves {
        page.say(one.message.clone());
        page.wait(f64::from(one.wait));
    }
    page
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 30, max_shrink_iters: 200, ..ProptestConfig::default() })]

    /// Same messages, same log; a moment looked at twice is the same stage.
    #[test]
    fn the_same_again_is_the_same(moves in prop::collection::vec(
        (message(), 0_u16..600).prop_map(|(message, wait)| Move { message, wait }),
        1..25,
    )) {
        let mut page = play(&moves);
        prop_assert_eq!(page.engine.log_hash(), play(&moves).engine.log_hash());

        page.say(ToWorker::Pause);
        let here = page.frame().clone();
        page.say(ToWorker::Seek(Micros(here.clock.playhead.0 / 2)));
        page.say(ToWorker::Seek(here.clock.playhead));
        let there = page.frame().clone();
        let clock = here.clock;
        prop_assert_eq!(Frame { clock, ..there }, here);
    }

    /// Going back and repeating gives the run that was there before.
    #[test]
    fn what_is_repeated_was_so(moves in prop::collection::vec(
        (message(), 0_u16..600).prop_map(|(message, wait)| Move { message, wait }),
        1..25,
    )) {
        let mut page = play(&moves);
        page.say(ToWorker::Pause);
        let engine = &mut page.engine;
        let (head, hash) = (engine.run.now, engine.log_hash());
        let again = engine.past.again(&mut engine.pen, head);
        prop_assert!(again.is_some());
        prop_assert_eq!(engine.log_hash(), hash);
    }

    /// Whoever goes back to a run that was kept has it as it was left.
    #[test]
    fn what_was_kept_comes_back(moves in prop::collection::vec(
        (message(), 0_u16..600).prop_map(|(message, wait)| Move { message, wait }),
        1..25,
    )) {
        let mut page = play(&moves);
        page.say(ToWorker::Pause);
        let kept = page.engine.runs().kept;
        for one in kept {
            let answer = page.edit(Edit::Return(one.id));
            if answer.problems.is_empty() {
                let runs = page.engine.runs();
                prop_assert_eq!((runs.now, page.engine.log_hash()), (one.id, one.hash));
                prop_assert_eq!(page.engine.run.now, one.head);
            }
        }
    }
}
