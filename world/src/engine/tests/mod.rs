//! The engine as a worker drives it.

mod any_order;
mod forks;
mod send;
mod time;

use std::collections::BTreeMap;

use bytes::{Bytes, BytesMut};
use tidings_core::config::Config;
use tidings_core::node::{ConnId, Link, LostCause, Node, Output, Shard, Transport};
use tidings_core::time::{Clock as CoreClock, Instant, UnixMillis};
use tidings_core::transmit::{Transmit, TransmitStatus};

use super::*;
use crate::scenario::{Actor, Deed};
use crate::view::{
    ActorId, Breakpoint, Draft, Edit, Frame, LogWatch, Presence, ScoreWatch, Step, TimerKind,
    TreeWatch, TroubleKind,
};

/// A page that keeps what it was given.
struct Page {
    engine: Engine,
    wall: f64,
    scene: Option<crate::view::Scene>,
    frame: Option<Frame>,
    answers: Vec<Answer>,
    heard: usize,
}

const BEGIN: f64 = 1_800_000_000_000.0;

impl Page {
    fn new() -> Self {
        let mut page = Self {
            engine: Engine::new(BEGIN),
            wall: BEGIN,
            scene: None,
            frame: None,
            answers: Vec::new(),
            heard: 0,
        };
        page.listen();
        page
    }

    fn listen(&mut self) {
        let batch = self.engine.poll_batch(self.wall);
        let bytes = crate::view::encode(&batch);
        let batch: Vec<FromWorker> = crate::view::decode(&bytes).expect("what we encoded");
        self.heard += batch.len();
        for message in batch {
            match message {
                FromWorker::Scene(scene) => self.scene = Some(*scene),
                FromWorker::Frame(frame) => self.frame = Some(*frame),
                FromWorker::Answer(answer) => self.answers.push(answer),
                _ => {}
            }
        }
    }

    fn say(&mut self, message: ToWorker) {
        self.engine.handle(self.wall, message);
        self.listen();
    }

    /// Lets so many milliseconds of the wall pass, sixty times a second.
    fn wait(&mut self, ms: f64) {
        let end = self.wall + ms;
        while self.wall < end {
            self.wall = (self.wall + 16.0).min(end);
            self.listen();
        }
    }

    fn frame(&self) -> &Frame {
        self.frame.as_ref().expect("a frame")
    }

    fn at_ms(&self) -> u64 {
        self.frame().clock.playhead.0 / 1000
    }

    fn edit(&mut self, edit: Edit) -> Answer {
        let token = Token(7);
        self.say(ToWorker::Edit { token, edit });
        self.answers.pop().expect("an answer")
    }

    fn id(&self, name: &str) -> ActorId {
        let scene = self.scene.as_ref().expect("a scene");
        let found = scene.actors.iter().find(|actor| actor.name == name);
        found.expect("somebody of that name").id
    }

    fn presence(&self, name: &str) -> Presence {
        let id = self.id(name);
        let state = self.frame().actors.iter().find(|state| state.id == id);
        state.expect("a state").presence
    }
}

#[test]
fn the_first_screen_moves_and_has_three_waiting_within_half_a_minute() {
    let mut page = Page::new();
    page.say(ToWorker::Run);
    page.wait(1_000.0);
    assert!(!page.frame().flying.is_empty());
    assert!((200..300).contains(&page.at_ms()), "{}", page.at_ms());
    page.wait(14_000.0);
    let logger = page.id("logger");
    let state = page.frame().actors.iter().find(|state| state.id == logger);
    assert_eq!(state.and_then(|state| state.waiting), Some(3));
    page.edit(Edit::Do {
        id: logger,
        deed: Deed::SwitchOn,
    });
    page.wait(6_000.0);
    assert_eq!(page.presence("logger"), Presence::Connected);
}

#[test]
fn a_page_that_only_watches_is_told_only_what_it_cannot_conclude() {
    let mut page = Page::new();
    page.say(ToWorker::Run);
    page.wait(2_000.0);
    let before = page.heard;
    page.wait(16_000.0);
    // A thousand animation frames, about forty moments at which something happens.
    assert!(page.heard - before < 200, "{}", page.heard - before);
    page.say(ToWorker::Pause);
    let before = page.heard;
    page.wait(1_000.0);
    assert_eq!(page.heard, before);
    assert_eq!(page.engine.wake_at(), None);
}

#[test]
fn steps_go_where_they_say_and_back() {
    let mut page = Page::new();
    for step in [Step::Event, Step::Event] {
        page.say(ToWorker::Step(step));
    }
    assert_eq!(page.at_ms(), 150);
    page.say(ToWorker::Step(Step::Back));
    assert_eq!(page.at_ms(), 120);
    page.say(ToWorker::Step(Step::Timer));
    assert_eq!(page.at_ms(), 700, "the beat that unplugs the logger");
    page.say(ToWorker::Step(Step::Packet));
    assert_eq!(page.at_ms(), 1_200, "the phone is let in");
    let there = page.frame().clone();
    page.say(ToWorker::Seek(Micros::from_millis(500)));
    assert_eq!(page.at_ms(), 500);
    page.say(ToWorker::Seek(Micros::from_millis(1_200)));
    let clock = page.frame().clock;
    assert_eq!(*page.frame(), Frame { clock, ..there });
    page.say(ToWorker::Step(Step::Start));
    assert_eq!((page.at_ms(), page.frame().clock.event.0), (0, 5));
}

#[test]
fn a_change_in_the_past_is_as_if_it_had_been_made_then() {
    let lamp = || Edit::Add(Actor::subscriber("lamp", "home/+/door"));
    let run_to = |page: &mut Page, ms: u64| {
        page.say(ToWorker::Speed(Speed::Times(1000.0)));
        page.say(ToWorker::Run);
        while page.at_ms() < ms {
            page.wait(16.0);
        }
        page.say(ToWorker::Pause);
    };
    let mut there_and_back = Page::new();
    run_to(&mut there_and_back, 90_000);
    there_and_back.say(ToWorker::Seek(Micros::from_millis(3_000)));
    there_and_back.edit(lamp());
    there_and_back.say(ToWorker::Step(Step::Event));
    let second = there_and_back.at_ms();
    let logger = there_and_back.id("logger");
    let plug = Edit::Do {
        id: logger,
        deed: Deed::SwitchOn,
    };
    there_and_back.edit(plug.clone());
    run_to(&mut there_and_back, 60_000);
    // Once more back, before the second change and after the first.
    there_and_back.say(ToWorker::Seek(Micros::from_millis(second)));
    there_and_back.edit(Edit::Title("again".into()));
    there_and_back.say(ToWorker::Seek(Micros::from_millis(second)));

    let mut straight = Page::new();
    run_to(&mut straight, 100);
    while straight.at_ms() < 3_000 {
        straight.say(ToWorker::Step(Step::Event));
    }
    straight.say(ToWorker::Seek(Micros::from_millis(3_000)));
    straight.edit(lamp());
    straight.say(ToWorker::Step(Step::Event));
    straight.edit(plug);
    straight.edit(Edit::Title("again".into()));
    for page in [&mut there_and_back, &mut straight] {
        for _ in 0..200 {
            page.say(ToWorker::Step(Step::Event));
        }
    }
    let hash = |page: &Page| page.engine.log_hash();
    // The versions of a scene count every edit, also those that were undone by going back; the
    // same number of edits was made on both sides.
    assert_eq!(hash(&there_and_back), hash(&straight));
    assert!(
        there_and_back
            .scene
            .as_ref()
            .is_some_and(|scene| scene.actors.len() == 6)
    );
}

#[test]
fn edits_answer_with_what_stands_in_their_way() {
    let mut page = Page::new();
    let answer = page.edit(Edit::Add(Actor::publisher("phone", "a/#")));
    assert_eq!(answer.problems[0].field, FormField::Topic(0));
    let answer = page.edit(Edit::Add(Actor::publisher("phone", "a/b")));
    assert_eq!(answer.problems, []);
    assert!(answer.actor.is_some());
    assert_eq!(
        page.scene.as_ref().map(|scene| &scene.actors[5].name[..]),
        Some("phone 2")
    );
    let answer = page.edit(Edit::Remove(ActorId(999)));
    assert_eq!(answer.problems.len(), 1);
    let phone = page.id("phone");
    let name = "door".into();
    let answer = page.edit(Edit::Rename { id: phone, name });
    assert_eq!(answer.problems[0].field, FormField::Name);
    page.edit(Edit::Clear);
    assert_eq!(page.scene.as_ref().map(|scene| scene.actors.len()), Some(0));
}

#[test]
fn what_is_typed_is_checked_before_it_is_done() {
    let mut page = Page::new();
    for (url, wrong) in [
        ("mqtt://broker", true),
        ("ws://broker:8080/mqtt", false),
        ("wss://broker/mqtt", false),
    ] {
        let draft = Draft::Url(url.into());
        let token = Token(9);
        page.say(ToWorker::Check { token, draft });
        let answer = page.answers.pop().expect("an answer");
        assert_eq!(
            (answer.token, !answer.problems.is_empty()),
            (token, wrong),
            "{url}"
        );
        if wrong {
            let broker = RemoteBroker {
                url: url.into(),
                ..RemoteBroker::default()
            };
            page.say(ToWorker::Remote { token, broker });
            assert_eq!(
                page.answers.pop().map(|answer| answer.problems.len()),
                Some(1)
            );
            assert!(matches!(page.frame().clock.kind, ClockKind::Virtual));
        }
    }
}

#[test]
fn a_scene_comes_back_from_its_text() {
    let mut page = Page::new();
    page.edit(Edit::Add(Actor::subscriber("lamp", "home/+/door")));
    page.say(ToWorker::Export(Token(1)));
    let text = page
        .answers
        .pop()
        .and_then(|answer| answer.text)
        .expect("a text");
    let mut other = Page::new();
    other.say(ToWorker::Open {
        token: Token(2),
        what: Open::Text(text),
        run: false,
    });
    assert_eq!(
        other.answers.pop().map(|answer| answer.problems),
        Some(vec![])
    );
    assert_eq!(other.id("lamp"), ActorId(6));
    other.say(ToWorker::Open {
        token: Token(3),
        what: Open::Text("nonsense".into()),
        run: true,
    });
    let problems = other.answers.pop().expect("an answer").problems;
    assert_eq!(problems[0].field, FormField::Text(1));
    assert_eq!(other.id("lamp"), ActorId(6), "the old scene is still there");
}

/// Somebody's broker, behind sockets that take a while.
struct Machine {
    node: Node,
    conns: BTreeMap<SocketId, (ConnId, BytesMut)>,
}

impl Machine {
    fn new() -> Self {
        let clock = CoreClock {
            unix: UnixMillis(1),
            at: Instant::from_micros(1),
        };
        Self {
            node: Node::new(
                std::sync::Arc::new(Config::default()),
                Shard::ONLY,
                clock,
                (),
            ),
            conns: BTreeMap::new(),
        }
    }

    /// Lets its own deadlines come.
    fn pass(&mut self, page: &Page) {
        let now = Instant::from_micros((page.wall - BEGIN) as u64 * 1000 + 10);
        self.node.handle_timeout(now);
    }

    /// Carries bytes both ways until nothing moves; a round trip takes 20 ms.
    fn serve(&mut self, page: &mut Page) {
        loop {
            let mut news = Vec::new();
            let now = Instant::from_micros((page.wall - BEGIN) as u64 * 1000 + 10);
            while let Some(order) = page.engine.poll_socket() {
                match order {
                    SocketOrder::Open { socket, .. } => {
                        let link = Link {
                            transport: Transport::WebSocket,
                            peer: None,
                            listener: 0,
                        };
                        let conn = self.node.connection_opened(now, link);
                        self.conns.insert(socket, (conn, BytesMut::new()));
                        let subprotocol = "mqtt".into();
                        news.push((socket, SocketNews::Opened { subprotocol }));
                    }
                    SocketOrder::Send { socket, bytes } => {
                        if let Some((conn, input)) = self.conns.get_mut(&socket) {
                            input.extend_from_slice(&bytes);
                            self.node.handle_bytes(now, *conn, input);
                        }
                    }
                    SocketOrder::Close { socket } => {
                        if let Some((conn, _)) = self.conns.remove(&socket) {
                            self.node.connection_lost(now, conn, LostCause::Closed);
                        }
                    }
                }
            }
            while let Some(output) = self.node.poll_output() {
                if let Output::Ready(conn) | Output::Close { conn, .. } = output {
                    let mut out = Transmit::new(usize::MAX);
                    let status = self.node.poll_transmit(now, conn, &mut out);
                    assert_eq!(status, TransmitStatus::Drained);
                    let mut bytes = Vec::new();
                    out.copy_to(&mut bytes);
                    let socket = self.conns.iter().find(|(_, (other, _))| *other == conn);
                    if let Some((socket, _)) = socket {
                        news.push((*socket, SocketNews::Bytes(Bytes::from(bytes))));
                    }
                }
            }
            if news.is_empty() {
                return;
            }
            page.wait(20.0);
            for (socket, news) in news {
                page.engine.handle_socket(page.wall, socket, news);
            }
        }
    }
}

#[test]
fn the_same_actors_speak_to_a_real_broker() {
    let mut page = Page::new();
    let mut machine = Machine::new();
    page.say(ToWorker::Remote {
        token: Token(4),
        broker: RemoteBroker {
            url: "ws://127.0.0.1:8080/mqtt".into(),
            ..RemoteBroker::default()
        },
    });
    assert_eq!(
        page.answers.pop().map(|answer| answer.problems),
        Some(vec![])
    );
    for _ in 0..50 {
        machine.serve(&mut page);
        page.wait(100.0);
    }
    assert_eq!(page.presence("phone"), Presence::Connected);
    assert_eq!(
        page.presence("logger"),
        Presence::Away {
            unplugged: true,
            session: false
        }
    );
    let phone = page.id("phone");
    let state = page.frame().actors.iter().find(|state| state.id == phone);
    let last = state.and_then(|state| state.last.clone());
    assert!(last.is_some_and(|word| word.text.starts_with("21.") || word.text == "open"));
    assert!(page.frame().register.is_none(), "nobody sees inside");
    let scene = page.scene.as_ref().expect("a scene");
    let phone = scene.actors.iter().find(|actor| actor.name == "phone");
    assert_eq!(phone.and_then(|phone| phone.latency), Some(Micros(10_000)));
    let state = machine.node.state();
    assert_eq!(state.connections.len(), 5, "and one that asks what it is");
    let client = state
        .sessions
        .iter()
        .find(|one| one.client.starts_with("phone-"));
    assert!(client.is_some(), "a name nobody else has");

    // Ten seconds after its beginning this broker says what it is.
    for _ in 0..60 {
        machine.pass(&page);
        machine.serve(&mut page);
        page.wait(100.0);
    }
    let scene = page.scene.as_ref().expect("a scene");
    let Broker::Remote { says, .. } = &scene.broker else {
        panic!("it is another machine");
    };
    assert!(says.as_ref().is_some_and(|says| !says.is_empty()));
    assert_eq!(
        machine.node.state().connections.len(),
        4,
        "who asked has left"
    );

    page.say(ToWorker::LeaveRemote);
    machine.serve(&mut page);
    assert_eq!(machine.node.state().connections.len(), 0);
    assert!(matches!(page.frame().clock.kind, ClockKind::Virtual));
    page.wait(1_000.0);
    assert!(!page.frame().flying.is_empty());
}

#[test]
fn a_real_broker_that_is_not_there_is_told_in_words() {
    let mut page = Page::new();
    page.say(ToWorker::Remote {
        token: Token(4),
        broker: RemoteBroker {
            url: "wss://example.org/mqtt".into(),
            ..RemoteBroker::default()
        },
    });
    // Whoever tries finds nobody; how many tried.
    let fail = |page: &mut Page| {
        let mut sockets = Vec::new();
        while let Some(order) = page.engine.poll_socket() {
            if let SocketOrder::Open { socket, .. } = order {
                sockets.push(socket);
            }
        }
        for socket in &sockets {
            let news = SocketNews::Closed {
                code: 1006,
                known: None,
            };
            page.engine.handle_socket(page.wall, *socket, news);
        }
        sockets.len()
    };
    assert_eq!(fail(&mut page), 5);
    page.wait(500.0);
    let trouble = page.frame().actors[0].trouble.clone();
    assert_eq!(
        trouble.map(|trouble| trouble.kind),
        Some(TroubleKind::Unreachable)
    );
    // They try again, but not for ever.
    let mut tried = 0;
    for _ in 0..120 {
        page.wait(500.0);
        tried += fail(&mut page);
    }
    // The logger is unplugged before its second try.
    assert_eq!(tried, 4 * 3);
    let timers = page.frame().actors.iter().map(|actor| actor.timer);
    assert!(timers.flatten().all(|t| t.kind != TimerKind::Reconnect));
    assert!(page.frame().actors[0].trouble.is_some());
}

#[test]
fn every_window_can_be_watched_while_a_busy_scene_runs() {
    let mut page = Page::new();
    page.say(ToWorker::Watch(Watch {
        score: Some(ScoreWatch {
            from: Micros(0),
            to: Micros::from_millis(5_000),
        }),
        log: Some(LogWatch {
            rows: 40,
            follow: true,
            ..LogWatch::default()
        }),
        packet: Some(crate::view::EventNo(16)),
        actor: Some(ActorId(1)),
        tree: Some(TreeWatch {
            rows: 60,
            ..TreeWatch::default()
        }),
        ..Watch::default()
    }));
    for n in 0..20 {
        let mut actor = Actor::publisher(&format!("busy {n}"), "home/hall/busy");
        actor.speaks[0].period_ms = 20;
        actor.latency_ms = 5;
        assert_eq!(page.edit(Edit::Add(actor)).problems, []);
    }
    page.say(ToWorker::Speed(Speed::Times(1.0)));
    page.say(ToWorker::Run);
    page.wait(3_000.0);
    assert!(page.frame().clock.event.0 > 2_000);
}
