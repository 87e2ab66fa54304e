//! `mosquitto_pub` and `mosquitto_sub`: a peer is a name, and each thing it does a program.

use std::collections::BTreeMap;
use std::io::Write;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError};

use tidings_testkit::{PATIENCE, lines_of, wait};

use crate::client::{Client, Connect, Done, Fail, Message, Publish, Wish, adler32, filling};
use crate::scenarios::AGAIN;

/// Both programs against one broker.
#[derive(Debug)]
pub struct Mosquitto {
    port: String,
    v5: bool,
    peers: BTreeMap<String, Peer>,
}

#[derive(Debug, Default)]
struct Peer {
    how: Connect,
    filters: Vec<(String, Wish)>,
    running: Option<Subscriber>,
    /// What came from programs that have ended.
    early: Vec<Message>,
    /// A `mosquitto_pub` that says a line at a time, with one alias for its topic.
    speaker: Option<Speaker>,
}

#[derive(Debug)]
struct Speaker(Child);

impl Drop for Speaker {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A `mosquitto_sub` that prints.
#[derive(Debug)]
struct Subscriber {
    child: Child,
    lines: Receiver<String>,
    errors: Receiver<String>,
}

impl Drop for Subscriber {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Where a peer without subscriptions is told to end.
const END: &str = "end/of/";
/// What stands between the parts of a message; no payload here has it.
const BETWEEN: char = '\u{1f}';
const FORMAT: &str =
    "message\u{1f}%t\u{1f}%q\u{1f}%r\u{1f}%P\u{1f}%R\u{1f}%D\u{1f}%E\u{1f}%S\u{1f}%x";

impl Mosquitto {
    /// Those of the broker at this port.
    pub fn new(port: String, v5: bool) -> Self {
        Self {
            port,
            v5,
            peers: BTreeMap::new(),
        }
    }

    fn command(&self, program: &str) -> Command {
        let version = if self.v5 { "mqttv5" } else { "mqttv311" };
        // Line by line, also into a pipe.
        let mut command = Command::new("stdbuf");
        command.args(["-oL", program, "-h", "127.0.0.1", "-p", &self.port]);
        command.args(["-V", version]);
        command
    }

    fn peer(&mut self, name: &str) -> Done<&mut Peer> {
        let peer = self.peers.get_mut(name);
        peer.ok_or_else(|| Fail::No(format!("{name} is not connected")))
    }

    /// With an alias it says its topic once, and no topic from the second line on.
    fn say_line(&mut self, name: &str, what: &Publish, alias: u16) -> Done<Option<u8>> {
        let mut command = self.command("mosquitto_pub");
        let fail = |error: std::io::Error| Fail::No(format!("mosquitto_pub: {error}"));
        let peer = self.peer(name)?;
        if peer.speaker.is_none() {
            let alias = alias.to_string();
            command.args([
                "-t",
                &what.topic,
                "-l",
                "-D",
                "publish",
                "topic-alias",
                &alias,
            ]);
            let child = command.stdin(Stdio::piped()).spawn().map_err(fail)?;
            peer.speaker = Some(Speaker(child));
        }
        let input = peer.speaker.as_mut().and_then(|s| s.0.stdin.as_mut());
        let mut input = input.ok_or_else(|| Fail::No("no pipe".to_owned()))?;
        writeln!(&mut input, "{}", what.payload).map_err(fail)?;
        Ok(None)
    }

    /// Starts `mosquitto_sub` and waits until it has subscribed; returns the codes granted.
    fn start(&mut self, name: &str) -> Done<Vec<u8>> {
        let mut command = self.command("mosquitto_sub");
        let v5 = self.v5;
        let peer = self.peer(name)?;
        let how = &peer.how;
        let id = name.trim_end_matches(AGAIN);
        command.args(["-d", "-F", FORMAT, "-i", id, "-k", &how.keep.to_string()]);
        if !how.clean {
            command.args(session(v5));
        }
        if how.alias_max > 0 {
            let most = how.alias_max.to_string();
            command.args(["-D", "connect", "topic-alias-maximum", &most]);
        }
        if let Some(will) = &how.will {
            command.args(["--will-topic", &will.topic, "--will-payload", &will.payload]);
            command.args(["--will-qos", &will.qos.to_string()]);
            if will.delay > 0 {
                let delay = will.delay.to_string();
                command.args(["-D", "will", "will-delay-interval", &delay]);
            }
        }
        let mut qos = 0;
        for (filter, wish) in &peer.filters {
            command.args(["-t", filter]);
            qos = wish.qos;
            if let Some(id) = wish.id {
                let id = id.to_string();
                command.args(["-D", "subscribe", "subscription-identifier", &id]);
            }
        }
        if peer.filters.is_empty() {
            // It has to subscribe to something, and ends in peace when that has come.
            command.args(["-t", &format!("{END}{id}"), "-C", "1"]);
        }
        command.args(["-q", &qos.to_string()]);
        let fail = |error: std::io::Error| Fail::No(format!("mosquitto_sub: {error}"));
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().map_err(fail)?;
        let (Some(output), Some(errors)) = (child.stdout.take(), child.stderr.take()) else {
            return Err(Fail::No("no pipe".to_owned()));
        };
        let subscriber = Subscriber {
            child,
            lines: lines_of(output),
            errors: lines_of(errors),
        };
        let codes = loop {
            let line = subscriber.line()?;
            if let Some((_, codes)) = line.split_once("Subscribed (mid: 1): ") {
                let codes = codes.split(", ");
                break codes.filter_map(|code| code.parse().ok()).collect();
            }
            peer.early.extend(message(&line));
        };
        peer.running = Some(subscriber);
        Ok(codes)
    }
}

impl Subscriber {
    fn line(&self) -> Done<String> {
        let line = self.lines.recv_timeout(PATIENCE);
        line.map_err(|error| {
            Fail::No(match error {
                RecvTimeoutError::Timeout => "`mosquitto_sub` says nothing".to_owned(),
                RecvTimeoutError::Disconnected => {
                    let errors: Vec<String> = self.errors.iter().collect();
                    format!("`mosquitto_sub` ends: {}", errors.join(" "))
                }
            })
        })
    }
}

/// What makes a program go on with its client's session, and leave it behind for a while.
fn session(v5: bool) -> &'static [&'static str] {
    match v5 {
        true => &["-c", "-x", "60"],
        false => &["-c"],
    }
}

fn message(line: &str) -> Option<Message> {
    let mut parts = line.strip_prefix("message")?.split(BETWEEN).skip(1);
    let mut next = || parts.next().unwrap_or_default().to_owned();
    let some = |text: String| (!text.is_empty()).then_some(text);
    let mut message = Message {
        topic: next(),
        qos: next().parse().unwrap_or_default(),
        retain: next() == "1",
        ..Message::default()
    };
    let user = next();
    let pairs = user.split(' ').filter_map(|pair| pair.split_once(':'));
    message.user = pairs.map(|(k, v)| (k.to_owned(), v.to_owned())).collect();
    message.response = some(next());
    message.correlation = some(next());
    message.expiry = next().parse().ok();
    message.ids = next().split(',').filter_map(|id| id.parse().ok()).collect();
    let payload = bytes(&next());
    if payload.len() > 1000 {
        message.long = Some((payload.len(), adler32(&payload)));
    } else {
        message.payload = String::from_utf8_lossy(&payload).into_owned();
    }
    Some(message)
}

/// What was printed in hexadecimal.
fn bytes(hex: &str) -> Vec<u8> {
    let digit = |byte: &u8| char::from(*byte).to_digit(16).unwrap_or_default() as u8;
    let pairs = hex.as_bytes().chunks_exact(2);
    pairs
        .map(|pair| digit(&pair[0]) << 4 | digit(&pair[1]))
        .collect()
}

impl Client for Mosquitto {
    fn connect(&mut self, name: &str, how: &Connect) -> Done<Option<bool>> {
        let old = self.peers.remove(name);
        // A session's filters have to be said again on every command line.
        let filters = match old {
            Some(old) if !how.clean => old.filters,
            _ => Vec::new(),
        };
        let peer = Peer {
            how: how.clone(),
            filters,
            ..Peer::default()
        };
        self.peers.insert(name.to_owned(), peer);
        let again = name.ends_with(AGAIN);
        if how.will.is_some() || again || !self.peer(name)?.filters.is_empty() {
            self.start(name)?;
        }
        Ok(None)
    }

    fn subscribe(&mut self, name: &str, filter: &str, wish: &Wish) -> Done<u8> {
        if wish.no_local {
            let why = "`mosquitto_sub` says nothing, so none of its messages could come back";
            return Err(Fail::Cannot(why.to_owned()));
        }
        let peer = self.peer(name)?;
        peer.filters.push((filter.to_owned(), wish.clone()));
        // One program for all its filters.
        peer.running = None;
        let codes = self.start(name)?;
        let code = codes.last().copied();
        code.ok_or_else(|| Fail::No("no code came".to_owned()))
    }

    fn unsubscribe(&mut self, name: &str, filter: &str) -> Done<Option<u8>> {
        let id = name.trim_end_matches(AGAIN).to_owned();
        let v5 = self.v5;
        let mut command = self.command("mosquitto_sub");
        let peer = self.peer(name)?;
        // -U is for the start of a session that goes on, which no later program subscribes to
        // `filter` in; so it has it from here, and would go on having it.
        peer.how.clean = false;
        peer.running = None;
        if !peer.filters.is_empty() {
            self.start(name)?;
        }
        let peer = self.peer(name)?;
        peer.running = None;
        peer.filters.retain(|(own, _)| own != filter);
        command.args(["-i", &id, "-U", filter, "-E", "-t", "nobody/speaks/here"]);
        let done = command.args(session(v5)).output();
        let done = done.map_err(|e| Fail::No(e.to_string()))?;
        if !done.status.success() {
            return Err(Fail::No(String::from_utf8_lossy(&done.stderr).into_owned()));
        }
        if !self.peer(name)?.filters.is_empty() {
            self.start(name)?;
        }
        Ok(None)
    }

    fn publish(&mut self, name: &str, what: &Publish) -> Done<Option<u8>> {
        let mut command = self.command("mosquitto_pub");
        command.args(["-d", "-q", &what.qos.to_string()]);
        let mut input = Vec::new();
        if let Some(alias) = what.alias {
            return self.say_line(name, what, alias);
        }
        command.args(["-t", &what.topic]);
        if what.retain {
            command.arg("-r");
        }
        for (name, value) in &what.user {
            command.args(["-D", "publish", "user-property", name, value]);
        }
        if let Some(topic) = &what.response {
            command.args(["-D", "publish", "response-topic", topic]);
        }
        if let Some(data) = &what.correlation {
            command.args(["-D", "publish", "correlation-data", data]);
        }
        if let Some(expiry) = what.expiry {
            let expiry = expiry.to_string();
            command.args(["-D", "publish", "message-expiry-interval", &expiry]);
        }
        if what.count > 0 {
            command.arg("-l");
            let lines = (0..what.count).map(|number| format!("{number}\n"));
            input = lines.collect::<String>().into_bytes();
        } else if what.fill > 0 {
            command.arg("-s");
            input = filling(what.fill);
        } else if what.payload.is_empty() {
            command.arg("-n");
        } else {
            command.args(["-m", &what.payload]);
        }
        let fail = |error: std::io::Error| Fail::No(format!("mosquitto_pub: {error}"));
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(fail)?;
        let output = child.stdout.take();
        let lines = lines_of(output.ok_or_else(|| Fail::No("no pipe".to_owned()))?);
        if let Some(mut pipe) = child.stdin.take() {
            pipe.write_all(&input).map_err(fail)?;
        }
        let status = wait(&mut child);
        if !status.success() {
            return Err(Fail::No(format!("mosquitto_pub ended with {status}")));
        }
        let code = lines.iter().find_map(|line| {
            let (_, code) = line.split_once("received PUBACK (Mid: ")?;
            code.split_once("RC:")?.1.trim_end_matches(')').parse().ok()
        });
        Ok(code)
    }

    fn end(&mut self, name: &str) -> Done {
        let id = name.trim_end_matches(AGAIN);
        let peer = self.peer(name)?;
        let Some(mut running) = peer.running.take() else {
            return Ok(());
        };
        if peer.filters.is_empty() {
            let last = Publish {
                topic: format!("{END}{id}"),
                ..Publish::default()
            };
            self.publish(name, &last)?;
        } else {
            // At a signal it says DISCONNECT, in 5.0 with the reason that wants a will.
            let id = running.child.id().to_string();
            let _ = Command::new("kill").args(["-TERM", &id]).status();
        }
        wait(&mut running.child);
        Ok(())
    }

    fn vanish(&mut self, name: &str) -> Done {
        self.peer(name)?.running = None;
        Ok(())
    }

    fn message(&mut self, name: &str) -> Done<Message> {
        let peer = self.peer(name)?;
        if !peer.early.is_empty() {
            return Ok(peer.early.remove(0));
        }
        let Some(running) = &peer.running else {
            return Err(Fail::No(format!("{name} has ended")));
        };
        loop {
            if let Some(message) = message(&running.line()?) {
                return Ok(message);
            }
        }
    }

    fn lost(&mut self, name: &str) -> Done<Option<u8>> {
        let peer = self.peer(name)?;
        let Some(running) = peer.running.take() else {
            return Err(Fail::No(format!("{name} has ended")));
        };
        // It would connect again; that it has to shows that it was disconnected.
        let mut connects = 0;
        loop {
            let line = running.line()?;
            if let Some((_, code)) = line.split_once("eceived DISCONNECT (") {
                return Ok(code.trim_end_matches(')').parse().ok());
            }
            connects += usize::from(line.contains("sending CONNECT"));
            if connects > 0 {
                return Ok(None);
            }
        }
    }
}
