//! The engine among what drives it, one turn at a time.

use std::cell::{Cell, RefCell};

use tidings_world::engine::{Engine, SocketId, SocketNews};
use tidings_world::view::{
    Answer, FormField, FromWorker, Problem, ToWorker, Token, decode, encode,
};
use web_sys::Event;

use crate::outbox::Outbox;
use crate::ports;
use crate::scope::{Listener, bytes_of, post, scope, wall_ms};
use crate::sockets::Sockets;
use crate::timers::Timer;

thread_local! {
    /// This thread's one worker: callbacks of the browser come here.
    static WORKER: RefCell<Option<Worker>> = const { RefCell::new(None) };
    /// It broke: whatever still comes is ignored.
    static IS_BROKEN: Cell<bool> = const { Cell::new(false) };
}

/// An engine, and whatever the browser does for it.
struct Worker {
    engine: Engine,
    outbox: Outbox,
    sockets: Sockets,
    wake: Timer,
    /// What `wake` is set to.
    wake_at: Option<f64>,
    _messages: Listener,
}

/// Listens to the page, and greets it.
pub(crate) fn begin() {
    let worker = Worker {
        engine: Engine::new(wall_ms()),
        outbox: Outbox::new(|| turn(|worker, _| worker.outbox.begin_frame())),
        sockets: Sockets::new(|id, news| turn(|worker, now| worker.hear(now, id, news))),
        wake: Timer::new(|| turn(|worker, _| worker.wake_at = None)),
        wake_at: None,
        _messages: Listener::new(&scope(), "message", |event| {
            if !ports::come(&event) {
                turn(|worker, now| worker.read(now, &event));
            }
        }),
    };
    WORKER.set(Some(worker));
    // The engine's first word is `Hello`.
    turn(|_, _| ());
}

/// Says that the engine broke, once.
pub(crate) fn break_down(what: &str) {
    if !IS_BROKEN.replace(true) {
        let message = what.to_owned();
        post(&encode(&[FromWorker::Broken { message }]));
    }
}

/// Whether it broke, and nothing is to be done any more.
pub(crate) fn is_broken() -> bool {
    IS_BROKEN.get()
}

/// One turn: something comes in, time goes on, and what follows goes out.
fn turn(input: impl FnOnce(&mut Worker, f64)) {
    if is_broken() {
        return;
    }
    WORKER.with_borrow_mut(|worker| {
        if let Some(worker) = worker {
            let now = wall_ms();
            input(worker, now);
            worker.go_on(now);
        }
    });
}

impl Worker {
    fn read(&mut self, now: f64, event: &Event) {
        match bytes_of(event).map(|bytes| decode::<ToWorker>(&bytes)) {
            Some(Ok(messages)) => {
                for message in messages {
                    self.engine.handle(now, message);
                }
            }
            Some(Err(error)) => self.outbox.send(&[not_understood(&error.to_string())]),
            None => self.outbox.send(&[not_understood("it is no ArrayBuffer")]),
        }
    }

    fn hear(&mut self, now: f64, id: SocketId, news: SocketNews) {
        if self.sockets.concerns_engine(id, &news) {
            self.engine.handle_socket(now, id, news);
        }
    }

    fn go_on(&mut self, now: f64) {
        self.engine.advance(now);
        self.carry_out_orders(now);
        if self.outbox.is_open() {
            let batch = self.engine.poll_batch(now);
            self.outbox.send(&batch);
            self.carry_out_orders(now);
        }
        let wake_at = self.engine.wake_at();
        if wake_at != self.wake_at {
            self.wake_at = wake_at;
            match wake_at {
                Some(at) => self.wake.set(at - now),
                None => self.wake.clear(),
            }
        }
    }

    fn carry_out_orders(&mut self, now: f64) {
        while let Some(order) = self.engine.poll_socket() {
            if let Some((id, news)) = self.sockets.carry_out(order) {
                self.engine.handle_socket(now, id, news);
            }
        }
    }
}

/// Page and worker are of one build, so this is a fault of ours; the page goes on.
fn not_understood(why: &str) -> FromWorker {
    FromWorker::Answer(Answer {
        // No question of the page is meant: it counts its own from 0.
        token: Token(u32::MAX),
        problems: vec![Problem {
            field: FormField::Form,
            sentence: format!("The worker does not understand this message: {why}"),
        }],
        ..Answer::default()
    })
}
