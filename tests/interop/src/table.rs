//! Which clients there are, what each can do, and the document that says so.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use tidings_testkit::{Broker, given};

use crate::client::{Client, Done, Fail};
use crate::driver::Driver;
use crate::mosquitto::Mosquitto;
use crate::scenarios::{KeepAlive, SCENARIOS};

/// A client's package.
#[derive(Clone, Copy, Debug)]
struct Package {
    name: &'static str,
    version: &'static str,
    what: &'static str,
    program: Program,
    websocket: bool,
    tcp: bool,
    v5: bool,
}

#[derive(Clone, Copy, Debug)]
enum Program {
    Mosquitto,
    Python(&'static str),
    Node(&'static str),
    Rumqttc,
}

const PACKAGES: [Package; 7] = [
    Package {
        name: "mosquitto",
        version: "2.0.11",
        what: "`mosquitto_pub` and `mosquitto_sub` of Debian's `mosquitto-clients`",
        program: Program::Mosquitto,
        websocket: false,
        tcp: true,
        v5: true,
    },
    Package {
        name: "Paho Python",
        version: "2.1.0",
        what: "`paho-mqtt` from PyPI",
        program: Program::Python("paho_python.py"),
        websocket: true,
        tcp: true,
        v5: true,
    },
    Package {
        name: "aiomqtt",
        version: "2.5.1",
        what: "`aiomqtt` from PyPI, over Paho Python",
        program: Program::Python("aiomqtt_python.py"),
        websocket: true,
        tcp: true,
        v5: true,
    },
    Package {
        name: "gmqtt",
        version: "0.8.0",
        what: "`gmqtt` from PyPI",
        program: Program::Python("gmqtt_python.py"),
        websocket: false,
        tcp: true,
        v5: true,
    },
    Package {
        name: "MQTT.js",
        version: "5.15.1",
        what: "`mqtt` from npm, in Node.js",
        program: Program::Node("mqttjs.mjs"),
        websocket: true,
        tcp: true,
        v5: true,
    },
    Package {
        name: "Paho JavaScript",
        version: "1.1.0",
        what: "`paho-mqtt` from npm, in Node.js with the WebSocket of `ws`",
        program: Program::Node("paho_js.mjs"),
        websocket: true,
        tcp: false,
        v5: false,
    },
    Package {
        name: "rumqttc",
        version: "0.25.1",
        what: "`rumqttc` from crates.io",
        program: Program::Rumqttc,
        websocket: true,
        tcp: true,
        v5: true,
    },
];

/// What was seen of a feature.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Cell {
    Yes,
    Partly(String),
    No(String),
    Cannot(String),
}

/// A column of the table.
#[derive(Clone, Copy, Debug)]
struct Run {
    package: Package,
    websocket: bool,
    v5: bool,
}

impl Run {
    fn all() -> Vec<Self> {
        let mut runs = Vec::new();
        for v5 in [false, true] {
            for package in PACKAGES {
                for websocket in [false, true] {
                    let has = if websocket {
                        package.websocket
                    } else {
                        package.tcp
                    };
                    if has && (package.v5 || !v5) {
                        runs.push(Self {
                            package,
                            websocket,
                            v5,
                        });
                    }
                }
            }
        }
        runs
    }

    fn start(&self, broker: &Broker) -> Result<Box<dyn Client>, String> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("clients");
        let port = broker.address().port().to_string();
        let mut command = match self.package.program {
            Program::Mosquitto => {
                return Ok(Box::new(Mosquitto::new(port, self.v5)));
            }
            Program::Python(script) => {
                let mut command = Command::new(given("TIDINGS_PYTHON"));
                command.arg(folder.join(script));
                command
            }
            Program::Node(script) => {
                let mut command = Command::new("node");
                command.arg(folder.join(script));
                command.env("NODE_MODULES", given("TIDINGS_NODE_MODULES"));
                command
            }
            Program::Rumqttc => Command::new(PathBuf::from(given("TIDINGS_RUMQTTC"))),
        };
        let transport = if self.websocket { "ws" } else { "tcp" };
        let version = if self.v5 { "5" } else { "4" };
        command.args([port.as_str(), transport, version]);
        Ok(Box::new(Driver::start(&mut command)?))
    }

    /// Plays everything to one broker.
    fn play(&self) -> BTreeMap<&'static str, Cell> {
        let mut cells = BTreeMap::new();
        let broker = Broker::start(given("TIDINGS_BIN"), &["--listen", "127.0.0.1:0"]);
        let mut idle = match self.start(&broker) {
            Ok(client) => client,
            Err(fault) => {
                cells.insert(KeepAlive::NAME, Cell::No(fault));
                return cells;
            }
        };
        let awake = KeepAlive::begin(idle.as_mut());
        let mut client = None;
        for scenario in SCENARIOS.iter().filter(|s| self.v5 || !s.needs_v5) {
            let done = client.take().map_or_else(|| self.start(&broker), Ok);
            let done = done.map_err(Fail::No).and_then(|mut fresh| {
                (scenario.play)(fresh.as_mut())?;
                Ok(fresh)
            });
            // One that failed may still be at it: the next scenario gets a client of its own.
            let cell = match done {
                Ok(again) => {
                    client = Some(again);
                    Cell::Yes
                }
                Err(fail) => cell(fail),
            };
            cells.insert(scenario.name, cell);
        }
        let done: Done = awake.and_then(|awake| awake.end(idle.as_mut()));
        cells.insert(KeepAlive::NAME, done.map_or_else(cell, |()| Cell::Yes));
        cells
    }
}

fn cell(fail: Fail) -> Cell {
    match fail {
        Fail::Cannot(why) => Cell::Cannot(why),
        Fail::No(why) => Cell::No(why),
        Fail::Partly(why) => Cell::Partly(why),
    }
}

/// Runs every client, or the one of that name, through every scenario and returns the document.
pub fn run(only: Option<&str>) -> String {
    /// They wait more than they work.
    const AT_A_TIME: usize = 11;
    let mut runs = Run::all();
    runs.retain(|run| only.is_none_or(|name| run.package.name == name));
    let next = AtomicUsize::new(0);
    let cells = Mutex::new(BTreeMap::new());
    std::thread::scope(|scope| {
        for _ in 0..AT_A_TIME {
            scope.spawn(|| {
                loop {
                    let done = next.fetch_add(1, Ordering::Relaxed);
                    // Those of 5.0 stand at the end and take longest.
                    let Some(at) = runs.len().checked_sub(done + 1) else {
                        break;
                    };
                    let Some(run) = runs.get(at) else { break };
                    let played = run.play();
                    if let Ok(mut cells) = cells.lock() {
                        cells.insert(at, played);
                    }
                }
            });
        }
    });
    document(&runs, &cells.into_inner().unwrap_or_default())
}

type Cells = BTreeMap<usize, BTreeMap<&'static str, Cell>>;

fn document(runs: &[Run], cells: &Cells) -> String {
    let mut text = String::from(
        "# Clients of others\n\n\
         What other people's clients do with Tidings, unmodified and as their packages come.\n\
         `cargo xtask clients` plays every cell and writes this file; the gate plays them as well and fails when one is different.\n\n\
         | client | version | package |\n| --- | --- | --- |\n",
    );
    for Package {
        name,
        version,
        what,
        ..
    } in PACKAGES
    {
        let _ = writeln!(text, "| {name} | {version} | {what} |");
    }
    let mut notes: Vec<String> = Vec::new();
    for v5 in [false, true] {
        let columns: Vec<usize> = (0..runs.len()).filter(|at| runs[*at].v5 == v5).collect();
        let name = if v5 { "5.0" } else { "3.1.1" };
        let _ = write!(text, "\n## MQTT {name}\n\n| |");
        for at in &columns {
            let Run {
                package, websocket, ..
            } = &runs[*at];
            let transport = if *websocket { "WebSocket" } else { "TCP" };
            let _ = write!(text, " {} {transport} |", package.name);
        }
        let _ = writeln!(text, "\n| --- |{}", " --- |".repeat(columns.len()));
        let names = SCENARIOS.iter().filter(|s| v5 || !s.needs_v5);
        for feature in names.map(|s| s.name).chain([KeepAlive::NAME]) {
            let _ = write!(text, "| {feature} |");
            for at in &columns {
                let cell = cells.get(at).and_then(|cells| cells.get(feature));
                let (word, why) = match cell {
                    Some(Cell::Yes) => ("yes", None),
                    Some(Cell::Partly(why)) => ("yes", Some(why)),
                    Some(Cell::No(why)) => ("**no**", Some(why)),
                    Some(Cell::Cannot(why)) => ("n/a", Some(why)),
                    None => ("", None),
                };
                let _ = match why {
                    None => write!(text, " {word} |"),
                    Some(why) => {
                        let name = runs[*at].package.name;
                        let note = format!("{name}: {}.", why.trim_end_matches('.'));
                        let known = notes.iter().position(|n| *n == note);
                        let number = known.unwrap_or_else(|| {
                            notes.push(note);
                            notes.len() - 1
                        });
                        write!(text, " {word} ({}) |", number + 1)
                    }
                };
            }
            text.push('\n');
        }
    }
    if !notes.is_empty() {
        text.push_str("\n## Notes\n\n");
    }
    for (at, note) in notes.iter().enumerate() {
        let _ = writeln!(text, "{}. {note}", at + 1);
    }
    text.push_str("\n*yes*: played, and everything was as it should be, with a note: as far as the client tells; *n/a*: the client has no way to ask for it or to tell.\n");
    text
}
