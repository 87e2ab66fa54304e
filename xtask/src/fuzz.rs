//! Fuzzing: inputs that libFuzzer makes up from the edges they reach.
//!
//! What an input does is in `tests/fuzz`, with the corpora; `fuzz/` is the same built with
//! coverage. The rest of the repository needs neither cargo-fuzz nor a compiler of another
//! channel: the gate replays the corpora with the compiler that builds everything else.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::shell::{cargo, folder, run};
use crate::{Result, root, tools};

/// Longer inputs find nothing that shorter ones do not.
const INPUT_BYTES_MAX: usize = 2000;

/// `cargo xtask fuzz [<target>...] [--minutes <n>] [--keep]`.
pub(crate) fn fuzz(arguments: &[String]) -> Result<()> {
    let all = targets()?;
    let (mut chosen, mut minutes, mut keep) = (Vec::new(), 1_u64, false);
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        match argument.as_str() {
            "--keep" => keep = true,
            "--minutes" => {
                let number = rest.next().and_then(|text| text.parse().ok());
                let number = number.filter(|minutes| *minutes > 0);
                minutes = number.ok_or("--minutes wants a number")?;
            }
            name if all.iter().any(|target| target == name) => chosen.push(name.to_owned()),
            name => {
                let known = all.join(", ");
                return Err(format!("there is no target `{name}`, but {known}"));
            }
        }
    }
    if chosen.is_empty() {
        chosen = all;
    }
    tools::for_fuzzing()?;
    for target in &chosen {
        println!("{target}: {minutes} minutes");
        run_target(target, minutes)?;
        if keep {
            keep_smallest(target)?;
        }
    }
    Ok(())
}

/// The folders of the corpora are the list of targets.
fn targets() -> Result<Vec<String>> {
    let corpus = root().join("tests/fuzz/corpus");
    let entries = fs::read_dir(&corpus).map_err(|e| format!("{}: {e}", corpus.display()))?;
    let mut names: Vec<String> = entries
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .collect();
    names.sort();
    Ok(names)
}

/// What fuzzing found so far on this machine, and what is committed.
fn corpora(target: &str) -> Result<[PathBuf; 2]> {
    let own = folder(&format!("fuzz/corpus/{target}"))?;
    Ok([own, root().join("tests/fuzz/corpus").join(target)])
}

fn run_target(target: &str, minutes: u64) -> Result<()> {
    let found = folder("fuzz/found")?;
    let [own, kept] = corpora(target)?;
    let mut command = cargo_fuzz("run", target)?;
    command.args([own, kept]).args([
        "--".to_owned(),
        format!("-max_total_time={}", 60 * minutes),
        format!("-max_len={INPUT_BYTES_MAX}"),
        format!("-artifact_prefix={}/{target}-", found.display()),
        "-print_final_stats=1".to_owned(),
        "-timeout=20".to_owned(),
    ]);
    run(&mut command).map_err(|sentence| {
        let found = found.display();
        format!("{sentence}\nThe input is in {found}; mend what it finds and put it into tests/fuzz/corpus/{target}")
    })
}

/// Replaces the committed corpus by the fewest small inputs that reach as many edges, and those
/// that once found something.
fn keep_smallest(target: &str) -> Result<()> {
    let [own, kept] = corpora(target)?;
    let small = folder(&format!("fuzz/small/{target}"))?;
    let unreadable = |e: std::io::Error| format!("the corpus of {target}: {e}");
    empty(&small).map_err(unreadable)?;
    let mut command = cargo_fuzz("run", target)?;
    command.arg(&small).arg(&own).arg(&kept).args([
        "--".to_owned(),
        "-set_cover_merge=1".to_owned(),
        "-use_counters=0".to_owned(),
        format!("-max_len={INPUT_BYTES_MAX}"),
    ]);
    run(&mut command)?;
    empty(&kept).map_err(unreadable)?;
    for entry in fs::read_dir(&small).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        fs::copy(entry.path(), kept.join(entry.file_name())).map_err(unreadable)?;
    }
    Ok(())
}

/// Removes the inputs that have no name of their own.
fn empty(corpus: &Path) -> std::io::Result<()> {
    for entry in fs::read_dir(corpus)? {
        let entry = entry?;
        if !entry.file_name().to_string_lossy().starts_with("found-") {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

fn cargo_fuzz(what: &str, target: &str) -> Result<Command> {
    let mut command = cargo();
    command
        .args(["fuzz", what, "--sanitizer", "none"])
        .args(["--fuzz-dir", "fuzz", "--target-dir"])
        .arg(folder("fuzz/build")?)
        .arg(target)
        // Counting edges is a matter of flags that the stable compiler has and does not promise.
        // Without `unsafe` there is nothing for a sanitizer to find.
        .env("RUSTC_BOOTSTRAP", "1");
    Ok(command)
}
