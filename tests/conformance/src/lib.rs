//! What proves that Tidings speaks MQTT.
//!
//! - `manifest/` has every statement of 3.1.1 and 5.0, in our words, and what proves it:
//!   [`manifest`], and for people [`report`].
//! - `cases/` has the cases: what peers send and what they must see, as text that any program can
//!   read, a page too: [`mod@case`].
//! - [`play`] plays a case to whatever is a [`play::Broker`]: the core in this process
//!   ([`node`]), or a broker at the other end of a [`remote::Pipe`], of which [`pipes`] has TCP
//!   and WebSocket, or a broker behind a [`mod@port`], which is how the worker in a browser is
//!   reached.
//! - Other tests play to brokers in the same language: [`words`] and [`notation`] read it.
//! - [`wire`] reads and writes packets without the core's codec.
//! - `websocket.txt` has the cases of RFC 6455, which are about frames and handshakes: [`websocket`].
//! - `malformed.txt` has packets that no broker may take: [`malformed`]; the core's tests and the
//!   server's read it as well.

pub mod case;
pub mod malformed;
pub mod manifest;
pub mod node;
pub mod notation;
pub mod pipes;
pub mod play;
pub mod port;
pub mod remote;
pub mod report;
pub mod server;
pub mod websocket;
pub mod wire;
pub mod words;

use case::Case;

macro_rules! files {
    ($($name:literal)*) => {
        [$((concat!("cases/", $name), include_str!(concat!("../cases/", $name)))),*]
    };
}

/// The files of the cases: name and text.
pub const FILES: [(&str, &str); 9] = files![
    "connect.txt" "session.txt" "will.txt" "publish.txt" "flow.txt" "retain.txt" "subscribe.txt"
    "shared.txt" "auth.txt"
];

/// All cases.
///
/// # Panics
/// With file and line, if the text of one is wrong.
pub fn cases() -> Vec<Case> {
    let read = FILES.iter().map(|(name, text)| case::read(name, text));
    match read.collect::<Result<Vec<_>, _>>() {
        Ok(files) => files.into_iter().flatten().collect(),
        Err(fault) => panic!("{fault}"),
    }
}
