//! `tidings`: the broker of [`tidings_core`] behind real sockets.
//!
//! Reading order: [`cli`] and [`listen`] (what a person asks for), [`reactor`] (the thread that
//! serves), [`sniff`], [`http`] and [`origin`] (what comes before MQTT), [`watch`] (the log).
#![forbid(unsafe_code)]
#![cfg_attr(test, allow(clippy::unwrap_used))] // A test that fails there says where.

mod banner;
mod cli;
mod clock;
mod http;
mod listen;
mod origin;
mod reactor;
mod signals;
mod sniff;
mod watch;

use std::error::Error;
use std::hash::{BuildHasher, RandomState};
use std::io::{self, IsTerminal, Write};
use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;

use clap::Parser;
use tidings_core::config::Config;
use tracing::error;

use crate::cli::Cli;
use crate::http::Page;
use crate::listen::ListenError;
use crate::reactor::{Options, Patience, Reactor};

/// The command line is wrong; `clap` exits with the same.
const USAGE: u8 = 2;

fn main() -> ExitCode {
    let cli = Cli::parse();
    tracing_subscriber::fmt()
        .with_max_level(cli.log_level())
        .with_writer(io::stderr)
        .with_ansi(io::stderr().is_terminal())
        .with_target(false)
        .init();
    match serve(cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            error!("{failure}");
            match failure.downcast_ref::<ListenError>() {
                Some(error) if error.is_usage() => USAGE.into(),
                _ => ExitCode::FAILURE,
            }
        }
    }
}

fn serve(cli: Cli) -> Result<(), Box<dyn Error>> {
    let listeners = listen::listen(&cli.listen, cli.allow_anonymous)?;
    // Before anybody is told that the broker is there, so that a signal finds it prepared.
    let signals = signals::endings()?;
    allow_many_sockets();
    let listening: Vec<SocketAddr> = listeners.iter().map(|l| l.address).collect();
    let page = Page::BUILT_IN;
    let mut config = Config {
        // Random, so that nobody can choose topics that collide in a table.
        seed: RandomState::new().hash_one(std::process::id()),
        ..Config::default()
    };
    for setting in &cli.set {
        setting.apply(&mut config)?;
    }
    let options = Options {
        config: Arc::new(config),
        origins: cli.allow_origin,
        page,
        patience: Patience::default(),
    };
    let reactor = Reactor::new(listeners, signals, options)?;
    if !cli.quiet {
        let text = banner::banner(&listening, page.is_built());
        // Whoever closed the other end of the pipe does not want to read it.
        let mut out = io::stdout();
        let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    }
    reactor.run()?;
    Ok(())
}

/// Takes as many descriptors as the system gives without asking anybody.
fn allow_many_sockets() {
    use rustix::process::{Resource, getrlimit, setrlimit};
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    // What it has is enough for most; running out is handled where connections are accepted.
    let _ = setrlimit(Resource::Nofile, limit);
}
