//! From the socket to the node: reading, telling protocols apart, taking frames off.

use std::io::{self, Read};

use bytes::BytesMut;
use tidings_core::codec::{Status, frame_len};
use tidings_core::node::{ConnId, LostCause, Transport};
use tracing::{debug, info, warn};

use super::buffers::Buffers;
use super::socket::{Closing, Phase, Socket};
use super::timing::Wait;
use super::websocket::WebSocket;
use super::{PARTIAL_BYTES_MAX, READ_BYTES, Shared};
use crate::http::{self, After, Answer, Response};
use crate::sniff::{Protocol, Unanswered, sniff};

/// Full reads of one socket before the others get their turn.
const READS_PER_TURN: usize = 2;
/// What is read of a long packet at a time, once so much of it has come.
const STRAIGHT_BYTES: usize = 256 * 1024;
const BEGUN_BYTES: usize = 16 * 1024;

impl Socket {
    /// Reads what has arrived; true if there may be more.
    pub(super) fn read(&mut self, shared: &mut Shared) -> bool {
        for _ in 0..READS_PER_TURN {
            if self.gone.is_some() || self.paused || self.waits_for_answer() {
                return false;
            }
            let straight = self.room_for_rest(&mut shared.buffers);
            let read = match straight {
                0 => self.stream.read(&mut shared.buffer),
                room => self.read_straight(room),
            };
            let read = match read {
                Ok(0) => {
                    self.gone = Some(LostCause::Closed);
                    return false;
                }
                Ok(read) => read,
                Err(error) => match error.kind() {
                    io::ErrorKind::WouldBlock => return false,
                    io::ErrorKind::Interrupted => continue,
                    _ => {
                        self.gone = Some(LostCause::Reset);
                        return false;
                    }
                },
            };
            let is_full = match straight {
                0 => read == shared.buffer.len(),
                room => read == room,
            };
            match straight {
                0 => self.take(shared, read),
                _ => self.take_straight(shared, read),
            }
            // A read that was cut short has emptied the socket, unless its end is still in it.
            if !is_full && !self.hung_up {
                return false;
            }
        }
        true
    }

    /// How much of the rest of a long packet is read to where its beginning is, without a detour
    /// through the buffer of everybody; there is room for it then.
    fn room_for_rest(&mut self, buffers: &mut Buffers) -> usize {
        let of_frame = match &self.phase {
            Phase::Mqtt(_) => usize::MAX,
            Phase::WebSocket(_, ws) => ws.payload_left(),
            Phase::Unknown | Phase::Http => 0,
        };
        if self.partial.len() < BEGUN_BYTES || of_frame == 0 || self.closing != Closing::No {
            return 0;
        }
        let Ok(Status::Complete(len)) = frame_len(&self.partial) else {
            return 0;
        };
        if len < READ_BYTES {
            return 0; // What follows it comes in the same read.
        }
        let rest = len.saturating_sub(self.partial.len());
        // A length is believed as far as something has come for it.
        let believed = self.partial.len().saturating_mul(3);
        let want = rest.min(of_frame).min(STRAIGHT_BYTES).min(believed);
        if self.partial.capacity() - self.partial.len() < want {
            if let Some(mut whole) = buffers.take(len) {
                whole.extend_from_slice(&self.partial);
                self.partial = whole;
            } else {
                self.partial.reserve(rest.min(believed));
            }
        }
        want
    }

    fn read_straight(&mut self, room: usize) -> io::Result<usize> {
        let start = self.partial.len();
        self.partial.resize(start + room, 0);
        let read = self.stream.read(&mut self.partial[start..]);
        let end = start + *read.as_ref().unwrap_or(&0);
        self.partial.truncate(end);
        read
    }

    /// Passes on what was read to the end of `partial`.
    fn take_straight(&mut self, shared: &mut Shared, read: usize) {
        shared.taken_in += read;
        if self.is_too_much(shared) {
            return;
        }
        let Some(conn) = self.conn() else { return };
        if let Phase::WebSocket(_, ws) = &mut self.phase {
            let start = self.partial.len() - read;
            ws.unmask(&mut self.partial[start..]);
        }
        self.handle_partial(shared, conn);
    }

    /// Gives the node what is in `partial`, which is more than there was before.
    pub(super) fn handle_partial(&mut self, shared: &mut Shared, conn: ConnId) {
        let capacity = self.partial.capacity();
        shared
            .node
            .handle_bytes(shared.now, conn, &mut self.partial);
        if self.partial.is_empty() && capacity >= READ_BYTES {
            let rest = std::mem::take(&mut self.partial);
            shared.buffers.keep(rest, capacity);
        }
        self.shrink();
    }

    /// Whether there is no room for more of this socket's packet: it is over then.
    fn is_too_much(&mut self, shared: &Shared) -> bool {
        let is = shared.partial_bytes > PARTIAL_BYTES_MAX && self.partial.len() > READ_BYTES;
        if is {
            warn!(peer = %self.peer, "no room for more incomplete packets: connection closed");
            self.gone = Some(LostCause::Reset);
        }
        is
    }

    /// An answer that is not taken stops the reading of more requests.
    fn waits_for_answer(&self) -> bool {
        matches!(self.phase, Phase::Http) && self.closing == Closing::No && !self.outbox.is_empty()
    }

    /// Passes `read` bytes of the shared buffer on.
    fn take(&mut self, shared: &mut Shared, read: usize) {
        if self.closing != Closing::No {
            return;
        }
        shared.taken_in += read;
        if self.is_too_much(shared) {
            return;
        }
        if matches!(self.phase, Phase::Unknown) && !self.recognize(shared, read) {
            return;
        }
        match &mut self.phase {
            Phase::Unknown => {}
            Phase::Http => {
                self.partial.extend_from_slice(&shared.buffer[..read]);
                self.serve(shared);
            }
            Phase::Mqtt(conn) => {
                let conn = *conn;
                let bytes = &shared.buffer[..read];
                if self.partial.is_empty() {
                    let input = &mut shared.input;
                    input.clear();
                    input.extend_from_slice(bytes);
                    shared.node.handle_bytes(shared.now, conn, input);
                    self.partial = rest_of(input);
                } else {
                    self.partial.extend_from_slice(bytes);
                    self.handle_partial(shared, conn);
                }
            }
            Phase::WebSocket(..) => {
                // Taken out so that frames can be unmasked where they are.
                let input = std::mem::take(&mut shared.input);
                let mut frames = self.take_frames(input, &shared.buffer[..read]);
                self.receive_frames(shared, &mut frames);
                self.keep_frames(frames, &mut shared.input);
            }
        }
    }

    /// Tells the protocols apart; false if the connection ends here.
    fn recognize(&mut self, shared: &mut Shared, read: usize) -> bool {
        let peer = self.peer;
        match sniff(&shared.buffer[..read]) {
            Protocol::Mqtt => {
                let conn = self.open(shared, Transport::Tcp);
                self.phase = Phase::Mqtt(conn);
                self.set_deadline(None);
                return true;
            }
            Protocol::Http => {
                self.phase = Phase::Http;
                return true;
            }
            Protocol::Tls => {
                info!(%peer, "speaks TLS, which is not spoken here: it wants mqtt:// or ws:// instead of mqtts:// or wss://");
                self.phase = Phase::Http;
                self.respond(
                    Response::text(
                        400,
                        "This port does not speak TLS. Use mqtt://, ws:// or http:// instead of mqtts://, wss:// or https://.",
                    ),
                    None,
                );
            }
            Protocol::Text => {
                info!(%peer, "speaks neither MQTT nor HTTP; was told what is spoken here");
                self.phase = Phase::Http;
                self.outbox
                    .push("This port speaks MQTT, MQTT over WebSocket and HTTP.\r\n".into());
                self.close_after_outbox();
            }
            Protocol::Unknown => {
                let first = Unanswered(&shared.buffer[..read]);
                info!(%peer, "{first}; closed without an answer");
                self.gone = Some(LostCause::ProtocolError);
            }
        }
        false
    }

    /// Answers the requests in `partial`, one at a time.
    pub(super) fn serve(&mut self, shared: &mut Shared) {
        while self.closing == Closing::No && self.outbox.is_empty() && !self.partial.is_empty() {
            let (request, len) = match http::parse(&self.partial) {
                Ok(http::Status::Complete(request, len)) => (request, len),
                Ok(http::Status::Partial) => return,
                Err(error) => {
                    self.respond(Response::unreadable(error), None);
                    return;
                }
            };
            let _ = self.partial.split_to(len);
            self.shrink();
            let rules = &shared.rules[usize::from(self.listener)];
            let answer = http::answer(&request, rules, &shared.page);
            let (Answer::Respond(response) | Answer::Upgrade(response)) = &answer;
            debug!(peer = %self.peer, status = response.status(), path = ?request.path(), "request");
            match answer {
                Answer::Respond(response) => self.respond(response, Some(&request)),
                Answer::Upgrade(response) => {
                    let (head, _, _) = response.into_bytes(Some(&request));
                    self.outbox.push(head);
                    let conn = self.open(shared, Transport::WebSocket);
                    self.phase = Phase::WebSocket(conn, WebSocket::new());
                    self.set_deadline(None);
                    let mut frames = std::mem::take(&mut self.partial);
                    self.receive_frames(shared, &mut frames);
                    let mut nobodys = BytesMut::new();
                    self.keep_frames(frames, &mut nobodys);
                    return;
                }
            }
        }
    }

    fn respond(&mut self, response: Response, request: Option<&http::Request>) {
        let (head, body, after) = response.into_bytes(request);
        self.outbox.push(head);
        self.outbox.push(body);
        match after {
            After::KeepAlive => self.set_deadline(Some(Wait::Peer)),
            After::Close => self.close_after_outbox(),
        }
    }
}

/// What is left of the shared input, in a buffer of its own.
pub(super) fn rest_of(input: &mut BytesMut) -> BytesMut {
    if input.is_empty() {
        return BytesMut::new();
    }
    let rest = BytesMut::from(&input[..]);
    input.clear();
    rest
}
