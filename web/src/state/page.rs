//! The one handle of the page.

use std::cell::{Cell, Ref, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use tidings_world::view::{
    ActorDetail, ActorId, Answer, Clock, Edit, EventNo, FromWorker, LogPage, LogWatch, Open,
    PLOTS_MAX, PacketDetail, Plots, PlotsWatch, RunId, Runs, Scene, Score, ScoreWatch, StatePage,
    Step, ToWorker, Token, TopicDetail, TopicId, TopicWatch, TreePage, TreeWatch, Watch,
};
use yew::prelude::*;

use super::bridge::Bridge;
use super::frames::{Frames, PainterKey, wall_ms};
use super::keep::{self, KeptScene, Unread};
use super::standing::{self, Standing};
use super::{Signal, Watched};
use crate::bind;
use crate::scene::model::Flight;

/// What is selected: one thing everywhere, and the panel at the right shows it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Selection {
    #[default]
    None,
    Packet(EventNo),
    Actor(ActorId),
    Topic(TopicId),
    AddPublisher,
    AddSubscriber,
    RealBroker,
    Time,
    Keys,
}

/// What stands where the stage is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Place {
    #[default]
    Stage,
    Ladder,
    Log,
    Topics,
    State,
    Plots,
    Faults,
}

/// Whether the worker lives.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Life {
    #[default]
    Waking,
    Awake,
    /// It broke; what it said.
    Broken(String),
}

/// What moves with the playhead. Painters read it once a frame; no component renders it.
#[derive(Default)]
pub(crate) struct Live {
    /// None before the first frame.
    pub(crate) clock: Option<Clock>,
    pub(crate) flying: Vec<Flight>,
    /// So many packets more are on the wires than `flying` holds.
    pub(crate) flying_more: u32,
    pub(crate) score: Option<Rc<Score>>,
    /// How fast the world went when it last went, or 0.
    pub(crate) rate: f64,
    /// Grows with everything that arrives.
    pub(crate) version: u64,
}

/// The packets on the wires while the clock stands still.
#[derive(Debug, PartialEq)]
pub(crate) struct Held {
    /// In microseconds.
    pub(crate) playhead: f64,
    pub(crate) flying: Vec<Flight>,
}

/// What components look at, through the hooks.
#[derive(Default)]
pub(super) struct Signals {
    pub(super) scene: Signal<Option<Rc<Scene>>>,
    pub(super) standing: Signal<Rc<Standing>>,
    pub(super) packet: Signal<Option<Rc<PacketDetail>>>,
    pub(super) actor: Signal<Option<Rc<ActorDetail>>>,
    pub(super) log: Signal<Option<Rc<LogPage>>>,
    pub(super) selection: Signal<Selection>,
    pub(super) tree: Signal<Option<Rc<TreePage>>>,
    pub(super) topic: Signal<Option<Rc<TopicDetail>>>,
    pub(super) state: Signal<Option<Rc<StatePage>>>,
    pub(super) plots: Signal<Option<Rc<Plots>>>,
    /// Numbers a person has put among the plots.
    pub(super) pinned: Signal<Rc<Vec<(TopicId, String)>>>,
    pub(super) place: Signal<Place>,
    pub(super) life: Signal<Life>,
    pub(super) held: Signal<Option<Rc<Held>>>,
    pub(super) kept: Signal<Option<Rc<KeptScene>>>,
    pub(super) runs: Signal<Option<Rc<Runs>>>,
    pub(super) stops: Signal<Rc<Vec<Watched>>>,
    /// Why a link was not opened.
    pub(super) refused: Signal<Option<String>>,
    pub(super) unread: Signal<Option<Rc<Unread>>>,
}

#[derive(Default)]
struct Inner {
    signals: Signals,
    live: RefCell<Live>,
    frames: Frames,
    flushing: RefCell<Option<PainterKey>>,
    bridge: RefCell<Option<Bridge>>,
    watch: RefCell<Watch>,
    watch_changed: Cell<bool>,
    asked: RefCell<BTreeMap<u32, Callback<Answer>>>,
    first_only: Cell<bool>,
    next_token: Cell<u32>,
    look: Cell<u32>,
    /// The time that is on the paper of the score.
    span: Cell<(f64, f64)>,
    /// The selection held the clock, so letting go of it lets the clock go on.
    held_by_selection: Cell<bool>,
}

/// The handle; clones are the same page.
#[derive(Clone, Default)]
pub(crate) struct Page(Rc<Inner>);

impl PartialEq for Page {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

impl Page {
    /// A page whose worker is being started. `still` opens the scene at its first event, held.
    pub(crate) fn start(still: bool) -> Self {
        let page = Self::default();
        page.0.signals.kept.set(keep::scene().map(Rc::new));
        page.0.signals.unread.set(keep::unread().map(Rc::new));
        let flushing = page.clone();
        let key = page.0.frames.add(move |_| flushing.flush());
        page.0.flushing.replace(Some(key));
        page.0.frames.start();
        page.wake(still);
        page
    }

    /// Starts a worker, again if there was one, and opens the kept scene, else the first one.
    pub(crate) fn wake(&self, still: bool) {
        let page = self.clone();
        let bridge = Bridge::start(move |batch| {
            for message in batch {
                page.hear(message, still);
            }
        });
        self.0.signals.life.set(Life::Waking);
        match bridge {
            Ok(bridge) => {
                self.0.bridge.replace(Some(bridge));
            }
            Err(message) => self.0.signals.life.set(Life::Broken(message)),
        }
    }

    /// Starts again after the engine broke, with the first scene: the kept one may have broken it.
    pub(crate) fn wake_first(&self) {
        self.0.first_only.set(true);
        self.wake(false);
    }

    pub(super) fn signals(&self) -> &Signals {
        &self.0.signals
    }

    /// The present scene, outside of rendering.
    pub(crate) fn scene(&self) -> Option<Rc<Scene>> {
        self.0.signals.scene.get()
    }

    /// What stands at present, outside of rendering.
    pub(crate) fn standing(&self) -> Rc<Standing> {
        self.0.signals.standing.get()
    }

    /// The present selection, outside of rendering.
    pub(crate) fn selection(&self) -> Selection {
        self.0.signals.selection.get()
    }

    /// What stands where the stage is, outside of rendering.
    pub(crate) fn place(&self) -> Place {
        self.0.signals.place.get()
    }

    /// The selected actor, outside of rendering.
    pub(crate) fn actor(&self) -> Option<Rc<ActorDetail>> {
        self.0.signals.actor.get()
    }

    /// The selected packet, outside of rendering.
    pub(crate) fn packet(&self) -> Option<Rc<PacketDetail>> {
        self.0.signals.packet.get()
    }

    /// Grows whenever colours or type may look different: painters forget what they remember.
    pub(crate) fn look(&self) -> u32 {
        self.0.look.get()
    }

    /// The time that is on the paper of the score, for what shares its axis.
    pub(crate) fn span(&self) -> (f64, f64) {
        self.0.span.get()
    }

    /// The score has other time on its paper.
    pub(crate) fn set_span(&self, from: f64, to: f64) {
        self.0.span.set((from, to));
    }

    /// Colours or type look different from here on.
    pub(crate) fn look_changed(&self) {
        self.0.look.set(self.0.look.get() + 1);
    }

    /// What moves, for painters.
    pub(crate) fn live(&self) -> Ref<'_, Live> {
        self.0.live.borrow()
    }

    /// The playhead at this moment, in microseconds.
    pub(crate) fn playhead(&self) -> Option<f64> {
        let live = self.live();
        let clock = live.clock.as_ref()?;
        Some(standing::playhead(clock, wall_ms()))
    }

    /// Calls `painter` once per animation frame, with the wall time, until the key is dropped.
    pub(crate) fn paint(&self, painter: impl Fn(f64) + 'static) -> PainterKey {
        self.0.frames.add(painter)
    }

    /// Says something to the worker, with the next frame's batch.
    pub(crate) fn send(&self, message: ToWorker) {
        if let Some(bridge) = &*self.0.bridge.borrow() {
            bridge.queue(message);
        }
        // Without frames nobody would carry it.
        if hidden() {
            self.flush();
        }
    }

    /// Asks something that is answered: `make` gets the token, `then` the answer.
    pub(crate) fn ask(&self, make: impl FnOnce(Token) -> ToWorker, then: Callback<Answer>) {
        let token = self.0.next_token.get();
        self.0.next_token.set(token.wrapping_add(1));
        self.0.asked.borrow_mut().insert(token, then);
        self.send(make(Token(token)));
    }

    /// Changes the scene. What a person builds is kept in the browser once it is done.
    pub(crate) fn edit(&self, edit: Edit, then: Callback<Answer>) {
        let builds = matches!(
            edit,
            Edit::Add(_)
                | Edit::Replace { .. }
                | Edit::Remove(_)
                | Edit::Rename { .. }
                | Edit::Wire { .. }
                | Edit::Title(_)
        );
        let page = self.clone();
        let then = Callback::from(move |answer: Answer| {
            if builds && answer.problems.is_empty() {
                page.keep();
            }
            then.emit(answer);
        });
        self.ask(|token| ToWorker::Edit { token, edit }, then);
    }

    /// Opens another scene, running; `then` hears whether it could be.
    pub(crate) fn open(&self, what: Open, then: Callback<Answer>) {
        self.select(Selection::None);
        self.stops_of_another_scene();
        let run = true;
        self.ask(|token| ToWorker::Open { token, what, run }, then);
    }

    /// Selects something, which opens its panel; `None` closes it. A packet holds the clock.
    pub(crate) fn select(&self, selection: Selection) {
        let inner = &self.0;
        if inner.signals.selection.get() == selection {
            return;
        }
        let running = inner.signals.standing.look().running;
        match selection {
            Selection::Packet(_) if running => {
                inner.held_by_selection.set(true);
                self.send(ToWorker::Pause);
            }
            Selection::None if inner.held_by_selection.take() && !running => {
                self.send(ToWorker::Run);
            }
            _ => {}
        }
        inner.signals.packet.set(None);
        inner.signals.actor.set(None);
        inner.signals.topic.set(None);
        self.watch(|watch| {
            watch.topic = match selection {
                Selection::Topic(id) => Some(TopicWatch {
                    id,
                    number: String::new(),
                }),
                _ => None,
            };
            watch.packet = match selection {
                Selection::Packet(no) => Some(no),
                _ => None,
            };
            watch.actor = match selection {
                Selection::Actor(id) => Some(id),
                _ => None,
            };
        });
        inner.signals.selection.set(selection);
    }

    /// Puts something where the stage is, or the stage back.
    pub(crate) fn go(&self, place: Place) {
        self.0.signals.place.set(place);
    }

    /// The same; the stage comes back if it is there already.
    pub(crate) fn toggle(&self, place: Place) {
        self.go(match self.place() == place {
            true => Place::Stage,
            false => place,
        });
    }

    /// Which window of the log to get.
    pub(crate) fn watch_log(&self, log: Option<LogWatch>) {
        if log.is_none() {
            self.0.signals.log.set(None);
        }
        self.watch(|watch| watch.log = log);
    }

    /// Which window of the tree to get.
    pub(crate) fn watch_tree(&self, tree: Option<TreeWatch>) {
        if tree.is_none() {
            self.0.signals.tree.set(None);
        }
        self.watch(|watch| watch.tree = tree);
    }

    /// Whether to get what everybody remembers.
    pub(crate) fn watch_state(&self, on: bool) {
        if !on {
            self.0.signals.state.set(None);
        }
        self.watch(|watch| watch.state = on);
    }

    /// Which plots to get.
    pub(crate) fn watch_plots(&self, plots: Option<PlotsWatch>) {
        if plots.is_none() {
            self.0.signals.plots.set(None);
        }
        self.watch(|watch| watch.plots = plots);
    }

    /// Puts a number among the plots, the last if there are too many, or takes it away.
    pub(crate) fn pin(&self, number: (TopicId, String)) {
        let mut pinned = (*self.0.signals.pinned.get()).clone();
        match pinned.iter().position(|one| *one == number) {
            Some(place) => {
                pinned.remove(place);
            }
            None => {
                pinned.truncate(PLOTS_MAX - 1);
                pinned.push(number);
            }
        }
        self.0.signals.pinned.set(Rc::new(pinned));
    }

    /// Which of its numbers the selected topic is to plot.
    pub(crate) fn watch_number(&self, number: String) {
        self.watch(|watch| {
            if let Some(topic) = &mut watch.topic {
                topic.number = number;
            }
        });
    }

    /// Which window of the score to get.
    pub(crate) fn watch_score(&self, score: ScoreWatch) {
        self.watch(|watch| watch.score = Some(score));
    }

    /// Whether to get what the ladder has besides the score.
    pub(crate) fn watch_ladder(&self, on: bool) {
        self.watch(|watch| watch.ladder = on);
    }

    /// Which other run to compare with.
    pub(crate) fn compare(&self, with: Option<RunId>) {
        self.watch(|watch| watch.compare = with);
    }

    /// Plays or holds.
    pub(crate) fn play(&self, play: bool) {
        self.0.held_by_selection.set(false);
        self.send(if play { ToWorker::Run } else { ToWorker::Pause });
    }

    /// Goes one step, and holds.
    pub(crate) fn step(&self, step: Step) {
        self.0.held_by_selection.set(false);
        self.send(ToWorker::Step(step));
    }

    fn watch(&self, change: impl FnOnce(&mut Watch)) {
        let mut watch = self.0.watch.borrow_mut();
        let before = watch.clone();
        change(&mut watch);
        if *watch != before {
            self.0.watch_changed.set(true);
        }
    }

    fn flush(&self) {
        if let Some(bridge) = &*self.0.bridge.borrow()
            && *self.0.signals.life.look() == Life::Awake
        {
            if self.0.watch_changed.take() {
                bridge.queue(ToWorker::Watch(self.0.watch.borrow().clone()));
            }
            bridge.flush();
        }
    }

    fn hear(&self, message: FromWorker, still: bool) {
        let signals = &self.0.signals;
        match message {
            FromWorker::Hello { .. } => self.greet(still),
            FromWorker::Scene(scene) => signals.scene.set(Some(Rc::from(scene))),
            FromWorker::Frame(frame) => {
                let (standing, clock, flying, flying_more) = standing::split(*frame);
                let flying = bind::flights(&flying);
                let held = (!clock.running).then(|| Held {
                    playhead: clock.playhead.0 as f64,
                    flying: flying.clone(),
                });
                {
                    let mut live = self.0.live.borrow_mut();
                    if clock.running && clock.rate > 0.0 {
                        live.rate = clock.rate;
                    }
                    live.clock = Some(clock);
                    live.flying = flying;
                    live.flying_more = flying_more;
                    live.version += 1;
                }
                signals.held.set(held.map(Rc::new));
                signals.standing.set(Rc::new(standing));
            }
            FromWorker::Score(score) => {
                let mut live = self.0.live.borrow_mut();
                live.score = Some(Rc::from(score));
                live.version += 1;
            }
            FromWorker::Runs(runs) => {
                // Whoever changes the past sees what that changed; what was let go is not compared.
                let before = signals.runs.get();
                let (now, kept) = (Some(runs.now), &runs.kept);
                let another = before.is_some_and(|before| Some(before.now) != now);
                let with = self.0.watch.borrow().compare;
                if another || !kept.iter().any(|run| Some(run.id) == with) {
                    let last = kept.last().filter(|_| another);
                    self.compare(last.map(|run| run.id));
                }
                signals.runs.set(Some(Rc::from(runs)));
            }
            FromWorker::Log(log) => signals.log.set(Some(Rc::from(log))),
            FromWorker::Packet(packet) => signals.packet.set(packet.map(Rc::from)),
            FromWorker::Tree(tree) => signals.tree.set(Some(Rc::from(tree))),
            FromWorker::Plots(plots) => signals.plots.set(Some(Rc::from(plots))),
            FromWorker::State(state) => signals.state.set(Some(Rc::from(state))),
            FromWorker::Topic(topic) => signals.topic.set(topic.map(Rc::from)),
            FromWorker::Actor(actor) => signals.actor.set(actor.map(Rc::from)),
            FromWorker::Answer(answer) => {
                let then = self.0.asked.borrow_mut().remove(&answer.token.0);
                if let Some(then) = then {
                    then.emit(answer);
                }
            }
            FromWorker::Broken { message } => {
                web_sys::console::error_1(&message.as_str().into());
                signals.life.set(Life::Broken(message));
            }
        }
    }

    /// The worker listens: the first scene, and what is looked at.
    fn greet(&self, still: bool) {
        self.0.signals.life.set(Life::Awake);
        self.0.watch_changed.set(true);
        if !self.0.first_only.get() && self.follow() {
            return self.flush();
        }
        let kept = self.0.signals.kept.get();
        let kept = kept.filter(|_| !self.0.first_only.get());
        let what = match &kept {
            Some(kept) => Open::Text(kept.text.clone()),
            None => Open::Default,
        };
        let page = self.clone();
        let then = Callback::from(move |answer: Answer| {
            if !answer.problems.is_empty() {
                // An older page, or somebody, kept what this one cannot read.
                let why = answer
                    .problems
                    .first()
                    .map(|problem| problem.sentence.as_str());
                let unread = keep::put_aside(why.unwrap_or_default());
                page.0.signals.unread.set(unread.map(Rc::new));
                page.0.signals.kept.set(None);
                page.open(Open::Default, Callback::noop());
            }
        });
        let run = !still;
        self.ask(|token| ToWorker::Open { token, what, run }, then);
        if still {
            self.send(ToWorker::Step(Step::Event));
        }
        self.flush();
    }

    /// Forgets the kept scene that could not be opened.
    pub(crate) fn forget_unread(&self) {
        keep::forget_unread();
        self.0.signals.unread.set(None);
    }

    fn keep(&self) {
        let page = self.clone();
        let then = Callback::from(move |answer: Answer| {
            let Some(text) = answer.text else { return };
            let title = page.scene().map_or_else(String::new, |s| s.title.clone());
            let kept = KeptScene { title, text };
            keep::keep_scene(&kept);
            page.0.signals.kept.set(Some(Rc::new(kept)));
        });
        self.ask(ToWorker::Export, then);
    }
}

fn hidden() -> bool {
    web_sys::window()
        .and_then(|w| w.document())
        .is_some_and(|d| d.hidden())
}
