//! Clients that keep the rules, and what their users do with them.

use std::collections::BTreeMap;
use std::num::NonZeroU16;
use std::time::Duration;

use bytes::BytesMut;
use tidings_conformance::wire;
use tidings_core::client::{
    AckToken, Client, ClientEvent, Options, Outcome, PublishToken, Publishing, Reconnect,
    SESSION_NEVER_EXPIRES, UnknownSession,
};
use tidings_core::codec::encode;
use tidings_core::packet::{
    Connect, Packet, Properties, Property, QoS, ReasonCode, RetainHandling, SubscribeOptions,
    Version, Will,
};
use tidings_core::topic::{Topic, Utf8};
use tidings_core::transmit::{Transmit, TransmitStatus};

use super::link::Who;
use super::{Event, World};
use crate::oracle::Rule;

const ALL_QOS: [QoS; 3] = [QoS::AtMostOnce, QoS::AtLeastOnce, QoS::ExactlyOnce];

pub(super) struct Person {
    pub(super) id: String,
    pub(super) client: Client,
    pub(super) options: Options,
    pub(super) link: Option<usize>,
    input: BytesMut,
    /// Numbers what it says, so that nobody says the same twice.
    said: u64,
    /// What it published and has heard nothing of.
    pub(super) open: BTreeMap<PublishToken, (String, QoS)>,
    waiting: Vec<AckToken>,
    pub(super) will: Option<(u32, bool, QoS)>,
}

fn utf8(text: &str) -> Utf8 {
    Utf8::copy_from(text).expect("invariant: short and without U+0000")
}

fn topic(name: &str) -> Topic {
    Topic::parse(utf8(name)).expect("invariant: no wildcards in it")
}

pub(super) fn of_wire(version: Version) -> wire::Version {
    match version {
        Version::V31 => wire::Version::V31,
        Version::V311 => wire::Version::V311,
        Version::V5 => wire::Version::V5,
    }
}

impl World {
    pub(super) fn add_person(&mut self, number: usize) {
        let dice = &mut self.dice;
        let version = dice.pick(&[Version::V5, Version::V5, Version::V311, Version::V31]);
        let id = format!("c{number}");
        let narrow = |n: u16| NonZeroU16::new(n).unwrap_or(NonZeroU16::MIN);
        let mut options = Options {
            version,
            // 3.1 cannot say that a session is gone, and a client that took another for it would
            // take new messages for old ones.
            clean_start: dice.permille(250) || version == Version::V31,
            keep_alive_secs: dice.pick(&[0, 5, 60]),
            session_expiry_secs: dice.pick(&[0, 10, 60, SESSION_NEVER_EXPIRES]),
            receive_max: narrow(dice.pick(&[1, 2, 10, 65_535])),
            topic_alias_max: dice.pick(&[0, 1, 5]),
            reconnect: Reconnect::Backoff {
                min: Duration::from_secs(1),
                max: Duration::from_secs(4),
                jitter_percent: 0,
            },
            manual_ack: dice.permille(300),
            resubscribe: true,
            unknown_session: UnknownSession::Adopt,
            ..Options::new(utf8(&id))
        };
        if version == Version::V5 && dice.permille(100) {
            options.max_packet_bytes = 120;
        }
        options.limits.outgoing_aliases_max = dice.pick(&[0, 2]);
        options.limits.in_flight_max = narrow(dice.pick(&[1, 3, 65_535]));
        let will = dice.coin().then(|| {
            let delay = dice.pick(&[0, 0, 3, 30]);
            (delay, dice.permille(200), dice.pick(&ALL_QOS))
        });
        let seed = dice.next();
        self.people.push(Person {
            id,
            client: Client::new(options.clone(), seed),
            options,
            link: None,
            input: BytesMut::new(),
            said: 0,
            open: BTreeMap::new(),
            waiting: Vec::new(),
            will,
        });
        let now = self.at();
        self.people[number].client.start(now);
        for _ in 0..2 {
            self.subscribe(number);
        }
        self.after(0, Event::Deed(number));
    }

    /// Every connection leaves another will, so that each can be told from the others.
    fn renew_will(&mut self, number: usize) {
        let person = &mut self.people[number];
        person.said += 1;
        let is_v5 = person.options.version == Version::V5;
        person.options.will = person.will.map(|(delay, retain, qos)| Will {
            qos,
            retain,
            topic: topic(&format!("w/{}", person.id)),
            payload: format!("{}.will{}", person.id, person.said).into(),
            properties: match is_v5 && delay > 0 {
                true => Properties::build([Property::WillDelaySecs(delay)]),
                false => Properties::default(),
            },
        });
        person.client.set_options(person.options.clone());
    }

    /// What the client wants and sends is seen to.
    pub(super) fn pump(&mut self, number: usize) {
        loop {
            self.write(number);
            let Some(event) = self.people[number].client.poll_event() else {
                return;
            };
            let now = self.at();
            match event {
                ClientEvent::Dial => {
                    self.renew_will(number);
                    let version = of_wire(self.people[number].options.version);
                    match self.open(Who::Person(number), version) {
                        Some(link) => {
                            self.people[number].link = Some(link);
                            self.people[number].input.clear();
                            self.people[number].client.transport_opened(now);
                        }
                        None => self.after(20, Event::NoAnswer(number)),
                    }
                }
                ClientEvent::Hangup => {
                    self.write(number);
                    if let Some(link) = self.people[number].link.take() {
                        self.hang_up(link);
                    }
                }
                ClientEvent::Connected { .. } => {
                    if let Some(link) = self.people[number].link {
                        let conn = self.links[link].was;
                        self.oracle.seen(&self.people[number].id, conn);
                    }
                }
                ClientEvent::Message { publish, token } => {
                    let id = self.people[number].id.clone();
                    let topic = publish.topic.as_ref().map_or("", Topic::as_str);
                    let (payload, qos) = (&publish.payload, publish.qos as u8);
                    self.oracle.given(&id, topic, payload, qos);
                    if let Some(token) = token {
                        self.people[number].waiting.push(token);
                        let delay = self.dice.pick(&[0, 10, 2_000]) * u64::from(self.troubled);
                        self.after(delay, Event::Acknowledge(number));
                    }
                }
                ClientEvent::Published { token, outcome } => {
                    self.published(number, token, &outcome)
                }
                ClientEvent::ProtocolError(fault) => {
                    let how = format!(
                        "{} finds the broker at fault: {fault}",
                        self.people[number].id
                    );
                    self.oracle.noticed(Rule::Form, how);
                }
                _ => {}
            }
        }
    }

    fn published(&mut self, number: usize, token: PublishToken, outcome: &Outcome) {
        let Some((payload, _)) = self.people[number].open.remove(&token) else {
            return;
        };
        if let Outcome::Acknowledged { reason, .. } = outcome {
            let id = self.people[number].id.clone();
            // PUBREL came again after its PUBCOMP was lost: nothing is wrong.
            let is_done = *reason == ReasonCode::PacketIdentifierNotFound;
            match reason.is_error() && !is_done {
                true => {
                    let how = format!("{payload} of {id} was refused: {reason:?}");
                    self.oracle.noticed(Rule::Kept, how);
                }
                false => self.oracle.acknowledged(&id, payload.as_bytes()),
            }
        }
    }

    fn write(&mut self, number: usize) {
        let now = self.at();
        let mut out = Transmit::new(4_000);
        loop {
            out.clear();
            let status = self.people[number].client.poll_transmit(now, &mut out);
            let mut bytes = Vec::new();
            out.copy_to(&mut bytes);
            if let Some(link) = self.people[number].link {
                self.send_up(link, bytes);
            }
            if status == TransmitStatus::Drained {
                return;
            }
        }
    }

    pub(super) fn receive(&mut self, number: usize, link: usize, bytes: &[u8]) {
        if self.people[number].link != Some(link) {
            return;
        }
        let now = self.at();
        let person = &mut self.people[number];
        person.input.extend_from_slice(bytes);
        let mut input = std::mem::take(&mut person.input);
        person.client.handle_bytes(now, &mut input);
        person.input = input;
        self.pump(number);
    }

    pub(super) fn lost(&mut self, number: usize, link: usize) {
        if self.people[number].link == Some(link) {
            self.people[number].link = None;
            let now = self.at();
            self.people[number].client.transport_lost(now);
            self.pump(number);
        }
    }

    pub(super) fn acknowledge(&mut self, number: usize) {
        let now = self.at();
        for token in std::mem::take(&mut self.people[number].waiting) {
            // One of QoS 1 is void after a connection, because the message comes again.
            let _ = self.people[number].client.acknowledge(now, token);
        }
        self.pump(number);
    }

    pub(super) fn deed(&mut self, number: usize) {
        if !self.troubled {
            return;
        }
        if self.dice.permille(self.plan.leaving) {
            self.go(number);
        } else if self.dice.permille(self.plan.twins) {
            self.twin(number);
        } else if self.dice.permille(100) {
            self.subscribe(number);
        } else if self.dice.permille(50) {
            self.unsubscribe(number);
        } else {
            self.publish(number);
        }
        self.pump(number);
        let (low, high) = self.plan.pause;
        let pause = self.dice.between(low, high);
        self.after(pause, Event::Deed(number));
    }

    fn publish(&mut self, number: usize) {
        let dice = &mut self.dice;
        let shared = dice.permille(self.plan.shared);
        let place = dice.below(self.plan.topics);
        let leaf = dice.pick(&["a", "b"]);
        let name = match shared {
            true => format!("s/{place}"),
            false => format!("t/{place}/{leaf}"),
        };
        let qos = ALL_QOS[dice.between(0, self.plan.qos_max) as usize];
        let retain = dice.permille(self.plan.retained);
        let clears = retain && dice.permille(self.plan.clears);
        let expires = dice.permille(self.plan.expiring);
        let secs = dice.pick(&[1, 5, 30]);
        let long = dice.permille(50);
        let person = &mut self.people[number];
        person.said += 1;
        let mut payload = match clears {
            true => String::new(),
            false => format!("{}.{}", person.id, person.said),
        };
        if long && !clears {
            payload.push_str(&".".repeat(150));
        }
        let properties = match expires && person.options.version == Version::V5 {
            true => Properties::build([Property::MessageExpirySecs(secs)]),
            false => Properties::default(),
        };
        let message = Publishing::new(topic(&name), payload.clone())
            .qos(qos)
            .retain(retain)
            .properties(properties);
        let now = self.at();
        let person = &mut self.people[number];
        if let Ok(token) = person.client.publish(now, message) {
            person.open.insert(token, (payload, qos));
        }
    }

    /// Whoever shares subscriptions is of one group: copies of one message that come by several
    /// cannot be told apart.
    fn filter(&mut self, number: usize) -> String {
        if self.dice.permille(self.plan.shared) {
            let groups = ["$share/g/s/#", "$share/h/s/+", "$share/g/s/0"];
            return groups[number / 2 % 3].to_owned();
        }
        let all = [
            "t/#", "t/+/a", "t/0/#", "t/0/a", "t/+/+", "t/1/b", "w/#", "w/+", "t/0/+",
        ];
        self.dice.pick(&all).to_owned()
    }

    fn subscribe(&mut self, number: usize) {
        let filter = self.filter(number);
        let is_v5 = self.people[number].options.version == Version::V5;
        let dice = &mut self.dice;
        let mut options = SubscribeOptions {
            qos: dice.pick(&ALL_QOS),
            ..SubscribeOptions::default()
        };
        let mut properties = Properties::default();
        if is_v5 {
            options.no_local = dice.permille(200) && !filter.starts_with('$');
            options.retain_as_published = dice.coin();
            options.retain_handling = dice.pick(&[
                RetainHandling::Send,
                RetainHandling::SendIfNew,
                RetainHandling::DoNotSend,
            ]);
            if dice.coin() {
                let id = dice.between(1, 5) as u32;
                properties = Properties::build([Property::SubscriptionId(id)]);
            }
        }
        let now = self.at();
        let client = &mut self.people[number].client;
        let _ = client.subscribe(now, [(utf8(&filter), options)], properties);
    }

    fn unsubscribe(&mut self, number: usize) {
        let filter = self.filter(number);
        let now = self.at();
        let client = &mut self.people[number].client;
        let _ = client.unsubscribe(now, [utf8(&filter)], Properties::default());
    }

    /// Leaves with or without a good-bye and comes back, or begins anew with nothing.
    fn go(&mut self, number: usize) {
        let now = self.at();
        let how = self.dice.below(4);
        let who = &self.people[number].id;
        self.log
            .line(self.now, format_args!("{who} goes, in way {how}"));
        let person = &mut self.people[number];
        match how {
            0 => person.client.stop(now, ReasonCode::Success),
            1 if person.options.version == Version::V5 => {
                person.client.stop(now, ReasonCode::DisconnectWithWill);
            }
            _ => person.client.abort(now),
        }
        self.pump(number);
        let now = self.at();
        let person = &mut self.people[number];
        if how == 3 {
            let options = Options {
                clean_start: true,
                ..person.options.clone()
            };
            person.options = options.clone();
            person.client = Client::new(options, person.said);
            person.open.clear();
            person.waiting.clear();
            person.input.clear();
        }
        self.people[number].client.start(now);
        self.subscribe(number);
    }

    /// Somebody connects with the name of another, and is gone soon.
    fn twin(&mut self, number: usize) {
        let options = self.people[number].options.clone();
        let is_v5 = options.version == Version::V5;
        let Some(link) = self.open(Who::Twin(number), of_wire(options.version)) else {
            return;
        };
        let expiry = Property::SessionExpirySecs(options.session_expiry_secs);
        let connect = Connect {
            version: options.version,
            bridge: false,
            clean_start: options.clean_start && !is_v5,
            keep_alive_secs: 0,
            client_id: utf8(&self.people[number].id),
            will: None,
            username: None,
            password: None,
            properties: match is_v5 {
                true => Properties::build([expiry]),
                false => Properties::default(),
            },
        };
        let mut bytes = Vec::new();
        if encode(
            &Packet::Connect(connect.into()),
            options.version,
            &mut bytes,
        )
        .is_ok()
        {
            self.send_up(link, bytes);
        }
        let stays = self.dice.pick(&[0, 100, 5_000]);
        self.after(stays, Event::BrokerLoses(link));
    }
}
