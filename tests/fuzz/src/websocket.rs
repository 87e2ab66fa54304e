//! Any bytes at the door where MQTT, HTTP and WebSocket come in by one port.
//!
//! The server's own readers of requests and origins stand here as they are; its reactor, which
//! has the sockets, does not.

use bytes::BytesMut;
use tidings_core::node::LostCause;
use tidings_core::ws::handshake::choose_subprotocol;
use tidings_core::ws::{
    Opcode, Received, Receiver, Role, WsError, accept_key, apply_mask, encode_close, encode_frame,
};

use crate::choices::Choices;
use crate::driver::{Driver, config};
use crate::origin::{Origin, OriginRules};
use crate::request::{Method, Status, parse};
use crate::sniff::{Protocol, sniff};

/// The first byte says whether the opening handshake is part of the input.
pub(crate) fn run(data: &[u8]) {
    let mut choices = Choices::new(data);
    match choices.below(4) {
        0 => knock(&mut choices),
        1 => there_and_back(&mut choices),
        _ => frames(&mut choices),
    }
}

/// The first bytes of a connection.
fn knock(choices: &mut Choices<'_>) {
    let loopback_only = choices.chance(2);
    let bytes = choices.rest();
    if sniff(bytes) != Protocol::Http {
        return;
    }
    let Ok(Status::Complete(request, len)) = parse(bytes) else {
        return;
    };
    assert!(len <= bytes.len());
    // The head alone says the same, and one byte less is not a whole head.
    assert!(matches!(parse(&bytes[..len]), Ok(Status::Complete(_, again)) if again == len));
    assert!(matches!(parse(&bytes[..len - 1]), Ok(Status::Partial)));
    let _ = (
        request.path(),
        request.keeps_alive(),
        request.list("accept-encoding").count(),
    );
    let Some(host) = request.host() else { return };
    let listed: Vec<Origin> = "https://tidings.example".parse().into_iter().collect();
    let rules = OriginRules::new(listed, loopback_only);
    if rules.check(&host, request.all("origin")).is_err() {
        return;
    }
    if request.wants_upgrade() && request.method == Method::Get && request.is_http_1_1 {
        let offers = request.all("sec-websocket-protocol");
        let offers = offers.filter_map(|value| std::str::from_utf8(value).ok());
        let _ = choose_subprotocol(offers);
        if let Some(key) = request.websocket_key() {
            assert!(accept_key(key).is_ascii());
        }
    }
}

/// Frames that we write are frames that we read.
fn there_and_back(choices: &mut Choices<'_>) {
    let role = choices.pick(&[Role::Server, Role::Client]);
    let mut receiver = Receiver::new(role, usize::MAX);
    while !choices.is_empty() {
        let key = choices.four().to_be_bytes();
        let mask = (role == Role::Server).then_some(key);
        let opcode = choices.pick(&[Opcode::Binary, Opcode::Ping, Opcode::Pong, Opcode::Close]);
        let len = match opcode {
            Opcode::Binary => choices.pick(&[0, 5, 125, 126, 127, 65_535, 65_536]),
            _ => choices.below(126),
        };
        let mut payload = choices.bytes(len).to_vec();
        let mut frame = Vec::new();
        if opcode == Opcode::Close {
            encode_close(1000, "well", mask, &mut frame);
        } else {
            payload.resize(len, 7);
            encode_frame(opcode, &payload, mask, &mut frame);
        }
        let got = receive_all(&mut receiver, [&frame[..]]).expect("it is a frame");
        match opcode {
            Opcode::Binary if len == 0 => assert_eq!(got, []),
            Opcode::Binary => assert_eq!(got, [Heard::Data(payload)]),
            Opcode::Ping => assert_eq!(got, [Heard::Ping(payload)]),
            Opcode::Pong => assert_eq!(got, [Heard::Pong(payload)]),
            _ => {
                let said = Heard::Close(Some(1000), b"well".to_vec());
                assert_eq!(got, [said]);
                return;
            }
        }
        let mut twice = frame.clone();
        apply_mask(&mut twice, key, 3);
        apply_mask(&mut twice, key, 3);
        assert_eq!(twice, frame, "a mask comes off as it went on");
    }
}

/// Raw frames from a client, cut anywhere, with MQTT in them.
fn frames(choices: &mut Choices<'_>) {
    let cut = usize::from(choices.byte());
    let max = choices.pick(&[usize::MAX, 300]);
    let config = config(&mut Choices::new(choices.bytes(8)));
    let masked = choices.chance(2);
    let mut bytes = choices.rest().to_vec();
    if masked {
        bytes = with_masks(&bytes);
    }
    let all = |parts: Vec<&[u8]>| receive_all(&mut Receiver::new(Role::Server, max), parts);
    let whole = all(vec![&bytes]);
    let (first, second) = bytes.split_at(cut.min(bytes.len()));
    assert_eq!(all(vec![first, second]), whole, "in two pieces");
    assert_eq!(all(bytes.chunks(1).collect()), whole, "byte by byte");

    let mut driver = Driver::new(config);
    let conn = driver.open();
    for heard in whole.iter().flatten() {
        if let Heard::Data(data) = heard {
            driver.feed(conn, data);
            driver.obey();
        }
    }
    driver.check();
    let cause = match whole {
        Ok(_) => LostCause::Closed,
        Err(_) => LostCause::ProtocolError,
    };
    driver.lose(conn, cause);
    driver.end();
    assert!(driver.node.is_deserted(), "{:#?}", driver.node.state());
}

/// Puts every 16 bytes into a frame of their own, so that what is inside is reached at all.
fn with_masks(bytes: &[u8]) -> Vec<u8> {
    let mut framed = Vec::new();
    for part in bytes.chunks(16) {
        encode_frame(Opcode::Binary, part, Some([1, 2, 3, 4]), &mut framed);
    }
    framed
}

/// What a receiver hears, with payload joined that came in pieces.
#[derive(Debug, PartialEq)]
enum Heard {
    Data(Vec<u8>),
    Ping(Vec<u8>),
    Pong(Vec<u8>),
    Close(Option<u16>, Vec<u8>),
}

fn receive_all<'a>(
    receiver: &mut Receiver,
    parts: impl IntoIterator<Item = &'a [u8]>,
) -> Result<Vec<Heard>, (Vec<Heard>, WsError)> {
    let (mut input, mut heard) = (BytesMut::new(), Vec::new());
    for part in parts {
        input.extend_from_slice(part);
        loop {
            match receiver.receive(&mut input) {
                Ok(None) => break,
                Ok(Some(Received::Data(data))) => match heard.last_mut() {
                    Some(Heard::Data(before)) => before.extend_from_slice(&data),
                    _ => heard.push(Heard::Data(data.to_vec())),
                },
                Ok(Some(Received::Ping(payload))) => heard.push(Heard::Ping(payload.to_vec())),
                Ok(Some(Received::Pong(payload))) => heard.push(Heard::Pong(payload.to_vec())),
                Ok(Some(Received::Close { code, reason })) => {
                    assert!(std::str::from_utf8(&reason).is_ok());
                    heard.push(Heard::Close(code, reason.to_vec()));
                }
                Err(error) => {
                    assert!(
                        receiver
                            .receive(&mut input)
                            .is_ok_and(|more| more.is_none())
                    );
                    return Err((heard, error));
                }
            }
        }
    }
    Ok(heard)
}
