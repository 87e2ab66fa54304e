//! Runs, told by their logs.

mod building;
mod faults;

use std::rc::Rc;

use super::*;
use crate::cast::Cast;
use crate::log::Decision;
use crate::scenario::{Actor, Away, BrokerDeed, Qos, Scenario, Transport, Version};
use crate::view::{Broker, Direction, PacketKind};

/// A run and its log.
struct Trial {
    run: Run,
    pen: Pen,
}

impl Trial {
    fn new(scenario: Scenario) -> Self {
        let mut pen = Pen::default();
        let cast = Rc::new(Cast::new(scenario, Broker::Glass));
        let run = Run::new(cast, &mut pen);
        Self { run, pen }
    }

    fn kitchen() -> Self {
        Self::new(Scenario::kitchen_sensors())
    }

    fn pass(&mut self, at_ms: u64) {
        let at = Micros::from_millis(at_ms);
        while self.run.next_at().is_some_and(|next| next <= at) {
            self.run.step(&mut self.pen);
        }
        self.run.rest(at);
    }

    fn id(&self, name: &str) -> ActorId {
        self.run.cast.named(name).expect("somebody of that name")
    }

    fn deed(&mut self, name: &str, deed: Deed) {
        let id = self.id(name);
        self.run.touch(&mut self.pen, &Touch::Deed(id, deed));
    }

    fn broker(&mut self, deed: BrokerDeed) {
        self.run.touch(&mut self.pen, &Touch::Broker(deed));
    }

    fn recast(&mut self, change: impl FnOnce(&mut Cast)) {
        let mut cast = Cast::clone(&self.run.cast);
        cast.version += 1;
        change(&mut cast);
        self.run.touch(&mut self.pen, &Touch::Recast(Rc::new(cast)));
    }

    /// When which packet arrived at an actor, with what it says.
    fn got(&self, name: &str, kind: PacketKind) -> Vec<(u64, String)> {
        let id = self.id(name);
        let log = &self.pen.log;
        let arrived = log.from(Seq(0)).filter_map(|(_, entry)| match entry.what {
            What::Arrived(packet) => Some((entry.at.0 / 1000, log.sent(packet)?)),
            _ => None,
        });
        let ours = arrived.filter(|(_, sent)| {
            sent.actor == id && sent.direction == Direction::ToActor && sent.kind == kind
        });
        let text =
            |sent: &crate::log::Sent| String::from_utf8_lossy(&sent.facts.payload).into_owned();
        ours.map(|(at, sent)| (at, text(sent))).collect()
    }

    fn words(&self, name: &str) -> Vec<String> {
        let got = self.got(name, PacketKind::Publish).into_iter();
        got.map(|(_, word)| word).collect()
    }

    fn decisions(&self, name: &str) -> Vec<Decision> {
        let id = self.id(name);
        let decided = self
            .pen
            .log
            .from(Seq(0))
            .filter_map(|(_, entry)| match entry.what {
                What::Decided {
                    actor, decision, ..
                } if actor == id => Some(decision),
                _ => None,
            });
        decided.collect()
    }

    fn count(&self, what: impl Fn(&What) -> bool) -> usize {
        self.pen
            .log
            .from(Seq(0))
            .filter(|(_, entry)| what(&entry.what))
            .count()
    }
}

fn scene(actors: Vec<Actor>) -> Scenario {
    Scenario {
        actors,
        ..Scenario::empty()
    }
}

fn speaker(word: &str, qos: Qos) -> Actor {
    let mut actor = Actor::publisher("speaker", "a/b");
    actor.speaks[0].payload = crate::scenario::Payload::List(vec![word.into(), "next".into()]);
    actor.speaks[0].qos = qos;
    actor.speaks[0].first_ms = 2_000;
    actor
}

fn listener(name: &str, qos: Qos) -> Actor {
    let mut actor = Actor::subscriber(name, "a/#");
    actor.listens[0].qos = qos;
    actor
}

/// The first screen, moment by moment, as it was drawn before it was built.
#[test]
fn the_first_scene_is_the_one_that_was_drawn() {
    let mut trial = Trial::kitchen();
    trial.pass(4_120);
    assert_eq!(trial.words("heating"), ["21.2", "21.3", "21.4"]);
    assert_eq!(trial.decisions("logger"), [Decision::Queued; 3]);
    let at = Micros::from_millis(4_120);
    let flying: Vec<_> = trial
        .pen
        .log
        .from(Seq(0))
        .filter_map(|(seq, _)| trial.pen.log.sent(seq))
        .filter(|sent| sent.arrives > at)
        .map(|sent| (sent.no.0, sent.kind, sent.arrives.0 / 1000))
        .collect();
    // The phone's acknowledgement, the door's word on its way to the phone, and the thermometer
    // half-way with the next.
    let expected = [
        (34, PacketKind::PubAck, 4_440),
        (35, PacketKind::Publish, 4_480),
        (36, PacketKind::Publish, 4_240),
    ];
    assert_eq!(flying, expected);
    assert_eq!(trial.run.timers().len(), 2, "two words to come");
}

/// The hash is the same on every target: this test also runs as WebAssembly.
#[test]
fn the_same_scene_gives_the_same_log_everywhere() {
    let hash = || {
        let mut trial = Trial::kitchen();
        trial.pass(60_000);
        trial.deed("logger", Deed::SwitchOn);
        trial.pass(90_000);
        trial.pen.log.hash()
    };
    assert_eq!(hash(), hash());
    // Another number means that the same scene is another run: say why where it changes.
    assert_eq!(hash(), 0x322c_4ed6_8c21_3427, "{:#x}", hash());
}

#[test]
fn what_waited_comes_in_order_when_the_logger_is_plugged_in() {
    let mut trial = Trial::kitchen();
    trial.pass(4_000);
    assert_eq!(trial.words("logger"), [""; 0]);
    trial.deed("logger", Deed::SwitchOn);
    trial.pass(5_000);
    assert_eq!(trial.words("logger"), ["21.2", "21.3", "21.4", "21.4"]);
    // Nothing waits any more: each is acknowledged.
    trial.pass(60_000);
    let state = trial.run.node_state().expect("a broker of glass");
    let session = state.sessions.iter().find(|one| one.client == "logger");
    let session = session.expect("a session");
    assert_eq!((session.queue.len(), session.inflight.len()), (0, 0));
}

#[test]
fn a_cut_loses_what_is_on_the_wire_and_resends_it_marked() {
    let mut trial = Trial::new(scene(vec![
        speaker("one", Qos::AtLeastOnce),
        Actor {
            away: Away::Keep,
            ..listener("ear", Qos::AtLeastOnce)
        },
    ]));
    trial.pass(2_300); // The copy has left the broker and is on its way.
    trial.deed("ear", Deed::Unplug);
    assert_eq!(trial.count(|what| matches!(what, What::Died(_))), 1);
    trial.pass(2_500);
    trial.deed("ear", Deed::SwitchOn);
    trial.pass(2_999);
    assert_eq!(trial.words("ear"), ["one"]);
    let log = &trial.pen.log;
    let dups: Vec<bool> = log
        .from(Seq(0))
        .filter_map(|(seq, _)| log.sent(seq))
        .filter(|sent| sent.kind == PacketKind::Publish && sent.direction == Direction::ToActor)
        .map(|sent| sent.facts.dup)
        .collect();
    assert_eq!(dups, [false, true]);
}

#[test]
fn switched_off_and_forgotten_means_nothing_is_kept() {
    let mut trial = Trial::new(scene(vec![
        speaker("one", Qos::AtLeastOnce),
        listener("ear", Qos::AtLeastOnce),
    ]));
    trial.pass(1_500);
    trial.deed("ear", Deed::SwitchOff);
    trial.pass(2_500);
    let presence = trial.run.players[&trial.id("ear")].presence;
    let gone = Presence::Away {
        unplugged: false,
        session: false,
    };
    assert_eq!(presence, gone);
    trial.deed("ear", Deed::SwitchOn);
    trial.pass(4_000);
    assert_eq!(trial.words("ear"), ["next"]);
}

#[test]
fn every_qos_transport_and_version_delivers_once() {
    for qos in [Qos::AtMostOnce, Qos::AtLeastOnce, Qos::ExactlyOnce] {
        for transport in [Transport::Tcp, Transport::WebSocket] {
            for version in [Version::V3_1_1, Version::V5] {
                let with = |actor: Actor| Actor {
                    transport,
                    version,
                    ..actor
                };
                let mut trial = Trial::new(scene(vec![
                    with(speaker("one", qos)),
                    with(listener("ear", qos)),
                ]));
                trial.pass(10_000);
                let words = trial.words("ear");
                assert_eq!(words[0], "one", "{qos:?} {transport:?} {version:?}");
                assert_eq!(words.len(), 8, "{qos:?} {transport:?} {version:?}");
                let framed =
                    trial.count(|what| matches!(what, What::Sent(sent) if !sent.frame.is_empty()));
                assert_eq!(framed > 0, transport == Transport::WebSocket);
                assert_eq!(
                    trial.count(|what| matches!(what, What::Unreadable { .. })),
                    0
                );
            }
        }
    }
}

#[test]
fn a_slow_listener_delays_its_acks_and_nobody_else() {
    let mut slow = listener("slow", Qos::AtLeastOnce);
    slow.listens[0].handling_ms = 3_000;
    let mut trial = Trial::new(scene(vec![
        speaker("one", Qos::AtLeastOnce),
        slow,
        listener("quick", Qos::AtLeastOnce),
    ]));
    trial.pass(2_500);
    let busy = trial.run.timers();
    let handling =
        |timer: &&crate::view::NextTimer| timer.timer.kind == crate::view::TimerKind::Handling;
    assert_eq!(busy.iter().filter(handling).count(), 1);
    trial.pass(20_000);
    let times = |name| {
        trial
            .got(name, PacketKind::Publish)
            .into_iter()
            .map(|(at, _)| at)
    };
    assert_eq!(times("slow").next(), Some(2_400));
    assert!(
        times("quick")
            .zip(2..)
            .all(|(at, second)| at == second * 1000 + 400)
    );
    let id = trial.id("slow");
    let acks: Vec<u64> = trial
        .pen
        .log
        .from(Seq(0))
        .filter_map(|(_, entry)| match &entry.what {
            What::Sent(sent) if sent.actor == id && sent.kind == PacketKind::PubAck => {
                Some(entry.at.0 / 1000)
            }
            _ => None,
        })
        .collect();
    assert_eq!(acks[..3], [5_400, 8_400, 11_400]);
}

#[test]
fn a_shared_subscription_says_whose_turn_it_is() {
    let member = |name: &str| Actor::subscriber(name, "$share/g/a/b");
    let mut trial = Trial::new(scene(vec![
        speaker("one", Qos::AtMostOnce),
        member("left"),
        member("right"),
    ]));
    trial.pass(5_900);
    assert_eq!(trial.words("left").len() + trial.words("right").len(), 4);
    assert_eq!(trial.words("left").len(), 2);
    let other = |name| {
        let decisions = trial.decisions(name).into_iter();
        decisions
            .filter(|one| *one == Decision::AnotherMember)
            .count()
    };
    assert_eq!((other("left"), other("right")), (2, 2));
}

#[test]
fn edits_reach_the_wire_and_reconnect_only_if_they_must() {
    let mut trial = Trial::new(scene(vec![
        speaker("one", Qos::AtMostOnce),
        listener("ear", Qos::AtMostOnce),
    ]));
    trial.pass(1_500);
    let connects = |trial: &Trial| {
        trial.count(|what| matches!(what, What::Sent(sent) if sent.kind == PacketKind::Connect))
    };
    let ear = trial.id("ear");
    trial.recast(|cast| {
        let mut actor = cast.actor(ear).expect("it is there").clone();
        actor.listens[0].filter = "c".into();
        cast.replace(ear, actor);
    });
    trial.pass(2_900);
    assert_eq!(trial.words("ear"), [""; 0]);
    assert_eq!(connects(&trial), 2);
    let unsubscribed =
        |what: &What| matches!(what, What::Sent(sent) if sent.kind == PacketKind::UnsubAck);
    assert_eq!(trial.count(unsubscribed), 1);
    trial.recast(|cast| {
        let mut actor = cast.actor(ear).expect("it is there").clone();
        actor.listens[0].filter = "a/+".into();
        actor.name = "other ear".into();
        cast.replace(ear, actor);
    });
    trial.pass(5_500);
    assert_eq!(connects(&trial), 3);
    assert!(trial.words("other ear").len() >= 2);
    trial.recast(|cast| {
        cast.remove(ear);
        cast.add(listener("third", Qos::AtMostOnce));
    });
    trial.pass(10_000);
    assert!(trial.words("third").len() >= 3);
    let state = trial.run.node_state().expect("a broker of glass");
    let clients: Vec<_> = state.sessions.iter().map(|one| &one.client[..]).collect();
    assert_eq!(clients, ["speaker", "third"]);
}

#[test]
fn what_is_no_packet_is_told_and_ends_only_its_connection() {
    let mut trial = Trial::kitchen();
    trial.pass(2_000);
    let door = trial.id("door");
    let bytes = bytes::Bytes::from_static(b"\x36\x03\x00\x01a"); // QoS 3
    trial.run.send_raw(&mut trial.pen, door, bytes);
    trial.pass(3_500);
    let unreadable = trial
        .pen
        .log
        .from(Seq(0))
        .find_map(|(_, entry)| match &entry.what {
            What::Unreadable { packet, mistake } => Some((*packet, mistake.clone())),
            _ => None,
        });
    let (packet, mistake) = unreadable.expect("it was refused");
    assert_eq!(
        trial.pen.log.sent(packet).map(|sent| sent.actor),
        Some(door)
    );
    assert_eq!(mistake.reason, 0x81);
    assert_eq!(trial.words("heating"), ["21.2", "21.3", "21.4"]);
    // Its client tries again.
    trial.pass(10_000);
    assert_eq!(trial.run.players[&door].presence, Presence::Connected);
}
