//! What everybody remembers.

use super::scribe::Scribe;
use crate::engine::Engine;
use crate::project::state;
use crate::scenario::{Actor, Scenario};
use crate::view::{
    Edit, FromWorker, Happened, Micros, Open, PacketKind, SessionState, StatePage, TimerKind,
    ToWorker, Token, Watch,
};

fn look(scribe: &Scribe, millis: u64) -> StatePage {
    scribe.at(millis, state)
}

fn of<'a>(page: &'a StatePage, scribe: &Scribe, name: &str) -> &'a SessionState {
    let id = scribe.id(name);
    let mut sessions = page.sessions.iter();
    sessions.find(|session| session.actor == id).unwrap()
}

#[test]
fn the_moment_that_was_drawn() {
    let scribe = Scribe::kitchen(4240);
    let page = look(&scribe, 4240);
    let Some((at, Happened::Reached(_, PacketKind::Publish))) = page.last else {
        panic!("{:?}", page.last);
    };
    assert_eq!(at, Micros::from_millis(4240));
    // The thermometer's word has arrived, and its ack has just left.
    let thermo = of(&page, &scribe, "thermo");
    assert!(thermo.changed);
    let open = thermo.to_broker.first[0];
    assert_eq!((thermo.to_broker.total, open.step), (1, 2));
    let phone = of(&page, &scribe, "phone");
    assert_eq!(phone.asked.first[0].filter, "home/#");
    let steps: Vec<u8> = phone.to_actor.first.iter().map(|open| open.step).collect();
    assert_eq!(steps, [2, 1], "an ack on its way, and a copy");
    let logger = of(&page, &scribe, "logger");
    assert_eq!((logger.waits.total, logger.waited), (4, 3));
    assert!(logger.held && logger.changed);
    assert_eq!(logger.since, Some(Micros::from_millis(700)));
    assert!(!of(&page, &scribe, "door").changed);
    let kept = &page.kept[0];
    assert_eq!(
        (&kept.topic[..], &kept.value.text[..]),
        ("home/kitchen/temp", "21.4")
    );
    assert_eq!((kept.by, kept.changed), (Some(scribe.id("thermo")), true));
    // A little earlier the word was on its way.
    let page = look(&scribe, 4100);
    let thermo = of(&page, &scribe, "thermo");
    assert_eq!(thermo.to_broker.first[0].step, 1);
    assert_eq!(of(&page, &scribe, "logger").waits.total, 3);
    let Some(next) = page.timers.first() else {
        // The scribe knows no timers after its end, but this one is in its log.
        return;
    };
    assert_eq!(next.timer.kind, TimerKind::Speaks);
}

#[test]
fn timers_are_the_same_at_the_head_and_when_one_comes_back() {
    let mut scenario = Scenario::empty();
    scenario.actors.push(Actor::publisher("p", "a"));
    let mut logger = Actor::subscriber("l", "a");
    logger.away = crate::scenario::Away::KeepHour;
    logger.keep_alive_secs = 30;
    scenario.actors.push(logger);
    let mut engine = Engine::new(0.0);
    let mut say = |message| {
        engine.handle(0.0, message);
        let batch = engine.poll_batch(0.0);
        batch.into_iter().find_map(|one| match one {
            FromWorker::State(page) => Some(*page),
            _ => None,
        })
    };
    say(ToWorker::Open {
        token: Token(1),
        what: Open::Text(scenario.to_text()),
        run: false,
    });
    say(ToWorker::Watch(Watch {
        state: true,
        ..Watch::default()
    }));
    let seconds = |secs: u64| Micros::from_millis(1000 * secs);
    let mut pages = Vec::new();
    for _ in 0..40 {
        pages.extend(say(ToWorker::Step(crate::view::Step::Event)));
    }
    let head = pages.remove(pages.len() - 2);
    let kinds: Vec<_> = head.timers.iter().map(|timer| timer.timer.kind).collect();
    assert_eq!(
        kinds,
        [TimerKind::Speaks, TimerKind::KeepAlive, TimerKind::Other]
    );
    let patience = head.timers[2].timer;
    assert_eq!(patience.at.0 - patience.from.0, seconds(45).0);
    let id = head.sessions[1].actor;
    let deed = crate::scenario::Deed::Unplug;
    let edit = Edit::Do { id, deed };
    let away = say(ToWorker::Edit {
        token: Token(2),
        edit,
    })
    .unwrap();
    let last = away.timers.last().unwrap().timer;
    assert_eq!(
        (last.kind, last.at.0 - last.from.0),
        (TimerKind::SessionExpiry, seconds(3600).0)
    );
    for _ in 0..20 {
        say(ToWorker::Step(crate::view::Step::Event));
    }
    let there = head.last.unwrap().0;
    let again = say(ToWorker::Seek(there)).unwrap();
    assert_eq!(again.sessions, head.sessions);
    assert_eq!(again.timers, head.timers);
}
