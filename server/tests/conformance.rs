//! The conformance cases against the running server, over TCP and over
//! WebSocket.

use std::path::Path;

use tidings_conformance::pipes::Transport;
use tidings_conformance::server;

fn check((count, faults): (usize, Vec<String>)) {
    assert!(count > 0, "no case");
    assert!(faults.is_empty(), "of {count}:\n{}", faults.join("\n"));
}

fn program() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_tidings"))
}

#[test]
fn cases_over_tcp() {
    check(server::cases(program(), Transport::Tcp));
}

#[test]
fn cases_over_websocket() {
    check(server::cases(program(), Transport::WebSocket));
}

#[test]
fn cases_over_websocket_in_pieces() {
    check(server::cases(program(), Transport::WebSocketInPieces));
}

#[test]
fn cases_of_websocket() {
    check(tidings_conformance::websocket::on_server(program()));
}
