//! rumqttc does what it is told: commands come as lines of JSON, answers and messages leave as
//! such.

mod v4;
mod v5;

use std::collections::BTreeMap;
use std::io::{BufRead, Write};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::timeout;

const PATIENCE: Duration = Duration::from_secs(20);

/// Where the broker is and how to get there.
#[derive(Clone)]
struct Target {
    port: u16,
    websocket: bool,
}

/// What a connection's task says to the commands.
enum Answer {
    Connected(bool),
    Code(Option<u8>),
    /// A PUBLISH has left, or was acknowledged.
    Sent,
    Acknowledged(Option<u8>),
    /// The connection has ended.
    Broken(String),
}

/// What the two versions of the library have in common.
enum Client {
    V4(rumqttc::AsyncClient),
    V5(rumqttc::v5::AsyncClient),
}

struct Peer {
    client: Client,
    answers: mpsc::UnboundedReceiver<Answer>,
    task: JoinHandle<()>,
    going: std::sync::Arc<std::sync::atomic::AtomicBool>,
}

fn say(value: &Value) {
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{value}").and_then(|()| out.flush());
}

/// Tells that a message has come; a long one by its length and checksum.
fn message(peer: &str, payload: &[u8], mut said: Value) {
    if payload.len() > 1000 {
        let sums = payload.iter().fold((1_u32, 0_u32), |(a, b), byte| {
            let a = (a + u32::from(*byte)) % 65_521;
            (a, (b + a) % 65_521)
        });
        said["len"] = json!(payload.len());
        said["sum"] = json!(sums.1 << 16 | sums.0);
    } else {
        said["payload"] = json!(String::from_utf8_lossy(payload));
    }
    say(&json!({"peer": peer, "message": said}));
}

fn lost(peer: &str, code: Option<u8>) {
    say(&json!({"peer": peer, "lost": code}));
}

/// What a publish command wants said.
fn payloads(command: &Value) -> Vec<Vec<u8>> {
    let number = |key: &str| command[key].as_u64().unwrap_or_default() as usize;
    match (number("count"), number("fill")) {
        (0, 0) => vec![text(command, "payload").into_bytes()],
        (0, fill) => vec![(0..fill).map(|at| (at * 7 + at / 251) as u8).collect()],
        (count, _) => (0..count).map(|n| n.to_string().into_bytes()).collect(),
    }
}

fn text(command: &Value, key: &str) -> String {
    command[key].as_str().unwrap_or_default().to_owned()
}

fn qos(command: &Value) -> u8 {
    command["qos"].as_u64().unwrap_or_default() as u8
}

impl Peer {
    async fn answer(&mut self) -> Result<Answer, String> {
        match timeout(PATIENCE, self.answers.recv()).await {
            Ok(Some(Answer::Broken(why))) => Err(why),
            Ok(Some(answer)) => Ok(answer),
            Ok(None) => Err("its loop has ended".to_owned()),
            Err(_) => Err("no answer comes".to_owned()),
        }
    }

    async fn code(&mut self) -> Result<Value, String> {
        loop {
            if let Answer::Code(code) = self.answer().await? {
                return Ok(json!({"code": code}));
            }
        }
    }

    async fn publish(&mut self, command: &Value) -> Result<Value, String> {
        let mut open = 0_usize;
        let mut last = None;
        for payload in payloads(command) {
            match &self.client {
                Client::V4(client) => v4::publish(client, command, payload).await?,
                Client::V5(client) => v5::publish(client, command, payload).await?,
            }
            open += 1;
            while let Ok(answer) = self.answers.try_recv() {
                settle(&answer, command, &mut open, &mut last);
            }
        }
        while open > 0 {
            let answer = self.answer().await?;
            settle(&answer, command, &mut open, &mut last);
        }
        Ok(json!({"code": last}))
    }

    async fn act(&mut self, command: &Value) -> Result<Value, String> {
        match command["do"].as_str().unwrap_or_default() {
            "subscribe" => {
                match &self.client {
                    Client::V4(client) => v4::subscribe(client, command).await?,
                    Client::V5(client) => v5::subscribe(client, command).await?,
                }
                self.code().await
            }
            "unsubscribe" => {
                let filter = text(command, "filter");
                match &self.client {
                    Client::V4(client) => client.unsubscribe(filter).await.map_err(said)?,
                    Client::V5(client) => client.unsubscribe(filter).await.map_err(said)?,
                }
                self.code().await
            }
            "publish" => self.publish(command).await,
            "end" => {
                self.going.store(true, std::sync::atomic::Ordering::Relaxed);
                match &self.client {
                    Client::V4(client) => client.disconnect().await.map_err(said)?,
                    Client::V5(client) => client.disconnect().await.map_err(said)?,
                }
                let _ = timeout(PATIENCE, &mut self.task).await;
                Ok(json!({}))
            }
            "vanish" => {
                // Its socket goes with its loop.
                self.task.abort();
                let _ = (&mut self.task).await;
                Ok(json!({}))
            }
            other => Err(format!("{other} is no command")),
        }
    }
}

fn settle(answer: &Answer, command: &Value, open: &mut usize, last: &mut Option<u8>) {
    match answer {
        Answer::Sent if qos(command) == 0 => *open = open.saturating_sub(1),
        Answer::Acknowledged(code) if qos(command) > 0 => {
            *open = open.saturating_sub(1);
            *last = *code;
        }
        _ => {}
    }
}

fn said(error: impl std::fmt::Display) -> String {
    error.to_string()
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let mut arguments = std::env::args().skip(1);
    let mut next = || arguments.next().unwrap_or_default();
    let port = next().parse().unwrap_or_default();
    let target = Target {
        port,
        websocket: next() == "ws",
    };
    let five = next() == "5";
    let mut peers: BTreeMap<String, Peer> = BTreeMap::new();
    let (sender, mut lines) = mpsc::unbounded_channel();
    std::thread::spawn(move || {
        for line in std::io::stdin().lock().lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                break;
            }
        }
    });
    while let Some(line) = lines.recv().await {
        let Ok(command) = serde_json::from_str::<Value>(&line) else {
            continue;
        };
        let name = text(&command, "peer");
        let done = if command["do"] == "connect" {
            let mut peer = match five {
                false => v4::connect(&target, &name, &command),
                true => v5::connect(&target, &name, &command),
            };
            let answer = peer.answer().await;
            peers.insert(name, peer);
            answer.map(|answer| match answer {
                Answer::Connected(present) => json!({"present": present}),
                _ => json!({}),
            })
        } else {
            match peers.get_mut(&name) {
                Some(peer) => peer.act(&command).await,
                None => Err(format!("{name} is not connected")),
            }
        };
        match done {
            Ok(mut answer) => {
                answer["did"] = command["do"].clone();
                say(&answer);
            }
            Err(why) => say(&json!({"failed": why})),
        }
    }
}
