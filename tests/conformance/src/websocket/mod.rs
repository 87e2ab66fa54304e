//! WebSocket by RFC 6455: cases as text, of their own because they are about single bytes of
//! frames and handshakes.
//!
//! ```text
//! case 5.2-rsv: What is shown, in a sentence.    The id begins with the section of the RFC.
//! for 5.0                    MQTT's version; else 3.1.1
//! on server                  only there, for what the steps do not show by themselves
//! each: 83 84 "a b"          played once for each word, which takes the place of {each}
//! line GET / HTTP/1.0        another request line
//! set Name: value            a header of the request, in place of the usual one; {long} is long,
//!                            {many} comes many times
//! add Name: value            one more
//! drop Name                  none of that name
//! ask                        sends the request; `ask halfway` does not end it, `ask slowly`
//!                            writes every byte alone, `ask > FRAMES` sends these at once behind it
//! status 101                 an answer comes; `has Name: value` and `lacks Name` are about it
//! opened                     the usual request, and the right answer
//! connected                  the same, and an MQTT client a behind it
//! > 82 PINGREQ ; PINGREQ     a frame: first byte, then what is in it: packets, hex, text
//! > 02 10 | 89 "p" | 80 00   frames in one write
//! > 82 mask=none "x"         mask=x'00 00 00 00'; len=16 and len=64 write longer lengths
//! > 88 code=1000 "why"       a close code
//! > raw 82 FF                bytes
//! halves PACKETS             two frames, cut at every place, one play each
//! fragments PACKETS          the same as one message of two fragments
//! bytes PACKETS              every byte in a frame of its own
//! writes FRAMES              two writes, cut at every place, one play each
//! < PACKET                   the next packet of MQTT
//! < pong "p" ; < close 1000  the next control frame; a close may be without a code
//! quiet                      nothing more came, and a ping is answered
//! end                        the connection ends, and nothing more came
//! hang up                    the client ends its direction
//! beside PACKETS             another client does as much, and stays
//! terminate                  the broker is told to end
//! ```

mod frames;
mod play;
mod sans_io;

use std::path::Path;

use tidings_testkit::Broker as Process;

use crate::node::{Core, Way};
use crate::pipes::Transport;
use crate::server::side_by_side;
use crate::wire::Version;
use crate::words::words;
use play::Play;
use sans_io::Frames;

/// The file of the cases.
pub const FILE: &str = "websocket.txt";

/// A case.
#[derive(Clone, Debug)]
pub struct Case {
    /// Begins with the section of the RFC.
    pub id: String,
    /// What it shows, in a sentence.
    pub title: String,
    /// Its first line.
    pub line: usize,
    /// Whether only a server can be played it: the handshake is HTTP, the end a signal.
    pub on_server: bool,
    version: Version,
    each: Vec<String>,
    steps: Vec<(usize, String)>,
}

/// Steps about what lies beyond frames.
const BEYOND: [&str; 11] = [
    "line",
    "set",
    "add",
    "drop",
    "ask",
    "status",
    "has",
    "lacks",
    "hang",
    "beside",
    "terminate",
];

/// All cases.
///
/// # Panics
/// With the line, if the text of one is wrong.
pub fn cases() -> Vec<Case> {
    match read(include_str!("../../websocket.txt")) {
        Ok(cases) => cases,
        Err(fault) => panic!("{FILE}:{fault}"),
    }
}

fn read(text: &str) -> Result<Vec<Case>, String> {
    let mut cases: Vec<Case> = Vec::new();
    for (at, line) in text.lines().enumerate() {
        let at = at + 1;
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if let Some(head) = line.strip_prefix("case ") {
            let (id, title) = head
                .split_once(": ")
                .ok_or_else(|| format!("{at}: write `case id: What it shows.`"))?;
            cases.push(Case {
                id: id.to_owned(),
                title: title.to_owned(),
                line: at,
                on_server: false,
                version: Version::V311,
                each: Vec::new(),
                steps: Vec::new(),
            });
            continue;
        }
        let case = cases
            .last_mut()
            .ok_or_else(|| format!("{at}: a case begins with `case id: …`"))?;
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        match word {
            "for" => {
                let version = Version::named(rest);
                case.version = version.ok_or_else(|| format!("{at}: {rest} is no version"))?;
            }
            "on" if rest == "server" => case.on_server = true,
            "each:" => {
                let each = words(rest).map_err(|fault| format!("{at}: {fault}"))?;
                let each = each.iter().map(|word| word.bytes());
                let each = each.map(|word| String::from_utf8_lossy(&word).into_owned());
                case.each = each.collect();
            }
            _ => {
                case.on_server |= BEYOND.contains(&word);
                case.steps.push((at, line.to_owned()));
            }
        }
    }
    Ok(cases)
}

/// Who is at the other end.
trait Host {
    /// A connection of its own.
    fn dial(&self) -> Result<Box<dyn crate::remote::Pipe>, String>;
    /// Tells it to end.
    fn terminate(&self) -> Result<(), String>;
    /// Whether one finds out before or after the handshake.
    fn shakes_hands(&self) -> bool;
}

/// Plays a case in every way it is to be played.
fn play(case: &Case, host: &dyn Host) -> Result<usize, String> {
    let mut plays = 0;
    let words = match &case.each[..] {
        [] => &[String::new()],
        words => words,
    };
    for word in words {
        for cut in 1.. {
            let mut play = Play::new(case.version, host, cut)?;
            let more = play.steps(case, word).map_err(|(line, fault)| {
                let of = if word.is_empty() { "" } else { " of " };
                let id = &case.id;
                format!("{FILE}:{line}: {id}{of}{word}, cut {cut}: {fault}")
            })?;
            plays += 1;
            if !more {
                break;
            }
        }
    }
    Ok(plays)
}

/// A running broker.
struct Server(Process);

impl Host for Server {
    fn dial(&self) -> Result<Box<dyn crate::remote::Pipe>, String> {
        Transport::Tcp.dial(self.0.address())
    }

    fn terminate(&self) -> Result<(), String> {
        let id = self.0.child.id().to_string();
        let status = std::process::Command::new("kill").arg(id).status();
        match status {
            Ok(status) if status.success() => Ok(()),
            other => Err(format!("kill: {other:?}")),
        }
    }

    fn shakes_hands(&self) -> bool {
        true
    }
}

/// Plays every case to a broker of its own. Returns how many were played and what failed.
pub fn on_server(program: &Path) -> (usize, Vec<String>) {
    let cases = cases();
    side_by_side(cases.len(), |at| {
        let server = Server(Process::start(program, &["--listen", "127.0.0.1:0"]));
        play(&cases[at], &server).map(drop)
    })
}

/// Frames and a node in this process.
struct Bare {
    bytewise: bool,
}

impl Host for Bare {
    fn dial(&self) -> Result<Box<dyn crate::remote::Pipe>, String> {
        Ok(Box::new(Frames::new(
            Core::plain(Way::Whole),
            self.bytewise,
        )))
    }

    fn terminate(&self) -> Result<(), String> {
        Err("there is no process".to_owned())
    }

    fn shakes_hands(&self) -> bool {
        false
    }
}

/// Plays every case that is about frames alone to the core, with what comes in whole or byte by
/// byte. Returns how many were played and what failed.
pub fn on_core(bytewise: bool) -> (usize, Vec<String>) {
    let cases = cases();
    let cases: Vec<_> = cases.iter().filter(|case| !case.on_server).collect();
    let plays = cases.iter().map(|case| play(case, &Bare { bytewise }));
    let faults = plays.filter_map(Result::err).collect();
    (cases.len(), faults)
}
