//! The gate: everything that must be true of a commit, cheap checks first.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use crate::shell::{self, cargo, folder, run_within};
use crate::{Result, page, proofs, root, target, tidy, tools};

/// One part of the gate.
struct Stage {
    name: &'static str,
    what: &'static str,
    /// Minutes it may take on two slow cores before it counts as hanging.
    minutes: u64,
    run: fn(&Context<'_>) -> Result<()>,
}

/// Where a stage writes and when it must be done.
struct Context<'a> {
    log: &'a Path,
    deadline: Instant,
}

impl Context<'_> {
    fn run(&self, command: &mut Command) -> Result<()> {
        run_within(command, self.log, self.deadline)
    }

    /// Builds the page and the server if the stages that do have not been here.
    fn have_server(&self) -> Result<()> {
        if binary().exists() {
            return Ok(());
        }
        page::build(&|command| self.run(command))?;
        self.run(&mut page::server())
    }
}

/// Packages that run in a browser.
const IN_BROWSERS: [&str; 4] = [
    "tidings-core",
    "tidings-world",
    "tidings-wasm",
    "tidings-web",
];

/// Packages whose tests need the built server and what [`tools`] installed.
const OUTERMOST: [&str; 3] = ["tidings-interop", "tidings-differential", "tidings-e2e"];

const STAGES: [Stage; 12] = [
    Stage {
        name: "format",
        what: "cargo fmt changes nothing",
        minutes: 2,
        run: |c| {
            c.run(cargo().args(["fmt", "--all", "--check"]))?;
            let apart = "tests/interop/clients/rumqttc/Cargo.toml";
            c.run(cargo().args(["fmt", "--manifest-path", apart, "--check"]))
        },
    },
    Stage {
        name: "tidy",
        what: "layers, statement tags, sizes of files, and what the documents promise",
        minutes: 1,
        run: |_| tidy::check(),
    },
    Stage {
        name: "clippy",
        what: "no warning, in any target of any package",
        minutes: 15,
        run: |c| {
            let mut command = cargo();
            command.args([
                "clippy",
                "--locked",
                "--workspace",
                "--all-targets",
                "--quiet",
            ]);
            c.run(command.args(["--", "-D", "warnings"]))
        },
    },
    Stage {
        name: "clippy-wasm",
        what: "no warning in what runs in browsers, built for them",
        minutes: 15,
        run: |c| {
            let mut command = cargo();
            command.args([
                "clippy",
                "--locked",
                "--quiet",
                "--target",
                "wasm32-unknown-unknown",
            ]);
            command.args(IN_BROWSERS.iter().flat_map(|name| ["--package", name]));
            c.run(command.args(["--", "-D", "warnings"]))
        },
    },
    Stage {
        name: "docs",
        what: "documents of every item, private ones too, without a broken link",
        minutes: 15,
        run: |c| {
            let mut command = cargo();
            command.args(["doc", "--locked", "--workspace", "--no-deps", "--quiet"]);
            command.arg("--document-private-items");
            c.run(command.env("RUSTDOCFLAGS", "-D warnings"))
        },
    },
    Stage {
        name: "test",
        what: "unit, property and driver tests, and the examples in the documents",
        minutes: 25,
        run: |c| c.run(&mut inner()),
    },
    Stage {
        name: "proofs",
        what: "every test that the manifest of the standards names is in a program that was built",
        minutes: 15,
        run: |c| {
            let list = folder("gate")?.join("tests.txt");
            // With the very words of the stages, so that nothing is built twice.
            let outermost = OUTERMOST.iter().map(|name| outermost(name));
            proofs::write([inner()].into_iter().chain(outermost), &list)?;
            c.run(&mut proofs::check(&list))
        },
    },
    Stage {
        name: "test-wasm",
        what: "the tests of the core and of the world and the conformance cases, run as WebAssembly",
        minutes: 25,
        run: |c| {
            let runner = root().join("tests/wasi/run.mjs");
            // The shortcut that Node 20 takes into WASI spoils its heap once a test's memory grew.
            let node = "node --no-warnings --no-turbo-fast-api-calls";
            let runner = format!("{node} {}", runner.display());
            let test = |what: &[&str]| {
                let mut command = cargo();
                command.args(["test", "--locked", "--quiet", "--target", "wasm32-wasip1"]);
                command.args(what);
                c.run(command.env("CARGO_TARGET_WASM32_WASIP1_RUNNER", &runner))
            };
            // Examples in documents cannot be started by a runner that is given one file.
            test(&[
                "--package=tidings-core",
                "--package=tidings-world",
                "--lib",
                "--tests",
            ])?;
            // The manifest's test looks at sources, which a program there does not see.
            test(&["--package=tidings-conformance", "--test=node"])
        },
    },
    Stage {
        name: "page",
        what: "the page and its worker are built as they are shipped",
        minutes: 20,
        run: |c| page::build(&|command| c.run(command)),
    },
    Stage {
        name: "server",
        what: "the server is built as it is shipped, and the page in it is small",
        minutes: 20,
        run: |c| {
            c.run(&mut page::server())?;
            page::sizes().map(|table| print!("{table}"))
        },
    },
    Stage {
        name: "interop",
        what: "clients of others, unmodified, over TCP and WebSocket; and dialogues with Mosquitto beside",
        minutes: 10,
        run: |c| {
            c.have_server()?;
            // Both wait more than they work.
            std::thread::scope(|scope| {
                let beside = scope.spawn(|| c.run(&mut outermost("tidings-differential")));
                let clients = c.run(&mut outermost("tidings-interop"));
                let beside = beside.join();
                clients.and(beside.unwrap_or_else(|_| Err("a thread ended".to_owned())))
            })
        },
    },
    Stage {
        name: "e2e",
        what: "the page in Chromium, with the server it comes from, and the conformance cases in its worker",
        minutes: 20,
        run: |c| {
            c.have_server()?;
            c.run(&mut outermost("tidings-e2e"))
        },
    },
];

/// `cargo xtask shots`.
pub(crate) fn shots(arguments: &[String]) -> Result<()> {
    in_browser("shots", arguments)
}

/// `cargo xtask numbers`.
pub(crate) fn numbers(arguments: &[String]) -> Result<()> {
    in_browser("numbers", arguments)
}

/// Builds what is shipped, and starts a program that looks at it in a browser.
fn in_browser(name: &str, arguments: &[String]) -> Result<()> {
    tools::for_page()?;
    tools::for_tests()?;
    page::build(&shell::run)?;
    shell::run(&mut page::server())?;
    let mut command = cargo();
    command.args(["run", "--quiet", "--package", "tidings-e2e", "--bin", name]);
    command.arg("--").args(arguments);
    shell::run(with_what_was_built(&mut command))
}

/// `cargo xtask differential`.
pub(crate) fn differential(arguments: &[String]) -> Result<()> {
    tools::for_tests()?;
    shell::run(&mut page::server())?;
    let mut command = cargo();
    command.args(["run", "--quiet", "--package", "tidings-differential", "--"]);
    command.args(arguments);
    shell::run(with_what_was_built(&mut command))
}

/// `cargo xtask clients`.
pub(crate) fn clients(arguments: &[String]) -> Result<()> {
    tools::for_tests()?;
    shell::run(&mut page::server())?;
    let mut command = cargo();
    command.args(["run", "--quiet", "--package", "tidings-interop", "--"]);
    command.args(arguments);
    shell::run(with_what_was_built(&mut command))
}

/// The tests that need nothing built before.
fn inner() -> Command {
    let mut command = cargo();
    command.args(["test", "--locked", "--quiet", "--workspace"]);
    command.args(OUTERMOST.iter().flat_map(|name| ["--exclude", name]));
    command
}

/// The tests of a package that need the built server, and what [`tools`] installed.
fn outermost(package: &str) -> Command {
    let mut command = cargo();
    command.args(["test", "--locked", "--quiet", "--package", package]);
    with_what_was_built(&mut command);
    command
}

/// The server as it is shipped.
fn binary() -> PathBuf {
    target().join("release/tidings")
}

fn with_what_was_built(command: &mut Command) -> &mut Command {
    command
        .env("TIDINGS_BIN", binary())
        .env("TIDINGS_PYTHON", tools::python())
        .env("TIDINGS_NODE_MODULES", tools::node_modules())
        .env("TIDINGS_RUMQTTC", tools::rumqttc())
        .env("TIDINGS_SHOTS", root().join("shots"))
}

/// `cargo xtask stages`.
pub(crate) fn list() {
    for stage in &STAGES {
        println!("{:<12} {}", stage.name, stage.what);
    }
}

/// `cargo xtask test`: all stages, or those named.
pub(crate) fn test(names: &[String]) -> Result<()> {
    if let Some(name) = names
        .iter()
        .find(|name| STAGES.iter().all(|s| s.name != **name))
    {
        return Err(format!(
            "there is no stage `{name}`; `cargo xtask stages` lists them"
        ));
    }
    let start = Instant::now();
    tools::for_page()?;
    tools::for_tests()?;
    timed("tools", start);
    let logs = folder("gate")?;
    for stage in &STAGES {
        if !names.is_empty() && !names.iter().any(|name| name == stage.name) {
            continue;
        }
        let log = logs.join(format!("{}.log", stage.name));
        let _ = fs::remove_file(&log);
        let began = Instant::now();
        let context = Context {
            log: &log,
            deadline: began + Duration::from_secs(60 * stage.minutes),
        };
        let done = (stage.run)(&context);
        timed(stage.name, began);
        if let Err(sentence) = done {
            show_end(&log);
            return Err(format!("{} failed: {sentence}", stage.name));
        }
    }
    println!("all      {:>7.1} s", start.elapsed().as_secs_f64());
    Ok(())
}

fn timed(name: &str, began: Instant) {
    println!("{name:<12} {:>7.1} s", began.elapsed().as_secs_f64());
}

/// The end of a log is where its failure is.
fn show_end(log: &Path) {
    const LINES: usize = 150;
    let text = fs::read(log).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let lines: Vec<&str> = text.lines().collect();
    let hidden = lines.len().saturating_sub(LINES);
    if hidden > 0 {
        println!("… {hidden} lines more in {}", log.display());
    }
    for line in &lines[hidden..] {
        println!("{line}");
    }
}
