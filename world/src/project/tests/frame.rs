//! The stage at one moment.

use proptest::prelude::*;

use super::scribe::{Scribe, no};
use crate::board::Board;
use crate::log::{Decision, Seq, What};
use crate::project::{Sight, frame};
use crate::scenario::{Actor, Away, Deed, Listens, Qos, Scenario};
use crate::view::{
    Broker, Channel, Contact, Direction, Dropped, FLYING_MAX, Frame, Micros, NextTimer, Outcome,
    PacketKind, Presence, SLABS_MAX, SlabKind, Timer, TimerKind,
};

fn frame_at(scribe: &Scribe, millis: u64) -> Frame {
    scribe.at(millis, frame)
}

#[test]
fn the_default_moment() {
    let scribe = Scribe::kitchen(4320);
    let frame = frame_at(&scribe, 4120);

    let flying: Vec<_> = frame
        .flying
        .iter()
        .map(|hop| {
            (
                hop.no,
                hop.cause,
                hop.kind,
                &hop.label.text[..],
                &hop.channels[..],
            )
        })
        .collect();
    let phone = &[Channel(1)][..];
    assert_eq!(
        flying,
        [
            (no(34), Some(no(31)), PacketKind::PubAck, "", phone),
            (no(35), Some(no(33)), PacketKind::Publish, "open", phone),
            (no(36), None, PacketKind::Publish, "21.4", &[]),
        ]
    );

    let register = frame.register.expect("somebody spoke");
    assert_eq!(register.no, no(33));
    assert_eq!(register.levels, ["home", "hall", "door"]);
    assert_eq!(register.at, Micros::from_millis(3880));

    let verdicts = frame.rungs.iter().map(|rung| rung.verdict.clone());
    let verdicts: Vec<_> = verdicts
        .map(|verdict| verdict.expect("it is lit"))
        .collect();
    let outcomes: Vec<_> = verdicts.iter().map(|verdict| verdict.outcome).collect();
    let qos = Qos::AtMostOnce;
    assert_eq!(
        outcomes,
        [
            Outcome::Copy { no: no(35), qos },
            Outcome::NotAsked,
            Outcome::NotAsked
        ]
    );
    assert_eq!(
        verdicts[2].contacts,
        [Contact::Equal, Contact::Differs, Contact::NotReached]
    );
    let granted: Vec<_> = frame.rungs.iter().map(|rung| rung.granted).collect();
    let (some, one) = (Some(Qos::AtMostOnce), Some(Qos::AtLeastOnce));
    assert_eq!(granted, [one, some, one]);

    // What the phone owes until its ack comes, and what waits for the logger.
    let owed = &frame.rungs[0].slabs[0];
    let (packet_id, copy) = (4, no(31));
    assert_eq!(owed.kind, SlabKind::Owed { packet_id, copy });
    assert_eq!((frame.rungs[0].owed, frame.rungs[0].waiting), (1, 0));
    let waits = frame.rungs[2].slabs.iter();
    let waits: Vec<_> = waits.map(|slab| (slab.no, &slab.value.text[..])).collect();
    assert_eq!(
        waits,
        [(no(16), "21.2"), (no(23), "21.3"), (no(29), "21.4")]
    );
    assert_eq!(frame.rungs[2].waiting, 3);

    let logger = &frame.actors[4];
    let (unplugged, session) = (true, true);
    assert_eq!(logger.presence, Presence::Away { unplugged, session });
    assert_eq!(logger.waiting, Some(3));
    let last = frame.actors.iter().map(|actor| &actor.last);
    let last: Vec<_> = last
        .map(|last| last.as_ref().map(|last| &last.text[..]))
        .collect();
    let temp = Some("21.4");
    assert_eq!(last, [temp, Some("open"), temp, temp, None]);

    assert_eq!(frame.shelf_total, 1);
    assert_eq!(frame.shelf[0].levels, ["home", "kitchen", "temp"]);
    assert_eq!(
        (frame.shelf[0].no, &frame.shelf[0].value.text[..]),
        (no(29), "21.4")
    );

    let spoke = frame.story.spoke.expect("somebody spoke");
    assert_eq!((spoke.no, &spoke.value.text[..]), (no(33), "open"));
    assert_eq!((spoke.listeners, spoke.copies, spoke.kept), (3, 1, 0));
    assert_eq!(spoke.asked, [scribe.id("phone")]);
    assert_eq!(frame.story.done, None);
}

#[test]
fn two_copies_left_and_one_is_kept() {
    let scribe = Scribe::kitchen(4320);
    let frame = frame_at(&scribe, 4320);
    let spoke = frame.story.spoke.expect("somebody spoke");
    assert_eq!((spoke.copies, spoke.kept, spoke.asked.len()), (2, 1, 3));
    let verdicts = frame.rungs.iter().map(|rung| rung.verdict.as_ref());
    let outcomes: Vec<_> = verdicts
        .map(|verdict| verdict.expect("it is lit").outcome)
        .collect();
    let copy = |number, qos| Outcome::Copy {
        no: no(number),
        qos,
    };
    assert_eq!(
        outcomes,
        [
            copy(38, Qos::AtLeastOnce),
            copy(39, Qos::AtMostOnce),
            Outcome::Waits
        ]
    );
    let held: Vec<_> = frame.rungs.iter().map(|r| (r.waiting, r.owed)).collect();
    assert_eq!(held, [(0, 2), (0, 0), (4, 0)]);
}

#[test]
fn what_has_not_happened_is_not_drawn() {
    let scribe = Scribe::kitchen(8000);
    let frame = frame_at(&scribe, 0);
    assert!(frame.register.is_none() && frame.story.spoke.is_none() && frame.shelf.is_empty());
    assert!(
        frame
            .rungs
            .iter()
            .all(|r| r.verdict.is_none() && r.granted.is_none())
    );
    assert_eq!(frame.flying.len(), 5);
    let before = frame_at(&scribe, 1000);
    let presences: Vec<_> = before.actors.iter().map(|actor| actor.presence).collect();
    assert_eq!(presences[2], Presence::Connecting);
    // The phone's subscription is answered at 1800; the first word came in at 1240.
    assert_eq!(frame_at(&scribe, 1240).rungs[0].verdict, None);
    assert_eq!(frame_at(&scribe, 1800).rungs[0].verdict, None);
}

#[test]
fn a_subscription_that_came_later_was_not_compared() {
    let mut scribe = Scribe::new(Scenario::kitchen_sensors());
    scribe.plug(0, "door");
    scribe.say(1000, "door", "home/hall/door", "open", 0, false);
    scribe.plug(1500, "heating");
    scribe.plug(1500, "logger");
    scribe.run(3000);
    let frame = frame_at(&scribe, 3000);
    assert!(frame.rungs[1].granted.is_some());
    assert_eq!(frame.rungs[1].verdict, None);

    // Unless the message was kept for whoever comes later.
    scribe.plug(3000, "thermo");
    scribe.say(4000, "thermo", "home/kitchen/temp", "21.2", 1, true);
    scribe.plug(5000, "phone");
    scribe.run(8000);
    let outcomes = frame_at(&scribe, 8000).rungs.into_iter();
    let outcomes = outcomes.map(|rung| rung.verdict.expect("it is lit").outcome);
    let all = outcomes.collect::<Vec<_>>();
    assert!(
        all.iter()
            .all(|outcome| matches!(outcome, Outcome::Copy { .. })),
        "{all:?}"
    );
    let spoke = frame_at(&scribe, 8000).story.spoke.expect("somebody spoke");
    assert_eq!(
        (spoke.asked.len(), spoke.copies),
        (2, 2),
        "the phone asked later"
    );
}

#[test]
fn plugging_in_lets_what_waits_go() {
    let mut scribe = Scribe::kitchen(4320);
    scribe.plug(4320, "logger");
    let done = scribe.look(Micros::from_millis(4320), Seq(scribe.log.end() - 2), frame);
    assert_eq!(done.story.done.expect("a deed").deed, Deed::SwitchOn);
    scribe.run(4480);
    let sent = frame_at(&scribe, 4480);
    assert_eq!((sent.rungs[2].waiting, sent.rungs[2].owed), (0, 4));
    assert_eq!(sent.actors[4].waiting, Some(0));
    let to_logger = |direction| {
        let hops = sent.flying.iter().filter(|hop| {
            hop.actor == scribe.id("logger")
                && hop.direction == direction
                && hop.kind == PacketKind::Publish
        });
        hops.collect::<Vec<_>>()
    };
    let hops = to_logger(Direction::ToActor);
    assert_eq!(hops.len(), 4);
    // Each belongs to the flow of its original, not to that of the CONNECT that let it go.
    assert_eq!(hops[0].cause, Some(no(16)));
    assert!(hops.iter().all(|hop| hop.channels == [Channel(3)]));
    scribe.run(5000);
    assert_eq!(frame_at(&scribe, 5000).rungs[2].owed, 0);
}

#[test]
fn a_broker_that_is_not_ours_is_dark() {
    let mut scribe = Scribe::kitchen(4320);
    let url = "ws://localhost".to_owned();
    scribe.cast.broker = Broker::Remote { url, says: None };
    let frame = frame_at(&scribe, 4320);
    assert!(frame.register.is_none() && frame.story.spoke.is_none());
    assert!(frame.shelf.is_empty() && frame.shelf_total == 0);
    assert!(
        frame
            .rungs
            .iter()
            .all(|rung| rung.verdict.is_none() && rung.slabs.is_empty())
    );
    assert!(frame.rungs.iter().all(|rung| rung.granted.is_some()));
    assert!(frame.actors.iter().all(|actor| actor.waiting.is_none()));
    assert!(!frame.flying.is_empty());
}

#[test]
fn long_lists_are_cut_and_counted() {
    let mut scribe = Scribe::kitchen(1200);
    for n in 0..300 {
        scribe.say(
            1300,
            "door",
            &format!("home/kitchen/{n}"),
            "x",
            1,
            n % 2 == 0,
        );
    }
    let frame = frame_at(&scribe, 1400);
    assert_eq!(frame.flying.len(), FLYING_MAX);
    assert_eq!(frame.flying.len() + frame.flying_more as usize, 300 + 3);
    scribe.run(1600);
    let frame = frame_at(&scribe, 1600);
    assert_eq!((frame.shelf.len(), frame.shelf_total), (8, 151));
    assert_eq!(frame.shelf[0].levels[2], "298");
    let logger = &frame.rungs[2];
    assert_eq!((logger.slabs.len(), logger.waiting), (SLABS_MAX, 301));
    assert_eq!(logger.slabs[0].no, no(16));
}

#[test]
fn who_asked_and_gets_none_is_told_why() {
    let mut scenario = Scenario::kitchen_sensors();
    let listens = |filter: &str| Listens {
        qos: Qos::AtLeastOnce,
        ..Actor::subscriber("x", filter).listens.remove(0)
    };
    scenario.actors[4].listens = vec![listens("$share/g/a"), listens("b"), listens("+")];
    scenario.actors[3].away = Away::Keep;
    scenario.actors[3].listens = Actor::subscriber("x", "#").listens;
    let mut scribe = Scribe::new(scenario);
    for name in ["door", "heating", "logger"] {
        scribe.plug(0, name);
    }
    scribe.unplug(2000, "heating");
    let message = scribe
        .say(2000, "door", "a", "x", 1, false)
        .expect("it is there");
    scribe.run(2180);
    let actor = scribe.id("logger");
    let decision = Decision::AnotherMember;
    let what = What::Decided {
        message,
        actor,
        decision,
    };
    scribe
        .log
        .push(Micros::from_millis(2180), Some(message), what);
    let frame = frame_at(&scribe, 2180);
    let outcomes = frame.rungs.iter().map(|rung| {
        let verdict = rung.verdict.as_ref();
        verdict.map(|verdict| verdict.outcome)
    });
    let (copy, qos) = (no(18), Qos::AtLeastOnce);
    assert_eq!(
        outcomes.collect::<Vec<_>>(),
        [
            None,
            Some(Outcome::Dropped(Dropped::Away)),
            Some(Outcome::AnotherMember),
            Some(Outcome::NotAsked),
            Some(Outcome::Copy { no: copy, qos }),
        ]
    );
    // One copy for two subscriptions lies in one pigeon-hole.
    let owed: Vec<_> = frame.rungs.iter().map(|rung| rung.owed).collect();
    assert_eq!(owed, [0, 0, 1, 0, 0]);
}

#[test]
fn timers_before_the_head_are_read_in_the_log() {
    let mut scribe = Scribe::kitchen(4320);
    let ids = ["thermo", "logger"].map(|name| scribe.id(name));
    let [thermo, logger] = ids;
    let timer = |kind, from, at| Timer {
        kind,
        from: Micros::from_millis(from),
        at: Micros::from_millis(at),
    };
    let next = timer(TimerKind::Speaks, 4000, 5000);
    let expiry = timer(TimerKind::SessionExpiry, 700, 3_600_700);
    scribe.timers = [(thermo, next), (logger, expiry)]
        .map(|(actor, timer)| NextTimer { actor, timer })
        .to_vec();
    let cases = [
        (4320, Some(next), Some(expiry)),
        (4000, Some(next), Some(expiry)),
        (
            3999,
            Some(timer(TimerKind::Speaks, 3000, 4000)),
            Some(expiry),
        ),
        (500, Some(timer(TimerKind::Speaks, 0, 1000)), None),
    ];
    for (millis, speaks, expires) in cases {
        let frame = frame_at(&scribe, millis);
        assert_eq!(frame.actors[0].timer, speaks, "{millis}");
        assert_eq!(frame.actors[4].timer, expires, "{millis}");
    }
}

#[test]
fn hostile_text_stays_text() {
    let mut scribe = Scribe::kitchen(1200);
    let topic = format!("<b>/\u{202E}/{}", vec!["\u{7}"; 40].join("/"));
    scribe.say(1300, "door", &topic, &"\u{202E}".repeat(100_000), 0, false);
    scribe.run(1500);
    let register = frame_at(&scribe, 1500).register.expect("somebody spoke");
    assert_eq!(register.levels.len(), 32);
    assert_eq!(register.levels[..3], ["<b>", "\u{202E}", "\u{7}"]);
    assert!(register.payload.cut && !register.payload.binary);
}

/// What somebody does next, and how long after.
pub(super) fn acts() -> impl Strategy<Value = Vec<(u64, u8, u8)>> {
    proptest::collection::vec((0_u64..400, 0_u8..8, 0_u8..3), 1..60)
}

/// A run in which people do what they like.
pub(super) fn play(acts: &[(u64, u8, u8)]) -> Scribe {
    let mut scribe = Scribe::kitchen(1000);
    let mut millis = 1000;
    for (later, act, qos) in acts {
        millis += later;
        match act {
            0..3 => {
                let topic = ["home/kitchen/temp", "home/hall/door", "x"][usize::from(*act)];
                scribe.say(millis, "thermo", topic, "1", *qos, *act == 0);
            }
            3..6 => scribe.unplug(millis, ["phone", "logger", "thermo"][usize::from(act - 3)]),
            _ => {
                for name in ["phone", "logger", "thermo"] {
                    let board = scribe.at(millis, |sight| sight.board.clone());
                    if matches!(
                        board
                            .actors
                            .get(&scribe.id(name))
                            .and_then(|one| one.presence),
                        Some(Presence::Away { .. })
                    ) && board.end() == Seq(scribe.log.end())
                    {
                        scribe.plug(millis, name);
                    }
                }
            }
        }
    }
    scribe.run(millis + 2000);
    scribe
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// A frame is a function of the place in the log, however the board came there.
    #[test]
    fn stepping_comes_to_the_same(acts in acts()) {
        let scribe = play(&acts);
        let mut stepped = Board::default();
        for place in 0..=scribe.log.end() {
            let end = Seq(place);
            stepped.advance(&scribe.log, end);
            let at = scribe.log.before(end).next().map_or(Micros(0), |(_, entry)| entry.at);
            let by_steps = frame(&Sight {
                log: &scribe.log,
                board: &stepped,
                cast: &scribe.cast,
                clock: scribe.clock(at),
                timers: &[],
            });
            prop_assert_eq!(&by_steps, &scribe.look(at, end, frame));
            for (id, board) in &stepped.actors {
                let slabs = board.slabs.iter();
                let waiting = slabs.filter(|slab| matches!(slab.kind, SlabKind::Waiting)).count();
                prop_assert_eq!(waiting as u32, scribe.log.waiting(*id, end));
            }
        }
    }

    /// What lies behind the playhead changes nothing, whether it is there or was cut away.
    #[test]
    fn the_future_is_not_looked_at(acts in acts(), more in acts()) {
        let mut scribe = play(&acts);
        let (end, at, mark) = (Seq(scribe.log.end()), scribe.log.last_at(), scribe.log.mark());
        let still = |mut frame: Frame| {
            frame.clock.head = Micros(0);
            // Who speaks next is known of the past and not of the future.
            for actor in &mut frame.actors {
                actor.timer = None;
            }
            frame
        };
        let before = still(scribe.look(at, end, frame));
        let indexed = format!("{:?}", scribe.log);
        for (n, (later, act, qos)) in more.iter().enumerate() {
            let millis = at.0 / 1000 + 1 + n as u64 * 400 + later;
            let topic = ["home/kitchen/temp", "home/hall/door", "y"][usize::from(act % 3)];
            scribe.say(millis, "door", topic, "2", *qos, *act > 4);
        }
        prop_assert_eq!(&before, &still(scribe.look(at, end, frame)));
        prop_assert!(scribe.log.truncate(mark));
        prop_assert_eq!(before, still(scribe.look(at, end, frame)));
        prop_assert_eq!(indexed, format!("{:?}", scribe.log));
    }
}
