//! Reads `malformed.txt`, for every runner of its cases.
#![allow(dead_code)] // No runner looks at all of it.

/// One case.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    /// Its line, to be found by.
    pub(crate) line: usize,
    /// The protocol level of CONNECT: 3, 4 or 5.
    pub(crate) level: u8,
    /// The CONNACK code that comes before the end, if one does; only of cases that come first.
    pub(crate) connack: Option<u8>,
    /// Whether the bytes come instead of the CONNECT.
    pub(crate) first: bool,
    pub(crate) bytes: Vec<u8>,
    /// Where the bytes are wrong; nothing if they are right at the wrong moment.
    pub(crate) offset: Option<u32>,
    pub(crate) reason: u8,
    pub(crate) statement: String,
    pub(crate) name: String,
}

/// All cases, one for each version they are about.
pub(crate) fn cases() -> Vec<Case> {
    let lines = include_str!("malformed.txt").lines().enumerate();
    let lines = lines.filter(|(_, line)| !line.starts_with('#') && !line.trim().is_empty());
    lines.flat_map(|(at, line)| read(at + 1, line)).collect()
}

fn read(line: usize, text: &str) -> Vec<Case> {
    let columns: Vec<&str> = text.split(" | ").map(str::trim).collect();
    let [versions, when, bytes, offset, reason, statement, name] = columns[..] else {
        panic!("line {line} has {} columns", columns.len());
    };
    let (five, older) = statement
        .split_once(" / ")
        .unwrap_or((statement, statement));
    let hex =
        |text: &str| u8::from_str_radix(text, 16).unwrap_or_else(|e| panic!("line {line}: {e}"));
    let level = |version: &str| match version {
        "3.1" => 3,
        "3.1.1" => 4,
        "5.0" => 5,
        other => panic!("line {line}: version {other}"),
    };
    versions
        .split(',')
        .map(level)
        .map(|level| Case {
            line,
            level,
            connack: when.strip_prefix("first:").map(hex),
            first: when.starts_with("first"),
            bytes: unfold(bytes, &hex),
            offset: offset.parse().ok(),
            reason: hex(reason),
            statement: if level == 5 { five } else { older }.to_owned(),
            name: name.to_owned(),
        })
        .collect()
}

/// Bytes as written in the table; `len` becomes the Remaining Length of what follows it.
fn unfold(text: &str, hex: &dyn Fn(&str) -> u8) -> Vec<u8> {
    let (before, after) = match text.split_once(" len ") {
        Some((before, after)) => (before, Some(after)),
        None => (text, None),
    };
    let mut bytes: Vec<u8> = Vec::new();
    for token in before.split(' ') {
        match token
            .strip_prefix('"')
            .and_then(|rest| rest.strip_suffix('"'))
        {
            Some(text) => bytes.extend(text.bytes()),
            None => bytes.push(hex(token)),
        }
    }
    if let Some(after) = after {
        let rest = unfold(after, hex);
        bytes.push(u8::try_from(rest.len()).expect("short"));
        bytes.extend(rest);
    }
    bytes
}

/// A CONNECT that is in order: clean, without keep-alive.
pub(crate) fn connect(level: u8, id: &str) -> Vec<u8> {
    let name = if level == 3 { "MQIsdp" } else { "MQTT" };
    let mut body = vec![0, name.len() as u8];
    body.extend(name.bytes());
    body.extend([level, 2, 0, 0]);
    body.extend((level == 5).then_some(0));
    body.extend([0, id.len() as u8]);
    body.extend(id.bytes());
    let mut packet = vec![0x10, body.len() as u8];
    packet.extend(body);
    packet
}
