//! Every statement of the two standards, and what proves it.
//!
//! ```text
//! 3.1.2-4 A new session begins when Clean Start is set.
//!   case clean-start-ends-the-session     a case, played in this version
//!   malformed                             rows of malformed.txt with this statement
//!   test core/src/client/tests/x.rs::y    a Rust test
//!   none: advice to people                why there can be no test
//!   only: a client's duty                 why not every runner proves it, if so
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
    /// Why it is not proven at every [`Place`].
    pub only: Option<String>,
}

/// Where something is proven.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// The core in the process.
    Core,
    /// The running server.
    Server,
    /// The page's worker in a browser.
    Worker,
}

impl Place {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Core, Self::Server, Self::Worker];

    /// As people read it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Core => "core",
            Self::Server => "server",
            Self::Worker => "worker",
        }
    }

    /// Where a Rust test in this file looks.
    fn of_test(file: &str) -> Self {
        let begins = |folder: &str| file.starts_with(folder);
        if begins("server/") || begins("tests/interop/") {
            return Self::Server;
        }
        match begins("tests/e2e/") {
            true => Self::Worker,
            false => Self::Core,
        }
    }
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

    /// Where it is proven.
    pub fn places(&self, cases: &[Case]) -> BTreeSet<Place> {
        let mut places = BTreeSet::new();
        for proof in &self.proofs {
            match proof {
                Proof::Case(name) => {
                    places.extend([Place::Core, Place::Worker]);
                    let mut named = cases.iter().filter(|case| case.name == *name);
                    if named.any(|case| case.needs().is_none()) {
                        places.insert(Place::Server);
                    }
                }
                Proof::Malformed => places.extend(Place::ALL),
                Proof::Test(file, _) => drop(places.insert(Place::of_test(file))),
                Proof::None(_) => {}
            }
        }
        places
    }

    /// What is wrong with what it says of where it is proven.
    fn misplaced(&self, cases: &[Case]) -> Option<String> {
        let places = self.places(cases);
        let excused = self.class() == Class::Excused;
        let everywhere = excused || Place::ALL.iter().all(|place| places.contains(place));
        match (&self.only, everywhere) {
            (None, false) => {
                let names: Vec<&str> = places.iter().map(|place| place.name()).collect();
                let names = names.join(", ");
                Some(format!(
                    "is proven in {names} and not elsewhere; say why with `only:`"
                ))
            }
            (Some(_), true) => Some("needs no `only:`".to_owned()),
            _ => None,
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
                only: None,
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
            "only:" => {
                statement.only = Some(rest.to_owned());
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
            _ => return Err(fail("neither case, malformed, test, none:, only: nor as")),
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
            if let Some(what) = statement.misplaced(&cases) {
                fault(what);
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

/// The tests that play cases and rows, whatever statement they prove.
const RUNNERS: [(&str, &str); 13] = [
    (
        "tests/conformance/tests/node.rs",
        "the_core_does_what_the_cases_say",
    ),
    ("tests/conformance/tests/node.rs", "it_does_so_byte_by_byte"),
    ("tests/conformance/tests/node.rs", "it_does_so_with_a_store"),
    ("server/tests/conformance.rs", "cases_over_tcp"),
    ("server/tests/conformance.rs", "cases_over_websocket"),
    (
        "server/tests/conformance.rs",
        "cases_over_websocket_in_pieces",
    ),
    ("world/tests/port.rs", "a_port_does_what_the_cases_say"),
    (
        "tests/e2e/tests/conformance.rs",
        "the_worker_does_what_the_cases_say",
    ),
    (
        "core/tests/node/malformed.rs",
        "a_node_closes_that_connection_for_the_right_reason_and_no_other",
    ),
    ("server/tests/server/malformed.rs", "over_tcp"),
    ("server/tests/server/malformed.rs", "over_websocket"),
    ("world/tests/port.rs", "a_port_refuses_what_is_malformed"),
    (
        "tests/e2e/tests/conformance.rs",
        "the_worker_refuses_what_is_malformed",
    ),
];

/// The tests that the manifest relies on and that are in no program that was built. `built` has a
/// line for each that is: the root of the program's source, a space, the test's name there.
pub fn not_built(built: &str) -> Vec<String> {
    let mut wanted: BTreeSet<(String, String)> = RUNNERS
        .iter()
        .map(|(file, name)| ((*file).to_owned(), (*name).to_owned()))
        .collect();
    for version in VERSIONS {
        let proofs = statements(version).unwrap_or_default().into_iter();
        wanted.extend(
            proofs
                .flat_map(|s| s.proofs)
                .filter_map(|proof| match proof {
                    Proof::Test(file, name) => Some((file, name)),
                    _ => None,
                }),
        );
    }
    let built: Vec<(&str, &str)> = built.lines().filter_map(|l| l.split_once(' ')).collect();
    let mut missing = wanted;
    missing.retain(|(file, name)| {
        !built
            .iter()
            .any(|(source, test)| is_there(source, test, file, name))
    });
    let missing = missing.into_iter();
    missing
        .map(|(file, name)| format!("{file}::{name} is in no test program"))
        .collect()
}

/// Whether the test `test` of the program whose source begins in `source` is the function `name`
/// in `file`, or in a module `tests` there.
fn is_there(source: &str, test: &str, file: &str, name: &str) -> bool {
    let folder = source.rsplit_once('/').map_or("", |(folder, _)| folder);
    let Some(below) = file
        .strip_prefix(folder)
        .and_then(|below| below.strip_prefix('/'))
    else {
        return false;
    };
    let module = match file == source {
        true => String::new(),
        false => {
            let module = below.strip_suffix(".rs").unwrap_or(below);
            let module = module.strip_suffix("/mod").unwrap_or(module);
            module.replace('/', "::") + "::"
        }
    };
    let Some(rest) = test.strip_prefix(&module) else {
        return false;
    };
    rest == name || rest.strip_prefix("tests::") == Some(name)
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
    fn tests_are_looked_for_where_their_modules_are() {
        for (source, test, file, there) in [
            ("a/src/lib.rs", "b::c::x", "a/src/b/c.rs", true),
            ("a/src/lib.rs", "b::x", "a/src/b/mod.rs", true),
            ("a/src/lib.rs", "b::tests::x", "a/src/b.rs", true),
            ("a/src/lib.rs", "x", "a/src/lib.rs", true),
            ("a/tests/n/main.rs", "b::x", "a/tests/n/b.rs", true),
            ("a/tests/n.rs", "x", "a/tests/n.rs", true),
            ("a/tests/n.rs", "x", "a/tests/m.rs", false),
            ("a/src/lib.rs", "b::d::x", "a/src/b/c.rs", false),
            ("a/src/lib.rs", "b::c::x", "b/src/b/c.rs", false),
            ("a/src/lib.rs", "b::c::xx", "a/src/b/c.rs", false),
        ] {
            assert_eq!(is_there(source, test, file, "x"), there, "{file} {test}");
        }
        let missing = not_built("");
        let proof = "core/src/client/tests/promises.rs::a_disconnect_is_the_last_word";
        let wanted = format!("{proof} is in no test program");
        assert!(missing.contains(&wanted));
        let line = "core/src/lib.rs client::tests::promises::a_disconnect_is_the_last_word";
        assert!(!not_built(line).contains(&wanted));
    }

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
