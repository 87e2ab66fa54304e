//! Every statement of the two standards, and what proves it.
//!
//! ```text
//! 3.1.2-4 A new session begins when Clean Start is set.
//!   case clean-start-ends-the-session     a case, played in this version
//!   malformed                             rows of malformed.txt with this statement
//!   test core/src/client/tests/x.rs::y    a Rust test
//!   none: advice to people                why there can be no test
//!   as 3.1.2-6                            (3.1.1 only) the same rule in 5.0
//! ```

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use crate::case::Case;
use crate::malformed;
use crate::wire::Version;

/// A statement.
#[derive(Clone, Debug)]
pub struct Statement {
    /// Its number, without `MQTT-`.
    pub id: String,
    /// What it demands, in our words.
    pub rule: String,
    /// What proves it.
    pub proofs: Vec<Proof>,
    /// The statement of 5.0 that says the same.
    pub same: Option<String>,
}

/// What proves a statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Proof {
    /// A case of the table.
    Case(String),
    /// Rows of `malformed.txt`.
    Malformed,
    /// A Rust test: file and function.
    Test(String, String),
    /// Nothing can, for this reason.
    None(String),
}

/// Ways in which a statement is dealt with, for totals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// By a case or a malformed packet.
    Case,
    /// By a Rust test alone.
    Test,
    /// By a reason.
    Excused,
    /// Not at all.
    Open,
}

const TEXTS: [(Version, &str, &str); 2] = [
    (
        Version::V311,
        include_str!("../manifest/ids-3.1.1.txt"),
        include_str!("../manifest/3.1.1.txt"),
    ),
    (
        Version::V5,
        include_str!("../manifest/ids-5.0.txt"),
        include_str!("../manifest/5.0.txt"),
    ),
];

/// The versions whose statements have numbers.
pub const VERSIONS: [Version; 2] = [Version::V311, Version::V5];

impl Statement {
    /// How it is dealt with.
    pub fn class(&self) -> Class {
        let has = |wanted: fn(&Proof) -> bool| self.proofs.iter().any(wanted);
        if has(|p| matches!(p, Proof::Case(_) | Proof::Malformed)) {
            Class::Case
        } else if has(|p| matches!(p, Proof::Test(..))) {
            Class::Test
        } else if has(|p| matches!(p, Proof::None(_))) {
            Class::Excused
        } else {
            Class::Open
        }
    }
}

/// The numbers of a version's statements.
pub fn ids(version: Version) -> impl Iterator<Item = &'static str> {
    let found = TEXTS.iter().find(|(of, _, _)| *of == version);
    found.into_iter().flat_map(|(_, ids, _)| ids.lines())
}

/// A version's statements as the manifest has them.
///
/// # Errors
/// With the line that cannot be read.
pub fn statements(version: Version) -> Result<Vec<Statement>, String> {
    let Some((_, _, text)) = TEXTS.iter().find(|(of, _, _)| *of == version) else {
        return Ok(Vec::new());
    };
    let mut all: Vec<Statement> = Vec::new();
    for (at, line) in text.lines().enumerate() {
        let fail = |what: &str| format!("manifest/{}.txt:{}: {what}", version.name(), at + 1);
        if line.trim().is_empty() || line.starts_with('#') {
            continue;
        }
        let Some(proof) = line.strip_prefix("  ") else {
            let (id, rule) = line.split_once(' ').ok_or_else(|| fail("no rule"))?;
            all.push(Statement {
                id: id.to_owned(),
                rule: rule.trim().to_owned(),
                proofs: Vec::new(),
                same: None,
            });
            continue;
        };
        let statement = all.last_mut().ok_or_else(|| fail("a proof of nothing"))?;
        let (word, rest) = proof.split_once(' ').unwrap_or((proof, ""));
        let proof = match word {
            "as" => {
                statement.same = Some(rest.to_owned());
                continue;
            }
            "case" => Proof::Case(rest.to_owned()),
            "malformed" => Proof::Malformed,
            "test" => {
                let (file, name) = rest
                    .split_once("::")
                    .ok_or_else(|| fail("write test FILE::NAME"))?;
                Proof::Test(file.to_owned(), name.to_owned())
            }
            "none:" => Proof::None(rest.to_owned()),
            _ => return Err(fail("neither case, malformed, test, none: nor as")),
        };
        statement.proofs.push(proof);
    }
    Ok(all)
}

/// Traps that others fell into, each with the case that falls into it.
pub fn traps() -> impl Iterator<Item = (&'static str, &'static str)> {
    let lines = include_str!("../manifest/traps.txt").lines();
    lines.filter_map(|line| line.split_once(" | "))
}

/// Everything that is wrong with the manifest, in a tree at `root`.
pub fn faults(root: &Path) -> Vec<String> {
    let mut faults = Vec::new();
    let cases = crate::cases();
    let mut names = BTreeSet::new();
    for case in &cases {
        if !names.insert(&case.name) {
            faults.push(format!(
                "{}:{}: {} is there twice",
                case.file, case.line, case.name
            ));
        }
    }
    for (trap, case) in traps() {
        if !cases.iter().any(|c| c.name == case) {
            faults.push(format!("trap {trap}: there is no case {case}"));
        }
    }
    for version in VERSIONS {
        let statements = match statements(version) {
            Ok(statements) => statements,
            Err(fault) => {
                faults.push(fault);
                continue;
            }
        };
        let mut told = BTreeSet::new();
        for statement in &statements {
            let mut fault = |what: String| {
                faults.push(format!("{} MQTT-{}: {what}", version.name(), statement.id));
            };
            if !told.insert(statement.id.as_str()) {
                fault("is there twice".to_owned());
            }
            if !ids(version).any(|id| id == statement.id) {
                fault("is no statement".to_owned());
            }
            if statement.class() == Class::Open {
                fault("has neither a proof nor a reason".to_owned());
            }
            if let Some(same) = &statement.same
                && !ids(Version::V5).any(|id| id == same)
            {
                fault(format!("{same} is no statement of 5.0"));
            }
            for proof in &statement.proofs {
                if let Some(what) = dead(proof, statement, version, &cases, root) {
                    fault(what);
                }
            }
        }
        for id in ids(version).filter(|id| !told.contains(id)) {
            faults.push(format!(
                "{} MQTT-{id}: is not in the manifest",
                version.name()
            ));
        }
    }
    faults
}

/// Why a proof is none.
fn dead(
    proof: &Proof,
    statement: &Statement,
    version: Version,
    cases: &[Case],
    root: &Path,
) -> Option<String> {
    match proof {
        Proof::Case(name) => match cases.iter().find(|case| case.name == *name) {
            None => Some(format!("there is no case {name}")),
            Some(case) if !case.versions.contains(&version) => {
                Some(format!("case {name} is not played in this version"))
            }
            Some(_) => None,
        },
        Proof::Malformed => {
            let id = format!("MQTT-{}", statement.id);
            let known = malformed::cases()
                .iter()
                .any(|case| case.level == version.level() && case.statement == id);
            (!known).then(|| "no row of malformed.txt names it".to_owned())
        }
        Proof::Test(file, name) => {
            let text = fs::read_to_string(root.join(file)).unwrap_or_default();
            let mut before = "";
            for line in text.lines() {
                if line.contains(&format!("fn {name}(")) {
                    return (!before.contains("#[test]"))
                        .then(|| format!("{file}::{name} is no test"));
                }
                if !line.trim().is_empty() {
                    before = line;
                }
            }
            Some(format!("there is no {file}::{name}"))
        }
        Proof::None(reason) => reason
            .is_empty()
            .then(|| "the reason is missing".to_owned()),
    }
}

/// The statements whose number some line of the core's or the server's code carries.
pub fn tagged(root: &Path, version: Version) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for folder in ["core/src", "server/src"] {
        tags_below(&root.join(folder), version, &mut found);
    }
    found
}

fn tags_below(folder: &Path, version: Version, found: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            if !path.ends_with("tests") {
                tags_below(&path, version, found);
            }
            continue;
        }
        let text = fs::read_to_string(&path).unwrap_or_default();
        if path.extension().is_none_or(|kind| kind != "rs") {
            continue;
        }
        for line in text.lines() {
            found.extend(tags(line, version));
        }
    }
}

/// The tags of a line: `[MQTT-3.1.2-4]` is 5.0's, `3.1.1 [MQTT-3.1.2-6]` that of 3.1.1; of a pair
/// `("MQTT-a", "MQTT-b")` the first is 5.0's and the second that of 3.1.1.
fn tags(line: &str, version: Version) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = line;
    while let Some((before, after)) = rest.split_once("[MQTT-") {
        let (id, next) = after.split_once(']').unwrap_or((after, ""));
        let before = before.trim_end_matches('`');
        if before.ends_with("3.1.1 ") == (version == Version::V311) {
            found.push(id.to_owned());
        }
        rest = next;
    }
    let quoted = line.split('"').skip(1).step_by(2);
    let quoted: Vec<&str> = quoted
        .filter_map(|text| text.strip_prefix("MQTT-"))
        .collect();
    let one = match version {
        Version::V5 => quoted.first(),
        _ => quoted.get(1),
    };
    found.extend(one.map(|id| (*id).to_owned()));
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_belong_to_their_version() {
        let line = "x // [MQTT-3.1.2-4] 3.1.1 [MQTT-3.1.2-6]";
        assert_eq!(tags(line, Version::V5), ["3.1.2-4"]);
        assert_eq!(tags(line, Version::V311), ["3.1.2-6"]);
        let line = r#"A => ("MQTT-1.5.4-1", "MQTT-1.5.3-1"),"#;
        assert_eq!(tags(line, Version::V5), ["1.5.4-1"]);
        assert_eq!(tags(line, Version::V311), ["1.5.3-1"]);
    }
}
