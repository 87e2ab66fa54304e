//! Any packet that may be sent.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use bytes::Bytes;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

use crate::codec::Role;
use crate::codec::decode::may_say;
use crate::packet::{
    Ack, Auth, ConnAck, Connect, Disconnect, Packet, PacketId, PacketKind, Properties, Property,
    PropertyKind, PropertyPlace, Publish, QoS, ReasonCode, RetainHandling, SubAck, Subscribe,
    SubscribeFilter, SubscribeOptions, UnsubAck, Unsubscribe, Version, Will,
};
use crate::topic::{SHARE_PREFIX, Topic, Utf8};

pub(super) fn text() -> impl Strategy<Value = Utf8> {
    let letters = prop_oneof![
        "[a-z]{0,8}",
        "[^\\x00]{0,6}",
        "[\u{1}-\u{1f}\u{feff}\u{10ffff}é]{0,4}"
    ];
    letters.prop_map(|text: String| Utf8::copy_from(&text).unwrap())
}

fn name() -> impl Strategy<Value = Topic> {
    "[a-z$ é/]{1,12}".prop_map(|text| Topic::parse(Utf8::copy_from(&text).unwrap()).unwrap())
}

fn data() -> impl Strategy<Value = Bytes> {
    vec(any::<u8>(), 0..10).prop_map(Bytes::from)
}

fn qos() -> impl Strategy<Value = QoS> {
    select(&[QoS::AtMostOnce, QoS::AtLeastOnce, QoS::ExactlyOnce][..])
}

fn id() -> impl Strategy<Value = PacketId> {
    (1..=u16::MAX).prop_map(|id| PacketId::new(id).unwrap())
}

/// A property of this kind with any value it may have.
fn property(kind: PropertyKind) -> BoxedStrategy<Property> {
    let flag = any::<bool>();
    match kind {
        PropertyKind::PayloadFormatIndicator => {
            flag.prop_map(Property::PayloadFormatIndicator).boxed()
        }
        PropertyKind::MessageExpiryInterval => {
            any::<u32>().prop_map(Property::MessageExpirySecs).boxed()
        }
        PropertyKind::ContentType => text().prop_map(Property::ContentType).boxed(),
        PropertyKind::ResponseTopic => name()
            .prop_map(|name| Property::ResponseTopic(name.utf8().clone()))
            .boxed(),
        PropertyKind::CorrelationData => data().prop_map(Property::CorrelationData).boxed(),
        PropertyKind::SubscriptionIdentifier => (1..=268_435_455_u32)
            .prop_map(Property::SubscriptionId)
            .boxed(),
        PropertyKind::SessionExpiryInterval => {
            any::<u32>().prop_map(Property::SessionExpirySecs).boxed()
        }
        PropertyKind::AssignedClientIdentifier => {
            text().prop_map(Property::AssignedClientId).boxed()
        }
        PropertyKind::ServerKeepAlive => {
            any::<u16>().prop_map(Property::ServerKeepAliveSecs).boxed()
        }
        PropertyKind::AuthenticationMethod => text().prop_map(Property::AuthMethod).boxed(),
        PropertyKind::AuthenticationData => data().prop_map(Property::AuthData).boxed(),
        PropertyKind::RequestProblemInformation => {
            flag.prop_map(Property::RequestProblemInformation).boxed()
        }
        PropertyKind::WillDelayInterval => any::<u32>().prop_map(Property::WillDelaySecs).boxed(),
        PropertyKind::RequestResponseInformation => {
            flag.prop_map(Property::RequestResponseInformation).boxed()
        }
        PropertyKind::ResponseInformation => text().prop_map(Property::ResponseInformation).boxed(),
        PropertyKind::ServerReference => text().prop_map(Property::ServerReference).boxed(),
        PropertyKind::ReasonString => text().prop_map(Property::ReasonString).boxed(),
        PropertyKind::ReceiveMaximum => (1..=u16::MAX).prop_map(Property::ReceiveMax).boxed(),
        PropertyKind::TopicAliasMaximum => any::<u16>().prop_map(Property::TopicAliasMax).boxed(),
        PropertyKind::TopicAlias => (1..=u16::MAX).prop_map(Property::TopicAlias).boxed(),
        PropertyKind::MaximumQoS => select(&[QoS::AtMostOnce, QoS::AtLeastOnce][..])
            .prop_map(Property::MaximumQoS)
            .boxed(),
        PropertyKind::RetainAvailable => flag.prop_map(Property::RetainAvailable).boxed(),
        PropertyKind::UserProperty => (text(), text())
            .prop_map(|(name, value)| Property::UserProperty(name, value))
            .boxed(),
        PropertyKind::MaximumPacketSize => (1..=u32::MAX).prop_map(Property::MaxPacketSize).boxed(),
        PropertyKind::WildcardSubscriptionAvailable => {
            flag.prop_map(Property::WildcardAvailable).boxed()
        }
        PropertyKind::SubscriptionIdentifiersAvailable => {
            flag.prop_map(Property::SubscriptionIdsAvailable).boxed()
        }
        PropertyKind::SharedSubscriptionAvailable => {
            flag.prop_map(Property::SharedAvailable).boxed()
        }
    }
}

/// Any one property, for the tables.
pub(super) fn sample(kind: PropertyKind) -> Property {
    use proptest::strategy::ValueTree;
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    property(kind).new_tree(&mut runner).unwrap().current()
}

/// Any block that may stand there.
fn properties(place: PropertyPlace, sender: Role) -> BoxedStrategy<Properties> {
    let needs_method = place == PropertyPlace::Packet(PacketKind::Auth);
    let allowed: Vec<_> = PropertyKind::ALL
        .into_iter()
        .filter(|kind| kind.allowed_in(place))
        .filter(|kind| match (kind, place) {
            (PropertyKind::SubscriptionIdentifier, PropertyPlace::Packet(PacketKind::Publish)) => {
                sender == Role::Server
            }
            (
                PropertyKind::SessionExpiryInterval,
                PropertyPlace::Packet(PacketKind::Disconnect),
            ) => sender == Role::Client,
            _ => true,
        })
        .collect();
    let often = move |kind| match kind {
        PropertyKind::UserProperty => 0..4,
        PropertyKind::SubscriptionIdentifier if sender == Role::Server => 0..4,
        PropertyKind::AuthenticationMethod if needs_method => 1..2,
        _ => 0..2_usize,
    };
    let each: Vec<_> = allowed
        .into_iter()
        .map(|kind| vec(property(kind), often(kind)))
        .collect();
    let any = each.prop_map(|all| all.concat()).prop_shuffle();
    any.prop_map(|all| {
        let has_method = all
            .iter()
            .any(|p| p.kind() == PropertyKind::AuthenticationMethod);
        let kept = all
            .into_iter()
            .filter(|p| has_method || p.kind() != PropertyKind::AuthenticationData);
        Properties::build(kept)
    })
    .boxed()
}

fn in_packet(kind: PacketKind, sender: Role) -> BoxedStrategy<Properties> {
    properties(PropertyPlace::Packet(kind), sender)
}

fn reason(kind: PacketKind, sender: Role) -> impl Strategy<Value = ReasonCode> {
    let all: Vec<_> = (0..=255)
        .filter_map(ReasonCode::from_number)
        .filter(|code| may_say(sender, kind, *code))
        .collect();
    select(all)
}

fn connect() -> impl Strategy<Value = Packet> {
    let will = (
        qos(),
        any::<bool>(),
        name(),
        data(),
        properties(PropertyPlace::Will, Role::Client),
    );
    let will = will.prop_map(|(qos, retain, topic, payload, properties)| Will {
        qos,
        retain,
        topic,
        payload,
        properties,
    });
    (
        select(&super::VERSIONS[..]),
        any::<(bool, bool, u16)>(),
        text(),
        option::of(will),
        option::of(text()),
        option::of(data()),
        in_packet(PacketKind::Connect, Role::Client),
    )
        .prop_map(
            |(
                version,
                (bridge, clean_start, keep_alive_secs),
                client_id,
                will,
                username,
                password,
                properties,
            )| {
                let is_v5 = version == Version::V5;
                let password = password.filter(|_| is_v5 || username.is_some());
                let of_v5 = |properties| if is_v5 { properties } else { Properties::EMPTY };
                Packet::Connect(Box::new(Connect {
                    version,
                    bridge: bridge && !is_v5,
                    clean_start,
                    keep_alive_secs,
                    client_id,
                    will: will.map(|will| Will {
                        properties: of_v5(will.properties),
                        ..will
                    }),
                    username,
                    password,
                    properties: of_v5(properties),
                }))
            },
        )
}

fn publish(sender: Role) -> impl Strategy<Value = Packet> {
    let properties = in_packet(PacketKind::Publish, sender);
    (
        any::<(bool, bool, bool)>(),
        qos(),
        name(),
        id(),
        properties,
        data(),
    )
        .prop_map(
            |((dup, retain, by_alias), qos, topic, packet_id, properties, payload)| {
                let by_alias = by_alias && properties.topic_alias().is_some();
                Packet::Publish(Publish {
                    dup: dup && qos != QoS::AtMostOnce,
                    qos,
                    retain,
                    topic: (!by_alias).then_some(topic),
                    packet_id: (qos != QoS::AtMostOnce).then_some(packet_id),
                    properties,
                    payload,
                })
            },
        )
}

fn ack(kind: PacketKind, sender: Role) -> impl Strategy<Value = Packet> {
    let all = (id(), reason(kind, sender), in_packet(kind, sender));
    all.prop_map(move |(packet_id, reason, properties)| {
        let ack = Ack {
            packet_id,
            reason,
            properties,
        };
        match kind {
            PacketKind::PubAck => Packet::PubAck(ack),
            PacketKind::PubRec => Packet::PubRec(ack),
            PacketKind::PubRel => Packet::PubRel(ack),
            _ => Packet::PubComp(ack),
        }
    })
}

fn subscribe() -> impl Strategy<Value = Packet> {
    let handling = select(
        &[
            RetainHandling::Send,
            RetainHandling::SendIfNew,
            RetainHandling::DoNotSend,
        ][..],
    );
    let options = (qos(), any::<(bool, bool)>(), handling);
    let wish = (text(), options).prop_map(|(filter, (qos, (no_local, rap), retain_handling))| {
        let shared = filter.starts_with(SHARE_PREFIX);
        SubscribeFilter {
            filter,
            options: SubscribeOptions {
                qos,
                no_local: no_local && !shared,
                retain_as_published: rap,
                retain_handling,
            },
        }
    });
    let properties = in_packet(PacketKind::Subscribe, Role::Client);
    (id(), properties, vec(wish, 1..5)).prop_map(|(packet_id, properties, filters)| {
        Packet::Subscribe(Subscribe {
            packet_id,
            properties,
            filters,
        })
    })
}

/// Any packet that `sender` may send in `version`.
pub(super) fn packet(kind: PacketKind, sender: Role) -> BoxedStrategy<Packet> {
    let some_properties = in_packet(kind, sender);
    match kind {
        PacketKind::Connect => connect().boxed(),
        PacketKind::ConnAck => (any::<bool>(), reason(kind, sender), some_properties)
            .prop_map(|(present, reason, properties)| {
                Packet::ConnAck(ConnAck {
                    session_present: present && !reason.is_error(),
                    reason,
                    properties,
                })
            })
            .boxed(),
        PacketKind::Publish => publish(sender).boxed(),
        PacketKind::PubAck | PacketKind::PubRec | PacketKind::PubRel | PacketKind::PubComp => {
            ack(kind, sender).boxed()
        }
        PacketKind::Subscribe => subscribe().boxed(),
        PacketKind::SubAck | PacketKind::UnsubAck => {
            let reasons = vec(reason(kind, sender), 1..5);
            (id(), some_properties, reasons)
                .prop_map(move |(packet_id, properties, reasons)| match kind {
                    PacketKind::SubAck => Packet::SubAck(SubAck {
                        packet_id,
                        properties,
                        reasons,
                    }),
                    _ => Packet::UnsubAck(UnsubAck {
                        packet_id,
                        properties,
                        reasons,
                    }),
                })
                .boxed()
        }
        PacketKind::Unsubscribe => (id(), some_properties, vec(text(), 1..5))
            .prop_map(|(packet_id, properties, filters)| {
                Packet::Unsubscribe(Unsubscribe {
                    packet_id,
                    properties,
                    filters,
                })
            })
            .boxed(),
        PacketKind::PingReq => Just(Packet::PingReq).boxed(),
        PacketKind::PingResp => Just(Packet::PingResp).boxed(),
        PacketKind::Disconnect => (reason(kind, sender), some_properties)
            .prop_map(|(reason, properties)| Packet::Disconnect(Disconnect { reason, properties }))
            .boxed(),
        PacketKind::Auth => (reason(kind, sender), some_properties)
            .prop_map(|(reason, properties)| Packet::Auth(Auth { reason, properties }))
            .boxed(),
    }
}

pub(super) const KINDS: [PacketKind; 15] = [
    PacketKind::Connect,
    PacketKind::ConnAck,
    PacketKind::Publish,
    PacketKind::PubAck,
    PacketKind::PubRec,
    PacketKind::PubRel,
    PacketKind::PubComp,
    PacketKind::Subscribe,
    PacketKind::SubAck,
    PacketKind::Unsubscribe,
    PacketKind::UnsubAck,
    PacketKind::PingReq,
    PacketKind::PingResp,
    PacketKind::Disconnect,
    PacketKind::Auth,
];

/// Who may send what.
pub(super) fn senders(kind: PacketKind, version: Version) -> &'static [Role] {
    match kind {
        PacketKind::Auth if version != Version::V5 => &[],
        PacketKind::Connect
        | PacketKind::Subscribe
        | PacketKind::Unsubscribe
        | PacketKind::PingReq => &[Role::Client],
        PacketKind::ConnAck | PacketKind::SubAck | PacketKind::UnsubAck | PacketKind::PingResp => {
            &[Role::Server]
        }
        PacketKind::Disconnect if version != Version::V5 => &[Role::Client],
        _ => &[Role::Client, Role::Server],
    }
}

/// Any packet with its sender and version, as it looks after decoding.
pub(super) fn sent() -> BoxedStrategy<(Packet, Role, Version)> {
    let all = everything().into_iter();
    let all = all.map(|(kind, sender, version)| {
        packet(kind, sender)
            .prop_map(move |packet| {
                let version = match &packet {
                    Packet::Connect(connect) => connect.version,
                    _ => version,
                };
                (as_of(packet, version), sender, version)
            })
            .boxed()
    });
    proptest::strategy::Union::new(all.collect::<Vec<_>>()).boxed()
}

fn everything() -> Vec<(PacketKind, Role, Version)> {
    let mut all = Vec::new();
    for version in super::VERSIONS {
        for kind in KINDS {
            for sender in senders(kind, version) {
                all.push((kind, *sender, version));
            }
        }
    }
    all
}

/// What is left of a packet in `version`.
fn as_of(packet: Packet, version: Version) -> Packet {
    if version == Version::V5 {
        return packet;
    }
    let properties = Properties::EMPTY;
    match packet {
        Packet::ConnAck(ack) => {
            let reason = match super::super::connack_return_code(ack.reason) {
                Some(0) => ReasonCode::Success,
                Some(1) => ReasonCode::UnsupportedProtocolVersion,
                Some(2) => ReasonCode::ClientIdentifierNotValid,
                Some(3) => ReasonCode::ServerUnavailable,
                Some(4) => ReasonCode::BadUserNameOrPassword,
                _ => ReasonCode::NotAuthorized,
            };
            let session_present = ack.session_present && version != Version::V31;
            let session_present = session_present && reason == ReasonCode::Success;
            Packet::ConnAck(ConnAck {
                session_present,
                reason,
                properties,
            })
        }
        Packet::Publish(publish) => {
            let topic = publish.topic.clone();
            let topic = topic.or_else(|| Topic::parse(Utf8::from_static("x")).ok());
            Packet::Publish(Publish {
                topic,
                properties,
                ..publish
            })
        }
        Packet::PubAck(ack) => Packet::PubAck(plain(ack)),
        Packet::PubRec(ack) => Packet::PubRec(plain(ack)),
        Packet::PubRel(ack) => Packet::PubRel(plain(ack)),
        Packet::PubComp(ack) => Packet::PubComp(plain(ack)),
        Packet::Subscribe(subscribe) => Packet::Subscribe(Subscribe {
            properties,
            filters: subscribe
                .filters
                .into_iter()
                .map(|wish| SubscribeFilter {
                    options: SubscribeOptions {
                        qos: wish.options.qos,
                        ..SubscribeOptions::default()
                    },
                    ..wish
                })
                .collect(),
            ..subscribe
        }),
        Packet::SubAck(ack) => Packet::SubAck(SubAck {
            properties,
            reasons: ack
                .reasons
                .into_iter()
                .map(|code| match code.is_error() {
                    true => ReasonCode::UnspecifiedError,
                    false => code,
                })
                .collect(),
            ..ack
        }),
        Packet::Unsubscribe(unsubscribe) => Packet::Unsubscribe(Unsubscribe {
            properties,
            ..unsubscribe
        }),
        Packet::UnsubAck(ack) => Packet::UnsubAck(UnsubAck {
            properties,
            reasons: Vec::new(),
            ..ack
        }),
        Packet::Disconnect(_) => Packet::Disconnect(Disconnect {
            reason: ReasonCode::Success,
            properties,
        }),
        other => other,
    }
}

fn plain(ack: Ack) -> Ack {
    Ack {
        reason: ReasonCode::Success,
        properties: Properties::EMPTY,
        ..ack
    }
}
