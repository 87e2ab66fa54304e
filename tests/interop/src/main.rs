//! Plays every client and writes `docs/clients.md`; or plays the one that is named, and prints.
#![allow(clippy::print_stdout)] // That is its job.

use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let only = arguments.next();
    let text = tidings_interop::table::run(only.as_deref());
    if only.is_some() {
        println!("{text}");
        return ExitCode::SUCCESS;
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/clients.md");
    match std::fs::write(&path, text) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            println!("{}: {error}", path.display());
            ExitCode::FAILURE
        }
    }
}
