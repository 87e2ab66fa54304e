//! What the ladder has besides the score.

use std::rc::Rc;

use super::scribe::Scribe;
use crate::board::Board;
use crate::cast::Cast;
use crate::log::Seq;
use crate::project::{Sight, ladder, score};
use crate::run::{Pen, Run};
use crate::scenario::{Actor, Away, Deed, Qos, Scenario};
use crate::view::{
    Broker, Clock, ClockKind, Exchange, Micros, PacketKind, Score, ScoreWatch, Speed,
};

/// A meter and a phone, both with QoS 2, and a run of them.
struct Pair {
    cast: Rc<Cast>,
    pen: Pen,
    run: Run,
}

impl Pair {
    fn new() -> Self {
        Self::with(Qos::ExactlyOnce)
    }

    fn with(qos: Qos) -> Self {
        let mut meter = Actor::publisher("meter", "home/power/pulse");
        meter.speaks[0].qos = Qos::ExactlyOnce;
        (meter.speaks[0].first_ms, meter.speaks[0].period_ms) = (4_000, 60_000);
        meter.latency_ms = 240;
        let mut phone = Actor::subscriber("phone", "home/power/+");
        phone.listens[0].qos = qos;
        (phone.latency_ms, phone.away) = (600, Away::Keep);
        let scenario = Scenario {
            actors: vec![meter, phone],
            ..Scenario::empty()
        };
        let cast = Rc::new(Cast::new(scenario, Broker::Glass));
        let mut pen = Pen::default();
        let run = Run::new(cast.clone(), &mut pen);
        Self { cast, pen, run }
    }

    fn pass(&mut self, millis: u64) {
        let until = Micros::from_millis(millis);
        while self.run.next_at().is_some_and(|at| at <= until) {
            self.run.step(&mut self.pen);
        }
        self.run.rest(until);
    }

    fn deed(&mut self, name: &str, deed: Deed) {
        let id = self.cast.named(name).expect("somebody of that name");
        self.run.deed(&mut self.pen, id, deed);
    }

    fn look(&self, from: u64, to: u64) -> Score {
        let mut board = Board::default();
        board.advance(&self.pen.log, Seq(self.pen.log.end()));
        let now = self.run.now;
        let sight = Sight {
            log: &self.pen.log,
            board: &board,
            cast: &self.cast,
            clock: Clock {
                playhead: now,
                head: now,
                event: Default::default(),
                running: false,
                speed: Speed::Auto,
                rate: 0.0,
                until: now,
                wall_ms: 0.0,
                kind: ClockKind::Virtual,
                begins: Micros(0),
                stopped: None,
            },
            timers: &[],
        };
        let (from, to) = (Micros::from_millis(from), Micros::from_millis(to));
        let mut score = score(&sight, ScoreWatch { from, to });
        ladder(&sight, &mut score);
        score
    }

    /// The handshake with the phone.
    fn phones(&self) -> Exchange {
        let score = self.look(4_000, 60_000);
        let mut ours = score.exchanges.into_iter().filter(|one| !one.to_broker);
        let first = ours.next().expect("a handshake");
        assert_eq!(ours.next(), None, "one message, one handshake");
        first
    }
}

fn ms(part: (Micros, Option<Micros>)) -> (u64, Option<u64>) {
    (part.0.0 / 1000, part.1.map(|end| end.0 / 1000))
}

#[test]
fn both_ends_of_qos_2_hold_what_they_must() {
    let mut pair = Pair::new();
    pair.pass(12_000);
    let one = pair.phones();
    assert_eq!((one.packet_id, one.packets.len()), (1, 4));
    assert_eq!(ms(one.message), (4_240, Some(5_440)), "until PUBREC");
    assert_eq!(one.number.map(ms), Some((5_440, Some(6_640))), "to PUBCOMP");
    assert_eq!(
        one.receiver.map(ms),
        Some((4_840, Some(6_040))),
        "to PUBREL"
    );
    let meters = pair.look(0, 4_500).exchanges;
    assert_eq!(meters[0].message.0, Micros::from_millis(4_000));
    assert_eq!(pair.look(0, 3_999).exchanges, []);
    assert_eq!(pair.look(7_000, 9_000).exchanges, []);
}

#[test]
fn a_cut_makes_it_longer_and_not_another() {
    let mut pair = Pair::new();
    // PUBREL left at 5.440, and is lost.
    pair.pass(5_640);
    pair.deed("phone", Deed::Cut);
    pair.pass(30_000);
    let one = pair.phones();
    let pubrels = one.packets.iter().filter(|one| one.1 == PacketKind::PubRel);
    let lost: Vec<bool> = pubrels.map(|one| one.2).collect();
    assert_eq!((lost, one.packets.len()), (vec![true, false], 5));
    assert_eq!(one.delivered, 1);
    assert_eq!(ms(one.message), (4_240, Some(5_440)));
    let ends = one.number.and_then(|number| number.1);
    assert!(ends.is_some_and(|end| end > Micros::from_millis(6_640)));
    // While it lasts it is drawn, also where none of its packets is under way.
    let mut pair = Pair::new();
    pair.pass(5_640);
    pair.deed("phone", Deed::Unplug);
    pair.pass(40_000);
    let score = pair.look(30_000, 40_000);
    assert_eq!(score.hops, []);
    let number = score.exchanges[0].number.map(ms);
    assert_eq!(number, Some((5_440, None)));
}

#[test]
fn a_lost_answer_brings_a_message_of_qos_1_twice_and_of_qos_2_once() {
    for (qos, delivered) in [(Qos::AtLeastOnce, 2), (Qos::ExactlyOnce, 1)] {
        let mut pair = Pair::with(qos);
        // The phone has it, and its answer is on the way.
        pair.pass(5_000);
        pair.deed("phone", Deed::Cut);
        pair.pass(30_000);
        let one = pair.phones();
        assert_eq!(one.delivered, delivered);
        let publishes = one
            .packets
            .iter()
            .filter(|one| one.1 == PacketKind::Publish);
        assert_eq!(
            publishes.count(),
            2,
            "sent again, since nobody said it came"
        );
    }
}

#[test]
fn who_loses_its_memory_holds_nothing() {
    let mut pair = Pair::new();
    pair.pass(5_000);
    pair.deed("phone", Deed::Crash);
    pair.pass(6_000);
    let one = pair.phones();
    assert_eq!(one.receiver.map(ms), Some((4_840, Some(5_000))));
    assert_eq!(ms(one.message).1, None, "the broker remembers");
}

#[test]
fn packets_have_their_words() {
    let scribe = Scribe::kitchen(6000);
    let words = scribe.at(4_300, |sight| {
        let (from, to) = (Micros::from_millis(3_900), Micros::from_millis(4_300));
        let mut score = score(sight, ScoreWatch { from, to });
        ladder(sight, &mut score);
        let publish = score
            .hops
            .into_iter()
            .filter(|hop| hop.kind == PacketKind::Publish);
        publish.map(|hop| hop.label.text).collect::<Vec<_>>()
    });
    assert_eq!(words, ["open", "21.4", "21.4", "21.4"]);
}
