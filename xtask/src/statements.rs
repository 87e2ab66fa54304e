//! The numbers of the standards' statements, and the tags in the code that name them.

use std::collections::BTreeSet;
use std::fs;

use crate::{Result, root};

/// The statements of both standards.
pub(crate) struct Statements {
    v311: BTreeSet<String>,
    v5: BTreeSet<String>,
}

impl Statements {
    /// Reads the lists beside the manifest.
    pub(crate) fn read() -> Result<Self> {
        let list = |version: &str| {
            let path = root().join(format!("tests/conformance/manifest/ids-{version}.txt"));
            let text = fs::read_to_string(&path).map_err(|e| format!("{}: {e}", path.display()))?;
            Ok::<_, String>(text.lines().map(str::to_owned).collect())
        };
        Ok(Self {
            v311: list("3.1.1")?,
            v5: list("5.0")?,
        })
    }

    /// A tag of the line that names no statement of its version: 5.0, or 3.1.1 where that stands
    /// before it.
    pub(crate) fn bad_tag<'a>(&self, line: &'a str) -> Option<&'a str> {
        let mut rest = line;
        while let Some((before, after)) = rest.split_once("[MQTT") {
            let (tag, next) = after.split_once(']')?;
            let older = before.trim_end_matches('`').ends_with("3.1.1 ");
            let known = if older { &self.v311 } else { &self.v5 };
            if !tag.strip_prefix('-').is_some_and(|id| known.contains(id)) {
                return Some(tag);
            }
            rest = next;
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_are_told_from_what_is_none() {
        let statements = Statements::read().expect("the lists are there");
        assert_eq!((statements.v311.len(), statements.v5.len()), (140, 251));
        for good in [
            "x // [MQTT-3.3.1-5]",
            "3.1.1 [MQTT-1.5.3-1] [MQTT-1.5.4-1] and 3.1.1 `[MQTT-3.2.2-6]`",
            "no tag",
        ] {
            assert_eq!(statements.bad_tag(good), None, "{good}");
        }
        // Put together here, so that this file does not hold what it forbids.
        for (before, bad) in [
            ("", "-3.3.x-5"),
            ("", "-3"),
            ("", "3.1.1"),
            ("", "-1.5.3-1"),
            ("3.1.1 ", "-1.5.4-1"),
        ] {
            let line = format!("{before}[{}{bad}]", "MQTT");
            assert_eq!(statements.bad_tag(&line), Some(bad));
        }
    }
}
