//! What people change in a run while it goes on.

use std::rc::Rc;

use bytes::Bytes;
use tidings_core::packet::{Disconnect, Properties, Property, ReasonCode};

use super::facts::core_qos;
use super::player::{Player, Tongue, options};
use super::{Doing, Pen, Run, instant};
use crate::cast::Cast;
use crate::log::What;
use crate::scenario::{Actor, BrokerDeed, Deed, Qos, Speaks, Version};
use crate::view::{ActorId, Cut, Edit, Micros, Presence};

/// A change at a moment. A run that is repeated gets the same changes at the same moments.
#[derive(Clone, Debug)]
pub(crate) struct Input {
    /// Which; two runs have a change in common if they have the same.
    pub(crate) id: u32,
    /// After everything that happens at this moment.
    pub(crate) at: Micros,
    pub(crate) touch: Touch,
    /// What the page asked for.
    pub(crate) edit: Edit,
}

/// What is changed.
#[derive(Clone, Debug)]
pub(crate) enum Touch {
    /// Another cast: some leave, some come, some change.
    Recast(Rc<Cast>),
    /// Something is done to an actor.
    Deed(ActorId, Deed),
    /// Something will be done to an actor, at a moment that is yet to come.
    Later(Micros, ActorId, Deed),
    /// A cut at the arrival of a packet is arranged, or whatever cut is arranged is taken back.
    Cut(ActorId, Option<Cut>),
    /// Something happens to the broker of glass.
    Broker(BrokerDeed),
    /// An actor says something once.
    Say {
        id: ActorId,
        topic: String,
        payload: String,
        qos: Qos,
        retain: bool,
    },
    /// An actor's connection carries these bytes, whatever they are.
    Bytes(ActorId, Bytes),
    /// An actor says the next word of the n-th of what it says.
    SayNext(ActorId, usize),
}

impl Run {
    /// Changes the run at this moment.
    pub(crate) fn touch(&mut self, pen: &mut Pen, touch: &Touch) {
        match touch {
            Touch::Recast(cast) => self.recast(pen, cast),
            Touch::Deed(id, deed) => self.deed(pen, *id, *deed),
            Touch::Later(at, id, deed) => {
                self.queue
                    .push((*at).max(self.now), Doing::Beat(*id, *deed));
            }
            Touch::Cut(id, cut) => self.arrange_cut(pen, *id, *cut),
            Touch::Broker(deed) => self.broker_deed(pen, *deed),
            Touch::Bytes(id, bytes) => self.send_raw(pen, *id, bytes.clone()),
            Touch::Say {
                id,
                topic,
                payload,
                qos,
                retain,
            } => {
                if let Some(player) = self.players.get_mut(id) {
                    let (now, qos) = (instant(self.now), core_qos(*qos));
                    let properties = Properties::default();
                    player.say(now, topic, payload.clone(), qos, *retain, properties);
                    self.settle(pen, *id, None);
                }
            }
            Touch::SayNext(id, n) => {
                if let Some(player) = self.players.get_mut(id) {
                    player.speak(instant(self.now), *n);
                    self.settle(pen, *id, None);
                }
            }
        }
    }

    fn recast(&mut self, pen: &mut Pen, cast: &Rc<Cast>) {
        let gone: Vec<ActorId> = self.players.keys().copied().collect();
        for id in gone {
            if cast.actor(id).is_none() {
                self.depart(pen, id, true);
            }
        }
        self.cast = cast.clone();
        let scene = cast.version;
        pen.note(self.now, None, What::Edited { scene });
        for (id, actor, _) in cast.members() {
            match self.players.get(&id) {
                None => self.enter(id),
                Some(player) if player.actor != *actor => self.amend(pen, id, actor),
                Some(_) => {}
            }
        }
    }

    /// A client ends: it says goodbye, and may ask the broker to forget it, which only 5.0 can.
    pub(super) fn depart(&mut self, pen: &mut Pen, id: ActorId, forget: bool) {
        let Some(player) = self.players.get_mut(&id) else {
            return;
        };
        let goodbye = Disconnect {
            reason: ReasonCode::Success,
            properties: match player.actor.version {
                Version::V5 if forget => Properties::build([Property::SessionExpirySecs(0)]),
                _ => Properties::default(),
            },
        };
        player.client.stop_with(instant(self.now), goodbye);
        self.settle(pen, id, None);
        self.ways.drop_end(id);
        self.break_silence(pen, id);
        self.players.remove(&id);
        self.queue.retain(|doing| match doing {
            Doing::Start(other)
            | Doing::Speak { actor: other, .. }
            | Doing::Beat(other, _)
            | Doing::Handled(other) => *other != id,
            _ => true,
        });
    }

    /// The same actor in other words. It connects anew only if its CONNECT is another one.
    fn amend(&mut self, pen: &mut Pen, id: ActorId, actor: &Actor) {
        let Some(player) = self.players.get_mut(&id) else {
            return;
        };
        let connect = |actor: &Actor| {
            let Actor {
                name,
                version,
                transport,
                keep_alive_secs,
                away,
                connect,
                will,
                values,
                ..
            } = actor.clone();
            // A will is a template: its values are part of it.
            let will = will.map(|will| (will, values));
            (
                name,
                version,
                transport,
                keep_alive_secs,
                away,
                connect,
                will,
            )
        };
        if connect(&player.actor) != connect(actor) {
            self.reconnect(pen, id, actor);
            return;
        }
        let old = std::mem::replace(&mut player.actor, actor.clone());
        if old.wire() != actor.wire() {
            pen.note(self.now, None, What::Wire(id, actor.wire()));
        }
        player.client.set_options(options(actor, &self.manner));
        player.ask(instant(self.now));
        player.tongues.truncate(actor.speaks.len());
        for (n, speaks) in actor.speaks.iter().enumerate() {
            let before = old.speaks.get(n);
            let rhythm = |speaks: &Speaks| {
                let bursts = (speaks.burst, speaks.pause_ms);
                (speaks.period_ms, speaks.first_ms, speaks.by_hand, bursts)
            };
            let same_rhythm = before.is_some_and(|old| rhythm(old) == rhythm(speaks));
            let same_voice = before.is_some_and(|old| old.payload == speaks.payload);
            if same_voice && same_rhythm {
                player.tongues[n].voice.amend(actor, speaks);
            } else {
                let fresh = Tongue::new(actor, speaks, self.seed, id, n as u8);
                match player.tongues.get_mut(n) {
                    Some(tongue) => tongue.voice = fresh.voice,
                    None => player.tongues.push(fresh),
                }
            }
            if !same_rhythm {
                let tongue = &mut player.tongues[n];
                let period = Micros::from_millis(speaks.period_ms);
                let at = Micros(tongue.last.0 + period.0).max(self.now);
                tongue.turn += 1;
                tongue.beats = 0;
                tongue.next = (!speaks.by_hand).then_some(at);
                let turn = tongue.turn;
                if speaks.by_hand {
                    continue;
                }
                self.queue.push(at, Doing::Speak { actor: id, n, turn });
            }
        }
        self.settle(pen, id, None);
    }

    /// Another client in the place of an actor's first one, as far as possible where that was.
    fn reconnect(&mut self, pen: &mut Pen, id: ActorId, actor: &Actor) {
        let Some(before) = self.players.get(&id) else {
            return;
        };
        let mut player = Player::new(id, actor, self.seed, &self.manner);
        (player.presence, player.unplugged) = (before.presence, before.unplugged);
        (player.turn, player.away_since) = (before.turn, before.away_since);
        player.link = before.link;
        // The broker knows it by its name: under another one it is a stranger.
        let stays = player.client_id() == before.client_id();
        if stays {
            player.session = before.session;
            player.asked.clone_from(&before.asked);
        }
        let beats: Vec<(Micros, Deed)> = self
            .queue
            .iter()
            .filter_map(|(at, doing)| match doing {
                Doing::Beat(other, deed) if *other == id => Some((at, *deed)),
                _ => None,
            })
            .collect();
        self.depart(pen, id, !stays);
        player.arrange(self.now, &mut self.queue, |speaks| speaks.period_ms);
        for (at, deed) in beats {
            self.queue.push(at, Doing::Beat(id, deed));
        }
        let presence = player.presence;
        self.players.insert(id, player);
        if !stays {
            let held = false;
            pen.note(self.now, None, What::Session { actor: id, held });
        }
        match presence {
            Presence::Connected | Presence::Connecting => {
                self.queue.push(self.now, Doing::Start(id));
            }
            Presence::NotYet => {
                let start = Micros::from_millis(actor.start_ms).max(self.now);
                self.queue.push(start, Doing::Start(id));
            }
            Presence::Away { .. } => self.leave(pen, id),
        }
    }

    /// Sends bytes as they are on an actor's connection, if it has one.
    pub(crate) fn send_raw(&mut self, pen: &mut Pen, id: ActorId, bytes: Bytes) {
        if let Some(player) = self.players.get_mut(&id) {
            let _ = player.client.send_raw(instant(self.now), bytes);
            self.settle(pen, id, None);
        }
    }
}
