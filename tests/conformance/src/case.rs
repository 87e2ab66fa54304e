//! The text of the cases, read into blocks.
//!
//! ```text
//! case a-name-with-dashes: What is shown, in a sentence.
//! for 3.1.1 5.0              (else all versions)
//! needs clock                time that passes at will, so no server that runs; else every runner
//! config qos-max=1           settings of the broker
//! a connects                 CONNECT with client identifier a, clean, and its CONNACK
//! a resumes                  the same, but its session is there
//! a subscribes t/#:1         SUBSCRIBE and its SUBACK
//! a > PUBLISH t "x" ; PINGREQ
//! a < PINGRESP               the next packet that came
//! a <? PUBLISH t "x"         the first such packet that came, others stay
//! a <each PUBLISH t/{n} "x"  in a `repeat`: these packets are the next that come, in any order
//! a > hex 30 len 00 01 "a"   bytes; `len` is the length of what follows it
//! a quiet                    nothing more came
//! a closed                   the broker ended the connection, after what was expected
//! a open                     it did not
//! a cut                      the network ends it
//! b is 3.1.1                 what b speaks, whatever the case is about
//! b holds                    only between brokers: b keeps its answers back,
//! b answers                  and gives them
//! wait 1.5s
//! repeat 100                 the lines to `end`, with {n} from 1
//! broker allows              with ask=1, the answer to a question; denies 0x87, challenges "d"
//! 5: a < DISCONNECT          only in 5.0; 4: only in 3.1.1 and 3.1
//! ```
//!
//! What no line says holds in all cases: a broker gives no packet identifier that is in use on
//! the connection.

use std::time::Duration;

use crate::wire::Version;

/// A case.
#[derive(Clone, Debug)]
pub struct Case {
    /// Its name.
    pub name: String,
    /// What it shows, in a sentence.
    pub title: String,
    /// The file it stands in.
    pub file: &'static str,
    /// Its first line.
    pub line: usize,
    /// The versions it is about.
    pub versions: Vec<Version>,
    /// Whether it needs time that passes at will.
    pub needs_clock: bool,
    /// Settings by name.
    pub config: Vec<(String, u32)>,
    /// What is done and seen, in order.
    pub steps: Vec<Step>,
}

/// A line of a case.
#[derive(Clone, Debug)]
pub struct Step {
    /// Where it stands.
    pub line: usize,
    /// For which versions it is: 5, or 4 for the older ones.
    pub only: Option<bool>,
    /// What it is.
    pub kind: StepKind,
}

/// What a line of a case is.
#[derive(Clone, Debug)]
pub enum StepKind {
    /// What a peer does or sees: its name, the verb, the rest.
    Peer(String, String, String),
    /// Time passes.
    Wait(Duration),
    /// What somebody outside answers.
    Broker(String),
    /// The lines to `end`, so many times.
    Repeat(usize, Vec<Step>),
}

/// What is repeated more often is about sheer numbers.
pub const MANY: usize = 10_000;

/// The longest that a case may wait for without a clock of its own.
const WAIT_MAX: Duration = Duration::from_secs(3);

impl Case {
    /// Whether it is about sheer numbers, and shown once is shown.
    pub fn is_long(&self) -> bool {
        let mut steps = self.steps.iter();
        steps.any(|step| matches!(step.kind, StepKind::Repeat(times, _) if times > MANY))
    }

    /// What it needs that a server that runs does not offer; nothing if it can be played there.
    pub fn needs(&self) -> Option<&'static str> {
        if self.needs_clock {
            return Some("time that passes at will");
        }
        self.asks().then_some("somebody outside who is asked")
    }

    /// The versions in which a runner that takes its time plays it: a long one in one is as good
    /// as in three.
    pub fn versions_once(&self) -> &[Version] {
        match self.is_long() {
            true => &self.versions[self.versions.len() - 1..],
            false => &self.versions,
        }
    }

    fn asks(&self) -> bool {
        self.config.iter().any(|(name, _)| name == "ask")
    }

    /// What is wrong with it as a whole.
    fn fault(&self) -> Option<String> {
        let (mut waits, mut long, mut answers) = (false, false, false);
        for step in &self.steps {
            match &step.kind {
                StepKind::Wait(time) => {
                    waits = true;
                    long |= *time > WAIT_MAX;
                }
                StepKind::Broker(_) => answers = true,
                _ => {}
            }
        }
        let name = &self.name;
        match () {
            () if long && !self.needs_clock => Some(format!("{name} waits long: `needs clock`")),
            () if self.needs_clock && !waits => Some(format!("{name} waits for nothing")),
            () if answers && !self.asks() => Some(format!("{name} needs `config ask=1`")),
            () => None,
        }
    }
}

impl Step {
    /// Whether it is for that version.
    pub fn is_for(&self, version: Version) -> bool {
        self.only
            .is_none_or(|five| five == (version == Version::V5))
    }
}

const VERBS: [&str; 15] = [
    ">",
    "<",
    "<?",
    "<each",
    "connects",
    "resumes",
    "subscribes",
    "quiet",
    "closed",
    "open",
    "cut",
    "is",
    "pings",
    "holds",
    "answers",
];

/// Reads a file of cases.
///
/// # Errors
/// With file, line and what is wrong there.
pub fn read(file: &'static str, text: &str) -> Result<Vec<Case>, String> {
    let mut cases: Vec<Case> = Vec::new();
    let mut open: Option<(usize, Vec<Step>)> = None;
    for (at, line) in text.lines().enumerate() {
        let at = at + 1;
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let fail = |what: String| format!("{file}:{at}: {what}");
        if let Some(head) = line.strip_prefix("case ") {
            if open.is_some() {
                return Err(fail("`end` is missing before this".to_owned()));
            }
            let (name, title) = head
                .split_once(": ")
                .ok_or_else(|| fail("write `case name: What it shows.`".to_owned()))?;
            cases.push(Case {
                name: name.to_owned(),
                title: title.to_owned(),
                file,
                line: at,
                versions: Version::ALL.to_vec(),
                needs_clock: false,
                config: Vec::new(),
                steps: Vec::new(),
            });
            continue;
        }
        let case = cases
            .last_mut()
            .ok_or_else(|| fail("a case begins with `case name: …`".to_owned()))?;
        if header(case, line).map_err(fail)? {
            continue;
        }
        if line == "end" {
            let (times, steps) = open
                .take()
                .ok_or_else(|| fail("`end` without `repeat`".to_owned()))?;
            case.steps.push(Step {
                line: at,
                only: None,
                kind: StepKind::Repeat(times, steps),
            });
            continue;
        }
        if let Some(times) = line.strip_prefix("repeat ") {
            if open.is_some() {
                return Err(fail("one `repeat` in another".to_owned()));
            }
            let times = times
                .parse()
                .map_err(|_| fail(format!("{times} is no number")))?;
            open = Some((times, Vec::new()));
            continue;
        }
        let step = step(at, line).map_err(fail)?;
        let is_each = matches!(&step.kind, StepKind::Peer(_, verb, _) if verb == "<each");
        if is_each && open.is_none() {
            return Err(fail("`<each` stands in a `repeat`".to_owned()));
        }
        match &mut open {
            Some((_, steps)) => steps.push(step),
            None => case.steps.push(step),
        }
    }
    if open.is_some() {
        return Err(format!("{file}: `end` is missing at the end"));
    }
    for case in &cases {
        if let Some(fault) = case.fault() {
            return Err(format!("{file}:{}: {fault}", case.line));
        }
    }
    Ok(cases)
}

/// Takes a line that says something about the whole case.
fn header(case: &mut Case, line: &str) -> Result<bool, String> {
    let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
    match word {
        "for" => {
            let versions = rest
                .split(' ')
                .map(|name| Version::named(name).ok_or_else(|| format!("{name} is no version")));
            case.versions = versions.collect::<Result<_, _>>()?;
        }
        "needs" if rest == "clock" => case.needs_clock = true,
        "config" => {
            for setting in rest.split(' ') {
                let (name, value) = setting.split_once('=').ok_or("a setting is name=number")?;
                let value = crate::notation::number(value)?;
                case.config.push((name.to_owned(), value));
            }
        }
        _ => return Ok(false),
    }
    match case.steps.is_empty() {
        true => Ok(true),
        false => Err(format!("`{word}` stands before the steps")),
    }
}

fn step(at: usize, line: &str) -> Result<Step, String> {
    let (only, line) = match line.split_once(": ") {
        Some(("5", rest)) => (Some(true), rest),
        Some(("4", rest)) => (Some(false), rest),
        _ => (None, line),
    };
    let (first, rest) = line.split_once(' ').unwrap_or((line, ""));
    let kind = match first {
        "wait" => StepKind::Wait(duration(rest)?),
        "broker" => StepKind::Broker(rest.to_owned()),
        peer => {
            let (verb, rest) = rest.split_once(' ').unwrap_or((rest, ""));
            if !VERBS.contains(&verb) {
                return Err(format!("`{verb}` is nothing that {peer} can do or see"));
            }
            StepKind::Peer(peer.to_owned(), verb.to_owned(), rest.to_owned())
        }
    };
    Ok(Step {
        line: at,
        only,
        kind,
    })
}

/// `1.5s` or `20ms`.
fn duration(text: &str) -> Result<Duration, String> {
    let wrong = || format!("`{text}` is no time; write 1.5s or 20ms");
    let (number, unit) = match text.strip_suffix("ms") {
        Some(number) => (number, 1),
        None => (text.strip_suffix('s').ok_or_else(wrong)?, 1000),
    };
    let (whole, part) = number.split_once('.').unwrap_or((number, ""));
    let whole: u64 = whole.parse().map_err(|_| wrong())?;
    let part = match part {
        "" => 0,
        part if unit == 1000 && part.len() <= 3 => {
            format!("{part:0<3}").parse::<u64>().map_err(|_| wrong())?
        }
        _ => return Err(wrong()),
    };
    Ok(Duration::from_millis(whole * unit + part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_say_where_and_what() {
        for (text, fault) in [
            ("a connects", "f:1: a case begins with `case name: …`"),
            ("case x", "f:1: write `case name: What it shows.`"),
            (
                "case x: Y.\na dances",
                "f:2: `dances` is nothing that a can do or see",
            ),
            ("case x: Y.\nfor 4.0", "f:2: 4.0 is no version"),
            (
                "case x: Y.\na open\nfor 5.0",
                "f:3: `for` stands before the steps",
            ),
            (
                "case x: Y.\nwait soon",
                "f:2: `soon` is no time; write 1.5s or 20ms",
            ),
            ("case x: Y.\nbroker allows", "f:1: x needs `config ask=1`"),
            ("case x: Y.\nwait 4s", "f:1: x waits long: `needs clock`"),
            (
                "case x: Y.\nneeds clock\na open",
                "f:1: x waits for nothing",
            ),
            (
                "case x: Y.\na <each PINGRESP",
                "f:2: `<each` stands in a `repeat`",
            ),
            (
                "case x: Y.\nrepeat 2\na open",
                "f: `end` is missing at the end",
            ),
        ] {
            assert_eq!(read("f", text).expect_err(text), fault);
        }
        assert_eq!(duration("1.5s"), Ok(Duration::from_millis(1500)));
        assert_eq!(duration("20ms"), Ok(Duration::from_millis(20)));
    }
}
