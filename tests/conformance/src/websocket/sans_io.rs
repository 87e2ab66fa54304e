//! The core's frames around a node in this process, as a pipe.

use std::time::Duration;

use bytes::BytesMut;
use tidings_core::ws::{Opcode, Received, Receiver, Role, encode_close, encode_frame};

use crate::node::Core;
use crate::play::Broker;
use crate::remote::{Pipe, Read};
use crate::wire::Version;

/// The peer's name in the node.
const PEER: &str = "peer";
const NORMAL: u16 = 1000;

/// What a server does around the core, without a server.
pub(super) struct Frames {
    receiver: Receiver,
    core: Core,
    bytewise: bool,
    input: BytesMut,
    output: Vec<u8>,
    is_open: bool,
    closed: bool,
}

impl Frames {
    pub(super) fn new(core: Core, bytewise: bool) -> Self {
        Self {
            receiver: Receiver::new(Role::Server, usize::MAX),
            core,
            bytewise,
            input: BytesMut::new(),
            output: Vec::new(),
            is_open: false,
            closed: false,
        }
    }

    fn take(&mut self) -> Result<(), String> {
        if !self.is_open {
            self.is_open = true;
            self.core.open(PEER, Version::V311)?;
        }
        while !self.closed {
            let code = match self.receiver.receive(&mut self.input) {
                Ok(None) => break,
                Ok(Some(Received::Data(data))) => {
                    self.core.send(PEER, &data)?;
                    let packets = self.core.rest(PEER)?.concat();
                    if !packets.is_empty() {
                        encode_frame(Opcode::Binary, &packets, None, &mut self.output);
                    }
                    match self.core.is_closed(PEER)? {
                        true => Some(NORMAL),
                        false => continue,
                    }
                }
                Ok(Some(Received::Ping(payload))) => {
                    encode_frame(Opcode::Pong, &payload, None, &mut self.output);
                    continue;
                }
                Ok(Some(Received::Pong(_))) => continue,
                Ok(Some(Received::Close { code, .. })) => code,
                Err(error) => Some(error.close_code),
            };
            match code {
                Some(code) => encode_close(code, "", None, &mut self.output),
                None => encode_frame(Opcode::Close, &[], None, &mut self.output),
            }
            self.closed = true;
        }
        Ok(())
    }
}

impl Pipe for Frames {
    fn write(&mut self, bytes: &[u8]) -> Result<bool, String> {
        let pieces = bytes.chunks(if self.bytewise { 1 } else { bytes.len().max(1) });
        for piece in pieces {
            self.input.extend_from_slice(piece);
            self.take()?;
        }
        Ok(!self.closed)
    }

    fn hang_up(&mut self) -> Result<(), String> {
        self.closed = true;
        Ok(())
    }

    fn read(&mut self, _patience: Duration) -> Result<Read, String> {
        match std::mem::take(&mut self.output) {
            bytes if !bytes.is_empty() => Ok(Read::Bytes(bytes)),
            _ if self.closed => Ok(Read::End),
            _ => Ok(Read::Nothing),
        }
    }
}
