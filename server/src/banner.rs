//! What a person reads at the start: where the broker is, what it forgets, and how to try it.

use std::fmt::{self, Write as _};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// The text printed at the start.
pub(crate) fn banner(listening: &[SocketAddr], has_page: bool) -> String {
    let mut text = String::new();
    write(&mut text, listening, has_page).expect("invariant: writing to a string cannot fail");
    text
}

fn write(text: &mut String, listening: &[SocketAddr], has_page: bool) -> fmt::Result {
    let version = env!("CARGO_PKG_VERSION");
    writeln!(text, "tidings {version}: an MQTT broker you can see\n")?;
    for (number, address) in listening.iter().enumerate() {
        let label = if number == 0 { "Listening" } else { "" };
        writeln!(text, "{label:<10} {address}")?;
    }
    writeln!(
        text,
        "{:<10} each speaks MQTT, MQTT over WebSocket and HTTP\n\
         {:<10} memory only: a restart forgets sessions, queues and retained messages",
        "", "Kept in"
    )?;
    // With both defaults in place 1883 is what MQTT tools expect and 8080 what browsers do.
    let (Some(first), Some(last)) = (listening.first(), listening.last()) else {
        return Ok(());
    };
    let (mqtt, web) = (reachable(first), reachable(last));
    let (host, port) = (mqtt.ip(), mqtt.port());
    writeln!(text, "{:<10} http://{web}/", "Open")?;
    if !has_page {
        writeln!(
            text,
            "{:<10} without its page, which `cargo xtask run` builds into this program",
            ""
        )?;
    }
    writeln!(
        text,
        "{:<10} mosquitto_sub -h {host} -p {port} -t 'hello/#' -v\n\
         {:<10} mosquitto_pub -h {host} -p {port} -t hello/world -m 'it works'\n\
         {:<10} ws://{web}/mqtt for clients that speak MQTT over WebSocket\n\
         {:<10} Ctrl-C\n",
        "Try", "", "", "Stop"
    )
}

/// Where this machine reaches a listener that may be bound to every address.
fn reachable(address: &SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_what_can_be_pasted() {
        let addresses = ["0.0.0.0:1883", "[::]:8080"].map(|a| a.parse().unwrap());
        let text = banner(&addresses, true);
        for part in [
            "Listening  0.0.0.0:1883\n",
            "\n           [::]:8080\n",
            "http://[::1]:8080/\n",
            "mosquitto_sub -h 127.0.0.1 -p 1883 -t 'hello/#' -v\n",
            "restart forgets",
        ] {
            assert!(text.contains(part), "{part:?} in {text}");
        }
        assert!(!text.contains("xtask"));
        assert!(banner(&addresses, false).contains("cargo xtask run"));
    }

    #[test]
    fn is_what_the_readme_shows() {
        let addresses = ["127.0.0.1:1883", "127.0.0.1:8080"].map(|a| a.parse().unwrap());
        let text = banner(&addresses, true);
        let shown = format!("$ tidings\n{}\n```\n", text.trim_end());
        let readme = include_str!("../../README.md");
        assert!(readme.contains(&shown), "README.md wants to show\n{shown}");
    }
}
