//! Who may depend on whom.

use crate::Result;

/// What a package may depend on within the workspace: the arrows of ARCHITECTURE.md.
pub(super) struct Layer {
    pub(super) folder: &'static str,
    uses: &'static [&'static str],
    /// What its tests may use besides.
    tests_use: &'static [&'static str],
}

const fn layer(
    folder: &'static str,
    uses: &'static [&'static str],
    tests_use: &'static [&'static str],
) -> Layer {
    Layer {
        folder,
        uses,
        tests_use,
    }
}

pub(super) const LAYERS: [Layer; 12] = [
    layer("core", &[], &[]),
    layer("world", &["tidings-core"], &["tidings-conformance"]),
    layer("wasm", &["tidings-core", "tidings-world"], &[]),
    layer("web", &["tidings-world"], &[]),
    layer(
        "server",
        &["tidings-core"],
        &["tidings-conformance", "tidings-testkit"],
    ),
    layer(
        "tests/conformance",
        &["tidings-core", "tidings-testkit"],
        &[],
    ),
    layer(
        "tests/differential",
        &["tidings-conformance", "tidings-testkit"],
        &[],
    ),
    layer("tests/fuzz", &["tidings-core"], &[]),
    layer("tests/interop", &["tidings-testkit"], &[]),
    layer(
        "tests/e2e",
        &["tidings-testkit", "tidings-world"],
        &["tidings-conformance"],
    ),
    layer("tests/kit", &[], &[]),
    layer(
        "tests/simulation",
        &["tidings-core", "tidings-conformance", "tidings-fuzz"],
        &[],
    ),
];

/// What the core may use of others' code: nothing that knows a socket, a clock or a browser.
const CORE_USES: [&str; 9] = [
    "bytes",
    "bytestring",
    "foldhash",
    "hashbrown",
    "memchr",
    "simdutf8",
    "slab",
    "smallvec",
    "thiserror",
];

/// What is built with a dependency.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum For {
    Package,
    Build,
    Tests,
}

const TABLES: [(&str, For); 3] = [
    ("dependencies", For::Package),
    ("build-dependencies", For::Build),
    ("dev-dependencies", For::Tests),
];

/// Looks at the manifest of every member; `read` has the manifest of a folder.
pub(super) fn check(
    read: &dyn Fn(&str) -> Result<toml::Table>,
    wrong: &mut Vec<String>,
) -> Result<()> {
    let root = read("")?;
    let workspace = table(&root, "workspace").ok_or("Cargo.toml has no [workspace]")?;
    let members = workspace.get("members").and_then(|m| m.as_array());
    for member in members.into_iter().flatten().filter_map(|m| m.as_str()) {
        if member == "xtask" {
            continue;
        }
        match LAYERS.iter().find(|layer| layer.folder == member) {
            Some(layer) => layer.check(&read(member)?, workspace, wrong),
            None => wrong.push(format!(
                "{member}: say in xtask/src/tidy/layers.rs what it may depend on"
            )),
        }
    }
    Ok(())
}

impl Layer {
    fn check(&self, manifest: &toml::Table, workspace: &toml::Table, wrong: &mut Vec<String>) {
        let folder = self.folder;
        for (name, what_for) in dependencies(manifest, workspace) {
            let in_tests = what_for == For::Tests;
            let allowed = if name.starts_with("tidings-") {
                self.uses.contains(&name.as_str())
                    || in_tests && self.tests_use.contains(&name.as_str())
            } else {
                folder != "core" || in_tests || CORE_USES.contains(&name.as_str())
            };
            if !allowed {
                wrong.push(format!(
                    "{folder}: may not depend on {name}; see ARCHITECTURE.md"
                ));
            }
        }
        if folder == "core" && manifest.contains_key("target") {
            wrong.push("core: the same on every target, so nothing depends on [target]".to_owned());
        }
    }
}

/// Every dependency by the name of its package, whatever it is called here and wherever it counts.
fn dependencies(manifest: &toml::Table, workspace: &toml::Table) -> Vec<(String, For)> {
    let shared = table(workspace, "dependencies");
    let targets = table(manifest, "target");
    let targets = targets.into_iter().flat_map(|targets| targets.values());
    let places = targets
        .filter_map(|target| target.as_table())
        .chain([manifest]);
    let mut found = Vec::new();
    for place in places {
        for (key, what_for) in TABLES {
            for (name, entry) in table(place, key).into_iter().flatten() {
                let from_workspace = entry.get("workspace").and_then(|w| w.as_bool());
                let entry = match from_workspace {
                    Some(true) => shared.and_then(|shared| shared.get(name)),
                    _ => Some(entry),
                };
                let package = entry.and_then(|entry| entry.get("package")?.as_str());
                found.push((package.unwrap_or(name).to_owned(), what_for));
            }
        }
    }
    found
}

fn table<'a>(table: &'a toml::Table, key: &str) -> Option<&'a toml::Table> {
    table.get(key)?.as_table()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is wrong with a member that has this manifest.
    fn wrong(folder: &str, manifest: &str) -> Vec<String> {
        let root = format!(
            "[workspace]\nmembers = [\"xtask\", {folder:?}]\n[workspace.dependencies]\n\
             bytes = \"1\"\ntidings-core = {{ path = \"core\" }}\n\
             sockets = {{ package = \"mio\", version = \"1\" }}\n\
             plain = {{ package = \"tidings-world\", path = \"world\" }}\n"
        );
        let read = |asked: &str| {
            let text = if asked.is_empty() { &root } else { manifest };
            text.parse().map_err(|error| format!("{error}"))
        };
        let mut wrong = Vec::new();
        check(&read, &mut wrong).expect("the sample can be read");
        wrong
    }

    #[test]
    fn allows_what_the_arrows_allow() {
        for (folder, manifest) in [
            ("core", "[dependencies]\nbytes.workspace = true"),
            ("core", "[dev-dependencies]\nproptest = \"1\""),
            ("world", "[dependencies]\ntidings-core.workspace = true"),
            ("world", "[dev-dependencies]\ntidings-conformance = {}"),
            (
                "server",
                "[target.'cfg(unix)'.dependencies]\nsockets.workspace = true",
            ),
        ] {
            assert_eq!(wrong(folder, manifest), [""; 0], "{manifest}");
        }
    }

    #[test]
    fn finds_what_they_do_not_wherever_it_hides() {
        for (folder, manifest, name) in [
            ("core", "[dependencies]\nmio = \"1\"", "mio"),
            ("core", "[dependencies]\nsockets.workspace = true", "mio"),
            (
                "core",
                "[dependencies]\nbytes = { package = \"tokio\", version = \"1\" }",
                "tokio",
            ),
            ("core", "[dependencies.web-sys]\nversion = \"1\"", "web-sys"),
            ("core", "[build-dependencies]\ncc = \"1\"", "cc"),
            (
                "core",
                "[dev-dependencies]\ntidings-world.workspace = true",
                "tidings-world",
            ),
            (
                "core",
                "[target.'cfg(unix)'.dependencies]\nbytes = \"1\"",
                "[target]",
            ),
            (
                "world",
                "[target.'cfg(unix)'.dependencies]\ntidings-server = {}",
                "tidings-server",
            ),
            (
                "world",
                "[build-dependencies]\ntidings-conformance = {}",
                "tidings-conformance",
            ),
            (
                "server",
                "[dependencies]\nplain.workspace = true",
                "tidings-world",
            ),
            (
                "server",
                "[dependencies]\nw = { package = \"tidings-world\", path = \"../world\" }",
                "tidings-world",
            ),
            (
                "web",
                "[dependencies]\ntidings-core.workspace = true",
                "tidings-core",
            ),
            ("elsewhere", "", "elsewhere"),
        ] {
            let wrong = wrong(folder, manifest);
            assert_eq!(wrong.len(), 1, "{manifest}: {wrong:?}");
            assert!(wrong[0].contains(name), "{manifest}: {wrong:?}");
        }
    }
}
