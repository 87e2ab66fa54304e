//! The manifest for people: what every statement is proven by, and totals.

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::case::Case;
use crate::manifest::{Class, Place, Proof, Statement, VERSIONS, statements, traps};
use crate::node::{BYTEWISE_MAX, Way};
use crate::pipes::Transport;
use crate::wire::Version;

/// How many statements of a version are dealt with in which way.
pub fn totals(statements: &[Statement]) -> String {
    let count = |class| statements.iter().filter(|s| s.class() == class).count();
    format!(
        "{} statements: {} proven by cases, {} by other tests, {} excused, {} open",
        statements.len(),
        count(Class::Case),
        count(Class::Test),
        count(Class::Excused),
        count(Class::Open),
    )
}

/// The whole as a document in Markdown.
///
/// # Errors
/// If the manifest cannot be read.
pub fn document() -> Result<String, String> {
    let cases = crate::cases();
    let mut text = String::from(
        "# Conformance\n\n\
         What every statement of MQTT 3.1.1 and 5.0 is proven by, in our words.\n\
         `cargo xtask conformance --document` writes this file, and a test fails when it is not up to date.\n\n",
    );
    let plays = |on_server: bool| -> usize {
        let cases = cases
            .iter()
            .filter(|case| case.needs().is_none() == on_server);
        cases.map(|case| case.versions.len()).sum()
    };
    let _ = writeln!(
        text,
        "There are {} cases, played in each version they are about: {} plays.\n\
         Each is played to the core in {} ways: bytes whole, byte by byte, and with a store; and as WebAssembly. \
         Those about sheer numbers are played byte by byte and with a store in one version only, and byte by byte up to their {BYTEWISE_MAX}th write.\n\
         All of them are played in Chromium as well, to the very worker that the page uses, through a port whose clock is held; but those about sheer numbers in one version only.\n\
         {} of the plays need nothing but a broker with settings; the others need what a running server does not offer, such as time that passes at will.\n\
         They are played to it in {} ways: over TCP, over WebSocket, and over WebSocket in fragments with pings between them; those about sheer numbers in one version, and not in fragments.\n\
         {} packets that no broker may take are given to a decoder, to the core, to the running server over TCP and over WebSocket, and to the page's worker: *malformed packets* below.\n\
         `cargo xtask test proofs` looks for every test that is named here in the programs that were built.\n",
        cases.len(),
        plays(true) + plays(false),
        Way::ALL.len(),
        plays(true),
        Transport::ALL.len(),
        crate::malformed::cases().len(),
    );
    for version in VERSIONS {
        let statements = statements(version)?;
        let _ = writeln!(
            text,
            "## MQTT {}\n\n{}.\n",
            version.name(),
            totals(&statements)
        );
        text.push_str("| statement | rule | proven by |\n| --- | --- | --- |\n");
        for statement in &statements {
            let proofs: Vec<String> = statement.proofs.iter().map(proof).collect();
            let (id, rule) = (&statement.id, &statement.rule);
            let _ = writeln!(text, "| MQTT-{id} | {rule} | {} |", proofs.join(", "));
        }
        text.push('\n');
        text.push_str(&places(&statements, version, &cases));
    }
    text.push_str("## Traps that other brokers fell into\n\n| trap | case |\n| --- | --- |\n");
    for (trap, case) in traps() {
        let _ = writeln!(text, "| {trap} | `{case}` |");
    }
    text.push_str("\n## Cases\n\n");
    for (file, _) in crate::FILES {
        let _ = writeln!(text, "[{file}](../tests/conformance/{file}):\n");
        text.push_str("| case | what it shows | versions |\n| --- | --- | --- |\n");
        for case in cases.iter().filter(|case| case.file == file) {
            let Case { name, title, .. } = case;
            let versions: Vec<&str> = case.versions.iter().map(|v| Version::name(*v)).collect();
            let core = match case.needs() {
                Some(what) => format!("; not on the server: needs {what}"),
                None => String::new(),
            };
            let title = title.replace('|', "\\|");
            let _ = writeln!(
                text,
                "| `{name}` | {title} | {}{core} |",
                versions.join(", ")
            );
        }
        text.push('\n');
    }
    text.push_str(&websocket());
    Ok(text.trim_end().to_owned() + "\n")
}

/// Where the statements of a version are proven, and why some are not proven everywhere.
fn places(statements: &[Statement], version: Version, cases: &[Case]) -> String {
    let proven = |s: &&Statement| !matches!(s.class(), Class::Excused | Class::Open);
    let proven: Vec<&Statement> = statements.iter().filter(proven).collect();
    let everywhere = proven.iter().filter(|s| s.only.is_none()).count();
    let mut text = format!(
        "### Where {} is proven\n\n\
         {everywhere} of the {} statements that are proven are proven on all three: the core in the process, the running server, and the page's worker in Chromium.\n\
         The others are not, for these reasons:\n\n\
         | proven on | why not elsewhere | statements |\n| --- | --- | --- |\n",
        version.name(),
        proven.len(),
    );
    let mut groups: BTreeMap<(String, &str), Vec<&str>> = BTreeMap::new();
    for statement in proven {
        let Some(only) = &statement.only else {
            continue;
        };
        let names = statement.places(cases).into_iter().map(Place::name);
        let names: Vec<&str> = names.collect();
        let group = groups.entry((names.join(", "), only)).or_default();
        group.push(&statement.id);
    }
    for ((places, why), ids) in groups {
        let _ = writeln!(text, "| {places} | {why} | {} |", ids.join(", "));
    }
    text.push('\n');
    text
}

/// The cases of RFC 6455.
fn websocket() -> String {
    let cases = crate::websocket::cases();
    let on_core = cases.iter().filter(|case| !case.on_server).count();
    let file = crate::websocket::FILE;
    let mut text = format!(
        "## WebSocket\n\n\
         [{file}](../tests/conformance/{file}) has {} cases by section of RFC 6455, many of them for several words or for every place where bytes can be cut.\n\
         All are played to the running server over a raw socket, each to a server of its own that afterwards serves another client.\n\
         {on_core} are about frames alone, and are played to the core's frames, too, with bytes whole and byte by byte.\n\n\
         | section | case | what it shows | core |\n| --- | --- | --- | --- |\n",
        cases.len()
    );
    for case in &cases {
        let (section, name) = case.id.split_once('-').unwrap_or((&case.id, ""));
        let core = if case.on_server { "" } else { "yes" };
        let _ = writeln!(text, "| {section} | `{name}` | {} | {core} |", case.title);
    }
    text
}

fn proof(proof: &Proof) -> String {
    match proof {
        Proof::Case(name) => format!("`{name}`"),
        Proof::Malformed => "malformed packets".to_owned(),
        Proof::Test(_, name) => format!("test `{name}`"),
        Proof::None(reason) => format!("*nothing: {reason}*"),
    }
}
