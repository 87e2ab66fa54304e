//! Building the page and the server, and starting them.

use std::env;
use std::os::unix::process::CommandExt;
use std::process::Command;
use std::time::Instant;

use crate::shell::{self, cargo, program};
use crate::{Result, root, target, tools};

/// Builds the page into `dist/`.
pub(crate) fn build() -> Result<()> {
    shell::run(&mut trunk())
}

/// The command that builds the page.
pub(crate) fn trunk() -> Command {
    let mut command = program("trunk");
    // Some machines set this to 1, which Trunk takes for a wrong answer.
    command
        .args(["build", "--release", "--locked"])
        .env_remove("NO_COLOR")
        .env("TRUNK_SKIP_VERSION_CHECK", "true");
    command
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

/// `cargo xtask run`.
pub(crate) fn run(arguments: &[String]) -> Result<()> {
    let start = Instant::now();
    tools::for_page()?;
    let first = !root().join("dist/index.html").exists();
    let about = if first {
        ", about three minutes on two cores"
    } else {
        ""
    };
    println!("Building the page{about}");
    build()?;
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
