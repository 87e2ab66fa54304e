//! TCP and WebSocket, as pipes.

use std::io::{self, ErrorKind, Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::Duration;

use tidings_testkit::PATIENCE;

use crate::remote::{Pipe, Read};

/// What carries the bytes, and how they are cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    /// TCP.
    Tcp,
    /// WebSocket, what is written at once in one frame.
    WebSocket,
    /// WebSocket, every few bytes in a frame or a fragment of their own, with pings in between.
    WebSocketInPieces,
}

impl Transport {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Tcp, Self::WebSocket, Self::WebSocketInPieces];

    /// Opens a connection.
    ///
    /// # Errors
    /// If there is none to be had.
    pub fn dial(self, to: SocketAddr) -> Result<Box<dyn Pipe>, String> {
        let stream = TcpStream::connect(to).map_err(|e| e.to_string())?;
        stream.set_nodelay(true).map_err(|e| e.to_string())?;
        stream
            .set_write_timeout(Some(PATIENCE))
            .map_err(|e| e.to_string())?;
        match self {
            Self::Tcp => Ok(Box::new(Tcp(stream))),
            Self::WebSocket => Ok(Box::new(WebSocket::open(stream, false)?)),
            Self::WebSocketInPieces => Ok(Box::new(WebSocket::open(stream, true)?)),
        }
    }
}

impl Pipe for Box<dyn Pipe> {
    fn write(&mut self, bytes: &[u8]) -> Result<bool, String> {
        (**self).write(bytes)
    }

    fn hang_up(&mut self) -> Result<(), String> {
        (**self).hang_up()
    }

    fn read(&mut self, patience: Duration) -> Result<Read, String> {
        (**self).read(patience)
    }
}

struct Tcp(TcpStream);

impl Pipe for Tcp {
    fn write(&mut self, bytes: &[u8]) -> Result<bool, String> {
        match self.0.write_all(bytes) {
            Ok(()) => Ok(true),
            Err(error) if is_end(&error) => Ok(false),
            Err(error) => Err(error.to_string()),
        }
    }

    fn hang_up(&mut self) -> Result<(), String> {
        match self.0.shutdown(Shutdown::Write) {
            Err(error) if error.kind() != ErrorKind::NotConnected => Err(error.to_string()),
            _ => Ok(()),
        }
    }

    fn read(&mut self, patience: Duration) -> Result<Read, String> {
        let patience = patience.max(Duration::from_millis(1));
        self.0
            .set_read_timeout(Some(patience))
            .map_err(|e| e.to_string())?;
        let mut buffer = [0; 64 * 1024];
        match self.0.read(&mut buffer) {
            Ok(0) => Ok(Read::End),
            Ok(len) => Ok(Read::Bytes(buffer[..len].to_vec())),
            Err(error) if is_end(&error) => Ok(Read::End),
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                Ok(Read::Nothing)
            }
            Err(error) => Err(error.to_string()),
        }
    }
}

fn is_end(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::ConnectionReset | ErrorKind::BrokenPipe | ErrorKind::ConnectionAborted
    )
}

/// A WebSocket client, no more of it than the cases need.
struct WebSocket {
    tcp: Tcp,
    input: Vec<u8>,
    in_pieces: bool,
    frames: u32,
}

impl WebSocket {
    fn open(stream: TcpStream, in_pieces: bool) -> Result<Self, String> {
        let mut socket = Self {
            tcp: Tcp(stream),
            input: Vec::new(),
            in_pieces,
            frames: 0,
        };
        let request = "GET /mqtt HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\n\
             Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
             Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: mqtt\r\n\r\n";
        socket.tcp.write(request.as_bytes())?;
        loop {
            let end = socket.input.windows(4).position(|four| four == b"\r\n\r\n");
            if let Some(end) = end {
                let head = String::from_utf8_lossy(&socket.input[..end]).into_owned();
                socket.input.drain(..end + 4);
                let head = head.to_ascii_lowercase();
                let right = head.starts_with("http/1.1 101 ")
                    && head.contains("sec-websocket-accept: s3pplmbitxaq9kygzzhzrbk+xoo=")
                    && head.contains("sec-websocket-protocol: mqtt");
                return match right {
                    true => Ok(socket),
                    false => Err(format!("the handshake failed: {head}")),
                };
            }
            match socket.tcp.read(PATIENCE)? {
                Read::Bytes(bytes) => socket.input.extend(bytes),
                other => return Err(format!("{other:?} instead of a handshake")),
            }
        }
    }

    fn frame(&mut self, first: u8, payload: &[u8]) -> Vec<u8> {
        self.frames += 1;
        let mask = self.frames.wrapping_mul(0x9E37_79B9).to_be_bytes();
        let mut frame = vec![first];
        match payload.len() {
            len @ 0..=125 => frame.push(0x80 | len as u8),
            len @ 126..=0xFFFF => {
                frame.push(0x80 | 126);
                frame.extend((len as u16).to_be_bytes());
            }
            len => {
                frame.push(0x80 | 127);
                frame.extend((len as u64).to_be_bytes());
            }
        }
        frame.extend(mask);
        frame.extend(payload.iter().zip(mask.iter().cycle()).map(|(b, m)| b ^ m));
        frame
    }

    /// A frame at the front of the input: its first byte and payload.
    fn take_frame(&mut self) -> Result<Option<(u8, Vec<u8>)>, String> {
        let [first, second, ..] = self.input[..] else {
            return Ok(None);
        };
        if second & 0x80 != 0 || first & 0x70 != 0 {
            return Err("a masked frame or a reserved bit from the server".to_owned());
        }
        let size = match second {
            126 => 2,
            127 => 8,
            _ => 0,
        };
        if self.input.len() < 2 + size {
            return Ok(None);
        }
        let long = self.input[2..2 + size].iter();
        let len = match size {
            0 => usize::from(second),
            _ => long.fold(0, |sum, byte| sum << 8 | usize::from(*byte)),
        };
        if self.input.len() < 2 + size + len {
            return Ok(None);
        }
        let payload = self.input[2 + size..2 + size + len].to_vec();
        self.input.drain(..2 + size + len);
        Ok(Some((first, payload)))
    }
}

impl Pipe for WebSocket {
    fn write(&mut self, bytes: &[u8]) -> Result<bool, String> {
        const BINARY: u8 = 0x82;
        const PING: u8 = 0x89;
        let mut out = Vec::new();
        // Long writes say nothing that short ones did not.
        if !self.in_pieces || bytes.len() > 4096 {
            out = self.frame(BINARY, bytes);
        } else {
            // Frames of one byte, then a message of fragments, in turns.
            let sizes = [1, 1, 2, 3, 5];
            let mut rest = bytes;
            let mut open = false;
            let mut turn = 0;
            while !rest.is_empty() {
                let (piece, after) = rest.split_at(sizes[turn % sizes.len()].min(rest.len()));
                rest = after;
                let goes_on = turn % 4 != 3 && !rest.is_empty();
                let first = match (open, goes_on) {
                    (false, true) => 0x02,
                    (true, true) => 0x00,
                    (false, false) => BINARY,
                    (true, false) => 0x80,
                };
                open = goes_on;
                out.extend(self.frame(first, piece));
                if turn % 3 == 0 {
                    out.extend(self.frame(PING, b"?"));
                }
                turn += 1;
            }
        }
        self.tcp.write(&out)
    }

    fn hang_up(&mut self) -> Result<(), String> {
        self.tcp.hang_up()
    }

    fn read(&mut self, patience: Duration) -> Result<Read, String> {
        loop {
            while let Some((first, payload)) = self.take_frame()? {
                match first {
                    0x82 => return Ok(Read::Bytes(payload)),
                    0x88 => return Ok(Read::End),
                    0x8A => {}
                    0x89 => {
                        let pong = self.frame(0x8A, &payload);
                        self.tcp.write(&pong)?;
                    }
                    other => return Err(format!("frame {other:02X} from the server")),
                }
            }
            match self.tcp.read(patience)? {
                Read::Bytes(bytes) => self.input.extend(bytes),
                other => return Ok(other),
            }
        }
    }
}
