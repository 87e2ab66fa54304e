//! Starting other programs, with a limit on how long they may take.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use crate::{Result, root, target, tools};

/// Process groups that run below us, so that nothing outlives an interrupted gate.
static GROUPS: Mutex<BTreeSet<u32>> = Mutex::new(BTreeSet::new());

/// Ends what we started when somebody ends us.
pub(crate) fn end_children_with_us() {
    let Ok(mut signals) = Signals::new([SIGINT, SIGTERM, SIGHUP]) else {
        return;
    };
    thread::spawn(move || {
        if let Some(signal) = signals.forever().next() {
            if let Ok(groups) = GROUPS.lock() {
                groups.iter().for_each(|group| end_group(*group));
            }
            std::process::exit(128 + signal);
        }
    });
}

/// A program, found also where the project's own tools are, started in the workspace.
pub(crate) fn program(name: impl AsRef<std::ffi::OsStr>) -> Command {
    let mut command = Command::new(name);
    command
        .current_dir(root())
        .env("PATH", tools::search_path())
        // Set while this program runs below Cargo; a Cargo below us must not think it is the same.
        .env_remove("CARGO_MANIFEST_DIR")
        .env_remove("CARGO_PKG_NAME")
        .stdin(Stdio::null());
    command
}

/// Cargo itself.
pub(crate) fn cargo() -> Command {
    program(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

/// What a program prints, if it can be started and ends well.
pub(crate) fn output(command: &mut Command) -> Option<String> {
    let output = command.stderr(Stdio::null()).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then_some(text)
}

/// Runs a program in sight of the person.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let status = command
        .status()
        .map_err(|error| cannot_start(command, &error))?;
    expect_success(command, status)
}

/// Runs a program out of sight: what it prints goes to `log`, and no process of it is left after
/// `deadline`.
pub(crate) fn run_within(command: &mut Command, log: &Path, deadline: Instant) -> Result<()> {
    let file = append(log)?;
    let copy = file
        .try_clone()
        .map_err(|error| format!("{} cannot be written: {error}", log.display()))?;
    let child = command
        .stdout(file)
        .stderr(copy)
        .process_group(0)
        .spawn()
        .map_err(|error| cannot_start(command, &error))?;
    let group = child.id();
    if let Ok(mut groups) = GROUPS.lock() {
        groups.insert(group);
    }
    let status = wait(child, deadline);
    // Also after a good end: a server that a test forgot must not hold a port.
    end_group(group);
    if let Ok(mut groups) = GROUPS.lock() {
        groups.remove(&group);
    }
    match status {
        Some(status) => expect_success(command, status),
        None => Err(format!("{} took longer than its deadline", shown(command))),
    }
}

/// A folder below the target folder, made if it is not there.
pub(crate) fn folder(name: &str) -> Result<std::path::PathBuf> {
    let folder = target().join(name);
    fs::create_dir_all(&folder)
        .map_err(|error| format!("{} cannot be made: {error}", folder.display()))?;
    Ok(folder)
}

fn wait(mut child: Child, deadline: Instant) -> Option<ExitStatus> {
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Some(status),
            Ok(None) if Instant::now() < deadline => thread::sleep(Duration::from_millis(20)),
            _ => {
                end_group(child.id());
                let _ = child.wait();
                return None;
            }
        }
    }
}

fn end_group(group: u32) {
    let _ = Command::new("kill")
        .args(["-KILL", "--", &format!("-{group}")])
        .stderr(Stdio::null())
        .status();
}

fn append(log: &Path) -> Result<File> {
    File::options()
        .create(true)
        .append(true)
        .open(log)
        .map_err(|error| format!("{} cannot be written: {error}", log.display()))
}

fn expect_success(command: &Command, status: ExitStatus) -> Result<()> {
    if status.success() {
        Ok(())
    } else {
        Err(format!("{} ended with {status}", shown(command)))
    }
}

fn cannot_start(command: &Command, error: &std::io::Error) -> String {
    format!("{} cannot be started: {error}", shown(command))
}

fn shown(command: &Command) -> String {
    let mut text = format!("`{}", command.get_program().display());
    for argument in command.get_args() {
        text.push(' ');
        text.push_str(&argument.to_string_lossy());
    }
    text.push('`');
    text
}
