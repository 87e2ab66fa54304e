//! Whether a text is the address of a broker that a page can reach, and what to write instead.

use super::short::cut;

/// Nobody reads more of an address in a sentence.
const SHOWN_CHARS_MAX: usize = 100;

/// What to do about an address that is none.
pub(super) fn problem(text: &str) -> Option<String> {
    let text = text.trim();
    if text.is_empty() {
        return Some("Write where the broker is, such as ws://localhost:8080.".into());
    }
    if text.contains(|c: char| c.is_whitespace() || c.is_control()) {
        return Some("An address has no spaces. Leave them out.".into());
    }
    let Some((scheme, rest)) = text.split_once("://") else {
        let meant = instead("ws", text);
        // What would be none with ws:// before it, either, is not worth writing.
        let write = match problem(&meant) {
            None => format!("Write {meant}."),
            Some(_) => "An example is ws://localhost:8080/mqtt.".to_owned(),
        };
        return Some(format!(
            "An address begins with ws://, or with wss:// if the connection is encrypted. {write}"
        ));
    };
    let (http, mqtt) = (
        "The page reaches a broker by WebSocket.",
        "A page cannot speak MQTT without WebSocket. Ask for the broker's WebSocket port",
    );
    match &scheme.to_ascii_lowercase()[..] {
        "ws" | "wss" => of_websocket(scheme, rest),
        "http" => Some(format!("{http} Write {}.", instead("ws", rest))),
        "https" => Some(format!("{http} Write {}.", instead("wss", rest))),
        "mqtt" | "tcp" => Some(format!(
            "{mqtt}, often 8080, 8083 or 9001. Write {}.",
            instead("ws", rest)
        )),
        "mqtts" | "ssl" | "tls" => Some(format!(
            "{mqtt}, often 443, 8081 or 8084. Write {}.",
            instead("wss", rest)
        )),
        _ => Some(format!(
            "“{}://” is no WebSocket. Begin with ws:// or wss://.",
            cut(scheme, SHOWN_CHARS_MAX)
        )),
    }
}

fn of_websocket(scheme: &str, rest: &str) -> Option<String> {
    let parts = Parts::of(rest);
    if parts.user.is_some() {
        return Some(
            "Leave user name and password out of the address; they have fields of their own."
                .into(),
        );
    }
    if parts.host.is_empty() || parts.host == "[]" {
        return Some(format!(
            "Name the machine behind {scheme}://, such as {scheme}://localhost:8080."
        ));
    }
    let in_name = |c: char| c.is_alphanumeric() || matches!(c, '-' | '.' | '_' | '%');
    let in_number = |c: char| c.is_ascii_hexdigit() || matches!(c, ':' | '.' | '[' | ']');
    if !parts.host.chars().all(in_name) && !parts.host.chars().all(in_number) {
        return Some(format!(
            "“{}” is no machine's name.",
            cut(parts.host, SHOWN_CHARS_MAX)
        ));
    }
    let is_port = |port: &str| {
        port.bytes().all(|digit| digit.is_ascii_digit())
            && port.parse::<u16>().is_ok_and(|port| port > 0)
    };
    if !parts.port.is_none_or(is_port) {
        return Some("Behind the colon stands a port, a number from 1 to 65535.".into());
    }
    if parts.path.contains('#') {
        return Some("Leave out # and what follows: a WebSocket's address has none.".into());
    }
    None
}

/// The address that was meant, perhaps.
fn instead(scheme: &str, rest: &str) -> String {
    let parts = Parts::of(rest);
    let host = if parts.host.is_empty() {
        "localhost"
    } else {
        parts.host
    };
    // There they speak MQTT without WebSocket, most of them without anything else.
    let port = parts
        .port
        .filter(|port| !["1883", "8883", ""].contains(port));
    let port = match port {
        Some(port) => format!(":{port}"),
        None if scheme == "ws" => ":8080".to_owned(),
        None => String::new(),
    };
    let path = parts.path.split('#').next().unwrap_or_default();
    let path = path.strip_suffix('/').unwrap_or(path);
    cut(&format!("{scheme}://{host}{port}{path}"), SHOWN_CHARS_MAX)
}

/// What stands behind `://`.
struct Parts<'a> {
    user: Option<&'a str>,
    host: &'a str,
    port: Option<&'a str>,
    /// With query and fragment.
    path: &'a str,
}

impl<'a> Parts<'a> {
    fn of(rest: &'a str) -> Self {
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at(end);
        let (user, machine) = match authority.rsplit_once('@') {
            Some((user, machine)) => (Some(user), machine),
            None => (None, authority),
        };
        // The colons of `[::1]` are no port's.
        let name_end = machine.rfind(']').map_or(0, |bracket| bracket + 1);
        let (host, port) = match machine[name_end..].find(':') {
            Some(colon) => {
                let (host, port) = machine.split_at(name_end + colon);
                (host, Some(&port[1..]))
            }
            None => (machine, None),
        };
        Self {
            user,
            host,
            port,
            path,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_page_can_reach_is_taken() {
        let good = [
            "ws://localhost",
            "ws://localhost:8080",
            "WSS://broker.example/mqtt?x=1",
            " ws://127.0.0.1:1883/ ",
            "ws://[::1]:9001/mqtt",
            "wss://брокер.example",
        ];
        for text in good {
            assert_eq!(problem(text), None, "{text}");
        }
    }

    #[test]
    fn what_it_cannot_reach_is_told_with_what_to_write() {
        let cases = [
            ("", "ws://localhost:8080"),
            ("ws:// localhost", "no spaces"),
            ("localhost", "Write ws://localhost:8080."),
            ("localhost:1883", "Write ws://localhost:8080."),
            ("javascript:alert(1)", "An example is ws://localhost"),
            ("<b>", "An example is ws://localhost"),
            (
                "broker.example:9001/mqtt",
                "Write ws://broker.example:9001/mqtt.",
            ),
            (
                "mqtt://broker.example:1883",
                "Write ws://broker.example:8080.",
            ),
            ("tcp://[::1]:1883", "Write ws://[::1]:8080."),
            (
                "mqtts://me:secret@broker.example:8883",
                "Write wss://broker.example.",
            ),
            ("http://localhost:8080/", "Write ws://localhost:8080."),
            (
                "https://broker.example/mqtt#a",
                "Write wss://broker.example/mqtt.",
            ),
            ("ftp://x", "“ftp://” is no WebSocket"),
            ("ws://", "Name the machine"),
            ("ws:///mqtt", "Name the machine"),
            ("ws://<b>", "“<b>” is no machine's name"),
            ("ws://a:b", "a port"),
            ("ws://a:", "a port"),
            ("ws://a:0", "a port"),
            ("ws://a:+80", "a port"),
            ("ws://a:65536", "a port"),
            ("ws://me:secret@a", "fields of their own"),
            ("ws://a/#b", "Leave out #"),
        ];
        for (text, expected) in cases {
            let sentence = problem(text).expect("a problem");
            assert!(sentence.contains(expected), "{text}: {sentence}");
            assert!(!sentence.contains("secret"), "{sentence}");
        }
    }
}
