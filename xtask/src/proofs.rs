//! Which tests there really are: asked of the programs that were built, not of the text of files,
//! where a test may stand that nobody compiles.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::shell::{cargo, output, program};
use crate::{Result, root};

/// Writes every test to `list`, a line each: the root of its program's source, and its name there.
/// `builds` are the commands that build tests; what is built already costs them nothing.
pub(crate) fn write(builds: impl Iterator<Item = Command>, list: &Path) -> Result<()> {
    let mut text = String::new();
    for mut build in builds {
        build.args(["--no-run", "--message-format=json"]);
        let said = output(&mut build).ok_or("the tests cannot be built; `cargo test` says why")?;
        for (source, built) in said.lines().filter_map(test_program) {
            let mut ask = program(&built);
            let listed = output(ask.args(["--list", "--format", "terse"]));
            let listed = listed.ok_or_else(|| format!("{} lists nothing", built.display()))?;
            let source = source.strip_prefix(root()).unwrap_or(&source).display();
            let names = listed
                .lines()
                .filter_map(|line| line.strip_suffix(": test"));
            names.for_each(|name| text.push_str(&format!("{source} {name}\n")));
        }
    }
    fs::write(list, text).map_err(|error| format!("{} cannot be written: {error}", list.display()))
}

/// The command that holds the manifest's proofs to that list.
pub(crate) fn check(list: &Path) -> Command {
    let mut command = cargo();
    command.args(["run", "--locked", "--quiet"]);
    command.args(["--package", "tidings-conformance", "--", "--totals"]);
    command.arg("--tests").arg(list);
    command
}

/// The root of a test program's source and the program, from a line of Cargo's messages. Programs
/// that tests start are built beside them, and are none.
fn test_program(message: &str) -> Option<(PathBuf, PathBuf)> {
    let (_, profile) = message.split_once("\"profile\":{")?;
    let (profile, _) = profile.split_once('}')?;
    if !profile.contains("\"test\":true") {
        return None;
    }
    let source = field(message, "src_path")?;
    Some((source.into(), field(message, "executable")?.into()))
}

/// A text in a line of JSON; paths need no more than this.
fn field<'a>(message: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = message.split_once(&format!("\"{name}\":\""))?;
    rest.split('"').next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn test_programs_are_told_from_other_messages() {
        let message = |test: bool, executable: &str| {
            format!(
                "{{\"reason\":\"compiler-artifact\",\
                 \"target\":{{\"src_path\":\"/a/tests/x.rs\",\"test\":true}},\
                 \"profile\":{{\"opt_level\":\"0\",\"test\":{test}}},\"executable\":{executable}}}"
            )
        };
        let expected = Some(("/a/tests/x.rs".into(), "/t/x-1".into()));
        assert_eq!(test_program(&message(true, "\"/t/x-1\"")), expected);
        assert_eq!(test_program(&message(false, "\"/t/x-1\"")), None);
        assert_eq!(test_program(&message(true, "null")), None);
        assert_eq!(test_program(r#"{"reason":"build-finished"}"#), None);
    }
}
