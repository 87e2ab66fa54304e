//! Clients of others, unmodified and from their packages, against the running server.
//!
//! Each script takes an address, a transport and a version, goes through all its scenarios and
//! says which one failed. The scenarios have the same names in each.
#![allow(clippy::unwrap_used)] // A test that fails says where.

mod mosquitto;

use std::path::Path;
use std::process::Command;

use tidings_testkit::{Broker, given};

const SCENARIOS: &str =
    "qos0 qos1 qos2 retained will session wildcards shared megabyte unsubscribe";

fn broker() -> Broker {
    Broker::start(
        Path::new(&given("TIDINGS_BIN")),
        &["--listen", "127.0.0.1:0"],
    )
}

/// Runs a script; what it prints is shown when it fails, or leaves out a scenario.
fn script(command: &mut Command, transport: &str, version: &str) {
    let broker = broker();
    let port = broker.address().port().to_string();
    let output = command.args([&port, transport, version]).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    let done: Vec<&str> = said.lines().filter_map(|l| l.strip_prefix("ok ")).collect();
    let missed = SCENARIOS.split(' ').find(|name| !done.contains(name));
    assert!(
        output.status.success() && missed.is_none(),
        "{transport} {version}, at {missed:?}: {said}\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

fn paho(transport: &str, version: &str) {
    let mut command = Command::new(given("TIDINGS_PYTHON"));
    command.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/paho_client.py"));
    script(&mut command, transport, version);
}

fn mqttjs(transport: &str, version: &str) {
    let mut command = Command::new("node");
    command
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/mqttjs_client.mjs"))
        .env("NODE_MODULES", given("TIDINGS_NODE_MODULES"));
    script(&mut command, transport, version);
}

#[test]
fn paho_over_tcp_3_1_1() {
    paho("tcp", "4");
}

#[test]
fn paho_over_tcp_5_0() {
    paho("tcp", "5");
}

#[test]
fn paho_over_websocket_3_1_1() {
    paho("ws", "4");
}

#[test]
fn paho_over_websocket_5_0() {
    paho("ws", "5");
}

#[test]
fn mqttjs_over_tcp_3_1_1() {
    mqttjs("tcp", "4");
}

#[test]
fn mqttjs_over_tcp_5_0() {
    mqttjs("tcp", "5");
}

#[test]
fn mqttjs_over_websocket_3_1_1() {
    mqttjs("ws", "4");
}

#[test]
fn mqttjs_over_websocket_5_0() {
    mqttjs("ws", "5");
}
