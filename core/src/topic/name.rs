//! Topic names.

use core::fmt;

use super::Utf8;
use super::utf8::has_any;

/// A valid topic name: not empty, no wildcard characters.
///
/// An empty level is a level like any other: `/a` has two, the first of them empty.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Topic(Utf8);

/// Why a string is not a topic name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TopicError {
    /// It has no characters.
    #[error("a topic name needs at least one character")]
    Empty,
    /// `+` or `#` occurs.
    #[error("a topic name cannot contain the wildcard characters + and #")]
    Wildcard,
}

impl Topic {
    /// Takes a string as a topic name.
    ///
    /// # Errors
    /// If it is empty or contains `+` or `#`.
    pub fn parse(name: Utf8) -> Result<Self, TopicError> {
        Self::check(name.bytes())?;
        Ok(Self(name))
    }

    /// A string that [`Topic::check`] has found to be one.
    pub(crate) fn from_checked(name: Utf8) -> Self {
        debug_assert_eq!(Self::check(name.bytes()), Ok(()));
        Self(name)
    }

    /// The rules of [`Topic::parse`] for a string that is only looked at.
    pub(crate) fn check(name: &[u8]) -> Result<(), TopicError> {
        if name.is_empty() {
            return Err(TopicError::Empty); // [MQTT-4.7.3-1]
        }
        if has_any(name, [b'+', b'#']) {
            return Err(TopicError::Wildcard); // [MQTT-4.7.0-1]
        }
        Ok(())
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// The levels between the slashes, from the left; at least one.
    pub fn levels(&self) -> impl Iterator<Item = &str> {
        levels(self.as_str())
    }

    /// How many levels it has.
    pub fn level_count(&self) -> usize {
        1 + memchr::memchr_iter(b'/', self.0.bytes()).count()
    }

    /// Whether the name begins with `$`, so that a filter beginning with a wildcard passes it by.
    pub fn is_dollar(&self) -> bool {
        self.as_str().as_bytes()[0] == b'$'
    }

    /// The name as the string it came from.
    pub fn utf8(&self) -> &Utf8 {
        &self.0
    }
}

/// What stands between the slashes. Levels are a few bytes long: looking at each costs less than
/// what finds a character in long texts needs to begin.
pub(super) fn levels(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    core::iter::from_fn(move || {
        let text = rest?;
        let Some(end) = text.bytes().position(|byte| byte == b'/') else {
            return rest.take();
        };
        rest = Some(&text[end + 1..]);
        Some(&text[..end])
    })
}

impl AsRef<str> for Topic {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

impl fmt::Debug for Topic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

impl fmt::Display for Topic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self.as_str(), f)
    }
}
