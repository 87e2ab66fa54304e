//! RFC 6455 around MQTT: frames off what comes in, headers before what goes out, control frames.

use bytes::{Bytes, BytesMut};
use tidings_core::node::CloseCause;
use tidings_core::packet::ReasonCode;
use tidings_core::ws::{self, Opcode, Received, Receiver, Role};
use tracing::info;

use super::Shared;
use super::outbox::Outbox;
use super::read::rest_of;
use super::socket::{Closing, Phase, Socket};

/// MQTT limits its packets itself and a message may hold any number of them, so a message may be
/// as long as it likes; its payload is passed on as it comes.
const MESSAGE_BYTES_MAX: usize = usize::MAX;

/// RFC 6455 7.4.1.
const NORMAL: u16 = 1000;
const GOING_AWAY: u16 = 1001;
const PROTOCOL_ERROR: u16 = 1002;
const NO_CODE: u16 = 1005;
pub(super) const POLICY: u16 = 1008;
const TOO_BIG: u16 = 1009;

/// What one WebSocket needs between frames.
pub(super) struct WebSocket {
    receiver: Receiver,
    /// The beginning of a frame that is not complete: a header or a control frame.
    partial: BytesMut,
    /// The answer to the last ping; earlier ones need none (RFC 6455 5.5.3).
    pong: Option<Bytes>,
    said_close: bool,
}

impl WebSocket {
    pub(super) fn new() -> Self {
        Self {
            receiver: Receiver::new(Role::Server, MESSAGE_BYTES_MAX),
            partial: BytesMut::new(),
            pong: None,
            said_close: false,
        }
    }

    pub(super) fn has_control(&self) -> bool {
        self.pong.is_some()
    }

    /// How much payload comes next, before the header of another frame.
    pub(super) fn payload_left(&self) -> usize {
        match self.partial.is_empty() {
            true => usize::try_from(self.receiver.payload_left()).unwrap_or(usize::MAX),
            false => 0,
        }
    }

    /// Takes payload where it is, no more than was left.
    pub(super) fn unmask(&mut self, payload: &mut [u8]) {
        self.receiver.take_payload(payload);
    }

    /// Puts a waiting pong behind what is on its way.
    pub(super) fn say_pong(&mut self, outbox: &mut Outbox) {
        if let Some(pong) = self.pong.take()
            && !self.said_close
        {
            let mut frame = Vec::with_capacity(pong.len() + 2);
            ws::encode_frame(Opcode::Pong, &pong, None, &mut frame);
            outbox.push(frame.into());
        }
    }

    /// Says the last word, once.
    pub(super) fn say_close(&mut self, code: u16, outbox: &mut Outbox) {
        if self.said_close {
            return;
        }
        self.said_close = true;
        let mut frame = Vec::new();
        // A close without a code is answered without one.
        if code == NO_CODE {
            ws::encode_frame(Opcode::Close, &[], None, &mut frame);
        } else {
            ws::encode_close(code, "", None, &mut frame);
        }
        outbox.push(frame.into());
    }
}

/// The header of a binary frame that holds a whole message of `len` bytes. [MQTT-6.0.0-1]
pub(super) fn data_header(len: usize) -> ws::HeaderBytes {
    ws::frame_header(Opcode::Binary, len, None)
}

/// How the end of a connection is called in a close frame.
pub(super) fn close_code(cause: &CloseCause) -> u16 {
    match cause {
        CloseCause::ByClient(_) | CloseCause::Lost(_) => NORMAL,
        CloseCause::Malformed(_) | CloseCause::Violation(_)
            if cause.reason() == ReasonCode::PacketTooLarge =>
        {
            TOO_BIG
        }
        CloseCause::Malformed(_) | CloseCause::Violation(_) => PROTOCOL_ERROR,
        _ => match cause.reason() {
            ReasonCode::ServerShuttingDown
            | ReasonCode::UseAnotherServer
            | ReasonCode::ServerMoved => GOING_AWAY,
            _ => POLICY,
        },
    }
}

impl Socket {
    /// The received bytes behind those that waited, in `input` if none did.
    pub(super) fn take_frames(&mut self, mut input: BytesMut, bytes: &[u8]) -> BytesMut {
        input.clear();
        if let Phase::WebSocket(_, ws) = &mut self.phase
            && !ws.partial.is_empty()
        {
            input.extend_from_slice(&ws.partial);
            ws.partial = BytesMut::new();
        }
        input.extend_from_slice(bytes);
        input
    }

    /// Keeps what is left of `frames` and gives the buffer back.
    pub(super) fn keep_frames(&mut self, mut frames: BytesMut, input: &mut BytesMut) {
        if let Phase::WebSocket(_, ws) = &mut self.phase
            && self.closing == Closing::No
        {
            ws.partial = rest_of(&mut frames);
        }
        frames.clear();
        *input = frames;
    }

    /// Takes frames off and gives the node what was in them.
    pub(super) fn receive_frames(&mut self, shared: &mut Shared, frames: &mut BytesMut) {
        let peer = self.peer;
        while self.closing == Closing::No {
            let Phase::WebSocket(conn, ws) = &mut self.phase else {
                return;
            };
            let conn = *conn;
            match ws.receiver.receive(frames) {
                Ok(None) => return,
                Ok(Some(Received::Data(mut data))) => {
                    // [MQTT-6.0.0-2]: packets and frames need not end together.
                    if self.partial.is_empty() {
                        shared.node.handle_bytes(shared.now, conn, &mut data);
                        self.partial = rest_of(&mut data);
                    } else {
                        self.partial.extend_from_slice(&data);
                        self.handle_partial(shared, conn);
                    }
                }
                Ok(Some(Received::Ping(payload))) => {
                    ws.pong = Some(Bytes::copy_from_slice(&payload));
                }
                Ok(Some(Received::Pong(_))) => {}
                Ok(Some(Received::Close { code, .. })) => {
                    use tidings_core::node::LostCause;
                    self.answer_before_close(shared);
                    shared
                        .node
                        .connection_lost(shared.now, conn, LostCause::Closed);
                    self.close_with(code.unwrap_or(NO_CODE));
                }
                Err(error) => {
                    use tidings_core::node::LostCause;
                    info!(%peer, "WebSocket used wrongly: {error}");
                    shared
                        .node
                        .connection_lost(shared.now, conn, LostCause::ProtocolError);
                    self.close_with(error.close_code);
                }
            }
        }
    }
}
