//! `Sec-WebSocket-Accept`: the proof that the other end read the handshake. SHA-1 is no secret
//! here, only what RFC 6455 asks for.

/// What a key is followed by before it is hashed (RFC 6455 1.3).
const SUFFIX: &[u8] = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// The value of `Sec-WebSocket-Accept` that answers a `Sec-WebSocket-Key` (RFC 6455 4.2.2).
pub fn accept_key(key: impl AsRef<[u8]>) -> [u8; 28] {
    let digest = sha1([key.as_ref(), SUFFIX]);
    let mut accept = [b'='; 28];
    for (chunk, out) in digest.chunks(3).zip(accept.chunks_mut(4)) {
        let mut three = [0; 3];
        three[..chunk.len()].copy_from_slice(chunk);
        let [a, b, c] = three.map(u32::from);
        let bits = a << 16 | b << 8 | c;
        // Twenty bytes leave two in the last group: three characters and one `=`.
        for (place, letter) in out.iter_mut().take(chunk.len() + 1).enumerate() {
            *letter = ALPHABET[(bits >> (18 - 6 * place) & 0x3F) as usize];
        }
    }
    accept
}

/// SHA-1 of the parts in a row (FIPS 180-4).
fn sha1(parts: [&[u8]; 2]) -> [u8; 20] {
    let mut state = Sha1 {
        h: [
            0x6745_2301,
            0xEFCD_AB89,
            0x98BA_DCFE,
            0x1032_5476,
            0xC3D2_E1F0,
        ],
        block: [0; 64],
        len: 0,
    };
    for byte in parts.into_iter().flatten() {
        state.push(*byte);
    }
    let bits = state.len * 8;
    state.push(0x80);
    while state.len % 64 != 56 {
        state.push(0);
    }
    for byte in bits.to_be_bytes() {
        state.push(byte);
    }
    let mut digest = [0; 20];
    for (out, word) in digest.chunks_exact_mut(4).zip(state.h) {
        out.copy_from_slice(&word.to_be_bytes());
    }
    digest
}

struct Sha1 {
    h: [u32; 5],
    block: [u8; 64],
    len: u64,
}

impl Sha1 {
    fn push(&mut self, byte: u8) {
        self.block[(self.len % 64) as usize] = byte;
        self.len += 1;
        if self.len.is_multiple_of(64) {
            self.compress();
        }
    }

    fn compress(&mut self) {
        let mut w = [0u32; 80];
        for (word, bytes) in w.iter_mut().zip(self.block.chunks_exact(4)) {
            *word = bytes
                .iter()
                .fold(0, |word, byte| word << 8 | u32::from(*byte));
        }
        for t in 16..80 {
            w[t] = (w[t - 3] ^ w[t - 8] ^ w[t - 14] ^ w[t - 16]).rotate_left(1);
        }
        let [mut a, mut b, mut c, mut d, mut e] = self.h;
        for (t, word) in w.into_iter().enumerate() {
            let (f, k) = match t {
                0..20 => (b & c | !b & d, 0x5A82_7999),
                20..40 => (b ^ c ^ d, 0x6ED9_EBA1),
                40..60 => (b & c | b & d | c & d, 0x8F1B_BCDC),
                _ => (b ^ c ^ d, 0xCA62_C1D6u32),
            };
            let next = a
                .rotate_left(5)
                .wrapping_add(f)
                .wrapping_add(e)
                .wrapping_add(k)
                .wrapping_add(word);
            (e, d, c, b, a) = (d, c, b.rotate_left(30), a, next);
        }
        for (h, add) in self.h.iter_mut().zip([a, b, c, d, e]) {
            *h = h.wrapping_add(add);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_the_key_of_the_rfc() {
        assert_eq!(
            &accept_key("dGhlIHNhbXBsZSBub25jZQ=="),
            b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
        );
    }

    #[test]
    fn hashes_across_blocks() {
        let hex = |digest: [u8; 20]| -> std::string::String {
            digest
                .iter()
                .map(|byte| std::format!("{byte:02x}"))
                .collect()
        };
        for (text, digest) in [
            (&b""[..], "da39a3ee5e6b4b0d3255bfef95601890afd80709"),
            (b"abc", "a9993e364706816aba3e25717850c26c9cd0d89d"),
            (
                b"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
                "84983e441c3bd26ebaae4aa1f95129e5e54670f1",
            ),
        ] {
            assert_eq!(hex(sha1([text, b""])), digest);
            let (front, back) = text.split_at(text.len() / 2);
            assert_eq!(hex(sha1([front, back])), digest);
        }
    }
}
