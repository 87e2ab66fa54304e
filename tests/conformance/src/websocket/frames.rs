//! Frames as the judge reads and writes them, without the core's code.

/// The key of the RFC's own example, and the answer to it.
pub(super) const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";
/// See [`KEY`].
pub(super) const ACCEPT: &str = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

/// How a frame is to be written.
#[derive(Clone, Copy, Debug)]
pub(super) struct Form {
    pub(super) first: u8,
    pub(super) mask: Option<[u8; 4]>,
    /// The least number of bits for the length: 7, 16 or 64.
    pub(super) len_bits: u32,
}

impl Form {
    /// A frame as it should be.
    pub(super) fn usual(first: u8) -> Self {
        Self {
            first,
            mask: Some([0x5A, 0x0F, 0xC3, 0x91]),
            len_bits: 7,
        }
    }

    pub(super) fn frame(self, payload: &[u8]) -> Vec<u8> {
        let masked = if self.mask.is_some() { 0x80 } else { 0 };
        let len = payload.len();
        let mut frame = vec![self.first];
        if self.len_bits == 64 || len > 0xFFFF {
            frame.push(masked | 127);
            frame.extend((len as u64).to_be_bytes());
        } else if self.len_bits == 16 || len > 125 {
            frame.push(masked | 126);
            frame.extend((len as u16).to_be_bytes());
        } else {
            frame.push(masked | len as u8);
        }
        let mask = self.mask.unwrap_or_default();
        frame.extend(self.mask.iter().flatten());
        frame.extend(payload.iter().zip(mask.iter().cycle()).map(|(b, m)| b ^ m));
        frame
    }
}

/// A frame from a server, taken off the front of `input` when it is whole: its first byte and
/// what is in it.
///
/// # Errors
/// What a server may not send.
pub(super) fn take(input: &mut Vec<u8>) -> Result<Option<(u8, Vec<u8>)>, String> {
    let [first, second, rest @ ..] = &input[..] else {
        return Ok(None);
    };
    let (first, second) = (*first, *second);
    if first & 0x70 != 0 || second & 0x80 != 0 {
        return Err(format!("a frame that begins {first:02X} {second:02X} came"));
    }
    let size = match second {
        126 => 2,
        127 => 8,
        _ => 0,
    };
    let Some(long) = rest.get(..size) else {
        return Ok(None);
    };
    let (len, least) = match size {
        0 => (usize::from(second), 0),
        _ => (
            long.iter()
                .fold(0, |sum, byte| sum << 8 | usize::from(*byte)),
            if size == 2 { 126 } else { 0x1_0000 },
        ),
    };
    if len < least {
        return Err(format!("the length {len} came in {size} bytes"));
    }
    if first >= 0x88 && len > 125 {
        return Err(format!("a control frame of {len} bytes came"));
    }
    let end = 2 + size + len;
    if input.len() < end {
        return Ok(None);
    }
    let payload = input[2 + size..end].to_vec();
    input.drain(..end);
    Ok(Some((first, payload)))
}
