//! What actors can be told to say, ask for and answer.

use tidings_core::packet::{Packet, Properties, Property};

use super::*;
use crate::scenario::{Answer, Payload, PublishProperties, Will};

/// Of the packets of one kind that were sent on an actor's link, one way.
fn sent(trial: &Trial, name: &str, direction: Direction, kind: PacketKind) -> Vec<Packet> {
    let id = trial.id(name);
    let log = trial.pen.log.from(Seq(0));
    let all = log.filter_map(|(seq, _)| trial.pen.log.sent(seq));
    let ours = all.filter(|sent| (sent.actor, sent.direction, sent.kind) == (id, direction, kind));
    ours.filter_map(|sent| decode(&sent.bytes, direction, sent.version))
        .collect()
}

/// Topic, payload and properties of the messages that were sent to an actor.
fn got(trial: &Trial, name: &str) -> Vec<(String, String, Properties)> {
    let packets = sent(trial, name, Direction::ToActor, PacketKind::Publish);
    let publish = packets.into_iter().filter_map(|packet| match packet {
        Packet::Publish(publish) => Some(publish),
        _ => None,
    });
    let of = publish.map(|publish| {
        let topic = publish.topic.map(|topic| topic.as_str().to_owned());
        let payload = String::from_utf8_lossy(&publish.payload).into_owned();
        (topic.unwrap_or_default(), payload, publish.properties)
    });
    of.collect()
}

fn moments(trial: &Trial, name: &str) -> Vec<u64> {
    let got = trial.got(name, PacketKind::Publish).into_iter();
    got.map(|(at, _)| at).collect()
}

/// One of each kind of what the scenes of this file are made of.
fn everything() -> PublishProperties {
    PublishProperties {
        expiry_secs: Some(60),
        content_type: "text/plain".into(),
        is_text: true,
        response_topic: "answers/{name}".into(),
        correlation: "{n}".into(),
        user: vec![("room".into(), "{room}".into()), ("a".into(), "".into())],
    }
}

#[test]
fn topics_and_properties_are_filled_in_and_go_through() {
    let mut speaker = Actor::publisher("speaker", "a/{room}/{n}");
    speaker.values = vec![("room".into(), "kitchen".into())];
    speaker.speaks[0].payload = Payload::Constant("{name} at {time}".into());
    speaker.speaks[0].properties = everything();
    speaker.speaks[0].first_ms = 1000;
    let mut phone = listener("phone", Qos::AtMostOnce);
    phone.listens[0].subscription_id = 7;
    let mut trial = Trial::new(scene(vec![speaker, phone]));
    trial.pass(2_500);
    let got = got(&trial, "phone");
    let heard = got.iter().map(|(topic, word, _)| (&topic[..], &word[..]));
    let expected = [
        ("a/kitchen/1", "speaker at 1000"),
        ("a/kitchen/2", "speaker at 2000"),
    ];
    assert_eq!(heard.collect::<Vec<_>>(), expected);
    let properties: Vec<String> = got[1].2.iter().map(|p| format!("{p:?}")).collect();
    for part in [
        "PayloadFormatIndicator(true)",
        "MessageExpirySecs(60)",
        "text/plain",
        "answers/speaker",
        "CorrelationData(b\"2\")",
        "kitchen",
        "SubscriptionId(7)",
    ] {
        assert!(
            properties.iter().any(|one| one.contains(part)),
            "{part}: {properties:?}"
        );
    }
}

#[test]
fn bursts_have_pauses_and_who_waits_to_be_asked_says_nothing() {
    let mut speaker = speaker("one", Qos::AtMostOnce);
    let speaks = &mut speaker.speaks[0];
    (speaks.period_ms, speaks.burst, speaks.pause_ms) = (10, 3, 500);
    let mut shy = Actor::publisher("shy", "a/shy");
    shy.speaks[0].by_hand = true;
    shy.speaks[0].payload = Payload::List(vec!["first".into(), "second".into()]);
    let mut trial = Trial::new(scene(vec![
        speaker,
        shy,
        listener("phone", Qos::AtMostOnce),
    ]));
    trial.pass(2_900);
    let expected = [2_400, 2_410, 2_420, 2_920, 2_930, 2_940];
    trial.pass(3_000);
    assert_eq!(moments(&trial, "phone"), expected);
    let shy = trial.id("shy");
    for _ in 0..2 {
        trial.run.touch(&mut trial.pen, &Touch::SayNext(shy, 0));
    }
    trial.pass(3_410);
    let words = trial.words("phone");
    assert_eq!(words[6..], ["first", "second"]);
}

#[test]
fn a_responder_answers_where_it_is_asked_to() {
    let mut asker = Actor::publisher("asker", "ask");
    asker.speaks[0].first_ms = 1000;
    asker.speaks[0].period_ms = 0;
    asker.speaks[0].qos = Qos::AtLeastOnce;
    asker.speaks[0].properties = everything();
    asker.values = vec![("room".into(), "kitchen".into())];
    asker.listens = Actor::subscriber("", "answers/#").listens;
    let mut responder = Actor::subscriber("responder", "ask");
    responder.listens[0].qos = Qos::AtLeastOnce;
    responder.listens[0].handling_ms = 300;
    responder.listens[0].answer = Some(Answer {
        topic: String::new(),
        payload: "{payload}, {topic}: {n}".into(),
    });
    let mut trial = Trial::new(scene(vec![asker, responder]));
    trial.pass(5_000);
    let answers = got(&trial, "asker");
    let (topic, word, properties) = &answers[0];
    assert_eq!((&topic[..], &word[..]), ("answers/asker", "hello, ask: 1"));
    let data = properties.iter().find_map(|property| match property {
        Property::CorrelationData(data) => Some(data),
        _ => None,
    });
    assert_eq!(data.as_deref(), Some(&b"1"[..]));
    // Two ways, 300 ms of handling, two ways.
    assert_eq!(moments(&trial, "asker"), [1000 + 400 + 300 + 400]);
    let acks = sent(&trial, "responder", Direction::ToBroker, PacketKind::PubAck);
    assert_eq!(acks.len(), 1);
}

#[test]
fn a_responder_of_3_1_1_has_a_topic_and_two_of_them_never_stop_the_world() {
    let echo = |name: &str, from: &str, to: &str| {
        let mut actor = Actor::subscriber(name, from);
        actor.version = Version::V3_1_1;
        actor.latency_ms = 0;
        actor.listens[0].answer = Some(Answer {
            topic: to.into(),
            payload: "{payload}{payload}".into(),
        });
        actor
    };
    let mut speaker = speaker("x", Qos::AtMostOnce);
    speaker.speaks[0].period_ms = 0;
    speaker.speaks[0].topic = "ping".into();
    let (ping, pong) = (echo("ping", "ping", "pong"), echo("pong", "pong", "ping"));
    let mut trial = Trial::new(scene(vec![speaker, ping, pong]));
    trial.pass(2_400);
    let answers = trial.words("pong");
    assert_eq!(answers[0], "xx");
    assert!((10..60).contains(&answers.len()), "{}", answers.len());
    let longest = answers.iter().map(String::len).max();
    assert!(longest <= Some(crate::scenario::check::WORD_BYTES_MAX));
}

#[test]
fn connects_say_what_they_are_told() {
    let mut phone = listener("phone", Qos::AtLeastOnce);
    phone.away = Away::KeepSecs(120);
    let connect = &mut phone.connect;
    (connect.receive_max, connect.max_packet_bytes) = (3, 500);
    (connect.topic_alias_max, connect.wants_response_info) = (2, true);
    (connect.no_problem_info, connect.username) = (true, "me".into());
    connect.user = vec![("a".into(), "1".into())];
    phone.values = vec![("room".into(), "hall".into())];
    phone.will = Some(Will {
        topic: "gone/{room}".into(),
        payload: "{name}".into(),
        qos: Qos::AtMostOnce,
        retain: false,
        delay_secs: 0,
        properties: everything(),
    });
    let mut watcher = Actor::subscriber("watcher", "gone/+");
    watcher.listens[0].user = vec![("b".into(), "2".into())];
    let mut speaker = Actor::publisher("x", "a/b");
    speaker.connect.topic_aliases = 1;
    let mut trial = Trial::new(scene(vec![phone, watcher, speaker]));
    trial.pass(6_000);
    let connects = sent(&trial, "phone", Direction::ToBroker, PacketKind::Connect);
    let Some(Packet::Connect(connect)) = connects.first() else {
        panic!("{connects:?}");
    };
    let said = format!("{connect:?}");
    for part in [
        "SessionExpirySecs(120)",
        "ReceiveMax(3)",
        "MaxPacketSize(500)",
        "TopicAliasMax(2)",
        "RequestResponseInformation(true)",
        "RequestProblemInformation(false)",
        "UserProperty",
        "\"me\"",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
    let asked = sent(
        &trial,
        "watcher",
        Direction::ToBroker,
        PacketKind::Subscribe,
    );
    assert!(format!("{asked:?}").contains("UserProperty"), "{asked:?}");
    // The second message of a topic with an alias has no topic.
    let topics = sent(&trial, "x", Direction::ToBroker, PacketKind::Publish);
    assert!(matches!(&topics[1], Packet::Publish(publish) if publish.topic.is_none()));
    trial.deed("phone", Deed::Cut);
    trial.pass(8_000);
    let wills = got(&trial, "watcher");
    let (topic, word, properties) = &wills[0];
    assert_eq!((&topic[..], &word[..]), ("gone/hall", "phone"));
    let said = format!("{properties:?}");
    assert!(
        said.contains("text/plain") && said.contains("answers/phone"),
        "{said}"
    );
}
