//! What a node tells about itself: everything, once, with its reason and its cause.

use tidings_core::config::{Config, WhenFull};
use tidings_core::observe::{
    Cause, Decision, Event, Observer, RetainedChange, SessionChange, Why, WillChange,
};
use tidings_core::packet::{Packet, Property, Publish, QoS, ReasonCode, SubscribeOptions, Version};
use tidings_core::policy::{Action, Policy, Rule, Who};
use tidings_core::time::Instant;
use tidings_core::topic::Filter;

use crate::support::{
    Broker, Peer, ack, connect, disconnect, keep, lasting, limited, message, properties, publish,
    quiet, secs, utf8, will, with,
};

/// Keeps what it hears.
struct Tape {
    armed: bool,
    heard: Vec<(Cause, Heard)>,
}

#[derive(Clone, Debug, PartialEq)]
enum Heard {
    In,
    Out,
    Decided(String, Decision),
    Matched(String, String),
    Retained(RetainedChange),
    Will(WillChange),
    Session(String, SessionChange),
    Access(Action, bool),
    Other(&'static str),
}

impl Observer for Tape {
    const ACTIVE: bool = true;

    fn armed(&self) -> bool {
        self.armed
    }

    fn observe(&mut self, _: Instant, cause: Cause, event: Event<'_>) {
        let heard = match event {
            Event::PacketIn { .. } => Heard::In,
            Event::PacketOut { .. } => Heard::Out,
            Event::Decided {
                client, decision, ..
            } => Heard::Decided(client.to_owned(), decision),
            Event::Matched { client, filter, .. } => {
                Heard::Matched(client.to_owned(), filter.to_string())
            }
            Event::Retained { change, .. } => Heard::Retained(change),
            Event::Will { change, .. } => Heard::Will(change),
            Event::Session { client, change } => Heard::Session(client.to_owned(), change),
            Event::Access {
                action, allowed, ..
            } => Heard::Access(action, allowed),
            Event::ConnectionOpened { .. } => Heard::Other("opened"),
            Event::ConnectionClosed { .. } => Heard::Other("closed"),
            Event::Accepted { .. } => Heard::Other("accepted"),
            Event::Repeated { .. } => Heard::Other("repeated"),
            Event::Subscribed { .. } => Heard::Other("subscribed"),
            Event::Unsubscribed { .. } => Heard::Other("unsubscribed"),
            Event::Completed { .. } => Heard::Other("completed"),
            Event::Timer { .. } => Heard::Other("timer"),
            Event::Record { .. } => Heard::Other("record"),
        };
        self.heard.push((cause, heard));
    }
}

type Watched = Broker<Tape>;

fn watched(config: Config) -> Watched {
    let heard = Vec::new();
    Broker::watched(config, Tape { armed: true, heard })
}

/// What was heard since the last look.
fn heard(broker: &mut Watched) -> Vec<Heard> {
    let heard = std::mem::take(&mut broker.node.observer_mut().heard);
    heard.into_iter().map(|(_, heard)| heard).collect()
}

fn drops(broker: &mut Watched) -> Vec<(String, Why)> {
    let all = heard(broker).into_iter();
    all.filter_map(|heard| match heard {
        Heard::Decided(client, Decision::Dropped(why)) => Some((client, why)),
        _ => None,
    })
    .collect()
}

fn speaker(broker: &mut Watched) -> Peer {
    broker.connect(connect("speaker", Version::V5))
}

fn at_least_once(text: &str) -> Packet {
    publish("t", text, QoS::AtLeastOnce, Some(1))
}

/// A client whose window is full with one message, and which has subscribed to "t".
fn busy(broker: &mut Watched, speaker: Peer) -> Peer {
    let wish = with(lasting("busy", Version::V5), [Property::ReceiveMax(1)]);
    let busy = broker.connect(wish);
    broker.subscribe(busy, "t", QoS::AtLeastOnce);
    broker.send(speaker, at_least_once("first"));
    busy
}

#[test]
fn every_reason_not_to_deliver_is_told() {
    type Story = (Why, Config, fn(&mut Watched));
    let forbidding = Config {
        policy: Policy {
            rules: vec![Rule {
                who: Who::Client(utf8("busy")),
                action: Some(Action::Deliver),
                filter: Filter::parse(utf8("t")).expect("a filter"),
                allow: false,
            }],
            otherwise_allow: true,
        },
        ..quiet()
    };
    let stories: [Story; 11] = [
        (Why::NoLocal, quiet(), |b| {
            let own = b.connect(connect("busy", Version::V5));
            let options = SubscribeOptions {
                no_local: true,
                ..SubscribeOptions::default()
            };
            b.subscribe_with(own, "t", options, None);
            b.say(own, "t", "x");
        }),
        (Why::Forbidden, forbidding, |b| {
            let speaker = speaker(b);
            busy(b, speaker);
        }),
        (Why::AwayAtQoS0, quiet(), |b| {
            let speaker = speaker(b);
            let busy = busy(b, speaker);
            b.lose(busy);
            b.say(speaker, "t", "x");
        }),
        // What waited when it went is told as well.
        (Why::AwayAtQoS0, quiet(), |b| {
            let speaker = speaker(b);
            let busy = busy(b, speaker);
            b.stall(busy, true);
            b.say(speaker, "t", "x");
            b.lose(busy);
        }),
        (Why::QueueFull, limited(|l| l.queue_messages_max = 0), |b| {
            let speaker = speaker(b);
            busy(b, speaker);
        }),
        (
            Why::QueueFull,
            limited(|l| {
                l.queue_messages_max = 1;
                l.when_full = WhenFull::DropOldest;
            }),
            |b| {
                let speaker = speaker(b);
                busy(b, speaker);
                b.send(speaker, at_least_once("waits"));
                b.send(speaker, at_least_once("takes its place"));
            },
        ),
        (
            Why::MemoryFull,
            limited(|l| l.queue_bytes_total_max = 0),
            |b| {
                let speaker = speaker(b);
                busy(b, speaker);
            },
        ),
        (Why::Expired, quiet(), |b| {
            let speaker = speaker(b);
            let busy = busy(b, speaker);
            let expiring = Publish {
                properties: properties([Property::MessageExpirySecs(5)]),
                ..message("t", "x", QoS::AtLeastOnce, Some(1))
            };
            b.send(speaker, Packet::Publish(expiring));
            b.pass(secs(5));
            b.send(busy, Packet::PubAck(ack(1)));
        }),
        (Why::TooLarge, quiet(), |b| {
            let speaker = speaker(b);
            let wish = with(connect("busy", Version::V5), [Property::MaxPacketSize(60)]);
            let small = b.connect(wish);
            b.subscribe(small, "t", QoS::AtLeastOnce);
            b.send(speaker, at_least_once(&"x".repeat(100)));
        }),
        (Why::SessionEnded, quiet(), |b| {
            let speaker = speaker(b);
            busy(b, speaker);
            b.send(speaker, at_least_once("waits"));
            b.connect(connect("busy", Version::V5));
        }),
        (Why::HandedOver, quiet(), |b| {
            let speaker = speaker(b);
            let busy = b.connect(lasting("busy", Version::V5));
            b.subscribe(busy, "$share/g/t", QoS::AtLeastOnce);
            b.send(speaker, at_least_once("x"));
            let heir = b.connect(connect("heir", Version::V5));
            b.subscribe(heir, "$share/g/t", QoS::AtLeastOnce);
            b.lose(busy);
        }),
    ];
    for (why, config, story) in stories {
        let mut broker = watched(config);
        story(&mut broker);
        assert_eq!(drops(&mut broker), [("busy".to_owned(), why)], "{why:?}");
    }
}

#[test]
fn every_packet_is_told_once() {
    let mut broker = watched(quiet());
    let speaker = speaker(&mut broker);
    let listener = broker.connect(lasting("listener", Version::V311));
    broker.subscribe(listener, "#", QoS::ExactlyOnce);
    broker.send(speaker, keep("t", "x"));
    broker.send(speaker, publish("t", "x", QoS::ExactlyOnce, Some(1)));
    broker.send(speaker, Packet::PubRel(ack(1)));
    broker.send(listener, Packet::PubRec(ack(1)));
    broker.send(listener, Packet::PubComp(ack(1)));
    broker.feed(listener.conn, &[0xC0, 0]);
    broker.send(speaker, disconnect(ReasonCode::Success));
    let all = heard(&mut broker);
    let count = |what: &Heard| all.iter().filter(|heard| *heard == what).count() as u64;
    let stats = broker.node.stats();
    assert_eq!(count(&Heard::In), stats.packets_received);
    assert_eq!(count(&Heard::Out), stats.packets_sent);
    assert_eq!((stats.packets_received, stats.packets_sent), (10, 9));
    assert_eq!(count(&Heard::Other("accepted")), 2);
    assert_eq!(count(&Heard::Other("completed")), 1);
    assert_eq!(count(&Heard::Access(Action::Publish, true)), 2);
}

#[test]
fn sessions_wills_and_kept_words_are_told_as_they_change() {
    let mut broker = watched(limited(|l| l.retained_messages_max = 1));
    let speaker = speaker(&mut broker);
    heard(&mut broker);
    let of = |heard: Vec<Heard>| -> Vec<Heard> {
        let told = heard.into_iter().filter(|heard| {
            matches!(
                heard,
                Heard::Session(..) | Heard::Will(_) | Heard::Retained(_)
            )
        });
        told.collect()
    };
    let session = |change| Heard::Session("a".to_owned(), change);
    let delayed = || {
        let mut wish = lasting("a", Version::V5);
        wish.will = will("w", "x");
        if let Some(will) = &mut wish.will {
            will.properties = properties([Property::WillDelaySecs(5)]);
        }
        wish
    };
    let expiry = 7 * 24 * 3600;
    let mut peer = broker.connect(delayed());
    let opened = [
        session(SessionChange::Opened),
        Heard::Will(WillChange::Left),
    ];
    assert_eq!(of(heard(&mut broker)), opened);
    broker.lose(peer);
    let away = [
        session(SessionChange::Away(expiry)),
        Heard::Will(WillChange::Waits(5)),
    ];
    assert_eq!(of(heard(&mut broker)), away);
    peer = broker.connect(delayed());
    let back = [
        Heard::Will(WillChange::Cancelled),
        session(SessionChange::Resumed),
        Heard::Will(WillChange::Left),
    ];
    assert_eq!(of(heard(&mut broker)), back);
    broker.lose(peer);
    broker.pass(secs(5));
    assert!(of(heard(&mut broker)).contains(&Heard::Will(WillChange::Said)));
    broker.pass(secs(u64::from(expiry)));
    assert_eq!(of(heard(&mut broker)), [session(SessionChange::Expired)]);
    broker.connect(connect("a", Version::V5));
    heard(&mut broker);
    broker.connect(connect("a", Version::V5));
    let taken = [
        session(SessionChange::TakenOver),
        session(SessionChange::Ended),
        session(SessionChange::Opened),
    ];
    assert_eq!(of(heard(&mut broker)), taken);

    for (packet, change) in [
        (keep("t", "x"), RetainedChange::Stored),
        (keep("t", "y"), RetainedChange::Replaced),
        (keep("t", ""), RetainedChange::Cleared),
    ] {
        broker.send(speaker, packet);
        assert_eq!(of(heard(&mut broker)), [Heard::Retained(change)]);
    }
    let expiring = Publish {
        retain: true,
        properties: properties([Property::MessageExpirySecs(5)]),
        ..message("t", "x", QoS::AtMostOnce, None)
    };
    broker.send(speaker, Packet::Publish(expiring));
    heard(&mut broker);
    broker.pass(secs(5));
    assert_eq!(
        of(heard(&mut broker)),
        [Heard::Retained(RetainedChange::Expired)]
    );
}

#[test]
fn effects_carry_the_number_of_the_input_that_caused_them() {
    let mut broker = watched(quiet());
    let speaker = speaker(&mut broker);
    let listener = broker.connect(connect("listener", Version::V5));
    broker.subscribe(listener, "a/#", QoS::AtLeastOnce);
    broker.subscribe(listener, "+/b", QoS::AtLeastOnce);
    broker.node.observer_mut().heard.clear();
    broker.say(speaker, "a/b", "x");
    let heard = std::mem::take(&mut broker.node.observer_mut().heard);
    let cause = heard[0].0;
    let decided = Decision::Sent {
        qos: QoS::AtMostOnce,
    };
    let name = "listener".to_owned();
    let expected = [
        Heard::In,
        Heard::Access(Action::Publish, true),
        Heard::Other("accepted"),
        Heard::Matched(name.clone(), "a/#".to_owned()),
        Heard::Matched(name.clone(), "+/b".to_owned()),
        Heard::Decided(name, decided),
    ];
    let (of_it, later): (Vec<_>, Vec<_>) = heard.into_iter().partition(|(of, _)| *of == cause);
    let mut of_it: Vec<_> = of_it.into_iter().map(|(_, heard)| heard).collect();
    of_it[3..5].sort_by_key(|heard| format!("{heard:?}"));
    let mut expected = expected.to_vec();
    expected[3..5].sort_by_key(|heard| format!("{heard:?}"));
    assert_eq!(of_it, expected);
    // The packet leaves when the transport takes it, which is another input.
    assert_eq!(later.len(), 1);
    assert!(later[0].0 > cause && later[0].1 == Heard::Out);
}

#[test]
fn who_does_not_watch_hears_nothing() {
    let mut broker = watched(quiet());
    broker.node.observer_mut().armed = false;
    let speaker = speaker(&mut broker);
    busy(&mut broker, speaker);
    assert!(heard(&mut broker).is_empty());
    // It may begin at any time.
    broker.node.observer_mut().armed = true;
    broker.say(speaker, "t", "x");
    assert!(!heard(&mut broker).is_empty());
}
