//! What goes wrong, as far as TCP lets it: links that stall, fall silent or break, clients and
//! brokers that lose their memory. On a connection that lives nothing is ever lost.

use std::sync::Arc;

use tidings_core::client::ClientEvent;
use tidings_core::packet::ReasonCode;

use super::broker::Glass;
use super::link::Stalled;
use super::player::Player;
use super::witness::Line;
use super::{Doing, Far, Pen, Run, config, instant};
use crate::log::{Seq, What};
use crate::scenario::{BrokerDeed, Deed};
use crate::view::{ActorId, Cut, EventNo, LinkState, Micros, Presence, Trouble, TroubleKind};

impl Run {
    /// Does something to an actor, and writes that down. What changes nothing is not done.
    pub(crate) fn deed(&mut self, pen: &mut Pen, id: ActorId, deed: Deed) {
        if !self.can(id, deed) {
            return;
        }
        let what = What::Deed {
            no: EventNo(0),
            actor: id,
            deed,
        };
        pen.note(self.now, None, what);
        match deed {
            Deed::SwitchOn => self.switch_on(pen, id),
            Deed::SwitchOff => {
                if let Some(player) = self.players.get_mut(&id) {
                    player.client.stop(instant(self.now), ReasonCode::Success);
                    self.settle(pen, id, None);
                }
            }
            Deed::Unplug => self.unplug(pen, id),
            Deed::Cut => self.cut_off(pen, id),
            Deed::CutAfter(bytes) => {
                self.spare(id);
                self.ways.cut_after(id, Some(bytes as usize));
            }
            Deed::Stall => self.stall(pen, id),
            Deed::Resume => self.resume(pen, id),
            Deed::Silence => self.silence(pen, id),
            Deed::Crash => self.crash(pen, id),
            Deed::Restart => {
                self.crash(pen, id);
                self.switch_on(pen, id);
            }
        }
    }

    /// Whether a deed would change anything.
    fn can(&self, id: ActorId, deed: Deed) -> bool {
        let Some(player) = self.players.get(&id) else {
            return false;
        };
        let away = !matches!(player.presence, Presence::Connected | Presence::Connecting);
        let glass = matches!(self.far, Far::Glass(_));
        let line = self.ways.line_of(id);
        match deed {
            Deed::Unplug => !player.unplugged,
            Deed::SwitchOff | Deed::Cut => !away,
            Deed::SwitchOn => away,
            Deed::CutAfter(_) => line.is_some(),
            Deed::Stall => glass && !self.ways.stalled.contains_key(&id),
            Deed::Resume => self.ways.stalled.contains_key(&id),
            Deed::Silence => line.is_some_and(|line| !self.ways.silent.contains_key(&line)),
            Deed::Crash | Deed::Restart => true,
        }
    }

    /// Arranges a cut for a moment, in the place of one that was arranged before.
    pub(super) fn arrange_cut(&mut self, pen: &mut Pen, id: ActorId, cut: Option<Cut>) {
        self.spare(id);
        match cut {
            Some(Cut::Packet { at, .. }) => {
                self.queue.push(at.max(self.now), Doing::CutOff(id));
            }
            Some(Cut::Bytes(bytes)) => self.ways.cut_after(id, Some(bytes as usize)),
            None => {}
        }
        pen.note(self.now, None, What::Cut(id, cut));
    }

    /// Takes back whatever cut is arranged.
    fn spare(&mut self, id: ActorId) {
        self.ways.cut_after(id, None);
        self.queue
            .retain(|doing| !matches!(doing, Doing::CutOff(other) if *other == id));
    }

    fn unplug(&mut self, pen: &mut Pen, id: ActorId) {
        let now = instant(self.now);
        let Some(player) = self.players.get_mut(&id) else {
            return;
        };
        player.unplugged = true;
        self.cut(pen, id);
        if let Some(player) = self.players.get_mut(&id) {
            player.client.transport_lost(now);
            player.client.abort(now);
        }
        self.settle(pen, id, None);
        self.leave(pen, id);
    }

    /// The connection breaks, and the client may make another.
    pub(super) fn cut_off(&mut self, pen: &mut Pen, id: ActorId) {
        self.cut(pen, id);
        if let Some(player) = self.players.get_mut(&id) {
            player.client.transport_lost(instant(self.now));
        }
        self.settle(pen, id, None);
    }

    /// Takes from the queue what is on connections, and gives it with its time.
    fn take_off(&mut self, is_it: impl Fn(Line) -> bool) -> Vec<(Micros, Doing)> {
        let on_line = |doing: &Doing| match doing {
            Doing::ToBroker(parcel) | Doing::ToActor(parcel) => is_it(parcel.line),
            Doing::ClosedByActor(line) | Doing::ClosedByBroker(line) => is_it(*line),
            _ => false,
        };
        let taken = self.queue.iter().filter(|(_, doing)| on_line(doing));
        let taken = taken.map(|(at, doing)| (at, doing.clone())).collect();
        self.queue.retain(|doing| !on_line(doing));
        taken
    }

    fn stall(&mut self, pen: &mut Pen, id: ActorId) {
        let held = self.take_off(|line| line.actor == id);
        let left = |at: Micros| Micros(at.0.saturating_sub(self.now.0));
        let held = held.into_iter().map(|(at, doing)| (left(at), doing));
        let stalled = Stalled {
            since: self.now,
            held: held.collect(),
        };
        self.ways.stalled.insert(id, stalled);
        self.link(pen, id);
    }

    fn resume(&mut self, pen: &mut Pen, id: ActorId) {
        let Some(stalled) = self.ways.stalled.remove(&id) else {
            return;
        };
        self.ways.delay(id, self.now.0 - stalled.since.0);
        for (left, doing) in stalled.held {
            self.queue.push(Micros(self.now.0 + left.0), doing);
        }
        self.link(pen, id);
    }

    fn silence(&mut self, pen: &mut Pen, id: ActorId) {
        let Some(line) = self.ways.line_of(id) else {
            return;
        };
        let mut lost = self.take_off(|other| other == line);
        if let Some(stalled) = self.ways.stalled.get_mut(&id) {
            lost.append(&mut stalled.held);
        }
        let packets = lost.into_iter().filter_map(|(_, doing)| match doing {
            Doing::ToBroker(parcel) | Doing::ToActor(parcel) => Some(parcel.packet),
            _ => None,
        });
        self.ways.silent.insert(line, packets.collect());
        self.link(pen, id);
    }

    /// An actor's end of its half-open connection is gone: what was on it is lost, and the broker
    /// has yet to find out.
    pub(super) fn break_silence(&mut self, pen: &mut Pen, id: ActorId) {
        let silent = &mut self.ways.silent;
        let lines: Vec<Line> = silent.keys().copied().filter(|l| l.actor == id).collect();
        let mut lost: Vec<Seq> = Vec::new();
        for line in &lines {
            if let Some(packets) = silent.get_mut(line) {
                lost.append(packets);
            }
        }
        crate::small::sort(&mut lost, |one, other| one < other);
        for packet in lost {
            pen.note(self.now, None, What::Died(packet));
        }
        // What the broker still sends on it vanishes as well.
        let doors = self.ways.lines(Some(id));
        self.ways
            .silent
            .retain(|line, _| line.actor != id || doors.contains(line));
        self.link(pen, id);
    }

    /// Writes down whether anything moves on an actor's link, if that has changed.
    fn link(&mut self, pen: &mut Pen, id: ActorId) {
        let line = self.ways.line_of(id);
        let state = if line.is_some_and(|line| self.ways.silent.contains_key(&line)) {
            LinkState::Silent
        } else if self.ways.stalled.contains_key(&id) {
            LinkState::Stalled
        } else {
            LinkState::Open
        };
        if let Some(player) = self.players.get_mut(&id)
            && player.link != state
        {
            player.link = state;
            pen.note(self.now, None, What::Link(id, state));
        }
    }

    /// A client loses its memory: another takes its place, with the same name and nothing else.
    fn crash(&mut self, pen: &mut Pen, id: ActorId) {
        self.cut(pen, id);
        let Some(before) = self.players.get_mut(&id) else {
            return;
        };
        before.client.transport_lost(instant(self.now));
        // Nobody hears what it would have said.
        while let Some(event) = before.client.poll_event() {
            debug_assert!(!matches!(event, ClientEvent::Dial));
        }
        let mut player = Player::new(id, &before.actor, self.seed, &self.manner);
        (player.turn, player.away_since) = (before.turn, before.away_since);
        (player.presence, player.session) = (before.presence, before.session);
        player.link = before.link;
        player.crashed = true;
        self.players.insert(id, player);
        self.queue.retain(|doing| match doing {
            Doing::Start(other) | Doing::Handled(other) => *other != id,
            Doing::Speak { actor, .. } => *actor != id,
            _ => true,
        });
        self.trouble(pen, id, None);
        self.leave(pen, id);
    }

    /// After a crash everything begins anew.
    pub(super) fn begin_anew(&mut self, id: ActorId) {
        let Some(player) = self.players.get_mut(&id).filter(|player| player.crashed) else {
            return;
        };
        player.crashed = false;
        player.arrange(self.now, &mut self.queue, |speaks| speaks.first_ms);
    }

    /// Does something to the broker of glass, and writes that down.
    pub(crate) fn broker_deed(&mut self, pen: &mut Pen, deed: BrokerDeed) {
        let Far::Glass(glass) = &mut self.far else {
            return;
        };
        if glass.down() != (deed == BrokerDeed::Start) {
            return;
        }
        let no = EventNo(0);
        pen.note(self.now, None, What::Broker { no, deed });
        let config = Arc::new(config(self.seed));
        if deed == BrokerDeed::Start {
            glass.start(config, self.now);
            self.hear(pen, None);
            return;
        }
        let lost = glass.crash(config, self.now, deed == BrokerDeed::Lose);
        for topic in lost.topics {
            pen.note(self.now, None, What::Unretained(topic));
        }
        let here: Vec<ActorId> = self.players.keys().copied().collect();
        for id in here {
            self.cut_off(pen, id);
            let Some(player) = self.players.get_mut(&id) else {
                continue;
            };
            let gone = lost
                .clients
                .iter()
                .any(|client| client == player.client_id());
            if gone && player.session {
                player.session = false;
                let (actor, held) = (id, false);
                pen.note(self.now, None, What::Session { actor, held });
                if matches!(player.presence, Presence::Away { .. }) {
                    self.leave(pen, id);
                }
            }
        }
        // Of actors that have left, too.
        let others = self.ways.lines(None);
        for line in others {
            self.cut(pen, line.actor);
        }
    }

    /// An actor dials, and the broker is down.
    pub(super) fn nobody_answers(&mut self, pen: &mut Pen, id: ActorId) {
        let trouble = Trouble {
            reason: None,
            kind: TroubleKind::Unreachable,
            sentence: "Nobody answers: the broker is down.".into(),
        };
        self.trouble(pen, id, Some(trouble));
        if let Some(player) = self.players.get_mut(&id) {
            player.client.transport_lost(instant(self.now));
        }
    }
}

/// What a broker that crashed no longer knows.
#[derive(Debug, Default)]
pub(super) struct Lost {
    /// Topics of words it kept for newcomers.
    pub(super) topics: Vec<bytes::Bytes>,
    /// Client Identifiers of sessions.
    pub(super) clients: Vec<String>,
}

impl Glass {
    /// It ends, and every word it had ready with it.
    fn crash(&mut self, config: Arc<tidings_core::config::Config>, now: Micros, all: bool) -> Lost {
        let state = self.node.state();
        if all {
            self.store.clear();
        }
        let clients = state.sessions.into_iter().map(|session| session.client);
        let topics = state.retained.into_iter().filter(|_| all);
        let lost = Lost {
            topics: topics.map(|kept| kept.topic.into()).collect(),
            clients: clients.filter(|id| !self.store.has_session(id)).collect(),
        };
        self.replace(config, now);
        self.down = true;
        lost
    }

    fn start(&mut self, config: Arc<tidings_core::config::Config>, now: Micros) {
        self.replace(config, now);
        self.node.restore(instant(now), self.store.records());
        self.down = false;
    }
}
