//! The same config, seed and inputs give the same bytes: today, and on every target these tests
//! are built for.

use std::time::Duration;

use tidings_core::client::{Options, Publishing};
use tidings_core::config::Config;
use tidings_core::packet::{Properties, Property, QoS, SubscribeOptions, Will};

use crate::world::{ALL_QOS, VERSIONS, World, options, properties, topic, utf8};

/// Choices that depend on nothing but what came before (a linear congruence).
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        ((self.0 >> 33) % limit as u64) as usize
    }

    fn pick<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())]
    }
}

const TOPICS: [&str; 6] = ["a", "a/b", "a/c", "b/b", "a/b/c", "$x/y"];
const FILTERS: [&str; 9] = [
    "#",
    "a/#",
    "a/+",
    "+/b",
    "a/b",
    "$share/g/a/#",
    "$share/g/+/b",
    "$SYS/#",
    "$x/+",
];

/// Clients of every version that do a bit of everything, some of them badly connected.
fn story(seed: u64) -> (u64, usize) {
    let mut world = World::with_config(Config {
        seed,
        durable: true,
        sys_interval: Duration::from_secs(7),
        ..Config::default()
    });
    let mut dice = Dice(1);
    for number in 0..9 {
        let version = VERSIONS[number % 3];
        let will = Will {
            qos: dice.pick(&ALL_QOS),
            retain: number % 2 == 0,
            topic: topic("a/b"),
            payload: number.to_string().into(),
            properties: match number % 3 {
                2 => properties([Property::WillDelaySecs(5)]),
                _ => Properties::default(),
            },
        };
        // Identifiers that the broker assigns come from its seed.
        let id = if number == 8 {
            String::new()
        } else {
            number.to_string()
        };
        world.add(Options {
            clean_start: id.is_empty(),
            will: Some(will),
            keep_alive_secs: 20,
            topic_alias_max: 3,
            ..options(&id, version)
        });
    }
    for step in 0..400_usize {
        let peer = dice.below(9);
        match dice.below(12) {
            0..6 => {
                let name = topic(dice.pick(&TOPICS));
                let message = Publishing::new(name, step.to_string())
                    .qos(dice.pick(&ALL_QOS))
                    .retain(dice.below(4) == 0);
                world.publish_as(peer, message);
            }
            6..9 => {
                let wish = SubscribeOptions {
                    qos: dice.pick(&[QoS::AtLeastOnce, QoS::ExactlyOnce]),
                    ..SubscribeOptions::default()
                };
                let filter = [(utf8(dice.pick(&FILTERS)), wish)];
                let now = world.now;
                let client = &mut world.peers[peer].client;
                client
                    .subscribe(now, filter, Properties::default())
                    .expect("room");
            }
            9 => world.cut(peer),
            10 => world.peers[peer].down_left = 40 + dice.below(200),
            _ => world.pass(1 + dice.below(4) as u64),
        }
        if step % 5 == 0 {
            world.run();
            world.peers[peer].down_left = usize::MAX;
        }
        if step == 200 {
            world.crash();
        }
    }
    for peer in &mut world.peers {
        peer.down_left = usize::MAX;
    }
    world.pass(100);
    let arrived = world.peers.iter().map(|peer| peer.messages().len()).sum();
    (world.trace, arrived)
}

/// What the story comes to. When the broker or the client is meant to act differently, the test
/// says the new number, as it does for a new version of the crate; when not, something depends on
/// what it must not depend on.
const TRACE: u64 = 0xE561_76D7_463C_A5F7;

#[test]
fn the_same_inputs_give_the_same_bytes_on_every_target() {
    let (trace, arrived) = story(42);
    assert!(arrived > 500, "{arrived} messages prove little");
    assert_eq!(trace, TRACE, "the trace is 0x{trace:016X}");
}

#[test]
fn another_seed_gives_others_and_the_same_one_the_same() {
    assert_eq!(story(7), story(7));
    assert_ne!(story(7).0, story(8).0);
}
