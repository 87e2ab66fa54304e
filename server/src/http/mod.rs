//! The little HTTP that a broker needs: hand out the page, open WebSockets, say what is wrong.
//!
//! Requests have no body that anybody would read, and answers are in memory, so a request is one
//! head in and one answer out. Knows no sockets: [`crate::reactor`] brings and takes the bytes.

mod page;
mod request;
mod response;

use std::borrow::Cow;

use tidings_core::ws;

use crate::origin::OriginRules;

pub(crate) use page::Page;
pub(crate) use request::{Method, Request, Status, parse};
pub(crate) use response::{After, Response};

/// What a request is answered with.
#[derive(Debug)]
pub(crate) enum Answer {
    /// An ordinary answer.
    Respond(Response),
    /// This answer, and from then on WebSocket frames.
    Upgrade(Response),
}

/// Where MQTT clients may open a WebSocket.
const WEBSOCKET_PATHS: [&str; 2] = ["/", "/mqtt"];

/// Answers one request.
pub(crate) fn answer(request: &Request, rules: &OriginRules, page: &Page) -> Answer {
    let Some(host) = request.host() else {
        return Answer::Respond(Response::text(
            400,
            "A request needs exactly one Host that is a host name.",
        ));
    };
    if let Err(foreign) = rules.check(&host, request.all("origin")) {
        return Answer::Respond(Response::text(403, sentence(foreign)));
    }
    if request.wants_upgrade() {
        return upgrade(request);
    }
    Answer::Respond(match (request.method, request.path()) {
        (Method::Other, _) => {
            Response::text(405, "Only GET and HEAD work here.").with("Allow", "GET, HEAD")
        }
        (_, "/healthz") => Response::text(200, "ok").with("Cache-Control", "no-store"),
        (_, "/mqtt") => Response::text(
            426,
            "MQTT clients open a WebSocket with the subprotocol mqtt here; people want / instead.",
        )
        .with("Upgrade", "websocket"),
        (_, path) => page.respond(path, request),
    })
}

/// Answers the opening handshake of RFC 6455 4.2.
fn upgrade(request: &Request) -> Answer {
    let refuse = |status, why: &'static str| Answer::Respond(Response::text(status, why));
    if request.method != Method::Get || !request.is_http_1_1 {
        return refuse(400, "A WebSocket opens with GET and HTTP/1.1.");
    }
    if request.has_body() {
        // It would be taken for frames.
        return refuse(400, "A WebSocket opens with a request that has no body.");
    }
    if !WEBSOCKET_PATHS.contains(&request.path()) {
        return refuse(404, "WebSockets are at / and at /mqtt.");
    }
    if request.one("sec-websocket-version") != Some(b"13") {
        return Answer::Respond(
            Response::text(426, "Only version 13 of WebSocket is spoken here.")
                .with("Upgrade", "websocket")
                .with("Sec-WebSocket-Version", "13"),
        );
    }
    let Some(key) = request.websocket_key() else {
        return refuse(
            400,
            "Sec-WebSocket-Key must be 16 bytes in base64, given once.",
        );
    };
    // A client that offers no subprotocol breaks the MQTT standard and, in a browser, would not
    // notice that it talks to something else than a broker. [MQTT-6.0.0-3]
    let offers = request.all("sec-websocket-protocol");
    let offers = offers.filter_map(|value| std::str::from_utf8(value).ok());
    let Some(subprotocol) = ws::handshake::choose_subprotocol(offers) else {
        return refuse(
            400,
            "An MQTT client offers the WebSocket subprotocol mqtt, as in new WebSocket(url, \"mqtt\").",
        );
    };
    let accept = ws::accept_key(key);
    let accept = String::from_utf8_lossy(&accept).into_owned();
    Answer::Upgrade(
        Response::switching()
            .with("Upgrade", "websocket")
            .with("Sec-WebSocket-Accept", accept)
            .with("Sec-WebSocket-Protocol", subprotocol), // [MQTT-6.0.0-4]
    )
}

/// A reason as a sentence of its own.
fn sentence(reason: impl std::fmt::Display) -> Cow<'static, str> {
    let mut text = reason.to_string();
    if let Some(first) = text.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    text.push('.');
    text.into()
}

#[cfg(test)]
mod tests;
