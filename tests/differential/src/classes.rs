//! `classes.txt`: the differences that are known, and why each is one.
//!
//! ```text
//! class no-matching-subscribers: Mosquitto says that nobody listens.
//!   verdict allowed 5.0 MQTT-…     or: allowed, non-normative; theirs
//!   evidence A sentence, or bytes.
//!   when PUBLISH 5.0: PUBACK id={n} | PUBACK id={n} reason=0x10
//!   then SUBSCRIBE *: PUBREL id={n} | nothing
//!                                  only beside a difference of `when` in the same step
//!   in some-dialogue: PUBLISH 5.0: …   the same, but only in that recorded dialogue
//!   lens copies                    a way of looking at both sides under which they are the same
//!   ends                           the dialogue is not followed past it
//!   case one other: fault          conformance cases, and how Mosquitto fails there
//! ```
//!
//! Where we say that nobody listens and somebody does, ` though` follows our answer.
//! A difference at a connection that both brokers end in that step begins with `ending`.
//!
//! In patterns `{n}` is a number, `{t}` a text in quotes, `*` anything, and `{same}` twice the same
//! text.

use tidings_conformance::manifest;
use tidings_conformance::wire::Version;

/// A known difference.
#[derive(Clone, Debug)]
pub struct Class {
    /// Its name.
    pub id: String,
    /// What differs, in a sentence.
    pub title: String,
    /// Whose doing it is.
    pub verdict: Verdict,
    /// How one sees that.
    pub evidence: String,
    /// Patterns of differences between notes, in any dialogue.
    pub when: Vec<String>,
    /// Patterns of what follows from such a difference, in the same step at the same client.
    pub then: Vec<String>,
    /// Patterns that hold in the recorded dialogue of that name only.
    pub only_in: Vec<(String, String)>,
    /// A way of looking at both sides under which they are the same.
    pub lens: Option<Lens>,
    /// Whether what comes after it says nothing any more.
    pub ends: bool,
    /// Conformance cases that Mosquitto fails for this reason, with a pattern of the fault.
    pub cases: Vec<(String, String)>,
}

/// Whose doing a difference is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Both are allowed, by this statement or section.
    Allowed(String),
    /// Mosquitto does what it may not, against this statement.
    Theirs(String),
}

/// Ways of looking.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lens {
    /// Copies of one message count as one.
    Copies,
    /// A message of QoS 0 may pass those that wait for a slow client.
    Later,
}

impl Class {
    /// Whether `difference` follows from those `beside` it, which were in the same step.
    pub fn follows(&self, dialogue: &str, difference: &str, beside: &[String]) -> bool {
        self.then.iter().any(|pattern| fits(pattern, difference))
            && beside.iter().any(|other| self.covers(dialogue, other))
    }

    /// Whether it covers a difference in a dialogue.
    pub fn covers(&self, dialogue: &str, difference: &str) -> bool {
        let there = self.only_in.iter().filter(|(name, _)| name == dialogue);
        let patterns = self.when.iter().chain(there.map(|(_, pattern)| pattern));
        patterns
            .into_iter()
            .any(|pattern| fits(pattern, difference))
    }
}

/// The classes that are known.
///
/// # Errors
/// With the line that cannot be read.
pub fn classes() -> Result<Vec<Class>, String> {
    read(include_str!("../classes.txt"))
}

fn read(text: &str) -> Result<Vec<Class>, String> {
    let mut all: Vec<Class> = Vec::new();
    for (at, line) in text.lines().enumerate() {
        let fail = |what: &str| format!("classes.txt:{}: {what}", at + 1);
        if line.trim().is_empty() || line.starts_with('#') {
            continue;
        }
        if let Some(head) = line.strip_prefix("class ") {
            let (id, title) = head.split_once(": ").ok_or_else(|| fail("no title"))?;
            all.push(Class {
                id: id.to_owned(),
                title: title.to_owned(),
                verdict: Verdict::Allowed(String::new()),
                evidence: String::new(),
                when: Vec::new(),
                then: Vec::new(),
                only_in: Vec::new(),
                lens: None,
                ends: false,
                cases: Vec::new(),
            });
            continue;
        }
        let class = all.last_mut().ok_or_else(|| fail("no class yet"))?;
        let line = line.trim();
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        match word {
            "verdict" => {
                let (who, why) = rest.split_once(' ').ok_or_else(|| fail("no statement"))?;
                class.verdict = match who {
                    "allowed" => Verdict::Allowed(why.to_owned()),
                    "theirs" => Verdict::Theirs(why.to_owned()),
                    _ => return Err(fail("allowed or theirs")),
                };
            }
            "evidence" => class.evidence = rest.to_owned(),
            "when" => class.when.push(rest.to_owned()),
            "then" => class.then.push(rest.to_owned()),
            "ends" => class.ends = true,
            "lens" => {
                class.lens = Some(match rest {
                    "copies" => Lens::Copies,
                    "later" => Lens::Later,
                    _ => return Err(fail("no such lens")),
                });
            }
            "case" | "in" => {
                let (names, what) = rest.split_once(": ").ok_or_else(|| fail("no pattern"))?;
                let to = match word {
                    "case" => &mut class.cases,
                    _ => &mut class.only_in,
                };
                to.extend(
                    names
                        .split(' ')
                        .map(|name| (name.to_owned(), what.to_owned())),
                );
            }
            _ => return Err(fail("not understood")),
        }
    }
    let faults: Vec<String> = all.iter().filter_map(wrong).collect();
    match faults.is_empty() {
        true => Ok(all),
        false => Err(faults.join("\n")),
    }
}

/// What a class lacks.
fn wrong(class: &Class) -> Option<String> {
    let (Verdict::Allowed(why) | Verdict::Theirs(why)) = &class.verdict;
    let fault = |what: &str| Some(format!("classes.txt: {}: {what}", class.id));
    if why.is_empty() || class.evidence.is_empty() {
        return fault("a verdict and evidence are needed");
    }
    for word in why.split([' ', ',']) {
        let Some(id) = word.strip_prefix("MQTT-") else {
            continue;
        };
        let version = if why.starts_with("3.1.1") {
            Version::V311
        } else {
            Version::V5
        };
        if !manifest::ids(version).any(|known| known == id) {
            return fault(&format!("{word} is no statement of {}", version.name()));
        }
    }
    None
}

/// Whether `text` is what `pattern` says.
pub(crate) fn fits(pattern: &str, text: &str) -> bool {
    if let Some((before, _)) = pattern.split_once("{same}") {
        // It begins behind what is written before it, and has to stand there again.
        return (0..=text.len()).any(|start| {
            let head = text.get(..start);
            let ends = (start + 1..=text.len()).filter(|end| text.is_char_boundary(*end));
            head.is_some_and(|head| fits(before, head))
                && ends.rev().any(|end| {
                    let same = pattern.replace("{same}", "\u{1}");
                    let cut = text[start..].replace(&text[start..end], "\u{1}");
                    fits(&same, &format!("{}{cut}", &text[..start]))
                })
        });
    }
    let Some(first) = pattern.chars().next() else {
        return text.is_empty();
    };
    if let Some(rest) = pattern.strip_prefix("{n}") {
        let end = text
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(text.len());
        return end > 0 && fits(rest, &text[end..]);
    }
    if let Some(rest) = pattern.strip_prefix("{t}") {
        let Some(inner) = text.strip_prefix('"') else {
            return false;
        };
        let Some(end) = inner.find('"') else {
            return false;
        };
        return fits(rest, &inner[end + 1..]);
    }
    if let Some(rest) = pattern.strip_prefix('*') {
        let mut starts = text.char_indices().map(|(at, _)| at).chain([text.len()]);
        return starts.any(|at| fits(rest, &text[at..]));
    }
    text.strip_prefix(first)
        .is_some_and(|text| fits(&pattern[first.len_utf8()..], text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_classes_can_be_read() {
        assert!(!classes().expect("in order").is_empty());
    }

    #[test]
    fn what_follows_needs_what_it_follows_from() {
        let text = "class c: t\n  verdict theirs 5.0 section 1\n  evidence e\n  \
                    when SUBSCRIBE *: {t} | nothing\n  then SUBSCRIBE *: nothing | {n}";
        let class = &read(text).expect("in order")[0];
        let (cause, effect) = (
            "SUBSCRIBE 5.0: \"w\" | nothing",
            "SUBSCRIBE 5.0: nothing | 1",
        );
        assert!(!class.covers("d", effect));
        assert!(!class.follows("d", effect, &[effect.to_owned()]));
        assert!(class.follows("d", effect, &[cause.to_owned(), effect.to_owned()]));
    }

    #[test]
    fn patterns_fit_what_they_say() {
        for (pattern, text, right) in [
            ("a id={n} | *", "a id=12 | x", true),
            ("a id={n}", "a id=12 reason", false),
            ("a {t} b", "a \"x y\" b", true),
            ("a {t} b", "a x b", false),
            ("*", "", true),
            ("*b*d", "abcd", true),
            ("", "a", false),
            ("x: {same} id={n} | {same}", "x: a b id=3 | a b", true),
            ("x: {same} id={n} | {same}", "x: a b id=3 | a c", false),
        ] {
            assert_eq!(fits(pattern, text), right, "{pattern} {text}");
        }
    }
}
