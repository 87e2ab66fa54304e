//! The words of the log.

use tidings_world::scenario::{BrokerDeed, Deed};
use tidings_world::view::{Dropped, Family, RowKind};

use super::figures;

/// The log.
pub(crate) struct Log {
    pub(crate) title: &'static str,
    pub(crate) close: &'static str,
    pub(crate) families: &'static str,
    pub(crate) family: fn(Family) -> &'static str,
    pub(crate) topic: &'static str,
    pub(crate) topic_hint: &'static str,
    pub(crate) actor: &'static str,
    pub(crate) anyone: &'static str,
    /// The chip of failures; its sign, ≥, is drawn before it.
    pub(crate) failures: &'static str,
    pub(crate) failures_name: fn(u32) -> String,
    pub(crate) search: &'static str,
    pub(crate) order: &'static str,
    pub(crate) by_cause: &'static str,
    pub(crate) by_time: &'static str,
    pub(crate) passing: fn(shown: u32) -> String,
    pub(crate) failed: fn(u32) -> String,
    pub(crate) held: fn(held: u32, most: u32) -> String,
    /// Megabytes of the run's memory, and the most there are.
    pub(crate) memory: fn(mb: u32, most: u32) -> String,
    pub(crate) let_go: fn(u32) -> String,
    pub(crate) news: fn(u32) -> String,
    pub(crate) empty: &'static str,
    pub(crate) nothing_passes: &'static str,
    pub(crate) show_all: &'static str,
    pub(crate) when: &'static str,
    pub(crate) number: &'static str,
    pub(crate) lanes: &'static str,
    pub(crate) from: &'static str,
    pub(crate) to: &'static str,
    pub(crate) packet: &'static str,
    pub(crate) column_topic: &'static str,
    pub(crate) payload: &'static str,
    pub(crate) qos: &'static str,
    pub(crate) bytes: &'static str,
    pub(crate) came: &'static str,
    /// What a row is about.
    pub(crate) kind: fn(RowKind) -> &'static str,
    pub(crate) retained: &'static str,
    pub(crate) on_its_way: &'static str,
    pub(crate) routed: fn(copies: u16, kept: u16, dropped: u16, not_asked: u16) -> String,
    pub(crate) arrived: fn(at: &str, acks: bool) -> String,
    pub(crate) acked: fn(at: &str, acks: bool) -> String,
    pub(crate) ack_owed: fn(acks: bool) -> &'static str,
    pub(crate) frees: fn(packet_id: u16) -> String,
    pub(crate) waits: fn(waiting: u32) -> String,
    pub(crate) dropped: fn(Dropped) -> &'static str,
    pub(crate) lost: fn(at: &str) -> String,
}

pub(super) const EN: Log = Log {
    title: "Log",
    close: "Put the log away",
    families: "Packets",
    family: |family| match family {
        Family::Publish => "publish",
        Family::Ack => "acks",
        Family::Connect => "connect",
        Family::Subscribe => "subscribe",
        Family::Ping => "ping",
    },
    topic: "topic",
    topic_hint: "Only topics that this filter matches",
    actor: "Whose link",
    anyone: "anyone",
    failures: "0x80",
    failures_name: |n| format!("Only failures, {} so far", figures(n.into())),
    search: "Search in names, topics and payloads",
    order: "Order",
    by_cause: "by cause",
    by_time: "by time",
    passing: |n| figures(n.into()),
    failed: |n| match n {
        0 => "no failures".into(),
        1 => "1 failure".into(),
        n => format!("{} failures", figures(n.into())),
    },
    held: |held, most| format!("log: {} of {}", figures(held.into()), figures(most.into())),
    memory: |mb, most| format!("{mb} of {most} MB"),
    let_go: |n| format!("{} let go", figures(n.into())),
    news: |n| format!("{} new", figures(n.into())),
    empty: "Nothing has happened yet.",
    nothing_passes: "Nothing in the log passes these filters.",
    show_all: "Show everything",
    when: "when, s",
    number: "#",
    lanes: "who, drawn as lanes",
    from: "from",
    to: "to",
    packet: "packet",
    column_topic: "topic",
    payload: "payload",
    qos: "QoS",
    bytes: "bytes",
    came: "what came of it",
    kind: |kind| match kind {
        RowKind::Packet(packet) => packet.name(),
        RowKind::Waits => "kept",
        RowKind::NotSent => "not sent",
        RowKind::Deed(Deed::Unplug) => "unplugged",
        RowKind::Deed(Deed::SwitchOff) => "switched off",
        RowKind::Deed(Deed::SwitchOn) => "switched on",
        RowKind::Deed(Deed::Cut) => "cut",
        RowKind::Deed(Deed::CutAfter(_)) => "will be cut",
        RowKind::Deed(Deed::Stall) => "stalled",
        RowKind::Deed(Deed::Resume) => "moves again",
        RowKind::Deed(Deed::Silence) => "half-open",
        RowKind::Deed(Deed::Crash) => "crashed",
        RowKind::Deed(Deed::Restart) => "started again",
        RowKind::Broker(BrokerDeed::Crash) => "crashed",
        RowKind::Broker(BrokerDeed::Lose) => "lost its store",
        RowKind::Broker(BrokerDeed::Start) => "started again",
        RowKind::Will => "its will",
        RowKind::Forgotten => "forgotten",
        RowKind::Wire(_) => "another link",
    },
    retained: "retained",
    on_its_way: "on its way",
    routed: |copies, kept, dropped, not_asked| {
        let mut parts = Vec::new();
        match copies {
            0 => {}
            1 => parts.push("1 copy".to_owned()),
            n => parts.push(format!("{n} copies")),
        }
        if kept > 0 {
            parts.push(format!("{kept} kept"));
        }
        if dropped > 0 {
            parts.push(format!("{dropped} dropped"));
        }
        match (parts.is_empty(), not_asked) {
            (true, _) => "nobody asked".into(),
            (false, 0) => parts.join(", "),
            (false, n) => format!("{}; {n} did not ask", parts.join(", ")),
        }
    },
    arrived: |at, acks| match acks {
        true => format!("arrived {at}, no ack wanted"),
        false => format!("arrived {at}"),
    },
    acked: |at, acks| match acks {
        true => format!("acked {at}"),
        false => format!("answered {at}"),
    },
    ack_owed: |acks| match acks {
        true => "arrived, the ack is owed",
        false => "the answer is owed",
    },
    frees: |id| format!("id {id} is free again"),
    waits: |n| format!("waits: {}", figures(n.into())),
    dropped: |why| match why {
        Dropped::Away => "away, and QoS 0 waits for nobody",
        Dropped::Own => "its own word: No Local",
        Dropped::TooLarge => "larger than it takes",
        Dropped::QueueFull => "its queue is full",
        Dropped::Expired => "the message expired",
        Dropped::Denied => "a rule forbids it",
        Dropped::Elsewhere => "away, so another member gets it",
        Dropped::Other => "not sent",
    },
    lost: |at| format!("lost with its connection {at}"),
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_came_of_a_message_is_counted() {
        assert_eq!((EN.routed)(2, 1, 0, 0), "2 copies, 1 kept");
        assert_eq!((EN.routed)(1, 0, 0, 2), "1 copy; 2 did not ask");
        assert_eq!((EN.routed)(0, 0, 0, 3), "nobody asked");
        assert_eq!((EN.routed)(0, 0, 1, 0), "1 dropped");
    }
}
