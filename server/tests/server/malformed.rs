//! The cases of `tests/conformance/malformed.txt` over real sockets, TCP and WebSocket.

#[path = "../../../tests/conformance/table.rs"]
mod table;

use crate::support::{Broker, Peer, frame};
use crate::websocket::open_raw;
use table::{Case, cases, connect};

/// Something that carries MQTT.
trait Carrier {
    fn send(&mut self, bytes: &[u8]);
    /// The bytes of MQTT until the end, and the code of a close frame.
    fn rest(&mut self) -> (Vec<u8>, Option<u16>);
    /// One packet.
    fn packet(&mut self) -> Vec<u8>;
}

impl Carrier for Peer {
    fn send(&mut self, bytes: &[u8]) {
        Peer::send(self, bytes);
    }

    fn rest(&mut self) -> (Vec<u8>, Option<u16>) {
        (Peer::rest(self), None)
    }

    fn packet(&mut self) -> Vec<u8> {
        Peer::packet(self)
    }
}

/// A peer behind its handshake.
struct Framed(Peer);

impl Carrier for Framed {
    fn send(&mut self, bytes: &[u8]) {
        for part in bytes.chunks(125) {
            self.0.send(&frame(0x82, part));
        }
    }

    fn rest(&mut self) -> (Vec<u8>, Option<u16>) {
        let bytes = Peer::rest(&mut self.0);
        let (mut data, mut rest) = (Vec::new(), &bytes[..]);
        while let [first, len, more @ ..] = rest {
            // Longer ones would be answers that nobody expects here.
            let (len, more) = match usize::from(*len) {
                126 => (
                    usize::from(u16::from_be_bytes([more[0], more[1]])),
                    &more[2..],
                ),
                len => (len, more),
            };
            let (payload, more) = more.split_at(len);
            match first {
                0x82 => data.extend(payload),
                0x88 => return (data, Some(u16::from_be_bytes([payload[0], payload[1]]))),
                other => panic!("a frame of kind {other:#x}"),
            }
            rest = more;
        }
        (data, None)
    }

    fn packet(&mut self) -> Vec<u8> {
        let head = self.0.read(2);
        assert_eq!(head[0], 0x82);
        self.0.read(head[1].into())
    }
}

fn check(carrier: &mut impl Carrier, case: &Case) {
    let Case {
        line, level, name, ..
    } = case;
    let title = format!("line {line}, level {level}: {name}");
    if !case.first {
        carrier.send(&connect(*level, "bad"));
        let answer = carrier.packet();
        assert_eq!((answer[0], answer[3]), (0x20, 0), "{title}");
    }
    carrier.send(&case.bytes);
    let (said, code) = carrier.rest();
    let (kind, at, reason) = match (case.first, level, case.connack) {
        (true, _, Some(code)) => (0x20, 3, code),
        (true, _, None) | (false, 3 | 4, _) => {
            return assert!(said.is_empty(), "{title}: {said:?}");
        }
        (false, ..) => (0xE0, 2, case.reason),
    };
    assert_eq!((said[0], said[at]), (kind, reason), "{title}: {said:?}");
    if let Some(code) = code {
        let expected = if case.reason == 0x95 { 1009 } else { 1002 };
        assert_eq!(code, expected, "{title}");
    }
}

#[test]
fn over_tcp() {
    let broker = Broker::start();
    let mut bystander = broker.client("bystander");
    for case in cases() {
        check(&mut broker.connect(), &case);
        bystander.ping();
    }
}

#[test]
fn over_websocket() {
    let broker = Broker::start();
    let mut bystander = broker.client("bystander");
    for case in cases() {
        check(&mut Framed(open_raw(&broker)), &case);
        bystander.ping();
    }
}
