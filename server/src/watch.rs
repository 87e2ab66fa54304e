//! What is worth a line in the log, from what the core tells its observer.
//!
//! At info level: who came and went. Packets appear at trace level only, and what clients say
//! never does. Names that clients choose are written with their control characters escaped.

use std::net::SocketAddr;

use tidings_core::node::{CloseCause, ConnId};
use tidings_core::observe::{Cause, Event, Observer, SessionChange};
use tidings_core::packet::Packet;
use tidings_core::time::Instant;
use tracing::{debug, enabled, info, trace};

/// An observer that writes the log.
#[derive(Debug)]
pub(crate) struct Watch {
    armed: bool,
    packets: bool,
    /// Peers by the slot of their connection.
    peers: Vec<Option<SocketAddr>>,
    /// The connection whose CONNECT is being handled.
    connecting: Option<(Cause, ConnId)>,
}

impl Watch {
    /// Watches as closely as the log's level asks for.
    pub(crate) fn new() -> Self {
        Self {
            armed: enabled!(tracing::Level::INFO),
            packets: enabled!(tracing::Level::TRACE),
            peers: Vec::new(),
            connecting: None,
        }
    }

    fn peer(&self, conn: ConnId) -> Peer {
        Peer(self.peers.get(conn.slot()).copied().flatten())
    }

    #[cold]
    fn opened(&mut self, conn: ConnId, peer: Option<SocketAddr>) {
        if self.peers.len() <= conn.slot() {
            self.peers.resize(conn.slot() + 1, None);
        }
        self.peers[conn.slot()] = peer;
    }

    #[cold]
    fn closed(&mut self, conn: ConnId, client: Option<&str>, cause: CloseCause) {
        let peer = self.peer(conn);
        let why = Why(cause);
        match (client, cause) {
            (Some(client), _) => info!(client, %peer, "gone: {why}"),
            (None, CloseCause::Lost(_)) => debug!(%peer, "gone before it said who it is: {why}"),
            (None, _) => info!(%peer, "sent away: {why}"),
        }
    }

    #[cold]
    fn session(&self, cause: Cause, client: &str, change: SessionChange) {
        let conn = self.connecting.filter(|(c, _)| *c == cause);
        let peer = conn.map_or(Peer(None), |(_, conn)| self.peer(conn));
        match change {
            SessionChange::Opened => info!(client, %peer, "connected"),
            SessionChange::Resumed => {
                info!(client, %peer, "connected and goes on with its session")
            }
            change => debug!(client, "session: {change:?}"),
        }
    }

    #[cold]
    fn packet(&self, event: &Event<'_>) {
        match event {
            Event::PacketIn { conn, packet, len } => {
                trace!(peer = %self.peer(*conn), len, "in  {:?}", packet.kind());
            }
            Event::PacketOut {
                conn, kind, len, ..
            } => trace!(peer = %self.peer(*conn), len, "out {kind:?}"),
            _ => {}
        }
    }
}

impl Observer for Watch {
    const ACTIVE: bool = true;

    fn armed(&self) -> bool {
        self.armed
    }

    // Inlined, so that events nobody logs are not even put together.
    #[inline(always)]
    fn observe(&mut self, _at: Instant, cause: Cause, event: Event<'_>) {
        match &event {
            Event::ConnectionOpened { conn, link } => self.opened(*conn, link.peer),
            Event::ConnectionClosed {
                conn,
                client,
                cause,
            } => self.closed(*conn, *client, *cause),
            Event::Session { client, change } => self.session(cause, client, *change),
            Event::PacketIn { conn, packet, .. } => {
                if matches!(packet, Packet::Connect(_)) {
                    self.connecting = Some((cause, *conn));
                }
                if self.packets {
                    self.packet(&event);
                }
            }
            Event::PacketOut { .. } if self.packets => self.packet(&event),
            _ => {}
        }
    }
}

/// An address, or a dash.
struct Peer(Option<SocketAddr>);

impl std::fmt::Display for Peer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0 {
            Some(address) => address.fmt(f),
            None => f.write_str("-"),
        }
    }
}

/// The end of a connection in words.
pub(crate) struct Why(pub(crate) CloseCause);

impl std::fmt::Display for Why {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0 {
            CloseCause::ByClient(reason) => write!(f, "said good-bye ({})", reason.name()),
            CloseCause::Malformed(error) => error.fmt(f),
            CloseCause::Violation(violation) => violation.fmt(f),
            CloseCause::Refused(reason) => write!(f, "refused ({})", reason.name()),
            CloseCause::ConnectTimeout => f.write_str("no CONNECT in time"),
            CloseCause::KeepAliveTimeout => f.write_str("silent for longer than its keep-alive"),
            CloseCause::TakenOver => f.write_str("its client identifier connected again"),
            CloseCause::Administrative(reason) => write!(f, "sent away ({})", reason.name()),
            CloseCause::Lost(cause) => write!(f, "connection lost ({cause:?})"),
        }
    }
}
