//! What an engine asks of whoever has sockets, and what it hears of them.

use bytes::Bytes;

use crate::view::TroubleKind;

/// A connection to a real broker. Never used twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SocketId(pub u32);

/// Do this with a WebSocket. Orders come in the order in which they are to be carried out.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub enum SocketOrder {
    /// Open one to this address, offering the subprotocol `mqtt`.
    Open {
        /// Its name.
        socket: SocketId,
        /// `ws://` or `wss://`.
        url: String,
    },
    /// Send this as one binary message.
    Send {
        /// Which.
        socket: SocketId,
        /// One or more MQTT packets.
        bytes: Bytes,
    },
    /// Close it after what was sent; nothing more is asked of it and nothing need be told.
    Close {
        /// Which.
        socket: SocketId,
    },
}

/// What became of a WebSocket. News of one that was closed by order is ignored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SocketNews {
    /// It is open.
    Opened {
        /// The subprotocol the other end chose; empty if none.
        subprotocol: String,
    },
    /// A binary message came.
    Bytes(Bytes),
    /// A text message came, which MQTT does not have.
    Text,
    /// It could not be opened, or is closed.
    Closed {
        /// The close code: 1006 if there was no closing handshake.
        code: u16,
        /// What the driver knows better than that: that the page may not even try, for instance.
        known: Option<TroubleKind>,
    },
}
