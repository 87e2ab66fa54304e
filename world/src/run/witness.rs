//! The broker's observer: what it says between two inputs, kept until the run writes it down.

use bytes::Bytes;
use tidings_core::codec::DecodeError;
use tidings_core::message::MessageId;
use tidings_core::node::{CloseCause, ConnId};
use tidings_core::observe::{
    Cause, Decision, Event, Observer, RetainedChange, SessionChange, WillChange,
};
use tidings_core::time::Instant;

/// Hears everything and keeps what a log wants.
#[derive(Clone, Debug, Default)]
pub(crate) struct Witness {
    /// It hears nothing at all: nobody will write it down.
    deaf: bool,
    /// In the order in which it happened.
    pub(super) heard: Vec<Heard>,
    /// Packets that left since the last flush, in order, with the message they carry.
    pub(super) out: Vec<Option<MessageId>>,
}

impl Witness {
    /// One that hears nothing.
    pub(crate) fn deaf() -> Self {
        Self {
            deaf: true,
            ..Self::default()
        }
    }
}

/// Something the broker said.
#[derive(Clone, Debug)]
pub(super) enum Heard {
    /// It took a message from a client; wills and its own have no packet.
    Accepted(MessageId),
    /// It decided what a session gets.
    Decided {
        message: MessageId,
        client: String,
        decision: Decision,
    },
    /// It picked a member of a share group.
    Picked {
        message: MessageId,
        client: String,
        filter: String,
    },
    /// The word kept on a topic changed.
    Retained {
        topic: Bytes,
        change: RetainedChange,
        message: MessageId,
    },
    /// A session began or ended.
    Session { client: String, held: bool },
    /// It said a will.
    Will { client: String },
    /// It could not read what a connection sent.
    Unreadable(DecodeError),
}

impl Observer for Witness {
    const ACTIVE: bool = true;

    fn armed(&self) -> bool {
        !self.deaf
    }

    fn observe(&mut self, _: Instant, _: Cause, event: Event<'_>) {
        let heard = match event {
            Event::Accepted { message, .. } => Heard::Accepted(message),
            Event::Decided {
                message,
                client,
                decision,
            } => Heard::Decided {
                message,
                client: client.to_owned(),
                decision,
            },
            Event::Matched {
                message,
                client,
                filter,
                ..
            } if filter.share().is_some() => Heard::Picked {
                message,
                client: client.to_owned(),
                filter: filter.full().as_str().to_owned(),
            },
            Event::Retained {
                topic,
                change,
                message,
            } => Heard::Retained {
                topic: topic.utf8().bytes().clone(),
                change,
                message,
            },
            Event::Session { client, change } => Heard::Session {
                client: client.to_owned(),
                held: match change {
                    SessionChange::Opened | SessionChange::Resumed => true,
                    SessionChange::Ended | SessionChange::Expired => false,
                    SessionChange::TakenOver | SessionChange::Away(_) => return,
                },
            },
            Event::Will {
                client,
                change: WillChange::Said,
            } => Heard::Will {
                client: client.to_owned(),
            },
            Event::ConnectionClosed {
                cause: CloseCause::Malformed(error),
                ..
            } => Heard::Unreadable(error),
            Event::PacketOut { message, .. } => {
                self.out.push(message);
                return;
            }
            _ => return,
        };
        self.heard.push(heard);
    }
}

/// The broker's end of one connection: the actor, and which of its connections it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Line {
    pub(super) actor: crate::view::ActorId,
    pub(super) turn: u32,
}

/// A line by its name in the broker.
pub(super) type Lines = std::collections::BTreeMap<ConnId, Line>;
