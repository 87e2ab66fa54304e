//! Counters, and `$SYS` topics under the names Mosquitto gave them.

use alloc::format;
use alloc::rc::Rc;
use alloc::string::{String, ToString};
use core::time::Duration;

use bytes::Bytes;

use super::{Node, TimerKind};
use crate::message::Message;
use crate::observe::Observer;
use crate::packet::{Properties, Publish, QoS};
use crate::topic::{Topic, Utf8};

/// Counters of a node since it began.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Network connections that came.
    pub connections_opened: u64,
    /// Network connections that ended.
    pub connections_closed: u64,
    /// CONNECT packets that were accepted.
    pub connects_accepted: u64,
    /// The most clients connected at one time.
    pub clients_max: u64,
    /// Sessions that ended because their time was over.
    pub sessions_expired: u64,
    /// Packets received.
    pub packets_received: u64,
    /// Packets sent.
    pub packets_sent: u64,
    /// Bytes of packets received.
    pub bytes_received: u64,
    /// Bytes of packets sent.
    pub bytes_sent: u64,
    /// PUBLISH packets accepted.
    pub messages_received: u64,
    /// PUBLISH packets sent.
    pub messages_sent: u64,
    /// Bytes of payload in PUBLISH packets accepted.
    pub payload_bytes_received: u64,
    /// Bytes of payload in PUBLISH packets sent.
    pub payload_bytes_sent: u64,
    /// Messages not accepted, and messages not delivered to somebody who had asked for them.
    pub messages_dropped: u64,
    /// Resident memory of the process in bytes, if the driver says it.
    pub resident_bytes: u64,
    /// The most it was.
    pub resident_bytes_max: u64,
}

/// What load averages are kept of, in the order of [`Load::averages`].
const LOADS: [&str; 9] = [
    "messages/received",
    "messages/sent",
    "publish/received",
    "publish/sent",
    "publish/dropped",
    "bytes/received",
    "bytes/sent",
    "sockets",
    "connections",
];

/// Over how many minutes.
const SPANS: [u64; 3] = [1, 5, 15];

/// Binary places of an average behind the point.
const PLACES: u32 = 20;

/// Averages per minute that fade, in whole numbers so that they are the same everywhere.
#[derive(Clone, Debug, Default)]
pub(super) struct Load {
    counted: [u64; LOADS.len()],
    averages: [[u64; SPANS.len()]; LOADS.len()],
}

impl Load {
    /// Takes the counters after another `interval`.
    fn update(&mut self, stats: &Stats, interval: Duration) {
        let counters = [
            stats.packets_received,
            stats.packets_sent,
            stats.messages_received,
            stats.messages_sent,
            stats.messages_dropped,
            stats.bytes_received,
            stats.bytes_sent,
            stats.connections_opened,
            stats.connects_accepted,
        ];
        let micros = interval.as_micros().max(1);
        let keep = SPANS.map(|minutes| fade(micros, minutes));
        let known = counters.iter().zip(&mut self.counted);
        for ((counter, counted), averages) in known.zip(&mut self.averages) {
            let new = counter - core::mem::replace(counted, *counter);
            // What it would be if every minute were like this interval.
            let now = (u128::from(new) << PLACES) * 60_000_000 / micros;
            for (average, keep) in averages.iter_mut().zip(keep) {
                let kept = u128::from(*average) * keep + now * (ONE - keep);
                *average = u64::try_from(kept / ONE).unwrap_or(u64::MAX);
            }
        }
    }
}

/// 1 in the numbers of [`fade`].
const ONE: u128 = 1 << 40;

/// What is left of an average over `minutes` after `micros`: `ONE · e^(-micros / minutes)`.
fn fade(micros: u128, minutes: u64) -> u128 {
    let x = micros.min(1 << 40) * ONE / (u128::from(minutes) * 60_000_000);
    // A small enough part of it by the series, as often as it takes.
    let halvings = (0..40).find(|n| x >> n <= ONE / 8).unwrap_or(40);
    let x = x >> halvings;
    let (mut sum, mut term) = (ONE, ONE);
    for n in 1..=8_u128 {
        term = term * x / ONE / n;
        sum = if n % 2 == 1 { sum - term } else { sum + term };
    }
    for _ in 0..halvings {
        sum = sum * sum / ONE;
    }
    sum
}

impl<O: Observer> Node<O> {
    pub(super) fn schedule_sys(&mut self) {
        let interval = self.config.sys_interval;
        if !interval.is_zero() {
            self.timers.set(self.now + interval, TimerKind::Sys);
        }
    }

    pub(super) fn publish_sys(&mut self) {
        self.load.update(&self.stats, self.config.sys_interval);
        let stats = &self.stats;
        let away = (self.sessions.len() - self.connected) as u64;
        let connected = self.connected as u64;
        let waiting: usize = self
            .sessions
            .iter()
            .map(|(_, session)| session.queue.len() + session.window.len())
            .sum();
        let stored = (waiting + self.retained.len()) as u64;
        let figures: [(&str, u64); 24] = [
            ("clients/total", self.sessions.len() as u64),
            ("clients/connected", connected),
            ("clients/active", connected),
            ("clients/disconnected", away),
            ("clients/inactive", away),
            ("clients/maximum", stats.clients_max),
            ("clients/expired", stats.sessions_expired),
            ("subscriptions/count", self.index.len() as u64),
            ("shared_subscriptions/count", self.groups.len() as u64),
            ("retained messages/count", self.retained.len() as u64),
            ("messages/received", stats.packets_received),
            ("messages/sent", stats.packets_sent),
            ("messages/stored", stored),
            ("store/messages/count", stored),
            (
                "store/messages/bytes",
                (self.queue_bytes + self.retained_bytes) as u64,
            ),
            ("publish/messages/received", stats.messages_received),
            ("publish/messages/sent", stats.messages_sent),
            ("publish/messages/dropped", stats.messages_dropped),
            ("publish/bytes/received", stats.payload_bytes_received),
            ("publish/bytes/sent", stats.payload_bytes_sent),
            ("bytes/received", stats.bytes_received),
            ("bytes/sent", stats.bytes_sent),
            ("heap/current", stats.resident_bytes),
            ("heap/maximum", stats.resident_bytes_max),
        ];
        let uptime = self.now.saturating_since(self.started).as_secs();
        self.say_sys(
            "version",
            concat!("Tidings ", env!("CARGO_PKG_VERSION")).to_string(),
        );
        self.say_sys("uptime", format!("{uptime} seconds"));
        for (name, figure) in figures {
            self.say_sys(name, figure.to_string());
        }
        for (name, averages) in LOADS.iter().zip(self.load.averages) {
            for (minutes, average) in SPANS.iter().zip(averages) {
                let name = format!("load/{name}/{minutes}min");
                self.say_sys(&name, with_two_places(average));
            }
        }
    }

    /// Publishes one figure, if it is not what is kept already.
    fn say_sys(&mut self, name: &str, text: String) {
        let topic = Utf8::copy_from(&format!("$SYS/broker/{name}"))
            .ok()
            .and_then(|text| Topic::parse(text).ok());
        let Some(topic) = topic else { return };
        let known = self.retained.get(&topic);
        if known.is_some_and(|kept| kept.message.payload == text.as_bytes()) {
            return;
        }
        let mut publish = Publish {
            dup: false,
            qos: QoS::AtMostOnce,
            retain: true,
            topic: None,
            packet_id: None,
            properties: Properties::EMPTY,
            payload: Bytes::from(text),
        };
        let id = self.next_message_id();
        let message = Rc::new(Message::accept(id, self.now, topic, &mut publish));
        self.accept(&message, None);
    }
}

fn with_two_places(average: u64) -> String {
    let hundredths = (u128::from(average) * 100) >> PLACES;
    format!("{}.{:02}", hundredths / 100, hundredths % 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fading_is_the_exponential() {
        // e^-x, to more places than are shown.
        for (secs, minutes, expected) in [
            (0, 1, 1.0),
            (10, 1, 0.846_481_724_9),
            (60, 1, 0.367_879_441_2),
            (10, 15, 0.988_950_389_3),
            (600, 1, 0.000_045_399_9),
            (100_000, 1, 0.0),
        ] {
            let kept = fade(secs * 1_000_000, minutes);
            let got = kept as f64 / ONE as f64;
            assert!(
                (got - expected).abs() < 1e-8,
                "{secs} s of {minutes} min: {got}"
            );
        }
    }

    #[test]
    fn averages_are_shown_with_two_places() {
        assert_eq!(with_two_places(0), "0.00");
        assert_eq!(with_two_places(3 << (PLACES - 1)), "1.50");
        assert_eq!(with_two_places(300 << PLACES), "300.00");
    }
}
