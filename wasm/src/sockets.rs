//! Real WebSockets, as the engine orders them, and honest news of them.

use std::collections::BTreeMap;

use bytes::Bytes;
use js_sys::{ArrayBuffer, Uint8Array};
use tidings_world::engine::{SocketId, SocketNews, SocketOrder};
use tidings_world::view::TroubleKind;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{BinaryType, CloseEvent, DomException, Event, MessageEvent, WebSocket};

use crate::scope::{Listener, is_secure};

/// What the subprotocol of MQTT is called. [MQTT-6.0.0-3]
const SUBPROTOCOL: &str = "mqtt";
/// The close code of a connection that ended without a closing handshake.
const ABNORMAL: u16 = 1006;

/// Takes the news, in a turn of its own.
pub(crate) type Tell = fn(SocketId, SocketNews);

/// All sockets that are open or opening.
pub(crate) struct Sockets {
    open: BTreeMap<SocketId, Socket>,
    tell: Tell,
}

/// One socket, deaf as soon as it is dropped.
struct Socket {
    socket: WebSocket,
    /// It was told to close while it opened, and will when it is open: browsers complain of
    /// sockets that are closed earlier.
    is_leaving: bool,
    _listeners: [Listener; 3],
}

impl Sockets {
    pub(crate) fn new(tell: Tell) -> Self {
        Self {
            open: BTreeMap::new(),
            tell,
        }
    }

    /// Carries out one order. What is news at once is returned; the rest is told later.
    pub(crate) fn carry_out(&mut self, order: SocketOrder) -> Option<(SocketId, SocketNews)> {
        match order {
            SocketOrder::Open { socket: id, url } => match Socket::open(id, &url, self.tell) {
                Ok(socket) => {
                    self.open.insert(id, socket);
                }
                Err(error) => {
                    let known = why_not(&url, error.dyn_ref::<DomException>(), is_secure());
                    let code = ABNORMAL;
                    return Some((id, SocketNews::Closed { code, known }));
                }
            },
            SocketOrder::Send { socket, bytes } => {
                if let Some(open) = self.open.get(&socket) {
                    // It fails only before the socket is open, when nobody sends.
                    let _ = open.socket.send_with_u8_array(&bytes);
                }
            }
            SocketOrder::Close { socket } => {
                let open = self.open.get_mut(&socket);
                if let Some(open) = open.filter(|open| open.is_opening()) {
                    open.is_leaving = true;
                } else if let Some(open) = self.open.remove(&socket) {
                    open.close();
                }
            }
        }
        None
    }

    /// Takes in what became of a socket; whether the engine is to hear of it.
    pub(crate) fn concerns_engine(&mut self, id: SocketId, news: &SocketNews) -> bool {
        let is_over = matches!(news, SocketNews::Closed { .. });
        let is_leaving = self.open.get(&id).is_some_and(|open| open.is_leaving);
        if (is_over || is_leaving)
            && let Some(socket) = self.open.remove(&id)
            && !is_over
        {
            socket.close();
        }
        !is_leaving
    }
}

impl Socket {
    fn open(id: SocketId, url: &str, tell: Tell) -> Result<Self, JsValue> {
        let socket = WebSocket::new_with_str(url, SUBPROTOCOL)?;
        socket.set_binary_type(BinaryType::Arraybuffer);
        let listeners = [
            Listener::new(&socket, "open", {
                let socket = socket.clone();
                move |_| {
                    let subprotocol = socket.protocol();
                    tell(id, SocketNews::Opened { subprotocol });
                }
            }),
            Listener::new(&socket, "message", move |event| tell(id, message(&event))),
            // An `error` says nothing that the `close` after it does not.
            Listener::new(&socket, "close", {
                let mixed = is_mixed(url, is_secure());
                move |event| {
                    let code = event.dyn_ref().map_or(ABNORMAL, CloseEvent::code);
                    let known = mixed.then_some(TroubleKind::MixedContent);
                    tell(id, SocketNews::Closed { code, known });
                }
            }),
        ];
        Ok(Self {
            socket,
            is_leaving: false,
            _listeners: listeners,
        })
    }

    fn is_opening(&self) -> bool {
        self.socket.ready_state() == WebSocket::CONNECTING
    }

    fn close(self) {
        // It fails only for a code or a reason, and is given neither.
        let _ = self.socket.close();
    }
}

fn message(event: &Event) -> SocketNews {
    let data = event.dyn_ref::<MessageEvent>().map(MessageEvent::data);
    match data.as_ref().and_then(JsCast::dyn_ref::<ArrayBuffer>) {
        Some(buffer) => SocketNews::Bytes(Bytes::from(Uint8Array::new(buffer).to_vec())),
        None => SocketNews::Text,
    }
}

/// Why a browser does not even try.
fn why_not(url: &str, error: Option<&DomException>, secure: bool) -> Option<TroubleKind> {
    let name = error.map(DomException::name);
    match name.as_deref() {
        Some("SecurityError") if secure && is_insecure(url) => Some(TroubleKind::MixedContent),
        Some("SyntaxError" | "SecurityError") => Some(TroubleKind::Address),
        _ => None,
    }
}

/// Whether browsers forbid this address to a page that came by `https`. They let it reach its own
/// machine.
fn is_mixed(url: &str, secure: bool) -> bool {
    secure && is_insecure(url) && !is_loopback(url)
}

fn is_insecure(url: &str) -> bool {
    let scheme = url.get(..5);
    scheme.is_some_and(|scheme| scheme.eq_ignore_ascii_case("ws://"))
}

fn is_loopback(url: &str) -> bool {
    let host = url.split('/').nth(2).unwrap_or_default();
    let host = host.rsplit('@').next().unwrap_or_default();
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next(),
        None => host.split(':').next(),
    };
    let name = name.unwrap_or_default().to_ascii_lowercase();
    name == "localhost" || name.ends_with(".localhost") || name == "::1" || name.starts_with("127.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secure_page_may_not_use_what_others_can_read() {
        for url in ["ws://broker.example/mqtt", "WS://10.0.0.1:8080"] {
            assert!(is_mixed(url, true), "{url}");
            assert!(!is_mixed(url, false), "{url}");
        }
        for url in [
            "wss://broker.example/mqtt",
            "ws://localhost:8080/",
            "ws://a.localhost",
            "ws://127.0.0.1:9001/mqtt",
            "ws://[::1]:8080",
            "ws://someone@localhost",
            "",
        ] {
            assert!(!is_mixed(url, true), "{url}");
        }
    }
}
