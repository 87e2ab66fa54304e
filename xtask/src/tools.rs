//! The tools that building and testing need: found where they are, installed where they are not.
//!
//! What is built goes to Cargo's own `bin` folder, so that the next clone finds it there; what
//! only the tests use goes below `target/`.

use std::env;
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::Command;

use crate::shell::{cargo, folder, output, program, run};
use crate::{Result, root, target};

/// Built without optimisation: nobody runs these twice a day, and a newcomer waits for them.
const UNOPTIMISED: [(&str, &str); 4] = [
    ("CARGO_PROFILE_RELEASE_OPT_LEVEL", "0"),
    ("CARGO_PROFILE_RELEASE_LTO", "off"),
    ("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "256"),
    ("CARGO_PROFILE_RELEASE_DEBUG", "false"),
];

/// Installs what building the page needs.
pub(crate) fn for_page() -> Result<()> {
    target_of_rust("wasm32-unknown-unknown")?;
    built(
        "trunk",
        "0.21.14",
        "4 minutes on two cores",
        // Its lock file is needed: without it two versions of one crate meet.
        &["--locked", "--no-default-features", "--features", "rustls"],
    )?;
    built("wasm-bindgen", "0.2.130", "90 seconds on two cores", &[])
}

/// Binaryen's optimiser, which makes the page a quarter smaller. Nothing needs it.
pub(crate) fn wasm_opt() -> Option<PathBuf> {
    /// Older ones do not know what rustc writes.
    const OLDEST: u32 = 116;
    let version = |program: &str| -> Option<u32> {
        let said = says(program, &["--version"])?;
        said.split_whitespace().find_map(|word| word.parse().ok())
    };
    if version("wasm-opt").is_some_and(|version| version >= OLDEST) {
        return Some("wasm-opt".into());
    }
    let place = folder("binaryen").ok()?;
    let installed = place.join("node_modules/.bin/wasm-opt");
    let starts = || version(installed.to_str()?);
    if starts().is_none() {
        if says("npm", &["--version"]).is_some() {
            println!("Installing Binaryen's wasm-opt below target/, a few seconds");
            let _ = program("npm")
                .current_dir(&place)
                .args([
                    "install",
                    "--no-audit",
                    "--no-fund",
                    "--silent",
                    "--prefix",
                    ".",
                ])
                .arg("binaryen@132.0.0")
                .status();
        }
        if starts().is_none() {
            println!("Without npm there is no wasm-opt: the page works, and is a third larger");
            return None;
        }
    }
    Some(installed)
}

/// Installs what the tests need beyond that.
pub(crate) fn for_tests() -> Result<()> {
    component("rustfmt")?;
    component("clippy")?;
    target_of_rust("wasm32-wasip1")?;
    packages()?;
    python_clients()?;
    javascript_clients()?;
    rust_client()
}

/// Installs what fuzzing needs.
pub(crate) fn for_fuzzing() -> Result<()> {
    built("cargo-fuzz", "0.13.2", "a minute on two cores", &[])
}

/// Where programs are looked for: as in the person's shell, and where Cargo puts them.
pub(crate) fn search_path() -> OsString {
    let mut folders: Vec<PathBuf> = Vec::new();
    if let Some(home) = env::var_os("CARGO_HOME") {
        folders.push(PathBuf::from(home).join("bin"));
    }
    if let Some(home) = env::home_dir() {
        folders.push(home.join(".cargo/bin"));
    }
    if let Some(path) = env::var_os("PATH") {
        folders.extend(env::split_paths(&path));
    }
    // Debian puts servers here, and leaves it out of an ordinary person's path.
    folders.push("/usr/sbin".into());
    env::join_paths(folders).unwrap_or_else(|_| env::var_os("PATH").unwrap_or_default())
}

/// The Python that has the clients under test.
pub(crate) fn python() -> PathBuf {
    target().join("interop/python/bin/python")
}

/// Where the JavaScript clients under test are.
pub(crate) fn node_modules() -> PathBuf {
    target().join("interop/node/node_modules")
}

fn says(name: &str, arguments: &[&str]) -> Option<String> {
    output(program(name).args(arguments))
}

fn component(name: &str) -> Result<()> {
    let has = says("cargo", &[name.trim_start_matches("rust"), "--version"]).is_some();
    if has {
        return Ok(());
    }
    println!("Installing {name} for this Rust");
    run(program("rustup").args(["component", "add", name]))
}

fn target_of_rust(name: &str) -> Result<()> {
    let libraries = says("rustc", &["--print", "target-libdir", "--target", name]);
    if libraries.is_some_and(|folder| PathBuf::from(folder.trim()).exists()) {
        return Ok(());
    }
    println!("Installing Rust's target {name}");
    run(program("rustup").args(["target", "add", name]))
        .map_err(|error| format!("{error}\nInstall the target by hand: rustup target add {name}"))
}

fn built(name: &str, version: &str, duration: &str, options: &[&str]) -> Result<()> {
    let fits = |text: String| text.split_whitespace().any(|word| word == version);
    if says(name, &["--version"]).is_some_and(fits) {
        return Ok(());
    }
    let package = match name {
        "wasm-bindgen" => "wasm-bindgen-cli",
        other => other,
    };
    println!("Building {name} {version}, once, about {duration}");
    let mut command = cargo();
    command
        .args([
            "install",
            "--quiet",
            "--force",
            package,
            "--version",
            version,
        ])
        .args(options)
        .args(["--target-dir".into(), folder("tools")?])
        .envs(UNOPTIMISED);
    run(&mut command)
}

/// Debian's packages: a program that shows that it is there, and the package that brings it.
const PACKAGES: [(&str, &[&str], &str); 8] = [
    ("valgrind", &["--version"], "valgrind"),
    ("mosquitto", &["-h"], "mosquitto"),
    ("mosquitto_pub", &["--help"], "mosquitto-clients"),
    ("chromium", &["--version"], "chromium"),
    ("chromedriver", &["--version"], "chromium-driver"),
    ("node", &["--version"], "nodejs"),
    ("npm", &["--version"], "npm"),
    ("python3", &["-m", "venv", "--help"], "python3-venv"),
];

fn packages() -> Result<()> {
    // Some of these end with an error code when asked for help: that they start is enough.
    let starts = |name: &str, arguments: &[&str]| {
        let found = program(name).args(arguments).output();
        match name {
            "python3" => found.is_ok_and(|output| output.status.success()),
            _ => found.is_ok(),
        }
    };
    let missing: Vec<&str> = PACKAGES
        .iter()
        .filter(|(name, arguments, _)| !starts(name, arguments))
        .map(|(_, _, package)| *package)
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    let list = missing.join(" ");
    let is_root = says("id", &["-u"]).is_some_and(|id| id.trim() == "0");
    let may_sudo = || says("sudo", &["-n", "true"]).is_some();
    let has_apt = says("apt-get", &["--version"]).is_some();
    if !has_apt || !(is_root || may_sudo()) {
        return Err(format!(
            "the tests need programs that are not installed, and this account may not install \
             them. Type:\n\n    sudo apt-get install --no-install-recommends {list}\n"
        ));
    }
    println!("Installing Debian packages, about a minute: {list}");
    let apt = || {
        let mut command = if is_root {
            program("apt-get")
        } else {
            let mut command = program("sudo");
            command.args(["-n", "apt-get"]);
            command
        };
        command.env("DEBIAN_FRONTEND", "noninteractive");
        command
    };
    run(apt().args(["update", "-qq"]))?;
    run(apt()
        .args(["install", "-y", "-qq", "--no-install-recommends"])
        .args(&missing))
}

/// Where the programs are that do with a client what the tests tell them.
const CLIENTS: &str = "tests/interop/clients";

fn python_clients() -> Result<()> {
    let wanted = root().join(CLIENTS).join("requirements.txt");
    let has = "import sys, importlib.metadata as m\n\
        for line in open(sys.argv[1]).read().split():\n    \
        name, version = line.split('==')\n    assert m.version(name) == version";
    if output(Command::new(python()).args(["-c", has]).arg(&wanted)).is_some() {
        return Ok(());
    }
    println!("Installing Python's MQTT clients below target/, a few seconds");
    let place = folder("interop")?.join("python");
    run(program("python3").args(["-m", "venv"]).arg(&place))?;
    run(Command::new(python())
        .args(["-m", "pip", "install", "--quiet", "-r"])
        .arg(wanted))
}

fn javascript_clients() -> Result<()> {
    let place = folder("interop/node")?;
    let lock = "package-lock.json";
    let read = |path: PathBuf| std::fs::read(path).ok();
    let same = read(place.join(lock)) == read(root().join(CLIENTS).join(lock));
    if same && node_modules().join("mqtt/package.json").exists() {
        return Ok(());
    }
    println!("Installing JavaScript's MQTT clients below target/, a few seconds");
    for file in ["package.json", lock] {
        let source = root().join(CLIENTS).join(file);
        std::fs::copy(&source, place.join(file))
            .map_err(|error| format!("{} cannot be copied: {error}", source.display()))?;
    }
    run(program("npm")
        .current_dir(&place)
        .args(["ci", "--no-audit", "--no-fund", "--silent"]))
}

/// The program that does with rumqttc what the tests tell it. It has a lock file of its own: the
/// workspace needs no asynchronous runtime.
pub(crate) fn rumqttc() -> PathBuf {
    target().join("interop/rumqttc/debug/tidings-interop-rumqttc")
}

fn rust_client() -> Result<()> {
    if !rumqttc().exists() {
        println!("Building Rust's MQTT client below target/, a minute on two cores");
    }
    let manifest = root().join(CLIENTS).join("rumqttc/Cargo.toml");
    let mut command = cargo();
    command.args(["build", "--quiet", "--locked", "--manifest-path"]);
    command.arg(manifest).arg("--target-dir");
    run(command.arg(folder("interop/rumqttc")?))
}
