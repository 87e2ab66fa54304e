//! Any order of calls is legal: random calls and random packets never break what must hold.

use alloc::collections::BTreeSet;
use alloc::vec;

use proptest::prelude::*;

use super::*;
use crate::packet::{Disconnect, SubAck, SubscribeOptions, UnsubAck};

#[derive(Clone, Debug)]
enum Step {
    Start,
    Opened,
    Lost,
    Stop,
    Abort,
    Publish(QoS, usize),
    Subscribe,
    Unsubscribe,
    Acknowledge(u64),
    Raw,
    Ping,
    Accept(bool, u16),
    Receive(Packet),
    Cut(usize),
    Transmit(usize),
    Wait(u64),
    Timeout,
}

fn qos() -> impl Strategy<Value = QoS> {
    prop_oneof![
        Just(QoS::AtMostOnce),
        Just(QoS::AtLeastOnce),
        Just(QoS::ExactlyOnce)
    ]
}

fn from_server() -> impl Strategy<Value = Packet> {
    let id = 1_u16..5;
    let reason = prop_oneof![
        4 => Just(ReasonCode::Success),
        1 => Just(ReasonCode::QuotaExceeded),
    ];
    let ack = (id.clone(), reason).prop_map(|(id, reason)| ack_with(id, reason));
    let plain = id.clone().prop_map(ack_of);
    prop_oneof![
        ack.clone().prop_map(Packet::PubAck),
        ack.prop_map(Packet::PubRec),
        plain.clone().prop_map(Packet::PubRel),
        plain.prop_map(Packet::PubComp),
        (id.clone(), qos(), any::<bool>()).prop_map(|(id, qos, dup)| match qos {
            QoS::AtMostOnce => publish(0, qos, false, "x"),
            _ => publish(id, qos, dup, "x"),
        }),
        id.clone().prop_map(|value| Packet::SubAck(SubAck {
            packet_id: super::id(value),
            properties: Properties::default(),
            reasons: [ReasonCode::Success].into(),
        })),
        id.prop_map(|value| Packet::UnsubAck(UnsubAck {
            packet_id: super::id(value),
            properties: Properties::default(),
            reasons: [ReasonCode::Success].into(),
        })),
        Just(Packet::PingResp),
        Just(Packet::Disconnect(Disconnect {
            reason: ReasonCode::ServerShuttingDown,
            properties: Properties::default(),
        })),
    ]
}

fn ack_of(value: u16) -> Ack {
    ack(value)
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        2 => Just(Step::Start),
        4 => Just(Step::Opened),
        1 => Just(Step::Lost),
        1 => Just(Step::Stop),
        1 => Just(Step::Abort),
        6 => (qos(), 0_usize..40).prop_map(|(qos, len)| Step::Publish(qos, len)),
        1 => Just(Step::Subscribe),
        1 => Just(Step::Unsubscribe),
        3 => (0_u64..6).prop_map(Step::Acknowledge),
        1 => Just(Step::Raw),
        1 => Just(Step::Ping),
        6 => (any::<bool>(), 1_u16..4).prop_map(|(present, max)| Step::Accept(present, max)),
        12 => from_server().prop_map(Step::Receive),
        1 => (0_usize..5).prop_map(Step::Cut),
        6 => (0_usize..100).prop_map(Step::Transmit),
        1 => (0_u64..100).prop_map(Step::Wait),
        4 => Just(Step::Timeout),
    ]
}

const LIMIT_MESSAGES: usize = 6;
const LIMIT_BYTES: usize = 150;

fn rig(version: Version, policy: usize) -> Rig {
    let mut options = Options {
        manual_ack: policy.is_multiple_of(2),
        resubscribe: policy.is_multiple_of(3),
        unfinished: if policy.is_multiple_of(5) {
            Unfinished::SendAgain
        } else {
            Unfinished::Report
        },
        unknown_session: UnknownSession::Adopt,
        receive_max: NonZeroU16::new(3).expect("not zero"),
        ..lasting(version)
    };
    options.clean_start = policy.is_multiple_of(7);
    options.limits.messages_max = LIMIT_MESSAGES;
    options.limits.bytes_max = LIMIT_BYTES;
    options.limits.requests_max = 3;
    options.limits.unsent_packets_max = 10;
    options.limits.events_max = 10;
    options.limits.queue_full = if policy.is_multiple_of(2) {
        QueueFull::DropOldest
    } else {
        QueueFull::Refuse
    };
    options.limits.offline = if policy.is_multiple_of(3) {
        Offline::KeepAcknowledged
    } else {
        Offline::Keep
    };
    Rig::new(options)
}

impl Rig {
    fn step(&mut self, step: &Step) {
        let (client, now) = (&mut self.client, self.now);
        match step {
            Step::Start => client.start(now),
            Step::Opened => {
                client.transport_opened(now);
                self.input.clear();
            }
            Step::Lost => client.transport_lost(now),
            Step::Stop => client.stop(now, ReasonCode::Success),
            Step::Abort => client.abort(now),
            Step::Publish(qos, len) => {
                let message = Publishing::new(topic("t"), vec![0; *len]).qos(*qos);
                let _ = client.publish(now, message);
            }
            Step::Subscribe => {
                let filters = [(Utf8::from_static("t"), SubscribeOptions::default())];
                let _ = client.subscribe(now, filters, Properties::default());
            }
            Step::Unsubscribe => {
                let filters = [Utf8::from_static("t")];
                let _ = client.unsubscribe(now, filters, Properties::default());
            }
            Step::Acknowledge(token) => {
                let _ = client.acknowledge(now, AckToken(*token));
            }
            Step::Raw => {
                let _ = client.send_raw(now, Bytes::from_static(&[0xc0, 0]));
            }
            Step::Ping => {
                let _ = client.ping(now);
            }
            Step::Accept(present, max) => match client.options().version {
                Version::V5 => self.receive([connack(*present, [Property::ReceiveMax(*max)])]),
                _ => self.receive([connack(*present, [])]),
            },
            Step::Receive(packet) => {
                if client.options().version == Version::V5 {
                    self.receive([packet.clone()]);
                } else if let Packet::Publish(_) | Packet::PubRel(_) | Packet::PingResp = packet {
                    self.receive([packet.clone()]);
                }
            }
            Step::Cut(len) => self.receive_bytes(&[0x30, 0x20, 0, 1, b't', 0, 0][..*len]),
            Step::Transmit(limit) => {
                let mut out = Transmit::new(*limit);
                let _ = client.poll_transmit(now, &mut out);
            }
            Step::Wait(secs) => self.wait(*secs),
            Step::Timeout => {
                if let Some(deadline) = client.poll_timeout() {
                    self.now = self.now.max(deadline);
                    self.client.handle_timeout(self.now);
                    assert!(
                        self.client.poll_timeout() != Some(deadline),
                        "nothing was done"
                    );
                }
            }
        }
    }

    fn check(&self) {
        let state = self.client.state();
        assert!(state.held_messages <= LIMIT_MESSAGES && state.held_bytes <= LIMIT_BYTES);
        assert!(state.queued_messages + state.outgoing.len() <= state.held_messages);
        let ids: BTreeSet<_> = state
            .outgoing
            .iter()
            .map(|message| message.packet_id)
            .collect();
        assert_eq!(ids.len(), state.outgoing.len());
        let released = state
            .outgoing
            .iter()
            .filter(|m| m.step == OutgoingStep::PubComp)
            .count();
        assert!(state.send_quota_used <= released.max(state.send_quota.into()));
        assert!(state.requests.len() <= 3 + state.subscriptions.len());
        let on_transport = matches!(
            state.phase,
            PhaseState::Connecting { .. } | PhaseState::Connected { .. }
        );
        assert_eq!(state.ping_at.is_some(), self.client.is_connected());
        assert!(on_transport || state.ping_answer_until.is_none() || !self.client.is_connected());
    }
}

proptest! {
    #[test]
    fn what_must_hold_holds(
        steps in prop::collection::vec(step(), 0..120),
        policy in 0_usize..210,
        version in prop::sample::select(&VERSIONS[..]),
    ) {
        let mut rig = rig(version, policy);
        let mut fates: BTreeSet<PublishToken> = BTreeSet::new();
        for (number, step) in steps.iter().enumerate() {
            // A clone taken anywhere goes on alike.
            let mut twin = Rig {
                client: rig.client.clone(),
                now: rig.now,
                input: rig.input.clone(),
            };
            rig.step(step);
            rig.check();
            twin.step(step);
            prop_assert_eq!(rig.client.state(), twin.client.state());
            if number % 3 == 0 {
                let events = rig.events();
                prop_assert_eq!(&events, &twin.events());
                for event in events {
                    if let ClientEvent::Published { token, .. } = event {
                        prop_assert!(fates.insert(token), "two ends of one message");
                    }
                }
            }
        }
        // Whatever happened, the client comes back, and an honest server empties it.
        rig.client.abort(rig.now);
        rig.client.start(rig.now);
        rig.client.transport_opened(rig.now);
        rig.events();
        rig.input.clear();
        rig.sent();
        rig.receive([connack(false, [])]);
        for _ in 0..20 {
            for packet in rig.sent() {
                match packet {
                    Packet::Publish(p) if p.qos == QoS::AtLeastOnce => {
                        let id = p.packet_id.expect("an identifier").value();
                        rig.receive([Packet::PubAck(ack(id))]);
                    }
                    Packet::Publish(p) if p.qos == QoS::ExactlyOnce => {
                        let id = p.packet_id.expect("an identifier").value();
                        rig.receive([Packet::PubRec(ack(id))]);
                    }
                    Packet::PubRel(release) => {
                        rig.receive([Packet::PubComp(ack(release.packet_id.value()))]);
                    }
                    _ => {}
                }
                rig.events();
            }
        }
        let state = rig.client.state();
        prop_assert!(rig.client.is_connected());
        prop_assert_eq!((state.held_messages, state.held_bytes), (0, 0));
        prop_assert_eq!(state.send_quota_used, 0);
    }
}
