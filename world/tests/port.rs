//! The conformance cases against a port, in this process. The longest are left to the browser,
//! where the port is at home.

use std::collections::VecDeque;

use tidings_conformance::play::play;
use tidings_conformance::port::{Carrier, Ported, settings};
use tidings_world::port::Port;

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
