//! Prints the manifest: what every statement is proven by, and totals. With `--tests` and a list
//! of the tests that were built (`cargo xtask test proofs` makes it), holds the manifest to that.
#![allow(clippy::print_stdout)] // That is its job.

use std::path::Path;
use std::process::ExitCode;

use tidings_conformance::manifest::{Class, VERSIONS, faults, not_built, statements, tagged};
use tidings_conformance::report::{document, totals};

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(fault) => {
            println!("{fault}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), String> {
    let given = |wanted: &str| std::env::args().any(|argument| argument == wanted);
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    if given("--document") {
        let path = root.join("docs/conformance.md");
        return std::fs::write(path, document()?).map_err(|e| e.to_string());
    }
    if !given("--totals") {
        println!("{}", document()?);
    }
    let of_five = tagged(&root, VERSIONS[1]);
    for version in VERSIONS {
        let tags = tagged(&root, version);
        let statements = statements(version)?;
        println!("MQTT {}: {}", version.name(), totals(&statements));
        let bare = statements.iter().filter(|statement| {
            let same = statement.same.as_ref();
            statement.class() != Class::Excused
                && !tags.contains(&statement.id)
                && !same.is_some_and(|same| of_five.contains(same))
        });
        let bare: Vec<&str> = bare.map(|statement| statement.id.as_str()).collect();
        let count = bare.len();
        println!(
            "  {count} without a line of code that carries the number: {}",
            bare.join(" ")
        );
    }
    let mut faults = faults(&root);
    let mut arguments = std::env::args().skip_while(|argument| argument != "--tests");
    if let Some(list) = arguments.nth(1) {
        let tests = std::fs::read_to_string(&list).map_err(|e| format!("{list}: {e}"))?;
        faults.extend(not_built(&tests));
    }
    match faults.is_empty() {
        true => Ok(()),
        false => Err(faults.join("\n")),
    }
}
