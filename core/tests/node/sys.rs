//! `$SYS`: what a broker says of itself.

use std::collections::BTreeMap;

use tidings_core::config::Config;
use tidings_core::node::Command;
use tidings_core::packet::{Packet, QoS, ReasonCode, Version};

use crate::support::{Broker, Peer, connect, keep, lasting, publish, secs};

fn watched() -> (Broker, Peer) {
    let mut broker = Broker::with(Config::default());
    let watcher = broker.connect(connect("watcher", Version::V5));
    broker.subscribe(watcher, "$SYS/#", QoS::AtMostOnce);
    (broker, watcher)
}

fn heard(broker: &mut Broker, watcher: Peer) -> BTreeMap<String, String> {
    let messages = broker.messages(watcher).into_iter();
    messages
        .map(|m| {
            let name = m.topic.expect("a name").to_string();
            (name, String::from_utf8_lossy(&m.payload).into_owned())
        })
        .collect()
}

/// As in mosquitto(8), without what needs the operating system or is deprecated there.
const NAMES: [&str; 39] = [
    "bytes/received",
    "bytes/sent",
    "clients/active",
    "clients/connected",
    "clients/disconnected",
    "clients/expired",
    "clients/inactive",
    "clients/maximum",
    "clients/total",
    "heap/current",
    "heap/maximum",
    "load/bytes/received/15min",
    "load/bytes/received/1min",
    "load/bytes/received/5min",
    "load/bytes/sent/15min",
    "load/bytes/sent/1min",
    "load/bytes/sent/5min",
    "load/connections/1min",
    "load/messages/received/1min",
    "load/messages/sent/1min",
    "load/publish/dropped/1min",
    "load/publish/received/1min",
    "load/publish/sent/1min",
    "load/sockets/1min",
    "messages/received",
    "messages/sent",
    "messages/stored",
    "publish/bytes/received",
    "publish/bytes/sent",
    "publish/messages/dropped",
    "publish/messages/received",
    "publish/messages/sent",
    "retained messages/count",
    "shared_subscriptions/count",
    "store/messages/bytes",
    "store/messages/count",
    "subscriptions/count",
    "uptime",
    "version",
];

#[test]
fn the_names_are_mosquittos() {
    let (mut broker, watcher) = watched();
    broker.pass(secs(10));
    let said = heard(&mut broker, watcher);
    for name in NAMES {
        assert!(
            said.contains_key(&format!("$SYS/broker/{name}")),
            "{name} in {said:#?}"
        );
    }
    assert!(said["$SYS/broker/version"].starts_with("Tidings "));
    assert_eq!(said["$SYS/broker/uptime"], "10 seconds");
}

#[test]
fn the_figures_are_right() {
    let (mut broker, watcher) = watched();
    let speaker = broker.connect(connect("speaker", Version::V311));
    let sleeper = broker.connect(lasting("sleeper", Version::V5));
    broker.subscribe(sleeper, "t/#", QoS::AtLeastOnce);
    broker.subscribe(sleeper, "$share/g/s", QoS::AtLeastOnce);
    broker.lose(sleeper);
    broker.send(speaker, publish("t/a", "12345", QoS::AtLeastOnce, Some(1)));
    broker.send(speaker, publish("t/b", "6", QoS::AtMostOnce, None)); // Nobody waits for it.
    broker.send(speaker, keep("kept", "x"));
    let figures = Command::ProcessFigures { resident_bytes: 77 };
    broker.node.handle_command(broker.now, figures);
    broker.pass(secs(10));
    let said = heard(&mut broker, watcher);
    let figure = |name: &str| said[&format!("$SYS/broker/{name}")].as_str();
    assert_eq!(figure("clients/total"), "3");
    assert_eq!(figure("clients/connected"), "2");
    assert_eq!(figure("clients/disconnected"), "1");
    assert_eq!(figure("clients/maximum"), "3");
    assert_eq!(figure("subscriptions/count"), "3");
    assert_eq!(figure("shared_subscriptions/count"), "1");
    assert_eq!(figure("publish/messages/received"), "3");
    assert_eq!(figure("publish/messages/dropped"), "1");
    assert_eq!(figure("publish/bytes/received"), "7");
    assert_eq!(figure("heap/current"), "77");
    // One that waits, and those kept before this turn: none of `$SYS` yet, and "kept".
    assert_eq!(figure("retained messages/count"), "1");
    assert_eq!(figure("messages/stored"), "2");
    broker.pass(secs(10));
    let later = heard(&mut broker, watcher);
    assert!(
        !later.contains_key("$SYS/broker/clients/total"),
        "what is the same is not said again"
    );
    assert!(later.contains_key("$SYS/broker/uptime"));
}

#[test]
fn load_is_an_average_that_fades() {
    let (mut broker, watcher) = watched();
    let speaker = broker.connect(connect("speaker", Version::V311));
    for _ in 0..6 {
        for _ in 0..50 {
            broker.say(speaker, "t", "x");
        }
        broker.pass(secs(10));
    }
    let said = heard(&mut broker, watcher);
    let load = |said: &BTreeMap<String, String>, name: &str| -> f64 {
        said[&format!("$SYS/broker/load/publish/received/{name}")]
            .parse()
            .expect("a number")
    };
    // 300 a minute for a minute: most of it in one minute's average, little in the others.
    let [one, five, fifteen] = ["1min", "5min", "15min"].map(|name| load(&said, name));
    assert!((150.0..230.0).contains(&one), "{one}");
    assert!((40.0..70.0).contains(&five), "{five}");
    assert!((14.0..26.0).contains(&fifteen), "{fifteen}");
    broker.pass(secs(3600));
    let said = heard(&mut broker, watcher);
    assert!(load(&said, "1min") < 0.01);
}

#[test]
fn nobody_else_speaks_there_and_wildcards_pass_by() {
    let mut broker = Broker::with(Config::default());
    let all = broker.connect(connect("all", Version::V5));
    broker.subscribe(all, "#", QoS::AtMostOnce);
    let forger = broker.connect(connect("forger", Version::V5));
    for name in ["$SYS/broker/uptime", "$SYS"] {
        broker.send(forger, publish(name, "1", QoS::AtLeastOnce, Some(1)));
        match &broker.take(forger)[..] {
            [Packet::PubAck(ack)] => assert_eq!(ack.reason, ReasonCode::NotAuthorized),
            other => panic!("{other:?}"),
        }
    }
    broker.pass(secs(10));
    assert!(broker.messages(all).is_empty());
    // A newcomer finds the latest figures, marked as kept.
    let late = broker.connect(connect("late", Version::V5));
    broker.subscribe(late, "$SYS/broker/version", QoS::AtMostOnce);
    let got = broker.messages(late);
    assert!(got.len() == 1 && got[0].retain);
}
