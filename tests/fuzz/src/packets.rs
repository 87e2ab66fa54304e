//! Any packet that may be sent, out of bytes.

use bytes::Bytes;
use tidings_core::codec::Role;
use tidings_core::packet::{
    Ack, Auth, ConnAck, Connect, Disconnect, Packet, PacketId, PacketKind, Properties, Property,
    PropertyKind, PropertyPlace, Publish, QoS, ReasonCode, RetainHandling, SubAck, Subscribe,
    SubscribeFilter, SubscribeOptions, UnsubAck, Unsubscribe, Version, Will,
};
use tidings_core::topic::{SHARE_PREFIX, Topic, Utf8};

use crate::choices::Choices;

/// Versions of MQTT.
pub(crate) const VERSIONS: [Version; 3] = [Version::V5, Version::V311, Version::V31];
const ALL_QOS: [QoS; 3] = [QoS::AtMostOnce, QoS::AtLeastOnce, QoS::ExactlyOnce];
const HANDLINGS: [RetainHandling; 3] = [
    RetainHandling::Send,
    RetainHandling::SendIfNew,
    RetainHandling::DoNotSend,
];

/// Topics that meet the filters below in every way.
const TOPICS: [&str; 7] = ["a", "a/b", "b", "/", "$x", "$SYS/a", "a/b/c"];
const FILTERS: [&str; 12] = [
    "a",
    "a/#",
    "#",
    "+",
    "+/b",
    "a/+/c",
    "$share/g/a/#",
    "$share/h/+",
    "$SYS/#",
    "a#",
    "$share/g/",
    "",
];
const CLIENTS: [&str; 5] = ["1", "2", "3", "4", ""];

/// What may occur in a packet of this kind, and how much of it is made up freely. Talk between a
/// few clients about a few topics finds what a node does; free text finds what a codec does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taste {
    /// Any text, any number.
    Free,
    /// Few names, small numbers.
    Narrow,
}

/// Makes packets out of decisions.
pub struct Packets<'a, 'b> {
    /// Where decisions come from.
    pub choices: &'b mut Choices<'a>,
    /// Who says them.
    pub sender: Role,
    /// How they look.
    pub taste: Taste,
}

impl Packets<'_, '_> {
    /// A packet of any kind that the sender may send in 5.0; older versions leave things out.
    pub fn any(&mut self) -> Packet {
        let number = 1 + self.choices.below(15) as u8;
        let kind = PacketKind::from_number(number).expect("invariant: 1 to 15 are kinds");
        self.of(kind)
    }

    /// A packet of this kind.
    pub fn of(&mut self, kind: PacketKind) -> Packet {
        match kind {
            PacketKind::Connect => Packet::Connect(self.connect().into()),
            PacketKind::ConnAck => {
                let reason = self.reason(kind);
                Packet::ConnAck(ConnAck {
                    session_present: self.choices.chance(2) && !reason.is_error(),
                    reason,
                    properties: self.in_packet(kind),
                })
            }
            PacketKind::Publish => Packet::Publish(self.publish()),
            PacketKind::PubAck => Packet::PubAck(self.ack(kind)),
            PacketKind::PubRec => Packet::PubRec(self.ack(kind)),
            PacketKind::PubRel => Packet::PubRel(self.ack(kind)),
            PacketKind::PubComp => Packet::PubComp(self.ack(kind)),
            PacketKind::Subscribe => Packet::Subscribe(Subscribe {
                packet_id: self.id(),
                properties: self.in_packet(kind),
                filters: (0..=self.choices.below(4)).map(|_| self.wish()).collect(),
            }),
            PacketKind::SubAck => Packet::SubAck(SubAck {
                packet_id: self.id(),
                properties: self.in_packet(kind),
                reasons: self.reasons(kind),
            }),
            PacketKind::Unsubscribe => Packet::Unsubscribe(Unsubscribe {
                packet_id: self.id(),
                properties: self.in_packet(kind),
                filters: (0..=self.choices.below(4)).map(|_| self.filter()).collect(),
            }),
            PacketKind::UnsubAck => Packet::UnsubAck(UnsubAck {
                packet_id: self.id(),
                properties: self.in_packet(kind),
                reasons: self.reasons(kind),
            }),
            PacketKind::PingReq => Packet::PingReq,
            PacketKind::PingResp => Packet::PingResp,
            PacketKind::Disconnect => Packet::Disconnect(Disconnect {
                reason: self.reason(kind),
                properties: self.in_packet(kind),
            }),
            PacketKind::Auth => Packet::Auth(Auth {
                reason: self.reason(kind),
                properties: self.in_packet(kind),
            }),
        }
    }

    fn connect(&mut self) -> Connect {
        let version = self.choices.pick(&VERSIONS);
        let is_v5 = version == Version::V5;
        let flags = self.choices.byte();
        let will = (flags & 1 != 0).then(|| self.will(is_v5));
        let username = (flags & 2 != 0).then(|| self.text());
        let password = (flags & 4 != 0 && (is_v5 || username.is_some())).then(|| self.data());
        Connect {
            version,
            bridge: flags & 8 != 0 && !is_v5,
            clean_start: flags & 16 != 0,
            keep_alive_secs: match self.taste {
                Taste::Free => self.choices.two(),
                Taste::Narrow => self.choices.pick(&[0, 1, 60]),
            },
            client_id: match self.taste {
                Taste::Free => self.text(),
                Taste::Narrow => Utf8::from_static(self.choices.pick(&CLIENTS)),
            },
            will,
            username,
            password,
            properties: match is_v5 {
                true => self.in_packet(PacketKind::Connect),
                false => Properties::EMPTY,
            },
        }
    }

    fn will(&mut self, is_v5: bool) -> Will {
        Will {
            qos: self.choices.pick(&ALL_QOS),
            retain: self.choices.chance(2),
            topic: self.topic(),
            payload: self.data(),
            properties: match is_v5 {
                true => self.properties(PropertyPlace::Will),
                false => Properties::EMPTY,
            },
        }
    }

    fn publish(&mut self) -> Publish {
        let flags = self.choices.byte();
        let qos = ALL_QOS[usize::from(flags & 3) % 3];
        let properties = self.in_packet(PacketKind::Publish);
        let by_alias = flags & 4 != 0 && properties.topic_alias().is_some();
        Publish {
            dup: flags & 8 != 0 && qos != QoS::AtMostOnce,
            qos,
            retain: flags & 16 != 0,
            topic: (!by_alias).then(|| self.topic()),
            packet_id: (qos != QoS::AtMostOnce).then(|| self.id()),
            properties,
            payload: self.data(),
        }
    }

    fn ack(&mut self, kind: PacketKind) -> Ack {
        Ack {
            packet_id: self.id(),
            reason: self.reason(kind),
            properties: self.in_packet(kind),
        }
    }

    fn wish(&mut self) -> SubscribeFilter {
        let filter = self.filter();
        let flags = self.choices.byte();
        let is_shared = filter.starts_with(SHARE_PREFIX);
        SubscribeFilter {
            filter,
            options: SubscribeOptions {
                qos: ALL_QOS[usize::from(flags & 3) % 3],
                no_local: flags & 4 != 0 && !is_shared,
                retain_as_published: flags & 8 != 0,
                retain_handling: HANDLINGS[usize::from(flags >> 4 & 3) % 3],
            },
        }
    }

    fn reasons(&mut self, kind: PacketKind) -> Vec<ReasonCode> {
        let count = self.choices.below(4);
        (0..=count).map(|_| self.reason(kind)).collect()
    }

    /// A reason code that this kind of packet has, from one end or the other.
    fn reason(&mut self, kind: PacketKind) -> ReasonCode {
        let all: Vec<_> = (0..=255)
            .filter_map(ReasonCode::from_number)
            .filter(|code| code.allowed_in(kind))
            .collect();
        match all.is_empty() {
            true => ReasonCode::Success,
            false => self.choices.pick(&all),
        }
    }

    fn id(&mut self) -> PacketId {
        let number = match self.taste {
            Taste::Free => self.choices.two().max(1),
            Taste::Narrow => 1 + self.choices.below(4) as u16,
        };
        PacketId::new(number).expect("invariant: it is at least 1")
    }

    fn text(&mut self) -> Utf8 {
        let len = self.choices.below(24);
        let text = String::from_utf8_lossy(self.choices.bytes(len)).replace('\0', "0");
        Utf8::copy_from(&text).expect("invariant: short and without U+0000")
    }

    fn data(&mut self) -> Bytes {
        let len = match self.choices.byte() {
            long @ 250.. => usize::from(long - 249) * 1000,
            short => usize::from(short % 16),
        };
        let mut data = self.choices.bytes(len.min(64)).to_vec();
        data.resize(len, b'x');
        data.into()
    }

    fn topic(&mut self) -> Topic {
        let free = match self.taste {
            Taste::Free => Topic::parse(self.text()).ok(),
            Taste::Narrow => None,
        };
        free.unwrap_or_else(|| {
            let name = Utf8::from_static(self.choices.pick(&TOPICS));
            Topic::parse(name).expect("invariant: the table has topics")
        })
    }

    fn filter(&mut self) -> Utf8 {
        match self.taste {
            Taste::Free => self.text(),
            Taste::Narrow => Utf8::from_static(self.choices.pick(&FILTERS)),
        }
    }

    fn in_packet(&mut self, kind: PacketKind) -> Properties {
        self.properties(PropertyPlace::Packet(kind))
    }

    /// Any block that may stand there.
    fn properties(&mut self, place: PropertyPlace) -> Properties {
        let mut all: Vec<Property> = Vec::new();
        let needs_method = place == PropertyPlace::Packet(PacketKind::Auth);
        if needs_method {
            all.push(self.property(PropertyKind::AuthenticationMethod));
        }
        let count = self.choices.below(5);
        for _ in 0..count {
            let kind = self.choices.pick(&PropertyKind::ALL);
            let may_repeat = kind == PropertyKind::UserProperty
                || kind == PropertyKind::SubscriptionIdentifier
                    && place == PropertyPlace::Packet(PacketKind::Publish);
            let is_there = all.iter().any(|one| one.kind() == kind);
            if self.may_stand(kind, place) && (may_repeat || !is_there) {
                all.push(self.property(kind));
            }
        }
        let has_method = all
            .iter()
            .any(|one| one.kind() == PropertyKind::AuthenticationMethod);
        all.retain(|one| has_method || one.kind() != PropertyKind::AuthenticationData);
        Properties::build(all)
    }

    fn may_stand(&self, kind: PropertyKind, place: PropertyPlace) -> bool {
        let by_whom = match (kind, place) {
            (PropertyKind::SubscriptionIdentifier, PropertyPlace::Packet(PacketKind::Publish)) => {
                self.sender == Role::Server
            }
            (
                PropertyKind::SessionExpiryInterval,
                PropertyPlace::Packet(PacketKind::Disconnect),
            ) => self.sender == Role::Client,
            _ => true,
        };
        by_whom && kind.allowed_in(place)
    }

    fn number(&mut self) -> u32 {
        match self.taste {
            Taste::Free => self.choices.four(),
            Taste::Narrow => self.choices.pick(&[0, 1, 2, 5, 40, 3600, u32::MAX]),
        }
    }

    fn short(&mut self) -> u16 {
        match self.taste {
            Taste::Free => self.choices.two(),
            Taste::Narrow => self.choices.pick(&[1, 2, 3, 0, 50]),
        }
    }

    fn property(&mut self, kind: PropertyKind) -> Property {
        match kind {
            PropertyKind::PayloadFormatIndicator => {
                Property::PayloadFormatIndicator(self.choices.chance(2))
            }
            PropertyKind::MessageExpiryInterval => Property::MessageExpirySecs(self.number()),
            PropertyKind::ContentType => Property::ContentType(self.text()),
            PropertyKind::ResponseTopic => Property::ResponseTopic(self.topic().utf8().clone()),
            PropertyKind::CorrelationData => Property::CorrelationData(self.data()),
            PropertyKind::SubscriptionIdentifier => {
                Property::SubscriptionId(self.number().clamp(1, 268_435_455))
            }
            PropertyKind::SessionExpiryInterval => Property::SessionExpirySecs(self.number()),
            PropertyKind::AssignedClientIdentifier => Property::AssignedClientId(self.text()),
            PropertyKind::ServerKeepAlive => Property::ServerKeepAliveSecs(self.short()),
            PropertyKind::AuthenticationMethod => Property::AuthMethod(self.text()),
            PropertyKind::AuthenticationData => Property::AuthData(self.data()),
            PropertyKind::RequestProblemInformation => {
                Property::RequestProblemInformation(self.choices.chance(2))
            }
            PropertyKind::WillDelayInterval => Property::WillDelaySecs(self.number()),
            PropertyKind::RequestResponseInformation => {
                Property::RequestResponseInformation(self.choices.chance(2))
            }
            PropertyKind::ResponseInformation => Property::ResponseInformation(self.text()),
            PropertyKind::ServerReference => Property::ServerReference(self.text()),
            PropertyKind::ReasonString => Property::ReasonString(self.text()),
            PropertyKind::ReceiveMaximum => Property::ReceiveMax(self.short().max(1)),
            PropertyKind::TopicAliasMaximum => Property::TopicAliasMax(self.short()),
            PropertyKind::TopicAlias => Property::TopicAlias(self.short().max(1)),
            PropertyKind::MaximumQoS => Property::MaximumQoS(self.choices.pick(&ALL_QOS[..2])),
            PropertyKind::RetainAvailable => Property::RetainAvailable(self.choices.chance(2)),
            PropertyKind::UserProperty => Property::UserProperty(self.text(), self.text()),
            PropertyKind::MaximumPacketSize => Property::MaxPacketSize(self.number().max(1)),
            PropertyKind::WildcardSubscriptionAvailable => {
                Property::WildcardAvailable(self.choices.chance(2))
            }
            PropertyKind::SubscriptionIdentifiersAvailable => {
                Property::SubscriptionIdsAvailable(self.choices.chance(2))
            }
            PropertyKind::SharedSubscriptionAvailable => {
                Property::SharedAvailable(self.choices.chance(2))
            }
        }
    }
}
