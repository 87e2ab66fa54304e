//! The engine a worker holds: one scene, its run and its playhead, and what the page looks at.
//!
//! It knows neither a browser nor a socket. Wall time comes in with every call, in milliseconds
//! since 1970; what is to be done with sockets comes out of [`Engine::poll_socket`], what the
//! page should hear out of [`Engine::poll_batch`].

mod breaks;
mod clock;
mod edits;
mod forks;
mod moment;
mod past;
mod reach;
mod socket;
mod steps;
#[cfg(test)]
mod tests;
mod windows;

pub use socket::{SocketId, SocketNews, SocketOrder};

use std::collections::VecDeque;
use std::rc::Rc;

use crate::board::Board;
use crate::cast::Cast;
use crate::log::{Seq, What};
use crate::project;
use crate::run::{Hosts, LAG, Pen, Run};
use crate::scenario::Scenario;
use crate::view::{
    Answer, Broker, Clock, ClockKind, Draft, FormField, FromWorker, Micros, Open, Print, Problem,
    RemoteBroker, Speed, ToWorker, Token, Watch,
};

use breaks::Breaks;
use forks::Forks;
use past::{Past, pass};
use reach::Left;
use windows::Windows;

/// See the module.
#[derive(Debug)]
pub struct Engine {
    /// The scene as it was opened and edited, without a real broker.
    cast: Rc<Cast>,
    /// The text of the scene as it was opened; none is the first screen's.
    origin: Option<String>,
    /// Every version of the scene that the log may still refer to.
    casts: Vec<Rc<Cast>>,
    versions: u32,
    pen: Pen,
    run: Run,
    past: Past,
    /// Where the run had come to before it was put at an earlier moment to be looked at.
    left: Option<Left>,
    forks: Forks,
    /// The stage at the playhead.
    board: Board,
    /// Where the playhead is between two microseconds: the world may be slower than the wall.
    playhead: f64,
    running: bool,
    speed: Speed,
    rate: f64,
    /// When something was due last, whether or not the log has anything of it: somebody may have
    /// tried in vain.
    came: Micros,
    wall_ms: f64,
    /// Set while a real broker takes part.
    wall_clock: Option<WallClock>,
    /// What was left to do with sockets of runs that are over.
    hosts: Hosts,
    watch: Watch,
    windows: Windows,
    breaks: Breaks,
    answers: VecDeque<FromWorker>,
}

/// The wall's clock, as the clock of a scene.
#[derive(Clone, Debug)]
struct WallClock {
    origin_ms: f64,
    /// The log is complete up to here.
    written: Micros,
}

/// Moments that one call of [`Engine::advance`] may come to, and entries it may write, about: a
/// worker hears the page again soon, and the rest of the time is let go.
const STEPS_MAX: usize = 4_000;
const ENTRIES_MAX: u32 = 2_000;
/// The longest sleep [`Engine::wake_at`] allows, so that the page's own playhead stays right.
const SLEEP_MS_MAX: f64 = 1_000.0;
/// A page that was away for longer than this goes on where it was, in milliseconds of the wall.
/// Longer than a sleep by what a busy machine may be late: meanwhile the page moved its playhead.
const AWAY_MS_MAX: f64 = SLEEP_MS_MAX + 1_000.0;

impl Engine {
    /// An engine with the scene of the first screen, held at its beginning.
    pub fn new(wall_ms: f64) -> Self {
        let cast = Rc::new(Cast::new(Scenario::kitchen_sensors(), Broker::Glass));
        let mut pen = Pen::default();
        let run = first_moment(&cast, &mut pen);
        let mut engine = Self {
            casts: vec![cast.clone()],
            versions: cast.version,
            cast,
            origin: None,
            past: Past::new(&run, &pen),
            left: None,
            forks: Forks::default(),
            pen,
            run,
            board: Board::default(),
            playhead: 0.0,
            running: false,
            speed: Speed::Auto,
            rate: 0.0,
            came: Micros(0),
            wall_ms,
            wall_clock: None,
            hosts: Hosts::default(),
            watch: Watch::default(),
            windows: Windows::default(),
            breaks: Breaks::default(),
            answers: VecDeque::new(),
        };
        engine.answers.push_back(FromWorker::Hello {
            version: env!("CARGO_PKG_VERSION").into(),
        });
        engine.look(Micros(0));
        engine
    }

    /// Does what the page says.
    pub fn handle(&mut self, wall_ms: f64, message: ToWorker) {
        self.advance(wall_ms);
        match message {
            ToWorker::Open { token, what, run } => {
                let scenario = match what {
                    Open::Default => Ok(Scenario::kitchen_sensors()),
                    Open::Empty => Ok(Scenario::empty()),
                    Open::Text(text) => Scenario::from_text(&text),
                    Open::Moment(moment) => {
                        let problems = self.open_moment(&moment).err().unwrap_or_default();
                        return self.answer(token, problems, None);
                    }
                };
                let problems = match scenario {
                    Ok(scenario) => {
                        self.open(scenario);
                        self.running = run;
                        Vec::new()
                    }
                    Err(problems) => problems,
                };
                self.answer(token, problems, None);
            }
            ToWorker::Watch(watch) => {
                self.watch = watch;
            }
            ToWorker::Run => self.running = true,
            ToWorker::Pause => self.running = false,
            ToWorker::Step(step) => self.step(step),
            ToWorker::Seek(at) => {
                if self.wall_clock.is_none() {
                    self.running = false;
                    self.look(at.min(self.head()));
                }
            }
            ToWorker::Speed(speed) => self.speed = clock::within(speed),
            ToWorker::Faster(times) => self.speed = clock::faster(self.speed, times),
            ToWorker::Break { token, on } => self.set_breaks(token, on),
            ToWorker::Edit { token, edit } => self.edit(token, edit),
            ToWorker::Check { token, draft } => {
                let cast = self.cast_at_playhead();
                let (problems, hints) = project::check_draft(&cast, &self.pen.log, &draft);
                self.answers.push_back(FromWorker::Answer(Answer {
                    token,
                    problems,
                    hints,
                    ..Answer::default()
                }));
            }
            ToWorker::Export(token) => {
                let text = Some(self.cast_at_playhead().scenario.to_text());
                self.answers.push_back(FromWorker::Answer(Answer {
                    token,
                    text,
                    ..Answer::default()
                }));
            }
            ToWorker::Bookmark(token) => self.bookmark(token),
            ToWorker::Print(token) => {
                let print = Some(self.print());
                self.answers.push_back(FromWorker::Answer(Answer {
                    token,
                    print,
                    ..Answer::default()
                }));
            }
            ToWorker::Remote { token, broker } => self.go_remote(token, broker),
            ToWorker::LeaveRemote => {
                if self.wall_clock.is_some() {
                    let scenario = self.cast_at_playhead().scenario.clone();
                    self.open(scenario);
                    self.running = true;
                }
            }
        }
    }

    /// Something happened to a socket.
    pub fn handle_socket(&mut self, wall_ms: f64, socket: SocketId, news: SocketNews) {
        self.advance(wall_ms);
        self.run.socket(&mut self.pen, socket, news);
    }

    /// The next thing to do with a socket. To be called until there is none, after every other
    /// call.
    pub fn poll_socket(&mut self) -> Option<SocketOrder> {
        let old = self.hosts.orders.pop_front();
        old.or_else(|| self.run.poll_socket())
    }

    /// Lets the world go on to this moment of the wall.
    pub fn advance(&mut self, wall_ms: f64) {
        let passed = (wall_ms - self.wall_ms).max(0.0);
        self.wall_ms = self.wall_ms.max(wall_ms);
        if let Some(wall) = &self.wall_clock {
            let now = Micros(((self.wall_ms - wall.origin_ms).max(0.0) * 1000.0) as u64);
            self.advance_wall(now);
        } else if self.running {
            self.advance_virtual(passed.min(AWAY_MS_MAX) * 1000.0);
        }
        self.rate = match self.running {
            true => self.rate_now(),
            false => 0.0,
        };
    }

    /// When [`Engine::advance`] has something to do again, in milliseconds of the wall; none if
    /// only the page or a socket changes anything.
    pub fn wake_at(&self) -> Option<f64> {
        if let Some(wall) = &self.wall_clock {
            let next = self.run.next_at()?;
            let lag = LAG.0 as f64 / 1000.0;
            let due = wall.origin_ms + next.0 as f64 / 1000.0;
            return Some(due.min(self.wall_ms + lag / 4.0).max(self.wall_ms));
        }
        if !self.running || self.rate <= 0.0 {
            return None;
        }
        let next = self.next_event()?;
        let left = (next.0 as f64 - self.playhead).max(0.0) / self.rate / 1000.0;
        Some(self.wall_ms + left.min(SLEEP_MS_MAX))
    }

    /// What has changed for the page, as one batch; empty if nothing has.
    pub fn poll_batch(&mut self, wall_ms: f64) -> Vec<FromWorker> {
        self.advance(wall_ms);
        let mut batch: Vec<FromWorker> = self.answers.drain(..).collect();
        self.look_around(&mut batch);
        batch
    }

    /// The hash of the run so far: the same scene, seed and edits give the same on every target.
    pub fn log_hash(&self) -> u64 {
        match &self.left {
            Some(left) => left.hash,
            None => self.pen.log.hash(),
        }
    }

    /// The fingerprint of the run up to the playhead.
    pub fn print(&self) -> Print {
        let next = Seq(self.board.next);
        Print {
            at: Micros(self.playhead as u64),
            entries: next.0,
            hash: self.pen.log.hash_before(next),
        }
    }

    /// Opens a scene in place of the present one.
    fn open(&mut self, scenario: Scenario) {
        self.end_run();
        let first = scenario == Scenario::kitchen_sensors();
        self.origin = (!first).then(|| scenario.to_text());
        let mut cast = Cast::new(scenario, Broker::Glass);
        self.versions += 1;
        cast.version = self.versions;
        let cast = Rc::new(cast);
        self.pen = Pen::default();
        self.run = first_moment(&cast, &mut self.pen);
        self.wall_clock = None;
        self.begin(cast);
    }

    fn begin(&mut self, cast: Rc<Cast>) {
        self.past = Past::new(&self.run, &self.pen);
        self.left = None;
        self.forks = Forks::default();
        self.casts = vec![cast.clone()];
        self.cast = cast;
        self.windows = Windows::default();
        self.board = Board::default();
        self.look(Micros(0));
    }

    /// Ends the present run; sockets it has are closed politely.
    fn end_run(&mut self) {
        if self.wall_clock.is_none() {
            return;
        }
        let empty = Rc::new(Cast::new(Scenario::empty(), Broker::Glass));
        let next = Run::new(empty, &mut Pen::default());
        let old = std::mem::replace(&mut self.run, next);
        self.hosts = old.part(&mut self.pen);
    }

    fn go_remote(&mut self, token: Token, broker: RemoteBroker) {
        let now = self.cast_at_playhead();
        let draft = Draft::Url(broker.url.clone());
        let (problems, _) = project::check_draft(&now, &self.pen.log, &draft);
        if !problems.is_empty() {
            self.answer(token, problems, None);
            return;
        }
        self.end_run();
        let remote = Broker::Remote {
            url: broker.url.clone(),
            says: None,
        };
        let mut cast = Cast::new(now.scenario.clone(), remote);
        self.versions += 1;
        cast.version = self.versions;
        let cast = Rc::new(cast);
        self.pen = Pen::patient();
        // Somebody's devices may have the names of a lesson.
        let suffix = format!("-{:04x}", (self.wall_ms * 1000.0) as u64 & 0xFFFF);
        let hosts = std::mem::take(&mut self.hosts);
        self.run = Run::remote(cast.clone(), &broker, suffix, hosts, &mut self.pen);
        self.wall_clock = Some(WallClock {
            origin_ms: self.wall_ms,
            written: Micros(0),
        });
        self.running = true;
        self.begin(cast);
        self.answer(token, Vec::new(), None);
    }

    fn answer(
        &mut self,
        token: Token,
        problems: Vec<Problem>,
        actor: Option<crate::view::ActorId>,
    ) {
        self.answers.push_back(FromWorker::Answer(Answer {
            token,
            problems,
            actor,
            ..Answer::default()
        }));
    }

    /// Goes on by so many microseconds of the wall.
    fn advance_virtual(&mut self, mut micros: f64) {
        let begun = self.board.next;
        for _ in 0..STEPS_MAX {
            if self.board.next - begun >= ENTRIES_MAX {
                break;
            }
            let rate = self.rate_now();
            let Some(next) = self.next_event() else {
                self.playhead += micros * rate;
                break;
            };
            let left = (next.0 as f64 - self.playhead).max(0.0);
            if left > micros * rate {
                self.playhead += micros * rate;
                break;
            }
            micros -= left / rate;
            self.playhead = next.0 as f64;
            self.came = next;
            let before = self.board.end();
            self.reach(next);
            if self.stop_at_breaks(before) {
                break;
            }
        }
        let at = Micros(self.playhead as u64);
        self.reach(at);
    }

    fn advance_wall(&mut self, now: Micros) {
        let mut steps = 0;
        while self.run.next_at().is_some_and(|next| next <= now) && steps < STEPS_MAX {
            self.run.step(&mut self.pen);
            steps += 1;
        }
        self.run.rest(now);
        let written = self.pen.settle(now);
        if let Some(wall) = &mut self.wall_clock {
            wall.written = written;
        }
        if self.running {
            let before = self.board.end();
            self.playhead = written.0 as f64;
            let end = self.pen.log.after(written);
            self.board.advance(&self.pen.log, end);
            self.stop_at_breaks(before);
        }
    }

    fn rate_now(&self) -> f64 {
        if self.wall_clock.is_some() {
            return 1.0;
        }
        let before = self.board.next.checked_sub(1);
        let last = before.and_then(|before| self.pen.log.get(Seq(before)));
        let members = self.casts.last().map(|cast| cast.members());
        let ways = members.into_iter().flatten();
        let ways = ways.filter(|(_, actor, _)| actor.latency_ms > 0);
        clock::rate(
            self.speed,
            &clock::Moment {
                flying: !self.board.flying.is_empty(),
                last: last
                    .map_or(Micros(0), |last| last.at)
                    .max(self.came.min(Micros(self.playhead as u64))),
                next: self.next_event(),
                fastest: ways
                    .map(|(_, actor, _)| Micros::from_millis(actor.latency_ms.into()))
                    .min(),
            },
        )
    }

    fn cast_at_playhead(&self) -> Rc<Cast> {
        let version = self.board.scene;
        let found = self.casts.iter().find(|cast| cast.version == version);
        found.unwrap_or(&self.cast).clone()
    }

    fn clock(&self) -> Clock {
        let playhead = Micros(self.playhead as u64);
        let head = match &self.wall_clock {
            Some(wall) => wall.written,
            None => self.head(),
        };
        Clock {
            playhead,
            head: head.max(playhead),
            begins: self.begins(),
            event: self.pen.log.number_at(playhead),
            running: self.running,
            speed: self.speed,
            rate: self.rate,
            until: match self.wall_clock {
                // What comes next is told by somebody else, and told late enough to be drawn.
                Some(_) => Micros(u64::MAX),
                None => self.next_event().unwrap_or(Micros(u64::MAX)),
            },
            wall_ms: self.wall_ms,
            kind: match &self.wall_clock {
                Some(wall) => ClockKind::Wall {
                    origin_ms: wall.origin_ms,
                },
                None => ClockKind::Virtual,
            },
            stopped: self
                .breaks
                .stopped
                .filter(|(_, at)| !self.running && *at == playhead)
                .map(|(place, _)| place),
        }
    }
}

/// A run after everything that happens at its very beginning.
fn first_moment(cast: &Rc<Cast>, pen: &mut Pen) -> Run {
    let mut run = Run::new(cast.clone(), pen);
    pass(&mut run, pen, Micros(0));
    run
}

/// True for what a step stops at: departures, arrivals and deeds.
fn is_event(what: &What) -> bool {
    matches!(
        what,
        What::Sent(_) | What::Arrived(_) | What::Died(_) | What::Deed { .. } | What::Broker { .. }
    )
}

/// A problem of a form as a whole.
fn problem(sentence: impl Into<String>) -> Problem {
    Problem {
        field: FormField::Form,
        sentence: sentence.into(),
    }
}
