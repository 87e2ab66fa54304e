//! The broker of glass in a run: what goes into it, what it says, and what it wants done.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::BytesMut;
use tidings_core::config::Config;
use tidings_core::message::MessageId;
use tidings_core::node::{ConnId, Link, LostCause, Node, Output, Shard, StoreOutcome, Transport};
use tidings_core::observe::{self, RetainedChange, Why};
use tidings_core::time::{Clock, Instant, UnixMillis};
use tidings_core::transmit::{Transmit, TransmitStatus};

use super::origins::Origins;
use super::store::Store;
use super::witness::{Heard, Line, Lines, Witness};
use super::{Far, Pen, Run, facts, instant, micros};
use crate::log::{Decision, Seq, What};
use crate::view::{ActorId, Dropped, Micros, Presence};

/// The broker, and what is known of who is at its other ends.
#[derive(Clone, Debug)]
pub(super) struct Glass {
    pub(super) node: Node<Witness>,
    lines: Lines,
    /// Client Identifiers, also of actors that have left.
    names: BTreeMap<String, ActorId>,
    /// The PUBLISH packets that brought messages, the last so many.
    messages: Origins,
    /// The packet that came last, if it is a PUBLISH.
    pub(super) published: Option<Seq>,
    pub(super) store: Store,
    pub(super) down: bool,
}

/// When worlds begin: 2026-01-01T00:00:00Z.
const BEGINNING: UnixMillis = UnixMillis(1_767_225_600_000);

impl Glass {
    pub(super) fn new(config: Arc<Config>) -> Self {
        Self {
            node: node(config, Micros(0)),
            lines: Lines::new(),
            names: BTreeMap::new(),
            messages: Origins::default(),
            published: None,
            store: Store::default(),
            down: false,
        }
    }

    /// Whether it has crashed.
    pub(super) fn down(&self) -> bool {
        self.down
    }

    /// Another broker, which knows nothing, in the place of this one.
    pub(super) fn replace(&mut self, config: Arc<Config>, now: Micros) {
        self.node = node(config, now);
        self.lines.clear();
    }

    pub(super) fn next_at(&self) -> Option<Micros> {
        self.node.poll_timeout().map(|(at, _)| micros(at))
    }

    pub(super) fn timeout(&mut self, at: Micros) {
        self.node.handle_timeout(instant(at));
    }

    /// Remembers whose Client Identifier this is.
    pub(super) fn know(&mut self, client_id: &str, id: ActorId) {
        self.names.insert(client_id.to_owned(), id);
    }

    pub(super) fn open(&mut self, now: Instant, line: Line, transport: Transport) -> ConnId {
        let link = Link {
            transport,
            peer: None,
            listener: 0,
        };
        let conn = self.node.connection_opened(now, link);
        self.lines.insert(conn, line);
        conn
    }

    pub(super) fn bytes(&mut self, now: Instant, conn: ConnId, input: &mut BytesMut) {
        self.node.handle_bytes(now, conn, input);
    }

    pub(super) fn lost(&mut self, now: Instant, line: Line, cause: LostCause) {
        let conn = self.lines.iter().find(|(_, other)| **other == line);
        if let Some(conn) = conn.map(|(conn, _)| *conn) {
            self.lines.remove(&conn);
            self.node.connection_lost(now, conn, cause);
        }
    }

    pub(super) fn line(&self, conn: ConnId) -> Option<Line> {
        self.lines.get(&conn).copied()
    }

    pub(super) fn forget(&mut self, conn: ConnId) -> Option<Line> {
        self.lines.remove(&conn)
    }

    /// What leaves for a connection, and which PUBLISH each packet is a copy of.
    pub(super) fn transmit(
        &mut self,
        now: Instant,
        conn: ConnId,
        transmit: &mut Transmit,
    ) -> (TransmitStatus, Vec<Option<Seq>>) {
        let status = self.node.poll_transmit(now, conn, transmit);
        let out = std::mem::take(&mut self.node.observer_mut().out);
        let origin = |message: Option<MessageId>| self.messages.get(message?);
        (status, out.into_iter().map(origin).collect())
    }
}

/// A broker that knows nothing.
fn node(config: Arc<Config>, now: Micros) -> Node<Witness> {
    let clock = Clock {
        unix: UnixMillis(BEGINNING.0 + now.0 / 1000),
        at: instant(now),
    };
    Node::new(config, Shard::ONLY, clock, Witness::default())
}

impl Run {
    /// Writes down what the broker said, and does what it wants.
    pub(super) fn hear(&mut self, pen: &mut Pen, cause: Option<Seq>) {
        loop {
            self.write_down(pen, cause);
            let Far::Glass(glass) = &mut self.far else {
                return;
            };
            let Some(output) = glass.node.poll_output() else {
                return;
            };
            match output {
                Output::Ready(conn) => self.flush(pen, conn, cause),
                Output::Close { conn, .. } => {
                    self.flush(pen, conn, cause);
                    self.write_down(pen, cause);
                    self.shut(conn);
                }
                Output::Throttle {
                    conn,
                    paused: false,
                } => {
                    let now = instant(self.now);
                    if let Some(line) = glass.line(conn)
                        && let Some(input) = self.ways.door(line).map(|door| door.input())
                    {
                        glass.bytes(now, conn, input);
                    }
                }
                // Memory is safe at once.
                Output::Persist { lsn, record } => {
                    glass.store.apply(record);
                    let outcome = StoreOutcome::Durable(lsn);
                    glass.node.handle_store(instant(self.now), outcome);
                }
                // It keeps what has not been read, and nobody is asked.
                Output::Throttle { paused: true, .. } | Output::Ask { .. } => {}
            }
        }
    }

    fn write_down(&mut self, pen: &mut Pen, cause: Option<Seq>) {
        let Far::Glass(glass) = &mut self.far else {
            return;
        };
        for heard in std::mem::take(&mut glass.node.observer_mut().heard) {
            self.note_heard(pen, cause, heard);
        }
    }

    fn note_heard(&mut self, pen: &mut Pen, cause: Option<Seq>, heard: Heard) {
        let Far::Glass(glass) = &mut self.far else {
            return;
        };
        let now = self.now;
        match heard {
            Heard::Accepted(message) => {
                if let Some(packet) = cause.filter(|cause| glass.published == Some(*cause)) {
                    glass.messages.insert(message, packet);
                }
            }
            Heard::Decided {
                message,
                client,
                decision,
            } => {
                let known = glass.names.get(&client).copied();
                if let (Some(actor), Some(message)) = (known, glass.messages.get(message)) {
                    let decided = What::Decided {
                        message,
                        actor,
                        decision: decision_of(decision),
                    };
                    pen.note(now, cause, decided);
                }
            }
            Heard::Picked {
                message,
                client,
                filter,
            } => {
                let Some(message) = glass.messages.get(message) else {
                    return;
                };
                let picked = glass.names.get(&client).copied();
                let others = self.players.values().filter(|player| {
                    let member = player.asked.iter().any(|asked| asked.filter == filter);
                    member && player.session && Some(player.id) != picked
                });
                for actor in others.map(|player| player.id) {
                    let decided = What::Decided {
                        message,
                        actor,
                        decision: Decision::AnotherMember,
                    };
                    pen.note(now, cause, decided);
                }
            }
            Heard::Retained {
                topic,
                change,
                message,
            } => {
                let what = match change {
                    RetainedChange::Stored | RetainedChange::Replaced => {
                        match glass.messages.get(message) {
                            Some(message) => What::Retained(message),
                            None => return,
                        }
                    }
                    RetainedChange::Cleared | RetainedChange::Expired => What::Unretained(topic),
                    RetainedChange::Refused => return,
                };
                pen.note(now, cause, what);
            }
            Heard::Session { client, held } => {
                let Some(actor) = glass.names.get(&client).copied() else {
                    return;
                };
                let Some(player) = self.players.get_mut(&actor) else {
                    return;
                };
                if player.client_id() != client || player.session == held {
                    return;
                }
                player.session = held;
                pen.note(now, cause, What::Session { actor, held });
                if matches!(player.presence, Presence::Away { .. }) {
                    self.leave(pen, actor);
                }
            }
            Heard::Will { client } => {
                if let Some(actor) = glass.names.get(&client) {
                    pen.note(now, cause, What::Will(*actor));
                }
            }
            Heard::Unreadable(error) => {
                if let Some(packet) = cause {
                    let mistake = facts::mistake(&error);
                    pen.note(now, cause, What::Unreadable { packet, mistake });
                }
            }
        }
    }
}

fn decision_of(decision: observe::Decision) -> Decision {
    match decision {
        observe::Decision::Sent { .. } => Decision::Delivered,
        observe::Decision::Queued { .. } => Decision::Queued,
        observe::Decision::Dropped(why) => Decision::Dropped(match why {
            Why::AwayAtQoS0 => Dropped::Away,
            Why::NoLocal => Dropped::Own,
            Why::TooLarge => Dropped::TooLarge,
            Why::QueueFull | Why::MemoryFull => Dropped::QueueFull,
            Why::Expired => Dropped::Expired,
            Why::Forbidden => Dropped::Denied,
            Why::HandedOver => Dropped::Elsewhere,
            Why::SessionEnded => Dropped::Other,
        }),
    }
}
