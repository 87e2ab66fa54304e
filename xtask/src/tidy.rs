//! Rules that only this project has, each with a sentence that says what to do.

mod layers;
mod targets;

use std::fs;
use std::path::{Path, PathBuf};

use crate::shell::{output, program};
use crate::statements::Statements;
use crate::{Result, root};

/// A file that is longer wants a seam.
const LINES_MAX: usize = 600;

/// All rules; what is wrong comes as one list.
pub(crate) fn check() -> Result<()> {
    let files = files()?;
    let statements = Statements::read()?;
    let mut wrong = Vec::new();
    layers::check(&manifest, &mut wrong)?;
    core_is_pure(&mut wrong);
    for file in &files {
        sources(file, &statements, &mut wrong);
    }
    documents(&files, &mut wrong);
    if wrong.is_empty() {
        return Ok(());
    }
    wrong.sort();
    Err(format!("the tree is not tidy\n  {}", wrong.join("\n  ")))
}

/// Every file that is, or could be, committed.
fn files() -> Result<Vec<PathBuf>> {
    let list = ["ls-files", "--cached", "--others", "--exclude-standard"];
    let listed = output(program("git").args(list)).ok_or("git cannot list the files")?;
    let paths = listed.lines().map(PathBuf::from);
    Ok(paths.filter(|path| root().join(path).is_file()).collect())
}

fn manifest(folder: &str) -> Result<toml::Table> {
    let path = root().join(folder).join("Cargo.toml");
    let text = fs::read_to_string(&path).map_err(|e| format!("{}: {e}", path.display()))?;
    text.parse().map_err(|e| format!("{}: {e}", path.display()))
}

fn core_is_pure(wrong: &mut Vec<String>) {
    let head = fs::read_to_string(root().join("core/src/lib.rs")).unwrap_or_default();
    for attribute in [
        "#![no_std]",
        "#![forbid(unsafe_code)]",
        "#![warn(missing_docs)]",
    ] {
        if !head.contains(attribute) {
            wrong.push(format!("core/src/lib.rs: must say {attribute}"));
        }
    }
}

/// What no source may hold, in two halves so that this file does not hold it either.
const NEVER: [(&str, &str, &str); 6] = [
    ("todo", "!(", "finish it"),
    ("unimplemented", "!(", "finish it"),
    ("#[ign", "ore", "a test that does not run proves nothing"),
    ("/ho", "me/", "no path of one machine"),
    ("/ro", "ot/", "no path of one machine"),
    ("registry.", "npm", "no host of a registry"),
];

fn sources(file: &Path, statements: &Statements, wrong: &mut Vec<String>) {
    let name = file.display();
    let Ok(text) = fs::read_to_string(root().join(file)) else {
        return; // A font or a picture.
    };
    let kind = file
        .extension()
        .and_then(|kind| kind.to_str())
        .unwrap_or_default();
    for (first, second, sentence) in NEVER {
        if kind != "lock" && text.contains(&format!("{first}{second}")) {
            wrong.push(format!("{name}: holds `{first}{second}`; {sentence}"));
        }
    }
    let lines = text.lines().count();
    if matches!(kind, "rs" | "css" | "js" | "mjs" | "py") && lines > LINES_MAX {
        wrong.push(format!(
            "{name}: {lines} lines; find the seam and keep {LINES_MAX} or fewer"
        ));
    }
    if kind != "rs" {
        return;
    }
    for (number, line) in text.lines().enumerate() {
        if let Some(tag) = statements.bad_tag(line) {
            wrong.push(format!(
                "{name}:{}: `{tag}` is no statement of 5.0; write 3.1.1 before one of that version",
                number + 1
            ));
        }
    }
    for (number, line) in text.lines().enumerate() {
        if let Some(statement) = statements.bad_name(line) {
            wrong.push(format!(
                "{name}:{}: there is no statement \"{statement}\"; of two the second is 3.1.1's",
                number + 1
            ));
        }
    }
    if file.starts_with("core/src") {
        let mut before = "";
        for line in text.lines() {
            if line.contains("extern crate std") && before != "#[cfg(test)]" {
                wrong.push(format!("{name}: only the core's tests may use std"));
            }
            before = line;
        }
        wrong.extend(targets::conditions(&text).into_iter().map(|(line, word)| {
            format!("{name}:{line}: asks for `{word}`; the core is the same on every target")
        }));
    }
}

/// The map names every package and every module of the core, and links lead somewhere.
fn documents(files: &[PathBuf], wrong: &mut Vec<String>) {
    let map = fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap_or_default();
    let modules = files.iter().filter_map(|file| {
        let below = file.strip_prefix("core/src").ok()?;
        let name = below.components().next()?.as_os_str().to_str()?;
        Some(name.trim_end_matches(".rs").to_owned())
    });
    let packages = layers::LAYERS
        .iter()
        .map(|layer| layer.folder.to_owned() + "/");
    let mut names: Vec<String> = modules
        .filter(|name| name != "lib")
        .chain(packages)
        .collect();
    names.sort();
    names.dedup();
    for name in names {
        if !map.contains(&format!("`{name}`")) {
            wrong.push(format!("ARCHITECTURE.md: says nothing of `{name}`"));
        }
    }
    for file in files
        .iter()
        .filter(|file| file.extension().is_some_and(|e| e == "md"))
    {
        let text = fs::read_to_string(root().join(file)).unwrap_or_default();
        for link in links(&text) {
            let to = root().join(file).parent().map(|folder| folder.join(link));
            if !to.is_some_and(|to| to.exists()) {
                wrong.push(format!("{}: `{link}` leads nowhere", file.display()));
            }
        }
    }
}

/// The relative links of a Markdown text.
fn links(text: &str) -> impl Iterator<Item = &str> {
    text.split("](").skip(1).filter_map(|rest| {
        let link = rest.split_once(')')?.0;
        let link = link.split('#').next().unwrap_or_default();
        (!link.is_empty() && !link.contains("://")).then_some(link)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_the_relative_ones() {
        let text = "[a](A.md) [b](https://example.com) [c](#here) ![d](docs/p.png#x)";
        assert_eq!(links(text).collect::<Vec<_>>(), ["A.md", "docs/p.png"]);
    }
}
