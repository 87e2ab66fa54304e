//! Whether the server will get its ports, asked before it is built.

use std::io;
use std::net::{TcpListener, ToSocketAddrs};

use crate::Result;

/// Where `tidings` listens when nothing is said.
const USUAL: [&str; 2] = ["1883", "8080"];

/// What asks for words only.
const HARMLESS: [&str; 4] = ["--help", "-h", "--version", "-V"];

/// Says which port is taken, and what to type instead. What else is wrong with the arguments is
/// for the server to say, who knows them.
pub(crate) fn check(arguments: &[String]) -> Result<()> {
    if arguments.iter().any(|a| HARMLESS.contains(&a.as_str())) {
        return Ok(());
    }
    let (asked, others) = split(arguments);
    let mut held = Vec::new();
    for listen in &asked {
        if let Some(port) = listen.port.filter(|port| !listen.hold(*port, &mut held)) {
            if held.iter().any(|(had, _)| *had == port) {
                return Err(format!("port {port} is given twice"));
            }
            drop(held);
            return Err(taken(port, &asked, &others));
        }
    }
    Ok(())
}

fn taken(port: u16, asked: &[Listen], others: &[String]) -> String {
    let by_whom = match port {
        1883 => "Debian's Mosquitto starts by itself and takes it: stop it with \
                 `sudo systemctl stop mosquitto`"
            .to_owned(),
        _ => format!("`ss -ltnp 'sport = :{port}'` shows by whom"),
    };
    let mut held = Vec::new();
    let instead = asked.iter().map(|listen| {
        let text = match listen.port {
            None => listen.text.clone(),
            Some(port) => {
                let free = (port..=u16::MAX).find(|port| listen.hold(*port, &mut held));
                format!("{}{}", listen.before, free.unwrap_or(0))
            }
        };
        format!("--listen {text}")
    });
    let instead: Vec<String> = instead.chain(others.iter().cloned()).collect();
    format!(
        "port {port} is taken: {by_whom},\n  or take other ports: `cargo xtask run -- {}`",
        instead.join(" ")
    )
}

/// An address as somebody typed it.
#[derive(Debug)]
struct Listen {
    text: String,
    /// What stands before the port.
    before: String,
    /// None where there is nothing to look at.
    port: Option<u16>,
}

impl Listen {
    fn new(text: &str) -> Self {
        let at = text.rfind(':').map_or(0, |colon| colon + 1);
        Self {
            text: text.to_owned(),
            before: text[..at].to_owned(),
            port: text[at..].parse().ok().filter(|port| *port > 0),
        }
    }

    /// Listens there until `held` is gone; false if somebody does already.
    fn hold(&self, port: u16, held: &mut Vec<(u16, TcpListener)>) -> bool {
        let host = match self.before.strip_suffix(':') {
            None | Some("") => "127.0.0.1",
            Some(host) => host.trim_matches(['[', ']']),
        };
        let addresses = (host, port).to_socket_addrs();
        for address in addresses.into_iter().flatten() {
            match TcpListener::bind(address) {
                Ok(listener) => held.push((port, listener)),
                Err(error) if error.kind() == io::ErrorKind::AddrInUse => return false,
                Err(_) => {}
            }
        }
        true
    }
}

/// What is said about listening, and the rest.
fn split(arguments: &[String]) -> (Vec<Listen>, Vec<String>) {
    let mut asked = Vec::new();
    let mut others = Vec::new();
    let mut arguments = arguments.iter();
    while let Some(argument) = arguments.next() {
        let value = match argument.as_str() {
            "--listen" | "-l" => arguments.next().map(String::as_str),
            text => text
                .strip_prefix("--listen=")
                .or_else(|| text.strip_prefix("-l=").or_else(|| text.strip_prefix("-l"))),
        };
        match value {
            Some(value) => asked.push(Listen::new(value)),
            None => others.push(argument.clone()),
        }
    }
    if asked.is_empty() {
        asked.extend(USUAL.map(Listen::new));
    }
    (asked, others)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        text.split_whitespace().map(str::to_owned).collect()
    }

    #[test]
    fn finds_what_is_said_about_listening() {
        for (arguments, asked, others) in [
            ("", "1883 8080", ""),
            ("-v --allow-anonymous", "1883 8080", "-v --allow-anonymous"),
            ("--listen 1 -v -l 2", "1 2", "-v"),
            ("--listen=[::1]:1 -l2 -l=h:3", "[::1]:1 2 h:3", ""),
        ] {
            let (found, rest) = split(&words(arguments));
            let found: Vec<_> = found.iter().map(|listen| listen.text.as_str()).collect();
            assert_eq!(
                (found.join(" "), rest.join(" ")),
                (asked.into(), others.into())
            );
        }
    }

    #[test]
    fn says_what_is_taken_and_what_is_free() {
        let taken = [(); 2].map(|()| TcpListener::bind("127.0.0.1:0").expect("a port is free"));
        let ports = taken.each_ref().map(|listener| {
            let address = listener.local_addr().expect("it listens");
            address.port()
        });
        let [first, second] = ports;
        let line = format!("-l {first} --listen localhost:{second} -l 127.0.0.1:0 -v");
        let said = check(&words(&line)).expect_err("both are taken");
        assert!(
            said.starts_with(&format!("port {first} is taken")),
            "{said}"
        );
        let (_, typed) = said.split_once("`cargo xtask run -- ").expect("a command");
        let typed = words(typed.trim_end_matches('`'));
        assert_eq!(typed.len(), 7, "{said}");
        assert_eq!(typed[5..], ["127.0.0.1:0", "-v"]);
        let free = [&typed[1], &typed[3]].map(|text| Listen::new(text).port);
        assert!(
            free.iter().flatten().all(|port| !ports.contains(port)),
            "{said}"
        );
        assert!(typed[3].starts_with("localhost:"), "{said}");
    }

    #[test]
    fn leaves_the_rest_to_the_server() {
        for line in [
            "-l 0 --listen",
            "-l nonsense",
            "-l h:99999",
            "-l 0",
            "--help",
        ] {
            assert_eq!(check(&words(line)), Ok(()), "{line}");
        }
    }
}
