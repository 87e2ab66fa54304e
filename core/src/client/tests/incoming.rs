//! Receiving: acknowledgements, their order, aliases.

use super::*;
use QoS::{AtLeastOnce, AtMostOnce, ExactlyOnce};

fn payloads(events: &[ClientEvent]) -> Vec<Bytes> {
    let payload = |event: &ClientEvent| match event {
        ClientEvent::Message { publish, .. } => Some(publish.payload.clone()),
        _ => None,
    };
    events.iter().filter_map(payload).collect()
}

fn tokens(events: &[ClientEvent]) -> Vec<AckToken> {
    let token = |event: &ClientEvent| match event {
        ClientEvent::Message { token, .. } => *token,
        _ => None,
    };
    events.iter().filter_map(token).collect()
}

fn manual(version: Version) -> Options {
    Options {
        manual_ack: true,
        ..lasting(version)
    }
}

#[test]
fn each_qos_is_answered() {
    for version in VERSIONS {
        let mut rig = Rig::connected(options(version));
        rig.receive([
            publish(0, AtMostOnce, false, "0"),
            publish(7, AtLeastOnce, false, "1"),
            publish(9, ExactlyOnce, false, "2"),
        ]);
        let events = rig.events();
        assert_eq!(payloads(&events), ["0", "1", "2"]);
        assert_eq!(tokens(&events), []);
        assert_eq!(rig.sent(), [Packet::PubAck(ack(7)), Packet::PubRec(ack(9))]);
        rig.receive([Packet::PubRel(ack(9))]);
        assert_eq!(rig.sent(), [Packet::PubComp(ack(9))]);
        assert_eq!(rig.events(), []);
        assert_eq!(rig.client.state().incoming, []);
    }
}

#[test]
fn a_repeated_qos_2_message_is_answered_and_not_delivered() {
    let mut rig = Rig::connected(lasting(Version::V311));
    rig.receive([publish(9, ExactlyOnce, false, "2")]);
    assert_eq!(payloads(&rig.events()), ["2"]);
    rig.sent();
    rig.reopen();
    rig.accept(true, []);
    rig.receive([publish(9, ExactlyOnce, true, "2")]);
    assert_eq!(rig.events(), []);
    assert_eq!(rig.sent(), [Packet::PubRec(ack(9))]);
    rig.receive([
        Packet::PubRel(ack(9)),
        publish(9, ExactlyOnce, false, "new"),
    ]);
    assert_eq!(payloads(&rig.events()), ["new"]);
    assert_eq!(
        rig.sent(),
        [Packet::PubComp(ack(9)), Packet::PubRec(ack(9))]
    );
}

#[test]
fn a_lost_session_makes_the_same_identifier_a_new_message() {
    let mut rig = Rig::connected(lasting(Version::V5));
    rig.receive([publish(9, ExactlyOnce, false, "old")]);
    rig.events();
    rig.reopen();
    rig.accept(false, []);
    rig.receive([publish(9, ExactlyOnce, false, "new")]);
    assert_eq!(payloads(&rig.events()), ["new"]);
}

#[test]
fn manual_acknowledgements_leave_in_the_order_of_receipt() {
    let mut rig = Rig::connected(manual(Version::V5));
    rig.receive([
        publish(1, AtLeastOnce, false, "a"),
        publish(2, ExactlyOnce, false, "b"),
        publish(3, AtLeastOnce, false, "c"),
        publish(4, ExactlyOnce, false, "d"),
    ]);
    let tokens = tokens(&rig.events());
    let mut step = |which: usize, expected: &[Packet]| {
        rig.client
            .acknowledge(rig.now, tokens[which])
            .expect("it waits");
        assert_eq!(rig.sent(), expected);
        let again = rig.client.acknowledge(rig.now, tokens[which]);
        assert_eq!(again, Err(ClientError::NothingToAcknowledge));
    };
    step(3, &[]);
    step(2, &[]);
    step(0, &[Packet::PubAck(ack(1)), Packet::PubAck(ack(3))]);
    step(1, &[Packet::PubRec(ack(2)), Packet::PubRec(ack(4))]);
}

#[test]
fn a_refusal_carries_its_reason_and_frees_the_identifier() {
    let mut rig = Rig::connected(manual(Version::V5));
    rig.receive([
        publish(1, AtLeastOnce, false, "a"),
        publish(2, ExactlyOnce, false, "b"),
    ]);
    let given = tokens(&rig.events());
    let reason = ReasonCode::PayloadFormatInvalid;
    for &token in &given {
        let properties = Properties::default();
        rig.client
            .acknowledge_with(rig.now, token, reason, properties)
            .expect("it waits");
    }
    let expected = [
        Packet::PubAck(ack_with(1, reason)),
        Packet::PubRec(ack_with(2, reason)),
    ];
    assert_eq!(rig.sent(), expected);
    rig.receive([publish(2, ExactlyOnce, false, "new")]);
    assert_eq!(payloads(&rig.events()), ["new"]);
}

#[test]
fn a_slow_holder_keeps_its_qos_2_message_across_connections() {
    let mut rig = Rig::connected(manual(Version::V5));
    rig.receive([
        publish(1, AtLeastOnce, false, "1"),
        publish(2, ExactlyOnce, false, "2"),
    ]);
    let old = tokens(&rig.events());
    rig.reopen();
    // Acknowledged between connections: it counts for QoS 2 only.
    let void = rig.client.acknowledge(rig.now, old[0]);
    assert_eq!(void, Err(ClientError::NothingToAcknowledge));
    assert_eq!(rig.client.acknowledge(rig.now, old[1]), Ok(()));
    rig.accept(true, []);
    assert_eq!(rig.sent(), []);
    rig.receive([
        publish(1, AtLeastOnce, true, "1"),
        publish(2, ExactlyOnce, true, "2"),
    ]);
    let events = rig.events();
    assert_eq!(payloads(&events), ["1"]);
    assert_eq!(rig.sent(), [Packet::PubRec(ack(2))]);
    rig.client
        .acknowledge(rig.now, tokens(&events)[0])
        .expect("it waits");
    assert_eq!(rig.sent(), [Packet::PubAck(ack(1))]);
}

#[test]
fn receive_maximum_counts_until_the_answer_has_left() {
    let receive_max = NonZeroU16::new(2).expect("not zero");
    let mut rig = Rig::connected(Options {
        receive_max,
        ..options(Version::V5)
    });
    for round in 0..3 {
        rig.receive([
            publish(1, AtLeastOnce, false, "a"),
            publish(2, ExactlyOnce, false, "b"),
        ]);
        assert_eq!(rig.sent().len(), 2, "round {round}");
        rig.receive([Packet::PubRel(ack(2))]);
        assert_eq!(rig.sent().len(), 1);
    }
    rig.events();
    rig.receive([1, 2, 3].map(|id| publish(id, AtLeastOnce, false, "a")));
    let fault = Fault::Violation(Violation::ReceiveMaximumExceeded);
    assert!(rig.events().contains(&ClientEvent::ProtocolError(fault)));
}

#[test]
fn an_unknown_pubrel_is_answered_as_such() {
    for version in VERSIONS {
        let mut rig = Rig::connected(options(version));
        rig.receive([Packet::PubRel(ack(5)), Packet::PubRec(ack(6))]);
        let reason = match version {
            Version::V5 => ReasonCode::PacketIdentifierNotFound,
            _ => ReasonCode::Success,
        };
        let expected = [
            Packet::PubComp(ack_with(5, reason)),
            Packet::PubRel(ack_with(6, reason)),
        ];
        assert_eq!(rig.sent(), expected);
        let stray = |kind, value| ClientEvent::Stray {
            kind,
            packet_id: Some(id(value)),
        };
        assert_eq!(
            rig.events(),
            [stray(PacketKind::PubRel, 5), stray(PacketKind::PubRec, 6)]
        );
    }
}

#[test]
fn aliases_are_resolved_and_do_not_outlive_their_connection() {
    let aliased = |name: Option<&'static str>, alias| {
        Packet::Publish(Publish {
            dup: false,
            qos: AtMostOnce,
            retain: false,
            topic: name.map(topic),
            packet_id: None,
            properties: Properties::build([Property::TopicAlias(alias)]),
            payload: Bytes::new(),
        })
    };
    let topics = |events: Vec<ClientEvent>| -> Vec<Topic> {
        let topic = |event| match event {
            ClientEvent::Message { publish, .. } => publish.topic,
            _ => None,
        };
        events.into_iter().filter_map(topic).collect()
    };
    let mut rig = Rig::connected(Options {
        topic_alias_max: 5,
        ..lasting(Version::V5)
    });
    rig.receive([
        aliased(Some("a"), 5),
        aliased(None, 5),
        aliased(Some("b"), 5),
        aliased(None, 5),
    ]);
    assert_eq!(topics(rig.events()), ["a", "a", "b", "b"].map(topic));
    assert_eq!(rig.client.state().incoming_aliases, [(5, topic("b"))]);
    rig.reopen();
    rig.accept(true, []);
    rig.receive([aliased(None, 5)]);
    let fault = Fault::Violation(Violation::TopicAliasUnknown);
    assert!(rig.events().contains(&ClientEvent::ProtocolError(fault)));
}

#[test]
fn any_split_of_the_input_gives_the_same_events() {
    let mut bytes = Vec::new();
    let packets = [
        connack(false, []),
        publish(0, AtMostOnce, false, "hello"),
        publish(1, AtLeastOnce, false, "world"),
        publish(2, ExactlyOnce, false, "again"),
        Packet::PubRel(ack(2)),
        Packet::PingResp,
    ];
    for packet in &packets {
        codec::encode(packet, Version::V5, &mut bytes).expect("encodable");
    }
    let run = |cut: usize| {
        let mut rig = Rig::opened(options(Version::V5));
        rig.sent();
        rig.receive_bytes(&bytes[..cut]);
        rig.receive_bytes(&bytes[cut..]);
        (rig.events(), rig.sent_bytes(), rig.client.state())
    };
    let whole = run(0);
    assert_eq!(whole.0.len(), 5);
    for cut in 1..=bytes.len() {
        assert_eq!(run(cut), whole, "cut at {cut}");
    }
}
