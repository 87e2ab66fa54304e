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

    /// A statement in plain quotes that there is none of. Of two beside each other the first is
    /// 5.0's and the second 3.1.1's, or the first once more, where that has no such rule.
    pub(crate) fn bad_name<'a>(&self, line: &'a str) -> Option<&'a str> {
        // What is odd is inside of quotes.
        let parts: Vec<&str> = line.split('"').collect();
        let id = |at: usize| {
            let id = parts.get(at)?.strip_prefix("MQTT-")?;
            (at % 2 == 1 && id.starts_with(|c: char| c.is_ascii_digit())).then_some(id)
        };
        let beside = |at: usize| parts.get(at).is_some_and(|between| between.trim() == ",");
        (1..parts.len()).find_map(|at| {
            let here = id(at)?;
            let first = (at > 1 && beside(at - 1)).then(|| id(at - 2)).flatten();
            let pair = first.is_some() || beside(at + 1) && id(at + 2).is_some();
            let known = match first {
                Some(first) => self.v311.contains(here) || first == here,
                None => self.v5.contains(here) || !pair && self.v311.contains(here),
            };
            (!known).then(|| parts[at])
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

    #[test]
    fn statements_in_quotes_are_known_too() {
        let statements = Statements::read().expect("the lists are there");
        let name = |id: &str| format!("\"{}-{id}\"", "MQTT");
        let pair = |five: &str, older: &str| format!("A => ({}, {}),", name(five), name(older));
        for good in [
            pair("1.5.4-1", "1.5.3-1"),
            pair("4.12.0-6", "4.12.0-6"),
            format!("A => {},", name("3.3.4-7")),
            format!("(V311, b\"\", {}),", name("2.2.2-2")),
            format!("format!({})", name("{id}")),
            format!("(\"x\", {}, \"y\", {})", name("3.3.1-2"), name("3.3.1-4")),
        ] {
            assert_eq!(statements.bad_name(&good), None, "{good}");
        }
        for (bad, id) in [
            (pair("1.5.4-1", "1.5.4-2"), "1.5.4-2"),
            (pair("1.5.3-1", "1.5.3-1"), "1.5.3-1"),
            (format!("A => {},", name("3.3.4-70")), "3.3.4-70"),
            (format!("(\"x\", {})", name("9.9")), "9.9"),
        ] {
            let id = format!("{}-{id}", "MQTT");
            assert_eq!(statements.bad_name(&bad), Some(&*id), "{bad}");
        }
    }
}
