//! Starting, and being told why it does not work.

use std::net::TcpListener;

use crate::support::{Broker, tidings};

/// Exit code, standard output and standard error of a run that ends by itself.
fn run(arguments: &[&str]) -> (Option<i32>, String, String) {
    let output = tidings(arguments).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (
        output.status.code(),
        text(&output.stdout),
        text(&output.stderr),
    )
}

#[test]
fn says_what_can_be_pasted() {
    let broker = Broker::start_with(&["-l", "127.0.0.1:0", "-l", "127.0.0.1:0"]);
    let [first, last] = broker.addresses[..] else {
        panic!("{}", broker.banner);
    };
    for part in [
        format!("mosquitto_sub -h 127.0.0.1 -p {} -t", first.port()),
        format!("mosquitto_pub -h 127.0.0.1 -p {} -t", first.port()),
        format!("http://{last}/"),
        "restart forgets".to_owned(),
    ] {
        assert!(broker.banner.contains(&part), "{part} in {}", broker.banner);
    }
}

#[test]
fn names_a_taken_port() {
    let other = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = other.local_addr().unwrap().to_string();
    let (code, _, log) = run(&["--listen", &address]);
    assert_eq!(code, Some(1), "{log}");
    assert!(
        log.contains(&address) && log.contains("taken") && log.contains("--listen"),
        "{log}"
    );
}

#[test]
fn says_when_a_port_is_given_twice() {
    // Free a moment ago; whoever takes it in between is blamed rightly, and the next one is tried.
    let twice = |arguments: &dyn Fn(u16) -> Vec<String>| {
        for _ in 0..20 {
            let free = TcpListener::bind("127.0.0.1:0").unwrap();
            let port = free.local_addr().unwrap().port();
            drop(free);
            let arguments = arguments(port);
            let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
            let (code, _, log) = run(&arguments);
            if log.contains("the port is taken") {
                continue;
            }
            assert_eq!(code, Some(2), "{log}");
            assert!(
                log.contains(&port.to_string()) && log.contains("twice"),
                "{log}"
            );
            return;
        }
        panic!("no port stays free");
    };
    twice(&|port| vec![format!("-l{port}"), format!("-l{port}")]);
    twice(&|port| {
        let any = format!("-l0.0.0.0:{port}");
        vec![any, format!("-l{port}"), "--allow-anonymous".to_owned()]
    });
}

#[test]
fn refuses_to_be_open_to_others_unasked() {
    for address in ["0.0.0.0:0", "[::]:0"] {
        let (code, out, log) = run(&["--listen", address]);
        assert_eq!(code, Some(2), "{log}");
        assert!(log.contains("--allow-anonymous") && out.is_empty(), "{log}");
    }
    let broker = Broker::start_with(&["--listen", "0.0.0.0:0", "--allow-anonymous"]);
    assert!(
        broker.banner.contains("Listening  0.0.0.0:"),
        "{}",
        broker.banner
    );
    assert!(broker.banner.contains("-h 127.0.0.1"), "{}", broker.banner);
}

#[test]
fn explains_itself() {
    let (code, out, _) = run(&["--version"]);
    assert_eq!(
        (code, out),
        (Some(0), format!("tidings {}\n", env!("CARGO_PKG_VERSION")))
    );
    let (code, out, _) = run(&["--help"]);
    assert_eq!(code, Some(0));
    for part in [
        "--listen",
        "--allow-anonymous",
        "--allow-origin",
        "--log",
        "Exit codes",
    ] {
        assert!(out.contains(part), "{part} in {out}");
    }
    for (arguments, part) in [
        (&["--listen", "mqtt://localhost:1883"][..], "HOST:PORT"),
        (&["--listen", "localhost"], "port is missing"),
        (&["--allow-origin", "example.com"], "https://example.com"),
        (&["--nonsense"], "--help"),
    ] {
        let (code, _, log) = run(arguments);
        assert_eq!(code, Some(2), "{log}");
        assert!(log.contains(part), "{part} in {log}");
    }
}
