//! Mosquitto's `mosquitto_pub` and `mosquitto_sub`, over TCP, the only transport they have.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::io::Write;
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc::Receiver;

use tidings_testkit::{Broker, PATIENCE, lines_of, wait};

use crate::broker;

const VERSIONS: [&str; 2] = ["mqttv311", "mqttv5"];

fn command(name: &str, broker: &Broker, version: &str, arguments: &[&str]) -> Command {
    let port = broker.address().port().to_string();
    // Line by line, also into a pipe.
    let mut command = Command::new("stdbuf");
    command.args(["-oL", name]);
    command.args(["-h", "127.0.0.1", "-p", &port, "-V", version]);
    command.args(arguments);
    command
}

fn say(broker: &Broker, version: &str, arguments: &[&str]) -> Output {
    let output = command("mosquitto_pub", broker, version, arguments).output();
    let output = output.unwrap();
    assert!(output.status.success(), "{arguments:?}: {output:?}");
    output
}

/// A subscriber that prints; it has subscribed when it is returned.
struct Subscriber {
    child: Child,
    lines: Receiver<String>,
    /// Messages that came before the SUBACK, as those of a session do.
    early: RefCell<VecDeque<String>>,
}

impl Subscriber {
    fn start(broker: &Broker, version: &str, arguments: &[&str]) -> Self {
        // With -d it says when the SUBACK has come.
        let mut child = command("mosquitto_sub", broker, version, arguments)
            .args(["-d", "-F", "message %t %q %r %p"])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = lines_of(child.stdout.take().unwrap());
        let early = RefCell::default();
        let this = Self {
            child,
            lines,
            early,
        };
        loop {
            let line = this.line();
            if line.starts_with("Subscribed ") {
                return this;
            }
            let message = line.strip_prefix("message ");
            this.early.borrow_mut().extend(message.map(str::to_owned));
        }
    }

    fn line(&self) -> String {
        let line = self.lines.recv_timeout(PATIENCE);
        line.expect("mosquitto_sub says something")
    }

    /// The next message: topic, QoS, retain and payload.
    fn message(&self) -> String {
        if let Some(message) = self.early.borrow_mut().pop_front() {
            return message;
        }
        loop {
            if let Some(message) = self.line().strip_prefix("message ") {
                return message.to_owned();
            }
        }
    }
}

impl Drop for Subscriber {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn each_qos_arrives() {
    let broker = broker();
    for version in VERSIONS {
        for qos in ["0", "1", "2"] {
            let subscriber = Subscriber::start(&broker, version, &["-q", qos, "-t", "q/+"]);
            say(&broker, version, &["-q", qos, "-t", "q/a", "-m", "hello"]);
            assert_eq!(subscriber.message(), format!("q/a {qos} 0 hello"));
        }
    }
}

#[test]
fn retained_messages_meet_newcomers_until_they_are_cleared() {
    let broker = broker();
    for version in VERSIONS {
        say(
            &broker,
            version,
            &["-r", "-q", "1", "-t", "kept/a", "-m", "21"],
        );
        let subscriber = Subscriber::start(&broker, version, &["-q", "1", "-t", "kept/#"]);
        assert_eq!(subscriber.message(), "kept/a 1 1 21");
        say(&broker, version, &["-r", "-n", "-t", "kept/a"]);
        assert_eq!(subscriber.message(), "kept/a 0 0 ");
        let late = Subscriber::start(&broker, version, &["-t", "kept/#"]);
        say(&broker, version, &["-t", "kept/b", "-m", "first"]);
        assert_eq!(late.message(), "kept/b 0 0 first");
    }
}

#[test]
fn the_will_of_a_killed_client_is_sent() {
    let broker = broker();
    for version in VERSIONS {
        let heir = Subscriber::start(&broker, version, &["-q", "1", "-t", "will/#"]);
        let will = [
            "--will-topic",
            "will/x",
            "--will-payload",
            "gone",
            "--will-qos",
            "1",
        ];
        let mut arguments = will.to_vec();
        arguments.extend(["-t", "other"]);
        let mut doomed = Subscriber::start(&broker, version, &arguments);
        doomed.child.kill().unwrap();
        assert_eq!(heir.message(), "will/x 1 0 gone");
    }
}

#[test]
fn a_session_keeps_what_comes_meanwhile() {
    let broker = broker();
    for version in VERSIONS {
        let arguments = ["-c", "-i", "sleeper", "-q", "1", "-t", "s/#"];
        drop(Subscriber::start(&broker, version, &arguments));
        for text in ["1", "2", "3"] {
            say(&broker, version, &["-q", "1", "-t", "s/a", "-m", text]);
        }
        let awake = Subscriber::start(&broker, version, &arguments);
        for text in ["1", "2", "3"] {
            assert_eq!(awake.message(), format!("s/a 1 0 {text}"));
        }
        drop(awake);
        // What this version keeps is not the next one's.
        let mut clean = command("mosquitto_sub", &broker, version, &["-i", "sleeper"]);
        let mut clean = clean.args(["-t", "s/#", "-E"]).spawn().unwrap();
        assert!(wait(&mut clean).success());
    }
}

#[test]
fn a_group_shares_its_messages() {
    let broker = broker();
    let arguments = ["-q", "1", "-t", "$share/g/w/#"];
    for version in VERSIONS {
        let one = Subscriber::start(&broker, version, &arguments);
        let other = Subscriber::start(&broker, version, &arguments);
        for text in ["1", "2", "3", "4"] {
            say(&broker, version, &["-q", "1", "-t", "w/a", "-m", text]);
        }
        let mut got: Vec<String> = [&one, &one, &other, &other].map(Subscriber::message).into();
        got.sort();
        let expected = ["1", "2", "3", "4"].map(|text| format!("w/a 1 0 {text}"));
        assert_eq!(got, expected, "{version}");
    }
}

#[test]
fn a_megabyte_arrives_as_it_was() {
    let broker = broker();
    let payload: String = (0_u32..150_000)
        .map(|number| format!("{number:06} "))
        .collect();
    for version in VERSIONS {
        let subscriber = Subscriber::start(&broker, version, &["-q", "1", "-t", "large"]);
        let mut speaker = command(
            "mosquitto_pub",
            &broker,
            version,
            &["-q", "1", "-t", "large"],
        )
        .arg("-s")
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
        let mut input = speaker.stdin.take().unwrap();
        input.write_all(payload.as_bytes()).unwrap();
        drop(input);
        assert!(wait(&mut speaker).success());
        let expected = format!("large 1 0 {payload}");
        assert!(subscriber.message() == expected, "the payload has changed");
    }
}
