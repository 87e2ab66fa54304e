//! SUBSCRIBE, UNSUBSCRIBE and what is remembered of them.

use super::*;
use crate::packet::{SubAck, Subscribe, SubscribeFilter, SubscribeOptions, UnsubAck, Unsubscribe};

const GRANTED: [ReasonCode; 1] = [ReasonCode::GrantedQoS1];

fn filter(text: &'static str) -> (Utf8, SubscribeOptions) {
    let options = SubscribeOptions {
        qos: QoS::AtLeastOnce,
        ..SubscribeOptions::default()
    };
    (Utf8::from_static(text), options)
}

fn subscribe(value: u16, filters: &[&'static str]) -> Packet {
    let filters = filters.iter().map(|text| {
        let (filter, options) = filter(text);
        SubscribeFilter { filter, options }
    });
    Packet::Subscribe(Subscribe {
        packet_id: id(value),
        properties: Properties::default(),
        filters: filters.collect(),
    })
}

fn suback(value: u16, reasons: &[ReasonCode]) -> Packet {
    let (packet_id, properties) = (id(value), Properties::default());
    Packet::SubAck(SubAck {
        packet_id,
        properties,
        reasons: reasons.to_vec(),
    })
}

fn unsuback(value: u16, reasons: &[ReasonCode]) -> Packet {
    let (packet_id, properties) = (id(value), Properties::default());
    Packet::UnsubAck(UnsubAck {
        packet_id,
        properties,
        reasons: reasons.to_vec(),
    })
}

fn subscribed(token: RequestToken, reasons: &[ReasonCode]) -> ClientEvent {
    let properties = Properties::default();
    ClientEvent::Subscribed {
        token,
        reasons: reasons.to_vec(),
        properties,
    }
}

impl Rig {
    fn subscribe(&mut self, filters: &[&'static str]) -> RequestToken {
        let filters = filters.iter().map(|text| filter(text));
        self.client
            .subscribe(self.now, filters, Properties::default())
            .expect("room")
    }

    fn unsubscribe(&mut self, filters: &[&'static str]) -> RequestToken {
        let filters = filters.iter().map(|text| Utf8::from_static(text));
        self.client
            .unsubscribe(self.now, filters, Properties::default())
            .expect("room")
    }
}

#[test]
fn requests_are_answered() {
    for version in VERSIONS {
        let mut rig = Rig::connected(options(version));
        let on = rig.subscribe(&["a/#", "b"]);
        let off = rig.unsubscribe(&["b"]);
        let expected = Packet::Unsubscribe(Unsubscribe {
            packet_id: id(2),
            properties: Properties::default(),
            filters: [Utf8::from_static("b")].into(),
        });
        assert_eq!(rig.sent(), [subscribe(1, &["a/#", "b"]), expected]);
        assert_eq!(rig.client.state().requests, [on, off]);

        let reasons = [ReasonCode::GrantedQoS1, ReasonCode::UnspecifiedError];
        let gone = [ReasonCode::Success];
        let gone = if version == Version::V5 {
            &gone[..]
        } else {
            &[]
        };
        rig.receive([unsuback(2, gone), suback(1, &reasons)]);
        let unsubscribed = ClientEvent::Unsubscribed {
            token: off,
            reasons: gone.to_vec(),
            properties: Properties::default(),
        };
        assert_eq!(rig.events(), [unsubscribed, subscribed(on, &reasons)]);
        let state = rig.client.state();
        assert_eq!(state.requests, []);
        assert_eq!(state.subscriptions, [Utf8::from_static("a/#")]);
    }
}

#[test]
fn requests_wait_for_a_connection_and_for_their_answer() {
    let mut rig = Rig::new(lasting(Version::V5));
    let a = rig.subscribe(&["a"]);
    rig.client.start(rig.now);
    rig.client.transport_opened(rig.now);
    rig.events();
    rig.accept(false, []);
    assert_eq!(rig.sent(), [subscribe(1, &["a"])]);
    // The answer is lost with the connection.
    rig.reopen();
    let b = rig.subscribe(&["b"]);
    rig.accept(true, []);
    assert_eq!(rig.sent(), [subscribe(2, &["a"]), subscribe(3, &["b"])]);
    rig.receive([suback(2, &GRANTED), suback(3, &GRANTED)]);
    assert_eq!(
        rig.events(),
        [subscribed(a, &GRANTED), subscribed(b, &GRANTED)]
    );
}

#[test]
fn a_lost_session_is_subscribed_again_if_asked_for() {
    for resubscribe in [true, false] {
        let mut rig = Rig::connected(Options {
            resubscribe,
            ..lasting(Version::V5)
        });
        let first = rig.subscribe(&["a", "b", "refused"]);
        rig.subscribe(&["c"]);
        rig.subscribe(&["b"]);
        rig.unsubscribe(&["c"]);
        rig.sent();
        let reasons = [
            ReasonCode::GrantedQoS1,
            ReasonCode::GrantedQoS1,
            ReasonCode::NotAuthorized,
        ];
        rig.receive([
            suback(1, &reasons),
            suback(2, &GRANTED),
            suback(3, &GRANTED),
        ]);
        rig.receive([unsuback(4, &[ReasonCode::Success])]);
        let kept = ["a", "b"].map(Utf8::from_static);
        assert_eq!(rig.client.state().subscriptions, kept);

        // Session present: nothing to do.
        rig.reopen();
        rig.accept(true, []);
        assert_eq!(rig.sent(), []);

        // Lost, and the connection lost again before the answers.
        rig.reopen();
        rig.accept(false, []);
        assert_eq!(rig.sent().len(), if resubscribe { 2 } else { 0 });
        rig.reopen();
        rig.accept(false, []);
        rig.events();
        if resubscribe {
            assert_eq!(rig.sent(), [subscribe(7, &["a"]), subscribe(8, &["b"])]);
            rig.receive([suback(7, &GRANTED)]);
            assert_eq!(rig.events(), [subscribed(first, &GRANTED)]);
            assert_eq!(rig.client.state().subscriptions.len(), 2);
        } else {
            assert_eq!(rig.sent(), []);
            assert!(rig.client.state().subscriptions.is_empty());
        }
    }
}

#[test]
fn what_cannot_be_asked_is_refused_at_once() {
    let none = SubscribeOptions::default();
    let no_local = SubscribeOptions {
        no_local: true,
        ..none
    };
    let cases: [(Version, &'static str, SubscribeOptions, ClientError); 5] = [
        (Version::V5, "a/#/b", none, ClientError::BadFilter),
        (Version::V5, "", none, ClientError::BadFilter),
        (
            Version::V5,
            "$share/g/a",
            no_local,
            ClientError::NoLocalWithShared,
        ),
        (Version::V311, "a", no_local, ClientError::NeedsV5),
        (Version::V31, "a", no_local, ClientError::NeedsV5),
    ];
    for (version, text, options, error) in cases {
        let mut rig = Rig::connected(super::options(version));
        let filters = [(Utf8::from_static(text), options)];
        let asked = rig
            .client
            .subscribe(rig.now, filters, Properties::default());
        assert_eq!(asked, Err(error), "{text}");
        assert_eq!(rig.sent(), []);
    }
    let mut rig = Rig::connected(options(Version::V5));
    let asked = rig.client.subscribe(rig.now, [], Properties::default());
    assert_eq!(asked, Err(ClientError::NoFilters));
    let asked = rig.client.unsubscribe(rig.now, [], Properties::default());
    assert_eq!(asked, Err(ClientError::NoFilters));
    let properties = Properties::build([Property::MessageExpirySecs(1)]);
    let asked = rig.client.subscribe(rig.now, [filter("a")], properties);
    assert_eq!(asked, Err(ClientError::BadProperty));
}

#[test]
fn what_the_server_does_not_take_is_not_sent() {
    let cases = [
        (
            Property::WildcardAvailable(false),
            "a/+",
            DropCause::WildcardsNotSupported,
        ),
        (
            Property::SharedAvailable(false),
            "$share/g/a",
            DropCause::SharedNotSupported,
        ),
        (
            Property::SubscriptionIdsAvailable(false),
            "a",
            DropCause::SubscriptionIdsNotSupported,
        ),
        (
            Property::MaxPacketSize(12),
            "a/long/topic",
            DropCause::TooLarge,
        ),
    ];
    for (told, text, cause) in cases {
        let mut rig = Rig::connected_with(options(Version::V5), [told]);
        let properties = Properties::build([Property::SubscriptionId(1)]);
        let token = rig
            .client
            .subscribe(rig.now, [filter(text)], properties)
            .expect("room");
        assert_eq!(rig.events(), [ClientEvent::RequestDropped { token, cause }]);
        assert_eq!(rig.sent(), []);
    }
}

#[test]
fn only_so_many_requests_may_wait() {
    let mut options = options(Version::V5);
    options.limits.requests_max = 1;
    let mut rig = Rig::connected(options);
    rig.subscribe(&["a"]);
    let filters = [Utf8::from_static("a")];
    let asked = rig
        .client
        .unsubscribe(rig.now, filters, Properties::default());
    assert_eq!(asked, Err(ClientError::TooManyRequests));
    rig.receive([suback(1, &GRANTED)]);
    rig.unsubscribe(&["a"]);
}
