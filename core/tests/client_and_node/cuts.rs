//! Links that break anywhere: what QoS 1 and QoS 2 promise.

use std::collections::BTreeMap;

use bytes::Bytes;
use proptest::prelude::*;
use tidings_core::packet::{QoS, Version};

use crate::world::{VERSIONS, World, options};

/// A publisher and a subscriber, connected and subscribed.
fn pair(publisher: Version, subscriber: Version, filter_qos: QoS) -> World {
    let mut world = World::new();
    world.add(options("from", publisher));
    let to = world.add(options("to", subscriber));
    world.subscribe(to, "#", filter_qos);
    world
}

const FROM: usize = 0;
const TO: usize = 1;

fn publish_all(world: &mut World, messages: &[(QoS, String)]) {
    for (qos, payload) in messages {
        world.publish(FROM, "a", payload.clone(), *qos);
    }
}

/// QoS 1 at least once, QoS 2 exactly once, and in order as far as first deliveries go.
fn check(world: &World, messages: &[(QoS, String)], case: &str) {
    let got = world.peers[TO].payloads();
    let mut counts: BTreeMap<&Bytes, usize> = BTreeMap::new();
    let mut first = Vec::new();
    for payload in &got {
        let count = counts.entry(payload).or_default();
        *count += 1;
        if *count == 1 {
            first.push(payload.clone());
        }
    }
    for (qos, payload) in messages {
        let count = counts
            .get(&Bytes::from(payload.clone()))
            .copied()
            .unwrap_or(0);
        match qos {
            QoS::ExactlyOnce => assert_eq!(count, 1, "{case}: {payload} in {got:?}"),
            _ => assert!(count >= 1, "{case}: {payload} in {got:?}"),
        }
    }
    let expected: Vec<_> = messages
        .iter()
        .map(|(_, payload)| payload.clone())
        .collect();
    assert_eq!(first, expected, "{case}: out of order");
    for (name, peer) in [("publisher", FROM), ("subscriber", TO)] {
        let state = world.peers[peer].client.state();
        assert!(
            state.outgoing.is_empty() && state.incoming.is_empty(),
            "{case}: {name} {state:?}"
        );
    }
    assert_eq!(world.peers[FROM].outcomes().len(), messages.len(), "{case}");
}

fn messages(qos: QoS) -> Vec<(QoS, String)> {
    (0..3)
        .map(|number| (qos, format!("{qos:?} {number}")))
        .collect()
}

#[derive(Clone, Copy, Debug)]
enum Way {
    PublisherUp,
    PublisherDown,
    SubscriberUp,
    SubscriberDown,
}

const WAYS: [Way; 4] = [
    Way::PublisherUp,
    Way::PublisherDown,
    Way::SubscriberUp,
    Way::SubscriberDown,
];

impl Way {
    fn limit(self, world: &mut World, bytes: usize) {
        match self {
            Self::PublisherUp => world.peers[FROM].up_left = bytes,
            Self::PublisherDown => world.peers[FROM].down_left = bytes,
            Self::SubscriberUp => world.peers[TO].up_left = bytes,
            Self::SubscriberDown => world.peers[TO].down_left = bytes,
        }
    }

    fn went(self, world: &World) -> usize {
        match self {
            Self::PublisherUp => world.peers[FROM].went_up,
            Self::PublisherDown => world.peers[FROM].went_down,
            Self::SubscriberUp => world.peers[TO].went_up,
            Self::SubscriberDown => world.peers[TO].went_down,
        }
    }
}

#[test]
fn a_cut_at_every_byte_keeps_what_the_qos_promises() {
    for version in VERSIONS {
        for qos in [QoS::AtLeastOnce, QoS::ExactlyOnce] {
            let messages = messages(qos);
            for way in WAYS {
                let mut world = pair(version, version, qos);
                let before = way.went(&world);
                publish_all(&mut world, &messages);
                world.run();
                check(&world, &messages, "uncut");
                let total = way.went(&world) - before;
                assert!(total > 0);
                for cut in 0..total {
                    let mut world = pair(version, version, qos);
                    way.limit(&mut world, cut);
                    publish_all(&mut world, &messages);
                    world.run();
                    way.limit(&mut world, usize::MAX);
                    world.pass(3);
                    let case = format!("{version}, {qos:?}, {way:?} cut at {cut} of {total}");
                    check(&world, &messages, &case);
                    let sessions = [FROM, TO].map(|peer| world.peers[peer].session_present());
                    let cut_peer = match way {
                        Way::PublisherUp | Way::PublisherDown => FROM,
                        Way::SubscriberUp | Way::SubscriberDown => TO,
                    };
                    assert_eq!(sessions[cut_peer], Some(true), "{case}");
                }
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    /// Cut again and again, also while the session is being resumed.
    #[test]
    fn many_cuts_keep_what_the_qos_promises(
        cuts in prop::collection::vec((0_usize..4, 0_usize..200), 0..12),
        kinds in prop::collection::vec(any::<bool>(), 1..8),
        publisher in prop::sample::select(&VERSIONS[..]),
        subscriber in prop::sample::select(&VERSIONS[..]),
    ) {
        let mut world = pair(publisher, subscriber, QoS::ExactlyOnce);
        let kind = |exactly| if exactly { QoS::ExactlyOnce } else { QoS::AtLeastOnce };
        let messages: Vec<_> =
            kinds.iter().enumerate().map(|(n, &e)| (kind(e), format!("message {n}"))).collect();
        publish_all(&mut world, &messages);
        for (way, bytes) in cuts {
            WAYS[way].limit(&mut world, bytes);
            world.run();
            world.pass(1);
        }
        for way in WAYS {
            way.limit(&mut world, usize::MAX);
        }
        world.pass(5);
        check(&world, &messages, "many cuts");
    }
}
