//! An actor as a client: what the scenario says of it, as options, calls and words.

use std::collections::VecDeque;
use std::time::Duration;

use bytes::Bytes;
use tidings_core::client::{
    AckToken, Client, Limits, Offline, Options, Publishing, Reconnect, SESSION_NEVER_EXPIRES,
};
use tidings_core::packet::{Properties, Property, RetainHandling, SubscribeOptions, Will};
use tidings_core::time::Instant;
use tidings_core::topic::Utf8;

use super::Doing;
use super::facts::{core_qos, core_version};
use crate::chance::Chance;
use crate::log::Seq;
use crate::queue::Queue;
use crate::scenario::{self, Actor, Away, Listens, check};
use crate::view::{ActorId, LinkState, Micros, Presence, Trouble};
use crate::voice::Voice;

/// One actor and its client.
#[derive(Clone, Debug)]
pub(super) struct Player {
    pub(super) id: ActorId,
    pub(super) actor: Actor,
    pub(super) client: Client,
    pub(super) tongues: Vec<Tongue>,
    /// What the broker was asked for and has not been asked to forget.
    pub(super) asked: Vec<Listens>,
    /// Messages that wait for a slow listener, oldest first, and the packets they came by.
    pub(super) unhandled: VecDeque<(AckToken, Option<Seq>)>,
    /// When it is done with the first of them.
    pub(super) busy: Option<(Micros, Micros)>,
    pub(super) unplugged: bool,
    /// The broker keeps a session for it.
    pub(super) session: bool,
    pub(super) presence: Presence,
    pub(super) trouble: Option<Trouble>,
    pub(super) away_since: Micros,
    /// As the log has it.
    pub(super) link: LinkState,
    /// It has lost its memory and was not started since.
    pub(super) crashed: bool,
    /// Counts connections.
    pub(super) turn: u32,
}

/// What says one of an actor's topics.
#[derive(Clone, Debug)]
pub(super) struct Tongue {
    pub(super) voice: Voice,
    /// Cancels what was arranged before the rate changed.
    pub(super) turn: u32,
    /// When it spoke or was due last, and when it is next.
    pub(super) last: Micros,
    pub(super) next: Option<Micros>,
    /// Its time came while it could not speak.
    pub(super) due: bool,
}

/// How a client of a run is told to behave, beyond what its actor says.
#[derive(Clone, Debug, Default)]
pub(super) struct Manner {
    /// Put behind the name to make a Client Identifier nobody else has.
    pub(super) suffix: String,
    pub(super) username: String,
    pub(super) password: String,
}

impl Player {
    pub(super) fn new(id: ActorId, actor: &Actor, seed: u64, manner: &Manner) -> Self {
        let options = options(actor, manner);
        let tongues = (0..)
            .zip(&actor.speaks)
            .map(|(n, speaks)| Tongue::new(speaks, seed, id, n))
            .collect();
        Self {
            id,
            actor: actor.clone(),
            client: Client::new(options, Chance::new(seed, 1_000 + u64::from(id.0)).next()),
            tongues,
            asked: Vec::new(),
            unhandled: VecDeque::new(),
            busy: None,
            unplugged: false,
            session: false,
            presence: Presence::NotYet,
            trouble: None,
            away_since: Micros(0),
            link: LinkState::Open,
            crashed: false,
            turn: 0,
        }
    }

    /// The Client Identifier.
    pub(super) fn client_id(&self) -> &str {
        self.client.options().client_id.as_str()
    }

    /// Arranges the next word of each of its topics, `after` so many milliseconds.
    pub(super) fn arrange(
        &mut self,
        now: Micros,
        queue: &mut Queue<Doing>,
        after: fn(&scenario::Speaks) -> u64,
    ) {
        let (actor, speaks) = (self.id, &self.actor.speaks);
        for (n, (tongue, speaks)) in self.tongues.iter_mut().zip(speaks).enumerate() {
            let at = Micros(now.0 + Micros::from_millis(after(speaks)).0);
            (tongue.last, tongue.next) = (now, Some(at));
            let turn = tongue.turn;
            queue.push(at, Doing::Speak { actor, n, turn });
        }
    }

    /// Says the next word of one of its topics, if it is connected. Whether it did.
    pub(super) fn speak(&mut self, now: Instant, n: usize) -> bool {
        let (Some(tongue), Some(speaks)) = (self.tongues.get_mut(n), self.actor.speaks.get(n))
        else {
            return false;
        };
        tongue.due = !self.client.is_connected();
        if tongue.due {
            return false;
        }
        let word = tongue.voice.next();
        let (topic, qos, retain) = (speaks.topic.clone(), speaks.qos, speaks.retain);
        self.say(now, &topic, &word, qos, retain);
        true
    }

    /// Says something once.
    pub(super) fn say(
        &mut self,
        now: Instant,
        topic: &str,
        word: &str,
        qos: scenario::Qos,
        retain: bool,
    ) {
        if let Ok(topic) = check::topic(topic) {
            let publishing = Publishing::new(topic, word.to_owned())
                .qos(core_qos(qos))
                .retain(retain);
            // Refused only when ten thousand wait already; then this one is not said.
            let _ = self.client.publish(now, publishing);
        }
    }

    /// Asks for what it listens to and was not asked for, and for the end of what it no longer
    /// listens to. One SUBSCRIBE each, in the order of the page.
    pub(super) fn ask(&mut self, now: Instant) {
        if !self.client.is_connected() {
            return;
        }
        let wanted = &self.actor.listens;
        let is_wanted = |asked: &Listens| wanted.iter().any(|one| one.filter == asked.filter);
        let gone: Vec<Utf8> = self
            .asked
            .iter()
            .filter(|asked| !is_wanted(asked))
            .filter_map(|asked| Utf8::copy_from(&asked.filter).ok())
            .collect();
        if !gone.is_empty() {
            // Refused only when a thousand requests wait.
            let _ = self.client.unsubscribe(now, gone, Properties::default());
        }
        for one in wanted {
            let same = |asked: &Listens| same_subscription(asked, one);
            if self.asked.iter().any(same) {
                continue;
            }
            let Ok(filter) = Utf8::copy_from(&one.filter) else {
                continue;
            };
            let options = subscribe_options(one, self.actor.version);
            let filters = [(filter, options)];
            let _ = self.client.subscribe(now, filters, Properties::default());
        }
        self.asked.clone_from(wanted);
    }

    /// How long it takes to handle a message.
    pub(super) fn handling(&self) -> Micros {
        let slowest = self.actor.listens.iter().map(|one| one.handling_ms).max();
        Micros::from_millis(slowest.unwrap_or(0).into())
    }
}

impl Tongue {
    pub(super) fn new(speaks: &scenario::Speaks, seed: u64, id: ActorId, n: u8) -> Self {
        Self {
            voice: Voice::of(speaks, seed, id, n),
            turn: 0,
            last: Micros(0),
            next: None,
            due: false,
        }
    }
}

fn same_subscription(one: &Listens, other: &Listens) -> bool {
    let key = |listens: &Listens| {
        let Listens {
            filter,
            channel: _,
            qos,
            no_local,
            retain_as_published,
            retain_handling,
            handling_ms: _,
        } = listens.clone();
        (filter, qos, no_local, retain_as_published, retain_handling)
    };
    key(one) == key(other)
}

/// What a CONNECT and a client's conduct follow from.
pub(super) fn options(actor: &Actor, manner: &Manner) -> Options {
    let id = format!("{}{}", actor.name, manner.suffix);
    let id = Utf8::copy_from(&id).unwrap_or_default();
    let (username, password) = identity(manner);
    Options {
        version: core_version(actor.version),
        clean_start: actor.away == Away::Forget,
        session_expiry_secs: match actor.away {
            Away::Forget => 0,
            Away::KeepHour => 3600,
            Away::Keep => SESSION_NEVER_EXPIRES,
        },
        keep_alive_secs: actor.keep_alive_secs,
        will: actor.will.as_ref().and_then(will),
        username,
        password,
        manual_ack: true,
        // A page that is loaded again has no memory of what the broker kept for it.
        unknown_session: tidings_core::client::UnknownSession::Adopt,
        reconnect: Reconnect::Backoff {
            min: Duration::from_secs(1),
            max: Duration::from_secs(30),
            jitter_percent: 25,
        },
        limits: Limits {
            offline: Offline::Refuse,
            ..Limits::default()
        },
        ..Options::new(id)
    }
}

/// What the broker is to say for an actor. None if its topic is none, which a checked scene has not.
fn will(will: &scenario::Will) -> Option<Will> {
    Some(Will {
        topic: check::topic(&will.topic).ok()?,
        payload: will.payload.clone().into(),
        qos: core_qos(will.qos),
        retain: will.retain,
        properties: match will.delay_secs {
            0 => Properties::default(),
            secs => Properties::build([Property::WillDelaySecs(secs)]),
        },
    })
}

/// User name and password, where there are any.
pub(super) fn identity(manner: &Manner) -> (Option<Utf8>, Option<Bytes>) {
    let name = Utf8::copy_from(&manner.username).ok();
    let password = (!manner.password.is_empty()).then(|| manner.password.clone().into());
    (name.filter(|name| !name.as_str().is_empty()), password)
}

fn subscribe_options(listens: &Listens, version: scenario::Version) -> SubscribeOptions {
    let qos = core_qos(listens.qos);
    if version != scenario::Version::V5 {
        return SubscribeOptions {
            qos,
            ..SubscribeOptions::default()
        };
    }
    SubscribeOptions {
        qos,
        no_local: listens.no_local,
        retain_as_published: listens.retain_as_published,
        retain_handling: match listens.retain_handling {
            scenario::RetainHandling::Send => RetainHandling::Send,
            scenario::RetainHandling::IfNew => RetainHandling::SendIfNew,
            scenario::RetainHandling::Never => RetainHandling::DoNotSend,
        },
    }
}
