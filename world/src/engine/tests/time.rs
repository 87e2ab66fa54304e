//! The clock belongs to the person: where it stops, and what becomes of a cut in the past.

use super::*;
use crate::view::{EventNo, PacketKind};

fn break_on(page: &mut Page, on: Vec<Breakpoint>) -> Vec<Problem> {
    let token = Token(9);
    page.say(ToWorker::Break { token, on });
    page.answers.pop().expect("an answer").problems
}

fn which(stop: Option<crate::view::Stop>) -> Option<u8> {
    stop.map(|stop| stop.which)
}

/// The PUBLISH packets that reached somebody up to the playhead.
fn heard(page: &Page, name: &str) -> Vec<Micros> {
    let id = page.id(name);
    let log = &page.engine.pen.log;
    let until = page.frame().clock.playhead;
    let arrived = log.from(Seq(0)).filter_map(|(_, entry)| match entry.what {
        What::Arrived(packet) if entry.at <= until => Some((entry.at, log.sent(packet)?)),
        _ => None,
    });
    arrived
        .filter(|(_, sent)| {
            (sent.actor, sent.kind) == (id, PacketKind::Publish)
                && sent.direction == crate::view::Direction::ToActor
        })
        .map(|(at, _)| at)
        .collect()
}

#[test]
fn a_breakpoint_stops_the_playhead_where_it_comes_to_pass() {
    let mut page = Page::new();
    let topic = Breakpoint::Topic("home/+/door".into());
    let on = vec![Breakpoint::Failure, topic];
    assert_eq!(break_on(&mut page, on), []);
    page.say(ToWorker::Run);
    page.wait(30_000.0);
    let clock = page.frame().clock;
    assert!(!clock.running);
    assert_eq!(which(clock.stopped), Some(1));
    let packet = clock.stopped.and_then(|stop| stop.packet);
    let packet = packet.expect("the packet that came");
    let door = page.engine.pen.log.find(packet);
    let door = door.and_then(|seq| page.engine.pen.log.sent(seq));
    assert_eq!(door.map(|sent| sent.facts.topic()), Some("home/hall/door"));
    let at = clock.playhead;
    page.wait(1_000.0);
    assert_eq!(page.frame().clock.playhead, at);
    // The door's word has just reached the broker.
    assert_eq!(page.frame().register.as_ref().map(|r| r.at), Some(at));

    page.say(ToWorker::Step(Step::Event));
    assert_eq!(page.frame().clock.stopped, None, "it is elsewhere");
    page.say(ToWorker::Run);
    page.wait(30_000.0);
    assert!(page.frame().clock.playhead > at, "the next one");
    assert_eq!(which(page.frame().clock.stopped), Some(1));

    assert_eq!(break_on(&mut page, Vec::new()), []);
    page.say(ToWorker::Run);
    page.wait(1_000.0);
    assert!(page.frame().clock.running);
}

#[test]
fn a_breakpoint_that_is_none_is_refused_and_the_others_stay() {
    let mut page = Page::new();
    break_on(&mut page, vec![Breakpoint::Packet(PacketKind::SubAck)]);
    let problems = break_on(&mut page, vec![Breakpoint::Topic("a/#/b".into())]);
    assert_eq!(problems[0].field, FormField::Filter(0));
    page.say(ToWorker::Run);
    page.wait(10_000.0);
    assert_eq!(which(page.frame().clock.stopped), Some(0));
}

#[test]
fn until_somebody_gets_something() {
    let mut page = Page::new();
    let phone = page.id("phone");
    page.say(ToWorker::Step(Step::Gets(phone)));
    let first = heard(&page, "phone");
    assert_eq!(first, [page.frame().clock.playhead]);
    page.say(ToWorker::Step(Step::Gets(phone)));
    assert_eq!(heard(&page, "phone").len(), 2);
}

#[test]
fn a_cut_in_the_past_is_lived_through_again() {
    for after in [false, true] {
        let mut page = Page::new();
        page.say(ToWorker::Speed(Speed::Times(10.0)));
        page.say(ToWorker::Run);
        page.wait(600.0);
        page.say(ToWorker::Pause);
        let here = page.frame().clock.playhead;
        let before = heard(&page, "heating");
        assert!(before.len() >= 3);
        // The copy that arrived first.
        let heating = page.id("heating");
        let log = &page.engine.pen.log;
        let copy = log.from(Seq(0)).find_map(|(seq, _)| {
            let sent = log.sent(seq)?;
            let to_it = (
                heating,
                PacketKind::Publish,
                crate::view::Direction::ToActor,
            );
            ((sent.actor, sent.kind, sent.direction) == to_it).then_some(sent.no)
        });
        let packet = copy.expect("a copy");

        let answer = page.edit(Edit::CutAt { packet, after });
        assert_eq!(answer.problems, []);
        assert_eq!(page.frame().clock.playhead, here);
        let now = heard(&page, "heating");
        assert_eq!(now.first() == before.first(), after);
        assert_ne!(now, before, "some came later");

        let packet = EventNo(100_000);
        let answer = page.edit(Edit::CutAt { packet, after });
        assert_eq!(answer.problems.len(), 1);
    }
}

#[test]
fn faults_of_links_are_for_the_broker_of_glass_only() {
    let mut page = Page::new();
    page.say(ToWorker::Remote {
        token: Token(3),
        broker: RemoteBroker {
            url: "ws://127.0.0.1:9".into(),
            ..RemoteBroker::default()
        },
    });
    let id = page.id("phone");
    let answer = page.edit(Edit::Do {
        id,
        deed: Deed::Stall,
    });
    assert_eq!(answer.problems.len(), 1);
    let answer = page.edit(Edit::Broker(crate::scenario::BrokerDeed::Crash));
    assert_eq!(answer.problems.len(), 1);
}

#[test]
fn a_stalled_link_shows_its_packets_standing_still() {
    let mut page = Page::new();
    let thermo = page.id("thermo");
    page.say(ToWorker::Step(Step::Event));
    while !page.frame().flying.iter().any(|hop| hop.actor == thermo) {
        page.say(ToWorker::Step(Step::Event));
    }
    let at = page.frame().clock.playhead;
    let answer = page.edit(Edit::Do {
        id: thermo,
        deed: Deed::Stall,
    });
    assert_eq!(answer.problems, []);
    let state = |page: &Page| {
        let state = page.frame().actors.iter().find(|state| state.id == thermo);
        state.map(|state| state.link)
    };
    assert_eq!(state(&page), Some(crate::view::LinkState::Stalled));
    let held = |page: &Page| {
        let hop = page.frame().flying.iter().find(|hop| hop.actor == thermo);
        hop.map(|hop| (hop.held, hop.sent, hop.arrives))
    };
    let (since, sent, arrives) = held(&page).expect("it is still there");
    assert_eq!(since, Some(at));
    for _ in 0..6 {
        page.say(ToWorker::Step(Step::Event));
    }
    let later = page.frame().clock.playhead;
    assert!(later > at);
    page.edit(Edit::Do {
        id: thermo,
        deed: Deed::Resume,
    });
    let stood = later.0 - at.0;
    let moved = (None, Micros(sent.0 + stood), Micros(arrives.0 + stood));
    assert_eq!(held(&page), Some(moved));
    // A look back, and forth again, shows the same.
    let here = page.frame().clone();
    page.say(ToWorker::Seek(at));
    page.say(ToWorker::Seek(later));
    assert_eq!(page.frame().flying, here.flying);
}

/// Somebody who fills the log in a second.
fn chatter() -> Actor {
    let mut chatter = Actor::publisher("chatter", "home/noise");
    chatter.speaks[0].payload = crate::scenario::Payload::Constant("x".repeat(60_000));
    chatter.speaks[0].period_ms = 5;
    chatter
}

#[test]
fn where_the_log_has_let_go_every_moment_can_be_had_again() {
    let mut page = Page::new();
    page.say(ToWorker::Watch(Watch {
        score: Some(ScoreWatch {
            from: Micros(0),
            to: Micros::from_millis(1_000),
        }),
        ..Watch::default()
    }));
    page.edit(Edit::Add(chatter()));
    let speed = ToWorker::Speed(Speed::Times(20.0));
    page.say(speed.clone());
    // What was, at some moments on the way, and a change between them.
    let mut seen = Vec::new();
    let still = |page: &Page| {
        let clock = page.frame().clock;
        let print = page.engine.print();
        let flying = page.frame().flying.iter();
        let flying: Vec<_> = flying.map(|hop| (hop.no, hop.sent, hop.arrives)).collect();
        let actors = page.frame().actors.iter();
        let actors: Vec<_> = actors
            .map(|one| (one.id, one.presence, one.waiting))
            .collect();
        (print, clock.event, flying, actors)
    };
    for ms in (300..).step_by(700) {
        let at = Micros::from_millis(ms);
        page.say(ToWorker::Run);
        while page.frame().clock.playhead < at {
            page.wait(16.0);
        }
        page.say(ToWorker::Seek(at));
        page.listen();
        seen.push((at, still(&page)));
        if seen.len() == 3 {
            let (id, deed) = (page.id("phone"), Deed::Unplug);
            page.edit(Edit::Do { id, deed });
            seen.push((at, still(&page)));
            seen.swap_remove(2);
        }
        assert!(ms < 60_000, "the log is never full");
        if page.engine.pen.log.begin() > 5_000 {
            break;
        }
    }
    page.say(ToWorker::Seek(Micros(u64::MAX)));
    let head = page.frame().clock.head;
    let hash = page.engine.log_hash();
    let order = [3, 0, 2, seen.len() - 1, 1, 4, seen.len() - 2, 2];
    for place in order {
        let (at, was) = &seen[place];
        page.say(ToWorker::Seek(*at));
        assert_eq!(page.frame().clock.begins, Micros(0));
        assert_eq!(
            page.frame().clock.head,
            head,
            "the run is as long as it was"
        );
        assert_eq!(&still(&page), was, "at {at:?}");
        assert_eq!(page.engine.log_hash(), hash);
        let log = &page.engine.pen.log;
        assert!(log.after(*at) < Seq(log.end()), "what comes next is told");
    }
    // From far back a step goes on as it did, and back, and time too.
    page.say(ToWorker::Seek(seen[3].0));
    for _ in 0..3 {
        page.say(ToWorker::Step(Step::Event));
    }
    for _ in 0..400 {
        page.say(ToWorker::Step(Step::Back));
    }
    assert!(page.frame().clock.playhead < seen[3].0);
    page.say(ToWorker::Seek(seen[1].0));
    page.say(speed);
    page.say(ToWorker::Run);
    while page.frame().clock.playhead < seen[4].0 {
        page.wait(16.0);
    }
    page.say(ToWorker::Seek(seen[4].0));
    assert_eq!(still(&page), seen[4].1);

    // And it can be changed there.
    page.say(ToWorker::Seek(seen[0].0));
    let (id, deed) = (page.id("phone"), Deed::Cut);
    let kept = page.engine.runs().kept.len();
    assert_eq!(page.edit(Edit::Do { id, deed }).problems, []);
    assert_eq!(page.engine.runs().kept.len(), kept + 1);
    assert_ne!(page.engine.log_hash(), hash);
}

#[test]
fn an_arranged_cut_is_seen_comes_to_pass_and_can_be_taken_back() {
    let mut page = Page::new();
    let phone = page.id("phone");
    let flying = |page: &Page| {
        let mut flying = page.frame().flying.iter();
        flying.find(|hop| hop.actor == phone).cloned()
    };
    page.say(ToWorker::Step(Step::Event));
    while flying(&page).is_none() {
        page.say(ToWorker::Step(Step::Event));
    }
    let hop = flying(&page).expect("a packet on its way");
    let (packet, after) = (hop.no, true);
    let spare = Edit::Arrange {
        id: phone,
        cut: None,
    };
    let cut = |page: &Page| {
        let state = page.frame().actors.iter().find(|state| state.id == phone);
        state.and_then(|state| state.cut)
    };
    let cuts = |page: &Page| {
        let log = page.engine.pen.log.from(Seq(0));
        let deeds = log.filter(|(_, entry)| {
            matches!(
                entry.what,
                What::Deed {
                    deed: Deed::Cut,
                    ..
                }
            )
        });
        deeds.map(|(_, entry)| entry.at).collect::<Vec<_>>()
    };
    assert_eq!(page.edit(Edit::CutAt { packet, after }).problems, []);
    let arranged = crate::view::Cut::Packet {
        no: packet,
        after,
        at: hop.arrives,
    };
    assert_eq!(cut(&page), Some(arranged));
    assert_eq!(page.edit(spare.clone()).problems, []);
    assert_eq!(cut(&page), None);
    assert_eq!(page.edit(Edit::CutAt { packet, after }).problems, []);
    while page.frame().clock.playhead <= hop.arrives {
        page.say(ToWorker::Step(Step::Event));
    }
    assert_eq!((cut(&page), cuts(&page)), (None, vec![hop.arrives]));

    let deed = Deed::CutAfter(1_000_000);
    page.say(ToWorker::Step(Step::Gets(phone)));
    assert_eq!(page.edit(Edit::Do { id: phone, deed }).problems, []);
    assert_eq!(cut(&page), Some(crate::view::Cut::Bytes(1_000_000)));
    assert_eq!(page.edit(spare).problems, []);
    assert_eq!(cut(&page), None);
}

#[test]
fn a_link_becomes_another_one_and_the_log_says_so() {
    let mut page = Page::new();
    let id = page.id("phone");
    page.say(ToWorker::Step(Step::Gets(id)));
    let wire = crate::scenario::Wire {
        latency_ms: 900,
        jitter_ms: 80,
        bytes_per_sec: 50,
        reads_per_sec: 0,
    };
    assert_eq!(page.edit(Edit::Wire { id, wire }).problems, []);
    let actor = |page: &Page| page.engine.cast.actor(id).cloned();
    assert_eq!(actor(&page).map(|actor| actor.wire()), Some(wire));
    let state = page.frame().actors.iter().find(|state| state.id == id);
    assert_eq!(
        state.map(|state| state.presence),
        Some(Presence::Connected),
        "its connection stays"
    );
    let too_narrow = crate::scenario::Wire {
        bytes_per_sec: 1,
        ..wire
    };
    let answer = page.edit(Edit::Wire {
        id,
        wire: too_narrow,
    });
    assert_eq!(answer.problems.len(), 1);
    let said = page.engine.pen.log.from(Seq(0));
    let said = said.filter(|(_, entry)| entry.what == What::Wire(id, wire));
    assert_eq!(said.count(), 1);
}

#[test]
fn a_broker_that_stays_down_does_not_make_the_world_run_away() {
    let mut page = Page::new();
    page.say(ToWorker::Run);
    page.wait(6_000.0);
    page.edit(Edit::Broker(crate::scenario::BrokerDeed::Crash));
    page.wait(20_000.0);
    // Nobody waits longer than half a minute before the next try.
    let clock = page.frame().clock;
    assert!(clock.rate <= 30.0, "{}", clock.rate);
    assert!(clock.playhead < Micros::from_millis(700_000));
}

/// A link to the playhead.
fn bookmark(page: &mut Page) -> crate::view::Moment {
    page.say(ToWorker::Bookmark(Token(5)));
    let answer = page.answers.pop().expect("an answer");
    answer.moment.expect("a moment")
}

fn follow(page: &mut Page, moment: crate::view::Moment) -> Vec<Problem> {
    page.say(ToWorker::Open {
        token: Token(6),
        what: Open::Moment(moment),
        run: true,
    });
    page.answers.pop().expect("an answer").problems
}

#[test]
fn a_link_brings_another_page_to_the_same_moment() {
    let mut page = Page::new();
    let id = page.id("phone");
    page.say(ToWorker::Step(Step::Gets(id)));
    page.edit(Edit::Do {
        id,
        deed: Deed::Stall,
    });
    page.say(ToWorker::Run);
    page.wait(4_000.0);
    page.say(ToWorker::Pause);
    page.edit(Edit::Add(Actor::subscriber("late", "home/#")));
    page.edit(Edit::Do {
        id,
        deed: Deed::Resume,
    });
    // A cut in the past is one of the changes.
    let packet = {
        let log = &page.engine.pen.log;
        let sent = log.from(Seq(0)).filter_map(|(seq, _)| log.sent(seq));
        let mut words = sent.filter(|sent| sent.kind == PacketKind::Publish);
        words.nth(3).expect("some are sent").no
    };
    let after = false;
    assert_eq!(page.edit(Edit::CutAt { packet, after }).problems, []);
    page.say(ToWorker::Run);
    page.wait(3_000.0);
    page.say(ToWorker::Pause);
    let here = page.frame().clone();
    let moment = bookmark(&mut page);
    assert_eq!(moment.scene, None, "it began as the first scene");

    let mut other = Page::new();
    assert_eq!(follow(&mut other, moment.clone()), []);
    let there = other.frame().clone();
    assert!(!there.clock.running);
    let (clock, scene) = (here.clock, here.scene);
    assert_eq!(there.clock.playhead, clock.playhead);
    assert_eq!(
        Frame {
            clock,
            scene,
            ..there
        },
        here
    );
    assert_eq!(bookmark(&mut other), moment, "and it gives the same link");

    // A moment before the changes is without them.
    page.say(ToWorker::Seek(Micros(500_000)));
    let early = bookmark(&mut page);
    assert_eq!((early.edits.len(), early.at), (0, Micros(500_000)));
}

#[test]
fn a_link_that_is_broken_or_hostile_is_told_so() {
    use crate::view::Moment;
    let mut page = Page::new();
    let edits = |edits: Vec<(Micros, Edit)>| postcard::to_allocvec(&edits).expect("plain data");
    let wrong = [
        Moment {
            scene: Some("format = 7".into()),
            ..Moment::default()
        },
        Moment {
            edits: vec![0xff; 40],
            ..Moment::default()
        },
        Moment {
            edits: edits(vec![(Micros(9), Edit::Remove(ActorId(900)))]),
            at: Micros(9),
            ..Moment::default()
        },
        Moment {
            edits: edits(vec![(Micros(9), Edit::Clear), (Micros(8), Edit::Clear)]),
            at: Micros(9),
            ..Moment::default()
        },
        Moment {
            at: Micros(u64::MAX),
            ..Moment::default()
        },
    ];
    for moment in wrong {
        assert_eq!(follow(&mut page, moment.clone()).len(), 1, "{moment:?}");
    }
    page.say(ToWorker::Run);
    page.wait(500.0);
    assert!(page.frame().clock.running, "the engine lives");
}
