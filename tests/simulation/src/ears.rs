//! What the node tells, copied.
//!
//! The oracle believes none of it: what is told is held against what the standard demands at that
//! moment, and against the bytes that leave. It needs to be told because three things cannot be
//! seen from outside: in which order things happened inside of one input, for which reason a
//! message was withheld, and which of several that look the same it was that left.

use tidings_core::node::{CloseCause, ConnId};
use tidings_core::observe::{Cause, Decision, Event, Observer, Why};
use tidings_core::packet::PacketKind;
use tidings_core::time::Instant;

#[derive(Clone, Debug)]
pub(crate) enum Told {
    /// A packet of so many bytes was taken off the input.
    PacketIn {
        conn: ConnId,
        len: usize,
    },
    /// A PUBLISH with this message was put on the output.
    PublishOut {
        conn: ConnId,
        number: u64,
    },
    Closed {
        conn: ConnId,
        cause: CloseCause,
    },
    Accepted {
        number: u64,
        client: Option<String>,
        topic: String,
        payload: Vec<u8>,
        qos: u8,
        retain: bool,
    },
    Matched {
        number: u64,
        client: String,
        filter: String,
    },
    Dropped {
        number: u64,
        client: String,
        why: Why,
    },
    Record {
        lsn: u64,
    },
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Ears(pub(crate) Vec<Told>);

impl Observer for Ears {
    const ACTIVE: bool = true;

    fn observe(&mut self, _: Instant, _: Cause, event: Event<'_>) {
        let told = match event {
            Event::PacketIn { conn, len, .. } => Told::PacketIn { conn, len },
            Event::PacketOut {
                conn,
                kind: PacketKind::Publish,
                message: Some(message),
                ..
            } => Told::PublishOut {
                conn,
                number: message.0,
            },
            Event::ConnectionClosed { conn, cause, .. } => Told::Closed { conn, cause },
            Event::Accepted {
                message,
                client,
                topic,
                payload,
                qos,
                retain,
            } => Told::Accepted {
                number: message.0,
                client: client.map(str::to_owned),
                topic: topic.to_string(),
                payload: payload.to_vec(),
                qos: qos as u8,
                retain,
            },
            Event::Matched {
                message,
                client,
                filter,
                ..
            } => Told::Matched {
                number: message.0,
                client: client.to_owned(),
                filter: filter.full().to_string(),
            },
            Event::Decided {
                message,
                client,
                decision: Decision::Dropped(why),
            } => Told::Dropped {
                number: message.0,
                client: client.to_owned(),
                why,
            },
            Event::Record { lsn } => Told::Record { lsn: lsn.0 },
            _ => return,
        };
        self.0.push(told);
    }
}
