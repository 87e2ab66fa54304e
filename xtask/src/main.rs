//! `cargo xtask`: the commands of this repository.
//!
//! Reading order: [`gate`] (what is checked, in which order), [`proofs`] (which tests there are),
//! [`tidy`] (rules no other tool knows; [`statements`] for one of them), [`tools`] (what is installed and how), [`page`] (building and running; [`ports`] first).

mod bench;
mod fuzz;
mod gate;
mod page;
mod ports;
mod proofs;
mod shell;
mod statements;
mod tidy;
mod tools;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

const HELP: &str = "\
cargo xtask <command>

  run [-- <arguments of tidings>]  build the page and the server, and start it
  test [<stage>...]                install what the tests need and run the whole gate, or only
                                   the stages named
  stages                           list the stages of the gate
  page                             build the page into dist/
  shots [<view>...]                write pictures of the page into shots/, of all views or of those
                                   named
  numbers [--only <part>,...] [--minutes N] [--events N]
                                   measure in Chromium what the page is held to: load, scrub, stage,
                                   tree, and 5,000 messages a second for N (10) minutes
  bench-core                       count the instructions that the core takes for a message
  conformance [--totals|--document] print every statement of the standards and what proves it,
                                   or write that to docs/conformance.md
  clients [<client>]               play every client of others with the server and write
                                   docs/clients.md; or play one and print what it can do
  differential [--seeds N] [--seed S] [--document]
                                   play the same dialogues to the server and to Mosquitto, all
                                   that are recorded and N (100) fresh ones, or those of seed S;
                                   or write what is known to differ to docs/differential.md
  fuzz [<target>...] [--minutes N] [--keep]
                                   fuzz every target or those named, for a minute or as long as
                                   is said; keep what reaches more in tests/fuzz/corpus
  simulate [--seeds N] [--from S] [--steady]
                                   let N (1000) worlds live, from seed S on or from a fresh one,
                                   without crashes and more with --steady
  simulate --seed X [--steady]     let one world live and print its log
  tidy                             check the rules that only this project has
";

/// What a command comes to; the sentence says what to do.
type Result<T, E = String> = std::result::Result<T, E>;

fn main() -> ExitCode {
    shell::end_children_with_us();
    let mut arguments = std::env::args().skip(1);
    let command = arguments.next().unwrap_or_default();
    let rest: Vec<String> = arguments.filter(|argument| argument != "--").collect();
    let done = match command.as_str() {
        "run" => page::run(&rest),
        "test" => gate::test(&rest),
        "stages" => {
            gate::list();
            Ok(())
        }
        "page" => tools::for_page().and_then(|()| page::build(&shell::run)),
        "shots" => gate::shots(&rest),
        "numbers" => gate::numbers(&rest),
        "conformance" => {
            let mut command = shell::cargo();
            command.args(["run", "--quiet", "--package", "tidings-conformance", "--"]);
            shell::run(command.args(&rest))
        }
        "clients" => gate::clients(&rest),
        "differential" => gate::differential(&rest),
        "tidy" => tidy::check(),
        "fuzz" => fuzz::fuzz(&rest),
        "simulate" => {
            let mut command = shell::cargo();
            command.args([
                "run",
                "--profile",
                "simulation",
                "--quiet",
                "--package",
                "tidings-simulation",
                "--",
            ]);
            shell::run(command.args(&rest))
        }
        "bench-core" => bench::core(),
        "" | "help" | "-h" | "--help" => {
            print!("{HELP}");
            Ok(())
        }
        other => Err(format!("there is no command `{other}`\n\n{HELP}")),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(sentence) => {
            eprintln!("error: {sentence}");
            ExitCode::FAILURE
        }
    }
}

/// The folder of the workspace.
fn root() -> PathBuf {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    manifest
        .parent()
        .expect("invariant: xtask is a folder of the workspace")
        .to_owned()
}

/// Where this build puts what it makes.
fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from)
}
