//! Frames in.

use bytes::{Buf, Bytes, BytesMut};

use super::{Opcode, Role, apply_mask};

/// The longest payload of a control frame (RFC 6455 5.5).
const CONTROL_BYTES_MAX: u64 = 125;

/// Takes frames off a stream of bytes.
#[derive(Clone, Debug)]
pub struct Receiver {
    role: Role,
    message_bytes_max: usize,
    /// Payload of the current data frame that has not come yet.
    left: u64,
    mask: [u8; 4],
    /// Payload of the current data frame that has come.
    offset: usize,
    /// A message has begun and its last frame has not been seen.
    in_message: bool,
    message_bytes: u64,
    closed: bool,
}

/// What came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Received {
    /// Payload of a binary message, unmasked, perhaps not all of it.
    Data(BytesMut),
    /// A ping; answer with a pong of the same payload.
    Ping(Bytes),
    /// A pong.
    Pong(Bytes),
    /// The other end closes. Nothing that follows counts.
    Close {
        /// Its code, if it gave one.
        code: Option<u16>,
        /// Its reason: UTF-8, perhaps empty.
        reason: Bytes,
    },
}

/// A frame that may not be. The connection has to be closed with the code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what} [{section}]")]
pub struct WsError {
    /// The status code to close with.
    pub close_code: u16,
    /// What was wrong.
    pub what: What,
    /// Who says so.
    pub section: &'static str,
}

/// What can be wrong with a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum What {
    /// A reserved bit is set though no extension was agreed on.
    #[error("a reserved bit of a frame is set")]
    ReservedBits,
    /// An opcode without meaning.
    #[error("a frame has the reserved opcode {0:#x}")]
    Opcode(u8),
    /// A frame from a client without mask.
    #[error("a client has to mask its frames")]
    NotMasked,
    /// A frame from a server with a mask.
    #[error("a server may not mask its frames")]
    Masked,
    /// A length written with more bytes than it needs.
    #[error("the length of a frame is not written in its shortest form")]
    Length,
    /// A length of eight bytes with its highest bit set.
    #[error("the highest bit of a frame's length is set")]
    LengthBit,
    /// A control frame in pieces or of more than 125 bytes.
    #[error("a control frame has to be whole and of 125 bytes at most")]
    Control,
    /// A continuation of nothing.
    #[error("a continuation frame without a message that it continues")]
    NothingToContinue,
    /// A new message inside another.
    #[error("a message began before the one before had ended")]
    MessageInside,
    /// A text message.
    #[error("a text message; MQTT travels in binary ones")]
    Text,
    /// A message longer than allowed.
    #[error("a message is longer than is allowed here")]
    TooLong,
    /// A close code that may not be sent.
    #[error("{0} is no close code that may be sent")]
    CloseCode(u16),
    /// A close frame of one byte.
    #[error("a close frame with half a code")]
    CloseLength,
    /// A close reason that is not UTF-8.
    #[error("the reason of a close frame is not UTF-8")]
    CloseReason,
}

impl What {
    fn error(self) -> WsError {
        let (close_code, section) = match self {
            Self::ReservedBits | Self::Opcode(_) => (1002, "RFC 6455 5.2"),
            Self::Length | Self::LengthBit => (1002, "RFC 6455 5.2"),
            Self::NotMasked | Self::Masked => (1002, "RFC 6455 5.1"),
            Self::Control => (1002, "RFC 6455 5.5"),
            Self::NothingToContinue | Self::MessageInside => (1002, "RFC 6455 5.4"),
            Self::Text => (1003, "MQTT-6.0.0-1"),
            Self::TooLong => (1009, "RFC 6455 7.4.1"),
            Self::CloseCode(_) => (1002, "RFC 6455 7.4"),
            Self::CloseLength => (1002, "RFC 6455 5.5.1"),
            Self::CloseReason => (1007, "RFC 6455 5.5.1"),
        };
        WsError {
            close_code,
            what: self,
            section,
        }
    }
}

/// The header of a frame.
struct Header {
    opcode: Opcode,
    last: bool,
    mask: Option<[u8; 4]>,
    payload: u64,
    len: usize,
}

impl Receiver {
    /// A receiver at the `role` end, for messages of at most `message_bytes_max` bytes.
    pub fn new(role: Role, message_bytes_max: usize) -> Self {
        Self {
            role,
            message_bytes_max,
            left: 0,
            mask: [0; 4],
            offset: 0,
            in_message: false,
            message_bytes: 0,
            closed: false,
        }
    }

    /// Takes the next thing off the front of `input`; `None` if the rest is yet to come. A
    /// header or control frame that is not complete stays in `input`.
    ///
    /// # Errors
    /// If the other end broke a rule of framing. Nothing that follows counts.
    pub fn receive(&mut self, input: &mut BytesMut) -> Result<Option<Received>, WsError> {
        let received = self.next(input);
        if received.is_err() {
            self.closed = true;
        }
        received
    }

    fn next(&mut self, input: &mut BytesMut) -> Result<Option<Received>, WsError> {
        loop {
            if self.closed {
                input.clear();
                return Ok(None);
            }
            if self.left > 0 {
                return Ok(self.data(input));
            }
            let Some(header) = self.header(input)? else {
                return Ok(None);
            };
            if header.opcode.is_control() {
                let whole = header.len + header.payload as usize; // At most 125 bytes.
                if input.len() < whole {
                    return Ok(None);
                }
                let mut payload = input.split_to(whole);
                payload.advance(header.len);
                if let Some(mask) = header.mask {
                    apply_mask(&mut payload, mask, 0);
                }
                return self.control(header.opcode, payload.freeze()).map(Some);
            }
            input.advance(header.len);
            self.begin(&header)?;
        }
    }

    /// As much payload as has come.
    fn data(&mut self, input: &mut BytesMut) -> Option<Received> {
        if input.is_empty() {
            return None;
        }
        let len = usize::try_from(self.left).map_or(input.len(), |left| left.min(input.len()));
        let mut data = input.split_to(len);
        self.take_payload(&mut data);
        Some(Received::Data(data))
    }

    /// How many bytes of payload of a binary message come next, before another header.
    pub fn payload_left(&self) -> u64 {
        match self.closed {
            true => 0,
            false => self.left,
        }
    }

    /// Takes payload that was received to where it belongs, and unmasks it there.
    ///
    /// # Panics
    /// If it is longer than [`Receiver::payload_left`].
    pub fn take_payload(&mut self, payload: &mut [u8]) {
        if self.role == Role::Server {
            apply_mask(payload, self.mask, self.offset);
        }
        let len = payload.len() as u64;
        self.left = self
            .left
            .checked_sub(len)
            .expect("invariant: the caller has asked how much is left");
        self.offset = (self.offset + payload.len()) % 4;
    }

    /// A data frame begins.
    fn begin(&mut self, header: &Header) -> Result<(), WsError> {
        match (header.opcode, self.in_message) {
            (Opcode::Continuation, false) => return Err(What::NothingToContinue.error()),
            (Opcode::Continuation, true) => {}
            (_, true) => return Err(What::MessageInside.error()),
            (Opcode::Text, false) => return Err(What::Text.error()), // [MQTT-6.0.0-1]
            (_, false) => self.message_bytes = 0,
        }
        self.message_bytes = self.message_bytes.saturating_add(header.payload);
        if self.message_bytes > self.message_bytes_max as u64 {
            return Err(What::TooLong.error());
        }
        self.in_message = !header.last;
        self.left = header.payload;
        self.offset = 0;
        self.mask = header.mask.unwrap_or_default();
        Ok(())
    }

    fn header(&self, input: &[u8]) -> Result<Option<Header>, WsError> {
        let [first, second, rest @ ..] = input else {
            return Ok(None);
        };
        if first & 0x70 != 0 {
            return Err(What::ReservedBits.error());
        }
        let number = first & 0x0F;
        let opcode = Opcode::from_number(number).ok_or_else(|| What::Opcode(number).error())?;
        let last = first & 0x80 != 0;
        let masked = second & 0x80 != 0;
        match (self.role, masked) {
            (Role::Server, false) => return Err(What::NotMasked.error()),
            (Role::Client, true) => return Err(What::Masked.error()),
            _ => {}
        }
        let short = u64::from(second & 0x7F);
        if opcode.is_control() && (!last || short > CONTROL_BYTES_MAX) {
            return Err(What::Control.error());
        }
        let (payload, rest) = match short {
            126 => match rest.split_first_chunk() {
                Some((bytes, rest)) => (u64::from(u16::from_be_bytes(*bytes)), rest),
                None => return Ok(None),
            },
            127 => match rest.split_first_chunk() {
                Some((bytes, rest)) => (u64::from_be_bytes(*bytes), rest),
                None => return Ok(None),
            },
            short => (short, rest),
        };
        if payload >> 63 != 0 {
            return Err(What::LengthBit.error());
        }
        let shortest = match short {
            126 => payload > 125,
            127 => payload > u64::from(u16::MAX),
            _ => true,
        };
        if !shortest {
            return Err(What::Length.error());
        }
        let (mask, rest) = match masked {
            true => match rest.split_first_chunk() {
                Some((mask, rest)) => (Some(*mask), rest),
                None => return Ok(None),
            },
            false => (None, rest),
        };
        Ok(Some(Header {
            opcode,
            last,
            mask,
            payload,
            len: input.len() - rest.len(),
        }))
    }

    fn control(&mut self, opcode: Opcode, mut payload: Bytes) -> Result<Received, WsError> {
        match opcode {
            Opcode::Ping => return Ok(Received::Ping(payload)),
            Opcode::Pong => return Ok(Received::Pong(payload)),
            _ => self.closed = true,
        }
        let code = match payload.len() {
            0 => None,
            1 => return Err(What::CloseLength.error()),
            _ => Some(payload.get_u16()),
        };
        if let Some(code) = code
            && !matches!(code, 1000..=1003 | 1007..=1014 | 3000..=4999)
        {
            return Err(What::CloseCode(code).error());
        }
        if simdutf8::basic::from_utf8(&payload).is_err() {
            return Err(What::CloseReason.error());
        }
        Ok(Received::Close {
            code,
            reason: payload,
        })
    }
}
