//! Topic filters, shared ones included.

use core::fmt;

use super::{Explanation, Topic, Utf8, explain};

/// What a shared subscription's filter begins with.
pub const SHARE_PREFIX: &str = "$share/";

/// A valid topic filter, with `$share/group/` taken apart.
///
/// Equality and order are those of the filter as sent [MQTT-3.10.4-1].
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Filter {
    full: Utf8,
    /// Where the filter proper begins in `full`: 0, or past the share name's slash.
    start: u16,
    wildcard: bool,
}

/// Why a string is not a topic filter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.sentence())]
pub enum FilterError {
    /// The filter, or what follows the share name, has no characters.
    Empty,
    /// `#` occurs before the end.
    HashNotLast,
    /// `#` shares its level with other characters.
    HashNotAlone,
    /// `+` shares its level with other characters.
    PlusNotAlone,
    /// Nothing stands between `$share/` and the next slash.
    ShareNameEmpty,
    /// The share name contains `+` or `#`.
    ShareNameWildcard,
    /// The share name is not followed by a slash and a filter.
    ShareFilterMissing,
}

impl FilterError {
    /// The error in words.
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::Empty => "a topic filter needs at least one character",
            Self::HashNotLast => "# can only be the last character of a topic filter",
            Self::HashNotAlone => "# must stand alone in its level",
            Self::PlusNotAlone => "+ must stand alone in its level",
            Self::ShareNameEmpty => "a share name needs at least one character",
            Self::ShareNameWildcard => {
                "a share name cannot contain the wildcard characters + and #"
            }
            Self::ShareFilterMissing => {
                "a share name must be followed by a slash and a topic filter"
            }
        }
    }
}

impl Filter {
    /// Takes a string as a topic filter.
    ///
    /// # Errors
    /// If it breaks a rule for wildcards or shared subscriptions.
    pub fn parse(full: Utf8) -> Result<Self, FilterError> {
        let start = match full.as_str().strip_prefix(SHARE_PREFIX) {
            Some(rest) => SHARE_PREFIX.len() + check_share(rest)?,
            None => 0,
        };
        let wildcard = check_levels(&full.as_str()[start..])?;
        let start = u16::try_from(start).expect("invariant: Utf8 is at most 65,535 bytes");
        Ok(Self {
            full,
            start,
            wildcard,
        })
    }

    /// The share name of a shared subscription.
    pub fn share(&self) -> Option<&str> {
        let end = usize::from(self.start).checked_sub(1)?;
        Some(&self.full.as_str()[SHARE_PREFIX.len()..end])
    }

    /// The filter that topics are compared with: without `$share/` and the share name.
    pub fn filter(&self) -> &str {
        &self.full.as_str()[usize::from(self.start)..]
    }

    /// The filter as sent.
    pub fn full(&self) -> &Utf8 {
        &self.full
    }

    /// Whether `+` or `#` occurs.
    pub fn has_wildcard(&self) -> bool {
        self.wildcard
    }

    /// The levels of [`Filter::filter`], from the left; at least one.
    pub fn levels(&self) -> impl Iterator<Item = &str> {
        self.filter().split('/')
    }

    /// How many levels [`Filter::filter`] has.
    pub fn level_count(&self) -> usize {
        1 + memchr::memchr_iter(b'/', self.filter().as_bytes()).count()
    }

    /// Whether a message with this topic belongs to a subscription with this filter.
    pub fn matches(&self, topic: &Topic) -> bool {
        if !self.wildcard {
            return self.filter() == topic.as_str();
        }
        let mut filter = self.levels();
        let mut names = topic.levels();
        let mut first = true;
        loop {
            let verdict = match (filter.next(), names.next()) {
                (Some("+" | "#"), _) if first && topic.is_dollar() => return false, // [MQTT-4.7.2-1]
                // `a/#` matches `a` as well: the number sign includes the parent level.
                (Some("#"), _) => return true,
                (Some("+"), Some(_)) => true,
                (Some(wanted), Some(name)) => wanted == name,
                (None, None) => return true,
                (Some(_), None) | (None, Some(_)) => return false,
            };
            if !verdict {
                return false;
            }
            first = false;
        }
    }

    /// Compares level by level and says what each comparison gave, also after it is decided.
    ///
    /// `explain(topic).matched` is always `matches(topic)`.
    pub fn explain(&self, topic: &Topic) -> Explanation {
        explain::explain(self, topic)
    }
}

/// Checks what follows `$share/` and returns where its filter begins.
fn check_share(rest: &str) -> Result<usize, FilterError> {
    let (name, filter) = match rest.split_once('/') {
        Some(parts) => parts,
        None if rest.is_empty() => return Err(FilterError::ShareNameEmpty),
        None => return Err(FilterError::ShareFilterMissing),
    };
    if name.is_empty() {
        return Err(FilterError::ShareNameEmpty); // [MQTT-4.8.2-1]
    }
    if name.contains(['+', '#']) {
        return Err(FilterError::ShareNameWildcard); // [MQTT-4.8.2-2]
    }
    if filter.is_empty() {
        return Err(FilterError::ShareFilterMissing); // [MQTT-4.8.2-2]
    }
    Ok(name.len() + 1)
}

/// Checks the wildcards of a filter and returns whether there are any.
fn check_levels(filter: &str) -> Result<bool, FilterError> {
    if filter.is_empty() {
        return Err(FilterError::Empty); // [MQTT-4.7.3-1]
    }
    if memchr::memchr2(b'+', b'#', filter.as_bytes()).is_none() {
        return Ok(false);
    }
    let mut levels = filter.split('/').peekable();
    while let Some(level) = levels.next() {
        match level {
            "#" if levels.peek().is_some() => return Err(FilterError::HashNotLast), // [MQTT-4.7.1-1]
            "#" | "+" => {}
            _ if level.contains('#') => return Err(FilterError::HashNotAlone), // [MQTT-4.7.1-1]
            _ if level.contains('+') => return Err(FilterError::PlusNotAlone), // [MQTT-4.7.1-2]
            _ => {}
        }
    }
    Ok(true)
}

impl fmt::Debug for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.full.as_str(), f)
    }
}

impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self.full.as_str(), f)
    }
}
