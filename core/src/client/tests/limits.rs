//! Queues at their limits, and what the server does not take.

use super::*;
use crate::packet::Disconnect;
use QoS::{AtLeastOnce, AtMostOnce, ExactlyOnce};

fn limited(change: impl FnOnce(&mut Limits)) -> Rig {
    let mut options = options(Version::V5);
    change(&mut options.limits);
    Rig::new(options)
}

impl Rig {
    fn try_publish(&mut self, payload: &'static str, qos: QoS) -> Result<(), ClientError> {
        self.client
            .publish(self.now, message(payload).qos(qos))
            .map(|_| ())
    }
}

#[test]
fn a_full_queue_refuses() {
    let mut rig = limited(|limits| limits.messages_max = 2);
    assert_eq!(rig.try_publish("a", AtMostOnce), Ok(()));
    assert_eq!(rig.try_publish("b", AtMostOnce), Ok(()));
    assert_eq!(
        rig.try_publish("c", AtMostOnce),
        Err(ClientError::QueueFull)
    );

    // One byte each for the topic.
    let mut rig = limited(|limits| limits.bytes_max = 10);
    assert_eq!(rig.try_publish("1234", AtMostOnce), Ok(()));
    assert_eq!(
        rig.try_publish("12345", AtMostOnce),
        Err(ClientError::QueueFull)
    );
    assert_eq!(rig.try_publish("1234", AtMostOnce), Ok(()));
    assert_eq!(
        rig.try_publish("1234567890", AtMostOnce),
        Err(ClientError::TooLarge)
    );
    assert_eq!(rig.client.state().held_bytes, 10);
}

#[test]
fn a_full_queue_drops_its_oldest() {
    let mut rig = limited(|limits| {
        limits.bytes_max = 10;
        limits.queue_full = QueueFull::DropOldest;
    });
    let a = rig.publish("123", AtMostOnce);
    let b = rig.publish("123", AtLeastOnce);
    rig.publish("1", ExactlyOnce);
    rig.publish("12345", AtMostOnce);
    let expected = [a, b].map(|token| dropped(token, DropCause::QueueFull));
    assert_eq!(rig.events(), expected);
    assert_eq!(rig.client.state().held_bytes, 8);
}

#[test]
fn what_is_in_flight_is_never_dropped_for_room() {
    let mut options = options(Version::V5);
    options.limits.messages_max = 2;
    options.limits.queue_full = QueueFull::DropOldest;
    let mut rig = Rig::connected_with(options, [Property::ReceiveMax(1)]);
    rig.publish("in flight", AtLeastOnce);
    let waiting = rig.publish("waiting", AtLeastOnce);
    rig.publish("new", AtLeastOnce);
    assert_eq!(rig.events(), [dropped(waiting, DropCause::QueueFull)]);
    rig.sent();
    rig.receive([Packet::PubAck(ack(1))]);
    assert_eq!(rig.sent(), [publish(2, AtLeastOnce, false, "new")]);
    assert_eq!(rig.try_publish("next", AtLeastOnce), Ok(()));
    let all_in_flight = rig.client.state();
    assert_eq!(all_in_flight.held_messages, 2);
}

#[test]
fn some_messages_do_not_wait_without_a_connection() {
    for (offline, zero, one) in [
        (Offline::Keep, Ok(()), Ok(())),
        (
            Offline::KeepAcknowledged,
            Err(ClientError::NotConnected),
            Ok(()),
        ),
        (
            Offline::Refuse,
            Err(ClientError::NotConnected),
            Err(ClientError::NotConnected),
        ),
    ] {
        let mut rig = limited(|limits| limits.offline = offline);
        assert_eq!(rig.try_publish("0", AtMostOnce), zero);
        assert_eq!(rig.try_publish("1", AtLeastOnce), one);
    }

    let mut options = lasting(Version::V5);
    options.limits.offline = Offline::KeepAcknowledged;
    let mut rig = Rig::connected_with(options, [Property::ReceiveMax(1)]);
    let unsent = rig.publish("unsent", AtMostOnce);
    rig.publish("one", AtLeastOnce);
    rig.publish("one", AtLeastOnce);
    let behind = rig.publish("behind", AtMostOnce);
    rig.client.transport_lost(rig.now);
    let expected = [unsent, behind].map(|token| dropped(token, DropCause::Offline));
    assert_eq!(rig.events()[..2], expected);
    rig.reopen();
    rig.accept(true, []);
    assert_eq!(
        rig.sent(),
        [1, 2].map(|id| publish(id, AtLeastOnce, false, "one"))
    );
    assert_eq!(rig.client.state().held_messages, 2);
}

#[test]
fn what_the_server_does_not_take_is_dropped_or_lowered() {
    let cases = [
        (
            Property::MaximumQoS(AtLeastOnce),
            DropCause::QoSNotSupported,
        ),
        (
            Property::RetainAvailable(false),
            DropCause::RetainNotSupported,
        ),
        (Property::MaxPacketSize(20), DropCause::TooLarge),
    ];
    for (told, cause) in cases {
        let long = if cause == DropCause::TooLarge {
            "a payload beyond the limit"
        } else {
            "x"
        };
        let bad = message(long).qos(ExactlyOnce).retain(true);
        let mut rig = Rig::connected_with(options(Version::V5), [told.clone()]);
        let token = rig.client.publish(rig.now, bad.clone()).expect("room");
        assert_eq!(rig.events(), [dropped(token, cause)]);
        assert_eq!(rig.sent(), []);
        rig.publish("y", AtLeastOnce);
        assert_eq!(rig.sent().len(), 1);

        let over_limit = OverLimit::Lower;
        let options = Options {
            over_limit,
            ..options(Version::V5)
        };
        let mut rig = Rig::connected_with(options, [told]);
        rig.client.publish(rig.now, bad).expect("room");
        match (&rig.sent()[..], cause) {
            ([], DropCause::TooLarge) => {}
            ([Packet::Publish(p)], DropCause::QoSNotSupported) => {
                assert_eq!((p.qos, p.retain), (AtLeastOnce, true));
            }
            ([Packet::Publish(p)], DropCause::RetainNotSupported) => {
                assert_eq!((p.qos, p.retain), (ExactlyOnce, false));
            }
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn the_packet_limit_is_exact() {
    for (max, fits) in [(9, false), (10, true)] {
        let mut options = options(Version::V5);
        options.limits.outgoing_aliases_max = 5;
        let told = [Property::MaxPacketSize(max), Property::TopicAliasMax(5)];
        let mut rig = Rig::connected_with(options, told);
        // Two of fixed header, three of topic, two of identifier, one of properties, two of payload.
        rig.publish("12", AtLeastOnce);
        let bytes = rig.sent_bytes();
        assert_eq!(bytes.len(), if fits { 10 } else { 0 });
    }
}

#[test]
fn a_server_too_narrow_for_an_answer_is_left() {
    let mut rig = Rig::connected_with(options(Version::V5), [Property::MaxPacketSize(3)]);
    rig.receive([publish(1, AtLeastOnce, false, "x")]);
    rig.events();
    assert_eq!(rig.sent_bytes(), b""[..]);
    let event = rig.events().into_iter().next();
    let why = Disconnected::PacketSizeUnusable;
    assert!(matches!(event, Some(ClientEvent::Disconnected { why: w, .. }) if w == why));
}

#[test]
fn properties_of_an_answer_yield_to_the_packet_limit() {
    let options = Options {
        manual_ack: true,
        ..options(Version::V5)
    };
    let mut rig = Rig::connected_with(options, [Property::MaxPacketSize(10)]);
    rig.receive([publish(1, AtLeastOnce, false, "x")]);
    let Some(ClientEvent::Message {
        token: Some(token), ..
    }) = rig.client.poll_event()
    else {
        panic!("no message");
    };
    let reason = ReasonCode::QuotaExceeded;
    let text = Utf8::from_static("a long explanation");
    let properties = Properties::build([Property::ReasonString(text)]);
    rig.client
        .acknowledge_with(rig.now, token, reason, properties)
        .expect("it waits");
    assert_eq!(rig.sent(), [Packet::PubAck(ack_with(1, reason))]);
}

#[test]
fn a_disconnect_keeps_to_the_packet_limit_and_says_what_it_must() {
    let text = Utf8::from_static("a long explanation");
    let expiry = Property::SessionExpirySecs(5);
    let wordy = [
        Property::UserProperty(text.clone(), text.clone()),
        Property::ReasonString(text),
    ];
    // With the words it takes 71 bytes, without them 9.
    for (max, with_words) in [(71, true), (70, false), (9, false)] {
        let mut rig = Rig::connected_with(lasting(Version::V5), [Property::MaxPacketSize(max)]);
        let disconnect = |words: &[Property]| Disconnect {
            reason: ReasonCode::DisconnectWithWill,
            properties: Properties::build([expiry.clone()].into_iter().chain(words.to_vec())),
        };
        rig.client.stop_with(rig.now, disconnect(&wordy));
        let left = if with_words { &wordy[..] } else { &[] };
        assert_eq!(rig.sent(), [Packet::Disconnect(disconnect(left))], "{max}");
    }
}

#[test]
fn a_narrower_server_ends_what_no_longer_fits() {
    let mut rig = Rig::connected(lasting(Version::V5));
    let token = rig.publish("a payload beyond the limit", AtLeastOnce);
    rig.sent();
    rig.reopen();
    rig.accept(true, [Property::MaxPacketSize(20)]);
    assert_eq!(rig.sent(), []);
    assert_eq!(rig.events(), [dropped(token, DropCause::TooLarge)]);
    assert_eq!(rig.client.state().send_quota_used, 0);
}

#[test]
fn wrong_properties_are_refused() {
    let text = Utf8::from_static("x");
    let cases = [
        Property::TopicAlias(1),
        Property::SubscriptionId(1),
        Property::ReasonString(text.clone()),
        Property::SessionExpirySecs(1),
    ];
    let mut rig = Rig::connected(options(Version::V5));
    for property in cases {
        let message = message("x").properties(Properties::build([property]));
        let refused = rig.client.publish(rig.now, message);
        assert_eq!(refused, Err(ClientError::BadProperty));
    }
    let user = Property::UserProperty(text.clone(), text);
    let twice = message("x").properties(Properties::build([user.clone(), user.clone()]));
    assert!(rig.client.publish(rig.now, twice).is_ok());
    let mut rig = Rig::connected(options(Version::V311));
    let message = message("x").properties(Properties::build([user]));
    assert_eq!(
        rig.client.publish(rig.now, message),
        Err(ClientError::NeedsV5)
    );
}

#[test]
fn input_waits_while_nobody_polls() {
    let mut options = options(Version::V311);
    options.limits.events_max = 2;
    options.limits.unsent_packets_max = 3;
    let mut rig = Rig::connected(options);
    let mut input = BytesMut::new();
    let mut bytes = Vec::new();
    for value in 1..=10 {
        codec::encode(
            &publish(value, AtLeastOnce, false, "x"),
            Version::V311,
            &mut bytes,
        )
        .expect("encodable");
    }
    input.extend_from_slice(&bytes);
    let (mut messages, mut answers) = (0, 0);
    for _ in 0..20 {
        rig.client.handle_bytes(rig.now, &mut input);
        let state = rig.client.state();
        assert!(state.unsent_packets <= 3);
        let events = rig.events();
        assert!(events.len() <= 2);
        messages += events.len();
        if !rig.client.wants_input() {
            answers += rig.sent().len();
        }
    }
    answers += rig.sent().len();
    assert_eq!((messages, answers, input.len()), (10, 10, 0));
}
