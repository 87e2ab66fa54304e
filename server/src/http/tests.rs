use super::page::tests::PAGE;
use super::*;
use crate::origin::OriginRules;

fn parsed(text: &str) -> Request {
    match parse(text.as_bytes()) {
        Ok(Status::Complete(request, len)) if len == text.len() => request,
        other => panic!("{text}: {other:?}"),
    }
}

/// The answer as text, and whether the connection is upgraded.
fn asked(head: &str) -> (String, bool) {
    let request = parsed(head);
    let rules = OriginRules::new(Vec::new(), true);
    let (response, upgraded) = match answer(&request, &rules, &PAGE) {
        Answer::Respond(response) => (response, false),
        Answer::Upgrade(response) => (response, true),
    };
    let (head, body, _) = response.into_bytes(Some(&request));
    let text = String::from_utf8_lossy(&head) + String::from_utf8_lossy(&body);
    (text.into_owned(), upgraded)
}

fn get(path: &str, headers: &str) -> String {
    asked(&format!(
        "GET {path} HTTP/1.1\r\nHost: localhost:8080\r\n{headers}\r\n"
    ))
    .0
}

#[track_caller]
fn check(answer: &str, status: u16, parts: &[&str]) {
    assert!(
        answer.starts_with(&format!("HTTP/1.1 {status} ")),
        "{answer}"
    );
    for part in parts {
        assert!(answer.contains(part), "{part} in {answer}");
    }
}

#[test]
fn serves_files() {
    check(
        &get("/", ""),
        200,
        &["<p>plain", "no-cache", "text/html", "Content-Length: 8\r\n"],
    );
    check(&get("/index.html?x#y", ""), 200, &["<p>plain"]);
    check(
        &get("/page-0123456789abcdef.wasm", ""),
        200,
        &["application/wasm", "immutable", "nosniff"],
    );
    for path in [
        "/../index.html",
        "//index.html",
        "/x",
        "/%2e%2e/Cargo.toml",
        "*",
    ] {
        check(&get(path, ""), 404, &[]);
    }
    check(&get("/healthz", ""), 200, &["ok\n"]);
    check(&get("/mqtt", ""), 426, &["Upgrade: websocket"]);
}

#[test]
fn chooses_a_coding_and_remembers_what_is_known() {
    for (accept, expected) in [
        ("gzip, deflate, br", "\r\n\r\nbr"),
        ("gzip", "\r\n\r\ngz"),
        ("br;q=0, gzip;q=0.5", "\r\n\r\ngz"),
        ("*", "\r\n\r\nbr"),
        ("br;q=0, *;q=0", "\r\n\r\n<p>plain"),
        ("identity", "\r\n\r\n<p>plain"),
    ] {
        let answer = get("/", &format!("Accept-Encoding: {accept}\r\n"));
        assert!(answer.ends_with(expected), "{accept}: {answer}");
        assert!(answer.contains("Vary: Accept-Encoding\r\n"));
    }
    let known = "Accept-Encoding: gzip\r\nIf-None-Match: \"x\", W/\"00aa-gzip\"\r\n";
    let answer = get("/", known);
    check(&answer, 304, &["ETag: \"00aa-gzip\""]);
    assert!(answer.ends_with("\r\n\r\n") && !answer.contains("Content-Length"));
    check(&get("/", "If-None-Match: \"11bb\"\r\n"), 200, &[]);
}

#[test]
fn answers_other_methods() {
    let (answer, _) = asked("HEAD / HTTP/1.1\r\nHost: localhost\r\n\r\n");
    check(&answer, 200, &["Content-Length: 8\r\n"]);
    assert!(answer.ends_with("\r\n\r\n"));
    let (answer, _) = asked("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\n");
    check(&answer, 405, &["Allow: GET, HEAD", "Connection: close"]);
    check(&asked("GET / HTTP/1.1\r\n\r\n").0, 400, &["Host"]);
    check(
        &asked("GET / HTTP/1.1\r\nHost: a\r\nHost: localhost\r\n\r\n").0,
        400,
        &["Host"],
    );
    let (answer, _) = asked("GET / HTTP/1.0\r\nHost: localhost\r\n\r\n");
    check(&answer, 200, &["Connection: close"]);
}

#[test]
fn keeps_strangers_out() {
    check(
        &get("/", "Origin: http://evil.example\r\n"),
        403,
        &["--allow-origin http://evil.example"],
    );
    let (answer, upgraded) = asked(
        "GET /mqtt HTTP/1.1\r\nHost: evil.example:8080\r\nOrigin: http://evil.example:8080\r\n\
         Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: mqtt\r\n\r\n",
    );
    check(&answer, 403, &["Host"]);
    assert!(!upgraded);
}

#[test]
fn opens_websockets() {
    const KEY: &str = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
    const BASE: &str =
        "Connection: keep-alive, Upgrade\r\nUpgrade: WebSocket\r\nSec-WebSocket-Version: 13\r\n";
    let offer = |list: &str| format!("{BASE}{KEY}Sec-WebSocket-Protocol: {list}\r\n");
    for (path, headers, status, part) in [
        (
            "/",
            offer("mqtt"),
            101,
            "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n",
        ),
        (
            "/mqtt?token=x",
            offer("mqtt"),
            101,
            "Sec-WebSocket-Protocol: mqtt\r\n",
        ),
        (
            "/mqtt",
            offer("mqttv3.1"),
            101,
            "Sec-WebSocket-Protocol: mqttv3.1\r\n",
        ),
        (
            "/mqtt",
            offer("foo, mqttv3.1 ,mqtt"),
            101,
            "Sec-WebSocket-Protocol: mqtt\r\n",
        ),
        (
            "/mqtt",
            offer("x\r\nSec-WebSocket-Protocol: mqtt"),
            101,
            "Protocol: mqtt\r\n",
        ),
        ("/mqtt", offer("mqttx"), 400, "subprotocol"),
        ("/mqtt", format!("{BASE}{KEY}"), 400, "subprotocol"),
        ("/mqtt", BASE.to_owned(), 400, "Sec-WebSocket-Key"),
        (
            "/mqtt",
            format!("{BASE}{KEY}{KEY}"),
            400,
            "Sec-WebSocket-Key",
        ),
        (
            "/mqtt",
            BASE.replace("13", "8") + KEY,
            426,
            "Sec-WebSocket-Version: 13\r\n",
        ),
        ("/other", offer("mqtt"), 404, "/mqtt"),
    ] {
        let head = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n{headers}\r\n");
        let (answer, upgraded) = asked(&head);
        check(&answer, status, &[part]);
        assert_eq!(upgraded, status == 101, "{head}");
    }
}

#[test]
fn refuses_what_is_no_request() {
    use super::request::{HEAD_BYTES_MAX, RequestError};
    let long = format!("GET / HTTP/1.1\r\nA: {}", "a".repeat(HEAD_BYTES_MAX));
    let many = format!("GET / HTTP/1.1\r\n{}", "A: b\r\n".repeat(101));
    for (text, status) in [
        ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
        ("SSH-2.0-OpenSSH_9.2\r\n", 400),
        ("AMQP\0\0\x09\x01", 400),
        (&long, 431),
        (&many, 431),
    ] {
        let status_got = parse(text.as_bytes())
            .map(drop)
            .map_err(RequestError::status);
        assert_eq!(status_got, Err(status), "{text:.40}");
    }
    assert!(matches!(
        parse(b"GET / HTTP/1.1\r\nHo"),
        Ok(Status::Partial)
    ));
}
