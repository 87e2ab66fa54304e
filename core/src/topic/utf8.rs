//! MQTT's UTF-8 Encoded String.

use alloc::string::String;
use core::borrow::Borrow;
use core::fmt;
use core::hash::{Hash, Hasher};
use core::ops::Deref;

use bytes::Bytes;
use bytestring::ByteString;

/// A well-formed MQTT string: UTF-8 without U+0000, at most 65,535 bytes, a slice of received bytes.
///
/// Other control characters and U+FEFF are kept as they are [MQTT-1.5.4-3].
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Utf8(ByteString);

/// Why bytes are not an MQTT string.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Utf8Error {
    /// The bytes are not UTF-8; encodings of U+D800 to U+DFFF are not either.
    #[error("the bytes are not well-formed UTF-8")]
    NotUtf8,
    /// U+0000 occurs.
    #[error("the string contains the null character U+0000")]
    Null,
    /// A two byte length cannot say how long it is.
    #[error("the string is longer than 65,535 bytes")]
    TooLong,
}

impl Utf8 {
    /// The most bytes a string can have on the wire.
    pub const BYTES_MAX: usize = u16::MAX as usize;

    /// Takes bytes as a string, without copying them.
    ///
    /// # Errors
    /// If they are not a string that MQTT can carry.
    pub fn from_bytes(bytes: Bytes) -> Result<Self, Utf8Error> {
        if bytes.len() > Self::BYTES_MAX {
            return Err(Utf8Error::TooLong); // [MQTT-4.7.3-3]
        }
        if has_any(&bytes, [0]) {
            return Err(Utf8Error::Null); // [MQTT-1.5.4-2] [MQTT-4.7.3-2]
        }
        ByteString::try_from(bytes)
            .map(Self)
            .map_err(|_| Utf8Error::NotUtf8) // [MQTT-1.5.4-1]
    }

    /// A string that is part of the program.
    ///
    /// # Panics
    /// If it contains U+0000 or is longer than 65,535 bytes; in a constant, at compile time.
    pub const fn from_static(text: &'static str) -> Self {
        let bytes = text.as_bytes();
        assert!(bytes.len() <= Self::BYTES_MAX);
        let mut at = 0;
        while at < bytes.len() {
            assert!(bytes[at] != 0);
            at += 1;
        }
        Self(ByteString::from_static(text))
    }

    /// Copies text into a string of its own.
    ///
    /// # Errors
    /// If it contains U+0000 or is longer than 65,535 bytes.
    pub fn copy_from(text: &str) -> Result<Self, Utf8Error> {
        Self::from_bytes(Bytes::copy_from_slice(text.as_bytes()))
    }

    /// The string's bytes.
    pub fn bytes(&self) -> &Bytes {
        self.0.as_bytes()
    }

    /// The string.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Checks bytes without taking them.
    pub(crate) fn check(bytes: &[u8]) -> Result<&str, Utf8Error> {
        if has_any(bytes, [0]) {
            return Err(Utf8Error::Null); // [MQTT-1.5.4-2]
        }
        simdutf8::basic::from_utf8(bytes).map_err(|_| Utf8Error::NotUtf8) // [MQTT-1.5.4-1]
    }
}

/// Whether one of some bytes occurs. Sixteen are looked at together, and the last sixteen once
/// more if there are some over: names have a few dozen.
pub(super) fn has_any<const N: usize>(bytes: &[u8], wanted: [u8; N]) -> bool {
    let is = |byte: &u8| wanted.iter().fold(false, |is, it| is | (byte == it));
    let among = |some: &[u8; 16]| some.iter().fold(false, |found, byte| found | is(byte));
    match bytes.last_chunk() {
        None => bytes.iter().any(is),
        Some(last) => among(last) || bytes.as_chunks().0.iter().any(among),
    }
}

impl Deref for Utf8 {
    type Target = str;

    fn deref(&self) -> &str {
        self.as_str()
    }
}

impl AsRef<str> for Utf8 {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

impl Borrow<str> for Utf8 {
    fn borrow(&self) -> &str {
        self.as_str()
    }
}

/// Hashes as the `str` it is, so that a map keyed by strings can be asked with a `&str`.
impl Hash for Utf8 {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_str().hash(state);
    }
}

impl PartialEq<str> for Utf8 {
    fn eq(&self, other: &str) -> bool {
        self.as_str() == other
    }
}

impl PartialEq<&str> for Utf8 {
    fn eq(&self, other: &&str) -> bool {
        self.as_str() == *other
    }
}

impl TryFrom<&str> for Utf8 {
    type Error = Utf8Error;

    fn try_from(text: &str) -> Result<Self, Utf8Error> {
        Self::copy_from(text)
    }
}

impl TryFrom<String> for Utf8 {
    type Error = Utf8Error;

    fn try_from(text: String) -> Result<Self, Utf8Error> {
        Self::from_bytes(text.into())
    }
}

impl fmt::Debug for Utf8 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

impl fmt::Display for Utf8 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self.as_str(), f)
    }
}
