//! HTTP, and everything that is neither HTTP nor MQTT.

use crate::support::{Broker, header};

#[track_caller]
fn get(broker: &Broker, path: &str, headers: &str) -> (String, String) {
    let mut peer = broker.connect();
    let host = broker.address();
    peer.send(format!("GET {path} HTTP/1.1\r\nHost: {host}\r\n{headers}\r\n").as_bytes());
    let (head, body) = peer.http();
    (head, String::from_utf8_lossy(&body).into_owned())
}

#[test]
fn the_page_or_how_to_build_it_is_at_the_root() {
    let broker = Broker::start();
    let (head, body) = get(&broker, "/", "");
    assert!(head.starts_with("HTTP/1.1 200 "), "{head}");
    assert!(
        header(&head, "Content-Type")
            .unwrap()
            .starts_with("text/html")
    );
    assert!(header(&head, "Content-Security-Policy").is_some());
    let has_page = !broker.banner.contains("cargo xtask run");
    assert_eq!(has_page, !body.contains("cargo xtask run"));
    assert_eq!(header(&head, "ETag").is_some(), has_page);
}

#[test]
fn requests_follow_each_other_on_a_connection() {
    let broker = Broker::start();
    let mut peer = broker.connect();
    let request = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n";
    for _ in 0..2 {
        peer.send(request.as_bytes());
        assert_eq!(peer.http().1, b"ok\n");
    }
    let head = "HEAD / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    peer.send([request, request, head, request].concat().as_bytes());
    assert_eq!(peer.http().1, b"ok\n");
    assert_eq!(peer.http().1, b"ok\n");
    let rest = String::from_utf8(peer.rest()).unwrap();
    assert!(rest.starts_with("HTTP/1.1 200 "), "{rest}");
    assert!(rest.ends_with("Connection: close\r\n\r\n"), "{rest}");
}

#[test]
fn a_request_may_come_in_pieces() {
    let broker = Broker::start();
    let mut peer = broker.connect();
    for byte in b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n" {
        peer.send(&[*byte]);
    }
    assert_eq!(peer.http().1, b"ok\n");
}

#[test]
fn strangers_are_kept_out() {
    let broker = Broker::start();
    let own = broker.address();
    for (headers, status) in [
        ("Origin: http://evil.example\r\n".to_owned(), 403),
        ("Origin: null\r\n".to_owned(), 403),
        (format!("Origin: http://{own}.evil.example\r\n"), 403),
        (format!("Origin: http://{own}\r\n"), 200),
        ("Origin: http://localhost:3000\r\n".to_owned(), 200),
    ] {
        let (head, _) = get(&broker, "/", &headers);
        assert!(
            head.starts_with(&format!("HTTP/1.1 {status} ")),
            "{headers}: {head}"
        );
    }
    // A stranger's name that was made to point here, and a page that came from there.
    for origin in ["", "Origin: http://evil.example\r\n"] {
        let mut peer = broker.connect();
        peer.send(format!("GET / HTTP/1.1\r\nHost: evil.example\r\n{origin}\r\n").as_bytes());
        let (head, body) = peer.http();
        assert!(head.starts_with("HTTP/1.1 403 "), "{head}");
        assert!(String::from_utf8_lossy(&body).contains("--allow-origin"));
    }
}

#[test]
fn a_broker_for_others_goes_by_the_name_it_is_called() {
    let broker = Broker::start_with(&["-l", "0.0.0.0:0", "--allow-anonymous"]);
    let port = broker.address().port();
    let own = format!("myhost.lan:{port}");
    for (host, origin, status) in [
        (&own, None, 200),
        (&own, Some(format!("http://{own}")), 200),
        (&own, Some("http://localhost:3000".to_owned()), 200),
        (&own, Some("http://myhost.lan".to_owned()), 403),
        (&own, Some(format!("http://other.lan:{port}")), 403),
        (&own, Some("null".to_owned()), 403),
        (
            &format!("127.0.0.1:{port}"),
            Some(format!("http://{own}")),
            403,
        ),
    ] {
        let origin = origin.map_or(String::new(), |origin| format!("Origin: {origin}\r\n"));
        let mut peer = broker.connect();
        peer.send(format!("GET / HTTP/1.1\r\nHost: {host}\r\n{origin}\r\n").as_bytes());
        let (head, _) = peer.http();
        let status = format!("HTTP/1.1 {status} ");
        assert!(head.starts_with(&status), "{host} {origin}: {head}");
    }
}

#[test]
fn listed_origins_are_let_in() {
    let broker = Broker::start_with(&["-l", "0", "--allow-origin", "https://good.example"]);
    for (origin, status) in [("https://good.example", 200), ("http://good.example", 403)] {
        let (head, _) = get(&broker, "/", &format!("Origin: {origin}\r\n"));
        assert!(
            head.starts_with(&format!("HTTP/1.1 {status} ")),
            "{origin}: {head}"
        );
    }
}

#[test]
fn wrong_protocols_are_told_in_a_sentence() {
    let broker = Broker::start();
    for (first, part) in [
        (
            &b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"[..],
            "does not speak TLS",
        ),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "HTTP/1.1"),
        (b"SSH-2.0-OpenSSH_9.2p1\r\n", "neither MQTT nor HTTP"),
        (b"hello?\r\n", "This port speaks MQTT"),
        (b"EHLO me\r\n", "neither MQTT nor HTTP"),
        (b"{\"hello\": 1}\n", "This port speaks MQTT"),
    ] {
        let mut peer = broker.connect();
        peer.send(first);
        let said = String::from_utf8(peer.rest()).unwrap();
        assert!(said.contains(part), "{first:?}: {said}");
    }
}

#[test]
fn what_cannot_be_told_is_logged() {
    let broker = Broker::start();
    for (first, part) in [
        (
            &b"\0"[..],
            "neither MQTT nor HTTP: it begins with the bytes 00;",
        ),
        (b"\xff\xff", "begins with the bytes FF FF;"),
        (
            b"\xc0\0",
            "begins with PINGREQ where MQTT begins with CONNECT",
        ),
    ] {
        let mut peer = broker.connect();
        peer.send(first);
        peer.expect_end();
        broker.logged(part);
    }
}

#[test]
fn requests_are_logged_when_more_is_asked_for() {
    let broker = Broker::start_with(&["-l", "0", "-v"]);
    get(&broker, "/healthz", "");
    broker.logged("/healthz");
}
