//! From the node to the socket: everything that is ready in one write.

use std::io::{self, IoSlice};
use std::net::Shutdown;

use tidings_core::node::LostCause;
use tidings_core::transmit::{Transmit, TransmitStatus};
use tracing::trace;

use super::Shared;
use super::outbox::{self, Outbox, Wrote};
use super::socket::{Closing, Phase, Socket};
use super::websocket;

/// Slices of one write: heads with small payloads between shared large ones.
const SLICES_MAX: usize = 64;
/// Full transmits of one connection before the others get their turn.
const TRANSMITS_PER_TURN: usize = 4;

impl Socket {
    /// Writes what waits, as far as the socket takes it and this turn's share allows; true if
    /// reading can go on that waited for this.
    pub(super) fn flush(&mut self, shared: &mut Shared) -> bool {
        if !self.wants_flush() {
            return false;
        }
        self.try_flush(shared).unwrap_or_else(|error| {
            trace!(peer = %self.peer, "cannot write: {error}");
            self.gone = Some(LostCause::Reset);
            false
        })
    }

    fn try_flush(&mut self, shared: &mut Shared) -> io::Result<bool> {
        if !self.write_outbox()? {
            return Ok(false);
        }
        for _ in 0..TRANSMITS_PER_TURN {
            if !self.ready {
                break;
            }
            self.transmit(shared)?;
            if self.blocked {
                return Ok(false);
            }
        }
        if self.ready {
            return Ok(false);
        }
        match self.closing {
            Closing::Draining(code) => {
                if let Phase::WebSocket(_, ws) = &mut self.phase {
                    ws.say_close(code, &mut self.outbox);
                }
                self.closing = Closing::LastWords;
                if self.write_outbox()? {
                    self.linger();
                }
            }
            Closing::LastWords => self.linger(),
            Closing::No if matches!(self.phase, Phase::Http) => {
                // The answer is out; the next request may have come with the last one.
                self.serve(shared);
                return Ok(true);
            }
            Closing::No | Closing::Lingering => {}
        }
        Ok(false)
    }

    /// Writes the outbox and waiting control frames; true if nothing is left of them.
    fn write_outbox(&mut self) -> io::Result<bool> {
        if let Phase::WebSocket(_, ws) = &mut self.phase {
            ws.say_pong(&mut self.outbox);
        }
        if self.outbox.is_empty() {
            return Ok(true);
        }
        self.moved = true;
        let wrote = self.outbox.write_to(&mut self.stream)?;
        self.blocked = wrote == Wrote::Blocked;
        Ok(!self.blocked)
    }

    /// Writes the answers to what came before a close: packets, ping and close may have come in
    /// one read. Once is enough, because a client that leaves waits for no more than answers.
    pub(super) fn answer_before_close(&mut self, shared: &mut Shared) {
        let written = self.write_outbox().and_then(|free| match free {
            true => self.transmit(shared),
            false => Ok(()),
        });
        if let Err(error) = written {
            trace!(peer = %self.peer, "cannot write: {error}");
            self.gone = Some(LostCause::Reset);
        }
    }

    /// Asks the node once and writes what it gave.
    fn transmit(&mut self, shared: &mut Shared) -> io::Result<()> {
        let Some(conn) = self.conn() else {
            self.ready = false;
            return Ok(());
        };
        let transmit = &mut shared.transmit;
        transmit.clear();
        let status = shared.node.poll_transmit(shared.now, conn, transmit);
        self.ready = status == TransmitStatus::More;
        if transmit.is_empty() {
            return Ok(());
        }
        if matches!(self.phase, Phase::WebSocket(..)) {
            transmit.set_head(&websocket::data_header(transmit.len()));
        }
        let written = write_transmit(&mut self.stream, transmit, &mut self.outbox)?;
        self.blocked = written == Wrote::Blocked;
        Ok(())
    }

    /// Closes the sending side; the other end has to close the other.
    fn linger(&mut self) {
        self.closing = Closing::Lingering;
        // An error means that the peer was faster.
        let _ = self.stream.shutdown(Shutdown::Write);
        if self.hung_up {
            self.gone = Some(LostCause::Closed);
        }
    }
}

/// Writes head and content in one call; what the socket refuses goes to the outbox.
fn write_transmit(
    socket: &mut impl io::Write,
    transmit: &Transmit,
    outbox: &mut Outbox,
) -> io::Result<Wrote> {
    let mut slices = [IoSlice::new(&[]); SLICES_MAX];
    let mut count = 0;
    let mut offered = 0;
    let mut total = 0;
    for slice in transmit.slices() {
        if count < SLICES_MAX {
            slices[count] = IoSlice::new(slice);
            count += 1;
            offered += slice.len();
        }
        total += slice.len();
    }
    let written = outbox::write(socket, &slices[..count])?;
    if written == total {
        return Ok(Wrote::All);
    }
    for chunk in transmit.chunks_after(written) {
        outbox.push(chunk);
    }
    if written < offered {
        Ok(Wrote::Blocked)
    } else {
        outbox.write_to(socket)
    }
}
