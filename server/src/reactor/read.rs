//! From the socket to the node: reading, telling protocols apart, taking frames off.

use std::io::{self, Read};

use bytes::BytesMut;
use tidings_core::node::{LostCause, Transport};
use tracing::{debug, info, warn};

use super::socket::{Closing, Phase, Socket};
use super::timing::Wait;
use super::websocket::WebSocket;
use super::{PARTIAL_BYTES_MAX, READ_BYTES, Shared};
use crate::http::{self, After, Answer, Response};
use crate::sniff::{Protocol, Unanswered, sniff};

/// Full reads of one socket before the others get their turn.
const READS_PER_TURN: usize = 2;

impl Socket {
    /// Reads what has arrived; true if there may be more.
    pub(super) fn read(&mut self, shared: &mut Shared) -> bool {
        for _ in 0..READS_PER_TURN {
            if self.gone.is_some() || self.paused || self.waits_for_answer() {
                return false;
            }
            let read = match self.stream.read(&mut shared.buffer) {
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
            let is_full = read == shared.buffer.len();
            self.take(shared, read);
            // A read that was cut short has emptied the socket, unless its end is still in it.
            if !is_full && !self.hung_up {
                return false;
            }
        }
        true
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
        if shared.partial_bytes > PARTIAL_BYTES_MAX && self.partial.len() > READ_BYTES {
            warn!(peer = %self.peer, "no room for more incomplete packets: connection closed");
            self.gone = Some(LostCause::Reset);
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
                let Shared { node, now, .. } = shared;
                let bytes = &shared.buffer[..read];
                if self.partial.is_empty() {
                    let input = &mut shared.input;
                    input.clear();
                    input.extend_from_slice(bytes);
                    node.handle_bytes(*now, *conn, input);
                    self.partial = rest_of(input);
                } else {
                    self.partial.extend_from_slice(bytes);
                    node.handle_bytes(*now, *conn, &mut self.partial);
                    self.shrink();
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
