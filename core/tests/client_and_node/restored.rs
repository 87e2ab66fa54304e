//! What a node that died gives back says of itself what it said before.

use bytes::Bytes;
use tidings_core::client::{Options, Publishing};
use tidings_core::packet::{Properties, Property, QoS, Version, Will};

use crate::crashes::{ask, at, durable};
use crate::store::Pace;
use crate::world::{options, properties, topic, utf8};

fn everything() -> Properties {
    properties([
        Property::PayloadFormatIndicator(true),
        Property::ContentType(utf8("text/plain")),
        Property::ResponseTopic(utf8("answers/here")),
        Property::CorrelationData(Bytes::from_static(b"\x00\x17")),
        Property::UserProperty(utf8("unit"), utf8("°C")),
        Property::UserProperty(utf8("unit"), utf8("K")),
    ])
}

#[test]
fn messages_that_wait_and_that_are_kept_keep_their_properties() {
    let mut world = durable(Pace::Fast, None);
    let from = world.add(options("from", Version::V5));
    let away = world.add(options("away", Version::V5));
    ask(&mut world, away, "said", at(QoS::AtLeastOnce));
    world.peers[away].reachable = false;
    world.cut(away);
    world.pass(1);
    for (name, retain) in [("said", false), ("kept", true)] {
        let message = Publishing {
            properties: everything(),
            ..Publishing::new(topic(name), name)
                .qos(QoS::AtLeastOnce)
                .retain(retain)
        };
        world.publish_as(from, message);
    }
    world.pass(2);
    world.crash();
    world.peers[away].reachable = true;
    world.pass(8);
    ask(&mut world, away, "kept", at(QoS::AtLeastOnce));
    let messages = world.peers[away].messages();
    assert_eq!(world.peers[away].payloads(), ["said", "kept"]);
    for message in messages {
        assert_eq!(message.properties, everything());
    }
}

#[test]
fn a_will_that_waits_keeps_its_properties() {
    let mut world = durable(Pace::Fast, None);
    let heir = world.add(options("heir", Version::V5));
    ask(&mut world, heir, "will", at(QoS::AtLeastOnce));
    let own = everything();
    let delay = properties([Property::WillDelaySecs(10)]);
    let all: Vec<Property> = delay.iter().chain(own.iter()).collect();
    let will = Will {
        qos: QoS::AtLeastOnce,
        retain: false,
        topic: topic("will"),
        payload: Bytes::from_static(b"said"),
        properties: Properties::build(all),
    };
    let from = world.add(Options {
        will: Some(will),
        ..options("from", Version::V5)
    });
    world.peers[from].reachable = false;
    world.cut(from);
    world.pass(4);
    world.crash();
    world.pass(10);
    assert_eq!(world.peers[heir].payloads(), ["said"]);
    assert_eq!(world.peers[heir].messages()[0].properties, everything());
}
