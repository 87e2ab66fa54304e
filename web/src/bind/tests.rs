//! The first scene at the moment of the picture, from the engine to the drawing.

use tidings_world::engine::Engine;
use tidings_world::scenario::Actor;
use tidings_world::view::{
    Cut, Edit, Frame, FromWorker, LinkState, Micros, Open, Scene, Score, ScoreWatch, Speed,
    ToWorker, Token, Watch,
};

use super::*;
use crate::scene::model::{Contact, Family, Note, Stage};
use crate::scene::packets::{Labels, packets, place};
use crate::scene::{Geometry, Layout, labels, stage as drawn};
use crate::state::{Selection, Standing};
use crate::words::words;

struct Moment {
    scene: Scene,
    frame: Frame,
    score: Score,
}

/// The first scene, held at this moment.
fn moment(at: Micros) -> Moment {
    moment_with(at, Vec::new())
}

/// The same with more actors, who came at the beginning.
fn moment_with(at: Micros, more: Vec<Actor>) -> Moment {
    let mut engine = Engine::new(0.0);
    let (mut scene, mut frame, mut score) = (None, None, None);
    let mut wall = 0.0;
    let open = ToWorker::Open {
        token: Token(1),
        what: Open::Default,
        run: true,
    };
    let window = ScoreWatch {
        from: Micros(800_000),
        to: Micros(5_600_000),
    };
    let watch = Watch {
        score: Some(window),
        ladder: true,
        ..Watch::default()
    };
    for message in [
        open,
        ToWorker::Speed(Speed::Times(1.0)),
        ToWorker::Watch(watch),
    ] {
        engine.handle(wall, message);
    }
    for actor in more {
        let (token, edit) = (Token(2), Edit::Add(actor));
        engine.handle(wall, ToWorker::Edit { token, edit });
    }
    let mut sought = false;
    loop {
        wall += 16.0;
        engine.advance(wall);
        for message in engine.poll_batch(wall) {
            match message {
                FromWorker::Scene(new) => scene = Some(*new),
                FromWorker::Frame(new) => frame = Some(*new),
                FromWorker::Score(new) => score = Some(*new),
                _ => {}
            }
        }
        let head = frame.as_ref().map_or(Micros(0), |f| f.clock.head);
        if sought {
            break;
        }
        if head >= at {
            engine.handle(wall, ToWorker::Seek(at));
            sought = true;
        }
        assert!(wall < 60_000.0, "the scene stands still");
    }
    Moment {
        scene: scene.expect("a scene"),
        frame: frame.expect("a frame"),
        score: score.expect("a score"),
    }
}

fn staged(moment: &Moment) -> Stage {
    let (standing, ..) = crate::state::split(moment.frame.clone());
    stage(&moment.scene, &standing, Selection::None, words())
}

const PICTURE: Micros = Micros(4_120_000);

/// Everybody has a lane.
const WHOLE: LaneRoom = LaneRoom {
    most: usize::MAX,
    stay: Vec::new(),
};

#[test]
fn the_stage_is_the_pictures() {
    let stage = staged(&moment(PICTURE));
    let names = |names: Vec<&str>| names.join(" ");
    let speakers = stage.speakers.iter().map(|s| s.name.as_str()).collect();
    let listeners = stage.listeners.iter().map(|l| l.name.as_str()).collect();
    assert_eq!(names(speakers), "thermo door");
    assert_eq!(names(listeners), "phone heating logger");
    let message = stage.message.as_ref().expect("a message");
    assert_eq!(message.topic, ["home", "hall", "door"]);
    assert_eq!((message.value.as_str(), message.from), ("open", Some(1)));
    let contacts = |i: usize| stage.rungs[i].contacts.as_slice();
    assert_eq!(contacts(0), [Contact::Equal, Contact::Hash]);
    assert_eq!(
        contacts(1),
        [
            Contact::Equal,
            Contact::Plus,
            Contact::Differs("door".into())
        ]
    );
    assert_eq!(
        contacts(2),
        [
            Contact::Equal,
            Contact::Differs("hall".into()),
            Contact::NotReached
        ]
    );
    let waiting: Vec<&str> = stage.rungs[2]
        .waiting
        .iter()
        .map(|s| s.value.as_str())
        .collect();
    assert_eq!(waiting, ["21.2", "21.3", "21.4"]);
    assert_eq!(
        stage.listeners[2].note,
        Some(Note::Waits("away · 3 wait".into()))
    );
    assert_eq!(stage.kept[0].topic, ["home", "kitchen", "temp"]);
}

#[test]
fn the_geometry_is_the_pictures() {
    let stage = staged(&moment(PICTURE));
    let g = Geometry::of(1440.0, 604.0, &stage);
    assert_eq!(g.layout, Layout::Wide);
    let frame = (g.frame.x0, g.frame.x1, g.frame.y0, g.frame.y1);
    assert_eq!(frame, (408.0, 1032.0, 120.0, 576.0));
    assert_eq!(g.columns.x, [480.0, 608.0, 760.0]);
    assert_eq!(g.columns.contact, [96.0, 96.0, 96.0]);
    assert_eq!((g.rail, g.cab, g.row_h), (440.0, 896.0, 88.0));
    assert_eq!(g.speakers, [296.0, 384.0]);
    assert_eq!(g.listeners, [252.0, 340.0, 428.0]);
    for (width, height) in [(1008.0, 604.0), (1024.0, 516.0), (390.0, 520.0)] {
        let g = Geometry::of(width, height, &stage);
        assert!(
            g.frame.x1 < width && g.frame.y1 <= height,
            "{width} by {height}"
        );
    }
}

#[test]
fn a_low_stage_is_the_pictures() {
    let stage = staged(&moment(PICTURE));
    let g = Geometry::compact(1440.0, &stage);
    assert_eq!((g.h, g.row_top, g.row_h), (240.0, 56.0, 44.0));
    assert_eq!((g.frame.y0, g.frame.y1), (12.0, 228.0));
    assert_eq!(g.listeners, [78.0, 122.0, 166.0]);
    let g = Geometry::compact(820.0, &stage);
    assert_eq!((g.layout, g.row_h), (Layout::Narrow, 48.0));
}

/// The words of a drawing.
fn said(drawing: &crate::scene::Drawing) -> Vec<String> {
    let words = drawing.0.iter().filter_map(|shape| match &shape.form {
        crate::scene::shape::Form::Text { text, .. } => Some(text.to_string()),
        _ => None,
    });
    words.collect()
}

#[test]
fn what_is_wrong_is_said_and_drawn_where_it_is_wrong() {
    let mut moment = moment(PICTURE);
    let calm = drawn::stage(
        &Geometry::of(1440.0, 604.0, &staged(&moment)),
        &staged(&moment),
        &words().scene,
    );
    let signs = |drawing: &crate::scene::Drawing, class: &str| {
        drawing
            .0
            .iter()
            .filter(|shape| shape.class == class)
            .count()
    };
    assert_eq!((signs(&calm, "bolt"), signs(&calm, "patch")), (0, 0));
    moment.frame.actors[0].link = LinkState::Stalled;
    moment.frame.actors[3].link = LinkState::Silent;
    moment.frame.actors[2].cut = Some(Cut::Bytes(19));
    moment.scene.actors[3].wire.jitter_ms = 80;
    moment.scene.actors[0].wire.bytes_per_sec = 1500;
    moment.scene.actors[0].wire.reads_per_sec = 20;
    let stage = staged(&moment);
    for g in [
        Geometry::of(1440.0, 604.0, &stage),
        Geometry::of(1008.0, 604.0, &stage),
    ] {
        let drawing = drawn::stage(&g, &stage, &words().scene);
        let said = said(&drawing);
        for word in [
            "stalled",
            "silent",
            "cut after 19 B",
            "± 80 ms",
            "1.5 kB/s",
            "reads 20 B/s",
        ] {
            assert!(said.iter().any(|text| text == word), "{word}: {said:?}");
        }
        assert_eq!((signs(&drawing, "bolt"), signs(&drawing, "patch")), (1, 2));
        // One narrow place, a slow reader's, and a wave.
        assert_eq!(signs(&drawing, "gly") - signs(&calm, "gly"), 3);
    }
    moment.frame.down = true;
    let stage = staged(&moment);
    let g = Geometry::of(390.0, 520.0, &stage);
    let drawing = drawn::stage(&g, &stage, &words().scene);
    assert!(said(&drawing).iter().any(|text| text.starts_with("down")));
    assert_eq!(signs(&drawing, "glass off"), 1);
}

#[test]
fn half_way_in_time_is_half_way_on_the_wire() {
    let moment = moment(PICTURE);
    let stage = staged(&moment);
    let g = Geometry::of(1440.0, 604.0, &stage);
    let flights = flights(&moment.frame.flying);
    let placed = place(&g, &stage, &flights, PICTURE.0 as f64);
    let thermo = placed
        .iter()
        .find(|p| flights[p.index].to_broker && flights[p.index].family == Family::Publish)
        .expect("the thermometer speaks");
    let wire = g.speaker_wire(0).expect("its wire");
    assert_eq!(thermo.x, (wire.actor.0 + wire.port.0) / 2.0);
    assert!(placed.len() >= 3, "a message, a copy and an ack");
}

/// Six who speak and seven who listen, with names and topics of every length.
fn crowd() -> Vec<Actor> {
    let speaks = [
        ("<img src=x onerror=alert(1)>", "home/hall/lamp"),
        ("thermo 2", "home/x"),
        ("long", "a/b/c/d/e/f/g/h/i/j"),
        ("sys", "home/kitchen/a-word-that-goes-on-for-long"),
    ];
    let listens = [
        ("hall", "home/hall/#"),
        ("somebody", "home/#"),
        ("everything there is", "#"),
        ("s6", "home//temp"),
    ];
    let speaks = speaks.map(|(name, topic)| Actor::publisher(name, topic));
    let listens = listens.map(|(name, filter)| Actor::subscriber(name, filter));
    speaks.into_iter().chain(listens).collect()
}

#[test]
fn no_label_lies_over_another_or_over_a_name() {
    let mut said = 0;
    for (millis, more) in [
        (2_470, vec![]),
        (2_840, vec![]),
        (4_120, vec![]),
        (1_335, crowd()),
        (2_360, crowd()),
        (2_700, crowd()),
        (4_120, crowd()),
    ] {
        let moment = moment_with(Micros(millis * 1000), more);
        let stage = staged(&moment);
        let flights = flights(&moment.frame.flying);
        for (w, h) in [
            (1440.0, 604.0),
            (1008.0, 604.0),
            (1024.0, 516.0),
            (834.0, 820.0),
            (390.0, 520.0),
            (1440.0, 0.0),
            (820.0, 0.0),
        ] {
            let g = match h > 0.0 {
                true => Geometry::of(w, h, &stage),
                false => Geometry::compact(w, &stage),
            };
            let taken = labels::taken(&drawn::stage(&g, &stage, &words().scene));
            let placed = place(&g, &stage, &flights, (millis * 1000) as f64);
            for labels in [Labels::Few, Labels::All] {
                let drawing = packets(&g, &flights, &placed, &taken, None, labels);
                let words = labels::words(&drawing);
                for (n, word) in words.iter().enumerate() {
                    let place = format!("{w} by {h} at {millis}: {word:?}");
                    assert!(!taken.iter().any(|t| t.meets(word)), "{place}");
                    assert!(!words[..n].iter().any(|w| w.meets(word)), "{place}");
                }
                said += words.len();
            }
        }
    }
    assert!(said > 100, "they do say something: {said}");
}

#[test]
fn what_nobody_was_granted_is_drawn_so() {
    // The phone is slow: what is said before it has asked does not concern it.
    let stage = staged(&moment(Micros(1_250_000)));
    let open: Vec<bool> = stage.rungs.iter().map(|rung| rung.open).collect();
    assert_eq!(open, [true, false, false]);
    let stage = staged(&moment(PICTURE));
    assert!(stage.rungs.iter().all(|rung| !rung.open));
}

#[test]
fn the_score_has_a_lane_for_everyone_and_counts_what_waits() {
    let moment = moment(PICTURE);
    let run = run(&moment.scene, &moment.score, &WHOLE, None);
    let lanes: Vec<&str> = run.lanes.iter().map(|l| l.name.as_str()).collect();
    assert_eq!(
        lanes,
        ["thermo", "door", "broker", "phone", "heating", "logger"]
    );
    assert_eq!(run.lanes[5].away.first().map(|a| a.0), Some(700_000));
    let kept = run.kept.iter().filter(|k| k.at <= PICTURE.0).count();
    assert_eq!(kept, 3);
    assert_eq!(run.begins, None);
}

#[test]
fn the_scene_invites_to_plug_the_logger_in_while_it_is_away() {
    let (early, later) = (moment(Micros(650_000)), moment(PICTURE));
    let standing = |m: &Moment| -> Standing { crate::state::split(m.frame.clone()).0 };
    let logger = later.scene.actors[4].id;
    assert_eq!(invited(&early.scene, &standing(&early)), None);
    assert_eq!(invited(&later.scene, &standing(&later)), Some(logger));
}

#[test]
fn the_handshakes_of_the_ladder_hold_their_packets_together() {
    let moment = moment(Micros(4_120_000));
    let run = run(&moment.scene, &moment.score, &WHOLE, None);
    // The thermometer's words are of QoS 1: it holds each until the broker has said that it has it.
    let thermo = run.lanes[0].actor;
    let one = run.exchanges.iter().find(|one| Some(one.actor) == thermo);
    let one = one.expect("a handshake");
    assert!(!one.exactly_once && !one.holds[0].at_broker && !one.holds[0].number);
    let names: Vec<_> = one.packets.iter().map(|packet| packet.1).collect();
    assert_eq!(names, ["PUBLISH", "PUBACK"]);
    // Whoever selects one of them has both.
    let (publish, ack) = (one.packets[0].0, one.packets[1].0);
    let no = tidings_world::view::EventNo(u32::try_from(ack).expect("a number"));
    let chosen = super::run(&moment.scene, &moment.score, &WHOLE, Some(no));
    let flight = chosen.flights.iter().find(|one| one.event == publish);
    assert!(chosen.chosen(flight.expect("its message")));
}
