//! Plays `malformed.txt`, packets that no broker may take, to whatever is a [`Broker`]. The core's
//! own tests and the server's read the same table and look closer: at the offset of a mistake, at
//! the code of a close frame.

#[path = "../table.rs"]
mod table;

pub(crate) use table::{Case, cases};

use crate::play::Broker;
use crate::wire::Version;

/// Plays every row on a connection of its own, to one broker, beside a client that none of them
/// may disturb. Returns how many were played and what failed.
pub fn play(broker: &mut dyn Broker) -> (usize, Vec<String>) {
    let mut faults = Vec::new();
    if let Err(fault) = connect(broker, "bystander", 4) {
        faults.push(fault);
    }
    let cases = cases();
    for case in &cases {
        if let Err(fault) = row(broker, case).and_then(|()| ping(broker)) {
            let Case {
                line, level, name, ..
            } = case;
            faults.push(format!(
                "malformed.txt:{line}: {name}, level {level}: {fault}"
            ));
        }
    }
    (cases.len(), faults)
}

fn connect(broker: &mut dyn Broker, peer: &str, level: u8) -> Result<(), String> {
    broker.open(peer, version(level))?;
    broker.send(peer, &table::connect(level, peer))?;
    match broker.next(peer)?.as_deref() {
        Some([0x20, _, 0, 0, ..]) => Ok(()),
        other => Err(format!("{other:02X?} instead of a CONNACK for {peer}")),
    }
}

fn row(broker: &mut dyn Broker, case: &Case) -> Result<(), String> {
    const PEER: &str = "bad";
    match case.first {
        true => broker.open(PEER, version(case.level))?,
        false => connect(broker, PEER, case.level)?,
    }
    broker.send(PEER, &case.bytes)?;
    if !broker.is_closed(PEER)? {
        return Err("the connection is still there".to_owned());
    }
    let mut said = Vec::new();
    while let Some(packet) = broker.next(PEER)? {
        said.push(packet);
    }
    let right = match (case.first, case.level, case.connack) {
        (true, _, Some(code)) => matches!(&said[..], [one] if one[0] == 0x20 && one[3] == code),
        (true, _, None) | (false, 3 | 4, _) => said.is_empty(),
        (false, ..) => matches!(&said[..], [one] if one[0] == 0xE0 && one[2] == case.reason),
    };
    match right {
        true => Ok(()),
        false => Err(format!("it says {said:02X?}")),
    }
}

fn ping(broker: &mut dyn Broker) -> Result<(), String> {
    broker.send("bystander", &[0xC0, 0])?;
    match broker.next("bystander")?.as_deref() {
        Some([0xD0, 0]) => Ok(()),
        other => Err(format!("the bystander gets {other:02X?} for its PINGREQ")),
    }
}

fn version(level: u8) -> Version {
    match level {
        3 => Version::V31,
        4 => Version::V311,
        _ => Version::V5,
    }
}
