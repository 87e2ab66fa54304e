//! Counters, and `$SYS` topics under the names Mosquitto gave them.

use alloc::format;
use alloc::rc::Rc;
use alloc::string::{String, ToString};

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
    /// Messages not accepted, and messages not delivered to somebody who had asked for them.
    pub messages_dropped: u64,
    /// Resident memory of the process in bytes, if the driver says it.
    pub resident_bytes: u64,
}

impl<O: Observer> Node<O> {
    pub(super) fn schedule_sys(&mut self) {
        let interval = self.config.sys_interval;
        if !interval.is_zero() {
            self.timers.set(self.now + interval, TimerKind::Sys);
        }
    }

    pub(super) fn publish_sys(&mut self) {
        let stats = &self.stats;
        let connected = self
            .sessions
            .iter()
            .filter(|(_, session)| session.conn.is_some())
            .count();
        let uptime = self.now.saturating_since(self.started).as_secs();
        let figures: [(&str, u64); 16] = [
            ("clients/total", self.sessions.len() as u64),
            ("clients/connected", connected as u64),
            ("clients/active", connected as u64),
            (
                "clients/disconnected",
                (self.sessions.len() - connected) as u64,
            ),
            ("clients/inactive", (self.sessions.len() - connected) as u64),
            ("subscriptions/count", self.index.len() as u64),
            ("shared_subscriptions/count", self.groups.len() as u64),
            ("retained messages/count", self.retained.len() as u64),
            ("messages/received", stats.packets_received),
            ("messages/sent", stats.packets_sent),
            ("publish/messages/received", stats.messages_received),
            ("publish/messages/sent", stats.messages_sent),
            ("publish/messages/dropped", stats.messages_dropped),
            ("bytes/received", stats.bytes_received),
            ("bytes/sent", stats.bytes_sent),
            ("heap/current", stats.resident_bytes),
        ];
        self.say_sys(
            "version",
            concat!("Tidings ", env!("CARGO_PKG_VERSION")).to_string(),
        );
        self.say_sys("uptime", format!("{uptime} seconds"));
        for (name, figure) in figures {
            self.say_sys(name, figure.to_string());
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
        let publish = Publish {
            dup: false,
            qos: QoS::AtMostOnce,
            retain: true,
            topic: None,
            packet_id: None,
            properties: Properties::EMPTY,
            payload: Bytes::from(text),
        };
        let id = self.next_message_id();
        let message = Rc::new(Message::accept(id, self.now, topic, &publish));
        self.accept(&message, None);
    }
}
