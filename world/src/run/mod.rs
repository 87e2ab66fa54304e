//! A run: a broker, its clients and the links between them, under one clock and one seed.
//!
//! A run is a driver as the server is one: it carries bytes and time between state machines of
//! the core and writes down what it carries and what they say. It is cheap to clone, and given
//! the same edits at the same times a clone does the same, entry for entry.
//!
//! Links begin open: what TCP does before the first byte of MQTT is not in the log. Everything
//! after that takes its time: a packet arrives as long after it left as the link is slow, and
//! never before one that left earlier on the same way.

mod broker;
mod edit;
mod facts;
mod fault;
mod link;
mod origins;
mod pen;
mod player;
mod players;
mod remote;
mod reply;
mod scout;
mod store;
#[cfg(test)]
mod tests;
mod timers;
mod witness;

pub(crate) use edit::{Input, Touch};
pub(crate) use facts::{core_version, decode};
pub(crate) use pen::{LAG, Pen};
pub(crate) use player::publish_properties;
pub(crate) use remote::Hosts;
pub(crate) use witness::Witness;

use std::rc::Rc;
use std::sync::Arc;

use tidings_core::client::{AckToken, ClientEvent, Disconnected};
use tidings_core::config::{Config, Limits};
use tidings_core::packet::{Publish, ReasonCode};
use tidings_core::time::Instant;

use crate::cast::Cast;
use crate::log::{Seq, What};
use crate::queue::Queue;
use crate::scenario::Deed;
use crate::scenario::check::PERIOD_MS_MIN;
use crate::view::{ActorId, Micros, Presence, Trouble, TroubleKind};

use broker::Glass;
use link::Ways;
use player::{Manner, Player, Unhandled};
use players::Players;
use remote::Remote;

/// Who has so many messages to handle answers no more of them.
const UNHANDLED_MAX: usize = 1_000;

/// One run of a scene, at one moment.
#[derive(Clone, Debug)]
pub(crate) struct Run {
    pub(crate) now: Micros,
    pub(crate) cast: Rc<Cast>,
    players: Players,
    queue: Queue<Doing>,
    ways: Ways,
    far: Far,
    manner: Manner,
    seed: u64,
}

/// What the actors talk to.
#[derive(Clone, Debug)]
enum Far {
    /// Our broker, whose every word is heard.
    Glass(Box<Glass>),
    /// Somebody else's, behind sockets.
    Remote(Box<Remote>),
}

/// Something that will happen.
#[derive(Clone, Debug)]
enum Doing {
    /// An actor connects for the first time.
    Start(ActorId),
    /// An actor's word is due.
    Speak { actor: ActorId, n: usize, turn: u32 },
    /// A beat of the script.
    Beat(ActorId, Deed),
    /// An actor's connection is cut, as it was arranged.
    CutOff(ActorId),
    /// A slow listener is done with a message.
    Handled(ActorId),
    /// A packet comes to the broker.
    ToBroker(link::Parcel),
    /// A packet comes to an actor.
    ToActor(link::Parcel),
    /// The broker hears that the other end has closed.
    ClosedByActor(witness::Line),
    /// An actor hears that the broker has closed.
    ClosedByBroker(witness::Line),
}

impl Run {
    /// A run of a scene against the broker of glass, at its beginning.
    pub(crate) fn new(cast: Rc<Cast>, pen: &mut Pen) -> Self {
        let seed = cast.scenario.seed;
        let far = Far::Glass(Box::new(Glass::new(Arc::new(config(seed)))));
        Self::begin(cast, far, Manner::default(), pen)
    }

    fn begin(cast: Rc<Cast>, far: Far, manner: Manner, pen: &mut Pen) -> Self {
        let mut run = Self {
            now: Micros(0),
            seed: cast.scenario.seed,
            cast: cast.clone(),
            players: Players::default(),
            queue: Queue::new(),
            ways: Ways::default(),
            far,
            manner,
        };
        pen.note(
            run.now,
            None,
            What::Edited {
                scene: cast.version,
            },
        );
        for (id, ..) in cast.members() {
            run.enter(id);
        }
        for beat in &cast.scenario.beats {
            if let Some(actor) = cast.named(&beat.actor) {
                let at = Micros::from_millis(beat.at_ms);
                run.queue.push(at, Doing::Beat(actor, beat.what));
            }
        }
        run
    }

    /// Brings an actor of the cast into the run, from this moment on.
    fn enter(&mut self, id: ActorId) {
        let Some(actor) = self.cast.actor(id) else {
            return;
        };
        let mut player = Player::new(id, actor, self.seed, &self.manner);
        let start = Micros(self.now.0 + Micros::from_millis(actor.start_ms).0);
        self.queue.push(start, Doing::Start(id));
        player.arrange(self.now, &mut self.queue, |speaks| speaks.first_ms);
        self.players.insert(id, player);
    }

    /// When the next thing happens.
    pub(crate) fn next_at(&self) -> Option<Micros> {
        let far = match &self.far {
            Far::Glass(glass) => glass.next_at(),
            Far::Remote(remote) => remote.next_at(),
        };
        let next = self.queue.next_at().into_iter().chain(far);
        let next = next.chain(self.players.next_at()).min()?;
        Some(next.max(self.now))
    }

    /// Lets the next thing happen. At one moment, what was arranged comes first, in the order in
    /// which it was arranged, then the broker's deadlines, then the clients'.
    pub(crate) fn step(&mut self, pen: &mut Pen) {
        let Some(at) = self.next_at() else { return };
        self.now = at;
        if self.queue.next_at().is_some_and(|next| next <= at) {
            if let Some((_, doing)) = self.queue.pop() {
                self.happen(pen, doing);
            }
            return;
        }
        if let Far::Glass(glass) = &mut self.far
            && glass.next_at().is_some_and(|next| next <= at)
        {
            glass.timeout(at);
            self.hear(pen, None);
            return;
        }
        if let Far::Remote(remote) = &mut self.far
            && remote.next_at().is_some_and(|next| next <= at)
        {
            remote.timeout(instant(at));
            return;
        }
        if let Some(id) = self.players.due_at(at) {
            let now = instant(self.now);
            if let Some(player) = self.players.get_mut(&id) {
                player.client.handle_timeout(now);
            }
            self.settle(pen, id, None);
        }
    }

    /// Bytes that a clone of it holds, about. What actors and links hold is little beside what the
    /// broker keeps for those who are away.
    pub(crate) fn weight(&self) -> usize {
        let kept = match &self.far {
            Far::Glass(glass) => glass.store.weight(),
            Far::Remote(_) => 0,
        };
        let topics = self.players.values().map(|player| player.tongues.len());
        kept + 6_000 * self.players.len() + 200 * topics.sum::<usize>()
    }

    /// Lets time pass to `at` without anything happening.
    pub(crate) fn rest(&mut self, at: Micros) {
        self.now = self.now.max(at);
    }

    fn happen(&mut self, pen: &mut Pen, doing: Doing) {
        let now = instant(self.now);
        match doing {
            Doing::Start(id) => self.switch_on(pen, id),
            Doing::Beat(id, deed) => self.deed(pen, id, deed),
            Doing::CutOff(id) => self.deed(pen, id, Deed::Cut),
            Doing::Speak { actor, n, turn } => self.speak(pen, actor, n, turn),
            Doing::Handled(actor) => {
                let Some(player) = self.players.get_mut(&actor) else {
                    return;
                };
                player.busy = None;
                if let Some(done) = player.unhandled.pop_front() {
                    let packet = done.packet;
                    player.handled(now, done);
                    self.settle(pen, actor, packet);
                }
                self.handle_next(actor);
            }
            Doing::ToBroker(parcel) => self.reach_broker(pen, parcel),
            Doing::ToActor(parcel) => self.reach_actor(pen, parcel),
            Doing::ClosedByActor(line) => {
                if let Far::Glass(glass) = &mut self.far {
                    glass.lost(now, line, tidings_core::node::LostCause::Closed);
                    self.ways.forget(line);
                    self.hear(pen, None);
                }
            }
            Doing::ClosedByBroker(line) => {
                let player = self.players.get_mut(&line.actor);
                if let Some(player) = player.filter(|player| player.turn == line.turn) {
                    player.client.transport_lost(now);
                    self.settle(pen, line.actor, None);
                }
            }
        }
    }

    /// A topic's time has come: its word is said, and the next is arranged.
    fn speak(&mut self, pen: &mut Pen, actor: ActorId, n: usize, turn: u32) {
        let now = self.now;
        let Some(player) = self.players.get_mut(&actor) else {
            return;
        };
        let (Some(tongue), Some(speaks)) = (player.tongues.get_mut(n), player.actor.speaks.get(n))
        else {
            return;
        };
        if tongue.turn != turn {
            return;
        }
        (tongue.last, tongue.next) = (now, None);
        if let Some(after) = speaks.after_ms(tongue.beats) {
            let at = Micros(now.0 + Micros::from_millis(after).0);
            tongue.beats += 1;
            tongue.next = Some(at);
            self.queue.push(at, Doing::Speak { actor, n, turn });
        }
        player.speak(instant(now), n);
        self.settle(pen, actor, None);
    }

    /// Says and sends everything a client has to say and send.
    fn settle(&mut self, pen: &mut Pen, id: ActorId, cause: Option<Seq>) {
        loop {
            let player = self.players.get_mut(&id);
            let event = player.and_then(|player| player.client.poll_event());
            match event {
                Some(event) => self.on_event(pen, id, cause, event),
                None if self.send(pen, id, cause) => {}
                None => return,
            }
        }
    }

    fn on_event(&mut self, pen: &mut Pen, id: ActorId, cause: Option<Seq>, event: ClientEvent) {
        let now = instant(self.now);
        let Some(player) = self.players.get_mut(&id) else {
            return;
        };
        match event {
            ClientEvent::Dial => self.dial(pen, id),
            ClientEvent::Hangup => {
                self.send(pen, id, cause);
                self.hang_up(pen, id);
            }
            ClientEvent::Connected {
                session_present, ..
            } => {
                if !session_present {
                    player.asked.clear();
                }
                if let Far::Remote(remote) = &mut self.far {
                    remote.let_in(now);
                }
                self.presence(pen, id, Presence::Connected);
                self.trouble(pen, id, None);
                let Some(player) = self.players.get_mut(&id) else {
                    return;
                };
                player.ask(now);
                for n in 0..player.tongues.len() {
                    if player.tongues[n].due {
                        player.speak(now, n);
                    }
                }
            }
            ClientEvent::Refused { ack, .. } => {
                let code = ack.reason as u8;
                let name = ack.reason.name();
                let detail = ack.properties.reason_string();
                let detail = detail.map(|text| format!(" It says: “{}”.", text.as_str()));
                let trouble = Trouble {
                    reason: Some(code),
                    kind: TroubleKind::Refused,
                    sentence: format!(
                        "The broker refused to let {} in: {name} (0x{code:02X}).{}",
                        player.actor.name,
                        detail.unwrap_or_default()
                    ),
                };
                self.trouble(pen, id, Some(trouble));
                self.leave(pen, id);
            }
            ClientEvent::Disconnected { why, .. } => self.disconnected(pen, id, why),
            ClientEvent::Message { publish, token } => self.got(id, &publish, token, cause),
            ClientEvent::Subscribed { reasons, .. } => {
                if let Some(reason) = reasons.into_iter().find(|reason| reason.is_error()) {
                    let trouble = Trouble {
                        reason: Some(reason as u8),
                        kind: TroubleKind::Refused,
                        sentence: format!(
                            "The broker did not grant {} a subscription: {} (0x{:02X}).",
                            player.actor.name,
                            reason.name(),
                            reason as u8
                        ),
                    };
                    self.trouble(pen, id, Some(trouble));
                }
            }
            ClientEvent::ProtocolError(fault) => {
                let trouble = Trouble {
                    reason: None,
                    kind: TroubleKind::Protocol,
                    sentence: format!("The broker sent what MQTT does not allow: {fault}."),
                };
                self.trouble(pen, id, Some(trouble));
            }
            ClientEvent::Published { .. }
            | ClientEvent::Unsubscribed { .. }
            | ClientEvent::RequestDropped { .. }
            | ClientEvent::Auth(_)
            | ClientEvent::Stray { .. } => {}
        }
    }

    fn disconnected(&mut self, pen: &mut Pen, id: ActorId, why: Disconnected) {
        let Some(player) = self.players.get_mut(&id) else {
            return;
        };
        let name = &player.actor.name;
        let found = match why {
            Disconnected::Stopped | Disconnected::ProtocolError => None,
            _ if player.unplugged => None,
            Disconnected::ByServer(disconnect) => {
                let reason = disconnect.reason;
                Some((
                    Some(reason as u8),
                    TroubleKind::Lost,
                    format!(
                        "The broker sent {name} away: {} (0x{:02X}).",
                        reason.name(),
                        reason as u8
                    ),
                ))
            }
            // Whoever carries the bytes said more about it, where more is known.
            Disconnected::TransportLost if player.trouble.is_some() => None,
            Disconnected::TransportLost => Some((
                None,
                TroubleKind::Lost,
                format!("The connection of {name} ended without a word."),
            )),
            Disconnected::NoTransport => Some((
                None,
                TroubleKind::Unreachable,
                "Nobody answered at this address in 20 seconds. Is the broker running, and is it the right port?".into(),
            )),
            Disconnected::NoConnAck => Some((
                None,
                TroubleKind::Unreachable,
                "Somebody answered, but no CONNACK came in 20 seconds. Is it an MQTT broker?".into(),
            )),
            Disconnected::NoPingResp => Some((
                None,
                TroubleKind::Lost,
                format!("No PINGRESP came for {name} in 20 seconds: the connection counts as lost."),
            )),
            Disconnected::PacketSizeUnusable => Some((
                Some(ReasonCode::PacketTooLarge as u8),
                TroubleKind::Refused,
                "The broker takes no packet as large as one that has to be sent.".into(),
            )),
            Disconnected::Unencodable => Some((
                None,
                TroubleKind::Protocol,
                "The CONNECT cannot be written: name, user name or password is too long.".into(),
            )),
        };
        if let Some((reason, kind, sentence)) = found {
            let trouble = Trouble {
                reason,
                kind,
                sentence,
            };
            self.trouble(pen, id, Some(trouble));
        }
        self.leave(pen, id);
    }

    /// A message came to an actor: it is answered and acknowledged when it has been handled.
    fn got(
        &mut self,
        id: ActorId,
        publish: &Publish,
        token: Option<AckToken>,
        packet: Option<Seq>,
    ) {
        let now = instant(self.now);
        let Some(player) = self.players.get_mut(&id) else {
            return;
        };
        let waits = player.unhandled.len() < UNHANDLED_MAX;
        let reply = waits.then(|| player.reply(now, publish)).flatten();
        if token.is_none() && reply.is_none() {
            return;
        }
        let at_once = reply.is_none() && player.handling() == Micros(0);
        let got = Unhandled {
            token,
            packet,
            reply,
        };
        if at_once && player.unhandled.is_empty() {
            player.handled(now, got);
            return;
        }
        player.unhandled.push_back(got);
        if player.busy.is_none() {
            self.handle_next(id);
        }
    }

    fn handle_next(&mut self, id: ActorId) {
        let Some(player) = self.players.get_mut(&id) else {
            return;
        };
        let Some(next) = player.unhandled.front() else {
            return;
        };
        let mut takes = player.handling();
        if next.reply.is_some() {
            takes = takes.max(Micros::from_millis(PERIOD_MS_MIN));
        }
        let done = Micros(self.now.0 + takes.0);
        player.busy = Some((self.now, done));
        self.queue.push(done, Doing::Handled(id));
    }

    fn switch_on(&mut self, pen: &mut Pen, id: ActorId) {
        let now = instant(self.now);
        self.begin_anew(id);
        if let Some(player) = self.players.get_mut(&id) {
            player.unplugged = false;
            player.client.start(now);
            self.settle(pen, id, None);
        }
    }

    /// An actor is no longer connected.
    fn leave(&mut self, pen: &mut Pen, id: ActorId) {
        let Some(player) = self.players.get_mut(&id) else {
            return;
        };
        let known = player.unplugged || player.presence != Presence::NotYet;
        if !matches!(player.presence, Presence::Away { .. }) {
            player.away_since = self.now;
        }
        let presence = Presence::Away {
            unplugged: player.unplugged,
            session: player.session,
        };
        if known {
            self.presence(pen, id, presence);
        }
    }

    fn presence(&mut self, pen: &mut Pen, id: ActorId, presence: Presence) {
        if let Some(player) = self.players.get_mut(&id)
            && player.presence != presence
        {
            player.presence = presence;
            pen.note(self.now, None, What::Presence(id, presence));
        }
    }

    fn trouble(&mut self, pen: &mut Pen, id: ActorId, trouble: Option<Trouble>) {
        if let Some(player) = self.players.get_mut(&id)
            && player.trouble != trouble
        {
            player.trouble.clone_from(&trouble);
            pen.note(self.now, None, What::Trouble(id, trouble));
        }
    }
}

/// The broker of glass: its clients wait as long as they like, it says nothing by itself, and what
/// must outlive a crash goes into a store at once. Each checkpoint has its queues, so they are
/// shorter than a server's.
fn config(seed: u64) -> Config {
    Config {
        seed,
        durable: true,
        sys_interval: std::time::Duration::ZERO,
        limits: Limits {
            session_expiry_secs_max: u32::MAX,
            session_expiry_secs_v3: u32::MAX,
            queue_messages_max: 1_000,
            ..Limits::default()
        },
        ..Config::default()
    }
}

/// Clocks of the core begin a second after 0, which is no time for them.
const CORE_ZERO: u64 = 1_000_000;

fn instant(at: Micros) -> Instant {
    Instant::from_micros(at.0.saturating_add(CORE_ZERO))
}

fn micros(at: Instant) -> Micros {
    Micros(at.as_micros().saturating_sub(CORE_ZERO))
}
