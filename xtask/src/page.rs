//! Building the page and the server, and starting them.

use std::cell::OnceCell;
use std::env;
use std::ffi::OsStr;
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use crate::shell::{self, cargo, folder, program};
use crate::{Result, ports, root, target, tools};

/// Starts a program, in sight of the person or of the gate's log.
pub(crate) type Start<'a> = &'a dyn Fn(&mut Command) -> Result<()>;

/// Builds the page into `dist/`, as small as it gets with the tools at hand.
///
/// `dist/` is touched only where something changed, so that Cargo need not build the server again.
pub(crate) fn build(start: Start<'_>) -> Result<()> {
    // Trunk empties the folder it builds into, and `page` is Cargo's, for the profile of that name.
    let built = folder("trunk")?;
    start(&mut trunk(&built))?;
    // Looked for when there is something to do: its start alone takes a while.
    let optimiser = OnceCell::new();
    let optimiser = || optimiser.get_or_init(tools::wasm_opt).as_deref();
    for file in files(&built)? {
        if file.extension().is_some_and(|ending| ending == "wasm") {
            optimise(&optimiser, &built.join(file), start)?;
        }
    }
    name_worker(&built)?;
    mirror(&built, &root().join("dist"))
}

fn trunk(into: &Path) -> Command {
    let mut command = program("trunk");
    // Some machines set NO_COLOR to 1, which Trunk takes for a wrong answer.
    command
        .args(["build", "--release", "--locked", "--dist"])
        .arg(into)
        .env_remove("NO_COLOR")
        .env("TRUNK_SKIP_VERSION_CHECK", "true");
    command
}

/// What rustc's WebAssembly uses, which Binaryen is to keep and may use.
const FEATURES: [&str; 6] = [
    "--enable-bulk-memory",
    "--enable-multivalue",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-sign-ext",
];

/// Makes one file smaller, where there is an optimiser; what was made smaller before is taken from
/// where it was kept.
fn optimise<'a>(
    optimiser: &dyn Fn() -> Option<&'a Path>,
    file: &Path,
    start: Start<'_>,
) -> Result<()> {
    let kept = folder("optimised")?.join(hash(&[&read(file)?]));
    if !kept.exists() {
        let Some(optimiser) = optimiser() else {
            return Ok(());
        };
        let half = kept.with_extension("half");
        let mut command = program(optimiser);
        // Functions that are called often get small numbers, which also compress better.
        command.args(["-Oz", "--converge", "--reorder-functions"]);
        command.args(FEATURES).arg(file).arg("-o");
        start(command.arg(&half))?;
        fs::rename(&half, &kept).map_err(|error| cannot(&kept, &error))?;
    }
    write(file, &read(&kept)?)
}

/// Gives the worker's files a name that changes with them, as Trunk does for the page's: a page
/// must not meet the worker of another build in somebody's cache.
fn name_worker(built: &Path) -> Result<()> {
    const PLAIN: &str = "tidings-worker";
    let [script, code, loader] = ["js", "_bg.wasm", "_loader.js"].map(|ending| {
        let dot = if ending == "js" { "." } else { "" };
        built.join(format!("{PLAIN}{dot}{ending}"))
    });
    let name = format!("{PLAIN}-{}", hash(&[&read(&script)?, &read(&code)?]));
    for file in [&loader, &built.join("index.html")] {
        let text = fs::read_to_string(file).map_err(|error| cannot(file, &error))?;
        let named = text.replace(&format!("\"./{PLAIN}"), &format!("\"./{name}"));
        if named == text {
            return Err(format!("{} does not name the worker", file.display()));
        }
        write(file, named.as_bytes())?;
    }
    for file in [&script, &code, &loader] {
        let plain = file.file_name().and_then(OsStr::to_str).unwrap_or_default();
        let to = built.join(plain.replacen(PLAIN, &name, 1));
        fs::rename(file, &to).map_err(|error| cannot(&to, &error))?;
    }
    Ok(())
}

/// Makes `to` hold what `from` holds.
fn mirror(from: &Path, to: &Path) -> Result<()> {
    let wanted = files(from)?;
    for file in files(to).unwrap_or_default() {
        if !wanted.contains(&file) {
            let old = to.join(&file);
            fs::remove_file(&old).map_err(|error| cannot(&old, &error))?;
        }
    }
    for file in wanted {
        let content = read(&from.join(&file))?;
        let to = to.join(&file);
        if fs::read(&to).is_ok_and(|there| there == content) {
            continue;
        }
        if let Some(folder) = to.parent() {
            fs::create_dir_all(folder).map_err(|error| cannot(folder, &error))?;
        }
        write(&to, &content)?;
    }
    Ok(())
}

/// Every file below a folder, by its path from there. Trunk's own begin with a dot.
fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut folders = vec![PathBuf::new()];
    while let Some(below) = folders.pop() {
        let place = folder.join(&below);
        let entries = fs::read_dir(&place).map_err(|error| cannot(&place, &error))?;
        for entry in entries {
            let entry = entry.map_err(|error| cannot(&place, &error))?;
            let name = entry.file_name();
            if name.to_string_lossy().starts_with('.') {
                continue;
            }
            let path = below.join(name);
            if entry.path().is_dir() {
                folders.push(path);
            } else {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

fn hash(parts: &[&[u8]]) -> String {
    let mut hasher = DefaultHasher::new();
    parts.hash(&mut hasher);
    format!("{:016x}", hasher.finish())
}

fn read(file: &Path) -> Result<Vec<u8>> {
    fs::read(file).map_err(|error| cannot(file, &error))
}

fn write(file: &Path, content: &[u8]) -> Result<()> {
    fs::write(file, content).map_err(|error| cannot(file, &error))
}

fn cannot(path: &Path, error: &io::Error) -> String {
    format!("{}: {error}", path.display())
}

/// The command that builds the server with the page in it.
pub(crate) fn server() -> Command {
    let mut command = cargo();
    command.args([
        "build",
        "--release",
        "--locked",
        "--package",
        "tidings-server",
    ]);
    command
}

/// What a browser loads, at most, with the compression that every browser has.
///
/// The worker is to come down to 250,000, and the page to 350,000; until they do, this keeps them
/// from growing unseen. They have room for trees, states, plots, faults, runs, bytes that are
/// edited, and forms that say everything of MQTT 5.
const BUDGET: [(&str, usize); 3] = [
    ("tidings-worker", 410_000),
    ("tidings-web", 416_000),
    ("", 1_000_000),
];

/// How large the page in the server is, and whether that is too much.
///
/// The server's build compresses the files; it leaves this list where Cargo lets it write.
pub(crate) fn sizes() -> Result<String> {
    let build = target().join("release/build");
    let lists = fs::read_dir(&build).map_err(|error| cannot(&build, &error))?;
    let lists = lists.filter_map(|entry| {
        let list = entry.ok()?.path().join("out/page-sizes.txt");
        let written = list.metadata().ok()?.modified().ok()?;
        Some((written, list))
    });
    let (_, list) = lists.max().ok_or("the server was not built")?;
    let text = fs::read_to_string(&list).map_err(|error| cannot(&list, &error))?;
    let mut table = format!(
        "{:<52} {:>9} {:>9} {:>9}\n",
        "file", "plain", "gzip", "brotli"
    );
    let mut sums = BUDGET.map(|(prefix, limit)| (prefix, limit, 0));
    for line in text.lines() {
        let words: Vec<&str> = line.split(' ').collect();
        let [file, plain, gzip, brotli] = words[..] else {
            return Err(format!("{}: what does `{line}` say?", list.display()));
        };
        table.push_str(&format!("{file:<52} {plain:>9} {gzip:>9} {brotli:>9}\n"));
        let name = file.trim_start_matches('/');
        for (prefix, _, sum) in &mut sums {
            if name.starts_with(*prefix) {
                *sum += brotli.parse().unwrap_or(0);
            }
        }
    }
    for (prefix, limit, sum) in sums {
        let what = if prefix.is_empty() {
            "everything"
        } else {
            prefix
        };
        table.push_str(&format!("{what:<52} {:>9} {:>9} {sum:>9}\n", "", "of"));
        if sum > limit {
            return Err(format!(
                "{table}{what} has {sum} bytes, {limit} are allowed"
            ));
        }
    }
    Ok(table)
}

/// `cargo xtask run`.
pub(crate) fn run(arguments: &[String]) -> Result<()> {
    let start = Instant::now();
    ports::check(arguments)?;
    tools::for_page()?;
    let first = !root().join("dist/index.html").exists();
    let about = if first {
        ", about three minutes on two cores"
    } else {
        ""
    };
    println!("Building the page{about}");
    build(&shell::run)?;
    println!(
        "Building the server{}",
        if first { ", about a minute" } else { "" }
    );
    shell::run(&mut server())?;
    println!("Ready after {} s\n", start.elapsed().as_secs());
    open_soon(arguments);
    let error = program(target().join("release/tidings"))
        .args(arguments)
        .exec();
    Err(format!("the server cannot be started: {error}"))
}

/// Opens a browser on the page once the server answers, where there is a screen to open it on.
fn open_soon(arguments: &[String]) {
    let has_screen = cfg!(target_os = "macos")
        || env::var_os("DISPLAY").is_some()
        || env::var_os("WAYLAND_DISPLAY").is_some();
    // With addresses of its own the server says where it is.
    if !has_screen || !arguments.is_empty() {
        return;
    }
    let open = if cfg!(target_os = "macos") {
        "open"
    } else {
        "xdg-open"
    };
    // A process of its own: this one is about to become the server.
    let _ = program("sh")
        .args([
            "-c",
            "sleep 1; exec \"$0\" http://127.0.0.1:8080/ >/dev/null 2>&1",
            open,
        ])
        .spawn();
}
