//! Plays a case over one connection and says where something else came.

use std::collections::VecDeque;
use std::time::Duration;

use tidings_testkit::PATIENCE;

use super::frames::{ACCEPT, Form, KEY, take};
use super::{Case, Host};
use crate::notation::{Names, Pattern, number, show};
use crate::play::{raw, said};
use crate::remote::{Pipe, Read};
use crate::wire::{KINDS, Version, decode, encode, frame_len};
use crate::words::{Part, Word, words};

/// Between two writes that should not come as one; nothing goes wrong if they do.
const BREATH: Duration = Duration::from_millis(1);

/// One play.
pub(super) struct Play<'a> {
    version: Version,
    host: &'a dyn Host,
    pipe: Box<dyn Pipe>,
    /// Where a step that cuts does so; from 1.
    cut: usize,
    /// There is a next place to cut.
    more: bool,
    line: String,
    headers: Vec<(String, String)>,
    answer: String,
    shook_hands: bool,
    input: Vec<u8>,
    /// MQTT that came in frames.
    data: Vec<u8>,
    /// Control frames that came.
    controls: VecDeque<(u8, Vec<u8>)>,
    /// Other clients of this play.
    beside: Vec<Box<dyn Pipe>>,
    terminated: bool,
    names: Names,
}

impl<'a> Play<'a> {
    pub(super) fn new(version: Version, host: &'a dyn Host, cut: usize) -> Result<Self, String> {
        let usual = [
            ("Host", "localhost"),
            ("Connection", "Upgrade"),
            ("Upgrade", "websocket"),
            ("Sec-WebSocket-Version", "13"),
            ("Sec-WebSocket-Key", KEY),
            ("Sec-WebSocket-Protocol", "mqtt"),
        ];
        let usual = usual.map(|(name, value)| (name.to_owned(), value.to_owned()));
        Ok(Self {
            version,
            host,
            pipe: host.dial()?,
            cut,
            more: false,
            line: "GET /mqtt HTTP/1.1".to_owned(),
            headers: usual.to_vec(),
            answer: String::new(),
            shook_hands: !host.shakes_hands(),
            input: Vec::new(),
            data: Vec::new(),
            controls: VecDeque::new(),
            beside: Vec::new(),
            terminated: false,
            names: Names::new(),
        })
    }

    /// Plays all steps; whether there is a next place to cut.
    pub(super) fn steps(&mut self, case: &Case, word: &str) -> Result<bool, (usize, String)> {
        for (line, step) in &case.steps {
            let step = step.replace("{each}", word);
            self.step(&step).map_err(|fault| (*line, fault))?;
        }
        self.others().map_err(|fault| (case.line, fault))?;
        Ok(self.more)
    }

    /// Whatever one client did, the next is served.
    fn others(&self) -> Result<(), String> {
        if self.terminated || !self.host.shakes_hands() {
            return Ok(());
        }
        let mut other = Play::new(Version::V311, self.host, 1)?;
        let served = other.open().and_then(|()| other.step("quiet"));
        served.map_err(|fault| format!("afterwards nobody else is served: {fault}"))
    }

    fn step(&mut self, step: &str) -> Result<(), String> {
        let (verb, rest) = step.split_once(' ').unwrap_or((step, ""));
        match verb {
            "line" => rest.clone_into(&mut self.line),
            "set" | "add" | "drop" => {
                let (name, value) = rest.split_once(':').unwrap_or((rest, ""));
                let at = self.headers.iter().position(|(other, _)| other == name);
                let at = at.unwrap_or(self.headers.len());
                if verb != "add" {
                    self.headers.retain(|(other, _)| other != name);
                }
                if verb != "drop" {
                    let header = (name.to_owned(), value.trim().to_owned());
                    self.headers.insert(at.min(self.headers.len()), header);
                }
            }
            "ask" => return self.ask(rest),
            "status" => return self.expect_status(rest),
            "has" => {
                let (name, value) = rest.split_once(": ").ok_or("write `has Name: value`")?;
                let all: Vec<&str> = self.answered(name).collect();
                if all != [value] {
                    return Err(format!("{name} is {all:?} in {}", self.answer));
                }
            }
            "lacks" => {
                if self.answered(rest).next().is_some() {
                    return Err(format!("{rest} is there: {}", self.answer));
                }
            }
            "opened" => return self.open(),
            "connected" => {
                self.open()?;
                self.step("> 82 CONNECT a clean")?;
                self.step("< CONNACK")?;
            }
            ">" => {
                let bytes = self.frames(rest)?;
                return self.write(&bytes);
            }
            "halves" | "fragments" => {
                let payload = self.payload(&words(rest)?)?;
                let (one, two) = self.cut(&payload)?;
                let (first, second) = match verb {
                    "halves" => (0x82, 0x82),
                    _ => (0x02, 0x80),
                };
                let frames = [
                    Form::usual(first).frame(one),
                    Form::usual(second).frame(two),
                ];
                return self.write(&frames.concat());
            }
            "bytes" => {
                let payload = self.payload(&words(rest)?)?;
                let frames = payload.iter().map(|byte| Form::usual(0x82).frame(&[*byte]));
                return self.write(&frames.collect::<Vec<_>>().concat());
            }
            "writes" => {
                let bytes = self.frames(rest)?;
                let (one, two) = self.cut(&bytes)?;
                self.write(one)?;
                std::thread::sleep(BREATH);
                return self.write(two);
            }
            "<" => return self.expect(rest),
            "quiet" => {
                self.write(&Form::usual(0x89).frame(b"quiet?"))?;
                self.expect("pong \"quiet?\"")?;
                return self.expect_nothing();
            }
            "end" => {
                while self.receive()? {}
                return self.expect_nothing();
            }
            "beside" => {
                let mut other = Play::new(self.version, self.host, 1)?;
                other.open()?;
                other.step(&format!("> 82 {rest}"))?;
                other.step("< CONNACK")?;
                self.beside.push(other.pipe);
            }
            "hang" => return self.pipe.hang_up(),
            "terminate" => {
                self.terminated = true;
                return self.host.terminate();
            }
            other => return Err(format!("`{other}` is not known")),
        }
        Ok(())
    }

    /// The usual handshake.
    fn open(&mut self) -> Result<(), String> {
        if self.shook_hands {
            return Ok(());
        }
        self.ask("")?;
        self.expect_status("101")?;
        self.step(&format!("has Sec-WebSocket-Accept: {ACCEPT}"))?;
        self.step("has Sec-WebSocket-Protocol: mqtt")
    }

    fn ask(&mut self, how: &str) -> Result<(), String> {
        let mut request = format!("{}\r\n", self.line);
        for (name, value) in &self.headers {
            let value = value.replace("{long}", &"x".repeat(20_000));
            let times = if value == "{many}" { 200 } else { 1 };
            request.push_str(&format!("{name}: {value}\r\n").repeat(times));
        }
        request.push_str("\r\n");
        let mut request = request.into_bytes();
        match how {
            "" => {}
            "halfway" => request.truncate(request.len() / 2),
            "slowly" => {
                for byte in request {
                    self.write(&[byte])?;
                    std::thread::sleep(BREATH);
                }
                return Ok(());
            }
            frames => {
                let frames = frames.strip_prefix("> ").ok_or("how is it asked?")?;
                request.extend(self.frames(frames)?);
            }
        }
        self.write(&request)
    }

    fn expect_status(&mut self, wanted: &str) -> Result<(), String> {
        let end = loop {
            let end = self.input.windows(4).position(|four| four == b"\r\n\r\n");
            if let Some(end) = end {
                break end;
            }
            if !self.receive_raw()? {
                return Err("no answer comes".to_owned());
            }
        };
        self.answer = String::from_utf8_lossy(&self.input[..end]).into_owned();
        self.input.drain(..end + 4);
        let len = self.answered("Content-Length").next();
        let len = len.filter(|_| !self.line.starts_with("HEAD "));
        let len: usize = len
            .unwrap_or("0")
            .parse()
            .map_err(|_| "a wrong Content-Length")?;
        while self.input.len() < len && self.receive_raw()? {}
        self.input.drain(..len.min(self.input.len()));
        self.shook_hands = wanted == "101";
        let line = self.answer.lines().next().unwrap_or_default().to_owned();
        match line
            .strip_prefix("HTTP/1.1 ")
            .and_then(|rest| rest.get(..3))
        {
            Some(status) if status == wanted => self.unframe(),
            _ => Err(format!("{line} came")),
        }
    }

    fn answered<'b>(&'b self, wanted: &'b str) -> impl Iterator<Item = &'b str> {
        let headers = self.answer.lines().filter_map(|line| line.split_once(": "));
        let found = headers.filter(move |(name, _)| name.eq_ignore_ascii_case(wanted));
        found.map(|(_, value)| value)
    }

    /// Frames as a step has them.
    fn frames(&self, text: &str) -> Result<Vec<u8>, String> {
        let all = words(text)?;
        let mut bytes = Vec::new();
        for words in all.split(|word| word.bare() == Some("|")) {
            let (first, mut rest) = words.split_first().ok_or("a frame is missing")?;
            let first = first.bare().ok_or("a frame begins with its first byte")?;
            if first == "raw" {
                bytes.extend(raw(rest)?);
                continue;
            }
            let first = u8::from_str_radix(first, 16).map_err(|_| format!("{first} is no byte"))?;
            let mut form = Form::usual(first);
            let mut payload = Vec::new();
            while let [option, more @ ..] = rest
                && let Some(key) = &option.key
            {
                match (key.as_str(), &option.parts[..]) {
                    ("mask", [Part::Bare(none)]) if none == "none" => form.mask = None,
                    ("mask", _) => form.mask = option.bytes().first_chunk().copied(),
                    ("code", [Part::Bare(code)]) => {
                        payload.extend((number(code)? as u16).to_be_bytes());
                    }
                    ("len", [Part::Bare(bits)]) => form.len_bits = number(bits)?,
                    _ => return Err(format!("a frame has no {key}")),
                }
                rest = more;
            }
            payload.extend(self.payload(rest)?);
            bytes.extend(form.frame(&payload));
        }
        Ok(bytes)
    }

    /// Packets by name, and bytes.
    fn payload(&self, all: &[Word]) -> Result<Vec<u8>, String> {
        let mut bytes = Vec::new();
        for words in all.split(|word| word.bare() == Some(";")) {
            match words.first().and_then(Word::bare) {
                Some(name) if KINDS.contains(&name) => {
                    let packet = Pattern::read(words, self.version)?.fill(&self.names)?;
                    bytes.extend(encode(&packet, self.version)?);
                }
                _ => bytes.extend(raw(words)?),
            }
        }
        Ok(bytes)
    }

    fn cut<'b>(&mut self, bytes: &'b [u8]) -> Result<(&'b [u8], &'b [u8]), String> {
        self.more = self.cut + 1 < bytes.len();
        let cut = bytes.split_at_checked(self.cut);
        cut.ok_or_else(|| "too short to be cut".to_owned())
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), String> {
        // A broker that has closed meanwhile takes none; what it said before is still to be read.
        self.pipe.write(bytes).map(drop)
    }

    /// Waits for more bytes; false at the end.
    fn receive_raw(&mut self) -> Result<bool, String> {
        match self.pipe.read(PATIENCE)? {
            Read::Bytes(bytes) => {
                self.input.extend(bytes);
                Ok(true)
            }
            Read::End => Ok(false),
            Read::Nothing => Err(self.after("nothing comes")),
        }
    }

    /// Waits for more frames; false at the end.
    fn receive(&mut self) -> Result<bool, String> {
        if !self.receive_raw()? {
            return match self.input.len() {
                0 => Ok(false),
                left => Err(format!("the end comes after {left} bytes of a frame")),
            };
        }
        if self.shook_hands {
            self.unframe()?;
        }
        Ok(true)
    }

    fn unframe(&mut self) -> Result<(), String> {
        if !self.shook_hands {
            return Ok(());
        }
        while let Some((first, payload)) = take(&mut self.input)? {
            if self.controls.iter().any(|(first, _)| *first == 0x88) {
                return Err(format!("{first:02X} came after a close"));
            }
            match first {
                0x82 => self.data.extend(payload),
                0x88..=0x8A => self.controls.push_back((first, payload)),
                other => return Err(format!("a frame {other:02X} came")),
            }
        }
        Ok(())
    }

    fn expect(&mut self, text: &str) -> Result<(), String> {
        let words = words(text)?;
        let kind = words.first().and_then(Word::bare).unwrap_or_default();
        let (first, wanted) = match kind {
            "pong" => (0x8A, raw(&words[1..])?),
            "close" => {
                let code = words.get(1).and_then(Word::bare).map(number);
                let code = code.transpose()?.map(|code| (code as u16).to_be_bytes());
                (0x88, code.into_iter().flatten().collect())
            }
            _ => return self.expect_packet(&words),
        };
        while self.controls.is_empty() {
            if !self.receive()? {
                return Err(self.after(&format!("the end comes instead of {text}")));
            }
        }
        match self.controls.pop_front() {
            // Behind a code there may be a reason.
            Some((0x88, mut payload)) if first == 0x88 => {
                payload.truncate(2);
                match payload == wanted {
                    true => self.until_close(payload),
                    false => Err(format!("a close with {payload:02X?} came")),
                }
            }
            Some(came) if came == (first, wanted) => Ok(()),
            came => Err(format!("{came:02X?} came")),
        }
    }

    /// A close is the last that comes, so it is left to be seen.
    fn until_close(&mut self, payload: Vec<u8>) -> Result<(), String> {
        while self.receive()? {}
        match self.controls.is_empty() {
            true => Ok(()),
            false => Err(format!("more came after the close with {payload:02X?}")),
        }
    }

    fn expect_packet(&mut self, words: &[Word]) -> Result<(), String> {
        let pattern = Pattern::read(words, self.version)?;
        let len = loop {
            match frame_len(&self.data)? {
                Some(len) if len <= self.data.len() => break len,
                _ if self.receive()? => {}
                _ => return Err(self.after(&format!("the end comes instead of {}", said(words)))),
            }
        };
        let packet: Vec<u8> = self.data.drain(..len).collect();
        let packet = decode(&packet, self.version)?;
        let met = pattern.meets(&packet, &mut self.names);
        met.map_err(|fault| format!("{fault}: {} came", show(&packet)))
    }

    fn expect_nothing(&self) -> Result<(), String> {
        match self.data.is_empty() && self.controls.is_empty() {
            true => Ok(()),
            false => Err(self.after("something else came")),
        }
    }

    fn after(&self, fault: &str) -> String {
        let Self {
            data,
            controls,
            input,
            ..
        } = self;
        let more = format!("{data:02X?}, {controls:02X?}, {input:02X?}");
        format!("{fault}; {more:.300} not looked at")
    }
}
