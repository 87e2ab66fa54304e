//! An actor as a client: what the scenario says of it, as options, calls and words.

use std::collections::VecDeque;
use std::num::NonZeroU16;
use std::time::Duration;

use bytes::Bytes;
use tidings_core::client::{
    AckToken, Client, Limits, Offline, Options, Publishing, Reconnect, SESSION_NEVER_EXPIRES,
};
use tidings_core::packet::{Properties, Property, QoS, RetainHandling, SubscribeOptions, Will};
use tidings_core::time::Instant;
use tidings_core::topic::Utf8;

use super::Doing;
use super::facts::{core_qos, core_version};
use crate::chance::Chance;
use crate::log::Seq;
use crate::queue::Queue;
use crate::scenario::{self, Actor, Away, Listens, PublishProperties, UserProperties, check};
use crate::view::{ActorId, LinkState, Micros, Presence, Trouble};
use crate::voice::{Known, Values, Voice, Word};

/// One actor and its client.
#[derive(Clone, Debug)]
pub(super) struct Player {
    pub(super) id: ActorId,
    pub(super) actor: Actor,
    pub(super) client: Client,
    pub(super) tongues: Vec<Tongue>,
    /// What the broker was asked for and has not been asked to forget.
    pub(super) asked: Vec<Listens>,
    /// Messages that wait for a slow listener, oldest first.
    pub(super) unhandled: VecDeque<Unhandled>,
    /// How many it has answered.
    pub(super) answered: u64,
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

/// A message that is being handled, or waits for it.
#[derive(Clone, Debug)]
pub(super) struct Unhandled {
    /// What to acknowledge it by.
    pub(super) token: Option<AckToken>,
    /// The packet it came by.
    pub(super) packet: Option<Seq>,
    pub(super) reply: Option<Reply>,
}

/// What is said when a message has been handled.
#[derive(Clone, Debug)]
pub(super) struct Reply {
    pub(super) topic: String,
    pub(super) payload: String,
    pub(super) qos: QoS,
    pub(super) correlation: Option<Bytes>,
}

/// What says one of an actor's topics.
#[derive(Clone, Debug)]
pub(super) struct Tongue {
    pub(super) voice: Voice,
    /// Cancels what was arranged before the rate changed.
    pub(super) turn: u32,
    /// How often its time has come.
    pub(super) beats: u64,
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
            .map(|(n, speaks)| Tongue::new(actor, speaks, seed, id, n))
            .collect();
        Self {
            id,
            actor: actor.clone(),
            client: Client::new(options, Chance::new(seed, 1_000 + u64::from(id.0)).next()),
            tongues,
            asked: Vec::new(),
            unhandled: VecDeque::new(),
            answered: 0,
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
            if speaks.by_hand {
                continue;
            }
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
        let time_ms = super::micros(now).0 / 1000;
        let Word {
            topic,
            payload,
            properties,
        } = tongue.voice.next(time_ms);
        let (qos, retain) = (core_qos(speaks.qos), speaks.retain);
        let properties = publish_properties(&properties, self.actor.version);
        self.say(now, &topic, payload, qos, retain, properties);
        true
    }

    /// Says something once.
    pub(super) fn say(
        &mut self,
        now: Instant,
        topic: &str,
        payload: impl Into<Bytes>,
        qos: QoS,
        retain: bool,
        properties: Properties,
    ) {
        if let Ok(topic) = check::topic(topic) {
            let publishing = Publishing::new(topic, payload)
                .qos(qos)
                .retain(retain)
                .properties(properties);
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
            let properties = subscribe_properties(one, self.actor.version);
            let _ = self.client.subscribe(now, filters, properties);
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
    pub(super) fn new(
        actor: &Actor,
        speaks: &scenario::Speaks,
        seed: u64,
        id: ActorId,
        n: u8,
    ) -> Self {
        Self {
            voice: Voice::of(actor, speaks, seed, id, n),
            turn: 0,
            beats: 0,
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
            subscription_id,
            user,
            answer: _,
        } = listens.clone();
        let options = (qos, no_local, retain_as_published, retain_handling);
        (filter, options, subscription_id, user)
    };
    key(one) == key(other)
}

/// What a CONNECT and a client's conduct follow from.
pub(super) fn options(actor: &Actor, manner: &Manner) -> Options {
    let id = format!("{}{}", actor.name, manner.suffix);
    let id = Utf8::copy_from(&id).unwrap_or_default();
    let (username, password) = identity(manner);
    let connect = &actor.connect;
    let plain = Options::new(Utf8::default());
    Options {
        version: core_version(actor.version),
        clean_start: actor.away == Away::Forget,
        session_expiry_secs: match actor.away {
            Away::Forget => 0,
            Away::KeepHour => 3600,
            Away::KeepSecs(secs) => secs,
            Away::Keep => SESSION_NEVER_EXPIRES,
        },
        keep_alive_secs: actor.keep_alive_secs,
        receive_max: NonZeroU16::new(connect.receive_max).unwrap_or(plain.receive_max),
        max_packet_bytes: match connect.max_packet_bytes {
            0 => plain.max_packet_bytes,
            bytes => bytes,
        },
        topic_alias_max: connect.topic_alias_max,
        request_response_information: connect.wants_response_info,
        request_problem_information: !connect.no_problem_info,
        user_properties: utf8_pairs(&connect.user),
        will: actor.will.as_ref().and_then(|one| will(actor, one)),
        username: username.or_else(|| utf8(&connect.username)),
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
            outgoing_aliases_max: connect.topic_aliases,
            ..Limits::default()
        },
        client_id: id,
        ..plain
    }
}

/// What the broker is to say for an actor. None if its topic is none, which a checked scene has not.
fn will(actor: &Actor, will: &scenario::Will) -> Option<Will> {
    let values = Values::of(actor);
    let known = Known {
        n: 1,
        time_ms: 0,
        asked: None,
    };
    let properties = values.properties(&will.properties, known);
    let mut properties = publish_properties(&properties, actor.version);
    if will.delay_secs > 0 && actor.version == scenario::Version::V5 {
        properties.push(Property::WillDelaySecs(will.delay_secs));
    }
    Some(Will {
        topic: check::topic(&values.fill(&will.topic, known)).ok()?,
        payload: values.fill(&will.payload, known).into(),
        qos: core_qos(will.qos),
        retain: will.retain,
        properties,
    })
}

/// The properties of a PUBLISH or a will, filled; none before 5.0.
pub(crate) fn publish_properties(of: &PublishProperties, version: scenario::Version) -> Properties {
    let mut out = Properties::default();
    if version != scenario::Version::V5 || of.is_empty() {
        return out;
    }
    // What a checked scene has fits the wire.
    let mut add = |property| {
        let _ = out.try_push(property);
    };
    if of.is_text {
        add(Property::PayloadFormatIndicator(true));
    }
    if let Some(secs) = of.expiry_secs {
        add(Property::MessageExpirySecs(secs));
    }
    if let Some(text) = utf8(&of.content_type) {
        add(Property::ContentType(text));
    }
    if let Some(topic) = utf8(&of.response_topic) {
        add(Property::ResponseTopic(topic));
    }
    if !of.correlation.is_empty() {
        add(Property::CorrelationData(of.correlation.clone().into()));
    }
    for (name, value) in utf8_pairs(&of.user) {
        add(Property::UserProperty(name, value));
    }
    out
}

fn subscribe_properties(of: &Listens, version: scenario::Version) -> Properties {
    let mut out = Properties::default();
    if version == scenario::Version::V5 {
        if of.subscription_id > 0 {
            let _ = out.try_push(Property::SubscriptionId(of.subscription_id));
        }
        for (name, value) in utf8_pairs(&of.user) {
            let _ = out.try_push(Property::UserProperty(name, value));
        }
    }
    out
}

fn utf8(text: &str) -> Option<Utf8> {
    Utf8::copy_from(text)
        .ok()
        .filter(|text| !text.as_str().is_empty())
}

fn utf8_pairs(pairs: &UserProperties) -> Vec<(Utf8, Utf8)> {
    let both = |(name, value): &(String, String)| {
        Some((Utf8::copy_from(name).ok()?, Utf8::copy_from(value).ok()?))
    };
    pairs.iter().filter_map(both).collect()
}

/// User name and password, where there are any.
pub(super) fn identity(manner: &Manner) -> (Option<Utf8>, Option<Bytes>) {
    let password = (!manner.password.is_empty()).then(|| manner.password.clone().into());
    (utf8(&manner.username), password)
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
