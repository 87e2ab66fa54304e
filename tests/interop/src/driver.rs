//! A client that is a program: it reads commands as lines of JSON and writes what came of them,
//! and what it hears meanwhile.

use std::collections::{BTreeMap, VecDeque};
use std::io::Write;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError};

use serde_json::{Value, json};
use tidings_testkit::{PATIENCE, lines_of};

use crate::client::{Client, Connect, Done, Fail, Message, Publish, Wish};

/// A program that was started.
#[derive(Debug)]
pub struct Driver {
    child: Child,
    input: ChildStdin,
    lines: Receiver<String>,
    messages: BTreeMap<String, VecDeque<Message>>,
    lost: BTreeMap<String, Option<u8>>,
}

impl Drop for Driver {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Driver {
    /// Starts a program.
    ///
    /// # Errors
    /// If it cannot be started.
    pub fn start(command: &mut Command) -> Result<Self, String> {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|e| format!("{command:?}: {e}"))?;
        let (Some(input), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
            return Err("a program without pipes".to_owned());
        };
        Ok(Self {
            child,
            input,
            lines: lines_of(output),
            messages: BTreeMap::new(),
            lost: BTreeMap::new(),
        })
    }

    fn line(&mut self) -> Done<Value> {
        let line = self.lines.recv_timeout(PATIENCE);
        let line = line.map_err(|error| {
            Fail::No(match error {
                RecvTimeoutError::Timeout => "what is waited for does not come".to_owned(),
                RecvTimeoutError::Disconnected => "it ends".to_owned(),
            })
        })?;
        serde_json::from_str(&line).map_err(|e| Fail::No(format!("{e}: {line}")))
    }

    /// Takes note of what is no answer.
    fn hear(&mut self, said: &Value) -> bool {
        let peer = said["peer"].as_str().unwrap_or_default().to_owned();
        if said.get("message").is_some() {
            let message = message(&said["message"]);
            self.messages.entry(peer).or_default().push_back(message);
        } else if said.get("lost").is_some() {
            self.lost.insert(peer, code(&said["lost"]));
        } else {
            return false;
        }
        true
    }

    fn ask(&mut self, command: Value) -> Done<Value> {
        let written = writeln!(self.input, "{command}").and_then(|()| self.input.flush());
        if let Err(error) = written {
            return Err(Fail::No(format!("it takes no command: {error}")));
        }
        loop {
            let said = self.line()?;
            if self.hear(&said) {
                continue;
            }
            if let Some(why) = said["cannot"].as_str() {
                return Err(Fail::Cannot(why.to_owned()));
            }
            if let Some(why) = said["failed"].as_str() {
                return Err(Fail::No(why.to_owned()));
            }
            return Ok(said);
        }
    }
}

fn code(value: &Value) -> Option<u8> {
    value.as_u64().map(|code| code as u8)
}

fn message(value: &Value) -> Message {
    let text = |key: &str| value[key].as_str().map(str::to_owned);
    let pairs = value["user"].as_array().into_iter().flatten();
    let part = |pair: &Value, at: usize| pair[at].as_str().unwrap_or_default().to_owned();
    let ids = value["ids"].as_array().into_iter().flatten();
    let number = |key: &str| value[key].as_u64();
    Message {
        topic: text("topic").unwrap_or_default(),
        payload: text("payload").unwrap_or_default(),
        long: number("len").map(|len| (len as usize, number("sum").unwrap_or_default() as u32)),
        qos: number("qos").unwrap_or_default() as u8,
        retain: value["retain"].as_bool().unwrap_or_default(),
        user: pairs.map(|pair| (part(pair, 0), part(pair, 1))).collect(),
        response: text("response"),
        correlation: text("correlation"),
        expiry: number("expiry").map(|seconds| seconds as u32),
        ids: ids.filter_map(Value::as_u64).map(|id| id as u32).collect(),
    }
}

impl Client for Driver {
    fn connect(&mut self, peer: &str, how: &Connect) -> Done<Option<bool>> {
        let will = how.will.as_ref().map(|will| {
            json!({"topic": will.topic, "payload": will.payload, "qos": will.qos,
                "delay": will.delay})
        });
        self.messages.remove(peer);
        self.lost.remove(peer);
        let said = self.ask(json!({"do": "connect", "peer": peer, "clean": how.clean,
            "expiry": if how.clean { 0 } else { 60 }, "keep": how.keep, "will": will,
            "aliases": how.alias_max}))?;
        Ok(said["present"].as_bool())
    }

    fn subscribe(&mut self, peer: &str, filter: &str, wish: &Wish) -> Done<u8> {
        let said = self.ask(json!({"do": "subscribe", "peer": peer, "filter": filter,
            "qos": wish.qos, "id": wish.id, "nolocal": wish.no_local}))?;
        code(&said["code"]).ok_or_else(|| Fail::No("no code".to_owned()))
    }

    fn unsubscribe(&mut self, peer: &str, filter: &str) -> Done<Option<u8>> {
        let said = self.ask(json!({"do": "unsubscribe", "peer": peer, "filter": filter}))?;
        Ok(code(&said["code"]))
    }

    fn publish(&mut self, peer: &str, what: &Publish) -> Done<Option<u8>> {
        let said = self.ask(json!({"do": "publish", "peer": peer, "topic": what.topic,
            "payload": what.payload, "fill": what.fill, "qos": what.qos, "retain": what.retain,
            "count": what.count, "user": what.user, "response": what.response,
            "correlation": what.correlation, "expiry": what.expiry, "alias": what.alias}))?;
        Ok(code(&said["code"]))
    }

    fn end(&mut self, peer: &str) -> Done {
        self.ask(json!({"do": "end", "peer": peer})).map(drop)
    }

    fn vanish(&mut self, peer: &str) -> Done {
        self.ask(json!({"do": "vanish", "peer": peer})).map(drop)
    }

    fn message(&mut self, peer: &str) -> Done<Message> {
        loop {
            let waiting = self.messages.get_mut(peer);
            if let Some(message) = waiting.and_then(VecDeque::pop_front) {
                return Ok(message);
            }
            let said = self.line()?;
            self.hear(&said);
        }
    }

    fn lost(&mut self, peer: &str) -> Done<Option<u8>> {
        while !self.lost.contains_key(peer) {
            let said = self.line()?;
            self.hear(&said);
        }
        Ok(self.lost.get(peer).copied().flatten())
    }
}
