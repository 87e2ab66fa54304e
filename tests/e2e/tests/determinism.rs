//! The same scene, seed and changes give the same log, hash for hash: in the page's worker, whose
//! time is the browser's, and in this process, where time is made up.
#![allow(clippy::unwrap_used)] // A test that fails says where.
#![allow(clippy::print_stdout)] // The fingerprints, for whoever wants to compare.

use std::fs;
use std::path::Path;

use tidings_e2e::{Page, Talk, Worker, house, server};
use tidings_world::engine::Engine;
use tidings_world::scenario::{Actor, BrokerDeed, Deed, Qos, Scenario, Wire};
use tidings_world::view::{
    ActorId, Answer, Cut, Edit, FromWorker, Micros, Moment, Open, Print, RunId, ToWorker, Token,
};

/// So much of the world is played of each scene.
const WHILE: Micros = Micros::from_millis(300_000);

/// The engine in this process.
struct Here {
    engine: Engine,
    wall_ms: f64,
    answers: Vec<Answer>,
}

impl Here {
    fn new() -> Self {
        let wall_ms = 1_800_000_000_000.0;
        Self {
            engine: Engine::new(wall_ms),
            wall_ms,
            answers: Vec::new(),
        }
    }
}

impl Talk for Here {
    fn say(&mut self, message: ToWorker) {
        self.engine.handle(self.wall_ms, message);
        // Another slice of time than any browser gives.
        self.wall_ms += 7.3;
        for message in self.engine.poll_batch(self.wall_ms) {
            if let FromWorker::Answer(answer) = message {
                self.answers.push(answer);
            }
        }
    }

    fn answer(&mut self, _: Token) -> Answer {
        self.answers.pop().unwrap()
    }
}

/// Every scene that is shipped, a house with a hostile guest, and the empty one.
fn scenes() -> Vec<(String, Open)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../lessons");
    let mut scenes = vec![
        ("the first screen".to_owned(), Open::Default),
        ("nobody".to_owned(), Open::Empty),
        ("a house".to_owned(), Open::Text(house(true))),
    ];
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|ending| ending == "toml") {
            let text = fs::read_to_string(&path).unwrap();
            scenes.push((path.display().to_string(), Open::Text(text)));
        }
    }
    scenes
}

fn actors(open: &Open) -> u16 {
    let scene = match open {
        Open::Text(text) => Scenario::from_text(text).unwrap(),
        Open::Empty => Scenario::empty(),
        _ => Scenario::kitchen_sensors(),
    };
    scene.actors.len() as u16
}

/// Changes and faults of every kind, each at its moment; whom they are about goes round.
fn story(actors: u16) -> Vec<(Micros, Edit)> {
    let publisher = Actor {
        jitter_ms: 70,
        ..Actor::publisher("a newcomer", "home/kitchen/temp")
    };
    let mut listener = Actor::subscriber("a listener", "home/#");
    listener.listens[0].qos = Qos::ExactlyOnce;
    listener.listens[0].handling_ms = 300;
    let mut edits = vec![Edit::Add(publisher.clone()), Edit::Add(listener)];
    for id in (1..=actors + 2).map(ActorId) {
        let wire = Wire {
            latency_ms: 90,
            jitter_ms: 150,
            bytes_per_sec: 400,
            reads_per_sec: 200,
        };
        edits.push(Edit::Wire { id, wire });
        let deeds = [
            Deed::Unplug,
            Deed::SwitchOn,
            Deed::Stall,
            Deed::Resume,
            Deed::Cut,
            Deed::CutAfter(40),
            Deed::Silence,
            Deed::Crash,
            Deed::SwitchOn,
            Deed::Restart,
            Deed::SwitchOff,
        ];
        edits.extend(deeds.map(|deed| Edit::Do { id, deed }));
        let (deed, after_ms) = (Deed::SwitchOn, 700);
        edits.push(Edit::Later { id, deed, after_ms });
        edits.push(Edit::Say {
            id,
            topic: "home/\u{202e}hall".into(),
            payload: "<b>once</b>\u{7}".into(),
            qos: Qos::ExactlyOnce,
            retain: true,
        });
        let cut = Some(Cut::Bytes(9));
        edits.push(Edit::Arrange { id, cut });
        let ends = match id.0 % 3 {
            0 => BrokerDeed::Lose,
            _ => BrokerDeed::Crash,
        };
        edits.extend([ends, BrokerDeed::Start].map(Edit::Broker));
        let name = format!("number {}", id.0);
        edits.push(Edit::Rename { id, name });
    }
    let id = ActorId(actors + 1);
    let actor = Actor {
        name: "another".into(),
        ..publisher
    };
    edits.push(Edit::Replace { id, actor });
    edits.push(Edit::Remove(id));
    edits.push(Edit::Title("changed".into()));
    let moments = (2_000..).step_by(437).map(Micros::from_millis);
    moments.zip(edits).collect()
}

/// Opens something, held.
fn open(talk: &mut impl Talk, what: Open) {
    let run = false;
    let answer = talk.ask(|token| ToWorker::Open { token, what, run });
    assert_eq!(answer.problems, []);
}

/// Plays a scene: by itself for a while; from the beginning with a story in it, as it comes and
/// from a link; then with changes of what has been, and back to what was left.
fn play(talk: &mut impl Talk, scene: &Open) -> Vec<(&'static str, Print)> {
    let mut prints = Vec::new();
    open(talk, scene.clone());
    prints.push(("at the beginning", talk.print()));
    prints.push(("by itself", talk.play_to(WHILE)));

    open(talk, scene.clone());
    let mut told = Vec::new();
    for (at, edit) in story(actors(scene)) {
        talk.play_to(at);
        let again = edit.clone();
        let answer = talk.ask(|token| ToWorker::Edit { token, edit });
        assert_eq!(answer.problems, [], "{again:?}");
        told.push((at, again));
    }
    let end = told.last().map_or(Micros(0), |(at, _)| *at);
    let end = Micros(end.0 + 30_000_000);
    prints.push((WITH_STORY, talk.play_to(end)));

    let text = match scene {
        Open::Text(text) => Some(text.clone()),
        Open::Empty => Some(Scenario::empty().to_text()),
        _ => None,
    };
    let moment = Moment {
        scene: text,
        edits: postcard::to_allocvec(&told).unwrap(),
        at: end,
    };
    open(talk, Open::Moment(moment));
    prints.push((BY_LINK, talk.print()));

    let cut = Edit::MoveCut {
        id: ActorId(1),
        was: None,
        to: Some(Micros::from_millis(1_987)),
    };
    let crash = Edit::Do {
        id: ActorId(1),
        deed: Deed::Crash,
    };
    for (what, edit) in [(CUT, cut), (CRASH, crash), (BACK, Edit::Return(RunId(1)))] {
        talk.say(ToWorker::Seek(Micros::from_millis(2_500)));
        talk.ask(|token| ToWorker::Edit { token, edit });
        prints.push((what, talk.play_to(end)));
    }
    prints
}

const WITH_STORY: &str = "with its story";
const BY_LINK: &str = "with its story, from a link";
const CUT: &str = "with a cut in the past";
const CRASH: &str = "with a crash in the past";
const BACK: &str = "back in the first run";

#[test]
fn every_scene_gives_the_same_log_in_the_browser_as_here() {
    let server = server();
    let page = Page::open(&server);
    page.sees("thermo");
    page.pause();
    let mut differ = Vec::new();
    for (name, scene) in scenes() {
        let there = play(&mut Worker::start(&page), &scene);
        let here = play(&mut Here::new(), &scene);
        for ((what, there), (_, here)) in there.iter().zip(&here) {
            println!("{name}, {what}: {here:?}");
            if there != here {
                differ.push(format!("{name}, {what}: {there:?} there, {here:?} here"));
            }
        }
        // Another run has another print, and the same one the same, whichever way it came about.
        let of = |what: &str| here.iter().find(|(name, _)| *name == what).unwrap().1;
        assert!(of(WITH_STORY).entries > 200, "{name}");
        assert_eq!(of(WITH_STORY), of(BY_LINK), "{name}");
        assert_eq!(of(WITH_STORY), of(BACK), "{name}");
        if !matches!(scene, Open::Empty) {
            assert_ne!(of(WITH_STORY).hash, of(CUT).hash, "{name}");
            assert_ne!(of(CUT).hash, of(CRASH).hash, "{name}");
        }
    }
    assert!(differ.is_empty(), "{}", differ.join("\n"));
    page.is_clean();
}
