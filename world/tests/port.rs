//! The conformance cases against a port, in this process. The longest are left to the browser,
//! where the port is at home.

use std::collections::VecDeque;

use tidings_conformance::play::play;
use tidings_conformance::port::{Carrier, Ported, settings};
use tidings_world::port::{BYTES, CLOSE, OPEN, PASS, Port, read, write};

/// A port that answers at once.
struct Here {
    port: Port,
    answers: VecDeque<Vec<u8>>,
}

impl Carrier for Here {
    fn send(&mut self, batch: Vec<u8>) -> Result<(), String> {
        let mut out = Vec::new();
        self.port.handle(0.0, &batch, &mut out);
        self.answers.push_back(out);
        Ok(())
    }

    fn receive(&mut self) -> Result<Vec<u8>, String> {
        let answer = self.answers.pop_front();
        answer.ok_or_else(|| "nothing comes".to_owned())
    }
}

#[test]
fn a_port_does_what_the_cases_say() {
    let mut faults = Vec::new();
    let cases = tidings_conformance::cases();
    for case in cases.iter().filter(|case| !case.is_long()) {
        for version in &case.versions {
            let port = Port::new(&settings(case), 0.0).expect(&case.name);
            let answers = VecDeque::new();
            let mut broker = Ported::new(Here { port, answers });
            if let Err(fault) = play(case, *version, &mut broker) {
                faults.push(fault);
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn a_port_refuses_what_is_malformed() {
    let port = Port::new("clock=held sys-secs=0", 0.0).expect("these settings exist");
    let answers = VecDeque::new();
    let mut broker = Ported::new(Here { port, answers });
    let (count, faults) = tidings_conformance::malformed::play(&mut broker);
    assert!(count > 0, "no row");
    assert!(faults.is_empty(), "of {count}:\n{}", faults.join("\n"));
}

fn batch(records: &[(u8, u32, &[u8])]) -> Vec<u8> {
    let mut batch = Vec::new();
    for (kind, number, payload) in records {
        write(&mut batch, *kind, *number, payload);
    }
    batch
}

const CONNECT: &[u8] = b"\x10\x0D\0\x04MQTT\x04\x02\0\x01\0\x01a"; // Keep Alive: a second.
const CONNACK: &[u8] = b"\x20\x02\0\0";

#[test]
fn a_port_goes_by_the_wall_unless_its_clock_is_held() {
    let mut port = Port::new("", 1_000.0).expect("nothing is wrong with nothing");
    let mut out = Vec::new();
    port.handle(
        1_000.0,
        &batch(&[(OPEN, 9, b""), (BYTES, 9, CONNECT)]),
        &mut out,
    );
    assert_eq!(read(&out).collect::<Vec<_>>(), [(BYTES, 9, CONNACK)]);
    let mut ended = None;
    while ended.is_none() {
        let at = port.wake_at().expect("there is a keep-alive");
        assert!(at < 60_000.0, "it waits without end");
        out.clear();
        port.advance(at, &mut out);
        ended = read(&out).find(|(kind, ..)| *kind == CLOSE).map(|_| at);
    }
    assert_eq!(ended, Some(2_500.0));

    let mut held = Port::new("clock=held", 1_000.0).expect("it can be held");
    held.handle(
        1_000.0,
        &batch(&[(OPEN, 9, b""), (BYTES, 9, CONNECT)]),
        &mut out,
    );
    out.clear();
    held.advance(90_000.0, &mut out);
    assert!(out.is_empty() && held.wake_at().is_none());
    let passed = 2_000_000_u64.to_le_bytes();
    held.handle(90_000.0, &batch(&[(PASS, 1, &passed)]), &mut out);
    let expected = [(CLOSE, 9, &b""[..]), (PASS, 1, &passed[..])];
    assert_eq!(read(&out).collect::<Vec<_>>(), expected);
}

#[test]
fn what_makes_no_sense_is_borne() {
    let mut port = Port::new("ask=1", 0.0).expect("it can ask");
    let whole = batch(&[
        (BYTES, 1, b"nobody"),
        (CLOSE, 2, b""),
        (OPEN, 3, b"x"),
        (OPEN, 3, b""),
        (77, 3, b"?"),
        (4, 3, b"\0\0"),
        (BYTES, 3, CONNECT),
        (4, 3, b"\x02"),
        (4, 3, b"\x02\x87\xFF\xFF\xFF\xFF"),
        (PASS, 0, b"short"),
        (CLOSE, 3, b""),
    ]);
    for end in 0..=whole.len() {
        port.handle(0.0, &whole[..end], &mut Vec::new());
    }
    for wrong in ["x", "x=1", "receive-max=0", "seed=-1", "clock=slow"] {
        let error = Port::new(wrong, 0.0).expect_err(wrong);
        assert!(error.starts_with(wrong), "{error}");
    }
}
