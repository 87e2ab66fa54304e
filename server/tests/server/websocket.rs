//! MQTT over WebSocket: in raw bytes, and with a client somebody else wrote.

use std::io::Write;
use std::net::TcpStream;

use tungstenite::client::IntoClientRequest;
use tungstenite::handshake::client::Request;
use tungstenite::protocol::CloseFrame;
use tungstenite::protocol::frame::coding::CloseCode;
use tungstenite::{Error, Message, WebSocket};

use crate::support::{
    Broker, Peer, connect, frame, header, noise, publish, same, subscribe, upgrade,
};

const CONNACK: [u8; 4] = [0x20, 2, 0, 0];

/// A peer whose opening handshake was accepted.
pub(crate) fn open_raw(broker: &Broker) -> Peer {
    let mut peer = broker.connect();
    peer.send(&upgrade("/mqtt", "Sec-WebSocket-Protocol: mqtt\r\n"));
    let (head, _) = peer.http();
    assert!(head.starts_with("HTTP/1.1 101 "), "{head}");
    assert_eq!(
        header(&head, "Sec-WebSocket-Accept"),
        Some("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
    );
    assert_eq!(header(&head, "Sec-WebSocket-Protocol"), Some("mqtt"));
    peer
}

fn request(broker: &Broker, path: &str, protocols: &str) -> Request {
    let mut request = format!("ws://{}{path}", broker.address())
        .into_client_request()
        .unwrap();
    if !protocols.is_empty() {
        let value = protocols.parse().unwrap();
        request
            .headers_mut()
            .insert("Sec-WebSocket-Protocol", value);
    }
    request
}

type Client = WebSocket<TcpStream>;

fn try_open(broker: &Broker, request: Request) -> Result<Client, u16> {
    let stream = broker.connect().stream;
    match tungstenite::client(request, stream) {
        Ok((client, _)) => Ok(client),
        Err(error) => match error {
            tungstenite::HandshakeError::Failure(Error::Http(response)) => {
                Err(response.status().as_u16())
            }
            other => panic!("{other}"),
        },
    }
}

/// A client that has connected in both senses.
fn open(broker: &Broker, path: &str, id: &str) -> Client {
    let mut client = try_open(broker, request(broker, path, "mqtt")).unwrap();
    client.send(Message::binary(connect(4, id))).unwrap();
    assert_eq!(bytes(&mut client, 4), CONNACK);
    client
}

/// The payload of as many messages as it takes.
#[track_caller]
fn bytes(client: &mut Client, len: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    while bytes.len() < len {
        match client.read().unwrap() {
            Message::Binary(part) => bytes.extend(part),
            Message::Ping(_) | Message::Pong(_) => {}
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(bytes.len(), len, "more came than expected");
    bytes
}

#[track_caller]
fn close_code(client: &mut Client) -> u16 {
    loop {
        match client.read() {
            Ok(Message::Close(frame)) => return frame.map_or(1005, |frame| frame.code.into()),
            Ok(_) => {}
            Err(error) => panic!("{error}"),
        }
    }
}

#[test]
fn frames_in_raw_bytes() {
    let broker = Broker::start();
    let mut peer = open_raw(&broker);
    let connect = connect(4, "raw");
    let (head, tail) = connect.split_at(5);
    // CONNECT in two fragments, with a ping between them.
    peer.send(&[frame(0x02, head), frame(0x89, b"hi"), frame(0x80, tail)].concat());
    let answers = peer.read(4 + 6);
    let (pong, data) = (&[0x8A, 2, b'h', b'i'], &[0x82, 4, 0x20, 2, 0, 0]);
    assert!(
        answers == [&pong[..], &data[..]].concat() || answers == [&data[..], &pong[..]].concat(),
        "{answers:?}"
    );
    // Two packets in one frame, and half of a third; the other half bytewise.
    let packets = [subscribe("t", 0), vec![0xC0, 0], publish("t", b"x")].concat();
    let (most, rest) = packets.split_at(packets.len() - 3);
    peer.send(&frame(0x82, most));
    peer.expect(&[0x82, 7, 0x90, 3, 0, 1, 0, 0xD0, 0]);
    for byte in rest {
        for byte in frame(0x82, &[*byte]) {
            peer.send(&[byte]);
        }
    }
    let expected = publish("t", b"x");
    peer.expect(&[&[0x82, expected.len() as u8], &expected[..]].concat());
    // An unsolicited pong is ignored, a close with a code answered with it.
    peer.send(&frame(0x8A, b""));
    peer.send(&frame(0x88, &[0x03, 0xE8]));
    peer.expect(&[0x88, 2, 0x03, 0xE8]);
    peer.expect_end();
}

#[test]
fn frames_may_follow_the_handshake_at_once() {
    let broker = Broker::start();
    let mut peer = broker.connect();
    let hello = upgrade("/", "Sec-WebSocket-Protocol: mqtt\r\n");
    peer.send(&[hello, frame(0x82, &connect(4, "eager"))].concat());
    assert!(peer.http().0.starts_with("HTTP/1.1 101 "));
    peer.expect(&[0x82, 4, 0x20, 2, 0, 0]);
}

#[test]
fn wrong_frames_are_answered_with_their_codes() {
    let broker = Broker::start();
    let mut bystander = broker.client("bystander");
    for (bad, code) in [
        (frame(0x81, b"text"), 1003_u16),
        (vec![0x82, 2, 0xC0, 0], 1002),     // not masked
        (frame(0xC2, b"x"), 1002),          // a reserved bit
        (frame(0x83, b"x"), 1002),          // a reserved opcode
        (frame(0x80, b"x"), 1002),          // nothing to continue
        (frame(0x09, b"x"), 1002),          // a fragmented ping
        (frame(0x88, &[3]), 1002),          // half a code
        (frame(0x88, &[0x03, 0xED]), 1002), // 1005 may not be sent
        (frame(0x82, &[0x00, 0x00]), 1002), // no MQTT packet
    ] {
        let mut peer = open_raw(&broker);
        peer.send(&frame(0x82, &connect(4, "bad")));
        peer.expect(&[0x82, 4, 0x20, 2, 0, 0]);
        peer.send(&bad);
        let close = peer.read(4);
        assert_eq!(
            (close[0], &close[2..4]),
            (0x88, &code.to_be_bytes()[..]),
            "{bad:?}"
        );
        drop(peer);
        bystander.ping();
    }
}

#[test]
fn subprotocols_are_chosen_from_the_list() {
    let broker = Broker::start();
    for (path, offered, chosen) in [
        ("/", "mqtt", Ok("mqtt")),
        ("/mqtt", "mqtt", Ok("mqtt")),
        ("/mqtt", "mqttv3.1", Ok("mqttv3.1")),
        ("/mqtt", "soap, mqttv3.1, mqtt", Ok("mqtt")),
        ("/mqtt", "soap", Err(400)),
        ("/mqtt", "", Err(400)),
        ("/elsewhere", "mqtt", Err(404)),
    ] {
        let stream = broker.connect().stream;
        let got = match tungstenite::client(request(&broker, path, offered), stream) {
            Ok((_, response)) => {
                let chosen = response.headers()["Sec-WebSocket-Protocol"].to_str();
                Ok(chosen.unwrap().to_owned())
            }
            Err(tungstenite::HandshakeError::Failure(Error::Http(response))) => {
                Err(response.status().as_u16())
            }
            Err(other) => panic!("{other}"),
        };
        assert_eq!(got, chosen.map(str::to_owned), "{path} {offered}");
    }
}

#[test]
fn strangers_are_kept_out() {
    let broker = Broker::start();
    for (origin, expected) in [
        ("http://evil.example", Err(403)),
        ("http://localhost.evil.example", Err(403)),
        ("null", Err(403)),
        ("http://localhost:5173", Ok(())),
    ] {
        let mut request = request(&broker, "/mqtt", "mqtt");
        let value = origin.parse().unwrap();
        request.headers_mut().insert("Origin", value);
        assert_eq!(try_open(&broker, request).map(drop), expected, "{origin}");
    }
}

#[test]
fn a_broker_for_others_goes_by_the_name_it_is_called() {
    let others = Broker::start_with(&["-l", "0.0.0.0:0", "--allow-anonymous"]);
    let own = Broker::start();
    for (broker, host, origin, expected) in [
        (&others, "myhost.lan:80", "http://myhost.lan", Ok(())),
        (&others, "myhost.lan:80", "http://evil.example", Err(403)),
        (&own, "myhost.lan:80", "http://myhost.lan", Err(403)),
    ] {
        let mut request = request(broker, "/mqtt", "mqtt");
        let headers = request.headers_mut();
        headers.insert("Host", host.parse().unwrap());
        headers.insert("Origin", origin.parse().unwrap());
        let got = try_open(broker, request).map(drop);
        assert_eq!(got, expected, "{host} {origin}");
    }
}

#[test]
fn speaks_with_an_independent_client() {
    let broker = Broker::start();
    let mut listener = open(&broker, "/", "listener");
    // Several packets in a message.
    let packets = [subscribe("a/#", 0), vec![0xC0, 0]].concat();
    listener.send(Message::binary(packets)).unwrap();
    assert_eq!(bytes(&mut listener, 7), [0x90, 3, 0, 1, 0, 0xD0, 0]);
    // One packet over several messages.
    let mut speaker = open(&broker, "/mqtt", "speaker");
    let message = publish("a/b", &noise(3000));
    for part in message.chunks(700) {
        speaker.send(Message::binary(part.to_vec())).unwrap();
    }
    same(&bytes(&mut listener, message.len()), &message);
    // Across transports.
    let mut tcp = broker.client("tcp");
    tcp.send(&publish("a/c", b"over TCP"));
    assert_eq!(bytes(&mut listener, 15), publish("a/c", b"over TCP"));

    speaker.send(Message::Ping("are you there".into())).unwrap();
    assert_eq!(
        speaker.read().unwrap(),
        Message::Pong("are you there".into())
    );
    // A good-bye in MQTT, and one in WebSocket.
    speaker.send(Message::binary(vec![0xE0, 0])).unwrap();
    assert_eq!(close_code(&mut speaker), 1000);
    let bye = CloseFrame {
        code: CloseCode::Away,
        reason: "tab closed".into(),
    };
    listener.close(Some(bye)).unwrap();
    assert_eq!(close_code(&mut listener), 1001);
    tcp.ping();
}

#[test]
fn text_is_refused() {
    let broker = Broker::start();
    let mut client = open(&broker, "/mqtt", "text");
    client.send(Message::text("hello")).unwrap();
    assert_eq!(close_code(&mut client), 1003);
}

#[test]
fn a_megabyte_goes_both_ways() {
    let broker = Broker::start();
    let message = publish("big", &noise(1 << 20));
    let mut ws = open(&broker, "/mqtt", "ws");
    let mut tcp = broker.client("tcp");
    ws.send(Message::binary(subscribe("big", 0))).unwrap();
    assert_eq!(bytes(&mut ws, 5), [0x90, 3, 0, 1, 0]);
    tcp.send(&message);
    same(&bytes(&mut ws, message.len()), &message);

    let mut other = broker.client("other");
    other.send(&subscribe("big", 0));
    other.expect(&[0x90, 3, 0, 1, 0]);
    let mut writer = ws.get_ref().try_clone().unwrap();
    std::thread::scope(|scope| {
        // The client masks and frames, the thread only carries.
        let mut framed = Vec::new();
        let mut offline = WebSocket::from_raw_socket(
            Sink(&mut framed),
            tungstenite::protocol::Role::Client,
            None,
        );
        offline.send(Message::binary(message.clone())).unwrap();
        drop(offline);
        scope.spawn(move || writer.write_all(&framed).unwrap());
        same(&other.read(message.len()), &message);
        same(&bytes(&mut ws, message.len()), &message);
    });
}

/// Somewhere to write frames to.
struct Sink<'a>(&'a mut Vec<u8>);

impl Write for Sink<'_> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl std::io::Read for Sink<'_> {
    fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
        Ok(0)
    }
}
