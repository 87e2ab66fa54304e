//! What is known of one socket.

use std::net::SocketAddr;

use bytes::BytesMut;
use mio::net::TcpStream;
use tidings_core::node::{CloseCause, ConnId, Link, LostCause, Transport};

use super::Shared;
use super::outbox::Outbox;
use super::timing::{DeadlineId, Wait};
use super::websocket::WebSocket;

/// Where a socket is in the table.
pub(super) type Key = usize;

/// One accepted connection. While it idles it owns no memory besides this.
pub(super) struct Socket {
    pub(super) stream: TcpStream,
    pub(super) peer: SocketAddr,
    pub(super) listener: u16,
    /// The only deadline that counts.
    pub(super) deadline: Option<DeadlineId>,
    pub(super) phase: Phase,
    /// Its name in the node, if the reactor has not heard of it.
    opened: Option<ConnId>,
    /// Bytes of a packet or a request that is not complete.
    pub(super) partial: BytesMut,
    /// What of it has been counted.
    counted: usize,
    pub(super) outbox: Outbox,
    /// The node has more for this connection.
    pub(super) ready: bool,
    /// The socket refused bytes and will say when it takes some.
    pub(super) blocked: bool,
    /// The node wants no more of this connection for a while.
    pub(super) paused: bool,
    /// The other end has closed or broken it; what is in the socket can still be read.
    pub(super) hung_up: bool,
    pub(super) in_again: bool,
    /// Bytes went out since the deadline was set.
    pub(super) moved: bool,
    new_deadline: Option<Wait>,
    /// How far the closing has come.
    pub(super) closing: Closing,
    /// It is over, and why.
    pub(super) gone: Option<LostCause>,
}

/// What is spoken.
pub(super) enum Phase {
    /// Nothing was said.
    Unknown,
    /// Requests and answers.
    Http,
    /// MQTT.
    Mqtt(ConnId),
    /// MQTT in WebSocket frames.
    WebSocket(ConnId, WebSocket),
}

/// The steps of closing.
///
/// A socket that is closed while unread bytes are in it resets the connection, and the peer may
/// never see the last words. So the sending side is closed first, and the rest is read and thrown
/// away until the peer closes too, or its time is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Closing {
    /// It stays open.
    No,
    /// What waits has to be written first; WebSocket then says this code.
    Draining(u16),
    /// Only what is in the outbox.
    LastWords,
    /// The sending side is closed.
    Lingering,
}

impl Socket {
    pub(super) fn new(stream: TcpStream, peer: SocketAddr, listener: u16) -> Self {
        Self {
            stream,
            peer,
            listener,
            deadline: None,
            phase: Phase::Unknown,
            opened: None,
            partial: BytesMut::new(),
            counted: 0,
            outbox: Outbox::default(),
            ready: false,
            blocked: false,
            paused: false,
            hung_up: false,
            in_again: false,
            moved: false,
            new_deadline: Some(Wait::Peer),
            closing: Closing::No,
            gone: None,
        }
    }

    /// Its name in the node.
    pub(super) fn conn(&self) -> Option<ConnId> {
        match self.phase {
            Phase::Mqtt(conn) | Phase::WebSocket(conn, _) => Some(conn),
            Phase::Unknown | Phase::Http => None,
        }
    }

    /// Opens a connection of the node.
    pub(super) fn open(&mut self, shared: &mut Shared, transport: Transport) -> ConnId {
        let link = Link {
            transport,
            peer: Some(self.peer),
            listener: self.listener,
        };
        let conn = shared.node.connection_opened(shared.now, link);
        self.opened = Some(conn);
        conn
    }

    /// Says once that a connection was opened.
    pub(super) fn take_opened(&mut self) -> Option<ConnId> {
        self.opened.take()
    }

    /// Replaces the deadline, or takes it away.
    pub(super) fn set_deadline(&mut self, wait: Option<Wait>) {
        self.deadline = None;
        self.new_deadline = wait;
        self.moved = false;
    }

    pub(super) fn take_new_deadline(&mut self) -> Option<Wait> {
        self.new_deadline.take()
    }

    /// Whether there is anything to write, and a socket to take it.
    pub(super) fn wants_flush(&self) -> bool {
        let has_some = self.ready
            || !self.outbox.is_empty()
            || matches!(self.closing, Closing::Draining(_) | Closing::LastWords)
            || matches!(&self.phase, Phase::WebSocket(_, ws) if ws.has_control());
        // An end that has only stopped sending may still want its answers.
        let may_listen = matches!(self.gone, None | Some(LostCause::Closed));
        has_some && !self.blocked && may_listen
    }

    /// Its time is over.
    pub(super) fn on_deadline(&mut self) {
        // A slow reader of a long answer is welcome as long as it reads.
        match self.closing {
            Closing::No if self.moved => self.set_deadline(Some(Wait::Peer)),
            Closing::Draining(_) | Closing::LastWords if self.moved => {
                self.set_deadline(Some(Wait::Close));
            }
            _ => self.gone = Some(LostCause::Timeout),
        }
    }

    /// The node has closed the connection: what it still has to say goes out, then the socket.
    pub(super) fn close(&mut self, cause: CloseCause) {
        self.close_with(super::websocket::close_code(&cause));
    }

    /// Another connection has got the slot of this one, so that nothing the node said of its end
    /// can be heard.
    pub(super) fn close_forgotten(&mut self) {
        self.close_with(super::websocket::POLICY);
    }

    /// As [`Socket::close`], with the code for WebSocket.
    pub(super) fn close_with(&mut self, code: u16) {
        if self.closing == Closing::No {
            self.closing = Closing::Draining(code);
            self.ready = true;
            self.paused = false;
            self.partial = BytesMut::new();
            self.set_deadline(Some(Wait::Close));
        }
    }

    /// Ends an exchange that the node knows nothing of.
    pub(super) fn close_after_outbox(&mut self) {
        if self.closing == Closing::No {
            self.closing = Closing::LastWords;
            self.partial = BytesMut::new();
            self.set_deadline(Some(Wait::Close));
        }
    }

    /// Gives the node what it left when it wanted no more.
    pub(super) fn resume(&mut self, shared: &mut Shared) {
        let Some(conn) = self.conn() else {
            return;
        };
        if self.closing == Closing::No && !self.partial.is_empty() {
            self.handle_partial(shared, conn);
        }
    }

    /// Brings `total` up to date with what this socket holds.
    pub(super) fn count_partial(&mut self, total: &mut usize) {
        let held = self.partial.capacity();
        *total += held;
        *total -= std::mem::replace(&mut self.counted, held);
    }

    /// Gives memory back that holds nothing.
    pub(super) fn shrink(&mut self) {
        if self.partial.is_empty() && self.partial.capacity() > 0 {
            self.partial = BytesMut::new();
        }
    }
}
