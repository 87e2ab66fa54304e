//! The two brokers, each as a process of its own on a port of its own.

use std::io::Write;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tidings_conformance::pipes::Transport;
use tidings_conformance::play;
use tidings_conformance::remote::Remote;
use tidings_testkit::{Broker as Tidings, PATIENCE, lines_of};

/// Mosquitto, with the limits that Tidings has where it has a setting for them.
const SETTINGS: &str = "\
persistence false
allow_anonymous true
sys_interval 0
log_dest stderr
log_type information
max_inflight_messages 128
max_queued_messages 10000
allow_duplicate_messages true
set_tcp_nodelay true
";

/// Who is spoken to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// `tidings`.
    Ours,
    /// Mosquitto.
    Theirs,
}

/// A running broker that ends with this.
#[derive(Debug)]
pub struct Running {
    address: SocketAddr,
    // Kept for their end.
    _tidings: Option<Tidings>,
    _mosquitto: Option<Mosquitto>,
}

#[derive(Debug)]
struct Mosquitto {
    child: Child,
    settings: PathBuf,
}

impl Drop for Mosquitto {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = std::fs::remove_file(&self.settings);
    }
}

impl Running {
    /// Starts one; `program` is the built `tidings`.
    ///
    /// # Errors
    /// If it does not start.
    pub fn start(which: Which, program: &Path) -> Result<Self, String> {
        match which {
            Which::Ours => {
                let tidings = Tidings::start(program, &["--listen", "127.0.0.1:0"]);
                Ok(Self {
                    address: tidings.address(),
                    _tidings: Some(tidings),
                    _mosquitto: None,
                })
            }
            Which::Theirs => start_mosquitto(),
        }
    }

    /// Opens connections to it, for a case or a dialogue.
    pub fn remote(&self, transport: Transport, patience: Duration) -> impl play::Broker {
        let address = self.address;
        Remote::new(move || transport.dial(address)).patience(patience)
    }
}

/// It cannot be told to take any free port: one is looked for, and if somebody was faster, another.
fn start_mosquitto() -> Result<Running, String> {
    const TRIES: usize = 20;
    let fail = |error: std::io::Error| format!("Mosquitto cannot be started: {error}");
    for _ in 0..TRIES {
        let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(fail)?;
        let address = free.local_addr().map_err(fail)?;
        drop(free);
        let name = format!(
            "tidings-mosquitto-{}-{}.conf",
            std::process::id(),
            address.port()
        );
        let settings = std::env::temp_dir().join(name);
        let mut file = std::fs::File::create(&settings).map_err(fail)?;
        let listener = format!("listener {} 127.0.0.1\n{SETTINGS}", address.port());
        file.write_all(listener.as_bytes()).map_err(fail)?;
        let child = Command::new("mosquitto")
            .arg("-c")
            .arg(&settings)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(fail)?;
        let mut mosquitto = Mosquitto { child, settings };
        let Some(log) = mosquitto.child.stderr.take() else {
            return Err("Mosquitto without a log".to_owned());
        };
        // That somebody answers at the port would not show that it is this one.
        let lines = lines_of(log);
        while let Ok(line) = lines.recv_timeout(PATIENCE) {
            if line.ends_with(" running") {
                return Ok(Running {
                    address,
                    _tidings: None,
                    _mosquitto: Some(mosquitto),
                });
            }
        }
    }
    Err(format!("Mosquitto found no port in {TRIES} tries"))
}
